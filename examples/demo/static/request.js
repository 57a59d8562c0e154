/**
 * One real request, and what script got to see of it.
 *
 * The page and the stranger's frame both load this file. It is a classic script because a sandboxed
 * frame has no origin to load modules with.
 */
"use strict";

/** Send a request (and a second one after it, if it says so) and tell what could be read. */
globalThis.sendRequest = async function sendRequest(api, request) {
  try {
    const response = await send(api, request);
    if (request.then) return await sendRequest(api, { ...request, then: null, ...request.then });
    return {
      verdict: "allowed",
      status: response.status,
      redirected: response.redirected,
      body: (await response.text()).trim().slice(0, 200),
      headers: (request.read ?? []).map((name) => [name, response.headers.get(name)]),
    };
  } catch (error) {
    // The network failed, or CORS said no: on purpose, script cannot tell the one from the other.
    return { verdict: "blocked", error: `${error.name}: ${error.message}` };
  }
};

function send(api, request) {
  const url = new URL(api + request.path);
  // The API's journal goes by these two; the guard does not look at the query.
  url.searchParams.set("run", request.run);
  url.searchParams.set("case", request.id);
  return fetch(url, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    credentials: request.credentials ?? "omit",
  });
}
