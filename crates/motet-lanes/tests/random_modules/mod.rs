//! Random modules: what the lanes compute is compared with what wasmi computes, call by call, with the memory at the end.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use arbitrary::Unstructured;
use motet_lanes::modules::{
    Call, CompiledProgram, CompiledStart, Item, Linker, ModuleOptions, ModuleProcess, ModuleRuntime, ModuleService,
    Reply,
};
use motet_lanes::{EndCause, Gpu, MemoryLayout, Trap};
use motet_middle::{ItemKind, Module, Type};

use super::common::SOON;

/// Modules that run at once.
const BATCH: usize = 64;
/// Turns of loops and calls that a module may take in one call, before it traps.
const TURNS: u32 = 200;

/// One module's calls in both engines.
struct Pair {
    seed: u64,
    calls: Vec<(String, Call)>,
    expected: Vec<Answer>,
    memory: Option<Vec<u8>>,
    process: Option<ModuleProcess>,
}

/// What a call gives.
#[derive(Debug, PartialEq)]
enum Answer {
    Results(Vec<u64>),
    Trap(Reason),
}

/// Traps as both engines tell them apart.
#[derive(Debug, PartialEq)]
enum Reason {
    Unreachable,
    Division,
    Overflow,
    Conversion,
    Memory,
    Table,
    Null,
    Signature,
    Stack,
}

/// Compares so many modules, or as many as there is time for; gives the number of calls.
pub fn compare(runtime: &ModuleRuntime, seed: u64, modules: usize, time: Option<Duration>) -> usize {
    let until = time.map(|time| Instant::now() + time);
    let mut compared = 0;
    let mut number = 0;
    while number < modules && until.is_none_or(|until| Instant::now() < until) {
        let mut pairs: Vec<Pair> = Vec::new();
        let mut programs = Vec::new();
        for _ in 0..BATCH.min(modules - number) {
            let seed = seed.wrapping_add(number as u64);
            number += 1;
            let Some((mut pair, linker)) = prepare(seed) else { continue };
            let program = runtime.load(Arc::new(linker.finish())).unwrap();
            let options = ModuleOptions { keeps_memory: true, fuel: 3_000_000, ..ModuleOptions::default() };
            pair.process = Some(runtime.spawn(&program, &options).unwrap());
            pairs.push(pair);
            programs.push(program);
        }
        for pair in &pairs {
            compared += check(pair);
        }
        for program in &programs {
            runtime.unload(program).unwrap();
        }
    }
    compared
}

fn check(pair: &Pair) -> usize {
    let process = pair.process.as_ref().unwrap();
    let seed = pair.seed;
    let outcome = process.wait(SOON).unwrap_or_else(|error| panic!("module {seed:#x}: {error}"));
    if outcome.cause == EndCause::Trapped(Trap::OutOfFuel) {
        return 0;
    }
    assert_eq!(outcome.cause, EndCause::Halted, "module {seed:#x}");
    let memory = pair.memory.as_ref().map(|memory| process.read_memory(0, memory.len()).unwrap());
    same(pair, |call| process.results(call).unwrap(), memory)
}

/// What the calls of a module gave, and its memory at the end, is what the second engine gave; tells how many were compared.
fn same(pair: &Pair, results: impl Fn(&Call) -> Result<Vec<u64>, Trap>, memory: Option<Vec<u8>>) -> usize {
    let seed = pair.seed;
    for ((name, call), expected) in pair.calls.iter().zip(&pair.expected) {
        let found = match results(call) {
            Ok(results) => Answer::Results(results),
            Err(trap) => Answer::Trap(reason(trap)),
        };
        if found == Answer::Trap(Reason::Stack) || *expected == Answer::Trap(Reason::Stack) {
            // How deep calls may go differs, and all that follows may differ with it.
            return 0;
        }
        assert_eq!(found, *expected, "`{name}` of module {seed:#x}");
    }
    assert!(memory == pair.memory, "the memory of module {seed:#x}");
    pair.calls.len()
}

/// Compares so many modules that run compiled, or as many as there is time for; gives the number of calls. Modules that would take
/// the driver for long are left out.
pub fn compare_compiled(gpu: &Gpu, seed: u64, modules: usize, time: Option<Duration>) -> usize {
    /// Milliseconds of the driver, by estimate.
    const LONGEST: u64 = 500;
    /// Instances of each, which do the same.
    const INSTANCES: usize = 3;
    let until = time.map(|time| Instant::now() + time);
    let mut compared = 0;
    for number in 0..modules as u64 {
        if until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
        let seed = seed.wrapping_add(number);
        let Some((pair, linker)) = prepare(seed) else { continue };
        // Both ways for memories to lie, in turn.
        let layout = if number % 2 == 0 { MemoryLayout::Linear } else { MemoryLayout::Interleaved };
        let Ok(program) = CompiledProgram::with_layout(gpu, &Arc::new(linker.finish()), layout) else { continue };
        if program.compiled().kernels.iter().map(|kernel| kernel.estimated_milliseconds()).sum::<u64>() > LONGEST {
            continue;
        }
        let start = CompiledStart { fuel: 3_000_000, ..CompiledStart::default() };
        let mut no_host = |_: &ModuleService<'_>| -> Reply { panic!("these modules import nothing") };
        let mut instances = program.run(&vec![start; INSTANCES], true, &mut no_host).unwrap();
        let instance = instances.remove(0);
        assert_eq!(instance.ended, None, "module {seed:#x}");
        for other in instances {
            assert!(other == instance, "instances of module {seed:#x} differ");
        }
        let memory = pair.memory.as_ref().map(|memory| instance.memory[..memory.len()].to_vec());
        let is_out_of_fuel = pair.calls.iter().any(|(_, call)| instance.results(call) == Some(Err(Trap::OutOfFuel)));
        if !is_out_of_fuel {
            compared += same(&pair, |call| instance.results(call).unwrap(), memory);
        }
    }
    compared
}

fn reason(trap: Trap) -> Reason {
    match trap {
        Trap::Unreachable => Reason::Unreachable,
        Trap::DivisionByZero => Reason::Division,
        Trap::IntegerOverflow => Reason::Overflow,
        Trap::InvalidConversion => Reason::Conversion,
        Trap::MemoryBounds => Reason::Memory,
        Trap::TableBounds | Trap::UndefinedElement => Reason::Table,
        Trap::UninitializedElement => Reason::Null,
        Trap::SignatureMismatch => Reason::Signature,
        Trap::CallStackExhausted => Reason::Stack,
        Trap::OutOfFuel | Trap::IncompatibleImport => panic!("{trap}"),
    }
}

fn second_reason(error: &wasmi::Error) -> Reason {
    use wasmi::TrapCode;
    use wasmi::errors::{ErrorKind, InstantiationError};
    // An active segment beyond its table, which is no trap there.
    if let ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) = error.kind() {
        return Reason::Table;
    }
    match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => Reason::Unreachable,
        Some(TrapCode::IntegerDivisionByZero) => Reason::Division,
        Some(TrapCode::IntegerOverflow) => Reason::Overflow,
        Some(TrapCode::BadConversionToInteger) => Reason::Conversion,
        Some(TrapCode::MemoryOutOfBounds) => Reason::Memory,
        Some(TrapCode::TableOutOfBounds) => Reason::Table,
        Some(TrapCode::IndirectCallToNull) => Reason::Null,
        Some(TrapCode::BadSignature) => Reason::Signature,
        Some(TrapCode::StackOverflow) => Reason::Stack,
        other => panic!("{error}: {other:?}"),
    }
}

fn configuration() -> wasm_smith::Config {
    wasm_smith::Config {
        allow_start_export: true,
        canonicalize_nans: true,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: false,
        gc_enabled: false,
        max_imports: 0,
        max_memories: 1,
        max_memory32_bytes: 4 << 16,
        max_table_elements: 50,
        max_tables: 3,
        memory64_enabled: false,
        memory_max_size_required: true,
        min_funcs: 2,
        min_exports: 2,
        max_instructions: 300,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        table_max_size_required: true,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..wasm_smith::Config::default()
    }
}

/// Numbers from a seed (xorshift64*).
fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    };
    (0..count).map(|_| (next() >> 40) as u8).collect()
}

fn is_number(of: Type) -> bool {
    !of.is_reference()
}

fn value(of: Type, bits: u64) -> wasmi::Val {
    match of {
        Type::I32 => wasmi::Val::I32(bits as u32 as i32),
        Type::I64 => wasmi::Val::I64(bits.cast_signed()),
        Type::F32 => wasmi::Val::F32(wasmi::F32::from_bits(bits as u32)),
        Type::F64 => wasmi::Val::F64(wasmi::F64::from_bits(bits)),
        Type::Function | Type::Foreign => unreachable!("only numbers are passed"),
    }
}

fn bits(value: &wasmi::Val) -> u64 {
    match value {
        wasmi::Val::I32(value) => u64::from(value.cast_unsigned()),
        wasmi::Val::I64(value) => value.cast_unsigned(),
        wasmi::Val::F32(value) => u64::from(value.to_bits()),
        wasmi::Val::F64(value) => value.to_bits(),
        _ => unreachable!("only numbers are compared"),
    }
}

/// Makes a module, and lets the second engine run it.
fn prepare(seed: u64) -> Option<(Pair, Linker)> {
    let random = bytes(seed, 4_000);
    let mut made = wasm_smith::Module::new(configuration(), &mut Unstructured::new(&random)).ok()?;
    made.ensure_termination(TURNS).ok()?;
    let binary = made.to_bytes();
    let module: Arc<Module> =
        Arc::new(motet_wasm::read(&binary).unwrap_or_else(|error| panic!("module {seed:#x}: {error}")));

    let engine = wasmi::Engine::default();
    let second = wasmi::Module::new(&engine, &binary).unwrap_or_else(|error| panic!("module {seed:#x}: {error}"));
    let mut store = wasmi::Store::new(&engine, ());
    let second = wasmi::Linker::<()>::new(&engine).instantiate_and_start(&mut store, &second);

    let mut linker = Linker::new(1);
    let (instance, setup) = linker.instantiate(&module, |_| None, true).ok()?;
    let mut pair =
        Pair { seed, calls: vec![("the start".to_owned(), setup)], expected: Vec::new(), memory: None, process: None };
    let second = match second {
        Ok(second) => second,
        Err(error) => {
            pair.expected.push(Answer::Trap(second_reason(&error)));
            return Some((pair, linker));
        }
    };
    pair.expected.push(Answer::Results(Vec::new()));
    let numbers = bytes(seed ^ 0xA5A5, 1_000);
    let mut numbers = numbers.chunks_exact(8).map(|chunk| {
        let number = u64::from_le_bytes(chunk.try_into().unwrap());
        // Small ones reach more.
        if number % 3 == 0 { number } else { number % 50 }
    });
    for export in module.exports.iter().filter(|export| export.kind == ItemKind::Function).take(8) {
        let Some(Item::Function(function, signature)) = linker.export(instance, &export.name) else { continue };
        if !signature.parameters.iter().chain(&signature.results).all(|&of| is_number(of)) {
            continue;
        }

        let arguments: Vec<u64> = signature
            .parameters
            .iter()
            .map(|of| {
                let number = numbers.next().unwrap_or(3);
                if matches!(of, Type::I32 | Type::F32) { u64::from(number as u32) } else { number }
            })
            .collect();
        let values: Vec<_> = signature.parameters.iter().zip(&arguments).map(|(&of, &bits)| value(of, bits)).collect();
        let mut results: Vec<_> = signature.results.iter().map(|&of| value(of, 0)).collect();
        let called = second.get_func(&store, &export.name).unwrap();
        pair.expected.push(match called.call(&mut store, &values, &mut results) {
            Ok(()) => Answer::Results(results.iter().map(bits).collect()),
            Err(error) => Answer::Trap(second_reason(&error)),
        });
        pair.calls.push((export.name.clone(), linker.call(function, &arguments, true)));
    }
    let memory = module.exports.iter().find(|export| export.kind == ItemKind::Memory);
    pair.memory = memory.map(|memory| second.get_memory(&store, &memory.name).unwrap().data(&store).to_vec());
    Some((pair, linker))
}

/// One call of a function of a new instance, and what the second engine gives.
pub struct FirstCall {
    pub module: Arc<Module>,
    pub function: u32,
    pub arguments: Vec<u64>,
    name: String,
    seed: u64,
    expected: Answer,
    memory: Option<Vec<u8>>,
}

/// Modules of what can be compiled, for the most part.
fn plain_configuration() -> wasm_smith::Config {
    wasm_smith::Config {
        allow_start_export: false,
        bulk_memory_enabled: false,
        max_tables: 0,
        max_instructions: 120,
        min_memories: 1,
        reference_types_enabled: false,
        ..configuration()
    }
}

/// Calls of the functions of a random module, each in an instance of its own.
pub fn first_calls(seed: u64) -> Vec<FirstCall> {
    let random = bytes(seed, 4_000);
    let Ok(mut made) = wasm_smith::Module::new(plain_configuration(), &mut Unstructured::new(&random)) else {
        return Vec::new();
    };
    if made.ensure_termination(TURNS).is_err() {
        return Vec::new();
    }
    let binary = made.to_bytes();
    let module = Arc::new(motet_wasm::read(&binary).unwrap_or_else(|error| panic!("module {seed:#x}: {error}")));
    let engine = wasmi::Engine::default();
    let second = wasmi::Module::new(&engine, &binary).unwrap();
    let numbers = bytes(seed ^ 0xA5A5, 1_000);
    let mut numbers = numbers.chunks_exact(8).map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap()) % 50);
    let mut calls = Vec::new();
    for export in module.exports.iter().filter(|export| export.kind == ItemKind::Function).take(4) {
        let signature = module.signature_of(export.index);
        if !signature.parameters.iter().chain(&signature.results).all(|&of| is_number(of)) {
            continue;
        }
        let mut store = wasmi::Store::new(&engine, ());
        let Ok(instance) = wasmi::Linker::<()>::new(&engine).instantiate_and_start(&mut store, &second) else {
            return Vec::new();
        };
        let arguments: Vec<u64> = signature.parameters.iter().map(|_| numbers.next().unwrap_or(3)).collect();
        let values: Vec<_> = signature.parameters.iter().zip(&arguments).map(|(&of, &bits)| value(of, bits)).collect();
        let mut results: Vec<_> = signature.results.iter().map(|&of| value(of, 0)).collect();
        let called = instance.get_func(&store, &export.name).unwrap();
        let expected = match called.call(&mut store, &values, &mut results) {
            Ok(()) => Answer::Results(results.iter().map(bits).collect()),
            Err(error) => Answer::Trap(second_reason(&error)),
        };
        let memory = module.exports.iter().find(|export| export.kind == ItemKind::Memory);
        let memory = memory.map(|memory| instance.get_memory(&store, &memory.name).unwrap().data(&store).to_vec());
        let (module, function, name) = (Arc::clone(&module), export.index, export.name.clone());
        calls.push(FirstCall { module, function, arguments, name, seed, expected, memory });
    }
    calls
}

/// What the lanes gave is what the second engine gave.
pub fn assert_same(call: &FirstCall, found: Result<Vec<u64>, Trap>, memory: &[u8]) {
    if call.expected == Answer::Trap(Reason::Stack) {
        return;
    }
    let found = match found {
        Ok(results) => Answer::Results(results),
        Err(trap) => Answer::Trap(reason(trap)),
    };
    assert_eq!(found, call.expected, "`{}` of module {:#x}", call.name, call.seed);
    if let Some(expected) = &call.memory {
        assert!(expected == memory, "the memory after `{}` of module {:#x}", call.name, call.seed);
    }
}

/// What `run` of a program gives in the second engine.
pub fn run_program(bytes: &[u8], number: i32) -> u64 {
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, bytes).unwrap();
    let mut store = wasmi::Store::new(&engine, ());
    let mut linker = wasmi::Linker::<()>::new(&engine);
    linker.func_wrap("motet", "quad", |_: f32, _: f32, _: f32, _: f32, _: i32| {}).unwrap();
    linker.func_wrap("motet", "print", |_: i32, _: i32| {}).unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let run = instance.get_typed_func::<i32, i64>(&store, "run").unwrap();
    run.call(&mut store, number).unwrap().cast_unsigned()
}
