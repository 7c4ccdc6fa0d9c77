//! A server of HTTP and WebSockets, which is sent whatever the fuzzer makes up, on a connection each. It ends the connection,
//! with an answer or without, and answers the next one as ever.

use motet::loader::{Loader, TextOptions};
use motet_syntax::Notation;
use motet_vm::{MainIsolate, Permissions, Settings};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The server, which takes its time to answer nothing.
const PROGRAM: &str = r#"
fn checked(f) { try { f() } catch (e) { throw http.HttpError(400, e.message) } }
let server = http.start({
  "GET /ping": request => "pong",
  "POST /json": request => checked(() => request.json()),
  "POST /form": request => checked(() => request.form()),
  "POST /text": request => checked(() => request.text()),
  "/all/:id/*rest": request => {params: request.params, query: request.query, headers: request.headers, size: len(request.bytes())},
  "/ws": request => do {
    try {
      let socket = websocket.accept(request)
      for (message in socket) { socket.send(message) }
    } catch (e) { null }
  }
}, port: 0, head: 16_384, body: 65_536)
println(server.port())
flush()
channel().recv()
"#;

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Passes on what the program prints.
struct Printed(Sender<Vec<u8>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // Once the port is known, nothing listens any more.
        let _ = self.0.send(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The port of the server, which runs as long as the process.
fn port() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let (sender, printed) = channel();
        std::thread::spawn(move || {
            let settings = Settings { permissions: Permissions::ALL, ..Settings::default() };
            let output = Box::new(Printed(sender));
            let mut isolate = MainIsolate::new(motet::natives::builtins(), Arc::new(settings), output);
            let loaded = Loader::new(&mut isolate).load_text("fuzz", PROGRAM, Notation::Soc, TextOptions::default());
            let module = loaded.unwrap_or_else(|_| panic!("the server compiles"));
            if let Err(error) = isolate.run_module(&module) {
                panic!("the server ended: {}", error.message);
            }
        });
        let mut text = Vec::new();
        while !text.ends_with(b"\n") {
            text.extend(printed.recv_timeout(PATIENCE).expect("the server starts"));
        }
        String::from_utf8(text).expect("digits").trim().parse().expect("a port")
    })
}

/// Sends something, ends the sending, and reads to the end.
fn exchange(sent: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port())).expect("the server accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time that is not zero");
    // A server that has refused what came may have gone already.
    let _ = stream.write_all(sent);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the server neither answers nor ends the connection: {error}"),
    }
    answer
}

pub fn http(input: &[u8]) {
    let answer = exchange(input);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."), "{:?}", String::from_utf8_lossy(&answer));
    // It serves others as before.
    let mut stream = TcpStream::connect(("127.0.0.1", port())).expect("the server accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time that is not zero");
    stream.write_all(b"GET /ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("pong"), "{answer}");
}
