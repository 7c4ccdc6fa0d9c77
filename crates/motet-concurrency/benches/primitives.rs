//! What the primitives cost, beside crossbeam's channels and bare parking, in one interleaved run.
//!
//! Absolute times depend on the machine and on what else it does; the ratios count, and they are medians over rounds in
//! which every contestant runs once. Run with `cargo bench -p motet-concurrency --bench primitives`; a number limits the rounds.
//! With `--lines`, it prints a line for each figure, as the programs of `benches/threads` and their peers do.

use crossbeam_channel::{Receiver, Sender, bounded};
use motet_concurrency::{
    Bell, Capacity, Completion, Mailbox, ReadyQueue, Reasons, Sending, ThreadEntry, ThreadSettings, Threads, completion,
};
use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
/// The rounds of others come on top.
const LINE_ROUNDS: usize = 5;

/// One contestant: a name, and what one operation took.
struct Contestant {
    name: &'static str,
    run: Box<dyn Fn() -> Duration>,
}

fn contestant(name: &'static str, run: impl Fn() -> Duration + 'static) -> Contestant {
    Contestant { name, run: Box::new(run) }
}

/// How often everything is measured, and how it is shown.
#[derive(Clone, Copy)]
struct Mode {
    rounds: usize,
    lines: bool,
}

/// Runs all contestants in turn, in rounds; prints medians, and each median as a ratio to the last contestant's. `short`
/// names the comparison where each figure has a line of its own.
fn compare(short: &str, title: &str, mode: Mode, contestants: &[Contestant]) {
    let mut times = vec![Vec::new(); contestants.len()];
    for _ in 0..mode.rounds {
        for (contestant, times) in contestants.iter().zip(&mut times) {
            times.push((contestant.run)().as_nanos() as f64);
        }
    }
    let medians: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        })
        .collect();
    if mode.lines {
        for ((contestant, times), median) in contestants.iter().zip(&times).zip(&medians) {
            let name = format!("rust {short}: {}", contestant.name);
            line(&name, median / 1000.0, "us", times[0] / 1000.0, times[times.len() - 1] / 1000.0);
        }
        return;
    }
    println!("{title}");
    let yardstick = medians.last().copied().unwrap_or(f64::NAN);
    for ((contestant, times), median) in contestants.iter().zip(&times).zip(&medians) {
        let (least, most) = (times[0], times[times.len() - 1]);
        let ratio = median / yardstick;
        println!("  {:<44} {median:>8.0} ns  ({least:.0} to {most:.0})  {ratio:.2}x", contestant.name);
    }
}

fn line(name: &str, median: f64, unit: &str, least: f64, most: f64) {
    println!("{name:<54} {median:>14.4} {unit} (min {least:.4} max {most:.4})");
}

/// Time per operation of what `run` does `count` times, in whole nanoseconds.
fn per_operation(count: u32, run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed() / count
}

/// The next message of a mailbox whose bell this is.
struct Inbox {
    bell: Arc<Bell>,
    mailbox: Arc<Mailbox<u64>>,
    batch: VecDeque<u64>,
}

impl Inbox {
    fn new() -> Inbox {
        let bell = Bell::detached();
        Inbox { mailbox: Mailbox::owned(bell.clone(), Capacity::MAILBOX), bell, batch: VecDeque::new() }
    }

    fn next(&mut self) -> u64 {
        loop {
            if let Some(message) = self.batch.pop_front() {
                return message;
            }
            self.bell.wait(None);
            self.bell.take();
            self.mailbox.receive(&mut self.batch, usize::MAX).expect("open");
        }
    }
}

const TRIPS: u32 = 20_000;

fn round_trip_mailboxes() -> Duration {
    let (mut here, mut there) = (Inbox::new(), Inbox::new());
    let (to_here, to_there) = (here.mailbox.clone(), there.mailbox.clone());
    let echo = std::thread::spawn(move || {
        for _ in 0..TRIPS {
            let message = there.next();
            to_here.try_send(message + 1).expect("room");
        }
    });
    let time = per_operation(TRIPS, || {
        for number in 0..u64::from(TRIPS) {
            to_there.try_send(number).expect("room");
            assert_eq!(here.next(), number + 1);
        }
    });
    echo.join().expect("the echo ends");
    time
}

fn round_trip_crossbeam() -> Duration {
    let (to_there, there): (Sender<u64>, Receiver<u64>) = bounded(1000);
    let (to_here, here) = bounded(1000);
    let echo = std::thread::spawn(move || {
        for _ in 0..TRIPS {
            to_here.send(there.recv().expect("open") + 1).expect("open");
        }
    });
    let time = per_operation(TRIPS, || {
        for number in 0..u64::from(TRIPS) {
            to_there.send(number).expect("open");
            assert_eq!(here.recv(), Ok(number + 1));
        }
    });
    echo.join().expect("the echo ends");
    time
}

const WAKES: u32 = 2_000;

/// Two threads that park at once and wake one another through the kernel; between two trips, both may rest.
fn round_trip_parking(rest: Option<Duration>) -> Duration {
    let turn = Arc::new(AtomicU32::new(0));
    let main = std::thread::current();
    let its_turn = turn.clone();
    let echo = std::thread::spawn(move || {
        for _ in 0..WAKES {
            while its_turn.load(Ordering::Acquire) != 1 {
                std::thread::park();
            }
            its_turn.store(0, Ordering::Release);
            main.unpark();
        }
    });
    let mut total = Duration::ZERO;
    for _ in 0..WAKES {
        let start = Instant::now();
        turn.store(1, Ordering::Release);
        echo.thread().unpark();
        while turn.load(Ordering::Acquire) != 0 {
            std::thread::park();
        }
        total += start.elapsed();
        if let Some(rest) = rest {
            std::thread::sleep(rest);
        }
    }
    echo.join().expect("the echo ends");
    total / WAKES
}

const MESSAGES: u32 = 500_000;

/// Messages in one direction; a sender that finds the mailbox full stands in line and waits.
fn one_way_mailbox() -> Duration {
    let mut inbox = Inbox::new();
    let mailbox = inbox.mailbox.clone();
    let start = Instant::now();
    let sender = std::thread::spawn(move || {
        let bell = Bell::detached();
        let ready = ReadyQueue::new(bell.clone());
        let mut tokens = Vec::new();
        for number in 0..u64::from(MESSAGES) {
            let mut sending = mailbox.send(number, || ready.waker(number));
            while let Sending::Waiting(pending) = sending {
                bell.wait(None);
                bell.take();
                ready.take(&mut tokens);
                tokens.clear();
                sending = pending.progress();
            }
        }
    });
    for number in 0..u64::from(MESSAGES) {
        assert_eq!(inbox.next(), number);
    }
    let time = start.elapsed() / MESSAGES;
    sender.join().expect("the sender ends");
    time
}

fn one_way_crossbeam() -> Duration {
    let (sender, receiver) = bounded(1000);
    let start = Instant::now();
    let thread = std::thread::spawn(move || {
        for number in 0..u64::from(MESSAGES) {
            sender.send(number).expect("open");
        }
    });
    for number in 0..u64::from(MESSAGES) {
        assert_eq!(receiver.recv(), Ok(number));
    }
    let time = start.elapsed() / MESSAGES;
    thread.join().expect("the sender ends");
    time
}

/// Filling a mailbox with a thousand messages and emptying it at once, on one thread.
fn uncontended_mailbox() -> Duration {
    let mailbox = Mailbox::owned(Bell::detached(), Capacity::MAILBOX);
    let mut batch = VecDeque::new();
    let fill = |batch: &mut VecDeque<u64>| {
        for number in 0..1000_u64 {
            mailbox.try_send(black_box(number)).expect("room");
        }
        mailbox.receive(batch, usize::MAX).expect("open");
        batch.clear();
    };
    fill(&mut batch);
    fill(&mut batch);
    per_operation(200_000, || (0..200).for_each(|_| fill(&mut batch)))
}

fn uncontended_crossbeam() -> Duration {
    let (sender, receiver) = bounded(1000);
    per_operation(200_000, || {
        for _ in 0..200 {
            for number in 0..1000_u64 {
                sender.try_send(black_box(number)).expect("room");
            }
            while let Ok(number) = receiver.try_recv() {
                black_box(number);
            }
        }
    })
}

/// Waits on the calling thread for the end of a future.
fn wait_for(future: &Arc<Completion<u64, ()>>, bell: &Arc<Bell>, ready: &Arc<ReadyQueue>) {
    if let Some(_wait) = future.wait(ready.waker(1)) {
        bell.wait(None);
        bell.take();
        let mut tokens = Vec::new();
        ready.take(&mut tokens);
    }
}

/// Spawning work and awaiting its result, in turn; between two, the pool's thread may rest.
fn spawn_and_await(threads: &Threads<()>, rest: Option<Duration>) -> Duration {
    let main = threads.table().main().reference();
    let bell = Bell::detached();
    let ready = ReadyQueue::new(bell.clone());
    let mut total = Duration::ZERO;
    for number in 0..WAKES {
        let start = Instant::now();
        let (completer, future) = completion::<u64, ()>();
        let work = move |_: &Arc<ThreadEntry<()>>| {
            let result = u64::from(number);
            move || completer.complete(Ok(result)).expect("not cancelled")
        };
        threads.spawn(main, |_| (), work).expect("a free slot");
        wait_for(&future, &bell, &ready);
        total += start.elapsed();
        if let Some(rest) = rest {
            std::thread::sleep(rest);
        }
    }
    total / WAKES
}

fn new_os_threads() -> Duration {
    per_operation(WAKES, || {
        for number in 0..WAKES {
            assert_eq!(std::thread::spawn(move || number).join().ok(), Some(number));
        }
    })
}

/// The safe point's test, a thousand at a time.
fn safe_point() -> Duration {
    let bell = Bell::detached();
    let word = bell.word();
    per_operation(1000, || {
        for _ in 0..1_000_000 {
            black_box(black_box(word).is_raised());
        }
    })
}

/// Ringing an isolate that is awake, and its taking the reasons.
fn ring_awake() -> Duration {
    let bell = Bell::detached();
    per_operation(1_000_000, || {
        for _ in 0..1_000_000 {
            bell.ring(Reasons::MESSAGE);
            black_box(bell.take());
        }
    })
}

fn complete_and_read() -> Duration {
    per_operation(200_000, || {
        for number in 0..200_000_u64 {
            let (completer, future) = completion::<u64, ()>();
            completer.complete(Ok(number)).expect("not cancelled");
            black_box(future.into_outcome().is_ok());
        }
    })
}

fn crossbeam_oneshot() -> Duration {
    per_operation(200_000, || {
        for number in 0..200_000_u64 {
            let (sender, receiver) = bounded(1);
            sender.send(number).expect("open");
            black_box(receiver.recv().is_ok());
        }
    })
}

fn fibonacci(n: u32) -> u32 {
    if black_box(n) < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

/// How much faster two OS threads do the work of two, each its half.
fn speed_up(mode: Mode) {
    const TIMES: u32 = 40;
    let work = |times: u32| (0..times).for_each(|_| _ = black_box(fibonacci(25)));
    let mut found: Vec<f64> = (0..mode.rounds.max(5))
        .map(|_| {
            let start = Instant::now();
            std::thread::spawn(move || work(2 * TIMES)).join().expect("it ends");
            let alone = start.elapsed();
            let start = Instant::now();
            let halves = [(); 2].map(|()| std::thread::spawn(move || work(TIMES)));
            halves.into_iter().for_each(|half| half.join().expect("it ends"));
            alone.as_secs_f64() / start.elapsed().as_secs_f64()
        })
        .collect();
    found.sort_by(f64::total_cmp);
    let (median, least, most) = (found[found.len() / 2], found[0], found[found.len() - 1]);
    if mode.lines {
        line("rust speed-up of two threads", median, "x", least, most);
    } else {
        println!("two OS threads compute {median:.2} times as fast as one ({least:.2} to {most:.2})");
    }
}

fn main() {
    let lines = std::env::args().any(|argument| argument == "--lines");
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let mode = Mode { rounds: rounds.unwrap_or(if lines { LINE_ROUNDS } else { ROUNDS }), lines };
    compare(
        "round trip",
        "round trip between two OS threads",
        mode,
        &[
            contestant("two mailboxes", round_trip_mailboxes),
            contestant("bare parking, no spinning", || round_trip_parking(None)),
            contestant("two crossbeam channels", round_trip_crossbeam),
        ],
    );
    compare(
        "one way",
        "one message of many in one direction, capacity 1000",
        mode,
        &[contestant("mailbox", one_way_mailbox), contestant("crossbeam channel", one_way_crossbeam)],
    );
    compare(
        "one thread",
        "one send and its part of a receive, one thread",
        mode,
        &[contestant("mailbox", uncontended_mailbox), contestant("crossbeam channel", uncontended_crossbeam)],
    );
    let threads = Arc::new(Threads::new(ThreadSettings::default(), ()).expect("random bits"));
    let (at_once, rested) = (threads.clone(), threads.clone());
    const REST: Option<Duration> = Some(Duration::from_micros(200));
    compare(
        "spawn",
        "spawning work and awaiting its result, one after another",
        mode,
        &[
            contestant("spawn and await", move || spawn_and_await(&at_once, None)),
            contestant("a new OS thread, joined", new_os_threads),
            contestant("bare parking round trip", || round_trip_parking(None)),
        ],
    );
    compare(
        "spawn, parked",
        "the same, onto a thread that has been parked for 200 µs",
        mode,
        &[
            contestant("spawn and await", move || spawn_and_await(&rested, REST)),
            contestant("bare parking round trip", || round_trip_parking(REST)),
        ],
    );
    if !lines {
        compare(
            "future",
            "a future: made, completed and read on one thread",
            mode,
            &[contestant("completion", complete_and_read), contestant("crossbeam channel of one", crossbeam_oneshot)],
        );
        compare("ring", "ringing an awake isolate, with its taking", mode, &[contestant("ring and take", ring_awake)]);
        compare("test", "the safe point's test, a thousand times", mode, &[contestant("1000 tests", safe_point)]);
    }
    speed_up(mode);
}
