//! What to write instead of members that connections have in other languages.

/// By name: the kind, and what to write. Sorted.
pub(crate) const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("close", "HttpServer", "`server.stop()` accepts nothing new and answers what it has accepted"),
    ("content", "HttpResponse", "the body as bytes is `r.bytes()`, as text `r.text()`"),
    ("createServer", "http", "`http.serve({\"GET /\": request => \"hello\"}, port: 8080)`"),
    ("createServer", "net", "`net.listen(port)` gives a listener, and `listener.accept()` connections"),
    ("data", "HttpResponse", "the body as text is `r.text()`, the value that it is in JSON `r.json()`"),
    ("fetch", "http", "`http.get(url)`, or another method by `http.request(\"PUT\", url)`"),
    ("listen", "http", "`http.serve({\"GET /\": request => \"hello\"}, port: 8080)`"),
    ("on", "WebSocket", "`for (message in socket)` walks over what arrives"),
    ("onmessage", "WebSocket", "`for (message in socket)` walks over what arrives"),
    ("raise_for_status", "HttpResponse", "`r.check()` throws unless the status is from 200 to 299"),
    ("recv", "WebSocket", "the next message is `socket.receive()`"),
    ("server", "http", "`http.serve({\"GET /\": request => \"hello\"}, port: 8080)`"),
    ("socket", "net", "`net.connect(host, port)`, or `net.listen(port)`"),
    ("statusCode", "HttpResponse", "the status is `r.status`"),
    ("statusText", "HttpResponse", "the status is `r.status`"),
    ("status_code", "HttpResponse", "the status is `r.status`"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::ELSEWHERE.is_sorted());
    }
}
