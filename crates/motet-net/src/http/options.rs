//! What a program says of a request, and sessions, which say it for several.

use super::client::{Ask, Connections};
use super::cookies::Cookies;
use super::texts_of;
use super::url::{Url, encode, form};
use crate::reach::{Proxy, Reach, base64};
use motet_std::access::{self, Gate};
use motet_std::arguments::{text_option, time_limit};
use motet_std::content;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, text};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::Arguments;
use motet_vm::operation::OperationError;
use motet_vm::{Context, Error, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub static SESSION: ForeignKind = ForeignKind::new("HttpSession");

/// What the options of a request are called.
pub const OPTIONS: &[&str] = &[
    "headers",
    "params",
    "json",
    "form",
    "body",
    "timeout",
    "redirects",
    "retries",
    "stream",
    "most",
    "auth",
    "token",
    "ca",
    "proxy",
];

/// How long a request may take, unless the program says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most bytes of an answer that is read at once.
const MOST: usize = 1 << 28;
const REDIRECTS: usize = 10;

/// What several requests have in common: cookies, headers, connections that stay open.
pub struct Session {
    pub base: Option<Url>,
    pub headers: Vec<(String, String)>,
    pub timeout: Option<Duration>,
    pub ca: Option<(String, Gate)>,
    pub cookies: Mutex<Cookies>,
    pub connections: Connections,
}

impl ForeignObject for Session {
    fn kind(&self) -> &'static ForeignKind {
        &SESSION
    }
}

impl Session {
    pub fn cookies(&self) -> MutexGuard<'_, Cookies> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn error_of(error: OperationError) -> Error {
    let shown = Error::new(error.kind, error.message);
    match error.hint {
        Some(hint) => shown.with_hint(hint),
        None => shown,
    }
}

/// A header must be one line of signs that a header may have.
pub fn check_header(name: &str, value: &str) -> Result<()> {
    let is_name = hyper::header::HeaderName::from_bytes(name.as_bytes()).is_ok();
    if !is_name
        || hyper::header::HeaderValue::from_str(value).is_err()
            && hyper::header::HeaderValue::from_bytes(value.as_bytes()).is_err()
    {
        return Err(bad_value(format!(
            "{name:?}: {value:?} is no header: its name has letters, and its value is one line"
        )));
    }
    Ok(())
}

pub fn headers_of(context: &mut Context<'_>, value: &Value) -> Result<Vec<(String, String)>> {
    let headers = texts_of(context, "headers", value)?;
    for (name, value) in &headers {
        check_header(name, value)?;
    }
    Ok(headers)
}

fn authority(context: &Context<'_>, function: &str, options: &WithOptions<'_>) -> Result<Option<(String, Gate)>> {
    let path = text_option(function, options, "ca")?;
    path.map(|path| Ok((path.clone(), access::reading(context, &path)?))).transpose()
}

/// A session, as `http.session(…)` says.
pub fn session(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Session> {
    const NAME: &str = "http.session";
    let options = WithOptions::of(NAME, arguments, 0, &["base", "headers", "timeout", "ca"])?;
    let base = text_option(NAME, &options, "base")?;
    let headers = options.option("headers").map(|headers| headers_of(context, &headers)).transpose()?;
    Ok(Session {
        base: base.map(|base| Url::parse(&base).map_err(error_of)).transpose()?,
        headers: headers.unwrap_or_default(),
        timeout: time_limit(NAME, &options, "timeout")?,
        ca: authority(context, NAME, &options)?,
        cookies: Mutex::default(),
        connections: Connections::default(),
    })
}

/// What is to be asked: `at` is the place of the address among the arguments.
pub fn ask_of(
    context: &mut Context<'_>,
    function: &str,
    method: &str,
    options: &WithOptions<'_>,
    at: usize,
    session: Option<Arc<Session>>,
) -> Result<Ask> {
    let address = text(function, options.at(at).unwrap_or(&Value::NULL))?.as_str().to_owned();
    let url = match session.as_ref().and_then(|session| session.base.as_ref()) {
        Some(base) => base.join(&address),
        None => Url::parse(&address),
    };
    let mut url = url.map_err(error_of)?;
    if let Some(params) = options.option("params") {
        url = url.with_query(&texts_of(context, "params", &params)?);
    }
    let method = hyper::Method::from_bytes(method.to_ascii_uppercase().as_bytes())
        .map_err(|_| bad_value(format!("{method:?} is no method of HTTP")))?;
    let mut headers = session.as_ref().map(|session| session.headers.clone()).unwrap_or_default();
    let mut put = |name: &str, value: String| {
        headers.retain(|(own, _): &(String, String)| !own.eq_ignore_ascii_case(name));
        headers.push((name.to_owned(), value));
    };
    let bodies = ["json", "form", "body"].iter().filter(|name| options.option(name).is_some()).count();
    if bodies > 1 {
        return Err(bad_value(format!("{function} sends one of json, form and body, not several")));
    }
    let mut body = Vec::new();
    if let Some(json) = options.option("json") {
        // The module's source has made a text of it.
        body = content(function, &json)?;
        put("content-type", "application/json".into());
    } else if let Some(fields) = options.option("form") {
        body = form(&texts_of(context, "form", &fields)?).into_bytes();
        put("content-type", "application/x-www-form-urlencoded".into());
    } else if let Some(given) = options.option("body") {
        body = content(function, &given)?;
        if given.as_str().is_some() {
            put("content-type", "text/plain; charset=utf-8".into());
        }
    }
    if let Some(user) = url.user.take() {
        put("authorization", format!("Basic {}", base64(user.as_bytes())));
    }
    if let Some(auth) = options.option("auth") {
        let list = auth.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
        let [user, password] = list.as_slice() else {
            return Err(bad_value(format!("auth of {function} is [user, password]")));
        };
        let both = format!("{}:{}", text(function, user)?.as_str(), text(function, password)?.as_str());
        put("authorization", format!("Basic {}", base64(both.as_bytes())));
    }
    if let Some(token) = text_option(function, options, "token")? {
        check_header("authorization", &token)?;
        put("authorization", format!("Bearer {token}"));
    }
    if let Some(given) = options.option("headers") {
        for (name, value) in headers_of(context, &given)? {
            put(&name, value);
        }
    }
    let proxy = match options.option("proxy") {
        None => None,
        Some(off) if !off.is_truthy() => Some(None),
        Some(given) => {
            let address = text(function, &given)?.as_str();
            Some(Some(Proxy::parse(address).ok_or_else(|| bad_value(format!("{address:?} is no proxy for HTTP")))?))
        }
    };
    let number = |name: &str, otherwise: usize| -> Result<usize> {
        options.option(name).map_or(Ok(otherwise), |value| count(function, name, &value))
    };
    let own = session.as_ref().and_then(|session| session.timeout);
    Ok(Ask {
        method,
        url,
        headers,
        body: body.into(),
        timeout: time_limit(function, options, "timeout")?.or(own).unwrap_or(PATIENCE),
        redirects: number("redirects", REDIRECTS)?,
        retries: number("retries", 0)?,
        streams: options.flag("stream"),
        most: number("most", MOST)?.min(context.most_text()),
        ca: authority(context, function, options)?.or_else(|| session.as_ref().and_then(|session| session.ca.clone())),
        proxy,
        reach: Reach::of(context),
        session,
    })
}

/// The names and values behind the `?` of an address.
pub fn query_of(fields: &[(String, String)]) -> String {
    form(fields)
}

/// A text as a part of an address.
pub fn encoded(text: &str) -> String {
    encode(text)
}
