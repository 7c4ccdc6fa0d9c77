//! A request as the functions of a server use it.

use super::body::Sent;
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper::{HeaderMap, Response};
use motet_vm::memory::{ForeignKind, ForeignObject};
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot::Sender;

pub static REQUEST: ForeignKind = ForeignKind::new("HttpRequest");

pub struct Asked {
    pub method: String,
    /// Without what stands behind the `?`.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// What the names of the route stand for.
    pub parameters: Vec<(String, String)>,
    pub route: usize,
    /// The address of the client.
    pub client: String,
    /// None once it has been answered.
    reply: Mutex<Option<Sender<Response<Sent>>>>,
    /// The connection, if the client wants to go on in another way.
    upgrade: Mutex<Option<OnUpgrade>>,
}

impl ForeignObject for Asked {
    fn kind(&self) -> &'static ForeignKind {
        &REQUEST
    }

    fn bytes(&self) -> usize {
        self.body.len()
    }

    fn display(&self) -> Option<String> {
        Some(format!("<HttpRequest {} {}>", self.method, self.path))
    }
}

/// What a request is made of, without what comes over the connection.
pub struct Head {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub parameters: Vec<(String, String)>,
    pub route: usize,
    pub client: String,
}

impl Asked {
    pub fn new(head: Head, body: Bytes, reply: Sender<Response<Sent>>, upgrade: Option<OnUpgrade>) -> Asked {
        let Head { method, path, query, headers, parameters, route, client } = head;
        let (reply, upgrade) = (Mutex::new(Some(reply)), Mutex::new(upgrade));
        Asked { method, path, query, headers, body, parameters, route, client, reply, upgrade }
    }

    /// Answers; false if it has been answered before. A client that is gone hears nothing.
    pub fn answer(&self, response: Response<Sent>) -> bool {
        let reply = self.reply.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(reply) = reply else { return false };
        let _ = reply.send(response);
        true
    }

    pub fn is_answered(&self) -> bool {
        self.reply.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    pub fn take_upgrade(&self) -> Option<OnUpgrade> {
        self.upgrade.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
