//! Prints what programs of `examples/lanes/modules` cost on both tiers, beside wasmi: processor time, since other work on the machine
//! falsifies what a clock says. And how soon the first result of a compiled program is there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use motet_lanes::Gpu;
use motet_lanes::modules::{
    CompiledFunction, HostFunction, Item, Linker, ModuleOptions, ModuleRuntime, ModuleService, ModuleSettings, Reply,
};
use motet_middle::Module;

/// Instances of the compiled tier and of wasmi.
const MANY: u32 = 1_024;
/// Processes of the interpreter.
const FEW: u32 = 64;
/// The least processor time of a measurement: the counter steps by ten milliseconds.
const LEAST: Duration = Duration::from_millis(600);

/// The processor time of this process, that of the driver's threads included.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux counts processor time");
    let numbers: Vec<u64> =
        text.rsplit(')').next().unwrap_or("").split_whitespace().filter_map(|word| word.parse().ok()).collect();
    // User and system time, in hundredths of a second.
    Duration::from_millis((numbers[10] + numbers[11]) * 10)
}

/// Milliseconds of processor time that one call takes.
fn milliseconds(mut call: impl FnMut()) -> f64 {
    call();
    let before = processor_time();
    let mut calls = 0;
    while processor_time() - before < LEAST {
        call();
        calls += 1;
    }
    (processor_time() - before).as_secs_f64() * 1e3 / f64::from(calls)
}

fn silent(_: &ModuleService<'_>) -> Reply {
    Reply::Results(Vec::new())
}

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
        let slow = interpreted(&gpu, &module);
        println!(
            "| {name} | {:.0} | {fast:.1} | {second:.1} | {:.2} | {slow:.1} | {:.0} |",
            first.as_secs_f64() * 1e3,
            second / fast,
            slow / f64::from(FEW) / (fast / f64::from(MANY)),
        );
    }
}

fn interpreted(gpu: &Gpu, module: &Arc<Module>) -> f64 {
    let runtime = ModuleRuntime::new(gpu, ModuleSettings::default()).expect("the kernel starts");
    let mut linker = Linker::new(1);
    let (instance, _) = linker.instantiate(module, HostFunction::resolve, false).expect("the example can be linked");
    let Some(Item::Function(run, _)) = linker.export(instance, "run") else { panic!("it exports `run`") };
    let call = linker.call_later(run);
    let program = runtime.load(Arc::new(linker.finish())).expect("it fits");
    runtime.start().expect("the kernel starts");
    milliseconds(|| {
        let start = |number| {
            let arguments = vec![(call.clone(), vec![u64::from(number)])];
            runtime.spawn(&program, &ModuleOptions { arguments, ..ModuleOptions::default() }).expect("it fits")
        };
        let processes: Vec<_> = (0..FEW).map(start).collect();
        for process in processes {
            process.wait(Duration::from_secs(120)).expect("it ends");
        }
    })
}
