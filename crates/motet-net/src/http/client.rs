//! A request and its answer. All of it is one piece of work of the runtime's: dropped where it waits, it drops the connection.

use super::body::Sent;
use super::options::Session;
use super::response::{Answered, Content};
use super::url::Url;
use crate::reach::{Answer, Both, Proxy, Reach, server};
use crate::tls::{self, Trust};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use motet_std::access::{Gate, system_message};
use motet_std::streams::Stream;
use motet_vm::ErrorKind;
use motet_vm::operation::OperationError;
use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Connections that a session keeps open for later, to one place.
const KEPT: usize = 8;
/// Between two tries, the first time; later twice as long each time.
const PAUSE: Duration = Duration::from_millis(200);
/// A server that asks for a longer pause is not asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A request with all that was said of it.
pub struct Ask {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub timeout: Duration,
    pub redirects: usize,
    pub retries: usize,
    /// The body is given as it comes.
    pub streams: bool,
    /// The most bytes of a body that is not.
    pub most: usize,
    pub ca: Option<(String, Gate)>,
    /// None: the one that the environment names; else the one that was said, or none.
    pub proxy: Option<Option<Proxy>>,
    pub reach: Reach,
    pub session: Option<Arc<Session>>,
}

/// Where a connection leads; one through a proxy is another than one without.
type PlaceKey = (bool, String, u16);

/// Connections that wait for the next request.
#[derive(Default)]
pub struct Connections(Mutex<HashMap<PlaceKey, Vec<Open>>>);

/// A connection. Dropped, it is closed.
pub struct Open {
    sender: SendRequest<Sent>,
    wants_whole_address: bool,
    _driver: Driver,
}

/// The work that moves what goes over a connection.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Connections {
    fn take(&self, key: &PlaceKey) -> Option<Open> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.get_mut(key)?;
        while let Some(open) = kept.pop() {
            if open.sender.is_ready() {
                return Some(open);
            }
        }
        None
    }

    fn keep(&self, key: PlaceKey, open: Open) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(key).or_default();
        kept.push(open);
        if kept.len() > KEPT {
            kept.remove(0);
        }
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn failed(url: &Url, reason: impl std::fmt::Display) -> OperationError {
    OperationError::new(ErrorKind::IoError, format!("{}: {reason}", url.text()))
}

/// What went wrong on the way, in words.
fn reason(error: &hyper::Error) -> String {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return match io.kind() {
                io::ErrorKind::UnexpectedEof => "the server ended the connection in the midst of its answer".into(),
                _ => system_message(io),
            };
        }
        cause = error.source();
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return "the server ended the connection before its answer was complete".into();
    }
    if error.is_parse_too_large() {
        return "the head of the server's answer is too large".into();
    }
    if error.is_parse() {
        return format!("the server's answer is not HTTP: {error}");
    }
    error.to_string()
}

impl Ask {
    /// Asks, until there is an answer that is none of being sent elsewhere.
    pub async fn run(mut self) -> Answer<Answered> {
        let deadline = Instant::now() + self.timeout;
        let limit = self.timeout;
        let shown = self.url.text();
        match tokio::time::timeout_at(deadline, self.follow()).await {
            Ok(answer) => answer,
            Err(_) => Err(OperationError::new(
                ErrorKind::Timeout,
                format!("{shown}: no whole answer came within {} ms", limit.as_millis()),
            )),
        }
    }

    async fn trust(&self) -> Answer<Trust> {
        match &self.ca {
            Some((path, gate)) => tls::with_file(gate.pass(path)?.to_string_lossy().into_owned()).await,
            None => tls::ordinary().await,
        }
    }

    async fn follow(&mut self) -> Answer<Answered> {
        let mut redirects = 0;
        loop {
            let (response, open) = self.with_retries().await?;
            let target = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let target = target.filter(|_| is_redirect(response.status())).map(str::to_owned);
            let Some(target) = target.filter(|_| self.redirects > 0) else {
                return self.answered(response, open).await;
            };
            redirects += 1;
            if redirects > self.redirects {
                return Err(failed(&self.url, format!("it sends on more than {} times", self.redirects))
                    .with_hint("`redirects: 0` gives the answer that sends on"));
            }
            let next = self.url.join(&target).map_err(|error| failed(&self.url, error.message))?;
            self.go_to(next, response.status());
        }
    }

    /// The next request, as browsers make it: after most answers without a body, and with what says who comes only at the same
    /// place.
    fn go_to(&mut self, next: Url, status: StatusCode) {
        let keeps = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        if !keeps && self.method != Method::HEAD {
            self.method = Method::GET;
            self.body = Bytes::new();
            self.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
        }
        if !self.url.is_same_place(&next) {
            self.headers.retain(|(name, _)| {
                !["authorization", "cookie", "proxy-authorization", "host"]
                    .contains(&name.to_ascii_lowercase().as_str())
            });
        }
        self.url = next;
    }

    /// Asks again after what may be over soon, if the program wants it and asking twice does no harm.
    async fn with_retries(&self) -> Answer<(Response<Incoming>, Open)> {
        let is_harmless = self.method.is_idempotent();
        let mut pause = PAUSE;
        for _ in 0..if is_harmless { self.retries } else { 0 } {
            let asked = match self.once().await {
                Ok((response, open)) => match pause_of(&response, pause) {
                    Some(wanted) if wanted <= LONGEST_PAUSE => wanted,
                    _ => return Ok((response, open)),
                },
                Err(error) if error.kind == ErrorKind::IoError => pause,
                Err(error) => return Err(error),
            };
            tokio::time::sleep(asked).await;
            pause *= 2;
        }
        self.once().await
    }

    /// Asks once; a connection that was kept and turns out to be closed counts as none.
    async fn once(&self) -> Answer<(Response<Incoming>, Open)> {
        let key = (self.url.is_secure, self.url.host.clone(), self.url.port);
        self.reach.check_there(&self.url.host, self.url.port)?;
        let kept = self.session.as_ref().and_then(|session| session.connections.take(&key));
        if let Some(mut open) = kept {
            match open.sender.send_request(self.request(open.wants_whole_address)?).await {
                Ok(response) => return Ok((response, open)),
                Err(error)
                    if error.is_canceled()
                        || error.is_closed()
                        || error.is_incomplete_message() && self.method.is_idempotent() => {}
                Err(error) => return Err(failed(&self.url, reason(&error))),
            }
        }
        let mut open = self.connect().await?;
        let request = self.request(open.wants_whole_address)?;
        let response = open.sender.send_request(request).await.map_err(|error| failed(&self.url, reason(&error)))?;
        Ok((response, open))
    }

    async fn connect(&self) -> Answer<Open> {
        let proxy = match &self.proxy {
            Some(said) => said.clone(),
            None => Proxy::of_environment(self.url.is_secure, &self.url.host)?,
        };
        let trust = if self.url.is_secure { Some(self.trust().await?) } else { None };
        let (stream, wants_whole_address) =
            server(&self.reach, &self.url.host, self.url.port, trust, proxy.as_ref()).await?;
        let (sender, connection) = handshake(stream).await.map_err(|error| failed(&self.url, reason(&error)))?;
        let driver = tokio::spawn(async move {
            // What goes wrong is heard by what waits for the answer.
            let _ = connection.await;
        });
        Ok(Open { sender, wants_whole_address, _driver: Driver(driver.abort_handle()) })
    }

    fn request(&self, wants_whole_address: bool) -> Answer<Request<Sent>> {
        let url = &self.url;
        let target = if wants_whole_address { url.text() } else { url.path.clone() };
        let mut request = Request::new(Sent::whole(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = target.parse().map_err(|_| failed(url, "it is no address that can be asked for"))?;
        let headers = request.headers_mut();
        put(headers, url, "host", &url.place())?;
        put(headers, url, "user-agent", concat!("motet/", env!("CARGO_PKG_VERSION")))?;
        put(headers, url, "accept", "*/*")?;
        let is_empty = self.body.is_empty();
        if !is_empty || matches!(self.method, Method::POST | Method::PUT | Method::PATCH) {
            put(headers, url, "content-length", &self.body.len().to_string())?;
        }
        if self.session.is_none() {
            put(headers, url, "connection", "close")?;
        }
        if let Some(session) = &self.session
            && let Some(cookies) = session.cookies().header(url, SystemTime::now())
        {
            put(headers, url, "cookie", &cookies)?;
        }
        if wants_whole_address && let Some(Some(Proxy { authorization: Some(authorization), .. })) = &self.proxy {
            put(headers, url, "proxy-authorization", authorization)?;
        }
        for (name, value) in &self.headers {
            put(headers, url, name, value)?;
        }
        Ok(request)
    }

    /// The answer as the program gets it.
    async fn answered(&self, response: Response<Incoming>, open: Open) -> Answer<Answered> {
        let (head, body) = response.into_parts();
        if let Some(session) = &self.session {
            let mut cookies = session.cookies();
            for value in head.headers.get_all(header::SET_COOKIE) {
                if let Ok(value) = value.to_str() {
                    cookies.set(&self.url, value, SystemTime::now());
                }
            }
        }
        let headers = head.headers.iter();
        let headers = headers
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let mut answered = Answered {
            status: head.status.as_u16(),
            headers: headers.collect(),
            url: self.url.text(),
            content: Content::Whole(Vec::new()),
        };
        if self.streams {
            let source = Pulled { body, piece: Bytes::new(), _open: open };
            let name = format!("the answer of {}", self.url.text());
            answered.content = Content::Stream(Arc::new(Stream::new(name, Some(Box::new(source)), None)));
            return Ok(answered);
        }
        answered.content = Content::Whole(self.whole(body).await?);
        if let Some(session) = &self.session {
            self.keep(session, open).await;
        }
        Ok(answered)
    }

    /// A connection whose answer has been read is there for the next request.
    async fn keep(&self, session: &Session, mut open: Open) {
        if open.sender.ready().await.is_ok() {
            let key = (self.url.is_secure, self.url.host.clone(), self.url.port);
            session.connections.keep(key, open);
        }
    }

    async fn whole(&self, mut body: Incoming) -> Answer<Vec<u8>> {
        let too_much = || {
            OperationError::new(
                ErrorKind::LimitError,
                format!("{}: its answer has more than {} bytes", self.url.text(), self.most),
            )
            .with_hint("`most: n` takes more; with `stream: true`, the answer's body is a stream")
        };
        let said = body.size_hint().lower();
        if said > self.most as u64 {
            return Err(too_much());
        }
        let mut bytes = Vec::with_capacity((said as usize).min(1 << 20));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| failed(&self.url, reason(&error)))?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > self.most {
                return Err(too_much());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// How long to wait before the server is asked again; none if its answer counts.
fn pause_of(response: &Response<Incoming>, otherwise: Duration) -> Option<Duration> {
    if !matches!(response.status().as_u16(), 429 | 502 | 503 | 504) {
        return None;
    }
    let asked = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Some(asked.map_or(otherwise, Duration::from_secs))
}

fn put(headers: &mut HeaderMap, url: &Url, name: &str, value: &str) -> Answer<()> {
    let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
    let (Ok(name), Ok(value)) = parsed else {
        return Err(failed(url, format!("{name:?}: {value:?} is no header")));
    };
    headers.insert(name, value);
    Ok(())
}

async fn handshake(
    stream: Box<dyn Both>,
) -> hyper::Result<(SendRequest<Sent>, http1::Connection<TokioIo<Box<dyn Both>>, Sent>)> {
    http1::handshake(TokioIo::new(stream)).await
}

/// A body that is read as the program asks for it.
struct Pulled {
    body: Incoming,
    /// What has come and was not taken.
    piece: Bytes,
    _open: Open,
}

impl AsyncRead for Pulled {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if !self.piece.is_empty() {
                let length = self.piece.len().min(into.remaining());
                into.put_slice(&self.piece.split_to(length));
                return Poll::Ready(Ok(()));
            }
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(reason(&error)))),
                Some(Ok(frame)) => self.piece = frame.into_data().unwrap_or_default(),
            }
        }
    }
}
