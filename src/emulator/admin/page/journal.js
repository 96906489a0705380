// The journal, live: the newest requests on top.

import { get } from "./api.js";
import { badge, byId, changed, moment, slot, stamp, write } from "./dom.js";

const KEPT = 200;
const SEARCHED = 5000; // requests that a filter looks through
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

let newest = 0; // the number of the newest request that was looked at
let paused = false;
let cleared = true; // what is shown is out of date, even in a pause
let generation = 0; // grows when answers to come no longer count

/** Forgets what is shown: the filter changed, or the journal began anew. */
export function clearJournal() {
  generation += 1;
  newest = 0;
  cleared = true;
  byId("entries").replaceChildren();
}

/** Shows what came in since the last time; `requests` is the number of the last one. */
export async function refreshJournal(requests) {
  if (paused && !cleared) return;
  const asked = generation;
  const query = Object.fromEntries(new FormData(byId("filter")));
  const filtered = Object.values(query).some(Boolean);
  const after = Math.max(newest, requests - (filtered ? SEARCHED : KEPT));
  const { entries } = await get("journal", { ...query, after });
  if (asked !== generation) return;
  const fresh = entries.filter(({ number }) => number > newest).slice(-KEPT);
  byId("entries").prepend(...fresh.reverse().map(make));
  while (byId("entries").children.length > KEPT) byId("entries").lastElementChild.remove();
  newest = Math.max(newest, requests, entries.at(-1)?.number ?? 0);
  cleared = false;
  byId("no-entries").hidden = byId("entries").children.length > 0;
  write(byId("no-entries"), filtered ? `None of the last ${SEARCHED.toLocaleString("en")} requests.` : "No requests yet.");
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

function lookAgain() {
  clearJournal();
  changed();
}

export function prepareJournal() {
  byId("pause").addEventListener("click", (event) => {
    paused = !paused;
    event.target.setAttribute("aria-pressed", String(paused));
    if (!paused) changed();
  });
  byId("filter").addEventListener("input", lookAgain);
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
}
