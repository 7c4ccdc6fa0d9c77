//! Systems without POSIX signals end the process by themselves.

use motet_vm::Stopper;

pub fn prepare() {}

pub fn stop_on_signals(_: Stopper) {}

/// The signal that has stopped the program.
pub fn caught() -> Option<u8> {
    None
}

/// Elsewhere it ends the process.
pub fn interrupt_on_signals(_: impl Fn() + Send + 'static) {}
