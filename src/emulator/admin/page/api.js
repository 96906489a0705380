// The admin API, which is beside this page.

/** The API said no; the message is its own. */
export class Refused extends Error {}

/** Nobody answered. */
export class Unreachable extends Error {
  constructor() {
    super("The emulator cannot be reached.");
  }
}

const PATIENCE = 10_000; // milliseconds

async function ask(path, options = {}) {
  let answer;
  let text;
  try {
    answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE), ...options });
    text = await answer.text();
  } catch {
    throw new Unreachable();
  }
  if (!answer.ok) throw new Refused(complaint(answer, text));
  return text ? JSON.parse(text) : null;
}

function complaint(answer, text) {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return `The emulator answered ${answer.status} ${answer.statusText}.`;
  }
}

/** Arguments that are empty are left out of the query. */
export function get(path, query = {}) {
  const said = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  const text = new URLSearchParams(said).toString();
  return ask(text ? `${path}?${text}` : path);
}

export function send(method, path, body) {
  if (body === undefined) return ask(path, { method });
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method, headers, body: JSON.stringify(body) });
}
