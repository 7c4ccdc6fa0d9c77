//! The network: connections, HTTP, WebSockets.
//!
//! | module | its one job |
//! |---|---|
//! | `reach` | a connection to a host: names, permission, proxies, TLS |
//! | `tls` | what certificates are believed, and why one is not |
//! | `net` | TCP, UDP and Unix sockets as programs use them |
//! | `http` | asking servers, and being one |
//! | `websocket` | messages both ways |
//!
//! All of it is driven by the one runtime of `motet-std`: a wait suspends its task alone, and a task that is cancelled drops
//! what it waits for, and so the connection. It knows the VM by its public face alone.

mod hints;
mod http;
mod net;
mod reach;
mod tls;
mod websocket;

use motet_vm::builtins::{ForeignType, Library};

/// All that it brings.
pub static LIBRARY: Library = Library {
    modules: &[&http::MODULE, &net::MODULE, &websocket::MODULE],
    fields: &[http::FIELDS],
    types: &[
        ForeignType { kind: &net::LISTENER, documentation: "Listeners for connections.", constructor: None },
        ForeignType { kind: &net::UDP, documentation: "UDP sockets.", constructor: None },
        ForeignType { kind: &http::RESPONSE, documentation: "Answers of HTTP servers.", constructor: None },
        ForeignType { kind: &http::SESSION, documentation: "HTTP sessions.", constructor: None },
        ForeignType { kind: &http::SERVER, documentation: "HTTP servers.", constructor: None },
        ForeignType { kind: &http::REQUEST, documentation: "Requests that a server answers.", constructor: None },
        ForeignType { kind: &websocket::WEBSOCKET, documentation: "WebSockets.", constructor: None },
    ],
    elsewhere: hints::ELSEWHERE,
    ..Library::EMPTY
};
