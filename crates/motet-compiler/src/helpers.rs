//! Helpers: what compiled code calls that no program can name.
//!
//! Each is a [`Constant::Extern`](motet_code::Constant::Extern) whose name begins with `%`, called like any builtin, with
//! positional arguments only. The VM implements exactly this list; [`ALL`] holds the names with the number of arguments,
//! so that a test of the VM can go through them.
//!
//! # Tasks and threads
//!
//! | helper | meaning |
//! |---|---|
//! | `%spawn(closure, arguments, want_result)` | `spawn` and `spawn_return`: runs `closure` on a new thread. `arguments` is a list, one value for each parameter of the closure, in order (`args: {x: 1}` makes a parameter `x`); `want_result` is a boolean: true gives a future, false the thread. The value of the closure being a function is an error that suggests calling it. |
//! | `%scope(closure)` | calls `closure`, waits for all tasks started while it ran, gives its value; if it or one of them throws, the others are cancelled, and the error goes on. |
//! | `%await_timeout(value, timeout)` | `await` with a limit in milliseconds or as a duration; throws `Timeout`. |
//! | `%select(sources, wait)` | waits until the first of a list of futures, channels and threads has something, and gives the list `[index, value]`: the future's result, what was received, the thread's end. The others are left as they are. If `wait` is false and none is ready, `[-1, null]`. |
//! | `%timer(duration)` | a time as a source of `%select`, so many milliseconds or that duration: `sleep` in an arm. |
//! | `%hold_enter()`, `%hold_exit()` | the ends of `hold { … }`: between them no message callback interrupts the task. They nest. `%hold_exit` runs on every way out. |
//!
//! `async { … }` and `generate { … }` need no helper: they call a closure whose flags say `asynchronous` or `generator`.
//!
//! # Tests, assertions, contracts
//!
//! | helper | meaning |
//! |---|---|
//! | `%test(name, closure)` | registers a test, or runs it, as the host wants. |
//! | `%assert_failed(operator, left, right, message, text)` | throws the error of a failed assertion. `operator` is a string such as `"=="` with both operands, or null where the asserted expression is no comparison; then `left` is its value and `right` null. `message` is what the program gave, or null; `text` the source of the expression. |
//! | `%contract_failed(kind, text, function)` | throws; `kind` is `"requires"` or `"ensures"`, `text` the source of the condition, `function` the function's name. |
//!
//! # Patterns
//!
//! | helper | meaning |
//! |---|---|
//! | `%mismatch(value, text)` | throws that `value` does not have the form of the pattern whose source is `text` (in `let`). |
//! | `%in_range(value, start, end, inclusive)` | whether `value` lies in the range; false, no error, for values that cannot be compared with the ends. An end may be null: open. |
//! | `%matches(value, found)` | what a capitalised name in a pattern means: if `found` is a class or type, whether `value` is an instance; if it is an enum, whether `value` is one of its cases; else whether they are equal. |
//! | `%positional_check(class, count)` | throws unless `class` (a class or enum case) has exactly `count` positional fields. |
//! | `%positional(value, class, index)` | the positional field `index` of `value`, an instance of `class`. |
//! | `%record_rest(record, names)` | a new record with all entries of `record` but those whose keys are in the list `names`. |
//!
//! Where the class is known to the compiler, positional fields become plain field reads.
//!
//! # Types and enums
//!
//! | helper | meaning |
//! |---|---|
//! | `%type_list(type)` | the type of lists whose elements are of `type`. |
//! | `%type_record(fields)` | records that have these fields; `fields` is a record of types, in which `%type_optional` marks what may be missing. |
//! | `%type_optional(type)` | `type` or null. |
//! | `%type_union(types)` | any of a list of types. |
//! | `%type_function(parameters, result)` | functions; `parameters` a list of types or null, `result` a type or null. Only that the value can be called is checked. |
//! | `%type_literal(value)` | the type of one string, number or boolean. |
//! | `%type_named(name, type)` | the same type, called `name` in messages. |
//! | `%enum(name, cases)` | an enum. `cases` is a list of lists of strings: the case's name, then its fields. The result has a field for each case: a value if the case has no fields, else a constructor that is also what `InstanceOf` tests. A value of a case has the case's fields. |
//!
//! # Collections
//!
//! | helper | meaning |
//! |---|---|
//! | `%in(value, container)` | whether a list, range, string or set holds a value, or a record or map a key. |
//! | `%index_place(value, indexes)` | where `m[i, j, k]` is assigned, what `[k]` stands behind: `m[i, j]`, or a part of an object. |
//! | `%index_many(value, indexes)` | `m[i, j]`: an element of nested lists; a range takes several, and what follows it is taken of each. |
//!
//! # Quoting
//!
//! | helper | meaning |
//! |---|---|
//! | `%node(head, props, children)` | a node of a head, a record of properties and a list of children. |
//!
//! # What the compiler relies on beside helpers
//!
//! - `thread` is a builtin with the fields `current` and `main` (`$thread` and `$main_thread` read them), `sleep` one of
//!   its fixed names.
//! - The `Def` register of an operation may be one of its own `Use` registers if that is flagged `LAST`, and the first of its own
//!   `TakeRange`: operands are read before the result is written.
//! - `Super` and its variants count the class in `b`: `b` is the number of arguments plus one.
//! - `Class`: the fields before the empty name are the constructor's positional parameters that some method sets as
//!   fields of self (without a constructor: the declared fields), those behind it all others that methods set.
//! - A constructor is the method `ctor`. Defaults of fields are set by the constructor, after its call of the parent's if it
//!   makes one; a class with such fields and no constructor gets one that passes all its arguments on.
//! - `Super` with the name `ctor` where no ancestor has a constructor takes no arguments and does nothing.
//! - `ListRest` from an index behind the list's end is an empty list.
//! - `CallNamed` and its like with `VARIANT` are followed by a `Return` of their first register, which then is never reached.
//! - A function flagged `method` that stands in a record has self in r0 when called as `record.name(…)`.

/// All helpers with the number of their arguments.
pub const ALL: &[(&str, usize)] = &[
    ("%spawn", 3),
    ("%scope", 1),
    ("%await_timeout", 2),
    ("%select", 2),
    ("%timer", 1),
    ("%hold_enter", 0),
    ("%hold_exit", 0),
    ("%test", 2),
    ("%assert_failed", 5),
    ("%contract_failed", 3),
    ("%mismatch", 2),
    ("%in_range", 4),
    ("%matches", 2),
    ("%positional_check", 2),
    ("%positional", 3),
    ("%record_rest", 2),
    ("%type_list", 1),
    ("%type_record", 1),
    ("%type_optional", 1),
    ("%type_union", 1),
    ("%type_function", 2),
    ("%type_named", 2),
    ("%type_literal", 1),
    ("%enum", 2),
    ("%node", 3),
    ("%in", 2),
    ("%index_many", 2),
    ("%index_place", 2),
];
