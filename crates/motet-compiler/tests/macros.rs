//! Macros, with an expander that knows by a macro's name what it returns: running them is the VM's business.

mod support;

use motet_code::{Datum, DatumEntry, Function};
use motet_compiler::MacroExpander;
use motet_syntax::Notation;
use motet_syntax::form::Span;
use std::sync::Arc;

#[derive(Default)]
struct Expander {
    defined: Vec<String>,
    expansions: usize,
}

fn symbol(name: &str) -> Datum {
    Datum::Symbol(name.into())
}

fn node(head: &str, children: Vec<Datum>) -> Datum {
    Datum::Node { head: Box::new(symbol(head)), props: Vec::new(), children }
}

impl MacroExpander for Expander {
    fn define(&mut self, name: &str, function: &Arc<Function>) {
        assert_eq!(&*function.name, name);
        self.defined.push(name.into());
    }

    fn imported(&mut self, path: &str, name: &str) -> Option<Arc<Function>> {
        let module = support::compile_text(&format!("(fn {name} [x...] x) (print {name})"), Notation::Gene, None);
        let module = module.ok().filter(|_| path == "./macros" && name == "unless")?;
        module.main.constants.iter().find_map(|constant| match constant {
            motet_code::Constant::Function(function) => Some(function.clone()),
            _ => None,
        })
    }

    fn expand(
        &mut self,
        function: &Arc<Function>,
        mut arguments: Vec<Datum>,
        _named: Vec<DatumEntry>,
        _span: Span,
    ) -> Result<Datum, String> {
        self.expansions += 1;
        match &*function.name {
            "unless" => {
                arguments.insert(1, Datum::Null);
                arguments.insert(2, symbol("else"));
                Ok(node("if", arguments))
            }
            "define" => Ok(node("let", arguments)),
            "forever" => Ok(node("forever", Vec::new())),
            "double" => Ok(node("do", vec![node("double", Vec::new()), node("double", Vec::new())])),
            "deep" => Ok((0..1_000).fold(Datum::Null, |inner, _| Datum::List(vec![inner]))),
            "wrong" => Ok(node("break", Vec::new())),
            _ => Err("it failed".into()),
        }
    }
}

fn errors(text: &str) -> Vec<String> {
    let mut expander = Expander::default();
    match support::compile_text(text, Notation::Gene, Some(&mut expander)) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|error| format!("{}: {}", &text[error.span.range()], error.message)).collect(),
    }
}

#[test]
fn a_macro_is_usable_after_its_definition() {
    let mut expander = Expander::default();
    let text = "(macro unless [c body...] `(if %c nil else %@body)) (unless (1 > 2) (print 1))";
    let module = support::compile_text(text, Notation::Gene, Some(&mut expander));
    assert!(module.is_ok());
    assert_eq!((expander.defined, expander.expansions), (vec!["unless".to_string()], 1));
    assert_eq!(errors("(unless 1 2) (macro unless [c body...] c)"), ["unless: `unless` is no form of this language"]);
}

#[test]
fn macros_use_static_functions_but_no_variables() {
    assert_eq!(errors("(fn helper [x] x) (macro unless [c] (helper c)) (unless 1 2)"), [""; 0]);
    let found = errors("(let limit (print 1)) (macro unless [c] limit)");
    assert_eq!(found, ["(macro unless [c] limit): a macro cannot use `limit`"]);
}

#[test]
fn an_expansion_may_define_names() {
    assert_eq!(errors("(macro define [n v] n) (define x 1) (print x)"), [""; 0]);
}

#[test]
fn macros_are_imported() {
    assert_eq!(errors("(import unless:not_if from \"./macros\") (not_if 1 2)"), [""; 0]);
}

#[test]
fn errors_in_expansions_stand_where_the_macro_is_used() {
    assert_eq!(errors("(macro wrong [] 1) (wrong)"), ["(wrong): `break` outside of a loop"]);
    assert_eq!(errors("(macro failing [] 1) (failing)"), ["(failing): it failed"]);
    assert_eq!(errors("(macro deep [] 1) (deep)"), ["(deep): the expansion of `deep` is nested too deep"]);
    assert_eq!(errors("(macro unless [] 1) (print unless)"), ["unless: `unless` is a macro, not a value"]);
}

#[test]
fn expansion_without_end_is_an_error() {
    assert_eq!(errors("(macro forever [] 1) (forever)"), ["(forever): expanding `forever` does not end"]);
    let doubled = errors("(macro double [] 1) (double)");
    assert!(doubled[0].contains("expanding `double` does not end"), "{}", doubled[0]);
    assert!(doubled.len() < 200, "{} errors", doubled.len());
}
