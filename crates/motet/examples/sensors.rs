//! Signals between Rust and a program: two sensors, each read by a thread of its own, set signals; a script says what they
//! mean; Rust follows that, as a callback and as a stream.
//!
//! ```console
//! $ cargo run --release -p motet --example sensors
//! ```

use motet::{Computed, Result, Serde, Signal, Vm};
use serde::Deserialize;
use std::sync::{Arc, Mutex};
use std::thread;

/// What the script makes of the sensors. It can be changed without knowing Rust.
const SCRIPT: &str = "
fn level(temperature, pressure) {
  if (temperature > 90 || pressure > 9) { 'danger' } else if (temperature > 70) { 'warm' } else { 'fine' }
}

export fn watch(temperature, pressure) {
  computed(() => do {
    let [t, p] = [temperature.value, pressure.value]
    if (p < 0) { throw ValueError('the pressure cannot be ${p}') }
    {level: level(t, p), ratio: round(t / (p + 1))}
  })
}
";

#[derive(Deserialize, Debug, PartialEq)]
struct State {
    level: String,
    ratio: f64,
}

/// Reads a sensor from a thread of its own until it gives nothing more.
fn sensor(signal: &Signal<f64>, readings: impl IntoIterator<Item = f64>) {
    readings.into_iter().for_each(|reading| signal.set(reading));
}

/// The states in which the sensors left the machine, one after the other.
pub fn follow() -> Result<String> {
    let vm = Vm::new();
    let (temperature, pressure) = (vm.signal(20.0), vm.signal(1.0));
    let watch = vm.load_text(SCRIPT)?.get("watch")?;
    let state: Computed<Serde<State>> = vm.call(&watch, (&temperature, &pressure))?;

    // A callback: it is told of states that come, not of each one if they come faster than it can follow.
    let seen = Arc::new(Mutex::new(0));
    let count = seen.clone();
    let subscription = state.on_change(move |_| *count.lock().expect("no callback panics") += 1);

    // A stream: here it is waited for, until the state is the one that the last readings make.
    let mut report = String::new();
    let steps: [(Vec<f64>, Vec<f64>, State); 3] = [
        ((21..=60).map(f64::from).collect(), vec![1.5, 2.0], State { level: "fine".into(), ratio: 20.0 }),
        ((61..=75).map(f64::from).collect(), vec![3.0, 4.0], State { level: "warm".into(), ratio: 15.0 }),
        (vec![95.0], vec![8.0, 9.0, 9.5], State { level: "danger".into(), ratio: 9.0 }),
    ];
    for (temperatures, pressures, last) in steps {
        let mut states = state.changes();
        thread::scope(|scope| {
            scope.spawn(|| sensor(&temperature, temperatures));
            scope.spawn(|| sensor(&pressure, pressures));
        });
        let found = states.find(|state| state.as_ref().is_ok_and(|Serde(state)| *state == last));
        let Serde(State { level, ratio }) = found.expect("the machine lives")?;
        report += &format!("{level}, ratio {ratio}\n");
    }

    // An error of the script is one of the stream.
    let mut states = state.changes();
    pressure.set(-1.0);
    let error = states.next().expect("the machine lives").expect_err("the script refuses it");
    report += &format!("{error}\n");
    drop(subscription);
    let calls = *seen.lock().expect("no callback panics");
    assert!(calls > 0);
    Ok(report)
}

fn main() -> Result<()> {
    print!("{}", follow()?);
    Ok(())
}
