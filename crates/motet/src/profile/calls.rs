//! What was counted, as a tree of calls of functions, and by lines.

use motet_vm::{Place, Sample, Samples, Sampling};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// More threads than this are shown as one, beside the main one.
const THREADS: usize = 16;

/// A function, or what takes the place of one in a stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    pub name: String,
    /// The file and the line where it begins; a builtin has none.
    pub place: Option<(String, u32)>,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Thread,
    Program,
    Builtin,
    /// Neither: calls that were left out, work between tasks.
    Other,
}

impl Function {
    /// Its name with its place.
    pub fn shown(&self) -> String {
        match &self.place {
            Some((file, line)) => format!("{} ({file}:{line})", self.name),
            None => self.name.clone(),
        }
    }
}

/// Calls of a function below the same calls.
#[derive(Clone, Debug)]
pub struct Call {
    pub caller: Option<usize>,
    /// Of [`Calls::functions`].
    pub function: usize,
    /// What counts for it alone.
    pub own: u64,
    /// With what it called.
    pub total: u64,
}

/// What counts for a function or a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub own: u64,
    pub total: u64,
}

/// A line of the program.
#[derive(Clone, Debug)]
pub struct Line {
    pub file: String,
    pub line: u32,
    pub text: String,
    pub own: u64,
}

/// See the module.
pub struct Calls {
    pub is_time: bool,
    pub functions: Vec<Function>,
    /// Callers stand before those that they call.
    pub calls: Vec<Call>,
    pub total: u64,
    pub samples: u64,
    pub threads: usize,
    /// By function.
    pub costs: Vec<Cost>,
    /// Most expensive first; what builtins take counts for the line that calls them.
    pub lines: Vec<Line>,
}

impl Calls {
    pub fn new(sampling: Sampling, samples: &Samples) -> Calls {
        let Samples(samples) = samples;
        let threads = samples.iter().filter(|sample| sample.caller.is_none()).count();
        let mut calls = Calls {
            is_time: matches!(sampling, Sampling::Time(_)),
            functions: Vec::new(),
            calls: Vec::new(),
            total: samples.iter().map(|sample| sample.weight).sum(),
            samples: samples.iter().map(|sample| sample.count).sum(),
            threads,
            costs: Vec::new(),
            lines: Vec::new(),
        };
        calls.merge(samples);
        calls.add_up();
        calls.lines = lines(samples);
        calls
    }

    /// Calls of one function from several lines become one.
    fn merge(&mut self, samples: &[Sample]) {
        let mut functions: HashMap<Function, usize> = HashMap::new();
        let mut found: HashMap<(Option<usize>, usize), usize> = HashMap::new();
        let mut merged: Vec<usize> = Vec::with_capacity(samples.len());
        for sample in samples {
            let function = function(&sample.place, self.threads);
            let function = *functions.entry(function).or_insert_with_key(|function| {
                self.functions.push(function.clone());
                self.functions.len() - 1
            });
            let caller = sample.caller.map(|caller| merged[caller]);
            let call = *found.entry((caller, function)).or_insert_with(|| {
                self.calls.push(Call { caller, function, own: 0, total: 0 });
                self.calls.len() - 1
            });
            self.calls[call].own += sample.weight;
            merged.push(call);
        }
    }

    fn add_up(&mut self) {
        for at in (0..self.calls.len()).rev() {
            self.calls[at].total += self.calls[at].own;
            if let Some(caller) = self.calls[at].caller {
                self.calls[caller].total += self.calls[at].total;
            }
        }
        self.costs = vec![Cost::default(); self.functions.len()];
        let mut callers = HashSet::new();
        for call in self.calls.iter().filter(|call| call.own > 0) {
            self.costs[call.function].own += call.own;
            // A function that calls itself counts once.
            callers.clear();
            let mut next = Some(call);
            while let Some(call) = next {
                callers.insert(call.function);
                next = call.caller.map(|caller| &self.calls[caller]);
            }
            for function in &callers {
                self.costs[*function].total += call.own;
            }
        }
    }

    /// How much something is of all, in percent.
    pub fn percent(&self, weight: u64) -> f64 {
        if self.total == 0 { 0.0 } else { weight as f64 * 100.0 / self.total as f64 }
    }

    /// What counts, for people.
    pub fn shown(&self, weight: u64) -> String {
        if self.is_time { time(Duration::from_nanos(weight)) } else { format!("{weight} steps") }
    }
}

fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 0.001 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{:.0} µs", seconds * 1e6),
    }
}

/// `threads`: how many there are.
fn function(place: &Place, threads: usize) -> Function {
    let other = |name: &str, kind| Function { name: name.into(), place: None, kind };
    match place {
        Place::Thread(0) => other("main thread", Kind::Thread),
        Place::Thread(_) if threads > THREADS => other(&format!("{} other threads", threads - 1), Kind::Thread),
        Place::Thread(number) => other(&format!("thread {number}"), Kind::Thread),
        Place::Function { name, source, span, .. } => {
            let place = (source.name.to_string(), source.position(span.start).line);
            Function { name: name.to_string(), place: Some(place), kind: Kind::Program }
        }
        // What only the compiler names is what the program wrote, with a sign before it.
        Place::Builtin(name) => other(name.trim_start_matches('%'), Kind::Builtin),
        Place::Omitted => other("… calls left out …", Kind::Other),
        Place::BetweenTasks => other("between tasks", Kind::Other),
    }
}

fn lines(samples: &[Sample]) -> Vec<Line> {
    let mut found: HashMap<(&str, u32), Line> = HashMap::new();
    for sample in samples.iter().filter(|sample| sample.weight > 0) {
        let mut next = Some(sample);
        while let Some(at) = next {
            if let Place::Function { source, line, .. } = &at.place {
                let line = found.entry((&source.name, *line)).or_insert_with(|| Line {
                    file: source.name.to_string(),
                    line: *line,
                    text: source.text.lines().nth(*line as usize - 1).unwrap_or_default().trim().to_owned(),
                    own: 0,
                });
                line.own += sample.weight;
                break;
            }
            next = at.caller.map(|caller| &samples[caller]);
        }
    }
    let mut lines: Vec<Line> = found.into_values().collect();
    lines.sort_by(|a, b| b.own.cmp(&a.own).then_with(|| (&a.file, a.line).cmp(&(&b.file, b.line))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use motet_code::{Source, Span};
    use std::sync::Arc;

    /// Stacks as text: `0 f:1 g:2 g:3 = 5` is a thread, functions at lines, and what counts.
    fn calls(stacks: &[&str]) -> Calls {
        let source = Arc::new(Source::new("a.soc", "first\nsecond\n third", false));
        let mut samples: Vec<Sample> = Vec::new();
        for stack in stacks {
            let (stack, weight) = stack.split_once(" = ").expect("a weight");
            let mut caller = None;
            for word in stack.split(' ') {
                let place = match word.split_once(':') {
                    Some(("", builtin)) => Place::Builtin(if builtin == "sort" { "sort" } else { "map" }),
                    Some((name, line)) => Place::Function {
                        name: name.into(),
                        source: source.clone(),
                        span: Span::at(0),
                        line: line.parse().expect("a line"),
                    },
                    None => Place::Thread(word.parse().expect("a thread")),
                };
                samples.push(Sample { caller, place, weight: 0, count: 0 });
                caller = Some(samples.len() - 1);
            }
            let last = samples.last_mut().expect("a stack");
            (last.weight, last.count) = (weight.parse().expect("a number"), 1);
        }
        Calls::new(Sampling::default(), &Samples(samples))
    }

    fn cost(calls: &Calls, name: &str) -> (u64, u64) {
        let at = calls.functions.iter().position(|function| function.name == name).expect("it was called");
        (calls.costs[at].own, calls.costs[at].total)
    }

    #[test]
    fn functions_that_call_themselves_count_once() {
        let calls = calls(&["0 f:1 g:2 g:3 g:2 = 5", "0 f:1 g:2 = 2", "0 f:1 = 1", "0 f:2 g:1 :sort = 8"]);
        assert_eq!((calls.total, calls.samples, calls.threads), (16, 4, 4));
        assert_eq!([cost(&calls, "f"), cost(&calls, "g"), cost(&calls, "sort")], [(1, 16), (7, 15), (8, 8)]);
        assert_eq!(cost(&calls, "main thread"), (0, 16));
        // What is called from several lines is one call of the thread's.
        let below = |name: &str| calls.calls.iter().filter(|call| calls.functions[call.function].name == name).count();
        assert_eq!((below("f"), below("g")), (1, 3));
        let lines: Vec<_> = calls.lines.iter().map(|line| (line.line, line.own, line.text.as_str())).collect();
        assert_eq!(lines, [(1, 9, "first"), (2, 7, "second")]);
    }

    #[test]
    fn many_threads_become_one() {
        let stacks: Vec<String> = (0..=THREADS).map(|thread| format!("{thread} f:1 = 1")).collect();
        let calls = calls(&stacks.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((cost(&calls, "main thread"), cost(&calls, "16 other threads")), ((0, 1), (0, 16)));
    }

    #[test]
    fn times_have_units() {
        let shown =
            [Duration::from_nanos(1_500), Duration::from_micros(2_345), Duration::from_millis(61_234)].map(time);
        assert_eq!(shown, ["2 µs", "2.3 ms", "61.23 s"]);
    }
}
