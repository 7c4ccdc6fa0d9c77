//! Values on grids: heat maps, pictures, contours.

use super::call::Call;
use super::{data, options};
use crate::figure::{Kind, Levels, Numbers};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, count, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

const OPTIONS: &[&str] = &["x", "y", "extent", "map", "range", "center", "color_scale"];

/// Cells of a heat map whose axes are not even, which are drawn one by one.
const MOST_UNEVEN: usize = 250_000;

/// The mesh of the positional arguments: `z`, or `x, y, z`.
fn mesh(context: &mut Context<'_>, call: &mut Call<'_>) -> Result<crate::figure::Mesh> {
    let name = call.name;
    let (x, y, z): (Option<Value>, Option<Value>, &Value) = match call.data {
        [z] => (call.option("x"), call.option("y"), z),
        [x, y, z] => (Some(x.clone()), Some(y.clone()), z),
        _ => {
            return Err(bad_value(format!("{name} takes z, or x, y and z"))
                .with_hint("z has a row for each y and a column for each x"));
        }
    };
    let grid = data::grid(context, name, z)?;
    let mut x = match x {
        Some(x) => Some(axis(context, call, &x, true)?),
        None => None,
    };
    let mut y = match y {
        Some(y) => Some(axis(context, call, &y, false)?),
        None => None,
    };
    if let Some(extent) = call.option("extent") {
        let ends = data::numbers(context, name, "extent", &extent)?;
        let [left, right, bottom, top] = ends[..] else {
            return Err(wrong(name, "[left, right, bottom, top] as extent", &extent));
        };
        if !data::rises(&[left, right]) || !data::rises(&[bottom, top]) {
            return Err(bad_value(format!("extent of {name} is [left, right, bottom, top], from less to more")));
        }
        // The middles of cells that fill it.
        let middles = |low: f64, high: f64, count: usize| -> Numbers {
            (0..count).map(|index| low + (high - low) * (index as f64 + 0.5) / count as f64).collect()
        };
        x = Some(middles(left, right, grid.0));
        y = Some(middles(bottom, top, grid.1));
    }
    data::mesh(name, grid, x, y)
}

/// Places along an axis. Those of numpy.meshgrid are a grid, all of whose rows or columns are the same.
fn axis(context: &mut Context<'_>, call: &mut Call<'_>, value: &Value, is_x: bool) -> Result<Numbers> {
    if data::is_grid(value) {
        let (columns, rows, numbers) = data::grid(context, call.name, value)?;
        return Ok(match is_x {
            true => numbers[..columns].into(),
            false => (0..rows).map(|row| numbers[row * columns]).collect(),
        });
    }
    if is_x { call.x(context, value) } else { call.y(context, value) }
}

fn heatmap(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let own: Vec<&'static str> = OPTIONS.iter().copied().chain(["values"]).collect();
    let mut call = Call::new(context, "heatmap", arguments, &own)?;
    let mesh = mesh(context, &mut call)?;
    let norm = options::norm(&call)?;
    let is_labelled = call.flag("values");
    const MOST_LABELS: usize = 2_500;
    if is_labelled && mesh.z.len() > MOST_LABELS {
        return Err(bad_value(format!(
            "heatmap writes at most {MOST_LABELS} values into its cells, and there are {}",
            mesh.z.len()
        )));
    }
    let is_even = |places: &Numbers| {
        let step = places.windows(2).map(|pair| pair[1] - pair[0]);
        let (low, high) = step.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), s| (l.min(s), h.max(s)));
        places.len() < 3 || (high - low).abs() <= high.abs().max(low.abs()) * 1e-6
    };
    if mesh.z.len() > MOST_UNEVEN && !(is_even(&mesh.x) && is_even(&mesh.y)) {
        return Err(bad_value(format!(
            "heatmap draws {MOST_UNEVEN} cells at most if they are not of one size, and there are {}",
            mesh.z.len()
        )));
    }
    let layer = call.of(Kind::Heat { mesh, norm, is_labelled });
    call.finish(context, vec![layer])
}

/// A heat map as a picture: the first row is at the top, and cells are square.
fn imshow(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "imshow", arguments, OPTIONS)?;
    let mesh = mesh(context, &mut call)?;
    let norm = options::norm(&call)?;
    call.panel.y.is_reversed = true;
    call.panel.is_equal = true;
    let layer = call.of(Kind::Heat { mesh, norm, is_labelled: false });
    call.finish(context, vec![layer])
}

fn contours(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    is_filled: bool,
) -> Result<Outcome> {
    const MOST: usize = 200;
    let own: Vec<&'static str> = OPTIONS.iter().copied().chain(["levels", "filled"]).collect();
    let mut call = Call::new(context, name, arguments, &own)?;
    let mesh = mesh(context, &mut call)?;
    let norm = options::norm(&call)?;
    let levels = match call.option("levels") {
        None => Levels::Count(8),
        Some(value) if data::length(&value).is_some() => {
            let levels = data::numbers(context, name, "levels", &value)?;
            if !data::rises(&levels) {
                return Err(bad_value(format!("levels of {name} are a number, or values that go up")));
            }
            Levels::At(levels)
        }
        Some(value) => Levels::Count(count(name, "levels", &value)?.max(1)),
    };
    let number = match &levels {
        Levels::Count(number) => *number,
        Levels::At(levels) => levels.len(),
    };
    if number > MOST {
        return Err(motet_vm::builtins::arguments::too_big(name, number, MOST, "levels"));
    }
    // Each level walks over the grid.
    let cells = mesh.z.len().saturating_mul(number.max(1));
    const MOST_CELLS: usize = 200_000_000;
    if cells > MOST_CELLS {
        return Err(motet_vm::builtins::arguments::too_big(name, cells, MOST_CELLS, "steps")
            .with_hint("of a large grid, take each n-th row and column"));
    }
    let is_filled = is_filled || call.flag("filled");
    let layer = call.of(Kind::Contour { mesh, norm, levels, is_filled });
    call.finish(context, vec![layer])
}

fn contour(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    contours(context, arguments, "contour", false)
}

fn contourf(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    contours(context, arguments, "contourf", true)
}

pub(super) const ENTRIES: [Entry; 4] = [
    super::drawing(
        "heatmap(...data)",
        heatmap,
        "Cells of colours: `heatmap(z)`, `heatmap(x, y, z)`; z has a row for each y. `map`, `range`, `center`, `extent`, `values: true`.",
    ),
    super::drawing(
        "imshow(...data)",
        imshow,
        "A heat map as a picture: the first row is at the top, and cells are square.",
    ),
    super::drawing(
        "contour(...data)",
        contour,
        "Lines of equal value: `contour(z)`, `contour(x, y, z)`; `levels`: how many, or which.",
    ),
    super::drawing("contourf(...data)", contourf, "The same with the areas between the lines filled."),
];
