//! Calls, methods, fields, indexes, pipelines.

use super::Lower;
use super::names::Found;
use super::special::method_name;
use crate::tree::{
    Arguments, Call, Expr, ExprKind, Field, FunctionId, Index, Item, MethodCall, RecordItem, SuperCall, Used,
};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, FormKind, Node, Prop, Span};

/// The property `^... record` of a call passes a record's entries as named arguments.
pub(crate) const SPREAD: &str = "...";

/// A call of a function of this module.
pub(crate) struct KnownCall {
    pub function: FunctionId,
    pub positional: usize,
    pub named: Vec<Box<str>>,
    pub span: Span,
}

impl Lower<'_, '_> {
    pub fn call_form(&mut self, node: &Node, span: Span) -> Expr {
        self.call(&node.head, &node.children, &node.props, span)
    }

    /// `(@call f a …)`: a call even if `f` is the name of a special form.
    pub fn explicit_call(&mut self, node: &Node, span: Span) -> Expr {
        match node.children.split_first() {
            Some((callee, arguments)) => self.call(callee, arguments, &node.props, span),
            None => self.wrong_form(node, span, "what to call"),
        }
    }

    fn call(&mut self, callee: &Form, arguments: &[Form], props: &[Prop], span: Span) -> Expr {
        if let Some(name) = callee.as_symbol()
            && let Found::Macro(function) = self.look_up(name)
        {
            self.note_use(Used::Macro(name.into()), callee.span);
            let node = Node { head: callee.clone(), props: props.to_vec(), children: arguments.to_vec() };
            return self.macro_use(name, &function, &node, span);
        }
        if let Some(name) = callee.as_symbol() {
            self.check_callbacks(name, arguments);
        }
        let callee = self.expr(callee);
        let arguments = self.arguments(arguments, props);
        self.note_known_call(&callee, &arguments, span);
        Expr::new(ExprKind::Call(Box::new(Call { callee, arguments })), span)
    }

    pub fn arguments(&mut self, positional: &[Form], props: &[Prop]) -> Arguments {
        let positional = positional.iter().map(|form| self.item(form)).collect();
        if props.iter().any(|prop| &*prop.name == SPREAD) {
            let item = |lower: &mut Self, prop: &Prop| match &*prop.name {
                SPREAD => RecordItem::Spread(lower.expr(&prop.value)),
                _ => RecordItem::Named(prop.name.clone(), lower.expr(&prop.value)),
            };
            let items = props.iter().map(|prop| item(self, prop)).collect();
            let record = Expr::new(ExprKind::Record(items), props[0].value.span);
            return Arguments { positional, named: Vec::new(), record: Some(record) };
        }
        let named = props.iter().map(|prop| (prop.name.clone(), self.expr(&prop.value))).collect();
        Arguments { positional, named, record: None }
    }

    fn note_known_call(&mut self, callee: &Expr, arguments: &Arguments, span: Span) {
        let ExprKind::Variable(variable) = callee.kind else { return };
        let own = self.frames.iter().find(|frame| frame.own == variable).map(|frame| frame.id);
        let Some(function) = own.or_else(|| self.known_function(variable)) else { return };
        if arguments.record.is_some() || arguments.positional.iter().any(|item| matches!(item, Item::Spread(_))) {
            return;
        }
        let named = arguments.named.iter().map(|(name, _)| name.clone()).collect();
        self.known_calls.push(KnownCall { function, positional: arguments.positional.len(), named, span });
    }

    /// `(rec a …)`
    pub fn rec_form(&mut self, node: &Node, span: Span) -> Expr {
        let Some(own) = self.recursive_function(node.head.span) else { return Expr::null(span) };
        let callee = Expr::new(ExprKind::Variable(own), node.head.span);
        let arguments = self.arguments(&node.children, &node.props);
        self.note_known_call(&callee, &arguments, span);
        Expr::new(ExprKind::Call(Box::new(Call { callee, arguments })), span)
    }

    /// `(new P a …)`: calling a class makes an instance.
    pub fn new_form(&mut self, node: &Node, span: Span) -> Expr {
        match node.children.split_first() {
            Some((class, arguments)) => self.call(class, arguments, &node.props, span),
            None => self.wrong_form(node, span, "`(new Class argument …)`"),
        }
    }

    /// `(x .name a …)`
    pub fn dotted_call(&mut self, node: &Node, name: &str, span: Span) -> Expr {
        if node.head.is_symbol("super") {
            return self.super_call(name, &node.children[1..], &node.props, span);
        }
        self.check_callbacks(name, &node.children[1..]);
        let object = self.expr(&node.head);
        let arguments = self.arguments(&node.children[1..], &node.props);
        let place = self.place_of_method(span, node.children[0].span);
        let call = MethodCall { object, name: name.into(), place, arguments, optional: false };
        Expr::new(ExprKind::MethodCall(Box::new(call)), span)
    }

    /// In a chain over several lines, the name of a method: the call's first line may show only the receiver.
    fn place_of_method(&self, call: Span, name: Span) -> Option<Span> {
        let between = self.source.text.get(call.start as usize..name.start as usize)?;
        (between.contains('\n') && name.end > name.start).then_some(name)
    }

    /// The outermost link of a chain of fields, indexes and method calls.
    pub fn link(&mut self, node: &Node, head: &str, span: Span) -> Expr {
        let (expr, optional) = self.link_of_chain(node, head, span);
        if optional { Expr::new(ExprKind::OptionalChain(Box::new(expr)), span) } else { expr }
    }

    /// A link, and whether it or one before it is optional.
    fn link_of_chain(&mut self, node: &Node, head: &str, span: Span) -> (Expr, bool) {
        let optional = head.ends_with('?');
        let head = head.trim_end_matches('?');
        let usage = match head {
            "@field" => "an object and a field's name",
            "@index" => "an object and an index",
            _ => "an object and a method's name",
        };
        let (object, second) = match &node.children[..] {
            [object, _, _, ..] if head == "@index" && !optional => {
                let object = self.expr(object);
                let indexes = node.children[1..].iter().map(|index| Item::Value(self.expr(index))).collect();
                let indexes = Expr::new(ExprKind::List(indexes), span);
                return (Expr::helper("%index_many", vec![object, indexes], span), false);
            }
            [object, second, rest @ ..] if rest.is_empty() || head == "@method" => (object, second),
            _ => return (self.wrong_form(node, span, usage), false),
        };
        if head == "@method" && object.is_symbol("super") {
            let Some(name) = second.as_symbol() else { return (self.wrong_form(node, span, usage), false) };
            return (self.super_call(name, &node.children[2..], &node.props, span), false);
        }
        let (object, inner_optional) = self.chained_object(object);
        let kind = match (head, second.as_symbol()) {
            ("@index", _) => {
                let index = self.expr(second);
                ExprKind::Index(Box::new(Index { object, index, optional }))
            }
            ("@field", Some(name)) => ExprKind::Field(Box::new(Field { object, name: name.into(), optional })),
            ("@method", Some(name)) => {
                self.check_callbacks(name, &node.children[2..]);
                let arguments = self.arguments(&node.children[2..], &node.props);
                let place = self.place_of_method(span, second.span);
                ExprKind::MethodCall(Box::new(MethodCall { object, name: name.into(), place, arguments, optional }))
            }
            _ => return (self.wrong_form(node, span, usage), false),
        };
        (Expr::new(kind, span), optional || inner_optional)
    }

    fn chained_object(&mut self, object: &Form) -> (Expr, bool) {
        const LINKS: [&str; 6] = ["@field", "@field?", "@index", "@index?", "@method", "@method?"];
        if let FormKind::Node(node) = &object.kind
            && let Some(head) = node.head.as_symbol()
            && LINKS.contains(&head)
            && self.depth < super::MAX_DEPTH
        {
            self.depth += 1;
            let before = self.frame().assignments;
            let (mut expr, optional) = self.link_of_chain(node, head, object.span);
            expr.assigns = self.frame().assignments != before;
            self.depth -= 1;
            return (expr, optional);
        }
        (self.expr(object), false)
    }

    fn super_call(&mut self, name: &str, arguments: &[Form], props: &[Prop], span: Span) -> Expr {
        let at = self.frames.iter().rposition(|frame| frame.self_variable.is_some() || frame.class.is_some());
        let context = at.and_then(|at| self.frames[at].class);
        let Some(context) = context else {
            return self.fail(
                Diagnostic::error("`super` outside of a method", span)
                    .hint("`super` calls what the parent of a class defines, from a method of that class"),
            );
        };
        if !context.has_parent {
            return self.fail(
                Diagnostic::error("`super` in a class without a parent", span)
                    .place(self.variable(context.variable).span, "this class")
                    .hint(self.notation(
                        "name a parent: `class Name < Parent { … }`",
                        "name a parent: `(class Name < Parent …)`",
                    )),
            );
        }
        if context.is_static {
            return self.fail(
                Diagnostic::error("`super` in a static method", span).hint("call the parent's method by its class"),
            );
        }
        let self_value = self.self_value(span);
        let class = self.use_variable(context.variable, span);
        let class = Expr::new(ExprKind::Variable(class), span);
        let arguments = self.arguments(arguments, props);
        Expr::new(ExprKind::SuperCall(Box::new(SuperCall { self_value, class, name: name.into(), arguments })), span)
    }

    /// `(-> xs (f a) g (.method b))`: each step gets the value before it as its first argument.
    pub fn pipeline(&mut self, node: &Node, span: Span) -> Expr {
        let Some((first, steps)) = node.children.split_first() else {
            return self.wrong_form(node, span, "`(-> value (function argument …) …)`");
        };
        if steps.len() > super::MAX_DEPTH {
            let message = format!("this pipeline has more than {} steps", super::MAX_DEPTH);
            return self.fail(Diagnostic::error(message, span).hint("name the value halfway with `let`"));
        }
        let mut value = first.clone();
        for step in steps {
            let place = Span::new(first.span.start, step.span.end.max(first.span.end));
            value = match &step.kind {
                FormKind::Node(step) if step.head.as_symbol().is_some_and(|head| head.starts_with('.')) => {
                    let mut children = vec![step.head.clone()];
                    children.extend(step.children.iter().cloned());
                    Form::node_with(value, step.props.clone(), children, place)
                }
                FormKind::Node(step) if method_name(step).is_none() && !self.is_infix(step) => {
                    let mut children = vec![value];
                    children.extend(step.children.iter().cloned());
                    Form::node_with(step.head.clone(), step.props.clone(), children, place)
                }
                FormKind::Symbol(name) if name.starts_with('.') => {
                    Form::node_with(value, Vec::new(), vec![step.clone()], place)
                }
                _ => Form::node_with(step.clone(), Vec::new(), vec![value], place),
            };
        }
        self.expr(&value)
    }

    /// Reports calls with arguments that the function cannot take.
    pub fn check_known_calls(&mut self) {
        for call in std::mem::take(&mut self.known_calls) {
            let Some(function) = &self.functions[call.function.0 as usize] else { continue };
            let Some((problem, place)) = super::failures::wrong_arguments(function, &call) else { continue };
            let signature = function.parameters.signature(&function.name, self.source.gene);
            self.report(Diagnostic::error(problem, call.span).place(place, format!("defined here: {signature}")));
        }
    }
}
