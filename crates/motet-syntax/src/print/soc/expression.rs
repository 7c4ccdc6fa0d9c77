//! Expressions, with the parentheses that precedence asks for.

use super::Printer;
use crate::form::{Entry, Form, FormKind, Node, Prop};
use crate::infix;
use crate::operator::{self, Level, Operator};
use crate::print::quoting::{bytes_literal, push_escaped, push_float, push_string};
use crate::soc::needs_explicit_call;
use std::fmt::Write;

/// How tightly what a form is written as binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    /// Takes in everything right of it: functions, jumps, conditions, assignments.
    Greedy,
    Operator(Level),
    /// Can be called, indexed and asked for fields.
    Operand,
}

impl<'f> Printer<'f> {
    pub(super) fn expression(&mut self, form: &'f Form) {
        self.nested(form, |printer| printer.expression_here(form));
    }

    /// An expression in parentheses if it binds less tightly than its place asks for.
    fn binding_at_least(&mut self, form: &'f Form, needed: Binding) {
        if binding(form) >= needed { self.expression(form) } else { self.parenthesised(form) }
    }

    fn parenthesised(&mut self, form: &'f Form) {
        self.push("(");
        self.expression(form);
        self.push(")");
    }

    /// What operators apply to: anything that does not begin with the brace of a record or take in what follows.
    pub(super) fn before_brace(&mut self, form: &'f Form) {
        if begins_with_brace(form) { self.parenthesised(form) } else { self.binding_at_least(form, PIPELINE) }
    }

    fn expression_here(&mut self, form: &'f Form) {
        match &form.kind {
            FormKind::Null => self.push("null"),
            FormKind::Bool(value) => self.push(if *value { "true" } else { "false" }),
            FormKind::Int(value) => {
                let _ = write!(self.out, "{value}");
            }
            FormKind::Float(value) => push_float(&mut self.out, *value),
            FormKind::Imaginary(value) => {
                push_float(&mut self.out, *value);
                self.push("i");
            }
            FormKind::Str(text) => push_string(&mut self.out, text, Some('$')),
            FormKind::Symbol(name) => self.symbol(name, form),
            FormKind::List(items) => {
                self.push("[");
                self.separated(items, Self::item);
                self.push("]");
            }
            FormKind::Record(entries) => self.record(entries),
            FormKind::Node(node) => self.node(node, form),
        }
    }

    fn symbol(&mut self, name: &str, form: &Form) {
        if name == "super" {
            self.is_inexact(form.span);
            self.push("super");
        } else {
            self.name(name, form.span);
        }
    }

    /// An element or an argument: an expression or `...expression`.
    fn item(&mut self, form: &'f Form) {
        match form.as_node() {
            Some(Node { head, props, children })
                if head.is_symbol("@spread") && props.is_empty() && children.len() == 1 =>
            {
                self.push("...");
                self.expression(&children[0]);
            }
            _ => self.expression(form),
        }
    }

    fn record(&mut self, entries: &'f [Entry]) {
        self.push("{");
        self.separated(entries, |printer, entry| match entry {
            Entry::Named { name, value, name_span } => {
                printer.entry_name(name, *name_span);
                printer.push(": ");
                printer.expression(value);
            }
            Entry::Computed { key, value } => {
                printer.push("[");
                printer.expression(key);
                printer.push("]: ");
                printer.expression(value);
            }
            Entry::Spread(record) => {
                printer.push("...");
                printer.expression(record);
            }
        });
        self.push("}");
    }

    /// A key of a record: a name, or any text in quotes.
    pub(super) fn entry_name(&mut self, name: &str, span: crate::form::Span) {
        if crate::soc::token::is_plain_name(name) || crate::soc::token::is_reserved(name) {
            self.field_name(name, span);
        } else {
            push_string(&mut self.out, name, Some('$'));
        }
    }

    fn node(&mut self, node: &'f Node, form: &'f Form) {
        if let Some(prefix) = infix::normalize(node) {
            // The same in other words. The copy lives only here, so it is written by a printer of its own.
            return self.in_other_words(form, prefix);
        }
        if let Some(chain) = crate::dotted::normalize(node) {
            return self.in_other_words(form, chain);
        }
        let Some(head) = node.head.as_symbol() else { return self.call(&node.head, &node.children, &node.props, form) };
        let plain = node.props.is_empty();
        match (head, &node.children[..]) {
            ("@str", parts) if plain && is_interpolated(parts) => self.string(parts),
            ("@bytes", [Form { kind: FormKind::Str(text), .. }]) if plain => match bytes_literal(text) {
                Some(literal) => self.push(&literal),
                None => self.as_data(form),
            },
            ("@frozen", [literal]) if plain => {
                self.is_inexact(form.span);
                self.push("freeze(");
                self.expression(literal);
                self.push(")");
            }
            ("@field", [receiver, name]) if plain => self.field(receiver, ".", name, form),
            ("@field?", [receiver, name]) if plain => self.field(receiver, "?.", name, form),
            ("@method", [receiver, name, arguments @ ..]) if receiver.is_symbol("super") && name.is_symbol("ctor") => {
                self.push("super");
                self.arguments(arguments, &node.props);
            }
            ("@method" | "@method?", [receiver, name, arguments @ ..]) => {
                self.field(receiver, if head == "@method" { "." } else { "?." }, name, form);
                self.arguments(arguments, &node.props);
            }
            ("@index" | "@index?", [receiver, indexes @ ..]) if plain && !indexes.is_empty() => {
                self.binding_at_least(receiver, Binding::Operand);
                self.push(if head == "@index" { "[" } else { "?[" });
                self.separated(indexes, Self::index);
                self.push("]");
            }
            ("@chain", operands) if plain && is_comparison_chain(operands) => self.chain(operands),
            ("@call", [callee, arguments @ ..])
                if callee.as_symbol().is_some() && needs_explicit_call(callee, arguments.first()) =>
            {
                self.symbol(callee.as_symbol().unwrap_or_default(), callee);
                self.arguments(arguments, &node.props);
            }
            ("-" | "!", [operand]) if plain => self.unary(head, operand),
            ("not", [operand]) if plain => {
                self.is_inexact(form.span);
                self.unary("!", operand);
            }
            ("is", [value, kind]) if plain && kind.as_node().is_some_and(is_type_node) => {
                self.binding_at_least(value, Binding::Operator(Level::Range));
                self.push(" is ");
                self.type_form(kind);
            }
            (".." | "..=", [start, end, step @ ..]) if plain && step.len() < 2 => self.range(head, start, end, step),
            (_, [left, right]) if plain && operator::by_name(head).is_some_and(Operator::is_assignment) => {
                self.assignment(head, left, right, form);
            }
            (_, operands) if plain && self.is_operation(head, operands) => self.operation(head, operands),
            ("await", _) => self.awaiting(node, form),
            ("async", [body]) if plain => {
                self.push("async ");
                if begins_with_brace(body) {
                    self.parenthesised(body);
                } else {
                    self.binding_at_least(body, Binding::Operator(Level::Unary));
                }
            }
            ("ifel", [condition, yes, no]) if plain => {
                self.push("if (");
                self.separated([condition, yes, no], Self::expression);
                self.push(")");
            }
            ("new", [class, arguments @ ..]) if plain => {
                self.is_inexact(form.span);
                self.call(class, arguments, &node.props, form);
            }
            _ => self.construct_or_call(head, node, form),
        }
    }

    fn construct_or_call(&mut self, head: &'f str, node: &'f Node, form: &'f Form) {
        if self.function_like(head, node) || self.construct(head, node, form) {
            return;
        }
        if let [method, arguments @ ..] = &node.children[..]
            && let Some(name) = method.as_symbol().and_then(|name| name.strip_prefix('.'))
            && !name.is_empty()
            && !name.starts_with('.')
        {
            self.is_inexact(form.span);
            self.binding_at_least(&node.head, Binding::Operand);
            self.push(".");
            self.field_name(name, method.span);
            return self.arguments(arguments, &node.props);
        }
        if head == "super" || needs_explicit_call(&node.head, node.children.first()) {
            return self.as_data(form);
        }
        self.call(&node.head, &node.children, &node.props, form);
    }

    fn in_other_words(&mut self, form: &Form, prefix: Form) {
        self.is_inexact(form.span);
        let mut printer =
            Printer { out: String::new(), indent: self.indent, labels: Vec::new(), depth: self.depth, inexact: None };
        printer.parenthesised(&prefix);
        self.out.push_str(&printer.out);
    }

    fn call(&mut self, callee: &'f Form, arguments: &'f [Form], props: &'f [Prop], form: &Form) {
        if needs_explicit_call(callee, arguments.first()) {
            self.is_inexact(form.span);
        }
        // `m.f(x)` is the call of a method.
        if callee.is_node("@field") || callee.is_node("@field?") {
            self.parenthesised(callee);
        } else {
            self.binding_at_least(callee, Binding::Operand);
        }
        self.arguments(arguments, props);
    }

    pub(super) fn arguments(&mut self, arguments: &'f [Form], props: &'f [Prop]) {
        self.push("(");
        self.separated(arguments, Self::item);
        if !arguments.is_empty() && !props.is_empty() {
            self.push(", ");
        }
        self.separated(props, |printer, prop| {
            printer.field_name(&prop.name, prop.name_span);
            printer.push(": ");
            printer.expression(&prop.value);
        });
        self.push(")");
    }

    fn field(&mut self, receiver: &'f Form, dot: &str, name: &Form, form: &Form) {
        match name.as_symbol() {
            Some(name_text) => {
                if receiver.is_symbol("super") {
                    self.push("super");
                    if dot == "?." {
                        self.is_inexact(form.span);
                    }
                } else {
                    self.binding_at_least(receiver, Binding::Operand);
                }
                self.push(dot);
                self.field_name(name_text, name.span);
            }
            None => self.as_data(form),
        }
    }

    /// An index; a range in it may leave out its ends.
    fn index(&mut self, form: &'f Form) {
        match form.as_node() {
            Some(Node { head, props, children }) if head.is_symbol("..") && props.is_empty() && children.len() == 2 => {
                let is_null = |form: &Form| form.kind == FormKind::Null;
                if !is_null(&children[0]) {
                    self.binding_at_least(&children[0], Binding::Operator(Level::Sum));
                }
                self.push("..");
                if !is_null(&children[1]) {
                    self.binding_at_least(&children[1], Binding::Operator(Level::Sum));
                }
            }
            _ => self.expression(form),
        }
    }

    fn unary(&mut self, head: &str, operand: &'f Form) {
        self.push(head);
        // `-5` is a literal, and so is the number in `-(5)`.
        let is_number = matches!(operand.kind, FormKind::Int(_) | FormKind::Float(_) | FormKind::Imaginary(_));
        if is_number {
            self.parenthesised(operand)
        } else {
            self.binding_at_least(operand, Binding::Operator(Level::Power))
        }
    }

    fn range(&mut self, operator: &str, start: &'f Form, end: &'f Form, step: &'f [Form]) {
        self.binding_at_least(start, Binding::Operator(Level::Sum));
        self.push(operator);
        self.binding_at_least(end, Binding::Operator(Level::Sum));
        if let [step] = step {
            self.push(" by ");
            self.binding_at_least(step, Binding::Operator(Level::Sum));
        }
    }

    fn chain(&mut self, operands: &'f [Form]) {
        for (index, operand) in operands.iter().enumerate() {
            if index % 2 == 0 {
                self.binding_at_least(operand, Binding::Operator(Level::Range));
            } else {
                self.push(" ");
                self.push(operand.as_symbol().unwrap_or_default());
                self.push(" ");
            }
        }
    }

    /// Whether this is an operator with as many operands as it can have in `.soc`.
    fn is_operation(&self, head: &str, operands: &[Form]) -> bool {
        operator::by_name(head).is_some_and(|operator| {
            operator.level > Level::Assignment
                && operator.level != Level::Range
                && (operands.len() == 2 || operator.is_flat() && operands.len() > 2)
        })
    }

    fn operation(&mut self, head: &str, operands: &'f [Form]) {
        let Some(operator) = operator::by_name(head) else { return };
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                self.push(" ");
                self.push(operator.soc);
                self.push(" ");
                self.binding_at_least(operand, Binding::Operator(operator.right_level()));
            } else if operator.is_right_associative() || joins(operand, operator) {
                self.binding_at_least(operand, Binding::Operator(operator.level.tighter()).max(above(operator.level)));
            } else {
                self.binding_at_least(operand, Binding::Operator(operator.level));
            }
        }
    }

    fn assignment(&mut self, head: &str, target: &'f Form, value: &'f Form, form: &Form) {
        let Some(operator) = operator::by_name(head) else { return };
        match &target.kind {
            FormKind::Symbol(name) => self.symbol(name, target),
            FormKind::Node(node) if matches!(node.head.as_symbol(), Some("@field" | "@index")) => {
                self.expression(target)
            }
            FormKind::List(items) if head == "=" && are_targets(items) => self.target_list(items),
            _ => {
                self.is_inexact(form.span);
                self.parenthesised(target);
            }
        }
        self.push(" ");
        self.push(operator.soc);
        self.push(" ");
        self.expression(value);
    }

    fn target_list(&mut self, items: &'f [Form]) {
        self.push("[");
        let mut index = 0;
        while index < items.len() {
            if index > 0 {
                self.push(", ");
            }
            match &items[index].kind {
                FormKind::List(inner) => self.target_list(inner),
                FormKind::Symbol(name) => match name.strip_suffix("...") {
                    Some(rest) => {
                        self.push("...");
                        self.name(rest, items[index].span);
                    }
                    None => self.name(name, items[index].span),
                },
                _ => self.expression(&items[index]),
            }
            index += 1;
            if items.get(index).is_some_and(|item| item.is_symbol("=")) {
                self.push(" = ");
                self.expression(&items[index + 1]);
                index += 2;
            }
        }
        self.push("]");
    }

    fn awaiting(&mut self, node: &'f Node, form: &'f Form) {
        match &node.children[..] {
            [future] if node.props.is_empty() && !future.is_node("@spread") => {
                self.push("await ");
                self.binding_at_least(future, Binding::Operator(Level::Unary));
            }
            [] => self.as_data(form),
            arguments => {
                self.push("await");
                self.arguments(arguments, &node.props);
            }
        }
    }

    pub(super) fn string(&mut self, parts: &'f [Form]) {
        self.push("'");
        for part in parts {
            match &part.kind {
                FormKind::Str(text) => push_escaped(&mut self.out, text, '\'', Some('$')),
                _ => {
                    self.push("${");
                    match format_of(part) {
                        Some((value, form)) => {
                            self.expression(value);
                            self.push(":");
                            self.push(form);
                        }
                        None => self.expression(part),
                    }
                    self.push("}");
                }
            }
        }
        self.push("'");
    }
}

const PIPELINE: Binding = Binding::Operator(Level::Pipeline);

fn binding(form: &Form) -> Binding {
    let node = match &form.kind {
        FormKind::Int(value) if *value < 0 => return Binding::Operator(Level::Unary),
        FormKind::Float(value) | FormKind::Imaginary(value) if value.is_sign_negative() && !value.is_nan() => {
            return Binding::Operator(Level::Unary);
        }
        FormKind::Node(node) => node,
        _ => return Binding::Operand,
    };
    if infix::is_infix(node) {
        return Binding::Operand;
    }
    match node.head.as_symbol() {
        Some("@chain") => Binding::Operator(Level::Comparison),
        Some("-" | "!" | "not") if node.children.len() == 1 => Binding::Operator(Level::Unary),
        Some("is") if matches!(&node.children[..], [_, kind] if kind.as_node().is_some_and(is_type_node)) => {
            Binding::Operator(Level::Comparison)
        }
        Some("await" | "async") => Binding::Operator(Level::Unary),
        Some(head) => match operator::by_name(head) {
            Some(operator) if operator.is_assignment() => Binding::Greedy,
            Some(operator) => Binding::Operator(operator.level),
            None if head.starts_with('@') => Binding::Operand,
            None if needs_explicit_call(&node.head, None) => Binding::Greedy,
            None => Binding::Operand,
        },
        None => Binding::Operand,
    }
}

/// The binding above a level, where only operands are above the highest.
fn above(level: Level) -> Binding {
    if level == Level::Power { Binding::Operand } else { Binding::Operator(level.tighter()) }
}

/// Whether `operand operator …` without parentheses would become one node with the operand.
fn joins(operand: &Form, operator: &Operator) -> bool {
    let Some(head) = operand.as_node().and_then(|node| node.head.as_symbol()) else { return false };
    let is_comparison = |name: &str| operator::by_name(name).is_some_and(|it| it.level == Level::Comparison);
    operator.is_flat() && head == operator.name
        || operator.level == Level::Comparison && (matches!(head, "@chain" | "is") || is_comparison(head))
}

/// Whether a node can be written only where a type stands.
fn is_type_node(node: &Node) -> bool {
    matches!(node.head.as_symbol(), Some("|" | "optional" | "->"))
}

/// Whether the first character of the form is the brace of a record.
fn begins_with_brace(form: &Form) -> bool {
    match &form.kind {
        FormKind::Record(_) => true,
        FormKind::Node(node) => match node.head.as_symbol() {
            Some(head) if head.starts_with('@') || operator::by_name(head).is_some() => {
                node.children.first().is_some_and(begins_with_brace)
            }
            None => begins_with_brace(&node.head),
            Some(_) => false,
        },
        _ => false,
    }
}

/// Operands with comparisons between them, at least two of these.
fn is_comparison_chain(operands: &[Form]) -> bool {
    let is_comparison = |form: &Form| form.as_symbol().and_then(operator::by_name).is_some_and(Operator::chains);
    operands.len() >= 5 && operands.len() % 2 == 1 && operands.iter().skip(1).step_by(2).all(is_comparison)
}

/// Whether these are the parts of a string with interpolation as readers make it.
pub(super) fn is_interpolated(parts: &[Form]) -> bool {
    let is_text = |form: &Form| matches!(form.kind, FormKind::Str(_));
    parts.iter().any(|part| !is_text(part))
        && parts.windows(2).all(|pair| !(is_text(&pair[0]) && is_text(&pair[1])))
        && parts.iter().all(|part| !matches!(&part.kind, FormKind::Str(text) if text.is_empty()))
}

/// The value and the form of `(@format value form)`, if the form can stand in an interpolation.
fn format_of(part: &Form) -> Option<(&Form, &str)> {
    let node = part.as_node().filter(|node| node.head.is_symbol("@format") && node.props.is_empty())?;
    match &node.children[..] {
        [value, Form { kind: FormKind::Str(form), .. }] => {
            let is_plain =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '<' | '^' | '>' | '.' | ',' | ' ' | '*' | '-');
            form.chars().all(is_plain).then_some((value, &**form))
        }
        _ => None,
    }
}

/// Whether a list can stand left of `=`.
fn are_targets(items: &[Form]) -> bool {
    let mut index = 0;
    while index < items.len() {
        let is_target = match &items[index].kind {
            FormKind::Symbol(name) => !matches!(&**name, "=" | "super") && (!name.ends_with("...") || name.len() > 3),
            FormKind::List(inner) => are_targets(inner),
            FormKind::Node(node) => matches!(node.head.as_symbol(), Some("@field" | "@index")),
            _ => false,
        };
        if !is_target {
            return false;
        }
        index += 1;
        if items.get(index).is_some_and(|item| item.is_symbol("=")) {
            let is_rest = items[index - 1].as_symbol().is_some_and(|name| name.ends_with("..."));
            if items.len() < index + 2 || is_rest {
                return false;
            }
            index += 2;
        }
    }
    true
}
