//! A chapter as a page.

use crate::contents::{Chapter, Contents};
use crate::highlight::{block, escaped};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use std::collections::HashMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// Replaces lines `{{#include path}}` by what the file holds.
pub fn with_inclusions(text: &str, file: &Path) -> io::Result<String> {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.trim().strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}")) {
            Some(path) => out.push_str(&crate::read(&file.parent().unwrap_or(Path::new(".")).join(path.trim()))?),
            None => out.push_str(line),
        }
    }
    Ok(out)
}

pub fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// The folder of the file that a page holds as a whole; its links and pictures are seen from there.
pub fn origin(text: &str, file: &Path) -> Option<PathBuf> {
    let path = text.trim().strip_prefix("{{#include ")?.strip_suffix("}}")?;
    Some(file.parent()?.join(path).parent()?.to_path_buf())
}

/// The pictures of a text, as it names them.
pub fn pictures(text: &str) -> Vec<String> {
    let picture = |event| match event {
        Event::Start(Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    };
    events(text).filter_map(picture).collect()
}

/// The chapter's text as HTML. A link that leads out of the book is only its text.
pub fn body(text: &str, leads_out: &dyn Fn(&str) -> bool) -> String {
    let mut out = Vec::new();
    let mut code: Option<(String, String)> = None;
    let mut heading: Option<(HeadingLevel, Vec<Event<'_>>)> = None;
    let mut names = Names::default();
    let mut is_out = false;
    for event in events(text) {
        match (event, &mut code, &mut heading) {
            (Event::Start(Tag::Link { dest_url, .. }), ..) if leads_out(&dest_url) => is_out = true,
            (Event::End(TagEnd::Link), ..) if is_out => is_out = false,
            (Event::Start(Tag::CodeBlock(kind)), ..) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                code = Some((language, String::new()));
            }
            (Event::Text(text), Some((_, code)), _) => code.push_str(&text),
            (Event::End(TagEnd::CodeBlock), Some((language, text)), _) => {
                out.push(Event::Html(block(language, text).into()));
                code = None;
            }
            (Event::Start(Tag::Heading { level, .. }), ..) => heading = Some((level, Vec::new())),
            (Event::End(TagEnd::Heading(_)), _, Some((level, inner))) => {
                let name = names.of(&plain(inner));
                let mut title = String::new();
                html::push_html(&mut title, inner.drain(..));
                let whole = format!("<{level} id=\"{name}\"><a href=\"#{name}\">{title}</a></{level}>\n");
                out.push(Event::Html(whole.into()));
                heading = None;
            }
            (event, _, Some((_, inner))) => inner.push(event),
            (Event::Start(Tag::Link { link_type, dest_url, title, id }), ..) => {
                out.push(Event::Start(Tag::Link { link_type, dest_url: address(&dest_url).into(), title, id }));
            }
            (event, ..) => out.push(event),
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, out.into_iter());
    page
}

/// Where a link to a file leads on the made pages.
fn address(link: &str) -> String {
    if link.contains("://") {
        return link.to_owned();
    }
    let (path, place) = link.split_once('#').map_or((link, None), |(path, place)| (path, Some(place)));
    let path = path.strip_suffix(".md").map_or(path.to_owned(), |path| format!("{path}.html"));
    place.map_or(path.clone(), |place| format!("{path}#{place}"))
}

pub fn plain(events: &[Event<'_>]) -> String {
    let text = |event: &Event<'_>| match event {
        Event::Text(text) | Event::Code(text) => Some(text.to_string()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

/// The names of a page's headings, by which links lead to them.
#[derive(Default)]
pub struct Names {
    used: HashMap<String, usize>,
}

impl Names {
    pub fn of(&mut self, heading: &str) -> String {
        let name: String = heading
            .chars()
            .filter_map(|c| match c {
                c if c.is_alphanumeric() || c == '_' => Some(c.to_lowercase().to_string()),
                c if c.is_whitespace() || c == '-' => Some("-".to_owned()),
                _ => None,
            })
            .collect();
        let count = self.used.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name}-{}", *count - 1) }
    }
}

/// The names of the headings of a text.
pub fn names(text: &str) -> Vec<String> {
    let mut names = Names::default();
    let mut found = Vec::new();
    let mut inner: Option<Vec<Event<'_>>> = None;
    for event in events(text) {
        match (event, &mut inner) {
            (Event::Start(Tag::Heading { .. }), _) => inner = Some(Vec::new()),
            (Event::End(TagEnd::Heading(_)), Some(heading)) => {
                found.push(names.of(&plain(heading)));
                inner = None;
            }
            (event, Some(heading)) => heading.push(event),
            _ => {}
        }
    }
    found
}

/// Links of a chapter to files, chapters and headings that are not there.
pub fn broken_links(
    text: &str,
    pages: &Path,
    chapter: &Chapter,
    contents: &Contents,
    leads_out: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let folder = Path::new(&chapter.path).parent().unwrap_or(Path::new(""));
    let is_broken = |link: &CowStr<'_>| {
        if link.contains("://") || leads_out(link) {
            return false;
        }
        let (path, place) = link.split_once('#').map_or((&**link, None), |(path, place)| (path, Some(place)));
        let target = if path.is_empty() { chapter.path.clone() } else { normalized(&folder.join(path)) };
        let file = pages.join(&target);
        if target.ends_with(".md") && !contents.has(&target) || !file.is_file() {
            return true;
        }
        let Some(place) = place else { return false };
        let text = std::fs::read_to_string(&file).and_then(|text| with_inclusions(&text, &file));
        !text.is_ok_and(|text| names(&text).iter().any(|name| name == place))
    };
    let links = events(text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url),
        _ => None,
    });
    links
        .filter(is_broken)
        .map(|link| format!("{}: a link leads to {link}, which is not there", chapter.path))
        .collect()
}

/// A path without `..`.
pub fn normalized(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part.as_os_str().to_string_lossy().as_ref() {
            ".." if !parts.is_empty() => {
                parts.pop();
            }
            "." => {}
            part => parts.push(part.to_owned()),
        }
    }
    parts.join("/")
}

/// The page with all that stands around the chapter.
pub fn whole(title: &str, contents: &Contents, at: usize, body: &str) -> String {
    let chapter = &contents.chapters[at];
    let root = "../".repeat(chapter.path.matches('/').count());
    let mut list = String::new();
    for (number, entry) in contents.chapters.iter().enumerate() {
        if let Some(part) = &entry.part {
            let _ = writeln!(list, "<h2>{}</h2>", escaped(part));
        }
        let here = if number == at { " class=\"here\"" } else { "" };
        let _ = writeln!(
            list,
            "<a{here} style=\"margin-left: {}rem\" href=\"{root}{}\">{}</a>",
            entry.depth,
            entry.address(),
            escaped(&entry.title)
        );
    }
    let step = |to: Option<&Chapter>, class: &str, before: &str, after: &str| {
        to.map_or(String::new(), |to| {
            format!("<a class=\"{class}\" href=\"{root}{}\">{before}{}{after}</a>", to.address(), escaped(&to.title))
        })
    };
    let back = step(at.checked_sub(1).map(|at| &contents.chapters[at]), "back", "← ", "");
    let on = step(contents.chapters.get(at + 1), "on", "", " →");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{} · {}</title>\n<link rel=\"stylesheet\" href=\"{root}book.css\">\n<nav>\n<input id=\"search\" type=\"search\" placeholder=\"Search\" aria-label=\"Search\">\n<div id=\"found\"></div>\n<input id=\"menu\" type=\"checkbox\"><label for=\"menu\">Contents</label>\n<div id=\"chapters\">\n{list}</div>\n</nav>\n<main>\n{body}<footer>{back}{on}</footer>\n</main>\n<script>const root = \"{root}\"</script>\n<script src=\"{root}book.js\"></script>\n</html>\n",
        escaped(&chapter.title),
        escaped(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_a_page() {
        let page = body(
            "# A `b`\n\nSee [c](c.md#d), [e](https://e.org/f.md), [out](x.rs).\n\n```soc\nlet\n```\n\n## A b\n",
            &|link| link == "x.rs",
        );
        assert!(page.contains(", out.</p>"), "{page}");
        assert!(page.contains("<h1 id=\"a-b\"><a href=\"#a-b\">A <code>b</code></a></h1>"), "{page}");
        assert!(page.contains("<a href=\"c.html#d\">c</a>, <a href=\"https://e.org/f.md\">"), "{page}");
        assert!(page.contains("<pre class=\"soc\"><code><span class=\"word\">let</span>\n</code></pre>"), "{page}");
        assert!(page.contains("<h2 id=\"a-b-1\">"), "{page}");
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let contents = Contents::parse("[A](a/b.md)\n");
        let text = "# One\n\n[x](#one) [y](#two) [z](../c.md) [u](https://x.org)\n";
        let found = broken_links(text, Path::new("/nowhere"), &contents.chapters[0], &contents, &|_| false);
        // The file itself is not there either.
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(normalized(Path::new("a/../c/./d.md")), "c/d.md");
    }
}
