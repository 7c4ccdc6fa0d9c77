//! Very many dots. Where each cell has one, they cover the plane: what is inside is painted as rows of cells, and only the
//! dots at the rim and those that stand alone are circles.

use super::band::quad;
use super::cloud::RADIUS;
use egui::epaint::{CircleShape, Mesh};
use egui::{Color32, Rangef, Shape, Stroke, Ui};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotPoint, PlotTransform};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Cells that are looked at, at most; there are fewer on any screen.
const MOST: i64 = 1 << 23;

/// Dots of which each cell has one.
pub struct Crowd {
    base: PlotItemBase,
    points: Vec<PlotPoint>,
    /// Width and height of a cell, in places.
    cell: [f64; 2],
    color: Color32,
}

/// A row of cells that lie inside: the first, the one behind the last, and which row it is.
type Row = (i64, i64, i64);

/// Which cells have dots.
struct Grid {
    left: i64,
    bottom: i64,
    columns: i64,
    rows: i64,
    is_taken: Vec<bool>,
}

impl Grid {
    /// None if the cells lie too far apart.
    fn of(cells: &[[i64; 2]]) -> Option<Grid> {
        let ends = |axis: usize| {
            let numbers = || cells.iter().map(move |cell| cell[axis]);
            // With a rim in which no dot is.
            Some((numbers().min()?.checked_sub(1)?, numbers().max()?.checked_add(2)?))
        };
        let ((left, right), (bottom, top)) = (ends(0)?, ends(1)?);
        let (columns, rows) = (right.checked_sub(left)?, top.checked_sub(bottom)?);
        let count = columns.checked_mul(rows).filter(|count| *count <= MOST)?;
        let mut grid = Grid { left, bottom, columns, rows, is_taken: vec![false; count as usize] };
        for cell in cells {
            let at = grid.at(*cell);
            grid.is_taken[at] = true;
        }
        Some(grid)
    }

    fn at(&self, [x, y]: [i64; 2]) -> usize {
        ((y - self.bottom) * self.columns + (x - self.left)) as usize
    }

    /// The cell and its eight neighbours have dots. It is not at the rim of the grid.
    fn is_inside(&self, cell: [i64; 2]) -> bool {
        let at = self.at(cell);
        let of_row = |middle: usize| self.is_taken[middle - 1..=middle + 1].iter().all(|is_taken| *is_taken);
        let columns = self.columns as usize;
        of_row(at) && of_row(at - columns) && of_row(at + columns)
    }

    fn rows_inside(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for y in self.bottom + 1..self.bottom + self.rows - 1 {
            let mut begin = None;
            for x in self.left + 1..self.left + self.columns {
                let is_inside = x + 1 < self.left + self.columns && self.is_inside([x, y]);
                match begin {
                    None if is_inside => begin = Some(x),
                    Some(first) if !is_inside => {
                        rows.push((first, x, y));
                        begin = None;
                    }
                    _ => {}
                }
            }
        }
        rows
    }
}

impl Crowd {
    pub fn new(name: String, dots: &[[f64; 2]], cell: [f64; 2], color: Color32) -> Crowd {
        let points = dots.iter().map(|[x, y]| PlotPoint::new(*x, *y)).collect();
        Crowd { base: PlotItemBase::new(name), points, cell, color }
    }
}

impl PlotItem for Crowd {
    fn shapes(&self, _: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let [wide, high] = self.cell;
        let cells: Vec<[i64; 2]> = self
            .points
            .iter()
            .map(|point| [(point.x / wide).floor() as i64, (point.y / high).floor() as i64])
            .collect();
        let grid = Grid::of(&cells);
        if let Some(grid) = &grid {
            let mut mesh = Mesh::default();
            for (first, end, row) in grid.rows_inside() {
                let x = [first, end].map(|column| transform.position_from_point_x(column as f64 * wide));
                let y = [row + 1, row].map(|row| transform.position_from_point_y(row as f64 * high));
                quad(&mut mesh, x, Rangef::new(y[0].min(y[1]), y[0].max(y[1])), [self.color; 2]);
            }
            shapes.push(Shape::Mesh(Arc::new(mesh)));
        }
        let radius = if self.highlighted() { RADIUS * std::f32::consts::SQRT_2 } else { RADIUS };
        for (point, cell) in self.points.iter().zip(&cells) {
            if grid.as_ref().is_none_or(|grid| !grid.is_inside(*cell)) {
                let center = transform.position_from_point(point);
                shapes.push(Shape::Circle(CircleShape { center, radius, fill: self.color, stroke: Stroke::NONE }));
            }
        }
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

    #[test]
    fn only_what_is_surrounded_lies_inside() {
        let square =
            |size: i64| (0..size).flat_map(move |x| (0..size).map(move |y| [x - 7, y + 3])).collect::<Vec<_>>();
        let rows = |cells: &[[i64; 2]]| Grid::of(cells).unwrap().rows_inside();
        assert_eq!(rows(&square(1)), []);
        assert_eq!(rows(&square(2)), []);
        assert_eq!(rows(&square(3)), [(-6, -5, 4)]);
        assert_eq!(rows(&square(5)), [(-6, -3, 4), (-6, -3, 5), (-6, -3, 6)]);
        let hole: Vec<_> = square(5).into_iter().filter(|cell| *cell != [-5, 5]).collect();
        assert_eq!(rows(&hole), []);
        let two: Vec<_> = square(3).into_iter().chain(square(3).into_iter().map(|[x, y]| [x + 3, y])).collect();
        assert_eq!(rows(&two), [(-6, -2, 4)]);
    }

    #[test]
    fn cells_that_lie_too_far_apart_have_no_grid() {
        assert!(Grid::of(&[]).is_none());
        assert!(Grid::of(&[[0, 0], [i64::MAX, 0]]).is_none());
        assert!(Grid::of(&[[0, 0], [1 << 20, 1 << 20]]).is_none());
        assert!(Grid::of(&[[0, 0], [100, 100]]).is_some());
    }
}
