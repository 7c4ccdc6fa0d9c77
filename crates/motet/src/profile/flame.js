(() => {
  // Every part of the graph: its share of the whole as it was written, and what it is drawn with.
  const svg = document.currentScript.ownerSVGElement;
  const parts = [...svg.querySelectorAll("g")].map((g) => ({
    g, rect: g.querySelector("rect"), text: g.querySelector("text"), name: g.dataset.n,
    from: +g.dataset.x, wide: +g.dataset.w, row: +g.dataset.r,
  }));
  const letter = 7.25, whole = parts[0];
  let shown = whole;

  // Draws the shown part over the whole width, its callers above it, and leaves out all else.
  const draw = () => {
    const paper = Math.max(svg.ownerDocument === document && document.documentElement.clientWidth || 1200, 320);
    svg.setAttribute("width", paper);
    svg.setAttribute("viewBox", `0 0 ${paper} ${svg.getAttribute("height")}`);
    const scale = (paper - 20) / shown.wide, end = shown.from + shown.wide, little = 1e-9;
    for (const part of parts) {
      const calls = part.from <= shown.from + little && part.from + part.wide >= end - little && part.row < shown.row;
      const inside = part.from >= shown.from - little && part.from + part.wide <= end + little && part.row >= shown.row;
      part.g.style.display = calls || inside ? "" : "none";
      part.g.classList.toggle("above", calls);
      const left = calls ? 10 : 10 + (part.from - shown.from) * scale;
      const width = calls ? paper - 20 : part.wide * scale;
      part.rect.setAttribute("x", left);
      part.rect.setAttribute("width", Math.max(width, 0.5));
      if (part.text) {
        const room = Math.floor((width - 8) / letter);
        part.text.setAttribute("x", left + 4);
        part.text.textContent = room < 2 ? "" : part.name.length <= room ? part.name : part.name.slice(0, room - 1) + "…";
      }
    }
  };
  for (const part of parts) part.g.addEventListener("click", () => { shown = part; draw(); });
  addEventListener("resize", draw);
  addEventListener("keydown", (event) => { if (event.key === "Escape") { shown = whole; draw(); } });
  draw();
})();
