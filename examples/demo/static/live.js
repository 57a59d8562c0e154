/**
 * The live list of rejected origins: server-sent events from the API. EventSource is CORS, too.
 */

import { stamp } from "./rows.js";

const KEPT = 30;

/** Follow the signals for as long as the page is open. */
export function follow(api) {
  const line = document.getElementById("line");
  const source = new EventSource(`${api}/journal/rejections`);
  const say = (state) => Object.assign(line, { textContent: state }).setAttribute("data-state", state);
  source.addEventListener("open", () => say("live"));
  source.addEventListener("error", () => say("reconnecting"));
  source.addEventListener("message", (event) => add(JSON.parse(event.data)));
}

function add({ time, origin, method, path, reason, kind }) {
  const list = document.getElementById("rejections");
  const { element, slot, fill } = stamp("rejection");
  const asked = kind === "preflight" ? `${method} (preflight)` : method;
  fill({ time: new Date(time).toLocaleTimeString(), origin, method: asked, path, reason });
  slot("time").dateTime = time;
  list.prepend(element);
  while (list.children.length > KEPT) list.lastElementChild.remove();
}
