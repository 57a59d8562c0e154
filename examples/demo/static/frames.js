/**
 * Sending a request from any of the three origins: from here, or from a frame that reports back.
 */

const { api, stranger } = document.documentElement.dataset;
const PATIENCE = 10_000; // milliseconds

const frames = {
  stranger: openFrame("The stranger", stranger),
  sandbox: openFrame("The sandboxed frame", "null", "allow-scripts"),
};

/** Send a request from where it says, and give what script there got to see. */
export async function sendFrom(request) {
  if (request.from === "page") return globalThis.sendRequest(api, request);
  return (await frames[request.from])(request);
}

/** Give what the API's journal holds about a request. */
export async function readJournal({ run, id }) {
  try {
    const response = await fetch(`${api}/journal/${run}/${id}`);
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}

/** Open a frame; give, as soon as it is ready, a function that sends from there. */
async function openFrame(title, origin, sandbox) {
  const frame = document.createElement("iframe");
  Object.assign(frame, { title, hidden: true, src: stranger });
  if (sandbox) frame.setAttribute("sandbox", sandbox);
  const ready = reply(frame, origin, (data) => data === "ready").catch(() => {});
  document.body.append(frame);
  await ready;
  return async (request) => {
    const mine = (data) => data.run === request.run && data.id === request.id;
    const answer = reply(frame, origin, mine);
    frame.contentWindow.postMessage(request, sandbox ? "*" : origin);
    return answer.then((data) => data.result, (error) => ({ verdict: "blocked", error }));
  };
}

/** Wait for a message from a frame, and for no longer than anybody would. */
function reply(frame, origin, isIt) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(reject, "The frame does not answer"), PATIENCE);
    function listen(event) {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      if (isIt(event.data)) finish(resolve, event.data);
    }
    function finish(settle, value) {
      clearTimeout(timer);
      removeEventListener("message", listen);
      settle(value);
    }
    addEventListener("message", listen);
  });
}
