// The fault rules: what is injected, switched and removed.

import { get, send } from "./api.js";
import { act, byId, complain, show, slot, stamp, write } from "./dom.js";
import { readRule, words } from "./fault_rules.js";

export async function refreshFaults() {
  const { faults } = await get("faults");
  byId("no-faults").hidden = faults.length > 0;
  show(byId("fault-list"), faults, "id", make, update);
}

function make(rule) {
  const row = stamp("fault-row");
  const what = words(rule);
  slot(row, "what").textContent = what;
  row.querySelector("input").addEventListener("change", (event) => toggle(rule.id, event.target));
  const button = row.querySelector("button");
  button.setAttribute("aria-label", `Remove: ${what}`);
  button.addEventListener("click", () => remove(rule.id));
  return row;
}

function update(row, rule) {
  row.querySelector("input").checked = rule.enabled;
  write(slot(row, "fired"), fired(rule));
}

function fired({ fired: count, times, enabled }) {
  const said = times === null ? `fired ${count} ${count === 1 ? "time" : "times"}` : `fired ${count} of ${times}`;
  return `${said}${count === times ? ", spent" : ""}${enabled ? "" : ", off"}`;
}

async function toggle(id, box) {
  const enabled = box.checked;
  const went = await act(`The fault is ${enabled ? "on" : "off"}.`, () => send("PATCH", `faults/${id}`, { enabled }));
  if (!went) box.checked = !enabled;
}

async function remove(id) {
  const went = await act("The fault is removed.", () => send("DELETE", `faults/${id}`));
  if (went) byId("faults-title").focus(); // its row, and the focus in it, go away
}

/** Shows the fields that the chosen preset has, and those alone. */
function showFields() {
  const preset = byId("preset").value;
  for (const field of document.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").includes(preset);
    field.querySelector("input").disabled = field.hidden;
  }
}

export function prepareFaults() {
  byId("preset").addEventListener("change", showFields);
  byId("inject").addEventListener("submit", (event) => {
    event.preventDefault();
    complain("");
    act("The fault is injected.", () => send("POST", "faults", readRule(new FormData(event.target))));
  });
  showFields();
}
