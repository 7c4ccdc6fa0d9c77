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
    ("Inf", "infinity is `Infinity`", "infinity is `Infinity`"),
    ("JSON", "write `json.stringify(x)`, `json.parse(text)`", "write `(json/stringify x)`, `(json/parse text)`"),
    (
        "LinkedList",
        "a list is `[1, 2]`, a queue with two ends `deque()`",
        "a list is `[1 2]`, a queue with two ends `(deque)`",
    ),
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
        "PriorityQueue",
        "a heap gives its least element first: `heap()`",
        "a heap gives its least element first: `(heap)`",
    ),
    (
        "Promise",
        "a future of several is `await_all(fs)`, `await_any(fs)`, `race(fs)`",
        "a future of several is `(await_all fs)`, `(await_any fs)`, `(race fs)`",
    ),
    ("True", "write `true`", "write `true`"),
    ("arguments", "take them as `...rest`: `fn f(...rest) { … }`", "take them as `rest...`: `(fn f [rest...] …)`"),
    ("argv", "the arguments of the program are `args`", "the arguments of the program are `args`"),
    ("array", "a list is `[1, 2]` or `fill(n, 0)`", "a list is `[1 2]` or `(fill n 0)`"),
    ("average", "write `mean(xs)`", "write `(mean xs)`"),
    ("avg", "write `mean(xs)`", "write `(mean xs)`"),
    ("bin", "in base 2 it is `format(\"{:b}\", n)`", "in base 2 it is `(format \"{:b}\" n)`"),
    ("bytearray", "bytes are made with `bytes([1, 2])` or `b\"…\"`", "bytes are made with `(bytes [1 2])` or `b\"…\"`"),
    (
        "console",
        "write `println(x)`, and to standard error `eprintln(x)`",
        "write `(println x)`, and to standard error `(eprintln x)`",
    ),
    (
        "datetime",
        "the time is `now()`, in milliseconds; a length of time is `seconds(1)`",
        "the time is `(now)`, in milliseconds; a length of time is `(seconds 1)`",
    ),
    ("deepcopy", "write `copy(x)`", "write `(copy x)`"),
    ("div", "integer division is `a ~/ b`", "integer division is `(a // b)`"),
    ("echo", "write `println(x)`", "write `(println x)`"),
    ("elif", "write `else if (…) { … }`", "`elif` stands inside of `(if c a elif d b else e)`"),
    ("error", "an error is thrown with `throw Error(\"bad\")`", "an error is thrown with `(throw (Error \"bad\"))`"),
    (
        "fprintf",
        "write `eprintln(x)`; numbers are formatted by `format(\"{:.2}\", x)`",
        "write `(eprintln x)`; numbers are formatted by `(format \"{:.2}\" x)`",
    ),
    (
        "fs",
        "files are read with `read_file(path)`, without an import",
        "files are read with `(read_file path)`, without an import",
    ),
    ("getattr", "a field by its name is `p[\"x\"]`", "a field by its name is `p/<\"x\">`"),
    (
        "goto",
        "a loop is left with `break`, a function with `return`",
        "a loop is left with `(break)`, a function with `(return)`",
    ),
    ("hasattr", "whether there is a field is `\"x\" in p`", "whether there is a field is `(\"x\" in p)`"),
    ("i", "the imaginary unit is written `1i`", "the imaginary unit is written `1i`"),
    (
        "input",
        "a line of standard input is `read_line(\"Name? \")`",
        "a line of standard input is `(read_line \"Name? \")`",
    ),
    ("ipairs", "write `for (i, x in xs) { … }`", "write `(for i x in xs …)`"),
    ("j", "the imaginary unit is written `1i`", "the imaginary unit is written `1i`"),
    ("lambda", "a function is `x => x + 1`", "a function is `(fn [x] (x + 1))`"),
    ("linspace", "equal steps are `0..=1 by 0.1`", "equal steps are `(range 0 1 0.1)`"),
    ("malloc", "memory is managed for the program", "memory is managed for the program"),
    ("missing", "write `null`", "write `nil`"),
    ("mod", "the remainder is `a % b`", "the remainder is `(a % b)`"),
    (
        "module",
        "a file is a module: `export {a}` there, `import {a} from \"./m\"` here",
        "a file is a module: `(export a)` there, `(import a from \"./m\")` here",
    ),
    (
        "namespace",
        "a file is a module: `export {a}` there, `import {a} from \"./m\"` here",
        "a file is a module: `(export a)` there, `(import a from \"./m\")` here",
    ),
    ("nil", "write `null`", "write `nil`"),
    ("none", "write `null`", "write `nil`"),
    ("not", "write `!a` or `not a`", "write `(! a)` or `(not a)`"),
    ("nothing", "write `null`", "write `nil`"),
    ("nullptr", "write `null`", "write `nil`"),
    ("ones", "write `fill(n, 1)`", "write `(fill n 1)`"),
    (
        "open",
        "a file is `open_file(path)`, its text `read_file(path)`",
        "a file is `(open_file path)`, its text `(read_file path)`",
    ),
    (
        "os",
        "see `args`, `env`, `list_dir(path)`, `run_process(program)`",
        "see `args`, `env`, `(list_dir path)`, `(run_process program)`",
    ),
    ("pairs", "write `for (k, v in r) { … }` or `entries(r)`", "write `(for k v in r …)` or `(entries r)`"),
    ("pass", "an empty block is `{ }`", "leave the body empty, or write `nil`"),
    ("pcall", "write `try { … } catch (e) { … }`", "write `(try … catch e …)`"),
    ("printf", "write `println(format(\"{:.2}\", x))`", "write `(println (format \"{:.2}\" x))`"),
    ("process", "see `args`, `env`, `exit(code)`", "see `args`, `env`, `(exit code)`"),
    ("puts", "write `println(x)`", "write `(println x)`"),
    ("raise", "an error is thrown with `throw`", "an error is thrown with `(throw e)`"),
    ("rand", "write `random()`", "write `(random)`"),
    (
        "randint",
        "write `random_int(1, 7)`: the end does not belong to it",
        "write `(random_int 1 7)`: the end does not belong to it",
    ),
    ("rem", "the remainder is `a % b`", "the remainder is `(a % b)`"),
    ("require", "write `import * as m from \"./m\"`", "write `(import * as m from \"./m\")`"),
    ("setInterval", "write `async do { loop { sleep(ms); … } }`", "write `(async (loop (sleep ms) …))`"),
    ("setTimeout", "write `async do { sleep(ms); … }`", "write `(async (do (sleep ms) …))`"),
    ("setattr", "a field by its name is set with `p[\"x\"] = v`", "a field by its name is set with `(p/<\"x\"> = v)`"),
    ("string", "text is made with `str(x)`; the type is `String`", "text is made with `(str x)`; the type is `String`"),
    ("structuredClone", "write `copy(x)`", "write `(copy x)`"),
    ("sys", "see `args`, `env`, `exit(code)`", "see `args`, `env`, `(exit code)`"),
    ("this", "write `self`", "write `self`"),
    ("time", "the time is `now()`, in milliseconds", "the time is `(now)`, in milliseconds"),
    ("tonumber", "write `number(text)`", "write `(number text)`"),
    ("tostring", "write `str(x)`", "write `(str x)`"),
    ("tuple", "a list does: `[1, \"a\"]`", "a list does: `[1 \"a\"]`"),
    ("undefined", "write `null`", "write `nil`"),
    ("window", "a program runs without a browser", "a program runs without a browser"),
    ("zeros", "write `fill(n, 0)`", "write `(fill n 0)`"),
    ("π", "write `pi`", "write `pi`"),
];

/// Heads of forms that `.gene` does not have, what they are, and what to write.
const FORMS: &[(&str, &str, &str)] = &[
    ("aspect", REFUSED, "call what runs before and after where it runs, or pass a function that does"),
    ("begin", FOREIGN_FORM, "several forms are `(do …)`"),
    ("cond", FOREIGN_FORM, "write `(if a … elif b … else …)`"),
    ("def", FOREIGN_FORM, "a function is `(fn f [x] …)`, a variable `(var x 1)`"),
    ("define", FOREIGN_FORM, "a function is `(fn f [x] …)`, a variable `(var x 1)`"),
    ("defmacro", FOREIGN_FORM, "a macro is `(macro name [a b] …)`"),
    ("defn", FOREIGN_FORM, "a function is `(fn f [x] …)`"),
    ("defun", FOREIGN_FORM, "a function is `(fn f [x] …)`"),
    ("fnx", FOREIGN_FORM, "a function without a name is `(fn [x] …)`"),
    ("foreach", FOREIGN_FORM, "write `(for x in xs …)`"),
    ("if_not", FOREIGN_FORM, "write `(if (not c) … else …)`"),
    ("interceptor", REFUSED, "call what runs before and after where it runs, or pass a function that does"),
    ("lambda", FOREIGN_FORM, "a function is `(fn [x] (x + 1))`"),
    ("let*", FOREIGN_FORM, "write one `(let x …)` after the other"),
    ("mixin", FOREIGN_FORM, "a class has one parent, `(class P < Q …)`; share functions by a module"),
    ("module", FOREIGN_FORM, "a file is a module: `(export a)` there, `(import a from \"./m\")` here"),
    ("ns", FOREIGN_FORM, "a file is a module: `(export a)` there, `(import a from \"./m\")` here"),
    ("package", FOREIGN_FORM, "a file is a module: `(export a)` there, `(import a from \"./m\")` here"),
    ("progn", FOREIGN_FORM, "several forms are `(do …)`"),
    ("set!", FOREIGN_FORM, "write `(x = 1)`"),
    ("setq", FOREIGN_FORM, "write `(x = 1)`"),
    ("switch", FOREIGN_FORM, "write `(match v (1 …) (_ …))` or `(case v when 1 … else …)`"),
    ("unless", FOREIGN_FORM, "write `(if (not c) …)`"),
    ("until", FOREIGN_FORM, "write `(while (not c) …)`"),
    (
        "when",
        FOREIGN_FORM,
        "write `(if c then …)`; among candidates, `when` stands inside of `(case v when a … else …)`",
    ),
];

const FOREIGN_FORM: &str = "no form of this language";
const REFUSED: &str = "not part of this language: a call does what it says";

/// What the head of a form stands for elsewhere, and what to write here.
pub(crate) fn form(head: &str) -> Option<(&'static str, &'static str)> {
    FORMS.binary_search_by_key(&head, |entry| entry.0).ok().map(|at| (FORMS[at].1, FORMS[at].2))
}

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

/// Names that only `.gene` has: what builds results and options, and types by the names of the notation that it descends
/// from.
const GENE: &[(&str, &str)] = &[
    ("Array", "List"),
    ("Boolean", "Bool"),
    ("Err", "%Err"),
    ("Nil", "Null"),
    ("None", "%None"),
    ("Ok", "%Ok"),
    ("Option", "%Option"),
    ("Result", "%Result"),
    ("Some", "%Some"),
    ("Vector", "List"),
];

/// The builtin that a name stands for in `.gene`.
pub(crate) fn gene_name(name: &str) -> Option<&'static str> {
    GENE.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| GENE[at].1)
}

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
        assert!(super::GENE.is_sorted_by_key(|entry| entry.0));
        assert!(super::FORMS.is_sorted_by_key(|entry| entry.0));
        assert!(super::TYPES.is_sorted_by_key(|entry| entry.0));
    }
}
