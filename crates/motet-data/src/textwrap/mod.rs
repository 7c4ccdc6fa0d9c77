//! The module `textwrap`: texts in lines of a width.

use crate::unicode;
use motet_vm::builtins::{Entry, NativeModule, Place};

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "textwrap",
    documentation: "Texts in lines of a width, as a terminal counts it.",
    entries: &[Entry::function("width(text)", unicode::width, "Columns of a terminal.").at(Place::Hidden)],
    source: Some(include_str!("textwrap.soc")),
};
