//! The typed form by itself: what the verifier refuses, what tidying takes away.

use crate::ir::{
    Block, Condition, End, Exit, ExitId, Function, IntOperator, Made, Operation, Reason, TextOf, Type, Value, tidy,
    verify,
};

fn emit(function: &mut Function, block: Block, operation: Operation) -> Value {
    let of = operation.makes().expect("it makes something");
    let result = function.value(of);
    function.at_mut(block).operations.push(Made { result: Some(result), operation });
    result
}

/// Counts from 0 to 9 and leaves; a second number goes around without changing.
fn counting() -> Function {
    let mut function = Function::new("counting".into());
    let (entry, head, body, end) = (function.block(), function.block(), function.block(), function.block());
    let zero = emit(&mut function, entry, Operation::Int(0));
    let other = emit(&mut function, entry, Operation::Int(7));
    function.at_mut(entry).end = End::Jump(head, vec![zero, other]);
    let (count, same) = (function.value(Type::Int), function.value(Type::Int));
    function.at_mut(head).parameters = vec![count, same];
    function.at_mut(head).is_head = true;
    let limit = emit(&mut function, head, Operation::Int(9));
    let more =
        emit(&mut function, head, Operation::CompareInts { condition: Condition::Less, left: count, right: limit });
    function.at_mut(head).end = End::Branch { condition: more, then: (body, Vec::new()), otherwise: (end, Vec::new()) };
    let one = emit(&mut function, body, Operation::Int(1));
    let (operator, left, right, exit) = (IntOperator::Add, count, one, ExitId(0));
    let next = emit(&mut function, body, Operation::Checked { operator, left, right, exit });
    function.at_mut(body).end = End::Jump(head, vec![next, same]);
    function.at_mut(end).end = End::Exit(ExitId(1));
    let values = vec![(1, count), (2, same)];
    for reason in [Reason::Guard, Reason::Done] {
        function.exits.push(Exit {
            reason,
            at: 3,
            values: values.clone(),
            borrowed: Vec::new(),
            nulls: Vec::new(),
            frames: Vec::new(),
        });
    }
    function
}

#[test]
fn a_loop_is_fine_and_has_a_text() {
    let mut function = counting();
    assert_eq!(verify(&function), Ok(()));
    tidy(&mut function);
    assert_eq!(verify(&function), Ok(()));
    let text = "counting
block0():
    v0: int = 0
    v1: int = 7
    jump block1(v0)
block1(v2: int) loop:
    v4: int = 9
    v5: bool = Less v2 v4
    if v5 block2() else block3()
block2():
    v6: int = 1
    v7: int = Add v2 v6 or exit0
    jump block1(v7)
block3():
    leave by exit1
exit0: at 3, Guard, r1 = v2, r2 = v1
exit1: at 3, Done, r1 = v2, r2 = v1
";
    assert_eq!(TextOf(&function).to_string(), text);
}

#[test]
fn the_verifier_refuses_what_is_not_well_formed() {
    let refused = |change: &dyn Fn(&mut Function), what: &str| {
        let mut function = counting();
        change(&mut function);
        let problem = verify(&function).expect_err(what).to_string();
        assert!(problem.contains(what), "{problem}");
    };
    refused(&|function| function.at_mut(Block(1)).is_head = false, "no head of a loop");
    refused(&|function| function.at_mut(Block(3)).end = End::Open, "does not end");
    refused(&|function| function.at_mut(Block(3)).end = End::Exit(ExitId(9)), "no exit 9");
    refused(&|function| function.at_mut(Block(2)).end = End::Jump(Block(1), Vec::new()), "other arguments");
    refused(&|function| function.types[1] = Type::Float, "makes something else");
    refused(
        &|function| {
            let left = Value(7);
            function.at_mut(Block(1)).operations[1].operation =
                Operation::CompareInts { condition: Condition::Less, left, right: left };
        },
        "used before it is made",
    );
    refused(&|function| function.exits[1].values.push((3, Value(6))), "used before it is made");
    refused(
        &|function| {
            let again = function.at(Block(0)).operations[0].clone();
            function.at_mut(Block(0)).operations.push(again);
        },
        "made twice",
    );
    refused(
        &|function| {
            let (condition, left, right) = (Condition::Less, Value(2), Value(4));
            function.at_mut(Block(1)).operations[1].operation = Operation::CompareFloats { condition, left, right };
        },
        "is Int, not Float",
    );
}
