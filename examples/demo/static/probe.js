/**
 * The stranger: sends what the page tells it to send, from its own origin, and reports back.
 */
"use strict";

const { api, page } = document.documentElement.dataset;

addEventListener("message", async (event) => {
  if (event.origin !== page || event.source !== parent) return;
  const result = await globalThis.sendRequest(api, event.data);
  parent.postMessage({ run: event.data.run, id: event.data.id, result }, page);
});

if (parent !== window) parent.postMessage("ready", page);
