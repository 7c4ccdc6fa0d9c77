//! Figures for surfaces outside of this crate: windows.

use crate::figure::Figure;
use crate::layout::{self, metrics};
use crate::out::raster::{self, Picture};
use crate::theme::ThemeName;
use motet_vm::memory::Value;
use std::sync::Arc;

/// A figure that a surface holds on to.
#[derive(Clone)]
pub struct Shown(Arc<Figure>);

/// The very same figure.
impl PartialEq for Shown {
    fn eq(&self, other: &Shown) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Shown {
    /// The figure that a value is.
    pub fn of(value: &Value) -> Option<Shown> {
        value.as_foreign()?.shared_as::<Figure>().map(Shown)
    }

    /// How large it is on paper.
    pub fn size(&self) -> [f64; 2] {
        layout::size_of(&self.0)
    }

    /// How many numbers it shows.
    pub fn numbers(&self) -> usize {
        self.0.numbers()
    }

    /// Its title, and those of its panels.
    pub fn title(&self) -> String {
        let panels = self.0.panels.iter().filter_map(|panel| panel.title.as_deref());
        self.0.title.as_deref().into_iter().chain(panels).collect::<Vec<_>>().join(", ")
    }

    /// Its pixels: laid out for a size, `scale` pixels to each of its own, on what lies behind it. A figure that names no theme
    /// takes that of the surface.
    pub fn paint(&self, size: [f64; 2], scale: f64, is_dark: bool) -> Picture {
        let of_surface = if is_dark { ThemeName::Dark } else { ThemeName::Light };
        let is_transparent = self.0.is_transparent || self.0.theme.is_none_or(|theme| theme == of_surface);
        let figure = Figure { is_transparent, ..Figure::clone(&self.0) };
        let theme = figure.theme.unwrap_or(of_surface).theme();
        let most = (raster::MOST_PIXELS / (size[0] * size[1]).max(1.0)).sqrt();
        raster::paint(&layout::scene(&figure, size, &metrics::PAPER, theme), scale.min(most))
    }
}
