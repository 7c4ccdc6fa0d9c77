//! Ctrl-C while a piece runs: the piece throws `Cancelled`, and its `finally` runs.
//!
//! The signal is blocked in all threads, and one thread waits for it. So nothing is done in a signal handler. Programs that
//! a piece starts do not inherit that: the standard library clears the mask of what it starts.

use super::pieces::Reached;

/// Has Ctrl-C interrupt the piece that runs. Called before other threads begin, which inherit the mask.
#[cfg(target_os = "linux")]
pub fn watch(reached: Reached) {
    // SAFETY: the set is initialised before it is used, and lives on the stack of this call.
    let set = unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGINT);
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
        set
    };
    let wait = move || {
        loop {
            let mut signal = 0;
            // SAFETY: the set is a valid one, and the signal is written to a live integer.
            if unsafe { libc::sigwait(&set, &mut signal) } == 0 {
                super::pieces::interrupt(&reached);
            }
        }
    };
    if std::thread::Builder::new().name("interrupts".into()).spawn(wait).is_err() {
        // Without the thread, Ctrl-C ends the process as it does elsewhere.
        // SAFETY: as above.
        unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, std::ptr::null_mut()) };
    }
}

/// Elsewhere Ctrl-C ends the process.
#[cfg(not(target_os = "linux"))]
pub fn watch(_: Reached) {}
