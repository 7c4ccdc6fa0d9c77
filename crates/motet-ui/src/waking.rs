//! How programs wake the UI thread: rarely, never too late, and without waiting for it.
//!
//! **The protocol.** What programs want to say lies in an outbox, coalesced: the latest of each kind. A program changes it
//! under a short lock and then *rings*. Ringing arms the alarm; only the ring that finds it clean wakes the event loop, so
//! a signal that is set a million times a second costs one wake-up per look. The UI thread, woken, first *disarms* and then
//! takes everything.
//!
//! Nothing is lost: a change that the take did not see was made after it, so its ring comes after the disarming and finds
//! the alarm clean, or a ring in between did and has woken the loop again. A wake-up may find nothing; that is harmless.

use crate::sync::{AtomicBool, Mutex, Ordering, lock};

/// See the module.
pub struct Outbox<T> {
    state: Mutex<T>,
    is_armed: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl<T: Default> Outbox<T> {
    /// An empty one. `wake` is called from any thread, without a lock held; it must not block.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Outbox<T> {
        Outbox { state: Mutex::new(T::default()), is_armed: AtomicBool::new(false), wake: Box::new(wake) }
    }

    /// Says something.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut lock(&self.state));
        self.ring();
        result
    }

    /// Says that something elsewhere is to be looked at.
    pub fn ring(&self) {
        if !self.is_armed.swap(true, Ordering::AcqRel) {
            (self.wake)();
        }
    }

    /// Takes what was said since the last take.
    pub fn take(&self) -> T {
        self.is_armed.swap(false, Ordering::AcqRel);
        std::mem::take(&mut lock(&self.state))
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use super::Outbox;
    use loom::sync::atomic::{AtomicUsize, Ordering};
    use loom::sync::{Arc, Condvar, Mutex};

    /// An event loop that sleeps until it is woken.
    #[derive(Default)]
    struct Loop {
        wakes: Mutex<usize>,
        woken: Condvar,
    }

    impl Loop {
        fn wake(&self) {
            *self.wakes.lock().unwrap() += 1;
            self.woken.notify_one();
        }

        fn sleep(&self) {
            let mut wakes = self.wakes.lock().unwrap();
            while *wakes == 0 {
                wakes = self.woken.wait(wakes).unwrap();
            }
            *wakes -= 1;
        }
    }

    /// Two programs say things while the loop looks: it sees all of them, and sleeps only while there is nothing. A lost
    /// wake-up would be a deadlock, which loom reports.
    #[test]
    fn loom_nothing_that_was_said_is_left_while_the_loop_sleeps() {
        loom::model(|| {
            let event_loop = Arc::new(Loop::default());
            let waker = event_loop.clone();
            let outbox: Arc<Outbox<Vec<u8>>> = Arc::new(Outbox::new(move || waker.wake()));
            let programs: Vec<_> = [1u8, 2]
                .into_iter()
                .map(|number| {
                    let outbox = outbox.clone();
                    loom::thread::spawn(move || outbox.change(|said| said.push(number)))
                })
                .collect();
            let mut seen = Vec::new();
            while seen.len() < 2 {
                event_loop.sleep();
                seen.extend(outbox.take());
            }
            programs.into_iter().for_each(|program| program.join().unwrap());
            seen.sort_unstable();
            assert_eq!(seen, [1, 2]);
        });
    }

    /// A burst between two looks wakes the loop once.
    #[test]
    fn loom_a_burst_wakes_once() {
        loom::model(|| {
            let wakes = Arc::new(AtomicUsize::new(0));
            let counter = wakes.clone();
            let outbox: Arc<Outbox<usize>> = Arc::new(Outbox::new(move || {
                counter.fetch_add(1, Ordering::Relaxed);
            }));
            let other = outbox.clone();
            let program = loom::thread::spawn(move || other.change(|count| *count += 1));
            outbox.change(|count| *count += 1);
            program.join().unwrap();
            assert_eq!(wakes.load(Ordering::Relaxed), 1);
            assert_eq!(outbox.take(), 2);
        });
    }
}
