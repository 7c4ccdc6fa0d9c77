//! Unit tests of the liveness pass: small pieces of code with what must be taken and cleared in them.

use super::liveness::{Context, Owned, own};
use super::steps::{HandlerRange, Steps};
use motet_code::roles::RoleContext;
use motet_code::{Capture, Function, FunctionParts, Instruction, Op, Source, Span};
use std::sync::Arc;

/// The steps as text: operation, operands, and `!` where a register is taken.
fn shown(owned: &Owned) -> Vec<String> {
    let show = |step: &super::steps::Step| {
        let instruction = step.instruction;
        let info = step.op().info();
        let operands = [(info.a, instruction.a(), 1), (info.b, instruction.b(), 2), (info.c, instruction.c(), 4)];
        let mut text = info.name.to_string();
        for (kind, register, flag) in operands {
            use motet_code::Operand as Kind;
            if matches!(kind, Kind::Def | Kind::Use | Kind::UseCell | Kind::Take | Kind::Update) {
                let taken = kind == Kind::Take || instruction.flags() & flag != 0;
                text += &format!(" {register}{}", if taken { "!" } else { "" });
            }
        }
        text
    };
    owned.steps.iter().map(show).collect()
}

/// A function that captures register 1 of the one that makes closures of it.
fn capturing() -> Arc<Function> {
    let parts = FunctionParts {
        name: "inner".into(),
        parameters: Default::default(),
        flags: Default::default(),
        registers: 1,
        code: [Instruction::new(Op::ReturnNull, 0, 0, 0).0].into(),
        constants: Box::default(),
        functions: Box::default(),
        captures: [Capture::Register(1)].into(),
        capture_names: ["x".into()].into(),
        handlers: Box::default(),
        spans: Box::default(),
        span: Span::default(),
        source: Arc::new(Source::new("test", "", false)),
    };
    Arc::new(Function::new(parts).expect("valid code"))
}

fn run(steps: Steps, registers: usize, parameters: usize) -> Owned {
    let roles = RoleContext { constants: &[], functions: &[capturing()], method: false };
    own(steps, &Context { roles, registers, parameters })
}

fn push(steps: &mut Steps, op: Op, a: u16, b: u16, c: u16) {
    steps.push(Instruction::new(op, a, b, c), Span::default());
}

fn jump(steps: &mut Steps, op: Op, a: u16, b: u16, target: super::Label) {
    steps.jump(Instruction::new(op, a, b, 0), target, Span::default());
}

#[test]
fn a_last_use_takes_and_a_copy_becomes_a_move() {
    let mut steps = Steps::default();
    push(&mut steps, Op::Add, 2, 1, 1);
    push(&mut steps, Op::Copy, 3, 2, 0);
    push(&mut steps, Op::Copy, 4, 2, 0);
    push(&mut steps, Op::Add, 5, 3, 4);
    push(&mut steps, Op::Return, 5, 0, 0);
    // Where an operand stands twice, one of them takes the value.
    assert_eq!(shown(&run(steps, 6, 1)), ["Add 2 1 1!", "Copy 3 2", "Move 4 2!", "Add 5 3! 4!", "Return 5!"]);
}

#[test]
fn what_is_not_used_is_cleared_at_once() {
    let mut steps = Steps::default();
    push(&mut steps, Op::Add, 2, 1, 1);
    push(&mut steps, Op::Null, 3, 0, 0);
    push(&mut steps, Op::ReturnNull, 0, 0, 0);
    // The second parameter is never read; null owns nothing.
    assert_eq!(shown(&run(steps, 4, 2)), ["Clear 2!", "Add 2 1 1!", "Clear 2!", "Null 3", "ReturnNull"]);
}

#[test]
fn what_dies_on_an_edge_is_cleared_where_it_leads() {
    let mut steps = Steps::default();
    let other = steps.label();
    jump(&mut steps, Op::JumpIf, 1, 0, other);
    push(&mut steps, Op::Return, 2, 0, 0);
    steps.bind(other);
    push(&mut steps, Op::Return, 1, 0, 0);
    assert_eq!(shown(&run(steps, 3, 2)), ["JumpIf 1", "Clear 1!", "Return 2!", "Clear 2!", "Return 1!"]);
}

#[test]
fn a_loop_keeps_what_the_next_round_reads() {
    let mut steps = Steps::default();
    let exit = steps.label();
    let top = steps.here();
    jump(&mut steps, Op::JumpNotLt, 1, 2, exit);
    push(&mut steps, Op::Add, 1, 1, 2);
    jump(&mut steps, Op::Loop, 0, 0, top);
    steps.bind(exit);
    push(&mut steps, Op::Return, 1, 0, 0);
    assert_eq!(shown(&run(steps, 3, 2)), ["JumpNotLt 1 2", "Add 1 1! 2", "Loop", "Clear 2!", "Return 1!"]);
}

#[test]
fn what_a_handler_reads_is_not_taken_in_its_range() {
    let mut steps = Steps::default();
    let start = steps.here();
    push(&mut steps, Op::Add, 3, 1, 2);
    push(&mut steps, Op::Assign, 1, 3, 0);
    push(&mut steps, Op::Assign, 2, 1, 0);
    let end = steps.here();
    push(&mut steps, Op::ReturnNull, 0, 0, 0);
    let target = steps.here();
    push(&mut steps, Op::Return, 1, 0, 0);
    steps.handlers.push(HandlerRange { start, end, target, error: 4, catches: true });
    let owned = run(steps, 5, 2);
    // Register 1 is kept, so it is assigned over its old value; register 2 is dead, so it is just written. The error
    // that the handler does not read is cleared.
    assert_eq!(
        shown(&owned),
        ["Add 3 1 2!", "Assign 1 3!", "Copy 2 1", "Clear 2!", "Clear 1!", "ReturnNull", "Clear 4!", "Return 1!"]
    );
    assert_eq!(owned.handlers[0].keep, [1]);
}

#[test]
fn closures_read_what_they_capture() {
    let mut steps = Steps::default();
    push(&mut steps, Op::Closure, 2, 0, 0);
    push(&mut steps, Op::Return, 2, 0, 0);
    assert_eq!(shown(&run(steps, 3, 1)), ["Closure 2", "Clear 1!", "Return 2!"]);
}

#[test]
fn a_missing_argument_is_dead_where_it_was_not_given() {
    let mut steps = Steps::default();
    let given = steps.label();
    jump(&mut steps, Op::JumpIfPresent, 1, 0, given);
    push(&mut steps, Op::Null, 1, 0, 0);
    steps.bind(given);
    push(&mut steps, Op::ReturnNull, 0, 0, 0);
    assert_eq!(shown(&run(steps, 2, 1)), ["JumpIfPresent 1", "Null 1", "Clear 1!", "ReturnNull"]);
}

#[test]
fn an_iterator_is_dropped_on_every_way_out() {
    let mut steps = Steps::default();
    let (exit, stop) = (steps.label(), steps.label());
    push(&mut steps, Op::Iterate, 2, 1, 0);
    let top = steps.here();
    jump(&mut steps, Op::Next, 2, 4, exit);
    jump(&mut steps, Op::JumpIf, 4, 0, stop);
    jump(&mut steps, Op::Loop, 0, 0, top);
    steps.bind(exit);
    push(&mut steps, Op::ReturnNull, 0, 0, 0);
    steps.bind(stop);
    push(&mut steps, Op::ReturnNull, 0, 0, 0);
    assert_eq!(
        shown(&run(steps, 5, 1)),
        [
            "Iterate 1!",
            "Next 4",
            "JumpIf 4!",
            "Loop",
            "Clear 2!",
            "Clear 3!",
            "ReturnNull",
            "Clear 2!",
            "Clear 3!",
            "ReturnNull"
        ]
    );
}

#[test]
fn code_that_cannot_be_reached_is_dropped() {
    let mut steps = Steps::default();
    push(&mut steps, Op::ReturnNull, 0, 0, 0);
    push(&mut steps, Op::Return, 3, 0, 0);
    assert_eq!(shown(&run(steps, 4, 0)), ["ReturnNull"]);
}

#[test]
fn registers_of_different_groups_do_not_meet() {
    let mut steps = Steps::default();
    push(&mut steps, Op::Add, 100, 1, 70);
    push(&mut steps, Op::Add, 36, 100, 100);
    push(&mut steps, Op::Return, 36, 0, 0);
    assert_eq!(
        shown(&run(steps, 128, 70)).iter().filter(|step| !step.starts_with("Clear")).collect::<Vec<_>>(),
        ["Add 100 1! 70!", "Add 36 100 100!", "Return 36!"]
    );
}
