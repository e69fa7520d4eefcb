// Keys: "/" leads to the search; a chart is one stop of the Tab key, and arrows lead through its parts.
"use strict";

(() => {
  const ARROWS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };
  const current = new WeakMap(); // chart -> the part that Tab leads to
  const partsOf = (chart) => [...chart.querySelectorAll("a:not(.skip)")];
  // Of what is drawn, its box: words and marks may stand out.
  const boxOf = (part) => (part.querySelector("rect") ?? part).getBoundingClientRect();

  function show(chart) {
    const parts = partsOf(chart);
    if (!parts.includes(current.get(chart))) current.set(chart, parts[0]);
    for (const part of parts) part.setAttribute("tabindex", part === current.get(chart) ? 0 : -1);
  }

  function showAll() {
    for (const chart of document.querySelectorAll("[data-arrows]")) show(chart);
  }

  // The nearest part on the same line or, up and down, on the nearest other one: so all are reached.
  function next(chart, from, key) {
    const here = boxOf(from);
    const middle = (box) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const [x, y] = middle(here);
    const others = partsOf(chart).filter((part) => part !== from).map((part) => {
      const box = boxOf(part);
      const [itsX, itsY] = middle(box);
      const isBeside = (here.top < itsY && itsY < here.bottom) || (box.top < y && y < box.bottom);
      return { part, isBeside, right: ARROWS[key] * (itsX - x), down: ARROWS[key] * (itsY - y) };
    });
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const line = others.filter((each) => each.isBeside && each.right > 0);
      return line.sort((one, other) => one.right - other.right)[0]?.part;
    }
    const beyond = others.filter((each) => !each.isBeside && each.down > 0);
    const nearest = Math.min(...beyond.map((each) => each.down));
    const line = beyond.filter((each) => each.down < nearest + 4);
    return line.sort((one, other) => Math.abs(one.right) - Math.abs(other.right))[0]?.part;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector(".top-search input");
    if (event.key === "/" && search && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      search.select();
    }
    const chart = event.key in ARROWS && event.target.closest("[data-arrows]");
    const to = chart && partsOf(chart).includes(event.target) && next(chart, event.target, event.key);
    if (to) {
      event.preventDefault();
      to.focus();
    }
  });

  document.addEventListener("focusin", (event) => {
    const chart = event.target.closest("[data-arrows]");
    if (!chart || !partsOf(chart).includes(event.target)) return;
    current.get(chart).setAttribute("tabindex", -1);
    event.target.setAttribute("tabindex", 0);
    current.set(chart, event.target);
  });

  document.addEventListener("panoptes:patched", showAll);
  showAll();
})();
