//! What a call brings along.

use super::tracker::Tracker;
use motet_vm::{Cancellation, ExecutionContext, Limits};
use std::io::Write;

/// The circumstances of one call: limits of its own, a way to cancel it, where it prints.
///
/// ```
/// use motet::{CallContext, Cancellation, Vm};
///
/// let vm = Vm::new();
/// let module = vm.load_text("export fn forever() { while (true) { } }").unwrap();
/// let cancellation = Cancellation::new();
/// let context = CallContext::new().cancelled_by(&cancellation);
/// std::thread::scope(|scope| {
///     let call = scope.spawn(|| vm.call_with::<()>(&context, &module.get("forever").unwrap(), ()));
///     cancellation.cancel();
///     assert_eq!(call.join().unwrap().unwrap_err().class(), "Cancelled");
/// });
/// ```
#[derive(Clone, Default)]
pub struct CallContext(pub(super) ExecutionContext);

impl CallContext {
    /// Circumstances like those of a plain call.
    pub fn new() -> CallContext {
        CallContext::default()
    }

    /// Limits of this call, instead of the machine's.
    pub fn limits(mut self, limits: Limits) -> CallContext {
        self.0.limits = Some(limits);
        self
    }

    /// The call ends when it is cancelled. It cannot catch that.
    pub fn cancelled_by(mut self, cancellation: &Cancellation) -> CallContext {
        self.0.cancellation = Some(cancellation.clone());
        self
    }

    /// The signals and computed values that the call reads are remembered: see [`Tracker`].
    pub fn tracked_by(mut self, tracker: &Tracker) -> CallContext {
        self.0.tracker = Some(tracker.0.clone());
        self
    }

    /// Where the call prints.
    pub fn output(mut self, output: impl Write + Send + 'static) -> CallContext {
        self.0 = self.0.with_output(Box::new(output));
        self
    }
}
