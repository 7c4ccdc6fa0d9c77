//! Taking requests, and handing them to the program.
//!
//! Each connection is work of the runtime's: it reads a request whole, within limits of size and time, leaves it in a queue of
//! bounded length, and waits for the answer. The program takes as many as are there at once. A request whose function ends
//! without an answer, for whatever reason, is answered with 500: none that was accepted is lost.

use super::body::Sent;
use super::delivery::{Delivered, Flushes};
use super::patience::Patient;
use super::request::{Asked, Head};
use super::routes::{Meant, Routes};
use crate::net::listening;
use crate::reach::{Answer, with_port};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, UPGRADE};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use motet_std::runtime;
use motet_std::streams::Closing;
use motet_vm::memory::{ForeignKind, ForeignObject};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub static SERVER: ForeignKind = ForeignKind::new("HttpServer");

/// Requests that wait for the program; more wait in their connections.
const QUEUE: usize = 1024;
/// Requests that the program takes at once.
const PORTION: usize = 64;

/// What a server bears.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; more wait.
    pub connections: usize,
    /// Bytes of the head of a request.
    pub head: usize,
    /// Bytes of its body.
    pub body: usize,
    /// How long a client may take for a head, for a body, and for each part of an answer; and how long a connection waits for
    /// its next request.
    pub patience: Duration,
}

/// What the work of a server shares.
struct Shared {
    routes: Routes,
    limits: Limits,
    /// Nothing new is accepted, and what is under way ends.
    stopping: Closing,
    /// All connections end now.
    aborted: Closing,
}

pub struct Server {
    pub address: String,
    pub port: u16,
    shared: Arc<Shared>,
    requests: tokio::sync::Mutex<Receiver<Asked>>,
    /// Requests whose portion was dropped on the way.
    given_back: Mutex<VecDeque<Arc<Asked>>>,
}

impl ForeignObject for Server {
    fn kind(&self) -> &'static ForeignKind {
        &SERVER
    }

    fn display(&self) -> Option<String> {
        Some(format!("<HttpServer {}>", self.address))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.abort();
    }
}

/// Requests on their way to the program. Dropped on the way, they are kept for the next one who asks.
pub struct Portion {
    pub requests: Vec<Arc<Asked>>,
    server: Arc<Server>,
}

impl Drop for Portion {
    fn drop(&mut self) {
        if !self.requests.is_empty() {
            self.server.waiting().extend(self.requests.drain(..));
        }
    }
}

impl Server {
    /// Listens, and accepts from then on.
    pub async fn start(host: String, port: u16, routes: Routes, limits: Limits) -> Answer<Server> {
        let failed = |error: std::io::Error| listening(&with_port(&host, port), &error);
        let listener = TcpListener::bind((host.as_str(), port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared { routes, limits, stopping: Closing::default(), aborted: Closing::default() });
        let (sender, requests) = channel(QUEUE);
        runtime::begin_beside(accept(listener, shared.clone(), sender))?;
        Ok(Server {
            address: address.to_string(),
            port: address.port(),
            shared,
            requests: tokio::sync::Mutex::new(requests),
            given_back: Mutex::default(),
        })
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Arc<Asked>>> {
        self.given_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when what is under way has been answered.
    pub fn stop(&self) {
        self.shared.stopping.close();
    }

    /// Ends at once.
    pub fn abort(&self) {
        self.shared.stopping.close();
        self.shared.aborted.close();
    }

    /// What is there already.
    pub fn portion_at_once(self: &Arc<Self>) -> Option<Portion> {
        let mut requests = self.requests.try_lock().ok()?;
        let portion = self.collect(&mut requests, None);
        (!portion.requests.is_empty()).then_some(portion)
    }

    fn collect(self: &Arc<Self>, requests: &mut Receiver<Asked>, first: Option<Asked>) -> Portion {
        let mut taken: Vec<Arc<Asked>> = self.waiting().drain(..).collect();
        taken.extend(first.map(Arc::new));
        while taken.len() < PORTION {
            match requests.try_recv() {
                Ok(asked) => taken.push(Arc::new(asked)),
                Err(_) => break,
            }
        }
        Portion { requests: taken, server: self.clone() }
    }

    /// The next requests; none of them once the server has stopped and answered all.
    pub async fn portion(self: Arc<Self>) -> Answer<Portion> {
        let mut requests = self.requests.lock().await;
        if !self.waiting().is_empty() {
            return Ok(self.collect(&mut requests, None));
        }
        let first = requests.recv().await;
        Ok(self.collect(&mut requests, first))
    }
}

/// Accepts connections until the server stops.
async fn accept(listener: TcpListener, shared: Arc<Shared>, requests: Sender<Asked>) {
    /// When the system gives no descriptor for a connection, another must end first.
    const PAUSE: Duration = Duration::from_millis(20);
    let room = Arc::new(Semaphore::new(shared.limits.connections));
    loop {
        let next = shared.stopping.or(async {
            let permit = room.clone().acquire_owned().await;
            (permit, listener.accept().await)
        });
        match next.await {
            None => return,
            Some((Ok(permit), Ok((stream, client)))) => {
                let work = connection(stream, client.to_string(), shared.clone(), requests.clone(), permit);
                tokio::spawn(work);
            }
            Some(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Serves one connection to its end.
async fn connection(
    stream: TcpStream,
    client: String,
    shared: Arc<Shared>,
    requests: Sender<Asked>,
    _permit: OwnedSemaphorePermit,
) {
    let limits = shared.limits;
    // Without it, small answers would wait for others; a connection that is gone says so when it is read.
    let _ = stream.set_nodelay(true);
    let flushes = Arc::<Flushes>::default();
    let io = TokioIo::new(Patient::new(stream, limits.patience, flushes.clone()));
    let own = shared.clone();
    let service = service_fn(move |request| {
        let (shared, requests, client, flushes) = (own.clone(), requests.clone(), client.clone(), flushes.clone());
        async move {
            let response = answer(request, client, &shared, &requests).await;
            Ok::<_, Infallible>(response.map(|sent| Delivered::new(sent, flushes)))
        }
    });
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.patience).max_buf_size(limits.head.max(8192));
    let mut connection = pin!(builder.serve_connection(io, service).with_upgrades());
    // What goes wrong on a connection is the client's: it is gone, or does not speak HTTP, and has been told so.
    if shared.stopping.or(connection.as_mut()).await.is_none() {
        connection.as_mut().graceful_shutdown();
        let _ = shared.aborted.or(connection).await;
    }
}

/// An answer that the server gives by itself.
fn refused(status: StatusCode) -> Response<Sent> {
    let text = format!("{} {}\n", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let mut response = Response::new(Sent::whole(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// The same, after which the connection ends: what is left of the request is not read.
fn refused_and_closed(status: StatusCode) -> Response<Sent> {
    let mut response = refused(status);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn answer(
    mut request: Request<Incoming>,
    client: String,
    shared: &Shared,
    requests: &Sender<Asked>,
) -> Response<Sent> {
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let (route, parameters) = match shared.routes.find(&method, &path) {
        Meant::Route(route, parameters) => (route, parameters),
        Meant::Nothing => return refused(StatusCode::NOT_FOUND),
        Meant::Methods(methods) => {
            let mut response = refused(StatusCode::METHOD_NOT_ALLOWED);
            if let Ok(methods) = HeaderValue::from_str(&methods.join(", ")) {
                response.headers_mut().insert(ALLOW, methods);
            }
            return response;
        }
    };
    let upgrade = request.headers().contains_key(UPGRADE).then(|| hyper::upgrade::on(&mut request));
    let (head, body) = request.into_parts();
    let body = match tokio::time::timeout(shared.limits.patience, whole(body, shared.limits.body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(status)) => return refused_and_closed(status),
        Err(_) => return refused_and_closed(StatusCode::REQUEST_TIMEOUT),
    };
    let query = head.uri.query().unwrap_or_default().to_owned();
    let head = Head { method, path, query, headers: head.headers, parameters, route, client };
    let (reply, answered) = oneshot::channel();
    if requests.send(Asked::new(head, body, reply, upgrade)).await.is_err() {
        return refused_and_closed(StatusCode::SERVICE_UNAVAILABLE);
    }
    // What holds the request answers it, or lets go of it.
    answered.await.unwrap_or_else(|_| refused(StatusCode::INTERNAL_SERVER_ERROR))
}

/// A body with no more than so many bytes.
async fn whole(mut body: Incoming, most: usize) -> Result<Bytes, StatusCode> {
    if body.size_hint().lower() > most as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}
