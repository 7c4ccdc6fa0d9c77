//! Builtins without effects: a call whose result is not used is a mistake, of which the compiler warns.

use super::entries;
use motet_vm::builtins::{Entry, Place};

/// They say that they tell something about a value, but may do more: throw for a check, run a generator to its end, look outside.
const DO_MORE: &[&str] = &["file_exists", "has_next", "list"];

fn functions() -> impl Iterator<Item = &'static Entry> {
    entries().filter(|entry| matches!(entry.place, Place::Global | Place::Both(_)))
}

/// A new builtin that only answers a question is declared as one.
#[test]
fn what_only_gives_a_result_is_declared_so() {
    let gives = ["Whether ", "A set of ", "A string ", "A new list", "A new, sorted list", "The number in the middle"];
    for entry in functions() {
        let native = &entry.native;
        let takes_function = native.signature.contains("(f, ") || native.signature.contains("f = null");
        let is_question = gives.iter().any(|start| native.documentation.starts_with(start));
        if is_question && !takes_function && !DO_MORE.contains(&native.name) {
            assert!(native.pure.is_some(), "{} has no other effect than its result: .pure()", native.signature);
        }
    }
}

#[test]
fn the_compiler_is_told_of_builtins_without_effects() {
    let builtins = motet::natives::builtins();
    for name in ["sort", "trim", "union", "is_subset", "abs", "median", "zfill", "strip"] {
        assert!(builtins.pure(name).is_some(), "{name} has no effect");
    }
    // Methods of objects have these names too, or they change something.
    for name in ["set", "push", "println", "join", "sleep", "add"] {
        assert!(builtins.pure(name).is_none(), "{name} has effects");
    }
    assert_eq!(builtins.pure("sort"), Some("sort_in_place"));
    let count = functions().filter(|entry| entry.native.pure.is_some()).count();
    assert!(count > 120, "{count} builtins without effects");
}
