//! Forms in `.soc`.
//!
//! What `.soc` can write reads back as the same forms. `.gene` can hold more: of that, what means the same in other
//! words is written so (`(a + b)` as `a + b`), and the rest as data, `forms.parse("…")`; either way the text is then
//! not exact, and `print_soc_exactly` says where.

mod expression;
mod function;
mod pattern;
mod statement;
mod types;

use super::gene::print_gene;
use super::quoting::push_string;
use crate::depth::MAX_DEPTH;
use crate::form::{Form, Span};
use crate::soc::token::{is_plain_name, is_reserved};

/// The forms as a program in `.soc`, a statement a line.
pub fn print_soc(forms: &[Form]) -> String {
    print(forms).0
}

/// The forms as a program in `.soc` that reads back as these forms, or the place of a form that `.soc` cannot write.
pub fn print_soc_exactly(forms: &[Form]) -> Result<String, Span> {
    let (text, inexact) = print(forms);
    inexact.map_or(Ok(text), Err)
}

fn print(forms: &[Form]) -> (String, Option<Span>) {
    let mut printer = Printer { out: String::new(), indent: 0, labels: Vec::new(), depth: 0, inexact: None };
    for form in forms {
        printer.statement(form);
        printer.out.push('\n');
    }
    (printer.out, printer.inexact)
}

struct Printer<'f> {
    out: String,
    indent: usize,
    /// The labels of the loops around.
    labels: Vec<&'f str>,
    depth: usize,
    /// Where what was written does not read back as the form.
    inexact: Option<Span>,
}

impl<'f> Printer<'f> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.indent {
            self.out.push_str("  ");
        }
    }

    fn is_inexact(&mut self, span: Span) {
        self.inexact.get_or_insert(span);
    }

    /// What `.soc` has no words for.
    fn as_data(&mut self, form: &Form) {
        self.is_inexact(form.span);
        self.push("forms.parse(");
        push_string(&mut self.out, &print_gene(form), Some('$'));
        self.push(")");
    }

    /// Goes one level deeper, if that is not too deep.
    fn nested(&mut self, form: &'f Form, write: impl FnOnce(&mut Self)) {
        if self.depth >= MAX_DEPTH {
            self.is_inexact(form.span);
            return self.push("…");
        }
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }

    /// Things between commas.
    fn separated<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            write(self, item);
        }
    }

    /// Things on lines of their own, between braces.
    fn lines<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        let mut empty = true;
        self.push("{");
        self.indent += 1;
        for item in items {
            empty = false;
            self.new_line();
            write(self, item);
        }
        self.indent -= 1;
        if !empty {
            self.new_line();
        }
        self.push("}");
    }

    /// A name that is bound or looked up, in backquotes where it needs them.
    fn name(&mut self, name: &str, span: Span) {
        // `a..by` would read as a range with a step.
        if is_plain_name(name) && name != "by" {
            self.push(name);
        } else {
            self.quoted_name(name, span);
        }
    }

    /// A name behind a dot or before a colon, where reserved words are names.
    fn field_name(&mut self, name: &str, span: Span) {
        if is_plain_name(name) || is_reserved(name) || matches!(name, "Infinity" | "NaN") {
            self.push(name);
        } else {
            self.quoted_name(name, span);
        }
    }

    fn quoted_name(&mut self, name: &str, span: Span) {
        if name.is_empty() || name.starts_with('@') || name.contains(['`', '\n', '\r']) {
            self.is_inexact(span);
        }
        self.out.push('`');
        self.out.extend(name.chars().filter(|c| !matches!(c, '`' | '\n' | '\r')));
        self.out.push('`');
    }
}
