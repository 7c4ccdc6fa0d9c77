//! Bars and histograms.

use super::call::Call;
use super::data;
use super::series::{errors, labels};
use crate::figure::{Bars, Kind, Layer, Numbers};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, count, too_big, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use std::sync::Arc;

const BAR_OPTIONS: &[&str] = &["yerr", "stacked", "base", "share", "values"];

/// Bars that a figure may have: more are no bars to the eye.
const MOST_BARS: usize = 100_000;

type Named = (Option<Arc<str>>, Numbers);

/// Names or places of bars, and the heights of one or more series.
fn parts(context: &mut Context<'_>, call: &mut Call<'_>, is_horizontal: bool) -> Result<(Numbers, Vec<Named>)> {
    let name = call.name;
    let along = |context: &mut Context<'_>, call: &mut Call<'_>, value: &Value| match is_horizontal {
        true => call.y(context, value),
        false => call.x(context, value),
    };
    let counted = |count: usize| (0..count).map(|index| index as f64).collect::<Numbers>();
    let (places, heights) = match call.data {
        [heights] => (None, heights),
        [places, heights] => (Some(places), heights),
        _ => {
            return Err(bad_value(format!("{name} takes names and heights"))
                .with_hint(format!("{name}([\"a\", \"b\"], [1, 2])")));
        }
    };
    if let Some(record) = heights.as_record() {
        let mut all: Vec<(String, Value)> = Vec::new();
        record.for_each(|column, value| all.push((column.as_str().to_owned(), value.clone())));
        if places.is_none() && all.iter().all(|(_, value)| value.as_number().is_some()) {
            // A bar for each field.
            let names = all.iter().map(|(field, _)| context.heap().string(field)).collect();
            let names = context.heap().list(names);
            let x = along(context, call, &names)?;
            let heights = all.iter().filter_map(|(_, value)| value.as_number()).collect::<Numbers>();
            return Ok((x, vec![(call.layer.label.clone(), heights)]));
        }
        let mut series = Vec::new();
        for (column, value) in &all {
            series.push((Some(Arc::from(column.as_str())), data::numbers(context, name, column, value)?));
        }
        let x = match places {
            Some(places) => along(context, call, places)?,
            None => counted(series.first().map_or(0, |series: &Named| series.1.len())),
        };
        return Ok((x, series));
    }
    let series = if data::is_grid(heights) {
        let (columns, rows, numbers) = data::grid(context, name, heights)?;
        let is_list = heights.as_list().is_some();
        let (series, length) = if is_list { (rows, columns) } else { (columns, rows) };
        let labels = super::series::labels(call, series)?;
        labels
            .into_iter()
            .enumerate()
            .map(|(series, label)| {
                let at = |index: usize| {
                    if is_list { numbers[series * columns + index] } else { numbers[index * columns + series] }
                };
                (label, (0..length).map(at).collect::<Numbers>())
            })
            .collect()
    } else {
        vec![(call.layer.label.clone(), data::numbers(context, name, "heights", heights)?)]
    };
    let x = match places {
        Some(places) => along(context, call, places)?,
        None => counted(series.first().map_or(0, |series| series.1.len())),
    };
    Ok((x, series))
}

fn bars_of(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    is_horizontal: bool,
) -> Result<Outcome> {
    let mut call = Call::new(context, name, arguments, BAR_OPTIONS)?;
    let (x, series) = parts(context, &mut call, is_horizontal)?;
    if x.len() > MOST_BARS {
        return Err(too_big(name, x.len(), MOST_BARS, "bars")
            .with_hint("figures.hist counts numbers in bins, figures.area draws many"));
    }
    let share = call.number("share")?.unwrap_or(0.72);
    if !(0.0..=1.0).contains(&share) {
        return Err(bad_value(format!("share of {name} is from 0 to 1, not {share}")));
    }
    let base = call.number("base")?.unwrap_or(0.0);
    let y_errors = match call.option("yerr") {
        // Of several series, each has errors of its own.
        Some(_) if series.len() == 1 => vec![errors(context, &call, "yerr", x.len())?],
        Some(value) => series_errors(context, name, &value, &series)?,
        None => vec![None; series.len()],
    };
    for (_, heights) in &series {
        if heights.len() != x.len() {
            return Err(data::unequal(name, ("names", x.len()), ("heights", heights.len())));
        }
    }
    let layer = |((label, heights), y_errors): (Named, Option<[Numbers; 2]>)| {
        let bars = Bars {
            x: x.clone(),
            heights,
            is_histogram: false,
            is_horizontal,
            is_stacked: call.flag("stacked"),
            share,
            base,
            has_values: call.flag("values"),
        };
        Layer { label, y_errors, ..call.of(Kind::Bars(bars)) }
    };
    let layers = series.into_iter().zip(y_errors).map(layer).collect();
    call.finish(context, layers)
}

/// Errors of several series: a record, or a list with an element for each of them.
fn series_errors(
    context: &mut Context<'_>,
    name: &str,
    value: &Value,
    series: &[Named],
) -> Result<Vec<Option<[Numbers; 2]>>> {
    let mut found = Vec::new();
    for (index, (label, heights)) in series.iter().enumerate() {
        let own = match (value.as_record(), value.as_list()) {
            (Some(record), _) => label.as_ref().and_then(|label| record.get(&**label)),
            (None, Some(list)) => list.get(index),
            _ => Some(value.clone()),
        };
        let Some(own) = own.filter(|own| !own.is_null()) else {
            found.push(None);
            continue;
        };
        let numbers: Numbers = match own.as_number() {
            Some(number) => vec![number.abs(); heights.len()].into(),
            None => data::numbers(context, name, "yerr", &own)?,
        };
        if numbers.len() != heights.len() {
            return Err(data::unequal(name, ("heights", heights.len()), ("yerr", numbers.len())));
        }
        found.push(Some([numbers.clone(), numbers]));
    }
    Ok(found)
}

fn bar(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    bars_of(context, arguments, "bar", false)
}

fn barh(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    bars_of(context, arguments, "barh", true)
}

/// Edges of so many bins.
fn even(low: f64, high: f64, bins: usize) -> Vec<f64> {
    (0..=bins).map(|index| if index == bins { high } else { low + (high - low) * index as f64 / bins as f64 }).collect()
}

/// Numbers between two safe points.
const PART: usize = 1 << 16;

/// Bins as NumPy's "auto" has them: the more of Sturges' and of Freedman's and Diaconis'. Of very many numbers, some tell how
/// they are spread.
fn automatic(series: &[Named], count: usize, low: f64, high: f64) -> usize {
    const MOST: f64 = 1000.0;
    let all = series.iter().flat_map(|series| series.1.iter().copied());
    let mut sorted: Vec<f64> = all.step_by(count.div_ceil(PART).max(1)).filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return 1;
    }
    let sturges = (count as f64).log2().ceil() + 1.0;
    let quantile = |share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        let (lower, upper) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        lower + (upper - lower) * place.fract()
    };
    let width = 2.0 * (quantile(0.75) - quantile(0.25)) / (count as f64).cbrt();
    let freedman = if width > 0.0 { ((high - low) / width).ceil() } else { 1.0 };
    sturges.max(freedman).clamp(1.0, MOST) as usize
}

fn hist(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "hist";
    const MOST_BINS: usize = 100_000;
    let mut call = Call::new(context, NAME, arguments, &["bins", "range", "density"])?;
    let [values] = call.data else {
        return Err(
            bad_value("hist takes the numbers that it counts").with_hint("the number of bins is an option: bins: 20")
        );
    };
    let mut series: Vec<Named> = Vec::new();
    if let Some(record) = values.as_record() {
        let mut all: Vec<(String, Value)> = Vec::new();
        record.for_each(|column, value| all.push((column.as_str().to_owned(), value.clone())));
        for (column, value) in &all {
            series.push((Some(Arc::from(column.as_str())), data::numbers(context, NAME, column, value)?));
        }
    } else if let Some(list) =
        values.as_list().filter(|list| list.get(0).is_some_and(|first| data::length(&first).is_some()))
    {
        let all = list.items().to_vec();
        for (label, numbers) in labels(&call, all.len())?.into_iter().zip(&all) {
            series.push((label, data::numbers(context, NAME, "what it counts", numbers)?));
        }
    } else {
        let found = data::series(context, NAME, "what it counts", values)?;
        if !found.words.is_empty() {
            return Err(wrong(NAME, "numbers", values).with_hint("figures.bar(counts) draws how often words occur"));
        }
        call.panel.x.has_moments |= found.has_moments;
        series.push((call.layer.label.clone(), found.numbers.into()));
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for part in series.iter().flat_map(|series| series.1.chunks(PART)) {
        context.work(part.len() / 16)?;
        // Leaves out what is no number.
        part.iter().for_each(|&value| (low, high) = (low.min(value), high.max(value)));
    }
    if low > high {
        (low, high) = (0.0, 1.0);
    }
    if let Some(value) = call.option("range") {
        let numbers = data::numbers(context, NAME, "range", &value)?;
        let [from, to] = numbers[..] else { return Err(wrong(NAME, "[low, high] as range", &value)) };
        if !data::rises(&[from, to]) {
            return Err(bad_value(format!("range of hist goes up, and {from} is not below {to}")));
        }
        (low, high) = (from, to);
    }
    if low == high {
        (low, high) = (low - 0.5, high + 0.5);
    }
    let edges = match call.option("bins").filter(|bins| bins.as_str() != Some("auto")) {
        None => {
            let count = series.iter().map(|series| series.1.len()).sum::<usize>();
            even(low, high, automatic(&series, count, low, high))
        }
        Some(value) if data::length(&value).is_some() => {
            let edges = data::numbers(context, NAME, "bins", &value)?;
            if edges.len() < 2 || !data::rises(&edges) {
                return Err(bad_value("bins of hist are a number, or edges that go up"));
            }
            edges.to_vec()
        }
        Some(value) => {
            let bins = count(NAME, "bins", &value)?;
            if bins == 0 {
                return Err(bad_value("bins of hist is 1 or more, not 0"));
            }
            if bins > MOST_BINS {
                return Err(too_big(NAME, bins, MOST_BINS, "bins"));
            }
            even(low, high, bins)
        }
    };
    let is_density = call.flag("density");
    let edges: Numbers = edges.into();
    let mut layers = Vec::new();
    for (label, values) in series {
        let mut counts = vec![0.0; edges.len() - 1];
        let last = edges[edges.len() - 1];
        for part in values.chunks(PART) {
            context.work(part.len() / 4)?;
            for &value in part {
                // The last bin has both of its edges.
                let at = edges.partition_point(|edge| *edge <= value);
                if value == last {
                    counts[edges.len() - 2] += 1.0;
                } else if at > 0 && at < edges.len() {
                    counts[at - 1] += 1.0;
                }
            }
        }
        if is_density {
            let total: f64 = counts.iter().sum();
            for (count, pair) in counts.iter_mut().zip(edges.windows(2)) {
                *count /= (total * (pair[1] - pair[0])).max(f64::MIN_POSITIVE);
            }
        }
        let bars = Bars {
            x: edges.clone(),
            heights: counts.into(),
            is_histogram: true,
            is_horizontal: false,
            is_stacked: false,
            share: 1.0,
            base: 0.0,
            has_values: false,
        };
        layers.push(Layer { label, ..call.of(Kind::Bars(bars)) });
    }
    call.finish(context, layers)
}

pub(super) const ENTRIES: [Entry; 3] = [
    super::drawing(
        "bar(...data)",
        bar,
        "Bars: `bar(names, heights)`, `bar({a: 1, b: 2})`, and `bar(names, {one: [..], other: [..]})` beside each other or `stacked: true`; `yerr`, `values: true`.",
    ),
    super::drawing("barh(...data)", barh, "Bars that lie."),
    super::drawing(
        "hist(...data)",
        hist,
        "How often numbers occur. `bins`: how many, or their edges; `range: [low, high]`; `density: true`.",
    ),
];
