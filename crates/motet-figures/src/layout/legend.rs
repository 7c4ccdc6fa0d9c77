//! Names of series: beside the ends of their lines, in a corner where no data lies, or in a row above the axes.

use super::layers::{LINE_WIDTH, MARKERS};
use super::metrics::Metrics;
use super::panel::{Drawing, corner_of};
use crate::color::{Color, Paint};
use crate::figure::{Corner, Kind, Legend, Panel};
use crate::font::Weight;
use crate::scene::{Anchor, Area, Dash, Marker, Point, Scene, Shape, Stroke, Text};
use crate::theme::Theme;
use std::ops::Range;

/// The name of a series, and what shows which one it is.
pub struct Entry {
    text: String,
    layer: usize,
    color: Color,
    /// For the name, if it stands beside the line.
    words: Color,
    has_line: bool,
    dash: Dash,
    width: f64,
    marker: Option<Marker>,
    has_box: bool,
    alpha: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    None,
    /// In a corner; if there is no free one, false is answered.
    Free,
    At(Corner),
    Ends,
    Top,
}

pub fn entries(panel: &Panel, paints: &[Paint], theme: &Theme) -> Vec<Entry> {
    let entry = |(index, layer): (usize, &std::sync::Arc<crate::figure::Layer>)| {
        let text = layer.label.as_ref()?.to_string();
        let paint = paints[index];
        let is_rule = matches!(layer.kind, Kind::Rules { .. });
        let color = if is_rule && layer.color.is_none() { theme.text } else { theme.paint(paint) };
        let is_scatter = matches!(layer.kind, Kind::Scatter { .. });
        let of_series = match paint {
            Paint::Series(index) => MARKERS[index % MARKERS.len()],
            Paint::Fixed(_) => Marker::Circle,
        };
        let has_line = is_rule || matches!(layer.kind, Kind::Line { .. } | Kind::Contour { is_filled: false, .. });
        let has_box = matches!(
            layer.kind,
            Kind::Bars(_)
                | Kind::Band { .. }
                | Kind::Strip { .. }
                | Kind::Heat { .. }
                | Kind::Contour { is_filled: true, .. }
        );
        let alpha = match &layer.kind {
            Kind::Bars(bars) if bars.is_histogram => layer.alpha.unwrap_or(0.45),
            Kind::Band { .. } | Kind::Strip { .. } => layer.alpha.unwrap_or(0.3).max(0.3),
            _ => layer.alpha.unwrap_or(1.0),
        };
        Some(Entry {
            text,
            layer: index,
            color,
            words: theme.words(paint),
            has_line,
            dash: layer.dash.unwrap_or(if is_rule { Dash::Dashed } else { Dash::Solid }),
            width: layer.width.unwrap_or(if is_rule { 1.0 } else { LINE_WIDTH }),
            marker: if is_scatter { Some(layer.marker.unwrap_or(of_series)) } else { layer.marker },
            has_box,
            alpha,
        })
    };
    panel.layers.iter().enumerate().filter_map(entry).collect()
}

/// Where the legend goes.
pub fn place(panel: &Panel, entries: &[Entry], metrics: &Metrics) -> Place {
    if entries.is_empty() || panel.legend == Legend::None {
        return Place::None;
    }
    if metrics.is_terminal {
        return Place::Top;
    }
    match panel.legend {
        Legend::Top => Place::Top,
        Legend::Ends => Place::Ends,
        legend => match corner_of(legend) {
            Some(corner) => Place::At(corner),
            None if ends_suit(panel, entries) => Place::Ends,
            None => Place::Free,
        },
    }
}

/// A few plain lines that end together are named beside their ends.
fn ends_suit(panel: &Panel, entries: &[Entry]) -> bool {
    const MOST: usize = 4;
    if !(2..=MOST).contains(&entries.len()) || panel.x.is_reversed || panel.x.limits[1].is_some() {
        return false;
    }
    let mut last = None;
    entries.iter().all(|entry| {
        let layer = &panel.layers[entry.layer];
        let Kind::Line { x, y, .. } = &layer.kind else { return false };
        let is_plain =
            layer.marker.is_none() && !layer.is_right && layer.y_errors.is_none() && layer.x_errors.is_none();
        let end = x.last().copied().filter(|end| end.is_finite() && y.last().is_some_and(|y| y.is_finite()));
        let is_together = last.is_none() || last == end;
        last = last.or(end);
        let is_sorted = x.len() > 1 && x.windows(2).all(|pair| pair[0] <= pair[1]);
        is_plain && end.is_some() && is_together && is_sorted
    }) && panel.layers.iter().all(|layer| {
        matches!(&layer.kind, Kind::Line { x, .. } | Kind::Band { x, .. } if x.last().copied() == last)
            || matches!(&layer.kind, Kind::Rules { .. } | Kind::Words(_))
    })
}

/// The width of the names beside the ends.
pub fn ends_width(entries: &[Entry], metrics: &Metrics) -> f64 {
    let width = |entry: &Entry| (metrics.measure)(&entry.text, metrics.tick, Weight::Medium);
    entries.iter().map(width).fold(0.0, f64::max) + metrics.gap
}

/// The sample before a name takes so much.
fn sample_width(entry: &Entry, metrics: &Metrics) -> f64 {
    if metrics.is_terminal {
        2.0 * 8.0
    } else if entry.has_line {
        28.0
    } else {
        17.0
    }
}

fn entry_width(entry: &Entry, metrics: &Metrics) -> f64 {
    sample_width(entry, metrics) + metrics.width(&entry.text, metrics.tick)
}

const BETWEEN: f64 = 18.0;

/// The names in rows of a width: which entry begins each row.
fn rows(entries: &[Entry], width: f64, metrics: &Metrics) -> Vec<Range<usize>> {
    let room = width - metrics.margin[0] - metrics.margin[2];
    let mut rows: Vec<Range<usize>> = Vec::new();
    let mut taken = f64::INFINITY;
    for (index, entry) in entries.iter().enumerate() {
        let need = entry_width(entry, metrics) + BETWEEN;
        match rows.last_mut() {
            Some(row) if taken + need - BETWEEN <= room => {
                row.end = index + 1;
                taken += need;
            }
            _ => {
                rows.push(index..index + 1);
                taken = need;
            }
        }
    }
    rows
}

pub fn row_height(entries: &[Entry], width: f64, metrics: &Metrics) -> f64 {
    let row = metrics.tick * metrics.leading;
    rows(entries, width, metrics).len() as f64 * row + if metrics.is_terminal { 0.0 } else { 8.0 }
}

fn text(entry: &Entry, at: Point, metrics: &Metrics, color: Color) -> Shape {
    Shape::Text(Text {
        at: [at[0], at[1] + metrics.below_middle(metrics.tick)],
        text: entry.text.clone(),
        size: metrics.tick,
        weight: Weight::Regular,
        color,
        anchor: Anchor::Start,
        turns: 0,
        faint: None,
    })
}

/// A sample and a name, whose line has its middle at `at`.
fn draw_entry(scene: &mut Scene, entry: &Entry, at: Point, metrics: &Metrics, theme: &Theme) {
    let color = entry.color.faded(entry.alpha);
    if metrics.is_terminal {
        let area = Area { left: at[0], top: at[1] - 2.0, width: 8.0, height: 4.0 };
        scene.shapes.push(Shape::Box { area, fill: entry.color, radius: 0.0 });
    } else if entry.has_box {
        let area = Area { left: at[0], top: at[1] - 5.0, width: 10.0, height: 10.0 };
        scene.shapes.push(Shape::Box { area, fill: color, radius: 3.0 });
    } else if entry.has_line {
        let stroke = Stroke { color, width: entry.width.min(6.0), dash: entry.dash };
        scene.line(vec![at, [at[0] + 20.0, at[1]]], stroke);
    }
    if let Some(marker) = entry.marker
        && !metrics.is_terminal
    {
        let middle = at[0] + if entry.has_line { 10.0 } else { 5.0 };
        let stroke = marker.is_open().then(|| Stroke::new(entry.color, 1.5));
        scene.shapes.push(Shape::Markers { marker, at: vec![([middle, at[1]], 7.0)], fill: color, stroke });
    }
    scene.shapes.push(text(entry, [at[0] + sample_width(entry, metrics), at[1]], metrics, theme.text));
}

/// Draws the legend; false if there is no free place for it. `data`: the shapes that it must not lie on.
pub fn draw(
    scene: &mut Scene,
    drawing: &Drawing<'_>,
    entries: &[Entry],
    place: Place,
    data: Range<usize>,
    [left, top]: Point,
) -> bool {
    match place {
        Place::None => true,
        Place::Top => {
            draw_row(scene, drawing, entries, [left, top]);
            true
        }
        Place::Ends => {
            draw_ends(scene, drawing, entries);
            true
        }
        Place::Free => draw_corner(scene, drawing, entries, None, data),
        Place::At(Corner::Best) => draw_corner(scene, drawing, entries, Some(Corner::Best), data),
        Place::At(corner) => draw_corner(scene, drawing, entries, Some(corner), data),
    }
}

fn draw_row(scene: &mut Scene, drawing: &Drawing<'_>, entries: &[Entry], [left, top]: Point) {
    let Drawing { metrics, theme, area, .. } = drawing;
    let row = metrics.tick * metrics.leading;
    let width = area.right() + metrics.margin[2] - left;
    for (index, range) in rows(entries, width, metrics).into_iter().enumerate() {
        let mut at = left + metrics.margin[0];
        let middle = top + (index as f64 + 0.5) * row;
        for entry in &entries[range] {
            draw_entry(scene, entry, [at, middle], metrics, theme);
            at += entry_width(entry, metrics) + BETWEEN;
            at = metrics.whole(at, 0);
        }
    }
}

fn draw_ends(scene: &mut Scene, drawing: &Drawing<'_>, entries: &[Entry]) {
    let Drawing { metrics, area, panel, .. } = drawing;
    const APART: f64 = 16.0;
    let end = |entry: &Entry| match &panel.layers[entry.layer].kind {
        Kind::Line { y, .. } => y.last().map_or(f64::NAN, |&y| drawing.y.pixel(y)),
        _ => f64::NAN,
    };
    let mut places: Vec<(f64, &Entry)> = entries.iter().map(|entry| (end(entry), entry)).collect();
    places.retain(|(at, _)| at.is_finite());
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut at: Vec<f64> = places.iter().map(|(at, _)| at.min(area.bottom() - 4.0).max(area.top)).collect();
    // Downwards, then upwards from the lower end, until none is too near to the next.
    for index in 1..at.len() {
        at[index] = at[index].max(at[index - 1] + APART);
    }
    let mut least = area.bottom() - 2.0;
    for place in at.iter_mut().rev() {
        *place = place.min(least);
        least = *place - APART;
    }
    for ((_, entry), at) in places.iter().zip(at) {
        if let Shape::Text(text) = text(entry, [area.right() + metrics.gap, at], metrics, entry.words) {
            scene.shapes.push(Shape::Text(Text { weight: Weight::Medium, ..text }));
        }
    }
}

/// Points that show where data is.
fn occupied(shapes: &[Shape]) -> Vec<Point> {
    const STEP: f64 = 6.0;
    /// Of each shape.
    const MOST: usize = 20_000;
    let mut points = Vec::new();
    for shape in shapes {
        match shape {
            Shape::Line { parts, .. } => {
                let total: usize = parts.iter().map(Vec::len).sum();
                let every = total.div_ceil(MOST).max(1);
                for part in parts {
                    for pair in part.windows(2).step_by(every) {
                        let (dx, dy) = (pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]);
                        let count = (dx.hypot(dy) / STEP).ceil().clamp(1.0, 400.0);
                        let step = |index: usize| {
                            let share = index as f64 / count;
                            [pair[0][0] + share * dx, pair[0][1] + share * dy]
                        };
                        points.extend((0..=count as usize).map(step));
                    }
                }
            }
            Shape::Markers { at, .. } => {
                points.extend(at.iter().step_by(at.len().div_ceil(MOST).max(1)).map(|(point, _)| *point));
            }
            Shape::Box { area, .. } => {
                let columns = (area.width / STEP).ceil().clamp(1.0, 200.0) as usize;
                let rows = (area.height / STEP).ceil().clamp(1.0, 200.0) as usize;
                for row in 0..=rows {
                    let at = |column| {
                        [
                            area.left + area.width * column as f64 / columns as f64,
                            area.top + area.height * row as f64 / rows as f64,
                        ]
                    };
                    points.extend((0..=columns).map(at));
                }
            }
            Shape::Fill { rings, .. } => points.extend(rings.iter().flatten().step_by(2)),
            Shape::Text(text) => {
                points.extend((0..4).map(|index| [text.at[0] + f64::from(index) * 8.0, text.at[1] - 4.0]));
            }
            Shape::Image { area, .. } => {
                points.extend([[area.left, area.top], [area.right(), area.bottom()]]);
                let step =
                    |share: i32| [area.left + area.width * f64::from(share) / 20.0, area.top + area.height / 2.0];
                points.extend((0..20).map(step));
            }
            Shape::Clip(_) => {}
        }
    }
    points
}

fn draw_corner(
    scene: &mut Scene,
    drawing: &Drawing<'_>,
    entries: &[Entry],
    wanted: Option<Corner>,
    data: Range<usize>,
) -> bool {
    let Drawing { metrics, theme, area, panel, .. } = drawing;
    const INSET: f64 = 10.0;
    const ROW: f64 = 18.0;
    let inner_width = entries.iter().map(|entry| entry_width(entry, metrics)).fold(0.0, f64::max);
    let (width, height) = (inner_width + 12.0, entries.len() as f64 * ROW + 6.0);
    let at = |corner: Corner| {
        let left = match corner {
            Corner::TopLeft | Corner::BottomLeft | Corner::Best => area.left + INSET,
            Corner::TopRight | Corner::BottomRight => area.right() - INSET - width,
        };
        let top = match corner {
            Corner::TopLeft | Corner::TopRight | Corner::Best => area.top + INSET - 4.0,
            Corner::BottomLeft | Corner::BottomRight => area.bottom() - INSET - height,
        };
        Area { left, top, width, height }
    };
    let points = occupied(&scene.shapes[data]);
    let in_the_way = |place: &Area| {
        let near =
            Area { left: place.left - 4.0, top: place.top - 4.0, width: place.width + 8.0, height: place.height + 8.0 };
        points.iter().filter(|point| near.holds(**point)).count()
    };
    let corners = [Corner::TopRight, Corner::TopLeft, Corner::BottomRight, Corner::BottomLeft];
    let best = corners.into_iter().map(&at).min_by_key(in_the_way).unwrap_or_default();
    let fits = width < area.width * 0.7 && height < area.height * 0.7;
    let place = match wanted {
        Some(Corner::Best) => best,
        Some(corner) => at(corner),
        None if fits && in_the_way(&best) == 0 => best,
        None => return false,
    };
    // On cells of colours, and on data if there is no other place, it has a ground of its own.
    if in_the_way(&place) > 0 || super::panel::is_filled(panel) {
        scene.shapes.push(Shape::Box { area: place, fill: theme.card.faded(0.85), radius: 4.0 });
    }
    for (index, entry) in entries.iter().enumerate() {
        let middle = place.top + 3.0 + (index as f64 + 0.5) * ROW;
        draw_entry(scene, entry, [place.left + 6.0, middle], metrics, theme);
    }
    true
}
