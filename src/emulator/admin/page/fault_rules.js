// Fault rules: made from the form, and put into words.

const PRESETS = {
  throttled: { status: 429 },
  unauthorized: { status: 401 },
  no_relationship: { status: 403, code: 20002 },
  server_error: { status: 500 },
  unavailable: { status: 503 },
  gateway_page: { status: 502, body: "<html><head><title>502 Bad Gateway</title></head></html>" },
  cut: {},
  empty: { body: "" },
  reset_before: { reset: true },
  reset_after: { reset: true, after_effect: true },
  delay: {},
};
const TEXTS = ["method", "path", "customer_id"];
const NUMBERS = ["retry_after", "cut", "delay", "nth", "probability"];

/** The rule that the form describes; what is empty is left to the API's default. */
export function readRule(form) {
  const rule = { ...PRESETS[form.get("preset")] };
  for (const name of TEXTS) {
    const text = (form.get(name) ?? "").trim();
    if (text) rule[name] = text;
  }
  for (const name of NUMBERS) {
    const text = form.get(name);
    if (text) rule[name] = Number(text);
  }
  rule.times = form.get("times") ? Number(form.get("times")) : null; // null is for ever
  return rule;
}

/** A rule in one line. */
export function words(rule) {
  return [...consequences(rule), ...conditions(rule)].join(", ");
}

function consequences(rule) {
  const said = [];
  if (rule.reset) said.push("reset");
  if (isSet(rule.status)) said.push(`${rule.status}`);
  if (isSet(rule.code)) said.push(`code ${rule.code}`);
  if (isSet(rule.retry_after)) said.push(`Retry-After ${rule.retry_after}`);
  if (isSet(rule.body) || isSet(rule.body_base64)) said.push(rule.body === "" ? "empty body" : "another body");
  if (isSet(rule.cut)) said.push(`body cut after ${rule.cut} bytes`);
  if (isSet(rule.size)) said.push(`body of ${rule.size} bytes`);
  if (isSet(rule.gzip_size)) said.push(`gzip of ${rule.gzip_size} bytes`);
  for (const name of Object.keys(rule.headers ?? {})) said.push(`header ${name}`);
  if (isSet(rule.delay)) said.push(`delayed by ${rule.delay} s`);
  if (isSet(rule.slow_headers)) said.push(`headers over ${rule.slow_headers} s`);
  if (isSet(rule.slow_body)) said.push(`body over ${rule.slow_body} s`);
  if (rule.after_effect) said.push("after the effect");
  else if (rule.reset) said.push("before the effect");
  return said;
}

function conditions(rule) {
  const said = [];
  if (rule.method) said.push(`for ${rule.method}`);
  if (rule.path) said.push(`path with ${rule.path}`);
  if (rule.customer_id) said.push(`customer ${rule.customer_id}`);
  if (isSet(rule.nth)) said.push(`match ${rule.nth} only`);
  if (isSet(rule.probability) && rule.probability < 1) said.push(`probability ${rule.probability}`);
  return said;
}

const isSet = (value) => value !== null && value !== undefined;
