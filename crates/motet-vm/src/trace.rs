//! A timeline of a program for people to look at: Chrome's trace event format, which Perfetto and chrome://tracing open.
//!
//! A [`Trace`] is where the events of all isolates of a program go, as text. A [`Recorder`] belongs to one use of a thread:
//! it writes its events into a buffer of its own and hands that in when it is full and when the thread ends, so that
//! recording takes no lock.
//!
//! What is recorded, each with its time:
//!
//! | event | as |
//! |---|---|
//! | the life of a thread | a slice on the row of its number |
//! | a task that runs | a slice inside it |
//! | the life of a task, and in it what it waits for | nested asynchronous slices, a row for each task |
//! | a message, a function for `run`, a spawn | a flow from the slice that sent it to the slice that serves it |
//! | a frame of a window, with the processor time of the UI thread since the last one | a slice on a row of the window |
//! | the UI thread takes what programs have said | a slice on a row of all windows |
//! | a reply, the result of a thread, a value in a channel | a flow to the slice that receives it |
//!
//! Nothing here knows isolates or values. A program that is not traced has no recorder, and its task switches look once
//! whether there is one.

use crate::json;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::Hash;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Where the events of a program go.
pub struct Trace {
    begin: Instant,
    /// Numbers of tasks and flows; 0 means none.
    issued: AtomicU64,
    /// A leaf: only the writer is called while it is held.
    sink: Mutex<Sink>,
}

struct Sink {
    out: Box<dyn Write + Send>,
    /// The first thing that went wrong.
    failure: Option<io::Error>,
    is_empty: bool,
}

impl Sink {
    fn write(&mut self, text: &str) {
        if self.failure.is_none() {
            self.failure = self.out.write_all(text.as_bytes()).err();
        }
    }
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Trace")
    }
}

impl Trace {
    /// A trace that is written while the program runs.
    pub fn new(out: Box<dyn Write + Send>) -> Arc<Trace> {
        let mut sink = Sink { out, failure: None, is_empty: true };
        sink.write("[");
        Arc::new(Trace { begin: Instant::now(), issued: AtomicU64::new(0), sink: Mutex::new(sink) })
    }

    /// A new number.
    fn issue(&self) -> u64 {
        self.issued.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Adds events, each of which begins with a comma and a newline.
    fn add(&self, events: &str) {
        let Some(first) = events.strip_prefix(',') else { return };
        let mut sink = self.sink.lock();
        let is_first = std::mem::replace(&mut sink.is_empty, false);
        sink.write(if is_first { first } else { events });
    }

    /// Something that is done for the program outside of its threads, such as a frame of a window: a slice on a row of its
    /// own, whose name is given with its first slice. `about`: numbers that go with it.
    pub fn slice(&self, row: u32, row_name: Option<&str>, name: &str, [from, to]: [Instant; 2], about: &[(&str, f64)]) {
        let row = FIRST_ROW + row;
        let micros = |time: Instant| time.saturating_duration_since(self.begin).as_secs_f64() * 1e6;
        let (from, to) = (micros(from), micros(to));
        let mut events = String::new();
        if let Some(row_name) = row_name {
            let row_name = escape(row_name);
            // Writing to a string does not fail.
            let _ = write!(
                events,
                ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{row},\"ts\":{from:.3},\"name\":\"thread_name\",\"args\":{{\"name\":\"{row_name}\"}}}}"
            );
        }
        let (took, name) = (to - from, escape(name));
        let about: Vec<String> =
            about.iter().map(|(name, number)| format!("\"{}\":{number:.3}", escape(name))).collect();
        let _ = write!(
            events,
            ",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{row},\"ts\":{from:.3},\"dur\":{took:.3},\"name\":\"{name}\",\"args\":{{{}}}}}",
            about.join(",")
        );
        self.add(&events);
    }

    /// Ends the text, after the program has ended.
    pub fn finish(&self) -> io::Result<()> {
        let mut sink = self.sink.lock();
        sink.write("\n]\n");
        match sink.failure.take() {
            Some(failure) => Err(failure),
            None => sink.out.flush(),
        }
    }
}

/// The number of the first row that is no thread.
const FIRST_ROW: u32 = 1_000_000;

/// Events are handed in when there are so many bytes of them.
const FULL: usize = 1 << 16;

/// The events of one thread, while it is used once. `K` names its tasks.
pub(crate) struct Recorder<K> {
    trace: Arc<Trace>,
    thread: u32,
    begin: f64,
    events: String,
    tasks: HashMap<K, TracedTask>,
    /// The task that runs, since when.
    running: Option<(K, f64)>,
}

struct TracedTask {
    number: u64,
    name: String,
    /// What it waits for, if it has been suspended.
    waits_for: Option<String>,
    /// The flows of what it serves, or waited for: they end where it goes on.
    flows: Vec<u64>,
}

impl<K: Copy + Eq + Hash> Recorder<K> {
    /// Of a thread that begins, by a spawn with this flow.
    pub fn new(trace: &Arc<Trace>, thread: u32, flow: u64) -> Recorder<K> {
        let begin = micros(trace);
        let mut recorder = Recorder {
            trace: trace.clone(),
            thread,
            begin,
            events: String::new(),
            tasks: HashMap::new(),
            running: None,
        };
        let name = if thread == 0 { "main thread".to_owned() } else { format!("thread {thread}") };
        recorder.event(
            'M',
            begin,
            &format!(
                r#""name":"thread_name","args":{{"name":"{name}"}}}},
{{"ph":"M","pid":1,"tid":{thread},"ts":{begin:.3},"name":"thread_sort_index","args":{{"sort_index":{thread}}}"#
            ),
        );
        recorder.end_flow(flow, begin);
        recorder
    }

    fn now(&self) -> f64 {
        micros(&self.trace)
    }

    /// Adds an event; `rest`: its fields behind those that all have.
    fn event(&mut self, phase: char, at: f64, rest: &str) {
        let thread = self.thread;
        // Writing to a string does not fail.
        let _ = write!(self.events, ",\n{{\"ph\":\"{phase}\",\"pid\":1,\"tid\":{thread},\"ts\":{at:.3},{rest}}}");
        if self.events.len() >= FULL {
            self.hand_in();
        }
    }

    fn hand_in(&mut self) {
        self.trace.add(&self.events);
        self.events.clear();
    }

    /// A task has been started.
    pub fn start(&mut self, task: K, name: &str, place: &str) {
        let (number, at) = (self.trace.issue(), self.now());
        let (name, place) = (escape(name), escape(place));
        self.event('b', at, &format!(r#""cat":"task","id":"{number}","name":"{name}","args":{{"at":"{place}"}}"#));
        self.tasks.insert(task, TracedTask { number, name, waits_for: None, flows: Vec::new() });
    }

    /// A task that does not run is to serve what was sent under this number, or waited for it.
    pub fn serves(&mut self, task: K, flow: u64) {
        if let Some(traced) = self.tasks.get_mut(&task) {
            traced.flows.push(flow);
        }
    }

    /// The running task, or the thread itself, has received what was sent under this number.
    pub fn receive(&mut self, flow: u64) {
        let at = self.now();
        self.end_flow(flow, at);
    }

    /// A task goes on.
    pub fn run(&mut self, task: K) {
        let at = self.now();
        self.running = Some((task, at));
        let Some(traced) = self.tasks.get_mut(&task) else { return };
        let (number, flows) = (traced.number, std::mem::take(&mut traced.flows));
        if let Some(waited) = traced.waits_for.take() {
            self.event('e', at, &format!(r#""cat":"task","id":"{number}","name":"{waited}""#));
        }
        flows.into_iter().for_each(|flow| self.end_flow(flow, at));
    }

    /// The running task stops running, to wait for something, or only for its turn.
    pub fn pause(&mut self, waits_for: Option<&str>, place: &str) {
        let Some((task, at)) = self.leave() else { return };
        let Some(waits_for) = waits_for else { return };
        let Some(traced) = self.tasks.get_mut(&task) else { return };
        let text = escape(&format!("waits for {waits_for}"));
        traced.waits_for = Some(text.clone());
        let (number, place) = (traced.number, escape(place));
        self.event('b', at, &format!(r#""cat":"task","id":"{number}","name":"{text}","args":{{"at":"{place}"}}"#));
    }

    /// The running task has ended.
    pub fn end(&mut self, failed: bool) {
        let Some((task, at)) = self.leave() else { return };
        self.end_task(task, at, failed);
    }

    fn end_task(&mut self, task: K, at: f64, failed: bool) {
        let Some(TracedTask { number, name, waits_for, .. }) = self.tasks.remove(&task) else { return };
        if let Some(waited) = waits_for {
            self.event('e', at, &format!(r#""cat":"task","id":"{number}","name":"{waited}""#));
        }
        self.event('e', at, &format!(r#""cat":"task","id":"{number}","name":"{name}","args":{{"failed":{failed}}}"#));
    }

    /// The slice of the running task.
    fn leave(&mut self) -> Option<(K, f64)> {
        let (task, since) = self.running.take()?;
        let at = self.now();
        let traced = self.tasks.get(&task)?;
        let rest = format!(
            r#""dur":{:.3},"cat":"run","name":"{}","args":{{"task":{}}}"#,
            at - since,
            traced.name,
            traced.number
        );
        self.event('X', since, &rest);
        Some((task, at))
    }

    /// Something is sent: gives the number under which its flow ends elsewhere.
    pub fn send(&mut self, what: &str) -> u64 {
        let (flow, at) = (self.trace.issue(), self.now());
        let rest = format!(r#""cat":"message","id":{flow},"name":"message","args":{{"what":"{what}"}}"#);
        self.event('s', at, &rest);
        flow
    }

    fn end_flow(&mut self, flow: u64, at: f64) {
        if flow != 0 {
            self.event('f', at, &format!(r#""bp":"e","cat":"message","id":{flow},"name":"message""#));
        }
    }
}

impl<K> Recorder<K> {
    /// The end of the thread.
    fn close(&mut self) {
        let (thread, begin) = (self.thread, self.begin);
        let length = micros(&self.trace) - begin;
        let name = if thread == 0 { "main thread".to_owned() } else { format!("thread {thread}") };
        let _ = write!(
            self.events,
            ",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{thread},\"ts\":{begin:.3},\"dur\":{length:.3},\"cat\":\"thread\",\"name\":\"{name}\"}}"
        );
        self.trace.add(&self.events);
        self.events.clear();
    }
}

impl<K> Drop for Recorder<K> {
    fn drop(&mut self) {
        self.close();
    }
}

/// Microseconds since the trace began.
fn micros(trace: &Trace) -> f64 {
    trace.begin.elapsed().as_nanos() as f64 / 1000.0
}

/// Text between the quotes of JSON.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    json::escape(&mut escaped, text);
    escaped
}
