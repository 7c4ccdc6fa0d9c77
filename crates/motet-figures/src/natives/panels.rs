//! Figures as wholes: options said later, several figures in a grid.

use super::call::{Call, KIND, check, figure_of, give, receiver};
use super::options;
use crate::figure::{Figure, Panel};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, describe, too_big, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use std::sync::Arc;

/// Panels of a grid.
const MOST_PANELS: usize = 400;

pub(super) fn axes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "axes", arguments, &[])?;
    if let Some(value) = call.data.first() {
        return Err(wrong("axes", "options alone", value));
    }
    call.finish(context, Vec::new())
}

/// The figure with other options.
fn changed(context: &mut Context<'_>, name: &'static str, value: &Value, options: &[(&str, Value)]) -> Result<Outcome> {
    let figure = figure_of(value).ok_or_else(|| wrong(name, "a figure", value))?;
    let mut figure = Figure::clone(&figure);
    let mut panel = match &figure.panels[..] {
        [panel] => Some(Panel::clone(panel)),
        _ => None,
    };
    for (option, value) in options {
        options::set(context, name, &mut figure, panel.as_mut(), option, value)?;
    }
    if let Some(panel) = panel {
        check(context, name, &panel)?;
        figure.panels = vec![Arc::new(panel)];
    }
    Ok(give(context, figure).into())
}

fn with(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "with";
    for (keyword, _) in arguments.keywords() {
        if !options::PANEL.contains(&keyword.as_str()) {
            return Err(super::call::unknown(NAME, keyword.as_str(), options::PANEL));
        }
    }
    let given = WithOptions::of(NAME, arguments, 1, options::PANEL)?;
    receiver(NAME, &arguments)?;
    if given.positional.len() > 1 {
        return Err(wrong(NAME, "options alone", &given.positional[1]));
    }
    let all: Vec<(&str, Value)> =
        options::PANEL.iter().filter_map(|option| Some((*option, given.option(option)?))).collect();
    changed(context, NAME, arguments.at(0), &all)
}

macro_rules! setters {
    ($($name:ident)*) => {
        $(fn $name(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
            changed(context, stringify!($name), arguments.at(0), &[(stringify!($name), arguments.at(1).clone())])
        })*
    };
}

setters! { title subtitle xlabel ylabel xscale yscale grid theme }

fn legend(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let place = arguments.get(1).cloned().unwrap_or_else(|| context.heap().string("best"));
    changed(context, "legend", arguments.at(0), &[("legend", place)])
}

fn limits(context: &mut Context<'_>, arguments: &Arguments<'_>, name: &'static str) -> Result<Outcome> {
    // Two numbers, or a pair of them.
    let ends = match arguments.get(2) {
        Some(high) => context.heap().list(vec![arguments.at(1).clone(), high.clone()]),
        None => arguments.at(1).clone(),
    };
    changed(context, name, arguments.at(0), &[(name, ends)])
}

fn xlim(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    limits(context, &arguments, "xlim")
}

fn ylim(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    limits(context, &arguments, "ylim")
}

fn subplots(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "subplots";
    let given = WithOptions::of(NAME, arguments, 1, &["columns", "title", "size", "theme", "background"])?;
    context.settle(arguments.all())?;
    let mut panels = Vec::new();
    let mut rows: Vec<usize> = Vec::new();
    let mut add = |value: &Value| -> Result<()> {
        let Some(figure) = figure_of(value) else {
            return Err(wrong(NAME, "figures, a list of them, or a list of rows", value));
        };
        let [panel] = &figure.panels[..] else {
            return Err(bad_value(format!(
                "subplots puts figures with one panel together, and {} has several",
                describe(value)
            )));
        };
        panels.push(panel.clone());
        Ok(())
    };
    let values: Vec<Value> = match given.positional {
        [only] if only.as_list().is_some() => only.as_list().map(|list| list.items().to_vec()).unwrap_or_default(),
        several => several.to_vec(),
    };
    if values.len() > MOST_PANELS {
        return Err(too_big(NAME, values.len(), MOST_PANELS, "panels"));
    }
    for value in &values {
        match value.as_list() {
            Some(row) => {
                let row = row.items().to_vec();
                if row.len() > MOST_PANELS {
                    return Err(too_big(NAME, row.len(), MOST_PANELS, "panels"));
                }
                row.iter().try_for_each(&mut add)?;
                rows.push(row.len());
            }
            None => add(value)?,
        }
    }
    if panels.is_empty() {
        return Err(bad_value("subplots got no figure"));
    }
    if panels.len() > MOST_PANELS {
        return Err(too_big(NAME, panels.len(), MOST_PANELS, "panels"));
    }
    let columns = match (given.option("columns"), rows.first()) {
        (Some(value), _) => count(NAME, "columns", &value)?.clamp(1, panels.len()),
        (None, Some(&first)) => {
            // Only the last row may be shorter.
            let is_even =
                rows[..rows.len() - 1].iter().all(|row| *row == first) && rows.iter().all(|row| *row <= first);
            if !is_even || rows.len() != values.len() {
                return Err(bad_value(format!(
                    "subplots takes rows of equal lengths, and these have {rows:?} figures"
                )));
            }
            first.max(1)
        }
        // Nearly square, rather wide than high.
        (None, None) => (panels.len() as f64).sqrt().ceil() as usize,
    };
    let mut figure = Figure { panels, columns, ..Figure::default() };
    let mut single = match &figure.panels[..] {
        [panel] => Some(Panel::clone(panel)),
        _ => None,
    };
    for option in ["title", "size", "theme", "background"] {
        if let Some(value) = given.option(option) {
            options::set(context, NAME, &mut figure, single.as_mut(), option, &value)?;
        }
    }
    if let Some(panel) = single {
        figure.panels = vec![Arc::new(panel)];
    }
    Ok(give(context, figure).into())
}

pub(super) const ENTRIES: [Entry; 13] = [
    Entry::function("subplots(...figures, columns: null, title: null, size: null, theme: null, background: null)", subplots, "Figures in a grid: `subplots([[a, b], [c, d]])`, or `subplots(a, b, c, columns: 2)`.").at_least(1).pure(),
    Entry::method(KIND, "with(figure, ...options)", with, "The figure with other options: `f.with(title: \"…\", xlim: [0, 1])`.").any_keywords().at_least(1).pure(),
    Entry::method(KIND, "title(figure, text)", title, "The figure with a title.").pure(),
    Entry::method(KIND, "subtitle(figure, text)", subtitle, "The figure with a second line below its title.").pure(),
    Entry::method(KIND, "xlabel(figure, text)", xlabel, "The figure with a name of its x axis: a unit in parentheses is written fainter.").pure(),
    Entry::method(KIND, "ylabel(figure, text)", ylabel, "The figure with a name of its y axis.").pure(),
    Entry::method(KIND, "xlim(figure, low, high = null)", xlim, "The figure with other ends of its x axis; null leaves one as it was found. From more to less, the axis is reversed.").pure(),
    Entry::method(KIND, "ylim(figure, low, high = null)", ylim, "The figure with other ends of its y axis.").pure(),
    Entry::method(KIND, "xscale(figure, scale)", xscale, "The figure with an x axis that is \"linear\", \"log\" or \"time\".").pure(),
    Entry::method(KIND, "yscale(figure, scale)", yscale, "The figure with a y axis that is \"linear\", \"log\" or \"time\".").pure(),
    Entry::method(KIND, "legend(figure, where = \"best\")", legend, "The figure with its legend elsewhere: \"best\", \"top left\", \"ends\", \"top\", or false.").pure(),
    Entry::method(KIND, "grid(figure, lines)", grid, "The figure with lines in its axes: \"x\", \"y\", \"xy\", or false.").pure(),
    Entry::method(KIND, "theme(figure, name)", theme, "The figure in \"light\" or \"dark\" colors.").pure(),
];
