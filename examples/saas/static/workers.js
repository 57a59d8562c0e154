// Ask all workers about an origin, some times in a row: whoever answers says who it is.

const form = document.getElementById("workers");
const verdict = document.getElementById("verdict");
const list = document.getElementById("answers");
const AT_ONCE = 6;
const ROUNDS = 16;
const PAUSE = 500;
const answers = new Map();
let running = 0;

const wait = (time) => new Promise((done) => setTimeout(done, time));

async function ask(origin) {
  const url = `${form.action}?${new URLSearchParams({ origin })}`;
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok) throw new Error(`The server says ${response.status}.`);
  return response.json();
}

function show() {
  const known = [...answers].sort(([one], [other]) => one - other);
  list.replaceChildren(...known.map(([worker, allowed]) => {
    const item = document.createElement("li");
    item.dataset.allowed = allowed;
    item.textContent = `${allowed ? "Allowed" : "Rejected"} by worker ${worker}`;
    return item;
  }));
  const yes = known.filter(([, allowed]) => allowed).length;
  const all = known.length === 1 ? "The one worker" : `All ${known.length} workers`;
  let text = `${yes} of ${known.length} workers allow it.`;
  if (yes === known.length) text = `${all} ${yes === 1 ? "allows" : "allow"} it.`;
  if (yes === 0) text = `${all} ${known.length === 1 ? "rejects" : "reject"} it.`;
  if (verdict.textContent !== text) verdict.textContent = text;
}

async function run() {
  const mine = ++running;
  answers.clear();
  for (let round = 0; round < ROUNDS && mine === running; round += 1) {
    const origin = form.elements.origin.value.trim();
    try {
      const said = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(origin)));
      if (mine !== running) return;
      said.forEach(({ worker, allowed }) => answers.set(worker, allowed));
      show();
    } catch (error) {
      verdict.textContent = error.message;
    }
    await wait(PAUSE);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
if (form.elements.origin.value) run();
