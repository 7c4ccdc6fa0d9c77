//! The interpreter alone: code put together by hand, without readers or compiler.

use motet_code::{
    Constant, Function, FunctionFlags, FunctionParts, Instruction, LAST_B, LAST_C, Module, ModuleParts, Op, Parameters,
    Source, Span,
};
use motet_vm::builtins::Builtins;
use motet_vm::memory::{Symbol, Value};
use motet_vm::{LinkedModule, MainIsolate, Settings};
use std::sync::Arc;

fn source() -> Arc<Source> {
    Arc::new(Source::new("by hand", "", false))
}

fn function(
    name: &str,
    parameters: &[&str],
    registers: u16,
    code: Vec<u64>,
    constants: Vec<Constant>,
) -> Arc<Function> {
    let parts = FunctionParts {
        name: name.into(),
        parameters: Parameters {
            names: parameters.iter().map(|name| (*name).into()).collect(),
            required: parameters.len() as u16,
            rest: None,
            named: Box::default(),
            takes_named: false,
        },
        flags: FunctionFlags::default(),
        registers,
        code: code.into(),
        constants: constants.into(),
        functions: Box::default(),
        captures: Box::default(),
        capture_names: Box::default(),
        handlers: Box::default(),
        spans: Box::default(),
        span: Span::default(),
        source: source(),
    };
    Arc::new(Function::new(parts).expect("valid code"))
}

/// Runs a module whose `result` is the register 1 of this code.
fn result_of(registers: u16, mut code: Vec<u64>, mut constants: Vec<Constant>) -> Value {
    constants.push(Constant::Names(["result".into()].into()));
    let names = constants.len() as u16 - 1;
    code.push(Instruction::new(Op::Record, 1, 1, names).0);
    code.push(Instruction::new(Op::Exports, 1, 0, 0).0);
    let main = function("", &[], registers, code, constants);
    let parts = ModuleParts {
        main,
        source: source(),
        imports: Vec::new(),
        exports: vec!["result".into()],
        session: Box::default(),
    };
    let module = Module::new(parts).expect("a valid module");
    let linked = Arc::new(LinkedModule { module: Arc::new(module), imports: Vec::new() });
    let mut isolate =
        MainIsolate::new(Builtins::of_machine(), Arc::new(Settings::default()), Box::new(std::io::sink()));
    let exports = isolate.run_module(&linked).expect("no error");
    exports.as_record().expect("exports").get(Symbol::intern("result")).expect("exported")
}

fn i(op: Op, a: u16, b: u16, c: u16) -> u64 {
    Instruction::new(op, a, b, c).0
}

fn wide(op: Op, a: u16, bc: i32) -> u64 {
    Instruction::wide(op, a, bc).0
}

fn fib(n: i32) -> i64 {
    let last = |flags: u8, instruction: u64| Instruction(instruction).with_flags(flags).0;
    let code = vec![
        i(Op::JumpNotLtI, 1, 2, 1),
        i(Op::Return, 1, 0, 0),
        i(Op::SubI, 3, 1, 1),
        i(Op::CallSelf, 2, 1, 0),
        last(LAST_B, i(Op::SubI, 4, 1, 2)),
        i(Op::CallSelf, 3, 1, 0),
        last(LAST_B | LAST_C, i(Op::Add, 2, 2, 3)),
        i(Op::Return, 2, 0, 0),
    ];
    let fib = function("fib", &["n"], 5, code, Vec::new());
    let main = vec![wide(Op::Int, 2, n), i(Op::CallKnown, 1, 1, 0), 0];
    result_of(3, main, vec![Constant::Function(fib)]).as_int().expect("an integer")
}

#[test]
fn calls_itself() {
    assert_eq!(fib(20), 6765);
}

#[test]
fn counts() {
    let code = vec![
        wide(Op::Int, 1, 0),
        wide(Op::Int, 2, 0),
        wide(Op::Int, 3, 1000),
        wide(Op::Int, 4, 1),
        wide(Op::ForPrepare, 2, 2),
        i(Op::AddTo, 1, 2, 0),
        wide(Op::ForLoop, 2, -2),
    ];
    assert_eq!(result_of(5, code, Vec::new()).as_int(), Some(499_500));
}

#[test]
fn grows_strings_in_place() {
    let code = vec![
        wide(Op::Constant, 1, 0),
        wide(Op::Int, 2, 0),
        wide(Op::Int, 3, 100_000),
        wide(Op::Int, 4, 1),
        wide(Op::ForPrepare, 2, 3),
        wide(Op::Constant, 5, 0),
        Instruction(i(Op::AddTo, 1, 5, 0)).with_flags(LAST_B).0,
        wide(Op::ForLoop, 2, -3),
    ];
    let text = result_of(6, code, vec![Constant::Str("ab".into())]);
    assert_eq!(text.as_str().map(str::len), Some(200_002));
}
