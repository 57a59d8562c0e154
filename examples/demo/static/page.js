/**
 * The page: sends the requests one after the other, and shows what came of each.
 */

import { GROUPS } from "./cases.js";
import { readJournal, sendFrom } from "./frames.js";
import { follow } from "./live.js";
import { makeHeading, makeRow, showResult, showRunning } from "./rows.js";

const summary = document.getElementById("summary");
const progress = document.getElementById("progress");
const again = document.getElementById("again");
const yours = document.getElementById("yours");

const rows = GROUPS.flatMap(({ title, cases }) => {
  document.getElementById("cases").append(makeHeading(title));
  return cases.map((given) => {
    const request = { from: "page", method: "GET", ...given };
    const row = makeRow(request);
    document.getElementById("cases").append(row.element);
    return { request, row };
  });
});

let running = false;

async function runAll() {
  if (running) return;
  setRunning(true);
  const run = makeId();
  const results = [];
  for (const { request, row } of rows) {
    summary.textContent = `Sending ${rows.length} requests…`;
    results.push(await runOne({ ...request, run }, row));
    progress.value = results.length / rows.length;
  }
  summarize(results);
  setRunning(false);
}

async function runOne(request, row) {
  showRunning(row);
  const result = await sendFrom(request);
  return showResult(row, result, await readJournal(request));
}

function setRunning(value) {
  running = value;
  document.body.dataset.state = value ? "running" : "done";
  // Not `disabled`: the button would lose the focus of whoever pressed it.
  again.setAttribute("aria-disabled", String(value));
  if (value) progress.value = 0;
}

function summarize(results) {
  const count = (test) => results.filter(test).length;
  const allowed = count((result) => result.verdict === "allowed");
  const disagreed = count((result) => result.agree === "false");
  const unknown = count((result) => result.agree === "unknown");
  const parts = [
    `${allowed} of ${results.length} requests allowed, ${results.length - allowed} blocked.`,
    disagreed === 0 && unknown === 0 && "Browser and guard agree on every one.",
    disagreed > 0 && `Browser and guard disagree on ${disagreed}.`,
    unknown > 0 && `${unknown} did not reach the API: is the demo still running?`,
  ];
  summary.textContent = parts.filter(Boolean).join(" ");
  summary.dataset.alarm = String(disagreed > 0);
}

async function sendOwn(event) {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(event.target));
  const [name, ...value] = given.header.split(":");
  const request = {
    ...given,
    id: `own-${makeId()}`,
    run: "own",
    title: "Your request",
    note: given.header ? `With ${given.header}` : "No extra header.",
    headers: given.header ? { [name]: value.join(":").trim() } : {},
  };
  const row = makeRow(request);
  yours.tHead.after(row.element);
  yours.hidden = false;
  await runOne(request, row);
}

function makeId() {
  return crypto.getRandomValues(new Uint32Array(2)).join("-");
}

again.addEventListener("click", runAll);
document.getElementById("try").addEventListener("submit", sendOwn);
follow(document.documentElement.dataset.api);
runAll();
