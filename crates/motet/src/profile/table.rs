//! The table that the command shows.

use super::calls::{Calls, Kind};
use std::fmt::Write;

/// Functions and lines that are shown.
const FUNCTIONS: usize = 15;
const LINES: usize = 10;
/// Those with less of the whole are not, in percent.
const LEAST: f64 = 1.0;
/// Characters of a function's name.
const NAME: usize = 32;

pub fn table(calls: &Calls, columns: usize) -> String {
    if calls.samples == 0 {
        return "profile: the program ended before a sample was taken\n".into();
    }
    let (total, samples, threads) = (calls.shown(calls.total), calls.samples, calls.threads);
    let what = if calls.is_time { " of processor time" } else { "" };
    let mut out = format!(
        "profile: {total}{what}, {samples} {} of {threads} {}\n",
        plural(samples, "sample"),
        plural(threads as u64, "thread")
    );
    let mut functions: Vec<usize> =
        (0..calls.functions.len()).filter(|at| calls.functions[*at].kind != Kind::Thread).collect();
    let cost = |at: usize| calls.costs[at];
    functions.sort_by(|a, b| {
        let (one, other) = (cost(*a), cost(*b));
        (other.own, other.total)
            .cmp(&(one.own, one.total))
            .then_with(|| calls.functions[*a].name.cmp(&calls.functions[*b].name))
    });
    functions.retain(|at| calls.percent(cost(*at).own.max(cost(*at).total)) >= LEAST);
    functions.truncate(FUNCTIONS);
    let name = |at: usize| cut(&calls.functions[at].name, NAME);
    let width = functions.iter().map(|at| name(*at).chars().count()).max().unwrap_or(0);
    out.push_str("\n   self    total   function\n");
    for at in functions {
        let place = match &calls.functions[at].place {
            Some((file, line)) => format!("{file}:{line}"),
            None if calls.functions[at].kind == Kind::Builtin => "builtin".into(),
            None => String::new(),
        };
        let (own, total) = (calls.percent(cost(at).own), calls.percent(cost(at).total));
        let row = format!("{own:5.1} %  {total:5.1} %  {:width$}  {place}", name(at));
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}", row.trim_end());
    }
    let lines: Vec<_> = calls.lines.iter().take(LINES).filter(|line| calls.percent(line.own) >= LEAST).collect();
    let place = |line: &super::calls::Line| format!("{}:{}", line.file, line.line);
    let width = lines.iter().map(|line| place(line).chars().count()).max().unwrap_or(0);
    if !lines.is_empty() {
        out.push_str("\n   self   line\n");
    }
    for line in lines {
        let text = cut(&line.text, columns.saturating_sub(width + 13).max(20));
        let row = format!("{:5.1} %  {:width$}   {text}", calls.percent(line.own), place(line));
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.into() } else { format!("{word}s") }
}

/// A text of at most so many characters.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.into(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}
