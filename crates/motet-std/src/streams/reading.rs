//! What has come and was not taken so far. Each step leaves what it has read here, so a reader that is dropped where it waits
//! loses nothing; what it has taken comes back (`returned`).

use super::Source;
use super::returned::{Returned, Taken};
use crate::runtime::unless;
use std::io;
use std::sync::Arc;
use tokio::io::AsyncReadExt;

/// Bytes that are asked for at once.
const PIECE: usize = 1 << 16;

pub(super) struct Reading {
    /// None at the end, and of what is only written to.
    source: Option<Source>,
    /// What has come; what lies before `start` was taken.
    kept: Vec<u8>,
    start: usize,
    /// Bytes of what is left in which no line ends.
    searched: usize,
    /// Bytes that were taken from the stream so far.
    place: u64,
    returned: Arc<Returned>,
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
        Reading { source, kept: Vec::new(), start: 0, searched: 0, place: 0, returned: Arc::default() }
    }

    /// Nothing more comes, and what has come is forgotten.
    pub fn end(&mut self) {
        *self = Reading::of(None);
    }

    fn left(&self) -> &[u8] {
        &self.kept[self.start..]
    }

    fn take(&mut self, count: usize) -> Taken {
        let taken = self.left()[..count].to_vec();
        let taken = Taken::new(self.place, taken, &self.returned);
        self.start += count;
        self.place += count as u64;
        self.searched = 0;
        if self.start == self.kept.len() {
            self.kept.clear();
            self.start = 0;
        }
        taken
    }

    /// Puts what came back before what is left. Whether there was something.
    fn collect(&mut self) -> bool {
        let returned = self.returned.take();
        self.kept.splice(self.start..self.start, returned.iter().copied());
        self.place -= returned.len() as u64;
        if !returned.is_empty() {
            self.searched = 0;
        }
        !returned.is_empty()
    }

    /// Waits for more; false at the end.
    async fn more(&mut self) -> io::Result<bool> {
        if self.collect() {
            return Ok(true);
        }
        let Some(source) = &mut self.source else { return Ok(false) };
        if self.start > 0 {
            self.kept.drain(..std::mem::take(&mut self.start));
        }
        let length = self.kept.len();
        self.kept.reserve(PIECE.min(length.max(4096)));
        match unless(self.returned.news(), source.read_buf(&mut self.kept)).await {
            // Something came back.
            None => Ok(true),
            Some(Ok(0)) => {
                self.source = None;
                // It may have come back just now.
                Ok(self.collect())
            }
            Some(Ok(_)) => Ok(true),
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            Some(Err(error)) => {
                self.source = None;
                Err(error)
            }
        }
    }

    /// A line that is there already, with its end.
    pub fn line_at_once(&mut self) -> Option<Taken> {
        self.collect();
        match self.left()[self.searched..].iter().position(|&byte| byte == b'\n') {
            Some(end) => Some(self.take(self.searched + end + 1)),
            None => {
                self.searched = self.left().len();
                None
            }
        }
    }

    /// The next line with its end; none at the end.
    pub async fn line(&mut self, most: usize) -> Result<Option<Taken>, Refused> {
        loop {
            if let Some(line) = self.line_at_once() {
                return Ok(Some(line));
            }
            let length = self.left().len();
            if length > most {
                return Err(Refused::TooMuch);
            }
            if !self.more().await? {
                return Ok(if length == 0 { None } else { Some(self.take(length)) });
            }
        }
    }

    /// What comes next, at least a byte and at most so many; none at the end.
    pub async fn piece(&mut self, most: usize) -> io::Result<Option<Taken>> {
        self.collect();
        while self.left().is_empty() {
            if !self.more().await? {
                return Ok(None);
            }
        }
        Ok(Some(self.take(self.left().len().min(most))))
    }

    /// Exactly so many bytes; none if the end comes first, and what has come stays.
    pub async fn exactly(&mut self, count: usize) -> io::Result<Option<Taken>> {
        self.collect();
        while self.left().len() < count {
            if !self.more().await? {
                return Ok(None);
            }
        }
        Ok(Some(self.take(count)))
    }

    /// All to the end.
    pub async fn rest(&mut self, most: usize) -> Result<Taken, Refused> {
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

/// A line without its end.
pub(super) fn without_end(mut line: Vec<u8>) -> Vec<u8> {
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    line
}
