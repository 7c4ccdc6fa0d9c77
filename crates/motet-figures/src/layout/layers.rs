//! What is drawn on the axes, layer by layer: strips and areas first, then curves, points, and words.

use super::colors::{self, Colors};
use super::contours::Field;
use super::curves;
use super::limits::edges;
use super::panel::Drawing;
use crate::color::Color;
use crate::figure::{Bars, Kind, Layer, Mesh, Norm, Numbers, Steps, Words};
use crate::font::Weight;
use crate::number;
use crate::scale::Scale;
use crate::scene::{Anchor, Area, Cells, Dash, Marker, Point, Scene, Shape, Stroke, Text};
use std::sync::Arc;

/// The markers of the series, in order.
pub const MARKERS: [Marker; 8] = [
    Marker::Circle,
    Marker::Square,
    Marker::Triangle,
    Marker::Diamond,
    Marker::Plus,
    Marker::Cross,
    Marker::TriangleDown,
    Marker::Star,
];

pub const LINE_WIDTH: f64 = 1.75;
const MARKER_SIZE: f64 = 7.0;
const POINT_ALPHA: f64 = 0.55;
const BAND_ALPHA: f64 = 0.16;
const HISTOGRAM_ALPHA: f64 = 0.45;
/// Bars have rounded tops.
const BAR_RADIUS: f64 = 2.0;
/// Cells of a picture of a heat map in each direction; of more, several become one.
const MOST_CELLS: usize = 2048;

/// Behind: what fills; before: what is thin.
fn depth(kind: &Kind) -> u8 {
    match kind {
        Kind::Strip { .. } => 0,
        Kind::Heat { .. } => 1,
        Kind::Contour { is_filled: true, .. } => 2,
        Kind::Band { .. } => 3,
        Kind::Bars(_) => 4,
        _ => 5,
    }
}

pub fn draw(scene: &mut Scene, drawing: &Drawing<'_>) {
    let mut order: Vec<usize> = (0..drawing.panel.layers.len()).collect();
    order.sort_by_key(|&index| depth(&drawing.panel.layers[index].kind));
    for index in order {
        let layer = &drawing.panel.layers[index];
        let pen = Pen { drawing, layer, index, color: drawing.theme.paint(drawing.paints[index]) };
        match &layer.kind {
            Kind::Line { x, y, steps } => pen.line(scene, x, y, *steps),
            Kind::Scatter { x, y, sizes, colors } => pen.scatter(scene, [x, y], sizes.as_ref(), colors.as_ref()),
            Kind::Bars(bars) => pen.bars(scene, bars),
            Kind::Band { x, low, high } => pen.band(scene, x, low, high),
            Kind::Heat { mesh, norm, is_labelled } => pen.heat(scene, mesh, norm, *is_labelled),
            Kind::Contour { mesh, norm, levels, is_filled } => {
                let mut colors = Colors::new(norm, &mesh.z);
                colors.levels = colors::levels(levels, &colors);
                pen.contour(scene, mesh, &colors, *is_filled);
            }
            Kind::Rules { at, is_vertical } => pen.rules(scene, at, *is_vertical),
            Kind::Strip { from, to, is_vertical } => pen.strip(scene, *from, *to, *is_vertical),
            Kind::Words(_) => {}
        }
    }
}

/// Words are drawn last and may stand outside of the axes.
pub fn words(scene: &mut Scene, drawing: &Drawing<'_>) {
    for layer in &drawing.panel.layers {
        if let Kind::Words(words) = &layer.kind {
            word(scene, drawing, layer, words);
        }
    }
}

/// A layer while it is drawn.
struct Pen<'a> {
    drawing: &'a Drawing<'a>,
    layer: &'a Layer,
    index: usize,
    color: Color,
}

impl Pen<'_> {
    fn stroke(&self) -> Stroke {
        let color = self.layer.alpha.map_or(self.color, |alpha| self.color.faded(alpha));
        Stroke { color, width: self.layer.width.unwrap_or(LINE_WIDTH), dash: self.layer.dash.unwrap_or_default() }
    }

    fn marker_size(&self) -> f64 {
        self.layer.marker_size.unwrap_or(MARKER_SIZE)
    }

    fn y(&self, value: f64) -> f64 {
        self.drawing.y_of(self.layer.is_right).pixel(value)
    }

    fn pixels(&self, x: &[f64], y: &[f64]) -> Vec<(Point, f64)> {
        let size = self.marker_size();
        let points = x.iter().zip(y).map(|(&x, &y)| ([self.drawing.x.pixel(x), self.y(y)], size));
        let is_there = |((x, y), point): &((&f64, &f64), &(Point, f64))| {
            x.is_finite() && y.is_finite() && point.0[0].is_finite() && point.0[1].is_finite()
        };
        let points: Vec<(Point, f64)> = points.collect();
        x.iter().zip(y).zip(&points).filter(is_there).map(|(_, point)| *point).collect()
    }

    fn near(&self, points: Vec<(Point, f64)>) -> Vec<(Point, f64)> {
        let area = self.drawing.area;
        let margin = 20.0;
        let wide = Area {
            left: area.left - margin,
            top: area.top - margin,
            width: area.width + 2.0 * margin,
            height: area.height + 2.0 * margin,
        };
        curves::spread(points.into_iter().filter(|(point, _)| wide.holds(*point)).collect(), |point| *point, &area)
    }

    fn line(&self, scene: &mut Scene, x: &Numbers, y: &Numbers, steps: Steps) {
        let area = &self.drawing.area;
        let parts = curves::parts(x, y, steps, &self.drawing.x, self.drawing.y_of(self.layer.is_right));
        // A point between gaps is no line, but it is there.
        let lonely: Vec<(Point, f64)> =
            parts.iter().filter(|part| part.len() == 1).map(|part| (part[0], LINE_WIDTH * 1.5)).collect();
        let parts = parts.into_iter().filter(|part| part.len() > 1).map(|part| curves::thinned(part, area.width));
        let parts: Vec<Vec<Point>> = parts.flat_map(|part| curves::clipped(&part, area)).collect();
        self.errors(scene, x, y);
        if !parts.is_empty() {
            scene.shapes.push(Shape::Line { parts, stroke: self.stroke() });
        }
        match self.layer.marker {
            Some(marker) => self.markers(scene, marker, self.pixels(x, y), 1.0),
            None if !lonely.is_empty() => {
                scene.shapes.push(Shape::Markers {
                    marker: Marker::Circle,
                    at: self.near(lonely),
                    fill: self.color,
                    stroke: None,
                });
            }
            None => {}
        }
    }

    fn markers(&self, scene: &mut Scene, marker: Marker, points: Vec<(Point, f64)>, alpha: f64) {
        let alpha = self.layer.alpha.unwrap_or(alpha);
        let at = self.near(points);
        if at.is_empty() {
            return;
        }
        let fill = if marker.is_open() { self.color } else { self.color.faded(alpha) };
        let width = if marker.is_open() { 1.5 } else { 1.0 };
        let stroke = (marker.is_open() || alpha < 1.0 && marker != Marker::Dot).then(|| Stroke::new(self.color, width));
        scene.shapes.push(Shape::Markers { marker, at, fill, stroke });
    }

    fn scatter(
        &self,
        scene: &mut Scene,
        [x, y]: [&Numbers; 2],
        sizes: Option<&Numbers>,
        colors: Option<&(Numbers, Norm)>,
    ) {
        self.errors(scene, x, y);
        let marker = self.layer.marker.unwrap_or(match self.drawing.paints[self.index] {
            crate::color::Paint::Series(index) => MARKERS[index % MARKERS.len()],
            crate::color::Paint::Fixed(_) => Marker::Circle,
        });
        if sizes.is_none() && colors.is_none() {
            return self.markers(scene, marker, self.pixels(x, y), POINT_ALPHA);
        }
        let shades = colors.map(|(values, norm)| (Colors::new(norm, values), values));
        // Points of one colour are one shape: 64 shades are as many as the eye tells apart.
        const SHADES: usize = 64;
        let mut points: Vec<(Point, f64, usize)> = Vec::new();
        for (index, (&x, &y)) in x.iter().zip(y.iter()).enumerate() {
            let point = [self.drawing.x.pixel(x), self.y(y)];
            let size = sizes.map_or(self.marker_size(), |sizes| sizes.get(index).copied().unwrap_or_default().max(0.0));
            let is_there = [x, y, point[0], point[1]].iter().all(|place| place.is_finite());
            let shade = match &shades {
                None => 0,
                Some((shades, values)) => {
                    let share = values.get(index).map_or(f64::NAN, |&value| shades.share(value));
                    if share.is_nan() {
                        continue;
                    }
                    (share.clamp(0.0, 1.0) * (SHADES - 1) as f64).round() as usize
                }
            };
            if is_there && size.is_finite() {
                points.push((point, size.min(1000.0), shade));
            }
        }
        let mut groups: Vec<Vec<(Point, f64)>> = vec![Vec::new(); SHADES];
        for (point, size, shade) in curves::spread(points, |point| (point.0, point.1), &self.drawing.area) {
            groups[shade].push((point, size));
        }
        for (shade, points) in groups.into_iter().enumerate() {
            let color = match &shades {
                Some((shades, _)) => shades.map.at(shade as f64 / (SHADES - 1) as f64),
                None => self.color,
            };
            let pen = Pen { color, ..*self };
            pen.markers(scene, marker, points, if shades.is_some() { 0.9 } else { POINT_ALPHA });
        }
    }

    /// Error bars with caps.
    fn errors(&self, scene: &mut Scene, x: &[f64], y: &[f64]) {
        const CAP: f64 = 3.0;
        let drawing = self.drawing;
        let area = drawing.area;
        let mut parts = Vec::new();
        for (index, (&x, &y)) in x.iter().zip(y).enumerate() {
            let [at, middle] = [drawing.x.pixel(x), self.y(y)];
            if !(at.is_finite() && middle.is_finite()) {
                continue;
            }
            let bounds = |errors: &[Numbers; 2], value: f64| {
                [
                    value - errors[0].get(index).copied().unwrap_or(f64::NAN),
                    value + errors[1].get(index).copied().unwrap_or(f64::NAN),
                ]
            };
            if let Some(errors) = &self.layer.y_errors {
                // Below all positive numbers a logarithmic axis has no place: the bar goes out of it.
                let ends = bounds(errors, y).map(|end| self.y(end));
                if ends[1].is_nan() || y.is_nan() {
                    continue;
                }
                let low = if ends[0].is_nan() { area.bottom() + 20.0 } else { ends[0] };
                let clamp = |end: f64| end.clamp(area.top - 20.0, area.bottom() + 20.0);
                let (low, high) = (clamp(low), clamp(ends[1]));
                parts.push(vec![[at, low], [at, high]]);
                parts.extend([low, high].map(|end| vec![[at - CAP, end], [at + CAP, end]]));
            }
            if let Some(errors) = &self.layer.x_errors {
                let ends = bounds(errors, x).map(|end| drawing.x.pixel(end));
                if ends.iter().any(|end| end.is_nan()) {
                    continue;
                }
                let [low, high] = ends.map(|end| end.clamp(area.left - 20.0, area.right() + 20.0));
                parts.push(vec![[low, middle], [high, middle]]);
                parts.extend([low, high].map(|end| vec![[end, middle - CAP], [end, middle + CAP]]));
            }
        }
        if !parts.is_empty() {
            scene.shapes.push(Shape::Line { parts, stroke: Stroke::new(self.color, 1.25) });
        }
    }

    fn bars(&self, scene: &mut Scene, bars: &Bars) {
        let drawing = self.drawing;
        let (across, up) = match bars.is_horizontal {
            true => (drawing.y_of(self.layer.is_right), &drawing.x),
            false => (&drawing.x, drawing.y_of(self.layer.is_right)),
        };
        let alpha = self.layer.alpha.unwrap_or(if bars.is_histogram { HISTOGRAM_ALPHA } else { 1.0 });
        let fill = self.color.faded(alpha);
        // A logarithmic axis has no zero: bars stand on its lower end.
        let floor = up.pixel(up.limits()[0]);
        let mut caps = Vec::new();
        let mut labels = Vec::new();
        let sides = drawing.slots.sides(self.index, bars);
        let mut hidden_until = f64::NEG_INFINITY;
        for (at, side) in sides.iter().enumerate() {
            let span = drawing.slots.span(self.index, bars, at);
            let [left, right] = side.map(|end| across.pixel(end));
            let [from, to] = [up.pixel(span[0]), up.pixel(span[1])];
            let from = if from.is_nan() { floor } else { from };
            if to.is_nan() || !span[1].is_finite() || left.is_nan() || right.is_nan() {
                continue;
            }
            let (left, right) = (left.min(right), left.max(right));
            // A narrow gap between bars; of very narrow bars only one in each half pixel is drawn.
            let gap = if right - left > 4.0 && !drawing.metrics.is_terminal { 0.5 } else { 0.0 };
            let (left, right) = (left + gap, right - gap);
            if right - left < 0.5 && right < hidden_until && (to - floor).abs() < 1.0 {
                continue;
            }
            hidden_until = right + 0.5;
            let width = (right - left).max(0.5);
            let (start, length) = (from.min(to), (to - from).abs());
            let area = match bars.is_horizontal {
                true => Area { left: start, top: left, width: length, height: width },
                false => Area { left, top: start, width, height: length },
            };
            let clamped = clamped(area, &drawing.area);
            let radius = if bars.is_histogram || bars.is_stacked { 0.0 } else { BAR_RADIUS.min(width / 2.0) };
            if clamped.width > 0.0 && clamped.height > 0.0 {
                scene.shapes.push(Shape::Box { area: clamped, fill, radius });
            }
            let middle = (left + right) / 2.0;
            let mut end = to;
            if let Some(errors) = &self.layer.y_errors {
                let ends = [
                    span[1] - errors[0].get(at).copied().unwrap_or_default(),
                    span[1] + errors[1].get(at).copied().unwrap_or_default(),
                ];
                let [low, high] = ends.map(|value| up.pixel(value));
                let low = if low.is_nan() { floor } else { low };
                if !high.is_nan() {
                    end = if to > from && !bars.is_horizontal { low.max(high) } else { high };
                    let place = |across: f64, up: f64| if bars.is_horizontal { [up, across] } else { [across, up] };
                    caps.push(vec![place(middle, low), place(middle, high)]);
                    caps.extend([low, high].map(|end| vec![place(middle - 3.0, end), place(middle + 3.0, end)]));
                }
            }
            if bars.has_values {
                labels.push((middle, end, span[1] - span[0], to > from));
            }
        }
        if !caps.is_empty() {
            scene.shapes.push(Shape::Line { parts: caps, stroke: Stroke::new(drawing.theme.text, 1.25) });
        }
        for (middle, end, value, is_downwards) in labels {
            self.value_of_bar(scene, bars, [middle, end], value, is_downwards);
        }
    }

    fn value_of_bar(&self, scene: &mut Scene, bars: &Bars, [middle, end]: Point, value: f64, is_down: bool) {
        let metrics = self.drawing.metrics;
        let size = metrics.tick - if metrics.is_terminal { 0.0 } else { 1.0 };
        let below = metrics.below_middle(size);
        let (at, anchor) = match bars.is_horizontal {
            true if is_down => ([end + 5.0, middle + below], Anchor::Start),
            true => ([end - 5.0, middle + below], Anchor::End),
            false if is_down => ([middle, end + 5.0 + 2.0 * below], Anchor::Middle),
            false => ([middle, end - 5.0], Anchor::Middle),
        };
        let color = self.drawing.theme.text;
        let text = number::short(value);
        scene.shapes.push(Shape::Text(Text {
            at,
            text,
            size,
            weight: Weight::Regular,
            color,
            anchor,
            turns: 0,
            faint: None,
        }));
    }

    fn band(&self, scene: &mut Scene, x: &Numbers, low: &Numbers, high: &Numbers) {
        let drawing = self.drawing;
        let y = drawing.y_of(self.layer.is_right);
        let floor = y.pixel(y.limits()[0]);
        let mut rings = Vec::new();
        let mut above: Vec<Point> = Vec::new();
        let mut under: Vec<Point> = Vec::new();
        let mut close = |above: &mut Vec<Point>, under: &mut Vec<Point>| {
            let mut ring = curves::thinned(std::mem::take(above), drawing.area.width);
            let mut back = curves::thinned(std::mem::take(under), drawing.area.width);
            back.reverse();
            ring.extend(back);
            if ring.len() > 2 {
                rings.push(ring);
            }
        };
        for ((&at, &low), &high) in x.iter().zip(low.iter()).zip(high.iter()) {
            let (left, mut bottom, top) = (drawing.x.pixel(at), y.pixel(low), y.pixel(high));
            if y.scale == Scale::Log && low <= 0.0 {
                bottom = floor;
            }
            if [at, low, high, left, bottom, top].iter().all(|value| value.is_finite()) {
                // What lies far outside is cut there, which only moves corners that are not seen.
                let reach = 4.0 * drawing.area.height;
                let bound = |pixel: f64| pixel.clamp(drawing.area.top - reach, drawing.area.bottom() + reach);
                above.push([left, bound(top)]);
                under.push([left, bound(bottom)]);
            } else {
                close(&mut above, &mut under);
            }
        }
        close(&mut above, &mut under);
        if !rings.is_empty() {
            let fill = self.color.faded(self.layer.alpha.unwrap_or(BAND_ALPHA));
            rings.into_iter().for_each(|ring| scene.shapes.push(Shape::Fill { rings: vec![ring], fill }));
        }
    }

    fn heat(&self, scene: &mut Scene, mesh: &Mesh, norm: &Norm, is_labelled: bool) {
        let drawing = self.drawing;
        if mesh.z.is_empty() {
            return;
        }
        let colors = Colors::new(norm, &mesh.z);
        let fill = |value: f64| {
            let color = colors.at(value).unwrap_or(drawing.theme.missing);
            self.layer.alpha.map_or(color, |alpha| color.faded(alpha))
        };
        let y = drawing.y_of(self.layer.is_right);
        let xs: Vec<f64> = edges(&mesh.x, drawing.x.scale).iter().map(|&edge| drawing.x.pixel(edge)).collect();
        let ys: Vec<f64> = edges(&mesh.y, y.scale).iter().map(|&edge| y.pixel(edge)).collect();
        if is_even(&xs) && is_even(&ys) {
            let (left, right) = (xs[0].min(xs[mesh.columns]), xs[0].max(xs[mesh.columns]));
            let (top, bottom) = (ys[0].min(ys[mesh.rows]), ys[0].max(ys[mesh.rows]));
            let (is_mirrored, is_upwards) = (xs[0] > xs[mesh.columns], ys[0] > ys[mesh.rows]);
            let cells = cells(mesh, is_mirrored, is_upwards, fill);
            scene
                .shapes
                .push(Shape::Image { area: Area { left, top, width: right - left, height: bottom - top }, cells });
        } else {
            for row in 0..mesh.rows {
                for column in 0..mesh.columns {
                    let (left, right) = (xs[column].min(xs[column + 1]), xs[column].max(xs[column + 1]));
                    let (top, bottom) = (ys[row].min(ys[row + 1]), ys[row].max(ys[row + 1]));
                    let area = clamped(Area { left, top, width: right - left, height: bottom - top }, &drawing.area);
                    if area.width > 0.0 && area.height > 0.0 {
                        scene.shapes.push(Shape::Box {
                            area,
                            fill: fill(mesh.z[row * mesh.columns + column]),
                            radius: 0.0,
                        });
                    }
                }
            }
        }
        if is_labelled {
            self.cell_labels(scene, mesh, &colors);
        }
    }

    fn cell_labels(&self, scene: &mut Scene, mesh: &Mesh, colors: &Colors) {
        let metrics = self.drawing.metrics;
        for row in 0..mesh.rows {
            for column in 0..mesh.columns {
                let value = mesh.z[row * mesh.columns + column];
                let Some(color) = colors.at(value) else { continue };
                let text_color = if color.lightness() > 0.55 { Color::rgb(0x161a20) } else { Color::rgb(0xffffff) };
                let size = metrics.tick;
                let at = [self.drawing.x.pixel(mesh.x[column]), self.y(mesh.y[row]) + metrics.below_middle(size)];
                scene.shapes.push(Shape::Text(Text {
                    at,
                    text: number::short(value),
                    size,
                    weight: Weight::Regular,
                    color: text_color,
                    anchor: Anchor::Middle,
                    turns: 0,
                    faint: None,
                }));
            }
        }
    }

    fn contour(&self, scene: &mut Scene, mesh: &Mesh, colors: &Colors, is_filled: bool) {
        let drawing = self.drawing;
        if mesh.columns < 2 || mesh.rows < 2 {
            return;
        }
        let y = drawing.y_of(self.layer.is_right);
        let xs: Vec<f64> = mesh.x.iter().map(|&value| drawing.x.pixel(value)).collect();
        let ys: Vec<f64> = mesh.y.iter().map(|&value| y.pixel(value)).collect();
        let field = Field { xs: &xs, ys: &ys, z: &mesh.z };
        let alpha = |color: Color| self.layer.alpha.map_or(color, |alpha| color.faded(alpha));
        if is_filled {
            // Areas lie on each other: what is behind them would shine through several at once.
            let background = drawing.theme.background;
            let alpha = |color: Color| self.layer.alpha.map_or(color, |alpha| background.mixed(color, alpha));
            let rings = field.rings(f64::MIN);
            if !rings.is_empty() {
                scene.shapes.push(Shape::Fill { rings, fill: alpha(colors.of_step(0)) });
            }
            for (index, &level) in colors.levels.iter().enumerate() {
                let rings = field.rings(level);
                if !rings.is_empty() {
                    scene.shapes.push(Shape::Fill { rings, fill: alpha(colors.of_step(index + 1)) });
                }
            }
            return;
        }
        for &level in &colors.levels {
            let color = match self.layer.color {
                Some(paint) => drawing.theme.paint(paint),
                None => colors.at(level).unwrap_or(self.color),
            };
            let parts = field.lines(level);
            if !parts.is_empty() {
                let dash = self.layer.dash.unwrap_or(if level < 0.0 && self.layer.color.is_some() {
                    Dash::Dashed
                } else {
                    Dash::Solid
                });
                let stroke = Stroke { color: alpha(color), width: self.layer.width.unwrap_or(1.5), dash };
                scene.shapes.push(Shape::Line { parts, stroke });
            }
        }
    }

    fn rules(&self, scene: &mut Scene, at: &Numbers, is_vertical: bool) {
        let area = self.drawing.area;
        let color = match self.layer.color {
            Some(_) => self.color,
            None => self.drawing.theme.text,
        };
        let color = self.layer.alpha.map_or(color, |alpha| color.faded(alpha));
        let dash = self.layer.dash.unwrap_or(Dash::Dashed);
        let stroke = Stroke { color, width: self.layer.width.unwrap_or(1.0), dash };
        for &value in at.iter() {
            let pixel = if is_vertical { self.drawing.x.pixel(value) } else { self.y(value) };
            let is_seen = match is_vertical {
                true => (area.left..=area.right()).contains(&pixel),
                false => (area.top..=area.bottom()).contains(&pixel),
            };
            if is_seen {
                let line = if is_vertical {
                    vec![[pixel, area.top], [pixel, area.bottom()]]
                } else {
                    vec![[area.left, pixel], [area.right(), pixel]]
                };
                scene.line(line, stroke);
            }
        }
    }

    fn strip(&self, scene: &mut Scene, from: f64, to: f64, is_vertical: bool) {
        let area = self.drawing.area;
        let pixel = |value: f64| if is_vertical { self.drawing.x.pixel(value) } else { self.y(value) };
        let (from, to) = (pixel(from), pixel(to));
        if from.is_nan() || to.is_nan() {
            return;
        }
        let (start, length) = (from.min(to), (to - from).abs());
        let strip = match is_vertical {
            true => Area { left: start, width: length, ..area },
            false => Area { top: start, height: length, ..area },
        };
        let strip = clamped(strip, &area);
        let color = if self.layer.color.is_some() { self.color } else { self.drawing.theme.text_secondary };
        if strip.width > 0.0 && strip.height > 0.0 {
            let fill = color.faded(self.layer.alpha.unwrap_or(0.12));
            scene.shapes.push(Shape::Box { area: strip, fill, radius: 0.0 });
        }
    }
}

/// The part of an area within another, with a margin that hides its cut sides.
fn clamped(area: Area, within: &Area) -> Area {
    const MARGIN: f64 = 4.0;
    let left = area.left.max(within.left - MARGIN);
    let top = area.top.max(within.top - MARGIN);
    let right = area.right().min(within.right() + MARGIN);
    let bottom = area.bottom().min(within.bottom() + MARGIN);
    Area { left, top, width: right - left, height: bottom - top }
}

/// Neighbours are equally far apart.
fn is_even(edges: &[f64]) -> bool {
    let Some((first, last)) = edges.first().zip(edges.last()) else { return false };
    let step = (last - first) / (edges.len() - 1) as f64;
    step.is_finite() && edges.iter().enumerate().all(|(index, edge)| (edge - first - step * index as f64).abs() < 0.01)
}

/// The colours of a mesh as a picture: of very many cells, the one in the middle of several stands for them.
fn cells(mesh: &Mesh, is_mirrored: bool, is_upwards: bool, fill: impl Fn(f64) -> Color) -> Cells {
    let (columns, rows) = (mesh.columns.min(MOST_CELLS), mesh.rows.min(MOST_CELLS));
    let pick = |index: usize, shown: usize, all: usize, is_turned: bool| {
        let index = if is_turned { shown - 1 - index } else { index };
        (2 * index + 1) * all / (2 * shown)
    };
    let mut colors = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        let row = pick(row, rows, mesh.rows, is_upwards);
        for column in 0..columns {
            let column = pick(column, columns, mesh.columns, is_mirrored);
            colors.push(fill(mesh.z[row * mesh.columns + column]));
        }
    }
    Cells { columns, rows, colors: Arc::new(colors) }
}

fn word(scene: &mut Scene, drawing: &Drawing<'_>, layer: &Layer, words: &Words) {
    let Drawing { metrics, theme, area, .. } = drawing;
    let point = match words.is_relative {
        true => [area.left + words.x * area.width, area.bottom() - words.y * area.height],
        false => [drawing.x.pixel(words.x), drawing.y_of(layer.is_right).pixel(words.y)],
    };
    let margin = 1.0;
    let is_seen = (area.left - margin..=area.right() + margin).contains(&point[0])
        && (area.top - margin..=area.bottom() + margin).contains(&point[1]);
    if !is_seen {
        return;
    }
    let color = layer.color.map_or(theme.text, |paint| theme.words(paint));
    let size = if metrics.is_terminal { metrics.tick } else { words.size.unwrap_or(metrics.tick) };
    let below = metrics.below_middle(size);
    let mut at = [point[0] + beside_rule(drawing, words), point[1] + below];
    if let Some([right, up]) = words.offset {
        at = [point[0] + right, point[1] - up + below];
        if !metrics.is_terminal {
            arrow(
                scene,
                [at[0], at[1] - below],
                point,
                words,
                Stroke::new(theme.text_secondary, 1.0),
                metrics.width(&words.text, size),
            );
        }
    }
    for (index, line) in words.text.lines().enumerate() {
        let at = [at[0], at[1] + index as f64 * size * metrics.leading];
        scene.shapes.push(Shape::Text(Text {
            at,
            text: line.to_owned(),
            size,
            weight: Weight::Regular,
            color,
            anchor: words.anchor,
            turns: 0,
            faint: None,
        }));
    }
}

/// How far words stand from their point: those at the place of a vertical line do not touch it.
fn beside_rule(drawing: &Drawing<'_>, words: &Words) -> f64 {
    let is_at_rule =
        |layer: &Arc<Layer>| matches!(&layer.kind, Kind::Rules { at, is_vertical: true } if at.contains(&words.x));
    if words.is_relative || !drawing.panel.layers.iter().any(is_at_rule) {
        return 0.0;
    }
    match words.anchor {
        Anchor::Start => drawing.metrics.gap,
        Anchor::Middle => 0.0,
        Anchor::End => -drawing.metrics.gap,
    }
}

/// From beside a text, whose middle of the line is at `from`, to a point.
fn arrow(scene: &mut Scene, from: Point, to: Point, words: &Words, stroke: Stroke, width: f64) {
    const HEAD: f64 = 6.0;
    let (left, right) = match words.anchor {
        Anchor::Start => (from[0], from[0] + width),
        Anchor::Middle => (from[0] - width / 2.0, from[0] + width / 2.0),
        Anchor::End => (from[0] - width, from[0]),
    };
    // It begins at the side of the text that is nearest to the point.
    let half = 10.0;
    let start = match () {
        () if to[0] < left - 4.0 => [left - 4.0, from[1]],
        () if to[0] > right + 4.0 => [right + 4.0, from[1]],
        () if to[1] < from[1] => [to[0].clamp(left, right), from[1] - half],
        () => [to[0].clamp(left, right), from[1] + half],
    };
    let (dx, dy) = (to[0] - start[0], to[1] - start[1]);
    let length = dx.hypot(dy);
    if length < HEAD + 4.0 {
        return;
    }
    let (ux, uy) = (dx / length, dy / length);
    // The point itself stays free.
    let tip = [to[0] - 4.0 * ux, to[1] - 4.0 * uy];
    let side = |turn: f64| [tip[0] - HEAD * ux + turn * uy, tip[1] - HEAD * uy - turn * ux];
    scene.line(vec![start, [tip[0] - HEAD * 0.8 * ux, tip[1] - HEAD * 0.8 * uy]], stroke);
    scene.shapes.push(Shape::Fill { rings: vec![vec![tip, side(2.5), side(-2.5)]], fill: stroke.color });
}
