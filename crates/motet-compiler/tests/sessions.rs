//! Pieces of a session, and what tools read from a tree.

mod support;

use motet_compiler::tree::Used;
use motet_compiler::{CompileOptions, Compiled, Session, compile};
use motet_syntax::{Notation, parse};
use std::sync::Arc;

fn compiled(text: &str, session: Option<&Session>) -> Compiled {
    let parsed = parse(text, Notation::Soc);
    assert!(parsed.errors.is_empty(), "{text}");
    let source = Arc::new(motet_code::Source::new("test", text, false));
    let mut options = CompileOptions::new(&support::is_builtin, &support::builtin_names);
    options.session = session;
    compile(&parsed.forms, source, options)
}

fn piece(text: &str, session: &Session) -> (motet_code::Module, Session) {
    let compiled = compiled(text, Some(session));
    let messages: Vec<&str> = compiled.diagnostics.iter().map(|diagnostic| &*diagnostic.message).collect();
    assert!(messages.is_empty(), "{text}: {messages:?}");
    (compiled.module.expect("no errors"), compiled.session.expect("a session"))
}

fn errors(text: &str, session: &Session) -> Vec<String> {
    compiled(text, Some(session)).diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
}

#[test]
fn later_pieces_see_the_names_of_earlier_ones() {
    let (module, session) = piece("let x = 1; mut n = 2; fn f() { x + n }", &Session::default());
    let slot = |name: &str| session.name(name).expect("it was defined").slot;
    assert_eq!(session.slots().len(), 3);
    // Main captures what it defines.
    let mut captured = module.session.to_vec();
    captured.sort_unstable();
    assert_eq!(captured, [0, 1, 2]);
    assert_eq!(module.main.captures.len(), 3);

    let (module, after) = piece("n = f() + x", &session);
    assert_eq!(module.session.len(), 3);
    assert_eq!(after.slots().len(), 3);

    // A name that is defined anew keeps its cell, so that `f` sees it; between `let` and `mut` it cannot.
    let (_, after) = piece("let x = 5", &session);
    assert_eq!(after.name("x").map(|found| found.slot), Some(slot("x")));
    let (_, after) = piece("mut x = 5", &session);
    assert_eq!(after.name("x").map(|found| (found.slot, found.mutable)), Some((3, true)));
    // What it was before can still be read where it is defined anew.
    piece("let x = x + 1", &session);
}

#[test]
fn a_session_has_the_rules_of_a_module() {
    let (_, session) =
        piece("let x = 1; mut n: Int = 2; class P { new(a) { self.a = a } }; enum E { A(v), B }", &Session::default());
    assert_eq!(errors("x = 2", &session), ["`x` is immutable and cannot be assigned"]);
    assert_eq!(errors("y", &session), ["unknown name `y`"]);
    assert_eq!(errors("y; let y = 1", &session), ["`y` is used before it is defined"]);
    assert_eq!(errors("spawn(print(n))", &session), ["`spawn` cannot use the mutable variable `n`"]);
    piece("match P(1) { P(a) => a, A(v) => v, B => 0 }; let q = [P, A(1), E.B]", &session);
    piece("import {a} from './a'; import * as b from './b'; let [c, d] = [a, b]", &session);
    // A piece with an error changes nothing.
    let compiled = compiled("let z = 1; unknown", Some(&session));
    assert!(compiled.session.is_none() && compiled.module.is_none());
}

#[test]
fn a_tree_says_where_names_are_defined_and_used_also_with_errors() {
    let text = "let x = 1\nmut n = x\nn = n + nowhere\nfn f(a) { a + x + print(n) }";
    let compiled = compiled(text, None);
    assert_eq!(compiled.diagnostics.len(), 1);
    let shown = compiled.tree.uses.iter().map(|found| {
        let place = &text[found.span.range()];
        let variable = |id| {
            let variable = compiled.tree.variable(id);
            assert_eq!(&text[variable.span.range()], &*variable.name);
            variable.span.start
        };
        match &found.of {
            Used::Variable(id) => format!("{place} of {}", variable(*id)),
            Used::Assigned(id) => format!("{place} = of {}", variable(*id)),
            Used::Extern(name) => format!("{place} is {name}"),
            Used::Macro(name) => format!("{place} is the macro {name}"),
        }
    });
    let expected = ["x of 4", "n = of 14", "n of 14", "a of 41", "x of 4", "print is print", "n of 14"];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}
