//! The tests of each opcode and of each way to go wrong of the design that the lanes come from ("the source") (L-10,
//! L-03, L-04).

mod common;

use common::*;
use motet_lanes::EndCause;
use motet_lanes::instructions::Opcode::*;

#[test]
fn l10_opcode_nop() {
    let outcome = run(&[op(Nop, 0, 0, 0, 0), op(Halt, 0, 0, 0, 0)]);
    assert_eq!(outcome.registers, [0; 64]);
    assert_eq!(outcome.instructions, 2);
    assert_eq!(outcome.cause, EndCause::Halted);
}

#[test]
fn l10_opcode_const() {
    let outcome =
        run(&[op(Const, 0, 0, 0, 42), op(Const, 1, 0, 0, -100), op(Const, 63, 0, 0, 999), op(Halt, 0, 0, 0, 0)]);
    assert_eq!([outcome.registers[0], outcome.registers[1], outcome.registers[63]], [42, -100, 999]);
}

/// `r0 = r1 op r2` for these values of `r1` and `r2`.
fn binary(opcode: motet_lanes::instructions::Opcode, left: i32, right: i32) -> i32 {
    let outcome =
        run(&[op(Const, 1, 0, 0, left), op(Const, 2, 0, 0, right), op(opcode, 0, 1, 2, 0), op(Halt, 0, 0, 0, 0)]);
    assert_eq!(outcome.cause, EndCause::Halted);
    outcome.registers[0]
}

#[test]
fn l10_opcode_add() {
    assert_eq!(binary(Add, 10, 32), 42);
}

#[test]
fn l10_opcode_sub() {
    assert_eq!(binary(Sub, 100, 58), 42);
}

#[test]
fn l10_opcode_mul() {
    assert_eq!(binary(Mul, 6, 7), 42);
}

#[test]
fn l10_opcode_div() {
    assert_eq!(binary(Div, 84, 2), 42);
}

#[test]
fn l10_opcode_mod() {
    assert_eq!(binary(Mod, 47, 5), 2);
}

#[test]
fn l10_opcode_bitwise() {
    let outcome = run(&[
        op(Const, 1, 0, 0, 0b1100),
        op(Const, 2, 0, 0, 0b1010),
        op(And, 3, 1, 2, 0),
        op(Or, 4, 1, 2, 0),
        op(Xor, 5, 1, 2, 0),
        op(Halt, 0, 0, 0, 0),
    ]);
    assert_eq!(outcome.registers[3..6], [8, 14, 6]);
}

#[test]
fn l10_opcode_shift() {
    let outcome = run(&[
        op(Const, 1, 0, 0, 1),
        op(Const, 2, 0, 0, 4),
        op(Shl, 3, 1, 2, 0),
        op(Const, 4, 0, 0, 64),
        op(Shr, 5, 4, 2, 0),
        op(Halt, 0, 0, 0, 0),
    ]);
    assert_eq!([outcome.registers[3], outcome.registers[5]], [16, 4]);
}

#[test]
fn l10_opcode_load_store() {
    let outcome = run(&[
        op(Const, 0, 0, 0, 0xDEAD),
        op(Const, 1, 0, 0, 100),
        op(Store, 1, 0, 0, 0),
        op(Const, 0, 0, 0, 0),
        op(Load, 0, 1, 0, 0),
        op(Halt, 0, 0, 0, 0),
    ]);
    assert_eq!(outcome.registers[0], 0xDEAD);
    assert_eq!(outcome.memory(98, 8).unwrap(), [0, 0, 0xAD, 0xDE, 0, 0, 0, 0]);
}

#[test]
fn l10_opcode_jump() {
    let outcome = run(&[op(Const, 0, 0, 0, 1), op(Jump, 0, 0, 0, 3), op(Const, 0, 0, 0, 999), op(Halt, 0, 0, 0, 0)]);
    assert_eq!(outcome.registers[0], 1);
}

#[test]
fn l10_opcode_jump_if() {
    for (condition, expected) in [(1, 0), (0, 999)] {
        let outcome = run(&[
            op(Const, 1, 0, 0, condition),
            op(JumpIf, 0, 1, 0, 3),
            op(Const, 5, 0, 0, 999),
            op(Const, 0, 0, 0, 42),
            op(Halt, 0, 0, 0, 0),
        ]);
        assert_eq!([outcome.registers[0], outcome.registers[5]], [42, expected]);
    }
}

#[test]
fn l10_opcode_call_ret() {
    let outcome = run(&[
        op(Const, 0, 0, 0, 0),
        op(Call, 0, 0, 0, 4),
        op(Const, 1, 0, 0, 100),
        op(Halt, 0, 0, 0, 0),
        op(Const, 0, 0, 0, 42),
        op(Return, 0, 0, 0, 0),
    ]);
    assert_eq!(outcome.registers[..2], [42, 100]);
}

#[test]
fn l10_invalid_opcode_kills_process() {
    let outcome =
        run(&[op(Const, 0, 0, 0, 42), [0xFE, 0, 0, 0, 0, 0, 0, 0], op(Const, 0, 0, 0, 999), op(Halt, 0, 0, 0, 0)]);
    assert_eq!(outcome.cause, EndCause::InvalidOpcode);
    assert_eq!(outcome.registers[0], 42);
}

#[test]
fn l10_division_by_zero() {
    assert_eq!(binary(Div, 100, 0), 0);
}

#[test]
fn l10_modulo_by_zero() {
    assert_eq!(binary(Mod, 100, 0), 0);
}

#[test]
fn l10_heap_out_of_bounds_read() {
    let outcome =
        run(&[op(Const, 0, 0, 0, 42), op(Const, 1, 0, 0, 999_999), op(Load, 0, 1, 0, 0), op(Halt, 0, 0, 0, 0)]);
    assert_eq!(outcome.cause, EndCause::Halted);
    assert_eq!(outcome.registers[0], 0);
}

#[test]
fn l10_heap_out_of_bounds_write() {
    let outcome =
        run(&[op(Const, 0, 0, 0, 42), op(Const, 1, 0, 0, 999_999), op(Store, 1, 0, 0, 0), op(Halt, 0, 0, 0, 0)]);
    assert_eq!(outcome.cause, EndCause::Halted);
    assert_eq!(outcome.registers[0], 42);
    assert_eq!(outcome.memory(0, 65_536).unwrap(), vec![0; 65_536]);
}

#[test]
fn l10_stack_overflow() {
    let outcome = run(&[
        op(Const, 0, 0, 0, 0),
        op(Const, 1, 0, 0, 1),
        op(Add, 0, 0, 1, 0),
        op(Call, 0, 0, 0, 1),
        op(Halt, 0, 0, 0, 0),
    ]);
    assert_eq!(outcome.cause, EndCause::StackOverflow);
    // The heap holds 16,384 return addresses; the call that has no room is the next one.
    assert_eq!(outcome.registers[0], 16_385);
}

#[test]
fn l04_stack_underflow() {
    let outcome = run(&[op(Const, 0, 0, 0, 5), op(Return, 0, 0, 0, 0)]);
    assert_eq!(outcome.cause, EndCause::StackUnderflow);
    assert_eq!(outcome.registers[0], 5);
}

#[test]
fn l10_pc_out_of_bounds() {
    for target in [999, -1, i32::MIN, i32::MAX, 2] {
        let outcome = run(&[op(Const, 0, 0, 0, 42), op(Jump, 0, 0, 0, target)]);
        assert_eq!(outcome.cause, EndCause::OutsideCode, "jump to {target}");
        assert_eq!(outcome.registers[0], 42);
    }
}

#[test]
fn l10_empty_bytecode() {
    let outcome = run(&[]);
    assert_eq!(outcome.cause, EndCause::OutsideCode);
    assert_eq!(outcome.instructions, 0);
}

#[test]
fn l04_a_partial_instruction_is_never_reached() {
    let runtime = runtime();
    let process = spawn(&runtime, &[&op(Const, 0, 0, 0, 5)[..], &[0xFF, 0, 0]].concat());
    runtime.start().unwrap();
    assert_eq!(process.wait(SOON).unwrap().cause, EndCause::OutsideCode);
    assert_eq!(process.read_register(0), Ok(5));
}

#[test]
fn l10_register_index_clamping() {
    let outcome = run(&[[0x01, 100, 0, 0, 42, 0, 0, 0], op(Halt, 0, 0, 0, 0)]);
    assert_eq!(outcome.registers[36], 42);
}
