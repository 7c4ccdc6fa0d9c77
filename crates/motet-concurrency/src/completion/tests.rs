use super::*;
use crate::parker::Bell;
use crate::waker::ReadyQueue;

fn told(ready: &Arc<ReadyQueue>) -> Vec<u64> {
    let mut tokens = Vec::new();
    ready.take(&mut tokens);
    tokens
}

fn ready_queue() -> Arc<ReadyQueue> {
    ReadyQueue::new(Bell::detached())
}

#[test]
fn t21_it_completes_once_and_all_waiters_are_told() {
    let (completer, future) = completion::<_, ()>();
    let ready = ready_queue();
    let _waits: Vec<_> = (0..3).map(|token| future.wait(ready.waker(token)).unwrap()).collect();
    let gone = future.wait(ready.waker(9)).unwrap();
    drop(gone);
    assert_eq!(future.state(), CompletionState::Pending);
    assert_eq!(future.read(|_| ()), None);
    completer.complete(Ok("done")).unwrap();
    assert_eq!(told(&ready), [0, 1, 2]);
    assert_eq!(future.state(), CompletionState::Succeeded);
    assert_eq!(future.read(Ending::clone), Some(Ending::Success("done")));
    assert!(future.wait(ready.waker(4)).is_none());
    assert!(!future.request_cancel() && !future.cancel());
}

#[test]
fn t17_a_failure_is_an_outcome_for_every_reader() {
    let (completer, future) = completion::<(), _>();
    let other = future.clone();
    completer.complete(Err("no".to_owned())).unwrap();
    assert_eq!(other.into_outcome().ok(), Some(Ending::Failure("no".to_owned())));
    assert_eq!(future.state(), CompletionState::Failed);
}

/// A payload that shows whether it was cloned.
#[derive(Debug, PartialEq)]
struct Cloned(bool);

impl Clone for Cloned {
    fn clone(&self) -> Cloned {
        Cloned(true)
    }
}

#[test]
fn t21_the_last_reader_takes_the_result_and_others_clone_it() {
    let (completer, future) = completion::<_, ()>();
    let other = future.clone();
    let future = future.into_outcome().expect_err("it is pending");
    completer.complete(Ok(Cloned(false))).unwrap();
    assert_eq!(future.into_outcome().ok(), Some(Ending::Success(Cloned(true))));
    assert_eq!(other.into_outcome().ok(), Some(Ending::Success(Cloned(false))));
}

#[test]
fn t21_a_request_to_cancel_reaches_the_producer_who_decides() {
    let (completer, future) = completion::<u8, ()>();
    let (producer, reader) = (ready_queue(), ready_queue());
    completer.on_cancel(producer.waker(5));
    let _wait = future.wait(reader.waker(1)).unwrap();
    assert!(!completer.is_cancel_requested());
    assert!(future.request_cancel());
    assert!(future.request_cancel());
    assert!(completer.is_cancel_requested());
    assert_eq!(told(&producer), [5], "once");
    assert_eq!(told(&reader), [], "it has not ended yet");
    completer.complete(Ending::Cancelled).unwrap();
    assert_eq!(told(&reader), [1]);
    assert_eq!(future.state(), CompletionState::Cancelled);
}

#[test]
fn t21_a_hook_that_comes_after_the_request_is_woken_at_once() {
    let (completer, future) = completion::<u8, ()>();
    assert!(future.request_cancel());
    let producer = ready_queue();
    completer.on_cancel(producer.waker(5));
    assert_eq!(told(&producer), [5]);
}

#[test]
fn t21_cancelling_at_once_hands_the_late_result_back() {
    let (completer, future) = completion::<u8, ()>();
    let producer = ready_queue();
    completer.on_cancel(producer.waker(5));
    assert!(future.cancel());
    assert!(!future.cancel());
    assert_eq!(told(&producer), [5]);
    assert!(completer.is_cancel_requested());
    assert_eq!(completer.complete(Ok(1)), Err(Ending::Success(1)));
    assert_eq!(future.state(), CompletionState::Cancelled);
}

#[test]
fn t09_a_producer_that_dies_abandons_and_a_reader_that_dies_leaks_nothing() {
    let (completer, future) = completion::<Arc<u8>, ()>();
    let ready = ready_queue();
    let _wait = future.wait(ready.waker(1)).unwrap();
    drop(completer);
    assert_eq!(told(&ready), [1]);
    assert_eq!(future.state(), CompletionState::Abandoned);

    let (completer, future) = completion::<Arc<u8>, ()>();
    let hook = ready_queue();
    completer.on_cancel(hook.waker(1));
    drop(future);
    let result = Arc::new(3);
    completer.complete(Ok(result.clone())).unwrap();
    assert_eq!(Arc::strong_count(&result), 1);
    assert_eq!(Arc::strong_count(&hook), 1, "the hook is gone");
}

#[test]
fn a_future_may_be_settled_from_the_start() {
    let future: Arc<Completion<u8, ()>> = Completion::settled(Ending::Success(4));
    assert_eq!(future.read(Ending::clone), Some(Ending::Success(4)));
}
