//! Values of programs as points: lists of numbers, of pairs, of lists of equal lengths (a grid), or two lists.

use super::pyramid::{Pyramid, Span};
use crate::binding::Binding;
use motet_vm::memory::Value;
use std::sync::Arc;

/// Where the points of a series come from.
pub enum SeriesData {
    Fixed(Arc<Points>),
    Bound(Arc<Binding>),
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
}

impl Points {
    pub fn new(xs: Vec<f64>, ys: Vec<f64>, columns: usize) -> Points {
        let is_sorted = xs.windows(2).all(|pair| pair[0] <= pair[1]);
        let pyramid = (ys.len() >= LONG && is_sorted && columns == 0).then(|| Pyramid::new(&ys));
        Points { xs, ys, columns, is_sorted, pyramid }
    }

    pub fn len(&self) -> usize {
        if self.xs.is_empty() { self.ys.len() } else { self.xs.len().min(self.ys.len()) }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn x(&self, index: usize) -> f64 {
        if self.xs.is_empty() { index as f64 } else { self.xs[index] }
    }

    pub fn point(&self, index: usize) -> [f64; 2] {
        [self.x(index), self.ys[index]]
    }

    /// The first point that is not left of x.
    pub fn index_at(&self, x: f64) -> usize {
        if self.xs.is_empty() {
            return (x.ceil().max(0.0) as usize).min(self.len());
        }
        self.xs[..self.len()].partition_point(|other| *other < x)
    }

    /// Lowest and highest of some points.
    fn span(&self, from: usize, to: usize) -> Span {
        match &self.pyramid {
            Some(pyramid) => pyramid.span(&self.ys, from, to),
            None => Pyramid::default().span(&self.ys, from, to),
        }
    }

    /// The points that a line needs between two places, for so many pixels: all of them if they are few, else the lowest
    /// and highest for each pixel.
    pub fn line(&self, left: f64, right: f64, pixels: usize) -> Vec<[f64; 2]> {
        if !self.is_sorted || self.pyramid.is_none() {
            return (0..self.len()).map(|index| self.point(index)).collect();
        }
        // One more at each side: the line goes on beyond the edges.
        let from = self.index_at(left).saturating_sub(1);
        let to = (self.index_at(right) + 1).min(self.len());
        let pixels = pixels.max(1);
        if to.saturating_sub(from) <= pixels * 4 {
            return (from..to).map(|index| self.point(index)).collect();
        }
        let mut points = Vec::with_capacity(pixels * 2 + 2);
        let wide = (right - left) / pixels as f64;
        let mut start = from;
        for pixel in 0..=pixels {
            let x = left + wide * pixel as f64;
            let end = if pixel == pixels { to } else { self.index_at(x + wide).clamp(start, to) };
            let [low, high] = self.span(start, end);
            if low <= high {
                // In the order in which the line comes by, so that it does not zigzag more than it must.
                let rises = self.ys[start] <= self.ys[end - 1];
                let (first, second) = if rises { (low, high) } else { (high, low) };
                points.push([x + wide * 0.25, first]);
                if low < high {
                    points.push([x + wide * 0.75, second]);
                }
            } else if end > start {
                points.push([x, f64::NAN]);
            }
            start = end;
        }
        points
    }

    /// Left, right, lowest and highest.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let last = self.len().checked_sub(1)?;
        let [low, high] = self.span(0, last + 1);
        let [left, right] = match self.is_sorted {
            true => [self.x(0), self.x(last)],
            false => Pyramid::default().span(&self.xs, 0, self.xs.len()),
        };
        (low <= high && left <= right).then_some([left, right, low, high])
    }

    /// The point nearest to x.
    pub fn nearest(&self, x: f64) -> Option<usize> {
        if self.is_empty() {
            return None;
        }
        if !self.is_sorted {
            let distance = |index: &usize| (self.x(*index) - x).abs();
            return (0..self.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        }
        let at = self.index_at(x).min(self.len() - 1);
        let before = at.saturating_sub(1);
        Some(if (x - self.x(before)).abs() < (self.x(at) - x).abs() { before } else { at })
    }
}

fn number(value: &Value) -> Option<f64> {
    if value.is_null() { Some(f64::NAN) } else { value.as_number() }
}

/// A value as points; in words what was expected if it is none.
pub fn points_of(value: &Value) -> Result<Points, String> {
    const EXPECTED: &str = "a list of numbers, of pairs [x, y], two lists {x, y}, or a list of rows";
    if let Some(record) = value.as_record() {
        let list = |name: &str| record.get(motet_vm::memory::Symbol::find(name)?).and_then(|value| numbers(&value));
        let ys = list("y").ok_or(EXPECTED)?;
        let xs = list("x").unwrap_or_default();
        if !xs.is_empty() && xs.len() != ys.len() {
            return Err(format!("as many x as y, not {} and {}", xs.len(), ys.len()));
        }
        return Ok(Points::new(xs, ys, 0));
    }
    if let Some(ys) = numbers(value) {
        return Ok(Points::new(Vec::new(), ys, 0));
    }
    let list = value.as_list().ok_or(EXPECTED)?;
    let rows: Option<Vec<Vec<f64>>> = list.items().iter().map(numbers).collect();
    let rows = rows.ok_or(EXPECTED)?;
    let columns = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != columns) {
        return Err("rows of equal lengths".into());
    }
    if columns == 2 {
        let (xs, ys) = rows.iter().map(|row| (row[0], row[1])).unzip();
        return Ok(Points::new(xs, ys, 0));
    }
    Ok(Points::new(Vec::new(), rows.concat(), columns))
}

/// All numbers of a list or range.
fn numbers(value: &Value) -> Option<Vec<f64>> {
    if let Some(range) = value.as_range() {
        let (start, end) = (range.start?, range.end?);
        let last = if range.inclusive { end } else { end - range.step.signum() };
        let count = if range.step == 0 { 0 } else { ((last - start) / range.step + 1).max(0) };
        return Some((0..count).map(|index| (start + index * range.step) as f64).collect());
    }
    value.as_list()?.items().iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_many_points_has_two_for_each_pixel_and_its_extremes() {
        let mut ys = vec![0.0; 100_000];
        ys[70_001] = 9.0;
        ys[30_002] = -9.0;
        let points = Points::new(Vec::new(), ys, 0);
        for (left, right) in [(0.0, 100_000.0), (60_000.0, 80_000.0), (69_000.0, 71_000.0)] {
            let line = points.line(left, right, 500);
            assert!(line.len() <= 2002, "{}", line.len());
            assert!(line.iter().any(|point| point[1] == 9.0), "{left} to {right}");
            assert!(line.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
        }
    }

    #[test]
    fn few_points_are_all_there() {
        let points = Points::new(vec![0.0, 2.0, 1.0], vec![1.0, f64::NAN, 3.0], 0);
        assert_eq!(points.line(0.0, 2.0, 100).len(), 3);
        assert_eq!(points.bounds(), Some([0.0, 2.0, 1.0, 3.0]));
        assert_eq!(points.nearest(1.1), Some(2));
        assert_eq!(Points::default().bounds(), None);
        assert_eq!(Points::default().nearest(0.0), None);
    }
}
