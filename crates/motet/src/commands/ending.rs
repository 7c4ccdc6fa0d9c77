//! The end of the process when it cannot go on: a program far beyond its limit of memory, a system without memory, a
//! signal that does not wait.

use super::output;
#[cfg(all(target_os = "linux", not(sanitized)))]
use motet_vm::memory::account::{self, Exhausted};
#[cfg(all(target_os = "linux", not(sanitized)))]
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// The system's memory ran out.
#[cfg(all(target_os = "linux", not(sanitized)))]
const OUT_OF_MEMORY: i32 = 4;

/// Has the process end in a clear way when its memory is at an end. Called first.
#[cfg(all(target_os = "linux", not(sanitized)))]
pub fn prepare() {
    account::install(account::Hooks {
        resident: crate::allocator::resident,
        give_back: crate::allocator::give_back,
        end,
    });
    crate::allocator::watch_errors();
}

#[cfg(all(target_os = "linux", not(sanitized)))]
/// The thread that calls this is inside the allocator and may hold any lock, and the system may have no memory left: so it
/// neither waits nor allocates.
fn end(why: Exhausted) -> ! {
    let mut text = [0u8; 300];
    let mut message = Cursor::new(&mut text[..]);
    // What does not fit is left out.
    let (code, _) = match why {
        Exhausted::Limit { bytes, is_macro } => {
            let (subject, option) =
                if is_macro { ("the macros of the program", "macro") } else { ("the program", "max") };
            let written = write!(
                message,
                "error: LimitError: {subject} used more than {bytes} bytes of memory\n  = help: the limit is a setting: \
                 --{option}-memory\n"
            );
            (i32::from(super::PROGRAM_ERROR), written)
        }
        Exhausted::System { bytes } => {
            let written = write!(message, "error: the system has no memory left");
            let size = if bytes > 0 { write!(message, ": it could not give {bytes} bytes") } else { written };
            (OUT_OF_MEMORY, size.and_then(|()| writeln!(message)))
        }
    };
    let length = usize::try_from(message.position()).unwrap_or(0);
    exit(text.get(..length).unwrap_or_default(), code)
}

/// Ends the process at once: what was printed is written out if no thread is just printing, then the message.
pub fn exit(message: &[u8], code: i32) -> ! {
    static IS_ENDING: AtomicBool = AtomicBool::new(false);
    if IS_ENDING.swap(true, Ordering::SeqCst) {
        // Another thread is here already, and ends this one too.
        loop {
            std::thread::park();
        }
    }
    output::try_flush();
    // SAFETY: the message is readable for its length. A message that cannot be written has no other place to go; `_exit`
    // runs nothing of the process's, whatever state it is in.
    unsafe {
        libc::write(libc::STDERR_FILENO, message.as_ptr().cast(), message.len());
        libc::_exit(code)
    }
}
