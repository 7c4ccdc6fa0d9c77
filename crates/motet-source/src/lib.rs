//! Places in source texts: spans of bytes, lines and columns, and sources with their names. It knows no notation.

mod comment;
mod line_index;
mod source;
mod span;

pub use comment::Comment;
pub use line_index::{LineIndex, Position, floor_character};
pub use source::Source;
pub use span::Span;
