//! Statements, blocks and control flow.

use super::Printer;
use super::expression::is_interpolated;
use super::function::are_parameters;
use crate::form::{Form, FormKind, Node, Prop};

impl<'f> Printer<'f> {
    pub(super) fn statement(&mut self, form: &'f Form) {
        let written = match form.as_node() {
            Some(node) => match node.head.as_symbol() {
                Some(head) => self.statement_node(head, node, form),
                None => false,
            },
            None => false,
        };
        if !written {
            self.expression(form);
        }
    }

    /// What stands only where a statement begins. Whether it was such a thing.
    fn statement_node(&mut self, head: &'f str, node: &'f Node, form: &'f Form) -> bool {
        let plain = node.props.is_empty();
        match (head, &node.children[..]) {
            ("let" | "var", [pattern, value]) => {
                let declared = match &node.props[..] {
                    [] => None,
                    [Prop { name, value, .. }] if &**name == "type" => Some(value),
                    _ => return false,
                };
                // A binding of a literal is an error.
                if !matches!(pattern.kind, FormKind::Symbol(_) | FormKind::List(_) | FormKind::Record(_)) {
                    self.is_inexact(form.span);
                }
                self.push(if head == "let" { "let " } else { "mut " });
                self.pattern(pattern);
                if let Some(declared) = declared {
                    self.push(": ");
                    self.type_form(declared);
                }
                self.push(" = ");
                self.expression(value);
                true
            }
            ("import", names) if plain => self.import(names),
            ("export", [declaration]) if plain && is_declaration(declaration) => {
                self.push("export ");
                self.statement(declaration);
                true
            }
            ("export", names) if plain => self.export(names),
            ("type", [name, declared]) if plain && name.as_symbol().is_some() => {
                self.push("type ");
                self.name(name.as_symbol().unwrap_or_default(), name.span);
                self.push(" = ");
                self.type_form(declared);
                true
            }
            ("enum", [name, cases @ ..]) if plain && name.as_symbol().is_some() && cases.iter().all(is_case) => {
                self.push("enum ");
                self.name(name.as_symbol().unwrap_or_default(), name.span);
                self.push(" ");
                self.lines(cases, Self::enum_case);
                true
            }
            ("test" | "bench", [title, body @ ..]) if plain && is_title(title) => {
                self.push(&format!("{head} "));
                self.expression(title);
                self.push(" ");
                self.block(body);
                true
            }
            ("while" | "for" | "loop", _) => match &node.props[..] {
                [Prop { name, value: Form { kind: FormKind::Symbol(label), .. }, .. }]
                    if &**name == "name" && crate::soc::token::is_plain_name(label) =>
                {
                    let (length, inexact) = (self.out.len(), self.inexact);
                    self.push(label);
                    self.push(": ");
                    self.labels.push(label);
                    let written = self.loop_form(head, node);
                    self.labels.pop();
                    if !written {
                        self.out.truncate(length);
                        self.inexact = inexact;
                    }
                    written
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn import(&mut self, names: &'f [Form]) -> bool {
        match names {
            [from, path] if from.is_symbol("from") && is_text(path) => {
                self.push("import ");
                self.expression(path);
                true
            }
            [star, word, name, from, path]
                if star.is_symbol("*") && word.is_symbol("as") && from.is_symbol("from") && is_text(path) =>
            {
                let Some(name_text) = name.as_symbol() else { return false };
                self.push("import * as ");
                self.name(name_text, name.span);
                self.push(" from ");
                self.expression(path);
                true
            }
            [names @ .., from, path] if from.is_symbol("from") && is_text(path) && are_imported(names) => {
                self.push("import ");
                self.imported_names(names);
                self.push(" from ");
                self.expression(path);
                true
            }
            _ => false,
        }
    }

    fn export(&mut self, names: &'f [Form]) -> bool {
        let (names, path) = match names {
            [names @ .., from, path] if from.is_symbol("from") && is_text(path) => (names, Some(path)),
            names => (names, None),
        };
        if !are_imported(names) {
            return false;
        }
        self.push("export ");
        self.imported_names(names);
        if let Some(path) = path {
            self.push(" from ");
            self.expression(path);
        }
        true
    }

    fn imported_names(&mut self, names: &'f [Form]) {
        self.push("{");
        self.separated(names, |printer, name| {
            let text = name.as_symbol().unwrap_or_default();
            match text.split_once(':') {
                Some((name_text, new_name)) => {
                    printer.name(name_text, name.span);
                    printer.push(" as ");
                    printer.name(new_name, name.span);
                }
                None => printer.name(text, name.span),
            }
        });
        self.push("}");
    }

    fn enum_case(&mut self, case: &'f Form) {
        match (&case.kind, case.as_node()) {
            (FormKind::Symbol(name), _) => self.name(name, case.span),
            (_, Some(node)) => {
                self.name(node.head.as_symbol().unwrap_or_default(), node.head.span);
                self.parameters(&node.children);
            }
            _ => {}
        }
    }

    pub(super) fn block(&mut self, forms: &'f [Form]) {
        self.lines(forms, Self::statement);
    }

    /// What begins with a word of its own and can be an operand. Whether it was such a thing.
    pub(super) fn construct(&mut self, head: &'f str, node: &'f Node, form: &'f Form) -> bool {
        let plain = node.props.is_empty();
        match (head, &node.children[..]) {
            ("do" | "generate" | "scope" | "hold", body) if plain => {
                self.push(head);
                self.push(" ");
                self.block(body);
                true
            }
            ("if", parts) if plain => self.condition(parts),
            ("while" | "for" | "loop", _) if plain => self.loop_form(head, node),
            ("match", [value, arms @ ..]) if plain && arms.iter().all(is_match_arm) => {
                self.push("match ");
                self.before_brace(value);
                self.push(" ");
                self.lines(arms, Self::match_arm);
                true
            }
            ("select", arms) if plain && arms.iter().all(is_select_arm) => {
                self.push("select ");
                self.lines(arms, Self::select_arm);
                true
            }
            ("try", parts) if plain => self.try_form(parts),
            ("class", _) => self.class(node),
            ("return" | "yield", []) if plain => {
                self.push(head);
                true
            }
            ("return" | "throw" | "yield" | "yield*", [value]) if plain => {
                self.push(head);
                self.push(" ");
                self.expression(value);
                true
            }
            ("break" | "continue", value) => self.jump_from_loop(head, node, value, form),
            _ => false,
        }
    }

    fn jump_from_loop(&mut self, head: &str, node: &'f Node, value: &'f [Form], form: &'f Form) -> bool {
        let label = match &node.props[..] {
            [] => None,
            [Prop { name, value: Form { kind: FormKind::Symbol(label), .. }, .. }] if &**name == "from" => Some(label),
            _ => return false,
        };
        if value.len() > usize::from(head == "break") {
            return false;
        }
        self.push(head);
        if let Some(label) = label {
            self.push(" ");
            self.push(label);
            let is_plain = crate::soc::token::is_plain_name(label);
            if !is_plain || head == "break" && !self.labels.contains(&&**label) {
                self.is_inexact(form.span);
            }
        }
        if let [value] = value {
            // A name that is also a label would be taken for the label.
            self.push(" ");
            if label.is_none() && begins_with_name(value) {
                self.push("(");
                self.expression(value);
                self.push(")");
            } else {
                self.expression(value);
            }
        }
        true
    }

    /// `if`, its branches one form each.
    fn condition(&mut self, parts: &'f [Form]) -> bool {
        let [condition, body, rest @ ..] = parts else { return false };
        let branches_fit = {
            let mut rest = rest;
            loop {
                match rest {
                    [] => break true,
                    [word, _] if word.is_symbol("else") => break true,
                    [word, _, _, more @ ..] if word.is_symbol("elif") => rest = more,
                    _ => break false,
                }
            }
        };
        let is_keyword = |form: &Form| form.is_symbol("else") || form.is_symbol("elif");
        if !branches_fit || is_keyword(body) {
            return false;
        }
        self.push("if (");
        self.expression(condition);
        self.push(") ");
        self.body(body);
        let mut rest = rest;
        while let [word, more @ ..] = rest {
            self.push(" else ");
            rest = match more {
                [condition, body, more @ ..] if word.is_symbol("elif") => {
                    self.push("if (");
                    self.expression(condition);
                    self.push(") ");
                    self.body(body);
                    more
                }
                [body, more @ ..] => {
                    self.body(body);
                    more
                }
                [] => more,
            };
        }
        true
    }

    /// A branch: a block for `do`, else the form, in parentheses unless it ends where it seems to.
    fn body(&mut self, form: &'f Form) {
        match form.as_node() {
            Some(node) if node.head.is_symbol("do") && node.props.is_empty() => {
                self.nested(form, |printer| printer.block(&node.children));
            }
            Some(node) if matches!(node.head.as_symbol(), Some("let" | "var")) && node.children.len() == 2 => {
                self.statement(form);
            }
            _ => {
                self.push("(");
                self.expression(form);
                self.push(")");
            }
        }
    }

    fn loop_form(&mut self, head: &str, node: &'f Node) -> bool {
        let body = match (head, &node.children[..]) {
            ("loop", body) => {
                self.push("loop ");
                body
            }
            ("while", [condition, body @ ..]) => {
                self.push("while (");
                self.expression(condition);
                self.push(") ");
                body
            }
            ("for", children) => {
                let (variables, rest) = match children {
                    [x, word, rest @ ..] if word.is_symbol("in") && !x.is_symbol("in") => {
                        (std::slice::from_ref(x), rest)
                    }
                    [_, x, word, rest @ ..] if word.is_symbol("in") && !x.is_symbol("in") => (&children[..2], rest),
                    _ => return false,
                };
                let [collection, body @ ..] = rest else { return false };
                self.push("for (");
                self.separated(variables, Self::pattern);
                self.push(" in ");
                self.expression(collection);
                self.push(") ");
                body
            }
            _ => return false,
        };
        self.block(body);
        true
    }

    fn match_arm(&mut self, arm: &'f Form) {
        let Some(node) = arm.as_node() else { return };
        self.whole_pattern(&node.head);
        if let [guard] = &node.props[..] {
            self.push(" if (");
            self.expression(&guard.value);
            self.push(")");
        }
        self.push(" => ");
        self.expression(&node.children[0]);
    }

    fn select_arm(&mut self, arm: &'f Form) {
        let Some(node) = arm.as_node() else { return };
        match (&node.props[..], &node.children[..]) {
            ([otherwise], [_]) if &*otherwise.name == "else" => self.push("else"),
            ([name], [source, _]) => {
                self.name(name.value.as_symbol().unwrap_or_default(), name.name_span);
                self.push(" = ");
                self.before_brace(source);
            }
            (_, [source, _]) => self.before_brace(source),
            _ => {}
        }
        self.push(" => ");
        if let Some(body) = node.children.last() {
            self.expression(body);
        }
    }

    fn try_form(&mut self, parts: &'f [Form]) -> bool {
        let is_clause = |form: &Form| form.is_node("catch") || form.is_node("finally");
        let body = parts.iter().position(is_clause).unwrap_or(parts.len());
        let (body, clauses) = parts.split_at(body);
        let Some((last, earlier)) = clauses.split_last() else { return false };
        let finally_last = last.as_node().is_some_and(|node| node.head.is_symbol("finally") && node.props.is_empty());
        if !(finally_last || is_catch(last)) || !earlier.iter().all(is_catch) {
            return false;
        }
        self.push("try ");
        self.block(body);
        for clause in clauses {
            let Some(node) = clause.as_node() else { continue };
            if node.head.is_symbol("finally") {
                self.push(" finally ");
            } else {
                self.push(" catch ");
                if let Some(name) = node.prop("as") {
                    self.push("(");
                    self.name(name.as_symbol().unwrap_or_default(), name.span);
                    if let Some(class) = node.prop("class") {
                        self.push(": ");
                        self.type_form(class);
                    }
                    self.push(") ");
                }
            }
            self.block(&node.children);
        }
        true
    }
}

/// Whether the text of the form may begin with a name.
fn begins_with_name(form: &Form) -> bool {
    matches!(form.kind, FormKind::Symbol(_) | FormKind::Node(_))
}

fn is_text(form: &Form) -> bool {
    matches!(form.kind, FormKind::Str(_))
}

fn is_title(form: &Form) -> bool {
    is_text(form)
        || form
            .as_node()
            .is_some_and(|it| it.head.is_symbol("@str") && it.props.is_empty() && is_interpolated(&it.children))
}

/// What `export` can stand before.
fn is_declaration(form: &Form) -> bool {
    let Some(node) = form.as_node() else { return false };
    match node.head.as_symbol() {
        Some("let" | "var" | "type") => node.children.len() == 2,
        Some("class" | "enum") => true,
        Some("fn" | "fn*") => node.children.first().is_some_and(|name| name.as_symbol().is_some()),
        _ => false,
    }
}

fn are_imported(names: &[Form]) -> bool {
    names.iter().all(|name| {
        name.as_symbol().is_some_and(|name| {
            let colons = name.matches(':').count();
            colons == 0 || colons == 1 && !name.starts_with(':') && !name.ends_with(':')
        })
    })
}

fn is_case(case: &Form) -> bool {
    match &case.kind {
        FormKind::Symbol(_) => true,
        FormKind::Node(node) => {
            node.head.as_symbol().is_some() && node.props.is_empty() && are_parameters(&node.children)
        }
        _ => false,
    }
}

fn is_match_arm(arm: &Form) -> bool {
    arm.as_node().is_some_and(|node| {
        node.children.len() == 1 && (node.props.is_empty() || node.props.len() == 1 && &*node.props[0].name == "if")
    })
}

fn is_select_arm(arm: &Form) -> bool {
    let Some(node) = arm.as_node().filter(|node| node.head.is_symbol("arm")) else { return false };
    match (&node.props[..], node.children.len()) {
        ([], 2) => true,
        ([prop], 2) => &*prop.name == "as" && prop.value.as_symbol().is_some(),
        ([prop], 1) => &*prop.name == "else" && prop.value.kind == FormKind::Bool(true),
        _ => false,
    }
}

fn is_catch(form: &Form) -> bool {
    let Some(node) = form.as_node().filter(|node| node.head.is_symbol("catch")) else { return false };
    match &node.props[..] {
        [] => true,
        [name] => &*name.name == "as" && name.value.as_symbol().is_some(),
        [class, name] => &*class.name == "class" && &*name.name == "as" && name.value.as_symbol().is_some(),
        _ => false,
    }
}
