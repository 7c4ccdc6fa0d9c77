//! Keeps what programs print.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// A writer whose clones write to one place.
#[derive(Clone, Default)]
pub struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output {
    /// What has been printed so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("no writer panics").clone()
    }

    /// The same as text.
    #[allow(dead_code, reason = "not all who use this print text")]
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes()).expect("programs print UTF-8")
    }
}
