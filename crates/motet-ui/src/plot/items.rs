//! Series as egui_plot draws them.

use super::curve::{Curve, thinned};
use super::source::Shown;
use super::{Scale, Series, SeriesKind};
use egui::Color32;
use egui_plot::{Bar, BarChart, Line, PlotUi, Points as Dots};

/// A series in one frame.
pub struct Drawn<'a> {
    pub index: usize,
    pub series: &'a Series,
    pub shown: Shown,
    pub color: Color32,
}

/// Adds a series to a plot. `ends`: the part of x that is going to be seen, if that is known; `y_place`: where a value of y
/// lies.
pub fn add(
    ui: &mut PlotUi<'_>,
    drawn: &Drawn<'_>,
    ends: Option<[f64; 2]>,
    pixels: usize,
    x_scale: Scale,
    y_place: &dyn Fn(f64) -> f64,
) {
    let Drawn { series, shown, color, .. } = drawn;
    let (color, curve) = (*color, shown.curve());
    let name = series.name.to_string();
    let ends = ends.map(|ends| ends.map(|x| x_scale.place(x))).unwrap_or_else(|| visible(ui, curve, x_scale));
    let placed = |points: Vec<[f64; 2]>| -> Vec<[f64; 2]> {
        points.into_iter().map(|[x, y]| [x_scale.place(x), y_place(y)]).collect()
    };
    let every = || -> Vec<[f64; 2]> {
        let seen = curve.visible(x_scale.value(ends[0]), x_scale.value(ends[1]));
        let points = placed(seen.map(|index| curve.point(index)).collect());
        points.into_iter().filter(is_somewhere).collect()
    };
    match series.kind {
        SeriesKind::Line => {
            for run in runs(placed(thinned(curve, x_scale, ends, pixels))) {
                ui.line(Line::new(&*series.name, run).color(color).width(1.75));
            }
        }
        SeriesKind::Area => {
            let foot = y_place(0.0) as f32;
            let foot = if foot.is_finite() { foot } else { 0.0 };
            for run in runs(placed(thinned(curve, x_scale, ends, pixels))) {
                ui.line(Line::new(&*series.name, run).color(color).width(1.75).fill(foot).fill_alpha(0.14));
            }
        }
        SeriesKind::Scatter => ui.points(Dots::new(name, every()).color(color).radius(3.5)),
        SeriesKind::Errors => {
            for index in 0..curve.len() {
                let [x, y] = curve.point(index);
                let half = series.errors.as_ref().and_then(|errors| errors.ys.get(index)).copied().unwrap_or_default();
                for bar in runs(placed(vec![[x, y - half], [x, y + half]])) {
                    ui.line(Line::new("", bar).color(color).width(1.25).allow_hover(false));
                }
            }
            ui.points(Dots::new(name, every()).color(color).radius(3.5));
        }
        SeriesKind::Bar => {
            let points = (0..curve.len()).map(|index| curve.point(index)).filter(is_somewhere);
            let bars = points.map(|[x, y]| bar(x, y, 0.7, color, y_place));
            ui.bar_chart(BarChart::new(name, bars.collect()).color(color));
        }
        SeriesKind::Histogram => {
            let (bars, wide) = histogram(curve, series.bins);
            let bars = bars.into_iter().map(|[x, count]| bar(x, count, wide * 0.94, color, y_place));
            ui.bar_chart(BarChart::new(name, bars.collect()).color(color));
        }
        // Below all others.
        SeriesKind::Heatmap => {}
    }
}

fn is_somewhere(point: &[f64; 2]) -> bool {
    point.iter().all(|place| place.is_finite())
}

/// The parts of a line between its gaps: points that lie nowhere.
fn runs(points: Vec<[f64; 2]>) -> Vec<Vec<[f64; 2]>> {
    if points.iter().all(is_somewhere) {
        return if points.is_empty() { Vec::new() } else { vec![points] };
    }
    points.split(|point| !is_somewhere(point)).filter(|run| !run.is_empty()).map(<[_]>::to_vec).collect()
}

/// The part of x that is seen, in places: what was seen in the last frame, or everything.
fn visible(ui: &PlotUi<'_>, curve: &dyn Curve, x_scale: Scale) -> [f64; 2] {
    let bounds = ui.plot_bounds();
    let all = curve.bounds().filter(|_| ui.auto_bounds().x).map(|bounds| {
        // A logarithmic axis begins with the first point that lies on it.
        let first = if x_scale == Scale::Log && bounds[0] <= 0.0 {
            let first = curve.index_at(f64::MIN_POSITIVE);
            if first < curve.len() { curve.x(first) } else { bounds[1] }
        } else {
            bounds[0]
        };
        [x_scale.place(first), x_scale.place(bounds[1])]
    });
    all.unwrap_or([bounds.min()[0], bounds.max()[0]])
}

/// A bar that stands on the zero line.
fn bar(x: f64, y: f64, width: f64, color: Color32, y_place: &dyn Fn(f64) -> f64) -> Bar {
    let (foot, head) = (y_place(0.0), y_place(y));
    // A logarithmic axis has no zero: its bars stand on the place 0, which is the value 1.
    let foot = if foot.is_finite() { foot } else { 0.0 };
    let head = if head.is_finite() { head } else { foot };
    Bar::new(x, head - foot).base_offset(foot).width(width).fill(color)
}

/// The height of the highest bar of a histogram.
pub fn highest_bar(curve: &dyn Curve, bins: usize) -> f64 {
    histogram(curve, bins).0.iter().fold(0.0, |highest, bar| bar[1].max(highest))
}

/// Middles and heights of so many bars of equal width.
fn histogram(curve: &dyn Curve, bins: usize) -> (Vec<[f64; 2]>, f64) {
    let finite = || (0..curve.len()).map(|index| curve.y(index)).filter(|value| value.is_finite());
    let (low, high) =
        finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (Vec::new(), 1.0);
    }
    let wide = if high > low { (high - low) / bins as f64 } else { 1.0 };
    let mut counts = vec![0.0; bins];
    for value in finite() {
        counts[(((value - low) / wide) as usize).min(bins - 1)] += 1.0;
    }
    let bars = counts.into_iter().enumerate().map(|(index, count)| [low + wide * (index as f64 + 0.5), count]);
    (bars.collect(), wide)
}

#[cfg(test)]
mod tests {
    use super::super::data::Points;
    use super::{histogram, runs};

    #[test]
    fn a_line_with_gaps_is_several() {
        let nan = f64::NAN;
        let all = runs(vec![[nan, 1.0], [0.0, 1.0], [1.0, 2.0], [2.0, nan], [3.0, f64::INFINITY], [4.0, 5.0]]);
        assert_eq!(all, [vec![[0.0, 1.0], [1.0, 2.0]], vec![[4.0, 5.0]]]);
        assert_eq!(runs(vec![[0.0, 1.0]]), [[[0.0, 1.0]]]);
        assert_eq!(runs(vec![[nan, nan]]), Vec::<Vec<[f64; 2]>>::new());
    }

    #[test]
    fn every_value_is_counted_once() {
        let of = |values: &[f64]| histogram(&Points::new(Vec::new(), values.to_vec(), 0), 5);
        let (bars, wide) = of(&[0.0, 1.0, 2.0, 10.0, f64::NAN]);
        assert_eq!((bars.len(), wide), (5, 2.0));
        assert_eq!(bars.iter().map(|bar| bar[1]).collect::<Vec<_>>(), [2.0, 1.0, 0.0, 0.0, 1.0]);
        assert_eq!(of(&[]).0.len(), 0);
        assert_eq!(of(&[3.0, 3.0]).0[0], [3.5, 2.0]);
    }
}
