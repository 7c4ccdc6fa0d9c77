use super::*;
use motet_middle::{FunctionKind, Numeric, Operation, Trap};

fn bytes(text: &str) -> Vec<u8> {
    let buffer = wast::parser::ParseBuffer::new(text).unwrap();
    wast::parser::parse::<wast::Wat<'_>>(&buffer).unwrap().encode().unwrap()
}

fn module(text: &str) -> Result<Module, ReadError> {
    read(&bytes(text))
}

fn body(text: &str) -> Vec<Operation> {
    let module = module(text).unwrap();
    match &module.functions[0].1 {
        FunctionKind::Defined(function) => {
            assert_eq!(function.body.len(), function.places.len());
            assert!(function.places.is_sorted());
            function.body.clone()
        }
        FunctionKind::Imported(_) => panic!("the first function has no body"),
    }
}

#[test]
fn a_body_keeps_its_structure() {
    let read = body(
        "(module (func (param i32) (result i32) (if (result i32) (local.get 0) (then i32.const 1) (else i32.const 2))))",
    );
    assert!(matches!(
        read[..],
        [
            Operation::LocalGet(0),
            Operation::If(_),
            Operation::Constant(_, 1),
            Operation::Else,
            Operation::Constant(_, 2),
            Operation::End,
            Operation::End
        ]
    ));
}

#[test]
fn what_never_runs_is_left_out() {
    let read = body(
        "(module (func (result i32)
            (block (result i32) i32.const 7 br 0 (block (if (i32.const 1) (then nop))) i32.add (loop br 0))
            return unreachable))",
    );
    assert!(matches!(
        read[..],
        [
            Operation::Block(_),
            Operation::Constant(_, 7),
            Operation::Branch(0),
            Operation::End,
            Operation::Return,
            Operation::End
        ]
    ));
    let read = body("(module (func (if (i32.const 1) (then unreachable) (else (unreachable) (drop (i32.add))))))");
    let traps = read.iter().filter(|operation| **operation == Operation::Trap(Trap::Unreachable)).count();
    assert_eq!((traps, read.len()), (2, 7));
    assert!(!read.contains(&Operation::Numeric(Numeric::I32Add)));
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let table = [
        ("(module (func (drop (v128.const i32x4 0 0 0 0))))", "SIMD"),
        ("(module (memory 1 1 shared))", "threads"),
        ("(module (memory i64 1))", "64-bit memories"),
        ("(module (memory 1) (memory 1))", "several memories"),
        ("(module (tag (param i32)))", "exceptions"),
        ("(module (type (struct (field i32))))", "garbage collection"),
        ("(module (func $f (return_call $f)))", "tail calls"),
        ("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))", "extended constant expressions"),
        ("(module (memory i64 1 2 shared))", "threads and 64-bit memories"),
    ];
    for (text, names) in table {
        let error = module(text).unwrap_err();
        assert_eq!(error.to_string(), format!("the module needs {names}, which the lanes do not have"), "{text}");
    }
}

#[test]
fn invalid_modules_are_errors_with_a_place() {
    assert!(matches!(read(b"\0asm"), Err(ReadError::Invalid { .. })));
    assert!(matches!(read(b"hello"), Err(ReadError::Invalid { offset: 0, .. })));
    let error = module("(module (func (result i32) i64.const 1))").unwrap_err();
    assert!(error.to_string().contains("type mismatch") && error.to_string().contains("at byte 0x"), "{error}");
}

#[test]
fn names_are_kept() {
    let module = module("(module (func $inner) (func (export \"outer\")) (func))").unwrap();
    assert_eq!([0, 1, 2].map(|function| module.name_of(function)), ["inner", "outer", "function 2"]);
}

#[test]
fn every_cut_and_every_flipped_bit_is_answered() {
    let whole = bytes(
        "(module (import \"a\" \"b\" (func (param i64))) (memory 1 4) (table 3 funcref) (global (mut f64) (f64.const 2.5))
            (elem (i32.const 1) func 0 1) (data (i32.const 8) \"abc\")
            (func (export \"f\") (param i32) (result i32) (local f32)
                (block (loop (br_table 0 1 0 (local.get 0)))) (i32.load offset=4 (local.get 0))))",
    );
    read(&whole).unwrap();
    for end in 0..whole.len() {
        let _ = read(&whole[..end]);
    }
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        // Most are refused; none may panic.
        let _ = read(&changed);
    }
}
