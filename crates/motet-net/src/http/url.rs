//! Addresses: their parts, those that are relative, and what stands in them as `%20`.

use motet_vm::ErrorKind;
use motet_vm::operation::OperationError;

/// An address of HTTP or of WebSockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// With TLS.
    pub is_secure: bool,
    /// In small letters; without brackets.
    pub host: String,
    pub port: u16,
    /// What the server gets: the path and what is asked for, `/a?b=c`.
    pub path: String,
    /// For the header that says who comes: `user:password`.
    pub user: Option<String>,
}

impl Url {
    /// Reads a whole address.
    pub fn parse(text: &str) -> Result<Url, OperationError> {
        let wrong = |reason: &str| {
            OperationError::new(ErrorKind::ValueError, format!("{text:?} is no address: {reason}"))
                .with_hint("an address is whole: \"https://example.org/page?q=1\"")
        };
        let trimmed = text.trim();
        if trimmed.chars().any(|character| character.is_control()) {
            return Err(wrong("it has a control character"));
        }
        let (scheme, rest) =
            trimmed.split_once("://").ok_or_else(|| wrong("it does not begin with https:// or http://"))?;
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => false,
            "https" | "wss" => true,
            _ => return Err(wrong("it does not begin with https:// or http://")),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (place, path) = rest.split_at(end);
        let (user, place) = match place.rsplit_once('@') {
            Some((user, place)) => (Some(decode(user)), place),
            None => (None, place),
        };
        let (host, port) = match place.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => match place.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let port = match port.filter(|port| !port.is_empty()) {
            Some(port) => port.parse().map_err(|_| wrong(&format!("{port} is no port")))?,
            None if is_secure => 443,
            None => 80,
        };
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        if !host.is_ascii() || host.contains([' ', '%', '\\', '"', '<', '>', '^', '`', '{', '|', '}']) {
            return Err(wrong("its host has characters that no name of a host has; others are written as xn--…"));
        }
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Url { is_secure, host: host.to_ascii_lowercase(), port, path: escaped(&path), user })
    }

    /// The address that a server sends to, which may be a part of one.
    pub fn join(&self, target: &str) -> Result<Url, OperationError> {
        let target = target.trim().split('#').next().unwrap_or_default();
        let is_whole = target.find("://").is_some_and(|at| !target[..at].contains(['/', '?']));
        if is_whole {
            return Url::parse(target);
        }
        if let Some(rest) = target.strip_prefix("//") {
            return Url::parse(&format!("{}://{rest}", if self.is_secure { "https" } else { "http" }));
        }
        let own = self.path.split('?').next().unwrap_or_default();
        let path = match target.chars().next() {
            None => self.path.clone(),
            Some('/') => target.to_owned(),
            Some('?') => format!("{own}{target}"),
            Some(_) => format!("{}/{target}", own.rsplit_once('/').map_or("", |(folder, _)| folder)),
        };
        Ok(Url { path: escaped(&without_dots(&path)), ..self.clone() })
    }

    pub fn with_query(mut self, query: &[(String, String)]) -> Url {
        if !query.is_empty() {
            let sign = if self.path.contains('?') { '&' } else { '?' };
            self.path = format!("{}{sign}{}", self.path, form(query));
        }
        self
    }

    /// The host, and the port unless it is the usual one: what the header `Host` says.
    pub fn place(&self) -> String {
        let usual = if self.is_secure { 443 } else { 80 };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }

    pub fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }

    pub fn text(&self) -> String {
        format!("{}://{}{}", self.scheme(), self.place(), self.path)
    }

    /// The same scheme, host and port: what is kept from others may go there.
    pub fn is_same_place(&self, other: &Url) -> bool {
        (self.is_secure, &self.host, self.port) == (other.is_secure, &other.host, other.port)
    }
}

/// A path without `.` and `name/..`.
fn without_dots(path: &str) -> String {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let mut kept: Vec<&str> = Vec::new();
    let names: Vec<&str> = path.split('/').skip(1).collect();
    for (index, name) in names.iter().enumerate() {
        let is_last = index + 1 == names.len();
        match *name {
            "." if is_last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if is_last {
                    kept.push("");
                }
            }
            name => kept.push(name),
        }
    }
    let path = format!("/{}", kept.join("/"));
    query.map_or(path.clone(), |query| format!("{path}?{query}"))
}

/// What may not stand in an address becomes `%20` and the like; what is written so already stays.
fn escaped(path: &str) -> String {
    let is_plain = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    };
    percent(path, is_plain)
}

fn percent(text: &str, is_plain: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02X}")) }
    }
    out
}

/// A text as a part of an address.
pub fn encode(text: &str) -> String {
    percent(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

/// The text that a part of an address means; what is no UTF-8 becomes `�`.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if !digits.is_some_and(|digits| digits.starts_with('+')) => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Names and values as forms send them.
pub fn form(fields: &[(String, String)]) -> String {
    let part = |text: &str| encode(text).replace("%20", "+");
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", part(name), part(value))).collect();
    fields.join("&")
}

/// The names and values of a form, or behind the `?` of an address.
pub fn read_form(text: &str) -> Vec<(String, String)> {
    let part = |text: &str| decode(&text.replace('+', " "));
    text.split('&')
        .filter(|field| !field.is_empty())
        .map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            (part(name), part(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_parts() {
        let url = |text: &str| {
            Url::parse(text).map(|url| (url.is_secure, url.host.clone(), url.port, url.path.clone(), url.text()))
        };
        assert_eq!(
            url("HTTP://Example.org"),
            Ok((false, "example.org".into(), 80, "/".into(), "http://example.org/".into()))
        );
        assert_eq!(
            url("https://u:p@a.b:8443/x y?q=ä#part"),
            Ok((true, "a.b".into(), 8443, "/x%20y?q=%C3%A4".into(), "https://a.b:8443/x%20y?q=%C3%A4".into()))
        );
        assert_eq!(url("ws://[::1]:80?x"), Ok((false, "::1".into(), 80, "/?x".into(), "http://[::1]/?x".into())));
        for wrong in [
            "",
            "example.org",
            "ftp://a",
            "http://",
            "http://:80",
            "http://a:port",
            "http://a b/",
            "http://a/\r\nX: y",
            "http://bücher.de/",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_part_of_an_address_is_joined() {
        let base = Url::parse("http://h/a/b?q").unwrap_or_else(|_| unreachable!("it is whole"));
        for (target, whole) in [
            ("c", "http://h/a/c"),
            ("/c?x=1", "http://h/c?x=1"),
            ("../../c", "http://h/c"),
            ("./c/.", "http://h/a/c/"),
            ("?z", "http://h/a/b?z"),
            ("", "http://h/a/b?q"),
            ("//other/x", "http://other/x"),
            ("https://other:1/x", "https://other:1/x"),
            ("/r?to=http://x", "http://h/r?to=http://x"),
        ] {
            assert_eq!(base.join(target).map(|url| url.text()), Ok(whole.to_owned()), "{target}");
        }
    }

    #[test]
    fn parts_there_and_back() {
        for text in ["", "a b", "ä&=?+%", "100%", "%zz", "a/b"] {
            assert_eq!(decode(&encode(text)), text);
        }
        assert_eq!(decode("%+1%4"), "%+1%4");
        let fields = vec![("a b".to_owned(), "1+1=2".to_owned()), ("ü".to_owned(), String::new())];
        assert_eq!(form(&fields), "a+b=1%2B1%3D2&%C3%BC=");
        assert_eq!(read_form(&form(&fields)), fields);
        assert_eq!(read_form("&&x"), [("x".to_owned(), String::new())]);
    }
}
