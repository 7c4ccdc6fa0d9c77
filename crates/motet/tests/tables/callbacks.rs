//! Errors of callbacks name a place, also where the callback is a builtin, which has none of its own.

use super::entries;
use super::runs::run_with;
use motet_vm::builtins::{Entry, Place};

/// A builtin that fails whatever it gets: nothing, a text or several arguments.
const FAILS: &str = "decode";
/// These catch what their function throws.
const CATCH: &[&str] = &["assert_throws"];

/// The names of the parameters that stand before the function, the function's included; none if there is no such parameter.
fn parameters(entry: &Entry) -> Option<Vec<&'static str>> {
    let (_, rest) = entry.native.signature.split_once('(')?;
    let mut names = Vec::new();
    for parameter in rest.trim_end_matches(')').split(", ") {
        let name = parameter.split([' ', ':']).next()?;
        names.push(name.trim_start_matches("..."));
        if name == "f" {
            return Some(names);
        }
    }
    None
}

/// An argument for a parameter of this name.
fn argument(name: &str, method: &str) -> &'static str {
    match name {
        "f" => FAILS,
        "collection" | "list" | "collections" | "values" | "sorted" => "[\"x\", \"y\"]",
        "record" | "container" => "{a: \"x\"}",
        "tensor" => "tensor([1])",
        "key" => "\"a\"",
        "initial" | "text" | "value" | "label" | "style" | "title" => "\"x\"",
        "future" if method == "on_failure" => "(async do { throw \"x\" })",
        "future" => "(async do { \"x\" })",
        "thread" => "thread.current",
        "signal" => "signal(\"x\")",
        "mutex" => "mutex(\"x\")",
        "labels" | "data" => "[\"x\"]",
        _ => panic!("say what stands for the parameter {name} of {method}"),
    }
}

#[test]
fn an_error_of_a_builtin_that_is_a_callback_names_a_place() {
    let mut count = 0;
    let visible = entries().filter(|entry| !matches!(entry.place, Place::Helper | Place::Hidden));
    for entry in visible.filter(|entry| !CATCH.contains(&entry.native.name)) {
        let name = entry.native.name;
        let Some(parameters) = parameters(entry) else { continue };
        let arguments: Vec<&str> = parameters.iter().map(|parameter| argument(parameter, name)).collect();
        let call = match entry.place {
            Place::Method => format!("{}.{name}({})", arguments[0], arguments[1..].join(", ")),
            _ => format!("{name}({})", arguments.join(", ")),
        };
        // What comes later comes while the program waits.
        let program = format!("{call}\nthread.current.send(\"x\")\nsleep(1)");
        check(&program);
        count += 1;
    }
    assert!(count > 40, "only {count} builtins with callbacks were found");
}

#[test]
fn errors_that_no_code_of_the_program_throws_name_a_place() {
    for program in [
        "spawn(int(\"x\")).join()",
        "await spawn_return(int(\"x\"))",
        "(async do { \"x\" }).on_success(int)\nsleep(1)",
        "(async do { sleep(1); \"x\" }).on_success(int)",
        "(async do { throw \"x\" }).on_failure(int)",
        "thread.current.on_message(int)\nthread.current.send(\"x\")\npause()",
        "let go = channel()\nlet t = spawn(do { thread.current.on_message(int); go.recv(); pause() })\nt.send(\"x\")\ngo.send(1)\nt.join()",
        "thread.current.on_message(m => int(m.payload))\nthread.current.send(\"x\")\npause()",
        "fn f(x) { int(x) }\nf(\"x\")",
        "max([\"a\", \"b\"], by: decode)",
        "sort([\"a\", \"b\"], by: decode)",
        "parallel_reduce([1, 2], 0, (a, b) => a + b, combine: decode)\nint(\"x\")",
        "let s = signal(0)\neffect(() => s.set(s.value + 1))",
        "channel().recv()",
        "let m = mutex(0)\nm.with(v => m.with(w => w))",
        "race(async int(\"x\"))",
        "let f = async int(\"x\")\nsleep(1)",
        "spawn_background(() => int(\"x\"))\nsleep(20)",
        "scope { async int(\"x\") }",
        "let total = computed(() => later.value)\ntotal.value\nlet later = signal(1)",
    ] {
        check(program);
    }
}

/// A program that fails, each error of which shows a line of it.
fn check(program: &str) {
    let errors = run_with(program);
    let shown = errors.matches(" --> case.soc:").count();
    let all = errors.matches("error: ").count();
    assert!(all > 0 && shown == all, "{all} errors, {shown} places:\n{program}\n{errors}");
}
