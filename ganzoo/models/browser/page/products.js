"use strict";
/* Products of matrices, which convolutions are too. The left one, weights, lies in panels of four rows, the right one in
strips of four columns; sixteen sums at a time stay in registers, where they are double precision. */

const FOUR = 4;

/* Rows of `count` by `depth` numbers, `read(row, k)`, in panels [row / 4][k][4]; rows beyond the last are zeros. */
function panelsOf(count, depth, read) {
  const panels = new Float32Array(Math.ceil(count / FOUR) * FOUR * depth);
  for (let row = 0; row < count; row++) {
    const to = (row - (row % FOUR)) * depth + (row % FOUR);
    for (let k = 0; k < depth; k++) panels[to + k * FOUR] = read(row, k);
  }
  return panels;
}

/* Multiply panels by one strip [k][4]: row i of the four columns goes to `out` at `i * step + places[column]`. */
function multiply(panels, count, depth, strip, out, step, places) {
  const [p0, p1, p2, p3] = places, columns = places.length;
  for (let row = 0, at = 0; row < count; row += FOUR) {
    let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
    let c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0;
    for (let k = 0, s = 0; k < depth; k++, s += 4, at += 4) {
      const x0 = strip[s], x1 = strip[s + 1], x2 = strip[s + 2], x3 = strip[s + 3];
      let w = panels[at];
      a0 += w * x0; a1 += w * x1; a2 += w * x2; a3 += w * x3;
      w = panels[at + 1];
      b0 += w * x0; b1 += w * x1; b2 += w * x2; b3 += w * x3;
      w = panels[at + 2];
      c0 += w * x0; c1 += w * x1; c2 += w * x2; c3 += w * x3;
      w = panels[at + 3];
      d0 += w * x0; d1 += w * x1; d2 += w * x2; d3 += w * x3;
    }
    const sums = [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]];
    for (let r = 0, to = row * step; r < FOUR && row + r < count; r++, to += step) {
      const [one, two, three, four] = sums[r];
      out[to + p0] = one;
      if (columns > 1) out[to + p1] = two;
      if (columns > 2) out[to + p2] = three;
      if (columns > 3) out[to + p3] = four;
    }
  }
}

/* (n, k) by (k, m), from and to the places that are given; a single row is not worth the panels. */
function matrixProduct(a, fromA, b, fromB, out, to, n, depth, m) {
  if (n < FOUR) {
    for (let i = 0; i < n; i++) for (let k = 0; k < depth; k++) {
      const value = a[fromA + i * depth + k], from = fromB + k * m, at = to + i * m;
      if (value !== 0) for (let j = 0; j < m; j++) out[at + j] += value * b[from + j];
    }
    return;
  }
  const panels = panelsOf(n, depth, (row, k) => a[fromA + row * depth + k]), strip = new Float32Array(FOUR * depth);
  for (let j = 0; j < m; j += FOUR) {
    const columns = Math.min(FOUR, m - j), places = [];
    for (let c = 0; c < columns; c++) {
      places.push(to + j + c);
      for (let k = 0, from = fromB + j + c; k < depth; k++, from += m) strip[k * FOUR + c] = b[from];
    }
    multiply(panels, n, depth, strip, out, m, places);
  }
}

/* Kernel taps that reach the places `phase`, `phase + stride`, ... of a transposed convolution: [tap, place of its input]. */
function tapsOf(size, stride, padding, dilation, phase) {
  const taps = [];
  for (let tap = 0; tap < size; tap++) {
    const place = phase + padding - tap * dilation;
    if (((place % stride) + stride) % stride === 0) taps.push([tap, place / stride]);
  }
  return taps;
}

/* The parts that a convolution falls into, each a plain one over all input channels of a group: taps down and across as
[tap, place of its input], the step from one input to the next, and the outputs `first`, `first + step`, ... */
function partsOf(op, [, , kh, kw]) {
  const [sh, sw] = op.stride, [ph, pw] = op.padding, [dh, dw] = op.dilation;
  const range = (n) => Array.from({ length: n }, (_, i) => i);
  if (op.op === "conv") {
    const down = range(kh).map((a) => [a, a * dh - ph]), across = range(kw).map((b) => [b, b * dw - pw]);
    return [{ down, across, input: [sh, sw], first: [0, 0], step: [1, 1] }];
  }
  return range(sh * sw).map((i) => {
    const y = Math.floor(i / sw), x = i % sw;
    const down = tapsOf(kh, sh, ph, dh, y), across = tapsOf(kw, sw, pw, dw, x);
    return { down, across, input: [1, 1], first: [y, x], step: [sh, sw] };
  });
}

/* Weights of one group and part in panels: rows are output channels, and along them input channels and taps. */
function weightPanels(op, w, [outer, inner, kh, kw], part, group, each, inputs) {
  const taps = part.down.flatMap(([a]) => part.across.map(([b]) => a * kw + b)), area = kh * kw;
  const made = op.op === "conv";
  return panelsOf(each, inputs * taps.length, (row, k) => {
    const channel = Math.floor(k / taps.length), tap = taps[k % taps.length];
    const at = made ? (group * each + row) * inner + channel : (group * inputs + channel) * inner + row;
    return w[at * area + tap];
  });
}

/* A copy of (channels, h, w) with so many zeros before and behind each line and column. */
function padded(x, channels, h, w, [top, left, bottom, right]) {
  if (top + left + bottom + right === 0) return x;
  const high = h + top + bottom, wide = w + left + right, out = new Float32Array(channels * high * wide);
  for (let c = 0; c < channels; c++) for (let i = 0; i < h; i++) {
    const from = (c * h + i) * w;
    out.set(x.subarray(from, from + w), (c * high + i + top) * wide + left);
  }
  return out;
}

/* A convolution or a transposed one of one image. `kept` holds the panels of weights that never change, else null. */
function convolution(op, x, w, [, channels, h, wide], kernel, kept) {
  const [, made, oh, ow] = op.shape, inputs = channels / op.groups, each = made / op.groups;
  const out = new Float32Array(made * oh * ow);
  partsOf(op, kernel).forEach((part, p) => {
    const { down, across, input: [sy, sx], first: [y, x0], step: [ty, tx] } = part;
    const lines = Math.ceil((oh - y) / ty), columns = Math.ceil((ow - x0) / tx);
    if (down.length === 0 || across.length === 0 || lines <= 0 || columns <= 0) return;
    const places = (taps) => taps.map(([, place]) => place);
    const top = Math.max(0, -Math.min(...places(down))), left = Math.max(0, -Math.min(...places(across)));
    const bottom = Math.max(0, (lines - 1) * sy + Math.max(...places(down)) - h + 1);
    const right = Math.max(0, (columns - 1) * sx + Math.max(...places(across)) - wide + 1);
    const held = padded(x, channels, h, wide, [top, left, bottom, right]);
    const high = h + top + bottom, span = wide + left + right, depth = inputs * down.length * across.length;
    const reach = new Int32Array(depth), strip = new Float32Array(FOUR * depth);
    for (let c = 0, k = 0; c < inputs; c++) for (const [, i] of down) for (const [, j] of across) {
      reach[k++] = (c * high + i + top) * span + j + left;
    }
    for (let group = 0; group < op.groups; group++) {
      const key = p * op.groups + group;
      const panels = (kept && kept[key]) || weightPanels(op, w, kernel, part, group, each, inputs);
      if (kept) kept[key] = panels;
      const base = group * inputs * high * span, to = group * each * oh * ow;
      for (let n = 0; n < lines * columns; n += FOUR) {
        const targets = [];
        for (let c = 0; c < FOUR && n + c < lines * columns; c++) {
          const i = Math.floor((n + c) / columns), j = (n + c) % columns, from = base + i * sy * span + j * sx;
          targets.push(to + (y + i * ty) * ow + x0 + j * tx);
          for (let k = 0; k < depth; k++) strip[k * FOUR + c] = held[from + reach[k]];
        }
        multiply(panels, each, depth, strip, out, oh * ow, targets);
      }
    }
  });
  return out;
}
