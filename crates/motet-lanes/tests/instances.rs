//! Many compiled instances at once (L-16): how their memories lie, and more of them than a buffer holds.

mod common;
mod random_modules;

use std::sync::Arc;

use common::validate::validate;
use common::*;
use motet_lanes::modules::{
    CompiledInstance, CompiledProgram, CompiledStart, HostFunction, Item, Linker, ModuleService, Reply,
};
use motet_lanes::station::{JobOptions, Outcome, Station, StationSettings, Tier};
use motet_lanes::{Gpu, MemoryLayout, Trap};
use motet_middle::{Module, Type};

fn silent(_: &ModuleService<'_>) -> Reply {
    Reply::Results(Vec::new())
}

fn example(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/lanes/modules");
    std::fs::read(folder.join(name).with_extension("wasm")).unwrap()
}

/// Runs a function of a module with each number in a layout, and gives what the instances left and their results.
fn run(module: &Arc<Module>, name: &str, numbers: &[u64], layout: MemoryLayout) -> Vec<(CompiledInstance, Vec<u64>)> {
    let mut linker = Linker::new(1);
    let (instance, _) = linker.instantiate(module, HostFunction::resolve, false).unwrap();
    let Some(Item::Function(function, _)) = linker.export(instance, name) else { panic!("it exports `{name}`") };
    let call = linker.call_later(function);
    let program = CompiledProgram::with_layout(gpu(), &Arc::new(linker.finish()), layout).unwrap();
    program.compiled().kernels.iter().for_each(|kernel| validate(&kernel.words));
    let start =
        |&number: &u64| CompiledStart { arguments: vec![(call.clone(), vec![number])], ..CompiledStart::default() };
    let starts: Vec<CompiledStart> = numbers.iter().map(start).collect();
    let left = program.run(&starts, true, &mut silent).unwrap();
    let results = |instance: CompiledInstance| {
        let results = instance.results(&call).unwrap().unwrap_or_else(|trap: Trap| panic!("{name}: {trap}"));
        (instance, results)
    };
    left.into_iter().map(results).collect()
}

#[test]
fn l16_memories_lie_either_way_and_the_results_are_the_same() {
    for name in ["blur", "compress", "life", "lisp", "nbody", "quicksort", "sieve"] {
        let module = Arc::new(motet_wasm::read(&example(name)).unwrap());
        let numbers: Vec<u64> = (0..20).collect();
        let linear = run(&module, "run", &numbers, MemoryLayout::Linear);
        assert!(linear == run(&module, "run", &numbers, MemoryLayout::Interleaved), "{name}");
    }
    // Bytes and words across the ends of words, memories that grow, copies, and what the host reads and writes.
    let text =
        "(module (import \"wasi_snapshot_preview1\" \"args_sizes_get\" (func $sizes (param i32 i32) (result i32)))
        (memory 1 40) (data (i32.const 61) \"the lanes\")
        (func (export \"f\") (param i32) (result i64) (local i32)
            (memory.fill (i32.const 101) (local.get 0) (i32.const 37))
            (drop (memory.grow (i32.rem_u (local.get 0) (i32.const 3))))
            (local.set 1 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)))
            (i64.store (local.get 1) (i64.const 0x0123456789ABCDEF))
            (i32.store16 (i32.const 7) (local.get 0)) (i32.store (i32.const 11) (i32.const -7))
            (memory.copy (i32.const 200) (i32.const 61) (i32.const 60))
            (memory.copy (i32.const 203) (i32.const 200) (i32.const 60))
            (drop (call $sizes (i32.const 300) (i32.const 304)))
            (i64.add (i64.load (local.get 1)) (i64.load (i32.const 205)))))";
    let module = Arc::new(motet_wasm::read(&motet_wasm::from_text("test.wat", text).unwrap()).unwrap());
    let numbers: Vec<u64> = (0..30).collect();
    let [linear, interleaved] = [MemoryLayout::Linear, MemoryLayout::Interleaved].map(|layout| {
        let left = run(&module, "f", &numbers, layout);
        assert_eq!(left.iter().map(|(left, _)| left.memory.len() >> 16).max(), Some(3));
        left
    });
    assert!(linear == interleaved);
}

#[test]
fn l16_a_station_takes_either_layout() {
    let text = "(module (memory 1) (func (export \"f\") (param i32) (result i32)
        (i32.store (i32.const 1021) (local.get 0)) (i32.load8_u (i32.const 1021))))";
    let module = Arc::new(motet_wasm::read(&motet_wasm::from_text("test.wat", text).unwrap()).unwrap());
    for layout in [MemoryLayout::Linear, MemoryLayout::Interleaved] {
        let settings = StationSettings { memory_layout: Some(layout), ..StationSettings::default() };
        let station = Station::new(Gpu::clone(gpu()), settings);
        let program = station.load_module(&module, Some("f")).unwrap();
        let arguments = (0..5).map(|number| vec![number + 0x0403_0200]).collect();
        let options =
            JobOptions { count: 5, arguments, tier: Tier::Compiled, keeps_memory: true, ..JobOptions::default() };
        let job = station.run(&program, options).unwrap();
        for (number, process) in (0..).zip(job.processes()) {
            assert_eq!(process.wait().outcome, Outcome::Returned(vec![(Type::I32, number)]), "{layout}");
            assert_eq!(process.read_memory(1021, 4).unwrap(), [number as u8, 2, 3, 4], "{layout}");
        }
    }
}

/// The programs of `examples/lanes/modules`, and modules that all differ.
fn modules() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/lanes/modules");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut modules: Vec<Vec<u8>> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert!(modules.len() >= 12, "only {} examples", modules.len());
    for number in modules.len()..64 {
        let operation = ["add", "sub", "mul", "xor", "rotl", "shr_u", "and", "or"][number % 8];
        let text = format!(
            "(module (memory 1) (func (export \"run\") (param i32) (result i64) (local i32 i64)
                (loop (local.set 2 (i64.{operation} (i64.mul (local.get 2) (i64.const {number}))
                        (i64.extend_i32_u (i32.add (local.get 0) (local.get 1)))))
                    (i64.store (i32.mul (local.get 1) (i32.const {})) (local.get 2))
                    (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const {}))))
                (i64.xor (local.get 2) (i64.load (i32.const {})))))",
            number % 9 + 1,
            10 * number,
            number * 3
        );
        modules.push(motet_wasm::from_text("different.wat", &text).unwrap());
    }
    modules
}

#[test]
fn l16_sixty_four_different_modules_run_at_once_in_both_tiers() {
    const COUNT: u32 = 3;
    let station = Station::new(Gpu::clone(gpu()), StationSettings::default());
    let mut jobs = Vec::new();
    for bytes in modules() {
        let module = Arc::new(motet_wasm::read(&bytes).unwrap());
        let program = station.load_module(&module, Some("run")).unwrap();
        for tier in [Tier::Interpreted, Tier::Compiled] {
            let arguments = (0..u64::from(COUNT)).map(|number| vec![number]).collect();
            let options = JobOptions { count: COUNT, arguments, tier, ..JobOptions::default() };
            jobs.push((bytes.clone(), tier, station.run(&program, options).unwrap()));
        }
    }
    for (index, (bytes, tier, job)) in jobs.iter().enumerate() {
        for (number, process) in (0..).zip(job.processes()) {
            let end = process.wait();
            let expected = random_modules::run_program(bytes, number);
            assert_eq!(end.outcome, Outcome::Returned(vec![(Type::I64, expected)]), "module {} of {number}", index / 2);
            assert_eq!(end.was_compiled, *tier == Tier::Compiled, "module {}", index / 2);
        }
    }
}

/// They take a hundred times more memory than a buffer of lavapipe's may have.
#[test]
fn l16_a_hundred_thousand_instances_run_in_batches() {
    const COUNT: u32 = 100_000;
    let bytes = example("mandelbrot");
    let module = Arc::new(motet_wasm::read(&bytes).unwrap());
    let station = Station::new(Gpu::clone(gpu()), StationSettings::default());
    let program = station.load_module(&module, Some("run")).unwrap();
    let arguments = (0..u64::from(COUNT)).map(|number| vec![number]).collect();
    let options = JobOptions { count: COUNT, arguments, tier: Tier::Compiled, ..JobOptions::default() };
    let job = station.run(&program, options).unwrap();
    // It computes the same for numbers that agree in their last six bits.
    let expected: Vec<u64> = (0..64).map(|number| random_modules::run_program(&bytes, number)).collect();
    for (number, process) in (0..).zip(job.processes()) {
        let end = process.wait();
        assert_eq!(end.outcome, Outcome::Returned(vec![(Type::I64, expected[number % 64])]), "{number}");
        assert!(end.was_compiled);
    }
    assert_eq!(job.living(), 0);
}
