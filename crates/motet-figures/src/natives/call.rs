//! A call that adds to a figure, or begins one: which figure, which options, and what it answers.

use super::{data, options};
use crate::figure::{Axis, FIGURE, Figure, Kind, Layer, Panel};
use crate::scale::Scale;
use crate::time;
use motet_vm::builtins::arguments::{WithOptions, bad_value, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::sync::Arc;

/// The figure that a value is.
pub fn figure_of(value: &Value) -> Option<Arc<Figure>> {
    value.as_foreign()?.shared_as::<Figure>()
}

pub fn give(context: &Context<'_>, figure: Figure) -> Value {
    context.heap().shared_foreign(Arc::new(figure))
}

/// See the module.
pub struct Call<'a> {
    pub name: &'static str,
    /// What it draws, without the figure that it adds to.
    pub data: &'a [Value],
    given: WithOptions<'a>,
    /// The only panel of the figure.
    pub panel: Panel,
    figure: Figure,
    /// A layer with the options that all have, and nothing to draw.
    pub layer: Layer,
}

/// Options by the names of other languages.
const ELSEWHERE: &[(&str, &str)] = &[
    ("antialiased", "nothing: lines are always smooth"),
    ("aspect", "equal: true"),
    ("bottom", "base"),
    ("c", "color"),
    ("capsize", "nothing: error bars have caps of one size"),
    ("cmap", "map"),
    ("colorbar", "color_bar"),
    ("colour", "color"),
    ("dpi", "an option of save and to_png"),
    ("ec", "nothing: filled shapes have no edge"),
    ("edgecolor", "nothing: filled shapes have no edge"),
    ("edgecolors", "nothing: filled shapes have no edge"),
    ("edges", "bins"),
    ("facecolor", "color"),
    ("fc", "color"),
    ("figsize", "size, in pixels"),
    ("fmt", "marker, and style for the lines between"),
    ("fontsize", "size_of_text"),
    ("horizontal", "a function of its own: barh"),
    ("interpolation", "nothing: cells stay cells"),
    ("label_x", "xlabel"),
    ("left", "base"),
    ("lim", "xlim and ylim"),
    ("linecolor", "color"),
    ("linestyle", "style"),
    ("linewidth", "width"),
    ("log", "xscale: \"log\" or yscale: \"log\""),
    ("logx", "xscale: \"log\""),
    ("logy", "yscale: \"log\""),
    ("ls", "style"),
    ("lw", "width"),
    ("markerfacecolor", "color"),
    ("markersize", "marker_size"),
    ("mfc", "color"),
    ("ms", "marker_size"),
    ("normed", "density"),
    ("opacity", "alpha"),
    ("orientation", "a function of its own: barh"),
    ("origin", "heatmap, which has the first row at the bottom"),
    ("rwidth", "width"),
    ("s", "marker_size"),
    ("vmax", "range: [low, high]"),
    ("vmin", "range: [low, high]"),
    ("x_label", "xlabel"),
    ("x_range", "xlim"),
    ("xrange", "xlim"),
    ("y_label", "ylabel"),
    ("y_range", "ylim"),
    ("yrange", "ylim"),
    ("zorder", "nothing: what is added later lies above"),
];

pub fn unknown(name: &str, option: &str, known: &[&'static str]) -> Error {
    let error = Error::new(ErrorKind::ArityError, format!("{name} has no option named {option}"));
    match ELSEWHERE.binary_search_by_key(&option, |entry| entry.0) {
        Ok(at) => match ELSEWHERE[at].1.strip_prefix("nothing: ") {
            Some(why) => error.with_hint(why),
            None => error.with_hint(format!("here it is {}", ELSEWHERE[at].1)),
        },
        Err(_) => match motet_vm::nearest(option, known.iter().copied()) {
            Some(near) => error.with_hint(format!("did you mean {near}?")),
            None => error.with_hint(format!("its options are {}", known.join(", "))),
        },
    }
}

impl<'a> Call<'a> {
    /// `own`: options of this function alone.
    pub fn new(
        context: &mut Context<'_>,
        name: &'static str,
        arguments: Arguments<'a>,
        own: &[&'static str],
    ) -> Result<Call<'a>> {
        context.settle(arguments.all())?;
        let base = arguments.get(0).and_then(figure_of);
        let skipped = usize::from(base.is_some());
        let known: Vec<&'static str> = own.iter().chain(options::LAYER).chain(options::PANEL).copied().collect();
        for (keyword, _) in arguments.keywords() {
            if !known.contains(&keyword.as_str()) {
                return Err(unknown(name, keyword.as_str(), &known));
            }
        }
        // A record behind the data is options, unless it names none: then it is data, such as columns.
        let mut required = skipped + 1;
        if let Some((last, rest)) = arguments.positional().split_last()
            && rest.len() > skipped
            && let Some(record) = last.as_record()
        {
            let (mut wrong, mut count) = (None, 0);
            record.for_each(|option, _| match known.contains(&option.as_str()) {
                true => count += 1,
                false => wrong = Some(option.as_str().to_owned()),
            });
            match wrong {
                Some(option) if count > 0 => return Err(unknown(name, &option, &known)),
                Some(_) => required = arguments.len(),
                None => {}
            }
        }
        let given = WithOptions::of(name, arguments, required, &known)?;
        let data = &given.positional[skipped.min(given.positional.len())..];
        let figure = base.map_or_else(|| Figure::of_panel(Panel::default()), |figure| Figure::clone(&figure));
        let [panel] = &figure.panels[..] else {
            return Err(bad_value(format!(
                "{name} draws on one pair of axes, and this figure has {} panels",
                figure.panels.len()
            ))
            .with_hint("draw on each figure before figures.subplots puts them together"));
        };
        let panel = Panel::clone(panel);
        let mut call = Call {
            name,
            data,
            given,
            panel,
            figure,
            layer: Layer::new(Kind::Strip { from: 0.0, to: 0.0, is_vertical: true }),
        };
        call.layer.is_right = options::is_right(name, call.option("axis").as_ref())?;
        for option in options::LAYER {
            if let Some(value) = call.option(option) {
                options::set_layer(name, &mut call.layer, option, &value)?;
            }
        }
        for option in options::PANEL {
            if let Some(value) = call.option(option) {
                options::set(context, name, &mut call.figure, Some(&mut call.panel), option, &value)?;
            }
        }
        Ok(call)
    }

    pub fn option(&self, name: &str) -> Option<Value> {
        self.given.option(name)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.given.flag(name)
    }

    /// The number of an option that must be there as one.
    pub fn number(&self, name: &str) -> Result<Option<f64>> {
        let number = |value: Value| data::place(self.name, name, &value);
        self.option(name).map(number).transpose()
    }

    /// Numbers along x, which may be words.
    pub fn x(&mut self, context: &mut Context<'_>, value: &Value) -> Result<crate::figure::Numbers> {
        along(context, self.name, "x", &mut self.panel.x, value)
    }

    pub fn y(&mut self, context: &mut Context<'_>, value: &Value) -> Result<crate::figure::Numbers> {
        let axis = if self.layer.is_right { &mut self.panel.y2 } else { &mut self.panel.y };
        along(context, self.name, "y", axis, value)
    }

    /// The layer with something to draw.
    pub fn of(&self, kind: Kind) -> Layer {
        Layer { kind, ..self.layer.clone() }
    }

    /// The figure with these layers too.
    pub fn finish(self, context: &mut Context<'_>, layers: Vec<Layer>) -> Result<Outcome> {
        finished(context, self.name, self.figure, self.panel, layers)
    }

    /// What is kept while a function of the program runs.
    pub fn rest(self) -> Rest {
        Rest { name: self.name, panel: self.panel, figure: self.figure, layer: self.layer }
    }
}

/// A call without its arguments.
pub struct Rest {
    name: &'static str,
    panel: Panel,
    figure: Figure,
    pub layer: Layer,
}

impl Rest {
    pub fn finish(self, context: &mut Context<'_>, layers: Vec<Layer>) -> Result<Outcome> {
        finished(context, self.name, self.figure, self.panel, layers)
    }
}

fn finished(
    context: &mut Context<'_>,
    name: &'static str,
    figure: Figure,
    mut panel: Panel,
    layers: Vec<Layer>,
) -> Result<Outcome> {
    panel.layers.extend(layers.into_iter().map(Arc::new));
    check(context, name, &panel)?;
    let figure = Figure { panels: vec![Arc::new(panel)], ..figure };
    Ok(give(context, figure).into())
}

/// Numbers along an axis. Words are counted: a word that the axis has already is that one.
fn along(
    context: &mut Context<'_>,
    name: &str,
    what: &str,
    axis: &mut Axis,
    value: &Value,
) -> Result<crate::figure::Numbers> {
    let series = data::series(context, name, what, value)?;
    axis.has_moments |= series.has_moments;
    if series.words.is_empty() {
        return Ok(series.numbers.into());
    }
    let mut words: Vec<Arc<str>> = axis.categories.to_vec();
    let mut known: std::collections::HashMap<Arc<str>, usize> =
        words.iter().enumerate().map(|(index, word)| (word.clone(), index)).collect();
    let mut numbers = Vec::with_capacity(series.words.len());
    for word in series.words {
        let index = *known.entry(word.clone()).or_insert_with(|| {
            words.push(word);
            words.len() - 1
        });
        numbers.push(index as f64);
    }
    axis.categories = words.into();
    Ok(numbers.into())
}

/// Says what cannot be drawn on the axes as they are: numbers that a logarithmic axis has no place for, moments far away.
pub fn check(context: &mut Context<'_>, name: &str, panel: &Panel) -> Result<()> {
    for (axis, what) in [(&panel.x, "x"), (&panel.y, "y"), (&panel.y2, "y")] {
        let scale = axis.scale();
        if scale == Scale::Log {
            for limit in axis.limits.into_iter().flatten() {
                if limit <= 0.0 {
                    return Err(bad_value(format!(
                        "{name}: the {what} axis is logarithmic, and its limit {limit} is not above 0"
                    )));
                }
            }
        }
        if scale == Scale::Linear {
            continue;
        }
        for layer in &panel.layers {
            if what == "y" && layer.is_right != std::ptr::eq(axis, &panel.y2) {
                continue;
            }
            let values: &[f64] = match (&layer.kind, what) {
                (Kind::Line { x, .. } | Kind::Scatter { x, .. } | Kind::Band { x, .. }, "x") => x,
                (Kind::Line { y, .. } | Kind::Scatter { y, .. }, "y") => y,
                (Kind::Band { high, .. }, "y") => high,
                (Kind::Bars(bars), "y") if !bars.is_horizontal && !bars.is_histogram => &bars.heights,
                (Kind::Heat { mesh, .. } | Kind::Contour { mesh, .. }, "x") => &mesh.x,
                (Kind::Heat { mesh, .. } | Kind::Contour { mesh, .. }, "y") => &mesh.y,
                _ => continue,
            };
            context.work(values.len() / 64)?;
            let is_bad = |value: &f64| match scale {
                Scale::Log => *value <= 0.0,
                _ => value.abs() > time::MOST,
            };
            let Some(index) = values.iter().position(is_bad) else { continue };
            let value = data::shown(values[index]);
            return Err(match scale {
                Scale::Log => bad_value(format!(
                    "{name}: the {what} axis is logarithmic, and element {index} of {what}, {value}, is not above 0"
                ))
                .with_hint("null or NaN in its place is a gap"),
                _ => bad_value(format!(
                    "{name}: element {index} of {what}, {value}, is more than 10000 years from 1970; an axis of time counts seconds"
                )),
            });
        }
    }
    Ok(())
}

/// A figure that is the first argument.
pub fn receiver(name: &str, arguments: &Arguments<'_>) -> Result<Arc<Figure>> {
    let value = arguments.at(0);
    figure_of(value).ok_or_else(|| wrong(name, "a figure", value))
}

/// The kind of object that figures are.
pub const KIND: &motet_vm::memory::ForeignKind = &FIGURE;
