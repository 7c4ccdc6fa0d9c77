// Shows the entries whose names or texts hold what is looked for, and the sections that have some.
const search = document.getElementById("search");
search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  for (const section of document.querySelectorAll("section")) {
    let any = false;
    for (const entry of section.querySelectorAll("article")) {
      const shown = wanted === "" || entry.textContent.toLowerCase().includes(wanted);
      entry.hidden = !shown;
      any ||= shown;
    }
    section.hidden = !any;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
});
