//! Functions: what the one being lowered has around it, and the forms that make one.

use super::Lower;
use crate::tree::{Contract, Expr, ExprKind, Function, FunctionId, FunctionKind, Known, LoopId, Type, VariableId};
use motet_code::FunctionFlags;
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, FormKind, Node, Span};
use std::collections::HashSet;

/// How long a chain of static functions, each using the next, may get: a walk over constants recurses that deep.
const MAX_STATIC_LEVEL: u32 = 64;

/// A function that is being lowered.
pub(crate) struct Frame {
    pub id: FunctionId,
    pub kind: FunctionKind,
    pub own: VariableId,
    pub captures: Vec<VariableId>,
    pub captured: HashSet<VariableId>,
    pub self_variable: Option<VariableId>,
    /// Stands in a record or is assigned to a field, so it becomes a method if it mentions `self`.
    pub may_be_method: bool,
    /// `yield` is allowed.
    pub generator: bool,
    /// The body of a `scope`, which neither `return` nor `yield` leaves.
    pub is_scope: bool,
    /// The form that runs this function on another thread.
    pub sent: Option<&'static str>,
    /// The class whose method this is.
    pub class: Option<ClassContext>,
    pub loops: Vec<OpenLoop>,
    pub next_loop: u32,
    /// Assignments to its own variables so far.
    pub assignments: u32,
    pub level: u32,
}

#[derive(Clone, Copy)]
pub(crate) struct ClassContext {
    pub variable: VariableId,
    pub has_parent: bool,
    pub is_static: bool,
}

/// A loop that encloses what is lowered.
pub(crate) struct OpenLoop {
    pub id: LoopId,
    pub label: Option<Box<str>>,
    /// A `break` with a value was met.
    pub has_value: bool,
}

/// What is said about a function beside its form.
#[derive(Default)]
pub(crate) struct FunctionContext {
    pub kind: Option<FunctionKind>,
    /// The immutable variable that it defines.
    pub bound_to: Option<VariableId>,
    pub may_be_method: bool,
    pub class: Option<ClassContext>,
    pub asynchronous: bool,
    pub generator: bool,
    pub is_scope: bool,
    pub sent: Option<&'static str>,
}

/// The parts of a function form.
pub(crate) struct FunctionParts<'a> {
    pub name: Box<str>,
    pub parameters: &'a [Form],
    pub result_type: Option<&'a Form>,
    pub body: &'a [Form],
    pub requires: &'a [Form],
    pub ensures: &'a [Form],
}

impl Lower<'_, '_> {
    pub fn frame(&self) -> &Frame {
        self.frames.last().expect("lowering happens inside a function")
    }

    pub fn frame_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("lowering happens inside a function")
    }

    pub fn open_function(&mut self, context: &FunctionContext, span: Span) -> FunctionId {
        let id = FunctionId(self.functions.len() as u32);
        self.functions.push(None);
        let own = self.new_variable_of(id, "the function itself", span, false);
        self.variable_mut(own).defined = true;
        let kind = context.kind.unwrap_or(FunctionKind::Plain);
        let mut frame = Frame {
            id,
            kind,
            own,
            captures: Vec::new(),
            captured: HashSet::new(),
            self_variable: None,
            may_be_method: context.may_be_method,
            generator: context.generator,
            is_scope: context.is_scope,
            sent: context.sent,
            class: context.class,
            loops: Vec::new(),
            next_loop: 0,
            assignments: 0,
            level: 0,
        };
        if matches!(kind, FunctionKind::Method | FunctionKind::Constructor) {
            let variable = self.new_variable_of(id, "self", span, false);
            self.variable_mut(variable).defined = true;
            frame.self_variable = Some(variable);
        }
        self.frames.push(frame);
        id
    }

    /// Ends the innermost function and keeps it.
    pub fn close_function(&mut self, mut function: Function) -> FunctionId {
        let frame = self.frames.pop().expect("a function is open");
        function.captures = frame.captures;
        function.self_variable = frame.self_variable;
        function.flags.method = frame.self_variable.is_some();
        function.level = frame.level;
        function.is_static = function.captures.is_empty()
            && !function.flags.method
            && frame.level < MAX_STATIC_LEVEL
            && matches!(function.kind, FunctionKind::Plain);
        let id = frame.id;
        self.functions[id.0 as usize] = Some(function);
        self.order.push(id);
        id
    }

    /// The top level of the module.
    pub fn main_function(&mut self, forms: &[Form]) -> FunctionId {
        let end = self.source.text.len() as u32;
        let span = Span::new(0, end);
        let context = FunctionContext { kind: Some(FunctionKind::Main), ..FunctionContext::default() };
        let id = self.open_function(&context, span);
        let body = self.module_body(forms, span);
        let own = self.frame().own;
        self.close_function(Function {
            name: "main".into(),
            span,
            kind: FunctionKind::Main,
            flags: FunctionFlags::default(),
            parameters: Default::default(),
            parameter_bindings: Vec::new(),
            captures: Vec::new(),
            own,
            self_variable: None,
            requires: Vec::new(),
            ensures: Vec::new(),
            result_type: None,
            result: None,
            body,
            is_static: false,
            level: 0,
        });
        id
    }

    /// `(fn name? [params] -> T? e …)`, also `fn*`.
    pub fn fn_form(&mut self, node: &Node, form: &Form) -> Expr {
        let named = node.children.first().and_then(|first| first.as_symbol().map(|name| (name, first.span)));
        let Some((name, name_span)) = named.map(|(name, span)| (plain_name(name), span)) else {
            return self.function_value(form, FunctionContext::default());
        };
        let variable = self.declare(name, name_span, false);
        let context = FunctionContext { bound_to: Some(variable), ..FunctionContext::default() };
        let value = self.function_value(form, context);
        self.define(variable);
        Expr::new(ExprKind::Define(variable, Box::new(value)), form.span)
    }

    pub fn is_function_form(&self, form: &Form) -> bool {
        ["fn", "fn*"].iter().any(|head| form.is_node(head) && !self.is_bound(head))
    }

    /// The value of a form that is known to make a function.
    pub fn function_value(&mut self, form: &Form, mut context: FunctionContext) -> Expr {
        let node = form.as_node().expect("a function form is a node");
        for prop in &node.props {
            match (&*prop.name, &prop.value.kind) {
                ("async", FormKind::Bool(true)) => context.asynchronous = true,
                ("async", FormKind::Bool(false)) | ("pre" | "post", FormKind::List(_)) => {}
                ("pre" | "post", _) => {
                    self.report(Diagnostic::error(
                        format!("`^{}` takes a list of conditions", prop.name),
                        prop.value.span,
                    ));
                }
                _ => self.unknown_property(node, &prop.name, prop.name_span, &["async", "pre", "post"]),
            }
        }
        context.generator |= node.head.is_symbol("fn*");
        let (name, rest) = match node.children.split_first() {
            Some((first, rest)) if first.as_symbol().is_some() => (first.as_symbol().unwrap_or(""), rest),
            _ => ("", &node.children[..]),
        };
        let open = self.type_parameters.len();
        let rest = self.open_type_parameters(name, rest);
        let name = plain_name(name);
        // A star at the end of a name says that the function is a generator.
        context.generator |= is_generator_name(name);
        let name: Box<str> = match (name, context.bound_to) {
            ("", Some(variable)) => self.variable(variable).name.clone(),
            _ => name.into(),
        };
        let parts = self.function_parts(name, node, rest, form.span);
        let id = parts.map(|parts| self.function(&parts, &context, form.span));
        self.type_parameters.truncate(open);
        let Some(id) = id else { return Expr::null(form.span) };
        Expr::new(ExprKind::Function(id), form.span)
    }

    /// Opens the type parameters of `name:T` or `name: [T U]`; gives what follows the name.
    pub fn open_type_parameters<'f>(&mut self, name: &str, rest: &'f [Form]) -> &'f [Form] {
        let Some((_, written)) = name.split_once(':') else { return rest };
        if !written.is_empty() {
            self.type_parameters.extend(written.split(':').map(Box::from));
            return rest;
        }
        let Some((Form { kind: FormKind::List(listed), .. }, after)) = rest.split_first() else { return rest };
        self.type_parameters.extend(listed.iter().filter_map(Form::as_symbol).map(Box::from));
        after
    }

    /// Splits what follows a function's name.
    pub fn function_parts<'a>(
        &mut self,
        name: Box<str>,
        node: &'a Node,
        rest: &'a [Form],
        span: Span,
    ) -> Option<FunctionParts<'a>> {
        let Some((Form { kind: FormKind::List(parameters), .. }, rest)) = rest.split_first() else {
            self.report(
                Diagnostic::error("a function needs its parameters in square brackets", span)
                    .hint("write `(fn name [a b] …)`"),
            );
            return None;
        };
        let (result_type, body) = match rest {
            [arrow, result, body @ ..] if arrow.is_symbol("->") => (Some(result), body),
            _ => (None, rest),
        };
        let contract = |name: &str| match node.prop(name).map(|form| &form.kind) {
            Some(FormKind::List(conditions)) => &conditions[..],
            _ => &[],
        };
        let (requires, ensures) = (contract("pre"), contract("post"));
        Some(FunctionParts { name, parameters, result_type, body, requires, ensures })
    }

    pub fn function(&mut self, parts: &FunctionParts, context: &FunctionContext, span: Span) -> FunctionId {
        let id = self.open_function(context, span);
        // Functions take more of the stack than other forms.
        self.depth += 1;
        if let Some(variable) = context.bound_to
            && !self.variable(variable).mutable
            && !self.is_of_session(variable)
        {
            self.variable_mut(variable).known = Known::Function(id);
        }
        if !parts.name.is_empty() {
            let own = self.frame().own;
            self.variable_mut(own).name = parts.name.clone();
        }
        self.open_scope();
        // A name that no variable outside stands for is visible inside the function.
        if context.bound_to.is_none() && !parts.name.is_empty() && context.kind.is_none() {
            let own = self.frame().own;
            self.bind(&parts.name, super::scopes::Meaning::Variable(own));
        }
        let (parameters, parameter_bindings) = self.parameters(parts.parameters);
        let requires = self.contracts(parts.requires);
        let result_type: Option<Type> = parts.result_type.map(|form| self.type_of(form));
        let result = (!parts.ensures.is_empty()).then(|| {
            self.open_scope();
            self.define_new("result", span, false)
        });
        let ensures = self.contracts(parts.ensures);
        if result.is_some() {
            self.close_scope();
        }
        let body = self.block(parts.body, span);
        self.close_scope();
        self.depth -= 1;
        let own = self.frame().own;
        let flags = FunctionFlags {
            generator: context.generator,
            asynchronous: context.asynchronous,
            constructor: context.kind == Some(FunctionKind::Constructor),
            ..FunctionFlags::default()
        };
        self.close_function(Function {
            name: parts.name.clone(),
            span,
            kind: context.kind.unwrap_or(FunctionKind::Plain),
            flags,
            parameters,
            parameter_bindings,
            captures: Vec::new(),
            own,
            self_variable: None,
            requires,
            ensures,
            result_type,
            result,
            body,
            is_static: false,
            level: 0,
        })
    }

    fn contracts(&mut self, conditions: &[Form]) -> Vec<Contract> {
        let lower = |condition: &Form| {
            let text = self.text(condition.span);
            Contract { condition: self.scoped(condition), text }
        };
        conditions.iter().map(lower).collect()
    }

    /// A closure without parameters over forms that are not evaluated where they stand.
    pub fn thunk(&mut self, body: &[Form], name: &str, mut context: FunctionContext, span: Span) -> Expr {
        context.kind = Some(FunctionKind::Thunk);
        let parts =
            FunctionParts { name: name.into(), parameters: &[], result_type: None, body, requires: &[], ensures: &[] };
        let id = self.function(&parts, &context, span);
        Expr::new(ExprKind::Function(id), span)
    }
}

/// Whether a function of this name is a generator: `(fn g* [n] …)`.
pub(crate) fn is_generator_name(name: &str) -> bool {
    name.strip_suffix('*').is_some_and(|name| !name.is_empty() && !name.ends_with('*'))
}

/// A name without the type parameters behind it: `id:T` defines `id`.
pub(crate) fn plain_name(name: &str) -> &str {
    name.split_once(':').map(|(name, _)| name).filter(|name| !name.is_empty()).unwrap_or(name)
}
