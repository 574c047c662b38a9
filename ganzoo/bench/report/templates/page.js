"use strict";
// Sorting: a press on a heading sorts the rows by that column, another one the other way round.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const asked = Array.from(body.rows);
  table.tHead.querySelectorAll("button").forEach((button) => {
    const head = button.closest("th");
    button.disabled = false;
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      table.tHead.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (row) => row.cells[head.cellIndex].dataset.value;
      const known = asked.filter((row) => value(row) !== "");
      const numbers = known.every((row) => !Number.isNaN(Number(value(row))));
      known.sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        const order = numbers ? Number(x) - Number(y) : x.localeCompare(y);
        return up ? order : -order;
      });
      body.append(...known, ...asked.filter((row) => value(row) === ""));
    });
  });
}
// The slider: shows all grids as they were at one evaluation.
const slider = document.getElementById("when");
if (slider) {
  const grids = Array.from(document.querySelectorAll("figure[data-frames]")).map((figure) => ({
    picture: figure.querySelector("img"),
    caption: figure.querySelector(".caption"),
    frames: Array.from(document.getElementById(figure.dataset.frames).querySelectorAll("figure")),
  }));
  const most = Math.max(...grids.map((grid) => grid.frames.length));
  const show = () => {
    const at = Number(slider.value);
    const told = new Set();
    for (const grid of grids) {
      const frame = grid.frames[Math.min(at, grid.frames.length - 1)];
      grid.picture.src = frame.querySelector("img").src;
      grid.picture.alt = frame.querySelector("img").alt;
      grid.caption.textContent = frame.querySelector("figcaption").textContent;
      told.add(frame.dataset.at);
    }
    document.getElementById("when-said").textContent = Array.from(told).join(", ");
    slider.setAttribute("aria-valuetext", Array.from(told).join(", "));
  };
  slider.max = most - 1;
  slider.value = most - 1;
  slider.closest(".slider").hidden = most < 2;
  slider.addEventListener("input", show);
  show();
}
