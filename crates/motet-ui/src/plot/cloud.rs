//! Dots of a series with very many points, thinned out by the pixels that they cover: of all points in a cell that is as
//! wide as half a dot, one is drawn. So a cloud of ten million costs as much as there are cells, and a single outlier, which
//! has a cell for itself, stays visible at every zoom.
//!
//! Looking at all points takes a while. It is done on another thread, for a part of the plane that is somewhat larger than
//! what is seen; moving the plot shows what is known of the new part, until that has been looked at.

use super::Scale;
use super::curve::Curve;
use super::later::Later;
use super::second::Second;
use super::source::Shown;

/// The radius of a dot, in pixels; a cell is as wide.
pub const RADIUS: f32 = 3.5;
/// Up to so many points are drawn as they are.
pub const FEW: usize = 4096;
/// Up to so many are looked at without a thread.
pub const SOME: usize = 100_000;
/// Cells beside each other at most, for plots of any size: four times as many are looked at.
const MOST_CELLS: f32 = 1500.0;

/// How the points of a series become places of the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Places {
    pub x: Scale,
    pub y: Scale,
    /// The series belongs to the axis at the right.
    pub second: Option<Second>,
}

impl Places {
    pub fn x(&self, value: f64) -> f64 {
        bearable(self.x.place(value))
    }

    pub fn y(&self, value: f64) -> f64 {
        let place = bearable(self.y.place(value));
        bearable(self.second.map_or(place, |second| second.on_first(place)))
    }

    pub fn of(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.x(x), self.y(y)]
    }
}

/// A place that egui_plot can calculate with: sums and products of two of them are numbers.
pub fn bearable(place: f64) -> f64 {
    if place.is_finite() { place.clamp(-FURTHEST, FURTHEST) } else { place }
}

const FURTHEST: f64 = 1e150;

/// A part of the plane, in cells: the width and height of a cell, and from which to which cell it reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cells {
    size: [f64; 2],
    from: [f64; 2],
    to: [f64; 2],
}

impl Cells {
    /// The cells of what is seen, and half as much again at each side; whole dozens of them, so that a plot that is moved
    /// by a pixel is not looked at again. `last`: the size of the cells in the last frame. None if nothing is seen.
    fn around(seen: [f64; 4], pixels: [f32; 2], last: Option<[f64; 2]>) -> Option<Cells> {
        let [x, y] = [0, 1].map(|axis| {
            let (low, high) = (seen[2 * axis], seen[2 * axis + 1]);
            let half = if high > low { (high - low) / 2.0 } else { (low.abs() * 0.1).max(0.5) };
            let size = 2.0 * half / f64::from((pixels[axis] / RADIUS).clamp(1.0, MOST_CELLS));
            // Rounding must not make other cells when the plot is only moved.
            let same = last.map(|last| last[axis]).filter(|last| (last / size - 1.0).abs() < 1e-6);
            let size = same.unwrap_or(size);
            let dozens = |place: f64| (place / size / 12.0).floor() * 12.0;
            (size, dozens(low - half), dozens(high + half) + 12.0)
        });
        let cells = Cells { size: [x.0, y.0], from: [x.1, y.1], to: [x.2, y.2] };
        let is_finite = [cells.size, cells.from, cells.to].iter().flatten().all(|number| number.is_finite());
        // Where numbers are further apart than cells there are none.
        (is_finite && cells.count() > 0).then_some(cells)
    }

    /// The number of the cell that a place lies in; none outside, and for what lies nowhere.
    fn number(&self, place: [f64; 2]) -> Option<usize> {
        let [x, y] = [0, 1].map(|axis| (place[axis] / self.size[axis]).floor());
        let is_inside = x >= self.from[0] && x < self.to[0] && y >= self.from[1] && y < self.to[1];
        is_inside.then(|| ((y - self.from[1]) * (self.to[0] - self.from[0]) + (x - self.from[0])) as usize)
    }

    fn count(&self) -> usize {
        ((self.to[0] - self.from[0]) * (self.to[1] - self.from[1])) as usize
    }

    /// From where to where it reaches in x.
    fn x_ends(&self) -> [f64; 2] {
        [self.from[0] * self.size[0], self.to[0] * self.size[0]]
    }
}

/// Points of which each cell has one: the first in it. Those furthest out are among them, so that axes that show everything
/// know how far to reach.
fn one_for_each_cell(curve: &dyn Curve, places: &Places, cells: &Cells) -> Vec<usize> {
    let [left, right] = cells.x_ends().map(|place| places.x.value(place));
    let mut is_taken = vec![false; cells.count()];
    let mut taken = Vec::new();
    let mut outermost: [Option<(f64, usize)>; 4] = [None; 4];
    for index in curve.visible(left, right) {
        let place = places.of(curve.point(index));
        let Some(cell) = cells.number(place) else { continue };
        for (side, found) in outermost.iter_mut().enumerate() {
            let out = if side % 2 == 0 { place[side / 2] } else { -place[side / 2] };
            if found.is_none_or(|(furthest, _)| out > furthest) {
                *found = Some((out, index));
            }
        }
        if !std::mem::replace(&mut is_taken[cell], true) {
            taken.push(index);
        }
    }
    taken.extend(outermost.iter().flatten().map(|(_, index)| *index));
    taken.sort_unstable();
    taken.dedup();
    taken
}

/// What a cloud was worked out of.
#[derive(PartialEq)]
struct Of {
    points: Shown,
    places: Places,
    cells: Cells,
}

/// A dot: the number of its point, and where it is drawn.
pub type Dot = (usize, [f64; 2]);

/// The dots of a series as they were worked out last.
#[derive(Default)]
pub struct Cloud {
    dots: Later<Of, Vec<Dot>>,
    /// The size of the cells that were looked at last.
    size: Option<[f64; 2]>,
}

impl Cloud {
    /// Width and height of the cells that have one dot each, in places.
    pub fn cell(&self) -> Option<[f64; 2]> {
        self.size
    }

    /// The places where dots are to be drawn, and whether better ones are on their way. `seen`: left, right, bottom and top
    /// of what is seen, in places; `is_patient`: it is waited for.
    pub fn dots(
        &mut self,
        points: &Shown,
        places: Places,
        seen: [f64; 4],
        pixels: [f32; 2],
        is_patient: bool,
    ) -> (Vec<Dot>, bool) {
        let curve = points.curve();
        let range = curve.visible(places.x.value(seen[0]), places.x.value(seen[1]));
        let count = range.len();
        let dot = move |curve: &dyn Curve, index: usize| (index, places.of(curve.point(index)));
        let cells = if count <= FEW { None } else { Cells::around(seen, pixels, self.size) };
        let Some(cells) = cells else {
            let dots = range.take(FEW).map(|index| dot(curve, index));
            return (dots.filter(|(_, place)| is_somewhere(place)).collect(), false);
        };
        self.size = Some(cells.size);
        let there = points.clone();
        let work = move || {
            let curve = there.curve();
            one_for_each_cell(curve, &places, &cells).into_iter().map(|index| dot(curve, index)).collect()
        };
        let of = Of { points: points.clone(), places, cells };
        let (dots, is_awaited) = self.dots.look(of, is_patient || count <= SOME, work);
        // What lies outside need not be drawn; with a dot's width at each side.
        let [left, right, bottom, top] = seen;
        let [x, y] = cells.size.map(|size| size * 2.0);
        let is_seen =
            |(_, dot): &&Dot| dot[0] >= left - x && dot[0] <= right + x && dot[1] >= bottom - y && dot[1] <= top + y;
        (dots.into_iter().flatten().filter(is_seen).copied().collect(), is_awaited)
    }
}

pub fn is_somewhere(point: &[f64; 2]) -> bool {
    point.iter().all(|place| place.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::data::Points;
    use super::*;
    use std::sync::Arc;

    const PLAIN: Places = Places { x: Scale::Linear, y: Scale::Linear, second: None };

    /// A small generator, the same in every run.
    fn numbers(seed: u64) -> impl Iterator<Item = f64> {
        std::iter::successors(Some(seed), |last| Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)))
            .map(|number| (number >> 11) as f64 / (1u64 << 53) as f64)
    }

    fn dots(cloud: &mut Cloud, points: &Shown, seen: [f64; 4], pixels: [f32; 2]) -> Vec<[f64; 2]> {
        let (dots, awaits) = cloud.dots(points, PLAIN, seen, pixels, true);
        assert!(!awaits);
        dots.into_iter().map(|(_, place)| place).collect()
    }

    fn cloud(count: usize, outlier: [f64; 2]) -> Shown {
        let mut random = numbers(5);
        let (mut xs, mut ys) = (Vec::new(), Vec::new());
        for _ in 0..count {
            // In a disk, in no order.
            let (turn, far) = (random.next().unwrap() * std::f64::consts::TAU, random.next().unwrap().sqrt());
            xs.push(turn.cos() * far);
            ys.push(turn.sin() * far);
        }
        (xs[count / 3], ys[count / 3]) = (outlier[0], outlier[1]);
        Shown::Points(Arc::new(Points::new(xs, ys, 0)))
    }

    #[test]
    fn an_outlier_is_drawn_at_every_zoom_and_what_is_drawn_is_no_more_than_the_cells() {
        let outlier = [1.5, -1.25];
        let points = cloud(500_000, outlier);
        let mut half = 2.0;
        while half > 1e-9 {
            for part in [0.1, 0.5, 0.9] {
                let left = outlier[0] - 2.0 * half * part;
                let seen = [left, left + 2.0 * half, outlier[1] - half, outlier[1] + half];
                let dots = dots(&mut Cloud::default(), &points, seen, [800.0, 300.0]);
                assert!(dots.contains(&outlier), "{seen:?}");
                assert!(dots.len() <= 235 * 92, "{}", dots.len());
            }
            half /= 3.0;
        }
    }

    #[test]
    fn where_there_is_a_point_there_is_a_dot() {
        let points = cloud(50_000, [0.0, 0.0]);
        let seen = [-0.5, 0.5, -0.3, 0.4];
        let dots = dots(&mut Cloud::default(), &points, seen, [800.0, 300.0]);
        let cells = Cells::around(seen, [800.0, 300.0], None).unwrap();
        let covered: std::collections::HashSet<_> = dots.iter().filter_map(|dot| cells.number(*dot)).collect();
        let curve = points.curve();
        for index in 0..curve.len() {
            let [x, y] = curve.point(index);
            if x >= seen[0] && x <= seen[1] && y >= seen[2] && y <= seen[3] {
                assert!(covered.contains(&cells.number([x, y]).unwrap()), "{x} {y}");
            }
        }
    }

    #[test]
    fn a_cloud_that_is_moved_a_little_is_not_looked_at_again() {
        let points = cloud(200_000, [0.0, 0.0]);
        let mut cloud = Cloud::default();
        let first = cloud.dots(&points, PLAIN, [-1.0, 1.0, -1.0, 1.0], [400.0, 400.0], true).0.len();
        for step in 1..4 {
            let by = f64::from(step) * 0.001;
            let seen = [-1.0 + by, 1.0 + by, -1.0, 1.0];
            let (dots, awaits) = cloud.dots(&points, PLAIN, seen, [400.0, 400.0], false);
            assert!(!awaits, "moved by {by}");
            assert!(dots.len().abs_diff(first) < first / 50);
        }
        let (dots, awaits) = cloud.dots(&points, PLAIN, [0.5, 2.5, -1.0, 1.0], [400.0, 400.0], false);
        assert!(awaits && dots.len() > 100, "what is known is shown: {}", dots.len());
    }

    #[test]
    fn few_points_and_odd_ones_are_drawn_as_they_are() {
        let nan = f64::NAN;
        let points =
            Shown::Points(Arc::new(Points::new(vec![0.0, nan, 2.0, 3.0], vec![1.0, 1.0, f64::INFINITY, 4.0], 0)));
        for seen in [[0.0, 4.0, 0.0, 4.0], [0.0, 0.0, 0.0, 0.0], [nan, nan, nan, nan]] {
            assert_eq!(dots(&mut Cloud::default(), &points, seen, [400.0, 400.0]), [[0.0, 1.0], [3.0, 4.0]]);
        }
        let many = Shown::Points(Arc::new(Points::new(Vec::new(), vec![nan; 10_000], 0)));
        assert!(dots(&mut Cloud::default(), &many, [0.0, 1e4, 0.0, 1.0], [400.0, 400.0]).is_empty());
        // All at one place, and as far apart as numbers may be.
        let heap = Shown::Points(Arc::new(Points::new(vec![2.0; 10_000], vec![1e300; 10_000], 0)));
        assert_eq!(dots(&mut Cloud::default(), &heap, [2.0, 2.0, 1e150, 1e150], [400.0, 400.0]), [[2.0, 1e150]]);
        let wide: Vec<f64> = (0..10_000).map(|n| if n % 2 == 0 { f64::MAX } else { f64::MIN }).collect();
        let wide = Shown::Points(Arc::new(Points::new(wide.clone(), wide, 0)));
        let seen = [-1e150, 1e150, -1e150, 1e150];
        assert!(!dots(&mut Cloud::default(), &wide, seen, [400.0, 400.0]).is_empty());
    }
}
