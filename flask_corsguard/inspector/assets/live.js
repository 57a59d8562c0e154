/**
 * The live list of decisions, and the numbers above it.
 */

import { byId, counted, el, svg, timeOf } from "./dom.js";

const KEPT = 100;

/** Make the list; `explain` is called with a decision that somebody wants to have explained. */
export class LiveList {
  #waiting = [];
  #isPaused = false;

  constructor(explain) {
    this.list = byId("decisions");
    this.explain = explain;
    byId("only-rejected").addEventListener("change", ({ target }) => {
      byId("feed").toggleAttribute("data-only-rejected", target.checked);
      this.#tellEmpty();
    });
    byId("pause").addEventListener("click", () => this.#togglePause());
  }

  /** Put decisions on top; while the list is paused, keep them for later. */
  add(decisions) {
    if (decisions.length === 0) return;
    this.#waiting.push(...decisions);
    this.#waiting.splice(0, this.#waiting.length - KEPT);
    if (this.#isPaused) {
      byId("pause").textContent = `Go on (${this.#waiting.length})`;
    } else {
      this.#show();
    }
  }

  #show() {
    const isFirst = this.list.children.length === 0;
    const fresh = this.#waiting.splice(0).sort((a, b) => b.at - a.at || b.number - a.number);
    // What was there before the page was opened is no news to a screen reader.
    if (isFirst) byId("feed").setAttribute("aria-live", "off");
    this.list.prepend(...fresh.map((each) => entry(each, this.explain)));
    while (this.list.children.length > KEPT) this.list.lastElementChild.remove();
    if (isFirst) requestAnimationFrame(() => byId("feed").setAttribute("aria-live", "polite"));
    this.#tellEmpty();
  }

  #tellEmpty() {
    const shown = byId("only-rejected").checked ? "[data-outcome=rejected]" : "li";
    byId("decisions-empty").hidden = this.list.querySelector(shown) !== null;
  }

  #togglePause() {
    this.#isPaused = !this.#isPaused;
    byId("pause").setAttribute("aria-pressed", this.#isPaused);
    byId("pause").textContent = this.#isPaused ? "Go on" : "Pause";
    if (!this.#isPaused && this.#waiting.length > 0) this.#show();
  }
}

function entry(decision, explain) {
  const { at, kind, outcome, reason, policy, method, path, origin, refusal } = decision;
  const isRejected = outcome === "rejected";
  const verdict = refusal === "refused" ? "refused" : outcome;
  const asked = kind === "preflight" ? `${method} preflight` : method;
  const again = el("button", { type: "button", class: "quiet" }, "Explain");
  again.setAttribute("aria-label", `Explain ${asked} ${path}`);
  again.addEventListener("click", () => explain(decision));
  again.disabled = origin === null;
  return el("li", { "data-outcome": isRejected || refusal ? "rejected" : "allowed" },
    el("span", { class: "verdict", "data-verdict": verdict }, verdict),
    el("span", { class: "asked" }, el("b", {}, asked), " ", el("span", {}, path)),
    el("span", { class: "who" }, el("code", {}, origin ?? "no origin")),
    el("span", { class: "why" }, reason ?? (refusal ? `enforcement: ${refusal}` : policy ?? "")),
    el("time", { datetime: new Date(at * 1000).toISOString() }, timeOf(at)),
    el("details", {}, el("summary", {}, "Why"), el("pre", { tabindex: "0" }, decision.explanation)),
    again);
}

/** Show the numbers of a state. */
export function showTotals(state) {
  const { decided, rejected, preflights, refused } = state.totals;
  const percent = (part) => (decided === 0 ? 0 : Math.round((100 * part) / decided));
  const put = (id, text) => (byId(id).textContent = text);
  put("decided", decided.toLocaleString("en"));
  put("allowed", (decided - rejected).toLocaleString("en"));
  put("rejected", rejected.toLocaleString("en"));
  put("preflights", `${percent(preflights)} %`);
  put("since", `since ${timeOf(state.since, { timeStyle: "short" })}`);
  put("allowed-share", decided === 0 ? "" : `${percent(decided - rejected)} %`);
  put("refused", refused === 0 ? "" : `${refused.toLocaleString("en")} refused with 403`);
  put("preflights-hint", `${preflights.toLocaleString("en")} of ${decided.toLocaleString("en")}`);
  showShare(percent(preflights));
}

function showShare(percent) {
  const box = byId("share");
  if (box.dataset.percent === String(percent)) return;
  box.dataset.percent = percent;
  const rect = (width, part) => svg("rect", { width, height: 4, class: part });
  box.replaceChildren(rect(100, "whole"), rect(percent, "part"));
}

/** Show the table of the most rejected origins. */
export function showTop(state) {
  const rows = state.top.map((each) => {
    const reasons = Object.entries(each.reasons).map(([reason, count], _, all) => (all.length > 1 ? `${reason} (${count})` : reason));
    const about = each.error > 0 ? `at least ${counted(each.count - each.error, "time")}` : null;
    return el("tr", {},
      el("th", { scope: "row" }, el("code", {}, each.origin || "no origin"),
        el("span", { class: "hint" }, `${reasons.join(", ")}; last ${each.method} ${each.path}`)),
      el("td", { class: "number", title: about }, each.count.toLocaleString("en")));
  });
  byId("top").replaceChildren(...rows);
  byId("top").closest(".scroll").hidden = rows.length === 0;
  byId("top-empty").hidden = rows.length > 0;
}
