use super::*;
use crate::parker::Bell;
use crate::sync::model_bounded;
use crate::waker::ReadyQueue;
use loom::sync::atomic::{AtomicUsize, Ordering as LoomOrdering};

/// A reader on another thread waits or finds the outcome; a cancelling reader and the producer settle it once.
#[test]
fn loom_t21_one_outcome_and_every_waiter_hears_of_it() {
    model_bounded(|| {
        let (completer, future) = completion::<u8, ()>();
        let settled = Arc::new(AtomicUsize::new(0));
        let producer = {
            let settled = settled.clone();
            loom::thread::spawn(move || {
                settled.fetch_add(usize::from(completer.complete(Ok(7)).is_ok()), LoomOrdering::Relaxed);
            })
        };
        let canceller = {
            let (future, settled) = (future.clone(), settled.clone());
            loom::thread::spawn(move || {
                settled.fetch_add(usize::from(future.cancel()), LoomOrdering::Relaxed);
            })
        };
        let bell = Bell::detached();
        let ready = ReadyQueue::new(bell.clone());
        if let Some(_wait) = future.wait(ready.waker(1)) {
            assert!(bell.wait(None));
        }
        let outcome = future.read(Ending::clone).expect("it has ended");
        assert!(matches!(outcome, Ending::Success(7) | Ending::Cancelled));
        producer.join().unwrap();
        canceller.join().unwrap();
        assert_eq!(settled.load(LoomOrdering::Relaxed), 1);
        assert_eq!(future.read(Ending::clone), Some(outcome), "it does not change");
    });
}

/// The request reaches the producer whether its hook is there already or comes later.
#[test]
fn loom_t21_a_request_to_cancel_is_never_missed() {
    loom::model(|| {
        let (completer, future) = completion::<u8, ()>();
        let canceller = {
            let future = future.clone();
            loom::thread::spawn(move || assert!(future.request_cancel()))
        };
        let bell = Bell::detached();
        completer.on_cancel(ReadyQueue::new(bell.clone()).waker(1));
        assert!(bell.wait(None));
        assert!(completer.is_cancel_requested());
        canceller.join().unwrap();
        completer.complete(Ending::Cancelled).unwrap();
    });
}

/// A waiter that leaves while the producer dies: no use after the end, no wake lost for the one who stays.
#[test]
fn loom_t09_a_dying_producer_wakes_those_who_stay() {
    model_bounded(|| {
        let (completer, future) = completion::<u8, ()>();
        let (gone_bell, stays_bell) = (Bell::detached(), Bell::detached());
        let gone = future.wait(ReadyQueue::new(gone_bell).waker(1)).unwrap();
        let stays = future.wait(ReadyQueue::new(stays_bell.clone()).waker(2)).unwrap();
        let producer = loom::thread::spawn(move || drop(completer));
        let leaver = loom::thread::spawn(move || drop(gone));
        assert!(stays_bell.wait(None));
        assert_eq!(future.state(), CompletionState::Abandoned);
        drop(stays);
        producer.join().unwrap();
        leaver.join().unwrap();
    });
}
