//! A plot on the screen: title and legend in its head, and below it what egui_plot gives (axes, zoom, pan, hover), with
//! series that are thinned out to the pixels there are.

use super::axis::{label, marks, short};
use super::data::{Points, SeriesData, points_of};
use super::map::{BAR, Painted};
use super::{Axis, Plot, Scale, Series, SeriesKind};
use crate::binding::is_same;
use crate::look::{LABEL, Tokens};
use crate::style::Style;
use crate::tree::Node;
use crate::view::text::Face;
use crate::view::{Memory, Pass};
use crate::widgets::{id_of, line, name_of};
use egui::{
    Color32, FontFamily, FontId, Id, Rangef, Rect, Response, RichText, Role, Sense, Stroke, Ui, UiBuilder, Vec2,
    WidgetInfo, pos2, vec2,
};
use egui_plot::{AxisHints, Bar, BarChart, GridInput, HoverPosition, Line, PlotPoint, PlotUi, Points as Dots};
use motet_vm::memory::Frozen;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What a plot remembers from frame to frame.
#[derive(Default)]
pub struct Seen {
    /// Series that the user has hidden.
    hidden: HashSet<usize>,
    /// The values of signals, and the points that were made of them.
    points: HashMap<usize, (Frozen, Arc<Points>)>,
    /// Heat maps as they were painted last.
    maps: HashMap<usize, Painted>,
    /// The plot was moved or zoomed by the user.
    was_moved: bool,
}

/// Height of the head.
const HEAD: f32 = 28.0;
/// Size of the labels of ticks.
const TICK: f32 = 11.0;

/// The points of a series, made anew only if its signal has changed.
fn points(seen: &mut Seen, index: usize, source: &SeriesData) -> Option<Arc<Points>> {
    match source {
        SeriesData::Fixed(points) => Some(points.clone()),
        SeriesData::Bound(binding) => {
            let value = binding.value().ok()?;
            if let Some((known, points)) = seen.points.get(&index)
                && is_same(known, &value)
            {
                return Some(points.clone());
            }
            let points = Arc::new(points_of(value.value()).ok()?);
            seen.points.insert(index, (value, points.clone()));
            Some(points)
        }
    }
}

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, plot: &Plot, rect: Rect, memory: &mut Memory) -> Response {
    let tokens = pass.tokens;
    let seen = memory.plots.entry(node.id).or_default();
    let color = |index: usize, series: &Series| match series.color {
        Some(paint) => paint.color(tokens),
        None => tokens.series[index % tokens.series.len()],
    };
    head(pass, ui, node, plot, rect, seen, &color);
    let mut body = Rect::from_min_max(rect.min + vec2(0.0, HEAD), rect.max);
    let mut all: Vec<(usize, &Series, Arc<Points>)> = Vec::new();
    for (index, series) in plot.series.iter().enumerate() {
        if !seen.hidden.contains(&index)
            && let Some(points) = points(seen, index, &series.data)
        {
            all.push((index, series, points));
        }
    }
    let (x_scale, y_scale) = (plot.x.scale, plot.y.scale);
    let is_map = all.iter().any(|(_, series, _)| series.kind == SeriesKind::Heatmap);
    for (index, _, points) in all.iter().filter(|(_, series, _)| series.kind == SeriesKind::Heatmap) {
        let former = seen.maps.remove(index);
        if let Some(painted) = Painted::of(ui, former, points, &plot.map) {
            seen.maps.insert(*index, painted);
        }
    }
    let with_bar = body;
    if is_map {
        body.max.x -= BAR;
    }
    let is_cloud = all.iter().any(|(_, series, _)| series.kind == SeriesKind::Scatter) || x_scale == Scale::Log;
    let mut inner = ui.new_child(UiBuilder::new().max_rect(body).id_salt(node.id));
    inner.style_mut().visuals.weak_text_color = Some(tokens.text_faint);
    let mut chart = egui_plot::Plot::new(("motet plot", node.id))
        .id(id_of(node).with("plot"))
        .show_background(false)
        .show_grid([is_cloud && !is_map, !is_map])
        .grid_color(tokens.grid)
        .cursor_color(tokens.crosshair)
        .set_margin_fraction(vec2(0.0, 0.05))
        .width(body.width())
        .height(body.height())
        .x_grid_spacer(move |input: GridInput| marks(x_scale, &input, 56.0))
        .y_grid_spacer(move |input: GridInput| marks(y_scale, &input, 36.0))
        .grid_spacing(EVERY)
        .custom_x_axes(vec![hints(AxisHints::new_x(), &plot.x, tokens)])
        .custom_y_axes(vec![hints(AxisHints::new_y(), &plot.y, tokens)])
        .label_formatter(move |hover| Some(hover_text(hover, x_scale, y_scale)));
    if let Some(group) = &plot.group {
        let group = Id::unique(("motet plots", &**group));
        chart = chart.link_axis(group, [true, false]).link_cursor(group, [true, false]);
    }
    for (axis, scale, is_x) in [(&plot.x, x_scale, true), (&plot.y, y_scale, false)] {
        if let [Some(low), Some(high)] = axis.range.map(|end| end.map(|end| scale.place(end)))
            && low < high
        {
            chart = if is_x { chart.default_x_bounds(low, high) } else { chart.default_y_bounds(low, high) };
        }
    }
    let maps: Vec<(&Painted, Option<[f64; 4]>)> =
        all.iter().filter_map(|(index, series, _)| Some((seen.maps.get(index)?, series.extent))).collect();
    let pixels = body.width().max(1.0) as usize;
    let follows = plot.follows.filter(|_| !seen.was_moved);
    let series_colors: Vec<Color32> = all.iter().map(|(index, series, _)| color(*index, series)).collect();
    let shown = chart.show(&mut inner, |ui| {
        if let Some(wide) = follows {
            follow(ui, &all, wide);
        }
        for (painted, extent) in &maps {
            painted.add(ui, plot.title.to_string(), *extent);
        }
        for ((_, series, points), color) in all.iter().zip(&series_colors) {
            add(ui, series, points, *color, pixels, [x_scale, y_scale]);
        }
    });
    if let Some((painted, extent)) = maps.first() {
        let frame = *shown.transform.frame();
        let area = Rect::from_min_max(pos2(body.right(), frame.top()), pos2(with_bar.right(), frame.bottom()));
        painted.bar(ui, area, &plot.map, tokens);
        if let Some(pointer) = shown.response.hover_pos() {
            let place = shown.transform.value_from_position(pointer);
            if let Some(value) = painted.value_at([place.x, place.y], *extent) {
                shown.response.clone().on_hover_text_at_pointer(short(value));
            }
        }
    }
    if shown.response.dragged()
        || shown.response.hovered() && ui.input(|input| input.smooth_scroll_delta() != Vec2::ZERO)
    {
        seen.was_moved = true;
    }
    if shown.response.double_clicked() {
        seen.was_moved = false;
    }
    let response = shown.response;
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Figure, true, name_of(node, if plot.title.is_empty() { "plot" } else { &plot.title }))
    });
    response
}

/// Lines and labels that lie so far apart are drawn as strongly as any: which ones there are is decided elsewhere.
const EVERY: Rangef = Rangef { min: 1.0, max: 2.0 };

/// How an axis is labelled.
fn hints<'a>(hints: AxisHints<'a>, axis: &Axis, tokens: &Tokens) -> AxisHints<'a> {
    let scale = axis.scale;
    hints
        .label(RichText::new(&*axis.label).size(LABEL.0).color(tokens.text_secondary))
        .formatter(move |mark, _| label(scale, mark))
        .label_spacing(EVERY)
        .tick_label_color(tokens.text_faint)
        .tick_label_font(FontId::new(TICK, FontFamily::Proportional))
}

/// Shows the newest points.
fn follow(ui: &mut PlotUi<'_>, all: &[(usize, &Series, Arc<Points>)], wide: f64) {
    let last = all
        .iter()
        .filter_map(|(_, _, points)| points.bounds())
        .map(|bounds| bounds[1])
        .fold(f64::NEG_INFINITY, f64::max);
    if last.is_finite() {
        ui.set_plot_bounds_x(last - wide..=last);
    }
}

/// Title and legend.
fn head(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    plot: &Plot,
    rect: Rect,
    seen: &mut Seen,
    color: &dyn Fn(usize, &Series) -> Color32,
) {
    let tokens = pass.tokens;
    let face = Face { weight: 600, ..Face::default() };
    let title = line(pass.context, &plot.title, &face, &Style::default(), tokens.text);
    ui.painter().galley(rect.min, title, tokens.text);
    if !plot.has_legend {
        return;
    }
    let mut right = rect.right();
    for (index, series) in plot.series.iter().enumerate().rev().filter(|(_, series)| !series.name.is_empty()) {
        let is_hidden = seen.hidden.contains(&index);
        let words = if is_hidden { tokens.text_faint } else { tokens.text_secondary };
        let face = Face { size: LABEL.0, line: LABEL.1, ..Face::default() };
        let style = Style { is_struck: is_hidden, ..Style::default() };
        let galley = line(pass.context, &series.name, &face, &style, words);
        let left = right - galley.size().x - 16.0;
        let area = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.top() + 20.0));
        let response = ui.interact(area, Id::unique(("motet legend", node.id, index)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, !is_hidden, &*series.name));
        if response.clicked() && !seen.hidden.remove(&index) {
            seen.hidden.insert(index);
        }
        let swatch = Rect::from_min_size(pos2(left, area.center().y - 5.0), Vec2::splat(10.0));
        if is_hidden {
            ui.painter().rect_stroke(swatch, 3.0, Stroke::new(1.0, tokens.stroke_control), egui::StrokeKind::Inside);
        } else {
            ui.painter().rect_filled(swatch, 3.0, color(index, series));
        }
        ui.painter().galley(pos2(left + 16.0, area.center().y - galley.size().y / 2.0), galley, words);
        right = left - 14.0;
    }
}

fn hover_text(hover: &HoverPosition<'_>, x_scale: Scale, y_scale: Scale) -> String {
    let place = |position: &PlotPoint| (short(x_scale.value(position.x)), short(y_scale.value(position.y)));
    match hover {
        HoverPosition::NearDataPoint { plot_name, position, .. } => {
            let (x, y) = place(position);
            if plot_name.is_empty() { format!("{x}, {y}") } else { format!("{plot_name}\n{x}, {y}") }
        }
        HoverPosition::Elsewhere { position } => {
            let (x, y) = place(position);
            format!("{x}, {y}")
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "a series, and how it is drawn")]
fn add<'a>(
    ui: &mut PlotUi<'a>,
    series: &Series,
    points: &Points,
    color: Color32,
    pixels: usize,
    [x_scale, y_scale]: [Scale; 2],
) {
    let name = series.name.to_string();
    let bounds = ui.plot_bounds();
    let placed = |points: Vec<[f64; 2]>| -> Vec<[f64; 2]> {
        points.into_iter().map(|[x, y]| [x_scale.place(x), y_scale.place(y)]).collect()
    };
    let visible = || {
        let is_auto = ui.auto_bounds().x;
        let ends = points.bounds().filter(|_| is_auto).map(|bounds| [bounds[0], bounds[1]]);
        ends.unwrap_or([x_scale.value(bounds.min()[0]), x_scale.value(bounds.max()[0])])
    };
    match series.kind {
        SeriesKind::Line => {
            let [left, right] = visible();
            ui.line(Line::new(name, placed(points.line(left, right, pixels))).color(color).width(1.75));
        }
        SeriesKind::Area => {
            let [left, right] = visible();
            let line = Line::new(name, placed(points.line(left, right, pixels))).color(color).width(1.75);
            ui.line(line.fill(0.0).fill_alpha(0.14));
        }
        SeriesKind::Scatter => {
            let all = placed((0..points.len()).map(|index| points.point(index)).collect());
            ui.points(Dots::new(name, all).color(color).radius(3.5));
        }
        SeriesKind::Errors => {
            let all: Vec<[f64; 2]> = placed((0..points.len()).map(|index| points.point(index)).collect());
            for (index, [x, _]) in all.iter().enumerate() {
                let half = series.errors.as_ref().and_then(|errors| errors.ys.get(index)).copied().unwrap_or_default();
                let ends =
                    vec![[*x, y_scale.place(points.ys[index] - half)], [*x, y_scale.place(points.ys[index] + half)]];
                ui.line(Line::new("", ends).color(color).width(1.25).allow_hover(false));
            }
            ui.points(Dots::new(name, all).color(color).radius(3.5));
        }
        SeriesKind::Bar => {
            let bars =
                (0..points.len()).map(|index| Bar::new(points.x(index), points.ys[index]).width(0.7).fill(color));
            ui.bar_chart(BarChart::new(name, bars.collect()).color(color));
        }
        SeriesKind::Histogram => {
            let (bars, wide) = histogram(&points.ys, series.bins);
            let bars = bars.into_iter().map(|[x, count]| Bar::new(x, count).width(wide * 0.94).fill(color));
            ui.bar_chart(BarChart::new(name, bars.collect()).color(color));
        }
        // Below all others.
        SeriesKind::Heatmap => {}
    }
}

/// Middles and heights of so many bars of equal width.
fn histogram(values: &[f64], bins: usize) -> (Vec<[f64; 2]>, f64) {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
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
    use super::histogram;

    #[test]
    fn every_value_is_counted_once() {
        let (bars, wide) = histogram(&[0.0, 1.0, 2.0, 10.0, f64::NAN], 5);
        assert_eq!((bars.len(), wide), (5, 2.0));
        assert_eq!(bars.iter().map(|bar| bar[1]).collect::<Vec<_>>(), [2.0, 1.0, 0.0, 0.0, 1.0]);
        assert_eq!(histogram(&[], 5).0.len(), 0);
        assert_eq!(histogram(&[3.0, 3.0], 5).0[0], [3.5, 2.0]);
    }
}
