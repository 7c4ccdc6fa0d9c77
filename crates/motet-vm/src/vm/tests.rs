//! The handle, with functions that are assembled by hand elsewhere: here only natives are called. Programs in the language
//! call through it in `motet`'s tests.

use super::*;
use crate::builtins::Entry;
use crate::context::Context;
use crate::error::Result;
use crate::execution::Cancellation;
use crate::interface::Interface;
use crate::limits::Limits;
use crate::memory::Value;
use crate::native::{Arguments, Outcome};
use std::time::Duration;

fn vm(settings: Settings) -> Vm {
    Vm::new(Builtins::of_machine(), Arc::new(settings), Box::new(std::io::sink()))
}

fn builtin(name: &str) -> Frozen {
    Frozen::new(&Builtins::of_machine().extern_value(name).expect("a builtin")).expect("builtins are frozen")
}

/// `larger(a, b)` gives the larger of two integers.
fn larger() -> Frozen {
    static LARGER: Entry = Entry::function("larger(a, b)", larger, "For tests.");
    fn larger(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
        Ok(Value::int(arguments.at(0).as_int().max(arguments.at(1).as_int()).expect("integers")).into())
    }
    Frozen::new(&LARGER.native.value()).expect("natives are frozen")
}

fn number(value: i64) -> Frozen {
    Frozen::new(&Value::int(value)).expect("immediate")
}

#[test]
fn v01_v02_calls_from_many_threads_need_no_mutable_reference() {
    let vm = vm(Settings::default());
    let max = larger();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (vm, max) = (&vm, &max);
            scope.spawn(move || {
                for call in 0..200 {
                    let result = vm.call_value(max, &[number(thread), number(call)]).expect("max of two numbers");
                    assert_eq!(result.value().as_int(), Some(thread.max(call)));
                }
            });
        }
    });
    assert!(vm.home.machine.idle_isolates() <= 8, "isolates are used again");
}

#[test]
fn v02_an_isolate_is_used_again() {
    let vm = vm(Settings::default());
    for _ in 0..10 {
        vm.call_value(&larger(), &[number(1), number(2)]).expect("max of two numbers");
    }
    assert_eq!(vm.home.machine.idle_isolates(), 1);
}

#[test]
fn v02_a_global_is_seen_by_calls_that_follow() {
    let vm = vm(Settings::default());
    vm.call_value(&larger(), &[number(1), number(2)]).expect("max of two numbers");
    vm.set_global("answer", number(42));
    assert!(vm.global_names().is_known("answer"));
    let isolate = vm.home.machine.isolate();
    assert_eq!(
        isolate.generation(),
        vm.home.machine.generation(),
        "isolates that know other globals are not used again"
    );
}

#[test]
fn v04_a_call_is_cancelled_from_another_thread() {
    let vm = vm(Settings::default());
    let cancellation = Cancellation::new();
    let context = ExecutionContext { cancellation: Some(cancellation.clone()), ..ExecutionContext::default() };
    let error = std::thread::scope(|scope| {
        let call = scope.spawn(|| vm.call_value_with_context(&context, &builtin("sleep"), &[number(1_000_000_000)]));
        cancellation.cancel();
        call.join().expect("no panic").expect_err("it would have slept for days")
    });
    assert_eq!(&*error.kind, "Cancelled");
    let again = vm.call_value_with_context(&context, &larger(), &[number(1), number(2)]);
    assert_eq!(&*again.expect_err("the context is cancelled").kind, "Cancelled");
}

#[test]
fn v06_limits_of_a_call_are_its_own() {
    let vm = vm(Settings::default());
    let limits = Limits { time: Some(Duration::from_millis(20)), ..Limits::default() };
    let context = ExecutionContext { limits: Some(limits), ..ExecutionContext::default() };
    let error = vm
        .call_value_with_context(&context, &builtin("sleep"), &[number(1_000_000_000)])
        .expect_err("the limit is shorter");
    assert_eq!(&*error.kind, "LimitError");
    vm.call_value(&larger(), &[number(1), number(2)]).expect("other calls have no limit");
}

#[test]
fn v06_calls_keep_the_settings_that_they_began_with() {
    let vm = vm(Settings::default());
    let before = vm.settings();
    vm.change_settings(|settings| settings.depth_limit = 10);
    assert_eq!(before.depth_limit, Settings::default().depth_limit);
    assert_eq!(vm.settings().depth_limit, 10);
}

#[test]
fn v04_a_worker_thread_does_not_see_what_belongs_to_the_caller() {
    let tracker = Some(vm(Settings::default()).tracker(|| {}));
    let parent = Some(Arc::new(ExecutionContext::default()));
    let context = ExecutionContext {
        interface: Some(Interface::new(Arc::new(1))),
        tracker,
        parent,
        ..ExecutionContext::default()
    };
    let there = context.for_worker_thread();
    assert!(there.interface.is_none() && there.tracker.is_none() && there.parent.is_some());
}
