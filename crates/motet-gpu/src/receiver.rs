//! What a method is called on, and methods that take a while.

use motet_std::runtime::block;
use motet_vm::memory::{ForeignObject, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, Result};
use std::sync::Arc;

/// The object that a method is called on.
pub(crate) fn receiver<T: ForeignObject + Send + Sync>(arguments: &Arguments<'_>) -> Arc<T> {
    let shared = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<T>());
    shared.expect("the machine calls a method on objects of its kind")
}

/// Suspends the task while `work` is done on a thread that may block. What the method is called on is held as long: with the last
/// handle the processes would be ended.
pub(crate) fn blocking<T: Send + 'static>(
    context: &mut Context<'_>,
    name: &'static str,
    arguments: &Arguments<'_>,
    work: impl FnOnce() -> std::result::Result<T, OperationError> + Send + 'static,
    finish: impl FnOnce(&mut Context<'_>, T) -> Result<Value> + 'static,
) -> Result<Outcome> {
    let held = arguments.at(0).clone();
    context.wait_for(
        name,
        |operation| block(operation, work),
        move |context, done| {
            drop(held);
            finish(context, done)
        },
    )
}
