//! `test` blocks: a test runner calls them; a program that is merely run skips them.

use motet_vm::builtins::{Call, Entry, Place};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// `%test(name, closure)`.
fn declare(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = arguments.at(0).as_str().unwrap_or_default().to_owned();
    context.declare_test(&name, arguments.at(1));
    Ok(Value::NULL.into())
}

pub(super) static NATIVES: &[Entry] =
    &[Entry::function("%test(name, closure)", declare as Call, "A test: skipped, unless tests are run.")
        .at(Place::Helper)];
