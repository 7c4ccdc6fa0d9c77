//! Asks isolates for samples, from a thread of its own. It sleeps while no isolate is watched, and without a profile there is
//! none.

use crate::concurrency::{Bell, Reasons};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// See the module.
pub struct Clock {
    /// None: samples are not taken by time, and nothing is asked.
    interval: Option<Duration>,
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
    bells: Vec<Arc<Bell>>,
    is_over: bool,
}

impl Clock {
    pub fn new(interval: Option<Duration>) -> Clock {
        Clock { interval, shared: Arc::default(), thread: Mutex::default() }
    }

    /// Begins to ask an isolate.
    pub fn watch(&self, bell: &Arc<Bell>) {
        let Some(interval) = self.interval else { return };
        self.start(interval);
        let mut state = self.shared.state.lock();
        state.bells.push(bell.clone());
        let is_first = state.bells.len() == 1;
        drop(state);
        if is_first {
            self.shared.changed.notify_one();
        }
    }

    /// Asks it no more.
    pub fn forget(&self, bell: &Arc<Bell>) {
        let mut state = self.shared.state.lock();
        if let Some(at) = state.bells.iter().position(|other| Arc::ptr_eq(other, bell)) {
            state.bells.swap_remove(at);
        }
    }

    fn start(&self, interval: Duration) {
        let mut thread = self.thread.lock();
        if thread.is_none() {
            let shared = self.shared.clone();
            let named = std::thread::Builder::new().name("motet profile".into());
            let started = named.spawn(move || shared.serve(interval));
            *thread = Some(started.expect("the system gives a thread to a profiled program"));
        }
    }
}

impl Shared {
    fn serve(&self, interval: Duration) {
        let mut state = self.state.lock();
        while !state.is_over {
            if state.bells.is_empty() {
                self.changed.wait(&mut state);
                continue;
            }
            let due = Instant::now() + interval;
            while !state.is_over && !self.changed.wait_until(&mut state, due).timed_out() {}
            for bell in &state.bells {
                // One that sleeps uses no processor.
                bell.ring_if_awake(Reasons::SAMPLE);
            }
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.shared.state.lock().is_over = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.get_mut().take() {
            // It only waits; had it panicked, the panic was shown.
            let _ = thread.join();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Waits as one that computes, since one that sleeps is not rung.
    fn is_rung(bell: &Bell) {
        while !bell.word().is_raised() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn whom_it_watches_is_rung_until_it_is_forgotten() {
        let clock = Clock::new(Some(Duration::from_micros(100)));
        let (bell, other) = (Bell::detached(), Bell::detached());
        clock.watch(&bell);
        for _ in 0..3 {
            is_rung(&bell);
            assert_eq!(bell.take(), Reasons::SAMPLE);
        }
        clock.forget(&bell);
        bell.take();
        clock.watch(&other);
        is_rung(&other);
        assert!(!bell.word().is_raised());
    }

    #[test]
    fn without_a_time_nothing_is_rung() {
        let clock = Clock::new(None);
        let bell = Bell::detached();
        clock.watch(&bell);
        assert!(clock.thread.lock().is_none());
    }
}
