//! OS threads that are started once and used again: a job goes to one that is parked, if there is one.
//!
//! **The protocol.** Each OS thread has a seat: a place for its next job, and a bell. Idle seats are on a stack, so the
//! one that ran last, whose caches are warm and which may still be spinning, is used first. Giving a job to a seat is
//! putting it there and ringing.
//!
//! A job returns its *report*, which tells others that it is done. The thread puts its seat on the stack *before* it makes
//! the report. So who hears the report and gives a new job at once finds this very seat; the thread takes the new job as
//! soon as the report has been made. Otherwise a loop of spawning and joining would start threads again and again.
//!
//! Work that no thread waits for is left to the end of the report. Before it, the thread gives its core away: the
//! scheduler likes to put two threads that wake one another on one core, and then the woken thread is waiting for this
//! core.
//!
//! **Quiet times.** While a window is open, what computes must not take the processor from what draws it. Between
//! [`QuietThreads::begin`] and the drop of what it gives, every thread of the pool that has a job is *nice*: those that run when
//! the time begins are made so, and so is each that is started. On most systems there is no way back, so a nice thread
//! belongs to the quiet time. It is not parked after the time's end but ends with its job, and a parked thread that is not
//! nice is left alone until then.
//!
//! Shutting down refuses new jobs, dismisses idle threads and joins all of them: running jobs are waited for, and it is the
//! caller's part to ask them to stop.

use super::interrupt::Reasons;
use super::locks::{Rank, RankedMutex};
use super::parker::Bell;
use super::priority::{Counted, OsThread};
use crate::sync::thread::{self, JoinHandle};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a job has still to do when its thread is free again. If it panics, the rest of it is left out.
pub trait Report {
    /// Tells others that the job is done.
    fn tell(&mut self);

    /// Does the work that no thread waits for.
    fn clear_up(self: Box<Self>) {}
}

/// What an OS thread is given to do. A panic in it ends the job, not the thread.
pub type Job = Box<dyn FnOnce() -> Option<Box<dyn Report>> + Send>;

/// How the pool's threads are started.
#[derive(Clone, Default)]
pub struct PoolSettings {
    /// Threads are named so, with their number.
    pub name: String,
    /// Bytes of stack; the system's default if none.
    pub stack_size: Option<usize>,
    /// Runs first on each new OS thread: for its priority, for instance.
    pub on_start: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// OS threads, parked and running.
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    state: RankedMutex<State>,
    settings: PoolSettings,
}

struct State {
    idle: Vec<Arc<Seat>>,
    /// Nice threads that are idle: there are none outside of quiet times.
    nice_idle: Vec<Arc<Seat>>,
    /// All threads that have not ended.
    threads: Vec<Started>,
    started: usize,
    /// Quiet times that have not ended. They may overlap, and are one time then.
    quiet_times: usize,
    shut_down: bool,
}

impl State {
    /// Where a thread waits that is nice, or is not.
    fn idle(&mut self, is_nice: bool) -> &mut Vec<Arc<Seat>> {
        if is_nice { &mut self.nice_idle } else { &mut self.idle }
    }
}

/// A thread of the pool.
struct Started {
    seat: Arc<Seat>,
    handle: JoinHandle<()>,
    /// Known as soon as the thread runs.
    os_thread: Option<OsThread>,
}

/// Where one OS thread finds its next job.
struct Seat {
    job: RankedMutex<Option<Job>>,
    bell: Arc<Bell>,
    /// The thread belongs to a quiet time. Changed under the lock of the pool.
    is_nice: AtomicBool,
    /// It waits for a job. Changed under the lock of the pool.
    is_idle: AtomicBool,
}

/// A quiet time of some pools, which ends when this is dropped: see the module.
#[must_use = "the quiet time ends when this is dropped"]
pub struct QuietThreads {
    pools: Vec<Arc<Shared>>,
    _counted: Counted,
}

impl QuietThreads {
    /// Begins a quiet time of all these pools.
    pub fn begin<'a>(pools: impl IntoIterator<Item = &'a Pool>) -> QuietThreads {
        let pools: Vec<Arc<Shared>> = pools.into_iter().map(|pool| pool.shared.clone()).collect();
        pools.iter().for_each(|pool| pool.begin_quiet_time());
        QuietThreads { pools, _counted: Counted::begin() }
    }
}

impl Drop for QuietThreads {
    fn drop(&mut self) {
        self.pools.iter().for_each(|pool| pool.end_quiet_time());
    }
}

/// Why a job was not taken.
#[derive(Debug)]
pub enum PoolError {
    ShutDown,
    System(io::Error),
}

impl Pool {
    pub fn new(settings: PoolSettings) -> Pool {
        let state = State {
            idle: Vec::new(),
            nice_idle: Vec::new(),
            threads: Vec::new(),
            started: 0,
            quiet_times: 0,
            shut_down: false,
        };
        Pool { shared: Arc::new(Shared { state: RankedMutex::new(Rank::Pool, state), settings }) }
    }

    /// Runs a job on a parked thread, or on a new one. A job that is not taken is dropped. True if the thread had to be
    /// woken.
    pub fn run(&self, job: Job) -> Result<bool, PoolError> {
        let mut state = self.shared.state.lock();
        if state.shut_down {
            drop(state);
            return Err(PoolError::ShutDown);
        }
        let is_nice = state.quiet_times > 0;
        if let Some(seat) = state.idle(is_nice).pop() {
            seat.is_idle.store(false, Ordering::Relaxed);
            drop(state);
            return Ok(seat.give(job));
        }
        // The thread is started and listed under the lock, so that shutting down misses none. Its job is at the seat, not
        // in the thread's closure: if the system gives no thread, the job is dropped after the lock.
        let seat = Arc::new(Seat {
            job: RankedMutex::new(Rank::Seat, Some(job)),
            bell: Bell::detached(),
            is_nice: AtomicBool::new(is_nice),
            is_idle: AtomicBool::new(false),
        });
        let name = format!("{} {}", self.shared.settings.name, state.started + 1);
        let (shared, its_seat) = (self.shared.clone(), seat.clone());
        let handle = thread::spawn(name, self.shared.settings.stack_size, move || shared.serve(&its_seat));
        let result = handle.map(|handle| {
            state.started += 1;
            state.threads.push(Started { seat, handle, os_thread: None });
        });
        drop(state);
        result.map(|()| false).map_err(PoolError::System)
    }

    /// How many OS threads have been started.
    pub fn started(&self) -> usize {
        self.shared.state.lock().started
    }

    /// How many of them are parked, or about to be.
    pub fn idle(&self) -> usize {
        let state = self.shared.state.lock();
        state.idle.len() + state.nice_idle.len()
    }

    /// Refuses new jobs and waits for the end of all threads but the calling one.
    pub fn shut_down(&self) {
        self.shared.dismiss();
        let threads = std::mem::take(&mut self.shared.state.lock().threads);
        for Started { handle, .. } in threads {
            if handle.thread().id() != thread::current().id() {
                // Jobs' panics are caught; the thread itself has nothing to say.
                let _ = handle.join();
            }
        }
    }
}

impl Drop for Pool {
    /// Dismisses the idle threads; running ones end after their job. It does not wait for them.
    fn drop(&mut self) {
        self.shared.dismiss();
    }
}

impl Shared {
    /// The life of an OS thread.
    fn serve(&self, seat: &Arc<Seat>) {
        self.begin(seat);
        if let Some(on_start) = &self.settings.on_start {
            on_start();
        }
        let mut next = seat.job.lock().take();
        while let Some(job) = next {
            // A panic has been shown by the panic hook, and what the job owned has been dropped.
            let report = catch_unwind(AssertUnwindSafe(job)).unwrap_or(None);
            let stays = self.offer(seat);
            if let Some(mut report) = report {
                let make = move || {
                    report.tell();
                    seat.bell.give_way();
                    report.clear_up();
                };
                let _ = catch_unwind(AssertUnwindSafe(make));
            }
            next = if stays { seat.next_job() } else { None };
        }
        self.end(seat);
    }

    /// A thread begins.
    fn begin(&self, seat: &Arc<Seat>) {
        let mut state = self.state.lock();
        let os_thread = OsThread::current();
        // It is not listed any more if the pool has been shut down.
        if let Some(started) = state.threads.iter_mut().find(|started| Arc::ptr_eq(&started.seat, seat)) {
            started.os_thread = Some(os_thread);
        }
        if seat.is_nice.load(Ordering::Relaxed) {
            os_thread.make_nice();
        }
    }

    /// A thread ends. From now on its number may be another one's.
    fn end(&self, seat: &Arc<Seat>) {
        let mut state = self.state.lock();
        if state.shut_down {
            // The one who shuts down joins it.
            return;
        }
        let at = state.threads.iter().position(|started| Arc::ptr_eq(&started.seat, seat));
        let started = at.map(|at| state.threads.swap_remove(at));
        drop(state);
        drop(started);
    }

    /// Puts a seat on the stack of idle ones; false if the pool is shut down, or the thread's quiet time is over.
    fn offer(&self, seat: &Arc<Seat>) -> bool {
        let mut state = self.state.lock();
        let is_nice = seat.is_nice.load(Ordering::Relaxed);
        let stays = !state.shut_down && (!is_nice || state.quiet_times > 0);
        if stays {
            seat.is_idle.store(true, Ordering::Relaxed);
            state.idle(is_nice).push(seat.clone());
        }
        stays
    }

    /// All threads that have a job are nice from now on.
    fn begin_quiet_time(&self) {
        let mut state = self.state.lock();
        state.quiet_times += 1;
        if state.shut_down {
            return;
        }
        for Started { seat, os_thread, .. } in &state.threads {
            if !seat.is_idle.load(Ordering::Relaxed) && !seat.is_nice.swap(true, Ordering::Relaxed)
                // One that has not begun looks when it begins.
                && let Some(os_thread) = os_thread
            {
                // It has not ended: it would not be listed.
                os_thread.make_nice();
            }
        }
    }

    /// Nice threads that are idle end now, the others after their jobs.
    fn end_quiet_time(&self) {
        let idle = {
            let mut state = self.state.lock();
            state.quiet_times -= 1;
            if state.quiet_times > 0 { Vec::new() } else { std::mem::take(&mut state.nice_idle) }
        };
        idle.iter().for_each(|seat| seat.bell.ring(Reasons::STOP));
    }

    fn dismiss(&self) {
        let (idle, nice) = {
            let mut state = self.state.lock();
            state.shut_down = true;
            (std::mem::take(&mut state.idle), std::mem::take(&mut state.nice_idle))
        };
        for seat in idle.iter().chain(&nice) {
            seat.bell.ring(Reasons::STOP);
        }
    }
}

impl Seat {
    /// True if the thread is being woken for it.
    fn give(&self, job: Job) -> bool {
        let former = self.job.lock().replace(job);
        debug_assert!(former.is_none(), "an idle seat has no job");
        self.bell.rings_awake(Reasons::MESSAGE)
    }

    /// Waits for a job, or for the end.
    fn next_job(&self) -> Option<Job> {
        loop {
            self.bell.wait(None);
            let reasons = self.bell.take();
            let job = self.job.lock().take();
            if job.is_some() || reasons.contains(Reasons::STOP) {
                return job;
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    struct Telling<F>(Option<F>);

    impl<F: FnOnce()> Report for Telling<F> {
        fn tell(&mut self) {
            self.0.take().expect("a report is made once")();
        }
    }

    fn reporting(report: impl FnOnce() + 'static + Send) -> Job {
        Box::new(move || Some(Box::new(Telling(Some(report)))))
    }

    #[test]
    fn t01_a_job_that_follows_a_report_finds_the_same_thread() {
        let pool = Pool::new(PoolSettings { name: "pool".to_owned(), ..PoolSettings::default() });
        let (sender, receiver) = mpsc::channel();
        for _ in 0..1000 {
            let sender = sender.clone();
            pool.run(reporting(move || sender.send(std::thread::current().id()).unwrap())).unwrap();
            receiver.recv().unwrap();
        }
        assert_eq!(pool.started(), 1);
        pool.shut_down();
    }

    #[test]
    fn the_hook_runs_first_on_every_thread_and_names_are_given() {
        let hooked = Arc::new(AtomicUsize::new(0));
        let count = hooked.clone();
        let pool = Pool::new(PoolSettings {
            name: "motet thread".to_owned(),
            stack_size: Some(256 << 10),
            on_start: Some(Arc::new(move || {
                count.fetch_add(1, Ordering::Relaxed);
            })),
        });
        let (sender, receiver) = mpsc::channel();
        let hooked_before = hooked.clone();
        pool.run(reporting(move || {
            let name = std::thread::current().name().map(str::to_owned);
            sender.send((name, hooked_before.load(Ordering::Relaxed))).unwrap();
        }))
        .unwrap();
        assert_eq!(receiver.recv().unwrap(), (Some("motet thread 1".to_owned()), 1));
        pool.shut_down();
    }

    /// Runs a job that tells its thread's number and niceness, and gives them when the thread is free again.
    #[cfg(target_os = "linux")]
    fn niceness(pool: &Pool) -> (std::thread::ThreadId, i32) {
        let (sender, receiver) = mpsc::channel();
        pool.run(reporting(move || sender.send(own_niceness()).unwrap())).unwrap();
        receiver.recv().unwrap()
    }

    #[cfg(target_os = "linux")]
    fn own_niceness() -> (std::thread::ThreadId, i32) {
        (std::thread::current().id(), rustix::process::getpriority_process(None).unwrap())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn u07_threads_of_a_quiet_time_are_nice_and_end_with_it() {
        let pool = Pool::new(PoolSettings::default());
        let (ordinary, before) = niceness(&pool);
        let first = QuietThreads::begin([&pool]);
        let (nice, during) = niceness(&pool);
        assert_ne!(ordinary, nice, "a parked thread that is not nice is left alone");
        assert_eq!(during, 19);
        let second = QuietThreads::begin([&pool]);
        drop(first);
        assert_eq!(niceness(&pool), (nice, 19), "times that overlap are one, and its threads are used again");
        assert_eq!(pool.idle(), 2);
        drop(second);
        assert_eq!(niceness(&pool), (ordinary, before), "the thread from before is used again after it");
        assert_eq!(pool.idle(), 1);
        pool.shut_down();
        assert_eq!(pool.started(), 2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn u07_threads_that_run_when_a_quiet_time_begins_are_nice_until_their_end() {
        let pool = Pool::new(PoolSettings::default());
        let (go, wait) = mpsc::channel::<()>();
        let (sender, receiver) = mpsc::channel();
        pool.run(Box::new(move || {
            sender.send(own_niceness()).unwrap();
            wait.recv().unwrap_err();
            Some(Box::new(Telling(Some(move || sender.send(own_niceness()).unwrap()))))
        }))
        .unwrap();
        let (thread, before) = receiver.recv().unwrap();
        assert!(before < 19);
        drop(QuietThreads::begin([&pool]));
        drop(go);
        assert_eq!(receiver.recv().unwrap(), (thread, 19));
        let (other, after) = niceness(&pool);
        assert_ne!(thread, other, "it ended with its job");
        assert_eq!(before, after);
        pool.shut_down();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn u07_quiet_times_that_come_and_go_leave_no_thread_behind() {
        let pool = Arc::new(Pool::new(PoolSettings::default()));
        let ran = Arc::new(AtomicUsize::new(0));
        let spawners: Vec<_> = (0..4)
            .map(|_| {
                let (pool, ran) = (pool.clone(), ran.clone());
                std::thread::spawn(move || {
                    for _ in 0..500 {
                        let ran = ran.clone();
                        pool.run(reporting(move || _ = ran.fetch_add(1, Ordering::Relaxed))).unwrap();
                    }
                })
            })
            .collect();
        for _ in 0..200 {
            let first = QuietThreads::begin([&*pool]);
            let second = QuietThreads::begin([&*pool]);
            drop(first);
            drop(second);
        }
        spawners.into_iter().for_each(|spawner| spawner.join().unwrap());
        assert_eq!(pool.shared.state.lock().nice_idle.len(), 0, "none waits for a job that will not come");
        pool.shut_down();
        assert_eq!(ran.load(Ordering::Relaxed), 2000, "every job ran");
    }

    #[test]
    fn shutting_down_waits_for_running_jobs_and_refuses_new_ones() {
        let pool = Pool::new(PoolSettings::default());
        let (go, wait) = mpsc::channel::<()>();
        let ended = Arc::new(AtomicUsize::new(0));
        let count = ended.clone();
        pool.run(Box::new(move || {
            wait.recv().unwrap_err();
            count.fetch_add(1, Ordering::Relaxed);
            None
        }))
        .unwrap();
        pool.run(Box::new(|| None)).unwrap();
        // The first job ends when its channel does, which is while the pool is being shut down.
        let closer = std::thread::spawn(move || drop(go));
        pool.shut_down();
        assert_eq!(ended.load(Ordering::Relaxed), 1);
        assert!(matches!(pool.run(Box::new(|| None)), Err(PoolError::ShutDown)));
        closer.join().unwrap();
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use super::*;
    use crate::sync::model_bounded;
    use loom::sync::atomic::{AtomicUsize, Ordering};

    struct Ring(Arc<Bell>);

    impl Report for Ring {
        fn tell(&mut self) {
            self.0.ring(Reasons::READY);
        }
    }

    /// Jobs given to a thread that is starting, running, reporting or parked are all run; shutting down ends it.
    #[test]
    fn loom_t01_every_job_is_run_and_every_thread_ends() {
        model_bounded(|| {
            let pool = Pool::new(PoolSettings::default());
            let ran = Arc::new(AtomicUsize::new(0));
            let heard = Bell::detached();
            let (count, bell) = (ran.clone(), heard.clone());
            pool.run(Box::new(move || {
                count.fetch_add(1, Ordering::Relaxed);
                Some(Box::new(Ring(bell)))
            }))
            .unwrap();
            assert!(heard.wait(None));
            let count = ran.clone();
            pool.run(Box::new(move || {
                count.fetch_add(1, Ordering::Relaxed);
                None
            }))
            .unwrap();
            assert_eq!(pool.started(), 1, "the seat was free before the report");
            pool.shut_down();
            assert_eq!(ran.load(Ordering::Relaxed), 2);
        });
    }

    /// A quiet time that begins and ends while a thread takes a job or parks: every job is run, and no thread that is nice
    /// is left waiting.
    #[test]
    fn loom_u07_a_quiet_time_may_end_at_any_moment() {
        model_bounded(|| {
            let pool = Arc::new(Pool::new(PoolSettings::default()));
            let ran = Arc::new(AtomicUsize::new(0));
            let job = |ran: &Arc<AtomicUsize>| -> Job {
                let ran = ran.clone();
                Box::new(move || {
                    ran.fetch_add(1, Ordering::Relaxed);
                    None
                })
            };
            let quiet = QuietThreads::begin([&*pool]);
            pool.run(job(&ran)).unwrap();
            let ender = loom::thread::spawn(move || drop(quiet));
            pool.run(job(&ran)).unwrap();
            ender.join().unwrap();
            pool.shut_down();
            let state = pool.shared.state.lock();
            assert!(state.nice_idle.is_empty());
            assert_eq!(ran.load(Ordering::Relaxed), 2);
        });
    }
}
