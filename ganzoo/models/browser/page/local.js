"use strict";
/* Samples of a page that stands alone: their latents, and each of them by the network. */

function randomOf(seed) {
  let a = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x85ebca6b) >>> 0;
  const uniform = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/* Between two latents along the great circle, with a length that goes from the one's to the other's. */
function between(a, b, t) {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  const la = Math.sqrt(dot(a, a)), lb = Math.sqrt(dot(b, b));
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(a, b) / (la * lb || 1))));
  const length = la + t * (lb - la), sine = Math.sin(angle);
  const [p, q] = sine < 1e-6 ? [1 - t, t] : [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
  return a.map((value, i) => length * ((p * value) / (la || 1) + (q * b[i]) / (lb || 1)));
}

/* A function of what is wanted and of a sample's number, which draws it: bytes, or numbers of points. */
function painterOf(facts) {
  const net = networkOf(facts.graph), pool = floatsOf(facts.pool), size = facts.z_dim;
  const held = pool.length / size, threshold = facts.truncation === "threshold";

  function latent(seed, i, limit) {
    const random = randomOf(Math.imul(seed, 1000003) + i);
    let z;
    if (seed === 0 && i < held) z = pool.slice(i * size, (i + 1) * size);
    else if (facts.normal) z = Float32Array.from({ length: size }, random.normal);
    else {
      const at = Math.floor(random.uniform() * held);
      z = pool.slice(at * size, (at + 1) * size);
    }
    if (limit === null) return z;
    return z.map((value) => {
      while (Math.abs(value) > limit) value = random.normal();
      return value;
    });
  }

  function asked(want, i) {
    const limit = threshold ? want.truncation : null;
    let z = latent(want.seed, i, limit);
    if (want.t > 0) z = between(z, latent(want.to, i, limit), want.t);
    want.offsets.forEach((by, k) => (z[k] += by));
    if (want.by) {
      const random = randomOf(-1 - want.direction), way = Float32Array.from({ length: size }, random.normal);
      const length = Math.sqrt(way.reduce((sum, value) => sum + value * value, 0));
      z = z.map((value, k) => value + (want.by * way[k]) / length);
    }
    return facts.truncation === "style" ? Float32Array.of(...z, want.truncation === null ? 1 : want.truncation) : z;
  }

  return (want, i) => {
    const y = facts.classes.length ? (want.y === null ? i % facts.classes.length : want.y) : null;
    const sample = net.run(asked(want, i), y);
    if (facts.kind === "points") return sample.slice();
    return Uint8Array.from(sample, (value) => Math.floor(Math.min(255, Math.max(0, value * 127.5 + 128))));
  };
}
