//! What the verifier refuses: code that would make the interpreter read a wrong kind of thing, lose a value, run for ever
//! without a safe point, or leave its window.

use motet_code::{
    Capture, Constant, Function, FunctionFlags, FunctionParts, Handler, Instruction, LAST_A, LAST_B, Module,
    ModuleParts, Op, Parameters, Source, Span, SpanEntry, VARIANT,
};
use std::sync::Arc;

fn source() -> Arc<Source> {
    Arc::new(Source::new("test", "some text", false))
}

/// A function with one parameter and eight registers.
fn parts(code: &[u64]) -> FunctionParts {
    FunctionParts {
        name: "f".into(),
        parameters: Parameters { names: ["x".into()].into(), required: 1, ..Parameters::default() },
        flags: FunctionFlags::default(),
        registers: 8,
        code: code.into(),
        constants: [Constant::Symbol("n".into()), Constant::Names(["a".into(), "b".into()].into()), Constant::Int(1)]
            .into(),
        functions: Box::default(),
        captures: Box::default(),
        capture_names: Box::default(),
        handlers: Box::default(),
        spans: Box::default(),
        span: Span::default(),
        source: source(),
    }
}

fn i(op: Op, a: u16, b: u16, c: u16) -> u64 {
    Instruction::new(op, a, b, c).0
}

fn flagged(flags: u8, op: Op, a: u16, b: u16, c: u16) -> u64 {
    Instruction::new(op, a, b, c).with_flags(flags).0
}

fn wide(op: Op, a: u16, bc: i32) -> u64 {
    Instruction::wide(op, a, bc).0
}

fn refused(parts: FunctionParts, because: &str) {
    match Function::new(parts) {
        Ok(function) => panic!("accepted, but {because}:\n{}", motet_code::disassemble(&function)),
        Err(error) => assert!(error.message.contains(because), "{error}, not: {because}"),
    }
}

const RETURN_1: u64 = Instruction::new(Op::Return, 1, 0, 0).0;
const RETURN_NULL: u64 = Instruction::new(Op::ReturnNull, 0, 0, 0).0;
const CLEAR_1: u64 = Instruction::new(Op::Clear, 1, 0, 0).0;

#[test]
fn operands() {
    let cases: &[(&[u64], &str)] = &[
        (&[], "runs off its end"),
        (&[i(Op::Copy, 2, 1, 0)], "runs off its end"),
        (&[0xff], "unknown operation"),
        (&[i(Op::Copy, 8, 1, 0), RETURN_1], "outside the window"),
        (&[i(Op::Copy, 2, 0, 0), RETURN_1], "belongs to the frame"),
        (&[i(Op::Null, 0, 0, 0), RETURN_1], "belongs to the frame"),
        (&[i(Op::Clear, 0, 0, 0), RETURN_1], "belongs to the frame"),
        (&[i(Op::List, 2, 6, 3), RETURN_1], "outside the window"),
        (&[i(Op::Call, 7, 1, 0), RETURN_1], "outside the window"),
        (&[wide(Op::Constant, 2, 3), RETURN_1], "no constant 3"),
        (&[i(Op::GetField, 2, 1, 1), 0, RETURN_1], "not a name"),
        (&[i(Op::GetField, 2, 1, 0), 5, RETURN_1], "cache is not empty"),
        (&[i(Op::CallKnown, 2, 0, 2), 0, RETURN_1], "not a function"),
        (&[i(Op::Captured, 2, 0, 0), RETURN_1], "nothing is captured"),
        (&[i(Op::Closure, 2, 0, 0), RETURN_1], "no function 0"),
        (&[flagged(LAST_B, Op::Copy, 2, 1, 0), RETURN_1], "flags"),
        (&[flagged(64, Op::Neg, 2, 1, 0), RETURN_1], "flags"),
        (&[flagged(VARIANT, Op::Neg, 2, 1, 0), RETURN_1], "flags"),
        (&[flagged(LAST_B, Op::ListPush, 1, 1, 0), RETURN_1], "takes the register that it changes"),
        (&[i(Op::Range, 2, 1, 2), RETURN_1], "count is 3"),
        (&[i(Op::CallSpread, 1, 1, 0), RETURN_1], "count is 2"),
        (&[i(Op::CallNamed, 1, 1, 1), RETURN_1], "more arguments have names"),
        (&[i(Op::Yield, 2, 1, 0), RETURN_1], "only a generator"),
        (&[i(Op::ReturnSelf, 0, 0, 0)], "no self"),
        (&[i(Op::TailSelf, 1, 1, 0)], "among the parameters"),
        (&[wide(Op::Jump, 0, 7), RETURN_1], "no instruction starts"),
        (&[i(Op::GetField, 2, 1, 0), 0, wide(Op::Loop, 0, -2), RETURN_1], "no instruction starts"),
        (&[CLEAR_1, wide(Op::Jump, 0, -2)], "without a safe point"),
        (&[i(Op::JumpLt, 1, 1, -1i16 as u16), RETURN_1], "without a safe point"),
        (&[i(Op::Move, 1, 1, 0), RETURN_1], "to itself"),
        (&[i(Op::Exports, 1, 0, 0)], "takes nothing"),
    ];
    for (code, because) in cases {
        refused(parts(code), because);
    }
}

#[test]
fn the_register_rule() {
    let cases: &[(&[u64], &str)] = &[
        (&[i(Op::Neg, 2, 3, 0), RETURN_1], "r3, which holds nothing"),
        (&[i(Op::Copy, 1, 1, 0), RETURN_1], "r1, which owns something"),
        (&[RETURN_NULL], "r1 owns something"),
        (&[CLEAR_1, i(Op::TailCall, 1, 0, 0)], "r1, which holds nothing"),
        (&[i(Op::TailCall, 2, 0, 0)], "r2, which holds nothing"),
        (&[flagged(LAST_B, Op::Add, 2, 1, 1), RETURN_1], "r1, which holds nothing"),
        // One way takes it.
        (&[flagged(LAST_A, Op::JumpIf, 1, 0, 0), RETURN_1], "r1, which holds nothing"),
        // It lies behind the window of a call.
        (&[i(Op::Copy, 3, 1, 0), flagged(LAST_B, Op::Add, 2, 1, 1), RETURN_1], "r1, which holds nothing"),
        (&[i(Op::Copy, 5, 1, 0), i(Op::Call, 1, 0, 0), RETURN_1], "behind the call's window owns"),
        (
            &[wide(Op::Int, 5, 1), i(Op::Call, 1, 0, 0), i(Op::Clear, 1, 0, 0), i(Op::Return, 5, 0, 0)],
            "r5, which holds nothing",
        ),
        // A tail call in a flag.
        (&[i(Op::Copy, 2, 1, 0), flagged(VARIANT, Op::CallNamed, 2, 2, 1), RETURN_1], "r3, which holds nothing"),
    ];
    for (code, because) in cases {
        refused(parts(code), because);
    }
}

#[test]
fn cells_and_iterators() {
    let cases: &[(&[u64], &str)] = &[
        (&[i(Op::CellGet, 2, 1, 0), RETURN_1], "r1, which holds something else"),
        (&[i(Op::CellSet, 1, 1, 0), RETURN_1], "something else"),
        (&[i(Op::Cell, 2, 1, 0), i(Op::Clear, 1, 0, 0), i(Op::Return, 2, 0, 0)], "r2, which holds something else"),
        // A cell that may be frozen is not added to.
        (
            &[i(Op::CellEmpty, 2, 0, 0), i(Op::CellAdd, 2, 1, 0), i(Op::Clear, 2, 0, 0), RETURN_1],
            "r2, which holds something else",
        ),
        (&[i(Op::Next, 1, 3, 0), RETURN_1], "r1, which holds something else"),
        (&[flagged(LAST_B, Op::Iterate, 2, 1, 0), i(Op::Return, 2, 0, 0)], "r2, which holds something else"),
        // Its place was overwritten.
        (
            &[flagged(LAST_B, Op::Iterate, 2, 1, 0), wide(Op::Int, 3, 5), i(Op::Next, 2, 4, 0), RETURN_NULL],
            "r3, which holds something else",
        ),
        (&[wide(Op::ForLoop, 1, -1), RETURN_1], "r1, which holds something else"),
    ];
    for (code, because) in cases {
        refused(parts(code), because);
    }
    let fine = [i(Op::CellEmpty, 2, 0, 0), i(Op::Clear, 2, 0, 0), flagged(VARIANT, Op::CellEmpty, 2, 0, 0)];
    let fine = fine.into_iter().chain([i(Op::CellAdd, 2, 1, 0), i(Op::Clear, 2, 0, 0), RETURN_1]).collect::<Vec<_>>();
    Function::new(parts(&fine)).expect("valid code");
}

#[test]
fn arguments_that_may_be_missing() {
    let optional = |code: &[u64]| FunctionParts {
        parameters: Parameters { names: ["x".into()].into(), ..Parameters::default() },
        ..parts(code)
    };
    refused(optional(&[RETURN_1]), "r1, which holds something else");
    refused(optional(&[wide(Op::JumpIfPresent, 1, 0), RETURN_1]), "r1, which holds nothing");
    Function::new(optional(&[wide(Op::JumpIfPresent, 1, 1), i(Op::Null, 1, 0, 0), RETURN_1])).expect("valid code");
    refused(
        FunctionParts { parameters: Parameters { required: 1, ..Parameters::default() }, ..parts(&[RETURN_NULL]) },
        "required",
    );
}

#[test]
fn handlers() {
    let handler = Handler { start: 0, end: 1, target: 2, error: 2, catches: true, keep: [1].into() };
    let code = &[i(Op::Neg, 3, 1, 0), i(Op::Return, 1, 0, 0), i(Op::Clear, 1, 0, 0), i(Op::Return, 2, 0, 0)];
    let with = |handler: Handler, code: &[u64]| FunctionParts { handlers: [handler].into(), ..parts(code) };
    let clear_3 = [&[code[0], i(Op::Clear, 3, 0, 0)], &code[1..]].concat();
    let fine = Handler { target: 3, ..handler.clone() };
    Function::new(with(fine.clone(), &clear_3)).expect("valid code");
    let used = [&clear_3[..3], &[i(Op::Neg, 4, 1, 0), i(Op::Clear, 4, 0, 0), CLEAR_1, i(Op::Return, 2, 0, 0)]].concat();
    Function::new(with(fine.clone(), &used)).expect("valid code");
    refused(with(Handler { keep: Box::default(), ..fine.clone() }, &used), "r1, which holds nothing");
    refused(with(Handler { end: 9, ..fine.clone() }, &clear_3), "outside the code");
    refused(with(Handler { start: 1, ..fine.clone() }, &clear_3), "outside the code");
    refused(with(Handler { start: 2, end: 4, target: 1, ..fine.clone() }, &clear_3), "backwards");
    refused(with(Handler { error: 0, ..fine.clone() }, &clear_3), "belongs to the frame");
    refused(with(Handler { error: 1, ..fine.clone() }, &clear_3), "not in order");
    refused(with(Handler { keep: [3, 1].into(), ..fine.clone() }, &clear_3), "not in order");
    // It keeps what a call takes, or what lies behind a call's window.
    let taken = [i(Op::Call, 1, 0, 0), i(Op::Return, 1, 0, 0), i(Op::Clear, 1, 0, 0), i(Op::Return, 2, 0, 0)];
    refused(with(Handler { target: 2, ..fine }, &taken), "may overwrite");
}

#[test]
fn closures_get_what_they_need() {
    let inner = |code: &[u64]| {
        let inner = FunctionParts {
            parameters: Parameters::default(),
            captures: [Capture::Register(1)].into(),
            capture_names: ["v".into()].into(),
            ..parts(code)
        };
        Arc::new(Function::new(inner).expect("valid code"))
    };
    let value = inner(&[i(Op::Captured, 1, 0, 0), RETURN_1]);
    let cell = inner(&[i(Op::CapturedGet, 1, 0, 0), RETURN_1]);
    let variable = inner(&[wide(Op::Int, 1, 1), i(Op::CapturedAdd, 0, 1, 0), RETURN_NULL]);
    let both = [i(Op::Captured, 1, 0, 0), i(Op::CapturedGet, 2, 0, 0), i(Op::Clear, 2, 0, 0), RETURN_1];
    let captures: Box<[Capture]> = [Capture::Register(1)].into();
    refused(FunctionParts { captures, ..parts(&both) }, "as a value and as a cell");
    let maker = |first: u64, inner: &Arc<Function>| FunctionParts {
        parameters: Parameters::default(),
        functions: [inner.clone()].into(),
        ..parts(&[first, i(Op::Closure, 2, 0, 0), CLEAR_1, i(Op::Return, 2, 0, 0)])
    };
    let (number, empty) = (wide(Op::Int, 1, 1), i(Op::CellEmpty, 1, 0, 0));
    let assigned = flagged(VARIANT, Op::CellEmpty, 1, 0, 0);
    Function::new(maker(number, &value)).expect("valid code");
    Function::new(maker(empty, &cell)).expect("valid code");
    Function::new(maker(assigned, &cell)).expect("valid code");
    Function::new(maker(assigned, &variable)).expect("valid code");
    for (first, inner) in [(number, &cell), (number, &variable), (empty, &value), (empty, &variable)] {
        refused(maker(first, inner), "does not hold what it needs");
    }
    let constants: Box<[Constant]> = [Constant::Function(value)].into();
    refused(FunctionParts { constants, ..parts(&[RETURN_1]) }, "a constant but captures");
}

#[test]
fn places_and_modules() {
    let span = Span { start: 4, end: 40 };
    refused(
        FunctionParts { spans: [SpanEntry { instruction: 0, span }].into(), ..parts(&[RETURN_1]) },
        "outside the source",
    );
    let main = |code: &[u64]| {
        let parts = FunctionParts { parameters: Parameters::default(), ..parts(code) };
        Arc::new(Function::new(parts).expect("valid code"))
    };
    let module = |main: &Arc<Function>| {
        Module::new(ModuleParts {
            main: main.clone(),
            source: source(),
            imports: Vec::new(),
            exports: Vec::new(),
            session: Box::default(),
        })
    };
    let exporting = main(&[i(Op::Null, 1, 0, 0), i(Op::Exports, 1, 0, 0)]);
    module(&exporting).expect("a module");
    let importing = main(&[wide(Op::Import, 1, 0), i(Op::Exports, 1, 0, 0)]);
    assert!(module(&importing).is_err(), "it names no imports");
    let plain = Arc::new(Function::new(parts(&[RETURN_1])).expect("valid code"));
    assert!(module(&plain).is_err(), "a main function takes nothing");
    let constants: Box<[Constant]> = [Constant::Function(exporting)].into();
    refused(FunctionParts { constants, ..parts(&[RETURN_1]) }, "main function of a module");
}

#[test]
fn a_long_chain_of_functions_is_freed() {
    let mut last = Arc::new(Function::new(parts(&[RETURN_1])).expect("valid code"));
    for _ in 0..300_000 {
        let constants: Box<[Constant]> = [Constant::Function(last)].into();
        last = Arc::new(Function::new(FunctionParts { constants, ..parts(&[RETURN_1]) }).expect("valid code"));
    }
    drop(last);
}
