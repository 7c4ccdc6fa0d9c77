//! The module `net`: TCP, UDP and Unix sockets. What is read and written is a stream of `motet-std`.
//!
//! A connection that has been accepted for a task that was cancelled meanwhile waits for the next one: none is lost.

use crate::reach::{self, Answer, CONNECTING, Reach, with_port};
use crate::tls;
use motet_std::access::{self, system_message};
use motet_std::arguments::{over, port, text_option, time_limit};
use motet_std::runtime::{Cancelled, drive, within};
use motet_std::streams::{Closing, Stream};
use motet_std::{content, record};
use motet_vm::builtins::arguments::{WithOptions, bad_value, text};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind, Result};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

pub static LISTENER: ForeignKind = ForeignKind::new("Listener");
pub static UDP: ForeignKind = ForeignKind::new("UdpSocket");

fn failed(what: &str, place: &str, error: &io::Error) -> OperationError {
    OperationError::new(ErrorKind::IoError, format!("cannot {what} {place}: {}", system_message(error)))
}

/// The two ends of a connection as a stream.
fn stream_of(connection: TcpStream) -> Stream {
    let shown =
        |address: io::Result<SocketAddr>| address.map_or_else(|_| "nowhere".to_owned(), |address| address.to_string());
    let (local, remote) = (shown(connection.local_addr()), shown(connection.peer_addr()));
    let (source, sink) = connection.into_split();
    Stream::new(remote.as_str(), Some(Box::new(source)), Some(Box::new(sink))).between(local, remote)
}

/// `host, port`, or `"host:port"`.
fn place(function: &str, options: &WithOptions<'_>) -> Result<(String, u16)> {
    let null = Value::NULL;
    let host = text(function, options.at(0).unwrap_or(&null))?.as_str();
    if let Some(given) = options.at(1) {
        return Ok((host.trim_matches(['[', ']']).to_owned(), port(function, given)?));
    }
    let parsed = host.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    match parsed {
        Some((host, port)) => Ok((host.trim_matches(['[', ']']).to_owned(), port)),
        None => Err(bad_value(format!("{function} takes a host and a port, not {host:?} alone"))
            .with_hint("`net.connect(\"example.org\", 80)`")),
    }
}

fn connect(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "net.connect";
    let options = WithOptions::of(NAME, arguments, 1, &["timeout", "tls", "ca"])?;
    let (host, port) = place(NAME, &options)?;
    let limit = time_limit(NAME, &options, "timeout")?.unwrap_or(CONNECTING);
    let authority = text_option(NAME, &options, "ca")?;
    let gate = authority.as_deref().map(|path| access::reading(context, path)).transpose()?;
    let is_secure = options.flag("tls") || authority.is_some();
    Reach::of(context).check(&host, port)?;
    let begin = async move {
        let connection = reach::tcp(&host, port).await?;
        if !is_secure {
            return Ok(stream_of(connection));
        }
        let trust = match (authority, gate) {
            (Some(path), Some(gate)) => tls::with_file(gate.pass(&path)?.to_string_lossy().into_owned()).await?,
            _ => tls::ordinary().await?,
        };
        let (local, remote) = (connection.local_addr(), connection.peer_addr());
        let stream = tls::connect(&trust, &host, connection).await?;
        let (source, sink) = tokio::io::split(stream);
        let stream = Stream::new(with_port(&host, port), Some(Box::new(source)), Some(Box::new(sink)));
        Ok(match (local, remote) {
            (Ok(local), Ok(remote)) => stream.between(local.to_string(), remote.to_string()),
            _ => stream,
        })
    };
    let run = move |cancelled: Cancelled| async move { cancelled.or(within(Some(limit), "connecting", begin)).await };
    context.wait_for(NAME, |operation| drive(operation, run), |context, stream| Ok(Arc::new(stream).value(context)))
}

/// What connections come to.
enum Door {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(tokio::net::UnixListener, std::path::PathBuf),
}

impl Door {
    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Door::Tcp(listener) => {
                let (connection, _) = listener.accept().await?;
                connection.set_nodelay(true)?;
                Ok(stream_of(connection))
            }
            #[cfg(unix)]
            Door::Unix(listener, path) => Ok(unix_stream(listener.accept().await?.0, &path.to_string_lossy())),
        }
    }
}

#[cfg(unix)]
impl Drop for Door {
    fn drop(&mut self) {
        if let Door::Unix(_, path) = self {
            // The program may have removed it.
            let _ = std::fs::remove_file(path);
        }
    }
}

struct Listener {
    address: String,
    port: u16,
    /// None once it is closed.
    door: tokio::sync::Mutex<Option<Door>>,
    closing: Closing,
    /// Connections whose tasks were cancelled.
    given_back: Mutex<VecDeque<Stream>>,
}

impl ForeignObject for Listener {
    fn kind(&self) -> &'static ForeignKind {
        &LISTENER
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Listener {}>", self.address))
    }
}

impl Listener {
    fn new(address: String, port: u16, door: Door) -> Listener {
        let door = tokio::sync::Mutex::new(Some(door));
        Listener { address, port, door, closing: Closing::default(), given_back: Mutex::default() }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<Stream>> {
        self.given_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next connection; none once it is closed.
    async fn accept(self: Arc<Self>) -> Answer<Option<Accepted>> {
        let next = self.closing.or(async {
            let door = self.door.lock().await;
            let waiting = self.waiting().pop_front();
            match (waiting, &*door) {
                (Some(stream), _) => Ok(Some(stream)),
                (None, Some(door)) => door.accept().await.map(Some),
                (None, None) => Ok(None),
            }
        });
        let next = next.await;
        if self.closing.is_closed() {
            self.close();
        }
        let stream = next.unwrap_or(Ok(None)).map_err(|error| failed("accept at", &self.address, &error))?;
        Ok(stream.map(|stream| Accepted { stream: Some(stream), listener: self }))
    }

    fn close(&self) {
        self.closing.close();
        self.waiting().clear();
        // Who accepts now gives it back itself.
        if let Ok(mut door) = self.door.try_lock() {
            *door = None;
        }
    }
}

/// A connection on its way to a task. Dropped on the way, it is kept for the next one.
struct Accepted {
    stream: Option<Stream>,
    listener: Arc<Listener>,
}

impl Drop for Accepted {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take()
            && !self.listener.closing.is_closed()
        {
            self.listener.waiting().push_back(stream);
        }
    }
}

fn listen(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "net.listen";
    let options = WithOptions::of(NAME, arguments, 1, &["host"])?;
    let port = port(NAME, options.at(0).unwrap_or(&Value::NULL))?;
    let host = text_option(NAME, &options, "host")?.unwrap_or_else(|| "127.0.0.1".into());
    access::reaching(context, &host, port)?;
    let work = async move {
        let listener = TcpListener::bind((host.as_str(), port)).await;
        let listener = listener.map_err(|error| listening(&with_port(&host, port), &error))?;
        let address = listener.local_addr().map_err(|error| failed("listen at", &host, &error))?;
        Ok(Listener::new(address.to_string(), address.port(), Door::Tcp(listener)))
    };
    let run = move |cancelled: Cancelled| async move { cancelled.or(work).await };
    context.wait_for(
        NAME,
        |operation| drive(operation, run),
        |context, listener| Ok(context.heap().shared_foreign(Arc::new(listener))),
    )
}

/// Why nothing can listen at a place.
pub fn listening(place: &str, error: &io::Error) -> OperationError {
    let failed = failed("listen at", place, error);
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            failed.with_hint("another program, or another part of this one, listens there; port 0 is one that is free")
        }
        io::ErrorKind::PermissionDenied => {
            failed.with_hint("ports below 1024 need rights that this program does not have")
        }
        _ => failed,
    }
}

fn listener(arguments: &Arguments<'_>) -> Arc<Listener> {
    let listener = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Listener>());
    listener.expect("a method of listeners")
}

fn accept(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("accept", arguments, 1, &["timeout"])?;
    let limit = time_limit("accept", &options, "timeout")?;
    let listener = listener(&arguments);
    let run = move |cancelled: Cancelled| async move { cancelled.or(within(limit, "accept", listener.accept())).await };
    context.wait_for(
        "accept",
        |operation| drive(operation, run),
        |context, accepted: Option<Accepted>| {
            let stream = accepted.and_then(|mut accepted| accepted.stream.take());
            Ok(stream.map_or(Value::NULL, |stream| Arc::new(stream).value(context)))
        },
    )
}

fn connections(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    over(context, "std:net", "connections", &arguments)
}

fn close_listener(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    listener(&arguments).close();
    Ok(Value::NULL.into())
}

fn listener_port(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(listener(&arguments).port.into()).into())
}

fn listener_address(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(context.heap().string(&listener(&arguments).address).into())
}

#[cfg(unix)]
fn unix_stream(connection: tokio::net::UnixStream, path: &str) -> Stream {
    let (source, sink) = connection.into_split();
    Stream::new(path, Some(Box::new(source)), Some(Box::new(sink))).between(path.to_owned(), path.to_owned())
}

/// A socket in the file system is used by writing to it.
#[cfg(unix)]
fn connect_unix(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "net.connect_unix";
    let options = WithOptions::of(NAME, arguments, 1, &["timeout"])?;
    let limit = time_limit(NAME, &options, "timeout")?;
    let path = text(NAME, options.at(0).unwrap_or(&Value::NULL))?.as_str().to_owned();
    let gate = access::writing(context, &path)?;
    let work = async move {
        let connection = tokio::net::UnixStream::connect(gate.pass(&path)?).await;
        Ok(unix_stream(connection.map_err(|error| failed("connect to", &path, &error))?, &path))
    };
    let run = move |cancelled: Cancelled| async move { cancelled.or(within(limit, "connecting", work)).await };
    context.wait_for(NAME, |operation| drive(operation, run), |context, stream| Ok(Arc::new(stream).value(context)))
}

#[cfg(unix)]
fn listen_unix(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "net.listen_unix";
    let path = text(NAME, arguments.at(0))?.as_str().to_owned();
    let gate = access::writing(context, &path)?;
    let work = async move {
        let place = gate.pass(&path)?;
        let listener = tokio::net::UnixListener::bind(&place).map_err(|error| {
            let failed = failed("listen at", &path, &error);
            let is_there = error.kind() == io::ErrorKind::AddrInUse;
            if is_there {
                failed.with_hint("a file is there: remove_file(path) if nothing listens at it")
            } else {
                failed
            }
        })?;
        Ok(Listener::new(path, 0, Door::Unix(listener, place)))
    };
    let run = move |cancelled: Cancelled| async move { cancelled.or(work).await };
    context.wait_for(
        NAME,
        |operation| drive(operation, run),
        |context, listener| Ok(context.heap().shared_foreign(Arc::new(listener))),
    )
}

#[cfg(not(unix))]
fn connect_unix(_: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    Err(motet_vm::Error::new(ErrorKind::IoError, "this system has no Unix sockets"))
}

#[cfg(not(unix))]
fn listen_unix(_: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    Err(motet_vm::Error::new(ErrorKind::IoError, "this system has no Unix sockets"))
}

fn resolve(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "net.resolve";
    let options = WithOptions::of(NAME, arguments, 1, &["timeout"])?;
    let limit = time_limit(NAME, &options, "timeout")?.unwrap_or(CONNECTING);
    let host = text(NAME, options.at(0).unwrap_or(&Value::NULL))?.as_str().to_owned();
    Reach::of(context).check(&host, 0)?;
    let work = async move {
        let found = tokio::net::lookup_host((host.as_str(), 0)).await;
        let found = found.map_err(|error| failed("find", &host, &error))?;
        let mut names: Vec<String> = Vec::new();
        for address in found {
            let name = address.ip().to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    };
    let run = move |cancelled: Cancelled| async move { cancelled.or(within(Some(limit), "resolving", work)).await };
    context.wait_for(
        NAME,
        |operation| drive(operation, run),
        |context, names| {
            let names = names.iter().map(|name| context.heap().string(name)).collect();
            Ok(context.heap().list(names))
        },
    )
}

struct Udp {
    address: String,
    port: u16,
    socket: Mutex<Option<Arc<UdpSocket>>>,
    closing: Closing,
    reach: Reach,
}

impl ForeignObject for Udp {
    fn kind(&self) -> &'static ForeignKind {
        &UDP
    }

    fn display(&self) -> Option<String> {
        Some(format!("<UdpSocket {}>", self.address))
    }
}

impl Udp {
    fn socket(&self) -> Answer<Arc<UdpSocket>> {
        let socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner).clone();
        socket.ok_or_else(|| OperationError::new(ErrorKind::Closed, format!("{} has been closed", self.address)))
    }

    async fn while_open<T>(&self, work: impl Future<Output = Answer<T>>) -> Answer<T> {
        let closed = || Err(OperationError::new(ErrorKind::Closed, format!("{} has been closed", self.address)));
        self.closing.or(work).await.unwrap_or_else(closed)
    }
}

fn udp(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "net.udp";
    let options = WithOptions::of(NAME, arguments, 0, &["host"])?;
    let port = options.at(0).map_or(Ok(0), |given| port(NAME, given))?;
    let host = text_option(NAME, &options, "host")?.unwrap_or_else(|| "127.0.0.1".into());
    access::reaching(context, &host, port)?;
    let reach = Reach::of(context);
    let work = async move {
        let socket = UdpSocket::bind((host.as_str(), port)).await;
        let socket = socket.map_err(|error| listening(&with_port(&host, port), &error))?;
        let address = socket.local_addr().map_err(|error| failed("listen at", &host, &error))?;
        let (shown, port) = (address.to_string(), address.port());
        Ok(Udp { address: shown, port, socket: Mutex::new(Some(Arc::new(socket))), closing: Closing::default(), reach })
    };
    let run = move |cancelled: Cancelled| async move { cancelled.or(work).await };
    context.wait_for(
        NAME,
        |operation| drive(operation, run),
        |context, socket| Ok(context.heap().shared_foreign(Arc::new(socket))),
    )
}

fn own_udp(arguments: &Arguments<'_>) -> Arc<Udp> {
    let socket = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Udp>());
    socket.expect("a method of sockets")
}

fn send_to(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let data = content("send", arguments.at(1))?;
    let host = text("send", arguments.at(2))?.as_str().to_owned();
    let port = port("send", arguments.at(3))?;
    let socket = own_udp(&arguments);
    socket.reach.check(&host, port)?;
    let run = move |cancelled: Cancelled| async move {
        let send = async {
            let sent = socket.socket()?.send_to(&data, (host.as_str(), port)).await;
            sent.map(|_| ()).map_err(|error| failed("send to", &with_port(&host, port), &error))
        };
        cancelled.or(socket.while_open(send)).await
    };
    context.wait_for("send", |operation| drive(operation, run), |_, ()| Ok(Value::NULL))
}

/// The largest packet there is.
const PACKET: usize = 1 << 16;

fn receive(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("receive", arguments, 1, &["timeout"])?;
    let limit = time_limit("receive", &options, "timeout")?;
    let socket = own_udp(&arguments);
    let run = move |cancelled: Cancelled| async move {
        let receive = async {
            let mut data = vec![0; PACKET];
            let received = socket.socket()?.recv_from(&mut data).await;
            let (length, from) = received.map_err(|error| failed("receive at", &socket.address, &error))?;
            data.truncate(length);
            Ok((data, from))
        };
        cancelled.or(within(limit, "receive", socket.while_open(receive))).await
    };
    context.wait_for(
        "receive",
        |operation| drive(operation, run),
        |context, (data, from)| {
            let fields = [
                ("data", context.heap().bytes(data)),
                ("host", context.heap().string(&from.ip().to_string())),
                ("port", Value::int(from.port().into())),
            ];
            Ok(record(context, fields))
        },
    )
}

fn close_udp(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let socket = own_udp(&arguments);
    drop(socket.socket.lock().unwrap_or_else(PoisonError::into_inner).take());
    socket.closing.close();
    Ok(Value::NULL.into())
}

fn udp_port(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(own_udp(&arguments).port.into()).into())
}

pub static MODULE: NativeModule = NativeModule {
    name: "net",
    documentation: "TCP, UDP and Unix sockets. A connection is a stream: `read_line`, `read_bytes`, `write`, `end_writing`, `close`, and `for (line in connection)`.",
    entries: &[
        Entry::function(
            "connect(host, port = null, tls: false, ca: null, timeout: 30000)",
            connect,
            "A connection to a host, as a stream; `\"host:port\"` will do. With `tls: true` it is encrypted and the host's certificate checked; `ca` names a file with authorities that are believed instead of those that browsers believe.",
        ),
        Entry::function(
            "listen(port, host: \"127.0.0.1\")",
            listen,
            "Listens for connections at a port of this machine, where only its own programs can reach it; at `host: \"0.0.0.0\"` others can, too. Port 0 is one that is free.",
        ),
        Entry::method(
            &LISTENER,
            "accept(listener, timeout: null)",
            accept,
            "The next connection, as a stream; null once the listener is closed.",
        ),
        Entry::method(
            &LISTENER,
            "iterate(listener)",
            connections,
            "`for (connection in listener)` gets each connection.",
        ),
        Entry::method(
            &LISTENER,
            "close(listener)",
            close_listener,
            "Ends listening. Tasks that wait for a connection get null.",
        ),
        Entry::method(&LISTENER, "port(listener)", listener_port, "Its port."),
        Entry::method(&LISTENER, "address(listener)", listener_address, "Its address and port."),
        Entry::function(
            "connect_unix(path, timeout: null)",
            connect_unix,
            "A connection to a Unix socket, as a stream.",
        ),
        Entry::function(
            "listen_unix(path)",
            listen_unix,
            "Listens at a Unix socket; the file is removed when listening ends.",
        ),
        Entry::function(
            "udp(port = 0, host: \"127.0.0.1\")",
            udp,
            "A socket for packets: `send(data, host, port)` and `receive()`, which gives `{data, host, port}`.",
        ),
        Entry::method(&UDP, "send(socket, data, host, port)", send_to, "Sends text or bytes as one packet."),
        Entry::method(&UDP, "receive(socket, timeout: null)", receive, "The next packet, `{data, host, port}`."),
        Entry::method(&UDP, "close(socket)", close_udp, "Closes a socket. Tasks that wait for it get `Closed`."),
        Entry::method(&UDP, "port(socket)", udp_port, "Its port."),
        Entry::function("resolve(host, timeout: 30000)", resolve, "A list of the addresses that a name stands for."),
    ],
    source: Some(include_str!("net.soc")),
};
