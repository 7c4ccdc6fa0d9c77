//! Random bytes as programs: the lanes and the reference interpreter compute the same, and nothing gets hurt
//! (L-03, L-04). A short form runs always, ten minutes in the long suite.

mod common;
mod reference;

use std::time::{Duration, Instant};

use common::*;
use motet_lanes::instructions::{ALL, Opcode};
use motet_lanes::{EndCause, Mode, PersistentRuntime, Program, Settings};
use reference::{Arithmetic, Finish, HEAP_BYTES, Machine};

/// Programs that end later are killed, and only checked for not hurting others.
const STEPS: u64 = 3_000;

/// A generator of reproducible numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }

    fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Numbers near the edges more often than chance would have it.
    fn interesting(&mut self) -> i32 {
        let edges = [0, 1, -1, 2, 3, 4, -4, 31, 32, 63, 64, i32::MAX, i32::MIN, 65_535, 65_536, 65_532, 65_533];
        let floats = [1.0_f32, -1.5, 0.1, 3e9, -3e9, 1e-38, f32::MAX, f32::INFINITY, f32::NAN, 2.5, -0.0, 1e-45];
        match self.below(4) {
            0 => self.pick(&edges),
            1 => self.pick(&floats).to_bits().cast_signed(),
            2 => self.below(70_000) as i32,
            _ => self.next() as i32,
        }
    }

    /// One instruction: mostly a known opcode with few registers, so that values meet; sometimes eight random bytes.
    fn instruction(&mut self, length: usize) -> [u8; 8] {
        if self.one_in(200) {
            return self.next().to_le_bytes();
        }
        let opcode = loop {
            let opcode = ALL[self.below(ALL.len())].opcode;
            // They end most programs; once in a while is enough.
            let ends = matches!(opcode, Opcode::Halt | Opcode::Return | Opcode::Input | Opcode::Service);
            if !ends || self.one_in(20) {
                break opcode;
            }
        };
        let wild = self.one_in(10);
        let mut register = || if wild { self.next() as u8 } else { self.below(8) as u8 };
        let fields = [register(), register(), register()];
        let immediate = match opcode {
            Opcode::Jump | Opcode::JumpIf | Opcode::JumpUnless | Opcode::Call if !self.one_in(30) => {
                self.below(length) as i32
            }
            _ if self.one_in(2) => 0,
            _ => self.interesting(),
        };
        opcode.encode(fields[0], fields[1], fields[2], immediate)
    }

    fn program(&mut self) -> Vec<u8> {
        let length = 8 + self.below(120);
        let constants = (0..8).flat_map(|register| {
            let value = self.interesting();
            let float = self.interesting();
            [Opcode::Const.encode(register, 0, 0, value), Opcode::FloatConst.encode(register, 0, 0, float)]
        });
        let mut code: Vec<u8> = constants.flatten().collect();
        for _ in 0..length {
            code.extend(self.instruction(length + 16));
        }
        if self.one_in(4) {
            code.truncate(code.len() - self.below(8));
        }
        code
    }
}

/// Finds out how the device divides.
fn arithmetic(runtime: &PersistentRuntime) -> Arithmetic {
    let mut exact = true;
    let mut by_reciprocal = true;
    for divisor in 2..40 {
        let (left, right) = (divisor as f32 * 0.37 + 5.0, divisor as f32);
        let code = program(&[
            op(Opcode::FloatConst, 0, 0, 0, left.to_bits().cast_signed()),
            op(Opcode::FloatConst, 1, 0, 0, right.to_bits().cast_signed()),
            op(Opcode::FloatDiv, 2, 0, 1, 0),
            op(Opcode::Halt, 0, 0, 0, 0),
        ]);
        let quotient = spawn(runtime, &code).wait(SOON).unwrap().float_registers[2];
        exact &= quotient == left / right;
        by_reciprocal &= quotient == left * (1.0 / right);
    }
    assert!(exact || by_reciprocal, "the device divides in a way that the reference does not know");
    Arithmetic { divides_by_reciprocal: !exact }
}

/// Compares programs until the time is over; tells how many.
fn fuzz(seed: u64, until: Instant) -> usize {
    let runtime = runtime_with(Settings { mode: Mode::Epochs, ..Settings::default() });
    runtime.start().unwrap();
    let arithmetic = arithmetic(&runtime);
    let mut random = Random(seed);
    let mut compared = 0;
    while Instant::now() < until {
        let batch: Vec<(Vec<u8>, Machine, Finish)> = (0..64)
            .map(|_| {
                let code = random.program();
                let mut machine = Machine::new(arithmetic);
                let finish = machine.run(&code, STEPS);
                (code, machine, finish)
            })
            .collect();
        let programs: Vec<Program> = batch.iter().map(|(code, ..)| runtime.load_bytecode(code).unwrap()).collect();
        let processes: Vec<_> = programs.iter().map(|program| runtime.spawn(*program, 0).unwrap()).collect();
        for ((code, machine, finish), process) in batch.iter().zip(&processes) {
            match *finish {
                Finish::Ended(cause) => {
                    let outcome = process.wait(SOON).unwrap_or_else(|error| panic!("{error}\n{}", listing(code)));
                    assert_eq!(outcome.cause, cause, "seed {seed}\n{}", listing(code));
                    assert_eq!(outcome.instructions, machine.executed, "seed {seed}\n{}", listing(code));
                    assert_eq!(outcome.registers, machine.registers, "seed {seed}\n{}", listing(code));
                    assert_eq!(
                        outcome.float_registers.map(f32::to_bits),
                        machine.floats.map(f32::to_bits),
                        "seed {seed}\n{}",
                        listing(code)
                    );
                    let heap = outcome.memory(0, HEAP_BYTES).unwrap();
                    assert!(heap == machine.heap, "heaps differ, seed {seed}\n{}", listing(code));
                    compared += 1;
                }
                Finish::Blocked | Finish::OutOfSteps => {
                    assert_ne!(process.outcome().map(|outcome| outcome.cause), Some(EndCause::Killed));
                    runtime.kill(process).unwrap();
                    process.wait(SOON).unwrap();
                }
            }
        }
        let drawn = runtime.take_quads().unwrap();
        assert!(drawn.len() <= 6 * Settings::default().quads as usize);
        for program in programs {
            runtime.unload_bytecode(program).unwrap();
        }
    }
    compared
}

fn listing(code: &[u8]) -> String {
    motet_lanes::assembly::disassemble(code)
}

#[test]
fn l04_random_programs_compute_what_the_reference_computes() {
    let compared = fuzz(0x9E37_79B9_7F4A_7C15, Instant::now() + Duration::from_secs(8));
    println!("{compared} programs compared");
    assert!(compared >= 64, "only {compared} programs compared");
}

#[test]
#[ignore = "takes ten minutes; part of the long suite"]
fn l04_random_programs_for_ten_minutes() {
    let start = Instant::now();
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    let compared = fuzz(seed, start + Duration::from_secs(600));
    println!("{compared} programs compared, seed {seed}");
    assert!(compared >= 10_000, "only {compared} programs compared");
}

/// Every instruction alone, over values at the edges: what chance might miss.
#[test]
fn l03_every_instruction_agrees_with_the_reference_at_the_edges() {
    let runtime = runtime();
    runtime.start().unwrap();
    let arithmetic = arithmetic(&runtime);
    let integers = [0, 1, -1, 2, 7, -7, 31, 32, 33, 63, 64, i32::MAX, i32::MIN, i32::MIN + 1, 65_531, 65_533, 65_536];
    let floats = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        1.5,
        2.5,
        -2.5,
        0.1,
        3e9,
        -3e9,
        5e9,
        1e-38,
        1e-40,
        f32::MAX,
        f32::INFINITY,
        f32::NAN,
    ];
    for instruction in ALL {
        if matches!(instruction.opcode, Opcode::Input | Opcode::Service | Opcode::Jump | Opcode::Call) {
            continue;
        }
        // One program for each instruction: all pairs of values, each result kept in the heap.
        let mut code = Vec::new();
        for (index, (left, right)) in pairs(&integers).enumerate() {
            let (float_left, float_right) = (floats[index / floats.len()], floats[index % floats.len()]);
            for (register, value) in [(1, left), (2, right), (3, right), (4, left), (5, left ^ right)] {
                code.push(op(Opcode::Const, register, 0, 0, value));
            }
            for (register, value) in [(1, float_left), (2, float_right), (3, float_left), (4, float_right)] {
                code.push(op(Opcode::FloatConst, register, 0, 0, value.to_bits().cast_signed()));
            }
            // Jumps that are taken skip nothing, calls aside.
            let next = code.len() as i32 + 1;
            let target = matches!(instruction.opcode, Opcode::JumpIf | Opcode::JumpUnless);
            code.push(op(instruction.opcode, 4, 1, 2, if target { next } else { 0 }));
            // A sum over all that could have changed.
            for register in [4, 5] {
                code.push(op(Opcode::Mul, 60, 60, 0, 31));
                code.push(op(Opcode::Add, 60, 60, register, 0));
            }
            code.push(op(Opcode::FloatBits, 6, 4, 0, 0));
            code.push(op(Opcode::Mul, 60, 60, 0, 31));
            code.push(op(Opcode::Add, 60, 60, 6, 0));
        }
        code.push(op(Opcode::Halt, 0, 0, 0, 0));
        let code = program(&code);
        let mut machine = Machine::new(arithmetic);
        let Finish::Ended(cause) = machine.run(&code, 1_000_000) else {
            panic!("{} does not end", instruction.mnemonic)
        };
        let process = spawn(&runtime, &code);
        let outcome = process.wait(SOON).unwrap();
        let name = instruction.mnemonic;
        assert_eq!(outcome.cause, cause, "{name}");
        assert_eq!(outcome.registers, machine.registers, "{name}");
        assert_eq!(outcome.float_registers.map(f32::to_bits), machine.floats.map(f32::to_bits), "{name}");
        assert!(outcome.memory(0, HEAP_BYTES).unwrap() == machine.heap, "{name}");
    }
}

fn pairs(values: &[i32]) -> impl Iterator<Item = (i32, i32)> {
    values.iter().flat_map(|&left| values.iter().map(move |&right| (left, right)))
}
