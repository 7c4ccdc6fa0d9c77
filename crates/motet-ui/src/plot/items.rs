//! Series as egui_plot draws them.

use super::band::{Band, columns_of};
use super::cloud::{Cloud, FEW, Places, RADIUS, bearable, is_somewhere};
use super::crowd::Crowd;
use super::curve::{Curve, Seen};
use super::source::Shown;
use super::{Scale, Series, SeriesKind};
use egui::Color32;
use egui_plot::{Bar, BarChart, Line, PlotUi, Points as Dots};

/// How wide a line is.
const WIDTH: f32 = 1.75;

/// A series in one frame.
pub struct Drawn<'a> {
    pub index: usize,
    pub series: &'a Series,
    pub shown: Shown,
    pub color: Color32,
    /// Of a histogram; none while its values are counted.
    pub bars: Option<Bars>,
}

/// What a frame says to its series.
pub struct Frame {
    /// The part of x that is going to be seen, if that is known, in values.
    pub ends: Option<[f64; 2]>,
    /// Width and height of the plot.
    pub pixels: [f32; 2],
    /// What takes long is waited for.
    pub is_patient: bool,
}

/// Adds a series to a plot. True if it is to be drawn again, because something is still being worked out.
pub fn add(ui: &mut PlotUi<'_>, drawn: &Drawn<'_>, frame: &Frame, places: Places, cloud: &mut Cloud) -> bool {
    let Drawn { series, shown, color, .. } = drawn;
    let (color, curve, x_scale) = (*color, shown.curve(), places.x);
    let pixels = frame.pixels[0].max(1.0) as usize;
    let ends = frame.ends.map(|ends| ends.map(|x| x_scale.place(x))).unwrap_or_else(|| visible(ui, curve, x_scale));
    let thin = || -> Vec<[f64; 2]> { Seen::of(curve, x_scale, ends, pixels).points(curve) };
    let placed =
        |points: Vec<[f64; 2]>| -> Vec<[f64; 2]> { points.into_iter().map(|point| places.of(point)).collect() };
    match series.kind {
        SeriesKind::Line => {
            let seen = Seen::of(curve, x_scale, ends, pixels);
            let columns = seen.columns.as_ref().and_then(|columns| columns_of(columns, |point| places.of(point)));
            let points = placed(seen.points(curve));
            match columns {
                Some(columns) => ui.add(Band::new(series.name.to_string(), columns, &points, color, WIDTH)),
                None => {
                    for run in runs(points) {
                        ui.line(Line::new(&*series.name, run).color(color).width(WIDTH));
                    }
                }
            }
        }
        SeriesKind::Area => {
            let foot = places.y(0.0) as f32;
            let foot = if foot.is_finite() { foot } else { 0.0 };
            for run in runs(placed(thin())) {
                ui.line(Line::new(&*series.name, run).color(color).width(WIDTH).fill(foot).fill_alpha(0.14));
            }
        }
        SeriesKind::Scatter | SeriesKind::Errors => {
            let [bottom, top] = visible_heights(ui, curve, &places);
            let seen = [ends[0], ends[1], bottom, top];
            let (dots, is_awaited) = cloud.dots(shown, places, seen, frame.pixels, frame.is_patient);
            if series.kind == SeriesKind::Errors {
                for (index, _) in &dots {
                    let [x, y] = curve.point(*index);
                    let half = series.errors.as_ref().and_then(|errors| errors.ys.get(*index)).copied();
                    let half = half.unwrap_or_default();
                    for bar in runs(placed(vec![[x, y - half], [x, y + half]])) {
                        ui.line(Line::new("", bar).color(color).width(1.25).allow_hover(false));
                    }
                }
            }
            let dots: Vec<[f64; 2]> = dots.into_iter().map(|(_, place)| place).collect();
            match cloud.cell().filter(|_| dots.len() > FEW && color.is_opaque()) {
                Some(cell) => ui.add(Crowd::new(series.name.to_string(), &dots, cell, color)),
                None => ui.points(Dots::new(series.name.to_string(), dots).color(color).radius(RADIUS)),
            }
            return is_awaited;
        }
        SeriesKind::Bar => {
            let seen = curve.visible(x_scale.value(ends[0]), x_scale.value(ends[1]));
            // Where several bars share a pixel, it shows the lowest and the highest of them.
            let (points, wide) = if curve.is_sorted() && seen.len() > 4 * pixels {
                (thin(), (ends[1] - ends[0]) / pixels as f64)
            } else {
                ((0..curve.len()).map(|index| curve.point(index)).collect(), 0.7)
            };
            let points = points.into_iter().map(|[x, y]| [places.x(x), y]).filter(is_somewhere);
            let bars = points.map(|[x, y]| bar(x, y, wide, color, &places));
            ui.bar_chart(BarChart::new(series.name.to_string(), bars.collect()).color(color));
        }
        SeriesKind::Histogram => {
            let (bars, wide) = drawn.bars.clone().unwrap_or_default();
            let bars = bars.into_iter().map(|[x, count]| bar(x, count, wide * 0.94, color, &places));
            ui.bar_chart(BarChart::new(series.name.to_string(), bars.collect()).color(color));
        }
        // Below all others.
        SeriesKind::Heatmap => {}
    }
    false
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

/// The part of y that is seen, in places: what was seen in the last frame, or everything.
fn visible_heights(ui: &PlotUi<'_>, curve: &dyn Curve, places: &Places) -> [f64; 2] {
    let bounds = ui.plot_bounds();
    let all = curve.bounds().filter(|_| ui.auto_bounds().y).map(|bounds| [places.y(bounds[2]), places.y(bounds[3])]);
    let all = all.filter(|ends| ends.iter().all(|end| end.is_finite()));
    all.unwrap_or([bounds.min()[1], bounds.max()[1]])
}

/// A bar that stands on the zero line.
fn bar(x: f64, y: f64, width: f64, color: Color32, places: &Places) -> Bar {
    let (foot, head) = (places.y(0.0), places.y(y));
    // A logarithmic axis has no zero: its bars stand on the place 0, which is the value 1.
    let foot = if foot.is_finite() { foot } else { 0.0 };
    let head = if head.is_finite() { head } else { foot };
    Bar::new(x, head - foot).base_offset(foot).width(width).fill(color)
}

/// Middles and heights of the bars of a histogram, and how wide they are.
pub type Bars = (Vec<[f64; 2]>, f64);

/// So many bars of equal width.
pub fn histogram(curve: &dyn Curve, bins: usize) -> Bars {
    let finite = || (0..curve.len()).map(|index| curve.y(index)).filter(|value| value.is_finite()).map(bearable);
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
