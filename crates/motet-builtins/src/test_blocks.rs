//! `test` and `bench` blocks, and probes: those who run a program for these have them; a program that is merely run skips
//! the blocks, and has no probes.

use motet_vm::builtins::{Call, Entry, Place};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{BlockKind, Context, Result};

fn declare(context: &mut Context<'_>, kind: BlockKind, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = arguments.at(0).as_str().unwrap_or_default().to_owned();
    context.declare_block(kind, &name, arguments.at(1));
    Ok(Value::NULL.into())
}

/// `%test(name, closure)`.
fn declare_test(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    declare(context, BlockKind::Test, arguments)
}

/// `%bench(name, closure)`.
fn declare_bench(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    declare(context, BlockKind::Bench, arguments)
}

/// `%covered(number)`.
fn covered(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    context.count_probe(arguments.at(0).as_int().unwrap_or_default());
    Ok(Value::NULL.into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("%test(name, closure)", declare_test as Call, "A test: skipped, unless tests are run.")
        .at(Place::Helper),
    Entry::function("%bench(name, closure)", declare_bench as Call, "A benchmark: skipped, unless benchmarks are run.")
        .at(Place::Helper),
    Entry::function("%covered(number)", covered as Call, "Says that a statement is reached, where lines are counted.")
        .at(Place::Helper),
];
