/**
 * The two forms: a request to try, and a line of a browser's console.
 */

import { explanation, sentence } from "./answer.js";
import { ask, byId, el } from "./dom.js";

/** Make the forms answer. */
export function listen() {
  answerWith("try", "explain.json", requestOf, explanation);
  answerWith("console", "sentence.json", (form) => new FormData(form), sentence);
}

/** Fill the form with what a decision was about, and have it explained. */
export function explainDecision({ method, path, origin, reason, detail }) {
  const { elements } = byId("try-form");
  Object.assign(elements.url, { value: path });
  Object.assign(elements.origin, { value: origin });
  Object.assign(elements.method, { value: method });
  elements.headers.value = reason === "header-not-allowed" ? detail.split(/[\s,]+/).join("\n") : "";
  elements.credentials.checked = false;
  byId("try").scrollIntoView({ block: "start" });
  byId("try-form").requestSubmit();
}

function answerWith(name, resource, read, show) {
  const form = byId(`${name}-form`);
  const place = byId(`${name}-answer`);
  let latest = 0;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const number = ++latest;
    place.setAttribute("aria-busy", "true");
    const shown = await ask(resource, new URLSearchParams(read(form))).then(show, failure);
    if (number !== latest) return;
    place.replaceChildren(...shown);
    place.removeAttribute("aria-busy");
    place.focus({ preventScroll: true });
  });
}

function requestOf(form) {
  const data = new FormData(form);
  const headers = data.get("headers").split("\n").map((line) => line.trim()).filter(Boolean);
  data.delete("headers");
  for (const line of headers) data.append("header", line);
  return data;
}

function failure(error) {
  const text = error instanceof TypeError ? "The application does not answer." : error.message;
  return [el("p", { class: "banner", "data-verdict": "error" }, text)];
}
