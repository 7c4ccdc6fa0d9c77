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
const FEW: usize = 4;

/// The points that a line needs between two places of an axis, for so many pixels: all of them if they are few, else the
/// lowest and highest for each pixel. x and y are values, not places.
pub fn thinned(curve: &dyn Curve, scale: Scale, [left, right]: [f64; 2], pixels: usize) -> Vec<[f64; 2]> {
    let seen = curve.visible(scale.value(left), scale.value(right));
    let pixels = pixels.max(1);
    if !curve.is_sorted() || seen.len() <= pixels * FEW || left >= right {
        return seen.map(|index| curve.point(index)).collect();
    }
    let mut points = Vec::with_capacity(pixels * 2 + 2);
    let wide = (right - left) / pixels as f64;
    let mut start = seen.start;
    for pixel in 0..=pixels {
        let place = left + wide * pixel as f64;
        let end = match pixel == pixels {
            true => seen.end,
            false => curve.index_at(scale.value(place + wide)).clamp(start, seen.end),
        };
        let [low, high] = curve.span(start, end);
        if low <= high {
            // In the order in which the line comes by, so that it does not zigzag more than it must.
            let rises = curve.y(start) <= curve.y(end - 1);
            let (first, second) = if rises { (low, high) } else { (high, low) };
            points.push([scale.value(place + wide * 0.25), first]);
            if low < high {
                points.push([scale.value(place + wide * 0.75), second]);
            }
        } else if end > start {
            points.push([scale.value(place), f64::NAN]);
        }
        start = end;
    }
    // The ends are where they are, so that an axis that shows everything begins with the first point.
    if let (Some(first), false) = (points.first_mut(), seen.is_empty()) {
        first[0] = curve.x(seen.start);
    }
    if let (Some(last), false) = (points.last_mut(), seen.is_empty()) {
        last[0] = curve.x(seen.end - 1);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::super::data::Points;
    use super::*;

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
