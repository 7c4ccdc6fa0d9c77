//! Other programs: run to their ends here, or spoken with while they run (`start`). A task that waits for one that it runs
//! and is cancelled ends it.

mod start;

pub(crate) use start::FIELDS;
pub use start::{MODULE, PROCESS};

use crate::access::{self, MAX_BYTES, decode, failure, too_large};
use crate::arguments::{text_option, time_limit};
use crate::files::{content, record};
use crate::runtime::{Cancelled, drive, within};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, text, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, Result};
use std::io;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// What a program that has ended left.
struct Ended {
    status: i64,
    output: Vec<u8>,
    errors: Vec<u8>,
}

/// The exit code; one that was ended by a signal has its number, negative.
fn status(status: ExitStatus) -> i64 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    match (status.code(), signal) {
        (Some(code), _) => code.into(),
        (None, Some(signal)) => -i64::from(signal),
        (None, None) => -1,
    }
}

async fn read_all(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Gives a program its input and takes its output, all at once, so that no pipe is ever full for good.
async fn attend(child: &mut Child, input: Option<Vec<u8>>) -> io::Result<Ended> {
    let (mut pipe, errors) = (child.stdin.take(), child.stderr.take());
    let mut beside = tokio::task::JoinSet::new();
    let writing = async move {
        if let (Some(pipe), Some(input)) = (&mut pipe, input) {
            match pipe.write_all(&input).await {
                // It need not read all of it.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
        Ok(Vec::new())
    };
    beside.spawn(writing);
    beside.spawn(read_all(errors));
    let output = read_all(child.stdout.take()).await?;
    let mut errors = Vec::new();
    while let Some(ended) = beside.join_next().await {
        // Only reading gives any bytes.
        errors.append(&mut ended.map_err(io::Error::other)??);
    }
    let status = status(child.wait().await?);
    Ok(Ended { status, output, errors })
}

/// The program, its arguments, folder and environment, as the arguments of a native say.
fn command(context: &Context<'_>, function: &str, options: &WithOptions<'_>) -> Result<(String, Command)> {
    let name = match options.at(0) {
        Some(name) => text(function, name)?.as_str().to_owned(),
        None => String::new(),
    };
    access::running(context, &name)?;
    let mut command = Command::new(&name);
    if let Some(given) = options.at(1) {
        let list = given.as_list().ok_or_else(|| wrong(function, "a list of arguments", given))?;
        for argument in list.items().iter() {
            command.arg(text(function, argument)?.as_str());
        }
    }
    if let Some(folder) = text_option(function, options, "dir")? {
        command.current_dir(folder);
    }
    if let Some(variables) = options.option("env") {
        let Some(record) = variables.as_record() else {
            return Err(wrong(&format!("env of {function}"), "a record of texts", &variables));
        };
        let mut refused = None;
        record.for_each(|name, value| match text(&format!("env of {function}"), value) {
            Ok(value) => _ = command.env(name.as_str(), value.as_str()),
            Err(error) => refused = Some(error),
        });
        if let Some(error) = refused {
            return Err(error);
        }
    }
    command.kill_on_drop(true);
    Ok((name, command))
}

fn run_process(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("run_process", arguments, 1, OPTIONS)?;
    let (name, mut command) = command(context, "run_process", &options)?;
    let input = options.option("input").map(|input| content("run_process", &input)).transpose()?;
    let limit = time_limit("run_process", &options, "timeout")?;
    let as_bytes = options.flag("bytes");
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let result = move |name: &str, ended: Ended| {
        if ended.output.len().max(ended.errors.len()) > MAX_BYTES {
            return Err(too_large(&format!("the output of {name}")));
        }
        let decoded =
            |bytes| if as_bytes { Ok(Piece::Bytes(bytes)) } else { Ok(Piece::Text(decode_output(bytes, name)?)) };
        Ok((ended.status, decoded(ended.output)?, decoded(ended.errors)?))
    };
    let run = |cancelled: Cancelled| async move {
        let failed = |error: io::Error| failure("run", &name, &error);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Some(Err(failed(error))),
        };
        let attended = async { attend(&mut child, input).await.map_err(failed) };
        let ended = cancelled.or(within(limit, &name, attended)).await;
        if !matches!(ended, Some(Ok(_))) {
            // It may have ended by itself meanwhile; gone it is when this has been waited for.
            let _ = child.kill().await;
        }
        ended.map(|ended| ended.and_then(|ended| result(&name, ended)))
    };
    context.wait_for(
        "run_process",
        |operation| drive(operation, run),
        |context, (status, output, errors)| {
            let fields =
                [("status", Value::int(status)), ("stdout", output.value(context)), ("stderr", errors.value(context))];
            Ok(record(context, fields))
        },
    )
}

fn decode_output(bytes: Vec<u8>, name: &str) -> std::result::Result<String, OperationError> {
    let decoded = decode(bytes, &format!("the output of {name}"));
    decoded.map_err(|failure| failure.with_hint("with `bytes: true`, its output comes as bytes"))
}

/// A part of a program's output.
enum Piece {
    Text(String),
    Bytes(Vec<u8>),
}

impl Piece {
    fn value(self, context: &Context<'_>) -> Value {
        match self {
            Piece::Text(text) => context.heap().string(&text),
            Piece::Bytes(bytes) => context.heap().bytes(bytes),
        }
    }
}

const OPTIONS: &[&str] = &["input", "dir", "env", "bytes", "timeout"];

pub(crate) static NATIVES: &[Entry] = &[Entry::function(
    "run_process(program, arguments = [], input: \"\", dir: \".\", env: {}, bytes: false, timeout: null)",
    run_process,
    "Runs another program to its end and gives `{status, stdout, stderr}`. `input` is what it reads, `env` is added to the \
     environment. A program that a signal ended has its negative number as status. One that runs longer than a `timeout` in milliseconds is ended, and a `Timeout` thrown.",
)];
