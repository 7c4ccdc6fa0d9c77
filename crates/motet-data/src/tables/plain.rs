//! Rows of CSV without quotes: fields become cells where they stand in the text.

use super::growing::Growing;
use crate::words::first_of_three;
use motet_vm::{Context, Result};

/// A row with more or fewer fields than there are columns.
pub(super) struct Ragged {
    pub line: usize,
    pub count: usize,
    pub width: usize,
}

/// Bytes that are read in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 16;
/// Bytes between two safe points.
const PIECE: usize = 1 << 18;

/// Whether a text is one that this module reads.
pub(super) fn is_plain(text: &str, quote: u8) -> bool {
    memchr::memchr(quote, text.as_bytes()).is_none()
}

/// A text and how far it has been read.
#[derive(Clone, Copy)]
pub(super) struct Plain<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    delimiter: u8,
}

impl<'t> Plain<'t> {
    pub fn new(text: &'t str, delimiter: u8) -> Plain<'t> {
        Plain { text, at: 0, line: 1, delimiter }
    }

    /// The fields of the next row; none at the end.
    pub fn row(&mut self, context: &mut Context<'_>) -> Result<Option<Vec<&'t str>>> {
        self.skip_empty_lines(context)?;
        if self.at >= self.text.len() {
            return Ok(None);
        }
        let mut fields = Vec::new();
        loop {
            let (start, end) = (self.at, self.field_end());
            fields.push(&self.text[start..end]);
            context.work((end - start) / BYTES_PER_UNIT + 1)?;
            if self.ends_row(end) {
                return Ok(Some(fields));
            }
        }
    }

    /// Gives the fields of all rows that follow to the columns, to each its own.
    pub fn rows(
        mut self,
        context: &mut Context<'_>,
        columns: &mut [Growing],
        absent: &[String],
    ) -> Result<std::result::Result<(), Ragged>> {
        let (text, delimiter) = (self.text, self.delimiter);
        let is_end = |byte: u8| byte == delimiter || byte == b'\n' || byte == b'\r';
        // A number may stand for what is missing, or go on behind what ends a field.
        let has_numbers = absent.is_empty() && !delimiter.is_ascii_alphanumeric() && !b".+-".contains(&delimiter);
        let mut looked = self.at;
        loop {
            self.skip_empty_lines(context)?;
            if self.at >= text.len() {
                return Ok(Ok(()));
            }
            let line = self.line;
            let mut count = 0;
            loop {
                if self.at - looked >= PIECE {
                    context.work((self.at - looked) / BYTES_PER_UNIT)?;
                    looked = self.at;
                }
                let column = columns.get_mut(count);
                count += 1;
                let end = match column {
                    None => self.field_end(),
                    Some(column) => {
                        let number = if has_numbers { column.take_number(text, self.at, is_end) } else { None };
                        number.unwrap_or_else(|| {
                            let end = self.field_end();
                            column.take(&text[self.at..end], false, absent);
                            end
                        })
                    }
                };
                if self.ends_row(end) {
                    break;
                }
            }
            if count != columns.len() {
                return Ok(Err(Ragged { line, count, width: columns.len() }));
            }
        }
    }

    /// Where the field ends that begins here.
    #[inline]
    fn field_end(&self) -> usize {
        first_of_three(self.text.as_bytes(), self.at, [self.delimiter, b'\n', b'\r'])
    }

    /// Goes on behind the end of a field; gives whether it is the end of the row.
    #[inline]
    fn ends_row(&mut self, end: usize) -> bool {
        let bytes = self.text.as_bytes();
        self.at = end + 1;
        match bytes.get(end) {
            Some(&byte) if byte == self.delimiter => return false,
            Some(b'\r') if bytes.get(self.at) == Some(&b'\n') => self.at += 1,
            _ => {}
        }
        self.line += 1;
        true
    }

    fn skip_empty_lines(&mut self, context: &mut Context<'_>) -> Result<()> {
        while let Some(b'\n' | b'\r') = self.text.as_bytes().get(self.at) {
            context.work(1)?;
            self.ends_row(self.at);
        }
        Ok(())
    }
}
