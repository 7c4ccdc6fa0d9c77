//! How large letters and gaps are: on paper, and in the cells of a terminal.

use crate::font::{self, Weight};

pub struct Metrics {
    pub title: f64,
    pub subtitle: f64,
    pub axis_title: f64,
    pub tick: f64,
    /// Between rows of text.
    pub leading: f64,
    /// Around a panel: left, top, right, bottom.
    pub margin: [f64; 4],
    /// Between an axis and its labels.
    pub gap: f64,
    pub tick_length: f64,
    /// How far apart marks are at least, in x and y.
    pub tick_gap: [f64; 2],
    pub color_bar: f64,
    pub measure: fn(&str, f64, Weight) -> f64,
    /// Words stand in cells, and only upright ones.
    pub is_terminal: bool,
}

/// Width and height of a cell of a terminal in a scene.
pub const CELL: [f64; 2] = [8.0, 16.0];

pub static PAPER: Metrics = Metrics {
    title: 15.0,
    subtitle: 12.0,
    axis_title: 13.0,
    tick: 12.0,
    leading: 1.35,
    margin: [20.0, 20.0, 24.0, 18.0],
    gap: 8.0,
    tick_length: 4.0,
    tick_gap: [46.0, 40.0],
    color_bar: 10.0,
    measure: font::width,
    is_terminal: false,
};

pub static TERMINAL: Metrics = Metrics {
    title: 16.0,
    subtitle: 16.0,
    axis_title: 16.0,
    tick: 16.0,
    leading: 1.0,
    margin: [0.0, 0.0, 24.0, 0.0],
    gap: 8.0,
    tick_length: 0.0,
    tick_gap: [80.0, 56.0],
    color_bar: 16.0,
    measure: |text, _, _| text.chars().count() as f64 * CELL[0],
    is_terminal: true,
};

impl Metrics {
    pub fn width(&self, text: &str, size: f64) -> f64 {
        (self.measure)(text, size, Weight::Regular)
    }

    /// From the middle of a row of text down to its baseline.
    pub fn below_middle(&self, size: f64) -> f64 {
        size * font::CAP_HEIGHT / 2.0
    }

    /// A length that is a whole number of cells in a terminal.
    pub fn whole(&self, length: f64, axis: usize) -> f64 {
        if self.is_terminal { (length / CELL[axis]).ceil() * CELL[axis] } else { length }
    }
}
