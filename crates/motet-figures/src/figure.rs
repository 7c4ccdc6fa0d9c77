//! A figure as a value: what is drawn and how, without any paper. It never changes: what adds to a figure makes another one,
//! which shares the data of the first. So any thread may have it.

use crate::color::Paint;
use crate::maps::Map;
use crate::scale::Scale;
use crate::scene::{Dash, Marker};
use crate::theme::ThemeName;
use motet_vm::memory::{ForeignKind, ForeignObject};
use std::sync::Arc;

pub static FIGURE: ForeignKind = ForeignKind::new("Figure");

/// Numbers of a series.
pub type Numbers = Arc<[f64]>;

#[derive(Clone, Debug, Default)]
pub struct Figure {
    /// One, or those of a grid, row by row.
    pub panels: Vec<Arc<Panel>>,
    pub columns: usize,
    /// Above all panels of a grid.
    pub title: Option<Arc<str>>,
    /// Width and height in pixels, if the program says so.
    pub size: [Option<f64>; 2],
    pub theme: Option<ThemeName>,
    /// Without paper: what is behind the figure shows.
    pub is_transparent: bool,
}

/// Axes with what is drawn on them.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    pub title: Option<Arc<str>>,
    pub subtitle: Option<Arc<str>>,
    pub x: Axis,
    pub y: Axis,
    /// The y axis at the right, for layers that say so.
    pub y2: Axis,
    pub layers: Vec<Arc<Layer>>,
    pub legend: Legend,
    /// None: as suits what is drawn.
    pub grid: Option<Grid>,
    /// One unit is equally long in x and y.
    pub is_equal: bool,
    pub color_bar: ColorBar,
}

#[derive(Clone, Debug, Default)]
pub struct Axis {
    pub label: Option<Arc<str>>,
    /// None: linear, or of time if a value is a moment.
    pub scale: Option<Scale>,
    pub limits: [Option<f64>; 2],
    /// Values go down, or to the left.
    pub is_reversed: bool,
    /// Values 0, 1, 2 … are these words.
    pub categories: Arc<[Arc<str>]>,
    pub has_moments: bool,
    /// Marks of the program's own: values, and labels if it has any.
    pub ticks: Option<Arc<Ticks>>,
}

#[derive(Clone, Debug, Default)]
pub struct Ticks {
    pub values: Vec<f64>,
    pub labels: Vec<Arc<str>>,
}

impl Axis {
    pub fn scale(&self) -> Scale {
        self.scale.unwrap_or(if self.has_moments { Scale::Time } else { Scale::Linear })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legend {
    /// Beside the ends of lines, or in the emptiest corner.
    #[default]
    Auto,
    None,
    Corner(Corner),
    /// Beside the last points.
    Ends,
    /// In a row above the axes.
    Top,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corner {
    Best,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grid {
    None,
    X,
    Y,
    Both,
}

#[derive(Clone, Debug, Default)]
pub enum ColorBar {
    #[default]
    Auto,
    None,
    Titled(Arc<str>),
}

/// One thing that is drawn.
#[derive(Clone, Debug)]
pub struct Layer {
    pub kind: Kind,
    pub label: Option<Arc<str>>,
    /// None: the next of the series' colours.
    pub color: Option<Paint>,
    /// It has the colour of the layer before it.
    pub has_color_of_last: bool,
    pub alpha: Option<f64>,
    pub width: Option<f64>,
    pub dash: Option<Dash>,
    pub marker: Option<Marker>,
    pub marker_size: Option<f64>,
    /// Its y axis is the one at the right.
    pub is_right: bool,
    /// Half-lengths of error bars: downwards and upwards, to the left and to the right.
    pub y_errors: Option<[Numbers; 2]>,
    pub x_errors: Option<[Numbers; 2]>,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Line {
        x: Numbers,
        y: Numbers,
        steps: Steps,
    },
    Scatter {
        x: Numbers,
        y: Numbers,
        sizes: Option<Numbers>,
        colors: Option<(Numbers, Norm)>,
    },
    Bars(Bars),
    /// Between two curves.
    Band {
        x: Numbers,
        low: Numbers,
        high: Numbers,
    },
    Heat {
        mesh: Mesh,
        norm: Norm,
        is_labelled: bool,
    },
    Contour {
        mesh: Mesh,
        norm: Norm,
        levels: Levels,
        is_filled: bool,
    },
    /// Lines across the axes.
    Rules {
        at: Numbers,
        is_vertical: bool,
    },
    /// A strip across the axes.
    Strip {
        from: f64,
        to: f64,
        is_vertical: bool,
    },
    Words(Words),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Steps {
    #[default]
    None,
    Before,
    Middle,
    After,
}

#[derive(Clone, Debug)]
pub struct Bars {
    /// The middles of the bars, or of a histogram the edges: one more than there are heights.
    pub x: Numbers,
    pub heights: Numbers,
    pub is_histogram: bool,
    /// They lie.
    pub is_horizontal: bool,
    /// They stand on the bars before them.
    pub is_stacked: bool,
    /// The share of the room between two middles that the bars take.
    pub share: f64,
    /// What they stand on.
    pub base: f64,
    /// Their heights stand above them.
    pub has_values: bool,
}

/// Values on a rectangular grid.
#[derive(Clone, Debug)]
pub struct Mesh {
    pub columns: usize,
    pub rows: usize,
    /// Row by row; the first row has the first y.
    pub z: Numbers,
    /// Where the columns and rows are.
    pub x: Numbers,
    pub y: Numbers,
}

/// How numbers become colours.
#[derive(Clone, Copy, Debug, Default)]
pub struct Norm {
    pub map: Option<MapName>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub center: Option<f64>,
    pub is_log: bool,
}

#[derive(Clone, Copy)]
pub struct MapName(pub &'static Map);

impl std::fmt::Debug for MapName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}

#[derive(Clone, Debug)]
pub enum Levels {
    Count(usize),
    At(Numbers),
}

#[derive(Clone, Debug)]
pub struct Words {
    pub x: f64,
    pub y: f64,
    pub text: Arc<str>,
    pub size: Option<f64>,
    pub anchor: crate::scene::Anchor,
    /// How far from the point the text stands, in pixels: then an arrow leads to the point.
    pub offset: Option<[f64; 2]>,
    /// x and y are shares of the axes, from the lower left.
    pub is_relative: bool,
}

impl Layer {
    pub fn new(kind: Kind) -> Layer {
        Layer {
            kind,
            label: None,
            color: None,
            has_color_of_last: false,
            alpha: None,
            width: None,
            dash: None,
            marker: None,
            marker_size: None,
            is_right: false,
            y_errors: None,
            x_errors: None,
        }
    }

    /// It takes one of the series' colours, unless it has its own.
    pub fn takes_color(&self) -> bool {
        match &self.kind {
            Kind::Scatter { colors, .. } => colors.is_none(),
            Kind::Line { .. } | Kind::Bars(_) | Kind::Band { .. } => true,
            _ => false,
        }
    }

    pub fn norm(&self) -> Option<(&Norm, &[f64])> {
        match &self.kind {
            Kind::Scatter { colors: Some((values, norm)), .. } => Some((norm, values)),
            Kind::Heat { mesh, norm, .. } => Some((norm, &mesh.z)),
            Kind::Contour { mesh, norm, .. } => Some((norm, &mesh.z)),
            _ => None,
        }
    }

    fn numbers(&self) -> usize {
        let optional =
            |numbers: &Option<[Numbers; 2]>| numbers.as_ref().map_or(0, |[low, high]| low.len() + high.len());
        optional(&self.x_errors)
            + optional(&self.y_errors)
            + match &self.kind {
                Kind::Line { x, y, .. } => x.len() + y.len(),
                Kind::Scatter { x, y, sizes, colors } => {
                    x.len()
                        + y.len()
                        + sizes.as_ref().map_or(0, |sizes| sizes.len())
                        + colors.as_ref().map_or(0, |colors| colors.0.len())
                }
                Kind::Bars(bars) => bars.x.len() + bars.heights.len(),
                Kind::Band { x, low, high } => x.len() + low.len() + high.len(),
                Kind::Heat { mesh, .. } | Kind::Contour { mesh, .. } => mesh.x.len() + mesh.y.len() + mesh.z.len(),
                Kind::Rules { at, .. } => at.len(),
                Kind::Strip { .. } | Kind::Words(_) => 2,
            }
    }

    /// What it is called where the figure is printed.
    fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Line { .. } => "line",
            Kind::Scatter { .. } => "scatter",
            Kind::Bars(bars) if bars.is_histogram => "histogram",
            Kind::Bars(_) => "bars",
            Kind::Band { .. } => "band",
            Kind::Heat { .. } => "heat map",
            Kind::Contour { .. } => "contours",
            Kind::Rules { .. } => "rule",
            Kind::Strip { .. } => "strip",
            Kind::Words(_) => "text",
        }
    }
}

impl Figure {
    pub fn of_panel(panel: Panel) -> Figure {
        Figure { panels: vec![Arc::new(panel)], columns: 1, ..Figure::default() }
    }

    /// Numbers that it holds.
    pub fn numbers(&self) -> usize {
        self.panels.iter().flat_map(|panel| &panel.layers).map(|layer| layer.numbers()).sum()
    }

    pub fn rows(&self) -> usize {
        self.panels.len().div_ceil(self.columns.max(1))
    }
}

impl ForeignObject for Figure {
    fn kind(&self) -> &'static ForeignKind {
        &FIGURE
    }

    fn bytes(&self) -> usize {
        self.numbers() * size_of::<f64>()
    }

    fn display(&self) -> Option<String> {
        let titled = |title: &Option<Arc<str>>| title.as_ref().map(|title| format!(" {title:?}")).unwrap_or_default();
        if let [panel] = &self.panels[..] {
            let layers: Vec<&str> = panel.layers.iter().map(|layer| layer.name()).collect();
            const SHOWN: usize = 6;
            let more =
                if layers.len() > SHOWN { format!(", and {} more", layers.len() - SHOWN) } else { String::new() };
            let layers = if layers.is_empty() { "empty".into() } else { layers[..layers.len().min(SHOWN)].join(", ") };
            return Some(format!("<Figure{}: {layers}{more}>", titled(&panel.title)));
        }
        Some(format!("<Figure{}: {} × {} panels>", titled(&self.title), self.rows(), self.columns))
    }
}
