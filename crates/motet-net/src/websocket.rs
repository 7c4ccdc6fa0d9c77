//! The module `websocket`: messages both ways, to a server or, in a function of a server, to its client.
//!
//! Reading and writing each have their half, so that one task may wait for a message while others send. A message that has
//! come for a task that was cancelled meanwhile waits for the next one.

use crate::http::Url;
use crate::reach::{self, Answer, Both, Proxy, Reach, base64};
use crate::tls;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use motet_std::arguments::{over, time_limit};
use motet_std::runtime::{Cancelled, drive, within};
use motet_std::streams::Closing;
use motet_vm::builtins::arguments::{WithOptions, text, wrong};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind, Result};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::http::Request;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{Error as Failure, Message};

pub static WEBSOCKET: ForeignKind = ForeignKind::new("WebSocket");

/// The most bytes of a message.
const MOST: usize = 16 << 20;
const CONNECTING: Duration = Duration::from_secs(30);
/// How long the other side may take to say that it has heard of the end.
const FAREWELL: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<Box<dyn Both>>;

enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

struct WebSocket {
    name: String,
    /// None once it has ended.
    reading: tokio::sync::Mutex<Option<SplitStream<Socket>>>,
    writing: tokio::sync::Mutex<Option<SplitSink<Socket, Message>>>,
    closing: Closing,
    given_back: Mutex<Option<Content>>,
}

impl ForeignObject for WebSocket {
    fn kind(&self) -> &'static ForeignKind {
        &WEBSOCKET
    }

    fn display(&self) -> Option<String> {
        Some(format!("<WebSocket {}>", self.name))
    }
}

/// A message on its way to a task. Dropped on the way, it is kept for the next one.
struct Came {
    content: Option<Content>,
    socket: Arc<WebSocket>,
}

impl Drop for Came {
    fn drop(&mut self) {
        if let Some(content) = self.content.take() {
            *self.socket.given_back() = Some(content);
        }
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default().max_message_size(Some(MOST)).max_frame_size(Some(MOST))
}

impl WebSocket {
    async fn new(name: String, stream: Box<dyn Both>, role: Role) -> Arc<WebSocket> {
        let socket = WebSocketStream::from_raw_socket(stream, role, Some(config())).await;
        let (sink, source) = socket.split();
        Arc::new(WebSocket {
            name,
            reading: tokio::sync::Mutex::new(Some(source)),
            writing: tokio::sync::Mutex::new(Some(sink)),
            closing: Closing::default(),
            given_back: Mutex::default(),
        })
    }

    fn given_back(&self) -> std::sync::MutexGuard<'_, Option<Content>> {
        self.given_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed(&self) -> OperationError {
        OperationError::new(ErrorKind::Closed, format!("{} has been closed", self.name))
    }

    fn failed(&self, what: &str, failure: &Failure) -> OperationError {
        match failure {
            Failure::ConnectionClosed | Failure::AlreadyClosed => self.closed(),
            Failure::Capacity(_) => OperationError::new(
                ErrorKind::LimitError,
                format!("{}: a message has more than {MOST} bytes", self.name),
            ),
            Failure::Io(error) => motet_std::access::failure(what, &self.name, error),
            other => OperationError::new(ErrorKind::IoError, format!("cannot {what} {}: {other}", self.name)),
        }
    }

    /// The next message; none once the other side, or this one, has ended it.
    async fn receive(self: Arc<Self>) -> Answer<Came> {
        let next = self.closing.or(async {
            let mut reading = self.reading.lock().await;
            if let Some(content) = self.given_back().take() {
                return Ok(Some(content));
            }
            let Some(source) = &mut *reading else { return Ok(None) };
            loop {
                let message = match source.next().await {
                    None | Some(Err(Failure::ConnectionClosed | Failure::AlreadyClosed)) => None,
                    Some(Err(failure)) => {
                        *reading = None;
                        return Err(self.failed("receive from", &failure));
                    }
                    Some(Ok(message)) => Some(message),
                };
                match message {
                    Some(Message::Text(text)) => return Ok(Some(Content::Text(text.as_str().to_owned()))),
                    Some(Message::Binary(bytes)) => return Ok(Some(Content::Bytes(bytes.to_vec()))),
                    // What asks whether this side is there is answered by the protocol.
                    Some(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                    Some(Message::Close(_)) | None => {
                        *reading = None;
                        return Ok(None);
                    }
                }
            }
        });
        let content = next.await.unwrap_or(Ok(None))?;
        Ok(Came { content, socket: self })
    }

    async fn send(&self, message: Message) -> Answer<()> {
        let sent = self.closing.or(async {
            let mut writing = self.writing.lock().await;
            let Some(sink) = &mut *writing else { return Err(self.closed()) };
            sink.send(message).await.map_err(|failure| self.failed("send to", &failure))
        });
        sent.await.unwrap_or_else(|| Err(self.closed()))
    }

    /// Says that this is the end, and lets go of the connection.
    async fn close(&self) -> Answer<()> {
        let farewell = async {
            let mut writing = self.writing.lock().await;
            if let Some(mut sink) = writing.take() {
                let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
                // The other side may be gone, which is an end as well.
                let _ = sink.send(Message::Close(Some(frame))).await;
            }
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        self.closing.close();
        *self.reading.lock().await = None;
        Ok(())
    }
}

fn connect(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "websocket.connect";
    let options = WithOptions::of(NAME, arguments, 1, &["headers", "timeout"])?;
    let limit = time_limit(NAME, &options, "timeout")?.unwrap_or(CONNECTING);
    let address = text(NAME, options.at(0).unwrap_or(&Value::NULL))?.as_str().to_owned();
    let url = Url::parse(&address).map_err(crate::http::error_of)?;
    let headers = match options.option("headers") {
        Some(headers) => crate::http::headers_of(context, &headers)?,
        None => Vec::new(),
    };
    let reach = Reach::of(context);
    reach.check(&url.host, url.port)?;
    let work = async move {
        let trust = if url.is_secure { Some(tls::ordinary().await?) } else { None };
        // A tunnel through a proxy is made for encrypted connections alone.
        let proxy = if url.is_secure { Proxy::of_environment(true, &url.host)? } else { None };
        let (stream, _) = reach::server(&reach, &url.host, url.port, trust, proxy.as_ref()).await?;
        let key = generate_key();
        let mut request = Request::builder()
            .uri(format!("{}://{}{}", if url.is_secure { "wss" } else { "ws" }, url.place(), url.path))
            .header("Host", url.place())
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", key);
        if let Some(user) = &url.user {
            request = request.header("Authorization", format!("Basic {}", base64(user.as_bytes())));
        }
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let refused =
            |reason: String| OperationError::new(ErrorKind::IoError, format!("cannot connect to {address}: {reason}"));
        let request = request.body(()).map_err(|error| refused(error.to_string()))?;
        let connected = tokio_tungstenite::client_async_with_config(request, stream, Some(config())).await;
        let (socket, _) = connected.map_err(|failure| match failure {
            Failure::Http(response) => refused(format!("the server answered {}", response.status())),
            Failure::Io(error) => refused(motet_std::access::system_message(&error)),
            other => refused(other.to_string()),
        })?;
        let (sink, source) = socket.split();
        Ok(WebSocket {
            name: address,
            reading: tokio::sync::Mutex::new(Some(source)),
            writing: tokio::sync::Mutex::new(Some(sink)),
            closing: Closing::default(),
            given_back: Mutex::default(),
        })
    };
    let run = move |cancelled: Cancelled| async move { cancelled.or(within(Some(limit), "connecting", work)).await };
    context.wait_for(
        NAME,
        |operation| drive(operation, run),
        |context, socket| Ok(context.heap().shared_foreign(Arc::new(socket))),
    )
}

/// `accept(request)`: in a function of a server, goes on with its client in messages.
fn accept(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "websocket.accept";
    let asked =
        crate::http::asked_of(arguments.at(0)).ok_or_else(|| wrong(NAME, "a request of a server", arguments.at(0)))?;
    let refused = |reason: &str| motet_vm::Error::new(ErrorKind::ValueError, format!("{NAME}: {reason}"));
    let is_wanted = asked.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    let key = asked.header("sec-websocket-key").map(|key| derive_accept_key(key.as_bytes()));
    let (Some(key), Some(upgrade), true) = (key, asked.take_upgrade(), is_wanted) else {
        return Err(refused("this request asks for no WebSocket"));
    };
    if !asked.answer(crate::http::switching(&key)) {
        return Err(refused("this request has been answered"));
    }
    let name = asked.client.clone();
    let run = move |cancelled: Cancelled| async move {
        let work = async {
            let connection = upgrade.await.map_err(|error| {
                OperationError::new(ErrorKind::IoError, format!("the connection from {name} has ended: {error}"))
            })?;
            Ok(WebSocket::new(name.clone(), Box::new(TokioIo::new(connection)), Role::Server).await)
        };
        cancelled.or(within(Some(CONNECTING), NAME, work)).await
    };
    context.wait_for(
        NAME,
        |operation| drive(operation, run),
        |context, socket| Ok(context.heap().shared_foreign(socket)),
    )
}

fn own(arguments: &Arguments<'_>) -> Arc<WebSocket> {
    let socket = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<WebSocket>());
    socket.expect("a method of WebSockets")
}

fn send(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("send", arguments, 2, &["timeout"])?;
    let limit = time_limit("send", &options, "timeout")?;
    let given = arguments.at(1);
    let message = match (given.as_str(), given.as_bytes()) {
        (Some(text), _) => Message::text(text),
        (_, Some(bytes)) => Message::binary(bytes.to_vec()),
        _ => {
            return Err(wrong("send", "a string or bytes", given)
                .with_hint("what is to be JSON: `socket.send(json.stringify(x))`"));
        }
    };
    let socket = own(&arguments);
    let run =
        move |cancelled: Cancelled| async move { cancelled.or(within(limit, "send", socket.send(message))).await };
    context.wait_for("send", |operation| drive(operation, run), |_, ()| Ok(Value::NULL))
}

fn receive(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("receive", arguments, 1, &["timeout"])?;
    let limit = time_limit("receive", &options, "timeout")?;
    let socket = own(&arguments);
    let run = move |cancelled: Cancelled| async move { cancelled.or(within(limit, "receive", socket.receive())).await };
    context.wait_for(
        "receive",
        |operation| drive(operation, run),
        |context, mut came: Came| {
            Ok(match came.content.take() {
                None => Value::NULL,
                Some(Content::Text(text)) => context.heap().string(&text),
                Some(Content::Bytes(bytes)) => context.heap().bytes(bytes),
            })
        },
    )
}

fn messages(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    over(context, "std:websocket", "messages", &arguments)
}

fn close(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let socket = own(&arguments);
    let run = move |cancelled: Cancelled| async move { cancelled.or(async { socket.close().await }).await };
    context.wait_for("close", |operation| drive(operation, run), |_, ()| Ok(Value::NULL))
}

pub static MODULE: NativeModule = NativeModule {
    name: "websocket",
    documentation: "Messages both ways over one connection: to a server, or from a function of a server to its client.",
    entries: &[
        Entry::function(
            "connect(address, headers: {}, timeout: 30000)",
            connect,
            "Connects to a server: `websocket.connect(\"wss://example.org/chat\")`.",
        ),
        Entry::function(
            "accept(request)",
            accept,
            "In a function of a server: goes on with the client in messages. What the function gives afterwards is not sent.",
        ),
        Entry::method(&WEBSOCKET, "send(socket, message, timeout: null)", send, "Sends a string, or bytes."),
        Entry::method(
            &WEBSOCKET,
            "receive(socket, timeout: null)",
            receive,
            "The next message, a string or bytes; null at the end.",
        ),
        Entry::method(
            &WEBSOCKET,
            "iterate(socket)",
            messages,
            "`for (message in socket)` gets each message, to the end.",
        ),
        Entry::method(&WEBSOCKET, "close(socket)", close, "Ends it. Tasks that wait for a message get null."),
    ],
    source: Some(include_str!("websocket.soc")),
};
