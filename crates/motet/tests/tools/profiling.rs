//! `motet run --profile`. What is counted by steps is the same in each run, so figures are compared exactly.

use super::common::{Folder, Run, motet, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

/// A program that was run with `--profile`, and what its profile says.
struct Profiled {
    run: Run,
    /// Stacks without their threads, outermost call first, with what they count.
    stacks: Vec<(Vec<String>, u64)>,
    threads: Vec<String>,
    collapsed: String,
    svg: String,
}

/// By steps, one sample for each so many.
fn profiled(name: &str, program: &str, steps: u64, options: &[&str]) -> Profiled {
    let folder = Folder::new(&format!("profiling-{name}"));
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let files = ["--profile=out.svg", "--profile=out.json", "--profile=out.txt"];
    let mut command = motet();
    command.current_dir(&*folder).arg("run").args(files).args(["--profile-steps", &steps.to_string()]);
    let run = run(command.args(options).arg("case.soc"));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the profile is there");
    let speedscope: Value = serde_json::from_str(&read("out.json")).expect("it is JSON");
    let (threads, stacks) = check_speedscope(&speedscope);
    let (collapsed, svg) = (read("out.txt"), read("out.svg"));
    check_svg(&svg);
    Profiled { run, stacks, threads, collapsed, svg }
}

/// What the schema of speedscope's format demands, and that the numbers fit together. Gives the threads and the stacks.
fn check_speedscope(file: &Value) -> (Vec<String>, Vec<(Vec<String>, u64)>) {
    assert_eq!(file["$schema"], "https://www.speedscope.app/file-format-schema.json");
    let frames = file["shared"]["frames"].as_array().expect("a list of frames");
    let name = |frame: &Value| frame["name"].as_str().expect("a frame has a name").to_owned();
    let names: Vec<String> = frames.iter().map(name).collect();
    assert!(frames.iter().all(|frame| frame["line"].is_null() || frame["line"].as_u64().is_some_and(|line| line > 0)));
    let (mut threads, mut stacks) = (Vec::new(), Vec::new());
    for profile in file["profiles"].as_array().expect("a list of profiles") {
        assert_eq!((&profile["type"], &profile["unit"]), (&"sampled".into(), &"none".into()));
        threads.push(name(profile));
        let list = |field: &str| profile[field].as_array().unwrap_or_else(|| panic!("{field} is a list")).clone();
        let (samples, weights) = (list("samples"), list("weights"));
        assert_eq!(samples.len(), weights.len());
        let number = |value: &Value| value.as_u64().expect("a number from 0 on");
        let total: u64 = weights.iter().map(number).sum();
        assert_eq!((number(&profile["startValue"]), number(&profile["endValue"])), (0, total));
        for (sample, weight) in samples.iter().zip(&weights) {
            let sample = sample.as_array().expect("a sample is a list");
            let stack = sample.iter().map(|frame| names[number(frame) as usize].clone()).collect();
            stacks.push((stack, number(weight)));
        }
    }
    (threads, stacks)
}

/// As far as it can be said without reading XML: each part is closed, and has a title, a rectangle and a text.
fn check_svg(svg: &str) {
    let count = |text: &str| svg.matches(text).count();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n"));
    assert_eq!(count("<g "), count("</g>"));
    assert_eq!((count("<g "), count("<g ")), (count("<rect "), count("<title>") - 1));
    assert_eq!(count("<text "), count("</text>"));
}

impl Profiled {
    /// What counts for functions alone.
    fn own(&self) -> BTreeMap<&str, u64> {
        let mut own = BTreeMap::new();
        for (stack, weight) in &self.stacks {
            *own.entry(stack.last().expect("no stack is empty").as_str()).or_default() += weight;
        }
        own
    }

    fn has_stack(&self, part: &[&str]) -> bool {
        self.stacks.iter().any(|(stack, _)| stack.windows(part.len()).any(|found| found == part))
    }
}

const WORK: &str = "fn turn(count) {
    mut i = 0
    while (i < count) { i += 1 }
    i
}
fn light() { turn(10_000) + 0 }
fn heavy() { turn(30_000) + 0 }
fn counted() {
    mut sum = 0
    for (i in 0..20_000) { sum += i }
    sum
}
println(light() + heavy() + counted())
";

#[test]
fn work_counts_where_it_is_done() {
    let found = profiled("work", WORK, 100, &[]);
    assert_eq!((found.run.stdout.as_str(), found.run.code), ("200030000\n", Some(0)));
    let weight = |name: &str| -> u64 {
        found.stacks.iter().filter(|(stack, _)| stack.iter().any(|part| part == name)).map(|(_, weight)| weight).sum()
    };
    let (light, heavy, counted) = (weight("light"), weight("heavy"), weight("counted"));
    assert_eq!((light / 1000, heavy / 1000, (counted + 500) / 1000), (10, 30, 20), "{:?}", found.stacks);
    // The function that was called from both has it all for itself.
    assert_eq!(found.own()["turn"] / 1000, 40);
    let shown = &found.run.stderr;
    assert!(shown.starts_with("profile: 60000 steps, 600 samples of 1 thread\n"), "{shown}");
    assert!(shown.contains(" 66.7 %   66.7 %  turn       case.soc:1\n"), "{shown}");
    assert!(shown.contains("  0.0 %   50.0 %  heavy      case.soc:7\n"), "{shown}");
    assert!(shown.contains(" 66.7 %  case.soc:3    while (i < count) { i += 1 }\n"), "{shown}");
    assert!(shown.ends_with("profile: wrote out.svg\nprofile: wrote out.json\nprofile: wrote out.txt\n"), "{shown}");
    let line = "main thread;top level (case.soc:1);heavy (case.soc:7);turn (case.soc:1) 30000\n";
    assert!(found.collapsed.contains(line), "{}", found.collapsed);
    assert!(found.svg.contains("<title>heavy (case.soc:7)\n50.0 % (30000 steps)</title>"), "{}", found.svg);
}

#[test]
fn the_same_program_has_the_same_profile() {
    let (one, other) = (profiled("once", WORK, 7, &[]), profiled("twice", WORK, 7, &[]));
    assert_eq!(one.collapsed, other.collapsed);
    assert_eq!(one.svg, other.svg);
}

/// By time, as users see it: what takes most of a program's time has most of the samples, in the interpreter and as machine code.
#[test]
fn time_counts_where_it_passes() {
    const PROGRAM: &str = "fn heavy(count) {
    mut sum = 0.0
    for (i in 0..count) { sum = sum * 0.5 + i }
    sum
}
fn numbers(count) { (0..count).map(i => (i * 7919) % count) }
let sum = heavy(3_000_000)
println(numbers(30_000).sort()[0] + sum > 0)
";
    for option in ["--no-jit", "--jit=eager"] {
        let folder = Folder::new(&format!("profiling-time{option}"));
        std::fs::write(folder.join("case.soc"), PROGRAM).expect("the build folder can be written");
        let run = run(motet().current_dir(&*folder).args(["run", "--profile=a.txt", option, "case.soc"]));
        assert_eq!((run.stdout.as_str(), run.code), ("true\n", Some(0)), "{}", run.stderr);
        assert!(run.stderr.starts_with("profile: ") && run.stderr.contains(" of processor time, "), "{}", run.stderr);
        let profile = std::fs::read_to_string(folder.join("a.txt")).expect("the profile is there");
        let weight = |line: &str| -> u64 { line.rsplit_once(' ').expect("a number").1.parse().expect("a number") };
        let total: u64 = profile.lines().map(weight).sum();
        let heavy: u64 = profile.lines().filter(|line| line.contains("heavy (case.soc:1)")).map(weight).sum();
        assert!(option == "--jit=eager" || heavy * 2 > total, "{profile}");
    }
}

#[test]
fn builtins_stand_below_what_calls_them() {
    let program = "fn times(count) {
    mut sum = 0
    for (i in 0..count) { sum += abs(-i) }
    sum
}
fn squares(count) { (0..count).map(x => x * x).len() }
fn words(count) {
    mut text = ''
    mut i = 0
    while (i < count) { text = 'a b'.upper(); i += 1 }
    text
}
println(times(2000) + squares(2000), words(2000))
";
    let found = profiled("builtins", program, 1, &[]);
    assert_eq!(found.run.stdout, "2001000 A B\n", "{}", found.run.stderr);
    assert!(found.has_stack(&["top level", "times", "abs"]), "{:?}", found.stacks);
    assert!(found.has_stack(&["top level", "squares", "map", "fn"]), "{:?}", found.stacks);
    assert!(found.has_stack(&["top level", "words", "upper"]), "{:?}", found.stacks);
    // A line has what its builtins take.
    assert!(found.run.stderr.contains("case.soc:3    for (i in 0..count) { sum += abs(-i) }"), "{}", found.run.stderr);
}

#[test]
fn threads_workers_tasks_and_generators_are_seen() {
    let program = "fn work(count) { mut i = 0; while (i < count) { i += 1 }; i }
fn* numbers(count) { for (i in 0..count) { yield work(10) + i } }
fn all(count) { mut sum = 0; for (x in numbers(count)) { sum += x }; sum }
async fn later(count) { await sleep(0.001); work(count) }
let other = spawn_return(work(5000))
println(parallel_map(0..64, x => work(500) + x).len(), all(100), await later(3000), await other)
";
    let found = profiled("threads", program, 1, &["--workers", "3"]);
    assert_eq!((found.run.stdout.as_str(), found.run.code), ("64 5950 3000 5000\n", Some(0)));
    assert!(found.threads.contains(&"main thread".to_owned()) && found.threads.len() >= 2, "{:?}", found.threads);
    assert!(found.has_stack(&["top level", "all", "numbers", "work"]), "{:?}", found.stacks);
    assert!(found.has_stack(&["parallel_map", "fn", "work"]), "{:?}", found.stacks);
    let weight = |first: &str| -> u64 {
        found.stacks.iter().filter(|(stack, _)| stack[0] == first).map(|(_, weight)| weight).sum()
    };
    // The task's stack begins with its function, and the thread's with its own.
    assert!(weight("later") >= 3000 && weight("work") >= 5000, "{:?}", found.stacks);
}

#[test]
fn many_threads_are_shown_as_one() {
    let program = "fn work(count) { mut i = 0; while (i < count) { i += 1 }; i }
println(range(40).map(n => spawn_return(work(100))).map(future => await future).len())
";
    let found = profiled("many", program, 1, &[]);
    assert_eq!(found.run.stdout, "40\n", "{}", found.run.stderr);
    assert!(found.threads.len() <= 17, "{:?}", found.threads);
    let work: u64 = found.stacks.iter().filter(|(stack, _)| stack[0] == "work").map(|(_, weight)| weight).sum();
    assert!(work >= 4000, "{:?}", found.stacks);
}

#[test]
fn of_very_deep_stacks_both_ends_are_noted() {
    let program = "fn deep(n) { if (n == 0) { work(300) } else { deep(n - 1) + 0 } }
fn work(count) { mut i = 0; while (i < count) { i += 1 }; i }
println(deep(99_000))
";
    let found = profiled("deep", program, 1, &[]);
    assert_eq!(found.run.stdout, "300\n", "{}", found.run.stderr);
    let longest = found.stacks.iter().map(|(stack, _)| stack.len()).max();
    assert_eq!(longest, Some(129));
    let ends = |stack: &Vec<String>| stack[0] == "top level" && stack.last().is_some_and(|last| last == "work");
    assert!(found.stacks.iter().any(|(stack, _)| ends(stack) && stack.contains(&"… calls left out …".to_owned())));
    assert_eq!(found.own()["work"], 301);
}

#[test]
fn programs_that_end_badly_have_a_profile() {
    let loops = "fn turn(count) { mut i = 0; while (i < count) { i += 1 }; i }\nturn(5000)\n";
    let thrown = profiled("thrown", &format!("{loops}throw Error('no')"), 1, &[]);
    assert_eq!(thrown.run.code, Some(1));
    assert!(thrown.run.stderr.starts_with("error: Error: no\n"), "{}", thrown.run.stderr);
    assert_eq!(thrown.own()["turn"] / 1000, 5);
    let limited = profiled("limited", &format!("{loops}while (true) {{ }}"), 1, &["--max-steps", "20K"]);
    assert!(limited.run.stderr.starts_with("error: LimitError"), "{}", limited.run.stderr);
    assert!(limited.own()["turn"] / 1000 == 5 && limited.own()["top level"] / 1000 >= 14, "{:?}", limited.own());
    let left = profiled("left", &format!("{loops}exit(3)"), 1, &[]);
    assert_eq!((left.run.code, left.own()["turn"] / 1000), (Some(3), 5));
}

/// By a signal. Ctrl-C is the same, but background jobs of some shells ignore it.
#[test]
fn a_program_that_is_stopped_has_a_profile() {
    let mut command = motet();
    command.args(["run", "--profile", "--profile-steps", "10", "-e"]);
    command.arg(
        "fn turn(n) { mut i = 0; while (i < n) { i += 1 } }; turn(1000); eprintln('ready'); while (true) { turn(9) }",
    );
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the command can be started");
    let mut errors = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut line = String::new();
    errors.read_line(&mut line).expect("it prints");
    assert_eq!(line, "ready\n");
    let process = i32::try_from(child.id()).expect("a number of a process");
    // SAFETY: a signal to a process that this test has started and not waited for.
    assert_eq!(unsafe { libc::kill(process, libc::SIGTERM) }, 0);
    let mut shown = String::new();
    errors.read_to_string(&mut shown).expect("it is text");
    assert_eq!(child.wait().expect("it was started").code(), Some(143));
    assert!(shown.starts_with("profile: ") && shown.contains("  turn       <code>:1\n"), "{shown}");
}

#[test]
fn samples_by_steps_are_the_same_where_there_may_be_machine_code() {
    let (without, with) = (profiled("nojit", WORK, 7, &[]), profiled("jit", WORK, 7, &["--jit=eager"]));
    assert_eq!((with.run.stdout.as_str(), with.run.code), ("200030000\n", Some(0)), "{}", with.run.stderr);
    assert_eq!(with.collapsed, without.collapsed);
}

#[test]
fn names_are_text_in_every_form() {
    let folder = Folder::new("profiling-names");
    let mut command = motet();
    command.current_dir(&*folder).args(["run", "--profile=a.svg", "--profile=a.json", "--profile-steps", "1"]);
    let run = run(command.args(["-e", "fn turn(n) { mut i = 0; while (i < n) { i += 1 } }; turn(9)"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the profile is there");
    let svg = read("a.svg");
    check_svg(&svg);
    assert!(svg.contains("<title>&lt;code&gt;</title>") && svg.contains("<title>turn (&lt;code&gt;:1)\n"), "{svg}");
    check_speedscope(&serde_json::from_str(&read("a.json")).expect("it is JSON"));
}

#[test]
fn what_cannot_be_profiled_is_said() {
    let folder = Folder::new("profiling-wrong");
    std::fs::write(folder.join("case.soc"), "println(1)").expect("the build folder can be written");
    std::fs::write(folder.join("wrong.soc"), "let x = [").expect("the build folder can be written");
    let said = |arguments: &[&str]| run(motet().current_dir(&*folder).arg("run").args(arguments)).transcript();
    assert_eq!(
        said(&["--profile=a.pdf", "case.soc"]),
        "stderr:\nerror: the name of a profile's file says its form: .svg (a flame graph), .json (speedscope) or .txt (collapsed stacks); not a.pdf\nexit 2"
    );
    assert_eq!(
        said(&["--profile", "a.svg", "case.soc"]),
        "stderr:\nerror: a.svg is no program; the file of a profile stands behind an equals sign: --profile=a.svg\nexit 2"
    );
    let unwritable = said(&["--profile=no/such/folder.svg", "case.soc"]);
    assert!(
        unwritable.starts_with("stderr:\nerror: the profile no/such/folder.svg cannot be written: "),
        "{unwritable}"
    );
    let short = said(&["--profile", "--profile-steps", "1M", "case.soc"]);
    assert_eq!(short, "1\nstderr:\nprofile: the program ended before a sample was taken");
    // What has not begun has no profile.
    assert!(!said(&["--profile", "wrong.soc"]).contains("profile"));
    // The option's value is a part of its word, so what follows the file is the program's.
    assert!(said(&["--profile", "-e", "println(args)", "--help"]).starts_with("[\"--help\"]\n"));
    assert!(said(&["--jit", "case.soc", "--help"]).starts_with("1"));
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn perf_finds_the_names_of_machine_code() {
    let folder = Folder::new("profiling-perf");
    std::fs::write(folder.join("case.soc"), WORK).expect("the build folder can be written");
    let mut command = motet();
    let command = command.current_dir(&*folder).args(["run", "--jit=eager", "--perf", "case.soc"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command can be started");
    let map = format!("/tmp/perf-{}.map", child.id());
    let output = child.wait_with_output().expect("it was started");
    let text = std::fs::read_to_string(&map).expect("the map is there");
    std::fs::remove_file(&map).expect("it was there");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    for line in text.lines() {
        let mut words = line.splitn(3, ' ');
        let mut number = || u64::from_str_radix(words.next().unwrap_or_default(), 16).expect("a number in hexadecimal");
        assert!(number() > 0 && number() > 0, "{line}");
        assert!(words.next().is_some_and(|name| name.starts_with("motet ")), "{line}");
    }
    assert!(text.contains(" motet turn (case.soc:1)\n"), "{text}");
}
