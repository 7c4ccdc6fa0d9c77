//! A panel: its title, the room that labels, legend and colour bar take, and the axes in what is left.

use super::axes::{self, AxisMarks};
use super::bars::Slots;
use super::colors::{self, Colors};
use super::layers;
use super::legend::{self, Entry, Place};
use super::limits::{Mapping, Side, limits};
use super::metrics::Metrics;
use crate::color::Paint;
use crate::figure::{ColorBar, Corner, Kind, Layer, Legend, Panel};
use crate::font::Weight;
use crate::scale::Scale;
use crate::scene::{Anchor, Area, Scene, Shape, Text};
use crate::theme::Theme;
use std::sync::Arc;

/// A panel while it is drawn.
pub struct Drawing<'a> {
    pub panel: &'a Panel,
    pub metrics: &'a Metrics,
    pub theme: &'a Theme,
    /// Within the axes.
    pub area: Area,
    pub x: Mapping,
    pub y: Mapping,
    pub y2: Mapping,
    pub slots: Slots,
    /// The colour of each layer.
    pub paints: Vec<Paint>,
    pub colors: Option<Colors>,
}

impl Drawing<'_> {
    /// The y axis of a layer.
    pub fn y_of(&self, is_right: bool) -> &Mapping {
        if is_right { &self.y2 } else { &self.y }
    }
}

/// What the titles of a panel take beyond those of one without.
pub fn header_height(panel: &Panel, metrics: &Metrics) -> f64 {
    let mut height = 0.0;
    if panel.title.is_some() {
        height += metrics.title * metrics.leading;
    }
    if panel.subtitle.is_some() {
        height += metrics.subtitle * metrics.leading + if metrics.is_terminal { 0.0 } else { 2.0 };
    }
    if height > 0.0 && !metrics.is_terminal { height + 14.0 } else { height }
}

fn titles(scene: &mut Scene, panel: &Panel, area: &Area, metrics: &Metrics, theme: &Theme) -> f64 {
    let mut top = area.top + metrics.margin[1];
    let first = top;
    let rows = [
        (&panel.title, metrics.title, Weight::SemiBold, theme.text),
        (&panel.subtitle, metrics.subtitle, Weight::Regular, theme.text_secondary),
    ];
    for (text, size, weight, color) in rows {
        let Some(text) = text else { continue };
        if weight == Weight::Regular && !metrics.is_terminal && top > first {
            top += 2.0;
        }
        let height = size * metrics.leading;
        let baseline = top + height / 2.0 + metrics.below_middle(size);
        let left = area.left + metrics.margin[0];
        scene.shapes.push(Shape::Text(Text {
            at: [left, baseline],
            text: fitted(text, size, area.width - metrics.margin[0] - metrics.margin[2], metrics, weight),
            size,
            weight,
            color,
            anchor: Anchor::Start,
            turns: 0,
            faint: None,
        }));
        top += height;
    }
    if top > first && !metrics.is_terminal { top + 14.0 } else { top }
}

/// A text that is not longer than its room: the end of a longer one is left out.
pub fn fitted(text: &str, size: f64, room: f64, metrics: &Metrics, weight: Weight) -> String {
    if (metrics.measure)(text, size, weight) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if (metrics.measure)(&kept, size, weight) + (metrics.measure)("…", size, weight) > room {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// "Name (unit)": where the unit begins.
pub fn unit_of(text: &str) -> Option<usize> {
    let at = text.rfind(" (")?;
    (text.ends_with(')') && at > 0).then_some(at)
}

/// The colours of layers, in order; those that do not say which.
fn paints(panel: &Panel) -> Vec<Paint> {
    let mut next = 0;
    let mut last = Paint::Series(0);
    let paint = |layer: &Arc<Layer>| {
        last = match layer.color {
            Some(paint) => paint,
            None if layer.has_color_of_last => last,
            None if layer.takes_color() => {
                next += 1;
                Paint::Series(next - 1)
            }
            None => Paint::Series(0),
        };
        last
    };
    panel.layers.iter().map(paint).collect()
}

/// The room around the axes.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    left: f64,
    right: f64,
    bottom: f64,
}

fn text_height(size: f64, metrics: &Metrics) -> f64 {
    size * metrics.leading
}

pub fn draw(scene: &mut Scene, panel: &Panel, area: Area, metrics: &Metrics, theme: &Theme) {
    let top = titles(scene, panel, &area, metrics, theme);
    let paints = paints(panel);
    let entries = legend::entries(panel, &paints, theme);
    let place = legend::place(panel, &entries, metrics);
    let before = scene.shapes.len();
    if draw_axes(scene, panel, area, top, metrics, theme, &paints, &entries, place) {
        return;
    }
    // No place without data: the legend stands above the axes.
    scene.shapes.truncate(before);
    draw_axes(scene, panel, area, top, metrics, theme, &paints, &entries, Place::Top);
}

/// Draws all but the titles; false if the legend has found no place.
#[allow(clippy::too_many_arguments, reason = "each is a part of the panel, and it is called twice")]
fn draw_axes(
    scene: &mut Scene,
    panel: &Panel,
    area: Area,
    top: f64,
    metrics: &Metrics,
    theme: &Theme,
    paints: &[Paint],
    entries: &[Entry],
    place: Place,
) -> bool {
    let has_right = panel.layers.iter().any(|layer| layer.is_right);
    let slots = Slots::new(panel);
    let colors = colors::of(panel);
    let has_bar = colors.is_some() && !matches!(panel.color_bar, ColorBar::None);
    let legend_height = if place == Place::Top { legend::row_height(entries, area.width, metrics) } else { 0.0 };
    // Half a label rises above the axes, and the power that its labels have in common stands above the y axis.
    let legend_top = top;
    let mut top = top + legend_height + if metrics.is_terminal { 0.0 } else { metrics.tick / 2.0 - 2.0 };
    let row = text_height(metrics.tick, metrics);
    let title_row = |label: bool| if label { text_height(metrics.axis_title, metrics) } else { 0.0 };
    let mut room = Room { bottom: metrics.margin[3] + metrics.gap + row, ..Room::default() };
    if metrics.is_terminal {
        room.bottom = 2.0 * row;
    }
    if panel.x.label.is_some() {
        room.bottom += title_row(true) + if metrics.is_terminal { 0.0 } else { 6.0 };
    }
    let labels_of_category_rows = axes::category_rows(panel, area.width, metrics);
    room.bottom += row * (labels_of_category_rows - 1) as f64;
    let height = (area.bottom() - room.bottom - top).max(1.0);
    let y_limits = limits(panel, &panel.y, Side::Left, &slots, height, metrics.tick_gap[1]);
    let y2_limits = limits(panel, &panel.y2, Side::Right, &slots, height, metrics.tick_gap[1]);
    let y_marks = AxisMarks::new(&panel.y, y_limits, height, metrics, 1);
    let y2_marks = AxisMarks::new(&panel.y2, y2_limits, height, metrics, 1);
    // In a terminal the title of the y axis stands there too.
    let has_words_above = !y_marks.common.is_empty()
        || has_right && !y2_marks.common.is_empty()
        || metrics.is_terminal && panel.y.label.is_some();
    if has_words_above {
        top += row;
    }
    room.left = metrics.margin[0] + y_marks.width(metrics) + metrics.gap;
    if panel.y.label.is_some() && !metrics.is_terminal {
        room.left += title_row(true) + 6.0;
    }
    room.right = metrics.margin[2];
    if has_right {
        room.right += y2_marks.width(metrics) + metrics.gap;
        if panel.y2.label.is_some() && !metrics.is_terminal {
            room.right += title_row(true) + 4.0;
        }
    }
    let beside = room.right - metrics.margin[2];
    let bar_marks = colors.as_ref().map(|colors| colors::marks(colors, height, metrics));
    if has_bar && let Some(marks) = &bar_marks {
        let labels = marks.iter().map(|mark| metrics.width(&mark.label, metrics.tick)).fold(0.0, f64::max);
        let titled = matches!(panel.color_bar, ColorBar::Titled(_)) && !metrics.is_terminal;
        room.right += metrics.whole(16.0, 0) + metrics.color_bar + metrics.gap + labels;
        if titled {
            room.right += title_row(true) + 2.0;
        }
        if metrics.is_terminal {
            room.right += metrics.gap;
        }
    }
    if place == Place::Ends {
        room.right += legend::ends_width(entries, metrics);
    }
    let placed = |room: &Room| {
        let mut inner = Area {
            left: area.left + metrics.whole(room.left, 0),
            top: metrics.whole(top, 1),
            width: (area.width - metrics.whole(room.left, 0) - metrics.whole(room.right, 0)).max(1.0),
            height: (area.bottom() - metrics.whole(room.bottom, 1) - metrics.whole(top, 1)).max(1.0),
        };
        let limits = limits(panel, &panel.x, Side::X, &slots, inner.width, metrics.tick_gap[0]);
        if panel.is_equal {
            inner = equal_area(inner, panel, limits, y_limits);
        }
        // What fills the axes ends where a pixel does: else what lies below is seen around it.
        let (right, bottom) = (inner.right().round(), inner.bottom().round());
        (inner.left, inner.top) = (inner.left.round(), inner.top.round());
        (inner.width, inner.height) = ((right - inner.left).max(1.0), (bottom - inner.top).max(1.0));
        (inner, limits, AxisMarks::new(&panel.x, limits, inner.width, metrics, 0))
    };
    let (mut inner, mut x_limits, mut x_marks) = placed(&room);
    // A label at the end of the axis may need more room at its right than there is.
    let overhang = x_marks.overhang(&Mapping::new(&panel.x, x_limits, inner.left, inner.right()), metrics)
        - (area.right() - metrics.margin[2].min(2.0));
    if overhang > 0.0 && !metrics.is_terminal {
        room.right += overhang;
        (inner, x_limits, x_marks) = placed(&room);
    }
    let drawing = Drawing {
        panel,
        metrics,
        theme,
        area: inner,
        x: Mapping::new(&panel.x, x_limits, inner.left, inner.right()),
        y: Mapping::new(&panel.y, y_limits, inner.bottom(), inner.top),
        y2: Mapping::new(&panel.y2, y2_limits, inner.bottom(), inner.top),
        slots,
        paints: paints.to_vec(),
        colors,
    };
    axes::grid(scene, &drawing, &x_marks, &y_marks);
    let first = scene.shapes.len();
    scene.shapes.push(Shape::Clip(Some(inner)));
    layers::draw(scene, &drawing);
    scene.shapes.push(Shape::Clip(None));
    let after = scene.shapes.len();
    axes::draw_x(scene, &drawing, &x_marks, area.bottom());
    axes::draw_y(scene, &drawing, &y_marks, false, area.left);
    if has_right {
        let right = inner.right() + metrics.gap + y2_marks.width(metrics) + title_row(true) + 4.0;
        axes::draw_y(scene, &drawing, &y2_marks, true, right);
    }
    layers::words(scene, &drawing);
    if has_bar && let Some(marks) = &bar_marks {
        colors::draw_bar(scene, &drawing, marks, inner.right() + beside + metrics.whole(16.0, 0));
    }
    legend::draw(scene, &drawing, entries, place, first..after, [area.left, legend_top])
}

/// The largest area within another in which units of x and y are equally long; of an image, its cells.
fn equal_area(area: Area, panel: &Panel, x: [f64; 2], y: [f64; 2]) -> Area {
    let span = |scale: Scale, ends: [f64; 2]| (scale.place(ends[1]) - scale.place(ends[0])).abs();
    let (width, height) = (span(panel.x.scale(), x), span(panel.y.scale(), y));
    if !(width > 0.0 && height > 0.0 && (width / height).is_finite()) {
        return area;
    }
    let unit = (area.width / width).min(area.height / height);
    let (width, height) = ((width * unit).max(1.0), (height * unit).max(1.0));
    Area { left: area.left, top: area.top + (area.height - height) / 2.0, width, height }
}

/// Whether cells of colours fill the axes.
pub fn is_filled(panel: &Panel) -> bool {
    panel.layers.iter().any(|layer| matches!(&layer.kind, Kind::Heat { .. } | Kind::Contour { is_filled: true, .. }))
}

/// A legend at a corner that the program names.
pub fn corner_of(legend: Legend) -> Option<Corner> {
    if let Legend::Corner(corner) = legend { Some(corner) } else { None }
}
