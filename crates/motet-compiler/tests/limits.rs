//! Large and deep inputs: they work, or are an error that says what is too large, in time that grows with their size.

mod support;

use motet_compiler::{CompileOptions, MAX_DEPTH, compile};
use motet_syntax::form::{Form, FormKind, Span};
use motet_syntax::{Diagnostic, Notation};
use std::sync::Arc;

/// What threads have; frames of a sanitizer's build are larger.
const STACK: usize = if cfg!(sanitized) { 64 << 20 } else { 2 << 20 };

fn compiles(text: &str) {
    if let Err(diagnostics) = support::compile_text(text, Notation::Gene, None) {
        panic!("{}", support::show("", &Err(diagnostics)));
    }
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

fn compile_form(form: Form) -> Result<motet_code::Module, Vec<Diagnostic>> {
    let source = Arc::new(motet_code::Source::new("test", "", true));
    let options = CompileOptions::new(&support::is_builtin, &support::builtin_names);
    let compiled = compile(std::slice::from_ref(&form), source, options);
    take_apart(form);
    compiled.module.ok_or(compiled.diagnostics)
}

/// Drops a form piece by piece: dropping a deep one as a whole recurses.
fn take_apart(form: Form) {
    let mut rest = vec![form];
    while let Some(form) = rest.pop() {
        match form.kind {
            FormKind::List(items) => rest.extend(items),
            FormKind::Node(node) => {
                rest.push(node.head);
                rest.extend(node.children);
            }
            _ => {}
        }
    }
}

/// Wraps a form many times.
fn nested(levels: usize, wrap: impl Fn(Form) -> Form) -> Form {
    let span = Span::default();
    (0..levels).fold(Form::symbol("print", span), |form, _| wrap(form))
}

/// Puts a form into another one.
type Wrap = fn(Form) -> Form;

fn wrappers() -> Vec<(&'static str, Wrap)> {
    vec![
        ("call", |form| Form::node("print", vec![form], Span::default())),
        ("negation", |form| Form::node("-", vec![form], Span::default())),
        ("list", |form| Form::list(vec![form], Span::default())),
        ("do", |form| Form::node("do", vec![form.clone_shallow(), form], Span::default())),
        ("function", |form| Form::node("fn", vec![Form::list(vec![], Span::default()), form], Span::default())),
        ("if", |form| {
            let one = || Form::symbol("print", Span::default());
            Form::node("if", vec![one(), form, Form::symbol("else", Span::default()), one()], Span::default())
        }),
        ("loop", |form| Form::node("loop", vec![form], Span::default())),
        ("field", |form| Form::node("@field", vec![form, Form::symbol("x", Span::default())], Span::default())),
        ("method", |form| Form::node("@method", vec![form, Form::symbol("x", Span::default())], Span::default())),
        ("try", |form| {
            let finally = Form::node("finally", vec![], Span::default());
            Form::node("try", vec![form, finally], Span::default())
        }),
        ("match", |form| {
            let arm = Form::node("_", vec![form], Span::default());
            Form::node("match", vec![Form::symbol("print", Span::default()), arm], Span::default())
        }),
        ("and", |form| Form::node("&&", vec![Form::symbol("print", Span::default()), form], Span::default())),
        ("quote", |form| {
            let unquote = Form::node("unquote", vec![form], Span::default());
            Form::node("quote", vec![Form::list(vec![unquote], Span::default())], Span::default())
        }),
        ("assign", |form| {
            let target = Form::node(
                "@field",
                vec![Form::symbol("print", Span::default()), Form::symbol("x", Span::default())],
                Span::default(),
            );
            Form::node("=", vec![target, form], Span::default())
        }),
        ("async", |form| Form::node("async", vec![form], Span::default())),
        ("class", |form| {
            let method = Form::node(
                "method",
                vec![Form::symbol("m", Span::default()), Form::list(vec![], Span::default()), form],
                Span::default(),
            );
            Form::node("class", vec![Form::symbol("C", Span::default()), method], Span::default())
        }),
    ]
}

/// A copy of the outermost form only, so that nesting does not double.
trait CloneShallow {
    fn clone_shallow(&self) -> Form;
}

impl CloneShallow for Form {
    fn clone_shallow(&self) -> Form {
        Form::null(self.span)
    }
}

#[test]
fn the_deepest_forms_fit_the_stack_of_a_thread() {
    for (name, wrap) in wrappers() {
        let run = std::thread::Builder::new().stack_size(STACK).spawn(move || {
            let fits =
                if matches!(name, "quote" | "function" | "class" | "async") { MAX_DEPTH / 3 } else { MAX_DEPTH - 4 };
            compile_form(nested(fits, wrap)).is_ok()
        });
        let fits = run.expect("threads start").join().expect("it does not overflow the stack");
        assert!(fits, "{name}");
    }
}

#[test]
fn deeper_forms_are_an_error() {
    for (name, wrap) in wrappers() {
        let run = std::thread::Builder::new().stack_size(STACK).spawn(move || {
            let errors = compile_form(nested(2_000, wrap)).map(|_| ()).expect_err("it is too deep");
            errors.iter().any(|error| error.message.contains("levels deep") || error.message.contains("too deep"))
        });
        assert!(run.expect("threads start").join().expect("it does not overflow the stack"), "{name}");
    }
}

#[test]
fn long_chains_compile() {
    compiles(&format!("(var x 1) (print (+ {}))", repeated(100_000, |_| "x ".into())));
    compiles(&format!("(var x 1) (print (&& {}))", repeated(20_000, |_| "x ".into())));
    compiles(&format!("(var x 1) (print #\"{}\")", repeated(20_000, |_| "#{x} ".into())));
}

#[test]
fn many_statements_and_variables_compile() {
    compiles(&repeated(10_000, |at| format!("(print {at})\n")));
    let variables = repeated(20_000, |at| format!("(let v{at} {at})\n"));
    let uses = repeated(20_000, |at| format!("(if v{at} (print v{at}))\n"));
    compiles(&format!("{variables}{uses}"));
}

#[test]
fn many_arms_compile() {
    let arms = repeated(5_000, |at| format!("({at} \"a{at}\")\n"));
    compiles(&format!("(fn f [v] (match v {arms})) (print f)"));
    let cases = repeated(5_000, |at| format!("([{at} x] x)\n"));
    compiles(&format!("(fn f [v] (match v {cases})) (print f)"));
}

#[test]
fn large_literals_compile() {
    compiles(&format!("(print [{}])", repeated(70_000, |at| format!("{at} "))));
    compiles(&format!("(print [{}])", repeated(70_000, |at| format!("\"s{at}\" "))));
    compiles(&format!("(print {{{}}})", repeated(5_000, |at| format!("^k{at} {at} "))));
    compiles(&format!("(print {})", repeated(3_000, |at| format!("{at} "))));
}

#[test]
fn many_functions_that_share_functions_compile() {
    let pairs = repeated(60, |at| match at {
        0 | 1 => format!("(fn f{at} [] 1)\n"),
        _ => format!("(fn f{at} [] ((f{}) + (f{})))\n", at - 1, at - 2),
    });
    let text = format!("{pairs} (f59)");
    let module = support::compile_text(&text, Notation::Gene, None).expect("it is right");
    let listing = motet_code::disassemble(&module.main);
    assert_eq!(listing.matches("function f").count(), 60, "each is a constant, listed once");
    let chain = repeated(3_000, |at| match at {
        0 => "(fn f0 [] 1)\n".into(),
        _ => format!("(fn f{at} [] (f{}))\n", at - 1),
    });
    compiles(&format!("{chain} (f2999)"));
}

#[test]
fn what_is_too_large_is_an_error_that_says_so() {
    let names = repeated(70_000, |at| format!("(x .m{at})\n"));
    let result = support::compile_text(&format!("(let x 1) {names}"), Notation::Gene, None);
    let errors = result.map(|_| ()).expect_err("names need constants");
    assert!(errors[0].message.starts_with("function too large"), "{}", errors[0].message);
    let variables = repeated(70_000, |at| format!("(let v{at} (print {at}))\n"));
    let uses = repeated(70_000, |at| format!("v{at} "));
    let result = support::compile_text(&format!("{variables} (print [{uses}])"), Notation::Gene, None);
    let errors = result.map(|_| ()).expect_err("variables need registers");
    assert!(errors[0].message.starts_with("function too large"), "{}", errors[0].message);
    let parameters = repeated(100_000, |at| format!("p{at} "));
    let result = support::compile_text(&format!("(fn f [{parameters}] 1) (f)"), Notation::Gene, None);
    let errors = result.map(|_| ()).expect_err("parameters need registers");
    assert!(errors[0].message.starts_with("a function has at most"), "{}", errors[0].message);
}

#[test]
fn long_jumps_lead_where_they_should() {
    // The verifier checks that jumps land on instructions, the checker that all paths agree.
    let body = repeated(20_000, |at| format!("(print x {at})"));
    compiles(&format!("(var x 0) (while (x < 3) {body} (x += 1))"));
    compiles(&format!("(for x in [1 2] {body})"));
    compiles(&format!("(var x 0) (if (x == 1.5) (do {body}) else (do {body}))"));
    compiles(&format!("(var x 0) (try {body} catch * e (print e x) finally {body})"));
}
