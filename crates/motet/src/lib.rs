//! Motet inside of Rust programs.
//!
//! A [`Vm`] runs programs: any number of threads use one handle at once, through `&self`. Each call is a program of its own,
//! with its own limits; what goes in and out of it is immutable, or converted to types of Rust's.
//!
//! ```
//! use motet::Vm;
//!
//! let vm = Vm::new();
//! vm.function("area", |width: f64, height: f64| width * height);
//! assert_eq!(vm.eval::<f64>("area(6, 7)")?, 42.0);
//!
//! let module = vm.load_text("export fn greet(name) { 'Hello, ${name}!' }")?;
//! let greeting: String = vm.call(&module.get("greet")?, ("Ada",))?;
//! assert_eq!(greeting, "Hello, Ada!");
//! # Ok::<(), motet::Error>(())
//! ```
//!
//! | | |
//! |---|---|
//! | [`Vm::function`], [`Vm::type_`], [`Vm::shared_type`], [`Vm::set_global`] | what programs get from Rust |
//! | [`Vm::load_file`], [`Vm::load_text`], [`Vm::eval`] | programs from files and text, in both notations |
//! | [`Vm::call`] | calling what they export, from any thread |
//! | [`CallContext`] | limits, cancellation and output of one call |
//! | [`Program`] | a program that keeps state between calls |
//! | [`Vm::signal`], [`Signal`], [`Computed`] | values that Rust and programs share, and changes of them, as a callback or a stream |
//! | `ui::run`, with the feature `ui` | windows that programs describe |
//! | [`Value`], [`Serde`] | what goes in and comes out |
//! | [`Error`] | what went wrong: class, message, cause, trace |
//! | [`Profile`] | where programs spend their time |
//!
//! **Programs touch nothing outside themselves** unless [`VmBuilder::permissions`] grants it, and use up no more than
//! [`VmBuilder::limits`] allows:
//!
//! ```
//! use motet::{Limits, Vm};
//!
//! let limits = Limits { steps: Some(10_000), ..Limits::default() };
//! let vm = Vm::builder().limits(limits).build();
//! let error = vm.eval::<()>("while (true) { }").unwrap_err();
//! assert_eq!(error.class(), "LimitError");
//! ```

#![deny(missing_docs)]

#[cfg(feature = "projects")]
#[doc(hidden)]
#[allow(missing_docs, reason = "for the command and the tests; embedders use `Vm`")]
pub mod bundle;
mod embed;
mod files;
#[doc(hidden)]
#[allow(missing_docs, reason = "for the command and the tests; embedders use `Vm`")]
pub mod loader;
mod macros;
mod native_modules;
#[doc(hidden)]
#[allow(missing_docs, reason = "for the command and the tests; embedders use `Vm`")]
pub mod natives;
#[doc(hidden)]
#[allow(missing_docs, reason = "for the command and the tests; embedders use `Vm`")]
pub mod packages;
mod profile;
#[cfg(feature = "projects")]
#[doc(hidden)]
#[allow(missing_docs, reason = "for the command and the tests; embedders use `Vm`")]
pub mod project;
#[doc(hidden)]
pub mod report;

pub use embed::*;
pub use files::{Buffers, Disk, Files};
pub use profile::Profile;
