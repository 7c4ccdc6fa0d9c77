use super::*;
use crate::completion::{Completion, Ending, completion};
use crate::parker::Bell;
use crate::table::ThreadState;
use crate::waker::ReadyQueue;
use std::sync::mpsc;

fn threads(limit: usize) -> Threads<()> {
    Threads::new(ThreadSettings { limit, ..ThreadSettings::default() }, ()).unwrap()
}

/// Waits on the calling thread for the end of a future.
fn wait_for<T: Send + 'static, E: Send + 'static>(future: &Arc<Completion<T, E>>) {
    let bell = Bell::detached();
    let ready = ReadyQueue::new(bell.clone());
    if let Some(_wait) = future.wait(ready.waker(1)) {
        assert!(bell.wait(None));
    }
    assert!(!future.is_pending());
}

fn join(threads: &Threads<()>, reference: ThreadReference) {
    if let Some(end) = threads.table().end(reference) {
        wait_for(&end);
    }
}

#[test]
fn t07_10_000_threads_spawned_and_joined_in_turn_use_one_slot_and_one_os_thread() {
    let threads = threads(2);
    let main = threads.table().main().reference();
    let (sender, receiver) = mpsc::channel();
    for turn in 0..10_000 {
        let sender = sender.clone();
        let work = move |_: &Arc<ThreadEntry<()>>| {
            sender.send(turn).unwrap();
            || ()
        };
        let reference = threads.spawn(main, |_| (), work).expect("the slot is reusable at once");
        assert_eq!(reference.number(), 1);
        join(&threads, reference);
        assert_eq!(threads.table().state(reference), ThreadState::Ended);
    }
    assert_eq!(threads.pool().started(), 1);
    assert!(receiver.try_iter().eq(0..10_000));
    threads.shut_down();
}

#[test]
fn t07_whoever_awaits_a_result_can_spawn_into_the_slot() {
    let threads = threads(2);
    let main = threads.table().main().reference();
    for turn in 0..1000 {
        let (completer, future) = completion::<_, ()>();
        let work = move |_: &Arc<ThreadEntry<()>>| {
            let result = turn * 2;
            move || completer.complete(Ok(result)).unwrap()
        };
        threads.spawn(main, |_| (), work).unwrap();
        wait_for(&future);
        assert_eq!(future.read(Ending::clone), Some(Ending::Success(turn * 2)));
    }
    assert_eq!(threads.pool().started(), 1);
    threads.shut_down();
}

#[test]
fn t07_one_more_than_the_limit_is_an_error_and_the_work_is_not_done() {
    let threads = threads(3);
    let main = threads.table().main().reference();
    let (go, wait) = mpsc::channel::<()>();
    let wait = Arc::new(std::sync::Mutex::new(wait));
    let references: Vec<_> = (0..2)
        .map(|_| {
            let wait = wait.clone();
            let work = move |_: &Arc<ThreadEntry<()>>| {
                wait.lock().unwrap().recv().unwrap_err();
                || ()
            };
            threads.spawn(main, |_| (), work).unwrap()
        })
        .collect();
    let error = threads.spawn(main, |_| (), |_| || ()).unwrap_err();
    assert!(matches!(error, ClaimError::Limit(3)));
    drop(go);
    references.into_iter().for_each(|reference| join(&threads, reference));
    assert_eq!(threads.spawn(main, |_| (), |_| || ()).unwrap().number(), 1);
    threads.shut_down();
}

#[test]
fn t17_work_that_panics_ends_its_thread_and_abandons_its_result() {
    let threads = threads(2);
    let main = threads.table().main().reference();
    let (completer, future) = completion::<(), ()>();
    let work = move |entry: &Arc<ThreadEntry<()>>| {
        assert!(entry.reference().is_main(), "this test's panic is expected");
        move || completer.complete(Ok(())).unwrap()
    };
    let reference = threads.spawn(main, |_| (), work).unwrap();
    wait_for(&future);
    assert_eq!(future.read(Ending::clone), Some(Ending::Abandoned));
    join(&threads, reference);
    let again = threads.spawn(main, |_| (), |_| || ()).unwrap();
    assert_eq!(again.number(), 1);
    join(&threads, again);
    threads.shut_down();
}

#[test]
fn t01_threads_of_a_shut_down_program_cannot_spawn() {
    let threads = threads(8);
    let main = threads.table().main().reference();
    for _ in 0..5 {
        threads.spawn(main, |_| (), |_| || ()).unwrap();
    }
    threads.shut_down();
    assert_eq!(threads.table().count(), 1, "all work has ended");
    assert!(matches!(threads.spawn(main, |_| (), |_| || ()), Err(ClaimError::ShutDown)));
    assert_eq!(threads.table().count(), 1, "and a refused spawn keeps no slot");
}
