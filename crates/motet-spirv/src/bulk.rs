//! Copies and fills of memory, as functions of the middle form: their loops cost fuel as all others do, so that none makes a
//! dispatch long. The bounds are looked at before they are called.

use motet_middle::{Function, FunctionKind, Load, Module, Numeric, Operation, Signature, Store, Type};

/// The number of the function that copies: goal, origin, count.
pub(crate) const COPY: u32 = 0;
/// The number of the function that fills: goal, byte, count.
pub(crate) const FILL: u32 = 1;

const GOAL: u32 = 0;
const SECOND: u32 = 1;
const COUNT: u32 = 2;

use Operation as O;

const LOAD: [Load; 2] =
    [Load { result: Type::I32, bytes: 1, signed: false }, Load { result: Type::I64, bytes: 8, signed: false }];
const STORE: [Store; 2] = [Store { value: Type::I32, bytes: 1 }, Store { value: Type::I64, bytes: 8 }];

fn number(value: u32) -> O {
    O::Constant(Type::I32, u64::from(value))
}

/// The signature of a block without values.
const EMPTY: u32 = 1;

/// Sets a local to itself and a number, added or subtracted.
fn step(local: u32, how: Numeric, by: u32) -> [O; 4] {
    [O::LocalGet(local), number(by), O::Numeric(how), O::LocalSet(local)]
}

/// As long as `COUNT` is at least `bytes`: `inside`.
fn while_left(bytes: u32, inside: Vec<O>) -> Vec<O> {
    let mut body = vec![O::Block(EMPTY), O::Loop(EMPTY)];
    body.extend([O::LocalGet(COUNT), number(bytes), O::Numeric(Numeric::I32LessUnsigned), O::BranchIf(1)]);
    body.extend(inside);
    body.extend(step(COUNT, Numeric::I32Subtract, bytes));
    body.extend([O::Branch(0), O::End, O::End]);
    body
}

fn function(body: Vec<O>) -> (u32, FunctionKind) {
    (0, FunctionKind::Defined(Function { locals: Vec::new(), places: vec![0; body.len()], body }))
}

/// A module of the two functions. Its memory is the one that the part says.
pub(crate) fn module() -> Module {
    // Forwards where the goal lies before the origin, else backwards: what is still to be read is never written.
    let mut copy =
        vec![O::LocalGet(GOAL), O::LocalGet(SECOND), O::Numeric(Numeric::I32LessOrEqualUnsigned), O::If(EMPTY)];
    for (wide, bytes) in [(1, 8), (0, 1)] {
        let mut inside = vec![O::LocalGet(GOAL), O::LocalGet(SECOND), O::Load(LOAD[wide], 0), O::Store(STORE[wide], 0)];
        inside.extend(step(GOAL, Numeric::I32Add, bytes));
        inside.extend(step(SECOND, Numeric::I32Add, bytes));
        copy.extend(while_left(bytes, inside));
    }
    copy.push(O::Else);
    for (wide, bytes) in [(1, 8), (0, 1)] {
        let last = |start| {
            [
                O::LocalGet(start),
                O::LocalGet(COUNT),
                O::Numeric(Numeric::I32Add),
                number(bytes),
                O::Numeric(Numeric::I32Subtract),
            ]
        };
        let inside = [&last(GOAL)[..], &last(SECOND), &[O::Load(LOAD[wide], 0), O::Store(STORE[wide], 0)]].concat();
        copy.extend(while_left(bytes, inside));
    }
    copy.extend([O::End, O::End]);

    let mut fill = Vec::new();
    for (wide, bytes) in [(1, 8), (0, 1)] {
        let mut inside = vec![O::LocalGet(GOAL), O::LocalGet(SECOND)];
        if wide == 1 {
            inside.extend([O::Numeric(Numeric::I64ExtendUnsigned), O::Constant(Type::I64, 0xFF)]);
            inside.extend([O::Numeric(Numeric::I64And), O::Constant(Type::I64, 0x0101_0101_0101_0101)]);
            inside.push(O::Numeric(Numeric::I64Multiply));
        }
        inside.push(O::Store(STORE[wide], 0));
        inside.extend(step(GOAL, Numeric::I32Add, bytes));
        fill.extend(while_left(bytes, inside));
    }
    fill.push(O::End);
    let signature = Signature { parameters: Box::new([Type::I32; 3]), results: Box::new([]) };
    let functions = vec![function(copy), function(fill)];
    let names = vec![Some("memory.copy".to_owned()), Some("memory.fill".to_owned())];
    Module { signatures: vec![signature, Signature::default()], functions, names, ..Module::default() }
}
