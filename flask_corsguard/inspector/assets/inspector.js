/**
 * The inspector's page: it asks for the state again and again, and shows what has changed.
 */

import { explainDecision, listen } from "./ask.js";
import { drawChart } from "./chart.js";
import { ask, byId, counted } from "./dom.js";
import { LiveList, showTop, showTotals } from "./live.js";
import { find, showRoutes } from "./routes.js";
import { State } from "./state.js";

const PAUSE = 1000; // milliseconds between two questions
const IDLE_PAUSE = 3000; // when nothing has happened for a while: it spares the server's log
const IDLE_AFTER = 20; // answers without a decision
const LONGEST_PAUSE = 15_000; // when nobody answers

const state = new State();
const live = new LiveList(explainDecision);
let hasRoutes = false;
let failures = 0;
let idle = 0;
let timer = 0;

listen();
new ResizeObserver(() => state.processes.size > 0 && drawChart(state)).observe(byId("chart"));
byId("find").addEventListener("input", find);
document.addEventListener("visibilitychange", () => {
  // Nobody looks at a hidden page.
  clearTimeout(timer);
  if (!document.hidden) poll();
});
poll();

async function poll() {
  try {
    await update();
    failures = 0;
    say("live", state.processes.size === 1 ? "live" : `live, ${counted(state.processes.size, "process", "processes")}`);
  } catch (error) {
    failures += 1;
    say("failed", `no answer: ${error.message}`);
  }
  clearTimeout(timer);
  const usual = idle > IDLE_AFTER ? IDLE_PAUSE : PAUSE;
  const pause = Math.min(usual * 2 ** failures, LONGEST_PAUSE);
  if (!document.hidden) timer = setTimeout(poll, pause);
}

async function update() {
  const answer = await ask("state.json", state.processes.size === 0 ? {} : { after: state.after });
  idle = answer.decisions.length > 0 ? 0 : idle + 1;
  // A server that was started anew may have other routes.
  if (state.take(answer)) hasRoutes = false;
  showTotals(state);
  showTop(state);
  drawChart(state);
  live.add(answer.decisions);
  if (!hasRoutes) await showRoutes();
  hasRoutes = true;
  document.body.dataset.state = "ready";
}

function say(kind, text) {
  const line = byId("line");
  if (line.textContent !== text) line.textContent = text;
  line.dataset.state = kind;
}
