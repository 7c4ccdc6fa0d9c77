//! The concurrent core under load, on real threads, with an account of every message. Run for longer with
//! `MOTET_STRESS_SECONDS=600`.

use motet_concurrency::{
    Activity, Bell, Capacity, Completer, Completion, Ending, Mailbox, PendingSend, ReadyQueue, Reasons, Receiving,
    Registration, Reuse, Sending, ThreadEntry, ThreadReference, ThreadSettings, Threads, Waker, completion,
};
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn bounded(limit: usize) -> Capacity {
    Capacity::Bounded(NonZeroUsize::new(limit).expect("not zero"))
}

/// What an isolate has of the concurrent core, and nothing else of it.
struct Station<T: Send + 'static> {
    bell: Arc<Bell>,
    ready: Arc<ReadyQueue>,
    mailbox: Arc<Mailbox<T>>,
}

impl<T: Send + 'static> Clone for Station<T> {
    fn clone(&self) -> Station<T> {
        Station { bell: self.bell.clone(), ready: self.ready.clone(), mailbox: self.mailbox.clone() }
    }
}

impl<T: Send + 'static> Station<T> {
    fn new(bell: Arc<Bell>, capacity: Capacity) -> Station<T> {
        Station { ready: ReadyQueue::new(bell.clone()), mailbox: Mailbox::owned(bell.clone(), capacity), bell }
    }

    fn detached(capacity: Capacity) -> Station<T> {
        Station::new(Bell::detached(), capacity)
    }

    fn waker(&self) -> Waker {
        self.ready.waker(1)
    }

    /// Sleeps until something happens; says what.
    fn wait(&self) -> Reasons {
        assert!(self.bell.wait(None));
        let reasons = self.bell.take();
        if reasons.contains(Reasons::READY) {
            self.ready.take(&mut Vec::new());
        }
        reasons
    }

    /// Waits for the end of a future, and for nothing else.
    fn join<V: Send + 'static, E: Send + 'static>(&self, future: &Arc<Completion<V, E>>) {
        while let Some(_wait) = future.wait(self.waker()) {
            self.wait();
        }
    }
}

/// A small generator of numbers that look random (splitmix64): stress tests repeat by seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Two threads send one another far more than a mailbox holds; each serves its own while it stands in line.
#[test]
fn t16_two_threads_that_flood_one_another_do_not_deadlock() {
    const MESSAGES: u64 = 20_000;
    let stations = [Station::<u64>::detached(bounded(8)), Station::detached(bounded(8))];
    let threads: Vec<_> = (0..2)
        .map(|side| {
            let (here, there) = (stations[side].clone(), stations[1 - side].mailbox.clone());
            std::thread::spawn(move || {
                let (mut sent, mut received) = (0, 0);
                let mut in_line: Option<PendingSend<u64>> = None;
                let mut batch = VecDeque::new();
                while sent < MESSAGES || in_line.is_some() || received < MESSAGES {
                    let sending = match in_line.take() {
                        Some(pending) => Some(pending.progress()),
                        None if sent < MESSAGES => {
                            sent += 1;
                            Some(there.send(sent, || here.waker()))
                        }
                        None => None,
                    };
                    match sending {
                        Some(Sending::Closed(_)) => unreachable!("the test does not close it"),
                        Some(Sending::Delivered) => {}
                        Some(Sending::Waiting(pending)) => {
                            in_line = Some(pending);
                            here.wait();
                        }
                        None => {
                            here.wait();
                        }
                    }
                    here.mailbox.receive(&mut batch, usize::MAX).expect("open");
                    for message in batch.drain(..) {
                        received += 1;
                        assert_eq!(message, received, "in order");
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    for station in stations {
        let counts = station.mailbox.counts();
        assert_eq!((counts.sent, counts.received, counts.refused, counts.dropped), (MESSAGES, MESSAGES, 0, 0));
    }
}

/// Many producers and consumers over one channel; every message is received once.
#[test]
fn t16_a_channel_of_many_senders_and_receivers_loses_and_doubles_nothing() {
    const SENDERS: u64 = 3;
    const EACH: u64 = 5_000;
    let channel = Mailbox::<u64>::channel(bounded(4));
    let receivers: Vec<_> = (0..3)
        .map(|_| {
            let channel = channel.clone();
            std::thread::spawn(move || {
                let station = Station::<()>::detached(bounded(1));
                let (mut sum, mut count) = (0, 0);
                let mut wait: Option<Registration> = None;
                loop {
                    match channel.receive_or_wait(wait.take(), || station.waker()) {
                        Receiving::Message(message) => {
                            sum += message;
                            count += 1;
                        }
                        Receiving::Closed => return (sum, count),
                        Receiving::Waiting(registration) => {
                            wait = Some(registration);
                            station.wait();
                        }
                    }
                }
            })
        })
        .collect();
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let channel = channel.clone();
            std::thread::spawn(move || {
                let station = Station::<()>::detached(bounded(1));
                for number in 0..EACH {
                    let mut sending = channel.send(sender * EACH + number, || station.waker());
                    while let Sending::Waiting(pending) = sending {
                        station.wait();
                        sending = pending.progress();
                    }
                    assert!(matches!(sending, Sending::Delivered));
                }
            })
        })
        .collect();
    senders.into_iter().for_each(|thread| thread.join().expect("no panic"));
    channel.close();
    let totals = receivers.into_iter().map(|thread| thread.join().expect("no panic"));
    let (sum, count) = totals.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    let all = SENDERS * EACH;
    assert_eq!((sum, count), (all * (all - 1) / 2, all));
    assert_eq!(channel.waiting_receivers(), 0);
}

/// Many threads that each wait for another's message; one circle is a deadlock, and only when it is complete.
#[test]
fn t23_a_circle_of_waiting_threads_is_reported_once_all_sleep() {
    const ROUNDS: u64 = 200;
    let activity = Activity::new();
    let main = Station::<u64>::new(Bell::new(activity.clone()), Capacity::MAILBOX);
    activity.report_to(&main.bell);
    let _main_hold = activity.hold();
    let stations: Vec<Station<u64>> =
        (0..4).map(|_| Station::new(Bell::new(activity.clone()), Capacity::MAILBOX)).collect();
    let passed = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (0..stations.len())
        .map(|index| {
            let here = stations[index].clone();
            let next = stations[(index + 1) % stations.len()].mailbox.clone();
            let passed = passed.clone();
            let hold = activity.hold();
            std::thread::spawn(move || {
                let _hold = hold;
                let mut batch = VecDeque::new();
                while !here.wait().contains(Reasons::STOP) {
                    here.mailbox.receive(&mut batch, usize::MAX).expect("open");
                    for message in batch.drain(..) {
                        passed.fetch_add(1, Ordering::Relaxed);
                        // The last of a round is kept: everyone waits for the next.
                        if message > 0 {
                            next.try_send(message - 1).expect("room");
                        }
                    }
                }
            })
        })
        .collect();
    for round in 1..=ROUNDS {
        stations[0].mailbox.try_send(9).expect("room");
        assert_eq!(main.wait(), Reasons::QUIESCENT);
        assert_eq!(passed.load(Ordering::Relaxed), round * 10, "reported only when nothing was on its way");
    }
    for station in &stations {
        station.bell.ring(Reasons::STOP);
    }
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
}

/// What the stress test's messages are: each says when it is gone, whatever becomes of it.
struct Message {
    alive: Arc<AtomicU64>,
    reply: Option<Completer<u64, ()>>,
}

impl Drop for Message {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What was done, over all threads.
#[derive(Default)]
struct Ledger {
    made: AtomicU64,
    handled: AtomicU64,
    handed_back: AtomicU64,
    dropped_with_receiver: AtomicU64,
    replies_asked: AtomicU64,
    replies_settled: AtomicU64,
    spawned: AtomicU64,
    at_limit: AtomicU64,
    stale: AtomicU64,
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

type Reply = Completion<u64, ()>;
type Stations = Threads<Station<Message>>;

impl Reuse for Station<Message> {}

/// The work of one short-lived thread: sends to random others, with and without replies, cancels some, waits in line or
/// not, serves its own mailbox, and dies with whatever is inside.
fn short_life(
    threads: &Stations,
    entry: &ThreadEntry<Station<Message>>,
    ledger: &Ledger,
    alive: &Arc<AtomicU64>,
    random: &mut Random,
) {
    let here = entry.handle();
    let mut batch = VecDeque::new();
    let mut replies: Vec<(Arc<Reply>, Option<Registration>)> = Vec::new();
    for _ in 0..random.below(60) {
        let all = threads.table().all();
        let target = &all[random.below(all.len() as u64) as usize];
        let (completer, future) = completion();
        let asks = random.below(3) == 0;
        if asks {
            add(&ledger.replies_asked);
            let wait = future.wait(here.waker());
            if random.below(4) == 0 {
                future.cancel();
            }
            replies.push((future, wait));
        }
        add(&ledger.made);
        alive.fetch_add(1, Ordering::Relaxed);
        let message = Message { alive: alive.clone(), reply: asks.then_some(completer) };
        match target.handle().mailbox.send(message, || here.waker()) {
            Sending::Delivered => {}
            Sending::Closed(_) => add(&ledger.handed_back),
            Sending::Waiting(pending) if random.below(2) == 0 => {
                if pending.withdraw().is_some() {
                    add(&ledger.handed_back);
                }
            }
            Sending::Waiting(mut pending) => loop {
                // In line, it serves its own mailbox: the line may be its own.
                serve(here, &mut batch, ledger);
                match pending.progress() {
                    Sending::Delivered => break,
                    Sending::Closed(_) => break add(&ledger.handed_back),
                    Sending::Waiting(still) => pending = still,
                }
                here.wait();
            },
        }
        if random.below(4) == 0 {
            serve(here, &mut batch, ledger);
        }
    }
    // Replies of others that wait for this one's come only if all go on serving.
    while replies.iter().any(|(future, _)| future.is_pending()) && random.below(50) != 0 {
        here.bell.wait(Some(Instant::now() + Duration::from_micros(200)));
        here.bell.take();
        here.ready.take(&mut Vec::new());
        serve(here, &mut batch, ledger);
    }
    for (future, wait) in replies {
        drop(wait);
        // This thread expects no answer any more.
        future.cancel();
        add(&ledger.replies_settled);
        assert!(!future.is_pending());
    }
    here.ready.close();
    let inside = here.mailbox.abandon();
    ledger.dropped_with_receiver.fetch_add(inside.len() as u64, Ordering::Relaxed);
}

fn serve(here: &Station<Message>, batch: &mut VecDeque<Message>, ledger: &Ledger) {
    here.mailbox.receive(batch, usize::MAX).expect("its owner closes it");
    for mut message in batch.drain(..) {
        add(&ledger.handled);
        if let Some(completer) = message.reply.take() {
            // It may have been cancelled.
            let _ = completer.complete(Ok(1));
        }
    }
}

/// T-22, T-16: random spawns, sends, replies, cancels, full mailboxes and deaths; at the end
/// sent = handled + refused + dropped with a dead receiver, all futures are settled, and nothing is left in memory.
#[test]
fn t22_under_stress_every_message_is_accounted_for() {
    let seconds = std::env::var("MOTET_STRESS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_u64);
    let end = Instant::now() + Duration::from_secs(seconds);
    let main = Station::detached(bounded(4));
    let settings = ThreadSettings { limit: 6, ..ThreadSettings::default() };
    let threads: Arc<Stations> = Arc::new(Threads::new(settings, main.clone()).expect("random bits"));
    let ledger = Arc::new(Ledger::default());
    let alive = Arc::new(AtomicU64::new(0));
    let mut random = Random(1);
    let mut references: Vec<ThreadReference> = Vec::new();
    let mut batch = VecDeque::new();
    while Instant::now() < end {
        let its = (Arc::downgrade(&threads), ledger.clone(), alive.clone(), random.next());
        let work = move |entry: &Arc<ThreadEntry<Station<Message>>>| {
            let (threads, ledger, alive, seed) = its;
            let threads = threads.upgrade().expect("the program runs");
            short_life(&threads, entry, &ledger, &alive, &mut Random(seed));
            || ()
        };
        match threads.spawn(threads.table().main().reference(), |_| Station::detached(bounded(4)), work) {
            Ok(reference) => {
                add(&ledger.spawned);
                references.push(reference);
            }
            Err(_) => {
                add(&ledger.at_limit);
                // Something has to end first; meanwhile the main thread serves its mailbox as any other.
                let reference = references[random.below(references.len() as u64) as usize];
                match threads.table().end(reference) {
                    None => add(&ledger.stale),
                    Some(future) => {
                        while let Some(_wait) = future.wait(main.waker()) {
                            main.wait();
                            serve(&main, &mut batch, &ledger);
                        }
                    }
                }
                references.retain(|&reference| threads.table().get(reference).is_ok());
            }
        }
        serve(&main, &mut batch, &ledger);
    }
    for reference in references {
        if let Some(future) = threads.table().end(reference) {
            while let Some(_wait) = future.wait(main.waker()) {
                main.wait();
                serve(&main, &mut batch, &ledger);
            }
        }
    }
    let inside = main.mailbox.abandon().len() as u64;
    ledger.dropped_with_receiver.fetch_add(inside, Ordering::Relaxed);
    threads.shut_down();

    let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let accounted = value(&ledger.handled) + value(&ledger.handed_back) + value(&ledger.dropped_with_receiver);
    assert_eq!(value(&ledger.made), accounted, "sent = handled + refused + dropped with its receiver");
    assert_eq!(value(&ledger.replies_asked), value(&ledger.replies_settled));
    assert_eq!(value(&alive), 0, "no message is left in memory");
    assert_eq!(threads.table().count(), 1);
    assert!(threads.pool().started() <= 6, "{} OS threads", threads.pool().started());
    assert!(value(&ledger.spawned) > 10 && value(&ledger.handled) > 100, "it did not stress anything");
    assert!(main.mailbox.counts().received > 0);
    println!(
        "{} threads, {} messages: {} handled, {} refused, {} dropped; {} replies; at the limit {} times",
        value(&ledger.spawned),
        value(&ledger.made),
        value(&ledger.handled),
        value(&ledger.handed_back),
        value(&ledger.dropped_with_receiver),
        value(&ledger.replies_asked),
        value(&ledger.at_limit),
    );
}

/// One outcome for all, when readers on many threads wait for, cancel and read one future.
#[test]
fn t21_every_reader_of_a_future_sees_the_same_outcome() {
    for round in 0..500_u64 {
        let (completer, future) = completion::<u64, ()>();
        let readers: Vec<_> = (0..3)
            .map(|reader| {
                let future = future.clone();
                std::thread::spawn(move || {
                    let station = Station::<()>::detached(bounded(1));
                    if reader == 0 && round % 2 == 0 {
                        future.cancel();
                    }
                    station.join(&future);
                    future.read(Ending::clone).expect("it has ended")
                })
            })
            .collect();
        let completed = completer.complete(Ok(round)).is_ok();
        let expected = if completed { Ending::Success(round) } else { Ending::Cancelled };
        for reader in readers {
            assert_eq!(reader.join().expect("no panic"), expected);
        }
    }
}
