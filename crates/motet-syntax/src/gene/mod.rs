//! The reader of `.gene`, the prefix notation: a program is made of the data that it handles.
//!
//! `scan` knows the characters, `reader` the data and what brackets hold, `atom` names, numbers and paths, `text` strings.
//! What a node means is not known here, apart from the few marks that `docs/core-forms.md` gives to the reader.

mod atom;
mod property;
mod reader;
pub(crate) mod scan;
mod text;

use crate::Parsed;

pub(crate) fn parse(text: &str) -> Parsed {
    let first = reader::read(text, reader::Recovery::None);
    if !first.unclosed {
        return first.parsed;
    }
    // A bracket is missing somewhere, and by the brackets alone everything behind it is inside. Programs are mostly
    // written with their top-level nodes at the beginning of a line; reading again by that finds where it is missing.
    let incomplete = first.parsed.incomplete;
    let second = reader::read(text, reader::Recovery::NodesAtLineStart);
    Parsed { incomplete, ..second.parsed }
}
