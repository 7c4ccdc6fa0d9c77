//! Functions compiled for the device (L-14): every operation, programs from C, long loops, traps, refusals, and random
//! modules against a second engine. What is compiled passes `spirv-val`.

mod common;
mod random_modules;
mod values;

use std::sync::Arc;
use std::time::Duration;

use common::processor_time::processor_time;
use common::validate::validate;
use common::*;
use motet_lanes::Trap;
use motet_lanes::modules::{CompiledFunction, ModuleService, NotCompiled, Reply, World};
use motet_middle::{Function, FunctionKind, Module, Numeric, Operation, Signature};

/// Compiles a function, after `spirv-val` has seen it.
fn compile(module: &Arc<Module>, function: u32) -> Result<CompiledFunction, NotCompiled> {
    let compiled = CompiledFunction::new(gpu(), module, function)?;
    for kernel in &compiled.program().compiled().kernels {
        validate(&kernel.words);
    }
    Ok(compiled)
}

/// What an instance asks for that has no host.
fn no_host(_: &ModuleService<'_>) -> Reply {
    panic!("there is no host")
}

fn read(text: &str) -> Arc<Module> {
    let bytes = motet_wasm::from_text("test.wat", text).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(motet_wasm::read(&bytes).unwrap_or_else(|error| panic!("{error}")))
}

fn exported(module: &Module, name: &str) -> u32 {
    module.export(name).unwrap_or_else(|| panic!("no function `{name}`")).index
}

/// Runs an instance for each list of arguments; gives the results, or the trap.
fn run(text: &str, arguments: &[Vec<u64>]) -> Vec<Result<Vec<u64>, Trap>> {
    let module = read(text);
    let compiled = compile(&module, exported(&module, "f")).unwrap_or_else(|error| panic!("{error}"));
    let outcomes = compiled.run(arguments, false, &mut no_host).unwrap();
    outcomes.into_iter().map(|outcome| outcome.result.map_err(|(trap, _)| trap)).collect()
}

/// The right operand as a parameter, and as a constant, which drivers compute with in their own way.
#[test]
fn l14_every_operation_computes_what_its_declaration_says() {
    for &numeric in Numeric::ALL {
        let operands = numeric.operands();
        let lefts = values::edges(operands[0]);
        let rights = operands.get(1).map_or(vec![0], |&of| values::edges(of));
        let mut body = vec![Operation::LocalGet(0)];
        if operands.len() == 2 {
            body.push(Operation::LocalGet(1));
        }
        body.push(Operation::Numeric(numeric));
        let constants = if operands.len() == 2 && !numeric.may_trap() { &rights[..] } else { &[] };
        for &bits in constants {
            body.extend([Operation::LocalGet(0), Operation::Constant(operands[1], bits), Operation::Numeric(numeric)]);
        }
        body.push(Operation::End);
        let results = vec![numeric.result(); constants.len() + 1];
        let signature = Signature { parameters: operands.into(), results: results.into() };
        let function = Function { locals: Vec::new(), places: vec![0; body.len()], body };
        let functions = vec![(0, FunctionKind::Defined(function))];
        let module = Arc::new(Module { signatures: vec![signature], functions, ..Module::default() });
        let compiled = compile(&module, 0).unwrap();
        let pairs: Vec<Vec<u64>> = lefts
            .iter()
            .flat_map(|&left| rights.iter().map(move |&right| [left, right][..operands.len()].to_vec()))
            .collect();
        let name = numeric.name();
        for (pair, outcome) in pairs.iter().zip(compiled.run(&pairs, false, &mut no_host).unwrap()) {
            let expected = |right: u64| numeric.evaluate([pair[0], right]);
            let right = pair.get(1).copied().unwrap_or(0);
            match (outcome.result, expected(right)) {
                (Ok(found), Ok(first)) => {
                    assert!(
                        values::is_right(numeric, found[0], first),
                        "{name} of {pair:x?}: {:x}, not {first:x}",
                        found[0]
                    );
                    for (&constant, &found) in constants.iter().zip(&found[1..]) {
                        let expected = expected(constant).unwrap();
                        let is_right = values::is_right(numeric, found, expected);
                        assert!(
                            is_right,
                            "{name} of {:x} and the constant {constant:x}: {found:x}, not {expected:x}",
                            pair[0]
                        );
                    }
                }
                (found, expected) => {
                    assert_eq!(found.map_err(|(trap, _)| trap).err(), expected.err(), "{name} of {pair:x?}")
                }
            }
        }
    }
}

#[test]
fn l14_programs_from_c_rust_and_zig_compute_what_a_second_engine_computes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/lanes/modules");
    for name in [
        "blur",
        "compress",
        "fnv",
        "life",
        "lisp",
        "mandelbrot",
        "matcher",
        "nbody",
        "paths",
        "quicksort",
        "sieve",
        "spectrum",
    ] {
        let bytes = std::fs::read(folder.join(name).with_extension("wasm")).unwrap();
        let module = Arc::new(motet_wasm::read(&bytes).unwrap());
        let compiled = compile(&module, exported(&module, "run")).unwrap_or_else(|error| panic!("{name}: {error}"));
        let numbers: Vec<Vec<u64>> = (0..50).map(|number| vec![number * 37 % 101]).collect();
        let mut silent = |_: &ModuleService<'_>| Reply::Results(Vec::new());
        for (number, outcome) in numbers.iter().zip(compiled.run(&numbers, false, &mut silent).unwrap()) {
            let expected = random_modules::run_program(&bytes, number[0] as i32);
            assert_eq!(outcome.result, Ok(vec![expected]), "{name} of {number:?}");
        }
    }
}

#[test]
fn l14_loops_go_on_in_the_next_dispatch() {
    // More turns than a driver carries out in one, in lanes that part.
    let counts = "(module (func (export \"f\") (param i32) (result i32 i64) (local i64)
        (block (loop
            (br_if 1 (i32.eqz (local.get 0)))
            (local.set 1 (i64.add (i64.mul (local.get 1) (i64.const 3)) (i64.extend_i32_u (local.get 0))))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            (br 0)))
        (i32.const 7) (local.get 1)))";
    let arguments: Vec<Vec<u64>> =
        (0..24).map(|lane| vec![if lane % 8 == 3 { 200_000 } else { lane * 5_000 }]).collect();
    for (argument, found) in arguments.iter().zip(run(counts, &arguments)) {
        let sum = (1..=argument[0]).rev().fold(0_u64, |sum, turn| sum.wrapping_mul(3).wrapping_add(turn));
        assert_eq!(found, Ok(vec![7, sum]), "{argument:?}");
    }
    // Loops in loops, in a condition, in a function that is called in a loop; values wait on the stack meanwhile.
    let nested = "(module (global $calls (mut i32) (i32.const 0))
        (func $inner (param i32) (result i32) (local i32)
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (if (i32.and (local.get 0) (i32.const 1))
                (then (loop (local.set 1 (i32.add (local.get 1) (i32.const 3)))
                    (br_if 0 (i32.lt_u (local.get 1) (local.get 0)))))
                (else (loop (local.set 1 (i32.add (local.get 1) (i32.const 2)))
                    (loop (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                        (br_if 0 (i32.and (local.get 1) (i32.const 7))))
                    (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))))
            (local.get 1))
        (func (export \"f\") (param i32) (result i32) (local i32 i32)
            (i32.const 1000)
            (loop (result i32)
                (local.set 2 (i32.add (local.get 2) (call $inner (local.get 1))))
                (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                (i32.add (i32.const 5) (local.get 2))
                (br_if 0 (i32.lt_u (local.get 1) (local.get 0)) (drop))
            )
            (i32.add) (i32.add (global.get $calls))))";
    let nested = nested.replace(
        "(br_if 0 (i32.lt_u (local.get 1) (local.get 0)) (drop))",
        "drop (br_if 0 (i32.lt_u (local.get 1) (local.get 0))) (i32.add (i32.const 5) (local.get 2))",
    );
    let arguments: Vec<Vec<u64>> = (1..20).map(|lane| vec![lane * 40]).collect();
    for (argument, found) in arguments.iter().zip(run(&nested, &arguments)) {
        let inner = |limit: u32| {
            let mut value = 0_u32;
            loop {
                value += if limit & 1 == 1 { 3 } else { 2 };
                if limit & 1 == 0 {
                    // At least one, and up to the next number that eight divides.
                    value = (value + 1).next_multiple_of(8);
                }
                if value >= limit {
                    return value;
                }
            }
        };
        let (limit, mut sum) = (argument[0] as u32, 0_u32);
        for turn in 0..limit {
            sum = sum.wrapping_add(inner(turn));
        }
        let expected = 1000_u32.wrapping_add(5 + sum).wrapping_add(limit);
        assert_eq!(found, Ok(vec![u64::from(expected)]), "{argument:?}");
    }
}

#[test]
fn l14_traps_name_their_place_and_stop_what_follows() {
    let module = read(
        "(module (memory 1)
            (func $half (param i32) (result i32) (i32.div_u (i32.const 100) (local.get 0)))
            (func (export \"f\") (param i32) (result i32)
                (i32.store (i32.const 0) (i32.const 11))
                (loop
                    (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (call $half (local.get 0))))
                    (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
                    (br_if 0 (i32.ne (local.get 0) (i32.const -3))))
                (i32.store (i32.const 12) (i32.const 13))
                (local.get 0)))",
    );
    let compiled = compile(&module, exported(&module, "f")).unwrap();
    let outcomes = compiled.run(&[vec![3], vec![0xFFFF_FFFF]], true, &mut no_host).unwrap();
    let (trap, place) = outcomes[0].result.clone().unwrap_err();
    assert_eq!((trap, place.function.as_str()), (Trap::DivisionByZero, "half"));
    let words: Vec<u32> =
        outcomes[0].memory.chunks_exact(4).take(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect();
    // Three turns were made; the store of the one that trapped was not.
    assert_eq!(words, [11, 100 / 3 + 50 + 100, 3, 0]);
    assert_eq!(outcomes[1].result, Ok(vec![0xFFFF_FFFD]));
    let table = [
        ("(unreachable)", Trap::Unreachable),
        ("(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))", Trap::IntegerOverflow),
        ("(drop (i32.trunc_f64_s (f64.const nan)))", Trap::InvalidConversion),
        ("(drop (i32.load (i32.const 65533)))", Trap::MemoryBounds),
        ("(i64.store offset=4294967295 (i32.const 0) (i64.const 1))", Trap::MemoryBounds),
        (
            "(loop (drop (i32.load8_u (local.get 0))) (local.set 0 (i32.add (local.get 0) (i32.const 999))) (br 0))",
            Trap::MemoryBounds,
        ),
    ];
    for (body, trap) in table {
        let text = format!("(module (memory 1) (func (export \"f\") (param i32) {body}))");
        assert_eq!(run(&text, &[vec![0]]), [Err(trap)], "{body}");
    }
}

#[test]
fn l14_functions_call_one_another() {
    // Recursion, two functions in a circle, and values that wait on the stack meanwhile.
    let fibonacci = "(module
        (func $fib (export \"f\") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
                (then (local.get 0))
                (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                    (call $fib (i32.sub (local.get 0) (i32.const 2))))))))";
    let arguments: Vec<Vec<u64>> = (0..13).map(|number| vec![number]).collect();
    let numbers = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144];
    assert_eq!(run(fibonacci, &arguments), numbers.map(|number| Ok(vec![number])));
    let circle = "(module
        (func $even (export \"f\") (param i64) (result i32 i64)
            (if (result i32 i64) (i64.eqz (local.get 0))
                (then (i32.const 1) (i64.const 77))
                (else (call $odd (i64.sub (local.get 0) (i64.const 1))))))
        (func $odd (param i64) (result i32 i64)
            (if (result i32 i64) (i64.eqz (local.get 0))
                (then (i32.const 0) (i64.const -5))
                (else (call $even (i64.sub (local.get 0) (i64.const 1)))))))";
    let found = run(circle, &[vec![700], vec![3], vec![0]]);
    assert_eq!(found, [Ok(vec![1, 77]), Ok(vec![0, (-5_i64).cast_unsigned()]), Ok(vec![1, 77])]);
    // Calls without end trap, in the lanes that make them.
    let endless = "(module (func (export \"f\") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 9))))
        (i32.add (i32.const 1) (call 0 (local.get 0)))))";
    assert_eq!(run(endless, &[vec![1], vec![0]]), [Err(Trap::CallStackExhausted), Ok(vec![9])]);
}

#[test]
fn l14_tables_call_functions_and_check_them() {
    let text = "(module
        (type $unary (func (param i32) (result i32)))
        (global $calls (mut i32) (i32.const 0))
        (table $t 6 funcref)
        (elem (i32.const 0) $double $square $other)
        (elem $later func $square)
        (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
        (func $square (type $unary)
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (i32.mul (local.get 0) (local.get 0)))
        (func $other (result i32) (i32.const 3))
        (func (export \"f\") (param i32 i32) (result i32 i32)
            (table.init $t $later (i32.const 4) (i32.const 0) (i32.const 1))
            (elem.drop $later)
            (call_indirect $t (type $unary) (local.get 1) (local.get 0))
            (i32.add (global.get $calls) (table.size $t))))";
    let found = run(text, &(0..7).map(|index| vec![index, 7]).collect::<Vec<_>>());
    let expected = [
        Ok(vec![14, 6]),
        Ok(vec![49, 7]),
        Err(Trap::SignatureMismatch),
        Err(Trap::UninitializedElement),
        Ok(vec![49, 7]),
        Err(Trap::UninitializedElement),
        Err(Trap::UndefinedElement),
    ];
    assert_eq!(found, expected);
}

#[test]
fn l14_memories_grow_and_are_copied() {
    let text = "(module (memory 1 40) (data $text \"the lanes\")
        (func (export \"f\") (param i32) (result i32 i32 i64 i32)
            (memory.fill (i32.const 100) (i32.const 0x1AB) (i32.const 5003))
            (memory.init $text (i32.const 3) (i32.const 4) (i32.const 5))
            (memory.copy (i32.const 5) (i32.const 3) (i32.const 3000))
            (memory.copy (i32.const 2) (i32.const 5) (i32.const 2999))
            (memory.grow (local.get 0))
            (memory.size)
            (i64.load (i32.const 2))
            (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 200))
            (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)))))";
    let module = read(text);
    let compiled = compile(&module, 0).unwrap();
    let outcomes = compiled.run(&[vec![0], vec![3], vec![39], vec![40]], true, &mut no_host).unwrap();
    let mut bytes = vec![0; 1 << 16];
    bytes[100..5103].fill(0xAB);
    bytes[3..8].copy_from_slice(b"lanes");
    bytes.copy_within(3..3003, 5);
    bytes.copy_within(5..3004, 2);
    let word = u64::from_le_bytes(bytes[2..10].try_into().unwrap());
    for (outcome, (before, after)) in outcomes.iter().zip([(1, 1), (1, 4), (1, 40), (0xFFFF_FFFF, 1)]) {
        assert_eq!(outcome.result, Ok(vec![before, after, word, 200]));
        assert_eq!(outcome.memory.len(), after as usize * 65_536);
        assert!(outcome.memory[..65_535] == bytes[..65_535]);
    }
    let wrong = [
        ("(memory.fill (i32.const 65000) (i32.const 1) (i32.const 537))", Trap::MemoryBounds),
        ("(memory.copy (i32.const 0) (i32.const -1) (i32.const 2))", Trap::MemoryBounds),
        ("(memory.init 0 (i32.const 0) (i32.const 1) (i32.const 2))", Trap::MemoryBounds),
        ("(data.drop 0) (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1))", Trap::MemoryBounds),
    ];
    for (body, trap) in wrong {
        let text = format!("(module (memory 1) (data \"ab\") (func (export \"f\") {body}))");
        assert_eq!(run(&text, &[vec![]]), [Err(trap)], "{body}");
    }
}

#[test]
fn l14_the_host_is_called() {
    let text = "(module (import \"motet\" \"number\" (func $number (result i32)))
        (import \"motet\" \"print\" (func $print (param i32 i32)))
        (memory 1) (data (i32.const 8) \"lane\")
        (func (export \"f\") (param i32) (result i32) (local i32)
            (loop
                (local.set 1 (i32.add (local.get 1) (call $number)))
                (call $print (i32.const 8) (local.get 0))
                (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))";
    let module = read(text);
    let compiled = compile(&module, exported(&module, "f")).unwrap();
    let mut world = World::new(Vec::new(), Vec::new());
    let outcomes = compiled.run(&[vec![1], vec![3], vec![2]], false, &mut |service| world.answer(service)).unwrap();
    let results: Vec<_> = outcomes.into_iter().map(|outcome| outcome.result.unwrap()[0]).collect();
    assert_eq!(results, [0, 3, 4]);
    let of = |number: u32| -> Vec<&[u8]> {
        world.written.iter().filter(|(of, ..)| *of == number).map(|(.., text)| &text[..]).collect()
    };
    assert_eq!(of(0), [b"l"]);
    assert_eq!(of(1), [&b"lan"[..], b"la", b"l"]);
    assert_eq!(of(2), [&b"la"[..], b"l"]);
}

#[test]
fn l14_what_cannot_be_compiled_is_refused_with_the_reason() {
    let deep = format!("{}{}", "(block ".repeat(100), ")".repeat(100));
    let module = read(&format!("(module (func (export \"f\") {deep}))"));
    assert!(compile(&module, 0).err().unwrap().to_string().contains("nest too deeply"));
    let large = "(drop (i32.add (local.get 0) (i32.const 1)))".repeat(3_000);
    let module = read(&format!("(module (func (export \"f\") (param i32) {large}))"));
    assert!(compile(&module, 0).err().unwrap().to_string().contains("too large"));
    let accesses = "(drop (i32.load (local.get 0)))".repeat(700);
    let module = read(&format!("(module (memory 1) (func (export \"f\") (param i32) {accesses}))"));
    assert!(matches!(compile(&module, 0), Err(NotCompiled::TooExpensive { milliseconds: 4_000.. })));
}

#[test]
fn l14_random_functions_compute_what_a_second_engine_computes() {
    let mut compared = 0;
    for seed in 0..40 {
        for call in random_modules::first_calls(seed) {
            let Ok(compiled) = compile(&call.module, call.function) else { continue };
            let kernels = &compiled.program().compiled().kernels;
            if kernels.iter().map(|kernel| kernel.estimated_milliseconds()).sum::<u64>() > 500 {
                continue;
            }
            let outcome = compiled.run(std::slice::from_ref(&call.arguments), true, &mut no_host).unwrap().remove(0);
            random_modules::assert_same(&call, outcome.result.map_err(|(trap, _)| trap), &outcome.memory);
            compared += 1;
        }
    }
    println!("{compared} calls compared");
    assert!(compared > 10, "only {compared} calls compared");
}

#[test]
fn l14_random_modules_compute_what_a_second_engine_computes() {
    let compared = random_modules::compare_compiled(gpu(), 0x5EED, 40, None);
    println!("{compared} calls compared");
    assert!(compared > 10, "only {compared} calls compared");
}

#[test]
#[ignore = "takes ten minutes; part of the long suite"]
fn l14_random_modules_for_ten_minutes() {
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("seed {seed:#x}");
    let time = Duration::from_secs(600);
    let compared = random_modules::compare_compiled(gpu(), seed, usize::MAX, Some(time));
    println!("{compared} calls compared");
    assert!(compared > 100, "only {compared} calls compared");
}

/// A program of so many functions that a table calls, each of which computes something of its own.
fn many_functions(count: u32) -> String {
    let mut text = String::from("(module (type $f (func (param i32) (result i32)))\n");
    for number in 0..count {
        text.push_str(&format!(
            "(func $f{number} (type $f) (i32.add (i32.mul (local.get 0) (i32.const {})) (i32.const {number})))\n",
            number + 3
        ));
    }
    let names: Vec<String> = (0..count).map(|number| format!("$f{number}")).collect();
    text.push_str(&format!("(table {count} funcref) (elem (i32.const 0) {})\n", names.join(" ")));
    text.push_str(
        "(func (export \"f\") (param i32 i32) (result i32) (call_indirect (type $f) (local.get 1) (local.get 0))))",
    );
    text
}

/// Found as a device that was lost: a driver compiled 400 functions of one kernel for more than two minutes.
#[test]
fn a_program_of_very_many_functions_compiles_in_the_time_that_was_estimated() {
    const COUNT: u32 = 200;
    let module = read(&many_functions(COUNT));
    let compiled = compile(&module, exported(&module, "f")).unwrap();
    let estimated: u64 =
        compiled.program().compiled().kernels.iter().map(|kernel| kernel.estimated_milliseconds()).sum();
    let before = processor_time();
    compiled.program().prepare().unwrap();
    let took = processor_time() - before;
    assert!(took <= 3 * Duration::from_millis(estimated), "it took {took:?}, and {estimated} ms were estimated");
    let arguments: Vec<Vec<u64>> = (0..u64::from(COUNT)).map(|number| vec![number, 5]).collect();
    for (number, outcome) in (0..).zip(compiled.run(&arguments, false, &mut no_host).unwrap()) {
        assert_eq!(outcome.result, Ok(vec![5 * (number + 3) + number]), "{number}");
    }
}

#[test]
fn a_program_that_would_take_a_driver_for_too_long_is_refused() {
    let module = read(&many_functions(2_000));
    let refused = CompiledFunction::new(gpu(), &module, exported(&module, "f")).unwrap_err();
    assert!(matches!(refused, NotCompiled::TooExpensive { milliseconds: 30_000.. }), "{refused}");
}

#[test]
fn references_of_the_host_keep_all_their_bits() {
    let text = "(module (table 2 externref) (global $kept (mut externref) (ref.null extern))
        (func (export \"f\") (param externref externref) (result externref externref i32)
            (table.set (i32.const 1) (local.get 0)) (global.set $kept (local.get 1))
            (global.get $kept) (table.get (i32.const 1)) (ref.is_null (table.get (i32.const 0)))))";
    let references = [0, 1, 0xFFFF_FFFF, 0x1_0000_0001, u64::MAX];
    let pairs: Vec<Vec<u64>> = references.iter().flat_map(|&a| references.map(|b| vec![a, b])).collect();
    for (pair, found) in pairs.iter().zip(run(text, &pairs)) {
        assert_eq!(found, Ok(vec![pair[1], pair[0], 1]));
    }
}
