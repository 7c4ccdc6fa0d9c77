//! `test` blocks: a test runner calls them; a program that is merely run skips them.

use motet_vm::builtins::{Call, Entry, Place};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// `%test(name, closure)`.
fn skip(_: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::NULL.into())
}

pub(super) static NATIVES: &[Entry] =
    &[Entry::new("%test(name, closure)", (2, 2), skip as Call, "A test: skipped, unless tests are run.")
        .at(Place::Helper)];
