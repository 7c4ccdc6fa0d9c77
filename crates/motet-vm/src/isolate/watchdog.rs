//! Telling programs that their time is over: one thread for all programs of a machine, started by the first that has a
//! limit of time.
//!
//! Time is watched by a thread of its own because a program that only waits passes no safe point. Beginning to watch
//! and ceasing to are a look into a table. The thread is woken only for a deadline that is earlier than the one it
//! sleeps for, and a deadline that was taken back costs it one look at most.
//!
//! The lock is a leaf: what is told of its deadline is told after it is released.

use crate::concurrency::{TimerKey, Timers};
use parking_lot::{Condvar, Mutex};
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Called once, when the time is over.
pub(super) type Alarm = Box<dyn FnOnce() + Send>;

/// See the module.
#[derive(Default)]
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    timers: Timers,
    alarms: HashMap<u64, Alarm>,
    issued: u64,
    /// What the thread sleeps for; none: until it is woken.
    sleeps_until: Option<Instant>,
    is_over: bool,
}

/// A program's time is watched until this is dropped.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    key: TimerKey,
    number: u64,
}

impl Watchdog {
    /// Has something called when so much time has passed. None if that is further away than the clock counts.
    ///
    /// # Panics
    ///
    /// If the system gives no thread: without one there would be no limit, so better no program.
    pub fn watch(&self, time: Duration, alarm: Alarm) -> Option<Watch> {
        let deadline = Instant::now().checked_add(time)?;
        self.begin();
        let mut state = self.shared.state.lock();
        let number = state.issued;
        state.issued += 1;
        let key = state.timers.set(deadline, number);
        state.alarms.insert(number, alarm);
        let is_earlier = state.sleeps_until.is_none_or(|until| deadline < until);
        drop(state);
        if is_earlier {
            self.shared.changed.notify_one();
        }
        Some(Watch { shared: self.shared.clone(), key, number })
    }

    /// Starts the thread, if that has not been done.
    fn begin(&self) {
        let mut thread = self.thread.lock();
        if thread.is_none() {
            let shared = self.shared.clone();
            let named = std::thread::Builder::new().name("motet time limit".into());
            let started = named.spawn(move || shared.serve());
            *thread = Some(started.expect("the system gives a thread to watch a limited program"));
        }
    }
}

impl Shared {
    fn serve(&self) {
        let mut state = self.state.lock();
        while !state.is_over {
            if let Some(number) = state.timers.take_due(Instant::now()) {
                let alarm = state.alarms.remove(&number);
                drop(state);
                if let Some(alarm) = alarm {
                    alarm();
                }
                state = self.state.lock();
                continue;
            }
            state.sleeps_until = state.timers.next_deadline();
            match state.sleeps_until {
                Some(deadline) => _ = self.changed.wait_until(&mut state, deadline),
                None => self.changed.wait(&mut state),
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.timers.cancel(self.key);
        let alarm = state.alarms.remove(&self.number);
        drop(state);
        drop(alarm);
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.state.lock().is_over = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.get_mut().take()
            // The last owner of a machine may be what an alarm calls.
            && thread.thread().id() != std::thread::current().id()
        {
            // It only waits; had it panicked, the panic was shown.
            let _ = thread.join();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn an_earlier_deadline_rings_though_the_thread_sleeps_for_a_later_one() {
        let watchdog = Watchdog::default();
        let (sender, rung) = mpsc::channel();
        let watch = |milliseconds: u64| {
            let sender = sender.clone();
            let alarm = move || sender.send(milliseconds).expect("the test listens");
            watchdog.watch(Duration::from_millis(milliseconds), Box::new(alarm)).expect("it is not far away")
        };
        let hour = watch(3_600_000);
        let first = watch(1);
        assert_eq!(rung.recv(), Ok(1));
        let others = [watch(20), watch(5)];
        let mut seen = [rung.recv().expect("it rings"), rung.recv().expect("and so does the other")];
        seen.sort_unstable();
        assert_eq!(seen, [5, 20]);
        drop((hour, first, others));
        drop(sender);
        assert!(rung.recv().is_err(), "what was taken back is dropped");
    }

    #[test]
    fn a_time_that_no_clock_counts_is_not_watched() {
        assert!(Watchdog::default().watch(Duration::MAX, Box::new(|| {})).is_none());
    }

    #[test]
    fn its_end_waits_for_no_deadline() {
        let watchdog = Watchdog::default();
        let watch = watchdog.watch(Duration::from_secs(3600), Box::new(|| {}));
        drop(watchdog);
        drop(watch);
    }
}
