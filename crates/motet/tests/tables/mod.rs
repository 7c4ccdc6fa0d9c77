//! What holds for all natives: the machine's, the language's, and those of each library and its modules.

mod callbacks;
mod effects;
mod hints;
mod kinds;
mod options;
mod runs;

use motet::natives::builtins;
use motet_vm::ErrorKind;
use motet_vm::builtins::signature::{Parameters, parameters};
use motet_vm::builtins::{Entry, Place};
use motet_vm::memory::{Symbol, Tag};
use motet_vm::native::{Keywords, NativeFunction};

fn entries() -> impl Iterator<Item = &'static Entry> {
    builtins().entries()
}

fn of_modules() -> impl Iterator<Item = &'static Entry> {
    builtins().modules().flat_map(|module| module.entries).collect::<Vec<_>>().into_iter()
}

fn natives() -> impl Iterator<Item = &'static NativeFunction> {
    entries().chain(of_modules()).map(|entry| &entry.native)
}

#[test]
fn every_native_is_documented() {
    for native in natives() {
        assert!(native.documentation.ends_with('.'), "{} is documented with a sentence", native.name);
    }
    let builtins = builtins();
    assert_eq!(builtins.documentation().filter(|entry| entry.name.starts_with('%')).count(), 0);
    for entry in builtins.documentation() {
        assert!(entry.text.ends_with('.'), "{} is documented with a sentence", entry.name);
        let is_of_module = entry.namespace.is_some_and(|namespace| builtins.module(namespace).is_some());
        let is_named = entry.is_method || is_of_module || builtins.is_extern(entry.name);
        assert!(is_named, "{} can be named", entry.name);
    }
}

/// Numbers and keywords of arguments are read from the signature. These take more than it shows.
#[test]
fn signatures_agree_with_what_is_checked() {
    for entry in entries().chain(of_modules()) {
        let native = &entry.native;
        let Parameters { least: required, most, has_keywords } = parameters(native.signature);
        let (least, limit) = native.arity;
        // A method of an object as well as a function.
        let may_take_one_more = entry.foreign.is_some() && entry.place != Place::Method;
        let is_right = match most {
            // How many of the rest there must be, a signature does not say.
            usize::MAX => limit == usize::MAX && least >= required,
            _ => least == required && (limit == most || may_take_one_more && limit == most + 1),
        };
        assert!(is_right, "{} takes {least} to {limit} arguments", native.signature);
        let shown = if has_keywords { Keywords::InSignature } else { Keywords::None };
        assert!(
            native.keywords == shown || native.keywords == Keywords::Any,
            "{} has other keywords",
            native.signature
        );
    }
}

#[test]
fn names_are_given_once() {
    let builtins = builtins();
    for entry in entries().filter(|entry| matches!(entry.place, Place::Global | Place::Both(_))) {
        let found = builtins.function(entry.native.name).map(|native| native as *const NativeFunction);
        assert_eq!(found, Some(&entry.native as *const NativeFunction), "{} is declared twice", entry.native.name);
    }
    for tag in [Tag::List, Tag::String, Tag::Record, Tag::Map, Tag::Range, Tag::Int] {
        for entry in entries().filter(|entry| entry.methods_of.contains(tag)) {
            let found =
                builtins.method(tag, Symbol::intern(entry.native.name)).map(|native| native as *const NativeFunction);
            assert_eq!(
                found,
                Some(&entry.native as *const NativeFunction),
                "{tag:?} has two methods {}",
                entry.native.name
            );
        }
    }
}

#[test]
fn the_fixed_names_exist() {
    let builtins = builtins();
    let fixed = "print println str len typeof copy freeze list range map filter reduce sum min max sort push pop keys values \
                 contains split join assert now band bor bxor bnot shl shr same dict Int Float Number String Bool List Record \
                 Map Function Any Infinity NaN pi e math";
    for name in fixed.split_whitespace() {
        assert!(builtins.is_extern(name), "{name} is missing");
    }
    for kind in ErrorKind::ALL {
        assert!(builtins.is_extern(kind.name()), "the class {} is missing", kind.name());
        assert_eq!(builtins.error_class(*kind).as_class().map(|class| class.name().as_str()), Some(kind.name()));
    }
}

#[test]
fn builtins_are_shared_between_threads() {
    let there = std::thread::spawn(|| builtins().names().count()).join().expect("no panic");
    assert_eq!(there, builtins().names().count());
}
