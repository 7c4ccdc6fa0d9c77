//! Signals and computed values as Rust has them: read, set and watched from any thread.

use super::changes::Changes;
use super::error::{Error, Result};
use super::value::{FromValue, IntoValue, Value};
use motet_vm::memory::{Frozen, Heap, Value as Raw};
use motet_vm::signals::{self, Batching, Watchable};
use motet_vm::{Unread, read_source, watch_source};
use std::fmt;
use std::marker::PhantomData;

/// A value that Rust and programs share: any thread reads, sets and watches it. A clone is another handle on the same
/// signal.
///
/// Programs get it as a value, as an argument or a global, and use it like one of their own; their functions may give one
/// back. What it holds is converted: programs may set it to values of other types than `T`, and then reading it here is an
/// error.
///
/// ```
/// use motet::{Signal, Vm};
///
/// let vm = Vm::new();
/// let celsius = vm.signal(20.0);
/// vm.set_global("celsius", &celsius);
/// let module = vm.load_text("export fn warmer(by) { celsius.update(c => c + by) }")?;
/// vm.call::<()>(&module.get("warmer")?, (1.5,))?;
/// assert_eq!(celsius.get()?, 21.5);
///
/// celsius.set(-40.0);
/// assert_eq!(vm.eval::<f64>("celsius.value")?, -40.0);
/// # Ok::<(), motet::Error>(())
/// ```
pub struct Signal<T> {
    raw: signals::Signal,
    value: PhantomData<fn(T) -> T>,
}

impl<T> Signal<T> {
    pub(super) fn new(raw: signals::Signal) -> Signal<T> {
        Signal { raw, value: PhantomData }
    }
}

impl<T: FromValue> Signal<T> {
    /// The value as it is now.
    pub fn get(&self) -> Result<T> {
        Value(self.raw.peek()).to()
    }

    /// Has a function called with every change from now on: see [`Subscription`].
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let vm = motet::Vm::new();
    /// let level = vm.signal(0);
    /// let (sender, levels) = mpsc::channel();
    /// let subscription = level.on_change(move |level| sender.send(level).unwrap());
    ///
    /// vm.set_global("level", &level);
    /// vm.eval::<()>("level.set(3)")?;
    /// assert_eq!(levels.recv().unwrap()?, 3);
    ///
    /// drop(subscription);
    /// level.set(4);
    /// assert!(levels.recv().is_err(), "the callback is gone, and what it held");
    /// # Ok::<(), motet::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If it is the machine's first subscription and the system gives no thread, as [`std::thread::spawn`] does.
    pub fn on_change(&self, callback: impl FnMut(Result<T>) + Send + 'static) -> Subscription {
        subscribe(&Watchable::Signal(self.raw.clone()), callback)
    }

    /// The changes from now on, one after the other: see [`Changes`].
    ///
    /// # Panics
    ///
    /// As [`Signal::on_change`].
    pub fn changes(&self) -> Changes<T> {
        Changes::of(&Watchable::Signal(self.raw.clone()))
    }
}

impl<T: IntoValue> Signal<T> {
    /// Sets the value. Effects of programs that depend on it run soon, on the threads that they belong to.
    pub fn set(&self, value: T) {
        self.raw.set(Value::new(value).0);
    }
}

impl<T: FromValue + IntoValue> Signal<T> {
    /// Replaces the value by what a function makes of it, as one step, and gives the new one. The function is called again
    /// if another thread has set the signal meanwhile, so no update is lost.
    ///
    /// ```
    /// let vm = motet::Vm::new();
    /// let count = vm.signal(0);
    /// std::thread::scope(|scope| {
    ///     for _ in 0..4 {
    ///         scope.spawn(|| (0..100).for_each(|_| assert!(count.update(|n| n + 1).unwrap() <= 400)));
    ///     }
    /// });
    /// assert_eq!(count.get()?, 400);
    /// # Ok::<(), motet::Error>(())
    /// ```
    pub fn update(&self, mut function: impl FnMut(T) -> T) -> Result<T> {
        let mut result = None;
        self.raw.update(|former| match Value(former.clone()).to() {
            Ok(value) => {
                let value = Value::new(function(value));
                result = Some(Ok(value.clone()));
                value.0
            }
            Err(error) => {
                result = Some(Err(error));
                former.clone()
            }
        });
        result.expect("the function was called")?.to()
    }
}

/// A value that a program computes from signals; a function of a program gives it. Reading it computes it, on the calling
/// thread and with the limits of a call, if something that it depends on has changed.
///
/// ```
/// use motet::{Computed, Vm};
///
/// let vm = Vm::new();
/// let radius = vm.signal(1.0);
/// let module = vm.load_text("export fn area_of(r) { computed(() => r.value * r.value * 3) }")?;
/// let area: Computed<f64> = vm.call(&module.get("area_of")?, (&radius,))?;
/// assert_eq!(area.get()?, 3.0);
/// radius.set(2.0);
/// assert_eq!(area.get()?, 12.0);
/// # Ok::<(), motet::Error>(())
/// ```
pub struct Computed<T> {
    raw: signals::Computed,
    value: PhantomData<fn() -> T>,
}

impl<T: FromValue> Computed<T> {
    /// The value as it is now; an error if its function throws.
    pub fn get(&self) -> Result<T> {
        let value = read_source(&Watchable::Computed(self.raw.clone()));
        value.map_err(unread).and_then(|value| Value(value).to())
    }

    /// Has a function called with every change from now on: see [`Subscription`]. If the computed value's function throws,
    /// that is a change to this error.
    ///
    /// # Panics
    ///
    /// If it is the machine's first subscription and the system gives no thread, as [`std::thread::spawn`] does.
    pub fn on_change(&self, callback: impl FnMut(Result<T>) + Send + 'static) -> Subscription {
        subscribe(&Watchable::Computed(self.raw.clone()), callback)
    }

    /// The changes from now on, one after the other: see [`Changes`].
    ///
    /// # Panics
    ///
    /// As [`Computed::on_change`].
    pub fn changes(&self) -> Changes<T> {
        Changes::of(&Watchable::Computed(self.raw.clone()))
    }
}

fn unread(unread: Unread) -> Error {
    match unread {
        Unread::Failed(error) | Unread::Stopped(error) => error.into(),
        Unread::NoMachine => Error::missing("the last handle on the machine that computes this value is gone".into()),
    }
}

fn subscribe<T: FromValue>(source: &Watchable, mut callback: impl FnMut(Result<T>) + Send + 'static) -> Subscription {
    Subscription { _inner: watch_source(source, Box::new(move |read| callback(converted(read)))) }
}

/// What a subscriber is told, as a type of Rust's.
pub(super) fn converted<T: FromValue>(read: std::result::Result<Frozen, Box<motet_vm::Uncaught>>) -> Result<T> {
    Value(read?).to()
}

/// A callback is called with changes until this is dropped.
///
/// * **Where.** All callbacks of a machine run on one thread of its own (`motet observer`), one at a time, and never while
///   a lock is held: a callback may set signals, call programs, subscribe, and drop any subscription. What takes long
///   belongs elsewhere, because the others wait for it; and a callback that waits for another one waits for ever.
/// * **What.** The newest value, whenever it is another one than the callback was told last (at first: than it was at the
///   subscription). Values in between are left out: of a thousand sets in a row it may see one, but always the last. All
///   sets of a batch are there at once.
/// * **Errors.** A computed value whose function throws is an `Err`, and so is a value that is no `T`. If a limit of the
///   machine stops the function, that is told as well, and is the end of the subscription. A panic in a callback, which
///   the panic hook shows, ends its subscription.
/// * **The end.** When this is dropped, or the last handle on the machine. A call that has begun goes on to its end, no
///   other begins, and what the callback holds is dropped. A callback that holds a handle on its machine keeps it.
#[must_use = "dropping a subscription ends it"]
pub struct Subscription {
    _inner: motet_vm::Subscription,
}

/// Sets several signals at once: what [`super::Vm::batch`] calls its function with.
pub struct Batch<'a, 'b> {
    inner: &'a mut Batching<'b>,
}

impl<'a, 'b> Batch<'a, 'b> {
    pub(super) fn new(inner: &'a mut Batching<'b>) -> Batch<'a, 'b> {
        Batch { inner }
    }

    /// Sets a signal at the end of the batch.
    ///
    /// # Panics
    ///
    /// If the signal belongs to another machine.
    pub fn set<T: IntoValue>(&mut self, signal: &Signal<T>, value: T) {
        self.inner.set(&signal.raw, Value::new(value).0);
    }

    /// Replaces a value by what a function makes of it. If another thread sets the signal before the batch ends, the
    /// whole batch is done again.
    ///
    /// # Panics
    ///
    /// If the signal belongs to another machine.
    pub fn update<T: FromValue + IntoValue>(
        &mut self,
        signal: &Signal<T>,
        function: impl FnOnce(T) -> T,
    ) -> Result<()> {
        let mut result = Ok(());
        self.inner.update(&signal.raw, |former| match Value(former.clone()).to() {
            Ok(value) => Value::new(function(value)).0,
            Err(error) => {
                result = Err(error);
                former.clone()
            }
        });
        result
    }

    /// The value of a signal, as the batch has set it.
    pub fn get<T: FromValue>(&mut self, signal: &Signal<T>) -> Result<T> {
        Value(self.inner.signal(&signal.raw)).to()
    }
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Signal<T> {
        Signal::new(self.raw.clone())
    }
}

impl<T> Clone for Computed<T> {
    fn clone(&self) -> Computed<T> {
        Computed { raw: self.raw.clone(), value: PhantomData }
    }
}

impl<T> fmt::Debug for Signal<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Value(self.raw.peek()), formatter)
    }
}

impl<T> fmt::Debug for Computed<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Computed")
    }
}

impl<T> IntoValue for &Signal<T> {
    fn into_raw(self, heap: &Heap) -> Raw {
        self.raw.to_value(heap)
    }
}

impl<T> IntoValue for Signal<T> {
    fn into_raw(self, heap: &Heap) -> Raw {
        self.raw.to_value(heap)
    }
}

impl<T> FromValue for Signal<T> {
    fn from_raw(raw: &Raw, _: &Heap) -> std::result::Result<Signal<T>, String> {
        signals::Signal::of(raw).map(Signal::new).ok_or_else(|| "a Signal".into())
    }
}

impl<T> IntoValue for &Computed<T> {
    fn into_raw(self, heap: &Heap) -> Raw {
        self.raw.to_value(heap)
    }
}

impl<T> IntoValue for Computed<T> {
    fn into_raw(self, heap: &Heap) -> Raw {
        self.raw.to_value(heap)
    }
}

impl<T> FromValue for Computed<T> {
    fn from_raw(raw: &Raw, _: &Heap) -> std::result::Result<Computed<T>, String> {
        let computed = signals::Computed::of(raw).ok_or("a Computed")?;
        Ok(Computed { raw: computed, value: PhantomData })
    }
}
