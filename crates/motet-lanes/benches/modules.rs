//! Prints what programs of `examples/lanes/modules` cost on both tiers, beside wasmi: processor time, since other work on the machine
//! falsifies what a clock says. And how soon the first result of a compiled program is there.

#[path = "support/measure.rs"]
mod measure;
#[path = "../tests/common/processor_time.rs"]
mod processor_time;

use measure::{FEW, Interpreted, milliseconds, silent};
use motet_lanes::Gpu;
use motet_lanes::modules::CompiledFunction;
use motet_middle::Module;
use std::sync::Arc;
use std::time::Instant;

/// Instances of the compiled tier and of wasmi.
const MANY: u32 = 1_024;

fn wasmi(bytes: &[u8], count: u32) {
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, bytes).expect("wasmi reads it");
    let mut linker = wasmi::Linker::<()>::new(&engine);
    let quad = |_: wasmi::Caller<'_, ()>, _: f32, _: f32, _: f32, _: f32, _: i32| {};
    linker.func_wrap("motet", "quad", quad).expect("the name is free");
    linker.func_wrap("motet", "print", |_: wasmi::Caller<'_, ()>, _: i32, _: i32| {}).expect("the name is free");
    linker.func_wrap("motet", "print_i32", |_: wasmi::Caller<'_, ()>, _: i32| {}).expect("the name is free");
    for number in 0..count {
        let mut store = wasmi::Store::new(&engine, ());
        let instance = linker.instantiate_and_start(&mut store, &module).expect("wasmi links it");
        let run = instance.get_typed_func::<i32, i64>(&store, "run").expect("it exports `run`");
        run.call(&mut store, number as i32).expect("it does not trap");
    }
}

fn main() {
    let gpu = Gpu::open(None).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        std::process::exit(3)
    });
    println!("device: {}, {}, Vulkan {}", gpu.info().name, gpu.info().driver, gpu.info().vulkan);
    println!("milliseconds of processor time; compiled and wasmi: {MANY} instances, interpreted: {FEW} processes\n");
    println!(
        "| program | first result, ms | compiled | wasmi | wasmi ÷ compiled | interpreted | interpreted ÷ compiled, each |"
    );
    println!("|---|---|---|---|---|---|---|");
    let kernel = Interpreted::new(&gpu);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/lanes/modules");
    for name in ["fnv", "mandelbrot", "sieve", "nbody", "matcher", "blur", "compress", "life", "quicksort", "lisp"] {
        let bytes = std::fs::read(folder.join(name).with_extension("wasm")).expect("the example is here");
        let module = Arc::new(motet_wasm::read(&bytes).expect("the example is valid"));
        let function = module.export("run").expect("the example exports `run`").index;
        let began = Instant::now();
        let compiled = CompiledFunction::new(&gpu, &module, function).expect("the example can be compiled");
        compiled.run(&[vec![1]], false, &mut silent).expect("the device is there");
        let first = began.elapsed();
        let numbers: Vec<Vec<u64>> = (0..u64::from(MANY)).map(|number| vec![number]).collect();
        let fast = milliseconds(|| drop(compiled.run(&numbers, false, &mut silent).expect("the device is there")));
        let second = milliseconds(|| wasmi(&bytes, MANY));
        let slow = kernel.milliseconds(&module);
        println!(
            "| {name} | {:.0} | {fast:.1} | {second:.1} | {:.2} | {slow:.1} | {:.0} |",
            first.as_secs_f64() * 1e3,
            second / fast,
            slow / f64::from(FEW) / (fast / f64::from(MANY)),
        );
    }
    side_by_side(&kernel);
}

/// Modules that differ, whose loops consist of so many operations: the text, and the operations of a turn.
fn different(variant: usize) -> (String, u64) {
    const OPERATIONS: &[&str] =
        &["i32.add", "i32.sub", "i32.mul", "i32.xor", "i32.and", "i32.or", "i32.shl", "i32.lt_u"];
    let step = |step: usize| {
        let (to, from) = (1 + step % 4, 1 + (step + variant) % 4);
        let operation = OPERATIONS[(variant + step * 3) % OPERATIONS.len()];
        let number = (variant + 1) * 3;
        match step % 3 {
            0 => format!("(local.set {to} ({operation} (local.get {to}) (local.get {from})))"),
            _ => format!("(local.set {to} ({operation} (local.get {to}) (i32.const {number})))"),
        }
    };
    let body: String = (0..3 + variant % 5).map(step).collect();
    let turn =
        format!("{body}(br_if 0 (i32.lt_u (local.tee 5 (i32.add (local.get 5) (i32.const 1))) (i32.const {TURNS})))");
    let text = format!("(module (func (export \"run\") (param i32) (local i32 i32 i32 i32 i32) (loop {turn})))");
    (text, turn.matches('(').count() as u64)
}

/// Turns that each of them takes.
const TURNS: u64 = 100_000;

/// What the interpreter does in a second of processor time with modules that are all different.
fn side_by_side(kernel: &Interpreted) {
    let modules: Vec<(Arc<Module>, u64)> = (0..FEW as usize)
        .map(|variant| {
            let (text, operations) = different(variant);
            let bytes = motet_wasm::from_text("different.wat", &text).expect("it is a module");
            (Arc::new(motet_wasm::read(&bytes).expect("it is valid")), operations * TURNS)
        })
        .collect();
    let operations: u64 = modules.iter().map(|(_, operations)| operations).sum();
    let started = kernel.0.statistics().instructions;
    let mut runs = 0_u64;
    let milliseconds = milliseconds(|| {
        let processes: Vec<_> = modules.iter().map(|(module, _)| kernel.start(module, 1)).collect();
        processes.into_iter().for_each(|started| kernel.finish(started));
        runs += 1;
    });
    let instructions = (kernel.0.statistics().instructions - started) / runs;
    println!(
        "\n{FEW} different modules at once: {:.1} M register instructions and {:.1} M operations of WebAssembly a second of \
         processor time",
        instructions as f64 / milliseconds / 1e3,
        operations as f64 / milliseconds / 1e3
    );
}
