//! Tensors as text, as NumPy prints them: rows in brackets, columns below one another, eight digits behind the point at most,
//! and of many elements the first and last three of each axis.

use crate::buffer::{Buffer, Element, with_type};
use crate::view::View;
use motet_vm::memory::print_float;

/// Elements above which a tensor is shortened.
const MOST_SHOWN: usize = 1000;
/// Elements at each end of a shortened axis.
const EDGE: usize = 3;
/// Columns of a line.
const WIDTH: usize = 75;
const DIGITS: usize = 8;

/// Elements that are shown at most, even if no axis is long.
const MOST_CELLS: usize = 20_000;

pub(crate) fn text(view: &View) -> String {
    let is_short = view.len() > MOST_SHOWN;
    let shown_along = |length: usize| if is_short { length.min(2 * EDGE) } else { length };
    let shown: usize = view.shape.iter().map(|&length| shown_along(length)).fold(1, usize::saturating_mul);
    if shown > MOST_CELLS {
        return format!("<Tensor of {}, of shape {}>", view.dtype().name(), crate::view::shown_shape(&view.shape));
    }
    let cells = if is_short { cells(&edges(view)) } else { cells(view) };
    if view.rank() == 0 {
        return cells.into_iter().next().unwrap_or_default();
    }
    if view.is_empty() {
        return "[]".into();
    }
    let mut cells = cells.into_iter();
    Layout { shape: &view.shape, is_short, cells: &mut cells }.rows(0)
}

/// The elements that are shown, in one axis.
fn edges(view: &View) -> View {
    fn visit(part: &View, places: &mut Vec<usize>) {
        let Some(&length) = part.shape.first() else { return places.push(part.offset) };
        for index in (0..length).filter(|&index| index < EDGE || index >= length.saturating_sub(EDGE).max(EDGE)) {
            visit(&part.at(0, index), places);
        }
    }
    let mut places = Vec::new();
    // All indexes of an axis that is not cut lie at its ends.
    visit(view, &mut places);
    with_type!(view.dtype(), T => {
        let items = T::items(&view.buffer).expect("its dtype");
        let shown: Vec<T> = places.iter().map(|&place| items[place]).collect();
        View::of_items([shown.len()].as_slice().into(), shown)
    })
}

struct Layout<'a> {
    shape: &'a [usize],
    is_short: bool,
    cells: &'a mut dyn Iterator<Item = String>,
}

impl Layout<'_> {
    fn rows(&mut self, axis: usize) -> String {
        let length = self.shape[axis];
        let is_cut = self.is_short && length > 2 * EDGE;
        let shown = if is_cut { 2 * EDGE } else { length };
        let indent = " ".repeat(axis + 1);
        let mut text = String::new();
        if axis + 1 == self.shape.len() {
            let width = WIDTH - axis - 1;
            let mut line = indent.clone();
            for index in 0..shown {
                if is_cut && index == EDGE {
                    extend(&mut text, &mut line, "...", width, &indent);
                    line.push(' ');
                }
                let cell = self.cells.next().unwrap_or_default();
                extend(&mut text, &mut line, &cell, width, &indent);
                if index + 1 < shown {
                    line.push(' ');
                }
            }
            text.push_str(&line);
        } else {
            let between = "\n".repeat(self.shape.len() - 1 - axis);
            for index in 0..shown {
                if is_cut && index == EDGE {
                    text.push_str(&format!("{indent}...{between}"));
                }
                text.push_str(&indent);
                text.push_str(&self.rows(axis + 1));
                if index + 1 < shown {
                    text.push_str(&between);
                }
            }
        }
        format!("[{}]", &text[indent.len()..])
    }
}

/// Adds a word to a line, or begins another one with it.
fn extend(text: &mut String, line: &mut String, word: &str, width: usize, indent: &str) {
    if line.len() + word.len() > width && line.len() > indent.len() {
        text.push_str(line.trim_end());
        text.push('\n');
        line.clear();
        line.push_str(indent);
    }
    line.push_str(word);
}

/// The elements in order, as wide as one another.
fn cells(view: &View) -> Vec<String> {
    match &*view.buffer {
        Buffer::Bool(_) => aligned(view.items::<bool>().iter().map(bool::to_string).collect()),
        Buffer::I64(_) => aligned(view.items::<i64>().iter().map(i64::to_string).collect()),
        Buffer::F64(_) => floats(&view.items::<f64>(), view.rank() == 0),
        Buffer::F32(_) => floats(&view.items::<f32>(), view.rank() == 0),
        Buffer::C64(_) => {
            let items = view.items::<crate::buffer::C64>();
            let (re, im): (Vec<f64>, Vec<f64>) = items.iter().map(|item| (item.re, item.im.abs())).unzip();
            let (re, im) = (floats(&re, false), floats(&im, false));
            let joined = re.iter().zip(im).zip(items.iter()).map(|((re, im), item)| {
                let sign = if item.im.is_sign_negative() { '-' } else { '+' };
                let digits = im.trim_start();
                let shown = digits.trim_end();
                format!("{re}{sign}{shown}i{}", " ".repeat(digits.len() - shown.len()))
            });
            aligned(joined.collect())
        }
    }
}

fn aligned(cells: Vec<String>) -> Vec<String> {
    let width = cells.iter().map(String::len).max().unwrap_or(0);
    cells.into_iter().map(|cell| format!("{cell:>width$}")).collect()
}

/// A float of some size.
trait Float: Copy + std::fmt::Display + std::fmt::LowerExp + Into<f64> {}

impl Float for f64 {}
impl Float for f32 {}

fn floats<T: Float>(items: &[T], is_alone: bool) -> Vec<String> {
    if is_alone {
        return items.iter().map(|&item| print_float(item.into())).collect();
    }
    let sizes = items.iter().map(|&item| Into::<f64>::into(item).abs()).filter(|size| size.is_finite() && *size > 0.0);
    let (least, greatest) =
        sizes.fold((f64::INFINITY, 0.0f64), |(least, greatest), size| (least.min(size), greatest.max(size)));
    let with_exponent = greatest >= 1e8 || least < 1e-4 || greatest / least > 1000.0 && least.is_finite();
    let parts: Vec<Option<Parts>> = items.iter().map(|&item| Parts::of(item, with_exponent)).collect();
    let known = || parts.iter().flatten();
    let whole = known().map(|part| part.whole.len()).max().unwrap_or(0);
    let fraction = known().map(|part| part.fraction.len()).max().unwrap_or(0);
    let exponent = known().map(|part| part.exponent.trim_start_matches('-').len()).fold(2, usize::max);
    let cells = parts.iter().zip(items).map(|(part, &item)| match part {
        None => print_float(item.into()).to_lowercase().replace("infinity", "inf"),
        Some(part) => {
            // Behind an exponent nothing is filled up with blanks, so digits are filled up with zeros.
            let filler = if with_exponent { "0" } else { " " }.repeat(fraction - part.fraction.len());
            let exponent = if with_exponent { padded_exponent(&part.exponent, exponent) } else { String::new() };
            format!("{:>whole$}.{}{filler}{exponent}", part.whole, part.fraction)
        }
    });
    aligned(cells.collect())
}

/// `e+05`, with so many digits.
fn padded_exponent(exponent: &str, width: usize) -> String {
    let sign = if exponent.starts_with('-') { '-' } else { '+' };
    format!("e{sign}{:0>width$}", exponent.trim_start_matches('-'))
}

/// A number taken apart: its shortest digits that read back as the same number, or the nearest with so many behind the point.
struct Parts {
    whole: String,
    fraction: String,
    exponent: String,
}

impl Parts {
    fn of<T: Float>(item: T, with_exponent: bool) -> Option<Parts> {
        if !Into::<f64>::into(item).is_finite() {
            return None;
        }
        let shortest = if with_exponent { format!("{item:e}") } else { format!("{item}") };
        let taken = Parts::taken(&shortest);
        if taken.fraction.len() <= DIGITS {
            return Some(taken);
        }
        Some(Parts::taken(&if with_exponent { format!("{item:.DIGITS$e}") } else { format!("{item:.DIGITS$}") }))
    }

    fn taken(text: &str) -> Parts {
        let (digits, exponent) = text.split_once('e').unwrap_or((text, ""));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        Parts { whole: whole.into(), fraction: fraction.trim_end_matches('0').into(), exponent: exponent.into() }
    }
}
