//! Options: what a program says about layers, axes and figures beside their data.

use super::data;
use crate::color::{self, Paint};
use crate::figure::{Axis, ColorBar, Corner, Figure, Grid, Layer, Legend, MapName, Norm, Panel, Ticks};
use crate::maps::{MAPS, Map};
use crate::scale::Scale;
use crate::scene::{Dash, Marker};
use crate::theme::ThemeName;
use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::memory::Value;
use motet_vm::{Context, Error, Result};
use std::sync::Arc;

/// Of all that is drawn.
pub const LAYER: &[&str] = &["label", "color", "alpha", "width", "style", "marker", "marker_size", "axis"];

/// Of the axes and the paper.
pub const PANEL: &[&str] = &[
    "title",
    "subtitle",
    "xlabel",
    "ylabel",
    "y2label",
    "xscale",
    "yscale",
    "y2scale",
    "xlim",
    "ylim",
    "y2lim",
    "xticks",
    "yticks",
    "legend",
    "grid",
    "equal",
    "color_bar",
    "size",
    "theme",
    "background",
];

fn text<'a>(name: &str, option: &str, value: &'a Value) -> Result<&'a str> {
    value.as_str().ok_or_else(|| wrong(name, &format!("a string as {option}"), value))
}

/// The meaning of a word, of those that an option knows.
fn one_of<T: Copy>(name: &str, option: &str, value: &Value, known: &[(&str, T)]) -> Result<T> {
    let word = text(name, option, value)?;
    known.iter().find(|entry| entry.0 == word).map(|entry| entry.1).ok_or_else(|| {
        let words: Vec<String> = known.iter().map(|entry| format!("{:?}", entry.0)).collect();
        bad_value(format!("{option} of {name} is {word:?}")).with_hint(format!("it may be {}", words.join(", ")))
    })
}

fn positive(name: &str, option: &str, value: &Value, most: f64) -> Result<f64> {
    let number = data::place(name, option, value)?;
    if number > 0.0 && number <= most {
        return Ok(number);
    }
    Err(bad_value(format!("{option} of {name} is above 0 and at most {most}, not {number}")))
}

/// A colour: its name, its digits, or the number of a series' colour.
pub fn paint(name: &str, value: &Value) -> Result<Paint> {
    if let Some(index) = value.as_int().and_then(|index| usize::try_from(index).ok()) {
        return Ok(Paint::Series(index));
    }
    let word = value.as_str().ok_or_else(|| wrong(name, "a string such as \"#2987e9\" as color", value))?;
    color::parse(word).ok_or_else(|| {
        let error = bad_value(format!("{name} knows no color {word:?}"));
        match motet_vm::nearest(word, color::names()) {
            Some(near) => error.with_hint(format!("did you mean {near:?}?")),
            None => error.with_hint("a name of CSS, \"#rrggbb\", or \"C0\" to \"C9\" for a series' color"),
        }
    })
}

const DASHES: &[(&str, Dash)] = &[
    ("-", Dash::Solid),
    ("--", Dash::Dashed),
    ("-.", Dash::Mixed),
    (":", Dash::Dotted),
    ("dashdot", Dash::Mixed),
    ("dashed", Dash::Dashed),
    ("dotted", Dash::Dotted),
    ("solid", Dash::Solid),
];

const MARKERS: &[(&str, Marker)] = &[
    ("o", Marker::Circle),
    ("s", Marker::Square),
    ("^", Marker::Triangle),
    ("d", Marker::Diamond),
    ("D", Marker::Diamond),
    ("+", Marker::Plus),
    ("x", Marker::Cross),
    ("v", Marker::TriangleDown),
    ("*", Marker::Star),
    (".", Marker::Dot),
    ("circle", Marker::Circle),
    ("square", Marker::Square),
    ("triangle", Marker::Triangle),
    ("diamond", Marker::Diamond),
    ("plus", Marker::Plus),
    ("cross", Marker::Cross),
    ("star", Marker::Star),
    ("dot", Marker::Dot),
];

pub fn is_right(name: &str, value: Option<&Value>) -> Result<bool> {
    value.map_or(Ok(false), |value| one_of(name, "axis", value, &[("left", false), ("right", true)]))
}

pub fn set_layer(name: &str, layer: &mut Layer, option: &str, value: &Value) -> Result<()> {
    match option {
        // Of several series, each has a name of its own.
        "label" if value.as_list().is_some() => {}
        "label" => layer.label = Some(text(name, option, value)?.into()),
        // Of a scatter plot, numbers are colours.
        "color" if data::length(value).is_some() => {}
        "color" => layer.color = Some(paint(name, value)?),
        "alpha" => {
            let alpha = data::place(name, option, value)?;
            if !(0.0..=1.0).contains(&alpha) {
                return Err(bad_value(format!("alpha of {name} is from 0 to 1, not {alpha}")));
            }
            layer.alpha = Some(alpha);
        }
        "width" => layer.width = Some(positive(name, option, value, 100.0)?),
        "style" => layer.dash = Some(one_of(name, option, value, DASHES)?),
        "marker" => layer.marker = Some(one_of(name, option, value, MARKERS)?),
        "marker_size" if data::length(value).is_some() => {}
        "marker_size" => layer.marker_size = Some(positive(name, option, value, 1000.0)?),
        _ => {}
    }
    Ok(())
}

/// A format of MATLAB and matplotlib, such as `"r--"` or `"ko"`: colour, marker and dashes in any order. Gives whether the
/// points are joined.
pub fn set_format(name: &str, layer: &mut Layer, format: &str) -> Result<bool> {
    let mut rest = format;
    let mut has_line = false;
    while !rest.is_empty() {
        let dash = [("--", Dash::Dashed), ("-.", Dash::Mixed), ("-", Dash::Solid), (":", Dash::Dotted)];
        if let Some((sign, dash)) = dash.into_iter().find(|entry| rest.starts_with(entry.0)) {
            layer.dash = Some(dash);
            has_line = true;
            rest = &rest[sign.len()..];
            continue;
        }
        let length = rest.chars().next().map_or(0, char::len_utf8);
        let letter = &rest[..length];
        let marker = MARKERS.iter().find(|entry| entry.0 == letter);
        match (marker, color::parse(letter)) {
            (Some(marker), _) => layer.marker = Some(marker.1),
            (None, Some(paint)) => layer.color = Some(paint),
            (None, None) => {
                return Err(bad_value(format!("{name} knows no {letter:?} in the format {format:?}"))
                    .with_hint("such as \"r--\" or \"ko\": a color, a marker, dashes; a name is label: \"…\""));
            }
        }
        rest = &rest[length..];
    }
    Ok(has_line || layer.marker.is_none())
}

/// The colours of a map: `map`, `range: [low, high]`, `center`, `color_scale: "log"`.
pub fn norm(call: &super::call::Call<'_>) -> Result<Norm> {
    let name = call.name;
    let mut norm = Norm { center: call.number("center")?, ..Norm::default() };
    if let Some(value) = call.option("map") {
        let word = text(name, "map", &value)?;
        norm.map = Some(MapName(Map::named(word).ok_or_else(|| {
            let names: Vec<&str> = MAPS.iter().map(|map| map.name).collect();
            bad_value(format!("{name} knows no color map {word:?}")).with_hint(format!("it knows {}", names.join(", ")))
        })?));
    }
    if let Some(value) = call.option("range") {
        [norm.low, norm.high] = range(name, "range", &value)?;
    }
    if let Some(value) = call.option("color_scale") {
        norm.is_log = one_of(name, "color_scale", &value, &[("linear", false), ("log", true)])?;
        if norm.is_log && norm.low.is_some_and(|low| low <= 0.0) {
            return Err(bad_value(format!("{name}: the colors are logarithmic, and their range begins at 0 or below")));
        }
    }
    Ok(norm)
}

/// `[low, high]`, either of which may be null.
fn ends(name: &str, option: &str, value: &Value) -> Result<[Option<f64>; 2]> {
    if let Some(range) = value.as_range() {
        return Ok([range.start.map(|end| end as f64), range.end.map(|end| end as f64)]);
    }
    let expected = || wrong(name, &format!("[low, high] as {option}"), value);
    let list = value.as_list().ok_or_else(expected)?;
    let items = list.items().to_vec();
    let [low, high] = &items[..] else { return Err(expected()) };
    let end = |value: &Value| if value.is_null() { Ok(None) } else { data::place(name, option, value).map(Some) };
    Ok([end(low)?, end(high)?])
}

/// The same, of which the ends must differ.
fn range(name: &str, option: &str, value: &Value) -> Result<[Option<f64>; 2]> {
    match ends(name, option, value)? {
        [Some(low), Some(high)] if low == high => {
            Err(bad_value(format!("{option} of {name} is a range, and both of its ends are {low}")))
        }
        ends => Ok(ends),
    }
}

fn set_limits(name: &str, option: &str, axis: &mut Axis, value: &Value) -> Result<()> {
    let mut limits = range(name, option, value)?;
    if let Some(item) = value.as_list().and_then(|list| list.get(0))
        && item.as_foreign().is_some_and(|foreign| foreign.object().seconds().is_some())
    {
        axis.has_moments = true;
    }
    axis.is_reversed = false;
    if let [Some(low), Some(high)] = limits
        && low > high
    {
        limits = [Some(high), Some(low)];
        axis.is_reversed = true;
    }
    axis.limits = limits;
    Ok(())
}

fn set_ticks(context: &mut Context<'_>, name: &str, option: &str, axis: &mut Axis, value: &Value) -> Result<()> {
    let mut ticks = Ticks::default();
    if let Some(record) = value.as_record() {
        // Places with their words.
        let mut failed = None;
        record.for_each(|label, place| match data::place(name, option, place) {
            Ok(place) => {
                ticks.values.push(place);
                ticks.labels.push(label.as_str().into());
            }
            Err(error) => failed = Some(error),
        });
        if let Some(error) = failed {
            return Err(error);
        }
    } else {
        ticks.values = data::series(context, name, option, value)?.numbers;
    }
    const MOST: usize = 1000;
    if ticks.values.len() > MOST {
        return Err(motet_vm::builtins::arguments::too_big(name, ticks.values.len(), MOST, "marks"));
    }
    axis.ticks = Some(Arc::new(ticks));
    Ok(())
}

const SCALES: &[(&str, Scale)] = &[("linear", Scale::Linear), ("log", Scale::Log), ("time", Scale::Time)];

const LEGENDS: &[(&str, Legend)] = &[
    ("auto", Legend::Auto),
    ("best", Legend::Corner(Corner::Best)),
    ("bottom left", Legend::Corner(Corner::BottomLeft)),
    ("bottom right", Legend::Corner(Corner::BottomRight)),
    ("ends", Legend::Ends),
    ("none", Legend::None),
    ("top", Legend::Top),
    ("top left", Legend::Corner(Corner::TopLeft)),
    ("top right", Legend::Corner(Corner::TopRight)),
];

fn several(name: &str, option: &str, figure: &Figure) -> Error {
    bad_value(format!(
        "{option} of {name} belongs to one pair of axes, and this figure has {} panels",
        figure.panels.len()
    ))
    .with_hint("say it of each figure before figures.subplots puts them together")
}

/// Sets an option of a figure with one panel, which is at hand, or of one with several.
pub fn set(
    context: &mut Context<'_>,
    name: &str,
    figure: &mut Figure,
    panel: Option<&mut Panel>,
    option: &str,
    value: &Value,
) -> Result<()> {
    match option {
        "size" => {
            let [width, height] = ends(name, option, value)?;
            let side = |length: Option<f64>| match length {
                Some(length) if (16.0..=10_000.0).contains(&length) => Ok(Some(length)),
                Some(length) => Err(bad_value(format!("size of {name} is from 16 to 10000 pixels, not {length}"))),
                None => Ok(None),
            };
            figure.size = [side(width)?, side(height)?];
            return Ok(());
        }
        "theme" => {
            let themes = [("light", ThemeName::Light), ("dark", ThemeName::Dark)];
            figure.theme = Some(one_of(name, option, value, &themes)?);
            return Ok(());
        }
        "background" => {
            figure.is_transparent = one_of(name, option, value, &[("none", true), ("paper", false)])?;
            return Ok(());
        }
        "title" if panel.is_none() => {
            figure.title = Some(text(name, option, value)?.into());
            return Ok(());
        }
        _ => {}
    }
    let Some(panel) = panel else { return Err(several(name, option, figure)) };
    match option {
        "title" => panel.title = Some(text(name, option, value)?.into()),
        "subtitle" => panel.subtitle = Some(text(name, option, value)?.into()),
        "xlabel" => panel.x.label = Some(text(name, option, value)?.into()),
        "ylabel" => panel.y.label = Some(text(name, option, value)?.into()),
        "y2label" => panel.y2.label = Some(text(name, option, value)?.into()),
        "xscale" => panel.x.scale = Some(one_of(name, option, value, SCALES)?),
        "yscale" => panel.y.scale = Some(one_of(name, option, value, SCALES)?),
        "y2scale" => panel.y2.scale = Some(one_of(name, option, value, SCALES)?),
        "xlim" => set_limits(name, option, &mut panel.x, value)?,
        "ylim" => set_limits(name, option, &mut panel.y, value)?,
        "y2lim" => set_limits(name, option, &mut panel.y2, value)?,
        "xticks" => set_ticks(context, name, option, &mut panel.x, value)?,
        "yticks" => set_ticks(context, name, option, &mut panel.y, value)?,
        "equal" => panel.is_equal = value.is_truthy(),
        "legend" => {
            panel.legend = match value.as_bool() {
                Some(true) => Legend::Auto,
                Some(false) => Legend::None,
                None => one_of(name, option, value, LEGENDS)?,
            }
        }
        "grid" => {
            let grids = [("none", Grid::None), ("x", Grid::X), ("y", Grid::Y), ("xy", Grid::Both)];
            panel.grid = Some(match value.as_bool() {
                Some(true) => Grid::Both,
                Some(false) => Grid::None,
                None => one_of(name, option, value, &grids)?,
            });
        }
        "color_bar" => {
            panel.color_bar = match value.as_bool() {
                Some(true) => ColorBar::Auto,
                Some(false) => ColorBar::None,
                None => ColorBar::Titled(text(name, option, value)?.into()),
            }
        }
        _ => {}
    }
    Ok(())
}
