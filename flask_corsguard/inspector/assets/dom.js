/**
 * Elements made of text. Nothing on this page is ever parsed as HTML: what strangers have sent goes
 * into text nodes, and nowhere else.
 */

const SVG = "http://www.w3.org/2000/svg";

/** Find an element by its id. */
export const byId = (id) => document.getElementById(id);

/** Make an element with attributes; children are elements or text, and what is null is left out. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** Count something in words: "1 request", "2 requests". */
export function counted(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** Give a moment, in seconds since the epoch, as the time of day. */
export function timeOf(seconds, options = { timeStyle: "medium" }) {
  return new Date(seconds * 1000).toLocaleTimeString([], options);
}

/** Ask for JSON below the page's own URL. A question without an answer is an Error that says why. */
export async function ask(name, parameters = {}) {
  const url = new URL(name, document.baseURI);
  url.search = new URLSearchParams(parameters);
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  const isJson = response.headers.get("Content-Type") === "application/json";
  if (!isJson) throw new Error(`The application answered ${response.status}.`);
  const value = await response.json();
  if (!response.ok) throw new Error(value.error);
  return value;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
