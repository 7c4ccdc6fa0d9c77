//! Walking along one axis: the elements that a reduction makes one of.

use crate::buffer::Element;
use crate::shaping::axis_of;
use crate::view::{Shape, View};
use motet_vm::builtins::arguments::{WithOptions, bad_value};
use motet_vm::memory::Value;
use motet_vm::{Context, Result};
use std::borrow::Cow;

/// Lanes that are walked along together: so many neighbours lie in one line of the cache.
const TOGETHER: usize = 16;

/// An array as lanes along an axis.
pub(crate) struct Lanes {
    /// Packed, as it is walked.
    pub view: View,
    /// Elements of a lane.
    pub length: usize,
    /// Distance of neighbours in a lane.
    pub inner: usize,
    /// The shape of one result for each lane.
    pub shape: Shape,
}

/// The axis that a call names as `axis:` or behind the tensor; none means all elements.
pub(crate) fn given_axes(
    function: &str,
    given: &WithOptions<'_>,
    at: usize,
    rank: usize,
) -> Result<Option<Vec<usize>>> {
    let axis = given.option("axis").or_else(|| given.at(at).filter(|axis| !axis.is_null()).cloned());
    let Some(axis) = axis else { return Ok(None) };
    let Some(list) = axis.as_list() else { return Ok(Some(vec![axis_of(function, &axis, rank)?])) };
    let axes = list.items().iter().map(|axis| axis_of(function, axis, rank)).collect::<Result<Vec<usize>>>()?;
    let mut sorted = axes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() < axes.len() {
        return Err(bad_value(format!("{function}: an axis stands twice in {axes:?}")));
    }
    Ok(Some(axes))
}

impl Lanes {
    /// All elements as one lane, or the lanes along axes.
    pub fn of(view: &View, axes: Option<&[usize]>, keeps: bool) -> Lanes {
        let Some(axes) = axes else {
            let shape = if keeps { Shape::from_elem(1, view.rank()) } else { Shape::new() };
            return Lanes { length: view.len(), inner: 1, shape, view: view.clone() };
        };
        let mut shape = Shape::new();
        for (axis, &length) in view.shape.iter().enumerate() {
            match (axes.contains(&axis), keeps) {
                (true, true) => shape.push(1),
                (true, false) => {}
                (false, _) => shape.push(length),
            }
        }
        let length = axes.iter().map(|&axis| view.shape[axis]).product();
        if let [axis] = axes {
            let inner = view.shape[axis + 1..].iter().product();
            return Lanes { view: view.clone(), length, inner, shape };
        }
        let mut order: Vec<usize> = (0..view.rank()).filter(|axis| !axes.contains(axis)).collect();
        order.extend_from_slice(axes);
        Lanes { view: view.permuted(&order), length, inner: 1, shape }
    }

    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// What a function gives for each lane.
    pub fn each<T: Element, R>(
        &self,
        context: &mut Context<'_>,
        mut lane: impl FnMut(&mut Context<'_>, &[T]) -> Result<R>,
    ) -> Result<Vec<R>> {
        let items: Cow<'_, [T]> = self.view.items();
        let count = self.count();
        let mut results = Vec::with_capacity(count);
        if count > 0 && self.length == 0 {
            for _ in 0..count {
                context.work(1)?;
                results.push(lane(context, &[])?);
            }
            return Ok(results);
        }
        if count == 0 {
            return Ok(results);
        }
        if self.inner == 1 {
            for part in items.chunks_exact(self.length).take(count) {
                context.work(1 + self.length / 8)?;
                results.push(lane(context, part)?);
            }
            return Ok(results);
        }
        let mut together: Vec<T> = Vec::new();
        let block = self.length * self.inner;
        for part in items.chunks_exact(block) {
            for first in (0..self.inner).step_by(TOGETHER) {
                let width = TOGETHER.min(self.inner - first);
                context.work(1 + width * self.length / 4)?;
                together.clear();
                together.resize(width * self.length, T::default());
                for (row, from) in part.chunks_exact(self.inner).enumerate() {
                    for (column, &item) in from[first..first + width].iter().enumerate() {
                        together[column * self.length + row] = item;
                    }
                }
                for one in together.chunks_exact(self.length) {
                    results.push(lane(context, one)?);
                }
            }
        }
        Ok(results)
    }

    /// Arrays of as many elements as the lanes have, made of what a function makes of each lane.
    pub fn transformed<T: Element, R: Element>(
        &self,
        context: &mut Context<'_>,
        mut lane: impl FnMut(&mut Context<'_>, &[T], &mut Vec<R>) -> Result<()>,
        length: usize,
    ) -> Result<Vec<R>> {
        let lanes: Vec<Vec<R>> = self.each(context, |context, items: &[T]| {
            let mut result = Vec::with_capacity(length);
            lane(context, items, &mut result)?;
            debug_assert_eq!(result.len(), length);
            Ok(result)
        })?;
        if self.inner == 1 {
            return Ok(lanes.concat());
        }
        let mut results = vec![R::default(); lanes.len() * length];
        for (number, lane) in lanes.iter().enumerate() {
            let (outer, within) = (number / self.inner, number % self.inner);
            for (at, &item) in lane.iter().enumerate() {
                results[(outer * length + at) * self.inner + within] = item;
            }
        }
        Ok(results)
    }
}

/// Adds with an error that grows with the logarithm of the number: halves are added up for themselves.
pub(crate) fn sum_of<T: Copy + Default + std::ops::Add<Output = T>>(items: &[T]) -> T {
    sum_by(items, |item| item)
}

/// The same of what a function gives for each.
pub(crate) fn sum_by<T: Copy, R: Copy + Default + std::ops::Add<Output = R>>(
    items: &[T],
    each: impl Fn(T) -> R + Copy,
) -> R {
    const FEW: usize = 128;
    if items.len() > FEW {
        let (left, right) = items.split_at((items.len() / 2).next_multiple_of(8));
        return sum_by(left, each) + sum_by(right, each);
    }
    let mut sums = [R::default(); 8];
    let chunks = items.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, &item) in sums.iter_mut().zip(chunk) {
            *sum = *sum + each(item);
        }
    }
    let rest = rest.iter().fold(R::default(), |sum, &item| sum + each(item));
    ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7])) + rest
}

/// What a call names as a flag.
pub(crate) fn keeps_axes(given: &WithOptions<'_>) -> bool {
    given.flag("keepdims")
}

/// The value of an option that is a number.
pub(crate) fn number_option(function: &str, given: &WithOptions<'_>, name: &str) -> Result<Option<f64>> {
    given.option(name).map(|value: Value| motet_vm::builtins::arguments::number(function, &value)).transpose()
}
