//! What takes long to work out of the points of a series: it is done on a thread of its own, while the window goes on and
//! shows what was worked out before.

use motet_vm::make_this_thread_nice;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// A result with what it was worked out of, and the one that is on its way. Of what is asked for meanwhile, only the newest
/// is worked out next.
pub struct Later<Of, T> {
    known: Option<(Of, T)>,
    awaited: Option<(Of, Receiver<T>)>,
}

impl<Of, T> Default for Later<Of, T> {
    fn default() -> Later<Of, T> {
        Later { known: None, awaited: None }
    }
}

impl<Of: PartialEq, T: Send + 'static> Later<Of, T> {
    /// The newest result, and whether another one is on its way. `at_once`: it is worth no thread.
    pub fn look(&mut self, of: Of, at_once: bool, work: impl FnOnce() -> T + Send + 'static) -> (Option<&T>, bool) {
        if let Some((_, receiver)) = &self.awaited {
            match receiver.try_recv() {
                Ok(result) => self.known = self.awaited.take().map(|(of, _)| (of, result)),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.awaited = None,
            }
        }
        if self.awaited.is_none() && self.known.as_ref().is_none_or(|(known, _)| *known != of) {
            self.begin(of, at_once, work);
        }
        (self.known.as_ref().map(|(_, result)| result), self.awaited.is_some())
    }

    fn begin(&mut self, of: Of, at_once: bool, work: impl FnOnce() -> T + Send + 'static) {
        if at_once {
            self.known = Some((of, work()));
            return;
        }
        let (sender, receiver) = channel();
        let work = move || {
            // The plot may be gone by now.
            let _ = sender.send(work());
        };
        // Without a thread the former result stays, and the next frame tries again.
        if aside(work).is_ok() {
            self.awaited = Some((of, receiver));
        }
    }
}

/// Does work on a thread of its own, which leaves the processor to what draws.
pub fn aside(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let nice = move || {
        make_this_thread_nice();
        work();
    };
    std::thread::Builder::new().name("points".into()).spawn(nice).map(drop)
}

#[cfg(test)]
mod tests {
    use super::Later;
    use std::sync::mpsc::channel;

    #[test]
    fn the_former_result_is_there_until_the_next_one_is() {
        let mut later = Later::default();
        assert_eq!(later.look(1, true, || 10), (Some(&10), false));
        let (go_on, wait) = channel();
        let slow = move || {
            wait.recv().unwrap();
            20
        };
        assert_eq!(later.look(2, false, slow), (Some(&10), true));
        assert_eq!(later.look(3, false, || unreachable!("one at a time")), (Some(&10), true));
        go_on.send(()).unwrap();
        while later.look(2, false, || unreachable!("it is on its way")).1 {
            std::thread::yield_now();
        }
        assert_eq!(later.look(2, false, || unreachable!("it is known")), (Some(&20), false));
    }

    #[test]
    fn a_thread_that_dies_is_not_waited_for() {
        let mut later: Later<u8, u8> = Later::default();
        assert_eq!(later.look(1, true, || 1).0, Some(&1));
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let mut tries = 0;
        later.look(2, false, || panic!("on purpose"));
        while later.look(3, true, || 3).0 != Some(&3) {
            tries += 1;
            assert!(tries < 100_000_000, "the thread is waited for");
            std::thread::yield_now();
        }
        std::panic::set_hook(quiet);
    }
}
