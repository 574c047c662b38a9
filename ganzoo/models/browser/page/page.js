"use strict";
/* The controls: they tell an engine what to draw, and put it on the canvas. */

if (typeof document !== "undefined") (() => {
  const facts = JSON.parse(document.getElementById("facts").textContent);
  const find = (id) => document.getElementById(id);
  const canvas = find("samples"), status = find("status"), points = facts.kind === "points";
  const sliders = [...document.querySelectorAll("input[data-latent]")];
  const count = find("count"), seed = find("seed"), truncation = find("truncation"), t = find("t"), play = find("play");
  const direction = find("direction"), by = find("by"), chosen = find("class");
  let engine, wanted = 0, drawing = false, to = null, playing = false, shown = null, reach = 0, label = null;

  const whole = (input) => Math.min(+input.max, Math.max(0, Math.floor(+input.value) || 0));

  function want() {
    const limit = truncation ? +truncation.value : null;
    return {
      n: +count.value,
      seed: whole(seed),
      to: to === null ? whole(seed) + 1 : to,
      t: +t.value,
      y: label,
      truncation: truncation && limit < +truncation.max ? limit : null,
      offsets: sliders.map((slider) => +slider.value),
      direction: whole(direction),
      by: +by.value,
    };
  }

  async function draw() {
    wanted++;
    if (drawing) return;
    drawing = true;
    try {
      for (let mine = -1; mine !== wanted; ) {
        mine = wanted;
        const asked = want(), began = performance.now();
        const tell = (done) => {
          if (!playing && performance.now() - began > 500) status.textContent = `drawing ${done} of ${asked.n}`;
        };
        const made = await engine.draw(asked, () => mine !== wanted, tell);
        if (made === null) continue;
        shown = { asked, made };
        paint();
        say(asked);
      }
    } catch (error) {
      stop();
      status.textContent = error.message;
      status.classList.add("alarm");
    }
    drawing = false;
  }

  function say(asked) {
    const way = asked.t > 0 ? `, ${Math.round(100 * asked.t)}% of the way to seed ${asked.to}` : "";
    const named = asked.y === null ? "" : `, class ${facts.classes[asked.y]}`;
    const text = `${asked.n.toLocaleString("en")} ${facts.kind}, seed ${asked.seed}${way}${named}`;
    canvas.setAttribute("aria-label", text);
    status.classList.remove("alarm");
    if (!playing) status.textContent = text;
  }

  const paint = () => (points ? scatter() : grid());

  function grid() {
    const [channels, height, width] = facts.shape, { made, asked } = shown;
    const columns = Math.ceil(Math.sqrt(asked.n)), lines = Math.ceil(asked.n / columns);
    const scale = Math.max(1, Math.floor(640 / (columns * (width + 1)))), gap = Math.max(1, Math.round(scale / 3));
    canvas.width = columns * (width * scale + gap) - gap;
    canvas.height = lines * (height * scale + gap) - gap;
    const context = canvas.getContext("2d"), one = document.createElement("canvas");
    one.width = width;
    one.height = height;
    context.imageSmoothingEnabled = false;
    const small = one.getContext("2d"), pixels = small.createImageData(width, height), area = height * width;
    for (let i = 0; i < asked.n; i++) {
      for (let p = 0; p < area; p++) {
        for (let c = 0; c < 3; c++) pixels.data[4 * p + c] = made[(i * channels + (channels >= 3 ? c : 0)) * area + p];
        pixels.data[4 * p + 3] = 255;
      }
      small.putImageData(pixels, 0, 0);
      const x = (i % columns) * (width * scale + gap), y = Math.floor(i / columns) * (height * scale + gap);
      context.drawImage(one, x, y, width * scale, height * scale);
    }
  }

  function scatter() {
    const style = getComputedStyle(document.documentElement), each = facts.shape[0], { made, asked } = shown;
    const side = 720, context = canvas.getContext("2d");
    canvas.width = canvas.height = side;
    if (!reach) reach = 1.15 * made.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    context.fillStyle = style.getPropertyValue("--panel");
    context.fillRect(0, 0, side, side);
    context.strokeStyle = style.getPropertyValue("--faint");
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [x, y, u, v] of [[side / 2, 0, side / 2, side], [0, side / 2, side, side / 2]]) {
      context.moveTo(x, y);
      context.lineTo(u, v);
    }
    context.stroke();
    context.fillStyle = style.getPropertyValue("--soft");
    context.font = "18px sans-serif";
    context.textAlign = "right";
    context.fillText(reach.toPrecision(3), side - 8, side / 2 - 8);
    context.textAlign = "left";
    context.fillText(reach.toPrecision(3), side / 2 + 8, 22);
    context.fillStyle = style.getPropertyValue("--c0");
    context.globalAlpha = 0.55;
    for (let i = 0; i < asked.n; i++) {
      const x = made[i * each], y = each > 1 ? made[i * each + 1] : 0;
      context.beginPath();
      context.arc((side / 2) * (1 + x / reach), (side / 2) * (1 - y / reach), 2.6, 0, 7);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  function stop() {
    playing = false;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
  }

  async function walk() {
    if (playing) {
      stop();
      if (shown) say(shown.asked);
      return;
    }
    playing = true;
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    let last = performance.now();
    while (playing) {
      await new Promise((go) => requestAnimationFrame(go));
      const now = performance.now();
      if (drawing || !playing) continue;
      let next = +t.value + Math.min(0.1, (now - last) / 4000);
      last = now;
      if (next >= 1) {
        seed.value = to === null ? whole(seed) + 1 : to;
        to = null;
        next -= 1;
      }
      t.value = next;
      tell(t);
      await draw();
    }
  }

  function choose(value) {
    label = value;
    for (const button of document.querySelectorAll("button[data-class]")) {
      button.setAttribute("aria-pressed", String((button.dataset.class === "" ? null : +button.dataset.class) === value));
    }
    draw();
  }

  function tell(input) {
    const output = document.querySelector(`output[for="${input.id}"]`);
    if (output) output.textContent = input === truncation && +input.value >= +input.max ? "off" : (+input.value).toFixed(2);
  }

  function save() {
    canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = "samples.png";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  for (const input of document.querySelectorAll("input[type=range]")) {
    input.addEventListener("input", () => {
      tell(input);
      draw();
    });
    tell(input);
  }
  for (const input of [count, seed, direction]) input.addEventListener("change", draw);
  for (const button of document.querySelectorAll("button[data-class]")) {
    button.addEventListener("click", () => choose(button.dataset.class === "" ? null : +button.dataset.class));
  }
  if (chosen) chosen.addEventListener("change", () => choose(chosen.value === "" ? null : +chosen.value));
  play.addEventListener("click", walk);
  find("save").addEventListener("click", save);
  find("anew").addEventListener("click", () => {
    seed.value = 1 + Math.floor(Math.random() * 999999);
    t.value = 0;
    tell(t);
    draw();
  });
  find("turn").addEventListener("click", () => {
    direction.value = 1 + Math.floor(Math.random() * 999999);
    draw();
  });
  find("reset").addEventListener("click", () => {
    for (const slider of [...sliders, by, t]) {
      slider.value = 0;
      tell(slider);
    }
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown && points && paint());

  status.textContent = "Drawing…";
  setTimeout(() => {
    engine = engineOf(facts);
    draw();
  });
})();
