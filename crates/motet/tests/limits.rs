//! Limits end a program, whatever it does against that: it cannot catch the error, nothing of it runs afterwards, and no
//! way of going on (loops, calls of every kind, generators, tasks, callbacks of builtins) escapes.

mod program;

use motet_vm::{Permissions, Settings};
use program::Run;
use std::time::{Duration, Instant};

fn with(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

fn steps(limit: u64) -> Settings {
    with(|settings| settings.limits.steps = Some(limit))
}

fn memory(limit: u64) -> Settings {
    with(|settings| settings.limits.memory = Some(limit))
}

fn time(limit: Duration) -> Settings {
    with(|settings| settings.limits.time = Some(limit))
}

/// The program ends by a limit, and has printed exactly this until then.
#[track_caller]
fn ends(settings: &Settings, source: &str, what: &str, printed: &str) {
    let Run { output, result } = program::run(source, settings);
    let error = result.expect_err(source);
    assert_eq!(&*error.kind, "LimitError", "{source}: {}", error.message);
    assert!(error.message.contains(what), "{source}: {}", error.message);
    assert_eq!(output, printed, "{source}");
}

/// Programs that never end by themselves, each in its own way.
const ENDLESS: &[&str] = &[
    "loop {}",
    "while (true) { 1 }",
    "for (i in 0..9_000_000_000_000_000) { i }",
    "let f = g => g(g)\nf(f)",
    "fn f(a, b = 1) { f(a) }\nf(1)",
    "fn f(a) { f(a) }\nf(1)",
    "fn even(n) { odd(n + 1) }\nfn odd(n) { even(n + 1) }\neven(0)",
    "fn f(n, a = 0) { if (n == 0) { 1 } else { f(n - 1) + f(n - 1) } }\nf(200)",
    "fn f(n) { if (n == 0) { 1 } else { sum([1, 1].map(x => f(n - 1))) } }\nf(200)",
    "class A { go() { self.go() } }\nA().go()",
    "class A { get x() { let y = 1; y } }\nlet a = A()\nloop { a.x }",
    "let g = generate { loop { yield 1 } }\nsum(g)",
    "fn* g() { loop { yield 1 } }\nfor (x in g()) { x }",
    "let xs = [1]\nfor (x in xs) { xs[0] = x }\nwhile (len(xs) > 0) { xs[0] += 1 }",
    "let t = async do { loop {} }\nawait t",
    "async fn f() { loop { await 1 } }\nawait f()",
    "let t = async do { loop {} }\nsleep(1_000_000)",
    "let c = channel()\nasync do { loop { c.send(1) } }\nfor (x in c) { x }",
    "spawn(do { loop {} })\nsleep(1_000_000)",
    "spawn(do { sleep(1_000_000) })\nloop {}",
    "let t = spawn_return(do { loop {} })\ntry { await t } catch (e) { loop {} }",
    "loop { try { throw \"x\" } catch (e) { continue } }",
    "loop { try { [3, 1, 2].sort((a, b) => throw \"x\") } catch (e) {} }",
];

#[test]
fn steps_end_every_way_of_going_on() {
    for source in ENDLESS {
        ends(&steps(20_000), source, "20000 steps", "");
    }
}

#[test]
fn time_ends_every_way_of_going_on() {
    for source in ENDLESS {
        ends(&time(Duration::from_millis(30)), source, "30ms of time", "");
    }
    // Waiting takes no steps.
    ends(&time(Duration::from_millis(30)), "try { sleep(1_000_000) } finally { println(1) }", "30ms of time", "");
}

#[test]
fn no_program_survives_its_limit() {
    let defended = "let run = f => do { try { f() } catch (e) { println(\"caught\") } finally { println(\"finally\") } }\n\
                    let t = async do { run(() => do { loop {} }) }\n\
                    run(() => do { println(\"begin\"); loop {} })\n\
                    println(\"after\")";
    ends(&steps(10_000), defended, "steps", "");
    let callback = "try { [1, 2].map(x => do { loop {} }) } catch (e) { println(\"caught\") }\nprintln(\"after\")";
    ends(&steps(10_000), callback, "steps", "");
    let generator = "let g = generate { try { loop { yield 1 } } finally { println(\"finally\") } }\n\
                     try { for (x in g) { x } } catch (e) { println(\"caught\") }\nprintln(\"after\")";
    ends(&steps(10_000), generator, "steps", "");
}

#[test]
fn steps_are_counted_exactly() {
    let run = |limit| program::run("for (i in 0..1000) { i }\nprintln(\"done\")", &steps(limit)).result.is_ok();
    assert!(run(1100));
    assert!(!run(900));
}

/// The error names the line of the loop at which the program stopped, not what stands before the loop.
#[test]
fn the_error_of_a_limit_names_the_loop() {
    for (source, line) in [
        ("mut i = 0\nwhile (true) {\n  i += 1\n}", 3),
        ("mut i = 0\n\nwhile (i < 1_000_000) {\n  i += 1\n}", 3),
        ("mut sum = 0\nfor (i in 0..1_000_000) {\n  sum += i\n}", 3),
        ("fn down(n) {\n  down(n + 1)\n}\ndown(0)", 2),
    ] {
        let error = program::run(source, &steps(100)).result.expect_err(source);
        let (file, span) = error.trace[0].place.as_ref().expect("it has a place");
        assert_eq!(file.position(span.start).line, line, "{source}");
    }
}

#[test]
fn memory_of_every_kind_is_counted() {
    for source in [
        "let xs = []\nloop { xs.push([1, 2, 3]) }",
        "let xs = []\nloop { xs.push(freeze([1, 2, 3])) }",
        "mut s = \"x\"\nloop { s = s + s }",
        "mut s = \"\"\nloop { s += \"more of it\" }",
        "mut xs = [1]\nloop { xs = [...xs, ...xs] }",
        "let d = dict()\nmut i = 0\nloop { i += 1; d[i] = str(i) }",
        "let r = {}\nmut i = 0\nloop { i += 1; r[\"f\" + str(i)] = i }",
        "class N { new(next) { self.next = next } }\nmut n = null\nloop { n = N(n) }",
        "mut f = () => 1\nloop { let g = f; f = () => g() + 1 }",
        "fn f(n) { 1 + f(n + 1) }\nf(0)",
        "let gs = []\nfn* g(x) { yield x }\nloop { gs.push(g(1)) }",
    ] {
        let mut settings = memory(2_000_000);
        settings.depth_limit = usize::MAX;
        ends(&settings, source, "2000000 bytes of memory", "");
    }
}

#[test]
fn what_is_freed_does_not_count() {
    let settings = memory(2_000_000);
    for source in [
        "for (i in 0..100000) { let xs = [i, i, i] }",
        // Garbage cycles: 100 bytes each.
        "for (i in 0..100000) { let xs = [i]; xs.push(xs) }",
        "mut s = \"\"\nfor (i in 0..100000) { s = \"number \" + str(i) }",
    ] {
        let run = program::run(source, &settings);
        assert!(run.result.is_ok(), "{source}: {:?}", run.result);
    }
}

#[test]
fn output_ends_before_its_limit() {
    let settings = with(|settings| settings.limits.output = Some(20));
    ends(&settings, "loop { println(\"seven77\") }", "20 bytes of output", "seven77\nseven77\n");
    assert!(program::run("println(\"nineteen characters\")", &settings).result.is_ok());
}

#[test]
fn a_program_that_keeps_within_its_limits_is_not_disturbed() {
    let settings = with(|settings| {
        settings.limits.steps = Some(1_000_000);
        settings.limits.memory = Some(10_000_000);
        settings.limits.time = Some(Duration::from_secs(3600));
        settings.limits.output = Some(1000);
        settings.permissions = Permissions::NONE;
    });
    let start = Instant::now();
    let run = program::run("println([3, 1, 2].sort().map(x => x * 2), sum(0..1000))", &settings);
    assert_eq!((run.output.as_str(), run.result.is_ok()), ("[2, 4, 6] 499500\n", true));
    assert!(start.elapsed() < Duration::from_secs(60), "the end does not wait for the time limit");
}

#[test]
fn depth_is_an_ordinary_error() {
    let settings = with(|settings| settings.depth_limit = 100);
    let source = "fn f() { 1 + f() }\ntry { f() } catch (e: DepthError) { println(e.kind) }\nprintln(\"after\")";
    let run = program::run(source, &settings);
    assert_eq!((run.output.as_str(), run.result.is_ok()), ("DepthError\nafter\n", true));
}

#[test]
fn a_sandbox_reads_no_files() {
    let settings = with(|settings| settings.permissions = Permissions::NONE);
    let messages = program::messages("import {a} from \"./no_such_file\"", &settings);
    assert!(messages.contains("may not read other files"), "{messages}");
    let allowed = program::messages("import {a} from \"./no_such_file\"", &Settings::default());
    assert!(allowed.contains("there is no module"), "{allowed}");
}
