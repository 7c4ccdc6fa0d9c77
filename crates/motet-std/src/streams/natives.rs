//! What programs call of streams.

use super::reading::{Refused, without_end};
use super::{MOST_AT_ONCE, MOST_IN_LINE, STREAM, Stream, most_of, with_stream};
use crate::arguments::{over, time_limit};
use crate::files::content;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, Error, ErrorKind, Result};
use std::sync::Arc;

fn own(arguments: &Arguments<'_>) -> Arc<Stream> {
    let stream = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Stream>());
    stream.expect("a method of streams")
}

/// Bytes that must be text, as a value.
fn text(context: &Context<'_>, stream: &Stream, bytes: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Error::new(ErrorKind::IoError, format!("cannot read {} as text: byte {at} is not UTF-8", stream.name))
            .with_hint("read_bytes() gives bytes, whatever they mean")
    })?;
    Ok(context.heap().string(text))
}

fn refused(stream: &Stream, most: usize) -> impl Fn(Refused) -> OperationError + '_ {
    move |refused| match refused {
        Refused::Failed(error) => stream.failure("read from", &error),
        Refused::TooMuch => {
            OperationError::new(ErrorKind::LimitError, format!("{} sends more than {most} bytes at once", stream.name))
                .with_hint("`most: n` takes more; read_bytes() gives what there is piece by piece")
        }
    }
}

/// The option `most`.
fn most(name: &str, options: &WithOptions<'_>) -> Result<Option<usize>> {
    options.option("most").map(|most| count(name, "most", &most)).transpose()
}

fn read_line(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "read_line";
    let options = WithOptions::of(NAME, arguments, 1, &["timeout", "most"])?;
    let limit = time_limit(NAME, &options, "timeout")?;
    let most = most_of(context, most(NAME, &options)?, MOST_IN_LINE);
    let stream = own(&arguments);
    // A line that has come needs no waiting.
    let at_once = stream.reading.try_lock().ok().and_then(|mut reading| reading.line_at_once());
    if let Some(line) = at_once {
        return Ok(text(context, &stream, &without_end(line.arrive()))?.into());
    }
    let read = move |stream: Arc<Stream>| async move {
        stream.reading.lock().await.line(most).await.map_err(refused(&stream, most))
    };
    with_stream(context, NAME, stream.clone(), limit, read, move |context, line| match line {
        Some(line) => text(context, &stream, &without_end(line.arrive())),
        None => Ok(Value::NULL),
    })
}

fn read_bytes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "read_bytes";
    let options = WithOptions::of(NAME, arguments, 1, &["timeout"])?;
    let limit = time_limit(NAME, &options, "timeout")?;
    let asked = options.at(1).map(|most| count(NAME, "most", most)).transpose()?;
    if asked == Some(0) {
        return Err(bad_value("read_bytes gives at least 1 byte, so it takes no fewer"));
    }
    let most = most_of(context, asked, 1 << 16);
    let read = move |stream: Arc<Stream>| async move {
        let piece = stream.reading.lock().await.piece(most).await;
        piece.map_err(|error| stream.failure("read from", &error))
    };
    with_stream(context, NAME, own(&arguments), limit, read, |context, piece| {
        Ok(piece.map_or(Value::NULL, |piece| context.heap().bytes(piece.arrive())))
    })
}

fn read_exactly(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "read_exactly";
    let options = WithOptions::of(NAME, arguments, 2, &["timeout"])?;
    let limit = time_limit(NAME, &options, "timeout")?;
    let wanted = count(NAME, "count", arguments.at(1))?;
    let most = most_of(context, None, MOST_AT_ONCE);
    if wanted > most {
        return Err(motet_vm::builtins::arguments::too_big(NAME, wanted, most, "bytes"));
    }
    let read = move |stream: Arc<Stream>| async move {
        let mut reading = stream.reading.lock().await;
        let bytes = reading.exactly(wanted).await.map_err(|error| stream.failure("read from", &error))?;
        bytes.ok_or_else(|| {
            let message = format!("{} ended after {} of {wanted} bytes", stream.name, reading.waiting());
            OperationError::new(ErrorKind::IoError, message)
        })
    };
    with_stream(context, NAME, own(&arguments), limit, read, |context, bytes| Ok(context.heap().bytes(bytes.arrive())))
}

fn read(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "read";
    let options = WithOptions::of(NAME, arguments, 1, &["timeout", "most", "bytes"])?;
    let limit = time_limit(NAME, &options, "timeout")?;
    let most = most_of(context, most(NAME, &options)?, MOST_AT_ONCE);
    let read = move |stream: Arc<Stream>| async move {
        stream.reading.lock().await.rest(most).await.map_err(refused(&stream, most))
    };
    let (stream, is_text) = (own(&arguments), !options.flag("bytes"));
    with_stream(context, NAME, stream.clone(), limit, read, move |context, rest| {
        let bytes = rest.arrive();
        if is_text { text(context, &stream, &bytes) } else { Ok(context.heap().bytes(bytes)) }
    })
}

fn iterate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    over(context, "std:streams", "lines", &arguments)
}

fn write(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "write";
    let options = WithOptions::of(NAME, arguments, 2, &["timeout"])?;
    let limit = time_limit(NAME, &options, "timeout")?;
    let content = content(NAME, arguments.at(1))?;
    let write = move |stream: Arc<Stream>| async move { stream.write(&content).await };
    with_stream(context, NAME, own(&arguments), limit, write, |_, ()| Ok(Value::NULL))
}

fn end_writing(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let end = |stream: Arc<Stream>| async move { stream.end_writing().await };
    with_stream(context, "end_writing", own(&arguments), None, end, |_, ()| Ok(Value::NULL))
}

fn close(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    own(&arguments).close();
    Ok(Value::NULL.into())
}

/// Of a connection: the address of this side, or of the other.
fn address(context: &Context<'_>, stream: &Stream, side: fn(&(String, String)) -> &String) -> Outcome {
    stream.addresses.as_ref().map_or(Value::NULL, |both| context.heap().string(side(both))).into()
}

fn local_address(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(address(context, &own(&arguments), |both| &both.0))
}

fn remote_address(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(address(context, &own(&arguments), |both| &both.1))
}

pub static MODULE: NativeModule = NativeModule {
    name: "streams",
    documentation: "Streams of bytes: pipes of other programs, connections, bodies of answers. Tasks that are cancelled while they read lose nothing; closing a stream ends every wait for it.",
    entries: &[
        Entry::method(
            &STREAM,
            "read_line(stream, timeout: null, most: 16777216)",
            read_line,
            "The next line of a stream, without its end; null after the last. A line of more than `most` bytes is a `LimitError`.",
        ),
        Entry::method(
            &STREAM,
            "read_bytes(stream, most = 65536, timeout: null)",
            read_bytes,
            "What comes next, at least one byte and at most so many; null at the end.",
        ),
        Entry::method(
            &STREAM,
            "read_exactly(stream, count, timeout: null)",
            read_exactly,
            "So many bytes. A stream that ends before is an `IoError`, and what has come stays.",
        ),
        Entry::method(
            &STREAM,
            "read(stream, bytes: false, timeout: null, most: 268435456)",
            read,
            "The rest of a stream as text, or as bytes; more than `most` bytes are a `LimitError`.",
        ),
        Entry::method(&STREAM, "iterate(stream)", iterate, "`for (line in stream)` gets each line as it comes."),
        Entry::method(
            &STREAM,
            "write(stream, content, timeout: null)",
            write,
            "Writes text or bytes, and waits until the system has taken all of it.",
        ),
        Entry::method(
            &STREAM,
            "end_writing(stream)",
            end_writing,
            "Nothing more is written: the other side comes to the end, and may go on sending.",
        ),
        Entry::method(
            &STREAM,
            "close(stream)",
            close,
            "Closes a stream. Tasks that wait for it get `Closed`. One that nothing refers to any more is closed by itself.",
        ),
        Entry::method(&STREAM, "local_address(stream)", local_address, "Of a connection: its address on this side."),
        Entry::method(
            &STREAM,
            "remote_address(stream)",
            remote_address,
            "Of a connection: the address of the other side.",
        ),
    ],
    source: Some(include_str!("streams.soc")),
};
