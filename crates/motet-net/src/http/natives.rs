//! What programs call: the module `http`, and the methods and fields of its objects.

use super::body::Sent;
use super::client::Ask;
use super::options::{OPTIONS, SESSION, Session, ask_of, check_header, encoded, query_of, session};
use super::request::{Asked, REQUEST};
use super::response::{Answered, Content, RESPONSE, reason_of, text_of};
use super::routes::Routes;
use super::server::{Limits, Portion, SERVER, Server};
use super::url::{decode, read_form};
use super::{record_of, texts_of};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LAST_MODIFIED};
use hyper::{Response, StatusCode};
use motet_std::access::{self, Gate};
use motet_std::arguments::{port, text_option, time_limit};
use motet_std::content;
use motet_std::runtime::{Cancelled, drive};
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, text, wrong};
use motet_vm::builtins::{Entry, Field, NativeModule, Place};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

fn run(context: &mut Context<'_>, name: &'static str, ask: Ask) -> Result<Outcome> {
    let work = move |cancelled: Cancelled| async move { cancelled.or(ask.run()).await };
    context.wait_for(
        name,
        |operation| drive(operation, work),
        |context, answered| Ok(context.heap().shared_foreign(Arc::new(answered))),
    )
}

/// `ask(session, method, address, …)`, where the session may be null.
fn ask(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("http.request", arguments, 3, OPTIONS)?;
    let method = text("http.request", options.at(1).unwrap_or(&Value::NULL))?.as_str().to_owned();
    let session = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Session>());
    let ask = ask_of(context, "http.request", &method, &options, 2, session)?;
    run(context, "http.request", ask)
}

fn make_session(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let session = session(context, arguments)?;
    Ok(context.heap().shared_foreign(Arc::new(session)).into())
}

fn own_session(arguments: &Arguments<'_>) -> Arc<Session> {
    let session = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Session>());
    session.expect("a method of sessions")
}

fn cookies(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let session = own_session(&arguments);
    let cookies = session.cookies();
    Ok(record_of(context.heap(), cookies.list()).into())
}

fn close_session(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    own_session(&arguments).connections.clear();
    Ok(Value::NULL.into())
}

fn no_option(name: &str, option: &str) -> Error {
    Error::new(ErrorKind::ArityError, format!("http.{name} has no option named {option}"))
        .with_hint(format!("its options are {}", OPTIONS.join(", ")))
}

/// Asks as the module's source does: it makes a text of what is to be JSON.
fn ask_in(context: &Context<'_>, arguments: &Arguments<'_>, name: &'static str, has_session: bool) -> Result<Outcome> {
    let exports = context.builtin("std:http");
    let function = exports.as_ref().and_then(Value::as_record).and_then(|record| record.get("in_session"));
    let function = function.ok_or_else(|| Error::type_error("http is not ready"))?;
    let options = context.heap().record(4);
    let fields = options.as_record().expect("just made");
    for (option, value) in arguments.keywords() {
        if !OPTIONS.contains(&option.as_str()) {
            return Err(no_option(name, option.as_str()));
        }
        fields.set_named(option.clone(), value.clone(), context.heap()).expect("a new record is not frozen");
    }
    let mut positional = arguments.positional();
    // Options may come as one record behind the others.
    let expected = 1 + usize::from(has_session) + usize::from(name == "request");
    if let Some((last, rest)) = positional.split_last()
        && rest.len() == expected
        && let Some(record) = last.as_record()
    {
        positional = rest;
        let mut refused = None;
        record.for_each(|option, value| match OPTIONS.contains(&option.as_str()) {
            true => {
                fields.set_named(option.clone(), value.clone(), context.heap()).expect("a new record is not frozen")
            }
            false => refused = Some(option.as_str().to_owned()),
        });
        if let Some(option) = refused {
            return Err(no_option(name, &option));
        }
    }
    let mut positional = positional.iter().cloned();
    let session = if has_session { positional.next().unwrap_or_default() } else { Value::NULL };
    let mut call = vec![session];
    if name != "request" {
        call.push(context.heap().string(name));
    }
    call.extend(positional);
    call.push(options);
    Ok(Outcome::TailCall { function, arguments: CallArguments::Many(call) })
}

macro_rules! asking {
    ($($function:ident $of_session:ident $name:literal;)*) => {
        $(
            fn $function(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
                ask_in(context, &arguments, $name, false)
            }

            fn $of_session(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
                ask_in(context, &arguments, $name, true)
            }
        )*
    };
}

asking! {
    get session_get "get";
    head session_head "head";
    delete session_delete "delete";
    post session_post "post";
    put session_put "put";
    patch session_patch "patch";
    request session_request "request";
}

fn answered(arguments: &Arguments<'_>) -> Arc<Answered> {
    let response = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Answered>());
    response.expect("a method of answers")
}

fn whole<'a>(answered: &'a Answered, name: &str) -> Result<&'a [u8]> {
    match &answered.content {
        Content::Whole(bytes) => Ok(bytes),
        Content::Stream(_) => Err(bad_value(format!("{name}: this answer is read as a stream"))
            .with_hint("`response.body.read()` gives the rest of it")),
    }
}

fn text_in(bytes: &[u8], content_type: Option<&str>, what: &str) -> Result<String> {
    text_of(bytes, content_type).map_err(|at| {
        Error::new(ErrorKind::IoError, format!("{what} is no text: byte {at} is not UTF-8"))
            .with_hint("`.bytes()` gives it as it is")
    })
}

fn response_text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let answered = answered(&arguments);
    let text = text_in(
        whole(&answered, "text")?,
        answered.header("content-type"),
        &format!("the answer of {}", answered.url),
    )?;
    Ok(context.heap().string(&text).into())
}

fn response_bytes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let answered = answered(&arguments);
    Ok(context.heap().bytes(whole(&answered, "bytes")?.to_vec()).into())
}

/// Reads a text as JSON, as the module for it does.
fn as_json(context: &Context<'_>, text: &str) -> Result<Outcome> {
    let exports = context.builtin("std:json");
    let function = exports.as_ref().and_then(Value::as_record).and_then(|record| record.get("parse"));
    let function = function.ok_or_else(|| Error::type_error("json is not ready"))?;
    Ok(Outcome::TailCall { function, arguments: CallArguments::One(context.heap().string(text)) })
}

fn response_json(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let answered = answered(&arguments);
    let text = text_in(whole(&answered, "json")?, None, &format!("the answer of {}", answered.url))?;
    as_json(context, &text)
}

fn check(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let answered = answered(&arguments);
    if answered.is_ok() {
        return Ok(arguments.at(0).clone().into());
    }
    let message = format!("{} answered {} {}", answered.url, answered.status, reason_of(answered.status));
    Err(Error::new(ErrorKind::IoError, message.trim_end()))
}

pub fn asked_of(value: &Value) -> Option<Arc<Asked>> {
    value.as_foreign()?.shared_as::<Asked>()
}

fn asked(arguments: &Arguments<'_>) -> Arc<Asked> {
    asked_of(arguments.at(0)).expect("a method of requests")
}

fn request_text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let asked = asked(&arguments);
    let text = text_in(&asked.body, asked.header("content-type"), "the body of this request")?;
    Ok(context.heap().string(&text).into())
}

fn request_bytes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(context.heap().bytes(asked(&arguments).body.to_vec()).into())
}

fn request_json(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = text_in(&asked(&arguments).body, None, "the body of this request")?;
    as_json(context, &text)
}

fn request_form(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = text_in(&asked(&arguments).body, None, "the body of this request")?;
    let fields = read_form(&text);
    Ok(record_of(context.heap(), fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))).into())
}

/// Headers as a record by their names in small letters.
fn headers_record<'a>(heap: &motet_vm::memory::Heap, headers: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    record_of(heap, headers)
}

pub static FIELDS: &[Field] = &[
    Field {
        kind: &RESPONSE,
        name: "status",
        read: |_, value| Some(Value::int(of(value)?.status.into())),
        documentation: "Its status: 200 if all is well.",
    },
    Field {
        kind: &RESPONSE,
        name: "ok",
        read: |_, value| Some(Value::bool(of(value)?.is_ok())),
        documentation: "True for a status from 200 to 299.",
    },
    Field {
        kind: &RESPONSE,
        name: "headers",
        read: |isolate, value| {
            let answered = of(value)?;
            let headers = answered.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            Some(headers_record(isolate.heap(), headers))
        },
        documentation: "A record of its headers, by their names in small letters.",
    },
    Field {
        kind: &RESPONSE,
        name: "url",
        read: |isolate, value| Some(isolate.heap().string(&of(value)?.url)),
        documentation: "Where it came from, after all that sent on.",
    },
    Field {
        kind: &RESPONSE,
        name: "body",
        read: |isolate, value| match &of(value)?.content {
            Content::Stream(stream) => Some(isolate.heap().shared_foreign(stream.clone())),
            Content::Whole(bytes) => Some(isolate.heap().bytes(bytes.clone())),
        },
        documentation: "Its bytes; a stream if `stream: true` asked for one.",
    },
    Field {
        kind: &REQUEST,
        name: "method",
        read: |isolate, value| Some(isolate.heap().string(&asked_of(value)?.method)),
        documentation: "`\"GET\"`, `\"POST\"` and so on.",
    },
    Field {
        kind: &REQUEST,
        name: "path",
        read: |isolate, value| Some(isolate.heap().string(&asked_of(value)?.path)),
        documentation: "Its path, without what stands behind the `?`.",
    },
    Field {
        kind: &REQUEST,
        name: "query",
        read: |isolate, value| {
            let fields = read_form(&asked_of(value)?.query);
            Some(record_of(isolate.heap(), fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
        },
        documentation: "A record of what stands behind the `?`, as strings.",
    },
    Field {
        kind: &REQUEST,
        name: "params",
        read: |isolate, value| {
            let asked = asked_of(value)?;
            let parameters = asked.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            Some(record_of(isolate.heap(), parameters))
        },
        documentation: "A record of what the names of the route stand for: `:id` is `request.params.id`.",
    },
    Field {
        kind: &REQUEST,
        name: "headers",
        read: |isolate, value| {
            let asked = asked_of(value)?;
            let headers = asked.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
            Some(headers_record(isolate.heap(), headers))
        },
        documentation: "A record of its headers, by their names in small letters.",
    },
    Field {
        kind: &REQUEST,
        name: "client",
        read: |isolate, value| Some(isolate.heap().string(&asked_of(value)?.client)),
        documentation: "The address of the client.",
    },
];

fn of(value: &Value) -> Option<Arc<Answered>> {
    value.as_foreign()?.shared_as::<Answered>()
}

/// An answer that a function of a server gives.
struct Reply(Mutex<Option<Response<Sent>>>);

static REPLY: ForeignKind = ForeignKind::new("HttpReply");

impl ForeignObject for Reply {
    fn kind(&self) -> &'static ForeignKind {
        &REPLY
    }
}

/// `reply(body, status, headers)`: an answer with all that is said of it.
fn reply(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "http.response";
    let body = match arguments.at(0) {
        null if null.is_null() => Vec::new(),
        body => content(NAME, body)?,
    };
    let status = count(NAME, "status", arguments.at(1))?;
    let status = u16::try_from(status).ok().filter(|status| (200..1000).contains(status));
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| bad_value(format!("{NAME} takes a status from 200 to 999")))?;
    let mut response = Response::new(Sent::whole(body));
    *response.status_mut() = status;
    for (name, value) in texts_of(context, "headers", arguments.at(2))? {
        check_header(&name, &value)?;
        let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
        else {
            continue;
        };
        response.headers_mut().append(name, value);
    }
    Ok(context.heap().foreign(Box::new(Reply(Mutex::new(Some(response))))).into())
}

/// `answer(request, value)`: false for a value that must become JSON first.
fn answer(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let asked = asked_of(arguments.at(0)).ok_or_else(|| wrong("answer", "a request", arguments.at(0)))?;
    let value = arguments.at(1);
    let typed = |bytes: Vec<u8>, kind: &'static str| {
        let mut response = Response::new(Sent::whole(bytes));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    };
    if asked.is_answered() {
        return Ok(Value::TRUE.into());
    }
    let reply = value.as_foreign().and_then(|foreign| foreign.downcast::<Reply>());
    let response = match (value.as_str(), value.as_bytes(), reply) {
        (Some(text), ..) => typed(text.as_bytes().to_vec(), "text/plain; charset=utf-8"),
        (_, Some(bytes), _) => typed(bytes.to_vec(), "application/octet-stream"),
        (_, _, Some(reply)) => {
            let response = reply.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            response.ok_or_else(|| bad_value("an answer is given once").with_hint("make a new one for each request"))?
        }
        _ if value.is_null() => {
            let mut response = Response::new(Sent::Whole(None));
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        _ => return Ok(Value::FALSE.into()),
    };
    asked.answer(response);
    Ok(Value::TRUE.into())
}

/// The answer that goes on in messages.
pub fn switching(key: &str) -> Response<Sent> {
    let mut response = Response::new(Sent::Whole(None));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(hyper::header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(hyper::header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(key) = HeaderValue::from_str(key) {
        headers.insert(hyper::header::SEC_WEBSOCKET_ACCEPT, key);
    }
    response
}

/// `answer_file(request, folder, path)`: true if there is such a file in the folder.
fn answer_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "http.folder";
    let asked = asked_of(arguments.at(0)).ok_or_else(|| wrong(NAME, "a request", arguments.at(0)))?;
    let folder = text(NAME, arguments.at(1))?.as_str().to_owned();
    let below = text(NAME, arguments.at(2))?.as_str().to_owned();
    let gate = access::reading(context, &folder)?;
    let work = move |cancelled: Cancelled| async move {
        let since = asked.header("if-modified-since").and_then(|text| httpdate::parse_http_date(text).ok());
        let found = tokio::task::spawn_blocking(move || find_file(&gate, &folder, &below)).await;
        let Ok(Some((file, length, modified, kind))) = found else { return Some(Ok(false)) };
        drop(cancelled);
        let mut response = Response::new(Sent::Whole(None));
        if let Some(modified) = modified {
            if since.is_some_and(|since| {
                modified.duration_since(since).map_or(true, |later| later < Duration::from_secs(1))
            }) {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                asked.answer(response);
                return Some(Ok(true));
            }
            if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(modified)) {
                response.headers_mut().insert(LAST_MODIFIED, date);
            }
        }
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        *response.body_mut() = if asked.method == "HEAD" { Sent::Whole(None) } else { Sent::file(file, length) };
        if asked.method == "HEAD" {
            response.headers_mut().insert(hyper::header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        asked.answer(response);
        Some(Ok(true))
    };
    context.wait_for(NAME, |operation| drive(operation, work), |_, found| Ok(Value::bool(found)))
}

type FoundFile = (std::fs::File, u64, Option<std::time::SystemTime>, &'static str);

/// A file in a folder: no path leads out of it, be it by `..` or by a link, and no name begins with a point.
fn find_file(gate: &Gate, folder: &str, below: &str) -> Option<FoundFile> {
    let root = gate.pass(folder).ok()?.canonicalize().ok()?;
    let mut path = root.clone();
    for name in below.split('/').filter(|name| !name.is_empty()) {
        if name.starts_with('.') || name.contains(['\\', '\0', ':']) {
            return None;
        }
        path.push(name);
    }
    let mut path: PathBuf = path.canonicalize().ok().filter(|path| path.starts_with(&root))?;
    if path.is_dir() {
        path = path.join("index.html").canonicalize().ok().filter(|path| path.starts_with(&root))?;
    }
    let file = std::fs::File::open(&path).ok()?;
    let about = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    Some((file, about.len(), about.modified().ok(), kind_of(&path)))
}

/// The type of what is in a file, by its name.
fn kind_of(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "txt" | "md" | "soc" | "gene" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}

/// `listen(patterns, port, host, connections, head, body, patience)`
fn listen(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "http.serve";
    let options = WithOptions::of(NAME, arguments, 1, &["port", "host", "connections", "head", "body", "timeout"])?;
    let given = options.at(0).unwrap_or_else(|| arguments.at(0));
    let list = given.as_list().ok_or_else(|| wrong(NAME, "a list of patterns", given))?;
    let items = list.items().to_vec();
    let patterns = items.iter().map(|pattern| Ok(text(NAME, pattern)?.as_str())).collect::<Result<Vec<_>>>()?;
    let routes = Routes::read(patterns.into_iter()).map_err(|reason| bad_value(format!("{NAME}: {reason}")))?;
    let port = options.option("port").map_or(Ok(8080), |given| port(NAME, &given))?;
    let host = text_option(NAME, &options, "host")?.unwrap_or_else(|| "127.0.0.1".into());
    let number =
        |name: &str, otherwise: usize| options.option(name).map_or(Ok(otherwise), |value| count(NAME, name, &value));
    let limits = Limits {
        connections: number("connections", 10_000)?.max(1),
        head: number("head", 64 << 10)?,
        body: number("body", 16 << 20)?,
        patience: time_limit(NAME, &options, "timeout")?.unwrap_or(Duration::from_secs(30)),
    };
    access::reaching(context, &host, port)?;
    let work = move |cancelled: Cancelled| async move { cancelled.or(Server::start(host, port, routes, limits)).await };
    context.wait_for(
        NAME,
        |operation| drive(operation, work),
        |context, server| Ok(context.heap().shared_foreign(Arc::new(server))),
    )
}

fn server(arguments: &Arguments<'_>) -> Arc<Server> {
    let server = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Server>());
    server.expect("a method of servers")
}

fn requests_value(context: &Context<'_>, mut portion: Portion) -> Value {
    let requests = std::mem::take(&mut portion.requests);
    let requests = requests.into_iter().map(|asked| {
        let route = Value::int(asked.route as i64);
        context.heap().list(vec![route, context.heap().shared_foreign(asked)])
    });
    let requests = requests.collect();
    context.heap().list(requests)
}

/// `next_requests(server)`: a list of `[route, request]`, empty once the server has stopped.
fn next_requests(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let server = server(&arguments);
    if let Some(portion) = server.portion_at_once() {
        return Ok(requests_value(context, portion).into());
    }
    let work = move |cancelled: Cancelled| async move { cancelled.or(server.portion()).await };
    context.wait_for(
        "http.serve",
        |operation| drive(operation, work),
        |context, portion| Ok(requests_value(context, portion)),
    )
}

fn stop(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    server(&arguments).stop();
    Ok(Value::NULL.into())
}

fn abort(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    server(&arguments).abort();
    Ok(Value::NULL.into())
}

fn server_port(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(server(&arguments).port.into()).into())
}

fn server_url(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(context.heap().string(&format!("http://{}", server(&arguments).address)).into())
}

/// What a program writes piece by piece.
/// Dropped without an end that was said, it lets the other side hear that the answer broke off.
struct Writer(Mutex<Option<tokio::sync::mpsc::Sender<Option<Bytes>>>>);

static WRITER: ForeignKind = ForeignKind::new("HttpWriter");

impl ForeignObject for Writer {
    fn kind(&self) -> &'static ForeignKind {
        &WRITER
    }
}

/// `begin_answer(request, reply)`: an answer whose body is written piece by piece.
fn begin_answer(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let asked = asked_of(arguments.at(0)).ok_or_else(|| wrong("http.stream", "a request", arguments.at(0)))?;
    let reply = arguments.at(1).as_foreign().and_then(|foreign| foreign.downcast::<Reply>()).expect("`reply` made it");
    let response = reply.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut response = response.ok_or_else(|| bad_value("an answer is given once"))?;
    let (sender, pieces) = tokio::sync::mpsc::channel(4);
    *response.body_mut() = Sent::Pieces(pieces);
    asked.answer(response);
    Ok(context.heap().shared_foreign(Arc::new(Writer(Mutex::new(Some(sender))))).into())
}

/// `write_piece(writer, content)`: false if the client is gone. Null instead of content is the end.
fn write_piece(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let writer =
        arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast::<Writer>()).expect("`begin_answer` made it");
    let is_end = arguments.at(1).is_null();
    let piece = if is_end { None } else { Some(content("http.stream", arguments.at(1))?.into()) };
    let mut kept = writer.0.lock().unwrap_or_else(PoisonError::into_inner);
    let sender = if is_end { kept.take() } else { kept.clone() };
    let Some(sender) = sender else { return Ok(Value::FALSE.into()) };
    let work =
        move |cancelled: Cancelled| async move { cancelled.or(async { Ok(sender.send(piece).await.is_ok()) }).await };
    context.wait_for("http.stream", |operation| drive(operation, work), |_, is_sent| Ok(Value::bool(is_sent)))
}

fn encode_native(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(context.heap().string(&encoded(text("http.encode", arguments.at(0))?.as_str())).into())
}

fn decode_native(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(context.heap().string(&decode(text("http.decode", arguments.at(0))?.as_str())).into())
}

fn query_native(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let fields = texts_of(context, "http.query", arguments.at(0))?;
    Ok(context.heap().string(&query_of(&fields)).into())
}

static ENTRIES: &[Entry] = &[
    Entry::function("ask(session, method, address)", ask, "Asks.").at(Place::Hidden).any_keywords(),
    Entry::function(
        "get(address)",
        get,
        "Asks a server for what is at an address, and gives an `HttpResponse`. Options: `headers`, `params` (what stands behind the `?`), one of `json`, `form` and `body`, `timeout` in milliseconds for all of it, `redirects` and `retries` as numbers, `auth: [user, password]`, `token`, `stream: true` for a body that is read as it comes, `most` bytes of one that is not, `ca` for a file of authorities, `proxy` for an address or false.",
    )
    .any_keywords(),
    Entry::function("head(address)", head, "The same without the body of the answer.").any_keywords(),
    Entry::function("delete(address)", delete, "Has a server remove what is at an address; options as for `get`.").any_keywords(),
    Entry::function("post(address)", post, "Sends to a server: `http.post(address, json: {…})`; options as for `get`.").any_keywords(),
    Entry::function("put(address)", put, "Sends what is to stand at an address; options as for `get`.").any_keywords(),
    Entry::function("patch(address)", patch, "Sends what is to change at an address; options as for `get`.").any_keywords(),
    Entry::function("request(method, address)", request, "Asks with any method; options as for `get`.").any_keywords(),
    Entry::function(
        "session(base: null, headers: {}, timeout: 30000, ca: null)",
        make_session,
        "What several requests have in common: `get`, `post` and the others are its methods. It keeps cookies and connections.",
    ),
    Entry::method(&SESSION, "get(session, address)", session_get, "As `http.get`, within the session.").any_keywords(),
    Entry::method(&SESSION, "head(session, address)", session_head, "As `http.head`, within the session.").any_keywords(),
    Entry::method(&SESSION, "delete(session, address)", session_delete, "As `http.delete`, within the session.").any_keywords(),
    Entry::method(&SESSION, "post(session, address)", session_post, "As `http.post`, within the session.").any_keywords(),
    Entry::method(&SESSION, "put(session, address)", session_put, "As `http.put`, within the session.").any_keywords(),
    Entry::method(&SESSION, "patch(session, address)", session_patch, "As `http.patch`, within the session.").any_keywords(),
    Entry::method(&SESSION, "request(session, method, address)", session_request, "As `http.request`, within the session.").any_keywords(),
    Entry::method(&SESSION, "cookies(session)", cookies, "A record of the cookies that it keeps."),
    Entry::method(&SESSION, "close(session)", close_session, "Closes its connections; the next request makes a new one."),
    Entry::method(&RESPONSE, "text(response)", response_text, "Its body as text."),
    Entry::method(&RESPONSE, "bytes(response)", response_bytes, "Its body as bytes."),
    Entry::method(&RESPONSE, "json(response)", response_json, "The value that its body is in JSON."),
    Entry::method(&RESPONSE, "check(response)", check, "The response itself; an `IoError` unless its status is from 200 to 299."),
    Entry::method(&REQUEST, "text(request)", request_text, "Its body as text."),
    Entry::method(&REQUEST, "bytes(request)", request_bytes, "Its body as bytes."),
    Entry::method(&REQUEST, "json(request)", request_json, "The value that its body is in JSON."),
    Entry::method(&REQUEST, "form(request)", request_form, "A record of the fields of a form that is its body."),
    Entry::function("reply(body, status, headers)", reply, "An answer.").at(Place::Hidden),
    Entry::function("answer(request, value)", answer, "Answers, if that needs no JSON.").at(Place::Hidden),
    Entry::function("answer_file(request, folder, path)", answer_file, "Answers with a file.").at(Place::Hidden),
    Entry::function("begin_answer(request, reply)", begin_answer, "Begins an answer.").at(Place::Hidden),
    Entry::function("write_piece(writer, content)", write_piece, "Writes a piece of an answer.").at(Place::Hidden),
    Entry::function(
        "listen(patterns, port: 8080, host: \"127.0.0.1\", connections: 10000, head: 65536, body: 16777216, timeout: 30000)",
        listen,
        "Listens.",
    )
    .at(Place::Hidden),
    Entry::function("next_requests(server)", next_requests, "The next requests.").at(Place::Hidden),
    Entry::function("abort(server)", abort, "Ends all connections.").at(Place::Hidden),
    Entry::method(&SERVER, "stop(server)", stop, "Accepts nothing new; the server ends when what it has accepted is answered."),
    Entry::method(&SERVER, "port(server)", server_port, "Its port."),
    Entry::method(&SERVER, "url(server)", server_url, "Its address: `http://127.0.0.1:8080`."),
    Entry::function("encode(text)", encode_native, "A text as a part of an address: `a b` is `a%20b`.").pure(),
    Entry::function("decode(text)", decode_native, "The text that a part of an address means.").pure(),
    Entry::function("query(fields)", query_native, "A record as what stands behind the `?` of an address.").pure(),
];

pub static MODULE: NativeModule = NativeModule {
    name: "http",
    documentation: "Asking HTTP servers, and being one.",
    entries: ENTRIES,
    source: Some(include_str!("http.soc")),
};
