//! The module `processes`: other programs that a program speaks with while they run. Each is waited for by work of the
//! runtime's, whatever becomes of the program's own object, so none is left behind as a zombie. One that nothing refers to
//! any more, neither the object nor a stream of it, is ended.

use super::{command, status};
use crate::access::failure;
use crate::arguments::{text_option, time_limit};
use crate::runtime::{self, Cancelled, drive, within};
use crate::streams::{Closing, Stream};
use motet_vm::builtins::arguments::{WithOptions, bad_value};
use motet_vm::builtins::{Entry, Field, NativeModule};
use motet_vm::memory::{ForeignKind, ForeignObject, Heap, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind, Result};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Poll;
use tokio::process::Child;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub static PROCESS: ForeignKind = ForeignKind::new("Process");

/// How a program is asked to end.
#[derive(Clone, Copy, Debug)]
enum Ask {
    /// It may tidy up.
    Stop,
    Kill,
}

/// What the object, the streams and the work that waits for the program share.
struct Life {
    asks: UnboundedSender<Ask>,
    status: OnceLock<i64>,
    ended: Closing,
}

/// Dropped when neither the object nor a stream is used any more.
struct Leash(Arc<Life>);

impl Drop for Leash {
    fn drop(&mut self) {
        // The work that waits may have ended, with the program.
        let _ = self.0.asks.send(Ask::Kill);
    }
}

struct Process {
    name: Box<str>,
    id: u32,
    leash: Arc<Leash>,
    stdin: Option<Arc<Stream>>,
    stdout: Option<Arc<Stream>>,
    stderr: Option<Arc<Stream>>,
}

impl ForeignObject for Process {
    fn kind(&self) -> &'static ForeignKind {
        &PROCESS
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Process {} {}>", self.id, self.name))
    }
}

enum Step {
    Ended(io::Result<ExitStatus>),
    Asked(Option<Ask>),
}

async fn next_step(child: &mut Child, asks: &mut UnboundedReceiver<Ask>, is_asked: bool) -> Step {
    let (mut ended, mut asked) = (pin!(child.wait()), pin!(asks.recv()));
    poll_fn(|context| {
        if let Poll::Ready(ended) = ended.as_mut().poll(context) {
            return Poll::Ready(Step::Ended(ended));
        }
        if is_asked { asked.as_mut().poll(context).map(Step::Asked) } else { Poll::Pending }
    })
    .await
}

/// Waits for the end of a program, and ends it when it is asked to.
async fn attend(mut child: Child, mut asks: UnboundedReceiver<Ask>, life: Weak<Life>) {
    let mut is_asked = true;
    let ended = loop {
        match next_step(&mut child, &mut asks, is_asked).await {
            Step::Ended(ended) => break ended,
            Step::Asked(Some(Ask::Stop)) => stop(&mut child),
            // It may be ending already; that it has ended is heard above.
            Step::Asked(Some(Ask::Kill)) => _ = child.start_kill(),
            Step::Asked(None) => {
                _ = child.start_kill();
                is_asked = false;
            }
        }
    };
    if let Some(life) = life.upgrade() {
        let _ = life.status.set(ended.map_or(-1, status));
        life.ended.close();
    }
}

/// It has not been waited for, so its number is still its own.
#[cfg(unix)]
fn stop(child: &mut Child) {
    let id = child.id().and_then(|id| rustix::process::Pid::from_raw(id as i32));
    if let Some(id) = id {
        // It may be ending already.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
}

#[cfg(not(unix))]
fn stop(child: &mut Child) {
    let _ = child.start_kill();
}

/// What a pipe of the program is, by an option.
fn pipe(options: &WithOptions<'_>, name: &str) -> Result<Stdio> {
    match text_option(NAME, options, name)?.as_deref() {
        None | Some("pipe") => Ok(Stdio::piped()),
        Some("null") => Ok(Stdio::null()),
        Some("inherit") => Ok(Stdio::inherit()),
        Some(other) => Err(bad_value(format!("{name} of {NAME} is no {other:?}"))
            .with_hint("it is \"pipe\", \"null\" or \"inherit\", which is what the program itself has")),
    }
}

const NAME: &str = "processes.start";

fn start(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of(NAME, arguments, 1, &["dir", "env", "stdin", "stdout", "stderr"])?;
    let (name, mut command) = command(context, NAME, &options)?;
    command.stdin(pipe(&options, "stdin")?).stdout(pipe(&options, "stdout")?).stderr(pipe(&options, "stderr")?);
    let run = move |cancelled: Cancelled| async move {
        // Starting waits for nothing, so it is not cancelled half way.
        drop(cancelled);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Some(Err(failure("run", &name, &error))),
        };
        let (asks, asked) = unbounded_channel();
        let life = Arc::new(Life { asks, status: OnceLock::new(), ended: Closing::default() });
        let leash = Arc::new(Leash(life.clone()));
        let id = child.id().unwrap_or_default();
        let keeps = || leash.clone() as Arc<dyn std::any::Any + Send + Sync>;
        let of = |pipe: &str| format!("{pipe} of {name}");
        let input = child.stdin.take().map(|pipe| Stream::new(of("stdin"), None, Some(Box::new(pipe))));
        let output = child.stdout.take().map(|pipe| Stream::new(of("stdout"), Some(Box::new(pipe)), None));
        let errors = child.stderr.take().map(|pipe| Stream::new(of("stderr"), Some(Box::new(pipe)), None));
        let [stdin, stdout, stderr] =
            [input, output, errors].map(|stream| stream.map(|stream| Arc::new(stream.keeping(keeps()))));
        let attending = runtime::begin_driven(attend(child, asked, Arc::downgrade(&life)));
        Some(attending.map(|()| Process { name: name.into(), id, leash, stdin, stdout, stderr }))
    };
    context.wait_for(
        NAME,
        |operation| drive(operation, run),
        |context, process| Ok(context.heap().shared_foreign(Arc::new(process))),
    )
}

fn own(arguments: &Arguments<'_>) -> Arc<Process> {
    let process = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Process>());
    process.expect("a method of processes")
}

fn wait(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("wait", arguments, 1, &["timeout"])?;
    let limit = time_limit("wait", &options, "timeout")?;
    let process = own(&arguments);
    let work = move |cancelled: Cancelled| async move {
        let life = process.leash.0.clone();
        let ended = async {
            life.ended.or(std::future::pending::<()>()).await;
            life.status
                .get()
                .copied()
                .ok_or_else(|| OperationError::new(ErrorKind::IoError, "its end was not heard of"))
        };
        cancelled.or(within(limit, &process.name, ended)).await
    };
    context.wait_for("wait", |operation| drive(operation, work), |_, status| Ok(Value::int(status)))
}

fn stop_process(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    // One that has ended hears nothing.
    let _ = own(&arguments).leash.0.asks.send(Ask::Stop);
    Ok(Value::NULL.into())
}

fn kill(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let _ = own(&arguments).leash.0.asks.send(Ask::Kill);
    Ok(Value::NULL.into())
}

fn is_running(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::bool(own(&arguments).leash.0.status.get().is_none()).into())
}

fn of(value: &Value) -> Option<Arc<Process>> {
    value.as_foreign()?.shared_as::<Process>()
}

/// A pipe, or null if the program has something else in its place.
fn pipe_value(heap: &Heap, pipe: &Option<Arc<Stream>>) -> Value {
    pipe.as_ref().map_or(Value::NULL, |stream| heap.shared_foreign(stream.clone()))
}

pub(crate) static FIELDS: &[Field] = &[
    Field {
        kind: &PROCESS,
        name: "id",
        read: |_, value| Some(Value::int(of(value)?.id.into())),
        documentation: "Its number, by which the system knows it.",
    },
    Field {
        kind: &PROCESS,
        name: "stdin",
        read: |isolate, value| Some(pipe_value(isolate.heap(), &of(value)?.stdin)),
        documentation: "What the program reads: `write` to it, and `end_writing` when that is all.",
    },
    Field {
        kind: &PROCESS,
        name: "stdout",
        read: |isolate, value| Some(pipe_value(isolate.heap(), &of(value)?.stdout)),
        documentation: "What the program prints: `read_line`, `read`, or `for (line in …)`.",
    },
    Field {
        kind: &PROCESS,
        name: "stderr",
        read: |isolate, value| Some(pipe_value(isolate.heap(), &of(value)?.stderr)),
        documentation: "What the program prints as errors.",
    },
];

pub static MODULE: NativeModule = NativeModule {
    name: "processes",
    documentation: "Other programs that a program speaks with while they run. `run_process` runs one to its end. One that nothing refers to any more is ended, and so are all when the program ends.",
    entries: &[
        Entry::function(
            "start(program, arguments = [], dir: \".\", env: {}, stdin: \"pipe\", stdout: \"pipe\", stderr: \"pipe\")",
            start,
            "Starts another program and gives a `Process`, whose `stdin`, `stdout` and `stderr` are streams. A pipe may be `\"null\"`, or `\"inherit\"`, which is what the program itself has.",
        ),
        Entry::method(
            &PROCESS,
            "wait(process, timeout: null)",
            wait,
            "Waits for its end and gives its exit code; one that a signal ended has its negative number.",
        ),
        Entry::method(&PROCESS, "stop(process)", stop_process, "Asks it to end; it may tidy up before."),
        Entry::method(&PROCESS, "kill(process)", kill, "Ends it at once."),
        Entry::method(&PROCESS, "is_running(process)", is_running, "True until it has ended."),
    ],
    source: Some("let ready = streams.lines\n"),
};
