/**
 * An explanation, as elements: the verdict, the steps, what goes over the wire, the remedy.
 */

import { el } from "./dom.js";

const MARKS = new Map([[true, "ok"], [false, "no"], [null, "note"]]);
const BROWSERS = { chromium: "Chromium", firefox: "Firefox", safari: "Safari" };

/** Show the explanation of a request. */
export function explanation(found) {
  const verdict = found.allowed ? "allowed" : found.refused ? "refused" : "blocked";
  const { asked } = found;
  return [
    el("p", { class: "banner", "data-verdict": verdict },
      el("strong", {}, verdict[0].toUpperCase() + verdict.slice(1)), " ",
      el("span", {}, `${asked.method} ${found.url} from ${asked.origin}, `,
        `${asked.credentials ? "with" : "without"} credentials`)),
    remedy(found.remedy),
    el("h3", {}, "Step by step"),
    el("ol", { class: "steps" }, ...found.steps.map(step)),
    found.messages.length === 0 ? null : el("h3", {}, "Over the wire"),
    ...found.messages.map(message),
    el("h3", {}, "What each browser does"),
    el("ul", { class: "browsers" }, ...found.browsers.map(browser)),
  ].filter(Boolean);
}

/** Show the explanation of a line of a browser's console. */
export function sentence(found) {
  const { reading } = found;
  const facts = [
    ["Browser", BROWSERS[reading.engine] ?? reading.engine],
    ["Check", reading.cause],
    ["Page", reading.origin || "it does not say"],
    ["URL", reading.url || "it does not say"],
    ["Asked for", reading.subject],
    ["Server sent", reading.value],
    ["Status", reading.status],
  ];
  const known = facts.filter(([, value]) => value);
  return [
    el("dl", { class: "facts" }, ...known.map(([name, value]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    el("h3", {}, "What it means"), el("p", {}, found.meaning),
    el("h3", {}, "What the server has to send"), el("p", {}, found.fix),
    found.verdict ? el("h3", {}, "This application") : null,
    found.verdict ? el("p", {}, found.verdict) : null,
    ...(found.explanation ? explanation(found.explanation) : []),
  ].filter(Boolean);
}

function step({ title, text, ok }) {
  const mark = MARKS.get(ok);
  const said = { ok: "passes", no: "fails", note: "note" }[mark];
  return el("li", { "data-mark": mark },
    el("b", {}, title, el("span", { class: "hidden" }, ` (${said}): `)), el("span", {}, text));
}

function message({ preflight, method, url, sent, status, headers, reason }) {
  const line = (direction, text) => el("span", { "data-direction": direction }, `${text}\n`);
  const field = ([name, value]) => `${name}: ${value}`;
  return el("figure", { class: "message" },
    el("figcaption", {}, preflight ? "The browser’s preflight" : "The request",
      reason ? el("code", { class: "reason" }, reason) : null),
    el("pre", { tabindex: "0" },
      line("out", `> ${method} ${url}`),
      ...sent.map((each) => line("out", `> ${field(each)}`)),
      line("in", `< ${status}`),
      ...headers.map((each) => line("in", `< ${field(each)}`))));
}

function browser({ engine, shares, sentence: said, readable }) {
  const more = readable.length > 0 ? `Script may read ${readable.join(", ")}, too.` : "";
  return el("li", {},
    el("span", { class: "verdict", "data-verdict": shares ? "allowed" : "blocked" },
      shares ? "shares" : "blocks"), " ",
    el("b", {}, BROWSERS[engine] ?? engine), el("span", { class: "said" }, said || more));
}

function remedy(found) {
  if (!found) return null;
  const title = found.helps ? "The smallest change that would allow it" : "What was tried";
  const changes = found.changes.map(({ place, write, wise, because }) =>
    el("li", {}, el("code", { class: "place" }, place), el("pre", { tabindex: "0" }, write),
      el("p", {}, el("b", {}, `Wise? ${wise[0].toUpperCase()}${wise.slice(1)}. `), because)));
  const none = found.changes.length === 0 && !found.instead && !found.helps;
  return el("div", { class: "remedy" },
    changes.length > 0 ? el("h3", {}, title) : null,
    changes.length > 0 ? el("ul", {}, ...changes) : null,
    found.instead ? el("p", {}, el("b", {}, "Instead: "), found.instead) : null,
    none ? el("p", {}, "No change of a policy allows it.") : null);
}
