//! Macros: defined and used here, run by the expander that the options name.

use super::Lower;
use super::datum::{datum_of, form_of};
use super::functions::{FunctionContext, FunctionParts};
use super::scopes::Meaning;
use crate::emit;
use crate::tree::Expr;
use motet_code::{DatumEntry, Function};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Node, Span};
use std::sync::Arc;

/// How deep uses of macros in what macros made may nest.
pub const MAX_EXPANSION_DEPTH: usize = 100;

/// How many uses of macros a module may have, those in expansions included: a macro that doubles itself ends here.
const MAX_EXPANSIONS: usize = 1_000_000;

impl Lower<'_, '_> {
    /// `(macro name [params] e …)`
    pub fn macro_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let usage = "`(macro name [parameters] …)`";
        let Some((name_form, rest)) = node.children.split_first() else { return self.wrong_form(node, span, usage) };
        let Some(name) = name_form.as_symbol() else { return self.wrong_form(node, span, usage) };
        let Some(parts) = self.function_parts(name.into(), node, rest, span) else { return Expr::null(span) };
        let before = self.diagnostics.len();
        let parts = FunctionParts { name: name.into(), ..parts };
        let id = self.function(&parts, &FunctionContext::default(), span);
        let function = self.functions[id.0 as usize].as_ref().expect("it was just closed");
        for variable in function.captures.clone() {
            let found = self.variable(variable);
            let (name, place) = (found.name.clone(), found.span);
            self.report(
                Diagnostic::error(format!("a macro cannot use `{name}`"), span)
                    .label("macros run while the program is compiled, when the variable does not exist yet")
                    .place(place, "defined here")
                    .hint("move the value into the macro, or quote the name so that the expansion uses it"),
            );
        }
        if self.diagnostics.len() > before {
            return Expr::null(span);
        }
        let shared = emit::Shared {
            variables: &self.variables,
            functions: &self.functions,
            source: self.source,
            specialise: self.options.specialise,
            pure: self.options.pure,
            own_methods: &self.own_methods,
            warnings: &self.warnings,
        };
        let compiled = emit::constants(shared, &self.order, &mut self.compiled)
            .and_then(|()| emit::standalone(id, shared, &mut self.compiled));
        let compiled = match compiled {
            Ok(compiled) => compiled,
            Err(diagnostic) => return self.fail(*diagnostic),
        };
        let Some(expander) = &mut self.options.macros else {
            return self.fail(Diagnostic::error("macros cannot be run here", span));
        };
        expander.define(name, &compiled);
        self.note_session_macro(name, &compiled);
        self.bind(name, Meaning::Macro(compiled));
        Expr::null(span)
    }

    /// The use of a macro: what it returns is lowered in its place.
    pub fn macro_use(&mut self, name: &str, function: &Arc<Function>, node: &Node, span: Span) -> Expr {
        self.total_expansions += 1;
        if self.total_expansions > MAX_EXPANSIONS {
            // Reported once.
            if self.total_expansions == MAX_EXPANSIONS + 1 {
                let message = format!("this module uses macros more than {MAX_EXPANSIONS} times");
                self.report(Diagnostic::error(message, span));
            }
            return Expr::null(span);
        }
        if self.expansions >= MAX_EXPANSION_DEPTH {
            // Nothing more is expanded: a macro that doubles itself would come here countless times.
            self.total_expansions = MAX_EXPANSIONS + 1;
            return self.fail(
                Diagnostic::error(format!("expanding `{name}` does not end"), span)
                    .label(format!("{MAX_EXPANSION_DEPTH} uses of macros are nested here"))
                    .hint("a macro whose expansion uses the macro again must come to an end"),
            );
        }
        let arguments = node.children.iter().map(datum_of).collect();
        let named = node.props.iter().map(|prop| DatumEntry { name: prop.name.clone(), value: datum_of(&prop.value) });
        let named = named.collect();
        let Some(expander) = &mut self.options.macros else {
            return self.fail(Diagnostic::error("macros cannot be run here", span));
        };
        let expansion = match expander.expand(function, arguments, named, span) {
            Ok(datum) => form_of(datum, span),
            Err(message) => {
                return self.fail(Diagnostic::error(message, span).label(format!("in the macro `{name}` used here")));
            }
        };
        let Some(form) = expansion else {
            let message = format!("the expansion of `{name}` is nested too deep");
            return self.fail(Diagnostic::error(message, span));
        };
        self.expansions += 1;
        let expr = self.expr(&form);
        self.expansions -= 1;
        expr
    }
}
