//! What a figure looks like: one list of shapes, which every surface paints in its own way. Lengths are pixels at 96 to the
//! inch, y grows downwards.

use crate::color::Color;
use crate::font::Weight;
use std::sync::Arc;

pub type Point = [f64; 2];

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub fn holds(&self, point: Point) -> bool {
        (self.left..=self.right()).contains(&point[0]) && (self.top..=self.bottom()).contains(&point[1])
    }
}

pub struct Scene {
    pub width: f64,
    pub height: f64,
    pub background: Option<Color>,
    pub shapes: Vec<Shape>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    #[default]
    Start,
    Middle,
    End,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dash {
    #[default]
    Solid,
    Dashed,
    Dotted,
    /// Dashes and dots in turns.
    Mixed,
}

impl Dash {
    /// Lengths of ink and of gaps.
    pub fn lengths(self) -> &'static [f64] {
        match self {
            Dash::Solid => &[],
            Dash::Dashed => &[6.0, 3.0],
            Dash::Dotted => &[2.0, 2.0],
            Dash::Mixed => &[8.0, 3.0, 2.0, 3.0],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub color: Color,
    pub width: f64,
    pub dash: Dash,
}

impl Stroke {
    pub fn new(color: Color, width: f64) -> Stroke {
        Stroke { color, width, dash: Dash::Solid }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Plus,
    Cross,
    TriangleDown,
    Star,
    Dot,
}

impl Marker {
    /// Its outline around 0, for a diameter of 1; none for a circle. Lines are open.
    pub fn outline(self) -> Vec<Vec<Point>> {
        let turned = |count: usize, radius: &dyn Fn(usize) -> f64, from: f64| {
            let angle = |index: usize| from + std::f64::consts::TAU * index as f64 / count as f64;
            (0..count).map(|index| [radius(index) * angle(index).sin(), -radius(index) * angle(index).cos()]).collect()
        };
        match self {
            Marker::Circle | Marker::Dot => Vec::new(),
            Marker::Square => vec![vec![[-0.45, -0.45], [0.45, -0.45], [0.45, 0.45], [-0.45, 0.45]]],
            Marker::Triangle => vec![vec![[0.0, -0.55], [0.55, 0.42], [-0.55, 0.42]]],
            Marker::TriangleDown => vec![vec![[0.0, 0.55], [-0.55, -0.42], [0.55, -0.42]]],
            Marker::Diamond => vec![vec![[0.0, -0.6], [0.6, 0.0], [0.0, 0.6], [-0.6, 0.0]]],
            Marker::Star => {
                let radius = |index: usize| if index.is_multiple_of(2) { 0.62 } else { 0.27 };
                vec![turned(10, &radius, 0.0)]
            }
            Marker::Plus => vec![vec![[-0.5, 0.0], [0.5, 0.0]], vec![[0.0, -0.5], [0.0, 0.5]]],
            Marker::Cross => vec![vec![[-0.4, -0.4], [0.4, 0.4]], vec![[-0.4, 0.4], [0.4, -0.4]]],
        }
    }

    pub fn is_open(self) -> bool {
        matches!(self, Marker::Plus | Marker::Cross)
    }
}

#[derive(Clone, Debug)]
pub struct Text {
    /// Where its baseline begins, has its middle or ends.
    pub at: Point,
    pub text: String,
    pub size: f64,
    pub weight: Weight,
    pub color: Color,
    pub anchor: Anchor,
    /// Quarter turns to the right.
    pub turns: i8,
    /// From this byte on it has another colour: a unit.
    pub faint: Option<(usize, Color)>,
}

/// Cells of colours, row by row from the top.
#[derive(Clone)]
pub struct Cells {
    pub columns: usize,
    pub rows: usize,
    pub colors: Arc<Vec<Color>>,
}

#[derive(Clone)]
pub enum Shape {
    /// Filled, with rounded corners.
    Box {
        area: Area,
        fill: Color,
        radius: f64,
    },
    /// Through all points of each part.
    Line {
        parts: Vec<Vec<Point>>,
        stroke: Stroke,
    },
    /// What lies within the rings, each closed; within two it is outside again.
    Fill {
        rings: Vec<Vec<Point>>,
        fill: Color,
    },
    Markers {
        marker: Marker,
        at: Vec<(Point, f64)>,
        fill: Color,
        stroke: Option<Stroke>,
    },
    Text(Text),
    Image {
        area: Area,
        cells: Cells,
    },
    /// What follows shows only within the area, up to the next one of these.
    Clip(Option<Area>),
}

impl Scene {
    pub fn line(&mut self, points: Vec<Point>, stroke: Stroke) {
        self.shapes.push(Shape::Line { parts: vec![points], stroke });
    }
}
