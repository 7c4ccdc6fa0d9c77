//! The reference as a page for a browser: one file that needs no other, with search.

use super::super::builtins;
use super::full_name;
use super::items::{Item, Module};
use motet_vm::builtins::Documentation;
use std::collections::BTreeMap;
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole page.
pub fn page(modules: &[Module], builtins: &[Documentation]) -> String {
    let sections: Vec<(String, String)> = modules.iter().map(of_module).chain(of_builtins(builtins)).collect();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>Motet: reference</title>\n<style>\n{STYLE}</style>\n<nav>\n<input id=\"search\" type=\"search\" placeholder=\"Search\" aria-label=\"Search\">\n<ul>\n"
    );
    for (name, _) in &sections {
        let _ = writeln!(page, "<li><a href=\"#{}\">{}</a></li>", identifier(name), escaped(name));
    }
    page.push_str("</ul>\n</nav>\n<main>\n");
    for (name, body) in &sections {
        let _ = write!(page, "<section id=\"{}\">\n<h2>{}</h2>\n{body}</section>\n", identifier(name), escaped(name));
    }
    let _ = write!(page, "</main>\n<script>\n{SCRIPT}</script>\n</html>\n");
    page
}

fn of_module(module: &Module) -> (String, String) {
    let mut body = module.comment.as_ref().map_or(String::new(), |comment| marked_up(&comment.text));
    for item in &module.items {
        body.push_str(&of_item(item));
    }
    (module.name.to_string(), body)
}

fn of_item(item: &Item) -> String {
    let said = item.comment.as_ref().map_or(String::new(), |comment| marked_up(&comment.text));
    let members: String = item.members.iter().map(of_item).collect();
    entry(&item.name, &item.signature, &format!("{said}{members}"))
}

/// Something that can be looked for by its name.
fn entry(name: &str, signature: &str, body: &str) -> String {
    format!(
        "<article data-name=\"{}\">\n<h3><code>{}</code></h3>\n{body}</article>\n",
        escaped(name),
        escaped(signature)
    )
}

fn of_builtins(entries: &[Documentation]) -> Vec<(String, String)> {
    let mut sections: BTreeMap<(u8, &str), Vec<&Documentation>> = BTreeMap::new();
    for entry in entries {
        let section = match entry.namespace {
            Some(namespace) => (2, namespace),
            None if entry.is_function || entry.is_method => (0, "Functions and methods"),
            None => (1, "Types"),
        };
        sections.entry(section).or_default().push(entry);
    }
    let section = |((_, name), mut entries): ((u8, &str), Vec<&Documentation>)| {
        entries.sort_by(|a, b| (a.name, &a.signature).cmp(&(b.name, &b.signature)));
        let about = builtins().module(name).map_or(String::new(), |module| marked_up(module.documentation));
        let body: String = entries.iter().map(|of| entry(of.name, &full_name(of), &marked_up(of.text))).collect();
        (name.to_owned(), format!("{about}{body}"))
    };
    sections.into_iter().map(section).collect()
}

/// A comment's text: paragraphs, code between fences or moved in, `code` inside of a line.
fn marked_up(text: &str) -> String {
    let mut page = String::new();
    let mut paragraph = Vec::new();
    let mut code: Option<String> = None;
    let mut is_fenced = false;
    let end_paragraph = |paragraph: &mut Vec<&str>, page: &mut String| {
        if !paragraph.is_empty() {
            let _ = writeln!(page, "<p>{}</p>", in_line(&paragraph.join(" ")));
            paragraph.clear();
        }
    };
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        let is_moved_in = line.starts_with("    ") && paragraph.is_empty();
        if is_fence || !is_fenced && code.is_some() && !is_moved_in {
            if let Some(code) = code.take() {
                let _ = writeln!(page, "<pre><code>{}</code></pre>", escaped(code.trim_end()));
                is_fenced = false;
                if is_fence {
                    continue;
                }
            } else {
                end_paragraph(&mut paragraph, &mut page);
                (code, is_fenced) = (Some(String::new()), true);
                continue;
            }
        }
        match &mut code {
            Some(code) if is_fenced => code.push_str(&format!("{line}\n")),
            Some(code) => code.push_str(&format!("{}\n", &line[4..])),
            None if is_moved_in => code = Some(format!("{}\n", &line[4..])),
            None if line.trim().is_empty() => end_paragraph(&mut paragraph, &mut page),
            None => paragraph.push(line),
        }
    }
    end_paragraph(&mut paragraph, &mut page);
    if let Some(code) = code {
        let _ = writeln!(page, "<pre><code>{}</code></pre>", escaped(code.trim_end()));
    }
    page
}

/// The text of a line, `code` marked.
fn in_line(text: &str) -> String {
    let mut page = String::new();
    for (at, part) in text.split('`').enumerate() {
        let part = escaped(part);
        page.push_str(&if at % 2 == 1 { format!("<code>{part}</code>") } else { part });
    }
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A name as the address of its section.
fn identifier(name: &str) -> String {
    name.chars().map(|character| if character.is_alphanumeric() { character } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_become_paragraphs_and_code() {
        let page = marked_up("Area of `w` < `h`,\nin two lines.\n\n```\narea(1, 2)\n```\nAfter.\n\n    moved_in()\n");
        let expected = "<p>Area of <code>w</code> &lt; <code>h</code>, in two lines.</p>\n<pre><code>area(1, 2)</code></pre>\n<p>After.</p>\n<pre><code>moved_in()</code></pre>\n";
        assert_eq!(page, expected);
    }

    #[test]
    fn the_page_has_every_builtin() {
        let entries: Vec<Documentation> = builtins().documentation().collect();
        let page = page(&[], &entries);
        for entry in &entries {
            assert!(page.contains(&escaped(&full_name(entry))), "{}", entry.signature);
        }
    }
}
