//! Plots: what a program says about them, the data, and how they are drawn.
//!
//! | module | its one job |
//! |---|---|
//! | `data` | values of programs as points |
//! | `live` | series that programs append to while they are shown |
//! | `curve` | what both are for those who draw them; long ones are thinned out |
//! | `pyramid` | minima and maxima of long series, at every scale |
//! | `source` | the points of a series in one frame; of long ones they are made on another thread |
//! | `axis` | linear, logarithmic and time axes: their marks and labels |
//! | `second` | the y axis at the right |
//! | `cloud` | dots of very many points, thinned out by the pixels that they cover |
//! | `later` | what takes long to work out of points, on another thread |
//! | `follow` | plots that follow their newest points |
//! | `map` | heat maps |
//! | `items` | series as egui_plot draws them |
//! | `draw` | a plot on the screen |

mod axis;
mod band;
mod cloud;
mod crowd;
mod curve;
mod data;
mod draw;
mod follow;
mod items;
mod later;
mod live;
mod map;
mod pyramid;
mod second;
mod source;

pub use axis::short;
pub use data::{Numbers, Points, SeriesData, numbers_of, points_of};
pub use draw::{Seen, draw};
pub use later::Later;
pub use live::{LIVE_SERIES, LiveConfig, LiveSeries, Mixed};
pub use motet_figures::Scale;

use crate::style::Paint;
use std::sync::Arc;

/// A plot as a program describes it.
pub struct Plot {
    pub title: Box<str>,
    pub height: Option<f32>,
    pub x: Axis,
    pub y: Axis,
    /// The y axis at the right, for series that say so.
    pub y2: Axis,
    pub series: Vec<Series>,
    pub has_legend: bool,
    /// Plots with the same group are moved and zoomed together in x.
    pub group: Option<Box<str>>,
    /// The newest points are followed: so much of the x axis is shown.
    pub follows: Option<f64>,
    /// The name of the colour map of heat maps.
    pub map: Box<str>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    pub label: Box<str>,
    pub scale: Scale,
    pub range: [Option<f64>; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesKind {
    Line,
    Scatter,
    Bar,
    Histogram,
    Area,
    Errors,
    Heatmap,
}

impl SeriesKind {
    pub const NAMES: &'static [(&'static str, SeriesKind)] = &[
        ("line", SeriesKind::Line),
        ("scatter", SeriesKind::Scatter),
        ("bar", SeriesKind::Bar),
        ("histogram", SeriesKind::Histogram),
        ("area", SeriesKind::Area),
        ("errors", SeriesKind::Errors),
        ("heatmap", SeriesKind::Heatmap),
    ];
}

pub struct Series {
    pub kind: SeriesKind,
    pub name: Box<str>,
    pub color: Option<Paint>,
    /// Its y axis is the one at the right.
    pub is_right: bool,
    pub data: SeriesData,
    /// Half-lengths of error bars.
    pub errors: Option<Arc<Points>>,
    pub bins: usize,
    /// Left, right, bottom and top of a heat map.
    pub extent: Option<[f64; 4]>,
}
