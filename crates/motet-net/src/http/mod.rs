//! HTTP: asking servers, and being one. What travels is hyper's (version 1.1 of the protocol); here is what programs see of it.
//!
//! | module | its one job |
//! |---|---|
//! | `url` | addresses: their parts, those that are relative, what stands in them as `%20` |
//! | `options` | what a program says of a request |
//! | `client` | a request and its answer: connections, redirects, retries, limits |
//! | `cookies` | what servers have a session remember |
//! | `response` | an answer as programs use it |
//! | `body` | what is sent as the body of a request or an answer |
//! | `delivery` | an answer that breaks off: what came before reaches the client first |
//! | `server` | taking requests, and handing them to the program |
//! | `routes` | which function a path means |
//! | `request` | a request as the functions of a server use it |
//! | `patience` | connections whose other side does not read |

mod body;
mod client;
mod cookies;
mod delivery;
mod natives;
mod options;
mod patience;
mod request;
mod response;
mod routes;
mod server;
mod url;

pub use natives::MODULE;
pub(crate) use natives::{asked_of, switching};
pub use options::SESSION;
pub(crate) use options::{error_of, headers_of};
pub use request::REQUEST;
pub use response::RESPONSE;
pub use server::SERVER;
pub(crate) use url::{Url, decode};

use motet_vm::builtins::Field;
use motet_vm::memory::{FieldName, Value};
use motet_vm::{Context, Result};

/// What is reached through `response.` and `request.`.
pub static FIELDS: &[Field] = natives::FIELDS;

/// A record of texts.
fn record_of<'a>(heap: &motet_vm::memory::Heap, fields: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let record = heap.record(8);
    let body = record.as_record().expect("just made");
    for (name, value) in fields {
        let name = FieldName::new(name, heap);
        // A header that comes several times is one with commas; cookies keep their lines.
        let value = match body.get(name.as_str()) {
            Some(before) => {
                let between = if name.as_str() == "set-cookie" { "\n" } else { ", " };
                heap.string(&format!("{}{between}{value}", before.as_str().unwrap_or_default()))
            }
            None => heap.string(value),
        };
        body.set_named(name, value, heap).expect("a new record is not frozen");
    }
    record
}

/// The texts in a record: of headers, parameters, a form.
fn texts_of(context: &mut Context<'_>, what: &str, value: &Value) -> Result<Vec<(String, String)>> {
    let Some(record) = value.as_record() else {
        return Err(motet_vm::builtins::arguments::wrong(what, "a record", value));
    };
    let mut fields = Vec::new();
    record.for_each(|name, value| fields.push((name.as_str().to_owned(), value.clone())));
    let mut texts = Vec::new();
    for (name, value) in fields {
        // A list stands for the name several times, and null for none.
        match value.as_list() {
            Some(list) => {
                for value in list.items().to_vec() {
                    texts.push((name.clone(), context.text_of(&value, false)?));
                }
            }
            None if value.is_null() => {}
            None => texts.push((name, context.text_of(&value, false)?)),
        }
    }
    Ok(texts)
}
