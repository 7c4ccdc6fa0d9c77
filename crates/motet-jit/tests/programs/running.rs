//! Runs a program in the interpreter and as machine code, and compares.

use motet_code::Source;
use motet_compiler::{CompileOptions, compile};
use motet_jit::{Cranelift, Listing};
use motet_syntax::{Notation, parse};
use motet_vm::builtins::{Builtins, Library};
use motet_vm::jit::{Jit, When};
use motet_vm::memory::live_objects_on_this_thread;
use motet_vm::{Limits, LinkedModule, MainIsolate, Settings, TraceEntry, Uncaught};
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

static LIBRARIES: &[&Library] = &[&motet_builtins::LIBRARY];
static BUILTINS: LazyLock<Arc<Builtins>> = LazyLock::new(|| Builtins::with(LIBRARIES));

/// Keeps what a program prints.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a program did: what it printed, and the error that ended it, with its trace.
#[derive(Debug, PartialEq)]
pub struct Run {
    pub printed: String,
    pub error: Option<String>,
}

/// An error with all that a user sees of it.
fn shown(error: &Uncaught) -> String {
    let entry = |entry: &TraceEntry| {
        let place = entry.place.as_ref().map(|(source, span)| source.place(span.start));
        format!("{} {place:?} {} {:?}", entry.function, entry.omitted, entry.thread)
    };
    let trace: Vec<String> = error.trace.iter().map(entry).collect();
    let cause = error.cause.as_deref().map(shown);
    format!("{} {} {:?} {trace:?} {cause:?}", error.kind, error.message, error.hint)
}

/// What was said of compiling.
pub type Said = Arc<Mutex<Vec<String>>>;

pub fn run(program: &str, arguments: &[String], when: Option<When>, limits: &Limits, said: &Said) -> Run {
    let jit = when.map(|when| {
        let back_end = Cranelift::new().expect("tests run where there is machine code");
        let said = Arc::clone(said);
        let log = Box::new(move |line: &str| said.lock().expect("no logger panics").push(line.to_owned()));
        Arc::new(Jit::new(Box::new(back_end), when).with_log(log))
    });
    let result = execute(program, arguments, jit.clone(), limits);
    // Threads tidy up behind their results.
    let begun = Instant::now();
    while jit.as_ref().is_some_and(|jit| jit.used() > 0) {
        assert!(begun.elapsed() < Duration::from_secs(60), "code goes with its last isolate");
        std::thread::yield_now();
    }
    result
}

pub fn execute(program: &str, arguments: &[String], jit: Option<Arc<Jit>>, limits: &Limits) -> Run {
    execute_in(program, arguments, Settings { depth_limit: 300, jit, limits: limits.clone(), ..Settings::default() })
}

pub fn execute_in(program: &str, arguments: &[String], settings: Settings) -> Run {
    let output = Output::default();
    let mut isolate = MainIsolate::new(BUILTINS.clone(), Arc::new(settings), Box::new(output.clone()));
    isolate.set_arguments(arguments);
    let names = isolate.global_names();
    let (is_known, all) = (|name: &str| names.is_known(name), || names.all());
    let parsed = parse(program, Notation::Soc);
    assert!(parsed.errors.is_empty(), "{:?}\n{program}", parsed.errors);
    let source = Arc::new(Source::new("test.soc", program, false));
    let compiled = compile(&parsed.forms, source, CompileOptions::new(&is_known, &all));
    let Some(module) = compiled.module else { panic!("{:?}\n{program}", compiled.diagnostics) };
    drop(names);
    let linked = Arc::new(LinkedModule { module: Arc::new(module), imports: Vec::new() });
    let error = isolate.run_module(&linked).err().map(|uncaught| shown(&uncaught));
    drop(isolate);
    let printed = String::from_utf8(output.0.lock().expect("no writer panics").clone()).expect("text");
    Run { printed, error }
}

/// What is made of a program, all that is compiled at the second turn.
pub fn listing(program: &str, listing: Listing) -> String {
    let back_end = Cranelift::new().expect("tests run where there is machine code").with_listing(listing);
    let said = Said::default();
    let told = Arc::clone(&said);
    let jit = Jit::new(Box::new(back_end), When::Eager)
        .with_listing(Box::new(move |text| told.lock().expect("no logger panics").push(text.to_owned())));
    let run = execute(program, &[], Some(Arc::new(jit)), &Limits::default());
    assert_eq!(run.error, None, "{program}");
    let said = said.lock().expect("no logger panics");
    said.join("\n")
}

/// Runs a program in all ways; gives what it printed, and what was said when it was compiled eagerly.
pub fn check(program: &str, arguments: &[String]) -> (String, Vec<String>) {
    let said = Said::default();
    // The first program makes what the process keeps.
    let plain = run(program, arguments, None, &Limits::default(), &said);
    let before = live_objects_on_this_thread();
    for when in [When::Eager, When::Stress, When::Hot] {
        let compiled = run(program, arguments, Some(when), &Limits::default(), &said);
        assert_eq!(plain, compiled, "{when:?}: {program}");
        assert_eq!(live_objects_on_this_thread(), before, "{when:?} leaves something behind: {program}");
    }
    let said = said.lock().expect("no logger panics").clone();
    (plain.printed, said)
}

/// Runs a program in all ways with each limit on its steps, to the one that is enough; gives how many steps it takes.
pub fn check_every_step(program: &str) -> u64 {
    let said = Said::default();
    let whole = run(program, &[], None, &Limits::default(), &said);
    for steps in 1.. {
        let limits = Limits { steps: Some(steps), ..Limits::default() };
        let plain = run(program, &[], None, &limits, &said);
        for when in [When::Eager, When::Stress, When::Hot] {
            let compiled = run(program, &[], Some(when), &limits, &said);
            assert_eq!(plain, compiled, "{when:?} with {steps} steps: {program}");
        }
        if plain == whole {
            return steps;
        }
    }
    unreachable!("it ends")
}

/// Runs a program in all ways with a limit on its steps, from one to all that it takes; gives how many those are.
pub fn check_steps(program: &str, arguments: &[String]) -> u64 {
    let said = Said::default();
    let of = |steps: u64, when| {
        let limits = Limits { steps: Some(steps), ..Limits::default() };
        run(program, arguments, when, &limits, &said)
    };
    // An error of its own ends it, too.
    let whole = run(program, arguments, None, &Limits::default(), &said);
    let (mut low, mut high) = (0, 1);
    while of(high, None) != whole {
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        if of(middle, None) == whole { high = middle } else { low = middle }
    }
    let wanted = [high, high - 1, high / 2, high / 3, high * 2 / 3, high / 7, high / 20, 3];
    for steps in wanted {
        let plain = of(steps, None);
        for when in [When::Eager, When::Stress, When::Hot] {
            assert_eq!(plain, of(steps, Some(when)), "{when:?} with {steps} of {high} steps: {program}");
        }
    }
    let said = said.lock().expect("no logger panics");
    assert!(said.iter().any(|line| line.starts_with("compiled")), "{said:?}");
    high
}

/// A program prints this in all ways, and something of it was compiled.
pub fn prints(program: &str, expected: &str) {
    let (printed, said) = check(program, &[]);
    assert_eq!(printed, expected);
    assert!(said.iter().any(|line| line.starts_with("compiled")), "{said:?}");
}
