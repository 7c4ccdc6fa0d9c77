//! Forms in `.gene`: every form can be written, whatever made it and however deep it is.

use super::quoting::{bytes_literal, push_escaped, push_float, push_string};
use crate::dotted;
use crate::form::{Entry, Form, FormKind, Node, Prop};
use crate::gene::scan;
use std::fmt::Write;

/// The form on one line, as a user would write it. `parse_gene` gives it back.
pub fn print_gene(form: &Form) -> String {
    print(form, true)
}

/// The form on one line, every node in parentheses: no paths, marks or interpolation, so that it shows what the compiler
/// gets. `parse_gene` gives it back.
pub fn print_gene_plainly(form: &Form) -> String {
    print(form, false)
}

fn print(form: &Form, abbreviate: bool) -> String {
    let mut printer = Printer { out: String::new(), pending: vec![Step::Form(form, Place::Item)], abbreviate };
    printer.run();
    printer.out
}

/// Writes without recursion: what is still to be written waits on a stack, last first.
struct Printer<'f> {
    out: String,
    pending: Vec<Step<'f>>,
    abbreviate: bool,
}

enum Step<'f> {
    Form(&'f Form, Place),
    Text(&'static str),
    /// A name as a segment of a path or as a property.
    Name(&'f str),
    Property(&'f str),
    /// A part of a string with interpolation.
    StringPart(&'f str),
}

/// Where a form stands, as far as its spelling depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Item,
    Head,
    /// Directly within `<…>`, where `>` ends a name.
    Angle,
}

impl<'f> Printer<'f> {
    fn run(&mut self) {
        while let Some(step) = self.pending.pop() {
            match step {
                Step::Form(form, place) => self.form(form, place),
                Step::Text(text) => self.out.push_str(text),
                Step::Name(name) => self.out.push_str(name),
                Step::Property(name) => self.property_name(name),
                Step::StringPart(text) => push_escaped(&mut self.out, text, '"', Some('#')),
            }
        }
    }

    /// Puts steps on the stack so that they run in the order given.
    fn then(&mut self, steps: impl IntoIterator<Item = Step<'f>, IntoIter: DoubleEndedIterator>) {
        self.pending.extend(steps.into_iter().rev());
    }

    fn form(&mut self, form: &'f Form, place: Place) {
        match &form.kind {
            FormKind::Null => self.out.push_str("nil"),
            FormKind::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            FormKind::Int(value) => {
                let _ = write!(self.out, "{value}");
            }
            FormKind::Float(value) => push_float(&mut self.out, *value),
            FormKind::Imaginary(value) => {
                push_float(&mut self.out, *value);
                self.out.push('i');
            }
            FormKind::Str(text) => push_string(&mut self.out, text, None),
            FormKind::Symbol(name) => self.symbol(name, place),
            FormKind::List(items) => self.list(items),
            FormKind::Record(entries) => self.record(entries),
            FormKind::Node(node) => self.node(node),
        }
    }

    fn symbol(&mut self, name: &str, place: Place) {
        let core_head = place == Place::Head && name.starts_with('@');
        // Behind a key, `^` begins a property.
        let angle = place == Place::Angle && (name.contains('>') || name == "^");
        if (!scan::needs_escape(name) || core_head && !scan::needs_escape(&name[1..])) && !angle {
            self.out.push_str(name);
            return;
        }
        // One escaped character is enough to make a name of `nil` or `5`.
        let escape_first = !core_head && (scan::begins_specially(name) || !name.chars().any(scan::is_special_inside));
        for (at, c) in name.char_indices() {
            if scan::is_special_inside(c) || at == 0 && escape_first || angle && c == '>' {
                self.out.push('\\');
            }
            self.out.push(c);
        }
    }

    fn list(&mut self, items: &'f [Form]) {
        self.out.push('[');
        self.pending.push(Step::Text("]"));
        self.separated(items, Place::Item);
    }

    /// Items with blanks between them.
    fn separated(&mut self, items: &'f [Form], first: Place) {
        for (index, item) in items.iter().enumerate().rev() {
            self.pending.push(Step::Form(item, if index == 0 { first } else { Place::Item }));
            if index > 0 {
                self.pending.push(Step::Text(" "));
            }
        }
    }

    fn record(&mut self, entries: &'f [Entry]) {
        self.out.push('{');
        self.pending.push(Step::Text("}"));
        for (index, entry) in entries.iter().enumerate().rev() {
            match entry {
                Entry::Named { name, value, .. } => {
                    self.then([Step::Property(name), Step::Form(value, Place::Item)]);
                }
                Entry::Computed { key, value } => self.then([
                    Step::Text("^<"),
                    Step::Form(key, Place::Angle),
                    Step::Text("> "),
                    Step::Form(value, Place::Item),
                ]),
                Entry::Spread(record) => self.then([Step::Text("^... "), Step::Form(record, Place::Item)]),
            }
            if index > 0 {
                self.pending.push(Step::Text(" "));
            }
        }
    }

    fn property_name(&mut self, name: &str) {
        self.out.push('^');
        let begins_plainly = !name.starts_with(['<', '.', '\\']) && name != "=";
        if begins_plainly
            && !name.is_empty()
            && !name.chars().any(|c| scan::is_delimiter(c) || matches!(c, '/' | '\\' | '>'))
        {
            self.out.push_str(name);
        } else {
            push_string(&mut self.out, name, None);
        }
        self.out.push(' ');
    }

    fn node(&mut self, node: &'f Node) {
        if let (Some(head), true) = (node.head.as_symbol(), self.abbreviate && node.props.is_empty()) {
            match (head, &node.children[..]) {
                ("@field", [receiver, name]) if is_path_base(receiver) => {
                    if let Some(name) = name.as_symbol().filter(|name| is_segment(name)) {
                        return self.path(receiver, [Step::Text("/"), Step::Name(name)]);
                    }
                }
                ("@method", [receiver, name]) if is_path_base(receiver) => {
                    if let Some(name) = name.as_symbol().filter(|name| is_segment(name)) {
                        return self.path(receiver, [Step::Text("/."), Step::Name(name)]);
                    }
                }
                ("@index", [receiver, index]) if is_path_base(receiver) => {
                    return match index.kind {
                        FormKind::Int(_) => self.path(receiver, [Step::Text("/"), Step::Form(index, Place::Item)]),
                        _ => self.path(receiver, [Step::Text("/<"), Step::Form(index, Place::Angle), Step::Text(">")]),
                    };
                }
                ("@index", [receiver, indexes @ ..]) if indexes.len() > 1 && is_path_base(receiver) => {
                    self.pending.push(Step::Text(">"));
                    for (at, index) in indexes.iter().enumerate().rev() {
                        self.pending.push(Step::Form(index, Place::Angle));
                        self.pending.push(Step::Text(if at == 0 { "/<" } else { " " }));
                    }
                    return self.path(receiver, []);
                }
                ("@field?", [receiver, name]) if is_path_base(receiver) => {
                    if let Some(name) = name.as_symbol().filter(|name| is_segment(name)) {
                        return self.path(receiver, [Step::Text("/?"), Step::Name(name)]);
                    }
                }
                ("@index?", [receiver, index])
                    if is_path_base(receiver) && matches!(index.kind, FormKind::Int(0..)) =>
                {
                    return self.path(receiver, [Step::Text("/?"), Step::Form(index, Place::Item)]);
                }
                ("@frozen", [literal]) if matches!(literal.kind, FormKind::List(_) | FormKind::Record(_)) => {
                    return self.then([Step::Text("#"), Step::Form(literal, Place::Item)]);
                }
                ("@bytes", [Form { kind: FormKind::Str(text), .. }]) => {
                    if let Some(literal) = bytes_literal(text) {
                        return self.out.push_str(&literal);
                    }
                }
                ("@str", parts) if is_interpolated(parts) => return self.string(parts),
                ("quote", [quoted]) => return self.then([Step::Text("`"), Step::Form(quoted, Place::Item)]),
                ("unquote", [form]) if !form.as_symbol().is_some_and(begins_like_mark) => {
                    return self.then([Step::Text("%"), Step::Form(form, Place::Item)]);
                }
                ("unquote_splice", [form]) if !form.as_symbol().is_some_and(begins_like_mark) => {
                    return self.then([Step::Text("%@"), Step::Form(form, Place::Item)]);
                }
                _ => {}
            }
        }
        self.out.push('(');
        self.pending.push(Step::Text(")"));
        // The name of a method stands beside its receiver.
        let (method, children) = match node.children.split_first() {
            Some((first, rest)) if self.abbreviate && dotted::is_link(first) => (Some(first), rest),
            _ => (None, &node.children[..]),
        };
        for child in children.iter().rev() {
            self.then([Step::Text(" "), Step::Form(child, Place::Item)]);
        }
        for Prop { name, value, .. } in node.props.iter().rev() {
            self.then([Step::Text(" "), Step::Property(name), Step::Form(value, Place::Item)]);
        }
        if let Some(method) = method {
            self.then([Step::Text(" "), Step::Form(method, Place::Item)]);
        }
        self.pending.push(Step::Form(&node.head, Place::Head));
    }

    fn path<const N: usize>(&mut self, receiver: &'f Form, segment: [Step<'f>; N]) {
        self.then(segment);
        if !receiver.is_symbol("self") {
            self.pending.push(Step::Form(receiver, Place::Item));
        }
    }

    fn string(&mut self, parts: &'f [Form]) {
        self.out.push_str("#\"");
        self.pending.push(Step::Text("\""));
        for part in parts.iter().rev() {
            match &part.kind {
                FormKind::Str(text) => self.pending.push(Step::StringPart(text)),
                _ => match format_of(part) {
                    Some((value, format)) => self.then([
                        Step::Text("#{"),
                        Step::Form(value, Place::Head),
                        Step::Text(":"),
                        Step::Name(format),
                        Step::Text("}"),
                    ]),
                    None => self.then([Step::Text("#{"), Step::Form(part, Place::Head), Step::Text("}")]),
                },
            }
        }
    }
}

/// The value and the form of `(@format value form)`, if a colon and the form can follow the value in an interpolation.
fn format_of(part: &Form) -> Option<(&Form, &str)> {
    let node = part.as_node().filter(|node| node.head.is_symbol("@format") && node.props.is_empty())?;
    let [value, Form { kind: FormKind::Str(form), .. }] = &node.children[..] else { return None };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '^' | '.' | '*' | '-');
    let fits = match &value.kind {
        FormKind::Symbol(name) => is_segment(name) && !name.contains(':'),
        FormKind::Node(node) => match node.head.as_symbol() {
            Some("@field") => false,
            Some(head) => !head.starts_with('@') && !matches!(head, "quote" | "unquote" | "unquote_splice"),
            None => true,
        },
        _ => false,
    };
    (fits && !form.is_empty() && form.chars().all(is_plain)).then_some((value, &**form))
}

/// Whether a slash directly behind this form goes on with it.
fn is_path_base(form: &Form) -> bool {
    match &form.kind {
        FormKind::Symbol(name) => {
            !scan::needs_escape(name) && name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        }
        // A mark would take the path in: `` `x/y `` quotes the path.
        FormKind::Node(node) => !matches!(
            node.head.as_symbol(),
            Some("quote" | "unquote" | "unquote_splice" | "@str" | "@bytes" | "@frozen")
        ),
        _ => false,
    }
}

/// Whether a name can be written as a segment of a path.
fn is_segment(name: &str) -> bool {
    !name.is_empty()
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !name.chars().any(|c| scan::is_delimiter(c) || matches!(c, '/' | '\\' | '>'))
}

/// Whether a name behind `%` would be read with it as something else.
fn begins_like_mark(name: &str) -> bool {
    name.starts_with(['@', '='])
}

/// Whether these are the parts of a string with interpolation as readers make it: no text follows a text.
fn is_interpolated(parts: &[Form]) -> bool {
    let is_text = |form: &Form| matches!(form.kind, FormKind::Str(_));
    parts.iter().any(|part| !is_text(part))
        && parts.windows(2).all(|pair| !(is_text(&pair[0]) && is_text(&pair[1])))
        && parts.iter().all(|part| !matches!(&part.kind, FormKind::Str(text) if text.is_empty()))
}
