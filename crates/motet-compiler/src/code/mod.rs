//! From emitted steps to final code: control flow, liveness, layout, and the checker of all that.

mod blocks;
mod checker;
mod layout;
mod liveness;
mod roles;
mod steps;

pub(crate) use checker::check;
pub(crate) use layout::encode;
pub(crate) use liveness::{Context, own};
pub(crate) use roles::RoleContext;
pub(crate) use steps::{HandlerRange, Label, Steps};
