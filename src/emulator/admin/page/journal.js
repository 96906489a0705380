// The journal, live: the newest requests on top.

import { get } from "./api.js";
import { badge, byId, complain, moment, slot, stamp } from "./dom.js";

const KEPT = 200;
const WORDS = {
  200: "OK",
  201: "Created",
  204: "No Content",
  307: "Temporary Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  412: "Precondition Failed",
  429: "Too Many Requests",
  500: "Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Unavailable",
  504: "Gateway Timeout",
};

let newest = 0; // the number of the newest entry shown
let paused = false;
let generation = 0; // grows when what is shown no longer counts

export const isPaused = () => paused;

/** Forgets what is shown: the filter changed, or the journal began anew. */
export function clearJournal() {
  generation += 1;
  newest = 0;
  byId("entries").replaceChildren();
}

export async function refreshJournal() {
  const asked = generation;
  const query = Object.fromEntries(new FormData(byId("filter")));
  if (query.early) query.early = "true";
  const { entries } = await get("journal", { ...query, after: newest, limit: KEPT });
  if (asked !== generation) return;
  for (const entry of entries) {
    if (entry.number <= newest) continue;
    newest = entry.number;
    byId("entries").prepend(make(entry));
  }
  while (byId("entries").children.length > KEPT) byId("entries").lastElementChild.remove();
  byId("no-entries").hidden = newest > 0;
}

function make(entry) {
  const row = stamp("entry-row");
  for (const name of ["number", "method", "path", "request_id"]) slot(row, name).textContent = entry[name];
  slot(row, "at").textContent = moment(entry.at, 23);
  slot(row, "at").dateTime = entry.at;
  badge(slot(row, "status"), said(entry.status), colour(entry.status));
  slot(row, "early").hidden = !entry.early;
  return row;
}

const said = (status) => (status === null ? "connection reset" : `${status} ${WORDS[status] ?? ""}`.trim());

function colour(status) {
  if (status === null || status >= 500) return "bad";
  return status >= 400 ? "warn" : "good";
}

async function lookAgain() {
  clearJournal();
  try {
    await refreshJournal();
  } catch (error) {
    complain(error.message);
  }
}

export function prepareJournal() {
  byId("pause").addEventListener("click", (event) => {
    paused = !paused;
    event.target.setAttribute("aria-pressed", String(paused));
    if (!paused) lookAgain();
  });
  byId("filter").addEventListener("input", lookAgain);
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
}
