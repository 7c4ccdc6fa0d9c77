//! What programs cost on both tiers and in wasmi, one line of JSON for each: `benches/lanes/peers` sets them beside other engines.
//! Its arguments are modules: `NAME.wasm`, which the lanes run, with `NAME.many.wasm` beside it, which calls itself.

#[path = "support/measure.rs"]
mod measure;

use measure::{Interpreted, milliseconds, silent};
use motet_lanes::Gpu;
use motet_lanes::modules::CompiledFunction;
use processor_time::processor_time;
use std::sync::Arc;
use std::time::Instant;

#[path = "../tests/common/processor_time.rs"]
mod processor_time;

/// Instances of the compiled tier and of wasmi.
const MANY: u32 = 1_024;

fn main() {
    let gpu = Gpu::open(None).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        std::process::exit(3)
    });
    let (before, began) = (processor_time(), Instant::now());
    let kernel = Interpreted::new(&gpu);
    println!(
        "{{\"kernel\": {:.1}, \"kernel_cpu\": {}}}",
        began.elapsed().as_secs_f64() * 1e3,
        (processor_time() - before).as_millis()
    );
    let mut paths: Vec<std::path::PathBuf> =
        std::env::args_os().skip(1).map(Into::into).filter(|path: &std::path::PathBuf| path.exists()).collect();
    // With `first` nothing but the first result is measured.
    let first_alone = std::env::args().any(|word| word == "first");
    paths.sort();
    for path in paths {
        let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).expect("it was there");
        let module = Arc::new(motet_wasm::read(&bytes).expect("a valid module"));
        let function = module.export("run").expect("it exports `run`").index;
        let (before, began) = (processor_time(), Instant::now());
        let compiled = CompiledFunction::new(&gpu, &module, function).expect("it can be compiled");
        compiled.run(&[vec![1]], false, &mut silent).expect("the device is there");
        let (first, first_cpu) = (began.elapsed().as_secs_f64() * 1e3, processor_time() - before);
        print!("{{\"name\": \"{name}\", \"first\": {first:.1}, \"first_cpu\": {}", first_cpu.as_millis());
        if !first_alone {
            // What it costs to have instances at all, which no engine's figure has.
            let nothing = module.export("nothing").expect("it exports `nothing`").index;
            let nothing = CompiledFunction::new(&gpu, &module, nothing).expect("it can be compiled");
            let numbers: Vec<Vec<u64>> = (0..u64::from(MANY)).map(|number| vec![number]).collect();
            let mut sum = 0_u64;
            let fast = milliseconds(|| {
                let outcomes = compiled.run(&numbers, false, &mut silent).expect("the device is there");
                let results = outcomes.into_iter().map(|outcome| outcome.result.expect("it does not trap")[0]);
                sum = results.fold(0, u64::wrapping_add);
            });
            let setup = milliseconds(|| drop(nothing.run(&numbers, false, &mut silent).expect("the device is there")));
            let second = wasmi(&std::fs::read(path.with_extension("many.wasm")).expect("it is beside it"), sum);
            let slow = kernel.milliseconds(&module);
            print!(
                ", \"sum\": {sum}, \"setup\": {setup:.3}, \"compiled\": {:.3}, \"wasmi\": {second:.3}, \"interpreted\": {slow:.3}",
                fast - setup
            );
        }
        println!("}}");
    }
}

/// Milliseconds that wasmi takes for all of them.
fn wasmi(bytes: &[u8], sum: u64) -> f64 {
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, bytes).expect("wasmi reads it");
    let mut store = wasmi::Store::new(&engine, ());
    let linker = wasmi::Linker::<()>::new(&engine);
    let instance = linker.instantiate_and_start(&mut store, &module).expect("wasmi links it");
    let many = instance.get_typed_func::<i32, i64>(&store, "many").expect("it exports `many`");
    milliseconds(|| {
        let found = many.call(&mut store, MANY as i32).expect("it does not trap");
        assert_eq!(found.cast_unsigned(), sum, "wasmi gives something else");
    })
}
