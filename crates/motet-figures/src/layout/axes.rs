//! Grid lines, marks and labels of axes.

use super::limits::Mapping;
use super::metrics::Metrics;
use super::panel::{Drawing, fitted, is_filled, unit_of};
use crate::figure::{Axis, Grid, Kind, Panel};
use crate::font::Weight;
use crate::scale::{self, Mark, Scale};
use crate::scene::{Anchor, Scene, Shape, Stroke, Text};

/// The marks of an axis, with labels of several rows cut at line breaks.
#[derive(Debug, Default)]
pub struct AxisMarks {
    pub marks: Vec<Mark>,
    pub minor: Vec<f64>,
    pub common: String,
    pub is_categories: bool,
}

/// In how many rows the words of an axis of words stand.
pub fn category_rows(panel: &Panel, width: f64, metrics: &Metrics) -> usize {
    let words = &panel.x.categories;
    if words.is_empty() || panel.x.ticks.is_some() || metrics.is_terminal {
        return 1;
    }
    // The axes are somewhat narrower than the panel; a guess will do, since words that do not fit are thinned out.
    let room = width * 0.8 / words.len() as f64;
    let is_wide = |word: &std::sync::Arc<str>| metrics.width(word, metrics.tick) > room - 4.0 && word.contains(' ');
    if words.len() <= 40 && words.iter().any(is_wide) { 2 } else { 1 }
}

/// A text in two rows of about equal length.
fn wrapped(text: &str) -> String {
    let middle = text.len() / 2;
    let blank = text.match_indices(' ').map(|(at, _)| at).min_by_key(|at| at.abs_diff(middle));
    blank.map_or_else(|| text.to_owned(), |at| format!("{}\n{}", &text[..at], &text[at + 1..]))
}

impl AxisMarks {
    /// `direction`: 0 for x, 1 for y.
    pub fn new(axis: &Axis, limits: [f64; 2], pixels: f64, metrics: &Metrics, direction: usize) -> AxisMarks {
        let gap = metrics.tick_gap[direction];
        let [low, high] = [limits[0].min(limits[1]), limits[0].max(limits[1])];
        if let Some(ticks) = &axis.ticks {
            let own = scale::marks(axis.scale(), low, high, pixels, gap);
            let label = |(index, &value): (usize, &f64)| {
                let label = ticks.labels.get(index).map(|label| label.to_string());
                let known = || own.marks.iter().find(|mark| mark.value == value).map(|mark| mark.label.clone());
                Mark { value, label: label.or_else(known).unwrap_or_else(|| crate::number::short(value)) }
            };
            let marks = ticks.values.iter().enumerate().map(label);
            let marks = marks.filter(|mark| mark.value >= low && mark.value <= high).collect();
            return AxisMarks { marks, ..AxisMarks::default() };
        }
        if !axis.categories.is_empty() {
            let room = pixels / axis.categories.len() as f64;
            let is_two = direction == 0 && !metrics.is_terminal;
            let label = |text: &str| {
                let is_wide = is_two && metrics.width(text, metrics.tick) > room - 4.0;
                if is_wide { wrapped(text) } else { text.to_owned() }
            };
            let words = axis.categories.iter().enumerate();
            let mut marks: Vec<Mark> =
                words.map(|(index, word)| Mark { value: index as f64, label: label(word) }).collect();
            marks.retain(|mark| mark.value >= low && mark.value <= high);
            // A shortened word says more than one that is left out.
            const WORTH: f64 = 36.0;
            if direction == 0 && room >= WORTH {
                let shown = |line: &str| fitted(line, metrics.tick, room - 6.0, metrics, Weight::Regular);
                for mark in &mut marks {
                    mark.label = mark.label.lines().map(shown).collect::<Vec<_>>().join("\n");
                }
            }
            let need = match direction {
                0 => marks.iter().map(|mark| label_width(&mark.label, metrics)).fold(0.0, f64::max) + 6.0,
                _ => metrics.tick * metrics.leading,
            };
            let every = (need / room).ceil().max(1.0) as usize;
            let marks = marks.into_iter().step_by(every).collect();
            return AxisMarks { marks, is_categories: true, ..AxisMarks::default() };
        }
        // Wide labels stand farther apart.
        let mut gap = gap;
        let mut found = scale::marks(axis.scale(), low, high, pixels, gap);
        if direction == 0 {
            for _ in 0..6 {
                let widest =
                    found.marks.iter().map(|mark| metrics.width(&mark.label, metrics.tick)).fold(0.0, f64::max);
                let need = widest + metrics.gap * if metrics.is_terminal { 2.0 } else { 1.5 };
                let between = pixels / (found.marks.len().saturating_sub(1).max(1)) as f64;
                if found.marks.len() < 2 || between >= need {
                    break;
                }
                gap = (gap * 1.3).max(need);
                found = scale::marks(axis.scale(), low, high, pixels, gap);
            }
        }
        AxisMarks { marks: found.marks, minor: found.minor, common: found.common, is_categories: false }
    }

    /// How far to the right the labels of an x axis reach.
    pub fn overhang(&self, mapping: &Mapping, metrics: &Metrics) -> f64 {
        let end = |mark: &Mark| mapping.pixel(mark.value) + label_width(&mark.label, metrics) / 2.0;
        self.marks.iter().map(end).fold(0.0, f64::max)
    }

    /// How wide its labels are.
    pub fn width(&self, metrics: &Metrics) -> f64 {
        self.marks.iter().map(|mark| label_width(&mark.label, metrics)).fold(0.0, f64::max)
    }
}

fn label_width(label: &str, metrics: &Metrics) -> f64 {
    label.lines().map(|line| metrics.width(line, metrics.tick)).fold(0.0, f64::max)
}

/// The middle of a device's pixel, so that thin lines are sharp.
fn sharp(pixel: f64) -> f64 {
    pixel.floor() + 0.5
}

fn grid_of(panel: &Panel) -> Grid {
    if let Some(grid) = panel.grid {
        return grid;
    }
    if is_filled(panel) {
        return Grid::None;
    }
    let is_log = panel.x.scale() == Scale::Log && panel.y.scale() == Scale::Log;
    let kinds = || panel.layers.iter().map(|layer| &layer.kind);
    if kinds().any(|kind| matches!(kind, Kind::Bars(bars) if bars.is_horizontal)) {
        return Grid::X;
    }
    let is_cloud = kinds().any(|kind| matches!(kind, Kind::Scatter { .. } | Kind::Contour { .. }))
        && !kinds().any(|kind| matches!(kind, Kind::Bars(_)));
    if is_cloud || is_log { Grid::Both } else { Grid::Y }
}

pub fn grid(scene: &mut Scene, drawing: &Drawing<'_>, x: &AxisMarks, y: &AxisMarks) {
    let grid = grid_of(drawing.panel);
    let area = drawing.area;
    if drawing.metrics.is_terminal {
        return;
    }
    let stroke = Stroke::new(drawing.theme.grid, 1.0);
    if matches!(grid, Grid::X | Grid::Both) {
        for mark in &x.marks {
            let at = sharp(drawing.x.pixel(mark.value));
            scene.line(vec![[at, area.top], [at, area.bottom()]], stroke);
        }
    }
    if matches!(grid, Grid::Y | Grid::Both) {
        for mark in &y.marks {
            let at = sharp(drawing.y.pixel(mark.value));
            scene.line(vec![[area.left, at], [area.right(), at]], stroke);
        }
    }
}

fn label(drawing: &Drawing<'_>, text: &str, at: [f64; 2], anchor: Anchor) -> Shape {
    Shape::Text(Text {
        at,
        text: text.to_owned(),
        size: drawing.metrics.tick,
        weight: Weight::Regular,
        color: drawing.theme.text_secondary,
        anchor,
        turns: 0,
        faint: None,
    })
}

/// The title of an axis: its unit is fainter.
pub fn axis_title(drawing: &Drawing<'_>, text: &str, at: [f64; 2], turns: i8) -> Shape {
    Shape::Text(Text {
        at,
        text: text.to_owned(),
        size: drawing.metrics.axis_title,
        weight: Weight::Regular,
        color: drawing.theme.text,
        anchor: Anchor::Middle,
        turns,
        faint: unit_of(text).map(|at| (at, drawing.theme.text_secondary)),
    })
}

pub fn draw_x(scene: &mut Scene, drawing: &Drawing<'_>, marks: &AxisMarks, paper_bottom: f64) {
    let Drawing { metrics, theme, area, .. } = drawing;
    let bottom = area.bottom();
    let row = metrics.tick * metrics.leading;
    let stroke = Stroke::new(theme.axis, 1.0);
    let line = if metrics.is_terminal { bottom } else { sharp(bottom) };
    if !metrics.is_terminal {
        // Where zero is within the axes, bars stand on it.
        let zero = drawing.y.pixel(0.0);
        let has_bars = drawing.panel.layers.iter().any(|layer| matches!(layer.kind, Kind::Bars(_)));
        if has_bars && zero > area.top + 1.0 && zero < bottom - 1.0 && drawing.y.scale == Scale::Linear {
            scene.line(vec![[area.left, sharp(zero)], [area.right(), sharp(zero)]], stroke);
        }
        if !is_filled(drawing.panel) {
            scene.line(vec![[area.left, line], [area.right(), line]], stroke);
        }
    }
    if metrics.is_terminal {
        terminal_axis(scene, drawing, marks);
    }
    let mut ticks = Vec::new();
    let middle =
        bottom + metrics.tick_length + metrics.gap / 2.0 + row / 2.0 - if metrics.is_terminal { 4.0 } else { 0.0 };
    let middle = if metrics.is_terminal { bottom + row * 1.5 } else { middle };
    let mut last_end = f64::NEG_INFINITY;
    let mut placed: Vec<(f64, &Mark)> = marks.marks.iter().map(|mark| (drawing.x.pixel(mark.value), mark)).collect();
    placed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (at, mark) in placed {
        if !marks.is_categories && metrics.tick_length > 0.0 {
            ticks.push(vec![[sharp(at), line], [sharp(at), line + metrics.tick_length]]);
        }
        let half = label_width(&mark.label, metrics) / 2.0;
        // Labels never overlap, whatever the program's own marks are.
        if at - half < last_end {
            continue;
        }
        last_end = at + half + 2.0;
        for (index, text) in mark.label.lines().enumerate() {
            let baseline = middle + index as f64 * row + metrics.below_middle(metrics.tick);
            scene.shapes.push(label(drawing, text, [at, baseline], Anchor::Middle));
        }
    }
    if !metrics.is_terminal {
        for &value in &marks.minor {
            let at = sharp(drawing.x.pixel(value));
            ticks.push(vec![[at, line], [at, line + 2.5]]);
        }
    }
    if !ticks.is_empty() {
        scene.shapes.push(Shape::Line { parts: ticks, stroke });
    }
    let title_middle = match metrics.is_terminal {
        true => bottom + row * 2.5,
        false => paper_bottom - metrics.margin[3] - metrics.axis_title * metrics.leading / 2.0,
    };
    let baseline = title_middle + metrics.below_middle(metrics.axis_title);
    if let Some(text) = &drawing.panel.x.label {
        scene.shapes.push(axis_title(drawing, text, [area.left + area.width / 2.0, baseline], 0));
    }
    if !marks.common.is_empty() {
        // Beside the title if there is one, else behind the last label.
        let (at, anchor) = match (&drawing.panel.x.label, metrics.is_terminal) {
            (Some(_), _) => ([area.right(), baseline], Anchor::End),
            (None, _) => ([area.right(), middle + row + metrics.below_middle(metrics.tick)], Anchor::End),
        };
        let bounded = [at[0], at[1].min(paper_bottom - 2.0)];
        scene.shapes.push(label(drawing, &marks.common, bounded, anchor));
    }
}

/// The lines of both axes in letters.
fn terminal_axis(scene: &mut Scene, drawing: &Drawing<'_>, marks: &AxisMarks) {
    let area = drawing.area;
    let [width, height] = super::metrics::CELL;
    let mut shape = |text: String, at: [f64; 2]| {
        let below = drawing.metrics.below_middle(drawing.metrics.tick);
        scene.shapes.push(label(drawing, &text, [at[0], at[1] + height / 2.0 + below], Anchor::Start));
    };
    let columns = (area.width / width).round() as usize;
    let mut line: Vec<char> = vec!['─'; columns + 1];
    line[0] = '└';
    for mark in &marks.marks {
        let column = ((drawing.x.pixel(mark.value) - area.left) / width).floor() + 1.0;
        if column >= 1.0 && (column as usize) < line.len() {
            line[column as usize] = '┬';
        }
    }
    shape(line.into_iter().collect(), [area.left - width, area.bottom()]);
    for row in 0..(area.height / height).round() as usize {
        shape("│".into(), [area.left - width, area.top + row as f64 * height]);
    }
}

/// The labels of the y axis at the left or at the right, whose title's outer edge is at `outer`.
pub fn draw_y(scene: &mut Scene, drawing: &Drawing<'_>, marks: &AxisMarks, is_right: bool, outer: f64) {
    let Drawing { metrics, theme, area, .. } = drawing;
    let (mapping, axis): (&Mapping, &Axis) =
        if is_right { (&drawing.y2, &drawing.panel.y2) } else { (&drawing.y, &drawing.panel.y) };
    let row = metrics.tick * metrics.leading;
    let (edge, anchor) = match is_right {
        true => (area.right() + metrics.gap, Anchor::Start),
        false => (area.left - metrics.gap, Anchor::End),
    };
    let mut last_top = f64::INFINITY;
    for mark in &marks.marks {
        let at = mapping.pixel(mark.value);
        if (at - last_top).abs() < row * 0.8 {
            continue;
        }
        last_top = at;
        let middle = if metrics.is_terminal { at.min(area.bottom() - 1.0) } else { at };
        scene.shapes.push(label(
            drawing,
            &mark.label.replace('\n', " "),
            [edge, middle + metrics.below_middle(metrics.tick)],
            anchor,
        ));
    }
    let is_log = mapping.scale == Scale::Log && !marks.minor.is_empty() && !metrics.is_terminal;
    if is_log {
        let inner = if is_right { area.right() } else { area.left };
        let direction = if is_right { 1.0 } else { -1.0 };
        let tick = |value: &f64| {
            let at = sharp(mapping.pixel(*value));
            vec![[inner, at], [inner + 2.5 * direction, at]]
        };
        let stroke = Stroke::new(theme.axis, 1.0);
        scene.shapes.push(Shape::Line { parts: marks.minor.iter().map(tick).collect(), stroke });
    }
    let above = area.top - row;
    if !marks.common.is_empty() {
        let at = [edge, above + row / 2.0 + metrics.below_middle(metrics.tick) - metrics.gap / 2.0];
        scene.shapes.push(label(drawing, &marks.common, at, anchor));
    }
    let Some(text) = &axis.label else { return };
    if metrics.is_terminal {
        // Words are upright there: the title stands above the axis.
        let at =
            [if is_right { area.right() } else { area.left }, above + row / 2.0 + metrics.below_middle(metrics.tick)];
        let anchor = if is_right { Anchor::End } else { Anchor::Start };
        if let Shape::Text(title) = axis_title(drawing, text, at, 0) {
            scene.shapes.push(Shape::Text(Text { anchor, ..title }));
        }
        return;
    }
    let half = metrics.axis_title * metrics.leading / 2.0;
    let middle = area.top + area.height / 2.0;
    let shape = match is_right {
        // It is read downwards.
        true => axis_title(drawing, text, [outer - half - metrics.below_middle(metrics.axis_title), middle], 1),
        false => {
            let left = outer + metrics.margin[0] + half + metrics.below_middle(metrics.axis_title);
            axis_title(drawing, text, [left - 3.0, middle], -1)
        }
    };
    scene.shapes.push(shape);
}
