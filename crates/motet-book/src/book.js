const search = document.getElementById("search")
const found = document.getElementById("found")
const chapters = document.getElementById("chapters")

// Headings count more than text; all words must be there.
function matches(words) {
  const scored = []
  for (const [address, title, text] of entries) {
    const [inTitle, inText] = [title.toLowerCase(), text.toLowerCase()]
    if (!words.every(word => inTitle.includes(word) || inText.includes(word))) continue
    const score = words.filter(word => inTitle.includes(word)).length
    const at = Math.max(0, inText.indexOf(words[0]) - 30)
    scored.push({score, address, title, part: text.slice(at, at + 90)})
  }
  return scored.sort((a, b) => b.score - a.score).slice(0, 20)
}

search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(word => word)
  chapters.hidden = words.length > 0
  found.replaceChildren(...(words.length ? matches(words) : []).map(({address, title, part}) => {
    const link = document.createElement("a")
    link.href = root + address
    link.textContent = title
    const text = document.createElement("small")
    text.textContent = part
    link.append(text)
    return link
  }))
})

// "/" goes to the search, as on many pages.
document.addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus() }
})
// In a long list of chapters, this one is in view.
document.querySelector("#chapters a.here")?.scrollIntoView({ block: "nearest" })
