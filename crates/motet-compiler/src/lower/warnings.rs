//! What is most likely a mistake although it means something. Each warning has a name, by which it is silenced.

use super::Lower;
use super::names::Found;
use crate::tree::Known;
use motet_syntax::Diagnostic;
use motet_syntax::form::{Entry, Form, FormKind, Node, Span};

/// Functions and methods whose results hold pairs.
const GIVES_PAIRS: [&str; 5] = ["zip", "items", "enumerate", "entries", "pairs"];

/// Functions that call another one only for what it does.
const CALLS_FOR_EFFECT: [&str; 7] =
    ["each", "parallel_for", "effect", "on_success", "on_failure", "on_message", "batch"];

/// Methods that other languages ask the objects of a class, and what this one asks.
const ASKED_ELSEWHERE: [(&str, &str); 23] = [
    ("__add__", "add"),
    ("__call__", "call"),
    ("__eq__", "equals"),
    ("__getitem__", "get_index"),
    ("__hash__", "hash"),
    ("__init__", "new"),
    ("__iter__", "iterate"),
    ("__len__", "length"),
    ("__lt__", "compare"),
    ("__mul__", "multiply"),
    ("__neg__", "negate"),
    ("__repr__", "to_string"),
    ("__setitem__", "set_index"),
    ("__str__", "to_string"),
    ("__sub__", "subtract"),
    ("__tostring", "to_string"),
    ("__truediv__", "divide"),
    ("compareTo", "compare"),
    ("constructor", "new"),
    ("hashCode", "hash"),
    ("initialize", "new"),
    ("toJSON", "to_json"),
    ("toString", "to_string"),
];

/// Functions that give null where nothing was found, and -1 in other languages.
const GIVES_NULL: [&str; 7] =
    ["index_of", "indexOf", "last_index_of", "lastIndexOf", "rfind", "find_index", "findIndex"];

impl Lower<'_, '_> {
    /// A method that only other languages ask: here nothing calls it by itself.
    pub fn check_names_of_methods(&mut self, members: &[Form], methods: &[&str]) {
        for member in members {
            let Some(node) = member.as_node().filter(|node| node.head.is_symbol("method")) else { continue };
            let Some(name) = node.children.first().filter(|name| name.as_symbol().is_some()) else { continue };
            let text = name.as_symbol().unwrap_or_default();
            // A constructor of `.gene` is called otherwise.
            let is_new = text == "new" && self.source.gene;
            let found = ASKED_ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == text);
            let Some((_, ours)) = found.or_else(|| is_new.then_some(&("new", "new"))) else { continue };
            if methods.contains(ours) && !is_new {
                continue;
            }
            let hint = match (*ours, self.source.gene) {
                ("new", false) => "a constructor is `new(x) { … }`".to_owned(),
                ("new", true) => "a constructor is `(ctor [x] …)`".to_owned(),
                (ours, _) => format!("what the language asks an object is its method `{ours}`"),
            };
            self.warn("method-name", format!("nothing calls a method `{text}` by itself"), name.span, hint);
        }
    }

    /// `xs.index_of(x) == -1`, which is never so.
    pub fn check_not_found(&mut self, head: &str, node: &Node, span: Span) {
        let [left, right] = &node.children[..] else { return };
        if !matches!(head, "==" | "!=") {
            return;
        }
        let is_minus_one = |form: &Form| match &form.kind {
            FormKind::Int(-1) => true,
            FormKind::Node(node) => {
                node.head.is_symbol("-") && matches!(&node.children[..], [one] if one.kind == FormKind::Int(1))
            }
            _ => false,
        };
        let called = match (is_minus_one(left), is_minus_one(right)) {
            (false, true) => left,
            (true, false) => right,
            _ => return,
        };
        let Some(call) = called.as_node() else { return };
        let name = match call.head.as_symbol() {
            Some("@method") => call.children.get(1).and_then(Form::as_symbol),
            Some(name) if GIVES_NULL.contains(&name) && !self.is_bound(name) => Some(name),
            _ => super::special::method_name(call),
        };
        let Some(name) = name.filter(|name| GIVES_NULL.contains(name)) else { return };
        let hint = if self.source.gene {
            format!("what is not there has no index: `((xs .{name} x) == nil)`; whether it is there says `(x in xs)`")
        } else {
            format!("what is not there has no index: `xs.{name}(x) == null`; whether it is there says `x in xs`")
        };
        self.warn("not-found", format!("`{name}` gives null where nothing was found, never -1"), span, hint);
    }

    pub fn warn(&mut self, name: &'static str, message: impl Into<String>, span: Span, hint: impl Into<String>) {
        // What a macro makes is not what its user wrote.
        if self.expansions == 0 {
            let warning = Diagnostic::warning(message, span).named(name).hint(hint);
            self.warnings.borrow_mut().push(warning);
        }
    }

    /// A condition that is the same each time, or an assignment.
    pub fn check_condition(&mut self, form: &Form) {
        let empty_or_zero = match &form.kind {
            FormKind::Int(0) => "0",
            FormKind::Float(value) if *value == 0.0 => "0.0",
            FormKind::Str(text) if text.is_empty() => "an empty string",
            FormKind::List(items) if items.is_empty() => "an empty list",
            FormKind::Record(entries) if entries.is_empty() => "an empty record",
            FormKind::Node(node) if node.head.is_symbol("=") && !self.is_bound("=") => {
                let hint = if self.source.gene { "equality is `(a == b)`" } else { "equality is `==`" };
                return self.warn("condition", "this condition is an assignment", form.span, hint);
            }
            FormKind::Node(node) if node.children.first().is_some_and(|second| second.is_symbol("=")) => {
                return self.warn("condition", "this condition is an assignment", form.span, "equality is `(a == b)`");
            }
            _ => return,
        };
        let message = format!("{empty_or_zero} counts as true");
        self.warn("condition", message, form.span, "only `null` and `false` count as false: write a comparison");
    }

    /// `for (k, v in pairs)`: two names give index and element, and the elements are pairs.
    pub fn check_walk_over_pairs(&mut self, index: &Form, value: &Form, iterable: &Form) {
        let (Some(first), Some(second)) = (index.as_symbol(), value.as_symbol()) else { return };
        if !self.gives_pairs(iterable) {
            return;
        }
        let hint = if self.source.gene {
            format!("to take the pairs apart, write `(for [{first} {second}] in … …)`")
        } else {
            format!("to take the pairs apart, write `for ([{first}, {second}] in …)`")
        };
        let message = format!("`{first}` is the index here, and `{second}` a pair");
        self.warn("pairs", message, index.span.to(value.span), hint);
    }

    pub fn gives_pairs(&self, form: &Form) -> bool {
        match &form.kind {
            FormKind::Symbol(name) => match self.look_up(name) {
                Found::Variable(variable) => matches!(self.variable(variable).known, Known::Pairs),
                _ => false,
            },
            FormKind::List(items) => {
                let is_pair = |item: &Form| matches!(&item.kind, FormKind::List(parts) if parts.len() == 2);
                !items.is_empty() && items.iter().all(is_pair)
            }
            FormKind::Node(node) => match node.head.as_symbol() {
                Some("@method") => {
                    node.children.get(1).and_then(Form::as_symbol).is_some_and(|name| GIVES_PAIRS.contains(&name))
                }
                Some(name) if GIVES_PAIRS.contains(&name) && !self.is_bound(name) => true,
                _ => super::special::method_name(node).is_some_and(|name| GIVES_PAIRS.contains(&name)),
            },
            _ => false,
        }
    }

    /// `each(xs, x => {x})`: the braces are those of a record.
    pub fn check_callbacks(&mut self, name: &str, arguments: &[Form]) {
        if !CALLS_FOR_EFFECT.contains(&name) {
            return;
        }
        for argument in arguments {
            let Some(node) = argument.as_node().filter(|node| node.head.is_symbol("fn")) else { continue };
            let Some(Form { kind: FormKind::Record(entries), span }) = node.children.last() else { continue };
            let is_shorthand = |entry: &Entry| match entry {
                Entry::Named { name, value, .. } => value.is_symbol(name),
                _ => false,
            };
            if node.children.len() == 2 && !entries.is_empty() && entries.iter().all(is_shorthand) {
                let hint = "a block is written `x => do { … }`";
                self.warn("record-result", "this function makes a record, and nothing uses it", *span, hint);
            }
        }
    }

    /// `(if c a b)`: both forms belong to the branch that is taken if `c` is true.
    pub fn check_two_branches(&mut self, node: &Node, span: Span) {
        let [_, first, second] = &node.children[..] else { return };
        let is_word = |form: &Form| form.as_symbol().is_some_and(|name| matches!(name, "then" | "else" | "elif"));
        if self.source.gene && !is_word(first) && !is_word(second) {
            let hint = "a choice is `(if c a else b)`; two steps are `(if c then a b)`";
            self.warn("if-without-else", "both forms are run if the condition is true", span, hint);
        }
    }
}
