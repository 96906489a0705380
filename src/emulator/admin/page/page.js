// Looks at the emulator about once a second while the page can be seen, and shows what it finds.

import { get, send, Unreachable } from "./api.js";
import { prepareClock, showClock } from "./clock.js";
import { prepareCustomers, refreshCustomers } from "./customers.js";
import { act, badge, byId, complain, prepareDialog } from "./dom.js";
import { prepareFaults, refreshFaults } from "./faults.js";
import { clearJournal, prepareJournal, refreshJournal } from "./journal.js";
import { refreshAssertions, showCounts } from "./summary.js";

const PERIOD = 1000; // milliseconds
const QUIET_LOOKS = 5; // vetting goes on by the clock, also where nothing was requested

let requests = 0;
let quiet = 0; // looks since something was asked of the emulator
let looking = false;
let again = false;
let timer;

async function look() {
  const service = await get("service");
  showClock(service);
  showCounts(service);
  if (service.requests < requests) clearJournal(); // it was reset, or is another one
  quiet = service.requests === requests ? quiet + 1 : QUIET_LOOKS;
  requests = service.requests;
  const parts = [refreshFaults(), refreshJournal(requests)];
  if (quiet >= QUIET_LOOKS) {
    quiet = 0;
    parts.push(refreshCustomers(), refreshAssertions());
  }
  await Promise.all(parts);
}

async function tick() {
  clearTimeout(timer);
  again = looking;
  if (looking || document.hidden) return;
  looking = true;
  try {
    await look();
    badge(byId("connection"), "reachable", "good");
  } catch (error) {
    failed(error);
  }
  looking = false;
  timer = setTimeout(tick, again ? 0 : PERIOD);
}

function failed(error) {
  if (!(error instanceof Unreachable)) {
    complain(error.message);
    return;
  }
  badge(byId("connection"), "not reachable", "bad");
  requests = Infinity; // who answers next has seen fewer, and all is shown anew
}

function lookNow() {
  quiet = QUIET_LOOKS;
  tick();
}

function prepareReset() {
  const dialog = byId("confirm-reset");
  byId("reset").addEventListener("click", () => dialog.showModal());
  prepareDialog(dialog, (form, place) => act("The emulator is back at the start.", reset, place));
}

async function reset() {
  await send("POST", "reset");
  clearJournal(); // whose numbers begin anew
}

prepareClock();
prepareCustomers();
prepareFaults();
prepareJournal();
prepareReset();
byId("dismiss").addEventListener("click", () => complain(""));
document.addEventListener("changed", lookNow);
document.addEventListener("visibilitychange", lookNow);
lookNow();
