// The virtual clock, and the levers that move it.

import { send } from "./api.js";
import { act, badge, byId, moment, write } from "./dom.js";

let frozen = false;

export function showClock(clock) {
  frozen = clock.frozen;
  write(byId("now"), moment(clock.now));
  byId("now").dateTime = clock.now;
  badge(byId("frozen"), frozen ? "frozen" : "running", frozen ? "warn" : "good");
  write(byId("freeze"), frozen ? "Unfreeze" : "Freeze");
}

function advance(seconds, said) {
  return act(`The clock was advanced by ${said}.`, async () => {
    showClock(await send("POST", "clock/advance", { seconds }));
  });
}

export function prepareClock() {
  for (const button of document.querySelectorAll("[data-advance]")) {
    const { advance: seconds, said } = button.dataset;
    button.addEventListener("click", () => advance(Number(seconds), said));
  }
  byId("advance").addEventListener("submit", (event) => {
    event.preventDefault();
    const seconds = byId("seconds").valueAsNumber;
    advance(seconds, seconds === 1 ? "1 second" : `${seconds} seconds`);
  });
  byId("freeze").addEventListener("click", () => {
    const said = frozen ? "The clock is running." : "The clock is frozen.";
    act(said, async () => showClock(await send("POST", frozen ? "clock/unfreeze" : "clock/freeze")));
  });
}
