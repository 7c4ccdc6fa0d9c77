//! Tensors as other crates of natives see them: floats or complex numbers with a shape.

pub use crate::matrix::Part;

use crate::buffer::C64;
use crate::dtype::DType;
use crate::make::{shown_place, view_of};
use crate::shaping::axis_of;
use crate::tensor::{checked_bytes, give_result, read};
use crate::view::{View, shown_shape};
use motet_vm::builtins::arguments::bad_value;
use motet_vm::memory::{Value, print_float};
use motet_vm::{Context, Error, Result};
use std::sync::OnceLock;

/// The elements of an array, row by row.
#[derive(Clone, Debug)]
pub enum Items {
    Real(Vec<f64>),
    Complex(Vec<C64>),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Array {
    pub shape: Vec<usize>,
    pub items: Items,
}

impl Array {
    /// What a value is that stands for a tensor: a tensor, a number, lists in lists. The program may hold some copies of it.
    pub fn of(context: &mut Context<'_>, function: &str, value: &Value) -> Result<Array> {
        let view = view_of(context, function, value, None)?;
        let bytes = view.len().saturating_mul(size_of::<C64>());
        checked_bytes(context, function, bytes)?;
        context.work(view.len() / 4)?;
        let items = match view.dtype() {
            DType::C64 => Items::Complex(view.items::<C64>().into_owned()),
            _ => Items::Real(view.widened::<f64>().into_owned()),
        };
        Ok(Array { shape: view.shape.to_vec(), items })
    }

    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn is_complex(&self) -> bool {
        matches!(self.items, Items::Complex(_))
    }

    /// How large the elements are, whatever their signs.
    pub fn sizes(&self) -> Vec<f64> {
        match &self.items {
            Items::Complex(items) => items.iter().map(|item| item.norm()).collect(),
            Items::Real(items) => items.iter().map(|item| item.abs()).collect(),
        }
    }

    /// The axis that a value means, counted from the end if it is negative.
    pub fn axis(&self, function: &str, value: &Value) -> Result<usize> {
        axis_of(function, value, self.shape.len())
    }

    /// An error if an element is infinite or NaN: it names the first one.
    pub fn must_be_finite(&self, context: &mut Context<'_>, function: &str) -> Result<()> {
        context.work(self.len() / 8)?;
        let (at, found) = match &self.items {
            Items::Real(items) => match items.iter().position(|item| !item.is_finite()) {
                Some(at) => (at, print_float(items[at])),
                None => return Ok(()),
            },
            Items::Complex(items) => match items.iter().position(|item| !item.is_finite()) {
                Some(at) => (at, format!("{}", items[at])),
                None => return Ok(()),
            },
        };
        Err(bad_value(format!("{function} takes finite numbers, and the one at {} is {found}", self.place(at))))
    }

    /// The index of the element of this number, as a program writes it.
    pub fn place(&self, number: usize) -> String {
        shown_place(&self.shape, number)
    }

    /// Its shape as messages show it.
    pub fn shown_shape(&self) -> String {
        shown_shape(&self.shape)
    }

    /// As a value of the program: a tensor, or a number if it has no axes.
    pub fn give(self, context: &Context<'_>) -> Value {
        let shape = self.shape.as_slice().into();
        let view = match self.items {
            Items::Real(items) => View::of_items(shape, items),
            Items::Complex(items) => View::of_items(shape, items),
        };
        give_result(context, view)
    }
}

/// Adds to rows of a product.
pub type Routine<T> = fn(&Part<'_, T>, &mut [T]);

/// Better routines for products of matrices than the ones that are always there.
pub struct Routines {
    pub real: Routine<f64>,
    pub complex: Routine<C64>,
}

static ROUTINES: OnceLock<Routines> = OnceLock::new();

/// Has large products computed by other routines from now on.
pub fn multiply_by(routines: Routines) {
    // The first ones stay: all give the same.
    let _ = ROUTINES.set(routines);
}

pub(crate) fn routines() -> Option<&'static Routines> {
    ROUTINES.get()
}

/// The shape and the elements of a tensor of integers, of which [`Array::of`] would round large ones; nothing of another value.
pub fn whole(context: &mut Context<'_>, function: &str, value: &Value) -> Result<Option<(Vec<usize>, Vec<i64>)>> {
    let Some(view) = read(value).filter(|view| view.dtype() == DType::I64) else { return Ok(None) };
    checked_bytes(context, function, view.len().saturating_mul(size_of::<i64>()))?;
    context.work(view.len() / 4)?;
    Ok(Some((view.shape.to_vec(), view.items::<i64>().into_owned())))
}

/// The integers of a list as a tensor of one axis.
pub fn integers(context: &Context<'_>, items: Vec<i64>) -> Value {
    integers_of(context, &[items.len()], items)
}

/// Integers, row by row, as a tensor of this shape.
pub fn integers_of(context: &Context<'_>, shape: &[usize], items: Vec<i64>) -> Value {
    crate::tensor::give(context, View::of_items(shape.into(), items))
}

/// Says whether the program may hold so many bytes more.
pub fn may_hold(context: &Context<'_>, function: &str, bytes: usize) -> std::result::Result<(), Error> {
    checked_bytes(context, function, bytes)
}
