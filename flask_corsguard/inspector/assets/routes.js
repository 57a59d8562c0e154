/**
 * The routes and their policies, and the path rules.
 */

import { ask, byId, el } from "./dom.js";

const SOURCES = { view: "the view", blueprint: "its blueprint", rule: "a path rule", guard: "the guard", none: "nothing" };

/** Ask for the routes, and show them. */
export async function showRoutes() {
  const { routes, rules } = await ask("routes.json");
  byId("route-rows").replaceChildren(...routes.map(routeRow));
  byId("rule-rows").replaceChildren(...rules.map(ruleRow));
  byId("rules").hidden = rules.length === 0;
  find();
}

/** Leave those routes in the table that somebody looks for. */
export function find() {
  const wanted = byId("find").value.trim().toLowerCase();
  for (const row of byId("route-rows").children) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
}

function routeRow({ rule, endpoint, methods, governing, allowed_methods: listed, exceptions }) {
  const { source, place, policy, origins, credentials, closed } = governing;
  const nobody = source === "none";
  const who = nobody ? "left alone" : closed ? "this origin only" : null;
  const notes = exceptions.length > 0 ? `but for ${exceptions.join(", ")}` : "";
  return el("tr", { "data-source": source },
    el("th", { scope: "row" }, el("code", {}, rule), el("span", { class: "hint" }, endpoint)),
    el("td", { "data-label": "Methods" }, el("span", { class: "methods" }, methods.join(" "))),
    el("td", { "data-label": "Governed by" }, el("span", { class: "source" }, SOURCES[source] ?? source),
      nobody ? null : el("code", {}, place),
      policy && policy !== place ? el("span", { class: "hint" }, `policy ${policy}`) : null,
      notes ? el("span", { class: "hint" }, notes) : null),
    el("td", { "data-label": "Origins" },
      ...(who ? [el("span", { class: "hint" }, who)] : origins.map((each) => el("code", { class: "origin" }, each))),
      credentials ? el("span", { class: "badge" }, "credentials") : null),
    el("td", { "data-label": "Preflights list" }, el("span", { class: "methods" }, listed.join(" ") || "–")));
}

function ruleRow({ place, policy, routes, shadowed_by: by, nothing, in_vain: inVain }) {
  const good = nothing ? "no route at all" : inVain ? "nothing: see right" : routes.join(", ");
  return el("tr", { "data-idle": nothing || inVain ? "true" : null },
    el("th", { scope: "row" }, el("code", {}, place)),
    el("td", { "data-label": "Policy" }, policy),
    el("td", { "data-label": "Governs" }, good),
    el("td", { "data-label": "Passed over for" }, by.join(", ") || "–"));
}
