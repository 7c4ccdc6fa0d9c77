//! A connection to a host: may it be reached, where is it, through which proxy, with or without TLS.

use crate::tls::{self, Trust};
use motet_std::access::{refusal, system_message};
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind, Grants};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

pub type Answer<T> = Result<T, OperationError>;

/// What can be read and written.
pub trait Both: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

/// Which hosts a program may reach: asked for each one, also for those that a server sends it to.
#[derive(Clone)]
pub struct Reach {
    all: bool,
    grants: Arc<Grants>,
}

impl Reach {
    pub fn of(context: &Context<'_>) -> Reach {
        Reach { all: context.permissions().network, grants: context.grants() }
    }

    pub fn check(&self, host: &str, port: u16) -> motet_vm::Result<()> {
        if self.all || self.grants.hosts.iter().any(|granted| granted.covers(host, port)) {
            return Ok(());
        }
        let shown = with_port(host, port);
        Err(refusal(&format!("reach {shown}"), &format!("net={shown}")))
    }

    /// The same where an operation is under way.
    pub fn check_there(&self, host: &str, port: u16) -> Answer<()> {
        self.check(host, port).map_err(|_| {
            let shown = with_port(host, port);
            OperationError::new(ErrorKind::PermissionError, format!("this program may not reach {shown}"))
                .with_hint(format!("it runs in a sandbox; with `--allow net={shown}` it may"))
        })
    }
}

/// `host:port`, with brackets around an address that has colons.
pub fn with_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// How long a connection may take to come about, unless the program says otherwise.
pub const CONNECTING: Duration = Duration::from_secs(30);

/// A connection to one of the addresses of a host.
pub async fn tcp(host: &str, port: u16) -> Answer<TcpStream> {
    let shown = with_port(host, port);
    let failed = |error: io::Error| {
        let reason = system_message(&error);
        let reason = reason.strip_prefix("failed to lookup address information: ").unwrap_or(&reason);
        OperationError::new(ErrorKind::IoError, format!("cannot connect to {shown}: {reason}"))
    };
    let stream = TcpStream::connect((host, port)).await.map_err(failed)?;
    // What a program writes is sent, be it little.
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}

/// A proxy that the environment names for a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub host: String,
    pub port: u16,
    /// For its header, if it asks who comes.
    pub authorization: Option<String>,
}

impl Proxy {
    /// `http://user:password@host:port`
    pub fn parse(text: &str) -> Option<Proxy> {
        let rest = match text.split_once("://") {
            Some(("http", rest)) => rest,
            Some(_) => return None,
            None => text,
        };
        let rest = rest.split(['/', '?', '#']).next()?;
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (place, 80),
        };
        let authorization = user.map(|user| format!("Basic {}", base64(crate::http::decode(user).as_bytes())));
        (!host.is_empty()).then(|| Proxy { host: host.trim_matches(['[', ']']).to_owned(), port, authorization })
    }

    /// The one that the environment names. What is on this machine is reached without one.
    pub fn of_environment(is_secure: bool, host: &str) -> Answer<Option<Proxy>> {
        let is_here = host.eq_ignore_ascii_case("localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let either = |name: &str| read(&name.to_lowercase()).or_else(|| read(name));
        if is_here || either("NO_PROXY").is_some_and(|list| is_excepted(&list, host)) {
            return Ok(None);
        }
        // Servers get headers of their clients as variables, and this one could be one of them.
        let own = if is_secure { either("HTTPS_PROXY") } else { read("http_proxy") };
        let Some(text) = own.or_else(|| either("ALL_PROXY")) else { return Ok(None) };
        let proxy = Proxy::parse(&text);
        proxy.map(Some).ok_or_else(|| {
            OperationError::new(
                ErrorKind::ValueError,
                format!("the environment names a proxy that is none for HTTP: {text}"),
            )
        })
    }
}

/// `NO_PROXY`: names, ends of names, `*`.
fn is_excepted(list: &str, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let entry = entry.to_ascii_lowercase();
        let entry = entry
            .rsplit_once(':')
            .map_or(entry.as_str(), |(name, port)| if port.parse::<u16>().is_ok() { name } else { &entry });
        let name = entry.trim_start_matches('*').trim_start_matches('.');
        name.is_empty() && entry == "*"
            || host == name
            || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.') && !name.is_empty())
    })
}

pub fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

/// A connection to a server, with TLS if it is wanted, through a proxy if there is one. True if requests go to the proxy, which
/// wants whole addresses.
pub async fn server(
    reach: &Reach,
    host: &str,
    port: u16,
    trust: Option<Trust>,
    proxy: Option<&Proxy>,
) -> Answer<(Box<dyn Both>, bool)> {
    reach.check_there(host, port)?;
    let Some(proxy) = proxy else {
        let stream = tcp(host, port).await?;
        return Ok(match trust {
            Some(trust) => (Box::new(tls::connect(&trust, host, stream).await?), false),
            None => (Box::new(stream), false),
        });
    };
    let mut stream = tcp(&proxy.host, proxy.port).await?;
    match trust {
        Some(trust) => {
            tunnel(&mut stream, host, port, proxy).await?;
            Ok((Box::new(tls::connect(&trust, host, stream).await?), false))
        }
        None => Ok((Box::new(stream), true)),
    }
}

/// Has a proxy connect to a host, and pass on what comes and goes.
async fn tunnel(stream: &mut TcpStream, host: &str, port: u16, proxy: &Proxy) -> Answer<()> {
    /// A proxy's answer has no more.
    const MOST: usize = 16 << 10;
    let place = with_port(host, port);
    let failed = |reason: &str| {
        OperationError::new(
            ErrorKind::IoError,
            format!("the proxy {} does not connect to {place}: {reason}", proxy.host),
        )
    };
    let mut request = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
    if let Some(authorization) = &proxy.authorization {
        request.push_str(&format!("Proxy-Authorization: {authorization}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| failed(&system_message(&error)))?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        // Byte by byte: what follows is the host's.
        let byte = stream.read_u8().await.map_err(|_| failed("it ended the connection"))?;
        answer.push(byte);
        if answer.len() > MOST {
            return Err(failed("its answer has no end"));
        }
    }
    let line = String::from_utf8_lossy(&answer);
    let line = line.lines().next().unwrap_or_default();
    let is_good = line.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
    if is_good { Ok(()) } else { Err(failed(line)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_fills_up() {
        for (text, code) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("a:b", "YTpi")]
        {
            assert_eq!(base64(text.as_bytes()), code);
        }
    }

    #[test]
    fn proxies_are_read() {
        let proxy = |host: &str, port, authorization: Option<&str>| {
            Some(Proxy { host: host.into(), port, authorization: authorization.map(str::to_owned) })
        };
        assert_eq!(Proxy::parse("http://p.example:3128/"), proxy("p.example", 3128, None));
        assert_eq!(Proxy::parse("p.example"), proxy("p.example", 80, None));
        assert_eq!(Proxy::parse("http://a:b@p:1"), proxy("p", 1, Some("Basic YTpi")));
        assert_eq!(Proxy::parse("http://[::1]:3128"), proxy("::1", 3128, None));
        for wrong in ["socks5://p:1", "http://", "http://p:port"] {
            assert_eq!(Proxy::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn exceptions_from_proxies() {
        for (list, host, is_excepted) in [
            ("example.org", "example.org", true),
            ("example.org", "www.example.org", true),
            (".example.org", "www.example.org", true),
            ("example.org", "notexample.org", false),
            ("a, *", "anything", true),
            ("", "anything", false),
            ("example.org:8080", "example.org", true),
        ] {
            assert_eq!(super::is_excepted(list, host), is_excepted, "{list} {host}");
        }
    }
}
