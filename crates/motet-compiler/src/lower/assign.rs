//! Definitions by `let` and `var`, and assignments.

use super::Lower;
use super::classes::ClassFields;
use super::functions::FunctionContext;
use super::names::Found;
use super::special::compound;
use crate::tree::{
    Assign, Check, CompoundAssign, Destructure, Expr, ExprKind, FunctionKind, Item, Known, Pattern, PatternKind, Rest,
    Target, Type, Used,
};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Entry, Form, FormKind, Node, Span};

/// What a type is of, for messages, and the type.
type DeclaredType = (Box<str>, Form);

impl Lower<'_, '_> {
    /// `(let pattern e)`, `(var pattern e)`, with `^type T`.
    pub fn let_form(&mut self, node: &Node, mutable: bool, span: Span) -> Expr {
        self.only_properties(node, &["type"]);
        // `.gene` also writes `(let x: T value)`.
        if let [name, kind, value] = &node.children[..]
            && let Some(text) = name.as_symbol().and_then(|text| text.strip_suffix(':')).filter(|text| !text.is_empty())
        {
            let target = Form::symbol(text, Span::new(name.span.start, name.span.end.saturating_sub(1)));
            let props = vec![motet_syntax::form::Prop::new("type", kind.clone())];
            let typed = Node { head: node.head.clone(), props, children: vec![target, value.clone()] };
            return self.let_form(&typed, mutable, span);
        }
        if let Some(target) = node.children.first().filter(|_| self.source.gene)
            && is_list_of_bindings(target)
        {
            let hint = "write one `(let x 1)` for each; they are seen to the end of the block";
            let message = "`let` binds one name, or takes one value apart";
            return self.fail(Diagnostic::error(message, target.span).hint(hint));
        }
        let type_form = node.prop("type");
        let check = type_form.map(|form| self.type_of(form));
        let (target, value) = match &node.children[..] {
            [target, value] => (target, Some(value)),
            // `(var x)`: null until it is assigned.
            [target] if mutable && target.as_symbol().is_some() => (target, None),
            _ => return self.wrong_form(node, span, "`(let name value)`"),
        };
        let Some(name) = target.as_symbol().filter(|name| *name != "_") else {
            let mut value = self.optional(value, span);
            if let Some(check) = check {
                let what = self.text(target.span);
                value = Expr::new(ExprKind::Check(Box::new(Check { value, check, what })), span);
            }
            return self.destructure(target, value, mutable, span);
        };
        let holds_pairs = !mutable && value.is_some_and(|value| self.gives_pairs(value) && !is_matrix(value));
        let variable = self.declare(name, target.span, mutable);
        let mut value = match value {
            Some(value) if self.is_function_form(value) && !mutable => {
                let context = FunctionContext { bound_to: Some(variable), ..FunctionContext::default() };
                self.function_value(value, context)
            }
            value => self.optional(value, span),
        };
        if let Some(check) = check {
            value = Expr::new(ExprKind::Check(Box::new(Check { value, check, what: name.into() })), span);
        }
        if let Some(form) = type_form.filter(|_| mutable) {
            self.variable_types.insert(variable, form.clone());
        }
        self.define(variable);
        if holds_pairs {
            self.know(variable, Known::Pairs);
        }
        Expr::new(ExprKind::Define(variable, Box::new(value)), span)
    }

    pub fn destructure(&mut self, target: &Form, value: Expr, mutable: bool, span: Span) -> Expr {
        let pattern = self.binding_pattern(target, mutable);
        let text = self.text(target.span);
        Expr::new(ExprKind::Destructure(Box::new(Destructure { pattern, value, text })), span)
    }

    /// `(= target e)`
    pub fn assignment(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let [target, value] = &node.children[..] else {
            return self.wrong_form(node, span, "`target = value`");
        };
        if matches!(target.kind, FormKind::List(_) | FormKind::Record(_)) {
            return self.pattern_assignment(target, value, span);
        }
        let declared_type = self.declared_type(target);
        let checked = declared_type.is_some();
        self.assignment_to(target, value, declared_type, checked, span)
    }

    /// `(@initial self/name e)`: what a field has before the constructor's own code runs, which was checked already.
    pub fn initial_field(&mut self, node: &Node, span: Span) -> Expr {
        let [target, value] = &node.children[..] else { return Expr::null(span) };
        self.assignment_to(target, value, None, true, span)
    }

    fn assignment_to(
        &mut self,
        target: &Form,
        value: &Form,
        declared_type: Option<DeclaredType>,
        checked: bool,
        span: Span,
    ) -> Expr {
        let Some(target_place) = self.target(target) else {
            // The value's errors are reported, too.
            self.expr(value);
            return Expr::null(span);
        };
        let mut value = match target_place {
            Target::Field { .. } => self.field_value(value),
            _ => self.expr(value),
        };
        if let Some((what, form)) = declared_type {
            // What is wrong is this assignment, not the declaration.
            let check = Type { span, ..self.type_of(&form) };
            value = Expr::new(ExprKind::Check(Box::new(Check { value, check, what })), span);
        }
        self.note_assignment(&target_place);
        Expr::new(ExprKind::Assign(Box::new(Assign { checked, target: target_place, value })), span)
    }

    /// `(+= target e)` and its like.
    pub fn compound_assignment(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let head = node.head.as_symbol().unwrap_or("");
        let Some(operation) = compound(head) else { return Expr::null(span) };
        let [target, value] = &node.children[..] else {
            return self.wrong_form(node, span, &format!("`target {head} value`"));
        };
        if let Some(declared_type) = self.declared_type(target) {
            // A variable or a field of self: reading it twice does nothing twice.
            let operator = head.strip_suffix('=').unwrap_or(head);
            let whole = Form::node(operator, vec![target.clone(), value.clone()], span);
            return self.assignment_to(target, &whole, Some(declared_type), true, span);
        }
        let target = self.target(target);
        let value = self.expr(value);
        let Some(target) = target else { return Expr::null(span) };
        self.note_assignment(&target);
        Expr::new(ExprKind::CompoundAssign(Box::new(CompoundAssign { operation, target, value })), span)
    }

    fn note_assignment(&mut self, target: &Target) {
        if let Target::Variable(variable) = target
            && self.variable(*variable).owner == self.frame().id
        {
            self.frame_mut().assignments += 1;
        }
    }

    fn target(&mut self, form: &Form) -> Option<Target> {
        match &form.kind {
            FormKind::Symbol(name) => self.variable_target(name, form.span).map(Target::Variable),
            FormKind::Node(node) if node.head.is_symbol("@field") && node.children.len() == 2 => {
                let name = node.children[1].as_symbol()?;
                self.note_field_of_self(&node.children[0], name);
                self.own_methods.names.insert(name.into());
                let object = self.expr(&node.children[0]);
                Some(Target::Field { object, name: name.into() })
            }
            FormKind::Node(node) if node.head.is_symbol("@index") && node.children.len() == 2 => {
                let object = self.expr(&node.children[0]);
                let index = self.expr(&node.children[1]);
                Some(Target::Index { object, index })
            }
            // `m[i, j] = v` sets an element of the list `m[i]`.
            FormKind::Node(node) if node.head.is_symbol("@index") && node.children.len() > 2 => {
                let [whole, before @ .., last] = &node.children[..] else { return None };
                let whole = self.expr(whole);
                let before = before.iter().map(|index| Item::Value(self.expr(index))).collect();
                let before = Expr::new(ExprKind::List(before), form.span);
                let object = Expr::helper("%index_place", vec![whole, before], form.span);
                let index = self.expr(last);
                Some(Target::Index { object, index })
            }
            FormKind::Node(node) if node.head.is_symbol("@error") => None,
            FormKind::Node(node) if node.head.is_symbol("@field?") || node.head.is_symbol("@index?") => {
                self.report(
                    Diagnostic::error("an optional field cannot be assigned", form.span)
                        .hint("test the object first: `if (x != null) { x.field = … }`"),
                );
                None
            }
            _ => {
                self.report(
                    Diagnostic::error("this cannot be assigned", form.span).hint(
                        "a variable, a field `x.name`, an index `x[i]` or a list of such can; equality is `a == b`",
                    ),
                );
                None
            }
        }
    }

    fn variable_target(&mut self, name: &str, span: Span) -> Option<crate::tree::VariableId> {
        match self.look_up(name) {
            Found::Variable(variable) => {
                let found = self.variable(variable);
                if !found.mutable {
                    let (place, parameter) = (found.span, self.is_parameter_place(found.span));
                    let hint = if parameter {
                        format!("bind it again: `mut {name} = {name}`")
                    } else if self.source.gene {
                        format!("declare it with `(var {name} …)`")
                    } else {
                        format!("declare it with `mut {name} = …`")
                    };
                    self.report(
                        Diagnostic::error(format!("`{name}` is immutable and cannot be assigned"), span)
                            .place(place, "defined here")
                            .hint(hint),
                    );
                    return None;
                }
                self.note_use(Used::Assigned(variable), span);
                let used = self.use_variable(variable, span);
                self.variable_mut(used).assigned = true;
                Some(used)
            }
            Found::TooEarly(variable) => {
                let place = self.variable(variable).span;
                self.report(
                    Diagnostic::error(format!("`{name}` is assigned before it is defined"), span)
                        .place(place, "defined here")
                        .hint("move the definition up"),
                );
                None
            }
            Found::Extern => {
                let hint = match self.member_hint(name) {
                    Some(hint) => hint,
                    None => format!("define a variable of your own: `mut {name} = …`"),
                };
                self.report(
                    Diagnostic::error(format!("`{name}` is a builtin and cannot be assigned"), span).hint(hint),
                );
                None
            }
            Found::Macro(_) => {
                self.report(Diagnostic::error(format!("`{name}` is a macro and cannot be assigned"), span));
                None
            }
            Found::Nothing => {
                self.unknown_name(name, span);
                if let Some(last) = self.diagnostics.last_mut()
                    && last.hint.is_none()
                {
                    let hint = if self.source.gene {
                        format!("to define it, write `(var {name} …)`")
                    } else {
                        format!("to define it, write `let {name} = …` or `mut {name} = …`")
                    };
                    last.hint = Some(hint);
                }
                None
            }
        }
    }

    /// Whether a definition's place is not that of a `let`, as far as its text tells.
    fn is_parameter_place(&self, span: Span) -> bool {
        let before = self.source.text.get(..span.start as usize).unwrap_or("").trim_end();
        // `let [a, b]` and the like: nothing but names and brackets stand between.
        let apart = |c: char| !(c.is_alphanumeric() || "_,[{:. ".contains(c));
        let statement = before.rsplit(apart).next().unwrap_or("").trim_start();
        !["let", "for", "var"].iter().any(|word| before.ends_with(word) || statement.starts_with(&format!("{word} ")))
    }

    /// The type that the declaration of this variable, or of this field of self, gives it, with the name for messages.
    fn declared_type(&self, target: &Form) -> Option<DeclaredType> {
        if let Some(name) = target.as_symbol() {
            let Found::Variable(variable) = self.look_up(name) else { return None };
            return Some((name.into(), self.variable_types.get(&variable)?.clone()));
        }
        let node = target.as_node().filter(|node| node.head.is_symbol("@field"))?;
        let [object, name] = &node.children[..] else { return None };
        let name = name.as_symbol()?;
        let fields = self.fields_of_self(object)?;
        Some((name.into(), fields.type_of(name)?.clone()))
    }

    /// The fields of the class whose method this is, if the object is that method's self.
    fn fields_of_self(&self, object: &Form) -> Option<&ClassFields> {
        if !object.is_symbol("self") || self.is_bound("self") {
            return None;
        }
        let with_self = self.frames.iter().rev().find(|frame| frame.self_variable.is_some())?;
        let is_method = matches!(with_self.kind, FunctionKind::Method | FunctionKind::Constructor)
            && with_self.class.is_some_and(|class| !class.is_static);
        if is_method { self.class_fields.last() } else { None }
    }

    /// Methods that set fields of self tell the class which fields it has.
    fn note_field_of_self(&mut self, object: &Form, name: &str) {
        if self.fields_of_self(object).is_some()
            && let Some(fields) = self.class_fields.last_mut()
        {
            fields.add(name);
        }
    }

    /// `[a, b] = [b, a]`: the parts go to hidden variables first, then to their targets from left to right.
    fn pattern_assignment(&mut self, target: &Form, value: &Form, span: Span) -> Expr {
        self.open_scope();
        if let (FormKind::List(targets), FormKind::List(values)) = (&target.kind, &value.kind)
            && targets.len() == values.len()
            && targets.iter().chain(values).all(is_plain_element)
        {
            return self.parallel_assignment(targets, values, span);
        }
        let value = self.expr(value);
        let mut targets = Vec::new();
        let pattern = self.assigned_pattern(target, &mut targets);
        let text = self.text(target.span);
        let whole = self.hidden_variable("value", span);
        let keep = Expr::new(ExprKind::Define(whole, Box::new(value)), span);
        let read = Expr::new(ExprKind::Variable(whole), span);
        let destructure = ExprKind::Destructure(Box::new(Destructure { pattern, value: read, text }));
        let mut statements = vec![keep, Expr::new(destructure, span)];
        for (target, variable) in targets {
            let place = target.span;
            let Some(target) = self.target(target) else { continue };
            self.note_assignment(&target);
            let value = Expr::new(ExprKind::Variable(variable), place);
            let assign = Assign { checked: false, target, value };
            statements.push(Expr::new(ExprKind::Assign(Box::new(assign)), place));
        }
        statements.push(Expr::new(ExprKind::Variable(whole), span));
        let mut block = self.finish_block(statements, span);
        block.assigns = true;
        block
    }

    /// The same where both sides are written out: no list is made unless its value is used.
    fn parallel_assignment(&mut self, targets: &[Form], values: &[Form], span: Span) -> Expr {
        let mut statements = Vec::new();
        let mut parts = Vec::new();
        for value in values {
            let variable = self.hidden_variable("part", value.span);
            let value = self.boxed(value);
            parts.push((variable, value.span));
            statements.push(Expr::new(ExprKind::Define(variable, value), span));
        }
        let read = |(variable, span): (crate::tree::VariableId, Span)| Expr::new(ExprKind::Variable(variable), span);
        for (target, part) in targets.iter().zip(&parts) {
            if target.is_symbol("_") {
                continue;
            }
            let Some(place) = self.target(target) else { continue };
            self.note_assignment(&place);
            let assign = Assign { checked: false, target: place, value: read(*part) };
            statements.push(Expr::new(ExprKind::Assign(Box::new(assign)), target.span));
        }
        let items = parts.into_iter().map(|part| crate::tree::Item::Value(read(part))).collect();
        statements.push(Expr::new(ExprKind::List(items), span));
        let mut block = self.finish_block(statements, span);
        block.assigns = true;
        block
    }

    fn assigned_pattern<'f>(
        &mut self,
        form: &'f Form,
        targets: &mut Vec<(&'f Form, crate::tree::VariableId)>,
    ) -> Pattern {
        let kind = match &form.kind {
            FormKind::List(items) => {
                let mut elements = Vec::new();
                let mut rest = Rest::None;
                for (at, item) in items.iter().enumerate() {
                    if let Some(target) = spread_target(item) {
                        if at + 1 != items.len() {
                            self.report(Diagnostic::error("`...` takes the rest, so it comes last", item.span));
                        }
                        let variable = self.hidden_variable("rest", item.span);
                        targets.push((target, variable));
                        rest = Rest::Bound(variable);
                        continue;
                    }
                    let pattern = self.assigned_pattern(item, targets);
                    elements.push(crate::tree::Element { pattern, default: None });
                }
                PatternKind::List { elements, rest }
            }
            FormKind::Record(entries) => {
                let mut fields = Vec::new();
                for entry in entries {
                    match entry {
                        Entry::Named { name, value, .. } => {
                            let pattern = self.assigned_pattern(value, targets);
                            let name = name.clone();
                            fields.push(crate::tree::FieldPattern { name, certain: false, pattern, default: None });
                        }
                        Entry::Computed { key: form, .. } | Entry::Spread(form) => {
                            self.report(Diagnostic::error(
                                "only named fields can be assigned from a record",
                                form.span,
                            ));
                        }
                    }
                }
                PatternKind::Record { fields, rest: None }
            }
            FormKind::Symbol(name) if &**name == "_" => PatternKind::Wildcard,
            _ => {
                let variable = self.hidden_variable("part", form.span);
                targets.push((form, variable));
                PatternKind::Bind(variable)
            }
        };
        Pattern::new(kind, form.span)
    }
}

/// Neither a spread nor a pattern inside the pattern.
fn is_plain_element(form: &Form) -> bool {
    match &form.kind {
        FormKind::List(_) | FormKind::Record(_) => false,
        FormKind::Symbol(name) => !name.ends_with("..."),
        FormKind::Node(node) => !node.head.is_symbol("@spread"),
        _ => true,
    }
}

fn spread_target(form: &Form) -> Option<&Form> {
    let node = form.as_node()?;
    (node.head.is_symbol("@spread")).then(|| node.children.first())?
}

/// `[x 1 y 2]` or `((x 1) (y 2))`: what `let` takes in other languages of parentheses.
fn is_list_of_bindings(target: &Form) -> bool {
    let is_name = |form: &Form| form.as_symbol().is_some_and(|name| name.starts_with(char::is_lowercase));
    let is_value = |form: &Form| form.as_symbol().is_none() && !matches!(form.kind, FormKind::List(_));
    match &target.kind {
        FormKind::List(items) if !items.is_empty() && items.len() % 2 == 0 => {
            items.chunks(2).all(|pair| is_name(&pair[0]) && is_value(&pair[1]))
        }
        FormKind::Node(node) => std::iter::once(&node.head).chain(&node.children).all(|binding| {
            binding.as_node().is_some_and(|binding| is_name(&binding.head) && binding.children.len() == 1)
        }),
        _ => false,
    }
}

/// Lists of lists whose first elements are no names: more likely rows of numbers than pairs.
fn is_matrix(form: &Form) -> bool {
    let FormKind::List(rows) = &form.kind else { return false };
    rows.iter().any(|row| !matches!(&row.kind, FormKind::List(parts) if matches!(parts[0].kind, FormKind::Str(_))))
}
