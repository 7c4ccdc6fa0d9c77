//! Parameter lists: `[a b = 1 x: Int rest... ^ key [p q]]`.

use super::Lower;
use crate::tree::{Parameter, Type, VariableId};
use motet_code::{NamedParameter, Parameters};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, FormKind, Span};
use std::collections::HashMap;

/// Each parameter has a register.
const MAX_PARAMETERS: usize = 10_000;

/// The parameter that stands for all named arguments that no other parameter takes, as a record. Only the compiler makes it.
pub(crate) const NAMED_ARGUMENTS: &str = "@named";

/// A parameter as written.
struct Written<'a> {
    form: &'a Form,
    name: Option<&'a str>,
    check: Option<&'a Form>,
    default: Option<&'a Form>,
    rest: bool,
    named: bool,
}

impl Lower<'_, '_> {
    pub fn parameters(&mut self, forms: &[Form]) -> (Parameters, Vec<Parameter>) {
        let mut written = self.read_parameters(forms);
        // Registers: positional ones, the rest list, then those that are only given by name.
        written.sort_by_key(|parameter| {
            let named = parameter.named && !parameter.rest;
            (named, parameter.rest, parameter.name == Some(NAMED_ARGUMENTS))
        });
        self.check_order(&written);
        if let Some(excess) = written.get(MAX_PARAMETERS) {
            self.report(
                Diagnostic::error(format!("a function has at most {MAX_PARAMETERS} parameters"), excess.form.span)
                    .hint("take a list or a record"),
            );
            written.truncate(MAX_PARAMETERS);
        }
        let mut parameters = Parameters::default();
        let (mut names, mut named): (Vec<Box<str>>, Vec<NamedParameter>) = (Vec::new(), Vec::new());
        let mut bindings = Vec::new();
        let mut seen: HashMap<Box<str>, Span> = HashMap::new();
        for (position, parameter) in written.iter().enumerate() {
            let name: Box<str> = match parameter.name {
                Some(name) => name.into(),
                None => format!("argument {}", position + 1).into(),
            };
            if let Some(first) = seen.insert(name.clone(), parameter.form.span)
                && &*name != "_"
            {
                self.report(
                    Diagnostic::error(format!("two parameters are called `{name}`"), parameter.form.span)
                        .place(first, "the first one")
                        .hint("rename one of them"),
                );
            }
            bindings.push(self.parameter(parameter, &name));
            if parameter.rest {
                parameters.rest = Some(name);
            } else if &*name == NAMED_ARGUMENTS {
                parameters.takes_named = true;
            } else if parameter.named {
                named.push(NamedParameter { name, required: parameter.default.is_none() });
            } else {
                if parameter.default.is_none() {
                    parameters.required += 1;
                }
                names.push(name);
            }
        }
        parameters.names = names.into();
        parameters.named = named.into();
        (parameters, bindings)
    }

    fn read_parameters<'f>(&mut self, forms: &'f [Form]) -> Vec<Written<'f>> {
        let mut written = Vec::new();
        let mut named = false;
        let mut at = 0;
        while let Some(form) = forms.get(at) {
            at += 1;
            let mut parameter = Written { form, name: None, check: None, default: None, rest: false, named };
            match &form.kind {
                FormKind::Symbol(name) if &**name == "^" => {
                    named = true;
                    continue;
                }
                FormKind::Symbol(name) if matches!(&**name, "&" | "&rest" | "&optional" | "." | "*") => {
                    self.report(
                        Diagnostic::error(format!("`{name}` is no parameter"), form.span)
                            .hint("what is left over is `rest...`; what may be left out has a default: `b = 1`"),
                    );
                    continue;
                }
                FormKind::Symbol(name) if name.ends_with("...") => {
                    parameter.rest = true;
                    parameter.name = Some(name.trim_end_matches("...")).filter(|name| !name.is_empty()).or(Some("_"));
                }
                FormKind::Symbol(name) if name.len() > 1 && name.ends_with(':') => {
                    parameter.name = name.strip_suffix(':');
                    let rest = parameter.name.and_then(|name| name.strip_suffix("..."));
                    if rest.is_some() {
                        (parameter.rest, parameter.name) = (true, rest);
                    }
                    parameter.check = forms.get(at);
                    at += 1;
                    if parameter.check.is_none() {
                        self.report(Diagnostic::error("a type is missing after this name", form.span));
                    }
                }
                FormKind::Symbol(name) => parameter.name = Some(name),
                FormKind::List(_) | FormKind::Record(_) => {}
                _ => {
                    self.report(
                        Diagnostic::error("this cannot be a parameter", form.span)
                            .hint("a parameter is a name, a name with a default, or a list or record pattern"),
                    );
                    continue;
                }
            }
            if forms.get(at).is_some_and(|next| next.is_symbol("=")) {
                parameter.default = forms.get(at + 1);
                if parameter.default.is_none() {
                    self.report(Diagnostic::error("a default is missing after `=`", forms[at].span));
                }
                at += 2;
            }
            // What stands behind the rest can only be given by name.
            named |= parameter.rest;
            written.push(parameter);
        }
        written
    }

    fn check_order(&mut self, written: &[Written]) {
        let mut default = None;
        let mut rest: Option<&Written> = None;
        for parameter in written.iter().filter(|parameter| parameter.rest) {
            if let Some(first) = rest {
                self.report(
                    Diagnostic::error("a function has one rest parameter", parameter.form.span)
                        .place(first.form.span, "the first one"),
                );
            }
            rest = rest.or(Some(parameter));
        }
        for parameter in written.iter().filter(|parameter| !parameter.named && !parameter.rest) {
            if parameter.default.is_some() {
                default = Some(parameter.form.span);
            } else if let Some(first) = default {
                self.report(
                    Diagnostic::error("a parameter without a default after one with a default", parameter.form.span)
                        .place(first, "this one may be left out")
                        .hint("give it a default, or move it to the front"),
                );
            }
        }
    }

    fn parameter(&mut self, written: &Written, name: &str) -> Parameter {
        let span = written.form.span;
        let variable: VariableId = match written.name {
            // Nothing can name it, but it has a register.
            Some("_") | None => self.new_variable(name, span, false),
            Some(name) => self.new_parameter(name, span),
        };
        let default = written.default.map(|form| self.scoped(form));
        let check: Option<Type> = written.check.map(|form| Type { span: span.to(form.span), ..self.type_of(form) });
        self.define(variable);
        let pattern = written.name.is_none().then(|| self.parameter_pattern(written.form));
        Parameter { variable, default, check, pattern }
    }

    /// A parameter is visible to the defaults behind its own.
    fn new_parameter(&mut self, name: &str, span: Span) -> VariableId {
        let variable = self.new_variable(name, span, false);
        self.bind(name, super::scopes::Meaning::Variable(variable));
        variable
    }
}
