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
/// And bytes that are only looked at.
const BYTES_PER_UNIT_OF_SURVEY: usize = 512;
/// Bytes between two safe points, and at least so many for a core at a time.
const PIECE: usize = 1 << 18;
/// Pieces that are read at a time. What has been read is then put together: with few pieces threads wait for each other often.
const MOST_PIECES: usize = 64;
/// Of fewer pieces, or where one has a very long line, the fields go to the columns at once.
const FEWEST_PIECES: usize = 4;

/// What is known of a text before it is read.
#[derive(Clone, Copy, Default)]
pub(super) struct Survey {
    /// Bytes that end a line; two at some ends.
    pub ends: usize,
    /// Whether there is a quote, so that this module does not read it.
    pub has_quotes: bool,
}

impl Survey {
    /// Looks at a text, at a long one on all cores.
    pub fn of(context: &mut Context<'_>, text: &str, quote: u8) -> Result<Survey> {
        let mut pieces: Vec<_> = text.as_bytes().chunks(PIECE).map(|bytes| (bytes, Survey::default())).collect();
        let survey = |bytes: &[u8]| Survey {
            ends: memchr::memchr_iter(b'\n', bytes).count() + memchr::memchr_iter(b'\r', bytes).count(),
            has_quotes: memchr::memchr(quote, bytes).is_some(),
        };
        if pieces.len() < FEWEST_PIECES {
            return Ok(survey(text.as_bytes()));
        }
        context.in_parallel(&mut pieces, 1, PIECE / BYTES_PER_UNIT_OF_SURVEY, &|_, pieces| {
            for (bytes, about) in pieces {
                *about = survey(bytes);
            }
        })?;
        Ok(pieces.iter().fold(Survey::default(), |all, (_, piece)| Survey {
            ends: all.ends + piece.ends,
            has_quotes: all.has_quotes | piece.has_quotes,
        }))
    }

    /// Rows at most, of so many fields: each has a byte for each field, and a line.
    pub fn most_rows(self, length: usize, width: usize) -> usize {
        (self.ends + 1).min(length / width.max(2) + 1)
    }
}

/// A text and how far it has been read.
#[derive(Clone, Copy)]
pub(super) struct Plain<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    delimiter: u8,
}

/// Rows that one core reads.
struct Piece<'t> {
    plain: Plain<'t>,
    /// What was read.
    columns: Vec<Growing>,
    /// The line behind it.
    read: std::result::Result<usize, Ragged>,
}

impl<'t> Plain<'t> {
    pub fn new(text: &'t str, delimiter: u8) -> Plain<'t> {
        Plain { text, at: 0, line: 1, delimiter }
    }

    /// The fields of the next row; none at the end.
    pub fn row(&mut self, context: &mut Context<'_>) -> Result<Option<Vec<&'t str>>> {
        while self.skip_empty_line() {
            context.work(1)?;
        }
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

    /// Gives the fields of all rows that follow to the columns, to each its own. Many rows are read on all cores.
    pub fn rows(
        mut self,
        context: &mut Context<'_>,
        columns: &mut [Growing],
        absent: &[String],
    ) -> Result<std::result::Result<(), Ragged>> {
        loop {
            let mut pieces = self.next_pieces();
            if pieces.is_empty() {
                return Ok(Ok(()));
            }
            let is_long = |piece: &Piece<'_>| piece.plain.text.len() > 2 * PIECE;
            if pieces.len() < FEWEST_PIECES || pieces.iter().any(is_long) {
                for piece in pieces {
                    context.work(piece.plain.text.len() / BYTES_PER_UNIT + 1)?;
                    match (Plain { line: self.line, ..piece.plain }).read(columns, absent) {
                        Ok(line) => self.line = line,
                        Err(ragged) => return Ok(Err(ragged)),
                    }
                }
                continue;
            }
            let begun: &[Growing] = columns;
            context.in_parallel(&mut pieces, 1, PIECE / BYTES_PER_UNIT, &|_, pieces| {
                for piece in pieces {
                    let room = memchr::memchr_iter(b'\n', piece.plain.text.as_bytes()).count();
                    piece.columns = begun.iter().map(|column| column.beside(room)).collect();
                    piece.read = piece.plain.read(&mut piece.columns, absent);
                }
            })?;
            let mut joined: Vec<(&mut Growing, Vec<Growing>)> =
                columns.iter_mut().map(|column| (column, Vec::with_capacity(pieces.len()))).collect();
            for piece in pieces {
                // Each counts its lines from one.
                match piece.read {
                    Ok(line) => self.line += line - 1,
                    Err(ragged) => return Ok(Err(Ragged { line: self.line + ragged.line - 1, ..ragged })),
                }
                for ((_, parts), part) in joined.iter_mut().zip(piece.columns) {
                    parts.push(part);
                }
            }
            // Each column's parts become one on a core: most of the time goes into memory that the system has to clear.
            context.in_parallel(&mut joined, 1, PIECE / BYTES_PER_UNIT, &|_, joined| {
                for (column, parts) in joined {
                    parts.drain(..).for_each(|part| column.append(part));
                }
            })?;
        }
    }

    /// The next pieces of the text, all of which end where a line does.
    fn next_pieces(&mut self) -> Vec<Piece<'t>> {
        let mut pieces = Vec::new();
        while self.at < self.text.len() && pieces.len() < MOST_PIECES {
            let bytes = self.text.as_bytes();
            let least = (self.at + PIECE).min(bytes.len());
            let end = memchr::memchr2(b'\n', b'\r', &bytes[least..]).map_or(bytes.len(), |at| {
                let end = least + at + 1;
                end + usize::from(bytes[end - 1] == b'\r' && bytes.get(end) == Some(&b'\n'))
            });
            let plain = Plain { text: &self.text[self.at..end], at: 0, line: 1, ..*self };
            pieces.push(Piece { plain, columns: Vec::new(), read: Ok(1) });
            self.at = end;
        }
        pieces
    }

    /// Gives the fields of all rows to the columns, and says on which line the text ends.
    fn read(mut self, columns: &mut [Growing], absent: &[String]) -> std::result::Result<usize, Ragged> {
        let (text, delimiter) = (self.text, self.delimiter);
        let is_end = |byte: u8| byte == delimiter || byte == b'\n' || byte == b'\r';
        // A number may stand for what is missing, or go on behind what ends a field.
        let has_numbers = absent.is_empty() && !delimiter.is_ascii_alphanumeric() && !b".+-".contains(&delimiter);
        loop {
            while self.skip_empty_line() {}
            if self.at >= text.len() {
                return Ok(self.line);
            }
            let line = self.line;
            let mut count = 0;
            loop {
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
                return Err(Ragged { line, count, width: columns.len() });
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

    fn skip_empty_line(&mut self) -> bool {
        let is_empty = matches!(self.text.as_bytes().get(self.at), Some(b'\n' | b'\r'));
        if is_empty {
            self.ends_row(self.at);
        }
        is_empty
    }
}
