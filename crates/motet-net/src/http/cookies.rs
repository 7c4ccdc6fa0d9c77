//! What servers have a session remember.

use super::url::Url;
use std::time::{Duration, SystemTime};

/// Cookies that a session keeps, the latest ones, and the bytes that one may have.
const MOST: usize = 300;
const MOST_BYTES: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    /// Of names below the domain, too.
    covers_names_below: bool,
    path: String,
    is_secure: bool,
    expires: Option<SystemTime>,
}

#[derive(Debug, Default)]
pub struct Cookies(Vec<Cookie>);

impl Cookies {
    /// Takes what a server says in a header `Set-Cookie`.
    pub fn set(&mut self, url: &Url, header: &str, now: SystemTime) {
        let Some(cookie) = parse(url, header, now) else { return };
        self.0.retain(|own| (&own.name, &own.domain, &own.path) != (&cookie.name, &cookie.domain, &cookie.path));
        if cookie.expires.is_none_or(|end| end > now) {
            self.0.push(cookie);
        }
        if self.0.len() > MOST {
            self.0.remove(0);
        }
    }

    /// What a request to this address says in its header `Cookie`.
    pub fn header(&mut self, url: &Url, now: SystemTime) -> Option<String> {
        self.0.retain(|cookie| cookie.expires.is_none_or(|end| end > now));
        let path = url.path.split('?').next().unwrap_or_default();
        let mut fitting: Vec<&Cookie> = self.0.iter().filter(|cookie| cookie.fits(url, path)).collect();
        // The more exact path first; those that came earlier before others.
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = fitting.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Names and values, for the program.
    pub fn list(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|cookie| (cookie.name.as_str(), cookie.value.as_str()))
    }
}

impl Cookie {
    fn fits(&self, url: &Url, path: &str) -> bool {
        let is_path = path == self.path
            || path
                .strip_prefix(self.path.as_str())
                .is_some_and(|rest| self.path.ends_with('/') || rest.starts_with('/'));
        let is_domain = url.host == self.domain || self.covers_names_below && is_below(&url.host, &self.domain);
        is_path && is_domain && (url.is_secure || !self.is_secure)
    }
}

/// `www.example.org` is below `example.org`.
fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')) && host.parse::<std::net::IpAddr>().is_err()
}

fn parse(url: &Url, header: &str, now: SystemTime) -> Option<Cookie> {
    if header.len() > MOST_BYTES {
        return None;
    }
    let mut parts = header.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let folder = match url.path.split('?').next().unwrap_or_default().rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    };
    let mut cookie = Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        domain: url.host.clone(),
        covers_names_below: false,
        path: folder.to_owned(),
        is_secure: false,
        expires: None,
    };
    if cookie.name.is_empty() {
        return None;
    }
    let mut has_age = false;
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "domain" => {
                let domain = value.trim_start_matches('.').to_ascii_lowercase();
                // A server speaks for itself and what is above it, and never for all of a country.
                if domain != url.host && !(is_below(&url.host, &domain) && domain.contains('.')) {
                    return None;
                }
                cookie.covers_names_below = true;
                cookie.domain = domain;
            }
            "path" if value.starts_with('/') => cookie.path = value.to_owned(),
            "secure" => cookie.is_secure = true,
            "max-age" => {
                if let Ok(seconds) = value.parse::<i64>() {
                    has_age = true;
                    cookie.expires = match u64::try_from(seconds) {
                        Ok(seconds) => now.checked_add(Duration::from_secs(seconds)),
                        Err(_) => Some(SystemTime::UNIX_EPOCH),
                    };
                }
            }
            "expires" if !has_age => cookie.expires = httpdate::parse_http_date(value).ok().or(cookie.expires),
            _ => {}
        }
    }
    Some(cookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(set: &[(&str, &str)], to: &str) -> Option<String> {
        let url = |text: &str| Url::parse(text).unwrap_or_else(|_| unreachable!("a whole address"));
        let mut cookies = Cookies::default();
        let now = SystemTime::now();
        for (from, header) in set {
            cookies.set(&url(from), header, now);
        }
        cookies.header(&url(to), now)
    }

    #[test]
    fn cookies_go_back_where_they_came_from() {
        let here = "http://a.example.org/x/y";
        for (header, to, expected) in [
            ("n=1", "http://a.example.org/x/z", Some("n=1")),
            ("n=1", "http://a.example.org/", None),
            ("n=1; Path=/", "http://a.example.org/", Some("n=1")),
            ("n=1; Path=/ab", "http://a.example.org/abc", None),
            ("n=1; Path=/", "http://b.example.org/", None),
            ("n=1; Path=/; Domain=example.org", "http://b.example.org/", Some("n=1")),
            ("n=1; Path=/; Domain=org", "http://b.org/", None),
            ("n=1; Path=/; Domain=other.org", "http://other.org/", None),
            ("n=1; Path=/; Secure", "http://a.example.org/", None),
            ("n=1; Path=/; Secure", "https://a.example.org/", Some("n=1")),
            ("n=1; Path=/; Max-Age=0", "http://a.example.org/", None),
            ("n=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a.example.org/", Some("n=1")),
            ("n=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a.example.org/", None),
            ("=1", "http://a.example.org/x/y", None),
            ("none", "http://a.example.org/x/y", None),
        ] {
            assert_eq!(sent(&[(here, header)], to).as_deref(), expected, "{header} to {to}");
        }
    }

    #[test]
    fn the_latest_of_a_name_counts_and_the_number_is_bounded() {
        assert_eq!(
            sent(&[("http://h/", "a=1"), ("http://h/", "b=2"), ("http://h/", "a=3")], "http://h/").as_deref(),
            Some("b=2; a=3")
        );
        let many: Vec<String> = (0..1000).map(|number| format!("n{number}=1")).collect();
        let set: Vec<(&str, &str)> = many.iter().map(|header| ("http://h/", header.as_str())).collect();
        assert_eq!(sent(&set, "http://h/").map(|header| header.split("; ").count()), Some(MOST));
    }
}
