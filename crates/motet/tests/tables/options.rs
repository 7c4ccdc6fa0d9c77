//! Options of builtins: as keywords, or as one last record; unknown ones are errors.

use super::runs::{outcome, run_with};
use super::{entries, of_modules};
use motet_vm::builtins::signature::keywords;
use motet_vm::builtins::{Entry, Place};
use motet_vm::native::Keywords;

/// These take any number of values of any kind, and a record is one of them: their options are keywords only.
const TAKE_ANY_VALUES: &[&str] = &["print", "println", "eprint", "eprintln"];

fn with_options() -> impl Iterator<Item = &'static Entry> {
    let visible = |entry: &&Entry| !matches!(entry.place, Place::Helper | Place::Hidden);
    entries().chain(of_modules()).filter(visible).filter(|entry| entry.native.keywords == Keywords::InSignature)
}

/// A call with as few arguments as it takes, all of them null, and something behind them.
fn call(entry: &Entry, last: &str) -> String {
    let least = vec!["null"; entry.native.arity.0];
    let arguments: Vec<&str> = least.into_iter().chain([last]).collect();
    format!("it({})", arguments.join(", "))
}

#[test]
fn an_unknown_option_is_an_error_that_names_it() {
    let mut count = 0;
    for entry in with_options() {
        let name = entry.native.signature;
        let as_keyword = outcome(entry, &call(entry, "no_such_option: 1"));
        assert!(as_keyword.contains("no_such_option"), "{name} takes an unknown keyword: {as_keyword}");
        count += 1;
        if TAKE_ANY_VALUES.contains(&entry.native.name) {
            continue;
        }
        let in_record = outcome(entry, &call(entry, "{no_such_option: 1}"));
        assert!(in_record.contains("no_such_option"), "{name} takes an unknown option in a record: {in_record}");
    }
    assert!(count > 25, "only {count} builtins with options were found");
}

/// Null stands for every argument, so most calls fail: alike, whichever way the option comes.
#[test]
fn an_option_means_the_same_as_a_keyword_and_in_a_record() {
    for entry in with_options() {
        // A method of objects is only called on its object.
        if TAKE_ANY_VALUES.contains(&entry.native.name) || entry.place == Place::Method {
            continue;
        }
        for option in keywords(entry.native.signature) {
            let as_keyword = outcome(entry, &call(entry, &format!("{option}: false")));
            let in_record = outcome(entry, &call(entry, &format!("{{{option}: false}}")));
            assert_eq!(as_keyword, in_record, "{option} of {}", entry.native.signature);
        }
    }
}

/// An optional argument does not swallow the record, and a record in the place of a collection stays one.
#[test]
fn a_record_behind_the_arguments_is_the_options() {
    let cases = [
        ("range(1, 4, {inclusive: true})", "1..=4"),
        ("range(4, {inclusive: true})", "0..=4"),
        ("range(1, 9, 2, {inclusive: true})", "1..=9 by 2"),
        ("split(\"a b c\", {limit: 2})", "[\"a\", \"b c\"]"),
        ("sort([2, 1], {descending: true})", "[2, 1]"),
        ("max({a: 3, b: 5})", "5"),
        ("[heap([1, 2], {descending: true}).pop(), heap({descending: true}).push(1, 2).pop()]", "[2, 1]"),
        ("await_all([async 1], {timeout: 1000})", "[1]"),
        ("await(async 1, {timeout: 1000})", "1"),
        ("std([1, 2, 3], {sample: true})", "1.0"),
    ];
    for (call, expected) in cases {
        assert_eq!(run_with(&format!("println(repr({call}))")), format!("{expected}\n"), "{call}");
    }
}
