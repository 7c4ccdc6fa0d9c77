//! `(class P < Q member …)`

use super::Lower;
use super::calls::SPREAD;
use super::functions::{ClassContext, FunctionContext, FunctionParts, is_generator_name, plain_name};
use super::parameters::NAMED_ARGUMENTS;
use crate::tree::{
    Assign, Class, ClassFacts, ClassMethod, Expr, ExprKind, FunctionKind, Known, MethodKind, RecordItem, Target,
    VariableId,
};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Entry, Form, FormKind, Node, Prop, Span};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The fields of a class: their names, each once, in the order in which methods set them, and the types that they were
/// declared with.
#[derive(Default)]
pub(crate) struct ClassFields {
    in_order: Vec<Box<str>>,
    known: HashSet<Box<str>>,
    types: HashMap<Box<str>, Form>,
    /// Its declared fields and its methods.
    members: HashSet<Box<str>>,
}

impl ClassFields {
    pub fn type_of(&self, name: &str) -> Option<&Form> {
        self.types.get(name)
    }

    /// Whether objects of the class have a field or method of this name, as far as is known here.
    pub fn has(&self, name: &str) -> bool {
        self.known.contains(name) || self.members.contains(name)
    }

    pub fn add(&mut self, name: &str) {
        if self.known.insert(name.into()) {
            self.in_order.push(name.into());
        }
    }
}

/// Types of a class's fields that name what its scope defines later.
pub(crate) struct LateTypes {
    class: VariableId,
    /// How many scopes are open where the class is defined.
    scope: usize,
    typed: Vec<(Box<str>, Form)>,
    /// The type parameters of the class.
    parameters: Vec<Box<str>>,
    span: Span,
}

/// A field as declared: `(prop name default?)`, with `^type T` and `^static true`.
struct DeclaredField<'a> {
    name: &'a str,
    span: Span,
    default: Option<&'a Form>,
    check: Option<&'a Form>,
    is_static: bool,
}

impl DeclaredField<'_> {
    fn is_set_by_constructor(&self) -> bool {
        self.check.is_some() && self.default.is_none()
    }
}

impl Lower<'_, '_> {
    pub fn class_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &["fields"]);
        let usage = self.notation("`class Name < Parent { … }`", "`(class Name < Parent member …)`");
        let Some((name_form, rest)) = node.children.split_first() else { return self.wrong_form(node, span, usage) };
        let Some(name) = name_form.as_symbol() else { return self.wrong_form(node, span, usage) };
        let (parent, members) = match rest {
            [sign, parent, members @ ..] if sign.is_symbol("<") => (Some(parent), members),
            _ => (None, rest),
        };
        let open = self.type_parameters.len();
        self.open_type_parameters(name, &[]);
        let name = plain_name(name);
        let mut all_members = self.listed_fields(node);
        let members = if all_members.is_empty() {
            members
        } else {
            all_members.extend_from_slice(members);
            &all_members
        };
        let variable = self.declare(name, name_form.span, false);
        let parent_facts = parent.and_then(|parent| self.class_facts(parent));
        let parent = parent.map(|parent| self.class_value(parent));
        // Methods are made after the class, so they see it.
        self.define(variable);
        self.depth += 1;
        let context = ClassContext { variable, has_parent: parent.is_some(), is_static: false };
        let declared = self.declared_fields(members);
        let (statics, fields): (Vec<_>, Vec<_>) = declared.into_iter().partition(|field| field.is_static);
        let typed: Vec<(Box<str>, Form)> =
            fields.iter().filter_map(|field| Some((field.name.into(), field.check?.clone()))).collect();
        let types = typed.iter().cloned().collect();
        let methods = members.iter().filter_map(method_name);
        let members_by_name = fields.iter().map(|field| field.name).chain(methods.clone()).map(Box::from).collect();
        self.check_names_of_methods(members, &methods.collect::<Vec<_>>());
        self.class_fields.push(ClassFields { types, members: members_by_name, ..ClassFields::default() });
        let (methods, fields, constructor_names) = self.members(name, members, &fields, context, span);
        self.depth -= 1;
        let set = self.class_fields.pop().unwrap_or_default().in_order;
        let positional: Vec<Box<str>> = match &constructor_names {
            Some(names) => names.iter().filter(|name| set.contains(name)).cloned().collect(),
            None => fields,
        };
        let facts = match (&constructor_names, &parent, parent_facts) {
            (Some(_), _, _) | (None, None, _) => Some(positional.clone()),
            (None, Some(_), facts) => facts.and_then(|facts| facts.positional.clone()),
        };
        self.know(variable, Known::Class(Rc::new(ClassFacts { name: name.into(), positional: facts })));
        let other_fields = set.into_iter().filter(|field| !positional.contains(field)).collect();
        let class = Class { variable, parent, name: name.into(), positional, other_fields, methods };
        let class = Expr::new(ExprKind::Class(Box::new(class)), span);
        let class = if statics.is_empty() { class } else { self.with_statics(class, variable, &statics) };
        if typed.is_empty() {
            self.type_parameters.truncate(open);
            return class;
        }
        if !typed.iter().all(|(_, kind)| self.is_type_ready(kind)) {
            let parameters = self.type_parameters.split_off(open);
            let scope = self.scopes.len();
            self.late_field_types.push(LateTypes { class: variable, scope, typed, parameters, span });
            return class;
        }
        let types = self.field_types(variable, &typed, span);
        self.type_parameters.truncate(open);
        let value = Expr::new(ExprKind::Variable(variable), span);
        Expr::block(vec![class, types, value], span)
    }

    /// Tells a class at run time which types its fields were declared with, so that every assignment is checked.
    fn field_types(&mut self, class: VariableId, typed: &[(Box<str>, Form)], span: Span) -> Expr {
        let types = typed.iter().map(|(name, kind)| RecordItem::Named(name.clone(), self.type_value(kind))).collect();
        let types = Expr::new(ExprKind::Record(types), span);
        Expr::helper("%field_types", vec![Expr::new(ExprKind::Variable(class), span), types], span)
    }

    /// Whether all names in a type have been defined before this place.
    fn is_type_ready(&self, kind: &Form) -> bool {
        match &kind.kind {
            FormKind::Symbol(name) => !matches!(self.look_up(name), super::names::Found::TooEarly(_)),
            FormKind::List(items) => items.iter().all(|item| self.is_type_ready(item)),
            FormKind::Record(entries) => entries.iter().all(|entry| match entry {
                Entry::Named { value, .. } => self.is_type_ready(value),
                Entry::Computed { .. } | Entry::Spread(_) => true,
            }),
            FormKind::Node(node) => node.children.iter().chain([&node.head]).all(|part| self.is_type_ready(part)),
            _ => true,
        }
    }

    /// The types of fields that waited for a definition of this scope which has come.
    pub fn late_types(&mut self) -> Vec<Expr> {
        let mut ready = Vec::new();
        let scope = self.scopes.len();
        let mut at = 0;
        while at < self.late_field_types.len() {
            let late = &self.late_field_types[at];
            if late.scope == scope && late.typed.iter().all(|(_, kind)| self.is_type_ready(kind)) {
                let LateTypes { class, typed, parameters, span, .. } = self.late_field_types.remove(at);
                let open = self.type_parameters.len();
                self.type_parameters.extend(parameters);
                ready.push(self.field_types(class, &typed, span));
                self.type_parameters.truncate(open);
            } else {
                at += 1;
            }
        }
        ready
    }

    /// `^fields {^x Int}`: the same as a member `(field x: Int)` for each.
    fn listed_fields(&mut self, node: &Node) -> Vec<Form> {
        let Some(listed) = node.prop("fields") else { return Vec::new() };
        let FormKind::Record(entries) = &listed.kind else {
            self.report(
                Diagnostic::error("`^fields` takes a record of names and types", listed.span)
                    .hint("write `^fields {^x Int ^name String}`"),
            );
            return Vec::new();
        };
        let mut fields = Vec::new();
        for entry in entries {
            let Entry::Named { name, name_span, value } = entry else {
                self.report(Diagnostic::error("a field has a name and a type", listed.span));
                continue;
            };
            let name = vec![Form::symbol(name.clone(), *name_span)];
            let props = vec![Prop::new("type", value.clone())];
            fields.push(Form::node_with(Form::symbol("prop", *name_span), props, name, *name_span));
        }
        fields
    }

    /// A class, then its static fields, in order: their values may use the class and the fields before them.
    fn with_statics(&mut self, class: Expr, variable: VariableId, statics: &[DeclaredField]) -> Expr {
        let span = class.span;
        let class_value = |place| Expr::new(ExprKind::Variable(variable), place);
        let mut statements = vec![class];
        for field in statics {
            let value = self.expr(&value_of(field));
            let target = Target::Field { object: class_value(field.span), name: field.name.into() };
            let assign = Assign { checked: true, target, value };
            statements.push(Expr::new(ExprKind::Assign(Box::new(assign)), field.span));
        }
        statements.push(class_value(span));
        Expr::block(statements, span)
    }

    fn class_facts(&self, form: &Form) -> Option<Rc<ClassFacts>> {
        let super::names::Found::Variable(variable) = self.look_up(form.as_symbol()?) else { return None };
        match &self.variable(variable).known {
            Known::Class(facts) => Some(facts.clone()),
            _ => None,
        }
    }

    /// The methods of a class with these fields, its positional fields if it has no constructor, and the constructor's parameters if it
    /// was written.
    #[allow(clippy::type_complexity)] // Named once, used once.
    fn members(
        &mut self,
        class: &str,
        members: &[Form],
        fields: &[DeclaredField],
        context: ClassContext,
        span: Span,
    ) -> (Vec<ClassMethod>, Vec<Box<str>>, Option<Vec<Box<str>>>) {
        let mut methods: Vec<ClassMethod> = Vec::new();
        let mut seen: HashMap<(Box<str>, bool), Span> = HashMap::new();
        let mut constructor = None;
        for member in members {
            let Some(node) = member.as_node() else {
                self.not_a_member(member.span);
                continue;
            };
            let (name, rest) = match (node.head.as_symbol().unwrap_or(""), node.children.split_first()) {
                ("@error" | "prop" | "field", _) => continue,
                ("ctor", _) => ("ctor", &node.children[..]),
                ("method", Some((name, rest))) if name.as_symbol().is_some() => (name.as_symbol().unwrap_or(""), rest),
                _ => {
                    self.not_a_member(member.span);
                    continue;
                }
            };
            self.only_properties(node, &["static", "getter", "async", "generator", "pre", "post"]);
            let flag = |name: &str| node.prop(name).is_some_and(|form| form.kind == FormKind::Bool(true));
            let is_constructor = name == "ctor";
            self.own_methods.names.insert(name.into());
            let kind = match (flag("static"), flag("getter")) {
                (true, _) => MethodKind::Static,
                (false, true) => MethodKind::Getter,
                (false, false) => MethodKind::Method,
            };
            if let Some(first) = seen.insert((name.into(), kind == MethodKind::Static), member.span) {
                self.report(
                    Diagnostic::error(format!("`{class}` has two methods `{name}`"), member.span)
                        .place(Span::at(first.start), "the first one")
                        .hint("rename one of them"),
                );
            }
            let Some(parts) = self.function_parts(format!("{class}.{name}").into(), node, rest, member.span) else {
                continue;
            };
            let body = if is_constructor { Some(with_fields(parts.body, fields, context.has_parent)) } else { None };
            let parts = FunctionParts { body: body.as_deref().unwrap_or(parts.body), ..parts };
            let context = FunctionContext {
                kind: Some(if is_constructor { FunctionKind::Constructor } else { FunctionKind::Method }),
                class: Some(ClassContext { is_static: kind == MethodKind::Static, ..context }),
                asynchronous: flag("async"),
                generator: flag("generator") || is_generator_name(name),
                ..FunctionContext::default()
            };
            let function = self.function(&parts, &context, member.span);
            if is_constructor {
                let written = self.functions[function.0 as usize].as_ref();
                constructor = Some(written.map_or(Vec::new(), |function| function.parameters.names.to_vec()));
            }
            methods.push(ClassMethod { name: name.into(), kind, function });
        }
        if constructor.is_none() && !fields.is_empty() {
            methods.push(self.default_constructor(class, fields, context, span));
        }
        let names = fields.iter().map(|field| field.name.into()).collect();
        (methods, names, constructor)
    }

    fn not_a_member(&mut self, span: Span) {
        let hint = self.notation(
            "members are a constructor `new(x) { … }`, methods `area() { … }` and fields `x = 0`",
            "members are a constructor `(ctor [x] …)`, methods `(method area [] …)` and fields `(field x 0)`",
        );
        self.report(Diagnostic::error("this is not a member of a class", span).hint(hint));
    }

    fn declared_fields<'f>(&mut self, members: &'f [Form]) -> Vec<DeclaredField<'f>> {
        let mut fields: Vec<DeclaredField> = Vec::new();
        for member in members.iter().filter(|member| member.is_node("prop") || member.is_node("field")) {
            let Some(node) = member.as_node() else { continue };
            self.only_properties(node, &["type", "static"]);
            // A type may also stand as in a parameter list: `(prop x: T 0)`.
            let (name, typed, rest) = match node.children.split_first() {
                Some((first, rest)) => match first.as_symbol().map(|name| (name, name.strip_suffix(':'))) {
                    Some((_, Some(name))) if !rest.is_empty() => (name, Some(&rest[0]), &rest[1..]),
                    Some((name, _)) => (name, None, rest),
                    None => ("", None, rest),
                },
                None => ("", None, &[][..]),
            };
            let rest = match rest {
                [sign, rest @ ..] if sign.is_symbol("=") => rest,
                rest => rest,
            };
            if name.is_empty() || rest.len() > 1 {
                self.wrong_form(node, member.span, "`(prop name default)`");
                continue;
            }
            let is_static = node.prop("static").is_some_and(|form| form.kind == FormKind::Bool(true));
            if let Some(first) = fields.iter().find(|field| field.name == name && field.is_static == is_static) {
                let place = first.span;
                self.report(
                    Diagnostic::error(format!("two fields are called `{name}`"), member.span)
                        .place(place, "the first one"),
                );
            }
            let check = node.prop("type").or(typed);
            fields.push(DeclaredField { name, span: member.span, default: rest.first(), check, is_static });
        }
        fields
    }

    /// For a class with fields but without a constructor. Without a parent it takes the fields, by position or name;
    /// with one it passes its arguments on.
    fn default_constructor(
        &mut self,
        class: &str,
        fields: &[DeclaredField],
        context: ClassContext,
        span: Span,
    ) -> ClassMethod {
        let place = Span::at(span.start);
        let symbol = |name: &str| Form::symbol(name, place);
        let (mut parameters, mut body) = (Vec::new(), Vec::new());
        if context.has_parent {
            parameters.push(symbol("arguments..."));
            parameters.push(symbol(NAMED_ARGUMENTS));
            let spread = Form::node("@spread", vec![symbol("arguments")], place);
            let named = vec![Prop::new(SPREAD, symbol(NAMED_ARGUMENTS))];
            let call = vec![symbol("super"), symbol("ctor"), spread];
            let call = Form::node_with(symbol("@method"), named, call, place);
            body = with_fields(&[call], fields, true);
        } else {
            for field in fields {
                match field.check {
                    Some(check) => {
                        parameters.extend([Form::symbol(format!("{}:", field.name), field.span), check.clone()])
                    }
                    None => parameters.push(Form::symbol(field.name, field.span)),
                }
                parameters.push(symbol("="));
                parameters.push(field.default.cloned().unwrap_or(Form::null(field.span)));
                body.push(set_field(field.name, Form::symbol(field.name, field.span), field.span));
            }
        }
        let name = format!("{class}.ctor").into();
        let parts = FunctionParts {
            name,
            parameters: &parameters,
            result_type: None,
            body: &body,
            requires: &[],
            ensures: &[],
        };
        let context = FunctionContext {
            kind: Some(FunctionKind::Constructor),
            class: Some(context),
            ..FunctionContext::default()
        };
        let function = self.function(&parts, &context, span);
        ClassMethod { name: "ctor".into(), kind: MethodKind::Method, function }
    }
}

/// The name of a member that is a method.
fn method_name(member: &Form) -> Option<&str> {
    let node = member.as_node().filter(|node| node.head.is_symbol("method"))?;
    node.children.first()?.as_symbol()
}

/// A constructor's body with the declared fields set: behind its call of the parent's constructor, or first. A field
/// with a type but no value is null until the constructor sets it, so it is checked when that has run.
fn with_fields(body: &[Form], fields: &[DeclaredField], has_parent: bool) -> Vec<Form> {
    let calls_parent = |form: &Form| {
        form.as_node().is_some_and(|node| {
            (node.head.is_symbol("@method")
                && matches!(&node.children[..], [object, name, ..] if object.is_symbol("super") && name.is_symbol("ctor")))
                || (node.head.is_symbol("super") && node.children.first().is_some_and(|name| name.is_symbol(".ctor")))
        })
    };
    let at = if has_parent { body.iter().position(calls_parent).map_or(0, |at| at + 1) } else { 0 };
    let mut forms = body[..at].to_vec();
    for field in fields {
        let value = if field.is_set_by_constructor() { Form::null(field.span) } else { value_of(field) };
        forms.push(set_field(field.name, value, field.span));
    }
    forms.extend_from_slice(&body[at..]);
    for field in fields.iter().filter(|field| field.is_set_by_constructor()) {
        forms.push(checked(field, field_of_self(field.name, field.span)));
    }
    forms
}

/// The value that a field has at first, checked if it has a type.
fn value_of(field: &DeclaredField) -> Form {
    checked(field, field.default.cloned().unwrap_or(Form::null(field.span)))
}

/// A value of a field, checked if the field has a type.
fn checked(field: &DeclaredField, value: Form) -> Form {
    let Some(check) = field.check else { return value };
    let checked = vec![Form::symbol(field.name, field.span), value];
    let props = vec![Prop::new("type", check.clone())];
    let checked = Form::node_with(Form::symbol("let", field.span), props, checked, field.span);
    Form::node("do", vec![checked], field.span)
}

/// `(@initial self/name value)`: an assignment without the check of the field's type.
fn set_field(name: &str, value: Form, span: Span) -> Form {
    Form::node("@initial", vec![field_of_self(name, span), value], span)
}

fn field_of_self(name: &str, span: Span) -> Form {
    Form::node("@field", vec![Form::symbol("self", span), Form::symbol(name, span)], span)
}
