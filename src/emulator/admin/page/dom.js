// What every part of the page does with the document.

export const byId = (id) => document.getElementById(id);

/** A copy of what is in a template. */
export const stamp = (template) => byId(template).content.firstElementChild.cloneNode(true);

export const slot = (row, name) => row.querySelector(`[data-slot="${name}"]`);

/** Sets a text, and touches nothing when it is there already: selections and readers stay undisturbed. */
export function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** A word with a colour: good, warn, bad, or none. */
export function badge(place, text, colour = "") {
  write(place, text);
  place.className = `badge ${colour}`;
}

/**
 * Makes a list show these items. Rows of items that stay are kept where they are, and the focus in them.
 */
export function show(list, items, key, make, update = () => {}) {
  const wanted = new Set(items.map((item) => String(item[key])));
  const rows = new Map();
  for (const row of [...list.children]) {
    if (wanted.has(row.dataset.key)) rows.set(row.dataset.key, row);
    else row.remove();
  }
  items.forEach((item, place) => {
    const row = rows.get(String(item[key])) ?? make(item);
    row.dataset.key = item[key];
    update(row, item);
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
}

const LASTING = 6000; // milliseconds
let fading;

/** Says for a while what was done, and takes back what was complained about. */
export function announce(text) {
  complain("");
  byId("said").textContent = text;
  fading = setTimeout(() => byId("said").replaceChildren(), LASTING);
}

/** Says what went wrong, until something goes well or it is dismissed. */
export function complain(text, place = byId("alert")) {
  clearTimeout(fading);
  byId("said").replaceChildren();
  write(place, text);
}

/** Has the page look again, at once. */
export const changed = () => document.dispatchEvent(new Event("changed"));

/** Does something with the API; says how it went, in words or in those of the API. */
export async function act(done, action, place) {
  try {
    await action();
  } catch (error) {
    complain(error.message, place);
    return false;
  }
  announce(done);
  changed();
  return true;
}

/** A dialog whose form does something, and which closes once that went well. */
export function prepareDialog(dialog, submit) {
  const form = dialog.querySelector("form");
  const error = dialog.querySelector(".error");
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => write(error, ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await submit(form, error)) dialog.close();
  });
}

/** How the emulator's moments are shown: to the second, in UTC. */
export const moment = (text, end = 19) => text.slice(0, end).replace("T", " ");
