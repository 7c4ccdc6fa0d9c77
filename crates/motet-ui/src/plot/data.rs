//! Values of programs as points: lists of numbers, of pairs, of lists of equal lengths (a grid), or two lists. Tensors stand for
//! lists.

use super::curve::Curve;
use super::live::LiveSeries;
use super::pyramid::{Pyramid, Span, span_of};
use crate::binding::Binding;
use motet_vm::memory::Value;
use std::sync::Arc;

/// Where the points of a series come from.
pub enum SeriesData {
    Fixed(Arc<Points>),
    Bound(Arc<Binding>),
    Live(Arc<LiveSeries>),
}

/// From so many points on, a pyramid is worth its while.
const LONG: usize = 2048;

/// Points; or a grid of values, row by row.
#[derive(Debug, Default)]
pub struct Points {
    /// Empty: 0, 1, 2, …
    pub xs: Vec<f64>,
    pub ys: Vec<f64>,
    /// Columns of a grid; 0 for points.
    pub columns: usize,
    is_sorted: bool,
    pyramid: Option<Pyramid>,
    /// Left, right, lowest and highest.
    bounds: Option<[f64; 4]>,
}

impl Points {
    pub fn new(xs: Vec<f64>, ys: Vec<f64>, columns: usize) -> Points {
        let is_sorted = xs.windows(2).all(|pair| pair[0] <= pair[1]);
        let pyramid = (ys.len() >= LONG && is_sorted && columns == 0).then(|| Pyramid::new(&ys));
        let mut points = Points { xs, ys, columns, is_sorted, pyramid, bounds: None };
        points.bounds = points.find_bounds();
        points
    }

    fn find_bounds(&self) -> Option<[f64; 4]> {
        let last = self.len().checked_sub(1)?;
        let [low, high] = self.span(0, last + 1);
        let [left, right] = match self.is_sorted {
            true => [self.x(0), self.x(last)],
            false => span_of(self.xs.iter().copied()),
        };
        (low <= high && left <= right).then_some([left, right, low, high])
    }
}

impl Curve for Points {
    fn len(&self) -> usize {
        if self.xs.is_empty() { self.ys.len() } else { self.xs.len().min(self.ys.len()) }
    }

    fn x(&self, index: usize) -> f64 {
        if self.xs.is_empty() { index as f64 } else { self.xs[index] }
    }

    fn y(&self, index: usize) -> f64 {
        self.ys[index]
    }

    fn is_sorted(&self) -> bool {
        self.is_sorted
    }

    fn bounds(&self) -> Option<[f64; 4]> {
        self.bounds
    }

    fn span(&self, from: usize, to: usize) -> Span {
        match &self.pyramid {
            Some(pyramid) => pyramid.span(&self.ys, from, to),
            None => span_of(self.ys[from..to].iter().copied()),
        }
    }

    fn index_at(&self, x: f64) -> usize {
        if self.xs.is_empty() {
            return (x.ceil().max(0.0) as usize).min(self.len());
        }
        self.xs[..self.len()].partition_point(|other| *other < x)
    }
}

/// Numbers of a value, before anything is made of them: x, y, and the columns of a grid.
pub struct Numbers {
    pub xs: Vec<f64>,
    pub ys: Vec<f64>,
    pub columns: usize,
}

fn number(value: &Value) -> Option<f64> {
    if value.is_null() { Some(f64::NAN) } else { value.as_number() }
}

/// How many numbers a value has, if it is something to plot.
pub fn count_of(value: &Value) -> usize {
    if let Some(record) = value.as_record() {
        let mut most = 0;
        record.for_each(|_, numbers| most = most.max(count_of_numbers(numbers)));
        return most;
    }
    if let Some(shape) = shape_of(value) {
        return shape.iter().product();
    }
    match value.as_list() {
        Some(list) if list.get(0).is_some_and(|first| count_of_numbers(&first) > 0) => {
            list.items().iter().fold(0, |sum: usize, row| sum.saturating_add(count_of_numbers(row)))
        }
        _ => count_of_numbers(value),
    }
}

/// How long the axes of a tensor are.
fn shape_of(value: &Value) -> Option<Vec<usize>> {
    value.as_foreign()?.object().shape()
}

/// The length of a list, a range, or a tensor of one axis.
fn count_of_numbers(value: &Value) -> usize {
    if let Some(shape) = shape_of(value) {
        return shape.iter().product();
    }
    let Some(range) = value.as_range() else { return value.as_list().map_or(0, |list| list.length()) };
    let (Some(start), Some(end)) = (range.start, range.end) else { return 0 };
    let (start, end, step) = (i128::from(start), i128::from(end), i128::from(range.step));
    let last = if range.inclusive { end } else { end - step.signum() };
    if step == 0 { 0 } else { usize::try_from((last - start) / step + 1).unwrap_or(0) }
}

/// A value as points; in words what was expected if it is none.
pub fn points_of(value: &Value, most: usize) -> Result<Points, String> {
    numbers_of(value, most).map(|Numbers { xs, ys, columns }| Points::new(xs, ys, columns))
}

/// The numbers of a value; in words what was expected if there are none.
pub fn numbers_of(value: &Value, most: usize) -> Result<Numbers, String> {
    if count_of(value) > most {
        return Err(format!("no more than {most} points"));
    }
    const EXPECTED: &str = "a list of numbers, of pairs [x, y], two lists {x, y}, or a list of rows";
    if let Some(record) = value.as_record() {
        let list = |name: &str| record.get(name).and_then(|value| numbers(&value));
        let ys = list("y").ok_or(EXPECTED)?;
        let xs = list("x").unwrap_or_default();
        if !xs.is_empty() && xs.len() != ys.len() {
            return Err(format!("as many x as y, not {} and {}", xs.len(), ys.len()));
        }
        return Ok(Numbers { xs, ys, columns: 0 });
    }
    if let Some(ys) = numbers(value) {
        return Ok(Numbers { xs: Vec::new(), ys, columns: 0 });
    }
    let rows: Vec<Vec<f64>> = match (shape_of(value).as_deref(), value.as_list()) {
        (Some([_, columns]), _) => {
            let items = value.as_foreign().and_then(|foreign| foreign.object().numbers()).ok_or(EXPECTED)?;
            items.chunks(*columns.max(&1)).map(<[f64]>::to_vec).collect()
        }
        (None, Some(list)) => list.items().iter().map(numbers).collect::<Option<_>>().ok_or(EXPECTED)?,
        _ => return Err(EXPECTED.into()),
    };
    let columns = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != columns) {
        return Err("rows of equal lengths".into());
    }
    if columns == 2 {
        let (xs, ys) = rows.iter().map(|row| (row[0], row[1])).unzip();
        return Ok(Numbers { xs, ys, columns: 0 });
    }
    Ok(Numbers { xs: Vec::new(), ys: rows.concat(), columns })
}

/// All numbers of a list, a range, or a tensor of one axis.
fn numbers(value: &Value) -> Option<Vec<f64>> {
    if let Some(shape) = shape_of(value) {
        return if shape.len() == 1 { value.as_foreign()?.object().numbers() } else { None };
    }
    if let Some(range) = value.as_range() {
        let start = range.start? as f64;
        range.end?;
        return Some((0..count_of_numbers(value)).map(|index| start + index as f64 * range.step as f64).collect());
    }
    value.as_list()?.items().iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Scale;
    use super::super::curve::Seen;
    use super::*;

    #[test]
    fn few_points_are_all_there() {
        let points = Points::new(vec![0.0, 2.0, 1.0], vec![1.0, f64::NAN, 3.0], 0);
        assert_eq!(Seen::of(&points, Scale::Linear, [0.0, 2.0], 100).points(&points).len(), 3);
        assert_eq!(points.bounds(), Some([0.0, 2.0, 1.0, 3.0]));
        assert_eq!(Points::default().bounds(), None);
        assert_eq!(Points::new(Vec::new(), vec![f64::NAN], 0).bounds(), None);
    }
}
