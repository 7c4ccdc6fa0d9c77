//! Numbers, texts and their like as bytes.

use super::ReadError;
use motet_source::Span;

/// Collects bytes.
#[derive(Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    pub fn word(&mut self, word: u64) {
        self.bytes.extend_from_slice(&word.to_le_bytes());
    }

    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    pub fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub fn span(&mut self, span: Span) {
        self.number(u64::from(span.start));
        self.number(u64::from(span.end));
    }
}

/// Takes bytes apart again.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

type Result<T> = std::result::Result<T, ReadError>;

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    pub fn error<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(ReadError { at: self.at, message: message.into() })
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub fn is_at_end(&self) -> bool {
        self.left() == 0
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        if length > self.left() {
            return self.error("it is cut off");
        }
        let taken = &self.bytes[self.at..self.at + length];
        self.at += length;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    pub fn flag(&mut self) -> Result<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => self.error("neither yes nor no"),
        }
    }

    pub fn word(&mut self) -> Result<u64> {
        let mut word = [0; 8];
        word.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(word))
    }

    pub fn number(&mut self) -> Result<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return self.error("a number is too large");
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        self.error("a number is too long")
    }

    pub fn small<T: TryFrom<u64>>(&mut self) -> Result<T> {
        let number = self.number()?;
        match T::try_from(number) {
            Ok(number) => Ok(number),
            Err(_) => self.error("a number is too large"),
        }
    }

    /// How many things follow: no more than there are bytes, so that nothing is made for what is not there.
    pub fn count(&mut self) -> Result<usize> {
        let count: usize = self.small()?;
        if count > self.left() { self.error("there is less than it says") } else { Ok(count) }
    }

    pub fn text(&mut self) -> Result<Box<str>> {
        let length = self.count()?;
        match std::str::from_utf8(self.take(length)?) {
            Ok(text) => Ok(text.into()),
            Err(_) => self.error("a text is no UTF-8"),
        }
    }

    pub fn span(&mut self) -> Result<Span> {
        let (start, end) = (self.small()?, self.small()?);
        Ok(Span { start, end })
    }

    /// So many things as it says, each read by the function.
    pub fn all<T>(&mut self, mut one: impl FnMut(&mut Reader<'a>) -> Result<T>) -> Result<Vec<T>> {
        (0..self.count()?).map(|_| one(self)).collect()
    }

    /// A place among those that are known already.
    pub fn index(&mut self, known: usize, what: &str) -> Result<usize> {
        let index: usize = self.small()?;
        if index < known { Ok(index) } else { self.error(format!("there is no {what} {index}")) }
    }
}
