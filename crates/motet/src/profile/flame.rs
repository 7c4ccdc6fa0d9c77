//! The flame graph: a picture that needs nothing beside itself. Without its script, as on a page that shows it as a picture,
//! it stands still.

use super::calls::{Calls, Kind};
use std::fmt::Write;

const STYLE: &str = include_str!("flame.css");
const SCRIPT: &str = include_str!("flame.js");

/// Pixels, where no script knows how wide the window is.
const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 10.0;
const ROW: f64 = 18.0;
const TOP: f64 = 52.0;
const LETTER: f64 = 7.25;
/// Parts that are narrower than this share of the whole are left out.
const NARROWEST: f64 = 0.0003;
const COLOURS: u32 = 10;

/// A call in its place.
struct Part {
    call: Option<usize>,
    from: f64,
    wide: f64,
    row: usize,
}

pub fn svg(calls: &Calls, title: &str) -> String {
    let parts = parts(calls);
    let rows = parts.iter().map(|part| part.row).max().unwrap_or(0) + 1;
    let height = TOP + rows as f64 * ROW + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\n\
         <title>{0}</title>\n<style>\n{STYLE}</style>\n<text class=\"title\" x=\"{MARGIN}\" y=\"24\">{0}</text>\n\
         <text class=\"note\" x=\"{MARGIN}\" y=\"42\">{1}</text>\n",
        escaped(title),
        escaped(&note(calls))
    );
    for part in &parts {
        draw(calls, part, &mut out);
    }
    let _ = write!(out, "<script><![CDATA[\n{SCRIPT}]]></script>\n</svg>\n");
    out
}

fn note(calls: &Calls) -> String {
    let what = if calls.is_time { " of processor time" } else { "" };
    let samples = calls.samples;
    format!(
        "{}{what}, {samples} {}. Width is time, callers above: click to show a part, Escape for all.",
        calls.shown(calls.total),
        if samples == 1 { "sample" } else { "samples" }
    )
}

/// All calls in their places, the whole first; of one caller the longest first.
fn parts(calls: &Calls) -> Vec<Part> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); calls.calls.len() + 1];
    for (at, call) in calls.calls.iter().enumerate() {
        below[call.caller.map_or(0, |caller| caller + 1)].push(at);
    }
    let whole = calls.total.max(1) as f64;
    let mut parts = Vec::new();
    let mut open = vec![Part { call: None, from: 0.0, wide: 1.0, row: 0 }];
    while let Some(part) = open.pop() {
        let below = &mut below[part.call.map_or(0, |call| call + 1)];
        below.sort_by_key(|at| (std::cmp::Reverse(calls.calls[*at].total), *at));
        let mut from = part.from;
        for at in below.iter() {
            let wide = calls.calls[*at].total as f64 / whole;
            if wide >= NARROWEST {
                open.push(Part { call: Some(*at), from, wide, row: part.row + 1 });
            }
            from += wide;
        }
        parts.push(part);
    }
    parts
}

fn draw(calls: &Calls, part: &Part, out: &mut String) {
    let (name, about, class) = match part.call {
        None => ("all".to_owned(), format!("all: {}", calls.shown(calls.total)), "t".to_owned()),
        Some(at) => {
            let call = &calls.calls[at];
            let function = &calls.functions[call.function];
            let share = |weight| format!("{:.1} % ({})", calls.percent(weight), calls.shown(weight));
            let own = if call.own > 0 { format!(", itself {}", share(call.own)) } else { String::new() };
            let class = match function.kind {
                Kind::Thread | Kind::Other => "t".to_owned(),
                Kind::Builtin => "b".to_owned(),
                Kind::Program => format!("c{}", colour(&function.shown())),
            };
            (function.name.clone(), format!("{}\n{}{own}", function.shown(), share(call.total)), class)
        }
    };
    let (from, wide, row) = (part.from, part.wide, part.row);
    let (left, width) = (MARGIN + from * (WIDTH - 2.0 * MARGIN), wide * (WIDTH - 2.0 * MARGIN));
    let top = TOP + row as f64 * ROW;
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "<g class=\"{class}\" data-x=\"{from:.7}\" data-w=\"{wide:.7}\" data-r=\"{row}\" data-n=\"{}\"><title>{}</title>\
         <rect x=\"{left:.2}\" y=\"{top}\" width=\"{:.2}\" height=\"{}\" rx=\"2\"/><text x=\"{:.2}\" y=\"{}\">{}</text></g>",
        escaped(&name),
        escaped(&about),
        width.max(0.5),
        ROW - 1.0,
        left + 4.0,
        top + 13.0,
        escaped(&fitting(&name, width))
    );
}

/// As much of a name as has room.
fn fitting(name: &str, width: f64) -> String {
    let room = ((width - 8.0) / LETTER).floor().max(0.0) as usize;
    match name.char_indices().nth(room) {
        None => name.into(),
        Some(_) if room < 2 => String::new(),
        Some(_) => name.chars().take(room - 1).chain(['…']).collect(),
    }
}

/// A function has the same colour wherever it stands.
fn colour(text: &str) -> u32 {
    text.bytes().fold(2_166_136_261u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619)) % COLOURS
}

/// Text of XML, in quotes too. What XML has no way to write becomes a blank.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            character if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}
