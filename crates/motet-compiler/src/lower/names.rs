//! What a name means where it stands.

use super::Lower;
use super::scopes::Meaning;
use crate::options::Elsewhere;
use crate::tree::{Expr, ExprKind, FunctionId, FunctionKind, Known, Use, Used, VariableId};
use motet_syntax::form::Span;
use motet_syntax::{Diagnostic, suggest};
use std::collections::HashSet;

/// What looking up a name finds.
pub(crate) enum Found {
    Variable(VariableId),
    Macro(std::sync::Arc<motet_code::Function>),
    Extern,
    /// Bound in this function, but only later.
    TooEarly(VariableId),
    Nothing,
}

impl Lower<'_, '_> {
    /// The value of a name.
    pub fn name(&mut self, name: &str, span: Span) -> Expr {
        match name {
            "self" if !self.is_bound("self") => return self.self_value(span),
            "super" if !self.is_bound("super") => {
                return self.fail(Diagnostic::error("`super` is not a value", span).hint(self.notation(
                    "call a method of the parent: `super.name(…)`",
                    "call a method of the parent: `(super .name …)`",
                )));
            }
            "$thread" => return self.thread_field("current", span),
            "$main_thread" => return self.thread_field("main", span),
            _ => {}
        }
        match self.look_up(name) {
            Found::Variable(variable) => {
                self.note_use(Used::Variable(variable), span);
                let variable = self.use_variable(variable, span);
                Expr::new(ExprKind::Variable(variable), span)
            }
            Found::Extern => {
                self.note_use(Used::Extern(name.into()), span);
                let name = (self.options.extern_alias)(name).unwrap_or_else(|| name.into());
                Expr::new(ExprKind::Extern(name), span)
            }
            Found::Macro(_) => self.fail(
                Diagnostic::error(format!("`{name}` is a macro, not a value"), span)
                    .hint("a macro can only be called by its name"),
            ),
            Found::TooEarly(variable) => {
                let place = self.variable(variable).span;
                self.fail(
                    Diagnostic::error(format!("`{name}` is used before it is defined"), span)
                        .place(place, "defined here")
                        .hint("move the definition up"),
                )
            }
            Found::Nothing => match self.alias_of(name) {
                Some(name) => {
                    self.note_use(Used::Extern(name.into()), span);
                    Expr::new(ExprKind::Extern(name.into()), span)
                }
                None => self.unknown_name(name, span),
            },
        }
    }

    /// What a name that nothing else defines stands for in `.gene`: builtins that only this notation has, and other names
    /// of types.
    pub fn alias_of(&self, name: &str) -> Option<&'static str> {
        if !self.source.gene {
            return None;
        }
        super::foreign::gene_name(name).filter(|name| (self.options.externs)(name))
    }

    /// Keeps where a name is used.
    pub fn note_use(&mut self, of: Used, span: Span) {
        self.uses.push(Use { span, of });
    }

    pub fn look_up(&self, name: &str) -> Found {
        let mut too_early = None;
        if let Some(bindings) = self.names.get(name) {
            let here = self.frame().id;
            let mut announced_in = None;
            let mut announced = None;
            for binding in bindings.iter().rev() {
                if let Some(variable) = announced
                    && announced_in != Some(binding.scope)
                {
                    // No definition of that scope came before this place: the first later one is meant.
                    return Found::Variable(variable);
                }
                match &binding.meaning {
                    Meaning::Macro(function) => return Found::Macro(function.clone()),
                    Meaning::Variable(variable) => {
                        let found = self.variable(*variable);
                        if found.defined || matches!(found.known, Known::Function(_)) {
                            return Found::Variable(*variable);
                        }
                        let is_own = found.owner == here
                            || self.is_of_session(*variable) && self.frames.len() == 1 + self.around_module();
                        if is_own {
                            too_early.get_or_insert(*variable);
                        } else if announced.is_none() {
                            announced = Some(*variable);
                            announced_in = Some(binding.scope);
                        }
                    }
                }
            }
            if let Some(variable) = announced {
                return Found::Variable(variable);
            }
        }
        if (self.options.externs)(name) && !name.starts_with('%') {
            return Found::Extern;
        }
        too_early.map_or(Found::Nothing, Found::TooEarly)
    }

    /// Notes a use of a variable: every function between it and this place captures it. Gives the variable that stands
    /// for it: inside a function that it names, that is the function's own.
    pub fn use_variable(&mut self, variable: VariableId, span: Span) -> VariableId {
        if let Known::Function(function) = self.variable(variable).known {
            if let Some(frame) = self.frames.iter().find(|frame| frame.id == function) {
                let own = frame.own;
                self.capture(own, span);
                return own;
            }
            if let Some(used) = self.functions[function.0 as usize].as_ref().filter(|used| used.is_static) {
                for frame in &mut self.frames {
                    frame.level = frame.level.max(used.level + 1);
                }
                return variable;
            }
        }
        self.capture(variable, span);
        variable
    }

    /// Makes every function between the variable's owner and here capture it.
    fn capture(&mut self, variable: VariableId, span: Span) {
        let found = &self.variables[variable.0 as usize];
        let owner = found.owner;
        if self.frame().id == owner {
            return;
        }
        let (defined, mutable, name) = (found.defined, found.mutable, found.name.clone());
        let inner = self.frames.iter().rposition(|frame| frame.id == owner).map_or(0, |at| at + 1);
        let sent = self.frames[inner..].iter().any(|frame| frame.sent.is_some());
        let hidden = if sent { self.mutable_capture_of(variable) } else { None };
        let mut refused = None;
        for frame in &mut self.frames[inner..] {
            if frame.captured.insert(variable) {
                frame.captures.push(variable);
            }
            refused = refused.or(frame.sent.filter(|_| mutable || hidden.is_some()));
        }
        let found = &mut self.variables[variable.0 as usize];
        found.captured = true;
        found.early |= !defined;
        if let Some(form) = refused {
            let place = found.span;
            if let Some(hidden) = hidden {
                let hidden = self.variable(hidden);
                let diagnostic = Diagnostic::error(
                    format!("`{form}` cannot use `{name}`, which uses the mutable variable `{}`", hidden.name),
                    span,
                );
                let diagnostic = diagnostic
                    .label("another thread cannot share a variable that changes")
                    .place(hidden.span, "declared mutable here")
                    .hint(format!("give `{name}` the value as an argument, or share it as a signal"));
                return self.report(diagnostic);
            }
            self.report(
                Diagnostic::error(format!("`{form}` cannot use the mutable variable `{name}`"), span)
                    .label("another thread cannot share a variable that changes")
                    .place(place, "declared mutable here")
                    .hint(format!(
                        "bind it with `let` if it never changes, pass its value: `{form}(…, args: {{{name}: {name}}})`, or share it as a signal: `let {name} = signal(…)`"
                    )),
            );
        }
    }

    /// A mutable variable that the function which a variable names captures, itself or through others that it uses, as far
    /// as those are complete.
    fn mutable_capture_of(&self, variable: VariableId) -> Option<VariableId> {
        let mut pending = vec![variable];
        let mut seen = HashSet::new();
        while let Some(variable) = pending.pop() {
            let Some(function) = self.known_function(variable) else { continue };
            let Some(function) = self.functions[function.0 as usize].as_ref() else { continue };
            for captured in &function.captures {
                if self.variable(*captured).mutable {
                    return Some(*captured);
                }
                if seen.insert(*captured) {
                    pending.push(*captured);
                }
            }
        }
        None
    }

    /// `self`: that of the method around this place.
    pub fn self_value(&mut self, span: Span) -> Expr {
        let with_self = self.frames.iter().rposition(|frame| frame.self_variable.is_some());
        let found = with_self.or_else(|| self.frames.iter().rposition(|frame| frame.may_be_method));
        let Some(at) = found else {
            return self.fail(Diagnostic::error("`self` outside of a method", span).hint(
                "`self` exists in the methods of a class and in functions that stand directly in a record or are assigned to a field",
            ));
        };
        // In a static method it is the class.
        if let Some(class) = self.frames[at].class.filter(|class| class.is_static) {
            let variable = self.use_variable(class.variable, span);
            return Expr::new(ExprKind::Variable(variable), span);
        }
        let variable = match self.frames[at].self_variable {
            Some(variable) => variable,
            None => {
                let owner = self.frames[at].id;
                let variable = self.new_variable_of(owner, "self", span, false);
                self.variables[variable.0 as usize].defined = true;
                self.frames[at].self_variable = Some(variable);
                variable
            }
        };
        self.capture(variable, span);
        Expr::new(ExprKind::Variable(variable), span)
    }

    /// The function that `rec` calls: the nearest one that was written as a function.
    pub fn recursive_function(&mut self, span: Span) -> Option<VariableId> {
        let at = self.frames.iter().rposition(|frame| frame.kind != FunctionKind::Thunk)?;
        let frame = &self.frames[at];
        let is_innermost = at + 1 == self.frames.len();
        let fits = match frame.kind {
            FunctionKind::Main | FunctionKind::Constructor | FunctionKind::Thunk => false,
            // From an inner block, self would be lost.
            FunctionKind::Method => is_innermost,
            FunctionKind::Plain => is_innermost || frame.self_variable.is_none(),
        };
        let own = frame.own;
        if !fits {
            self.report(
                Diagnostic::error("`rec` outside of a function", span)
                    .hint("`rec(…)` calls the function that it stands in; a method calls itself by `self.name(…)`"),
            );
            return None;
        }
        self.capture(own, span);
        Some(own)
    }

    pub fn known_function(&self, variable: VariableId) -> Option<FunctionId> {
        match self.variable(variable).known {
            Known::Function(function) => Some(function),
            _ => None,
        }
    }

    /// What to write in a class for one of its fields or methods.
    pub fn member_hint(&self, name: &str) -> Option<String> {
        self.class_fields.last().filter(|fields| fields.has(name))?;
        Some(match (self.source.gene, self.own_methods.names.contains(name)) {
            (false, _) => format!("in the methods of its class it is `self.{name}`"),
            (true, false) => format!("in the methods of its class it is `/{name}`"),
            (true, true) => format!("in the methods of its class it is `(self .{name})`"),
        })
    }

    /// Whether what stands at a place is called: a name alone is more often a variable that is missing.
    fn is_called(&self, span: Span) -> bool {
        let text = &self.source.text;
        if self.source.gene {
            text[..span.start as usize].trim_end().ends_with('(')
        } else {
            text[span.end as usize..].starts_with('(')
        }
    }

    pub fn unknown_name(&mut self, name: &str, span: Span) -> Expr {
        let mut diagnostic = Diagnostic::error(format!("unknown name `{name}`"), span);
        // Looking for a name goes through all names.
        const MOST_SUGGESTIONS: usize = 50;
        if self.diagnostics.len() > MOST_SUGGESTIONS {
            return self.fail(diagnostic);
        }
        let quoted = self.source.text.get(span.range()).is_some_and(|text| text.starts_with('`'));
        if quoted && !self.source.gene {
            return self.fail(diagnostic.hint("backquotes hold a name; text stands in quotes: `\"Hi ${name}\"`"));
        }
        if self.source.gene
            && matches!(name, "f" | "F" | "r" | "s" | "u")
            && self.source.text[span.end as usize..].starts_with('"')
        {
            return self.fail(diagnostic.hint("a string with values in it is `#\"Hi #{name}\"`"));
        }
        if let Some(hint) = self.member_hint(name) {
            return self.fail(diagnostic.hint(hint));
        }
        if let Some(hint) = super::foreign::hint(name, self.source.gene) {
            return self.fail(diagnostic.hint(hint));
        }
        if let Some(hint) = super::foreign::shape(name).filter(|_| self.source.gene) {
            return self.fail(diagnostic.hint(hint));
        }
        if let Some(ours) = super::foreign::type_of(name).filter(|_| name.starts_with(char::is_uppercase)) {
            return self.fail(diagnostic.hint(format!("the type is `{ours}`")));
        }
        if let Some((object, member)) = name.split_once('.').filter(|_| self.source.gene)
            && !object.is_empty()
        {
            let hint = match super::foreign::hint(object, true) {
                Some(hint) => hint.to_owned(),
                None => format!("a field is `{object}/{member}`, the call of a method `({object} .{member})`"),
            };
            return self.fail(diagnostic.hint(hint));
        }
        let mut visible: Vec<&str> =
            self.names.iter().filter(|(_, bindings)| !bindings.is_empty()).map(|(name, _)| &**name).collect();
        visible.sort_unstable();
        let externs = (self.options.extern_names)();
        // A type is no near miss of a function, whatever its letters.
        let is_kind = |candidate: &&str| {
            let capital = |name: &str| name.starts_with(char::is_uppercase);
            capital(candidate) == capital(name) || candidate.eq_ignore_ascii_case(name)
        };
        // `is-empty`, `sort-by`, `empty?`: as they are written in other languages of parentheses.
        let plain = name.trim_end_matches('?').replace('-', "_");
        let is_there = |candidate: &str| (self.options.externs)(candidate) || visible.contains(&candidate);
        let respelled = [plain.clone(), format!("is_{plain}")].into_iter().filter(|_| plain != name);
        if let Some(ours) = respelled.into_iter().find(|candidate| is_there(candidate)) {
            return self.fail(diagnostic.hint(format!("did you mean `{ours}`?")));
        }
        let near = || suggest(name, visible.into_iter().chain(externs.iter().map(|name| &**name)).filter(is_kind));
        let familiar = (self.options.familiar)(name).filter(|known| (self.options.externs)(known));
        let operator = name.char_indices().skip(1).find(|(_, character)| "+*<>=/".contains(*character));
        if self.source.gene
            && let Some((at, _)) = operator
            && at + 1 < name.len()
        {
            let (left, right) = (&name[..at], &name[at + 1..]);
            diagnostic =
                diagnostic.hint(format!("an operator has blanks around it: `({left} {} {right})`", &name[at..=at]));
        } else if let Some(familiar) = familiar {
            diagnostic = diagnostic.hint(format!("did you mean `{familiar}`?"));
        } else if let Some(place) = (self.options.elsewhere)(name).filter(|_| self.is_called(span)) {
            diagnostic = diagnostic.hint(hint_of_place(name, place, self.source.gene));
        } else if let Some(near) = near() {
            diagnostic = diagnostic.hint(format!("did you mean `{near}`?"));
        } else if let Some(instead) = motet_syntax::foreign_module(name) {
            diagnostic = diagnostic.hint(instead);
        }
        self.fail(diagnostic)
    }
}

/// How to write what is no name of its own.
fn hint_of_place(name: &str, place: Elsewhere, gene: bool) -> String {
    match (place, gene) {
        (Elsewhere::Method, false) => format!("it is a method: `x.{name}(…)`"),
        (Elsewhere::Method, true) => format!("it is a method: `(x .{name} …)`"),
        (Elsewhere::Module(module), false) => {
            format!("it is in a module: `{module}.{name}`, or `import {{{name}}} from \"std:{module}\"`")
        }
        (Elsewhere::Module(module), true) => {
            format!("it is in a module: `{module}/{name}`, or `(import {name} from \"std:{module}\")`")
        }
    }
}
