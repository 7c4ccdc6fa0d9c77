//! Input, services and rectangles (L-07, L-08).

mod common;

use common::*;
use motet_lanes::instructions::Opcode::*;
use motet_lanes::{InputEvent, LaneError, Need, QUAD_VERTICES, Settings, Status};

/// Adds the codes of events to `r10` until one has the kind 0; counts them in `r11`.
fn event_reader() -> Vec<u8> {
    program(&[
        op(Input, 0, 0, 0, 0),
        op(IsZero, 5, 0, 0, 0),
        op(JumpIf, 0, 5, 0, 7),
        op(Mul, 10, 10, 0, 31),
        op(Add, 10, 10, 1, 0),
        op(Add, 11, 11, 0, 1),
        op(Jump, 0, 0, 0, 0),
        op(Halt, 0, 0, 0, 0),
    ])
}

fn event(kind: i32, code: i32) -> InputEvent {
    InputEvent { kind, code, x: -3, y: 4 }
}

#[test]
fn l08_events_reach_the_focused_process_in_order() {
    let runtime = runtime();
    let reader = spawn(&runtime, &event_reader());
    let other = spawn(&runtime, &event_reader());
    runtime.start().unwrap();
    runtime.focus(&reader).unwrap();
    let mut expected = 0_i32;
    for code in 1..=1_000 {
        send_patiently(&runtime, event(1, code));
        expected = expected.wrapping_mul(31).wrapping_add(code);
    }
    send_patiently(&runtime, event(0, 0));
    let outcome = reader.wait(SOON).unwrap();
    assert_eq!(outcome.registers[10..12], [expected, 1_000]);
    assert_eq!(outcome.registers[..4], [0, 0, -3, 4]);
    assert_eq!(other.read_register(11), Ok(0));
    assert_eq!(runtime.statistics().events_lost, 0);
    // The focus ended with its process.
    assert_eq!(runtime.send_input(event(1, 1)), Err(LaneError::NoFocus));
    assert_eq!(runtime.focus(&reader), Err(LaneError::Ended));
}

/// A full ring is an answer, not a loss: tries again until there is room.
fn send_patiently(runtime: &motet_lanes::PersistentRuntime, event: InputEvent) {
    wait_until("room in the input ring", || match runtime.send_input(event) {
        Ok(()) => true,
        Err(LaneError::InputFull { .. }) => false,
        Err(other) => panic!("{other}"),
    });
}

#[test]
fn l08_each_event_goes_to_who_had_the_focus_then() {
    let runtime = runtime();
    let readers = [spawn(&runtime, &event_reader()), spawn(&runtime, &event_reader())];
    // Before the start, while neither has a slot.
    for code in 1..=20 {
        for (reader, factor) in readers.iter().zip([1, 100]) {
            runtime.focus(reader).unwrap();
            runtime.send_input(event(1, code * factor)).unwrap();
        }
    }
    for reader in &readers {
        runtime.focus(reader).unwrap();
        runtime.send_input(event(0, 0)).unwrap();
    }
    runtime.start().unwrap();
    for (reader, factor) in readers.iter().zip([1, 100]) {
        let expected = (1..=20).fold(0_i32, |sum, code| sum.wrapping_mul(31).wrapping_add(code * factor));
        assert_eq!(reader.wait(SOON).unwrap().registers[10..12], [expected, 20]);
    }
}

#[test]
fn l08_the_257th_event_is_refused() {
    let runtime = runtime();
    let reader = spawn(&runtime, &event_reader());
    assert_eq!(runtime.send_input(event(1, 1)), Err(LaneError::NoFocus));
    runtime.focus(&reader).unwrap();
    for code in 0..256 {
        runtime.send_input(event(1, code)).unwrap();
    }
    assert_eq!(runtime.send_input(event(1, 256)), Err(LaneError::InputFull { waiting: 256 }));
    runtime.start().unwrap();
    wait_until("all events to be read", || reader.read_register(11) == Ok(256));
}

#[test]
fn l08_events_for_the_dead_are_counted() {
    let runtime = runtime();
    let deaf = spawn(&runtime, &constant(1));
    runtime.focus(&deaf).unwrap();
    for _ in 0..10 {
        runtime.send_input(event(1, 1)).unwrap();
    }
    runtime.start().unwrap();
    deaf.wait(SOON).unwrap();
    wait_until("the events to be dropped", || runtime.statistics().events_lost == 10);
}

#[test]
fn l08_a_process_that_does_not_read_holds_nobody_busy() {
    let runtime = runtime();
    // Blocks on a service, with more events waiting than its mailbox holds.
    let deaf =
        spawn(&runtime, &program(&[op(Service, 0, 0, 0, 1), op(InputWaiting, 1, 0, 0, 0), op(Halt, 0, 0, 0, 0)]));
    runtime.focus(&deaf).unwrap();
    runtime.start().unwrap();
    for code in 0..40 {
        runtime.send_input(event(1, code)).unwrap();
    }
    runtime.wait_for_service(SOON).unwrap();
    wait_until("the lanes to park", || {
        let before = runtime.statistics().epochs;
        std::thread::sleep(std::time::Duration::from_millis(50));
        runtime.statistics().epochs == before
    });
    runtime.answer(&deaf, 0).unwrap();
    assert_eq!(deaf.wait(SOON).unwrap().registers[1], 16);
}

#[test]
fn l08_a_process_that_does_not_read_holds_up_no_other() {
    let runtime = runtime();
    let deaf = spawn(&runtime, &program(&[op(Service, 0, 0, 0, 1), op(Halt, 0, 0, 0, 0)]));
    let reader = spawn(&runtime, &event_reader());
    runtime.start().unwrap();
    runtime.wait_for_service(SOON).unwrap();
    // As many as it may have, far more than its mailbox holds.
    let mut sent = 0;
    wait_until("the mailbox and all behind it to be full", || {
        while runtime.send(&deaf, event(1, sent)).is_ok() {
            sent += 1;
        }
        sent == 256 + 16
    });
    assert_eq!(runtime.send(&deaf, event(1, 0)), Err(LaneError::InputFull { waiting: 256 }));
    for code in 0..100 {
        runtime.send(&reader, event(1, code)).unwrap();
    }
    runtime.send(&reader, event(0, 0)).unwrap();
    assert_eq!(reader.wait(SOON).unwrap().registers[11], 100);
    runtime.answer(&deaf, 0).unwrap();
    deaf.wait(SOON).unwrap();
    assert_eq!(runtime.statistics().events_lost, 256);
}

#[test]
fn l01_handles_of_another_runtime_are_refused() {
    let (own, other) = (runtime(), runtime());
    let process = spawn(&own, &event_reader());
    let namesake = spawn(&other, &event_reader());
    assert_eq!(process.generation(), namesake.generation());
    let foreign = Err(LaneError::ForeignProcess);
    assert_eq!(own.focus(&namesake), foreign);
    assert_eq!(own.send(&namesake, event(1, 1)), foreign);
    assert_eq!(own.answer(&namesake, 1), foreign);
    assert_eq!(own.kill(&namesake), foreign);
    assert_eq!(own.read_register(&namesake, 0), Err(LaneError::ForeignProcess));
    assert!(!process.is_dead() && !namesake.is_dead());
}

#[test]
fn l07_what_the_processes_need_is_told() {
    let runtime = runtime();
    let reader = spawn(&runtime, &event_reader());
    runtime.start().unwrap();
    assert!(matches!(runtime.wait_for_need(SOON), Ok(Need::Input)));
    let asks = spawn(&runtime, &program(&[op(Service, 0, 0, 0, 7), op(Halt, 0, 0, 0, 0)]));
    match runtime.wait_for_need(SOON) {
        Ok(Need::Services(requests)) => assert_eq!(requests[0].service, 7),
        other => panic!("{other:?}"),
    }
    runtime.answer(&asks, 0).unwrap();
    asks.wait(SOON).unwrap();
    runtime.send(&reader, event(0, 0)).unwrap();
    reader.wait(SOON).unwrap();
    assert!(matches!(runtime.wait_for_need(SOON), Ok(Need::Nothing)));
}

#[test]
fn l07_a_process_waits_for_input_without_running() {
    let runtime = runtime();
    let reader = spawn(&runtime, &event_reader());
    runtime.start().unwrap();
    wait_until("the block", || runtime.slots()[0].status == Status::BlockedOnInput);
    let instructions = runtime.slots()[0].instructions;
    runtime.focus(&reader).unwrap();
    runtime.send_input(event(0, 0)).unwrap();
    let outcome = reader.wait(SOON).unwrap();
    // The blocked attempt counts once, and so does its repetition.
    assert_eq!(outcome.instructions, instructions + 4);
}

#[test]
fn l07_services_are_asked_and_answered() {
    let runtime = runtime();
    // r1 = service 5 of argument r0; r2 = service 6 of r1.
    let code = program(&[op(Service, 1, 0, 0, 5), op(Service, 2, 1, 0, 6), op(Halt, 0, 0, 0, 0)]);
    let program = runtime.load_bytecode(&code).unwrap();
    let processes: Vec<_> = (0..40)
        .map(|argument| runtime.spawn_with(program, motet_lanes::SpawnOptions { argument, priority: 0 }).unwrap())
        .collect();
    runtime.start().unwrap();
    let mut answered = 0;
    while answered < 80 {
        for request in runtime.wait_for_service(SOON).unwrap() {
            let answer = match request.service {
                5 => request.argument + 1_000,
                6 => request.argument * 2,
                other => panic!("service {other}"),
            };
            runtime.answer(&request.process, answer).unwrap();
            answered += 1;
        }
    }
    for (argument, process) in (0..).zip(&processes) {
        let outcome = process.wait(SOON).unwrap();
        assert_eq!(outcome.registers[..3], [argument, argument + 1_000, (argument + 1_000) * 2]);
        assert_eq!(runtime.answer(process, 0), Err(LaneError::Ended));
    }
}

#[test]
fn l07_a_question_is_answered_once() {
    let runtime = runtime();
    let process = spawn(&runtime, &program(&[op(Service, 1, 0, 0, 5), op(Halt, 0, 0, 0, 0)]));
    assert_eq!(runtime.answer(&process, 1), Err(LaneError::NothingAsked));
    runtime.start().unwrap();
    let asked = runtime.wait_for_service(SOON).unwrap();
    assert_eq!(asked.len(), 1);
    // Nothing runs between the two answers.
    runtime.stop().unwrap();
    runtime.answer(&asked[0].process, 7).unwrap();
    assert_eq!(runtime.answer(&asked[0].process, 8), Err(LaneError::NothingAsked));
    runtime.start().unwrap();
    assert_eq!(process.wait(SOON).unwrap().registers[1], 7);
}

#[test]
fn l08_quads_become_two_triangles() {
    let runtime = runtime();
    let code = motet_lanes::assembly::assemble(
        "quad",
        "fconst f0, 10\n fconst f1, 20\n fconst f2, 3\n fconst f3, 4\n const r1, 0xFF8000FF\n emit_quad r1, f0, f2\n halt",
    )
    .unwrap();
    let process = spawn(&runtime, &code);
    runtime.start().unwrap();
    process.wait(SOON).unwrap();
    let vertices = runtime.take_quads().unwrap();
    let corners: Vec<[f32; 3]> = vertices.iter().map(|vertex| vertex.position).collect();
    let [left_top, right_top, right_bottom, left_bottom] =
        [[10.0, 20.0, 0.0], [13.0, 20.0, 0.0], [13.0, 24.0, 0.0], [10.0, 24.0, 0.0]];
    assert_eq!(corners, [left_top, right_top, right_bottom, left_top, right_bottom, left_bottom]);
    assert!(vertices.iter().all(|vertex| vertex.colour == [1.0, 128.0 / 255.0, 0.0, 1.0]));
    assert_eq!(runtime.take_quads().unwrap(), []);
}

#[test]
fn l08_too_many_quads_are_counted_not_written() {
    const ROOM: u32 = 100;
    let runtime = runtime_with(Settings { quads: ROOM, ..Settings::default() });
    // Every process draws 25 rectangles of its own colour.
    let code = motet_lanes::assembly::assemble(
        "quads",
        "const r1, 25\n again: emit_quad r0, f0, f2\n sub r1, r1, 1\n jump_if r1, again\n halt",
    )
    .unwrap();
    let program = runtime.load_bytecode(&code).unwrap();
    runtime.start().unwrap();
    for argument in 0..20 {
        runtime.spawn_with(program, motet_lanes::SpawnOptions { argument, priority: 0 }).unwrap();
    }
    runtime.wait_until_done(SOON).unwrap();
    assert_eq!(runtime.take_quads().unwrap().len(), ROOM as usize * QUAD_VERTICES);
    assert_eq!(runtime.statistics().quads_lost, 20 * 25 - u64::from(ROOM));
    // There is room again.
    runtime.spawn(program, 0).unwrap();
    runtime.wait_until_done(SOON).unwrap();
    assert_eq!(runtime.take_quads().unwrap().len(), 25 * QUAD_VERTICES);
}

#[test]
fn l08_quads_can_be_taken_from_a_busy_runtime() {
    let runtime = runtime();
    let code =
        motet_lanes::assembly::assemble("quads", "const r1, 255\n again: emit_quad r1, f0, f2\n jump again").unwrap();
    spawn(&runtime, &code);
    runtime.start().unwrap();
    for _ in 0..10 {
        wait_until("rectangles", || {
            let vertices = runtime.take_quads().unwrap();
            assert_eq!(vertices.len() % QUAD_VERTICES, 0);
            assert!(vertices.iter().all(|vertex| vertex.colour[3] == 1.0));
            !vertices.is_empty()
        });
    }
}
