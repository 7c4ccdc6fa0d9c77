//! Numbers as colours, and the bar beside the axes that explains them.

use super::axes::axis_title;
use super::metrics::Metrics;
use super::panel::Drawing;
use crate::color::Color;
use crate::figure::{ColorBar, Kind, Levels, Norm, Panel};
use crate::font::Weight;
use crate::maps::{MAPS, Map};
use crate::number;
use crate::scale::{self, Mark, Scale};
use crate::scene::{Anchor, Area, Cells, Scene, Shape, Stroke, Text};
use std::sync::Arc;

/// What the colours of a layer mean.
#[derive(Clone)]
pub struct Colors {
    pub map: &'static Map,
    pub low: f64,
    pub high: f64,
    pub scale: Scale,
    /// Values where one colour ends and the next begins; none if they flow into each other.
    pub levels: Vec<f64>,
}

impl Colors {
    pub fn new(norm: &Norm, values: &[f64]) -> Colors {
        let scale = if norm.is_log { Scale::Log } else { Scale::Linear };
        let seen = values.iter().copied().filter(|value| value.is_finite() && (!norm.is_log || *value > 0.0));
        let (least, most) = seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), value| (l.min(value), m.max(value)));
        let (mut low, mut high) = (norm.low.unwrap_or(least), norm.high.unwrap_or(most));
        if !(low.is_finite() && high.is_finite()) {
            (low, high) = if norm.is_log { (1.0, 10.0) } else { (0.0, 1.0) };
        }
        // Signed numbers are shown by a map with a middle, at 0 unless the program says otherwise.
        let is_signed = low < 0.0 && high > 0.0 && !norm.is_log;
        let diverging = || Map::named("vik").unwrap_or(&MAPS[0]);
        let map = match norm.map {
            Some(map) => map.0,
            None if is_signed || norm.center.is_some() => diverging(),
            None => &MAPS[0],
        };
        let center =
            norm.center.or((map.is_diverging && is_signed && norm.low.is_none() && norm.high.is_none()).then_some(0.0));
        if let Some(center) = center {
            let half = (high - center).abs().max((center - low).abs());
            (low, high) = (center - half, center + half);
        }
        if low >= high {
            let room = if low == 0.0 { 0.5 } else { low.abs() * 0.05 };
            (low, high) = if norm.is_log { (low / 2.0, low * 2.0) } else { (low - room, low + room) };
        }
        Colors { map, low, high, scale, levels: Vec::new() }
    }

    pub fn share(&self, value: f64) -> f64 {
        let [low, high, value] = [self.low, self.high, value].map(|value| self.scale.place(value));
        (value - low) / (high - low)
    }

    /// The colour of a value; none for what is missing.
    pub fn at(&self, value: f64) -> Option<Color> {
        let share = self.share(value);
        (!share.is_nan()).then(|| self.map.at(share))
    }

    /// Colour of the step from one level to the next: `index` of those that are not below it.
    pub fn of_step(&self, index: usize) -> Color {
        let count = self.levels.len() + 1;
        self.map.at((index as f64 + 0.5) / count as f64)
    }
}

/// The levels of contours: those of the program, or round ones.
pub fn levels(levels: &Levels, colors: &Colors) -> Vec<f64> {
    match levels {
        Levels::At(values) => values.iter().copied().filter(|value| value.is_finite()).collect(),
        Levels::Count(count) => {
            let least = (colors.high - colors.low) / (*count as f64 + 1.0);
            let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|part| part * 10f64.powf(least.log10().floor()));
            let step = step.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(least);
            let first = (colors.low / step + 1e-9).floor() + 1.0;
            let values = (0..*count * 2 + 2).map(|index| (first + index as f64) * step);
            values.take_while(|value| *value < colors.high - step * 1e-9).collect()
        }
    }
}

/// The colours that the first layer of a panel with a colour map has.
pub fn of(panel: &Panel) -> Option<Colors> {
    let layer = panel.layers.iter().find(|layer| {
        // Lines in one colour explain themselves.
        layer.norm().is_some()
            && !(layer.color.is_some() && matches!(layer.kind, Kind::Contour { is_filled: false, .. }))
    })?;
    let (norm, values) = layer.norm()?;
    let mut colors = Colors::new(norm, values);
    if let Kind::Contour { levels: wanted, is_filled: true, .. } = &layer.kind {
        colors.levels = levels(wanted, &colors);
    }
    Some(colors)
}

/// The marks of the bar.
pub fn marks(colors: &Colors, height: f64, metrics: &Metrics) -> Vec<Mark> {
    let gap = metrics.tick_gap[1];
    let mut marks = scale::marks(colors.scale, colors.low, colors.high, height, gap * 0.9);
    // Labels stand alone: the power that they have in common belongs to each.
    if !marks.common.is_empty() {
        marks.marks.iter_mut().for_each(|mark| mark.label = number::short(mark.value));
    }
    if !colors.levels.is_empty() && colors.levels.len() as f64 * metrics.tick * 1.6 < height {
        return colors.levels.iter().map(|&value| Mark { value, label: number::short(value) }).collect();
    }
    marks.marks
}

/// The bar, at the height of the axes.
pub fn draw_bar(scene: &mut Scene, drawing: &Drawing<'_>, marks: &[Mark], left: f64) {
    let Some(colors) = &drawing.colors else { return };
    let Drawing { metrics, theme, area, .. } = drawing;
    let area = Area { left, top: area.top, width: metrics.color_bar, height: area.height };
    let shades: Vec<Color> = match colors.levels.len() {
        0 => {
            const SHADES: usize = 128;
            (0..SHADES).map(|index| colors.map.at(1.0 - (index as f64 + 0.5) / SHADES as f64)).collect()
        }
        count => (0..=count).rev().map(|index| colors.of_step(index)).collect(),
    };
    let is_stepped = !colors.levels.is_empty();
    let cells = Cells { columns: 1, rows: shades.len(), colors: Arc::new(shades) };
    scene.shapes.push(Shape::Image { area, cells });
    let place = |value: f64| {
        if is_stepped && let Some(index) = colors.levels.iter().position(|level| *level == value) {
            return area.bottom() - area.height * (index + 1) as f64 / (colors.levels.len() + 1) as f64;
        }
        area.bottom() - area.height * colors.share(value)
    };
    let mut ticks = Vec::new();
    let mut widest = 0.0f64;
    for mark in marks {
        let at = place(mark.value);
        if !(area.top - 0.5..=area.bottom() + 0.5).contains(&at) {
            continue;
        }
        let y = at.floor().min(area.bottom() - 1.0) + 0.5;
        ticks.push(vec![[area.right(), y], [area.right() + metrics.tick_length, y]]);
        widest = widest.max(metrics.width(&mark.label, metrics.tick));
        let middle = if metrics.is_terminal { at.min(area.bottom() - 1.0).max(area.top) } else { at };
        scene.shapes.push(Shape::Text(Text {
            at: [area.right() + metrics.gap, middle + metrics.below_middle(metrics.tick)],
            text: mark.label.clone(),
            size: metrics.tick,
            weight: Weight::Regular,
            color: theme.text_secondary,
            anchor: Anchor::Start,
            turns: 0,
            faint: None,
        }));
    }
    if metrics.tick_length > 0.0 && !ticks.is_empty() {
        scene.shapes.push(Shape::Line { parts: ticks, stroke: Stroke::new(theme.axis, 1.0) });
    }
    if let ColorBar::Titled(text) = &drawing.panel.color_bar
        && !metrics.is_terminal
    {
        let left = area.right() + metrics.gap + widest + 4.0 + metrics.axis_title * metrics.leading / 2.0;
        let at = [left - metrics.below_middle(metrics.axis_title), area.top + area.height / 2.0];
        scene.shapes.push(axis_title(drawing, text, at, 1));
    }
}
