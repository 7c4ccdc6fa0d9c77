//! Heat maps: a grid of values as a picture in the plot's units, and the bar that says what its colours mean.

use super::Scale;
use super::axis::{label, marks};
use super::data::Points;
use crate::look::{Tokens, color_of_figure};
use egui::{Color32, ColorImage, FontFamily, FontId, Rect, TextureHandle, TextureOptions, Ui, Vec2, pos2, vec2};
use egui_plot::{GridInput, PlotImage, PlotPoint, PlotUi};
use motet_figures::maps::{MAPS, Map};
use std::sync::Arc;

/// Width of the bar with its labels, and of its colours.
pub const BAR: f32 = 58.0;
const COLORS: f32 = 10.0;

/// A grid as it was painted last.
pub struct Painted {
    points: Arc<Points>,
    texture: TextureHandle,
    range: [f64; 2],
}

impl Painted {
    /// The picture of a grid, made anew only if the grid has changed.
    pub fn of(ui: &Ui, former: Option<Painted>, points: &Arc<Points>, map: &str) -> Option<Painted> {
        if former.as_ref().is_some_and(|former| Arc::ptr_eq(&former.points, points)) {
            return former;
        }
        let (columns, rows) = (points.columns, points.ys.len().checked_div(points.columns)?);
        let finite = points.ys.iter().copied().filter(|value| value.is_finite());
        let range = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)]);
        let color = |value: f64| match value.is_finite() {
            true => color_at(map, (value - range[0]) / (range[1] - range[0])),
            false => Color32::TRANSPARENT,
        };
        // The first row of a grid is the lowest, that of a picture the highest.
        let pixels = (0..rows).rev().flat_map(|row| &points.ys[row * columns..(row + 1) * columns]).map(|v| color(*v));
        let image = ColorImage::new([columns, rows], pixels.collect());
        let texture = match former {
            Some(Painted { mut texture, .. }) => {
                texture.set(image, TextureOptions::NEAREST);
                texture
            }
            None => ui.ctx().load_texture("motet heat map", image, TextureOptions::NEAREST),
        };
        Some(Painted { points: points.clone(), texture, range })
    }

    /// Adds it to a plot. `extent`: left, right, bottom and top; none: a cell is one unit, its middle a whole number.
    pub fn add(&self, ui: &mut PlotUi<'_>, name: String, extent: Option<[f64; 4]>) {
        let (columns, rows) = (self.points.columns as f64, (self.points.ys.len() / self.points.columns) as f64);
        let [left, right, bottom, top] = extent.unwrap_or([-0.5, columns - 0.5, -0.5, rows - 0.5]);
        let size = vec2((right - left) as f32, (top - bottom) as f32);
        let middle = PlotPoint::new((left + right) / 2.0, (bottom + top) / 2.0);
        ui.image(PlotImage::new(name, self.texture.id(), middle, size).allow_hover(false));
    }

    /// The value of the cell at a place.
    pub fn value_at(&self, [x, y]: [f64; 2], extent: Option<[f64; 4]>) -> Option<f64> {
        let (columns, rows) = (self.points.columns as f64, (self.points.ys.len() / self.points.columns) as f64);
        let [left, right, bottom, top] = extent.unwrap_or([-0.5, columns - 0.5, -0.5, rows - 0.5]);
        let (column, row) = ((x - left) / (right - left) * columns, (y - bottom) / (top - bottom) * rows);
        if !(0.0..columns).contains(&column) || !(0.0..rows).contains(&row) {
            return None;
        }
        self.points.ys.get(row as usize * self.points.columns + column as usize).copied().filter(|v| v.is_finite())
    }

    /// The bar, right of the plot.
    pub fn bar(&self, ui: &Ui, area: Rect, map: &str, tokens: &Tokens) {
        let [low, high] = self.range;
        if low >= high {
            return;
        }
        let rect =
            Rect::from_min_max(pos2(area.left() + 12.0, area.top()), pos2(area.left() + 12.0 + COLORS, area.bottom()));
        const STRIPES: usize = 64;
        let high_stripe = rect.height() / STRIPES as f32;
        for stripe in 0..STRIPES {
            let part = (stripe as f64 + 0.5) / STRIPES as f64;
            let top = rect.bottom() - (stripe as f32 + 1.0) * high_stripe;
            // A little higher than it is, so that no gap shows.
            let piece = Rect::from_min_size(pos2(rect.left(), top), Vec2::new(COLORS, high_stripe + 0.5));
            ui.painter().rect_filled(piece, 0.0, color_at(map, part));
        }
        let step = (high - low) / f64::from(rect.height());
        for mark in marks(Scale::Linear, &GridInput { bounds: (low, high), base_step_size: step }, 36.0) {
            let part = ((mark.value - low) / (high - low)) as f32;
            let y = rect.bottom() - part * rect.height();
            let font = FontId::new(11.0, FontFamily::Proportional);
            let text = label(Scale::Linear, mark);
            ui.painter().hline(rect.right()..=rect.right() + 3.0, y, egui::Stroke::new(1.0, tokens.axis));
            ui.painter().text(pos2(rect.right() + 6.0, y), egui::Align2::LEFT_CENTER, text, font, tokens.text_faint);
        }
    }
}

/// A colour of a map, between its stops.
fn color_at(map: &str, part: f64) -> Color32 {
    let part = if part.is_finite() { part } else { 0.0 };
    color_of_figure(Map::named(map).unwrap_or(&MAPS[0]).at(part))
}
