//! `motet convert`: a program in the other notation.
//!
//! Both notations read to the same forms, so the forms are printed in the other one and laid out; `words` brings what only `.gene`
//! says in some way into that which both have. Comments are no forms.
//! Each becomes a call of a name that the program does not use, in front of the statement that it stands before; when the
//! forms have been printed, these calls are comments again. A comment that stands where no statement can is moved up to the
//! next place where one can.

mod words;

use super::sources::replace;
use super::{MISUSE, PROGRAM_ERROR, color, show};
use crate::ConvertArguments;
use motet_syntax::form::{Form, FormKind, Node, Span};
use motet_syntax::{
    Diagnostic, Notation, Severity, SyntaxKind, decode, format, parse, print_gene, print_soc_exactly, render,
};
use std::io::Write;
use std::process::ExitCode;

pub fn convert(arguments: &ConvertArguments) -> ExitCode {
    let name = arguments.file.to_string_lossy();
    let Some(from) = Notation::of_file(&name) else {
        eprintln!("error: {name}: programs end in .soc or .gene");
        return ExitCode::from(MISUSE);
    };
    let bytes = match std::fs::read(&arguments.file) {
        Ok(bytes) => bytes,
        Err(error) => return show(&format!("error: {name} cannot be read: {error}\n")),
    };
    let converted = match decode(bytes) {
        Ok(text) => in_other(&text, from).map_err(|errors| (text, errors)),
        Err(error) => return show(&format!("error: {name}: {}\n", error.message)),
    };
    match converted {
        Err((text, errors)) => {
            for error in &errors {
                show(&format!("{}\n\n", render(error, &name, &text, color())));
            }
            ExitCode::from(PROGRAM_ERROR)
        }
        Ok(text) => match &arguments.output {
            None => match std::io::stdout().write_all(text.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => show(&format!("error: standard output cannot be written: {error}\n")),
            },
            Some(path) => {
                let written = if path.exists() { replace(path, &text) } else { std::fs::write(path, &text) };
                match written {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(error) => show(&format!("error: {} cannot be written: {error}\n", path.display())),
                }
            }
        },
    }
}

/// The program in the notation that it is not written in; or what is wrong with it, or cannot be written there.
pub fn in_other(text: &str, from: Notation) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse(text, from);
    if parsed.errors.iter().any(|error| error.severity == Severity::Error) {
        return Err(parsed.errors);
    }
    let to = if from == Notation::Soc { Notation::Gene } else { Notation::Soc };
    let comments = Comments::of(text, &parsed.tree);
    let with_comments = comments.among(parsed.forms.clone(), text.len() as u32);
    let printed = print(&with_comments, to, &comments).map_err(|place| vec![cannot_be_written(place, to)])?;
    // What a comment was moved to may be no place for one after all; the program is more important than its place.
    let expected = print(&parsed.forms, to, &comments).map_err(|place| vec![cannot_be_written(place, to)])?;
    let converted = if is_same(&printed, &expected, to) { printed } else { comments.all(to) + &expected };
    format(&converted, to)
}

fn is_same(printed: &str, expected: &str, notation: Notation) -> bool {
    let (printed, expected) = (parse(printed, notation), parse(expected, notation));
    printed.errors.is_empty() && printed.forms == expected.forms
}

fn cannot_be_written(place: Span, to: Notation) -> Diagnostic {
    let (ending, hint) = match to {
        Notation::Soc => {
            ("soc", "macros and quoting exist in .gene alone; keep this part in a .gene module, and import it")
        }
        Notation::Gene => ("gene", "please report this program"),
    };
    Diagnostic::error(format!("this cannot be written in .{ending}"), place).hint(hint)
}

fn print(forms: &[Form], to: Notation, comments: &Comments) -> Result<String, Span> {
    let text = match to {
        Notation::Soc => print_soc_exactly(&words::in_words_of_soc(forms))?,
        Notation::Gene => forms.iter().map(|form| gene(&words::in_words_of_gene(form)) + "\n").collect(),
    };
    Ok(comments.put_back(&text, to))
}

/// Heads of forms that hold statements, and how many children stand before these.
fn body_of(node: &Node) -> Option<usize> {
    let is_list = |form: &Form| matches!(form.kind, FormKind::List(_));
    match node.head.as_symbol()? {
        "do" | "loop" | "scope" | "hold" | "generate" | "async" | "finally" | "catch" => Some(0),
        "while" | "test" | "bench" | "repeat" => Some(1),
        "fn" | "fn*" | "method" | "ctor" | "macro" => node.children.iter().position(is_list).map(|at| at + 1),
        "for" => node.children.iter().position(|form| form.is_symbol("in")).map(|at| at + 2),
        _ => None,
    }
}

/// A form in `.gene`, with the statements of bodies on lines of their own.
fn gene(form: &Form) -> String {
    let Some(node) = form.as_node().filter(|node| holds_body(node)) else { return print_gene(form) };
    let bare = Node { head: node.head.clone(), props: node.props.clone(), children: Vec::new() };
    let opened = print_gene(&Form::new(FormKind::Node(Box::new(bare)), form.span));
    let mut text = opened.strip_suffix(')').unwrap_or(&opened).to_owned();
    let body = body_of(node).filter(|first| node.children.len() > first + 1);
    for (at, child) in node.children.iter().enumerate() {
        let is_member = node.head.is_symbol("class") && child.as_node().is_some();
        let on_own_line = is_member || body.is_some_and(|first| at >= first);
        text.push_str(if on_own_line { "\n" } else { " " });
        text.push_str(&gene(child));
    }
    text + ")"
}

/// Whether a form is written child by child, so that bodies in it get lines of their own.
fn holds_body(node: &Node) -> bool {
    let head = node.head.as_symbol().unwrap_or("");
    if head.starts_with('@') || matches!(head, "quote" | "unquote" | "unquote_splice") {
        return false;
    }
    body_of(node).is_some() || node.children.iter().any(|child| child.as_node().is_some_and(holds_body))
}

/// The comments of a program, with the name of the calls that stand for them.
struct Comments {
    /// Places, and texts without what makes them comments.
    comments: Vec<(u32, Vec<String>)>,
    name: String,
}

impl Comments {
    fn of(text: &str, tree: &motet_syntax::Tree) -> Comments {
        let mut name = String::from("comment");
        while text.contains(&name) {
            name.push('_');
        }
        let is_comment = |kind| matches!(kind, SyntaxKind::LineComment | SyntaxKind::BlockComment);
        let comments = tree.tokens().filter(|token| is_comment(token.kind()));
        let comments = comments.map(|token| (token.span().start, plain(token.text()))).collect();
        Comments { comments, name }
    }

    /// The forms with calls for the comments between and in them.
    fn among(&self, forms: Vec<Form>, end: u32) -> Vec<Form> {
        let mut with = Vec::with_capacity(forms.len());
        let mut from = 0;
        for form in forms {
            let span = form.span;
            with.extend(self.between(from, span.start));
            let inside = self.inside(form, &mut with);
            with.push(inside);
            from = span.end;
        }
        with.extend(self.between(from, end));
        with
    }

    /// Puts the comments in a form where statements stand in it; those that find no such place go before it.
    fn inside(&self, form: Form, before: &mut Vec<Form>) -> Form {
        let span = form.span;
        if self.in_range(span.start, span.end).next().is_none() {
            return form;
        }
        let mut placed = Vec::new();
        let form = self.place(form, &mut placed);
        for (at, _) in self.in_range(span.start, span.end) {
            if !placed.contains(&at) {
                before.push(self.call(at, span));
            }
        }
        form
    }

    fn place(&self, form: Form, placed: &mut Vec<usize>) -> Form {
        let span = form.span;
        match form.kind {
            FormKind::List(items) => Form::list(items.into_iter().map(|item| self.place(item, placed)).collect(), span),
            FormKind::Node(node) => {
                let first = body_of(&node).unwrap_or(usize::MAX);
                let Node { head, props, children } = *node;
                let mut with = Vec::with_capacity(children.len());
                let mut from = children.get(first.wrapping_sub(1)).map_or(span.start, |child| child.span.end);
                let count = children.len();
                for (at, child) in children.into_iter().enumerate() {
                    if at >= first {
                        // Those behind the last statement go before it.
                        let until = if at + 1 == count { span.end } else { child.span.end };
                        let here = self.in_range(from, child.span.start);
                        let behind = self.in_range(child.span.end, until);
                        for (comment, _) in here.chain(behind) {
                            placed.push(comment);
                            with.push(self.call(comment, child.span));
                        }
                        from = child.span.end;
                    }
                    with.push(self.place(child, placed));
                }
                Form::node_with(head, props, with, span)
            }
            kind => Form::new(kind, span),
        }
    }

    fn in_range(&self, from: u32, until: u32) -> impl Iterator<Item = (usize, &Vec<String>)> {
        let all = self.comments.iter().enumerate();
        all.filter(move |(_, (at, _))| (from..until).contains(at)).map(|(number, (_, text))| (number, text))
    }

    fn between(&self, from: u32, until: u32) -> Vec<Form> {
        self.in_range(from, until).map(|(number, _)| self.call(number, Span::at(from))).collect()
    }

    fn call(&self, number: usize, span: Span) -> Form {
        Form::node(&format!("{}{number}", self.name), Vec::new(), span)
    }

    /// Makes comments of the calls that stand for them.
    fn put_back(&self, text: &str, notation: Notation) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&self.name) {
            let digits = &rest[at + self.name.len()..];
            let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let (before, behind) = match notation {
                Notation::Soc => (&rest[..at], &digits[length + "()".len()..]),
                Notation::Gene => (&rest[..at - "(".len()], &digits[length + ")".len()..]),
            };
            out.push_str(before);
            if !out.is_empty() && !out.trim_end_matches(' ').ends_with('\n') {
                out.push('\n');
            }
            let number: usize = digits[..length].parse().expect("the name is followed by a number");
            out.push_str(&comment(&self.comments[number].1, notation));
            // A comment ends its line by itself.
            rest = behind.strip_prefix('\n').unwrap_or(behind);
        }
        out + rest
    }

    /// All of them, at the beginning of a program.
    fn all(&self, notation: Notation) -> String {
        self.comments.iter().map(|(_, lines)| comment(lines, notation)).collect()
    }
}

fn comment(lines: &[String], notation: Notation) -> String {
    let mark = if notation == Notation::Soc { "//" } else { "#" };
    lines.iter().map(|line| if line.is_empty() { format!("{mark}\n") } else { format!("{mark} {line}\n") }).collect()
}

/// The lines of a comment without what makes them one.
fn plain(text: &str) -> Vec<String> {
    let inner = match text {
        _ if text.starts_with("/*") => text[2..].strip_suffix("*/").unwrap_or(&text[2..]),
        _ if text.starts_with("#<") => text[2..].strip_suffix(">#").unwrap_or(&text[2..]),
        _ => text.strip_prefix("//").or_else(|| text.strip_prefix('#')).unwrap_or(text),
    };
    let lines: Vec<String> = inner.lines().map(|line| line.trim().to_owned()).collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(text: &str, from: Notation) -> String {
        in_other(text, from).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
    }

    #[test]
    fn a_program_is_written_in_the_other_notation() {
        let soc = "// What it is.\nfn f(x) {\n  // why\n  let y = x + 1 // so\n  y * 2\n  // end\n}\nprintln(f(1))\n// last\n";
        let gene = converted(soc, Notation::Soc);
        let expected = "# What it is.\n(fn f [x]\n  # why\n  (let y (+ x 1))\n  # so\n  # end\n  (* y 2))\n(println (f 1))\n# last\n";
        assert_eq!(gene, expected);
        let back = converted(&gene, Notation::Gene);
        let expected = "// What it is.\nfn f(x) {\n  // why\n  let y = x + 1\n  // so\n  // end\n  y * 2\n}\nprintln(f(1))\n// last\n";
        assert_eq!(back, expected);
    }

    #[test]
    fn what_only_gene_has_is_refused_with_its_place() {
        let text = "(let x 1)\n(macro m [a] `(+ %a 1))\n";
        let errors = in_other(text, Notation::Gene).expect_err("macros");
        assert_eq!(errors[0].message, "this cannot be written in .soc");
        assert!(errors[0].span.start >= 10, "{:?}", errors[0].span);
    }
}
