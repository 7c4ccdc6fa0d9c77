//! What `spawn_return` and `await` of a trivial expression cost beside a bare futex round trip, onto a thread that is
//! parked (requirements/threads.md), interleaved trip by trip in one process.
//!
//! `cargo bench -p motet --bench spawn` · rounds as an argument: `-- 15` · `--lines` as `benches/threads/run` reads them
//!
//! **The peer** is the least work with which one thread gives work to a parked thread and waits for the result: two OS
//! threads, both parked by futex as soon as they have nothing to do. One writes a word and wakes the other; that one
//! answers in a word and wakes the first. Neither spins.
//!
//! **Why trip by trip.** How long a wake takes is decided by where the scheduler puts the woken thread: on the waker's core
//! it costs two switches, 5 to 9 µs a round trip on the machine of the README; on another core, which sleeps, it costs
//! two interrupts between cores, 28 to 60 µs. It may choose anew at any time, and two programs that run one after the
//! other are seldom treated alike. Here both are called by the same thread in turn, after the same rest, so what the
//! machine does meets both. Both placements are also measured alone, by binding the threads to cores. Between cores, a
//! spawn may be quicker than the peer: who waits for a thread that had to be woken does not sleep meanwhile.

use motet::Vm;
use motet_vm::concurrency::{Bell, Completion, ReadyQueue, ThreadEntry, ThreadSettings, Threads, completion};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// The command's allocator, but for the largest blocks.
#[cfg(feature = "command")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 7;
const TRIPS: usize = 500;

/// All parties rest for 200 µs before each trip, so that every thread but the caller is parked.
const PROGRAM: &str = "
    export fn measure(trips) {
      await spawn_return(settle())
      for (trip in 0..trips) {
        sleep(0.2)
        bare_futex()
        sleep(0.2)
        primitives()
        sleep(0.2)
        begin()
        await spawn_return(trip)
        end()
      }
    }";

/// Where the two threads of a round trip run.
#[derive(Clone, Copy, PartialEq)]
enum Placement {
    Anywhere,
    OneCore,
    TwoCores,
}

impl Placement {
    const ALL: [(Placement, &str); 3] = [
        (Placement::Anywhere, "as it comes"),
        (Placement::OneCore, "both on one core"),
        (Placement::TwoCores, "each on its core"),
    ];

    /// Binds the calling thread to its core.
    fn settle(self, caller: bool) {
        match self {
            Placement::Anywhere => cores::run_on(None),
            Placement::OneCore => cores::run_on(Some(0)),
            Placement::TwoCores => cores::run_on(Some(usize::from(!caller))),
        }
    }
}

#[cfg(target_os = "linux")]
mod cores {
    use rustix::thread::{CpuSet, sched_setaffinity};

    /// Has the calling thread run on one core, or on any.
    pub fn run_on(core: Option<usize>) {
        let mut cores = CpuSet::new();
        match core {
            Some(core) => cores.set(core),
            None => (0..CpuSet::MAX_CPU).for_each(|core| cores.set(core)),
        }
        sched_setaffinity(None, &cores).expect("the machine has two cores");
    }
}

#[cfg(not(target_os = "linux"))]
mod cores {
    /// Only Linux is asked to bind threads.
    pub fn run_on(_: Option<usize>) {}
}

/// The peer: a thread that parks, is woken, answers, and parks again.
struct Echo {
    turn: Arc<AtomicU32>,
    ended: Arc<AtomicBool>,
    thread: Thread,
    handle: Option<thread::JoinHandle<()>>,
}

impl Echo {
    /// An echo for the calling thread.
    fn new(placement: Placement) -> Echo {
        let (turn, ended) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let (its_turn, its_end, caller) = (turn.clone(), ended.clone(), thread::current());
        let handle = thread::spawn(move || {
            placement.settle(false);
            loop {
                while its_turn.load(Ordering::Acquire) == 0 {
                    if its_end.load(Ordering::Acquire) {
                        return;
                    }
                    thread::park();
                }
                its_turn.store(0, Ordering::Release);
                caller.unpark();
            }
        });
        Echo { turn, ended, thread: handle.thread().clone(), handle: Some(handle) }
    }

    fn round_trip(&self) {
        self.turn.store(1, Ordering::Release);
        self.thread.unpark();
        while self.turn.load(Ordering::Acquire) != 0 {
            thread::park();
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        self.thread.unpark();
        self.handle.take().expect("joined once").join().expect("the echo ends");
    }
}

/// Motet's own threads and futures, without values and interpreter.
struct Primitives {
    threads: Threads<()>,
    bell: Arc<Bell>,
    ready: Arc<ReadyQueue>,
}

impl Primitives {
    fn new(placement: Placement) -> Primitives {
        let bell = Bell::detached();
        let threads = Threads::new(ThreadSettings::default(), ()).expect("random bits");
        let primitives = Primitives { threads, ready: ReadyQueue::new(bell.clone()), bell };
        primitives.spawn_and_await(move || placement.settle(false));
        primitives
    }

    fn spawn_and_await(&self, work: impl FnOnce() + Send + 'static) {
        let (completer, future) = completion::<(), ()>();
        let work = move |_: &Arc<ThreadEntry<()>>| {
            work();
            move || {
                completer.complete(Ok(())).expect("not cancelled");
                || ()
            }
        };
        let (threads, main) = (&self.threads, self.threads.table().main().reference());
        let claim = threads.claim(main, |_| ()).expect("a free slot");
        threads.start_on(threads.pool(), Some(&self.bell), claim, work).expect("the system gives threads");
        if let Some(wait) = future.wait(self.ready.waker(1)) {
            self.bell.wait(None);
            self.bell.take();
            self.ready.take(&mut Vec::new());
            Completion::<(), ()>::fulfil(wait);
        }
    }
}

/// What each contestant took for each trip.
#[derive(Clone, Default)]
struct Times {
    futex: Vec<Duration>,
    primitives: Vec<Duration>,
    spawn: Vec<Duration>,
    began: Option<Instant>,
}

impl Times {
    fn all(&self) -> [(&'static str, Vec<Duration>); 3] {
        [
            ("spawn_return and await", self.spawn.clone()),
            ("the same without values and interpreter", self.primitives.clone()),
            ("bare futex round trip", self.futex.clone()),
        ]
    }
}

fn time(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// One round of trips with threads that are new, so that the scheduler decides anew.
fn round(placement: Placement) -> Times {
    placement.settle(true);
    let times = Arc::new(Mutex::new(Times::default()));
    let vm = Vm::new();
    let (echo, primitives) = (Echo::new(placement), Primitives::new(placement));
    let note = |change: fn(&mut Times, Duration)| {
        let times = times.clone();
        move |time| change(&mut times.lock().expect("one thread measures"), time)
    };
    vm.function("settle", move || placement.settle(false));
    let note_futex = note(|times, time| times.futex.push(time));
    vm.function("bare_futex", move || note_futex(time(|| echo.round_trip())));
    let note_primitives = note(|times, time| times.primitives.push(time));
    vm.function("primitives", move || note_primitives(time(|| primitives.spawn_and_await(|| ()))));
    let (beginning, ending) = (times.clone(), times.clone());
    vm.function("begin", move || beginning.lock().expect("one thread measures").began = Some(Instant::now()));
    vm.function("end", move || {
        let now = Instant::now();
        let mut times = ending.lock().expect("one thread measures");
        let began = times.began.expect("it has begun");
        times.spawn.push(now - began);
    });
    let measure = vm.load_text(PROGRAM).and_then(|module| module.get("measure")).expect("the program is right");
    vm.call::<()>(&measure, (TRIPS,)).expect("no error");
    times.lock().expect("one thread measures").clone()
}

/// The time below which so many of a hundred lie, in microseconds.
fn quantile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e6
}

fn main() {
    let lines = std::env::args().any(|argument| argument == "--lines");
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    let mut found = Placement::ALL.map(|_| Vec::new());
    for _ in 0..rounds {
        for ((placement, _), found) in Placement::ALL.iter().zip(&mut found) {
            found.push(round(*placement));
        }
    }
    for ((_, title), rounds) in Placement::ALL.iter().zip(&found) {
        if !lines {
            println!(
                "{title}: medians of {} rounds of {TRIPS} trips; from the least of 10 to that of 90 in 100",
                rounds.len()
            );
        }
        let mut yardstick = 0.0;
        for contestant in (0..3).rev() {
            let name = rounds[0].all()[contestant].0;
            let figures = |percent| {
                let mut all: Vec<f64> =
                    rounds.iter().map(|times| quantile(&mut times.all()[contestant].1, percent)).collect();
                all.sort_by(f64::total_cmp);
                all[all.len() / 2]
            };
            let (median, least, most) = (figures(50), figures(10), figures(90));
            if contestant == 2 {
                yardstick = median;
            }
            if lines {
                println!("{:<54} {median:>14.4} us (min {least:.4} max {most:.4})", format!("spawn, {title}: {name}"));
            } else {
                println!("  {name:<42} {median:>7.2} µs  ({least:.2} to {most:.2})  {:.2}x", median / yardstick);
            }
        }
    }
}
