//! What a file defines, with the comments above the definitions.

use motet_code::{Comment, Source};
use motet_syntax::form::{Entry, Form, FormKind, Node};
use motet_syntax::{Notation, parse};

/// A definition.
pub struct Item {
    pub name: Box<str>,
    /// As it is written, without what it consists of.
    pub signature: String,
    pub comment: Option<Comment>,
    /// `file:line:column`.
    pub place: String,
    /// Methods and fields, of a class.
    pub members: Vec<Item>,
}

/// A file's documentation.
pub struct Module {
    pub name: Box<str>,
    /// The comment that the file begins with, if a blank line ends it.
    pub comment: Option<Comment>,
    pub items: Vec<Item>,
}

/// What a signature may take of a definition that is written whole, such as a type.
const WHOLE: usize = 300;

/// Which definitions of a file are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// Those that other files can import; all, if it exports none.
    Exported,
    All,
}

/// What a file defines.
pub fn module(name: &str, text: &str, notation: Notation, meant: Meant) -> Module {
    let source = Source::new(name, text, notation == Notation::Gene);
    let forms = parse(text, notation).forms;
    let exported: Vec<&Form> = forms
        .iter()
        .filter_map(|form| form.as_node())
        .filter(|node| node.head.is_symbol("export"))
        .flat_map(|node| &node.children)
        .collect();
    let is_wanted = |form: &Form, node: &Node| {
        let by_itself = exported.iter().any(|wanted| std::ptr::eq(*wanted, form));
        let mut names: Vec<&str> = node.defined_name().into_iter().collect();
        if let (true, Some("let" | "var"), Some(pattern)) =
            (names.is_empty(), node.head.as_symbol(), node.children.first())
        {
            names_in(pattern, &mut names);
        }
        // Macros can be imported without being exported.
        let is_macro = node.head.is_symbol("macro");
        by_itself
            || is_macro
            || meant == Meant::All
            || exported.is_empty()
            || exported.iter().any(|wanted| wanted.as_symbol().is_some_and(|wanted| names.contains(&wanted)))
    };
    let mut items = Vec::new();
    for form in &forms {
        let inner: Vec<&Form> = match form.as_node() {
            Some(node) if node.head.is_symbol("export") => node.children.iter().collect(),
            Some(_) => vec![form],
            None => continue,
        };
        for definition in inner {
            if let Some(node) = definition.as_node()
                && is_wanted(definition, node)
            {
                items.extend(items_of(&source, definition, form));
            }
        }
    }
    let comment = opening(&source);
    Module { name: name.into(), comment, items }
}

/// The comment at the beginning of a file that belongs to no definition.
fn opening(source: &Source) -> Option<Comment> {
    let lines = source.lines();
    let blank = (0..lines.line_count()).find(|line| source.text[lines.line_range(*line)].trim().is_empty())?;
    source.comment_above(lines.line_range(blank).start as u32)
}

/// What a definition defines: one thing, or each name in a pattern.
fn items_of(source: &Source, form: &Form, outer: &Form) -> Vec<Item> {
    let Some(node) = form.as_node() else { return Vec::new() };
    let item = |name: &str| Item {
        name: name.into(),
        signature: signature(source, form, node),
        comment: source.comment_above(outer.span.start),
        place: source.place(form.span.start),
        members: if node.head.is_symbol("class") { members(source, node) } else { Vec::new() },
    };
    match (node.defined_name(), node.head.as_symbol(), node.children.first()) {
        (Some(name), ..) => vec![item(name)],
        (None, Some("let" | "var"), Some(pattern)) => {
            let mut names = Vec::new();
            names_in(pattern, &mut names);
            names
                .into_iter()
                .map(|name| Item { signature: format!("{name}, of {}", signature(source, form, node)), ..item(name) })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The names that a pattern binds.
fn names_in<'f>(pattern: &'f Form, names: &mut Vec<&'f str>) {
    match &pattern.kind {
        FormKind::Symbol(name) => {
            let name = name.trim_end_matches("...").trim_end_matches(':');
            let is_name = !name.is_empty() && !matches!(name, "_" | "=") && !name.starts_with(char::is_uppercase);
            names.extend(is_name.then_some(name));
        }
        FormKind::List(items) => {
            // Behind `=` stands a default, behind `name:` a type.
            let mut skip = false;
            for item in items {
                if !skip {
                    names_in(item, names);
                }
                skip = item.as_symbol().is_some_and(|name| name == "=" || name.len() > 1 && name.ends_with(':'));
            }
        }
        FormKind::Record(entries) => {
            for entry in entries {
                match entry {
                    Entry::Named { value, .. } | Entry::Computed { value, .. } | Entry::Spread(value) => {
                        names_in(value, names);
                    }
                }
            }
        }
        FormKind::Node(node) => match (node.head.as_symbol(), &node.children[..]) {
            // A default.
            (Some("=" | ":" | "@default"), [inner, ..]) => names_in(inner, names),
            (_, children) => children.iter().for_each(|child| names_in(child, names)),
        },
        _ => {}
    }
}

fn members(source: &Source, class: &Node) -> Vec<Item> {
    let mut found = Vec::new();
    for form in &class.children {
        let Some(node) = form.as_node() else { continue };
        let name = match node.head.as_symbol() {
            Some("ctor") => "new",
            Some("method" | "prop") => match node.children.first().and_then(Form::as_symbol) {
                Some(name) => name,
                None => continue,
            },
            _ => continue,
        };
        found.push(Item {
            name: name.into(),
            signature: signature(source, form, node),
            comment: source.comment_above(form.span.start),
            place: source.place(form.span.start),
            members: Vec::new(),
        });
    }
    found
}

/// A definition as it is written, up to its body.
fn signature(source: &Source, form: &Form, node: &Node) -> String {
    let (start, end) = (form.span.start as usize, form.span.end as usize);
    let whole = &source.text[start..end];
    let head = node.head.as_symbol().unwrap_or_default();
    let written = match head {
        "fn" | "fn*" | "method" | "ctor" | "macro" => {
            let parameters = node.children.iter().position(|child| matches!(child.kind, FormKind::List(_)));
            let body = parameters.map(|at| {
                let has_type = node.children.get(at + 1).is_some_and(|child| child.is_symbol("->"));
                at + if has_type { 3 } else { 1 }
            });
            let body = body.and_then(|at| node.children.get(at)).map(|body| body.span.start as usize);
            body.filter(|body| (start..end).contains(body)).map_or(whole, |body| &source.text[start..body])
        }
        "class" => {
            let first =
                node.children.iter().filter(|child| child.as_node().is_some()).map(|child| child.span.start).min();
            first.map_or(whole, |first| &source.text[start..first as usize])
        }
        _ if whole.len() > WHOLE => whole.lines().next().unwrap_or(whole),
        _ => whole,
    };
    // A comment before the first member, or before the body, is none of it.
    let mark = if source.gene { "# " } else { "//" };
    let written = match head {
        "class" => written.split(mark).next().unwrap_or(written),
        _ => written,
    };
    let text = written.trim_end().trim_end_matches("=>").trim_end().trim_end_matches('{').trim_end();
    if source.gene && text.starts_with('(') && !text.ends_with(')') { format!("{text} …)") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, notation: Notation) -> Vec<String> {
        let mut lines = Vec::new();
        for item in module("a", text, notation, Meant::Exported).items {
            let comment = item.comment.as_ref().map_or("", |comment| &comment.text);
            lines.push(format!("{} | {} | {comment}", item.name, item.signature));
            for member in &item.members {
                let comment = member.comment.as_ref().map_or("", |comment| &comment.text);
                lines.push(format!("  {} | {} | {comment}", member.name, member.signature));
            }
        }
        lines
    }

    #[test]
    fn what_a_file_exports_is_found_with_its_comments() {
        let text = "// The file.\n\n// Area.\nexport fn area(w, h = 2) -> Float { w * h }\n// A circle.\nexport class Circle {\n  // How large.\n  radius: Float\n  // Its area.\n  area() { 3.0 }\n}\n// Not exported.\nfn hidden() { 1 }\n// Both.\nexport type Num = Int | Float\nfn later() => 1\nexport {later}\n";
        let expected = [
            "area | fn area(w, h = 2) -> Float | Area.",
            "Circle | class Circle | A circle.",
            "  radius | radius: Float | How large.",
            "  area | area() | Its area.",
            "Num | type Num = Int | Float | Both.",
            "later | fn later() | ",
        ];
        assert_eq!(lines(text, Notation::Soc), expected);
        let opening = module("a", text, Notation::Soc, Meant::Exported).comment.expect("the file has one");
        assert_eq!(opening.text, "The file.");
        assert!(module("a", text, Notation::Soc, Meant::All).items.iter().any(|item| &*item.name == "hidden"));
    }

    #[test]
    fn names_in_patterns_are_definitions() {
        let text =
            "// Both.\nexport let {low, high: top = 3} = limits()\nlet [first, ...rest] = [1, 2]\nexport {rest}\n";
        let expected = [
            "low | low, of let {low, high: top = 3} = limits() | Both.",
            "top | top, of let {low, high: top = 3} = limits() | Both.",
            "first | first, of let [first, ...rest] = [1, 2] | ",
            "rest | rest, of let [first, ...rest] = [1, 2] | ",
        ];
        assert_eq!(lines(text, Notation::Soc), expected);
    }

    #[test]
    fn macros_need_no_export() {
        let text = "(macro m [a] a)\n(fn hidden [] 1)\n(fn f [] 1)\n(export f)\n";
        assert_eq!(lines(text, Notation::Gene), ["m | (macro m [a] …) | ", "f | (fn f [] …) | "]);
    }

    #[test]
    fn a_mark_at_the_beginning_of_a_file_is_no_text() {
        assert_eq!(lines("\u{feff}// One.\nfn f() { 1 }\n", Notation::Soc), ["f | fn f() | One."]);
    }

    #[test]
    fn without_exports_it_is_all_that_is_defined() {
        let text = "# Twice.\n(fn twice [x] (x * 2))\n(class P (prop x) (method f [a] a))\n(print 1)\n";
        let expected = [
            "twice | (fn twice [x] …) | Twice.",
            "P | (class P …) | ",
            "  x | (prop x) | ",
            "  f | (method f [a] …) | ",
        ];
        assert_eq!(lines(text, Notation::Gene), expected);
    }
}
