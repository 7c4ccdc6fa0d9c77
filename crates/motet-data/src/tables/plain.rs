//! CSV without quotes: the places of its fields are found in one go, and nothing is copied before it is known what it becomes.

use super::read::Fields;
use motet_vm::builtins::arguments::too_big;
use motet_vm::{Context, Result};

/// Where a field stands in the text.
type Span = (u32, u32);

/// The fields of a text, row by row.
pub(super) struct Plain<'t> {
    text: &'t str,
    spans: Vec<Span>,
    /// Fields of each row.
    pub width: usize,
    pub rows: usize,
    /// The line of the first row.
    pub first_line: usize,
}

/// A row with more or fewer fields than the first one.
pub(super) struct Ragged {
    pub line: usize,
    pub count: usize,
    pub width: usize,
}

/// Bytes that are looked through in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 64;
/// Bytes between two safe points.
const PIECE: usize = 1 << 18;

/// Whether a text is one that this module reads.
pub(super) fn is_plain(text: &str, quote: u8) -> bool {
    u32::try_from(text.len()).is_ok() && memchr::memchr(quote, text.as_bytes()).is_none()
}

impl<'t> Plain<'t> {
    /// Finds all fields. Empty lines are left out; a row is as wide as the first one.
    pub fn read(
        context: &mut Context<'_>,
        function: &str,
        text: &'t str,
        delimiter: u8,
        room: usize,
    ) -> Result<std::result::Result<Plain<'t>, Ragged>> {
        let bytes = text.as_bytes();
        let mut plain = Plain { text, spans: Vec::new(), width: 0, rows: 0, first_line: 1 };
        // The first field of the row, where the field begins, and the line.
        let (mut first, mut start, mut line, mut looked) = (0, 0, 1, 0);
        let mut skipped = usize::MAX;
        for at in memchr::memchr3_iter(delimiter, b'\n', b'\r', bytes).chain([bytes.len()]) {
            if at == skipped {
                start = at + 1;
                continue;
            }
            if at - looked >= PIECE || at == bytes.len() {
                context.work((at - looked) / BYTES_PER_UNIT + 1)?;
                looked = at;
                if plain.spans.capacity() * size_of::<Span>() > room {
                    return Err(too_big(function, plain.spans.len(), room / size_of::<Span>(), "fields"));
                }
            }
            let ends_row = bytes.get(at) != Some(&delimiter);
            // An empty line is none, and so is what stands behind the last line break.
            if ends_row && at == start && plain.spans.len() == first {
                if bytes.get(at).is_some() {
                    line += 1;
                }
            } else {
                plain.spans.push((start as u32, at as u32));
                if ends_row {
                    let count = plain.spans.len() - first;
                    if plain.rows == 0 {
                        (plain.width, plain.first_line) = (count, line);
                    } else if count != plain.width {
                        return Ok(Err(Ragged { line, count, width: plain.width }));
                    }
                    plain.rows += 1;
                    first = plain.spans.len();
                    line += 1;
                }
            }
            if bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n') {
                skipped = at + 1;
            }
            start = at + 1;
        }
        Ok(Ok(plain))
    }

    fn field(&self, row: usize, column: usize) -> &'t str {
        let (start, end) = self.spans[row * self.width + column];
        &self.text[start as usize..end as usize]
    }

    /// The fields of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = &'t str> {
        (0..self.width).map(move |column| self.field(row, column))
    }
}

/// The fields of a column below the first rows.
pub(super) struct PlainColumn<'p, 't> {
    plain: &'p Plain<'t>,
    column: usize,
    skipped: usize,
    missing: Option<Vec<bool>>,
}

impl<'p, 't> PlainColumn<'p, 't> {
    /// Of rows from a place on; `absent` are texts that stand for what is missing, beside the empty one.
    pub fn new(plain: &'p Plain<'t>, column: usize, skipped: usize, absent: &[String]) -> PlainColumn<'p, 't> {
        let is_missing = |field: &str| field.is_empty() || absent.iter().any(|absent| absent == field);
        let fields = || (skipped..plain.rows).map(|row| plain.field(row, column));
        let missing = fields().any(is_missing).then(|| fields().map(is_missing).collect());
        PlainColumn { plain, column, skipped, missing }
    }
}

impl Fields for PlainColumn<'_, '_> {
    fn len(&self) -> usize {
        self.plain.rows - self.skipped
    }

    #[inline]
    fn field(&self, row: usize) -> &str {
        self.plain.field(self.skipped + row, self.column)
    }

    fn missing(&self) -> Option<&[bool]> {
        self.missing.as_deref()
    }

    fn has_quoted(&self) -> bool {
        false
    }
}
