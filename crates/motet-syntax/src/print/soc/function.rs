//! Functions, methods and classes.

use super::Printer;
use crate::form::{Form, FormKind, Node, Prop};

/// The parts of a function behind its head.
pub(super) struct Signature<'f> {
    pub(super) name: Option<&'f Form>,
    parameters: &'f [Form],
    result: Option<&'f Form>,
    body: &'f [Form],
}

impl<'f> Signature<'f> {
    pub(super) fn of(children: &'f [Form]) -> Option<Signature<'f>> {
        let (name, rest) = match children {
            [name, rest @ ..] if name.as_symbol().is_some() => (Some(name), rest),
            _ => (None, children),
        };
        let [Form { kind: FormKind::List(parameters), .. }, rest @ ..] = rest else { return None };
        match rest {
            [arrow, result, body @ ..] if arrow.is_symbol("->") => {
                Some(Signature { name, parameters, result: Some(result), body })
            }
            _ => Some(Signature { name, parameters, result: None, body: rest }),
        }
    }
}

impl<'f> Printer<'f> {
    /// `fn` and `fn*`. Whether it was one.
    pub(super) fn function_like(&mut self, head: &str, node: &'f Node) -> bool {
        if !matches!(head, "fn" | "fn*") {
            return false;
        }
        let Some(signature) = Signature::of(&node.children).filter(|it| are_parameters(it.parameters)) else {
            return false;
        };
        let (asynchronous, contracts) = match &node.props[..] {
            [Prop { name, value, .. }, rest @ ..] if &**name == "async" && value.kind == FormKind::Bool(true) => {
                (true, rest)
            }
            props => (false, props),
        };
        if !are_contracts(contracts) {
            return false;
        }
        if asynchronous {
            self.push("async ");
        }
        match (&signature, head) {
            (Signature { name: None, body: [body], .. }, "fn") if contracts.is_empty() => {
                self.parameters(signature.parameters);
                self.result(signature.result);
                self.push(" => ");
                self.expression(body);
            }
            _ => {
                self.push(head);
                if let Some(name) = signature.name {
                    self.push(" ");
                    self.name(name.as_symbol().unwrap_or_default(), name.span);
                }
                self.signature(&signature, contracts);
            }
        }
        true
    }

    /// From the parameters to the end of the body.
    fn signature(&mut self, signature: &Signature<'f>, contracts: &'f [Prop]) {
        self.parameters(signature.parameters);
        self.result(signature.result);
        for Prop { name, value, .. } in contracts {
            self.push(if &**name == "pre" { " requires " } else { " ensures " });
            if let FormKind::List(conditions) = &value.kind {
                self.separated(conditions, Self::before_brace);
            }
        }
        self.push(" ");
        self.block(signature.body);
    }

    fn result(&mut self, result: Option<&'f Form>) {
        if let Some(result) = result {
            self.push(": ");
            self.type_form(result);
        }
    }

    /// `(a, b = 1, x: T, *, k = 2, ...rest)` from the flat list.
    pub(super) fn parameters(&mut self, parameters: &'f [Form]) {
        self.push("(");
        let mut index = 0;
        while index < parameters.len() {
            if index > 0 {
                self.push(", ");
            }
            let parameter = &parameters[index];
            index += 1;
            match parameter.as_symbol() {
                Some("^") => self.push("*"),
                Some(name) if name.ends_with("...") => {
                    self.rest(name, parameter);
                    continue;
                }
                Some(name) if is_typed(name) && index < parameters.len() => {
                    self.name(&name[..name.len() - 1], parameter.span);
                    self.push(": ");
                    self.type_form(&parameters[index]);
                    index += 1;
                }
                Some(name) => self.name(name, parameter.span),
                None => self.pattern(parameter),
            }
            if parameters.get(index).is_some_and(|next| next.is_symbol("=")) {
                self.push(" = ");
                self.expression(&parameters[index + 1]);
                index += 2;
            }
        }
        self.push(")");
    }

    pub(super) fn rest(&mut self, name: &str, form: &Form) {
        self.push("...");
        let name = name.strip_suffix("...").unwrap_or(name);
        if !name.is_empty() {
            self.name(name, form.span);
        }
    }

    /// The class from its name on. Whether it could be written.
    pub(super) fn class(&mut self, node: &'f Node) -> bool {
        let (parent, members) = match &node.children[..] {
            [_, less, parent, members @ ..] if less.is_symbol("<") => (Some(parent), members),
            [_, members @ ..] => (None, members),
            [] => return false,
        };
        let Some(name) = node.children[0].as_symbol() else { return false };
        if !node.props.is_empty() || parent.is_some_and(|it| !is_dotted_name(it)) || !members.iter().all(is_member) {
            return false;
        }
        self.push("class ");
        self.name(name, node.children[0].span);
        if let Some(parent) = parent {
            self.push(" < ");
            self.dotted_name(parent);
        }
        self.push(" ");
        self.lines(members, Self::member);
        true
    }

    fn member(&mut self, member: &'f Form) {
        let Some(node) = member.as_node() else { return };
        if node.head.is_symbol("prop") {
            return self.property(node);
        }
        let Some(signature) = Signature::of(&node.children) else { return };
        let modifiers = node.props.iter().take_while(|prop| modifier(prop).is_some()).count();
        for prop in &node.props[..modifiers] {
            self.push(modifier(prop).unwrap_or_default());
        }
        match signature.name {
            Some(name) => self.field_name(name.as_symbol().unwrap_or_default(), name.span),
            None => self.push("new"),
        }
        self.signature(&signature, &node.props[modifiers..]);
    }

    fn property(&mut self, node: &'f Node) {
        for prop in &node.props {
            if &*prop.name == "static" {
                self.push("static ");
            }
        }
        let name = &node.children[0];
        self.field_name(name.as_symbol().unwrap_or_default(), name.span);
        if let Some(declared) = node.prop("type") {
            self.push(": ");
            self.type_form(declared);
        }
        if let Some(default) = node.children.get(1) {
            self.push(" = ");
            self.expression(default);
        }
    }

    pub(super) fn dotted_name(&mut self, form: &'f Form) {
        match (&form.kind, form.as_node()) {
            (FormKind::Symbol(name), _) => self.name(name, form.span),
            (_, Some(node)) => {
                self.dotted_name(&node.children[0]);
                self.push(".");
                self.name(node.children[1].as_symbol().unwrap_or_default(), form.span);
            }
            _ => {}
        }
    }
}

/// `P`, or `shapes.P`.
pub(super) fn is_dotted_name(form: &Form) -> bool {
    match &form.kind {
        FormKind::Symbol(name) => !matches!(&**name, "Infinity" | "NaN"),
        FormKind::Node(node) => {
            node.head.is_symbol("@field")
                && node.props.is_empty()
                && matches!(&node.children[..], [base, name] if is_dotted_name(base) && name.as_symbol().is_some())
        }
        _ => false,
    }
}

/// `x:` says that the next form is the type of `x`.
fn is_typed(name: &str) -> bool {
    name.len() > 1 && name.ends_with(':')
}

/// Whether a flat list holds parameters that can be written.
pub(super) fn are_parameters(parameters: &[Form]) -> bool {
    let mut index = 0;
    while index < parameters.len() {
        let parameter = &parameters[index];
        index += 1;
        let takes_default = match parameter.as_symbol() {
            Some("=" | ":") => return false,
            Some("^") => false,
            Some(name) if name.ends_with("...") => false,
            Some(name) if is_typed(name) => {
                index += 1;
                if index > parameters.len() {
                    return false;
                }
                true
            }
            Some(_) => true,
            None => matches!(parameter.kind, FormKind::List(_) | FormKind::Record(_)),
        };
        if !takes_default && parameter.as_symbol().is_none() {
            return false;
        }
        if parameters.get(index).is_some_and(|next| next.is_symbol("=")) {
            index += 2;
            if !takes_default || index > parameters.len() {
                return false;
            }
        }
    }
    true
}

/// `^pre` and `^post`, each at most once and with conditions.
fn are_contracts(props: &[Prop]) -> bool {
    props.iter().all(|prop| {
        matches!(&*prop.name, "pre" | "post") && matches!(&prop.value.kind, FormKind::List(items) if !items.is_empty())
    })
}

fn modifier(prop: &Prop) -> Option<&'static str> {
    if prop.value.kind != FormKind::Bool(true) {
        return None;
    }
    match &*prop.name {
        "static" => Some("static "),
        "getter" => Some("get "),
        "async" => Some("async "),
        "generator" => Some("*"),
        _ => None,
    }
}

fn is_member(member: &Form) -> bool {
    let Some(node) = member.as_node() else { return false };
    let modifiers = node.props.iter().take_while(|prop| modifier(prop).is_some()).count();
    let signature = || Signature::of(&node.children).filter(|it| are_parameters(it.parameters));
    match node.head.as_symbol() {
        Some("ctor") => signature().is_some_and(|it| it.name.is_none()) && are_contracts(&node.props),
        Some("method") => {
            let is_constructor = |name: &Form| name.is_symbol("new") && modifiers == 0;
            signature().is_some_and(|it| it.name.is_some_and(|name| !is_constructor(name)))
                && are_contracts(&node.props[modifiers..])
        }
        Some("prop") => {
            let props_fit = match &node.props[..] {
                [] => true,
                [only] => &*only.name == "type" || modifier(only) == Some("static "),
                [first, second] => modifier(first) == Some("static ") && &*second.name == "type",
                _ => false,
            };
            props_fit && matches!(&node.children[..], [name] | [name, _] if name.as_symbol().is_some())
        }
        _ => false,
    }
}
