"use strict";
(async () => {
  const $ = id => document.getElementById(id);
  const { header, nodes, note } = JSON.parse($("data").textContent);
  const byID = new Map(nodes.map(n => [n.id, n]));
  const roots = nodes.filter(n => n.root);
  const folded = new Set();
  const picture = $("picture");
  let viz, svg, whole, box;
  let found = [], current = -1;

  // A large graph begins folded below its third level.
  const mostAtFirst = 60, levelsAtFirst = 3;

  // visible returns the nodes that can be reached without passing a folded one,
  // each with the node it was first reached from.
  function visible(isFolded) {
    const from = new Map(roots.map(n => [n.id, null]));
    for (const id of from.keys()) { // a Map goes on to what is added meanwhile
      if (isFolded(id)) continue;
      for (const e of byID.get(id).edges) if (!from.has(e.to)) from.set(e.to, id);
    }
    return from;
  }

  function level(from, id) {
    let n = 0;
    while ((id = from.get(id)) !== null) n++;
    return n;
  }

  function foldBelow(levels) {
    const from = visible(() => false);
    folded.clear();
    for (const id of from.keys()) {
      if (level(from, id) >= levels && byID.get(id).edges.length > 0) folded.add(id);
    }
  }

  function draw() {
    const shown = visible(id => folded.has(id));
    const dot = [header];
    for (const id of shown.keys()) {
      const n = byID.get(id);
      dot.push(n.dot);
      if (!folded.has(id)) for (const e of n.edges) dot.push(e.dot);
    }
    dot.push("}");
    const old = box;
    svg = viz.renderSVGElement(dot.join("\n"));
    picture.replaceChildren(svg);
    const v = svg.viewBox.baseVal;
    whole = { x: v.x, y: v.y, width: v.width, height: v.height };
    if (old) view(old); else fit();
    for (const g of svg.querySelectorAll("g.node")) {
      const n = byID.get(g.id);
      if (!n || n.edges.length === 0) continue;
      if (folded.has(n.id)) {
        g.classList.add("folded");
        const hint = document.createElementNS("http://www.w3.org/2000/svg", "title");
        hint.textContent = "folded: click to unfold";
        g.prepend(hint);
      }
      g.addEventListener("click", () => {
        if (moved) return;
        if (!folded.delete(n.id)) folded.add(n.id);
        draw();
      });
    }
    const hidden = nodes.length - shown.size;
    $("status").textContent = `${shown.size - roots.length} objects` + (hidden > 0 ? `, ${hidden} folded` : "");
    mark();
  }

  // The part of the picture that is seen is the viewBox of the SVG.
  function view(b) {
    box = b;
    svg.setAttribute("viewBox", `${b.x} ${b.y} ${b.width} ${b.height}`);
  }

  function fit() {
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    view({ ...whole });
  }

  // zoom keeps the point (x, y), in parts of the view, where it is.
  function zoom(factor, x = 0.5, y = 0.5) {
    const width = box.width * factor, height = box.height * factor;
    view({ x: box.x + (box.width - width) * x, y: box.y + (box.height - height) * y, width, height });
  }

  // scale returns how many units of the picture a pixel is: the viewBox is fitted
  // into the element as a whole.
  function scale() {
    const r = picture.getBoundingClientRect();
    return Math.max(box.width / r.width, box.height / r.height);
  }

  picture.addEventListener("wheel", e => {
    e.preventDefault();
    const r = picture.getBoundingClientRect();
    zoom(Math.exp(e.deltaY / 500), (e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height);
  }, { passive: false });

  let from = null, moved = false;
  picture.addEventListener("pointerdown", e => {
    from = { x: e.clientX, y: e.clientY, box: { ...box } };
    moved = false;
  });
  window.addEventListener("pointermove", e => {
    if (!from) return;
    const dx = e.clientX - from.x, dy = e.clientY - from.y;
    if (!moved && Math.hypot(dx, dy) < 4) return;
    moved = true;
    picture.classList.add("dragged");
    const s = scale();
    view({ ...from.box, x: from.box.x - dx * s, y: from.box.y - dy * s });
  });
  window.addEventListener("pointerup", () => {
    from = null;
    picture.classList.remove("dragged");
  });

  // search unfolds what hides a node that has the text.
  function search() {
    const text = $("search").value.trim().toLowerCase();
    found = text === "" ? [] : nodes.filter(n => n.text.toLowerCase().includes(text)).map(n => n.id);
    current = -1;
    const all = visible(() => false);
    for (let id of found) while ((id = all.get(id))) folded.delete(id);
    draw();
    if (found.length > 0) next();
    else if (text !== "") $("status").textContent = "not found";
  }

  function next() {
    if (found.length === 0) return;
    current = (current + 1) % found.length;
    mark();
    const g = svg.querySelector("#" + found[current]);
    if (g) {
      const b = g.getBBox();
      const p = new DOMPoint(b.x + b.width / 2, b.y + b.height / 2).matrixTransform(svg.getScreenCTM().inverse().multiply(g.getScreenCTM()));
      view({ ...box, x: p.x - box.width / 2, y: p.y - box.height / 2 });
    }
    $("status").textContent = `${current + 1} of ${found.length}`;
  }

  function mark() {
    for (const g of svg.querySelectorAll("g.node")) {
      g.classList.toggle("found", found.includes(g.id));
      g.classList.toggle("current", g.id === found[current]);
    }
  }

  $("in").onclick = () => zoom(1 / 1.4);
  $("out").onclick = () => zoom(1.4);
  $("fit").onclick = fit;
  $("unfold").onclick = () => { folded.clear(); box = null; draw(); };
  $("fold").onclick = () => { foldBelow(1); box = null; draw(); };
  $("search").oninput = search;
  $("search").onkeydown = e => { if (e.key === "Enter") next(); };
  $("next").onclick = next;
  $("note").textContent = note;

  try {
    viz = await Viz.instance();
    if (nodes.length > mostAtFirst) foldBelow(levelsAtFirst);
    draw();
    document.body.dataset.state = "drawn";
  } catch (e) {
    $("status").textContent = "The picture could not be drawn: " + e.message;
    document.body.dataset.state = "failed";
  }
})();
