//! Hearing that a call would give something else now.

/// Remembers which signals and computed values a call reads, and says when one of them has changed; then the call is made
/// again. A user interface draws so. It follows one call at a time; a clone is another handle on the same tracker.
///
/// What the call itself reads is remembered, as in an effect: not what threads and workers read that it starts. Its
/// effects run when it ends.
///
/// ```
/// use motet::{CallContext, Vm};
/// use std::sync::mpsc;
///
/// let vm = Vm::new();
/// let module = vm.load_text("export fn view(name) { 'Hello, ${name.value}!' }")?;
/// let (view, name) = (module.get("view")?, vm.signal("Ada".to_owned()));
///
/// let (notifier, changed) = mpsc::channel();
/// let tracker = vm.tracker(move || notifier.send(()).unwrap());
/// let context = CallContext::new().tracked_by(&tracker);
/// let draw = || vm.call_with::<String>(&context, &view, (&name,));
///
/// assert_eq!(draw()?, "Hello, Ada!");
/// name.set("Grace".to_owned());
/// changed.recv().unwrap();
/// assert_eq!(draw()?, "Hello, Grace!");
/// # Ok::<(), motet::Error>(())
/// ```
#[derive(Clone)]
pub struct Tracker(pub(super) motet_vm::Tracker);
