//! `ui_plot`: what a program says about a plot.

use super::arguments::{Call, text_of};
use super::widgets::{put, widget};
use crate::plot::{Axis, LiveSeries, Plot, Points, Scale, Series, SeriesData, SeriesKind, points_of};
use crate::style::Paint;
use crate::tree::Kind;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::sync::Arc;

const OPTIONS: &[&str] = &[
    "height", "x_label", "y_label", "y2_label", "x", "y", "y2", "x_range", "y_range", "y2_range", "series", "legend",
    "link", "follow", "map",
];
const SERIES_OPTIONS: &[&str] = &["kind", "name", "data", "color", "axis", "errors", "bins", "extent"];
const SCALES: &[(&str, Scale)] = &[("linear", Scale::Linear), ("log", Scale::Log), ("time", Scale::Time)];

fn ui_plot(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_plot", arguments, 1, OPTIONS)?;
    let title = text_of(call.at(0), context.gene());
    let list = call.option("series").ok_or_else(|| {
        Error::new(ErrorKind::ArityError, "ui_plot needs series")
            .with_hint("ui_plot(\"Title\", {series: [{kind: \"line\", name: \"a\", data: [1, 2, 3]}]})")
    })?;
    let described: Vec<Value> = match list.as_list() {
        Some(list) => list.items().to_vec(),
        None => vec![list],
    };
    let series = described.iter().map(|one| series(context, &call, one)).collect::<Result<Vec<_>>>()?;
    let plot = Plot {
        title: title.into(),
        height: call.number_option("height")?.map(|height| height.clamp(40.0, 10_000.0) as f32),
        x: axis(context, &call, "x", "x_label", "x_range")?,
        y: axis(context, &call, "y", "y_label", "y_range")?,
        y2: axis(context, &call, "y2", "y2_label", "y2_range")?,
        series,
        has_legend: call.option("legend").is_none_or(|legend| legend.is_truthy()),
        group: call.option("link").map(|link| text_of(&link, context.gene()).into()),
        follows: call.number_option("follow")?.filter(|wide| *wide > 0.0),
        map: call.option("map").map_or("viridis".into(), |map| text_of(&map, context.gene())).into(),
    };
    put(context, call, Kind::Plot(Box::new(plot)))
}

fn axis(context: &Context<'_>, call: &Call<'_>, scale: &str, label: &str, range: &str) -> Result<Axis> {
    let scale = match call.option(scale) {
        None => Scale::Linear,
        Some(value) => *value
            .as_str()
            .and_then(|name| SCALES.iter().find(|(known, _)| *known == name))
            .map(|(_, scale)| scale)
            .ok_or_else(|| wrong("ui_plot", "\"linear\", \"log\" or \"time\" as an axis", &value))?,
    };
    let label = call.option(label).map_or(String::new(), |label| text_of(&label, context.gene()));
    let range = match call.option(range) {
        None => [None, None],
        Some(value) => {
            let ends = value.as_list().map(|list| list.items().iter().map(Value::as_number).collect::<Vec<_>>());
            match ends.as_deref() {
                Some([low, high]) => [*low, *high],
                _ => return Err(wrong("ui_plot", "[low, high] as a range", &value)),
            }
        }
    };
    Ok(Axis { label: label.into(), scale, range })
}

fn series(context: &mut Context<'_>, call: &Call<'_>, value: &Value) -> Result<Series> {
    let record = value.as_record().ok_or_else(|| wrong("ui_plot", "records as series", value))?;
    let mut unknown = None;
    record.for_each(|name, _| {
        if !SERIES_OPTIONS.contains(&name.as_str()) {
            unknown = Some(name.clone());
        }
    });
    if let Some(name) = unknown {
        return Err(Error::new(ErrorKind::ArityError, format!("a series of ui_plot has no {}", name.as_str()))
            .with_hint(format!("it has {}", SERIES_OPTIONS.join(", "))));
    }
    let field = |name: &str| record.get(name).filter(|value| !value.is_null());
    let kind = match field("kind") {
        None => SeriesKind::Line,
        Some(value) => {
            let name = value.as_str().ok_or_else(|| wrong("ui_plot", "a string as the kind of a series", &value))?;
            let known = SeriesKind::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
            known.ok_or_else(|| {
                let names: Vec<&str> = SeriesKind::NAMES.iter().map(|(name, _)| *name).collect();
                bad_value(format!("ui_plot knows no kind of series {name:?}"))
                    .with_hint(format!("its kinds are {}", names.join(", ")))
            })?
        }
    };
    let data = field("data").ok_or_else(|| Error::new(ErrorKind::ArityError, "a series of ui_plot needs data"))?;
    let most = context.most_items();
    let data = if let Some(binding) = call.builder.link.bind(&data, context.gene()) {
        SeriesData::Bound(binding)
    } else if let Some(live) = LiveSeries::of(&data) {
        live.watch(&call.builder.link);
        SeriesData::Live(live)
    } else {
        SeriesData::Fixed(Arc::new(points(&data, "data", most)?))
    };
    let errors = field("errors").map(|errors| points(&errors, "errors", most).map(Arc::new)).transpose()?;
    let is_right = match field("axis") {
        None => false,
        Some(value) => match value.as_str() {
            Some("left") => false,
            Some("right") => true,
            _ => return Err(wrong("ui_plot", "\"left\" or \"right\" as the axis of a series", &value)),
        },
    };
    let color = match field("color") {
        None => None,
        Some(value) => Some(paint(&value)?),
    };
    let bins = field("bins").and_then(|bins| bins.as_int()).unwrap_or(30).clamp(1, 10_000) as usize;
    let name = field("name").map_or(String::new(), |name| text_of(&name, context.gene()));
    let extent = match field("extent") {
        None => None,
        Some(value) => {
            let ends = value.as_list().map(|list| list.items().iter().map(Value::as_number).collect::<Vec<_>>());
            match ends.as_deref() {
                Some([Some(left), Some(right), Some(bottom), Some(top)]) if left < right && bottom < top => {
                    Some([*left, *right, *bottom, *top])
                }
                _ => return Err(wrong("ui_plot", "[left, right, bottom, top] as extent", &value)),
            }
        }
    };
    Ok(Series { kind, name: name.into(), color, is_right, data, errors, bins, extent })
}

fn points(value: &Value, what: &str, most: usize) -> Result<Points> {
    points_of(value, most).map_err(|expected| wrong("ui_plot", &format!("as {what} {expected}"), value))
}

fn paint(value: &Value) -> Result<Paint> {
    crate::canvas::paint(value).map_err(|expected| wrong("ui_plot", &expected, value))
}

pub(super) static NATIVES: &[Entry] = &[widget(
    "ui_plot(title, style = \"\", options)",
    ui_plot,
    "In a window: a plot. `series: [{kind, name, data, color}]`, where the kind is line, scatter, bar, histogram, area, errors \
     or heatmap, and the data a list of numbers, of pairs, a signal of one, or a `ui_series`; `axis: \"right\"` for a second y \
     axis. `height`, `x_label`, `y_label`, `y2_label`, `x: \"log\"` or `\"time\"`, `x_range`, `link`, `follow`.",
)];
