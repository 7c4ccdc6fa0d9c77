"""A site from texts: pages with a title and paragraphs, and an index that leads to them."""
import re
import tempfile
from html import escape
from pathlib import Path


def page(title, body):
    return f"<!doctype html><title>{escape(title)}</title>\n<h1>{escape(title)}</h1>\n{body}\n"


def rendered(text):
    parts = []
    for part in filter(None, map(str.strip, text.split("\n\n"))):
        marked = re.sub(r"\*(\S[^*]*)\*", r"<em>\1</em>", escape(part, quote=False))
        if part.startswith("- "):
            items = "".join(f"<li>{line[2:]}</li>" for line in marked.splitlines())
            parts.append(f"<ul>{items}</ul>")
        else:
            parts.append(f"<p>{marked}</p>")
    return "\n".join(parts)


with tempfile.TemporaryDirectory() as folder:
    texts, site = Path(folder, "texts"), Path(folder, "site")
    texts.mkdir()
    site.mkdir()
    (texts / "hello.txt").write_text("Hello & welcome\n\nThis is *very* short.\n\n- one\n- two <b>")
    (texts / "about.txt").write_text("About\n\nNothing to say.")
    links = []
    for file in sorted(texts.glob("*.txt")):
        title, text = file.read_text().split("\n", 1)
        name = file.stem + ".html"
        (site / name).write_text(page(title, rendered(text)))
        links.append(f'<li><a href="{name}">{escape(title)}</a></li>')
    (site / "index.html").write_text(page("Index", f"<ul>{''.join(links)}</ul>"))
    for file in sorted(site.glob("*.html")):
        print(f"{file.name}:\n{file.read_text()}", end="")
