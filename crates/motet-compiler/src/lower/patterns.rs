//! Patterns of `let`, parameters, loops and `match`.

use super::Lower;
use super::names::Found;
use super::scopes::Meaning;
use crate::tree::{Element, ExprKind, FieldPattern, Known, Pattern, PatternKind, RangeParts, Rest, VariableId};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Entry, Form, FormKind, Node, Span};
use motet_syntax::typed::{has_type, with_types};
use std::collections::HashMap;

/// What the names of one pattern are bound to.
struct Names {
    mutable: bool,
    /// The names bound so far, with their places.
    bound: HashMap<Box<str>, (VariableId, Span)>,
    /// In the second and later alternatives of an or-pattern: the variables of the first.
    given: Option<HashMap<Box<str>, (VariableId, Span)>>,
    /// A definition may have been announced; match arms and the like bind anew.
    announced: bool,
}

impl Lower<'_, '_> {
    /// A pattern of `let`, `var` or a loop. Its variables are defined in the innermost scope.
    pub fn binding_pattern(&mut self, form: &Form, mutable: bool) -> Pattern {
        self.whole_pattern(form, mutable, true)
    }

    /// The pattern of an arm.
    pub fn arm_pattern(&mut self, form: &Form) -> Pattern {
        self.whole_pattern(form, false, false)
    }

    pub fn parameter_pattern(&mut self, form: &Form) -> Pattern {
        self.whole_pattern(form, false, false)
    }

    fn whole_pattern(&mut self, form: &Form, mutable: bool, announced: bool) -> Pattern {
        let mut names = Names { mutable, bound: HashMap::new(), given: None, announced };
        self.pattern(form, &mut names)
    }

    fn bind_name(&mut self, name: &str, span: Span, names: &mut Names) -> VariableId {
        if let Some((variable, first)) = names.bound.get(name).copied() {
            self.report(
                Diagnostic::error(format!("this pattern binds `{name}` twice"), span)
                    .place(first, "the first one")
                    .hint("rename one of them, or compare them in a guard"),
            );
            return variable;
        }
        let variable = match &names.given {
            Some(given) => match given.get(name) {
                Some((variable, _)) => *variable,
                None => {
                    self.report(
                        Diagnostic::error(format!("`{name}` is bound in only some of these alternatives"), span)
                            .hint("every alternative binds the same names"),
                    );
                    self.new_variable(name, span, names.mutable)
                }
            },
            None if names.announced => self.declare(name, span, names.mutable),
            None => {
                let variable = self.new_variable(name, span, names.mutable);
                self.bind(name, Meaning::Variable(variable));
                variable
            }
        };
        names.bound.insert(name.into(), (variable, span));
        // Defaults further on in the pattern see it.
        self.define(variable);
        variable
    }

    fn pattern(&mut self, form: &Form, names: &mut Names) -> Pattern {
        if self.depth >= super::MAX_DEPTH {
            self.report(Diagnostic::error("this pattern is nested too deep", form.span));
            return Pattern::new(PatternKind::Wildcard, form.span);
        }
        self.depth += 1;
        let kind = match &form.kind {
            FormKind::Symbol(name) => self.name_pattern(name, form, names),
            FormKind::List(items) => self.list_pattern(items, names),
            FormKind::Record(entries) => self.record_pattern(entries, names),
            FormKind::Node(node) => self.node_pattern(node, form, names),
            _ => PatternKind::Equal(self.expr(form)),
        };
        self.depth -= 1;
        Pattern::new(kind, form.span)
    }

    fn name_pattern(&mut self, name: &str, form: &Form, names: &mut Names) -> PatternKind {
        if name == "_" {
            PatternKind::Wildcard
        } else if has_type(form) {
            self.report(
                Diagnostic::error(format!("expected a type behind `{name}`"), form.span)
                    .hint(format!("a name with a type is `{name} Int`")),
            );
            PatternKind::Wildcard
        } else if name.starts_with(char::is_uppercase) {
            self.found_pattern(form)
        } else {
            PatternKind::Bind(self.bind_name(name, form.span, names))
        }
    }

    fn list_pattern(&mut self, items: &[Form], names: &mut Names) -> PatternKind {
        let items = with_types(items);
        let mut elements: Vec<Element> = Vec::new();
        let mut rest = Rest::None;
        let mut at = 0;
        while let Some(item) = items.get(at) {
            at += 1;
            let spread = item.as_symbol().and_then(|name| name.strip_suffix("..."));
            if let Some(name) = spread {
                rest = match name {
                    "" | "_" => Rest::Ignored,
                    name => Rest::Bound(self.bind_name(name, item.span, names)),
                };
                if at != items.len() {
                    self.report(
                        Diagnostic::error("`...` takes the rest, so it comes last", item.span)
                            .hint("match the end of a list by its length or with a guard"),
                    );
                    break;
                }
                continue;
            }
            let pattern = self.pattern(item, names);
            let default = if items.get(at).is_some_and(|next| next.is_symbol("=")) {
                at += 2;
                items.get(at - 1).map(|form| self.scoped(form))
            } else {
                None
            };
            if default.is_none() && elements.last().is_some_and(|element| element.default.is_some()) {
                self.report(
                    Diagnostic::error("an element without a default after one with a default", item.span)
                        .hint("give it a default, too"),
                );
            }
            elements.push(Element { pattern, default });
        }
        PatternKind::List { elements, rest }
    }

    fn record_pattern(&mut self, entries: &[Entry], names: &mut Names) -> PatternKind {
        let mut fields = Vec::new();
        let mut rest = None;
        for entry in entries {
            match entry {
                Entry::Named { name, value, .. } => fields.push(self.field_pattern(name, value, names)),
                Entry::Spread(form) => match form.as_symbol() {
                    Some("_") => {}
                    Some(name) => rest = Some(self.bind_name(name, form.span, names)),
                    None => self.report(Diagnostic::error("the rest of a record is bound to a name", form.span)),
                },
                Entry::Computed { key, .. } => {
                    self.report(Diagnostic::error("a record pattern names its fields", key.span));
                }
            }
        }
        PatternKind::Record { fields, rest }
    }

    /// `name p`, where `(= p e)` has a default.
    fn field_pattern(&mut self, name: &str, value: &Form, names: &mut Names) -> FieldPattern {
        let (pattern, default) = match value.as_node() {
            Some(node) if node.head.is_symbol("=") && node.children.len() == 2 => {
                (&node.children[0], Some(&node.children[1]))
            }
            _ => (value, None),
        };
        let pattern = self.pattern(pattern, names);
        let default = default.map(|form| self.scoped(form));
        FieldPattern { name: name.into(), certain: false, pattern, default }
    }

    fn node_pattern(&mut self, node: &Node, form: &Form, names: &mut Names) -> PatternKind {
        let head = node.head.as_symbol().unwrap_or("");
        if self.is_infix(node) {
            if let Some(prefix) = motet_syntax::infix::normalize(node)
                && let Some(node) = prefix.as_node()
            {
                return self.node_pattern(node, form, names);
            }
            return PatternKind::Equal(self.expr(form));
        }
        match (head, &node.children[..]) {
            ("@error", _) => PatternKind::Wildcard,
            ("-", [_]) | ("quote", [_]) => PatternKind::Equal(self.expr(form)),
            (".." | "..=", _) => match self.range_parts(node, head == "..=") {
                Some(RangeParts { step: Some(step), .. }) => {
                    self.report(Diagnostic::error("a range in a pattern has no step", step.span));
                    PatternKind::Wildcard
                }
                Some(parts) => PatternKind::Range(Box::new(parts)),
                None => PatternKind::Equal(self.wrong_form(node, form.span, self.notation("`a..b`", "`(a .. b)`"))),
            },
            ("|", [_, ..]) => self.or_pattern(&node.children, names),
            (":", [pattern, check]) => {
                let pattern = self.pattern(pattern, names);
                PatternKind::Typed(Box::new(pattern), Box::new(self.type_of(check)))
            }
            ("as", [pattern, name]) if name.as_symbol().is_some() => {
                let pattern = self.pattern(pattern, names);
                let name_text = name.as_symbol().unwrap_or("_");
                PatternKind::As(Box::new(pattern), self.bind_name(name_text, name.span, names))
            }
            ("@field", _) => self.found_pattern(form),
            ("@str", parts) if parts.iter().all(|part| matches!(part.kind, FormKind::Str(_))) => {
                PatternKind::Equal(self.expr(form))
            }
            _ if node.head.is_node("@field") || head.starts_with(char::is_uppercase) => {
                self.class_pattern(node, form, names)
            }
            _ => {
                self.report(
                    Diagnostic::error("this is not a pattern", form.span)
                        .hint("patterns are names, literals, ranges, lists, records, and classes with their fields"),
                );
                PatternKind::Wildcard
            }
        }
    }

    fn or_pattern(&mut self, alternatives: &[Form], names: &mut Names) -> PatternKind {
        let mut patterns = Vec::new();
        let mut first: Option<HashMap<Box<str>, (VariableId, Span)>> = None;
        for alternative in alternatives {
            let given = first.clone().or_else(|| names.given.clone());
            let mut inner = Names { mutable: names.mutable, bound: HashMap::new(), given, announced: names.announced };
            patterns.push(self.pattern(alternative, &mut inner));
            match &first {
                None => first = Some(inner.bound),
                Some(first) => {
                    let missing = first.iter().filter(|(name, _)| !inner.bound.contains_key(*name));
                    let missing: Vec<(Box<str>, Span)> =
                        missing.map(|(name, (_, span))| (name.clone(), *span)).collect();
                    for (name, span) in missing {
                        self.report(
                            Diagnostic::error(format!("this alternative does not bind `{name}`"), alternative.span)
                                .place(span, "bound here")
                                .hint("every alternative binds the same names"),
                        );
                    }
                }
            }
        }
        for (name, (variable, span)) in first.unwrap_or_default() {
            if let Some((_, earlier)) = names.bound.insert(name.clone(), (variable, span)) {
                self.report(
                    Diagnostic::error(format!("this pattern binds `{name}` twice"), span)
                        .place(earlier, "the first one")
                        .hint("rename one of them, or compare them in a guard"),
                );
            }
        }
        PatternKind::Or(patterns)
    }

    /// A name that is looked up: a case without fields is compared, of anything else the VM decides.
    fn found_pattern(&mut self, form: &Form) -> PatternKind {
        let found = self.expr(form);
        match self.case_fields(form) {
            Some((_, fields)) if fields.is_empty() => PatternKind::Equal(found),
            _ => PatternKind::Found(found),
        }
    }

    /// The case of an enum of this module that `(@field Shape Circle)` or `Circle` names: its name and its fields.
    fn case_fields(&self, form: &Form) -> Option<(Box<str>, Vec<Box<str>>)> {
        if let Some(name) = form.as_symbol() {
            let Found::Variable(variable) = self.look_up(name) else { return None };
            let Known::Case(facts, at) = &self.variable(variable).known else { return None };
            let case = facts.cases.get(*at)?;
            return Some((format!("{}.{}", facts.name, case.name).into(), case.fields.clone()));
        }
        let node = form.as_node().filter(|node| node.head.is_symbol("@field"))?;
        let [owner, case] = &node.children[..] else { return None };
        let Found::Variable(variable) = self.look_up(owner.as_symbol()?) else { return None };
        let Known::Enum(facts) = &self.variable(variable).known else { return None };
        let case = case.as_symbol()?;
        let found = facts.cases.iter().find(|found| *found.name == *case)?;
        Some((format!("{}.{}", facts.name, found.name).into(), found.fields.clone()))
    }

    /// The fields that positions stand for, if the class or case is known.
    fn known_fields(&self, head: &Form) -> Option<(Box<str>, Vec<Box<str>>)> {
        if let Some(found) = self.case_fields(head) {
            return Some(found);
        }
        let Found::Variable(variable) = self.look_up(head.as_symbol()?) else { return None };
        match &self.variable(variable).known {
            Known::Class(facts) => Some((facts.name.clone(), facts.positional.clone()?)),
            _ => None,
        }
    }

    /// `(Point x y)`, `(Point ^x a)`
    fn class_pattern(&mut self, node: &Node, form: &Form, names: &mut Names) -> PatternKind {
        let class = self.boxed(&node.head);
        let known = if matches!(class.kind, ExprKind::Null) { None } else { self.known_fields(&node.head) };
        let mut named = Vec::new();
        let mut positional = Vec::new();
        let children = with_types(&node.children);
        match known {
            Some((name, fields)) if !children.is_empty() => {
                if fields.len() != children.len() {
                    let listed: Vec<&str> = fields.iter().map(|field| &**field).collect();
                    let (wanted, given) = (fields.len(), children.len());
                    self.report(
                        Diagnostic::error(
                            format!(
                                "`{name}` has {wanted} positional field{}, but this pattern has {given}",
                                if wanted == 1 { "" } else { "s" }
                            ),
                            form.span,
                        )
                        .hint(format!("its fields are: {}", listed.join(", "))),
                    );
                }
                for (field, pattern) in fields.iter().zip(&children) {
                    let mut field = self.field_pattern(field, pattern, names);
                    field.certain = true;
                    named.push(field);
                }
            }
            _ => positional = children.iter().map(|child| self.pattern(child, names)).collect(),
        }
        for prop in &node.props {
            named.push(self.field_pattern(&prop.name, &prop.value, names));
        }
        PatternKind::Class { class, positional, named }
    }
}
