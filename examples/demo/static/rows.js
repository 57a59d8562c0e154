/**
 * Rows of the tables. Whatever comes from the wire goes into the page as text, never as markup.
 */

import { WHO } from "./cases.js";

const VERDICTS = { allowed: "Allowed", blocked: "Blocked", rejected: "Rejected", none: "Not asked" };
const AGREE = { allowed: "allowed", blocked: "rejected" };
const PHRASES = {
  200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 401: "Unauthorized",
  403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 415: "Unsupported Media Type",
  500: "Internal Server Error",
};

/** Clone a template; give its element, and a function that fills its slots with text. */
export function stamp(id) {
  const element = document.getElementById(id).content.firstElementChild.cloneNode(true);
  const slot = (name) => element.querySelector(`[data-slot="${name}"]`);
  const fill = (texts) => {
    for (const [name, text] of Object.entries(texts)) slot(name).textContent = text ?? "";
  };
  return { element, slot, fill };
}

/** Make the heading of a group of rows. */
export function makeHeading(title) {
  const { element, fill } = stamp("group");
  fill({ title });
  return element;
}

/** Make the row of a request that is still to be sent. */
export function makeRow(request) {
  const row = stamp("case");
  const { element, slot, fill } = row;
  const methods = request.then ? `${request.method}, ${request.then.method}` : request.method;
  fill({ title: request.title, note: request.note, method: methods, path: request.path });
  fill({ from: WHO[request.from] });
  Object.assign(element.dataset, { case: request.id, from: request.from, state: "waiting" });
  const [main, details] = element.rows;
  details.id = `details-${request.id}`;
  slot("toggle").setAttribute("aria-controls", details.id);
  slot("toggle").setAttribute("aria-label", `Details: ${request.title}`);
  slot("toggle").addEventListener("click", () => toggle(slot("toggle"), main, details));
  return row;
}

/** Show that a request is on its way; what an earlier run found stays, so nothing jumps. */
export function showRunning({ element }) {
  element.dataset.state = "running";
}

/** Show what the browser did and what the guard decided; tell whether the two agree. */
export function showResult({ element, slot, fill }, result, exchanges) {
  const { verdict, reason, why, policy } = judge(exchanges);
  const agree = exchanges.length === 0 ? "unknown" : String(AGREE[result.verdict] === verdict);
  Object.assign(element.dataset, {
    state: "done",
    browser: result.verdict,
    guard: verdict,
    agree,
  });
  fill({ browser: VERDICTS[result.verdict], status: statusOf(result), seen: seenBy(result) });
  fill({ guard: VERDICTS[verdict], reason, why, policy });
  fill({ alarm: agree === "false" ? "The browser and the guard disagree." : "" });
  slot("exchanges").replaceChildren(...exchanges.map(makeExchange));
  slot("toggle").disabled = exchanges.length === 0;
  return { verdict: result.verdict, agree };
}

/** Say what all decisions about a request come to: the first "no" is the answer. */
function judge(exchanges) {
  const decided = exchanges.filter((exchange) => exchange.decision);
  const rejected = decided.find(({ decision, refused }) => refused || decision.outcome === "rejected");
  if (decided.length === 0) return { verdict: "none", why: whyNotAsked(exchanges) };
  const { decision } = rejected ?? decided.at(-1);
  return {
    verdict: rejected ? "rejected" : "allowed",
    reason: decision.reason,
    why: rejected ? whyRejected(rejected) : howAllowed(decided),
    policy: decision.policy ? `Policy: ${decision.policy}` : "No policy governs this URL.",
  };
}

function whyNotAsked(exchanges) {
  if (exchanges.length === 0) return "Nothing of this reached the API.";
  return "The browser did not say which origin asks, so this was no CORS request.";
}

function whyRejected({ decision, refused }) {
  const about = decision.detail ? ` (${decision.detail})` : "";
  const why = decision.why ? `${decision.why.replace(/\.$/, "")}${about}.` : "";
  if (refused) return `${why} Refused with 403, before the view.`.trim();
  if (decision.kind === "preflight") return `${why} So the request itself was never sent.`;
  return `${why} The browser keeps the answer to itself.`;
}

function howAllowed(decided) {
  const asked = decided.some(({ decision }) => decision.kind === "preflight");
  return asked ? "The guard answered a preflight, the application the rest." : "Without a preflight.";
}

function statusOf({ verdict, status, redirected, error }) {
  if (verdict === "blocked") return error;
  const phrase = PHRASES[status] ? ` ${PHRASES[status]}` : "";
  return `${status}${phrase}${redirected ? ", redirected" : ""}`;
}

/** Say what script got to read. */
function seenBy({ verdict, body, headers }) {
  if (verdict === "blocked") return "Script reads nothing, not even the status.";
  if (headers.length === 0) return body === "" ? "Script reads an empty body." : body;
  return headers.map(([name, value]) => `${name}: ${value ?? "not readable"}`).join("\n");
}

function makeExchange({ method, path, origin, asked, status, headers, decision }) {
  const { element, slot, fill } = stamp("exchange");
  const kind = decision?.kind === "preflight" ? "Preflight" : "Request";
  const by = decision?.by_guard ? "by the guard; the application never saw it" : "by the application";
  fill({ request: `${method} ${path}`, status, answered: `${kind}, answered ${by}.` });
  fill({ explanation: decision?.explanation.trim() ?? "This was no CORS request." });
  slot("asked").append(...makeFields([["Origin", origin ?? "none"], ...Object.entries(asked)]));
  slot("headers").append(...makeFields(headers));
  return element;
}

function makeFields(fields) {
  const shown = fields.length > 0 ? fields : [["CORS headers", "none"]];
  return shown.map(([name, value]) => {
    const pair = document.createElement("div");
    for (const [tag, text] of [["dt", `${name}: `], ["dd", value]]) {
      pair.appendChild(document.createElement(tag)).textContent = text;
    }
    return pair;
  });
}

function toggle(button, main, details) {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  main.classList.toggle("open", open);
  details.hidden = !open;
}
