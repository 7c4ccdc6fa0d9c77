//! Calls every builtin and method with odd arguments, under limits and in a sandbox: endless, huge, shared, cyclic, empty and
//! wrong ones. None may panic, hang, take much more memory than it may, or touch the outside.
//!
//! What is called is found from the tables that programs are served from, so a builtin that is added later is swept too.
//! The arguments are the values of `sweep/values.soc`.
//!
//! The cases run in processes of their own, many in each, which say what they are about to do. So a case that hangs or ends
//! its process is known, and the sweep goes on with the next one. `MOTET_SWEEP_ONE=127` runs one case alone.

#![cfg(not(sanitized))]

#[path = "support/folder.rs"]
mod folder;

use folder::Folder;
use motet::loader::{Loader, TextOptions};
use motet_syntax::Notation;
use motet_vm::builtins::{Entry, Place};
use motet_vm::memory::account::{self, Exhausted};
use motet_vm::memory::{Notation as Printed, PrintOptions, Symbol, Value, print_value};
use motet_vm::native::NativeFunction;
use motet_vm::{Limits, LinkedModule, MainIsolate, Permissions, Settings};
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// An allocator that counts, as the command's does, and remembers the most that was given out.
struct Counting;

static HELD: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

fn take(bytes: usize) {
    if account::is_metered() {
        account::allocated(bytes);
    }
    let held = HELD.fetch_add(bytes as i64, Ordering::Relaxed) + bytes as i64;
    if held > PEAK.load(Ordering::Relaxed) {
        PEAK.fetch_max(held, Ordering::Relaxed);
    }
}

fn give_back(bytes: usize) {
    if account::is_metered() {
        account::freed(bytes);
    }
    HELD.fetch_sub(bytes as i64, Ordering::Relaxed);
}

fn look_before(bytes: usize) {
    if bytes >= account::LARGE && account::is_metered() {
        account::before(bytes);
    }
}

// SAFETY: every block is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        look_before(layout.size());
        take(layout.size());
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        give_back(layout.size());
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        look_before(size.saturating_sub(layout.size()));
        give_back(layout.size());
        take(size);
        // SAFETY: the caller's contract.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MEMORY: u64 = 24_000_000;
/// How far beyond its limit a program may go: the larger of a tenth and this.
const OVER: u64 = 8_000_000;
/// A case that takes longer than this has no safe point where it needs one. The limit of time is a small part of it.
const PATIENCE: Duration = Duration::from_secs(20);
const TIME: Duration = Duration::from_millis(50);
/// What nothing may read.
const SECRET: &str = "secret-7f3a";
/// Foreign objects that no program in a sandbox gets, or only inside a callback.
const WITHOUT_EXAMPLE: &[&str] = &[
    "File",
    "HttpRequest",
    "HttpResponse",
    "HttpServer",
    "LaneProcess",
    "Lanes",
    "Listener",
    "Message",
    "Process",
    "Stream",
    "UdpSocket",
    "Watch",
    "WebSocket",
];

fn settings() -> Settings {
    Settings {
        limits: Limits { steps: Some(40_000), memory: Some(MEMORY), time: Some(TIME), output: Some(20_000) },
        permissions: Permissions::NONE,
        counts_process: true,
        thread_limit: 5,
        workers: Some(2),
        ..Settings::default()
    }
}

/// Where the swept programs print: nothing may print the secret.
#[derive(Clone, Default)]
struct Printer;

impl Write for Printer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()) {
            report("bad", CURRENT.load(Ordering::Relaxed), "it printed a secret");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn new_isolate(settings: Settings) -> MainIsolate {
    let mut isolate = MainIsolate::new(motet::natives::builtins(), Arc::new(settings), Box::new(Printer));
    isolate.set_reporter(Arc::new(|_| {}));
    isolate
}

/// The module that makes the arguments, and the names of those.
fn values() -> (Arc<LinkedModule>, Vec<Symbol>) {
    let text = include_str!("sweep/values.soc");
    let mut isolate = new_isolate(Settings::default());
    let loaded = Loader::new(&mut isolate).load_text("values.soc", text, Notation::Soc, TextOptions::default());
    let module = loaded.unwrap_or_else(|failure| panic!("{}", motet::report::failure(&failure, false)));
    let makers = makers(&mut isolate, &module);
    let mut names = Vec::new();
    makers
        .as_record()
        .expect("the values are a record")
        .for_each(|name, _| names.push(name.as_symbol().expect("code mentions it")));
    (module, names)
}

fn makers(isolate: &mut MainIsolate, module: &Arc<LinkedModule>) -> Value {
    let exports =
        isolate.run_module(module).unwrap_or_else(|error| panic!("{}", motet::report::uncaught(&error, false)));
    exports.as_record().and_then(|exports| exports.get(Symbol::intern("values"))).expect("it exports the values")
}

/// A program whose values are made by one module, for as many cases as its limits allow.
struct Bench<'a> {
    module: &'a Arc<LinkedModule>,
    isolate: MainIsolate,
    makers: Value,
    /// What was given out before it began.
    base: i64,
    cases: usize,
}

impl<'a> Bench<'a> {
    fn new(module: &'a Arc<LinkedModule>, settings: Settings) -> Bench<'a> {
        let base = HELD.load(Ordering::Relaxed);
        let mut isolate = new_isolate(settings);
        let makers = makers(&mut isolate, module);
        Bench { module, isolate, makers, base, cases: 0 }
    }

    fn make(&mut self, name: Symbol) -> Option<Value> {
        let maker = self.makers.as_record()?.get(name)?;
        self.isolate.call(maker, Vec::new()).ok()
    }
}

/// A builtin, and the names of the arguments that it is called with.
struct Case {
    function: &'static NativeFunction,
    arguments: Vec<Symbol>,
}

impl Case {
    fn title(&self) -> String {
        let arguments: Vec<&str> = self.arguments.iter().map(|name| name.as_str()).collect();
        format!("{}({})", self.function.name, arguments.join(", "))
    }
}

/// Values that many builtins take: what stands beside an odd one.
const ORDINARY: [&str; 4] = ["identity", "three", "text", "numbers"];

/// Arguments for a builtin: every value in each position, beside ordinary ones.
fn combinations(entry: &Entry, names: &[Symbol], receivers: &[Symbol]) -> Vec<Vec<Symbol>> {
    let (least, most) = entry.native.arity;
    let ordinary = ORDINARY.map(Symbol::intern);
    let most = most.min(least + 2).min(MOST_POSITIONS);
    let mut all = if least == 0 { vec![Vec::new()] } else { Vec::new() };
    for position in 0..most {
        let values = if position == 0 { receivers } else { names };
        for (at, &odd) in values.iter().enumerate() {
            let mut arguments: Vec<Symbol> =
                (0..least.max(position + 1)).map(|place| ordinary[(at + place) % ordinary.len()]).collect();
            if entry.place == Place::Method
                && let Some(first) = arguments.first_mut()
            {
                *first = receivers[at % receivers.len()];
            }
            arguments[position] = odd;
            all.push(arguments);
        }
    }
    all
}

/// Positions of arguments that odd values are put in.
const MOST_POSITIONS: usize = 3;

/// More arguments: odd values beside odd ones, in an order that pairs other ones for each builtin.
fn pairs(entry: &Entry, names: &[Symbol], receivers: &[Symbol]) -> Vec<Vec<Symbol>> {
    let (least, most) = entry.native.arity;
    let name = |at: usize| names[at % names.len()];
    let mut all = Vec::new();
    for count in least.max(2)..=most.min(least + 2).min(MOST_POSITIONS) {
        for (at, &first) in receivers.iter().enumerate() {
            let salt = entry.native.name.len() * 7 + at;
            for (turn, second) in [first, name(salt * 5 + 11), name(salt * 3 + 29)].into_iter().enumerate() {
                let arguments = [first, second, name(salt * 3 + turn * 17)];
                all.push(arguments[..count].to_vec());
                if count == 2 && turn > 0 && entry.place != Place::Method {
                    all.push(vec![second, first]);
                }
            }
        }
    }
    all
}

/// All cases, in the same order in every process; and the types of which `values.soc` has no example.
fn cases(module: &Arc<LinkedModule>, names: &[Symbol]) -> (Vec<Case>, Vec<String>) {
    let mut bench = Bench::new(module, Settings::default());
    let (mut cases, mut missing) = (Vec::new(), Vec::new());
    let builtins = motet::natives::builtins();
    let examples: Vec<(Symbol, Value)> = names
        .iter()
        .map(|&name| (name, bench.make(name).unwrap_or_else(|| panic!("{} is made", name.as_str()))))
        .collect();
    let of_modules = builtins.modules().flat_map(|module| module.entries);
    for entry in builtins.entries().chain(of_modules) {
        if matches!(entry.place, Place::Helper | Place::Hidden) {
            // Only compiled code calls these, with arguments that it has checked.
            continue;
        }
        let method = Symbol::intern(entry.native.name);
        let has_it =
            |value: &Value| builtins.method_of(value, method).is_some_and(|found| std::ptr::eq(found, &entry.native));
        let receivers: Vec<Symbol> = match entry.place {
            Place::Method => examples.iter().filter(|(_, value)| has_it(value)).map(|(name, _)| *name).collect(),
            _ => names.to_vec(),
        };
        if receivers.is_empty() {
            missing.push(entry.native.signature.to_owned());
        }
        if receivers.is_empty() {
            continue;
        }
        let mut arguments = combinations(entry, names, &receivers);
        if is_long() {
            arguments.extend(pairs(entry, names, &receivers));
        }
        cases.extend(arguments.into_iter().map(|arguments| Case { function: &entry.native, arguments }));
    }
    (cases, missing)
}

/// `./test --long` pairs odd values with odd ones.
fn is_long() -> bool {
    std::env::var_os("MOTET_SWEEP_LONG").is_some()
}

/// The case that runs, for what is noticed on other threads.
static CURRENT: AtomicUsize = AtomicUsize::new(0);

/// One line to the parent.
fn report(what: &str, number: usize, text: &str) {
    let line = format!("{what} {number} {}\n", text.replace('\n', " "));
    // Without a parent that listens there is nothing to do.
    let _ = std::io::stdout().write_all(line.as_bytes());
    let _ = std::io::stdout().flush();
}

fn end(why: Exhausted) -> ! {
    report("bad", CURRENT.load(Ordering::Relaxed), &format!("it came to the ceiling: {why:?}"));
    // SAFETY: it ends the process.
    unsafe { libc::_exit(77) }
}

fn nothing() {}

fn no_number() -> Option<u64> {
    None
}

/// What a child does: the cases of a part, which begin at `from`.
fn run_cases(from: usize, step: usize, end_at: usize) {
    account::install(account::Hooks { resident: no_number, give_back: nothing, end });
    std::panic::set_hook(Box::new(|panic| {
        report("bad", CURRENT.load(Ordering::Relaxed), &format!("a panic: {panic}"));
    }));
    let (module, names) = values();
    let (cases, _) = cases(&module, &names);
    let mut bench = Bench::new(&module, settings());
    let mut number = from;
    while number < cases.len().min(end_at) {
        CURRENT.store(number, Ordering::Relaxed);
        report("case", number, &cases[number].title());
        if !run_case(&mut bench, &cases[number], number) {
            let was_first = bench.cases == 1;
            let module = bench.module;
            drop(bench);
            bench = Bench::new(module, settings());
            if !was_first {
                // What came before it has used up what it needs.
                continue;
            }
        }
        number += step;
    }
    report("done", cases.len(), "");
}

/// Runs a case; false if the program has come to a limit by it.
fn run_case(bench: &mut Bench<'_>, case: &Case, number: usize) -> bool {
    bench.cases += 1;
    let mut arguments = Vec::new();
    for &name in &case.arguments {
        match bench.make(name) {
            Some(value) => arguments.push(value),
            None => return false,
        }
    }
    // What has no effect changes none of its arguments.
    let before = case.function.pure.map(|_| (arguments.clone(), shown(&arguments)));
    PEAK.store(HELD.load(Ordering::Relaxed), Ordering::Relaxed);
    let begun = Instant::now();
    let isolate = &mut bench.isolate;
    let result = catch_unwind(AssertUnwindSafe(|| isolate.call_to_its_end(case.function.value(), arguments)));
    let took = begun.elapsed();
    if let Some((arguments, before)) = before
        && shown(&arguments) != before
    {
        report("bad", number, "it is declared to have no effect, and has changed an argument");
    }
    let peak = PEAK.load(Ordering::Relaxed) - bench.base;
    if peak > (MEMORY + OVER.max(MEMORY / 10)) as i64 {
        report("bad", number, &format!("it took {peak} bytes"));
    }
    if took > PATIENCE {
        report("bad", number, &format!("it took {took:?}"));
    }
    match result {
        // The hook has reported it.
        Err(_) => false,
        Ok(Ok(value)) => {
            let options = PrintOptions { limit: 1000, ..PrintOptions::quoted(Printed::Soc) };
            if print_value(&value, &options).contains(SECRET) {
                report("bad", number, "it gave a secret");
            }
            true
        }
        Ok(Err(error)) => {
            if error.message.contains(SECRET) {
                report("bad", number, "its error tells a secret");
            }
            // Only a limit of the whole program says this; the size of one value is an error like others.
            !error.message.starts_with("the program used") && *error.kind != *"Deadlock"
        }
    }
}

/// Values as they print, but for those with objects such as channels and futures in them: walking over a channel takes what
/// it holds, and others change by themselves.
fn shown(values: &[Value]) -> Vec<String> {
    let options = PrintOptions { limit: 300, ..PrintOptions::quoted(Printed::Soc) };
    values.iter().map(|value| print_value(value, &options)).filter(|text| !text.contains('<')).collect()
}

/// What is known of a child.
struct Swept {
    failures: Vec<String>,
    cases: usize,
    slowest: Vec<(Duration, String)>,
}

/// Runs a part of the cases in children, one after the other if cases end them.
fn sweep(folder: &Folder, first: usize, step: usize, is_long: bool) -> Swept {
    let mut swept = Swept { failures: Vec::new(), cases: 0, slowest: Vec::new() };
    let mut from = first;
    for _ in 0..MOST_CHILDREN {
        match child(folder, from, step, is_long, &mut swept) {
            Some(next) => from = next,
            None => return swept,
        }
    }
    swept.failures.push(format!("{MOST_CHILDREN} processes did not come to the end"));
    swept
}

const MOST_CHILDREN: usize = 40;

/// Runs one child; gives the case to go on with if it did not come to its end.
fn child(folder: &Folder, from: usize, step: usize, is_long: bool, swept: &mut Swept) -> Option<usize> {
    let this = std::env::current_exe().expect("a test is a file");
    let mut command = Command::new(this);
    command.args(["--exact", "every_builtin_keeps_within_its_limits", "--nocapture", "--test-threads", "1"]);
    command.env("MOTET_SWEEP", format!("{from} {step} {}", usize::MAX)).env("SECRET", SECRET).current_dir(&**folder);
    if is_long {
        command.env("MOTET_SWEEP_LONG", "1");
    }
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let (sender, lines) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let (mut current, mut begun) = ((from, String::from("the start")), Instant::now());
    let next = loop {
        let line = match lines.recv_timeout(3 * PATIENCE) {
            Ok(line) => line,
            Err(error) => {
                // It may have ended by itself.
                let _ = child.kill();
                let status = child.wait().expect("it was started");
                let how = if error == mpsc::RecvTimeoutError::Timeout { "hangs".into() } else { format!("{status}") };
                swept.failures.push(format!("case {}: {} ended its process: {how}", current.0, current.1));
                break Some(current.0 + step);
            }
        };
        let mut words = line.splitn(3, ' ');
        let (what, number, text) = (words.next(), words.next().and_then(|word| word.parse().ok()), words.next());
        match (what, number, text) {
            (Some("case"), Some(number), Some(title)) => {
                swept.slowest.push((begun.elapsed(), std::mem::replace(&mut current, (number, title.to_owned())).1));
                swept.slowest.sort_by(|a, b| b.cmp(a));
                swept.slowest.truncate(10);
                begun = Instant::now();
                swept.cases += 1;
            }
            (Some("bad"), Some(number), Some(text)) => {
                let number: usize = number;
                swept.failures.push(format!("case {number}: {}: {text}", current.1));
            }
            (Some("done"), Some(_), _) => break None,
            // The harness of the test prints, too.
            _ => {}
        }
    };
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    drop(lines);
    let _ = reader.join();
    next
}

#[test]
fn every_builtin_keeps_within_its_limits() {
    if let Ok(part) = std::env::var("MOTET_SWEEP") {
        let numbers: Vec<usize> = part.split(' ').map(|number| number.parse().expect("numbers")).collect();
        return run_cases(numbers[0], numbers[1], numbers[2]);
    }
    if let Ok(number) = std::env::var("MOTET_SWEEP_ONE") {
        let number: usize = number.parse().expect("the number of a case");
        return run_cases(number, 1, number + 1);
    }
    sweep_all(false);
}

#[test]
#[ignore = "long: pairs of odd arguments, some 60,000 cases more"]
fn every_builtin_keeps_within_its_limits_with_pairs_of_odd_arguments() {
    sweep_all(true);
}

fn sweep_all(is_long: bool) {
    let folder = Folder::new("sweep");
    std::fs::write(folder.join("canary.txt"), SECRET).expect("the build folder can be written");
    let parts = 2;
    let swept: Vec<Swept> = std::thread::scope(|scope| {
        let sweeps: Vec<_> = (0..parts)
            .map(|first| {
                scope.spawn({
                    let folder = &folder;
                    move || sweep(folder, first, parts, is_long)
                })
            })
            .collect();
        sweeps.into_iter().map(|sweep| sweep.join().expect("a sweep does not panic")).collect()
    });
    let cases: usize = swept.iter().map(|part| part.cases).sum();
    let failures: Vec<&String> = swept.iter().flat_map(|part| &part.failures).collect();
    for (time, title) in swept.iter().flat_map(|part| &part.slowest) {
        println!("{time:?} {title}");
    }
    println!("{cases} cases");
    let shown: Vec<String> = failures.iter().take(60).map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{} cases failed:\n{}", failures.len(), shown.join("\n"));
    assert!(cases > 5_000, "only {cases} cases were found");
    let left: Vec<String> = std::fs::read_dir(&*folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(left, ["canary.txt"], "the sandbox let something be written");
    assert_eq!(std::fs::read_to_string(folder.join("canary.txt")).expect("it is there"), SECRET);
}

#[test]
fn each_type_with_methods_has_an_example() {
    let (module, names) = values();
    let (_, missing) = cases(&module, &names);
    let unknown: Vec<&String> = missing
        .iter()
        .filter(|signature| {
            let methods = motet::natives::builtins();
            let of_modules = methods.modules().flat_map(|module| module.entries);
            let entry = methods.entries().chain(of_modules).find(|entry| entry.native.signature == signature.as_str());
            !entry.and_then(|entry| entry.foreign).is_some_and(|of| WITHOUT_EXAMPLE.contains(&of.name()))
        })
        .collect();
    assert!(unknown.is_empty(), "sweep/values.soc has no object with these methods: {unknown:?}");
}
