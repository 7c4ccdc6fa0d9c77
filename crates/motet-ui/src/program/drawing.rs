//! Natives for canvases and pictures.

use super::arguments::Call;
use super::widgets::{put, widget};
use crate::canvas::{Canvas, Colors, Pixels, ShapeData, paint, pixels_of, read_picture, shapes_of};
use crate::figure::Source;
use crate::style::Paint;
use crate::tree::Kind;
use motet_figures::Shown;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::path::Path;
use std::sync::Arc;

fn ui_canvas(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "ui_canvas", arguments, 1, &["view", "on_pointer", "on_key"])?;
    let value = call.at(0);
    let shapes = match call.builder.link.bind(value, context.gene()) {
        Some(binding) => ShapeData::Bound(binding),
        None => ShapeData::Fixed(Arc::new(shapes_of(value).map_err(|expected| wrong("ui_canvas", &expected, value))?)),
    };
    let view = match call.option("view") {
        None => None,
        Some(value) => {
            let ends = value.as_list().map(|list| list.items().iter().map(Value::as_number).collect::<Vec<_>>());
            match ends.as_deref() {
                Some([Some(left), Some(top), Some(right), Some(bottom)]) if left != right && top != bottom => {
                    Some([*left, *top, *right, *bottom])
                }
                _ => return Err(wrong("ui_canvas", "[left, top, right, bottom] as view", &value)),
            }
        }
    };
    let mut listens = [false; 2];
    for (index, (option, part)) in [("on_pointer", "pointer"), ("on_key", "key")].into_iter().enumerate() {
        if let Some(function) = call.option(option) {
            let function = motet_vm::builtins::arguments::callable("ui_canvas", &function)?.clone();
            call.common.parts.push((part, function));
            listens[index] = true;
        }
    }
    put(context, call, Kind::Canvas(Box::new(Canvas { shapes, view, on_pointer: listens[0], on_key: listens[1] })))
}

fn ui_image(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_image", arguments, 1, &["colors", "map", "smooth"])?;
    let source = call.at(0);
    let (image, is_file) = match source.as_str() {
        Some(path) => {
            if !context.permissions().read_files {
                return Err(Error::new(ErrorKind::PermissionError, "this program may not read files"));
            }
            let path = path.to_owned();
            let read = || read_picture(Path::new(&path)).map(Arc::new);
            let image = call
                .builder
                .link
                .picture(&path, read)
                .map_err(|why| Error::new(ErrorKind::IoError, format!("ui_image cannot show {path}: {why}")))?;
            (image, true)
        }
        None => {
            let map = call.option("map").and_then(|map| map.as_str().map(str::to_owned)).unwrap_or("viridis".into());
            let colors = match call.option("colors") {
                None => Colors::Map(&map, None),
                Some(list) => {
                    let items = list.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
                    let color = |item: &Value| match paint(item) {
                        Ok(Paint::Fixed(color)) => Ok(color),
                        Ok(_) => Err(bad_value("a picture has colours such as \"#3cb4be\", which no theme changes")),
                        Err(expected) => Err(wrong("ui_image", &expected, item)),
                    };
                    Colors::List(items.iter().map(color).collect::<Result<_>>()?)
                }
            };
            let image = pixels_of(source, &colors)
                .map_err(|expected| wrong("ui_image", &format!("the path of a PNG, or {expected}"), source))?;
            (Arc::new(image), false)
        }
    };
    let is_smooth = call.option("smooth").map_or(is_file, |smooth| smooth.is_truthy());
    put(context, call, Kind::Image(Pixels { image, is_smooth }))
}

fn ui_figure(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_figure", arguments, 1, &[])?;
    let value = call.at(0);
    let source = match (Shown::of(value), call.builder.link.bind(value, context.gene())) {
        (Some(figure), _) => Source::Fixed(figure),
        (None, Some(binding)) => Source::Bound(binding),
        (None, None) => {
            return Err(
                wrong("ui_figure", "a figure, or a signal of one", value).with_hint("ui_figure(figures.plot(x, y))")
            );
        }
    };
    put(context, call, Kind::Figure(Box::new(source)))
}

pub(super) static NATIVES: &[Entry] = &[
    widget(
        "ui_figure(figure, style = \"\", options = null)",
        ui_figure,
        "In a window: a figure, or a signal of one, in the size of the widget and the colours of the window.",
    ),
    widget(
        "ui_canvas(shapes, style = \"\", options = null)",
        ui_canvas,
        "In a window: a list of shapes, or a signal of one: `{kind: \"line\", points, color, width}`, polygon, rect, circle, \
         text, pixels. `view: [left, top, right, bottom]` gives it units of its own; `on_pointer` and `on_key` are called with \
         what is done to it.",
    ),
    widget(
        "ui_image(source, style = \"\", options = null)",
        ui_image,
        "In a window: a picture: the path of a PNG, or rows of numbers, colours or `[red, green, blue]`; `colors`, `map`, \
         `smooth`.",
    ),
];
