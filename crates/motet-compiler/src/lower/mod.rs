//! Forms to the tree: resolves names, expands macros, checks what can be checked before running, reports every error it
//! finds. It emits no code and knows nothing of registers.

mod arithmetic;
mod assign;
mod block;
mod calls;
mod classes;
mod control;
mod datum;
mod enums;
mod failures;
mod foreign;
mod functions;
mod infix;
mod literals;
mod loops;
mod macros;
mod matching;
mod modules;
mod names;
mod parameters;
mod patterns;
mod quote;
mod runners;
mod scopes;
mod sessions;
mod special;
mod tasks;
mod types;
mod warnings;

pub(crate) use calls::KnownCall;
pub use foreign::foreign_hints;
pub(crate) use functions::Frame;
pub(crate) use scopes::{Binding, Scope};

use crate::emit::Compiled;
use crate::options::CompileOptions;
use crate::session::Session;
use crate::tree::{Expr, ExprKind, Function, FunctionId, Tree, Use, Variable, VariableId};
use classes::{ClassFields, LateTypes};
use modules::WrittenExport;
use motet_code::{ModuleImport, Source};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, FormKind, Span};
use sessions::OpenSession;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The deepest nesting of forms that is lowered. The readers stop earlier (`motet_syntax::MAX_DEPTH`), so only what
/// macros make and chains of infix operators get here; each level takes some frames of the stack, and 2 MiB must do.
pub const MAX_DEPTH: usize = 320;

const MAX_DIAGNOSTICS: usize = 500;

/// What lowering a module gives.
pub(crate) struct Lowered {
    pub tree: Tree,
    /// In the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// Functions that were compiled already, because macros use them.
    pub compiled: Compiled,
    pub own_methods: OwnMethods,
    pub warnings: Warnings,
    /// The session after this piece, and the slots of what main captures.
    pub session: Option<(Session, Vec<u32>)>,
}

/// What is most likely a mistake, and no error. Lowering and emission both add to it.
pub(crate) type Warnings = RefCell<Vec<Diagnostic>>;

/// Names that methods of the program may have.
#[derive(Default)]
pub(crate) struct OwnMethods {
    pub names: HashSet<Box<str>>,
    /// Classes of other modules, or of earlier pieces of a session, may have any method.
    pub imports: bool,
}

pub(crate) struct Lower<'a, 'o> {
    pub source: &'a Arc<Source>,
    pub options: &'a mut CompileOptions<'o>,
    pub diagnostics: Vec<Diagnostic>,
    pub variables: Vec<Variable>,
    pub functions: Vec<Option<Function>>,
    pub order: Vec<FunctionId>,
    pub frames: Vec<Frame>,
    pub names: HashMap<Box<str>, Vec<Binding>>,
    pub scopes: Vec<Scope>,
    pub depth: usize,
    /// How many macro uses enclose what is lowered.
    pub expansions: usize,
    pub total_expansions: usize,
    /// For each class that is being lowered, the fields that its methods set.
    pub class_fields: Vec<ClassFields>,
    /// The types of mutable variables that were declared with one: what is assigned to them is checked, too.
    pub variable_types: HashMap<VariableId, Form>,
    /// Fields whose types name what is defined later.
    pub late_field_types: Vec<LateTypes>,
    /// Type parameters of what encloses the form that is lowered: as types they stand for anything.
    pub type_parameters: Vec<Box<str>>,
    /// What `import * from` bound, by name, with the place of the import.
    pub star_imports: HashMap<Box<str>, Span>,
    pub imports: Vec<ModuleImport>,
    pub written_exports: Vec<WrittenExport>,
    pub exports: Vec<Box<str>>,
    pub uses: Vec<Use>,
    pub session: Option<OpenSession>,
    pub compiled: Compiled,
    /// Calls of functions of this module, whose arity is checked when all of them are known.
    pub known_calls: Vec<KnownCall>,
    pub own_methods: OwnMethods,
    pub warnings: Warnings,
}

/// Lowers the forms of a module.
pub(crate) fn lower(forms: &[Form], source: &Arc<Source>, options: &mut CompileOptions<'_>) -> Lowered {
    let mut lower = Lower {
        source,
        options,
        diagnostics: Vec::new(),
        variables: Vec::new(),
        functions: Vec::new(),
        order: Vec::new(),
        frames: Vec::new(),
        names: HashMap::new(),
        scopes: Vec::new(),
        depth: 0,
        expansions: 0,
        total_expansions: 0,
        class_fields: Vec::new(),
        variable_types: HashMap::new(),
        late_field_types: Vec::new(),
        type_parameters: Vec::new(),
        star_imports: HashMap::new(),
        imports: Vec::new(),
        written_exports: Vec::new(),
        exports: Vec::new(),
        uses: Vec::new(),
        session: None,
        compiled: Compiled::default(),
        known_calls: Vec::new(),
        own_methods: OwnMethods::default(),
        warnings: Warnings::default(),
    };
    lower.open_session();
    let main = lower.main_function(forms);
    lower.check_known_calls();
    let session = lower.close_session(main);
    lower.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    let own_methods = OwnMethods { imports: !lower.imports.is_empty() || session.is_some(), ..lower.own_methods };
    let tree = Tree {
        variables: lower.variables,
        functions: lower.functions,
        order: lower.order,
        main,
        imports: lower.imports,
        exports: lower.exports,
        uses: lower.uses,
    };
    Lowered {
        tree,
        diagnostics: lower.diagnostics,
        compiled: lower.compiled,
        own_methods,
        warnings: lower.warnings,
        session,
    }
}

impl Lower<'_, '_> {
    /// Errors beyond some hundreds are no help, and may be without number where a macro makes them.
    pub fn report(&mut self, mut diagnostic: Diagnostic) {
        // What an earlier piece of a session defined has no place in this source.
        diagnostic.places.retain(|label| self.session.is_none() || label.span != Span::default());
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Reports an error; the expression stands for what could not be lowered.
    pub fn fail(&mut self, diagnostic: Diagnostic) -> Expr {
        let span = diagnostic.span;
        self.report(diagnostic);
        Expr::null(span)
    }

    /// The source of a form, for messages; shortened where it is long.
    pub fn text(&self, span: Span) -> Box<str> {
        const LONGEST: usize = 200;
        let text = self.source.text.get(span.range()).unwrap_or("");
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &text[..end]).into(),
            None => text.into(),
        }
    }

    /// Lowers one expression. All recursion over forms passes through here.
    pub fn expr(&mut self, form: &Form) -> Expr {
        if self.depth >= MAX_DEPTH {
            return self.fail(
                Diagnostic::error(format!("this is nested more than {MAX_DEPTH} levels deep"), form.span)
                    .hint("name inner parts with `let` or move them into functions"),
            );
        }
        self.depth += 1;
        let before = self.frame().assignments;
        let mut expr = self.expr_of_kind(form);
        expr.assigns = self.frame().assignments != before;
        self.depth -= 1;
        expr
    }

    fn expr_of_kind(&mut self, form: &Form) -> Expr {
        let kind = match &form.kind {
            FormKind::Null => ExprKind::Null,
            FormKind::Bool(value) => ExprKind::Bool(*value),
            FormKind::Int(value) => ExprKind::Int(*value),
            FormKind::Float(value) => ExprKind::Float(*value),
            FormKind::Imaginary(value) => ExprKind::Imaginary(*value),
            FormKind::Str(text) => ExprKind::Str(text.clone()),
            FormKind::Symbol(name) => return self.name(name, form.span),
            FormKind::List(items) => return self.list(items, form.span),
            FormKind::Record(entries) => return self.record(entries, form.span),
            FormKind::Node(node) => return self.node(node, form),
        };
        Expr::new(kind, form.span)
    }

    pub fn boxed(&mut self, form: &Form) -> Box<Expr> {
        Box::new(self.expr(form))
    }

    /// The value of a form that may be left out.
    pub fn optional(&mut self, form: Option<&Form>, span: Span) -> Expr {
        match form {
            Some(form) => self.expr(form),
            None => Expr::null(span),
        }
    }
}
