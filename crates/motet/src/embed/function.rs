//! Functions of Rust as functions of programs: their types say what they take and give.

use super::arity::for_each_arity;
use super::value::{FromValue, IntoValue};
use motet_vm::embedder::EmbedderFunction;
use motet_vm::memory::{Heap, Value as Raw};
use motet_vm::{Error, ErrorKind};
use std::fmt::Display;

/// What a function that programs call may give: a value, or a `Result` whose error becomes an error of the program.
pub trait IntoResult {
    #[doc(hidden)]
    fn into_result(self, heap: &Heap) -> Result<Raw, Error>;
}

impl<T: IntoValue> IntoResult for T {
    fn into_result(self, heap: &Heap) -> Result<Raw, Error> {
        Ok(self.into_raw(heap))
    }
}

impl<T: IntoValue, E: Display> IntoResult for Result<T, E> {
    fn into_result(self, heap: &Heap) -> Result<Raw, Error> {
        match self {
            Ok(value) => Ok(value.into_raw(heap)),
            Err(error) => Err(Error::new(ErrorKind::Error, error.to_string())),
        }
    }
}

/// A function of Rust that programs can call: up to eight arguments, each of a type that implements [`FromValue`].
pub trait Function<Arguments, Output>: Send + Sync + 'static {
    #[doc(hidden)]
    fn into_host(self, name: &str) -> EmbedderFunction;
}

/// A method of a type `T` of Rust's that programs can call.
pub trait Method<T, Arguments, Output>: Send + Sync + 'static {
    #[doc(hidden)]
    const ARITY: usize;

    #[doc(hidden)]
    fn call(&self, this: &T, arguments: &[Raw], name: &str, heap: &Heap) -> Result<Raw, Error>;
}

/// A method that changes its object.
pub trait MethodMut<T, Arguments, Output>: Send + Sync + 'static {
    #[doc(hidden)]
    const ARITY: usize;

    #[doc(hidden)]
    fn call(&self, this: &mut T, arguments: &[Raw], name: &str, heap: &Heap) -> Result<Raw, Error>;
}

pub(super) fn argument<T: FromValue>(arguments: &[Raw], at: usize, name: &str, heap: &Heap) -> Result<T, Error> {
    T::from_raw(&arguments[at], heap).map_err(|expected| {
        let found = motet_vm::builtins::type_name(&arguments[at]);
        Error::type_error(format!("{name} takes {expected} as argument {}, not a value of type {found}", at + 1))
    })
}

macro_rules! functions {
    ($(($count:literal $(, $name:ident $at:tt)*);)*) => {$(
        impl<Body, Output, $($name),*> Function<($($name,)*), Output> for Body
        where
            Body: Fn($($name),*) -> Output + Send + Sync + 'static,
            Output: IntoResult,
            $($name: FromValue),*
        {
            fn into_host(self, name: &str) -> EmbedderFunction {
                let named = name.to_owned();
                EmbedderFunction::new(name, $count, move |context, arguments| {
                    let (_heap, _name, _arguments) = (context.heap(), &*named, arguments);
                    self($(argument::<$name>(_arguments, $at, _name, _heap)?),*).into_result(_heap)
                })
            }
        }

        impl<T, Body, Output, $($name),*> Method<T, ($($name,)*), Output> for Body
        where
            Body: Fn(&T $(, $name)*) -> Output + Send + Sync + 'static,
            Output: IntoResult,
            $($name: FromValue),*
        {
            const ARITY: usize = $count;

            fn call(&self, this: &T, _arguments: &[Raw], _name: &str, heap: &Heap) -> Result<Raw, Error> {
                self(this $(, argument::<$name>(_arguments, $at, _name, heap)?)*).into_result(heap)
            }
        }

        impl<T, Body, Output, $($name),*> MethodMut<T, ($($name,)*), Output> for Body
        where
            Body: Fn(&mut T $(, $name)*) -> Output + Send + Sync + 'static,
            Output: IntoResult,
            $($name: FromValue),*
        {
            const ARITY: usize = $count;

            fn call(&self, this: &mut T, _arguments: &[Raw], _name: &str, heap: &Heap) -> Result<Raw, Error> {
                self(this $(, argument::<$name>(_arguments, $at, _name, heap)?)*).into_result(heap)
            }
        }
    )*};
}

for_each_arity!(functions);
