/**
 * What the page knows. A server with several processes has several memories, and each answer comes
 * from one of them: what each has said last is kept, and what is shown is the sum.
 */

const FORGET_AFTER = 16; // processes

export class State {
  constructor() {
    this.processes = new Map();
  }

  /** Say what is known already, for the next question. */
  get after() {
    return [...this.processes].map(([process, { last }]) => `${process}.${last}`).join(",");
  }

  /** Take an answer in; return whether it came from a process that was unknown. */
  take(answer) {
    const isNew = !this.processes.has(answer.process);
    this.processes.delete(answer.process);
    this.processes.set(answer.process, answer);
    while (this.processes.size > FORGET_AFTER) {
      this.processes.delete(this.processes.keys().next().value);
    }
    return isNew;
  }

  get totals() {
    const names = ["decided", "rejected", "preflights", "refused"];
    const sum = (name) => this.answers.reduce((total, { totals }) => total + totals[name], 0);
    return Object.fromEntries(names.map((name) => [name, sum(name)]));
  }

  get since() {
    return Math.min(...this.answers.map(({ since }) => since));
  }

  get now() {
    return Math.max(...this.answers.map(({ now }) => now));
  }

  /** Give the minutes of the last hour that had rejections: Map of minute to { origins, rejected }. */
  get minutes() {
    const found = new Map();
    for (const each of this.answers.flatMap(({ minutes }) => minutes)) {
      const sum = found.get(each.minute) ?? { rejected: 0, origins: new Map() };
      sum.rejected += each.rejected;
      for (const [origin, count] of Object.entries(each.origins)) {
        sum.origins.set(origin, (sum.origins.get(origin) ?? 0) + count);
      }
      found.set(each.minute, sum);
    }
    return found;
  }

  /** Give the origins that were rejected most often, the most rejected first. */
  get top() {
    const found = new Map();
    for (const each of this.answers.flatMap(({ top }) => top)) {
      const known = found.get(each.origin);
      found.set(each.origin, known === undefined ? each : add(known, each));
    }
    return [...found.values()].sort((a, b) => b.count - a.count).slice(0, 10);
  }

  get answers() {
    return [...this.processes.values()];
  }
}

function add(one, other) {
  const newer = one.last_seen > other.last_seen ? one : other;
  const reasons = { ...one.reasons };
  for (const [reason, count] of Object.entries(other.reasons)) {
    reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return { ...newer, reasons, count: one.count + other.count, error: one.error + other.error };
}
