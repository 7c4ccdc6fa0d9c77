//! Names that other languages have for what this one writes differently: the error shows ours, in the notation of the
//! program.

/// What a name stands for elsewhere, with what to write in `.soc` and in `.gene`.
const FOREIGN: &[(&str, &str, &str)] = &[
    (
        "++",
        "text is put together by `a + b`; to count, write `i += 1`",
        "text is put together by `(a + b)`; to count, write `(i += 1)`",
    ),
    ("--", "to count down, write `i -= 1`", "to count down, write `(i -= 1)`"),
    (
        "->>",
        "write `xs |> map(f)`",
        "`(-> xs (map f))` does that too: functions and collections may stand in either order",
    ),
    (
        "Array",
        "the type is `List`; a list is `[1, 2]` or `fill(n, 0)`",
        "the type is `List`; a list is `[1 2]` or `(fill n 0)`",
    ),
    ("Counter", "write `count_by(xs)`", "write `(count_by xs)`"),
    (
        "DataFrame",
        "a table is `table({city: [\"Rome\"], price: [3]})`",
        "a table is `(table {^city [\"Rome\"] ^price [3]})`",
    ),
    (
        "Exception",
        "errors are of the class `Error`, or of one below it",
        "errors are of the class `Error`, or of one below it",
    ),
    ("False", "write `false`", "write `false`"),
    ("Inf", "infinity is `Infinity`", "infinity is `Infinity`"),
    ("JSON", "write `json.stringify(x)`, `json.parse(text)`", "write `(json/stringify x)`, `(json/parse text)`"),
    (
        "LinkedList",
        "a list is `[1, 2]`, a queue with two ends `deque()`",
        "a list is `[1 2]`, a queue with two ends `(deque)`",
    ),
    (
        "Lock",
        "what several tasks change is a mutex: `let m = mutex(0)`, `m.update(x => x + 1)`",
        "what several tasks change is a mutex: `(let m (mutex 0))`, `(m .update (fn [x] (x + 1)))`",
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
        "OrderedDict",
        "records and `dict()` keep the order of their keys",
        "records and `(dict)` keep the order of their keys",
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
    (
        "Queue",
        "between threads it is `channel()`, in one `deque()`",
        "between threads it is `(channel)`, in one `(deque)`",
    ),
    ("System", "write `println(x)`; the time is `now()`", "write `(println x)`; the time is `(now)`"),
    (
        "ThreadPool",
        "every program has one: `parallel_map(f, xs)`, `spawn_background(f)`",
        "every program has one: `(parallel_map f xs)`, `(spawn_background f)`",
    ),
    ("True", "write `true`", "write `true`"),
    ("_", "a function is `x => x > 1`", "a function is `(fn [x] (x > 1))`"),
    ("apply", "write `f(...xs)`", "write `(f xs...)`; an operator as a value is `(op +)`"),
    ("arguments", "take them as `...rest`: `fn f(...rest) { … }`", "take them as `rest...`: `(fn f [rest...] …)`"),
    ("argv", "the arguments of the program are `args`", "the arguments of the program are `args`"),
    (
        "array",
        "a list is `[1, 2]` or `fill(n, 0)`, an array of numbers `tensor([1, 2])`",
        "a list is `[1 2]` or `(fill n 0)`, an array of numbers `(tensor [1 2])`",
    ),
    ("assoc", "write `{...r, name: value}`", "write `(merge r {^name value})`"),
    (
        "atom",
        "a value that changes is `mut x = 1`, one that threads share `signal(1)`",
        "a value that changes is `(var x 1)`, one that threads share `(signal 1)`",
    ),
    ("average", "write `mean(xs)`", "write `(mean xs)`"),
    ("avg", "write `mean(xs)`", "write `(mean xs)`"),
    ("basename", "write `path.name(text)`", "write `(path/name text)`"),
    ("bin", "in base 2 it is `format(\"{:b}\", n)`", "in base 2 it is `(format \"{:b}\" n)`"),
    ("bytearray", "bytes are made with `bytes([1, 2])` or `b\"…\"`", "bytes are made with `(bytes [1 2])` or `b\"…\"`"),
    ("car", "write `first(xs)`", "write `(first xs)`"),
    ("cdr", "write `xs[1..]`", "write `(drop xs 1)`"),
    ("cmp", "write `compare(a, b)`", "write `(compare a b)`"),
    ("comp", "write `x => f(g(x))`", "write `(fn [x] (f (g x)))`"),
    ("compose", "write `x => f(g(x))`", "write `(fn [x] (f (g x)))`"),
    ("cons", "write `[x, ...xs]`", "write `[x xs...]`"),
    (
        "console",
        "write `println(x)`, and to standard error `eprintln(x)`",
        "write `(println x)`, and to standard error `(eprintln x)`",
    ),
    ("constantly", "write `() => x`", "write `(fn [] x)`"),
    (
        "cwd",
        "paths start in the folder in which the program was started: `list_dir(\".\")`",
        "paths start in the folder in which the program was started: `(list_dir \".\")`",
    ),
    ("dec", "write `x - 1`", "write `(x - 1)`"),
    ("deepcopy", "write `copy(x)`", "write `(copy x)`"),
    (
        "defaultdict",
        "write `m.get(key, 0)`, or `m.update(key, x => x + 1, 0)`",
        "write `(m .get key 0)`, or `(m .update key (fn [x] (x + 1)) 0)`",
    ),
    (
        "deref",
        "the value of a signal is `s.value`, of a future `await f`",
        "the value of a signal is `s/value`, of a future `(await f)`",
    ),
    ("dir", "the fields of a record or object are `keys(x)`", "the fields of a record or object are `(keys x)`"),
    ("dirname", "write `path.parent(text)`", "write `(path/parent text)`"),
    ("display", "write `println(x)`", "write `(println x)`"),
    ("dissoc", "write `omit(r, [\"name\"])`", "write `(omit r [\"name\"])`"),
    ("distinct", "write `unique(xs)`", "write `(unique xs)`"),
    ("div", "integer division is `a ~/ b`", "integer division is `(a // b)`"),
    ("do", "a block is `do { … }`", "the body follows without a word: `(while c …)`; several forms are `(do …)`"),
    ("echo", "write `println(x)`", "write `(println x)`"),
    ("elif", "write `else if (…) { … }`", "`elif` stands inside of `(if c a elif d b else e)`"),
    ("empty?", "write `is_empty(xs)`", "write `(is_empty xs)`"),
    ("end", "a block ends with `}`", "a form ends with `)`"),
    ("eq?", "equality is `a == b`", "equality is `(a == b)`"),
    ("equal?", "equality is `a == b`", "equality is `(a == b)`"),
    ("error", "an error is thrown with `throw Error(\"bad\")`", "an error is thrown with `(throw (Error \"bad\"))`"),
    (
        "eval",
        "code that is data is run by macros, in `.gene`",
        "code that is data is run by macros: `(macro name [a] …)`",
    ),
    ("even?", "write `x % 2 == 0`", "write `((x % 2) == 0)`"),
    (
        "exists",
        "of a file `file_exists(path)`, of an element `xs.some(x => x > 1)`",
        "of a file `(file_exists path)`, of an element `(xs .some (fn [x] (x > 1)))`",
    ),
    ("fetch", "write `http.get(url).text()`", "write `((http .get url) .text)`"),
    (
        "fprintf",
        "write `eprintln(x)`; numbers are formatted by `format(\"{:.2}\", x)`",
        "write `(eprintln x)`; numbers are formatted by `(format \"{:.2}\" x)`",
    ),
    ("frequencies", "write `count_by(xs)`", "write `(count_by xs)`"),
    (
        "fs",
        "files are read with `read_file(path)`, without an import",
        "files are read with `(read_file path)`, without an import",
    ),
    ("funcall", "write `f(x)`", "write `(f x)`"),
    (
        "functools",
        "functions of lists need no import: `reduce(f, xs)`",
        "functions of lists need no import: `(reduce f xs)`",
    ),
    ("get-in", "write `r.a.b`", "write `r/a/b`"),
    ("getattr", "a field by its name is `p[\"x\"]`", "a field by its name is `p/<\"x\">`"),
    (
        "getcwd",
        "paths start in the folder in which the program was started: `list_dir(\".\")`",
        "paths start in the folder in which the program was started: `(list_dir \".\")`",
    ),
    ("glob", "write `files.glob(\"*.txt\")`", "write `(files .glob \"*.txt\")`"),
    ("globals", "a name is seen where it is defined, and inside", "a name is seen where it is defined, and inside"),
    (
        "goto",
        "a loop is left with `break`, a function with `return`",
        "a loop is left with `(break)`, a function with `(return)`",
    ),
    ("hasattr", "whether there is a field is `\"x\" in p`", "whether there is a field is `(\"x\" in p)`"),
    (
        "hash-map",
        "a record is `{name: 1}`, a map with any keys `dict()`",
        "a record is `{^name 1}`, a map with any keys `(dict)`",
    ),
    ("i", "the imaginary unit is written `1i`", "the imaginary unit is written `1i`"),
    (
        "id",
        "whether two values are one object says `same(a, b)`",
        "whether two values are one object says `(same a b)`",
    ),
    ("identity", "write `x => x`", "write `(fn [x] x)`"),
    ("inc", "write `x + 1`", "write `(x + 1)`"),
    ("inf", "infinity is `Infinity`", "infinity is `Infinity`"),
    (
        "input",
        "a line of standard input is `read_line(\"Name? \")`",
        "a line of standard input is `(read_line \"Name? \")`",
    ),
    ("instanceof", "whether a value has a type says `x is T`", "whether a value has a type says `(x is T)`"),
    ("interleave", "write `flatten(zip(a, b))`", "write `(flatten (zip a b))`"),
    ("ipairs", "write `for (i, x in xs) { … }`", "write `(for i x in xs …)`"),
    ("it", "a function names its parameter: `x => x * 2`", "a function names its parameter: `(fn [x] (x * 2))`"),
    (
        "itertools",
        "functions of lists need no import: `zip(a, b)`, `combinations(xs, 2)`",
        "functions of lists need no import: `(zip a b)`, `(combinations xs 2)`",
    ),
    ("j", "the imaginary unit is written `1i`", "the imaginary unit is written `1i`"),
    ("lambda", "a function is `x => x + 1`", "a function is `(fn [x] (x + 1))`"),
    ("list-ref", "write `xs[i]`", "write `xs/<i>`"),
    ("malloc", "memory is managed for the program", "memory is managed for the program"),
    ("mapcat", "write `flat_map(f, xs)`", "write `(flat_map f xs)`"),
    ("max_by", "write `max(xs, by: x => x)`", "write `(max xs ^by (fn [x] x))`"),
    ("min_by", "write `min(xs, by: x => x)`", "write `(min xs ^by (fn [x] x))`"),
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
    ("neg?", "write `x < 0`", "write `(x < 0)`"),
    ("newline", "write `println()`", "write `(println)`"),
    ("nil", "write `null`", "write `nil`"),
    ("nil?", "write `x == null`", "write `(x == nil)`"),
    ("none", "write `null`", "write `nil`"),
    ("not", "write `!a` or `not a`", "write `(! a)` or `(not a)`"),
    ("not=", "write `a != b`", "write `(a != b)`"),
    ("nothing", "write `null`", "write `nil`"),
    ("nth", "write `xs[i]`", "write `xs/<i>`"),
    ("null", "write `null`", "write `nil`"),
    ("null?", "write `x == null`, of a list `is_empty(xs)`", "write `(x == nil)`, of a list `(is_empty xs)`"),
    ("nullptr", "write `null`", "write `nil`"),
    ("number->string", "write `str(x)`", "write `(str x)`"),
    ("number?", "write `x is Number`", "write `(x is Number)`"),
    ("odd?", "write `x % 2 == 1`", "write `((x % 2) == 1)`"),
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
    ("partial", "write `x => f(1, x)`", "write `(fn [x] (f 1 x))`"),
    ("pass", "an empty block is `{ }`", "leave the body empty, or write `nil`"),
    ("pcall", "write `try { … } catch (e) { … }`", "write `(try … catch e …)`"),
    ("performance", "the time is `now()`, in milliseconds", "the time is `(now)`, in milliseconds"),
    ("pmap", "write `parallel_map(f, xs)`", "write `(parallel_map f xs)`"),
    ("pos?", "write `x > 0`", "write `(x > 0)`"),
    ("princ", "write `print(x)`", "write `(print x)`"),
    ("printf", "write `println(format(\"{:.2}\", x))`", "write `(println (format \"{:.2}\" x))`"),
    ("prn", "write `println(repr(x))`", "write `(println (repr x))`"),
    ("process", "see `args`, `env`, `exit(code)`", "see `args`, `env`, `(exit code)`"),
    ("puts", "write `println(x)`", "write `(println x)`"),
    ("quit", "write `exit()`", "write `(exit)`"),
    ("quot", "integer division is `a ~/ b`", "integer division is `(a // b)`"),
    ("raise", "an error is thrown with `throw`", "an error is thrown with `(throw e)`"),
    (
        "randint",
        "write `random_int(1, 7)`: the end does not belong to it",
        "write `(random_int 1 7)`: the end does not belong to it",
    ),
    (
        "read",
        "the text of a file is `read_file(path)`, a line of standard input `read_line()`",
        "the text of a file is `(read_file path)`, a line of standard input `(read_line)`",
    ),
    ("rem", "the remainder is `a % b`", "the remainder is `(a % b)`"),
    ("require", "write `import * as m from \"./m\"`", "write `(import * as m from \"./m\")`"),
    ("rest", "write `xs[1..]`", "write `(drop xs 1)`"),
    ("second", "write `xs[1]`", "write `xs/1`"),
    ("setInterval", "write `async do { loop { sleep(ms); … } }`", "write `(async (loop (sleep ms) …))`"),
    ("setTimeout", "write `async do { sleep(ms); … }`", "write `(async (do (sleep ms) …))`"),
    ("setattr", "a field by its name is set with `p[\"x\"] = v`", "a field by its name is set with `(p/<\"x\"> = v)`"),
    ("slurp", "write `read_file(path)`", "write `(read_file path)`"),
    ("some?", "write `x != null`", "write `(x != nil)`"),
    ("spit", "write `write_file(path, text)`", "write `(write_file path text)`"),
    ("sprintf", "write `format(\"{:.2}\", x)`", "write `(format \"{:.2}\" x)`"),
    ("strftime", "write `today().format(\"%d.%m.%Y\")`", "write `((today) .format \"%d.%m.%Y\")`"),
    ("string", "text is made with `str(x)`; the type is `String`", "text is made with `(str x)`; the type is `String`"),
    ("string-append", "write `a + b`, or `\"${a}${b}\"`", "write `(a + b)`, or `#\"#{a}#{b}\"`"),
    ("string-length", "write `len(text)`", "write `(len text)`"),
    ("string?", "write `x is String`", "write `(x is String)`"),
    ("structuredClone", "write `copy(x)`", "write `(copy x)`"),
    ("subs", "write `text[0..2]`", "write `text/<(0 .. 2)>`"),
    ("sys", "see `args`, `env`, `exit(code)`", "see `args`, `env`, `(exit code)`"),
    ("tail", "write `xs[1..]`", "write `(drop xs 1)`"),
    ("this", "write `self`", "write `self`"),
    ("time", "the time is `now()`, in milliseconds", "the time is `(now)`, in milliseconds"),
    ("tonumber", "write `number(text)`", "write `(number text)`"),
    ("tostring", "write `str(x)`", "write `(str x)`"),
    ("tuple", "a list does: `[1, \"a\"]`", "a list does: `[1 \"a\"]`"),
    ("undefined", "write `null`", "write `nil`"),
    ("update-in", "write `r.a.b = f(r.a.b)`", "write `(r/a/b = (f r/a/b))`"),
    ("use", "write `import * as m from \"./m\"`", "write `(import * as m from \"./m\")`"),
    ("vals", "write `values(r)`", "write `(values r)`"),
    ("vec", "a list is `[1, 2]`, and `list(xs)` makes one", "a list is `[1 2]`, and `(list xs)` makes one"),
    ("vector", "a list is `[1, 2]`, and `list(xs)` makes one", "a list is `[1 2]`, and `(list xs)` makes one"),
    ("window", "a program runs without a browser", "a program runs without a browser"),
    (
        "write",
        "to standard output it is `print(x)`, to a file `write_file(path, text)`",
        "to standard output it is `(print x)`, to a file `(write_file path text)`",
    ),
    ("zero?", "write `x == 0`", "write `(x == 0)`"),
    ("zipmap", "write `dict(zip(keys, values))`", "write `(dict (zip keys values))`"),
    ("π", "write `pi`", "write `pi`"),
];

/// Heads of forms that `.gene` does not have, what they are, and what to write.
const FORMS: &[(&str, &str, &str)] = &[
    ("advice", REFUSED, "call what runs before and after where it runs, or pass a function that does"),
    ("after", REFUSED, "call what runs before and after where it runs, or pass a function that does"),
    ("around", REFUSED, "call what runs before and after where it runs, or pass a function that does"),
    ("aspect", REFUSED, "call what runs before and after where it runs, or pass a function that does"),
    ("before", REFUSED, "call what runs before and after where it runs, or pass a function that does"),
    ("begin", FOREIGN_FORM, "several forms are `(do …)`"),
    ("comment", FOREIGN_FORM, "a comment is `# …`, of several lines `#< … >#`"),
    ("cond", FOREIGN_FORM, "write `(if a … elif b … else …)`"),
    ("const", FOREIGN_FORM, "a binding that never changes is `(let x 1)`"),
    ("def", FOREIGN_FORM, "a function is `(fn f [x] …)`, a variable `(var x 1)`"),
    ("def-macro", FOREIGN_FORM, "a macro is `(macro name [a b] …)`"),
    ("defclass", FOREIGN_FORM, "a class is `(class P (ctor [x] (/x = x)))`"),
    ("define", FOREIGN_FORM, "a function is `(fn f [x] …)`, a variable `(var x 1)`"),
    ("defmacro", FOREIGN_FORM, "a macro is `(macro name [a b] …)`"),
    ("defn", FOREIGN_FORM, "a function is `(fn f [x] …)`"),
    ("defparameter", FOREIGN_FORM, "a variable is `(var x 1)`"),
    ("defrecord", FOREIGN_FORM, "a class is `(class P (ctor [x] (/x = x)))`"),
    ("defstruct", FOREIGN_FORM, "a class is `(class P (ctor [x] (/x = x)))`"),
    ("deftype", FOREIGN_FORM, "a class is `(class P (ctor [x] (/x = x)))`"),
    ("defun", FOREIGN_FORM, "a function is `(fn f [x] …)`"),
    ("defvar", FOREIGN_FORM, "a variable is `(var x 1)`"),
    ("doseq", FOREIGN_FORM, "write `(for x in xs …)`"),
    ("dotimes", FOREIGN_FORM, "write `(repeat n …)`, or `(for i in (0 .. n) …)`"),
    ("fnx", FOREIGN_FORM, "a function without a name is `(fn [x] …)`"),
    ("foreach", FOREIGN_FORM, "write `(for x in xs …)`"),
    ("func", FOREIGN_FORM, "a function is `(fn f [x] …)`"),
    ("function", FOREIGN_FORM, "a function is `(fn f [x] …)`"),
    ("handler-case", FOREIGN_FORM, "write `(try … catch Error e …)`"),
    ("if-let", FOREIGN_FORM, "write `(let x …)`, then `(if (x != nil) …)`"),
    ("if-not", FOREIGN_FORM, "write `(if (not c) … else …)`"),
    ("if_not", FOREIGN_FORM, "write `(if (not c) … else …)`"),
    ("interceptor", REFUSED, "call what runs before and after where it runs, or pass a function that does"),
    ("labels", FOREIGN_FORM, "functions of one block see each other: write one `(fn f [] …)` after the other"),
    ("lambda", FOREIGN_FORM, "a function is `(fn [x] (x + 1))`"),
    ("let*", FOREIGN_FORM, "write one `(let x …)` after the other"),
    ("letfn", FOREIGN_FORM, "functions of one block see each other: write one `(fn f [] …)` after the other"),
    ("letrec", FOREIGN_FORM, "functions of one block see each other: write one `(fn f [] …)` after the other"),
    ("loop*", FOREIGN_FORM, "write `(loop … (break v))`"),
    ("mapc", FOREIGN_FORM, "write `(each f xs)`"),
    ("mixin", FOREIGN_FORM, "a class has one parent, `(class P < Q …)`; share functions by a module"),
    ("module", FOREIGN_FORM, "a file is a module: `(export a)` there, `(import a from \"./m\")` here"),
    ("mut", FOREIGN_FORM, "a variable is `(var x 1)`"),
    ("ns", FOREIGN_FORM, "a file is a module: `(export a)` there, `(import a from \"./m\")` here"),
    ("package", FOREIGN_FORM, "a file is a module: `(export a)` there, `(import a from \"./m\")` here"),
    ("progn", FOREIGN_FORM, "several forms are `(do …)`"),
    ("quasiquote", FOREIGN_FORM, "code is quoted with a backquote: `` `(f %x) ``"),
    ("raise", FOREIGN_FORM, "an error is thrown with `(throw e)`"),
    ("recur", FOREIGN_FORM, "`(rec …)` calls the function again that it stands in"),
    ("reset!", FOREIGN_FORM, "write `(x = 1)`, of a signal `(s .set 1)`"),
    ("set!", FOREIGN_FORM, "write `(x = 1)`"),
    ("setf", FOREIGN_FORM, "write `(x = 1)`"),
    ("setq", FOREIGN_FORM, "write `(x = 1)`"),
    ("struct", FOREIGN_FORM, "a class is `(class P (ctor [x] (/x = x)))`"),
    ("swap!", FOREIGN_FORM, "write `(x = (f x))`, of a signal `(s .update f)`"),
    ("switch", FOREIGN_FORM, "write `(match v (1 …) (_ …))` or `(case v when 1 … else …)`"),
    ("unless", FOREIGN_FORM, "write `(if (not c) …)`"),
    ("until", FOREIGN_FORM, "write `(while (not c) …)`"),
    (
        "when",
        FOREIGN_FORM,
        "write `(if c then …)`; among candidates, `when` stands inside of `(case v when a … else …)`",
    ),
    ("when-let", FOREIGN_FORM, "write `(let x …)`, then `(if (x != nil) …)`"),
    ("when-not", FOREIGN_FORM, "write `(if (not c) …)`"),
    ("with-open", FOREIGN_FORM, "a file is closed when nothing refers to it any more: `(let f (open_file path))`"),
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
    ("Exception", "Error"),
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

/// Words that are none where a value stands in `.gene`, and what was probably meant.
const WORDS: &[(&str, &str)] = &[
    ("->", "a function is `(fn [x] (x + 1))`"),
    (":", "a choice is `(if c a else b)` or `(ifel c a b)`"),
    ("=>", "a function is `(fn [x] (x + 1))`"),
    ("?", "a choice is `(if c a else b)` or `(ifel c a b)`"),
    ("and", "conditions have parentheses of their own: `(a and b)`"),
    ("else", "a choice is `(if c a else b)` or `(ifel c a b)`"),
    ("for", "a loop begins with the word, `(for x in xs …)`; a list is made by `(xs .map (fn [x] (x * 2)))`"),
    ("if", "a choice begins with the word: `(if c a else b)` or `(ifel c a b)`"),
    ("or", "conditions have parentheses of their own: `(a or b)`"),
    ("in", "a loop is `(for x in xs …)`; whether a list has an element says `(x in xs)`"),
    ("then", "a choice is `(if c then a else b)`"),
    ("while", "a loop begins with the word: `(while c …)`"),
];

/// What to write in `.gene` instead of a name that can be none of it.
pub(crate) fn shape(name: &str) -> Option<String> {
    let is_word = |rest: &str| rest.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if let Some(key) = name.strip_prefix(':').filter(|key| is_word(key)) {
        return Some(format!("a property is `^{key}`, the field of a record `r/{key}`, text `\"{key}\"`"));
    }
    if let Some(method) = name.strip_prefix('.').filter(|method| is_word(method)) {
        return Some(format!("the object stands first: `(x .{method})`"));
    }
    if let Some(value) = name.strip_prefix('-').filter(|value| is_word(value)) {
        return Some(format!("the negative of a value is `(- {value})`"));
    }
    if let Some(word) = WORDS.iter().find(|(word, _)| *word == name) {
        return Some(word.1.to_owned());
    }
    if !name.is_empty() && name.chars().all(|c| "+-*/%<>=!&|~".contains(c)) && !name.starts_with("//") && name != "--" {
        return Some(format!(
            "an operator stands between values, in parentheses of their own: `(a {name} b)`; as a value it is `(op {name})`"
        ));
    }
    if let Some(counted) = name.strip_suffix("++").filter(|counted| is_word(counted)) {
        return Some(format!("to count, write `({counted} += 1)`"));
    }
    if let Some(counted) = name.strip_suffix("--").filter(|counted| is_word(counted)) {
        return Some(format!("to count down, write `({counted} -= 1)`"));
    }
    if name == "." {
        return Some("a method is called as `(x .name)`, a field read as `x/name`".to_owned());
    }
    if name == "..." {
        return Some("the elements of a list are given by its name: `(let xs [1 2])`, then `(f xs...)`".to_owned());
    }
    if name.starts_with("//") || name.starts_with("--") || name.starts_with("/*") {
        return Some("a comment begins with `# `".to_owned());
    }
    None
}

/// What the type is called here that a name stands for elsewhere.
pub(crate) fn type_of(name: &str) -> Option<&'static str> {
    TYPES.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| TYPES[at].1)
}

/// All hints with what they are for: the word, and in `.gene` or not.
pub fn foreign_hints() -> impl Iterator<Item = (&'static str, bool, &'static str)> {
    let names = FOREIGN.iter().flat_map(|&(name, soc, gene)| [(name, false, soc), (name, true, gene)]);
    names.chain(FORMS.iter().map(|&(head, _, hint)| (head, true, hint)))
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
