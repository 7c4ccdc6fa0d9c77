//! Programs of all kinds side by side, in both tiers (L-12, L-14, L-16).

mod common;

use std::sync::Arc;

use common::*;
use motet_lanes::modules::Stream;
use motet_lanes::station::{
    Compilation, Job, JobOptions, Outcome, Stage, Station, StationError, StationProgram, StationSettings, Tier,
};
use motet_lanes::{EndCause, Gpu, InputEvent, LaneError, Trap};
use motet_middle::{Module, Type};

fn station() -> Station {
    Station::new(Gpu::clone(gpu()), StationSettings::default())
}

fn read(text: &str) -> Arc<Module> {
    let bytes = motet_wasm::from_text("test.wat", text).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(motet_wasm::read(&bytes).unwrap_or_else(|error| panic!("{error}")))
}

fn load(station: &Station, text: &str) -> Arc<StationProgram> {
    station.load_module(&read(text), Some("f")).unwrap()
}

/// A list of arguments for each of so many processes.
fn numbers(count: u32) -> Vec<Vec<u64>> {
    (0..u64::from(count)).map(|number| vec![number]).collect()
}

fn run(station: &Station, program: &Arc<StationProgram>, count: u32, tier: Tier) -> Job {
    let options = JobOptions { count, arguments: numbers(count), tier, ..JobOptions::default() };
    station.run(program, options).unwrap()
}

/// Waits until something about a job is so: it looks whenever something changes.
fn until(job: &Job, mut holds: impl FnMut() -> bool) {
    let mut seen = 0;
    while !holds() {
        assert!(job.wait_for_change(&mut seen, SOON), "waited in vain");
    }
}

fn event(code: i32) -> InputEvent {
    InputEvent { kind: 1, code, x: 0, y: 0 }
}

const TWICE: &str = "(module (func (export \"f\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))";

/// Waits for an event, and gives its code times the argument.
const WAITS: &str = "(module (import \"motet\" \"input\" (func $input (param i32))) (memory 1)
    (func (export \"f\") (param i32) (result i32)
        (i32.store (i32.const 64) (local.get 0))
        (call $input (i32.const 16))
        (i32.mul (i32.load (i32.const 20)) (local.get 0))))";

const ENDLESS: &str = "(module (memory 1) (func (export \"f\") (param i32)
    (i32.store (i32.const 8) (local.get 0)) (loop (br 0))))";

const TIERS: [Tier; 2] = [Tier::Interpreted, Tier::Compiled];

#[test]
fn l16_programs_of_all_kinds_run_side_by_side() {
    let station = station();
    let squares = station.load_lanes(&program(&[
        op(motet_lanes::instructions::Opcode::Mul, 0, 0, 0, 0),
        op(motet_lanes::instructions::Opcode::Service, 1, 0, 0, 1),
        op(motet_lanes::instructions::Opcode::Halt, 0, 0, 0, 0),
    ]));
    let squares = squares.unwrap();
    let twice = load(&station, TWICE);
    let command = read(
        "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))
            (import \"motet\" \"number\" (func $number (result i32)))
            (import \"motet\" \"print_i32\" (func $print (param i32)))
            (func (export \"_start\") (call $print (call $number)) (call $exit (call $number))))",
    );
    let command = station.load_module(&command, None).unwrap();
    let lanes = station.run(&squares, JobOptions { count: 100, ..JobOptions::default() }).unwrap();
    let modules = run(&station, &twice, 100, Tier::Automatic);
    let commands = station.run(&command, JobOptions { count: 20, ..JobOptions::default() }).unwrap();
    for (number, process) in (0..).zip(lanes.processes()) {
        let end = process.wait();
        assert_eq!((&end.outcome, end.lane.as_ref().unwrap().registers[0]), (&Outcome::Halted, number * number));
    }
    for (number, process) in (0..).zip(modules.processes()) {
        assert_eq!(process.wait().outcome, Outcome::Returned(vec![(Type::I32, 2 * number)]));
    }
    for (number, process) in (0..).zip(commands.processes()) {
        assert_eq!(process.wait().outcome, Outcome::Exited(number));
    }
    // Each is numbered within its own job.
    let mut written = commands.take_written();
    written.sort_by_key(|(number, ..)| *number);
    let expected: Vec<_> = (0..20).map(|number| (number, Stream::Output, format!("{number}\n").into_bytes())).collect();
    assert_eq!(written, expected);
    assert_eq!(lanes.take_written().len(), 100);
    assert_eq!((lanes.living(), modules.living(), commands.living()), (0, 0, 0));
}

#[test]
fn l14_what_has_not_begun_goes_to_the_compiled_tier() {
    let station = station();
    let program = load(&station, WAITS);
    let job = run(&station, &program, 1_000, Tier::Automatic);
    assert_eq!(job.processes().len(), 1_000, "starting them waits for nothing");
    // The kernel has no room for more until events come, and the rest has gone to the other tier by then.
    until(&job, || job.processes().last().unwrap().stage() == Stage::RunsCompiled);
    assert_eq!(program.compilation(), Compilation::Done);
    until(&job, || job.starves());
    let report = station.report();
    assert_eq!((report.waiting, report.interpreted + report.compiled), (0, 1_000));
    assert!(report.interpreted >= 64 && report.compiled >= 900, "{report:?}");
    for process in job.processes() {
        process.send(event(7)).unwrap();
    }
    let mut compiled = 0;
    for (number, process) in (0..).zip(job.processes()) {
        let end = process.wait();
        assert_eq!(end.outcome, Outcome::Returned(vec![(Type::I32, 7 * number)]), "{number}");
        compiled += usize::from(end.was_compiled);
    }
    assert_eq!(compiled, report.compiled);
    // And what comes later runs compiled at once.
    let later = run(&station, &program, 1, Tier::Automatic);
    later.processes()[0].send(event(1)).unwrap();
    assert!(later.processes()[0].wait().was_compiled);
    let report = station.report();
    assert_eq!(report.programs, [("f".to_owned(), Compilation::Done)]);
    assert_eq!((report.interpreted_ended + report.compiled_ended, report.compiled_ended), (1_001, compiled as u64 + 1));
}

#[test]
fn l14_what_gains_nothing_or_cannot_be_compiled_stays_interpreted_with_the_reason() {
    let station = station();
    let recursive = "(module (func $f (export \"f\") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0)))))";
    let nested = format!("(module (func (export \"f\") (param i32) {} {}))", "(block ".repeat(60), ")".repeat(60));
    for (text, why, count) in [(recursive, "call one another", 300), (nested.as_str(), "nest too deeply", 300)] {
        let program = load(&station, text);
        let job = run(&station, &program, count, Tier::Automatic);
        assert!(job.processes().iter().all(|process| !process.wait().was_compiled));
        until(&job, || program.compilation() != Compilation::UnderWay);
        let Compilation::Refused(reason) = program.compilation() else { panic!("{:?}", program.compilation()) };
        assert!(reason.contains(why), "{reason}");
        let listed = station.report().programs;
        assert!(listed.iter().any(|(_, compilation)| compilation.to_string().contains(why)), "{listed:?}");
    }
    // By name, the one is compiled and the other refused.
    let job = run(&station, &load(&station, recursive), 3, Tier::Compiled);
    for (number, process) in (0..).zip(job.processes()) {
        let end = process.wait();
        assert_eq!((&end.outcome, end.was_compiled), (&Outcome::Returned(vec![(Type::I32, number)]), true));
    }
    let job = run(&station, &load(&station, &nested), 3, Tier::Compiled);
    for process in job.processes() {
        assert!(matches!(&process.wait().outcome, Outcome::Failed(why) if why.contains("nest too deeply")));
    }
}

#[test]
fn l12_a_process_is_killed_wherever_it_is() {
    let station = station();
    let program = load(&station, ENDLESS);
    for tier in TIERS {
        let stage = if tier == Tier::Compiled { Stage::RunsCompiled } else { Stage::Runs };
        let job = run(&station, &program, 200, tier);
        until(&job, || job.processes()[0].stage() == stage);
        // Those that wait, and those that run.
        for process in job.processes().iter().rev() {
            process.kill().unwrap();
        }
        for process in job.processes() {
            assert_eq!(process.wait().outcome, Outcome::Killed);
            assert_eq!(process.send(event(1)), Err(LaneError::Ended));
        }
    }
}

#[test]
fn l12_fuel_and_memory_are_limited_in_both_tiers() {
    let station = station();
    let endless = load(&station, ENDLESS);
    let grows = load(
        &station,
        "(module (memory 1) (func (export \"f\") (param i32) (result i32)
            (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size)))",
    );
    for tier in TIERS {
        for fuel in [1, 1_000, 1_000_000] {
            let options = JobOptions { count: 2, arguments: numbers(2), tier, fuel, ..JobOptions::default() };
            for process in station.run(&endless, options).unwrap().processes() {
                let end = process.wait();
                assert!(matches!(end.outcome, Outcome::Trapped(Trap::OutOfFuel, _)), "{end:?}");
                assert!(end.work <= fuel && end.work + 2 >= fuel, "{tier:?} {fuel}: {}", end.work);
            }
        }
        let memory_limit = 5 << 16;
        let options = JobOptions { count: 3, arguments: numbers(3), tier, memory_limit, ..JobOptions::default() };
        for process in station.run(&grows, options).unwrap().processes() {
            assert_eq!(process.wait().outcome, Outcome::Returned(vec![(Type::I32, 5)]));
        }
    }
}

#[test]
fn l15_memory_is_read_in_both_tiers() {
    let station = station();
    let program = load(&station, WAITS);
    for tier in TIERS {
        let arguments = (0..3).map(|number| vec![number + 0x0403_0201]).collect();
        let options = JobOptions { count: 3, arguments, tier, keeps_memory: true, ..JobOptions::default() };
        let job = station.run(&program, options).unwrap();
        until(&job, || job.starves());
        for (number, process) in (0..).zip(job.processes()) {
            assert_eq!(process.read_memory(64, 4).unwrap(), [1 + number, 2, 3, 4]);
            assert!(matches!(process.read_memory(65_533, 4), Err(LaneError::OutOfRange { .. })));
            process.send(event(1)).unwrap();
            process.wait();
            assert_eq!(process.read_memory(64, 4).unwrap(), [1 + number, 2, 3, 4]);
            assert!(matches!(process.read_memory(65_533, 4), Err(LaneError::OutOfRange { .. })));
        }
    }
}

#[test]
fn l08_the_focus_and_the_priority_move() {
    let station = station();
    let program = load(&station, WAITS);
    assert_eq!(station.send_input(event(1)), Err(LaneError::NoFocus));
    let job = run(&station, &program, 3, Tier::Interpreted);
    let [first, second, _] = job.processes() else { panic!("there are three") };
    second.focus().unwrap();
    station.send_input(event(5)).unwrap();
    assert_eq!(second.wait().outcome, Outcome::Returned(vec![(Type::I32, 5)]));
    assert_eq!(station.send_input(event(5)), Err(LaneError::Ended));
    first.set_priority(9).unwrap();
    until(&job, || job.starves());
    let (_, modules) = station.runtimes();
    let slots = modules.unwrap().common().slots();
    assert_eq!(slots.iter().filter(|slot| slot.priority == 9).count(), 1);
    job.kill().unwrap();
}

#[test]
fn l12_what_is_wrong_is_refused() {
    let station = station();
    let module = read(TWICE);
    let error = station.load_module(&module, Some("g")).unwrap_err();
    assert_eq!(error.to_string(), "the module exports no function `g`; it exports `f`");
    let error = station.load_module(&module, None).unwrap_err();
    assert_eq!(error.to_string(), "the module has no `_start`; name one of its functions: `f`");
    let program = load(&station, TWICE);
    let options = JobOptions { arguments: vec![vec![1, 2]], ..JobOptions::default() };
    let error = station.run(&program, options).unwrap_err();
    assert_eq!(error.to_string(), "`f` takes 1 argument (i32), not 2");
    let large = load(&station, "(module (memory 65536) (func (export \"f\") (param i32)))");
    let job = run(&station, &large, 1, Tier::Interpreted);
    assert!(matches!(&job.processes()[0].wait().outcome, Outcome::Failed(why) if why.contains("the module's memory")));
    let options = JobOptions { arguments: numbers(1), memory_limit: 1 << 16, ..JobOptions::default() };
    let refused = station.run(&large, options).unwrap_err();
    assert!(matches!(refused, StationError::Lanes(LaneError::LimitExceeded { .. })), "{refused}");
    // The station is as before.
    assert_eq!(
        run(&station, &program, 1, Tier::Automatic).processes()[0].wait().outcome,
        Outcome::Returned(vec![(Type::I32, 0)])
    );
}

#[test]
fn l03_a_lane_program_that_goes_wrong_harms_no_other() {
    let station = station();
    let wrong = station.load_lanes(&[0x99, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    let right = station.load_lanes(&constant(4)).unwrap();
    let wrong = station.run(&wrong, JobOptions::default()).unwrap();
    let right = station.run(&right, JobOptions::default()).unwrap();
    assert_eq!(wrong.processes()[0].wait().outcome, Outcome::Faulted(EndCause::InvalidOpcode));
    assert_eq!(right.processes()[0].wait().lane.as_ref().unwrap().registers[0], 4);
    let asks = station.load_lanes(&program(&[op(motet_lanes::instructions::Opcode::Service, 0, 0, 0, 77)])).unwrap();
    let asks = station.run(&asks, JobOptions::default()).unwrap();
    assert!(matches!(&asks.processes()[0].wait().outcome, Outcome::Failed(why) if why.contains("service 77")));
}

#[test]
fn l09_a_station_that_goes_ends_what_runs() {
    let station = station();
    let program = load(&station, ENDLESS);
    let jobs = TIERS.map(|tier| run(&station, &program, 100, tier));
    until(&jobs[1], || jobs[1].processes()[0].stage() == Stage::RunsCompiled);
    drop(station);
    for process in jobs.iter().flat_map(Job::processes) {
        assert!(matches!(process.wait().outcome, Outcome::Failed(_)));
    }
}
