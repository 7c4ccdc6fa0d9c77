//! Names that other languages have for what this one writes differently: the error shows ours, in the notation of the
//! program.

/// What a name stands for elsewhere, with what to write in `.soc` and in `.gene`.
const FOREIGN: &[(&str, &str, &str)] = &[
    (
        "Array",
        "the type is `List`; a list is `[1, 2]` or `fill(n, 0)`",
        "the type is `List`; a list is `[1 2]` or `(fill n 0)`",
    ),
    ("Date", "the time is `now()`, in milliseconds", "the time is `(now)`, in milliseconds"),
    ("False", "write `false`", "write `false`"),
    ("JSON", "write `json.stringify(x)`, `json.parse(text)`", "write `(json/stringify x)`, `(json/parse text)`"),
    ("Math", "write `math`: `math.sqrt(2)`", "write `math`: `(math/sqrt 2)`"),
    ("NULL", "write `null`", "write `nil`"),
    ("Nil", "write `null`; its type is `Null`", "write `nil`; its type is `Null`"),
    ("None", "write `null`", "write `nil`"),
    (
        "Object",
        "a record is `{name: \"Ada\"}`; its functions are `keys(r)`, `values(r)`, `entries(r)`",
        "a record is `{^name \"Ada\"}`; its functions are `(keys r)`, `(values r)`, `(entries r)`",
    ),
    (
        "Promise",
        "a future of several is `await_all(fs)`, `await_any(fs)`, `race(fs)`",
        "a future of several is `(await_all fs)`, `(await_any fs)`, `(race fs)`",
    ),
    ("True", "write `true`", "write `true`"),
    ("arguments", "take them as `...rest`: `fn f(...rest) { … }`", "take them as `rest...`: `(fn f [rest...] …)`"),
    (
        "console",
        "write `println(x)`, and to standard error `eprintln(x)`",
        "write `(println x)`, and to standard error `(eprintln x)`",
    ),
    ("elif", "write `else if (…) { … }`", "`elif` stands inside of `(if c a elif d b else e)`"),
    (
        "fs",
        "files are read with `read_file(path)`, without an import",
        "files are read with `(read_file path)`, without an import",
    ),
    (
        "goto",
        "a loop is left with `break`, a function with `return`",
        "a loop is left with `(break)`, a function with `(return)`",
    ),
    ("i", "the imaginary unit is written `1i`", "the imaginary unit is written `1i`"),
    (
        "input",
        "a line of standard input is `read_line(\"Name? \")`",
        "a line of standard input is `(read_line \"Name? \")`",
    ),
    ("j", "the imaginary unit is written `1i`", "the imaginary unit is written `1i`"),
    ("lambda", "a function is `x => x + 1`", "a function is `(fn [x] (x + 1))`"),
    (
        "namespace",
        "a file is a module: `export {a}` there, `import {a} from \"./m\"` here",
        "a file is a module: `(export a)` there, `(import a from \"./m\")` here",
    ),
    ("nil", "write `null`", "write `nil`"),
    ("not", "write `!a` or `not a`", "write `(! a)` or `(not a)`"),
    (
        "os",
        "see `args`, `env`, `list_dir(path)`, `run_process(program)`",
        "see `args`, `env`, `(list_dir path)`, `(run_process program)`",
    ),
    ("pass", "an empty block is `{ }`", "leave the body empty, or write `nil`"),
    ("process", "see `args`, `env`, `exit(code)`", "see `args`, `env`, `(exit code)`"),
    ("raise", "an error is thrown with `throw`", "an error is thrown with `(throw e)`"),
    ("require", "write `import * as m from \"./m\"`", "write `(import * as m from \"./m\")`"),
    ("setInterval", "write `async do { loop { sleep(ms); … } }`", "write `(async (loop (sleep ms) …))`"),
    ("setTimeout", "write `async do { sleep(ms); … }`", "write `(async (do (sleep ms) …))`"),
    ("sys", "see `args`, `env`, `exit(code)`", "see `args`, `env`, `(exit code)`"),
    ("this", "write `self`", "write `self`"),
    ("undefined", "write `null`", "write `nil`"),
    ("window", "a program runs without a browser", "a program runs without a browser"),
];

/// Builtin functions whose names other languages give to types, and types of other names.
const TYPES: &[(&str, &str)] = &[
    ("Array", "List"),
    ("Boolean", "Bool"),
    ("Dict", "Map"),
    ("Double", "Float"),
    ("Integer", "Int"),
    ("Nil", "Null"),
    ("None", "Null"),
    ("Object", "Record"),
    ("Str", "String"),
    ("Text", "String"),
    ("Vector", "List"),
    ("bool", "Bool"),
    ("dict", "Map"),
    ("float", "Float"),
    ("int", "Int"),
    ("list", "List"),
    ("number", "Number"),
    ("record", "Record"),
    ("set", "Set"),
    ("str", "String"),
    ("string", "String"),
    ("void", "Null"),
];

/// What the type is called here that a name stands for elsewhere.
pub(crate) fn type_of(name: &str) -> Option<&'static str> {
    TYPES.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| TYPES[at].1)
}

/// What to write instead of a name from another language.
pub(crate) fn hint(name: &str, gene: bool) -> Option<&'static str> {
    let at = FOREIGN.binary_search_by_key(&name, |entry| entry.0).ok()?;
    let (_, soc_hint, gene_hint) = FOREIGN[at];
    Some(if gene { gene_hint } else { soc_hint })
}

#[cfg(test)]
mod tests {
    use super::{FOREIGN, hint};

    #[test]
    fn names_are_sorted_and_hints_are_of_their_notation() {
        assert!(FOREIGN.is_sorted_by_key(|entry| entry.0));
        assert_eq!(hint("None", false), Some("write `null`"));
        assert_eq!(hint("None", true), Some("write `nil`"));
        assert_eq!(hint("println", false), None);
        assert!(super::TYPES.is_sorted_by_key(|entry| entry.0));
    }
}
