//! The top level of a module: imports, exports.

use super::Lower;
use super::names::Found;
use super::scopes::Meaning;
use crate::tree::{Expr, ExprKind, Field, RecordItem, VariableId};
use motet_code::ModuleImport;
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, FormKind, Node, Span};

/// An export as written; resolved when the whole module has been read.
pub(crate) struct WrittenExport {
    /// The name outside.
    name: Box<str>,
    what: Exported,
    span: Span,
}

enum Exported {
    /// What a name means at the end of the module.
    Local(Box<str>),
    /// What came from another module.
    Variable(VariableId),
}

impl Lower<'_, '_> {
    /// The body of `main`. Its value is the record of exports.
    pub fn module_body(&mut self, forms: &[Form], span: Span) -> Expr {
        self.open_scope();
        self.announce_definitions(forms);
        if let Some(first) = forms.first()
            && forms.iter().all(|form| form.is_node("test") || form.is_node("bench"))
        {
            let message = if forms.iter().all(|form| form.is_node("test")) {
                "this file holds only tests, and a run does not run them"
            } else {
                "this file holds only tests and benchmarks, and a run runs neither"
            };
            self.warn("only-tests", message, first.span, "what stands beside the tests runs");
        }
        let mut statements = self.statements(forms);
        let end = Span::at(span.end);
        let mut items: Vec<RecordItem> = Vec::new();
        if let Some(name) = self.options.result {
            let result = self.hidden_variable("result", end);
            let value = statements.pop().unwrap_or(Expr::null(end));
            let place = value.span;
            statements.push(Expr::new(ExprKind::Define(result, Box::new(value)), place));
            items.push(RecordItem::Named(name.into(), Expr::new(ExprKind::Variable(result), place)));
            self.exports.push(name.into());
        }
        for export in std::mem::take(&mut self.written_exports) {
            if let Some(value) = self.exported(&export) {
                self.exports.push(export.name.clone());
                items.push(RecordItem::Named(export.name, value));
            }
        }
        statements.push(Expr::new(ExprKind::Record(items), end));
        self.finish_block(statements, span)
    }

    fn exported(&mut self, export: &WrittenExport) -> Option<Expr> {
        if self.exports.contains(&export.name) && self.options.result != Some(&*export.name) {
            self.report(
                Diagnostic::error(format!("`{}` is exported twice", export.name), export.span)
                    .hint("remove one of them"),
            );
            return None;
        }
        match &export.what {
            Exported::Variable(variable) => Some(Expr::new(ExprKind::Variable(*variable), export.span)),
            Exported::Local(local) => match self.look_up(local) {
                // Who imports a macro asks the expander for it.
                Found::Macro(_) => None,
                _ => Some(self.name(local, export.span)),
            },
        }
    }

    fn refuse_nested(&mut self, head: &str, span: Span) -> Expr {
        self.fail(
            Diagnostic::error(format!("`{head}` stands only at the top level of a module"), span)
                .hint("move it out of the block or function"),
        )
    }

    /// `(export a b:c …)`, `(export a from "./m")`, `(export (let x 1))`
    pub fn export_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        if !self.is_top_level() {
            return self.refuse_nested("export", span);
        }
        if let [names @ .., from, path] = &node.children[..]
            && from.is_symbol("from")
            && let FormKind::Str(text) = &path.kind
        {
            return self.re_export(names, text, path.span, span);
        }
        let mut value = None;
        for child in &node.children {
            match &child.kind {
                FormKind::Symbol(name) => {
                    let (local, outside) = name.split_once(':').unwrap_or((name, name));
                    self.written_exports.push(WrittenExport {
                        name: outside.into(),
                        what: Exported::Local(local.into()),
                        span: child.span,
                    });
                }
                FormKind::Node(_) => {
                    let mut names = Vec::new();
                    super::block::definitions(child, &mut names);
                    if names.is_empty() && !child.is_node("macro") && !child.is_node("@error") {
                        self.report(Diagnostic::error("only names and definitions can be exported", child.span).hint(
                            self.notation(
                                "name the value first: `export let name = …`",
                                "name the value first: `(export (let name …))`",
                            ),
                        ));
                    }
                    for (name, span, _) in names {
                        self.written_exports.push(WrittenExport {
                            name: name.into(),
                            what: Exported::Local(name.into()),
                            span,
                        });
                    }
                    value = Some(self.expr(child));
                }
                _ => self.report(Diagnostic::error("only names and definitions can be exported", child.span)),
            }
        }
        value.unwrap_or(Expr::null(span))
    }

    /// `(export a b:c from "./m")`: exports what another module exports, and binds nothing here.
    fn re_export(&mut self, names: &[Form], path: &str, path_span: Span, span: Span) -> Expr {
        let index = self.imports.len() as u32;
        self.imports.push(ModuleImport { path: path.into(), span: path_span, names: Vec::new() });
        let module = self.hidden_variable("module", span);
        let import = Box::new(Expr::new(ExprKind::Import(index), span));
        let mut statements = vec![Expr::new(ExprKind::Define(module, import), span)];
        for form in names {
            let Some(name) = form.as_symbol() else {
                self.report(Diagnostic::error("only names can be exported from another module", form.span).hint(
                    self.notation(
                        "write `export {a, b as c} from \"./module\"`",
                        "write `(export a b:c from \"./module\")`",
                    ),
                ));
                continue;
            };
            let (inside, outside) = name.split_once(':').unwrap_or((name, name));
            if self.options.macros.as_mut().is_some_and(|expander| expander.imported(path, inside).is_some()) {
                self.report(
                    Diagnostic::error(format!("`{inside}` is a macro, which only its own module exports"), form.span)
                        .hint(format!("import it from \"{path}\" where it is used")),
                );
                continue;
            }
            self.imports[index as usize].names.push((inside.into(), form.span));
            let variable = self.hidden_variable(outside, form.span);
            let object = Expr::new(ExprKind::Variable(module), form.span);
            let field = Field { object, name: inside.into(), optional: false };
            let value = Box::new(Expr::new(ExprKind::Field(Box::new(field)), form.span));
            statements.push(Expr::new(ExprKind::Define(variable, value), form.span));
            self.written_exports.push(WrittenExport {
                name: outside.into(),
                what: Exported::Variable(variable),
                span: form.span,
            });
        }
        statements.push(Expr::null(span));
        Expr::block(statements, span)
    }

    /// What `import * from` binds: all that the module exports, but for what this module defines itself. A name that two
    /// modules export has to be imported by its name.
    fn exported_names(&mut self, path: &str, span: Span) -> Vec<Form> {
        let names = (self.options.exports)(path).unwrap_or_default();
        let mut bound = Vec::new();
        for name in names {
            if let Some(first) = self.star_imports.get(&name).copied() {
                self.report(
                    Diagnostic::error(format!("two modules export `{name}`"), span)
                        .place(first, "the first one")
                        .hint("import it by its name from the one that is meant"),
                );
            } else if !self.is_bound(&name) {
                self.star_imports.insert(name.clone(), span);
                bound.push(Form::symbol(name, span));
            }
        }
        bound
    }

    /// `(import a b:c from "./m")`, `(import * as m from "./m")`, `(import * from "./m")`
    pub fn import_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        if !self.is_top_level() {
            return self.refuse_nested("import", span);
        }
        let usage = self.notation(
            "`import {a, b as c} from \"./module\"` or `import * as name from \"./module\"`",
            "`(import a b:c from \"./module\")` or `(import * as name from \"./module\")`",
        );
        let (names, path) = match &node.children[..] {
            [names @ .., from, Form { kind: FormKind::Str(path), .. }] if from.is_symbol("from") => (names, path),
            [Form { kind: FormKind::Str(path), .. }] => (&[][..], path),
            [Form { kind: FormKind::Symbol(name), .. }] if motet_syntax::foreign_module(name).is_some() => {
                let error = Diagnostic::error(format!("there is no module `{name}` to import"), span);
                return self.fail(error.hint(motet_syntax::foreign_module(name).unwrap_or_default()));
            }
            _ => return self.wrong_form(node, span, usage),
        };
        let index = self.imports.len() as u32;
        let path_span = node.children.last().map_or(span, |last| last.span);
        self.imports.push(ModuleImport { path: path.clone(), span: path_span, names: Vec::new() });
        let import = Expr::new(ExprKind::Import(index), span);
        if let [star, word, name] = names
            && star.is_symbol("*")
            && word.is_symbol("as")
            && let Some(text) = name.as_symbol()
        {
            let variable = self.declare(text, name.span, false);
            self.define(variable);
            return Expr::new(ExprKind::Define(variable, Box::new(import)), span);
        }
        let module = self.hidden_variable("module", span);
        let mut statements = vec![Expr::new(ExprKind::Define(module, Box::new(import)), span)];
        let all = match names {
            [star] if star.is_symbol("*") => self.exported_names(path, star.span),
            _ => Vec::new(),
        };
        let names = if all.is_empty() { names } else { &all };
        for form in names.iter().filter(|form| !form.is_symbol("*")) {
            let Some(name) = form.as_symbol() else { return self.wrong_form(node, span, usage) };
            let (outside, local) = name.split_once(':').unwrap_or((name, name));
            if let Some(expander) = &mut self.options.macros
                && let Some(function) = expander.imported(path, outside)
            {
                self.note_session_macro(local, &function);
                self.bind(local, Meaning::Macro(function));
                continue;
            }
            self.imports[index as usize].names.push((outside.into(), form.span));
            let variable = self.declare(local, form.span, false);
            self.define(variable);
            let object = Expr::new(ExprKind::Variable(module), form.span);
            let field = Field { object, name: outside.into(), optional: false };
            let value = Expr::new(ExprKind::Field(Box::new(field)), form.span);
            statements.push(Expr::new(ExprKind::Define(variable, Box::new(value)), form.span));
        }
        statements.push(Expr::null(span));
        Expr::block(statements, span)
    }
}
