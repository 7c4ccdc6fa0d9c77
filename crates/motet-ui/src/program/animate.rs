//! `ui_animate`: a signal that moves to a number, step by step, while its task waits.

use motet_vm::builtins::arguments::{WithOptions, number, wrong};
use motet_vm::builtins::{Builtins, Entry};
use motet_vm::memory::{Frozen, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::signals::Signal;
use motet_vm::{Context, Error, ErrorKind, Result};
use std::time::{Duration, Instant};

/// How long it takes if nothing is said, in milliseconds.
const USUAL: f64 = 250.0;
/// Between two steps, in milliseconds: a frame.
const STEP: i64 = 16;
/// The longest: a day.
const LONGEST: f64 = 86_400_000.0;

/// How the way is shared out over the time.
#[derive(Clone, Copy)]
enum Easing {
    Linear,
    /// It begins and ends slowly.
    Smooth,
    /// It ends slowly.
    Out,
}

const EASINGS: &[(&str, Easing)] = &[("linear", Easing::Linear), ("smooth", Easing::Smooth), ("out", Easing::Out)];

impl Easing {
    fn at(self, part: f64) -> f64 {
        match self {
            Easing::Linear => part,
            Easing::Smooth => part * part * (3.0 - 2.0 * part),
            Easing::Out => 1.0 - (1.0 - part).powi(3),
        }
    }
}

struct Animation {
    signal: Signal,
    from: f64,
    to: Value,
    /// What it has set last. Whatever else the signal holds, another one has set, which ends the animation.
    last: Frozen,
    began: Instant,
    time: Duration,
    easing: Easing,
}

impl Animation {
    fn go_on(mut self: Box<Self>) -> Result<Outcome> {
        let part = self.began.elapsed().as_secs_f64() / self.time.as_secs_f64();
        let is_last = part.is_nan() || part >= 1.0;
        let to = self.to.as_number().unwrap_or_default();
        let value = match is_last {
            true => self.to.clone(),
            false => {
                // The difference of two numbers may be larger than any number.
                let part = self.easing.at(part);
                Value::float(self.from * (1.0 - part) + to * part)
            }
        };
        let next = Frozen::new(&value).expect("a number is immutable");
        let mut is_own = true;
        self.signal.update(|former| {
            is_own = crate::binding::is_same(former, &self.last);
            if is_own { next.clone() } else { former.clone() }
        });
        if is_last || !is_own {
            return Ok(Value::NULL.into());
        }
        self.last = next;
        let sleep = Builtins::of_machine().extern_value("sleep").expect("a builtin");
        Ok(Outcome::Call { function: sleep, arguments: CallArguments::One(Value::int(STEP)), then: self })
    }
}

impl Resume for Animation {
    fn resume(self: Box<Self>, _: &mut Context<'_>, _: Value) -> Result<Outcome> {
        self.go_on()
    }

    fn failed(self: Box<Self>, _: &mut Context<'_>, error: Error) -> Result<Outcome> {
        Err(error)
    }

    fn name(&self) -> &'static str {
        "ui_animate"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.to);
    }
}

fn ui_animate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "ui_animate";
    let options = WithOptions::of(NAME, arguments, 2, &["time", "easing"])?;
    let (target, to) = (arguments.at(0), arguments.at(1).clone());
    if context.building().is_some_and(|building| building.interface.get::<super::build::Builder>().is_some()) {
        return Err(Error::new(ErrorKind::ValueError, "ui_animate cannot be called while a window is being built")
            .with_hint("call it in a callback, such as the function of a button, or in a task"));
    }
    let signal = Signal::of(target).ok_or_else(|| wrong(NAME, "a signal", target))?;
    let last = signal.peek();
    let from = last.value().as_number().ok_or_else(|| wrong(NAME, "a signal of a number", last.value()))?;
    if !number(NAME, &to)?.is_finite() {
        return Err(wrong(NAME, "a finite number to go to", &to));
    }
    let time = match options.option("time") {
        None => USUAL,
        Some(value) => {
            let time = value.as_number().filter(|time| (0.0..=LONGEST).contains(time));
            time.ok_or_else(|| wrong(NAME, "milliseconds, up to a day, as time", &value))?
        }
    };
    let easing = match options.option("easing") {
        None => Easing::Smooth,
        Some(value) => {
            let known = value.as_str().and_then(|name| EASINGS.iter().find(|(known, _)| *known == name));
            known
                .map(|(_, easing)| *easing)
                .ok_or_else(|| wrong(NAME, "\"linear\", \"smooth\" or \"out\" as easing", &value))?
        }
    };
    let time = Duration::from_secs_f64(time / 1000.0);
    Box::new(Animation { signal: signal.clone(), from, to, last, began: Instant::now(), time, easing }).go_on()
}

pub(super) static NATIVES: &[Entry] = &[Entry::function(
    "ui_animate(signal, to, time: 250, easing: \"smooth\")",
    ui_animate,
    "Moves the number that a signal holds to another one, in steps of a frame, and waits for the end; `time` in \
     milliseconds, `easing` is linear, smooth or out. What else sets the signal meanwhile ends it.",
)];
