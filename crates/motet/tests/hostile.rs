//! Programs that mean harm, run by the built command as a stranger's program is run: in the sandbox, with a limit of each
//! kind. Each ends by itself or with the error of the limit that stopped it; the process never crashes, never hangs and
//! never takes much more memory than it may.

mod common;

use common::{Folder, motet, run};
use std::process::Command;

/// What may end a program.
const STEPS: &str = "steps";
const MEMORY: &str = "bytes of memory";
const TIME: &str = "of time";
const OUTPUT: &str = "bytes of output";
const DEPTH: &str = "DepthError";
/// A value that one call of a builtin would make, which the program could catch.
const SIZE: &str = "more than the limit of";
const SANDBOX: &str = "sandbox";

/// Lists nested so deep.
const DEEP: &str = "mut deep = []\nfor (i in 0..100_000) { deep = [deep] }\n";
/// The same, of records and of frozen lists.
const DEEP_RECORD: &str = "mut deep = {}\nfor (i in 0..100_000) { deep = {k: deep} }\n";
/// A list of two lists, each of two lists…: as deep as it says, and 2^1000 leaves if one walks all ways.
const WIDE: &str = "mut wide = [1]\nfor (i in 0..1000) { wide = [wide, wide] }\n";

/// A title, a program, and what may stop it; nothing stops what has `done` printed at its end.
struct Case(&'static str, &'static [&'static str], &'static str);

const CASES: &[Case] = &[
    // Steps.
    Case("a loop", &[STEPS], "loop {}"),
    Case("recursion without depth", &[STEPS], "fn f(n) { f(n + 1) }\nf(0)"),
    Case("a loop that catches", &[STEPS], "loop { try { loop {} } catch (e) {} finally { 1 } }"),
    Case("callbacks", &[STEPS], "loop { [1, 2, 3].map(x => x).filter(x => x > 1) }"),
    Case("a generator", &[STEPS], "fn* g() { loop { yield 1 } }\nfor (x in g()) {}"),
    Case("collecting an endless generator", &[STEPS, SIZE, MEMORY], "fn* g() { loop { yield 1 } }\nlist(g())"),
    // Memory.
    Case("strings that double", &[MEMORY, SIZE], "mut s = \"x\"\nloop { s = s + s }"),
    Case("strings that double in place", &[MEMORY, SIZE], "mut s = \"x\"\nloop { s += s }"),
    Case("interpolation", &[MEMORY, SIZE], "mut s = \"x\"\nloop { s = '${s}${s}${s}' }"),
    Case("repeat", &[SIZE], "\"abc\".repeat(1_000_000_000)"),
    Case("repeat of a list", &[SIZE], "[1, 2, 3].repeat(1_000_000_000)"),
    Case("repeat, caught", &[STEPS, MEMORY], "loop { try { \"abc\".repeat(1_000_000_000) } catch (e) {} }"),
    Case("padding", &[SIZE], "\"a\".pad_start(2_000_000_000)"),
    Case("a wide format", &[SIZE], "format(\"{:2000000000}\", 1)"),
    Case("replace", &[SIZE], "let a = \"a\".repeat(100_000)\na.replace(\"a\", a)"),
    Case("join", &[SIZE, MEMORY], "let a = \"a\".repeat(1_000_000)\nlist(0..1000).map(x => a).join(\"\")"),
    Case("a list of a range", &[SIZE], "list(0..100_000_000)"),
    Case("a spread range", &[SIZE], "[...0..100_000_000]"),
    Case("fill", &[SIZE], "fill(1_000_000_000, 0)"),
    Case("lists that double", &[MEMORY, SIZE], "mut xs = [1]\nloop { xs = [...xs, ...xs] }"),
    Case("lists that concatenate", &[MEMORY, SIZE], "mut xs = [1]\nloop { xs = xs.concat(xs) }"),
    Case("a list of lists", &[MEMORY], "let xs = []\nloop { xs.push([1, 2, 3, 4]) }"),
    Case("a map", &[MEMORY], "let d = dict()\nmut i = 0\nloop { d[i] = i; i += 1 }"),
    Case("a record", &[MEMORY, STEPS], "let r = {}\nmut i = 0\nloop { r[\"k\" + str(i)] = i; i += 1 }"),
    Case("nested data", &[MEMORY], "mut xs = []\nloop { xs = [xs] }"),
    Case("frozen data", &[MEMORY], "mut xs = freeze([])\nloop { xs = freeze([xs]) }"),
    Case("cycles", &[STEPS], "loop { let xs = [1]; xs.push(xs) }"),
    Case("closures", &[MEMORY], "mut f = () => 1\nloop { let g = f; f = () => g() }"),
    Case("windows", &[SIZE, MEMORY], "list(0..100_000).windows(50_000)"),
    Case("chunks", &[MEMORY], "let xs = []\nloop { xs.push(list(0..1000).chunks(1)) }"),
    Case("characters", &[SIZE, MEMORY], "(\"a\".repeat(10_000_000)).chars()"),
    Case("a great power", &[SIZE, "OverflowError"], "mut x = 10\nloop { x = x ^ 10 }"),
    // Time.
    Case("sleeping", &[TIME], "sleep(1_000_000)"),
    Case("waiting for a channel", &["deadlock"], "let c = channel()\nc.recv()"),
    // Output.
    Case("printing", &[OUTPUT], "loop { println(\"all work and no play\") }"),
    Case("printing something great", &[OUTPUT, SIZE, MEMORY], "println(\"a\".repeat(9_000_000))"),
    // Depth, and data nested deep.
    Case("recursion", &[DEPTH, MEMORY], "fn f(n) { 1 + f(n + 1) }\nf(0)"),
    Case("recursion of a method", &[DEPTH, MEMORY], "class A { go() { 1 + self.go() } }\nA().go()"),
    Case("recursion of a getter", &[DEPTH, MEMORY], "class A { get x() { 1 + self.x } }\nA().x"),
    Case("recursion of a constructor", &[DEPTH, MEMORY], "class A { new() { self.a = A() } }\nA()"),
    Case("recursion through a callback", &[DEPTH, MEMORY], "fn f(n) { [n].map(x => f(x)) }\nf(0)"),
    Case("recursion through a comparison", &[DEPTH, MEMORY], "class A { equals(o) { self == o } }\nA() == A()"),
    Case("recursion through printing", &[DEPTH, MEMORY], "class A { to_string() { str(self) } }\nstr(A())"),
    Case("recursion through a generator", &[DEPTH, MEMORY], "fn* g() { for (x in g()) { yield x } }\nlist(g())"),
    Case("recursion through await", &[DEPTH, MEMORY, STEPS], "async fn f() { await f() }\nawait f()"),
    Case("recursion through sorting", &[DEPTH, MEMORY], "fn f() { [2, 1].sort((a, b) => f()) }\nf()"),
    // Tasks, channels, threads.
    Case("tasks", &[MEMORY, STEPS], "loop { async do { sleep(1_000_000) } }"),
    Case(
        "tasks that make tasks",
        &[MEMORY, STEPS, DEPTH],
        "async fn f() { async do { f() }\nf() }\nawait f()\nsleep(1_000_000)",
    ),
    Case("a channel", &[MEMORY], "let c = channel()\nloop { c.send([1, 2, 3]) }"),
    Case(
        "a channel of frozen things",
        &[MEMORY],
        "let c = channel()\nmut i = 0\nloop { i += 1; c.send(freeze([str(i)])) }",
    ),
    Case("a channel of strings", &[MEMORY], "let c = channel()\nloop { c.send(\"ab\".repeat(1000)) }"),
    Case("threads", &["ThreadLimit"], "loop { spawn(do { sleep(1_000_000) }) }"),
    Case("threads that make threads", &["ThreadLimit", STEPS], "fn f() { spawn(do { f() })\nloop {} }\nf()"),
    Case(
        "threads that fill their memory",
        &[MEMORY, STEPS],
        "for (i in 0..4) { spawn(do { let xs = []\nloop { xs.push([1, 2]) } }) }\nloop {}",
    ),
    Case(
        "a mailbox",
        &[MEMORY, TIME, STEPS],
        "let t = spawn(do { sleep(1_000_000) })\nlet a = list(0..10_000)\nloop { t.send(a) }",
    ),
    // The world outside.
    Case("an import", &[SANDBOX], "import {a} from \"./other\""),
];

/// Programs over deep or wide data that end by themselves, or by a limit, whatever is done with it.
const OPERATIONS: &[(&str, &str)] = &[
    ("print", "println(len(str(x)))"),
    ("show", "println(len(repr(x)))"),
    ("compare", "println(x == copy(x))"),
    ("compare with itself", "println(x == x)"),
    ("hash", "println(hash(x) == hash(copy(x)))"),
    ("copy", "let y = copy(x)"),
    ("freeze", "freeze(x)"),
    ("key", "let d = dict()\nd[freeze(x)] = 1\nprintln(d[x])"),
    ("send", "let c = channel()\nc.send(x)\nlet y = c.recv()"),
    ("thread", "let t = spawn_return(args: {x: x}, len(x))\nprintln(await t)"),
    ("contains", "println(contains([1, 2, 3], x))"),
    ("throw", "try { throw x } catch (e) { println(1) }"),
    ("uncaught", "throw x"),
    ("flatten", "flatten(x)"),
    ("drop", "x = null"),
];

/// Chains of what is not data: each link is freed by the destructor of another one.
const CHAINS: &[(&str, &str)] = &[
    ("channels", "mut x = channel()\nfor (i in 0..20_000) { let n = channel()\nn.send(x)\nx = n }\nx = null"),
    (
        "channels in cyclic lists",
        "mut x = channel()\nfor (i in 0..20_000) { let n = channel()\nlet a = [x]\na.push(a)\nn.send(a)\nx = n }\nx = null",
    ),
    (
        "channels in functions, in another thread",
        "mut x = channel()\nfor (i in 0..20_000) { let n = channel()\nlet y = x\nn.send(() => y)\nx = n }\n\
         await spawn_return(args: {x: x}, do { x.recv()\nnull })\nx = null",
    ),
    (
        "computed values",
        "let a = signal(0)\nmut x = computed(() => a.value)\nlet all = []\n\
         for (i in 0..20_000) { let y = x\nx = computed(() => y.value + 1)\nall.push(x)\nx.value }\nall.clear()\nx = null",
    ),
    ("signals", "mut x = signal(0)\nfor (i in 0..20_000) { x = signal(x) }\nx = null"),
    ("futures", "mut x = async 1\nfor (i in 0..20_000) { let y = x\nx = async y }\nx = null"),
];

fn limited() -> Command {
    let mut command = motet();
    command.args(["run", "--sandbox", "--max-memory", "40M", "--max-output", "1M", "--threads", "8"]);
    command
}

/// The address space that the process may have: far more than its limit, because an allocator reserves what it does not
/// use, and far less than would hurt.
#[cfg(not(sanitized))]
fn within_bounds(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg("ulimit -v 4000000; exec \"$0\" \"$@\"").arg(command.get_program()).args(command.get_args());
    shell.env("NO_COLOR", "1").stdin(std::process::Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

/// A sanitizer reserves more than any machine has.
#[cfg(sanitized)]
fn within_bounds(command: &Command) -> Command {
    let mut same = Command::new(command.get_program());
    same.args(command.get_args()).env("NO_COLOR", "1").stdin(std::process::Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        same.current_dir(folder);
    }
    same
}

/// Runs a program; says what is wrong with how it ended.
fn verdict(title: &str, program: &str, wanted: &[&str], steps: &str) -> Option<String> {
    verdict_with("", title, program, wanted, steps)
}

/// The same with an option.
fn verdict_with(option: &str, title: &str, program: &str, wanted: &[&str], steps: &str) -> Option<String> {
    let folder = Folder::new(&format!("hostile{option}-{}", title.replace([' ', ','], "-")));
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let mut command = limited();
    command.args(Some(option).filter(|option| !option.is_empty()));
    // A program that only time can stop need not take long.
    let seconds = if wanted.first() == Some(&TIME) { "1" } else { "200" };
    command.args(["--max-time", seconds, "--max-steps", steps, "case.soc"]).current_dir(&*folder);
    let found = run(&mut within_bounds(&command));
    let told = wanted.iter().any(|reason| found.stderr.contains(reason));
    let fine = match found.code {
        Some(0) => wanted.is_empty(),
        Some(1) => told,
        _ => false,
    };
    let shown: String = found.stderr.chars().take(600).collect();
    (!fine).then(|| format!("{title}: exit {:?}, expected {wanted:?}, stderr:\n{shown}\n", found.code))
}

#[track_caller]
fn none(failures: Vec<String>) {
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is wrong with how the bombs ended.
fn bombs(option: &str) -> Vec<String> {
    CASES
        .iter()
        .filter_map(|Case(title, wanted, program)| {
            // Enough to reach the other limits; what only steps can stop need not take long.
            let steps = if wanted.contains(&STEPS) { "300K" } else { "5M" };
            verdict_with(option, title, program, wanted, steps)
        })
        .collect()
}

#[test]
fn each_bomb_ends_with_the_error_of_a_limit() {
    none(bombs(""));
}

#[test]
#[cfg(feature = "jit")]
fn each_bomb_ends_so_as_machine_code_too() {
    none(bombs("--jit=eager"));
}

#[test]
fn deep_data_breaks_nothing() {
    let mut failures = Vec::new();
    for (shape, data) in [("lists", DEEP), ("records", DEEP_RECORD)] {
        for (title, operation) in OPERATIONS {
            let program = format!("{data}mut x = deep\ndeep = null\n{operation}\n");
            let wanted: &[&str] = if *title == "uncaught" { &["["] } else { &[] };
            let wanted = if *title == "uncaught" && shape == "records" { &["{"] } else { wanted };
            if shape == "records" && matches!(*title, "flatten") {
                continue;
            }
            failures.extend(verdict(&format!("{title} of deep {shape}"), &program, wanted, "10M"));
        }
    }
    none(failures);
}

#[test]
fn wide_data_breaks_nothing() {
    let mut failures = Vec::new();
    for (title, operation) in OPERATIONS {
        let program = format!("{WIDE}mut x = wide\nwide = null\n{operation}\n");
        // What has parts again and again is met once by all but what makes text of it.
        let wanted: &[&str] = match *title {
            "print" | "show" => &[SIZE],
            "uncaught" => &["["],
            _ => &[],
        };
        failures.extend(verdict(&format!("{title} of wide lists"), &program, wanted, "10M"));
    }
    none(failures);
}

#[test]
fn chains_of_what_is_not_data_break_nothing() {
    let verdict = |(title, program): &(&str, &str)| {
        // The smaller stack of a thread, too.
        let inside = format!("spawn(do {{\n{program}\n}}).join()");
        let failure = verdict(&format!("a chain of {title}"), program, &[], "10M");
        failure.or_else(|| verdict(&format!("a chain of {title} in a thread"), &inside, &[], "10M"))
    };
    none(CHAINS.iter().filter_map(verdict).collect());
}

/// Macros, each with what its use is refused with. A file named `touched` would show that one has reached the outside.
const MACROS: &[(&str, &str)] = &[
    ("PermissionError", "(run_process \"touch\" [\"touched\"])"),
    ("PermissionError", "(write_file \"touched\" \"x\")"),
    ("PermissionError", "(read_file \"case.gene\")"),
    ("the macros of the program used more than", "(loop 1)"),
    ("the macros of the program used more than", "(spawn (do (loop 1))) (sleep 1000)"),
    ("the macros of the program used more than", "(var s \"x\") (loop (s = (s + s)))"),
    ("the macros of the program used more than", "(loop (println \"again and again\"))"),
    // What has parts again and again is small as a value and greater than any memory as a program.
    ("make more than", "(var w [1]) (repeat 60 (w = [w w])) w"),
    ("make more than", "(var s (\"x\" .repeat 1000000)) (var w [s]) (repeat 20 (w = [w w])) w"),
];

#[test]
fn macros_touch_nothing_and_end_in_every_command() {
    let folder = Folder::new("hostile-macros");
    let mut failures = Vec::new();
    for (wanted, body) in MACROS {
        let definition = format!("(macro m [] {body} 1)").replace(" w 1)", " w)");
        std::fs::write(folder.join("case.gene"), format!("{definition}\n(m)\n")).expect("the folder can be written");
        std::fs::write(folder.join("m.gene"), format!("{definition}\n(export m)\n"))
            .expect("the folder can be written");
        let user = "(import m from \"./m\")\n(m)\n";
        std::fs::write(folder.join("user.gene"), user).expect("the folder can be written");
        let limits = ["--macro-steps", "200K", "--macro-memory", "200M", "--macro-time", "5", "--macro-output", "10K"];
        let text = format!("(do {definition} (m))");
        for (command, program) in [
            ("check", vec!["case.gene"]),
            ("check", vec!["user.gene"]),
            ("disasm", vec!["case.gene"]),
            ("run", vec!["user.gene"]),
            ("eval", vec!["--gene", &text]),
        ] {
            let found = run(motet().arg(command).args(limits).args(&program).current_dir(&*folder));
            if found.code != Some(1) || !found.stderr.contains(wanted) || folder.join("touched").exists() {
                failures
                    .push(format!("{command} {program:?} of {body}: exit {:?}, stderr:\n{}", found.code, found.stderr));
            }
        }
    }
    none(failures);
}

/// Programs that hold ever more of something: a title and the program. Whatever they do, the process takes no more memory
/// than an empty program, the limit, and the larger of a tenth of it and 8 MB.
#[cfg(all(target_os = "linux", not(sanitized)))]
const HOARDS: &[(&str, &str)] = &[
    ("values of signals", "let all = []\nloop { all.push(signal(\"x\".repeat(1000) + str(len(all)))) }"),
    (
        "signals set in a batch",
        "let s = list(0..20_000).map(i => signal(\"\"))\nloop { batch(() => do { for (t in s) { t.set(\"y\".repeat(5000) + str(t.value.len())) } }) }",
    ),
    (
        "computed values",
        "let all = []\nloop { let i = len(all)\nlet c = computed(() => \"x\".repeat(1000) + str(i))\nc.value\nall.push(c) }",
    ),
    ("effects", "let s = signal(1)\nlet all = []\nloop { all.push(effect(() => s.value)) }"),
    ("enums", "let all = []\nloop { enum E { A(x), B }\nall.push(E) }"),
    ("classes", "let all = []\nloop { class A { new(x) { self.x = x } f() { 1 } }\nall.push(A(1)) }"),
    ("symbols", "let all = []\nloop { all.push(symbol(\"a name that is made from text \" + str(len(all)))) }"),
    (
        "keys",
        "let all = []\nloop { let r = {}\nr[\"a\" + str(len(all) % 200)] = 1\nr[\"b\" + str(len(all))] = 2\nall.push(r) }",
    ),
    ("keys of one record", "let r = {}\nloop { r[\"a\" + str(len(r))] = 1 }"),
    ("unique", "fn* g() { mut n = 0\nloop { yield n\nn += 1 } }\nunique(g())"),
    ("count_by", "fn* g() { mut n = 0\nloop { yield n\nn += 1 } }\ncount_by(g())"),
    ("unique of a range", "unique(0..1_000_000_000_000)"),
    ("group_by", "group_by(x => x, 0..1_000_000_000_000)"),
    ("zip", "zip(0..1_000_000_000_000, 0..1_000_000_000_000)"),
    ("enumerate", "enumerate(list(0..2_000_000))"),
    ("chunks", "chunks(list(0..2_000_000), 1)"),
    ("split", "\"a \".repeat(10_000_000).split(\" \")"),
    ("characters", "\"é\".repeat(2_000_000).chars()"),
    ("a channel", "let c = channel()\nmut i = 0\nloop { i += 1\nc.send([str(i), {a: i}]) }"),
    (
        "tasks with deep stacks",
        "async fn f(n) { if (n == 0) { sleep(1_000_000) } else { g(n) } }\nfn g(n) { if (n == 0) { sleep(1_000_000)\n1 } else { 1 + g(n - 1) } }\nloop { f(1000)\npause() }",
    ),
    (
        "threads",
        "fn fill() { let xs = []\nloop { xs.push(str(len(xs))) } }\nfor (i in 0..6) { spawn(do { fill() }) }\nloop { pause() }",
    ),
    // What is left lies scattered on pages that would be free without it.
    (
        "scattered blocks",
        "let kept = []\nmut size = 20\nloop { let all = list(0..3000).map(i => \"x\".repeat(size))\nfor (i in 0..3000) { if (i % 50 == 0) { kept.push(all[i]) } }\nsize += 16\nif (size > 4000) { size = 20 } }",
    ),
    ("a list that grows", "let xs = []\nloop { xs.push(1) }"),
    ("a string that grows", "mut s = \"\"\nloop { s += \"more of it\" }"),
    ("a map that grows", "let d = dict()\nmut i = 0\nloop { i += 1\nd[i] = i }"),
    ("a format", "format(\"{:900000000}\", 1)"),
    ("an error", "throw \"x\".repeat(30_000_000)"),
];

/// Runs a program under a limit of memory; gives how it ended, and the most memory that its process had in use, in bytes.
#[cfg(all(target_os = "linux", not(sanitized)))]
fn run_measured(folder: &Folder, program: &str, options: &[&str]) -> (common::Run, u64) {
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    // The shell's own memory counts for what it starts, so it is started by a program that is small.
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M", "-o", "peak"]).arg(motet().get_program()).arg("run").args(options).arg("case.soc");
    command.env("NO_COLOR", "1").stdin(std::process::Stdio::null()).current_dir(&**folder);
    let found = run(&mut command);
    let peak = std::fs::read_to_string(folder.join("peak")).expect("it was measured");
    let kilobytes: u64 = peak.lines().last().and_then(|line| line.trim().parse().ok()).expect("a number");
    (found, kilobytes * 1024)
}

#[cfg(all(target_os = "linux", not(sanitized)))]
#[test]
fn no_program_takes_more_memory_than_its_limit_says() {
    let folder = Folder::new("hostile-memory");
    // It becomes machine code: pages of the command that make some are none of a program's memory.
    let (_, empty) = run_measured(&folder, "mut i = 0\nwhile (i < 100_000) { i += 1 }", &[]);
    let mut failures = Vec::new();
    for (title, program) in HOARDS {
        for (limit, bytes) in [("40M", 40_000_000), ("10M", 10_000_000)] {
            let options =
                ["--sandbox", "--max-memory", limit, "--max-time", "60", "--max-output", "1M", "--threads", "8"];
            let (found, peak) = run_measured(&folder, program, &options);
            let above = peak.saturating_sub(empty + bytes);
            let is_error =
                found.code == Some(1) && ["Limit", "limit of"].iter().any(|word| found.stderr.contains(word));
            let is_error = is_error || *title == "an error" && found.code == Some(1);
            if !is_error || found.stderr.contains("of time") || above > 8_000_000.max(bytes / 10) {
                let shown: String = found.stderr.chars().take(300).collect();
                failures.push(format!(
                    "{title} under {limit}: {above} bytes above, exit {:?}, stderr:\n{shown}",
                    found.code
                ));
            }
        }
    }
    none(failures);
}

#[cfg(all(target_os = "linux", not(sanitized)))]
#[test]
fn classes_and_enums_that_are_dropped_are_freed() {
    let folder = Folder::new("hostile-classes");
    let (_, empty) = run_measured(&folder, "", &[]);
    for program in [
        "for (i in 0..60_000) { enum E { A(x), B }\nE.A(i) == E.B }",
        "for (i in 0..60_000) { class A { new(x) { self.x = x } }\nA(i).x }",
        "for (i in 0..60_000) { enum E { A(x), B }\nlet c = channel()\nc.send(E)\nc.recv().A(i) }",
    ] {
        let (found, peak) = run_measured(&folder, program, &[]);
        assert_eq!(found.code, Some(0), "{program}: {}", found.stderr);
        // A few bytes remain of each; the whole of a class is a kilobyte and more.
        assert!(peak < empty + 24_000_000, "{program}: {} bytes above an empty program", peak - empty);
    }
}

/// Loops that make symbols and keys of text, and drop them; the first makes two million.
#[cfg(all(target_os = "linux", not(sanitized)))]
const MADE_NAMES: &[(&str, &str)] = &[
    (
        "records and symbols",
        "for (i in 0..1_000_000) { let r = {}\nr[\"word \" + str(i)] = symbol(\"made \" + str(i))\nr.b = 1 }",
    ),
    ("two keys", "for (i in 0..300_000) { let r = {a: 1}\nr[\"x\" + str(i)] = i\nr[\"y\" + str(i)] = i }"),
    ("pairs", "for (i in 0..200_000) { record([[\"x\" + str(i), i], [\"y\" + str(i), symbol(\"z\" + str(i))]]) }"),
    (
        "spread and merged",
        "for (i in 0..150_000) { let r = {}\nr[\"k\" + str(i)] = i\nmerge({...r, a: 1}, {...dict(r)}) }",
    ),
    (
        "keys that come and go",
        "let r = {}\nfor (i in 0..300_000) { r[\"k\" + str(i)] = i\nif (i > 100) { delete(r, \"k\" + str(i - 100)) } }",
    ),
    (
        "known keys in any order",
        "let names = list(0..40).map(i => \"name\" + str(i))\nmut n = 1\nfor (i in 0..100_000) { let r = {}\nfor (j in 0..8) { n = (n * 1103515245 + 12345) % 2147483648\nr[names[n % 40]] = i } }",
    ),
    ("instances", "class A { new(x) { self.x = x } }\nfor (i in 0..200_000) { let a = A(1)\na[\"k\" + str(i)] = i }"),
    ("frozen", "for (i in 0..300_000) { let r = {}\nr[\"k\" + str(i)] = symbol(\"v\" + str(i))\nfreeze(r) }"),
    ("generated symbols", "for (i in 0..500_000) { gensym() }"),
    (
        "sent to a thread and back",
        "let c = channel()\nlet d = channel()\nlet t = spawn(args: {c: c, d: d}, do { for (i in 0..100_000) { let m = c.recv()\n\
         m[\"back\" + str(m.i)] = symbol(\"b\" + str(m.i))\nd.send(m) } })\n\
         for (i in 0..100_000) { let m = {i: i}\nm[\"there\" + str(i)] = symbol(\"a\" + str(i))\nc.send(m)\nd.recv() }\nt.join()",
    ),
    (
        "computed",
        "let s = signal(0)\nlet c = computed(() => do { let r = {}\nr[\"k\" + str(s.value)] = symbol(\"c\" + str(s.value))\nr })\n\
         for (i in 0..200_000) { s.set(i)\nc.value }",
    ),
    ("JSON", "for (i in 0..200_000) { json.parse(\"{\\\"k\" + str(i) + \"\\\": {\\\"l\" + str(i) + \"\\\": 1}}\") }"),
    (
        "in parallel",
        "parallel_map(i => do { let r = {}\nr[\"k\" + str(i)] = symbol(\"p\" + str(i))\nlen(r) }, list(0..100_000))",
    ),
];

/// What is made of text is freed like all else: such programs run to their end in bounded memory.
#[cfg(all(target_os = "linux", not(sanitized)))]
#[test]
fn names_made_of_text_are_freed() {
    let folder = Folder::new("hostile-names");
    // What making machine code takes for a moment is another matter (`benches/memory`).
    let (_, empty) = run_measured(&folder, "mut total = 0\nfor (i in 0..100_000) { total += i }", &[]);
    let mut failures = Vec::new();
    for (title, program) in MADE_NAMES {
        let (found, peak) = run_measured(&folder, program, &["--sandbox", "--max-memory", "40M", "--threads", "8"]);
        let above = peak.saturating_sub(empty);
        if found.code != Some(0) || above > 12_000_000 {
            failures
                .push(format!("{title}: exit {:?}, {above} bytes above a small program: {}", found.code, found.stderr));
        }
    }
    none(failures);
}

#[cfg(all(target_os = "linux", not(sanitized)))]
#[test]
fn a_system_without_memory_is_said_so() {
    let folder = Folder::new("hostile-system");
    for program in
        ["let xs = []\nloop { xs.push(str(len(xs))) }", "let xs = []\nloop { xs.push(1) }", "fill(100_000_000, 1)"]
    {
        std::fs::write(folder.join("case.soc"), format!("println(\"begun\")\n{program}")).expect("it can be written");
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -v 250000; exec \"$0\" run case.soc"]).arg(motet().get_program());
        shell.env("NO_COLOR", "1").current_dir(&*folder);
        let found = run(&mut shell);
        assert_eq!(found.code, Some(4), "{program}: {}", found.stderr);
        assert!(found.stderr.starts_with("error: the system has no memory left"), "{}", found.stderr);
        assert_eq!(found.stdout, "begun\n", "what was printed before is there");
    }
}

#[test]
fn standard_error_counts_as_output() {
    let folder = Folder::new("hostile-errors");
    for (program, most) in [
        ("fn f() { throw \"an error of a task\" }\nloop { async f()\npause() }", 14_000),
        ("loop { spawn(do { throw \"an error of a thread\" }).join() }", 14_000),
        ("throw \"x\".repeat(10_000_000)", 14_000),
        ("println(\"y\".repeat(9_000))\nthrow \"x\".repeat(10_000_000)", 14_000),
    ] {
        std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
        let options = ["run", "--sandbox", "--max-output", "10K", "--max-time", "60", "case.soc"];
        let found = run(motet().args(options).current_dir(&*folder));
        assert_eq!(found.code, Some(1), "{program}: {}", found.stderr.chars().take(300).collect::<String>());
        let written = found.stdout.len() + found.stderr.len();
        assert!(written < most, "{program}: {written} bytes");
        assert!(!found.stderr.is_empty(), "{program}: the last error is shown");
    }
}
