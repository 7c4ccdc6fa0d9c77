//! All interleavings of small calls and queues. What is modelled are the protocols: claiming chunks, failing, leaving and
//! closing (`batch`), and submitting while workers look, sleep and end (`queue`).

use super::batch::{Batch, Items, Kind};
use super::chunks::Pace;
use super::queue::{Enqueued, Next, Work, Workers};
use crate::concurrency::{Bell, ReadyQueue, Reasons, Waker};
use crate::memory::{Frozen, Heap, Parcel, Value};
use crate::sync::model_bounded;
use crate::threads::Package;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn int(number: i64) -> Frozen {
    Frozen::new(&Value::int(number)).unwrap()
}

fn number(parcel: Parcel) -> i64 {
    parcel.unpack(&Heap::new()).as_int().unwrap()
}

/// A call over so many items, by two participants: so few that every chunk is one item.
fn batch(items: usize) -> Arc<Batch> {
    let items = Items::Integers { start: 0, step: 1, count: items };
    Arc::new(Batch::new(Kind::Map, int(0), items, None, false, 2, None))
}

/// Where a participant sleeps, and is told to stop.
struct Participant {
    bell: Arc<Bell>,
    ready: Arc<ReadyQueue>,
}

const STOP: u64 = 1;
const GO_ON: u64 = 2;

impl Participant {
    fn new() -> Participant {
        let bell = Bell::detached();
        Participant { ready: ReadyQueue::new(bell.clone()), bell }
    }

    fn waker(&self, token: u64) -> Waker {
        self.ready.waker(token)
    }

    fn tokens(&self) -> Vec<u64> {
        let mut tokens = Vec::new();
        self.ready.take(&mut tokens);
        tokens
    }

    /// Sleeps until it is told something.
    fn sleep(&self) {
        assert!(self.bell.wait(None));
        self.bell.take();
        self.tokens();
    }
}

/// Does items until there are none, or one fails. The results are the items themselves.
fn take_part(batch: &Batch, member: usize, own: &Participant, fails: fn(usize) -> bool) {
    let mut pace = Pace::new();
    while let Some(chunk) = batch.claim(&mut pace) {
        let start = chunk.start;
        assert_eq!(chunk.len(), 1);
        if !batch.begin_chunk(member, start, || own.waker(STOP)) || batch.has_failed_before(start) {
            return;
        }
        if fails(start) {
            batch.fail(start, Some(Package::new(int(start as i64).into(), 0)));
            return;
        }
        batch.add_results(start, int(start as i64).into());
        batch.count(1);
    }
}

/// The helper's part, if it comes in time.
fn help(batch: &Batch, fails: fn(usize) -> bool) {
    if let Some(member) = batch.join() {
        take_part(batch, member, &Participant::new(), fails);
        batch.leave(member);
    }
}

/// The caller's part, to the end of the call.
fn call(batch: &Batch, member: usize, fails: fn(usize) -> bool) {
    let own = Participant::new();
    take_part(batch, member, &own, fails);
    while !batch.close_or_wait(|| own.waker(GO_ON)) {
        own.sleep();
    }
}

/// When the caller has closed the call, everything has been done once, and no participant is at work any more.
#[test]
fn loom_w01_the_caller_leaves_last_with_all_results() {
    model_bounded(|| {
        let batch = batch(3);
        let member = batch.join().unwrap();
        let helper = {
            let batch = batch.clone();
            loom::thread::spawn(move || help(&batch, |_| false))
        };
        call(&batch, member, |_| false);
        assert!(batch.is_complete());
        let mut results: Vec<_> = batch.take_results().into_iter().map(|(at, result)| (at, number(result))).collect();
        results.sort_unstable();
        assert_eq!(results, [(0, 0), (1, 1), (2, 2)]);
        assert!(batch.join().is_none(), "no worker joins a call that is over");
        batch.leave(member);
        helper.join().unwrap();
    });
}

/// Whichever item fails first in time, the error is that of the first in order, and all before it are done.
#[test]
fn loom_w01_the_error_with_the_lowest_index_is_the_calls() {
    model_bounded(|| {
        let batch = batch(3);
        let member = batch.join().unwrap();
        let fails = |at| at >= 1;
        let helper = {
            let batch = batch.clone();
            loom::thread::spawn(move || help(&batch, fails))
        };
        call(&batch, member, fails);
        assert!(!batch.is_complete());
        let (index, error) = batch.take_failure().unwrap();
        assert_eq!((index, error.open(&Heap::new(), true).as_int()), (1, Some(1)));
        let results: Vec<_> = batch.take_results().into_iter().map(|(at, _)| at).collect();
        assert_eq!(results, [0]);
        helper.join().unwrap();
    });
}

/// Who works on something that comes after an error is told to stop, or does not begin.
#[test]
fn loom_w01_an_error_stops_what_comes_after_it() {
    loom::model(|| {
        let batch = batch(2);
        let mut pace = Pace::new();
        let (first, second) = (batch.join().unwrap(), batch.join().unwrap());
        assert_eq!((batch.claim(&mut pace), batch.claim(&mut pace)), (Some(0..1), Some(1..2)));
        let later = {
            let batch = batch.clone();
            loom::thread::spawn(move || {
                let own = Participant::new();
                if batch.begin_chunk(second, 1, || own.waker(STOP)) {
                    // It would compute for hours.
                    own.sleep();
                }
                batch.leave(second);
            })
        };
        assert!(batch.begin_chunk(first, 0, || Participant::new().waker(STOP)));
        batch.fail(0, Some(Package::new(int(0).into(), 0)));
        later.join().unwrap();
        batch.leave(first);
    });
}

/// A caller that is cancelled closes the call: the helper does not begin, or is told to stop, and it is not waited for.
#[test]
fn loom_w01_an_abandoned_call_stops_its_helpers() {
    loom::model(|| {
        let batch = batch(2);
        let member = batch.join().unwrap();
        let helper = {
            let batch = batch.clone();
            loom::thread::spawn(move || {
                let Some(member) = batch.join() else { return };
                let own = Participant::new();
                if let Some(chunk) = batch.claim(&mut Pace::new())
                    && batch.begin_chunk(member, chunk.start, || own.waker(STOP))
                {
                    own.sleep();
                }
                batch.leave(member);
            })
        };
        batch.abandon();
        batch.leave(member);
        helper.join().unwrap();
        assert!(batch.join().is_none());
    });
}

/// A worker without other tasks: takes what there is, and ends.
fn serve(workers: &Workers, taken: &AtomicUsize) {
    let bell = Bell::detached();
    loop {
        match workers.next(0, &bell) {
            Next::Work(_) => _ = taken.fetch_add(1, Ordering::Relaxed),
            Next::Sleep => unreachable!("it has no tasks"),
            Next::End => return,
        }
    }
}

/// Work that is submitted while the worker is about to end is found by it, or by one that is started for it.
#[test]
fn loom_w02_no_work_is_left_behind_by_workers_that_end() {
    model_bounded(|| {
        let workers = Arc::new(Workers::new(Some(1)));
        let taken = Arc::new(AtomicUsize::new(0));
        let submit = |workers: &Arc<Workers>, taken: &Arc<AtomicUsize>| match workers.enqueue(Work::Help(batch(1))) {
            Enqueued::Start => {
                let (workers, taken) = (workers.clone(), taken.clone());
                Some(loom::thread::spawn(move || serve(&workers, &taken)))
            }
            Enqueued::Ring(_) => unreachable!("no worker sleeps"),
            Enqueued::Left => None,
        };
        let first = submit(&workers, &taken);
        let second = submit(&workers, &taken);
        for worker in first.into_iter().chain(second) {
            worker.join().unwrap();
        }
        assert_eq!(taken.load(Ordering::Relaxed), 2);
    });
}

/// Work that is submitted while the only worker goes to sleep wakes it.
#[test]
fn loom_w02_a_worker_that_sleeps_is_rung() {
    model_bounded(|| {
        let workers = Arc::new(Workers::new(Some(1)));
        // The worker exists, and one of its tasks waits for something.
        assert!(matches!(workers.enqueue(Work::Help(batch(1))), Enqueued::Start));
        let worker = {
            let workers = workers.clone();
            loom::thread::spawn(move || {
                let bell = Bell::detached();
                let mut left = 3;
                while left > 0 {
                    match workers.next(1, &bell) {
                        Next::Work(_) => left -= 1,
                        Next::Sleep => {
                            assert!(bell.wait(None));
                            assert_eq!(bell.take(), Reasons::READY);
                            workers.is_awake(&bell);
                        }
                        Next::End => unreachable!("it has a task"),
                    }
                }
            })
        };
        let submitter = {
            let workers = workers.clone();
            loom::thread::spawn(move || ring_if_asked(workers.enqueue(Work::Help(batch(1)))))
        };
        ring_if_asked(workers.enqueue(Work::Help(batch(1))));
        submitter.join().unwrap();
        worker.join().unwrap();
    });
}

fn ring_if_asked(enqueued: Enqueued) {
    match enqueued {
        Enqueued::Ring(bell) => bell.ring(Reasons::READY),
        Enqueued::Left => {}
        Enqueued::Start => unreachable!("there may be one"),
    }
}
