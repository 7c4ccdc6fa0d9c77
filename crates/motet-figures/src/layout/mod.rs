//! From a figure to a scene: where everything stands on a paper of a size.
//!
//! | module | its one job |
//! |---|---|
//! | `metrics` | how large letters and gaps are |
//! | `limits` | from where to where axes go |
//! | `panel` | the parts of a panel around its axes |
//! | `axes` | grid, marks, labels |
//! | `layers` | what is drawn on the axes |
//! | `bars` | where bars stand |
//! | `curves` | points of curves |
//! | `contours` | lines of equal value |
//! | `colors` | numbers as colours, and the bar that explains them |
//! | `legend` | names of series, in the emptiest place |

mod axes;
mod bars;
mod colors;
mod contours;
mod curves;
mod layers;
mod legend;
pub mod limits;
pub mod metrics;
mod panel;

use crate::figure::Figure;
use crate::font::Weight;
use crate::scene::{Area, Scene, Shape, Text};
use crate::theme::Theme;
use metrics::Metrics;

/// Width and height of axes with what is around them, if the program says nothing.
const SIZE: [f64; 2] = [510.0, 400.0];
/// The same in a grid.
const CELL: [f64; 2] = [400.0, 320.0];
/// A grid is not larger than this unless the program says so.
const MOST: [f64; 2] = [1600.0, 1600.0];

/// How large a figure is on paper.
pub fn size_of(figure: &Figure) -> [f64; 2] {
    let metrics = &metrics::PAPER;
    let mut size = SIZE;
    if let [panel] = &figure.panels[..] {
        size[1] += panel::header_height(panel, metrics);
    } else {
        size = [
            (CELL[0] * figure.columns as f64).min(MOST[0]),
            (CELL[1] * figure.rows() as f64 + title_height(figure, metrics)).min(MOST[1]),
        ];
    }
    [figure.size[0].unwrap_or(size[0]), figure.size[1].unwrap_or(size[1])]
}

/// The title above all panels.
fn title_height(figure: &Figure, metrics: &Metrics) -> f64 {
    if figure.panels.len() == 1 || figure.title.is_none() {
        0.0
    } else {
        metrics.title * metrics.leading + metrics.margin[1]
    }
}

/// The scene of a figure on a paper of this size.
pub fn scene(figure: &Figure, size: [f64; 2], metrics: &Metrics, theme: &Theme) -> Scene {
    let background = (!figure.is_transparent && !metrics.is_terminal).then_some(theme.background);
    let mut scene = Scene { width: size[0], height: size[1], background, shapes: Vec::new() };
    let top = title_height(figure, metrics);
    if top > 0.0
        && let Some(title) = &figure.title
    {
        let size = metrics.title;
        let baseline = metrics.margin[1] + size * metrics.leading / 2.0 + metrics.below_middle(size);
        scene.shapes.push(Shape::Text(Text {
            at: [metrics.margin[0], baseline],
            text: title.to_string(),
            size: size + if metrics.is_terminal { 0.0 } else { 2.0 },
            weight: Weight::SemiBold,
            color: theme.text,
            anchor: Default::default(),
            turns: 0,
            faint: None,
        }));
    }
    let (columns, rows) = (figure.columns.max(1), figure.rows().max(1));
    let cell = |whole: f64, count: usize, axis: usize| {
        let one = whole / count as f64;
        if metrics.is_terminal { (one / metrics::CELL[axis]).floor() * metrics::CELL[axis] } else { one }
    };
    let (width, height) = (cell(size[0], columns, 0), cell(size[1] - top, rows, 1));
    for (index, panel) in figure.panels.iter().enumerate() {
        let area = Area {
            left: (index % columns) as f64 * width,
            top: top + (index / columns) as f64 * height,
            width,
            height,
        };
        panel::draw(&mut scene, panel, area, metrics, theme);
    }
    scene
}
