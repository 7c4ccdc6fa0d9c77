//! SIGINT and SIGTERM. The first stops the program as `stop` stops a thread: `finally` runs, the trace is closed, what was
//! printed is written out, and the process exits with 128 and the signal's number. The second ends the process at once.
//!
//! Both are blocked in all threads but one, which waits for them and does nothing else. What it does is therefore ordinary
//! code and no signal handler. Programs that are started inherit nothing of it: the standard library unblocks what it starts.

use super::ending;
use motet_vm::Stopper;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

/// The signal that came first; 0: none.
static CAUGHT: AtomicU8 = AtomicU8::new(0);
static STOPPER: Mutex<Option<Stopper>> = Mutex::new(None);

const STACK: usize = 128 << 10;

/// What is done at SIGINT instead of stopping a program: at a prompt.
static INTERRUPT: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// Has SIGINT do this from now on, however often it comes.
pub fn interrupt_on_signals(interrupt: impl Fn() + Send + 'static) {
    *INTERRUPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(interrupt));
}

/// What a program is stopped by when a signal comes. Until there is a program, a signal ends the process at once.
pub fn stop_on_signals(stopper: Stopper) {
    *STOPPER.lock().unwrap_or_else(PoisonError::into_inner) = Some(stopper);
}

/// The signal that has stopped the program.
pub fn caught() -> Option<u8> {
    Some(CAUGHT.load(Ordering::Acquire)).filter(|&signal| signal != 0)
}

/// Begins to wait for signals. Called before any thread is started: threads inherit what is blocked.
pub fn prepare() {
    let Some(signals) = block() else { return };
    let wait = move || wait(&signals);
    let thread = std::thread::Builder::new().name("motet signals".to_owned()).stack_size(STACK).spawn(wait);
    if thread.is_err() {
        unblock(&signals);
    }
}

/// Blocks the signals that are not ignored already; none if all are.
fn block() -> Option<libc::sigset_t> {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigemptyset` initialises the set, the other calls get valid pointers to it and to what they write.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        let mut is_empty = true;
        for signal in [libc::SIGINT, libc::SIGTERM] {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed();
            let is_known = libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0;
            if is_known && action.assume_init().sa_sigaction != libc::SIG_IGN {
                libc::sigaddset(set.as_mut_ptr(), signal);
                is_empty = false;
            }
        }
        let set = set.assume_init();
        let is_blocked = !is_empty && libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) == 0;
        is_blocked.then_some(set)
    }
}

fn unblock(set: &libc::sigset_t) {
    // SAFETY: the set is initialised.
    unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, set, std::ptr::null_mut()) };
}

fn wait(set: &libc::sigset_t) {
    loop {
        let mut signal = 0;
        // SAFETY: the set is initialised, and the number is written to a variable of this function.
        if unsafe { libc::sigwait(set, &mut signal) } != 0 {
            return unblock(set);
        }
        if signal == libc::SIGINT
            && let Some(interrupt) = &*INTERRUPT.lock().unwrap_or_else(PoisonError::into_inner)
        {
            interrupt();
            continue;
        }
        let code = u8::try_from(signal).unwrap_or(u8::MAX);
        let stopper = STOPPER.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_first = CAUGHT.compare_exchange(0, code, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        match stopper {
            Some(stopper) if is_first => stopper.stop(),
            _ => ending::exit(b"", 128 + signal),
        }
    }
}
