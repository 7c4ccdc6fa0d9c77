//! The options that limit a program; most are for those whose author is not trusted.

use super::warnings::{Allowed, is_name};
use clap::Args;
use motet_syntax::WARNINGS;
use motet_vm::{Limits, Permissions, Settings};
#[cfg(feature = "jit")]
use std::path::Path;
use std::time::Duration;

#[derive(Args, Clone, Default)]
pub struct LimitArguments {
    /// Calls that may be in progress at once
    #[arg(long, value_name = "CALLS")]
    depth: Option<usize>,
    /// Threads at once, the main one included
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
    /// Messages that a thread's mailbox holds
    #[arg(long, value_name = "COUNT")]
    mailbox: Option<usize>,
    /// Threads that compute for parallel_map and its like, and for background jobs; all cores by default
    #[arg(long, value_name = "COUNT")]
    workers: Option<usize>,
    /// Significant digits of printed floats; by default as many as it takes to read back the same number
    #[arg(long, value_name = "DIGITS", value_parser = clap::value_parser!(u8).range(1..))]
    precision: Option<u8>,
    /// How far apart numbers are that is_close takes for equal, as a part of the greater; 1e-9 by default
    #[arg(long, value_name = "PART", value_parser = part)]
    epsilon: Option<f64>,
    /// Show every call in the traces of errors: builtins, and each turn of a recursion
    #[arg(long)]
    pub trace_full: bool,
    /// Exit with 0 although threads failed, or tasks that were not awaited
    #[arg(long)]
    pub keep_going: bool,
    /// End the program after so many calls and turns of loops
    #[arg(long, value_name = "STEPS", value_parser = count)]
    max_steps: Option<u64>,
    /// End the program if its values need more memory: 500K, 100M, 2G
    #[arg(long, value_name = "BYTES", value_parser = count)]
    max_memory: Option<u64>,
    /// End the program after so many seconds, or 200ms, 2m, 1h
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    max_time: Option<Duration>,
    /// End the program if it prints more
    #[arg(long, value_name = "BYTES", value_parser = count)]
    max_output: Option<u64>,
    /// No files but the program itself, no environment, processes or network
    #[arg(long)]
    sandbox: bool,
    /// In the sandbox, let the program touch this: read=FOLDER, write=FOLDER, net=HOST[:PORT], run=PROGRAM, env=NAME, input; a
    /// kind alone allows all of it. Or do not show warnings of a name. May be given several times
    #[arg(long, value_name = "WHAT", value_parser = grant_or_warning)]
    allow: Vec<String>,
    /// Run without inline caches and specialised operations: slower, and the same in all else, or the interpreter is wrong
    #[arg(long, hide = true)]
    plain: bool,
    #[cfg(feature = "jit")]
    #[command(flatten)]
    jit: super::jit::JitArguments,
    #[command(flatten)]
    macros: MacroArguments,
}

/// What the macros of a program may use up while it is compiled. They are always sandboxed.
#[derive(Args, Clone, Default)]
pub struct MacroArguments {
    /// End macros after so many calls and turns of loops; 100M by default
    #[arg(long, value_name = "STEPS", value_parser = count)]
    macro_steps: Option<u64>,
    /// End macros if their values need more memory; 256M by default
    #[arg(long, value_name = "BYTES", value_parser = count)]
    macro_memory: Option<u64>,
    /// End macros after so many seconds; 10 by default
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    macro_time: Option<Duration>,
    /// End macros if they print more; 1M by default
    #[arg(long, value_name = "BYTES", value_parser = count)]
    macro_output: Option<u64>,
}

impl MacroArguments {
    /// The settings that the options ask for.
    pub fn settings(&self) -> Settings {
        Settings { macros: self.limits(), ..Settings::default() }
    }

    fn limits(&self) -> Limits {
        Limits {
            steps: self.macro_steps.or(Limits::MACROS.steps),
            memory: self.macro_memory.or(Limits::MACROS.memory),
            time: self.macro_time.or(Limits::MACROS.time),
            output: self.macro_output.or(Limits::MACROS.output),
        }
    }
}

impl LimitArguments {
    /// The settings that the options ask for.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.depth_limit = self.depth.unwrap_or(settings.depth_limit);
        settings.thread_limit = self.threads.unwrap_or(settings.thread_limit);
        settings.mailbox_capacity = self.mailbox.unwrap_or(settings.mailbox_capacity);
        settings.workers = self.workers;
        settings.precision = self.precision;
        settings.epsilon = self.epsilon.unwrap_or(settings.epsilon);
        settings.full_traces = self.trace_full;
        settings.specialise = !self.plain;
        #[cfg(feature = "jit")]
        {
            // Without caches there is little that machine code could rely on.
            settings.jit = self.jit.jit(!self.plain);
        }
        settings.limits.steps = self.max_steps;
        settings.limits.memory = self.max_memory;
        settings.limits.time = self.max_time;
        settings.limits.output = self.max_output;
        settings.macros = self.macros.limits();
        if self.sandbox {
            settings.permissions = Permissions::NONE;
        }
        for word in self.allow.iter().filter(|word| !is_name(word)) {
            if !self.sandbox {
                let message = format!("--allow {word} needs --sandbox: without it, a program may touch everything\n");
                clap::Error::raw(clap::error::ErrorKind::MissingRequiredArgument, message).exit();
            }
            settings.allow(word).expect("the words were looked at when the command was read");
        }
        settings
    }

    /// The value of `--jit` that was taken for the program.
    #[cfg(feature = "jit")]
    pub fn taken_for_program<'a>(&self, program: &'a Path) -> Option<&'a str> {
        self.jit.taken_for_program(program)
    }

    /// The program has ended: what is to be told of its machine code.
    #[cfg(feature = "jit")]
    pub fn end_jit_log(&self, jit: Option<&motet_vm::jit::Jit>) {
        if let Some(jit) = jit.filter(|_| self.jit.is_logged()) {
            super::jit::end_log(jit);
        }
    }

    /// Which warnings are not shown.
    pub fn allowed(&self) -> Allowed {
        self.allow.iter().filter(|word| is_name(word)).cloned().collect::<Vec<String>>().into()
    }
}

/// A number with `_` between its digits if one likes, and K, M or G behind it for powers of 1000.
pub(super) fn count(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 'K' | 'k')) => (&text[..at], 1_000),
        Some((at, 'M' | 'm')) => (&text[..at], 1_000_000),
        Some((at, 'G' | 'g')) => (&text[..at], 1_000_000_000),
        _ => (text, 1),
    };
    let number: Option<u64> = digits.replace('_', "").parse().ok();
    number.and_then(|number| number.checked_mul(unit)).ok_or_else(|| "a number such as 250000, 500K or 2G".into())
}

/// A number of seconds, or of what its unit says.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let found = units.iter().find_map(|&(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)));
    let (number, unit) = found.unwrap_or((text, 1.0));
    let number: Option<f64> = number.parse().ok();
    let duration = number.and_then(|number| Duration::try_from_secs_f64(number * unit).ok());
    duration.ok_or_else(|| "a number of seconds such as 10 or 0.5, or 200ms, 2m, 1h".into())
}

/// A word that grants something, or names a warning.
fn grant_or_warning(text: &str) -> Result<String, String> {
    if is_name(text) {
        return Ok(text.to_owned());
    }
    let granted = Settings::default().allow(text);
    granted.map(|()| text.to_owned()).map_err(|reason| format!("{reason}; warnings are called {}", WARNINGS.join(", ")))
}

fn part(text: &str) -> Result<f64, String> {
    let part = text.parse().ok().filter(|part: &f64| part.is_finite() && *part >= 0.0);
    part.ok_or_else(|| "a number such as 0.001 or 1e-6".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_units() {
        assert_eq!(count("250_000"), Ok(250_000));
        assert_eq!(count("2K"), Ok(2_000));
        assert_eq!(count("3m"), Ok(3_000_000));
        assert_eq!(count("1G"), Ok(1_000_000_000));
        for wrong in ["", "K", "-1", "1.5M", "99999999999G", "é"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parts_are_numbers_from_zero() {
        assert_eq!(part("1e-6"), Ok(1e-6));
        assert_eq!(part("0"), Ok(0.0));
        for wrong in ["", "-1", "NaN", "inf", "close"] {
            assert!(part(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_may_have_a_fraction() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for (text, milliseconds) in [("10s", 10_000), ("200ms", 200), ("1.5m", 90_000), ("2h", 7_200_000)] {
            assert_eq!(seconds(text), Ok(Duration::from_millis(milliseconds)));
        }
        for wrong in ["", "-1", "NaN", "inf", "1e300", "s", "10 x", "5d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
