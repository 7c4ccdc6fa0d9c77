//! Curves, points and areas.

use super::call::{Call, Rest};
use super::{data, options};
use crate::figure::{Kind, Layer, Norm, Numbers, Steps};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, is_callable, wrong};
use motet_vm::builtins::iterate::{Callback, Each, Element, Then, drive};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use std::sync::Arc;

/// Points of a curve that a function gives.
const SAMPLES: usize = 401;

/// A function of the program while a curve is made of it.
struct Sampling {
    name: &'static str,
    function: Callback,
    rest: Option<Rest>,
    xs: Vec<f64>,
    ys: Vec<f64>,
    /// The points are joined.
    has_line: bool,
}

impl Each for Sampling {
    fn name(&self) -> &'static str {
        self.name
    }

    fn element(&mut self, _: &mut Context<'_>, element: Element) -> Result<Then> {
        Ok(self.function.call(&element))
    }

    fn result(&mut self, _: &mut Context<'_>, result: Value) -> Result<Then> {
        let name = self.name;
        let number = if result.is_null() { Some(f64::NAN) } else { result.as_number() };
        // Where a function has no real value, the curve has a gap.
        let number = number.or_else(|| result.as_complex().map(|_| f64::NAN));
        let number = number.ok_or_else(|| {
            let x = self.xs[self.ys.len()];
            wrong(name, &format!("a function that gives numbers (at {x})"), &result)
        })?;
        self.ys.push(if number.abs() <= 1e300 { number } else { f64::NAN });
        Ok(Then::Next)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        let (x, y): (Numbers, Numbers) = (std::mem::take(&mut self.xs).into(), std::mem::take(&mut self.ys).into());
        let Some(rest) = self.rest.take() else { return Ok(Value::NULL.into()) };
        let kind = match self.has_line {
            true => Kind::Line { x, y, steps: Steps::None },
            false => Kind::Scatter { x, y, sizes: None, colors: None },
        };
        let layer = Layer { kind, ..rest.layer.clone() };
        rest.finish(context, vec![layer])
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function.function);
    }
}

/// Where a function is drawn: a range with two ends, `[low, high]`, or places one by one.
fn places(context: &mut Context<'_>, name: &str, value: Option<&Value>) -> Result<Vec<f64>> {
    let between = |low: f64, high: f64| {
        let step = (high - low) / (SAMPLES - 1) as f64;
        (0..SAMPLES).map(|index| if index == SAMPLES - 1 { high } else { low + step * index as f64 }).collect()
    };
    let Some(value) = value else { return Ok(between(-5.0, 5.0)) };
    if let Some(range) = value.as_range() {
        let (Some(start), Some(end)) = (range.start, range.end) else {
            return Err(wrong(name, "a range with two ends to draw a function over", value));
        };
        return Ok(between(start as f64, end as f64));
    }
    let numbers = data::numbers(context, name, "x", value)?;
    Ok(match numbers[..] {
        [low, high] if low.is_finite() && high.is_finite() => between(low, high),
        _ => numbers.to_vec(),
    })
}

fn sample(context: &mut Context<'_>, call: Call<'_>, has_line: bool) -> Result<Outcome> {
    let xs = places(context, call.name, call.data.get(1))?;
    let function = Callback::new(&call.data[0]);
    let over = context.heap().list(xs.iter().map(|&x| Value::float(x)).collect());
    let ys = Vec::with_capacity(xs.len());
    let name = call.name;
    drive(context, &over, Sampling { name, function, rest: Some(call.rest()), xs, ys, has_line })
}

/// Names of several series: a list as `label`.
pub fn labels(call: &Call<'_>, count: usize) -> Result<Vec<Option<Arc<str>>>> {
    let Some(value) = call.option("label").filter(|value| value.as_list().is_some()) else {
        return Ok(vec![if count == 1 { call.layer.label.clone() } else { None }; count]);
    };
    let list = value.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
    if list.len() != count {
        return Err(bad_value(format!("{} has {} labels for {count} series", call.name, list.len())));
    }
    let label = |value: &Value| {
        let text = value.as_str().ok_or_else(|| wrong(call.name, "strings as label", value))?;
        Ok(Some(text.into()))
    };
    list.iter().map(label).collect()
}

/// What is drawn along x: one or more series with their names.
pub struct Curves {
    pub x: Numbers,
    pub ys: Vec<(Option<Arc<str>>, Numbers)>,
}

/// Series of the positional arguments: `y`; `x, y`; a record of columns, perhaps behind x; columns of a tensor.
pub fn curves(context: &mut Context<'_>, call: &mut Call<'_>, values: &[Value]) -> Result<Curves> {
    let name = call.name;
    let counted = |count: usize| (0..count).map(|index| index as f64).collect::<Numbers>();
    let columns = match values {
        [columns] => columns.as_record().map(|record| (None, record)),
        [x, columns] => columns.as_record().map(|record| (Some(x), record)),
        _ => None,
    };
    if let Some((x, record)) = columns {
        let mut all: Vec<(String, Value)> = Vec::new();
        record.for_each(|column, value| all.push((column.as_str().to_owned(), value.clone())));
        let of_record = || all.iter().position(|column| column.0 == "x").filter(|_| x.is_none() && all.len() > 1);
        let x = match (x, of_record()) {
            (Some(x), _) => Some(call.x(context, x)?),
            (None, Some(at)) => Some(call.x(context, &all.remove(at).1)?),
            (None, None) => None,
        };
        let is_plain = all.len() == 1 && all[0].0 == "y";
        let mut ys = Vec::new();
        for (column, value) in &all {
            let label = if is_plain { call.layer.label.clone() } else { Some(column.as_str().into()) };
            ys.push((label, call.y(context, value)?));
        }
        let count = ys.first().map_or(0, |column: &(_, Numbers)| column.1.len());
        let x = x.unwrap_or_else(|| counted(count));
        for (index, (_, y)) in ys.iter().enumerate() {
            if y.len() != x.len() {
                return Err(data::unequal(name, ("x", x.len()), (&format!("{:?}", all[index].0), y.len())));
            }
        }
        return Ok(Curves { x, ys });
    }
    let (x, y) = match values {
        [y] => (None, y),
        [x, y] => (Some(x), y),
        [] => return Err(bad_value(format!("{name} got nothing to draw"))),
        [.., last] => return Err(wrong(name, "x and y, and options behind them", last)),
    };
    if data::is_grid(y) {
        let (columns, rows, numbers) = data::grid(context, name, y)?;
        // Lists are series one by one, a tensor has a series in each column.
        let is_list = y.as_list().is_some();
        let (count, length) = if is_list { (rows, columns) } else { (columns, rows) };
        let at = |series: usize, index: usize| match is_list {
            true => numbers[series * columns + index],
            false => numbers[index * columns + series],
        };
        let labels = labels(call, count)?;
        let ys = labels.into_iter().enumerate().map(|(series, label)| {
            let y: Numbers = (0..length).map(|index| at(series, index)).collect();
            (label, y)
        });
        let ys: Vec<_> = ys.collect();
        let x = match x {
            Some(x) => call.x(context, x)?,
            None => counted(length),
        };
        if x.len() != length {
            return Err(data::unequal(name, ("x", x.len()), ("y", length)));
        }
        return Ok(Curves { x, ys });
    }
    let y = call.y(context, y)?;
    let x = match x {
        Some(x) => call.x(context, x)?,
        None => counted(y.len()),
    };
    if x.len() != y.len() {
        return Err(data::unequal(name, ("x", x.len()), ("y", y.len())));
    }
    let label = labels(call, 1)?.remove(0);
    Ok(Curves { x, ys: vec![(label, y)] })
}

/// Half-lengths of error bars for so many points: a number, numbers, or `[down, up]`.
pub fn errors(context: &mut Context<'_>, call: &Call<'_>, option: &str, count: usize) -> Result<Option<[Numbers; 2]>> {
    let Some(value) = call.option(option) else { return Ok(None) };
    let name = call.name;
    if let Some(number) = value.as_number() {
        let all: Numbers = vec![number.abs(); count].into();
        return Ok(Some([all.clone(), all]));
    }
    let check = |numbers: &Numbers| {
        if numbers.len() != count {
            return Err(data::unequal(name, ("points", count), (option, numbers.len())));
        }
        match numbers.iter().position(|number| *number < 0.0) {
            Some(at) => Err(bad_value(format!("element {at} of {option} is {}: an error is not below 0", numbers[at]))),
            None => Ok(()),
        }
    };
    if data::is_grid(&value) {
        let (columns, rows, numbers) = data::grid(context, name, &value)?;
        if rows != 2 {
            return Err(wrong(name, &format!("numbers or [down, up] as {option}"), &value));
        }
        let (down, up) = numbers.split_at(columns);
        let both: [Numbers; 2] = [down.into(), up.into()];
        both.iter().try_for_each(check)?;
        return Ok(Some(both));
    }
    let numbers = data::numbers(context, name, option, &value)?;
    check(&numbers)?;
    Ok(Some([numbers.clone(), numbers]))
}

/// Cuts a format such as `"r--"` off the data. Gives whether points are joined.
fn format(call: &mut Call<'_>) -> Result<bool> {
    let name = call.name;
    if call.data.len() > 1
        && let Some((last, rest)) = call.data.split_last()
        && let Some(text) = last.as_str()
    {
        call.data = rest;
        return options::set_format(name, &mut call.layer, text);
    }
    Ok(true)
}

fn plot_with(context: &mut Context<'_>, mut call: Call<'_>, steps: Steps) -> Result<Outcome> {
    let has_line = format(&mut call)?;
    if call.data.first().is_some_and(is_callable) {
        return sample(context, call, has_line);
    }
    let values = call.data;
    let Curves { x, ys } = curves(context, &mut call, values)?;
    let y_errors = errors(context, &call, "yerr", x.len())?;
    let x_errors = errors(context, &call, "xerr", x.len())?;
    let layer = |(label, y): (Option<Arc<str>>, Numbers)| {
        let x = x.clone();
        let kind = match has_line {
            true => Kind::Line { x, y, steps },
            false => Kind::Scatter { x, y, sizes: None, colors: None },
        };
        Layer { label, y_errors: y_errors.clone(), x_errors: x_errors.clone(), ..call.of(kind) }
    };
    let layers = ys.into_iter().map(layer).collect();
    call.finish(context, layers)
}

fn plot(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "plot", arguments, &["yerr", "xerr"])?;
    plot_with(context, call, Steps::None)
}

fn semilogx(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "semilogx", arguments, &["yerr", "xerr"])?;
    call.panel.x.scale = Some(crate::scale::Scale::Log);
    plot_with(context, call, Steps::None)
}

fn semilogy(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "semilogy", arguments, &["yerr", "xerr"])?;
    call.panel.y.scale = Some(crate::scale::Scale::Log);
    plot_with(context, call, Steps::None)
}

fn loglog(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "loglog", arguments, &["yerr", "xerr"])?;
    call.panel.x.scale = Some(crate::scale::Scale::Log);
    call.panel.y.scale = Some(crate::scale::Scale::Log);
    plot_with(context, call, Steps::None)
}

fn step(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "step", arguments, &["where"])?;
    let steps = match call.option("where") {
        None => Steps::Before,
        Some(value) => match value.as_str() {
            Some("pre" | "before") => Steps::Before,
            Some("post" | "after") => Steps::After,
            Some("mid" | "middle") => Steps::Middle,
            _ => return Err(wrong("step", "\"pre\", \"post\" or \"mid\" as where", &value)),
        },
    };
    plot_with(context, call, steps)
}

fn scatter(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const OWN: &[&str] = &["yerr", "xerr", "map", "range", "center", "color_scale"];
    let mut call = Call::new(context, "scatter", arguments, OWN)?;
    let _ = format(&mut call)?;
    if call.data.first().is_some_and(is_callable) {
        return sample(context, call, false);
    }
    let values = call.data;
    let Curves { x, ys } = curves(context, &mut call, values)?;
    let y_errors = errors(context, &call, "yerr", x.len())?;
    let x_errors = errors(context, &call, "xerr", x.len())?;
    let per_point = |context: &mut Context<'_>, option: &str| -> Result<Option<Numbers>> {
        let Some(value) = call.option(option).filter(|value| data::length(value).is_some()) else { return Ok(None) };
        let numbers = data::numbers(context, "scatter", option, &value)?;
        if numbers.len() != x.len() {
            return Err(data::unequal("scatter", ("points", x.len()), (option, numbers.len())));
        }
        Ok(Some(numbers))
    };
    let sizes = per_point(context, "marker_size")?;
    let norm: Norm = options::norm(&call)?;
    let colors = per_point(context, "color")?.map(|colors| (colors, norm));
    let layer = |(label, y): (Option<Arc<str>>, Numbers)| {
        let kind = Kind::Scatter { x: x.clone(), y, sizes: sizes.clone(), colors: colors.clone() };
        Layer { label, y_errors: y_errors.clone(), x_errors: x_errors.clone(), ..call.of(kind) }
    };
    let layers = ys.into_iter().map(layer).collect();
    call.finish(context, layers)
}

fn errorbar(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "errorbar", arguments, &["yerr", "xerr"])?;
    let has_format = call.data.len() > 1 && call.data.last().is_some_and(|last| last.as_str().is_some());
    let has_line = format(&mut call)? && (has_format || call.layer.dash.is_some());
    // As in matplotlib, half-lengths may stand behind x and y.
    let mut y_errors = None;
    let mut values = call.data;
    if let [x, y, errors] = values {
        values = &call.data[..2];
        let numbers = data::numbers(context, "errorbar", "yerr", errors)?;
        let count = data::length(y).or_else(|| data::length(x)).unwrap_or_default();
        if numbers.len() != count {
            return Err(data::unequal("errorbar", ("points", count), ("yerr", numbers.len())));
        }
        y_errors = Some([numbers.clone(), numbers]);
    }
    let Curves { x, ys } = curves(context, &mut call, values)?;
    let y_errors = errors(context, &call, "yerr", x.len())?.or(y_errors);
    let x_errors = errors(context, &call, "xerr", x.len())?;
    if y_errors.is_none() && x_errors.is_none() {
        return Err(
            bad_value("errorbar got no errors").with_hint("errorbar(x, y, yerr: 0.5), or a list of half-lengths")
        );
    }
    let layer = |(label, y): (Option<Arc<str>>, Numbers)| {
        let x = x.clone();
        let mut layer = match has_line {
            true => call.of(Kind::Line { x, y, steps: Steps::None }),
            false => call.of(Kind::Scatter { x, y, sizes: None, colors: None }),
        };
        layer.alpha = layer.alpha.or(Some(1.0));
        Layer { label, y_errors: y_errors.clone(), x_errors: x_errors.clone(), ..layer }
    };
    let layers = ys.into_iter().map(layer).collect();
    call.finish(context, layers)
}

fn fill_between(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "fill_between", arguments, &[])?;
    let (x, low, high) = match call.data {
        [x, low, high] => (x, low, Some(high)),
        [x, low] => (x, low, None),
        _ => {
            return Err(bad_value("fill_between takes x, low and high")
                .with_hint("fill_between(x, low, high), or (x, y) from 0 on"));
        }
    };
    let x = call.x(context, x)?;
    let line = |context: &mut Context<'_>, call: &mut Call<'_>, value: &Value| -> Result<Numbers> {
        if let Some(number) = value.as_number() {
            return Ok(vec![number; x.len()].into());
        }
        let numbers = call.y(context, value)?;
        if numbers.len() == x.len() {
            Ok(numbers)
        } else {
            Err(data::unequal("fill_between", ("x", x.len()), ("y", numbers.len())))
        }
    };
    let first = line(context, &mut call, low)?;
    let (low, high) = match high {
        Some(high) => (first, line(context, &mut call, high)?),
        None => (vec![0.0; x.len()].into(), first),
    };
    let layer = call.of(Kind::Band { x, low, high });
    call.finish(context, vec![layer])
}

/// `area(x, y)`: a curve with what lies below it; several stand on each other with `stacked: true`.
fn area(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "area", arguments, &["stacked", "base"])?;
    let base = call.number("base")?.unwrap_or(0.0);
    let is_stacked = call.flag("stacked");
    let values = call.data;
    let Curves { x, ys } = curves(context, &mut call, values)?;
    let mut low: Numbers = vec![base; x.len()].into();
    let mut layers = Vec::new();
    for (label, y) in ys {
        let high: Numbers = match is_stacked {
            true => low.iter().zip(y.iter()).map(|(low, y)| low + y).collect(),
            false => y,
        };
        let alpha = call.layer.alpha.or(is_stacked.then_some(0.5));
        let band = Kind::Band { x: x.clone(), low: low.clone(), high: high.clone() };
        let line = Kind::Line { x: x.clone(), y: high.clone(), steps: Steps::None };
        layers.push(Layer { alpha, label, ..call.of(band) });
        layers.push(Layer { has_color_of_last: true, label: None, alpha: None, ..call.of(line) });
        if is_stacked {
            low = high;
        }
    }
    call.finish(context, layers)
}

pub(super) const ENTRIES: [Entry; 10] = [
    super::drawing(
        "plot(...data)",
        plot,
        "Lines through points: `plot(y)`, `plot(x, y)`, `plot(sin, 0..10)`, `plot({x, a, b})`; a format such as \"r--\" behind them.",
    ),
    super::drawing(
        "scatter(...data)",
        scatter,
        "Points. `color` may be numbers, which become colours of `map`, and `marker_size` sizes.",
    ),
    super::drawing("step(...data)", step, "Lines in steps. `where`: \"pre\", \"post\" or \"mid\"."),
    super::drawing(
        "area(...data)",
        area,
        "A curve with the area below it, down to `base`; several stand on each other with `stacked: true`.",
    ),
    super::drawing("fill_between(...data)", fill_between, "The area between two curves: `fill_between(x, low, high)`."),
    super::drawing(
        "errorbar(...data)",
        errorbar,
        "Points with error bars: `errorbar(x, y, yerr: e)`, where e is a number, numbers, or `[down, up]`; `xerr` too.",
    ),
    super::drawing("semilogx(...data)", semilogx, "`plot` with a logarithmic x axis."),
    super::drawing("semilogy(...data)", semilogy, "`plot` with a logarithmic y axis."),
    super::drawing("loglog(...data)", loglog, "`plot` with two logarithmic axes."),
    super::drawing(
        "axes(...data)",
        super::panels::axes,
        "A figure with nothing on it, to draw on: `axes(title: \"…\")`.",
    ),
];
