//! From emitted steps to final code: control flow, liveness, layout. The verifier of `motet-code` checks what comes out.

mod blocks;
mod layout;
mod liveness;
mod steps;
#[cfg(test)]
mod tests;

pub(crate) use layout::encode;
pub(crate) use liveness::{Context, own};
pub(crate) use steps::{HandlerRange, Label, Steps};
