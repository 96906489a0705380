// The customers, one page of them at a time, and the dialog that decides a qualification.

import { get, send } from "./api.js";
import { act, badge, byId, complain, moment, prepareDialog, show, slot, stamp, write } from "./dom.js";

const LIMIT = 10;
const TYPING = 250; // milliseconds without a key until a search begins
const COLOURS = { Approved: "good", Denied: "bad", InReview: "warn" };
const WORDS = { InReview: "in review", Approved: "approved", Denied: "denied" };

let offset = 0;
let asked = 0;
let chosen;

export async function refreshCustomers() {
  asked += 1;
  const mine = asked;
  const page = await get("customers", { offset, limit: LIMIT, name: byId("name").value.trim() });
  if (mine !== asked) return; // somebody typed on, or turned the page
  if (page.total && offset >= page.total) {
    offset = 0;
    await refreshCustomers();
    return;
  }
  showPage(page);
}

function showPage({ total, customers }) {
  show(byId("customer-list"), customers, "customer_id", () => stamp("customer-row"), update);
  const last = offset + customers.length;
  const text = total ? `${offset + 1} to ${last} of ${total.toLocaleString("en")}` : "No customer has such a name.";
  write(byId("range"), text);
  byId("previous").disabled = offset === 0;
  byId("next").disabled = last >= total;
}

function update(row, customer) {
  for (const name of ["company_name", "domain", "customer_id"]) write(slot(row, name), customer[name]);
  const button = row.querySelector("button");
  button.setAttribute("aria-label", `Decide for ${customer.company_name}`);
  button.onclick = () => open(customer);
  const { qualifications, education_requests: requests } = customer;
  const held = qualifications.length ? qualifications : [{ qualification: "No qualification" }];
  const line = () => stamp("qualification-row");
  show(row.querySelector(".qualifications"), held, "qualification", line, (item, one) => describe(item, one, requests));
}

function describe(item, held, requests) {
  write(slot(item, "qualification"), spaced(held.qualification));
  badge(slot(item, "status"), WORDS[held.vetting_status] ?? held.vetting_status ?? "", COLOURS[held.vetting_status]);
  const count = held.qualification === "Education" && requests > 1 ? `request ${requests} of 3` : null;
  const since = held.vetting_created_date ? `asked for ${moment(held.vetting_created_date, 16)}` : null;
  write(slot(item, "reason"), [held.vetting_reason, since, count].filter(Boolean).join(", "));
}

const spaced = (name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, " ");

function open(customer) {
  chosen = customer;
  const dialog = byId("decide");
  slot(dialog, "company_name").textContent = `${customer.company_name}, ${customer.customer_id}`;
  byId("reason").value = "";
  dialog.showModal();
}

/** Only a denial has a reason. */
function showReason() {
  const denied = byId("status").value === "Denied";
  byId("reason").disabled = !denied;
  byId("reason").parentElement.hidden = !denied;
}

function decide(form, place) {
  const { qualification, status, reason } = Object.fromEntries(new FormData(form));
  const said = `${spaced(qualification)} of ${chosen.company_name}: ${WORDS[status]}.`;
  const body = { qualification, status, reason: reason?.trim() || null };
  return act(said, () => send("POST", `customers/${chosen.customer_id}/decide`, body), place);
}

async function turn(to) {
  offset = Math.max(0, to);
  try {
    await refreshCustomers();
  } catch (error) {
    complain(error.message);
  }
}

export function prepareCustomers() {
  let typing;
  byId("name").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(turn, TYPING, 0);
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    turn(0);
  });
  byId("previous").addEventListener("click", () => turn(offset - LIMIT));
  byId("next").addEventListener("click", () => turn(offset + LIMIT));
  byId("status").addEventListener("change", showReason);
  showReason(); // a browser may have kept what was chosen before
  prepareDialog(byId("decide"), decide);
}
