//! Signals between Rust and programs: set on one side, seen on the other (S-01 to S-05; issue 6, part 1).
//!
//! Each wait here is for a change; what must not come is followed by something that must, through the same thread.

use futures_core::Stream;
use motet::{CallContext, Cancellation, Changes, Computed, Limits, Program, Result, Signal, Subscription, Value, Vm};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

const _: () = {
    const fn is_shareable<T: Send + Sync + Clone>() {}
    const fn is_sendable<T: Send>() {}
    // Whatever the type is that it holds.
    is_shareable::<Signal<std::rc::Rc<()>>>();
    is_shareable::<Computed<std::rc::Rc<()>>>();
    is_sendable::<Subscription>();
    is_sendable::<Changes<i64>>();
};

/// What a program exports.
fn export(vm: &Vm, text: &str, name: &str) -> Value {
    vm.load_text(text).and_then(|module| module.get(name)).unwrap_or_else(|error| panic!("{}", error.report()))
}

/// A computed value that a program makes of a signal.
fn computed<T>(vm: &Vm, of: &Signal<i64>, expression: &str) -> Computed<T> {
    let make = export(vm, &format!("export fn make(n) {{ computed(() => {expression}) }}"), "make");
    vm.call(&make, (of,)).unwrap_or_else(|error| panic!("{}", error.report()))
}

/// A subscription that hands on what it is told.
fn told<T: motet::FromValue + Send + 'static>(signal: &Signal<T>) -> (Subscription, Receiver<Result<T>>) {
    let (sender, receiver) = mpsc::channel();
    // The receiver may be gone before the subscription.
    (signal.on_change(move |value| _ = sender.send(value)), receiver)
}

fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.expect_err("it is an error").to_string()
}

#[test]
fn s01_a_hundred_threads_of_rust_lose_no_update() {
    let vm = Vm::new();
    let count = vm.signal(0_i64);
    let changes = count.changes();
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| (0..1_000).for_each(|_| _ = count.update(|n| n + 1).unwrap()));
        }
    });
    assert_eq!(count.get().unwrap(), 100_000);
    let last = changes.map(|value| value.unwrap()).find(|&value| value == 100_000);
    assert_eq!(last, Some(100_000), "the last value is not lost, however many there were");
}

#[test]
fn s02_rust_and_programs_update_one_signal() {
    let vm = Vm::new();
    let count = vm.signal(0_i64);
    let add = export(&vm, "export fn add(n) { parallel_for(0..500, i => n.update(v => v + 1)) }", "add");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| vm.call::<()>(&add, (&count,)).unwrap());
            scope.spawn(|| (0..500).for_each(|_| _ = count.update(|n| n + 1).unwrap()));
        }
    });
    assert_eq!(count.get().unwrap(), 4_000);
}

#[test]
fn s05_a_callback_is_told_what_a_program_sets() {
    let vm = Vm::new();
    let level = vm.signal(0_i64);
    let (_subscription, levels) = told(&level);
    vm.set_global("level", &level);
    vm.eval::<()>("level.set(3)").unwrap();
    assert_eq!(levels.recv().unwrap().unwrap(), 3);
    vm.eval::<()>("let half = level.value; level.update(v => v + half)").unwrap();
    assert_eq!(levels.recv().unwrap().unwrap(), 6);
    vm.eval::<()>("level.set('much')").unwrap();
    assert_eq!(message(levels.recv().unwrap()), "TypeError: expected an integer that fits i64, not this String");
    assert_eq!(message(level.get()), "TypeError: expected an integer that fits i64, not this String");
    assert_eq!(message(level.update(|n| n + 1)), "TypeError: expected an integer that fits i64, not this String");
    assert_eq!(level.get().map_err(|_| ()), Err(()), "an update that fails changes nothing");
}

#[test]
fn s05_an_effect_of_a_program_sees_what_rust_sets() {
    let vm = Vm::new();
    let (number, seen, end) = (vm.signal(1_i64), vm.signal(0_i64), vm.signal(false));
    let follow = "export fn follow(n, seen, end) { effect(() => seen.set(n.value * 10)); while (!end.peek()) { } }";
    let follow = export(&vm, follow, "follow");
    let mut changes = seen.changes();
    thread::scope(|scope| {
        let call = scope.spawn(|| vm.call::<()>(&follow, (&number, &seen, &end)));
        for value in 1..=50 {
            number.set(value);
            let found = changes.by_ref().map(|seen| seen.unwrap()).find(|&seen| seen == value * 10);
            assert_eq!(found, Some(value * 10));
        }
        end.set(true);
        call.join().unwrap().unwrap();
    });
}

#[test]
fn s04_effects_of_a_program_that_keeps_its_state_run_at_its_next_call() {
    let vm = Vm::new();
    let number = vm.signal(1_i64);
    vm.set_global("number", &number);
    let text = "let seen = []\neffect(() => seen.push(number.value))\nexport fn look() { seen }";
    let mut program: Program = vm.program();
    program.run(&vm.compile_text(text).unwrap()).unwrap();
    number.set(2);
    number.set(3);
    assert_eq!(program.call::<Vec<i64>>("look", ()).unwrap(), [1, 3]);
}

#[test]
fn a_subscription_that_is_dropped_stops() {
    let vm = Vm::new();
    let level = vm.signal(0_i64);
    let (first, first_told) = told(&level);
    let (_second, second_told) = told(&level);
    level.set(1);
    assert_eq!((first_told.recv().unwrap().unwrap(), second_told.recv().unwrap().unwrap()), (1, 1));
    drop(first);
    level.set(2);
    assert_eq!(second_told.recv().unwrap().unwrap(), 2);
    assert!(first_told.recv().is_err(), "the callback is gone, and was not called");
}

#[test]
fn a_subscription_begins_with_what_is_set_after_it() {
    let vm = Vm::new();
    let level = vm.signal(0_i64);
    for round in 1..=500 {
        level.set(-round);
        let mut changes = level.changes();
        level.set(round);
        assert_eq!(changes.next().unwrap().unwrap(), round, "neither what was there before, nor nothing");
    }
}

#[test]
fn subscriptions_come_and_go_while_others_set() {
    let vm = Vm::new();
    let level = vm.signal(0_i64);
    let double: Computed<i64> = computed(&vm, &level, "n.value * 2");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let setter = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                level.update(|n| n + 1).unwrap();
            }
        });
        let watchers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let (mut levels, mut doubles) = (level.changes(), double.changes());
                        let (one, other) = (levels.next().unwrap().unwrap(), doubles.next().unwrap().unwrap());
                        assert!(one > 0 && other > 0 && other % 2 == 0);
                    }
                })
            })
            .collect();
        watchers.into_iter().for_each(|watcher| watcher.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
        setter.join().unwrap();
    });
    let mut last = double.changes();
    level.set(-1);
    assert_eq!(last.next().unwrap().unwrap(), -2);
}

#[test]
fn a_computed_value_of_a_program_is_read_and_watched() {
    let vm = Vm::new();
    let number = vm.signal(2_i64);
    let square: Computed<i64> = computed(&vm, &number, "n.value * n.value");
    assert_eq!(square.get().unwrap(), 4);
    let mut squares = square.changes();
    number.set(-2);
    number.set(3);
    assert_eq!(squares.next().unwrap().unwrap(), 9, "an equal value is no change");
    assert!(squares.try_next().is_none());
    // Rust gives it to another program, which reads it as its own.
    let read = export(&vm, "export fn read(c) { c.value + 1 }", "read");
    assert_eq!(vm.call::<i64>(&read, (&square,)).unwrap(), 10);
    let error = vm.call::<Computed<i64>>(&export(&vm, "export fn f(x) { x }", "f"), (&number,)).unwrap_err();
    assert_eq!(error.to_string(), "TypeError: expected a Computed, not this Signal");
}

#[test]
fn a_computed_value_that_throws_is_an_error() {
    let vm = Vm::new();
    let number = vm.signal(1_i64);
    let inverse: Computed<f64> =
        computed(&vm, &number, "if (n.value == 0) { throw 'no inverse' } else { 1 / n.value }");
    let mut changes = inverse.changes();
    number.set(0);
    let error = changes.next().unwrap().unwrap_err();
    assert_eq!(error.message(), "no inverse");
    assert_eq!(inverse.get().unwrap_err().message(), "no inverse");
    number.set(4);
    assert_eq!(changes.next().unwrap().unwrap(), 0.25);
    let read = export(&vm, "export fn read(c) { try { c.value } catch (e) { e.message } }", "read");
    number.set(0);
    assert_eq!(vm.call::<String>(&read, (&inverse,)).unwrap(), "no inverse");
}

#[test]
fn a_computed_value_that_reaches_a_limit_ends_the_subscription() {
    let vm = Vm::builder().limits(Limits { steps: Some(10_000), ..Limits::default() }).build();
    let number = vm.signal(1_i64);
    let busy: Computed<i64> = computed(&vm, &number, "do { mut i = 0; while (i < n.value) { i += 1 }; i }");
    let mut changes = busy.changes();
    number.set(1_000_000);
    assert_eq!(changes.next().unwrap().unwrap_err().class(), "LimitError");
    assert!(changes.next().is_none());
    assert_eq!(busy.get().unwrap_err().class(), "LimitError");
    number.set(5);
    assert_eq!(busy.get().unwrap(), 5, "a later look has limits of its own");
    let mut again = busy.changes();
    number.set(6);
    assert_eq!(again.next().unwrap().unwrap(), 6, "and so has a later subscription");
}

#[test]
fn the_end_of_the_machine_ends_streams_and_callbacks() {
    let vm = Vm::new();
    let number = vm.signal(1_i64);
    let token = Arc::new(());
    let held = token.clone();
    let subscription = number.on_change(move |_| _ = &held);
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let changes = number.changes();
            thread::spawn(move || changes.count())
        })
        .collect();
    let double: Computed<i64> = computed(&vm, &number, "n.value * 2");
    let other = vm.clone();
    drop(vm);
    assert_eq!(other.eval::<i64>("1").unwrap(), 1, "there is a handle left");
    drop(other);
    waiting.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), 0));
    assert_eq!(Arc::strong_count(&token), 1, "what the callback held is dropped");
    drop(subscription);
    number.set(2);
    assert_eq!(number.get().unwrap(), 2, "the signal itself goes on");
    assert!(number.changes().next().is_none());
    assert_eq!(double.get().unwrap_err().message(), "the last handle on the machine that computes this value is gone");
}

#[test]
fn the_end_of_the_machine_ends_an_evaluation_without_end() {
    let vm = Vm::new();
    let (number, begun) = (vm.signal(1_i64), vm.signal(false));
    vm.function("note", {
        let begun = begun.clone();
        move || begun.set(true)
    });
    let double: Computed<i64> = computed(&vm, &number, "do { if (n.value > 1) { note(); while (true) { } }; n.value }");
    let mut changes = double.changes();
    number.set(2);
    while !begun.get().unwrap() {
        thread::yield_now();
    }
    drop(vm);
    assert!(changes.next().is_none());
}

#[test]
fn a_program_that_lives_keeps_the_streams_open() {
    let vm = Vm::new();
    let number = vm.signal(1_i64);
    vm.set_global("number", &number);
    let mut program = vm.program();
    program.run(&vm.compile_text("export fn set(v) { number.set(v) }").unwrap()).unwrap();
    let mut changes = number.changes();
    drop(vm);
    program.call::<()>("set", (5,)).unwrap();
    assert_eq!(changes.next().unwrap().unwrap(), 5);
    drop(program);
    assert!(changes.next().is_none());
}

#[test]
fn callbacks_may_do_whatever_others_may() {
    let vm = Vm::new();
    let (number, result) = (vm.signal(1_i64), vm.signal(0_i64));
    let square = export(&vm, "export fn square(n) { n * n }", "square");
    let own: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let (weak, target, slot) = (vm.clone(), result.clone(), own.clone());
    let subscription = number.on_change(move |value| {
        // Ends itself, subscribes anew, calls a program, sets a signal.
        drop(slot.lock().unwrap().take());
        let _other = target.on_change(|_| {});
        target.set(weak.call(&square, (value.unwrap(),)).unwrap());
    });
    *own.lock().unwrap() = Some(subscription);
    let mut results = result.changes();
    number.set(7);
    assert_eq!(results.next().unwrap().unwrap(), 49);
    number.set(8);
    let mut numbers = number.changes();
    number.set(9);
    assert_eq!(numbers.next().unwrap().unwrap(), 9);
    assert!(results.try_next().is_none(), "it has ended itself");
}

#[test]
fn a_callback_that_panics_ends_its_own_subscription_alone() {
    let vm = Vm::new();
    let number = vm.signal(0_i64);
    let (sender, calls) = mpsc::channel();
    let _panics = number.on_change(move |value| {
        sender.send(value.unwrap()).unwrap();
        panic!("on purpose");
    });
    let (_goes_on, told) = told(&number);
    number.set(1);
    assert_eq!(told.recv().unwrap().unwrap(), 1);
    number.set(2);
    assert_eq!(told.recv().unwrap().unwrap(), 2);
    // With 1, or with 2 if that was set before it was its turn.
    assert_eq!(calls.iter().count(), 1);
}

#[test]
fn s03_nobody_sees_half_a_batch() {
    let vm = Vm::new();
    let (one, other) = (vm.signal(0_i64), vm.signal(0_i64));
    let sum = export(&vm, "export fn sum(a, b) { computed(() => a.value + b.value) }", "sum");
    let sum: Computed<i64> = vm.call(&sum, (&one, &other)).unwrap();
    let shift = export(
        &vm,
        "export fn shift(a, b) { batch(() => do { a.update(v => v + 1); b.update(v => v - 1) }) }",
        "shift",
    );
    let mut sums = sum.changes();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..500 {
                    vm.batch(|batch| batch.update(&one, |v| v - 1).and_then(|()| batch.update(&other, |v| v + 1)))
                        .unwrap();
                }
            });
            scope.spawn(|| (0..500).for_each(|_| vm.call::<()>(&shift, (&one, &other)).unwrap()));
        }
    });
    assert_eq!((one.get().unwrap(), other.get().unwrap()), (0, 0));
    one.set(1);
    assert_eq!(sums.next().unwrap().unwrap(), 1, "before that, the sum was 0 all the time");
}

#[test]
fn signals_of_one_machine_are_not_those_of_another() {
    let (one, other) = (Vm::new(), Vm::new());
    let number = one.signal(1_i64);
    let message = |text: &str| {
        let function = export(&other, &format!("export fn f(n) {{ {text} }}"), "f");
        other.call::<i64>(&function, (&number,)).unwrap_err().message()
    };
    let expected = "this signal belongs to another virtual machine";
    assert_eq!(message("n.set(2)"), expected);
    assert_eq!(message("n.update(v => v + 1)"), expected);
    assert_eq!(message("batch(() => n.set(2))"), expected);
    assert_eq!(message("computed(() => n.value).value"), expected);
    assert_eq!(number.get().unwrap(), 1);
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| other.batch(|batch| batch.set(&number, 2))));
    assert!(refused.is_err());
    assert_eq!(number.get().unwrap(), 1);
}

#[test]
fn functions_of_rust_take_and_give_signals() {
    let vm = Vm::new();
    let result = vm.signal(0_i64);
    vm.function("doubled", move |of: Signal<i64>| -> Result<Signal<i64>> {
        result.set(of.get()? * 2);
        Ok(result.clone())
    });
    assert_eq!(vm.eval::<i64>("let n = signal(21); doubled(n).value").unwrap(), 42);
    let error = vm.eval::<()>("doubled(21)").unwrap_err();
    assert_eq!(error.message(), "doubled takes a Signal as argument 1, not a value of type Int");
    let made: Signal<i64> = vm.eval("signal(7)").unwrap();
    assert_eq!(made.update(|n| n + 1).unwrap(), 8);
}

#[test]
fn a_call_that_was_cancelled_leaves_a_computed_value_to_others() {
    let vm = Vm::new();
    let number = vm.signal(1_i64);
    let cancellation = Cancellation::new();
    vm.function("stop", {
        let cancellation = cancellation.clone();
        move || cancellation.cancel()
    });
    let value: Computed<i64> = computed(&vm, &number, "do { if (n.value == 2) { stop(); while (true) { } }; n.value }");
    let read = export(&vm, "export fn read(c) { c.value }", "read");
    number.set(2);
    let context = CallContext::new().cancelled_by(&cancellation);
    assert_eq!(vm.call_with::<i64>(&context, &read, (&value,)).unwrap_err().class(), "Cancelled");
    number.set(3);
    assert_eq!(value.get().unwrap(), 3);
}

#[test]
fn v04_a_tracked_call_says_when_it_would_give_something_else() {
    let vm = Vm::new();
    let (first, one, other) = (vm.signal(true), vm.signal(1_i64), vm.signal(10_i64));
    let text = "export fn choose(first, one, other) { if (first.value) { one.value } else { computed(() => other.value + 1).value } }";
    let choose = export(&vm, text, "choose");
    let (sender, told) = mpsc::channel();
    let tracker = vm.tracker(move || sender.send(()).unwrap());
    let context = CallContext::new().tracked_by(&tracker);
    let call = || vm.call_with::<i64>(&context, &choose, (&first, &one, &other)).unwrap();
    one.set(2);
    assert!(told.try_recv().is_err(), "there has been no call");
    assert_eq!(call(), 2);
    other.set(20);
    assert!(told.try_recv().is_err(), "it was not read");
    one.set(3);
    one.set(4);
    first.set(false);
    told.try_recv().unwrap();
    assert!(told.try_recv().is_err(), "once is enough");
    assert_eq!(call(), 21);
    one.set(5);
    assert!(told.try_recv().is_err(), "it was not read this time");
    other.set(30);
    told.try_recv().unwrap();
    assert_eq!(call(), 31);
    assert_eq!(vm.call::<i64>(&choose, (&first, &one, &other)).unwrap(), 31);
    other.set(40);
    told.try_recv().unwrap();
    drop((context, tracker));
    other.set(50);
    assert!(told.recv().is_err(), "the notifier is gone");
}

#[test]
fn v04_a_tracked_call_that_fails_is_tracked_too() {
    let vm = Vm::new();
    let number = vm.signal(0_i64);
    let check = export(&vm, "export fn check(n) { if (n.value == 0) { throw 'zero' }; n.value }", "check");
    let (sender, told) = mpsc::channel();
    let context = CallContext::new().tracked_by(&vm.tracker(move || sender.send(()).unwrap()));
    assert_eq!(vm.call_with::<i64>(&context, &check, (&number,)).unwrap_err().message(), "zero");
    number.set(1);
    told.try_recv().unwrap();
    assert_eq!(vm.call_with::<i64>(&context, &check, (&number,)).unwrap(), 1);
    let other = Vm::new();
    let check = export(&other, "export fn one() { 1 }", "one");
    let error = other.call_with::<i64>(&context, &check, ()).unwrap_err();
    assert_eq!(error.message(), "this signal belongs to another virtual machine");
}

#[test]
fn v04_a_tracker_follows_one_call_at_a_time() {
    let vm = Vm::new();
    let context = CallContext::new().tracked_by(&vm.tracker(|| {}));
    let inner = export(&vm, "export fn inner() { 1 }", "inner");
    let (own, function, nested) = (vm.downgrade(), inner.clone(), context.clone());
    vm.function("again", move || {
        let vm = own.upgrade().expect("the test goes on");
        vm.call_with::<i64>(&nested, &function, ()).map_err(|error| error.message())
    });
    let outer = export(&vm, "export fn outer() { again() }", "outer");
    let error = vm.call_with::<i64>(&context, &outer, ()).unwrap_err();
    assert_eq!(error.message(), "this tracker follows another call");
    assert_eq!(vm.call_with::<i64>(&context, &inner, ()).unwrap(), 1);
}

#[test]
fn v03_calls_inside_of_calls_on_one_thread_know_nothing_of_one_another() {
    let vm = Vm::new();
    let (outer, inner) = (vm.signal(1_i64), vm.signal(10_i64));
    let read = export(&vm, "export fn read(n) { n.value }", "read");
    let (own, function, signal) = (vm.downgrade(), read.clone(), inner.clone());
    vm.function("nested", move || {
        let vm = own.upgrade().expect("the test goes on");
        vm.call::<i64>(&function, (&signal,)).map_err(|error| error.message())
    });
    // Another machine, which has another function of that name.
    let other = Vm::new();
    other.function("nested", || 100_i64);
    let elsewhere = export(&other, "export fn elsewhere() { nested() }", "elsewhere");
    vm.function("elsewhere", move || other.call::<i64>(&elsewhere, ()).map_err(|error| error.message()));
    let sum = export(&vm, "export fn sum(n) { n.value + nested() + elsewhere() }", "sum");
    let (sender, told) = mpsc::channel();
    let context = CallContext::new().tracked_by(&vm.tracker(move || sender.send(()).unwrap()));
    assert_eq!(vm.call_with::<i64>(&context, &sum, (&outer,)).unwrap(), 111);
    inner.set(20);
    assert!(told.try_recv().is_err(), "the call inside has read it, and that one is not tracked");
    outer.set(2);
    told.try_recv().unwrap();
    assert_eq!(vm.call_with::<i64>(&context, &sum, (&outer,)).unwrap(), 122);
}

/// The example, as it is.
#[cfg(feature = "serde")]
#[allow(dead_code, reason = "its main only prints")]
#[path = "../examples/sensors.rs"]
mod sensors;

#[test]
#[cfg(feature = "serde")]
fn the_example_follows_its_sensors() {
    let expected = "fine, ratio 20\nwarm, ratio 15\ndanger, ratio 9\nValueError: the pressure cannot be -1.0\n";
    assert_eq!(sensors::follow().unwrap(), expected);
}

/// Wakes the thread that runs a future.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The next item of a stream, awaited without any runtime.
fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match Pin::new(&mut *stream).poll_next(&mut Context::from_waker(&waker)) {
            Poll::Ready(item) => return item,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn changes_are_a_stream_for_async_code() {
    let vm = Vm::new();
    let number = vm.signal(0_i64);
    let mut changes = number.changes();
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while last < 1_000 {
                let value = next(&mut changes).unwrap().unwrap();
                assert!(value > last, "in order");
                last = value;
            }
            last
        });
        (1..=1_000).for_each(|value| number.set(value));
        assert_eq!(reader.join().unwrap(), 1_000);
    });
    drop(vm);
    assert!(next(&mut changes).is_none());
}
