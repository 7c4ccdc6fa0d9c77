//! Tables as text: the first and the last rows, numbers to the right, and what does not fit left out.

use super::column::{Cell, Column, Type};
use super::table::Table;
use motet_vm::memory::print_float;
use unicode_width::UnicodeWidthStr;

/// Rows that are shown unless the program says otherwise.
pub(super) const ROWS: usize = 20;
/// How wide a cell and a table are at most.
const CELL_WIDTH: usize = 32;
const TABLE_WIDTH: usize = 120;
const GAP: &str = "  ";
const LEFT_OUT: &str = "…";

/// A column as it is shown.
struct Shown {
    cells: Vec<String>,
    width: usize,
    is_right: bool,
}

pub(super) fn text(table: &Table, most: usize) -> String {
    let size = format!(
        "{} row{} × {} column{}",
        table.length,
        if table.length == 1 { "" } else { "s" },
        table.names.len(),
        if table.names.len() == 1 { "" } else { "s" }
    );
    if table.names.is_empty() {
        return size;
    }
    // One that is left out would take the line that says so.
    let is_cut = table.length > most.saturating_add(1);
    let head = if is_cut { most.div_ceil(2) } else { table.length };
    let tail = if is_cut { table.length - most / 2 } else { table.length };
    let rows: Vec<usize> = (0..head).chain(tail..table.length).collect();
    let columns: Vec<Shown> =
        table.names.iter().zip(&table.columns).map(|(name, column)| shown(name, column, &rows)).collect();
    let (first, last) = seen(&columns);
    let mut lines = Vec::with_capacity(rows.len() + 4);
    let line = |pick: &dyn Fn(&Shown) -> String| {
        let mut parts: Vec<String> = columns[..first].iter().map(pick).collect();
        if first + last < columns.len() {
            parts.push(LEFT_OUT.to_owned());
        }
        parts.extend(columns[columns.len() - last..].iter().map(pick));
        parts.join(GAP).trim_end().to_owned()
    };
    lines.push(line(&|column| padded(&column.cells[0], column)));
    lines.push(line(&|column| "─".repeat(column.width)));
    for row in 0..rows.len() {
        if is_cut && row == head {
            lines.push(line(&|column| padded(LEFT_OUT, column)));
        }
        lines.push(line(&|column| padded(&column.cells[row + 1], column)));
    }
    lines.push(size);
    lines.join("\n")
}

/// How many columns from the left, and from the right, have room.
fn seen(columns: &[Shown]) -> (usize, usize) {
    let width = |column: &Shown| column.width + GAP.len();
    if columns.iter().map(width).sum::<usize>() <= TABLE_WIDTH + GAP.len() {
        return (columns.len(), 0);
    }
    let (mut first, mut last, mut used) = (0, 0, LEFT_OUT.width() + GAP.len());
    loop {
        let takes_first = first <= last;
        let next = if takes_first { &columns[first] } else { &columns[columns.len() - 1 - last] };
        used += width(next);
        if used > TABLE_WIDTH + GAP.len() && first > 0 {
            return (first, last);
        }
        if takes_first {
            first += 1;
        } else {
            last += 1;
        }
    }
}

fn padded(cell: &str, column: &Shown) -> String {
    let blanks = " ".repeat(column.width.saturating_sub(cell.width()));
    if column.is_right { format!("{blanks}{cell}") } else { format!("{cell}{blanks}") }
}

fn shown(name: &str, column: &Column, rows: &[usize]) -> Shown {
    let decimals = decimals(column, rows);
    let mut cells = vec![short(name)];
    cells.extend(rows.iter().map(|&row| match column.cell(row) {
        Cell::Missing => "–".to_owned(),
        Cell::Float(float) => float_text(float, decimals),
        Cell::Text(text) => short(text),
        cell => cell.text(),
    }));
    let width = cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
    Shown { cells, width, is_right: column.kind().is_number() }
}

/// A text on one line, cut where it is too wide.
fn short(text: &str) -> String {
    let mut shown = String::new();
    let mut width = 0;
    for character in text.chars() {
        let character = if character.is_control() { '·' } else { character };
        let own = unicode_width::UnicodeWidthChar::width(character).unwrap_or(0);
        if width + own > CELL_WIDTH {
            while width >= CELL_WIDTH {
                let Some(last) = shown.pop() else { break };
                width -= unicode_width::UnicodeWidthChar::width(last).unwrap_or(0);
            }
            shown.push_str(LEFT_OUT);
            return shown;
        }
        width += own;
        shown.push(character);
    }
    shown
}

/// Digits that a float is shown with.
const DIGITS: i32 = 6;

/// A float that is written without an exponent.
fn is_ordinary(float: f64) -> bool {
    float == 0.0 || (1e-4..1e15).contains(&float.abs())
}

/// How many digits stand behind the points of a column's floats: as many as six digits of each take.
fn decimals(column: &Column, rows: &[usize]) -> usize {
    if column.kind() != Type::Float {
        return 0;
    }
    let needed = rows.iter().filter_map(|&row| match column.cell(row) {
        Cell::Float(float) if float != 0.0 && is_ordinary(float) => {
            let before = float.abs().log10().floor() as i32 + 1;
            let most = (DIGITS - before.max(1)).max(0) as usize;
            let text = format!("{float:.most$}");
            Some(text.split_once('.').map_or(0, |(_, behind)| behind.trim_end_matches('0').len()))
        }
        _ => None,
    });
    needed.max().unwrap_or(0).max(1)
}

fn float_text(float: f64, decimals: usize) -> String {
    if is_ordinary(float) {
        format!("{float:.decimals$}")
    } else if float.is_finite() {
        let text = format!("{float:.5e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'))
    } else {
        print_float(float)
    }
}
