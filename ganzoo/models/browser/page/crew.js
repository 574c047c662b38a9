"use strict";
/* The engine of a page that stands alone. Quick networks draw in the page itself, and slow ones in workers, one sample each at
a time, so that all processors draw and the page answers meanwhile. A worker runs this same script, without a document. */

const SCRIPT = typeof document === "undefined" ? null : document.currentScript.textContent;
const SLOW = 20; // milliseconds for a sample, beyond which workers are called; the very first may take ten times as long
const ROOM = 2e8; // characters of weights that all workers hold together

if (SCRIPT === null) {
  let paint;
  self.onmessage = ({ data }) => {
    if (data.facts) paint = painterOf(data.facts);
    else self.postMessage(paint(data.want, data.i));
  };
}

function workersOf(facts) {
  const weights = facts.graph.constants.reduce((sum, { data }) => sum + data.length, 1);
  const count = Math.max(1, Math.min(8, navigator.hardwareConcurrency || 1, Math.floor(ROOM / weights)));
  const address = URL.createObjectURL(new Blob([SCRIPT], { type: "text/javascript" }));
  return Array.from({ length: count }, () => {
    const worker = new Worker(address);
    worker.postMessage({ facts });
    return worker;
  });
}

const answerOf = (worker, question) => new Promise((good, bad) => {
  worker.onmessage = ({ data }) => good(data);
  worker.onerror = (event) => {
    event.preventDefault();
    bad(new Error(event.message));
  };
  worker.postMessage(question);
});

function engineOf(facts) {
  const paint = painterOf(facts), each = facts.shape.reduce((a, b) => a * b, 1);
  let workers = null, alone = false;

  function call() {
    try {
      workers = workersOf(facts);
    } catch {
      alone = true;
    }
  }

  async function withWorkers(want, made, from, stale, tell) {
    let next = from, done = from;
    await Promise.all(workers.map(async (worker) => {
      while (next < want.n && !stale()) {
        const i = next++;
        made.set(await answerOf(worker, { want, i }), i * each);
        tell(++done);
      }
    }));
  }

  async function withoutWorkers(want, made, from, stale, tell) {
    let since = performance.now();
    for (let i = from; i < want.n && !stale(); i++) {
      made.set(paint(want, i), i * each);
      if (performance.now() - since > 2 * SLOW) {
        tell(i + 1);
        await new Promise((go) => setTimeout(go));
        since = performance.now();
      }
    }
  }

  return {
    /* All samples; null where `stale()` says that others are wanted by now. `tell` hears how many there are. */
    async draw(want, stale, tell = () => {}) {
      const made = facts.kind === "points" ? new Float32Array(want.n * each) : new Uint8Array(want.n * each);
      let from = 0;
      for (let limit = 10 * SLOW; workers === null && !alone && from < 2 && from + 1 < want.n; limit = SLOW) {
        const began = performance.now();
        made.set(paint(want, from), from++ * each);
        if (performance.now() - began > limit) call();
      }
      if (workers !== null) {
        try {
          await withWorkers(want, made, from, stale, tell);
          return stale() ? null : made;
        } catch {
          workers.forEach((worker) => worker.terminate()); // a browser that allows none to a file
          workers = null;
          alone = true;
        }
      }
      await withoutWorkers(want, made, from, stale, tell);
      return stale() ? null : made;
    },
  };
}
