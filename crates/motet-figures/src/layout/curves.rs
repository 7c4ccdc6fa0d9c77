//! Points of curves on the paper: gaps, steps, thinning of what is denser than pixels, cutting off what lies outside.

use crate::figure::Steps;
use crate::layout::limits::Mapping;
use crate::scene::{Area, Point};

/// More points than this for each pixel of the width are thinned out.
const DENSE: f64 = 4.0;
/// Extremes are kept in each column of so many pixels: half of one, since pictures are saved larger.
const COLUMN: f64 = 0.5;

/// The parts of a curve without gaps, as pixels.
pub fn parts(xs: &[f64], ys: &[f64], steps: Steps, x: &Mapping, y: &Mapping) -> Vec<Vec<Point>> {
    let mut parts = vec![Vec::new()];
    for (&value, &height) in xs.iter().zip(ys) {
        let point = [x.pixel(value), y.pixel(height)];
        let is_there = value.is_finite() && height.is_finite() && point[0].is_finite() && point[1].is_finite();
        match (is_there, parts.last_mut()) {
            (true, Some(part)) => part.push(point),
            (false, Some(part)) if !part.is_empty() => parts.push(Vec::new()),
            _ => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.into_iter().map(|part| stepped(part, steps)).collect()
}

fn stepped(part: Vec<Point>, steps: Steps) -> Vec<Point> {
    if steps == Steps::None {
        return part;
    }
    let mut points = Vec::with_capacity(part.len() * 3);
    for pair in part.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        points.push(from);
        match steps {
            Steps::After => points.push([to[0], from[1]]),
            Steps::Before => points.push([from[0], to[1]]),
            _ => {
                let middle = (from[0] + to[0]) / 2.0;
                points.extend([[middle, from[1]], [middle, to[1]]]);
            }
        }
    }
    points.extend(part.last());
    points
}

/// As many points as can be told apart; the highest and the lowest of each column are among them.
pub fn thinned(part: Vec<Point>, width: f64) -> Vec<Point> {
    if (part.len() as f64) < width * DENSE {
        return part;
    }
    if part.windows(2).all(|pair| pair[0][0] <= pair[1][0]) {
        return thinned_columns(&part);
    }
    let mut kept: Vec<Point> = Vec::new();
    for &point in &part {
        let is_near =
            |last: &Point| (last[0] - point[0]).abs() < COLUMN / 2.0 && (last[1] - point[1]).abs() < COLUMN / 2.0;
        if !kept.last().is_some_and(is_near) {
            kept.push(point);
        }
    }
    kept
}

fn thinned_columns(part: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    let mut at = 0;
    while at < part.len() {
        let column = (part[at][0] / COLUMN).floor();
        let length = part[at..].partition_point(|point| (point[0] / COLUMN).floor() <= column).max(1);
        let points = &part[at..at + length];
        let by_height = |a: &&Point, b: &&Point| a[1].total_cmp(&b[1]);
        let lowest = points.iter().min_by(by_height);
        let highest = points.iter().max_by(by_height);
        let mut chosen = [points.first(), lowest, highest, points.last()];
        // In their order: the address tells it.
        chosen.sort_by_key(|point| point.map(std::ptr::from_ref));
        for point in chosen.into_iter().flatten() {
            if kept.last() != Some(point) {
                kept.push(*point);
            }
        }
        at += length;
    }
    kept
}

/// The parts of a curve that lie in the area or near it.
pub fn clipped(part: &[Point], area: &Area) -> Vec<Vec<Point>> {
    const MARGIN: f64 = 8.0;
    let (left, right) = (area.left - MARGIN, area.right() + MARGIN);
    let (top, bottom) = (area.top - MARGIN, area.bottom() + MARGIN);
    let is_inside = |p: &Point| p[0] >= left && p[0] <= right && p[1] >= top && p[1] <= bottom;
    if part.iter().all(is_inside) {
        return vec![part.to_vec()];
    }
    let mut parts: Vec<Vec<Point>> = Vec::new();
    for pair in part.windows(2) {
        let Some([from, to]) = cut(pair[0], pair[1], [left, right, top, bottom]) else { continue };
        match parts.last_mut() {
            Some(last) if last.last() == Some(&from) => last.push(to),
            _ => parts.push(vec![from, to]),
        }
    }
    parts
}

/// The part of a segment within a box (Liang and Barsky).
fn cut(from: Point, to: Point, [left, right, top, bottom]: [f64; 4]) -> Option<[Point; 2]> {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let mut span = [0.0f64, 1.0f64];
    for (direction, distance) in
        [(-dx, from[0] - left), (dx, right - from[0]), (-dy, from[1] - top), (dy, bottom - from[1])]
    {
        if direction == 0.0 {
            if distance < 0.0 {
                return None;
            }
        } else if direction < 0.0 {
            span[0] = span[0].max(distance / direction);
        } else {
            span[1] = span[1].min(distance / direction);
        }
    }
    let at = |share: f64| {
        if share == 0.0 {
            from
        } else if share == 1.0 {
            to
        } else {
            [from[0] + share * dx, from[1] + share * dy]
        }
    };
    (span[0] <= span[1]).then(|| span.map(at))
}

/// Of points that cover each other the last ones, which lie on top, if there are very many. `spot`: where an item lies, and how
/// large it is.
pub fn spread<T>(items: Vec<T>, spot: impl Fn(&T) -> (Point, f64), area: &Area) -> Vec<T> {
    const MANY: usize = 20_000;
    /// So many cells are as wide as a point: within it lie a dozen others, through which nothing is seen.
    const CELLS: f64 = 4.0;
    if items.len() <= MANY {
        return items;
    }
    let largest = items.iter().map(|item| spot(item).1).fold(0.0, f64::max);
    let cell = (largest / CELLS).clamp(COLUMN, 2.0);
    let columns = (area.width / cell) as usize + 2;
    let rows = (area.height / cell) as usize + 2;
    let mut taken = vec![0u64; (columns * rows).div_ceil(64)];
    let mut kept = Vec::new();
    for item in items.into_iter().rev() {
        let (point, _) = spot(&item);
        let place = [(point[0] - area.left) / cell, (point[1] - area.top) / cell];
        if place[0] < 0.0 || place[1] < 0.0 || place[0] as usize >= columns || place[1] as usize >= rows {
            continue;
        }
        let index = place[1] as usize * columns + place[0] as usize;
        if taken[index / 64] & (1 << (index % 64)) == 0 {
            taken[index / 64] |= 1 << (index % 64);
            kept.push(item);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_extremes_and_the_order() {
        let part: Vec<Point> = (0..1_000_000)
            .map(|index| [f64::from(index) / 2000.0, if index == 777_777 { -50.0 } else { f64::from(index % 7) }])
            .collect();
        let thin = thinned(part.clone(), 500.0);
        assert!(thin.len() <= 4 * 1001, "{}", thin.len());
        assert!(thin.iter().any(|point| point[1] == -50.0));
        assert!(thin.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
        assert_eq!([thin.first(), thin.last()], [part.first(), part.last()]);
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        let area = Area { left: 0.0, top: 0.0, width: 100.0, height: 100.0 };
        let parts = clipped(&[[-1e7, 50.0], [1e7, 50.0], [1e7, -1e7], [50.0, -1e7], [50.0, 50.0]], &area);
        let rounded: Vec<Vec<[i64; 2]>> =
            parts.iter().map(|part| part.iter().map(|point| point.map(|side| side.round() as i64)).collect()).collect();
        assert_eq!(rounded, [vec![[-8, 50], [108, 50]], vec![[50, -8], [50, 50]]]);
        assert!(clipped(&[[-50.0, -50.0], [-50.0, 200.0]], &area).is_empty());
    }

    #[test]
    fn steps_turn_where_they_are_told_to() {
        let part = vec![[0.0, 0.0], [2.0, 1.0]];
        assert_eq!(stepped(part.clone(), Steps::After), [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0]]);
        assert_eq!(stepped(part.clone(), Steps::Before), [[0.0, 0.0], [0.0, 1.0], [2.0, 1.0]]);
        assert_eq!(stepped(part, Steps::Middle).len(), 4);
    }
}
