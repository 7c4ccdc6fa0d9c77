//! A widget's hold on a signal. The UI thread reads and sets it without any script code; what programs set is noticed
//! through a subscription, which marks the binding and rings.
//!
//! A signal is read where it is: the graph's lock is held for as long as it takes to copy a pointer, never while code
//! runs, and numbers are read without it. So what the UI has set is never overwritten by something older. A computed value
//! is what the subscription told last: its function runs on the thread that tells, never on the UI's.

use motet_vm::memory::{Frozen, Heap, Notation, PrintOptions, Value, is_equal, print_value};
use motet_vm::signals::{Signal, Watchable};
use motet_vm::{Subscription, Uncaught, read_source, watch_source};
use parking_lot::Mutex;
use std::sync::Arc;

/// See the module.
pub struct Binding {
    source: Watchable,
    notation: Notation,
    /// A computed value is computed when it is read: in tests, which must not depend on when another thread tells.
    is_patient: bool,
    told: Arc<Latest>,
    _subscription: Subscription,
}

/// What the subscription has brought.
struct Latest {
    /// Of a computed value; an error's message if it threw.
    latest: Mutex<Option<Result<Frozen, Box<str>>>>,
}

impl Binding {
    /// Binds; `changed` is called from any thread when there is another value.
    pub fn new(source: Watchable, is_gene: bool, is_patient: bool, changed: impl Fn() + Send + 'static) -> Binding {
        let told = Arc::new(Latest { latest: Mutex::new(None) });
        let here = told.clone();
        let keeps = matches!(source, Watchable::Computed(_));
        let tell = move |value: Result<Frozen, Box<Uncaught>>| {
            if keeps {
                let value = value.map_err(|error| error.to_string().into_boxed_str());
                let former = here.latest.lock().replace(value);
                drop(former);
            }
            changed();
        };
        let subscription = watch_source(&source, Box::new(tell));
        if keeps && told.latest.lock().is_none() {
            // What it is before the first change. It was computed when the subscription began.
            let now = computed(&source);
            told.latest.lock().get_or_insert(now);
        }
        let notation = if is_gene { Notation::Gene } else { Notation::Soc };
        Binding { source, notation, is_patient, told, _subscription: subscription }
    }

    /// The value as it is now.
    pub fn value(&self) -> Result<Frozen, Box<str>> {
        match &self.source {
            Watchable::Signal(signal) => Ok(signal.peek()),
            Watchable::Computed(_) if self.is_patient => computed(&self.source),
            Watchable::Computed(_) => {
                let latest = self.told.latest.lock().clone();
                latest.unwrap_or_else(|| Ok(Frozen::new(&Value::NULL).expect("null is immutable")))
            }
        }
    }

    /// The value as text: strings as they are, all else as `print` shows it.
    pub fn text(&self) -> String {
        match self.value() {
            Ok(value) => shown(value.value(), self.notation),
            Err(message) => message.into(),
        }
    }

    pub fn number(&self) -> Option<f64> {
        self.value().ok()?.value().as_number()
    }

    pub fn flag(&self) -> bool {
        self.value().is_ok_and(|value| value.value().is_truthy())
    }

    /// The signal, if widgets may set it: a computed value follows others.
    fn signal(&self) -> Option<&Signal> {
        match &self.source {
            Watchable::Signal(signal) => Some(signal),
            Watchable::Computed(_) => None,
        }
    }

    /// Whether a widget may set it.
    pub fn is_settable(&self) -> bool {
        self.signal().is_some()
    }

    pub fn set_number(&self, number: f64) {
        let Some(signal) = self.signal() else { return };
        // A signal that holds a whole number goes on to do so, as long as the widget gives one.
        let was_whole = signal.peek().value().as_int().is_some();
        let value = match number as i64 {
            whole if was_whole && whole as f64 == number => Value::int(whole),
            _ => Value::float(number),
        };
        set(signal, &value);
    }

    pub fn set_flag(&self, flag: bool) {
        if let Some(signal) = self.signal() {
            set(signal, &Value::bool(flag));
        }
    }

    pub fn set_text(&self, text: &str) {
        if let Some(signal) = self.signal() {
            let heap = Heap::new();
            set(signal, &heap.string(text));
        }
    }

    /// Whether it holds what equals this.
    pub fn holds(&self, value: &Frozen) -> bool {
        self.value().is_ok_and(|held| is_equal(held.value(), value.value()))
    }

    /// Sets any immutable value.
    pub fn set(&self, value: Frozen) {
        if let Some(signal) = self.signal() {
            signal.set(value);
        }
    }
}

fn computed(source: &Watchable) -> Result<Frozen, Box<str>> {
    read_source(source).map_err(|error| format!("{error:?}").into_boxed_str())
}

fn set(signal: &Signal, value: &Value) {
    signal.set(Frozen::new(value).expect("immutable"));
}

/// The same value, not just an equal one: what was made of the one is what would be made of the other.
pub fn is_same(a: &Frozen, b: &Frozen) -> bool {
    a.value().is_same(b.value())
}

/// How a value shows as text.
pub fn shown(value: &Value, notation: Notation) -> String {
    match value.as_str() {
        Some(text) => text.into(),
        None => print_value(value, &PrintOptions { limit: MOST_TEXT, ..PrintOptions::display(notation) }),
    }
}

/// Bytes of a value that a widget shows.
const MOST_TEXT: usize = 1 << 20;
