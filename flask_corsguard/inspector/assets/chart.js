/**
 * Rejected origins over the last hour: a bar for each minute, stacked by origin.
 */

import { byId, counted, el, svg, timeOf } from "./dom.js";

const MINUTES = 60;
const NAMED = 4;
const OTHERS = "others";
const [HEIGHT, LEFT, TOP, BOTTOM] = [250, 34, 8, 22];
const [NARROWEST, NARROW] = [240, 420];

let drawn = "";

/** Draw what a state knows, if that is anything new. */
export function drawChart(state) {
  const last = Math.floor(state.now / 60);
  const minutes = state.minutes;
  const names = mostRejected(minutes);
  const bars = Array.from({ length: MINUTES }, (_, place) => {
    const minute = last - MINUTES + 1 + place;
    return { minute, place, ...stack(minutes.get(minute), names) };
  });
  // Drawn as wide as it is shown: scaled down to a phone, nobody could read what is written in it.
  const width = Math.max(byId("chart").clientWidth, NARROWEST);
  const key = JSON.stringify([width, last, bars.map(({ parts }) => parts), names]);
  if (key === drawn) return;
  drawn = key;
  const series = bars.some(({ parts }) => parts[names.length] > 0) ? [...names, OTHERS] : names;
  byId("chart").replaceChildren(picture(bars, names, last, width));
  byId("legend").replaceChildren(...series.map((name, number) => entry(name, number, names)));
  const rows = bars.filter(({ total }) => total > 0).reverse();
  byId("chart-rows").replaceChildren(...rows.map((bar) => row(bar, names)));
}

function mostRejected(minutes) {
  const sums = new Map();
  for (const { origins } of minutes.values()) {
    for (const [origin, count] of origins) sums.set(origin, (sums.get(origin) ?? 0) + count);
  }
  const sorted = [...sums].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  return sorted.slice(0, NAMED).map(([origin]) => origin);
}

/** Give the heights of a minute's parts: one for each name, and one for all others. */
function stack(minute, names) {
  const total = minute?.rejected ?? 0;
  const parts = names.map((name) => minute?.origins.get(name) ?? 0);
  return { total, parts: [...parts, total - parts.reduce((sum, part) => sum + part, 0)] };
}

function picture(bars, names, last, width) {
  const most = niceMost(Math.max(...bars.map(({ total }) => total)));
  const sum = bars.reduce((total, bar) => total + bar.total, 0);
  const said = names.length === 0 ? "" : ` Most of them from ${names[0]}.`;
  const label = `${counted(sum, "rejected request")} within the last hour.${said}`;
  const height = (count) => (count / most) * (HEIGHT - TOP - BOTTOM);
  const grid = [0, most / 2, most].flatMap((count) => line(count, HEIGHT - BOTTOM - height(count), width));
  const places = width < NARROW ? [0, 30, 59] : [0, 15, 30, 45, 59];
  const times = places.map((place) => tick(place, last, width));
  const columns = bars.filter(({ total }) => total > 0).map((bar) => column(bar, names, height, width));
  const attributes = { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": label };
  return svg("svg", attributes, ...grid, ...times, ...columns);
}

/** Give a number that halves well and is not below another one. */
function niceMost(count) {
  const power = 10 ** Math.floor(Math.log10(Math.max(count, 1)));
  const nice = [1, 1.2, 1.4, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].map((factor) => Math.round(factor * power));
  return Math.max(2, nice.find((each) => each >= count && each % 2 === 0) ?? 2);
}

function line(count, y, width) {
  const text = svg("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, count.toLocaleString("en"));
  return [svg("line", { x1: LEFT, x2: width, y1: y, y2: y, class: count === 0 ? "axis" : "grid" }), text];
}

function tick(place, last, width) {
  const x = LEFT + ((place + 0.5) / MINUTES) * (width - LEFT);
  const anchor = place === 0 ? "start" : place === MINUTES - 1 ? "end" : "middle";
  const when = place === MINUTES - 1 ? "now" : timeOf((last - MINUTES + 1 + place) * 60, { timeStyle: "short" });
  const at = anchor === "start" ? LEFT : anchor === "end" ? width : x;
  return svg("text", { x: at, y: HEIGHT - 5, "text-anchor": anchor }, when);
}

function column({ place, minute, total, parts }, names, height, width) {
  const step = (width - LEFT) / MINUTES;
  let y = HEIGHT - BOTTOM;
  const boxes = parts.map((part, number) => {
    if (part === 0) return null;
    y -= height(part);
    const size = { x: LEFT + (place + 0.1) * step, y, width: 0.8 * step, height: Math.max(height(part) - 0.75, 0.75) };
    return svg("rect", { ...size, rx: 1.5, "data-series": number === names.length ? "others" : number });
  });
  const when = timeOf(minute * 60, { timeStyle: "short" });
  return svg("g", { class: "column" }, svg("title", {}, `${when}: ${total}`), ...boxes);
}

function entry(name, number, names) {
  const series = number === names.length ? "others" : number;
  return el("li", { "data-series": series }, el("code", {}, name || "no origin"));
}

function row({ minute, total, parts }, names) {
  const said = parts
    .map((part, number) => [names[number] ?? OTHERS, part])
    .filter(([, part]) => part > 0)
    .map(([name, part]) => `${name}: ${part}`);
  return el("tr", {},
    el("th", { scope: "row" }, timeOf(minute * 60, { timeStyle: "short" })),
    el("td", { class: "number" }, String(total)),
    el("td", {}, said.join(", ")));
}
