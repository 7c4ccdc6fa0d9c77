//! What a series is for those who draw it, wherever its values lie; and how a long one is thinned out to the pixels there
//! are.

use super::Scale;
use super::pyramid::Span;

/// Points in an order, of which the lowest and the highest can be asked.
pub trait Curve {
    fn len(&self) -> usize;
    fn x(&self, index: usize) -> f64;
    fn y(&self, index: usize) -> f64;
    /// x never decreases.
    fn is_sorted(&self) -> bool;
    /// Lowest and highest of some points.
    fn span(&self, from: usize, to: usize) -> Span;

    fn point(&self, index: usize) -> [f64; 2] {
        [self.x(index), self.y(index)]
    }

    /// The first point that is not left of x.
    fn index_at(&self, x: f64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.x(middle) < x { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The points that lie between two places, with one more at each side; all of them if they lie in no order.
    fn visible(&self, left: f64, right: f64) -> std::ops::Range<usize> {
        if !self.is_sorted() {
            return 0..self.len();
        }
        let from = self.index_at(left).saturating_sub(1);
        // Several points may lie at the right end.
        from..(self.index_at(right.next_up()) + 1).clamp(from, self.len())
    }

    /// Left, right, lowest and highest.
    fn bounds(&self) -> Option<[f64; 4]>;
}

/// Up to so many points for each pixel are drawn as they are.
const FEW: usize = 2;

/// A pixel of a long series: the part of it that lies between two values of x.
#[derive(Default)]
pub struct Column {
    pub x: [f64; 2],
    /// Lowest and highest; empty where there is no point, or none that is a number.
    pub span: Span,
    /// There are points.
    pub has_points: bool,
    /// The last of them is not below the first.
    pub rises: bool,
}

/// A series between two places of an axis, for so many pixels.
pub struct Seen {
    range: std::ops::Range<usize>,
    /// None if its points are few, or lie in no order: all of them are drawn.
    pub columns: Option<Vec<Column>>,
}

impl Seen {
    pub fn of(curve: &dyn Curve, scale: Scale, [left, right]: [f64; 2], pixels: usize) -> Seen {
        let range = curve.visible(scale.value(left), scale.value(right));
        let pixels = pixels.max(1);
        if !curve.is_sorted() || range.len() <= pixels * FEW || left >= right {
            return Seen { range, columns: None };
        }
        let wide = (right - left) / pixels as f64;
        let mut start = range.start;
        let column = |pixel: usize| {
            let place = left + wide * pixel as f64;
            let next = scale.value(place + wide);
            let end = if pixel == pixels { range.end } else { curve.index_at(next).clamp(start, range.end) };
            let span = curve.span(start, end);
            let has_points = end > start;
            let rises = has_points && curve.y(start) <= curve.y(end - 1);
            start = end;
            Column { x: [scale.value(place), next], span, has_points, rises }
        };
        let columns = (0..=pixels).map(column).collect();
        Seen { range, columns: Some(columns) }
    }

    /// The points that a line goes by: all of them, or the lowest and the highest of each column. x and y are values, not
    /// places.
    pub fn points(&self, curve: &dyn Curve) -> Vec<[f64; 2]> {
        let Some(columns) = &self.columns else {
            return self.range.clone().map(|index| curve.point(index)).collect();
        };
        let mut points = Vec::with_capacity(columns.len() * 2);
        for Column { x: [left, right], span: [low, high], has_points, rises } in columns {
            if low <= high {
                // In the order in which the line comes by, so that it does not zigzag more than it must.
                let (first, second) = if *rises { (low, high) } else { (high, low) };
                points.push([left + (right - left) * 0.25, *first]);
                if low < high {
                    points.push([left + (right - left) * 0.75, *second]);
                }
            } else if *has_points {
                points.push([*left, f64::NAN]);
            }
        }
        // The ends are where they are, so that an axis that shows everything begins with the first point.
        if let (Some(first), false) = (points.first_mut(), self.range.is_empty()) {
            first[0] = curve.x(self.range.start);
        }
        if let (Some(last), false) = (points.last_mut(), self.range.is_empty()) {
            last[0] = curve.x(self.range.end - 1);
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::Points;
    use super::*;

    fn thinned(curve: &dyn Curve, scale: Scale, ends: [f64; 2], pixels: usize) -> Vec<[f64; 2]> {
        Seen::of(curve, scale, ends, pixels).points(curve)
    }

    /// A single outlier among ten million points is seen at every zoom, and what is drawn is no more than the pixels need.
    #[test]
    fn an_outlier_among_ten_million_points_is_seen_at_every_zoom() {
        const COUNT: usize = 10_000_000;
        const AT: usize = 7_654_321;
        let mut ys = vec![0.0; COUNT];
        ys[AT] = 9.0;
        let points = Points::new(Vec::new(), ys, 0);
        let mut wide = COUNT as f64;
        while wide > 1.0 {
            for part in [0.01, 0.5, 0.99] {
                let left = (AT as f64 - wide * part).max(0.0);
                let ends = [left, left + wide];
                let line = thinned(&points, Scale::Linear, ends, 500);
                assert!(line.len() <= 2010, "{}", line.len());
                let seen = line.iter().filter(|point| point[1] == 9.0).collect::<Vec<_>>();
                assert_eq!(seen.len(), 1, "{ends:?}");
                assert!((seen[0][0] - AT as f64).abs() <= (wide / 500.0).max(1.0), "{ends:?} {seen:?}");
                assert!(line.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
            }
            wide /= 3.0;
        }
    }

    #[test]
    fn points_above_each_other_are_all_seen() {
        let points = Points::new(vec![0.0, 1.0, 1.0, 1.0], vec![0.0, 1.0, 5.0, 2.0], 0);
        assert_eq!(points.visible(0.0, 1.0), 0..4);
        assert_eq!(points.visible(1.0, 1.0), 0..4);
        assert_eq!(points.visible(-1.0, 0.5), 0..2);
        assert_eq!(thinned(&points, Scale::Linear, [1.0, 1.0], 100).len(), 4);
    }

    #[test]
    fn a_logarithmic_axis_is_thinned_by_its_own_pixels() {
        let ys: Vec<f64> = (0..1_000_000).map(|index| f64::from(index % 1000)).collect();
        let xs = (0..1_000_000).map(|index| 1.0 + f64::from(index)).collect();
        let points = Points::new(xs, ys, 0);
        let line = thinned(&points, Scale::Log, [0.0, 6.0], 600);
        assert!(line.len() > 800, "each decade has its pixels: {}", line.len());
        let of_first_decades = line.iter().filter(|point| point[0] < 1000.0).count();
        assert!(of_first_decades > 200, "{of_first_decades}");
    }
}
