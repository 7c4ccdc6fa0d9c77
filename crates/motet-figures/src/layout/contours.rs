//! Lines of equal value, and the areas that lie above one.

use crate::scene::Point;
use std::collections::HashMap;

/// Values where lines cross, with their places on the paper.
pub struct Field<'a> {
    pub xs: &'a [f64],
    pub ys: &'a [f64],
    pub z: &'a [f64],
}

/// An edge between two neighbours of the field: the smaller index, and whether it goes down.
type Edge = (usize, bool);

impl Field<'_> {
    fn at(&self, column: usize, row: usize) -> f64 {
        self.z[row * self.xs.len() + column]
    }

    /// Where a value lies on an edge.
    fn crossing(&self, (index, is_down): Edge, level: f64) -> Point {
        let columns = self.xs.len();
        let (column, row) = (index % columns, index / columns);
        let (next_column, next_row) = if is_down { (column, row + 1) } else { (column + 1, row) };
        let (one, other) = (self.at(column, row), self.at(next_column, next_row));
        let share = if one.is_infinite() {
            1.0
        } else if other.is_infinite() {
            0.0
        } else {
            ((level - one) / (other - one)).clamp(0.0, 1.0)
        };
        let between = |from: f64, to: f64| from + share * (to - from);
        [between(self.xs[column], self.xs[next_column]), between(self.ys[row], self.ys[next_row])]
    }

    /// The lines where the field has a value, each as long as possible. A line that comes back to its beginning ends there.
    pub fn lines(&self, level: f64) -> Vec<Vec<Point>> {
        let (columns, rows) = (self.xs.len(), self.ys.len());
        // The two edges that lines leave an edge for.
        let mut next: HashMap<Edge, [Option<Edge>; 2]> = HashMap::new();
        let mut order: Vec<Edge> = Vec::new();
        let mut join = |from: Edge, to: Edge| {
            for (one, other) in [(from, to), (to, from)] {
                let ends = next.entry(one).or_insert_with(|| {
                    order.push(one);
                    [None; 2]
                });
                if ends[0].is_none() {
                    ends[0] = Some(other);
                } else {
                    ends[1] = Some(other);
                }
            }
        };
        for row in 0..rows.saturating_sub(1) {
            for column in 0..columns.saturating_sub(1) {
                let corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
                    .map(|(c, r)| self.at(c, r));
                if corners.iter().any(|value| value.is_nan()) {
                    continue;
                }
                let index = row * columns + column;
                let [top, right, bottom, left] =
                    [(index, false), (index + 1, true), (index + columns, false), (index, true)];
                let case = corners.iter().enumerate().fold(0, |case, (bit, &z)| case | usize::from(z >= level) << bit);
                match case {
                    1 | 14 => join(left, top),
                    2 | 13 => join(top, right),
                    4 | 11 => join(right, bottom),
                    8 | 7 => join(bottom, left),
                    3 | 12 => join(left, right),
                    6 | 9 => join(top, bottom),
                    5 | 10 => {
                        // A saddle: its middle says which corners belong together.
                        let middle = corners.iter().sum::<f64>() / 4.0;
                        if (middle >= level) == (case == 5) {
                            join(top, right);
                            join(bottom, left);
                        } else {
                            join(left, top);
                            join(right, bottom);
                        }
                    }
                    _ => {}
                }
            }
        }
        self.joined(&mut next, &order, level)
    }

    fn joined(&self, next: &mut HashMap<Edge, [Option<Edge>; 2]>, order: &[Edge], level: f64) -> Vec<Vec<Point>> {
        let is_end = |edge: &&Edge| next.get(*edge).is_some_and(|ends| ends[1].is_none());
        // Lines that begin at the border come first, then those that go around.
        let mut starts: Vec<Edge> = order.iter().filter(is_end).copied().collect();
        starts.extend(order);
        let mut lines = Vec::new();
        for start in starts {
            let Some(ends) = next.remove(&start) else { continue };
            let mut line = vec![self.crossing(start, level)];
            let (mut before, mut at) = (start, ends[0]);
            while let Some(edge) = at {
                line.push(self.crossing(edge, level));
                let Some(ends) = next.remove(&edge) else { break };
                at = ends.into_iter().flatten().find(|&other| other != before);
                before = edge;
            }
            lines.push(line);
        }
        lines
    }

    /// The rings around all that is not below a value. What is missing lies below.
    pub fn rings(&self, level: f64) -> Vec<Vec<Point>> {
        // A border that lies lower closes all lines.
        let around = |places: &[f64]| -> Vec<f64> {
            let ends = [places.first().copied(), places.last().copied()];
            ends[0].into_iter().chain(places.iter().copied()).chain(ends[1]).collect()
        };
        let (xs, ys) = (around(self.xs), around(self.ys));
        let mut z = vec![f64::NEG_INFINITY; xs.len() * ys.len()];
        for (row, values) in self.z.chunks(self.xs.len().max(1)).enumerate() {
            for (column, &value) in values.iter().enumerate() {
                let is_there = !value.is_nan();
                z[(row + 1) * xs.len() + column + 1] = if is_there { value } else { f64::NEG_INFINITY };
            }
        }
        Field { xs: &xs, ys: &ys, z: &z }.lines(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hill_has_closed_lines_and_a_slope_has_open_ones() {
        let places: Vec<f64> = (0..21).map(f64::from).collect();
        let values = |f: fn(f64, f64) -> f64| -> Vec<f64> {
            places.iter().flat_map(|&y| places.iter().map(move |&x| f(x - 10.0, y - 10.0))).collect()
        };
        let hill = values(|x, y| -x * x - y * y);
        let field = Field { xs: &places, ys: &places, z: &hill };
        let lines = field.lines(-25.5);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        for [x, y] in &lines[0] {
            assert!(((x - 10.0).hypot(y - 10.0) - 25.5f64.sqrt()).abs() < 0.05);
        }
        let slope = values(|x, _| x);
        let lines = Field { xs: &places, ys: &places, z: &slope }.lines(0.5);
        assert_eq!((lines.len(), lines[0].len()), (1, 21));
        let rings = Field { xs: &places, ys: &places, z: &slope }.rings(0.5);
        assert_eq!(rings.len(), 1);
        assert_eq!(rings[0].first(), rings[0].last());
    }

    #[test]
    fn missing_values_make_gaps() {
        let places = [0.0, 1.0, 2.0];
        let z = [0.0, 1.0, 2.0, 0.0, f64::NAN, 2.0, 0.0, 1.0, 2.0];
        assert!(Field { xs: &places, ys: &places, z: &z }.lines(0.5).is_empty());
        assert!(!Field { xs: &places, ys: &places, z: &z }.rings(0.5).is_empty());
    }
}
