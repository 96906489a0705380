// What the emulator has counted, and what its assertions say of it.

import { get } from "./api.js";
import { badge, byId, show, slot, stamp, write } from "./dom.js";

const NAMES = {
  each_posted_once: "Each qualification was posted once",
  retry_after_respected: "Retry-After was respected",
  no_duplicates: "No request was sent twice",
  faults_fired: "Every fault fired",
};
const SHOWN = 20; // offenders; a load test can have thousands

export function showCounts(service) {
  write(byId("url"), service.url);
  for (const place of document.querySelectorAll("[data-count]")) {
    write(place, service[place.dataset.count].toLocaleString("en"));
  }
}

export async function refreshAssertions() {
  const answer = await get("assertions");
  const items = Object.entries(answer).map(([name, verdict]) => ({ name, ...verdict }));
  show(byId("assertions"), items, "name", () => stamp("assertion-row"), update);
}

function update(row, { name, passed, offenders }) {
  badge(slot(row, "verdict"), passed ? "passed" : "failed", passed ? "good" : "bad");
  write(slot(row, "name"), NAMES[name] ?? name);
  row.querySelector("details").hidden = passed;
  write(slot(row, "summary"), offenders.length > SHOWN ? `${SHOWN} of ${offenders.length}` : `${offenders.length} found`);
  const items = offenders.slice(0, SHOWN).map((text, place) => ({ text, place }));
  const line = () => document.createElement("li");
  show(row.querySelector(".offenders"), items, "place", line, (item, { text }) => write(item, text));
}
