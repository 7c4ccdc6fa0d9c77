//! `motet run --trace`: the timeline is well-formed JSON of Chrome's trace event format, and tells what happened.

mod common;

use common::{Folder, Run, motet, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

struct Traced {
    run: Run,
    events: Vec<Event>,
}

/// An event, with the fields that the tests look at.
#[derive(Clone, Debug)]
struct Event {
    phase: char,
    name: String,
    category: String,
    thread: u64,
    at: f64,
    length: f64,
    id: String,
    arguments: Value,
}

fn trace(name: &str, program: &str, options: &[&str]) -> Traced {
    let folder = Folder::new(&format!("tracing-{name}"));
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let mut command = motet();
    command.current_dir(&*folder).args(["run", "--trace", "out.json"]).args(options).arg("case.soc");
    let run = run(&mut command);
    let text = std::fs::read_to_string(folder.join("out.json")).expect("the trace is there");
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let events = json.as_array().expect("a trace is a list").iter().map(event).collect();
    Traced { run, events }
}

fn event(json: &Value) -> Event {
    let text = |field: &str| json.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |field: &str| json.get(field).and_then(Value::as_f64);
    assert_eq!(json["pid"], 1, "{json}");
    let phase = text("ph").chars().next().expect("every event has a phase");
    assert!("MXbesf".contains(phase), "{json}");
    assert_eq!(number("dur").is_some(), phase == 'X', "only slices have a length: {json}");
    Event {
        phase,
        name: text("name"),
        category: text("cat"),
        thread: json["tid"].as_u64().expect("every event has a thread"),
        at: number("ts").expect("every event has a time"),
        length: number("dur").unwrap_or_default(),
        id: json.get("id").map(Value::to_string).unwrap_or_default(),
        arguments: json.get("args").cloned().unwrap_or_default(),
    }
}

impl Event {
    fn end(&self) -> f64 {
        self.at + self.length
    }

    fn contains(&self, other: &Event) -> bool {
        // Times are written with three digits.
        self.thread == other.thread && self.at - 0.002 <= other.at && other.end() <= self.end() + 0.002
    }
}

impl Traced {
    fn of(&self, phase: char, category: &str) -> Vec<&Event> {
        self.events.iter().filter(|event| event.phase == phase && event.category == category).collect()
    }

    /// What holds of every trace.
    fn check(&self) {
        let (threads, runs) = (self.of('X', "thread"), self.of('X', "run"));
        assert!(self.events.iter().all(|event| event.at >= 0.0 && event.length >= 0.0));
        for slice in &runs {
            assert!(threads.iter().any(|thread| thread.contains(slice)), "{slice:?} is in no thread's life");
        }
        for (index, one) in runs.iter().enumerate() {
            for other in &runs[index + 1..] {
                let apart = one.end() <= other.at + 0.002 || other.end() <= one.at + 0.002;
                assert!(one.thread != other.thread || apart, "two tasks of a thread run at once: {one:?} {other:?}");
            }
        }
        // A flow ends at most once, after it began, and both ends are in slices, where a viewer fastens them.
        let (sent, served) = (self.of('s', "message"), self.of('f', "message"));
        let ids: BTreeSet<&str> = sent.iter().map(|event| &*event.id).collect();
        assert_eq!(ids.len(), sent.len());
        let ends: BTreeSet<&str> = served.iter().map(|event| &*event.id).collect();
        assert_eq!(ends.len(), served.len());
        for end in &served {
            let begin = sent.iter().find(|begin| begin.id == end.id).expect("what is served was sent");
            assert!(begin.at <= end.at, "{begin:?} {end:?}");
        }
        for flow in sent.iter().chain(&served) {
            assert!(threads.iter().chain(&runs).any(|slice| slice.contains(flow)), "{flow:?} is in no slice");
        }
        // The life of a task, and in it its waits one after the other, are nested in order.
        let mut open: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for event in self.events.iter().filter(|event| event.category == "task") {
            let stack = open.entry(&event.id).or_default();
            match event.phase {
                'b' => stack.push(&event.name),
                'e' => assert_eq!(stack.pop(), Some(&*event.name), "{event:?}"),
                _ => panic!("{event:?}"),
            }
        }
        assert!(open.values().all(Vec::is_empty), "tasks that never ended: {open:?}");
    }

    /// What a thread sent, in order, and the thread that each arrived at.
    fn sent_by(&self, thread: u64) -> Vec<(&str, u64)> {
        let ends = self.of('f', "message");
        let arrival = |begin: &Event| ends.iter().find(|end| end.id == begin.id).expect("it arrives").thread;
        let sent = self.of('s', "message").into_iter().filter(|event| event.thread == thread);
        sent.map(|event| (event.arguments["what"].as_str().expect("text"), arrival(event))).collect()
    }

    fn names(&self, phase: char, category: &str) -> BTreeSet<&str> {
        self.of(phase, category).into_iter().map(|event| &*event.name).collect()
    }
}

#[test]
fn a_trace_tells_of_threads_tasks_messages_and_waits() {
    let program = r#"
async fn fetch(n) { sleep(n); n }
let go = channel()
let t = spawn(do {
  thread.current.on_message(m => do { go.recv(); m.reply(m.payload * 2) })
  thread.current.keep_alive()
})
// The answer comes only when a task waits for it.
let answer = t.send(21, reply: true)
async do { pause(); go.send(true) }
println(await answer)
println(await t.run(() => 7, reply: true))
println(await_all([fetch(1), fetch(2)]))
println(await spawn_return(1 + 1))
// A pipe is read when another program writes to it, so the reader waits.
run_process("mkfifo", ["pipe"])
let reading = async read_file("pipe")
write_file("pipe", "text")
println(await reading)
t.stop()
"#;
    let traced = trace("all", program, &[]);
    assert_eq!(traced.run.transcript(), "42\n7\n[1, 2]\n2\ntext");
    traced.check();
    let named: BTreeSet<&str> = traced
        .events
        .iter()
        .filter(|event| event.name == "thread_name")
        .map(|event| event.arguments["name"].as_str().expect("names are text"))
        .collect();
    assert_eq!(named, BTreeSet::from(["main thread", "thread 1", "thread 2"]));
    // The spawn, the message, the value in the channel, the function and the second spawn; the reply and the results.
    assert_eq!(traced.sent_by(0), [("spawn", 1), ("message", 1), ("value", 1), ("run", 1), ("spawn", 2)]);
    assert_eq!(traced.sent_by(1), [("reply", 0), ("result", 0)]);
    assert_eq!(traced.sent_by(2), [("result", 0)]);
    // What the main task waited for reaches it where it goes on.
    let begin =
        traced.of('s', "message").into_iter().find(|event| event.arguments["what"] == "reply").expect("it is sent");
    let end = traced.of('f', "message").into_iter().find(|event| event.id == begin.id).expect("it arrives");
    let slices = traced.of('X', "run");
    assert!(slices.iter().any(|slice| slice.name == "main" && slice.contains(end)), "{end:?} {slices:?}");
    let tasks = traced.names('b', "task");
    for wanted in ["main", "fetch", "spawn", "message", "waits for a time", "waits for messages", "waits for read_file"]
    {
        assert!(tasks.contains(wanted), "no {wanted} in {tasks:?}");
    }
    assert!(tasks.contains("waits for an answer of thread 1"), "{tasks:?}");
    let sleeps: Vec<_> = traced.of('b', "task").into_iter().filter(|event| event.name == "waits for a time").collect();
    assert_eq!(sleeps.iter().filter(|event| event.arguments["at"] == "case.soc:2:21").count(), 2, "{sleeps:?}");
}

/// A message that comes while a task computes interrupts it: the task's slice is cut in two, with the message's between.
#[test]
fn a_trace_shows_a_message_that_interrupts_a_task() {
    let program = r#"
let state = {seen: 0}
thread.current.on_message(m => do { state.seen += 1 })
spawn(do { thread.main.send("x") })
while (state.seen == 0) { }
"#;
    let traced = trace("interrupts", program, &[]);
    assert_eq!(traced.run.transcript(), "");
    traced.check();
    let row: Vec<&str> = {
        let mut slices = traced.of('X', "run");
        slices.retain(|event| event.thread == 0);
        slices.sort_by(|one, other| one.at.total_cmp(&other.at));
        slices.into_iter().map(|event| &*event.name).collect()
    };
    assert!(row.windows(3).any(|part| part == ["main", "message", "main"]), "{row:?}");
}

/// A program that fails, is cancelled or reaches a limit leaves a trace that is whole.
#[test]
fn a_trace_is_whole_however_the_program_ends() {
    let failing = trace("fails", "async do { sleep(600000) }\nspawn(do { sleep(600000) })\nthrow \"the end\"", &[]);
    assert_eq!(failing.run.code, Some(1));
    failing.check();
    let failed: Vec<_> =
        failing.of('e', "task").into_iter().filter(|event| event.arguments["failed"] == Value::Bool(true)).collect();
    assert!(failed.iter().any(|event| event.name == "main"), "{failed:?}");
    let limited = trace("limited", "while (true) { }", &["--max-steps", "1000"]);
    assert_eq!(limited.run.code, Some(1));
    limited.check();
    let stuck = trace("stuck", "channel().recv()", &[]);
    assert_eq!(stuck.run.code, Some(1));
    stuck.check();
    let unread = trace("unread", "let", &[]);
    assert_eq!((unread.run.code, unread.events.len()), (Some(1), 0));
}

/// The buffers of many threads are handed in while the program runs, each in whole events.
#[test]
fn a_long_trace_is_written_while_the_program_runs() {
    let program = "
let threads = range(0, 4).map(k => spawn_return(do { for (i in 0..1000) { pause() }; 0 }))
await_all(threads)";
    let traced = trace("long", program, &[]);
    assert_eq!(traced.run.transcript(), "");
    traced.check();
    assert!(traced.of('X', "run").len() > 4000);
}

#[test]
fn a_trace_that_cannot_be_written_is_a_misuse() {
    let folder = Folder::new("tracing-misuse");
    std::fs::write(folder.join("case.soc"), "println(1)").expect("the build folder can be written");
    let run = run(motet().current_dir(&*folder).args(["run", "--trace", "no/such/folder.json", "case.soc"]));
    assert_eq!(
        run.transcript(),
        "stderr:\nerror: the trace no/such/folder.json cannot be written: No such file or directory (os error 2)\nexit 2"
    );
}
