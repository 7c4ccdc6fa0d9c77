//! `t.map(f)`: what a function of the program gives for each element, as a tensor.

use crate::buffer::{Element, Scalar, with_type};
use crate::dtype::DType;
use crate::tensor::{argument, checked_bytes, checked_size, give};
use crate::view::{Shape, View};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{callable, wrong};
use motet_vm::builtins::iterate::{Callback, Each, Element as Item, Then, drive};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

struct Mapping {
    function: Callback,
    shape: Shape,
    /// The kind of the elements that the function gets: of no results, the kind of the result.
    dtype: DType,
    results: Vec<Scalar>,
}

impl Each for Mapping {
    fn name(&self) -> &'static str {
        "map"
    }

    fn element(&mut self, _: &mut Context<'_>, element: Item) -> Result<Then> {
        Ok(self.function.call(&element))
    }

    fn result(&mut self, _: &mut Context<'_>, result: Value) -> Result<Then> {
        let number = Scalar::of(&result).ok_or_else(|| {
            wrong("map", "a function that gives numbers", &result)
                .with_hint("list(t).map(f) is a list of whatever it gives")
        })?;
        self.results.push(number);
        Ok(Then::Next)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        let dtype = self.results.iter().map(|number| number.dtype()).reduce(DType::with).unwrap_or(self.dtype);
        let view = with_type!(dtype, T => {
            let items = self.results.iter().map(|number| number.to::<T>().unwrap_or_default()).collect::<Vec<T>>();
            View::new(self.shape.clone(), T::into_buffer(items))
        });
        Ok(give(context, view).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function.function);
    }
}

fn map(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("map", arguments.at(0))?.clone();
    let function = Callback::new(callable("map", arguments.at(1))?);
    let size = checked_size(context, "map", &view.shape, DType::C64)?;
    checked_bytes(context, "map", size.saturating_mul(2 * size_of::<Scalar>()))?;
    let (shape, dtype) = (view.shape.clone(), view.dtype());
    // In order, whatever the shape. The tensor is that of this moment: its buffer is shared until it changes.
    let over = give(context, view.reshaped([size].as_slice().into()));
    drive(context, &over, Mapping { function, shape, dtype, results: Vec::with_capacity(size) })
}

pub(crate) static METHODS: &[Entry] = &[Entry::method(
    &crate::tensor::TENSOR,
    "map(tensor, f)",
    map,
    "A tensor of the same shape of what a function gives for each element.",
)];
