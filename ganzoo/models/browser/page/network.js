"use strict";
/* A generator's graph, run in plain JavaScript: each operation as `kernels.py` has it. Samples are made one by one.
The operations that most generators spend their time on, sums, products and relu, have loops without calls. */

function floatsOf(text) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  const view = new DataView(bytes.buffer), made = new Float32Array(raw.length / 4);
  for (let i = 0; i < made.length; i++) made[i] = view.getFloat32(4 * i, true);
  return made;
}

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);

function stridesOf(shape) {
  const strides = new Array(shape.length);
  for (let d = shape.length - 1, step = 1; d >= 0; step *= shape[d], d--) strides[d] = step;
  return strides;
}

/* Strides by which a value of `shape` is read as one of the shape `out`. */
function broadcast(shape, out) {
  const own = stridesOf(shape), ahead = out.length - shape.length;
  return out.map((_, d) => (d < ahead || shape[d - ahead] === 1 ? 0 : own[d - ahead]));
}

/* Call `inner(at, offsets)` for each row along the last dimension of `shape`. */
function rows(shape, strides, starts, inner) {
  const last = shape.length - 1, index = new Array(Math.max(last, 0)).fill(0), offsets = starts.slice();
  const count = sizeOf(shape), width = last < 0 ? 1 : shape[last];
  for (let at = 0; at < count; at += width) {
    inner(at, offsets);
    for (let d = last - 1; d >= 0; d--) {
      index[d]++;
      for (let k = 0; k < strides.length; k++) offsets[k] += strides[k][d];
      if (index[d] < shape[d]) break;
      for (let k = 0; k < strides.length; k++) offsets[k] -= strides[k][d] * shape[d];
      index[d] = 0;
    }
  }
}

const UNARY = {
  relu: (x) => (x > 0 ? x : 0),
  leaky_relu: (x, slope) => (x > 0 ? x : x * slope),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => (x > 20 ? x : Math.log1p(Math.exp(x))),
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  abs: Math.abs,
  neg: (x) => -x,
  sin: Math.sin,
  cos: Math.cos,
  reciprocal: (x) => 1 / x,
};
const BINARY = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: Math.pow,
  max: Math.max,
  min: Math.min,
  eq: (a, b) => +(a === b),
  ne: (a, b) => +(a !== b),
  gt: (a, b) => +(a > b),
  ge: (a, b) => +(a >= b),
  lt: (a, b) => +(a < b),
  le: (a, b) => +(a <= b),
};

function elementwise(op, args, shapes, f) {
  const out = new Float32Array(sizeOf(op.shape)), last = op.shape.length - 1, width = last < 0 ? 1 : op.shape[last];
  const strides = shapes.map((shape) => broadcast(shape, op.shape));
  const steps = strides.map((one) => (last < 0 ? 0 : one[last]));
  rows(op.shape, strides, args.map(() => 0), (at, from) => {
    if (args.length === 2) {
      const [a, b] = args, [sa, sb] = steps;
      let [ia, ib] = from;
      if (op.f === "add") for (let i = 0; i < width; i++, ia += sa, ib += sb) out[at + i] = a[ia] + b[ib];
      else if (op.f === "mul") for (let i = 0; i < width; i++, ia += sa, ib += sb) out[at + i] = a[ia] * b[ib];
      else for (let i = 0; i < width; i++, ia += sa, ib += sb) out[at + i] = f(a[ia], b[ib]);
    } else {
      for (let i = 0; i < width; i++) out[at + i] = f(...args.map((arg, k) => arg[from[k] + i * steps[k]]));
    }
  });
  return out;
}

const KERNELS = {
  unary(op, [x]) {
    const f = UNARY[op.f], number = op.with ? op.with[0] : undefined, out = new Float32Array(x.length);
    if (op.f === "relu") for (let i = 0; i < x.length; i++) out[i] = x[i] > 0 ? x[i] : 0;
    else for (let i = 0; i < x.length; i++) out[i] = f(x[i], number);
    return out;
  },
  binary: (op, args, shapes) => elementwise(op, args, shapes, BINARY[op.f]),
  where: (op, args, shapes) => elementwise(op, args, shapes, (c, a, b) => (c !== 0 ? a : b)),
  strided(op, [x]) {
    const count = sizeOf(op.shape), own = stridesOf(op.shape);
    if (count === x.length && op.offset === 0 && op.shape.every((n, d) => n === 1 || op.strides[d] === own[d])) return x;
    const out = new Float32Array(count), last = op.shape.length - 1;
    const step = last < 0 ? 0 : op.strides[last], width = last < 0 ? 1 : op.shape[last];
    rows(op.shape, [op.strides], [op.offset], (at, [from]) => {
      for (let i = 0; i < width; i++) out[at + i] = x[from + i * step];
    });
    return out;
  },
  pick(op, [x], [shape]) {
    let value = x, now = shape.slice();
    op.lists.forEach((list, dim) => {
      if (list === null) return;
      const inner = sizeOf(now.slice(dim + 1)), outer = sizeOf(now.slice(0, dim)), size = now[dim];
      const out = new Float32Array(outer * list.length * inner);
      for (let o = 0, to = 0; o < outer; o++) {
        for (let j = 0; j < list.length; j++, to += inner) {
          if (list[j] < 0) continue;
          const from = (o * size + list[j]) * inner;
          for (let i = 0; i < inner; i++) out[to + i] = value[from + i];
        }
      }
      value = out;
      now = now.map((n, d) => (d === dim ? list.length : n));
    });
    return value;
  },
  cat(op, args, shapes) {
    const out = new Float32Array(sizeOf(op.shape)), outer = sizeOf(op.shape.slice(0, op.dim));
    const blocks = shapes.map((shape) => sizeOf(shape.slice(op.dim))), whole = sizeOf(op.shape.slice(op.dim));
    let start = 0;
    args.forEach((arg, k) => {
      for (let o = 0; o < outer; o++) out.set(arg.subarray(o * blocks[k], (o + 1) * blocks[k]), o * whole + start);
      start += blocks[k];
    });
    return out;
  },
  reduce(op, [x], [shape]) {
    const out = new Float64Array(sizeOf(op.shape)).fill(op.f === "sum" ? 0 : -Infinity);
    const to = broadcast(op.shape, shape), last = shape.length - 1, step = to[last], width = shape[last];
    rows(shape, [to], [0], (at, [target]) => {
      for (let i = 0, o = target; i < width; i++, o += step) {
        out[o] = op.f === "sum" ? out[o] + x[at + i] : Math.max(out[o], x[at + i]);
      }
    });
    return Float32Array.from(out);
  },
  matmul(op, [a, b], [one, other]) {
    const [batch, n, m] = op.shape, k = one[2], out = new Float32Array(batch * n * m);
    for (let s = 0; s < batch; s++) {
      matrixProduct(a, one[0] === 1 ? 0 : s * n * k, b, other[0] === 1 ? 0 : s * k * m, out, s * n * m, n, k, m);
    }
    return out;
  },
  rows(op, [table, labels]) {
    const width = op.shape[1], out = new Float32Array(labels.length * width);
    labels.forEach((label, i) => out.set(table.subarray(label * width, (label + 1) * width), i * width));
    return out;
  },
  conv: (op, [x, w], [from, kernel], kept) => convolution(op, x, w, from, kernel, kept),
  transposed_conv: (op, [x, w], [from, kernel], kept) => convolution(op, x, w, from, kernel, kept),
};

/* `run(z, y)` gives the sample of a latent, Float32Array, in [-1, 1] for images. */
function networkOf(graph) {
  const values = new Array(graph.slots), shapes = new Array(graph.slots);
  for (const { slot, shape, data } of graph.constants) {
    values[slot] = floatsOf(data);
    shapes[slot] = shape;
  }
  const fixed = new Set(graph.constants.map(({ slot }) => slot));
  const kept = graph.ops.map((op) => (fixed.has(op.in[1]) ? [] : null)); // what an operation makes of its weights once
  for (const op of graph.ops) shapes[op.out] = op.shape;
  return {
    run(z, y) {
      const given = [z, Float32Array.of(y === null ? 0 : y)];
      graph.inputs.forEach((slot, i) => {
        values[slot] = given[i];
        shapes[slot] = i === 0 ? [1, z.length] : [1];
      });
      graph.ops.forEach((op, i) => {
        const args = op.in.map((slot) => values[slot]), forms = op.in.map((slot) => shapes[slot]);
        values[op.out] = KERNELS[op.op](op, args, forms, kept[i]);
      });
      return values[graph.output];
    },
  };
}
