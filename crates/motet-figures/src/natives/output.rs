//! Figures leave the program: as text, as bytes, in files.

use super::call::{KIND, receiver};
use crate::figure::Figure;
use crate::layout::{self, metrics};
use crate::out::{raster, svg, terminal};
use motet_std::access;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, number, text, too_big};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind, Pictures, Result};

/// Pixels to the inch of a scene.
const INCH: f64 = 96.0;
/// A picture has twice as many, for screens that do.
const DPI: f64 = 192.0;

/// Memory that laying a figure out takes at most: points on the paper, and what is written of them.
fn bytes_of(figure: &Figure) -> usize {
    figure.numbers().saturating_mul(64) + (1 << 20)
}

fn svg_of(figure: &Figure) -> String {
    let theme = figure.theme.unwrap_or_default().theme();
    svg::svg(&layout::scene(figure, layout::size_of(figure), &metrics::PAPER, theme))
}

fn picture_of(figure: &Figure, dpi: f64) -> raster::Picture {
    let theme = figure.theme.unwrap_or_default().theme();
    let scene = layout::scene(figure, layout::size_of(figure), &metrics::PAPER, theme);
    raster::paint(&scene, dpi / INCH)
}

fn png_of(figure: &Figure, dpi: f64) -> std::result::Result<Vec<u8>, OperationError> {
    picture_of(figure, dpi)
        .png(dpi)
        .ok_or_else(|| OperationError::new(ErrorKind::Error, "the picture could not be written as PNG"))
}

/// The dots to the inch of a call, if the picture is not too large by them.
fn dpi(name: &str, given: &WithOptions<'_>, figure: &Figure) -> Result<f64> {
    let Some(value) = given.option("dpi") else { return Ok(DPI).and_then(|dpi| fits(name, figure, dpi)) };
    let dpi = number(name, &value)?;
    if !(10.0..=2400.0).contains(&dpi) {
        return Err(bad_value(format!("dpi of {name} is from 10 to 2400, not {dpi}")));
    }
    fits(name, figure, dpi)
}

fn fits(name: &str, figure: &Figure, dpi: f64) -> Result<f64> {
    let [width, height] = layout::size_of(figure).map(|side| (side * dpi / INCH).round());
    if width.max(height) > raster::MOST_SIDE || width * height > raster::MOST_PIXELS {
        return Err(too_big(name, format!("a picture of {width} × {height}"), raster::MOST_PIXELS as usize, "pixels"));
    }
    Ok(dpi)
}

fn raster_bytes(figure: &Figure, dpi: f64) -> usize {
    let [width, height] = layout::size_of(figure);
    bytes_of(figure) + raster::bytes(width, height, dpi / INCH)
}

fn to_svg(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let figure = receiver("to_svg", &arguments)?;
    let bytes = bytes_of(&figure);
    context.offload("to_svg", bytes, move || Ok(svg_of(&figure)), |context, text| Ok(context.heap().string(&text)))
}

fn to_png(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = WithOptions::of("to_png", arguments, 1, &["dpi"])?;
    let figure = receiver("to_png", &arguments)?;
    let dpi = dpi("to_png", &given, &figure)?;
    let bytes = raster_bytes(&figure, dpi);
    context.offload("to_png", bytes, move || png_of(&figure, dpi), |context, bytes| Ok(context.heap().bytes(bytes)))
}

/// What a file holds, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Svg,
    Png,
}

fn format(path: &str) -> Result<Format> {
    let end = path.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    match end.as_str() {
        "svg" => Ok(Format::Svg),
        "png" => Ok(Format::Png),
        _ => Err(bad_value(format!("save writes .svg and .png, and the name of {path:?} ends in neither")).with_hint(
            match end.as_str() {
                "pdf" | "eps" | "ps" => "an SVG has the same lines and words; Inkscape and rsvg-convert make PDF of it",
                _ => "figure.save(\"plot.svg\")",
            },
        )),
    }
}

fn save(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "save";
    let given = WithOptions::of(NAME, arguments, 2, &["dpi"])?;
    let figure = receiver(NAME, &arguments)?;
    let path = text(NAME, arguments.at(1))?.as_str().to_owned();
    let format = format(&path)?;
    let dpi = match format {
        Format::Png => dpi(NAME, &given, &figure)?,
        Format::Svg => DPI,
    };
    let gate = access::writing(context, &path)?;
    let bytes = if format == Format::Png { raster_bytes(&figure, dpi) } else { bytes_of(&figure) };
    let result = arguments.at(0).clone();
    let write = move || {
        let content = match format {
            Format::Svg => svg_of(&figure).into_bytes(),
            Format::Png => png_of(&figure, dpi)?,
        };
        std::fs::write(gate.pass(&path)?, content).map_err(|error| failure(&path, &error))
    };
    context.offload(NAME, bytes, write, move |_, ()| Ok(result))
}

/// Columns and rows of a text.
fn cells(name: &str, given: &WithOptions<'_>, usual: [usize; 2]) -> Result<[usize; 2]> {
    let mut found = usual;
    for (side, option) in found.iter_mut().zip(["columns", "rows"]) {
        if let Some(value) = given.option(option) {
            *side = count(name, option, &value)?;
            if !(5..=1000).contains(side) {
                return Err(bad_value(format!("{option} of {name} is from 5 to 1000, not {side}")));
            }
        }
    }
    Ok(found)
}

/// Columns and rows of a terminal that nothing is known of.
const TERMINAL: [usize; 2] = [80, 24];

fn to_text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "to_text";
    let given = WithOptions::of(NAME, arguments, 1, &["columns", "rows", "colors"])?;
    let figure = receiver(NAME, &arguments)?;
    let [columns, rows] = cells(NAME, &given, TERMINAL)?;
    let has_colors = given.flag("colors");
    let bytes = bytes_of(&figure) + columns * rows * 64;
    let make = move || Ok(terminal::text(&figure, columns, rows, has_colors));
    context.offload(NAME, bytes, make, |context, text| Ok(context.heap().string(&text)))
}

/// Shows the figure where the output goes: as a picture, as dots in colours, or, if that is no terminal, as dots. It gives
/// null, so that the prompt, which shows figures, does not show it again.
fn show(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "show";
    let given = WithOptions::of(NAME, arguments, 1, &["columns", "rows"])?;
    let figure = receiver(NAME, &arguments)?;
    let terminal = context.terminal();
    // The line that the prompt stands on stays free.
    let usual = terminal.map_or(TERMINAL, |terminal| {
        [usize::from(terminal.columns).clamp(20, 120), usize::from(terminal.rows).saturating_sub(2).clamp(10, 30)]
    });
    let [columns, rows] = cells(NAME, &given, usual)?;
    let pictures = terminal.map_or(Pictures::None, |terminal| terminal.pictures);
    let bytes = if pictures == Pictures::None {
        bytes_of(&figure) + columns * rows * 64
    } else {
        4 * raster_bytes(&figure, INCH)
    };
    if pictures != Pictures::None {
        fits(NAME, &figure, INCH)?;
    }
    let make = move || {
        Ok(match pictures {
            Pictures::None => terminal::text(&figure, columns, rows, terminal.is_some()),
            Pictures::Kitty => terminal::kitty(&png_of(&figure, INCH)?),
            Pictures::Sixel => terminal::sixel(&picture_of(&figure, INCH)),
        })
    };
    context.offload(NAME, bytes, make, move |context, text| {
        context.print(&text)?;
        Ok(Value::NULL)
    })
}

/// As files of the standard library say it.
fn failure(path: &str, error: &std::io::Error) -> OperationError {
    let text = error.to_string();
    let number = error.raw_os_error().map(|code| format!(" (os error {code})")).unwrap_or_default();
    let text = text.strip_suffix(&number).unwrap_or(&text);
    OperationError::new(ErrorKind::IoError, format!("cannot write {path}: {text}"))
}

pub(super) const ENTRIES: [Entry; 5] = [
    Entry::method(
        KIND,
        "to_text(figure, columns: 80, rows: 24, colors: false)",
        to_text,
        "The figure in dots of braille and letters, as a terminal shows it.",
    )
    .pure(),
    Entry::method(
        KIND,
        "show(figure, columns: null, rows: null)",
        show,
        "Shows the figure in the terminal: as a picture where the terminal shows pictures, else in dots.",
    ),
    Entry::method(KIND, "to_svg(figure)", to_svg, "The figure as the text of an SVG file.").pure(),
    Entry::method(KIND, "to_png(figure, dpi: 192)", to_png, "The figure as the bytes of a PNG file.").pure(),
    Entry::method(
        KIND,
        "save(figure, path, dpi: 192)",
        save,
        "Writes the figure to a file: `.svg` or `.png`; gives the figure.",
    ),
];
