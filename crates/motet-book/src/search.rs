//! What the search on the pages looks through: each heading with the text below it.

use crate::page::{Names, events, plain};
use pulldown_cmark::{Event, Tag, TagEnd};
use std::fmt::Write;

/// A stretch of a page.
pub struct Entry {
    address: String,
    title: String,
    text: String,
}

pub fn entries(text: &str, address: &str) -> Vec<Entry> {
    let mut names = Names::default();
    let mut found: Vec<Entry> = Vec::new();
    let mut heading: Option<Vec<Event<'_>>> = None;
    for event in events(text) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(Vec::new()),
            (Event::End(TagEnd::Heading(_)), Some(inner)) => {
                let title = plain(inner);
                let address = format!("{address}#{}", names.of(&title));
                found.push(Entry { address, title, text: String::new() });
                heading = None;
            }
            (event, Some(inner)) => inner.push(event),
            (Event::Text(text) | Event::Code(text), _) => {
                if let Some(entry) = found.last_mut() {
                    entry.text.push_str(&text);
                    entry.text.push(' ');
                }
            }
            _ => {}
        }
    }
    found
}

/// A script that defines `entries`. It is loaded with the pages, since a browser reads no other files beside a page on a disk.
pub fn index(entries: &[Entry]) -> String {
    let mut script = String::from("const entries = [\n");
    for entry in entries {
        let _ = writeln!(script, "[{}, {}, {}],", quoted(&entry.address), quoted(&entry.title), quoted(&entry.text));
    }
    script.push_str("]\n");
    script
}

/// A text as JavaScript has it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            // The end of a script must not stand in it.
            '<' => out.push_str("\\u003c"),
            c if c < ' ' || matches!(c, '\u{2028}' | '\u{2029}') => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_heading_is_an_entry() {
        let found = entries("# A\n\nOne `two`.\n\n## B\n\n```\n</script>\n```\n", "a.html");
        let expected = "const entries = [\n[\"a.html#a\", \"A\", \"One  two . \"],\n[\"a.html#b\", \"B\", \"\\u003c/script>  \"],\n]\n";
        assert_eq!(index(&found), expected);
    }
}
