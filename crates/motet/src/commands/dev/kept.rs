//! Signals that outlive a reload: a signal that is made anew at the same place of the program is the one from before, with
//! its value, unless its first value has been changed in the source.
//!
//! A place is the file, the name that the signal is given, and how often a signal of that name has been made before: so
//! lines may be added above it. Only what is made before the first window opens is kept; what a program makes later
//! follows from what its user does.

use motet_code::{Source, Span};
use motet_vm::KeepsSignals;
use motet_vm::memory::{Frozen, is_equal};
use motet_vm::signals::Signal;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// See the module.
#[derive(Default)]
pub struct KeptSignals {
    state: Mutex<State>,
}

type Place = (String, String);

#[derive(Default)]
struct State {
    /// The signals of each place, with their first values and the number of the run that asked for them last.
    known: HashMap<Place, Vec<Kept>>,
    /// How many signals of a place this run has made.
    made: HashMap<Place, usize>,
    run: u64,
    /// The last run that opened a window.
    whole: u64,
    /// The window is open.
    is_sealed: bool,
}

struct Kept {
    first: Frozen,
    signal: Signal,
    run: u64,
}

impl KeptSignals {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program begins anew. What the last run that opened a window did not ask for is forgotten; a run that failed before
    /// may not have come so far.
    pub fn begin(&self) {
        let mut state = self.lock();
        let whole = state.whole;
        state.known.values_mut().for_each(|kept| kept.retain(|kept| kept.run >= whole));
        state.known.retain(|_, kept| !kept.is_empty());
        state.made.clear();
        state.run += 1;
        state.is_sealed = false;
    }

    /// A window opens: what is made from now on is not kept.
    pub fn seal(&self) {
        let mut state = self.lock();
        state.is_sealed = true;
        state.whole = state.run;
    }
}

impl KeepsSignals for KeptSignals {
    fn keep(&self, place: Option<(&Source, Span)>, first: &Frozen, make: &mut dyn FnMut() -> Signal) -> Signal {
        let mut state = self.lock();
        let Some((source, span)) = place.filter(|_| !state.is_sealed) else {
            drop(state);
            return make();
        };
        let run = state.run;
        let place = (source.name.to_string(), name_before(&source.text, span.start as usize).to_owned());
        let count = state.made.entry(place.clone()).or_default();
        let number = *count;
        *count += 1;
        let kept = state.known.entry(place).or_default();
        match kept.get_mut(number) {
            Some(known) if is_equal(known.first.value(), first.value()) => {
                known.run = run;
                known.signal.clone()
            }
            Some(known) => {
                *known = Kept { first: first.clone(), signal: make(), run };
                known.signal.clone()
            }
            None => {
                let signal = make();
                kept.push(Kept { first: first.clone(), signal: signal.clone(), run });
                signal
            }
        }
    }
}

/// The name that what stands at a place is given: `let count = signal(0)`, `{count: signal(0)}`.
fn name_before(text: &str, at: usize) -> &str {
    let before = text[..text.floor_char_boundary(at)].trim_end_matches([' ', '\t', '(']);
    let before = before.strip_suffix(['=', ':']).unwrap_or(before).trim_end();
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |place| place + before[place..].chars().next().map_or(0, char::len_utf8));
    &before[start..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use motet_vm::memory::Value;
    use std::sync::Arc;

    #[test]
    fn names_stand_before_what_they_name() {
        for (text, name) in [
            ("let count = signal(0)", "count"),
            ("  let längs=signal(0)", "längs"),
            ("{a: 1, size: signal(0)}", "size"),
            ("(let count (signal 0))", "count"),
            ("texts['a'] = signal(0)", ""),
        ] {
            assert_eq!(name_before(text, text.find("signal").unwrap()), name, "{text}");
        }
    }

    #[test]
    fn signals_are_known_by_name_and_first_value() {
        let vm = motet_vm::Vm::new(motet::natives::builtins(), Arc::default(), Box::new(std::io::sink()));
        let kept = KeptSignals::default();
        let number = |n: i64| Frozen::new(&Value::int(n)).unwrap();
        let ask = |text: &str, first: i64| {
            let source = Source::new("app.soc", text, false);
            let at = text.find("signal").unwrap() as u32;
            let place = Some((&source, Span { start: at, end: at }));
            kept.keep(place, &number(first), &mut || vm.signal(number(first)))
        };
        let value = |signal: &Signal| signal.peek().value().as_int().unwrap();
        kept.begin();
        let (a, b) = (ask("let a = signal(1)", 1), ask("let b = signal(2)", 2));
        a.set(number(10));
        b.set(number(20));
        let (first, second) = (ask("xs.push(signal(0))", 0), ask("xs.push(signal(0))", 0));
        first.set(number(5));
        second.set(number(6));
        kept.begin();
        assert_eq!(value(&ask("// a line above\nlet a = signal(1)", 1)), 10);
        assert_eq!(value(&ask("let b = signal(3)", 3)), 3, "another first value is meant");
        assert_eq!(value(&ask("xs.push(signal(0))", 0)), 5);
        assert_eq!(value(&ask("xs.push(signal(0))", 0)), 6);
        kept.seal();
        assert_eq!(value(&ask("let a = signal(1)", 1)), 1, "made by what the user does");
        kept.begin();
        kept.begin();
        assert_eq!(value(&ask("let a = signal(1)", 1)), 10, "a run that opened no window had no such signal");
        kept.begin();
        kept.seal();
        kept.begin();
        assert_eq!(value(&ask("let a = signal(1)", 1)), 1, "forgotten: a run had no such signal");
    }
}
