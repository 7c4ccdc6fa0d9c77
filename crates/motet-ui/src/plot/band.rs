//! A line with several points for each pixel: what it covers between the lowest and the highest point of each column.
//!
//! Drawn as a line, it would go up and down in each column, and every pixel would be painted many times. Columns of a pixel,
//! each painted by itself, are slow, too: what draws triangles works in blocks of some pixels. So columns that stand side by
//! side share a rectangle as far as all of them reach, and only what is above and below it belongs to a single one.

use super::curve::Column;
use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Color32, Pos2, Rangef, Shape, Ui, pos2};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotPoint, PlotTransform};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// So many columns share a rectangle.
const GROUP: usize = 32;
/// The least height of a rectangle that is worth its triangles, in pixels.
const WORTH: f32 = 4.0;

/// A column in places of the plot.
pub struct Placed {
    /// Left and right.
    pub x: [f64; 2],
    /// Lowest and highest.
    pub y: [f64; 2],
}

/// Columns side by side; none is empty.
pub struct Band {
    base: PlotItemBase,
    columns: Vec<Placed>,
    /// What the pointer finds.
    points: Vec<PlotPoint>,
    color: Color32,
    width: f32,
}

impl Band {
    /// `points`: what the pointer finds, in places.
    pub fn new(name: String, columns: Vec<Placed>, points: &[[f64; 2]], color: Color32, width: f32) -> Band {
        let points = points.iter().map(|[x, y]| PlotPoint::new(*x, *y)).collect();
        Band { base: PlotItemBase::new(name), columns, points, color, width }
    }

    /// Left and right edge of each column, and what the line covers of it, in pixels.
    fn on_screen(&self, transform: &PlotTransform) -> Vec<([f32; 2], Rangef)> {
        let half = self.width / 2.0 * if self.highlighted() { 2.0 } else { 1.0 };
        // What is far outside would be too large for the numbers of the screen.
        let near = transform.frame().expand(transform.frame().width() + transform.frame().height() + 10.0);
        let mut former: Option<Rangef> = None;
        let place = |column: &Placed| {
            let x = column.x.map(|x| near.x_range().clamp(transform.position_from_point_x(x)));
            let y = column.y.map(|y| near.y_range().clamp(transform.position_from_point_y(y)));
            let own = Rangef::new(y[0].min(y[1]), y[0].max(y[1]));
            // The line goes on from the column before.
            let joined = match former.replace(own) {
                Some(former) => Rangef::new(own.min.min(former.max), own.max.max(former.min)),
                None => own,
            };
            (x, joined.expand(half))
        };
        self.columns.iter().map(place).collect()
    }
}

/// Columns of a line, if it has points in all of them between its first and its last: else it is drawn as a line.
pub fn columns_of(all: &[Column], place: impl Fn([f64; 2]) -> [f64; 2]) -> Option<Vec<Placed>> {
    let is_empty = |column: &Column| column.span[0] > column.span[1];
    let first = all.iter().position(|column| !is_empty(column))?;
    let last = all.iter().rposition(|column| !is_empty(column))?;
    let placed = all[first..=last].iter().map(|column| {
        let ([left, low], [right, high]) = (place([column.x[0], column.span[0]]), place([column.x[1], column.span[1]]));
        let is_drawn = !is_empty(column) && [left, right, low, high].iter().all(|place| place.is_finite());
        is_drawn.then_some(Placed { x: [left, right], y: [low, high] })
    });
    placed.collect()
}

/// An upright rectangle, with a colour at its top and one at its bottom. Nothing, if it is upside down.
pub fn quad(mesh: &mut Mesh, x: [f32; 2], y: Rangef, colors: [Color32; 2]) {
    if y.max <= y.min {
        return;
    }
    let first = mesh.vertices.len() as u32;
    let mut corner = |pos: Pos2, color| mesh.vertices.push(Vertex { pos, uv: WHITE_UV, color });
    corner(pos2(x[0], y.min), colors[0]);
    corner(pos2(x[1], y.min), colors[0]);
    corner(pos2(x[0], y.max), colors[1]);
    corner(pos2(x[1], y.max), colors[1]);
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first + 1, first + 3, first + 2);
}

/// Paints columns, between the top and the bottom of what is seen. `soft`: a pixel, over which edges fade away.
fn paint(columns: &[([f32; 2], Rangef)], seen: Rangef, color: Color32, soft: f32) -> Mesh {
    let mut mesh = Mesh::default();
    let (solid, fading) = ([color; 2], [Color32::TRANSPARENT, color]);
    let edge = soft / 2.0;
    for group in columns.chunks(GROUP) {
        let inner =
            group.iter().map(|(_, y)| y.shrink(edge)).reduce(|a, b| a.intersection(b)).unwrap_or(Rangef::NOTHING);
        let inner = inner.intersection(seen);
        let shared = (inner.max - inner.min >= WORTH).then_some(inner);
        if let (Some(inner), Some((first, _)), Some((last, _))) = (shared, group.first(), group.last()) {
            quad(&mut mesh, [first[0], last[1]], inner, solid);
        }
        for (x, y) in group {
            let full = y.shrink(edge);
            quad(&mut mesh, *x, Rangef::new(y.min - edge, full.min), fading);
            quad(&mut mesh, *x, Rangef::new(full.max, y.max + edge), [color, Color32::TRANSPARENT]);
            let full = full.intersection(seen);
            match shared {
                Some(inner) => {
                    quad(&mut mesh, *x, Rangef::new(full.min, inner.min), solid);
                    quad(&mut mesh, *x, Rangef::new(inner.max, full.max), solid);
                }
                None => quad(&mut mesh, *x, full, solid),
            }
        }
    }
    mesh
}

impl PlotItem for Band {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let frame = transform.frame();
        let soft = 1.0 / ui.ctx().pixels_per_point();
        let columns = self.on_screen(transform);
        shapes.push(Shape::Mesh(Arc::new(paint(&columns, frame.y_range().expand(1.0), self.color, soft))));
    }

    fn initialize(&mut self, _: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.color
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::Points(&self.points)
    }

    fn bounds(&self) -> PlotBounds {
        let mut bounds = PlotBounds::NOTHING;
        for point in &self.points {
            bounds.extend_with(point);
        }
        bounds
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each pixel of a column of the screen is painted with the full colour.
    fn painted(mesh: &Mesh, x: f32, height: usize) -> Vec<usize> {
        let mut counts = vec![0; height];
        for corners in mesh.vertices.chunks(4) {
            let [first, .., last] = corners else { panic!("quads only") };
            let is_solid = corners.iter().all(|corner| corner.color == Color32::RED);
            for (row, count) in counts.iter_mut().enumerate() {
                let y = row as f32 + 0.5;
                let is_in = first.pos.x <= x && x < last.pos.x && first.pos.y <= y && y < last.pos.y;
                *count += usize::from(is_solid && is_in);
            }
        }
        counts
    }

    #[test]
    fn each_pixel_of_a_band_is_painted_once() {
        let mut random = 5_u64;
        let mut number = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((random >> 33) % below) as f32
        };
        for tall in [3, 40, 300] {
            let columns: Vec<_> = (0..100)
                .map(|column| {
                    let top = 20.5 + number(60);
                    ([column as f32, column as f32 + 1.0], Rangef::new(top, top + 1.0 + number(tall)))
                })
                .collect();
            let mesh = paint(&columns, Rangef::new(-1.0, 401.0), Color32::RED, 1.0);
            for ([left, _], y) in &columns {
                for (row, count) in painted(&mesh, left + 0.5, 400).into_iter().enumerate() {
                    let row = row as f32;
                    let is_full = row >= y.min + 0.5 && row + 1.0 <= y.max - 0.5;
                    assert_eq!(count, usize::from(is_full), "{left} {row} {y:?}");
                }
            }
        }
    }

    #[test]
    fn a_band_of_tall_columns_is_a_few_rectangles() {
        let columns: Vec<_> = (0..640).map(|x| ([x as f32, x as f32 + 1.0], Rangef::new(9.5, 300.5))).collect();
        let mesh = paint(&columns, Rangef::new(0.0, 400.0), Color32::RED, 1.0);
        let tall = mesh.vertices.chunks(4).filter(|corners| corners[3].pos.y - corners[0].pos.y > 2.0).count();
        assert_eq!(tall, 640 / GROUP);
    }

    #[test]
    fn a_line_with_gaps_is_no_band() {
        let column = |span| Column { x: [0.0, 1.0], span, ..Column::default() };
        let (full, empty) = ([1.0, 2.0], super::super::pyramid::EMPTY);
        let count = |spans: &[[f64; 2]]| {
            let columns: Vec<_> = spans.iter().map(|span| column(*span)).collect();
            columns_of(&columns, |point| point).map(|columns| columns.len())
        };
        assert_eq!(count(&[empty, full, full, empty]), Some(2));
        assert_eq!(count(&[full, empty, full]), None);
        assert_eq!(count(&[empty]), None);
        assert_eq!(count(&[[f64::NEG_INFINITY, 1.0]]), None);
    }
}
