//! A plot on the screen: title and legend in its head, and below it what egui_plot gives (axes, zoom, pan, hover), with
//! series that are thinned out to the pixels there are.

use super::axis::{label, marks, short};
use super::cloud::{Cloud, Places, SOME, bearable};
use super::items::{self, Bars, Drawn, Frame};
use super::later::Later;
use super::map::{BAR, Painted};
use super::pyramid::{EMPTY, Span, join, span_of};
use super::second::{self, ROOM, Second};
use super::source::{Made, Shown};
use super::{Axis, Plot, Scale, Series, SeriesKind, follow};
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
use egui_plot::{AxisHints, GridInput, GridMark, HoverPosition, PlotBounds, PlotPoint};
use std::collections::{HashMap, HashSet};

/// What a plot remembers from frame to frame.
#[derive(Default)]
pub struct Seen {
    /// Series that the user has hidden.
    hidden: HashSet<usize>,
    /// What was made of the values of signals.
    made: HashMap<usize, Made>,
    /// Heat maps as they were painted last.
    maps: HashMap<usize, Painted>,
    /// Dots of series with very many points.
    clouds: HashMap<usize, Cloud>,
    histograms: HashMap<usize, Later<(Shown, usize), Bars>>,
    /// The plot was moved or zoomed by the user.
    was_moved: bool,
    /// How far the y axis of a plot reaches that follows its newest points.
    reach: follow::Reach,
    /// How the second axis lay to the first when the user moved the plot.
    second: Option<Second>,
}

/// Height of the head.
const HEAD: f32 = 28.0;
/// Size of the labels of ticks.
pub const TICK: f32 = 11.0;

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, plot: &Plot, rect: Rect, memory: &mut Memory) -> Response {
    let tokens = pass.tokens;
    let seen = memory.plots.entry(node.id).or_default();
    let color = |index: usize, series: &Series| match series.color {
        Some(paint) => paint.color(tokens),
        None => tokens.series[index % tokens.series.len()],
    };
    head(pass, ui, node, plot, rect, seen, &color);
    let mut body = Rect::from_min_max(rect.min + vec2(0.0, HEAD), rect.max);
    let mut all: Vec<Drawn<'_>> = Vec::new();
    for (index, series) in plot.series.iter().enumerate().filter(|(index, _)| !seen.hidden.contains(index)) {
        let (shown, awaits) = seen.made.entry(index).or_default().look(&series.data, pass.link);
        if awaits {
            ui.ctx().request_repaint();
        }
        let Some(shown) = shown else { continue };
        let bars = (series.kind == SeriesKind::Histogram).then(|| {
            let (there, bins) = (shown.clone(), series.bins);
            let at_once = pass.link.is_test() || shown.curve().len() <= SOME;
            let of = (shown.clone(), bins);
            let later = seen.histograms.entry(index).or_default();
            let (bars, awaits) = later.look(of, at_once, move || items::histogram(there.curve(), bins));
            if awaits {
                ui.ctx().request_repaint();
            }
            bars.cloned()
        });
        all.push(Drawn { index, series, shown, color: color(index, series), bars: bars.flatten() });
    }
    paint_maps(ui, plot, &all, seen);
    let is_map = all.iter().any(|drawn| drawn.series.kind == SeriesKind::Heatmap);
    let with_bar = body;
    if is_map {
        body.max.x -= BAR;
    }
    let (x_scale, y_scale) = (plot.x.scale, plot.y.scale);
    let follows = plot.follows.filter(|_| !seen.was_moved).and_then(|wide| newest(&all, wide));
    let reach = follows.filter(|_| plot.y.range == [None; 2]).and_then(|ends| {
        let values = all.iter().filter(|drawn| !drawn.series.is_right).map(|drawn| drawn.span_between(ends));
        let places = second::reach(&plot.y, values);
        seen.reach.for_values(places, ui.input(|input| input.time))
    });
    let has_second = plot.series.iter().any(|series| series.is_right);
    let second = has_second.then(|| {
        let of = |is_right: bool| all.iter().filter(move |drawn| drawn.series.is_right == is_right);
        let first = reach.unwrap_or_else(|| second::reach(&plot.y, of(false).map(Drawn::extent)));
        let second = second::reach(&plot.y2, of(true).map(Drawn::extent));
        seen.second.filter(|_| seen.was_moved).unwrap_or_else(|| Second::new(first, second))
    });
    seen.second = second;
    if has_second {
        body.max.x -= ROOM;
    }
    // What goes to and fro in x does not begin and end at the edges.
    let is_loose = |drawn: &Drawn<'_>| drawn.series.kind == SeriesKind::Scatter || !drawn.shown.curve().is_sorted();
    let is_loose = all.iter().any(is_loose) && !is_map;
    let is_cloud = is_loose || x_scale == Scale::Log;
    let mut inner = ui.new_child(UiBuilder::new().max_rect(body).id_salt(node.id));
    inner.style_mut().visuals.weak_text_color = Some(tokens.text_faint);
    let axis_color = |is_right: bool| label_color(plot, is_right, has_second, &color, tokens);
    let on_right: Vec<String> =
        plot.series.iter().filter(|series| series.is_right).map(|series| series.name.to_string()).collect();
    let y2_scale = plot.y2.scale;
    let mut chart = egui_plot::Plot::new(("motet plot", node.id))
        .id(id_of(node).with("plot"))
        .show_background(false)
        .show_grid([is_cloud && !is_map, !is_map])
        .grid_color(tokens.grid)
        .cursor_color(tokens.crosshair)
        .set_margin_fraction(vec2(if is_loose { 0.03 } else { 0.0 }, 0.05))
        .width(body.width())
        .height(body.height())
        .x_grid_spacer(move |input: GridInput| marks(x_scale, &input, 56.0))
        .y_grid_spacer(move |input: GridInput| marks(y_scale, &input, 30.0))
        .grid_spacing(EVERY)
        .custom_x_axes(vec![hints(AxisHints::new_x(), &plot.x, tokens.text_secondary, tokens)])
        .custom_y_axes(vec![hints(AxisHints::new_y(), &plot.y, axis_color(false), tokens)])
        .label_formatter(move |hover| {
            let right = second.filter(|_| is_on_right(hover, &on_right));
            let y = |place: f64| match right {
                Some(second) => y2_scale.value(second.on_second(place)),
                None => y_scale.value(place),
            };
            Some(hover_text(hover, |place| x_scale.value(place), y))
        });
    if let Some(group) = &plot.group {
        let group = Id::unique(("motet plots", &**group));
        chart = chart.link_axis(group, [true, false]).link_cursor(group, [true, false]);
    }
    for (axis, scale, is_x) in [(&plot.x, x_scale, true), (&plot.y, y_scale, false)] {
        let said = axis.range.map(|end| end.map(|end| bearable(scale.place(end))));
        let ends = match said {
            [Some(low), Some(high)] => Some([low, high]),
            _ => flat(&all, scale, is_x),
        };
        if let Some([low, high]) = ends.filter(|[low, high]| low < high) {
            chart = if is_x { chart.default_x_bounds(low, high) } else { chart.default_y_bounds(low, high) };
        }
    }
    let maps: Vec<(&Painted, Option<[f64; 4]>)> =
        all.iter().filter_map(|drawn| Some((seen.maps.get(&drawn.index)?, drawn.series.extent))).collect();
    let frame = Frame { ends: follows, pixels: [body.width(), body.height()], is_patient: pass.link.is_test() };
    let clouds = &mut seen.clouds;
    let shown = chart.show(&mut inner, |ui| {
        let follows = follows.map(|ends| ends.map(|x| bearable(x_scale.place(x))));
        if let Some([left, right]) = follows.filter(|[left, right]| left < right) {
            ui.set_plot_bounds_x(left..=right);
        }
        if let Some([low, high]) = reach.map(|ends| ends.map(bearable)).filter(|[low, high]| low < high) {
            ui.set_plot_bounds_y(low..=high);
        }
        for (painted, extent) in &maps {
            painted.add(ui, plot.title.to_string(), *extent);
        }
        for drawn in &all {
            let second = second.filter(|_| drawn.series.is_right);
            let y = if second.is_some() { y2_scale } else { y_scale };
            let places = Places { x: x_scale, y, second };
            if items::add(ui, drawn, &frame, places, clouds.entry(drawn.index).or_default()) {
                ui.ctx().request_repaint();
            }
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
    if let Some(second) = second {
        second.paint(ui, &shown.transform, &plot.y2, axis_color(true), tokens, body.right() + ROOM);
    }
    let bounds = *shown.transform.bounds();
    let frame = *shown.transform.frame();
    let response = shown.response;
    if response.dragged() || response.hovered() && ui.input(|input| input.smooth_scroll_delta() != Vec2::ZERO) {
        seen.was_moved = true;
    }
    let goes_on =
        plot.follows.is_some() && seen.was_moved && follow::button(ui, pass.context, id_of(node), frame, tokens);
    if response.double_clicked() || goes_on {
        seen.was_moved = false;
    }
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Figure, true, name_of(node, if plot.title.is_empty() { "plot" } else { &plot.title }))
    });
    ui.ctx().accesskit_node_builder(response.id, |builder| builder.set_value(described(plot, &bounds, second)));
    response
}

/// What the axes show, for those who do not see it.
fn described(plot: &Plot, bounds: &PlotBounds, second: Option<Second>) -> String {
    let ends = |name: &str, axis: &Axis, low: f64, high: f64| {
        let end = |place: f64| match axis.scale {
            Scale::Time => label(Scale::Time, GridMark { value: place, step_size: 1.0 }),
            scale => short(scale.value(place)),
        };
        format!("{name} {} to {}", end(low), end(high))
    };
    let (low, high) = (bounds.min(), bounds.max());
    let mut text = ends("x", &plot.x, low[0], high[0]) + ", " + &ends("y", &plot.y, low[1], high[1]);
    if let Some(second) = second {
        text += ", ";
        text += &ends("right", &plot.y2, second.on_second(low[1]), second.on_second(high[1]));
    }
    text
}

/// Paints the heat maps that have changed.
fn paint_maps(ui: &Ui, plot: &Plot, all: &[Drawn<'_>], seen: &mut Seen) {
    for drawn in all.iter().filter(|drawn| drawn.series.kind == SeriesKind::Heatmap) {
        let former = seen.maps.remove(&drawn.index);
        if let Some(points) = drawn.shown.points()
            && let Some(painted) = Painted::of(ui, former, points, &plot.map)
        {
            seen.maps.insert(drawn.index, painted);
        }
    }
}

/// The colour of an axis's label. Where there are two y axes, it is that of the only series that the axis has.
fn label_color(
    plot: &Plot,
    is_right: bool,
    has_second: bool,
    color: &dyn Fn(usize, &Series) -> Color32,
    tokens: &Tokens,
) -> Color32 {
    let mut own = plot.series.iter().enumerate().filter(|(_, series)| series.is_right == is_right);
    match (own.next(), own.next()) {
        (Some((index, series)), None) if has_second => color(index, series),
        _ => tokens.text_secondary,
    }
}

/// Lines and labels that lie so far apart are drawn as strongly as any: which ones there are is decided elsewhere.
const EVERY: Rangef = Rangef { min: 1.0, max: 2.0 };

/// How an axis is labelled.
fn hints<'a>(hints: AxisHints<'a>, axis: &Axis, color: Color32, tokens: &Tokens) -> AxisHints<'a> {
    let scale = axis.scale;
    hints
        .label(RichText::new(&*axis.label).size(LABEL.0).color(color))
        .formatter(move |mark, _| label(scale, mark))
        .label_spacing(EVERY)
        .tick_label_color(tokens.text_faint)
        .tick_label_font(FontId::new(TICK, FontFamily::Proportional))
}

/// What an axis shows whose values are large and all alike: the next numbers are too far away for the width that egui_plot
/// would give it.
fn flat(all: &[Drawn<'_>], scale: Scale, is_x: bool) -> Option<Span> {
    let of = |drawn: &Drawn<'_>| match is_x {
        true if drawn.series.kind == SeriesKind::Histogram => {
            span_of(drawn.bars.iter().flat_map(|(bars, _)| bars).map(|bar| bar[0]))
        }
        true => drawn.shown.curve().bounds().map_or(EMPTY, |bounds| [bounds[0], bounds[1]]),
        false => drawn.extent(),
    };
    let spans = all.iter().filter(|drawn| is_x || !drawn.series.is_right).map(of);
    let [low, high] = spans.map(|span| span.map(|value| bearable(scale.place(value)))).fold(EMPTY, join);
    let size = low.abs().max(high.abs());
    let is_flat = low <= high && low.is_finite() && high.is_finite() && size > LARGE && high - low < size * 1e-12;
    is_flat.then_some([low - size * 0.1, high + size * 0.1])
}

/// From here on numbers may be too far apart.
const LARGE: f64 = 1e9;

/// The ends of the newest part of all series, which is so wide.
fn newest(all: &[Drawn<'_>], wide: f64) -> Option<[f64; 2]> {
    let lasts = all.iter().filter_map(|drawn| drawn.shown.curve().bounds()).map(|bounds| bounds[1]);
    let last = lasts.fold(f64::NEG_INFINITY, f64::max);
    last.is_finite().then_some([last - wide, last])
}

impl Drawn<'_> {
    /// Lowest and highest of what lies between two values of x.
    fn span_between(&self, [left, right]: [f64; 2]) -> Span {
        let curve = self.shown.curve();
        if !curve.is_sorted() {
            // Which points lie in between, only a look at all of them would say.
            return self.extent();
        }
        let range = curve.visible(left, right);
        curve.span(range.start, range.end)
    }

    /// How far it reaches in y. What stands on the zero line reaches down to it.
    fn extent(&self) -> Span {
        let curve = self.shown.curve();
        let span = curve.bounds().map_or(EMPTY, |bounds| [bounds[2], bounds[3]]);
        match self.series.kind {
            SeriesKind::Bar | SeriesKind::Area if span != EMPTY => join(span, [0.0, 0.0]),
            SeriesKind::Histogram => {
                let bars = self.bars.iter().flat_map(|(bars, _)| bars);
                [0.0, bars.fold(0.0, |highest, bar| bar[1].max(highest))]
            }
            _ => span,
        }
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

/// The values of the point that is hovered over belong to the axis at the right.
fn is_on_right(hover: &HoverPosition<'_>, names: &[String]) -> bool {
    matches!(hover, HoverPosition::NearDataPoint { plot_name, .. } if names.iter().any(|name| name == plot_name))
}

fn hover_text(hover: &HoverPosition<'_>, x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) -> String {
    let place = |position: &PlotPoint| (short(x(position.x)), short(y(position.y)));
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
