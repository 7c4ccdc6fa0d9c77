//! Hostile modules, as a mix of 64 different programs at once, in both tiers (L-16): each traps, ends or is refused, and nobody
//! else notices. Their neighbours are other instances of the same program, which lie beside them in the same buffers, and others
//! that are there all the while.

mod common;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use common::processor_time::processor_time;
use common::*;
use motet_lanes::Gpu;
use motet_lanes::modules::{CompiledProgram, HostFunction, Item, Linker};
use motet_lanes::station::{Job, JobOptions, Outcome, Stage, Station, StationProgram, StationSettings, Tier};
use motet_middle::{Module, Type};

/// One after the other: processor time is counted for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

const FUEL: u64 = 300_000;
const PAGE: u32 = 65_536;
/// Processes of each program. Odd ones do harm.
const COUNT: u32 = 4;

/// A program of which odd processes do what `body` says, and even ones look on. All fill their memory with their number first, and
/// give a hash of it at the end.
fn harmful(body: &str) -> String {
    format!(
        "(module
            (type $void (func)) (type $unary (func (param i32) (result i64)))
            (import \"motet\" \"print\" (func $print (param i32 i32)))
            (memory 1 3) (table $t 10 100 funcref) (elem (i32.const 3) func $nothing $deep)
            (data $data \"abcdef\") (elem $elements func $nothing)
            (func $nothing (type $void))
            (func $deep (type $void) (call $deep))
            (func $through_table (type $void) (call_indirect $t (type $void) (i32.const 4)))
            (func $harm (param i32) (local i32 i64) {body})
            (func (export \"f\") (type $unary) (local i32 i64)
                (memory.fill (i32.const 0) (local.get 0) (i32.const {PAGE}))
                (if (i32.and (local.get 0) (i32.const 1)) (then (call $harm (local.get 0))))
                (loop
                    (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                    (br_if 0 (i32.lt_u (local.get 1) (i32.const 3000))))
                (local.set 1 (i32.const 0))
                (loop
                    (local.set 2 (i64.mul (i64.add (local.get 2) (i64.load (local.get 1))) (i64.const 0x100000001b3)))
                    (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 8))) (i32.const {PAGE}))))
                (local.get 2)))"
    )
}

/// The hash of an untouched memory.
fn hash(number: u32) -> u64 {
    let word = u64::from_le_bytes([number as u8; 8]);
    (0..PAGE / 8).fold(0_u64, |hash, _| hash.wrapping_add(word).wrapping_mul(0x100_0000_01B3))
}

const BODIES: &[&str] = &[
    // Loops and recursion without end.
    "(loop (br 0))",
    "(loop (call $nothing) (br 0))",
    "(loop (loop (loop (br 2))))",
    "(call $deep)",
    "(call $through_table)",
    "(loop (call_indirect $t (type $void) (i32.const 3)) (br 0))",
    // Writes next to each bound, of each width, aligned and not.
    "(loop (i64.store (i32.const 65528) (i64.const -1)) (i64.store (i32.const 65529) (i64.const -1)) (br 0))",
    "(loop (i32.store (i32.const 65532) (i32.const -1)) (i32.store (i32.const 65533) (i32.const -1)) (br 0))",
    "(loop (i32.store16 (i32.const 65534) (i32.const -1)) (i32.store16 (i32.const 65535) (i32.const -1)) (br 0))",
    "(loop (i32.store8 (i32.const 65535) (i32.const -1)) (i32.store8 (i32.const 65536) (i32.const -1)) (br 0))",
    "(i32.store8 (i32.const -1) (i32.const 255))",
    "(i64.store offset=4294967295 (i32.const 0) (i64.const -1))",
    "(i64.store offset=4294967288 (i32.const 65536) (i64.const -1))",
    "(f64.store offset=65530 (i32.const 0) (f64.const nan))",
    "(loop (i32.store8 (local.get 1) (i32.const 255)) (local.set 1 (i32.add (local.get 1) (i32.const 4099))) (br 0))",
    "(loop (local.set 1 (i32.sub (local.get 1) (i32.const 1))) (i64.store (local.get 1) (i64.const -1)) (br 0))",
    // The same behind memories that have grown.
    "(drop (memory.grow (i32.const 1))) (loop (i64.store (i32.const 131064) (i64.const -1)) (i64.store (i32.const 131065) (i64.const -1)) (br 0))",
    "(drop (memory.grow (i32.const 2))) (i32.store8 (i32.const 196607) (i32.const -1)) (i32.store8 (i32.const 196608) (i32.const -1))",
    "(loop (drop (memory.grow (i32.const 1000))) (br 0))",
    "(loop (drop (memory.grow (i32.const -1))) (drop (memory.grow (i32.const 1))) (br 0))",
    // Many bytes at once.
    "(memory.fill (i32.const 65535) (i32.const 255) (i32.const -1))",
    "(memory.fill (i32.const -1) (i32.const 255) (i32.const 2))",
    "(memory.copy (i32.const 1) (i32.const 0) (i32.const 65536))",
    "(memory.copy (i32.const 0) (i32.const 1) (i32.const 65536))",
    "(loop (memory.fill (i32.const 0) (i32.const 255) (i32.const 65536)) (br 0))",
    "(memory.init $data (i32.const 65533) (i32.const 0) (i32.const 6))",
    "(memory.init $data (i32.const 0) (i32.const 3) (i32.const -3))",
    // Tables.
    "(loop (table.set $t (i32.const 9) (ref.null func)) (table.set $t (i32.const 10) (ref.null func)) (br 0))",
    "(table.fill $t (i32.const 5) (ref.func $nothing) (i32.const -5))",
    "(loop (drop (table.grow $t (ref.func $nothing) (i32.const 7))) (br 0))",
    "(drop (table.grow $t (ref.func $nothing) (i32.const 90))) (table.set $t (i32.const 99) (ref.null func)) (table.set $t (i32.const 100) (ref.null func))",
    "(table.copy $t $t (i32.const 5) (i32.const 0) (i32.const 6))",
    "(table.init $t $elements (i32.const 9) (i32.const 0) (i32.const 2))",
    "(call_indirect $t (type $void) (i32.const -1))",
    "(drop (call_indirect $t (type $unary) (i32.const 0) (i32.const 3)))",
    // What the host is asked for.
    "(call $print (i32.const 65530) (i32.const 7))",
    "(call $print (i32.const -1) (i32.const -1))",
    "(loop (call $print (i32.const 0) (i32.const 65536)) (br 0))",
    // What cannot be computed.
    "(unreachable)",
    "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
    "(drop (i64.rem_s (i64.const 1) (local.get 2)))",
    "(drop (i64.trunc_f64_s (f64.const inf)))",
    "(loop (drop (f64.sqrt (f64.const -1))) (drop (i32.div_s (i32.const 0x80000000) (i32.sub (local.get 1) (i32.const 1)))) (br 0))",
];

/// Programs whose size is the harm: what they do is nothing much.
fn oversized() -> Vec<String> {
    let around = |before: &str, rest: &str| {
        format!("(module {before} (func (export \"f\") (param i32) (result i64) (local i32) {rest} i64.const 1))")
    };
    let nested = |depth: usize| format!("{}{}", "block ".repeat(depth), "end ".repeat(depth));
    let targets = "0 1 ".repeat(12_000);
    let functions = "(func (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))".repeat(2_000);
    vec![
        around("", &nested(900)),
        around("", &nested(24_000)),
        around(
            "",
            &format!(
                "{}drop",
                "local.get 0 if (result i32) i32.const 1 else ".repeat(500) + "i32.const 2 " + &"end ".repeat(500)
            ),
        ),
        // A function of a megabyte.
        around("", &"local.get 0 local.get 1 i32.add local.set 1 ".repeat(150_000)),
        around("(memory 1)", &"local.get 0 local.get 0 i32.store offset=4 ".repeat(3_000)),
        around("", &format!("block block local.get 0 br_table {targets} 0 end end")),
        around(&functions, ""),
        around(
            &format!(
                "{functions} (table 2000 funcref) (elem (i32.const 0) func {})",
                (0..2_000).map(|number| format!("{number} ")).collect::<String>()
            ),
            "local.get 0 local.get 0 call_indirect (param i32) (result i32) drop",
        ),
        around("(memory 65536)", ""),
        around("(memory 1) (data (i32.const 65530) \"abcdefgh\")", ""),
        around("(table 100000000 funcref)", ""),
        around("(table 1000000 funcref)", "i32.const 999999 table.get 0 drop"),
    ]
}

/// Numbers that look random, and are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }
}

/// Modules in which bytes were changed, and that are valid all the same; counts those that are not, and random bytes.
fn damaged(wanted: usize) -> Vec<Arc<Module>> {
    let originals: Vec<Vec<u8>> =
        BODIES.iter().map(|body| motet_wasm::from_text("test.wat", &harmful(body)).unwrap()).collect();
    let (mut dice, mut modules, mut refused) = (Dice(0x5EED_5EED), Vec::new(), 0);
    while modules.len() < wanted {
        let mut bytes = originals[dice.next(originals.len())].clone();
        for _ in 0..=dice.next(4) {
            let at = 8 + dice.next(bytes.len() - 8);
            bytes[at] = dice.next(256) as u8;
        }
        match motet_wasm::read(&bytes) {
            Ok(module) if module.export("f").is_some() => modules.push(Arc::new(module)),
            _ => refused += 1,
        }
        let noise: Vec<u8> = b"\0asm\x01\0\0\0".iter().copied().chain((0..200).map(|_| dice.next(256) as u8)).collect();
        assert!(motet_wasm::read(&noise).is_err(), "noise is a module: {noise:?}");
    }
    assert!(refused > 0);
    modules
}

fn read(text: &str) -> Arc<Module> {
    let bytes = motet_wasm::from_text("test.wat", text).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(motet_wasm::read(&bytes).unwrap_or_else(|error| panic!("{error}")))
}

/// Waits for the end of a job: it looks whenever something changes.
fn end(job: &Job, what: &str) {
    let mut seen = 0;
    while job.living() > 0 {
        assert!(job.wait_for_change(&mut seen, LONG), "{what}: {} live on", job.living());
    }
}

/// Processes that hold memories full of their numbers, and wait for what does not come: they cost nothing, and nothing moves them.
const WATCH: &str =
    "(module (import \"motet\" \"input\" (func $input (param i32))) (memory 1) (func (export \"f\") (param i32)
    (memory.fill (i32.const 0) (local.get 0) (i32.const 65536)) (call $input (i32.const 0))))";

fn watch(station: &Station, program: &Arc<StationProgram>, tier: Tier, stage: Stage) -> Job {
    let arguments = (1..=8).map(|number| vec![number]).collect();
    let job = station.run(program, JobOptions { count: 8, arguments, tier, ..JobOptions::default() }).unwrap();
    wait_until("the neighbours to fill their memories", || {
        let mut processes = job.processes().iter().zip(1..);
        processes.all(|(process, number)| {
            process.stage() == stage && process.read_memory(u64::from(PAGE) - 1, 1) == Ok(vec![number])
        })
    });
    job
}

/// Starts a program; none if it is refused, which is told with a reason.
fn start(station: &Station, module: &Arc<Module>, tier: Tier) -> Option<Job> {
    let program = match station.load_module(module, Some("f")) {
        Ok(program) => program,
        Err(refused) => {
            assert!(refused.to_string().len() > 10, "{refused:?}");
            return None;
        }
    };
    let types = program.parameters().unwrap_or(&[]).len();
    let arguments = (0..u64::from(COUNT)).map(|number| vec![number; types]).collect();
    let options =
        JobOptions { count: COUNT, arguments, tier, fuel: FUEL, memory_limit: 4 << 16, ..JobOptions::default() };
    station.run(&program, options).ok()
}

/// Runs all at once, in one tier; tells how many of the harmful programs were refused there.
fn run_all(tier: Tier) {
    let harmful: Vec<Arc<Module>> = BODIES.iter().map(|body| read(&harmful(body))).collect();
    let oversized: Vec<Arc<Module>> = oversized().iter().map(|text| read(text)).collect();
    let damaged = damaged(64 - harmful.len() - oversized.len());
    let station = Station::new(Gpu::clone(gpu()), StationSettings::default());
    let program = station.load_module(&read(WATCH), Some("f")).unwrap();
    let interpreted = watch(&station, &program, Tier::Interpreted, Stage::Runs);
    let compiled = watch(&station, &program, Tier::Compiled, Stage::RunsCompiled);
    let all = || harmful.iter().chain(&oversized).chain(&damaged);
    assert_eq!(all().count(), 64);
    let jobs: Vec<Option<Job>> = all().map(|module| start(&station, module, tier)).collect();
    for (number, job) in jobs.iter().enumerate() {
        let Some(job) = job else { continue };
        let what = BODIES.get(number).map_or_else(|| format!("program {number}"), |body| (*body).to_owned());
        end(job, &what);
        for process in job.processes() {
            let end = process.wait();
            if let Outcome::Failed(why) = &end.outcome {
                assert!(!why.contains("lost") && !why.contains("closed"), "{what}: {why}");
            }
            // The programs that do harm can be compiled, all of them.
            if number < BODIES.len() && process.number() % 2 == 0 {
                let expected = Outcome::Returned(vec![(Type::I64, hash(process.number()))]);
                assert_eq!(end.outcome, expected, "a neighbour of {what}");
            }
        }
    }
    for (job, name) in [(&interpreted, "interpreted"), (&compiled, "compiled")] {
        assert_eq!(job.living(), 8);
        for (process, number) in job.processes().iter().zip(1..) {
            let memory = process.read_memory(0, PAGE as usize).unwrap();
            assert!(memory.iter().all(|&byte| byte == number), "the memory of the {name} neighbour {number}");
        }
        job.kill().unwrap();
        end(job, name);
    }
    let well = start(&station, &harmful[0], tier).expect("the station takes more");
    end(&well, "what comes afterwards");
    assert_eq!(well.processes()[2].wait().outcome, Outcome::Returned(vec![(Type::I64, hash(2))]));
}

#[test]
fn l16_sixty_four_hostile_programs_at_once_harm_nobody_interpreted() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    run_all(Tier::Interpreted);
}

#[test]
fn l16_sixty_four_hostile_programs_at_once_harm_nobody_compiled() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    run_all(Tier::Compiled);
}

/// A hostile program is refused before the driver sees it, or compiled in the time that was estimated.
#[test]
fn l16_no_hostile_program_keeps_a_driver_for_long() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut compiled = 0;
    for (number, text) in oversized().iter().chain(&[harmful(BODIES[0]), harmful(BODIES[13])]).enumerate() {
        let module = read(text);
        let mut linker = Linker::new(1);
        let Ok((instance, _)) = linker.instantiate(&module, HostFunction::resolve, false) else { continue };
        let Some(Item::Function(function, _)) = linker.export(instance, "f") else { panic!("it exports `f`") };
        linker.call_later(function);
        let Ok(program) = CompiledProgram::new(gpu(), &Arc::new(linker.finish())) else { continue };
        let estimated: u64 = program.compiled().kernels.iter().map(|kernel| kernel.estimated_milliseconds()).sum();
        let before = processor_time();
        program.prepare().unwrap();
        let took = processor_time() - before;
        assert!(took <= 3 * Duration::from_millis(estimated), "{number}: {took:?}, and {estimated} ms were estimated");
        compiled += 1;
    }
    assert!(compiled >= 3, "only {compiled} were compiled");
}
