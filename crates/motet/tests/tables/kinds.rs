//! Every kind that `typeof` names is a type: in `is`, in `match`, in annotations, and as `.class`.

use super::runs::run_with;

/// One value of each kind.
const VALUES: &[&str] = &[
    "null",
    "true",
    "1",
    "1.5",
    "2i",
    "\"a\"",
    "symbol(\"a\")",
    "b\"a\"",
    "1..2",
    "[1]",
    "{a: 1}",
    "dict()",
    "set([1])",
    "(x => x)",
    "len",
    "Int",
    "(generate { yield 1 })",
    "(async 1)",
    "thread.current",
    "channel()",
    "mutex(1)",
    "spawn_background(() => 1)",
    "signal(1)",
    "computed(() => 1)",
    "computed(() => late)",
    "effect(() => 1)",
    "seconds(1)",
    "heap()",
    "deque()",
    "rng(1)",
    "tensor([1, 2])",
    "node(\"a\")",
    "Error(\"x\")",
];

#[test]
fn every_kind_is_a_type() {
    for value in VALUES {
        let with = |code: &str| run_with(&format!("let late = [1]\nlet value = {value}\n{code}"));
        let kind = with("print(typeof(value))");
        let shown = with(&format!(
            "fn f(x: {kind}): {kind} {{ x }}\nprint(value is {kind}, match value {{ x: {kind} => 1, _ => 2 }}, typeof(f(value)))"
        ));
        assert_eq!(shown, format!("true 1 {kind}"), "{value}");
        // Records, maps and nodes may have a field of that name.
        if !matches!(kind.as_str(), "Null" | "Record" | "Map" | "Node" | "Class" | "Function") {
            assert_eq!(with("print(value.class.name)"), kind, "{value}");
        }
    }
}
