//! Text to fields, row by row. A field in quotes may hold delimiters, line breaks, and quotes that are doubled; so a row may go
//! over several lines, and what is known of it is kept from one line to the next.

use super::dialect::Dialect;
use crate::place::{Place, error_at};
use motet_vm::builtins::arguments::too_big;
use motet_vm::builtins::iterate::add_text;
use motet_vm::{Context, Error, Result};

/// Bytes of one row at most: a quote that nothing closes would else take a file of any size into memory.
const MOST_IN_ROW: usize = 1 << 26;
/// Fields of one row at most.
const MOST_FIELDS: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A field begins.
    Start,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote that may be the end of a field, or one of two.
    AfterQuote,
}

/// See the module.
pub(crate) struct Reader {
    function: &'static str,
    delimiter: u8,
    quote: u8,
    state: State,
    /// The fields of the row without their quotes, one behind the other.
    text: String,
    /// Where each field ends in it, and whether it stood in quotes.
    fields: Vec<(usize, bool)>,
    /// The field that is being read stands in quotes.
    is_quoted: bool,
    /// The row is complete: the next one begins.
    is_complete: bool,
    /// The line that is being read, the one where the row began, and where the quotes were opened.
    line: usize,
    row_line: usize,
    quote_place: Place,
}

impl Reader {
    pub fn new(function: &'static str, dialect: &Dialect) -> Reader {
        Reader {
            function,
            delimiter: dialect.delimiter,
            quote: dialect.quote,
            state: State::Start,
            text: String::new(),
            fields: Vec::new(),
            is_quoted: false,
            is_complete: true,
            line: 1,
            row_line: 1,
            quote_place: Place { line: 1, column: 1 },
        }
    }

    /// The fields of a complete row, and whether each stood in quotes.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&str, bool)> {
        (0..self.fields.len()).map(|index| {
            let start = if index == 0 { 0 } else { self.fields[index - 1].0 };
            let (end, is_quoted) = self.fields[index];
            (&self.text[start..end], is_quoted)
        })
    }

    /// The line that the row began on.
    pub fn row_line(&self) -> usize {
        self.row_line
    }

    /// Reads to the end of the next row; false at the end of the text, where a row may have been begun.
    pub fn row(&mut self, context: &mut Context<'_>, text: &str, at: &mut usize) -> Result<bool> {
        let bytes = text.as_bytes();
        while *at < bytes.len() {
            self.begin_row();
            let start = *at;
            let end = match self.state {
                State::Quoted => find(bytes, start, |byte| byte == self.quote || byte == b'\n'),
                State::AfterQuote => start,
                _ => find(bytes, start, |byte| {
                    byte == self.delimiter || byte == b'\n' || byte == b'\r' || byte == self.quote
                }),
            };
            // Both ends stand beside ASCII.
            self.add(context, &text[start..end])?;
            let Some(&byte) = bytes.get(end) else {
                *at = end;
                break;
            };
            *at = end + 1;
            match self.state {
                State::Quoted if byte == self.quote => self.state = State::AfterQuote,
                State::Quoted => {
                    self.line += 1;
                    self.add(context, "\n")?;
                }
                State::AfterQuote if byte == self.quote => {
                    self.add(context, char::from(byte).encode_utf8(&mut [0; 4]))?;
                    self.state = State::Quoted;
                }
                State::Start if byte == self.quote && end == start => {
                    self.state = State::Quoted;
                    self.is_quoted = true;
                    self.quote_place = self.place();
                }
                // In the midst of a field without quotes, a quote is a character like others.
                State::Start | State::Plain if byte == self.quote => {
                    self.add(context, char::from(byte).encode_utf8(&mut [0; 4]))?;
                    self.state = State::Plain;
                }
                _ if byte == self.delimiter => self.end_field(context)?,
                _ if byte == b'\n' || byte == b'\r' => {
                    if byte == b'\r' && bytes.get(*at) == Some(&b'\n') {
                        *at += 1;
                    }
                    let is_row = self.end_row(context)?;
                    self.line += 1;
                    if is_row {
                        return Ok(true);
                    }
                }
                _ => return Err(self.behind_quote(context)),
            }
        }
        Ok(false)
    }

    /// Reads a line without its end; true if it completes a row.
    pub fn line(&mut self, context: &mut Context<'_>, line: &str) -> Result<bool> {
        self.begin_row();
        let mut at = 0;
        // A line break inside of it, as lists of lines may have, ends a row early.
        while at < line.len() {
            if self.row(context, line, &mut at)? {
                return if at < line.len() { Err(self.two_rows(context)) } else { Ok(true) };
            }
        }
        if self.state == State::Quoted {
            self.add(context, "\n")?;
            self.line += 1;
            return Ok(false);
        }
        let is_row = self.end_row(context)?;
        self.line += 1;
        Ok(is_row)
    }

    /// The text has ended; true if that completes a row.
    pub fn end(&mut self, context: &mut Context<'_>) -> Result<bool> {
        if self.is_complete {
            return Ok(false);
        }
        if self.state == State::Quoted {
            return Err(error_at(
                context,
                self.function,
                self.quote_place,
                "the quotes of this field are not closed",
                None,
            ));
        }
        self.end_row(context)
    }

    /// Where the field is that is being read: columns are counted in fields.
    fn place(&self) -> Place {
        Place { line: self.line, column: self.fields.len() + 1 }
    }

    fn begin_row(&mut self) {
        if std::mem::take(&mut self.is_complete) {
            self.text.clear();
            self.fields.clear();
            self.row_line = self.line;
        }
    }

    #[inline]
    fn add(&mut self, context: &mut Context<'_>, part: &str) -> Result<()> {
        if part.is_empty() {
            return Ok(());
        }
        if self.state == State::Start {
            self.state = State::Plain;
        }
        if self.text.len() + part.len() > MOST_IN_ROW {
            let size = self.text.len() + part.len();
            let error = too_big(self.function, size, MOST_IN_ROW, "bytes of one row");
            return Err(match self.state {
                State::Quoted => {
                    error.with_hint(format!("are the quotes closed that line {} opens?", self.quote_place.line))
                }
                _ => error,
            });
        }
        add_text(context, self.function, &mut self.text, part)
    }

    fn end_field(&mut self, context: &mut Context<'_>) -> Result<()> {
        context.work(1)?;
        if self.fields.len() == MOST_FIELDS {
            return Err(too_big(self.function, MOST_FIELDS + 1, MOST_FIELDS, "fields of one row"));
        }
        self.fields.push((self.text.len(), std::mem::take(&mut self.is_quoted)));
        self.state = State::Start;
        Ok(())
    }

    /// Ends a row; false if it is an empty line, which is none.
    fn end_row(&mut self, context: &mut Context<'_>) -> Result<bool> {
        let is_empty = self.fields.is_empty() && self.state == State::Start;
        if !is_empty {
            self.end_field(context)?;
        }
        self.is_complete = true;
        Ok(!is_empty)
    }

    #[cold]
    fn behind_quote(&self, context: &mut Context<'_>) -> Error {
        let hint = "a quote inside of quotes is written twice";
        error_at(context, self.function, self.place(), "more text stands behind the quotes of this field", Some(hint))
    }

    #[cold]
    fn two_rows(&self, context: &mut Context<'_>) -> Error {
        let place = Place { line: self.row_line, column: 1 };
        error_at(context, self.function, place, "this line is several lines", None)
    }
}

#[inline]
fn find(bytes: &[u8], from: usize, is_it: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|&byte| is_it(byte)).map_or(bytes.len(), |found| from + found)
}
