"use strict";
/* The engine of a page that `ganzoo explore` serves: torch makes the samples on this machine. */

function engineOf(facts) {
  const token = new URLSearchParams(location.search).get("token");
  return {
    async draw(want) {
      const query = new URLSearchParams({
        token,
        n: want.n,
        seed: want.seed,
        to: want.to,
        t: want.t,
        offsets: want.offsets.join(","),
        direction: want.direction,
        by: want.by,
      });
      if (want.y !== null) query.set("y", want.y);
      if (want.truncation !== null) query.set("truncation", want.truncation);
      let answer;
      try {
        answer = await fetch(`/draw?${query}`);
      } catch {
        throw new Error("ganzoo explore no longer answers; start it again and open the address that it prints");
      }
      if (!answer.ok) throw new Error(await answer.text());
      const raw = await answer.arrayBuffer();
      return facts.kind === "points" ? floatsIn(raw) : new Uint8Array(raw);
    },
  };
}

function floatsIn(raw) {
  const view = new DataView(raw);
  return Float32Array.from({ length: raw.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
