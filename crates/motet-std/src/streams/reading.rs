//! What has come and was not taken so far. Each step leaves what it has read here, so a reader that is dropped where it waits
//! loses nothing.

use super::Source;
use std::io;
use tokio::io::AsyncReadExt;

/// Bytes that are asked for at once.
const PIECE: usize = 1 << 16;

pub(super) struct Reading {
    /// None at the end, and of what is only written to.
    source: Option<Source>,
    /// What has come; what lies before `start` was taken.
    kept: Vec<u8>,
    start: usize,
}

/// Why a read gives nothing.
pub(super) enum Refused {
    Failed(io::Error),
    /// There are more bytes than the reader takes.
    TooMuch,
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        Refused::Failed(error)
    }
}

impl Reading {
    pub fn of(source: Option<Source>) -> Reading {
        Reading { source, kept: Vec::new(), start: 0 }
    }

    /// Nothing more comes, and what has come is forgotten.
    pub fn end(&mut self) {
        *self = Reading::of(None);
    }

    fn left(&self) -> &[u8] {
        &self.kept[self.start..]
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let taken = self.kept[self.start..self.start + count].to_vec();
        self.start += count;
        if self.start == self.kept.len() {
            self.kept.clear();
            self.start = 0;
        }
        taken
    }

    /// Waits for more; false at the end.
    async fn more(&mut self) -> io::Result<bool> {
        let Some(source) = &mut self.source else { return Ok(false) };
        if self.start > 0 {
            self.kept.drain(..std::mem::take(&mut self.start));
        }
        let length = self.kept.len();
        self.kept.reserve(PIECE.min(length.max(4096)));
        match source.read_buf(&mut self.kept).await {
            Ok(0) => {
                self.source = None;
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            Err(error) => {
                self.source = None;
                Err(error)
            }
        }
    }

    /// A line that is there already, without its end.
    pub fn line_at_once(&mut self, from: usize) -> Option<Vec<u8>> {
        let end = self.left()[from..].iter().position(|&byte| byte == b'\n')? + from;
        let mut line = self.take(end + 1);
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(line)
    }

    /// The next line without its end; none at the end.
    pub async fn line(&mut self, most: usize) -> Result<Option<Vec<u8>>, Refused> {
        let mut searched = 0;
        loop {
            if let Some(line) = self.line_at_once(searched) {
                return Ok(Some(line));
            }
            searched = self.left().len();
            if searched > most {
                return Err(Refused::TooMuch);
            }
            if !self.more().await? {
                return Ok(if searched == 0 { None } else { Some(self.take(searched)) });
            }
        }
    }

    /// What comes next, at least a byte and at most so many; none at the end.
    pub async fn piece(&mut self, most: usize) -> io::Result<Option<Vec<u8>>> {
        while self.left().is_empty() {
            if !self.more().await? {
                return Ok(None);
            }
        }
        Ok(Some(self.take(self.left().len().min(most))))
    }

    /// Exactly so many bytes; none if the end comes first, and what has come stays.
    pub async fn exactly(&mut self, count: usize) -> io::Result<Option<Vec<u8>>> {
        while self.left().len() < count {
            if !self.more().await? {
                return Ok(None);
            }
        }
        Ok(Some(self.take(count)))
    }

    /// All to the end.
    pub async fn rest(&mut self, most: usize) -> Result<Vec<u8>, Refused> {
        loop {
            if self.left().len() > most {
                return Err(Refused::TooMuch);
            }
            if !self.more().await? {
                return Ok(self.take(self.left().len()));
            }
        }
    }

    /// How many bytes have come and were not taken.
    pub fn waiting(&self) -> usize {
        self.left().len()
    }
}
