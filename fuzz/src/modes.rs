//! Random programs whose values mostly have the types that are wanted, in the interpreter and as machine code: they print the
//! same, end with the same error at the same step, with the same trace, and leave nothing behind.
//!
//! The variable `MOTET_FUZZ_MODE` names the one mode that is compared with the interpreter: `default`, `no-jit`, `eager` or
//! `stress`. Without it, all of them are.

use super::both::{Run, execute_in};
use super::typed::{Choices, program};
use motet_vm::jit::{Jit, When};
use motet_vm::memory::live_objects_on_this_thread;
use motet_vm::{Limits, Settings};
use std::sync::{Arc, Once};

/// Programs that take more are compared as far as this.
const MOST_STEPS: u64 = 60_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Default,
    /// The interpreter without inline caches and specialised operations.
    NoJit,
    Eager,
    Stress,
}

const MODES: [(&str, Mode); 4] =
    [("default", Mode::Default), ("no-jit", Mode::NoJit), ("eager", Mode::Eager), ("stress", Mode::Stress)];

/// The modes that are to be compared.
fn modes() -> Vec<Mode> {
    let wanted = std::env::var("MOTET_FUZZ_MODE").ok();
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    let modes: Vec<Mode> = MODES.iter().filter(|(name, _)| is_wanted(name)).map(|(_, mode)| *mode).collect();
    assert!(!modes.is_empty(), "MOTET_FUZZ_MODE is none of the modes: {wanted:?}");
    modes
}

/// The first program of all makes what the process keeps: modules, too.
static WARM: Once = Once::new();

#[allow(dead_code, reason = "fuzzers have tapes")]
pub fn compare(tape: &[u8]) {
    let (head, tape) = tape.split_at(tape.len().min(4));
    let head = |at: usize| head.get(at).copied().map_or(0, u32::from);
    let how = How { hot: head(0), seed: head(1), steps: head(2) << 8 | head(3) };
    compare_program(&program(Choices::of(tape)), how);
}

/// What decides how a program is run.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// How soon code is made.
    pub hot: u32,
    /// Where it is left under stress.
    pub seed: u32,
    /// Where a limit ends the program.
    pub steps: u32,
}

pub fn compare_program(program: &str, how: How) {
    let plain = |limits: &Limits| execute_in(program, &[], settings(Mode::Default, None, limits));
    WARM.call_once(|| {
        execute_in("println(math.sqrt(1))", &[], settings(Mode::Default, None, &Limits::default()));
    });
    let steps = |steps: u64| Limits { steps: Some(steps), ..Limits::default() };
    let before = live_objects_on_this_thread();
    let whole = plain(&steps(MOST_STEPS));
    assert_eq!(live_objects_on_this_thread(), before, "the interpreter leaves something behind: {program}");
    // One of its first steps.
    let few = steps(1 + u64::from(how.steps) % 6000);
    let begun = plain(&few);
    for mode in modes() {
        let compare = |limits: &Limits, expected: &Run| {
            let jit = (mode != Mode::NoJit).then(|| Arc::new(jit(mode, how)));
            let run = execute_in(program, &[], settings(mode, jit.clone(), limits));
            assert_eq!(*expected, run, "{mode:?}, {how:?}, {limits:?}: {program}");
            assert_eq!(live_objects_on_this_thread(), before, "{mode:?}, {how:?} leaves something behind: {program}");
            assert!(jit.is_none_or(|jit| jit.used() == 0), "{mode:?}: code goes with the isolate: {program}");
        };
        if !was_cut(&whole) {
            compare(&Limits::default(), &whole);
        }
        // Steps of the interpreter depend on what it does in one.
        if mode != Mode::NoJit {
            compare(&few, &begun);
        }
    }
}

/// A limit ended it.
fn was_cut(run: &Run) -> bool {
    run.error.as_ref().is_some_and(|error| error.starts_with("LimitError"))
}

fn settings(mode: Mode, jit: Option<Arc<Jit>>, limits: &Limits) -> Settings {
    Settings { depth_limit: 300, jit, limits: limits.clone(), specialise: mode != Mode::NoJit, ..Settings::default() }
}

/// What makes machine code.
fn jit(mode: Mode, how: How) -> Jit {
    let back_end = motet_jit::Cranelift::new().expect("fuzzers run where there is machine code");
    let when = match mode {
        Mode::Default | Mode::NoJit => When::Hot,
        Mode::Eager => When::Eager,
        Mode::Stress => When::Stress,
    };
    let pick = |of: [u32; 4], at: u32| of[(at % 4) as usize];
    Jit::new(Box::new(back_end), when)
        .with_thresholds(pick([4, 2, 12, 40], how.hot), pick([6, 2, 20, 60], how.hot / 4))
        .with_seed(how.seed.wrapping_mul(0x9e37_79b9))
}
