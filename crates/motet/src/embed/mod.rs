//! Embedding: programs inside of Rust programs. See the crate's own page.

mod arity;
mod changes;
mod context;
mod error;
mod function;
mod machine;
mod modules;
mod packages;
mod program;
#[cfg(feature = "serde")]
mod reader;
#[cfg(feature = "serde")]
mod serde;
mod signal;
mod tracker;
mod types;
#[cfg(feature = "ui")]
pub mod ui;
mod value;

pub use self::changes::Changes;
pub use self::context::CallContext;
pub use self::error::{Error, Place, Result};
pub use self::function::{Function, IntoResult, Method, MethodMut};
pub use self::machine::{Code, Module, Vm, VmBuilder, WeakVm};
pub use self::program::Program;
#[cfg(feature = "serde")]
pub use self::serde::Serde;
pub use self::signal::{Batch, Computed, Signal, Subscription};
pub use self::tracker::Tracker;
pub use self::types::{Constructor, Made, SharedType, SharedTypeBuilder, TypeBuilder};
pub use self::value::{FromValue, IntoArguments, IntoValue, Value};
pub use motet_vm::{Cancellation, Limits, Permissions};
