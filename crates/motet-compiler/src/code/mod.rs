//! From emitted steps to final code: control flow, liveness, layout, and the checker of all that.

mod blocks;
#[cfg(debug_assertions)]
mod checker;
mod layout;
mod liveness;
mod roles;
mod steps;
#[cfg(test)]
mod tests;

#[cfg(debug_assertions)]
pub(crate) use checker::check;
pub(crate) use layout::encode;
pub(crate) use liveness::{Context, own};
pub(crate) use roles::RoleContext;
pub(crate) use steps::{HandlerRange, Label, Steps};
