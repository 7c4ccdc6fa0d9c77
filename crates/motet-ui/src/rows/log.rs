//! Logs: lines of text in a face of equal widths, any number of them. A log whose end is seen stays at its end.

use super::RowData;
use crate::binding::{is_same, shown};
use crate::look::MONO;
use crate::style::Style;
use crate::tree::Node;
use crate::view::text::Face;
use crate::view::{Memory, Pass, id_of};
use crate::widgets::{interact, line, name_of};
use egui::{
    Color32, Event, EventFilter, Key, Modifiers, Rect, Response, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2,
    vec2,
};
use motet_vm::memory::{Frozen, Notation, Value};
use std::ops::Range;

/// A log as a program describes it: a list of lines, or a text of many.
pub struct Log {
    pub lines: RowData,
}

const PADDING: f32 = 8.0;
/// So many lines are shown if nothing says how high the log is.
const LINES: f32 = 10.0;
/// Bytes of a line that are shown.
const LONGEST: usize = 4096;

/// What a log remembers from frame to frame.
#[derive(Default)]
pub struct Seen {
    lines: Option<Lines>,
    widest: f32,
}

pub fn size() -> Vec2 {
    vec2(360.0, LINES * MONO.1 + 2.0 * PADDING)
}

/// The lines of a value.
struct Lines {
    value: Frozen,
    /// Where the lines of a text are.
    ranges: Option<Vec<Range<usize>>>,
    count: usize,
}

impl Lines {
    fn new(value: Frozen) -> Lines {
        let ranges = value.value().as_str().map(|text| {
            let start = text.as_ptr() as usize;
            let range = |line: &str| {
                let from = line.as_ptr() as usize - start;
                from..from + line.len()
            };
            text.lines().map(range).collect::<Vec<_>>()
        });
        let count = ranges.as_ref().map_or_else(|| super::count_of(value.value()), Vec::len);
        Lines { value, ranges, count }
    }

    /// A line, and how bad what it says is.
    fn line(&self, index: usize) -> (String, Level) {
        if let (Some(ranges), Some(text)) = (&self.ranges, self.value.value().as_str()) {
            return (text[ranges[index].clone()].to_owned(), Level::Plain);
        }
        let item = self.value.value().as_list().and_then(|list| list.get(index)).unwrap_or(Value::NULL);
        let field = |name: &str| item.as_record().and_then(|record| record.get(name));
        match field("text") {
            Some(text) => {
                let level = field("level").and_then(|level| Level::of(level.as_str()?)).unwrap_or(Level::Plain);
                (shown(&text, Notation::Soc), level)
            }
            None => (shown(&item, Notation::Soc), Level::Plain),
        }
    }

    fn all(&self) -> String {
        (0..self.count).map(|index| self.line(index).0 + "\n").collect()
    }
}

#[derive(Clone, Copy)]
enum Level {
    Plain,
    Faint,
    Success,
    Warning,
    Error,
}

impl Level {
    fn of(name: &str) -> Option<Level> {
        Some(match name {
            "debug" => Level::Faint,
            "success" => Level::Success,
            "warning" => Level::Warning,
            "error" => Level::Error,
            _ => return None,
        })
    }
}

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, log: &Log, rect: Rect, memory: &mut Memory) -> Response {
    let tokens = pass.tokens;
    let shows_focus = memory.shows_focus;
    let super::Seen { scrolled, log: seen, .. } = memory.rows.entry(node.id).or_default();
    ui.painter().rect_filled(rect, 6.0, tokens.sunken);
    let response = interact(ui, node, rect, Sense::click());
    let area = rect.shrink(PADDING);
    if let Some(value) = log.lines.now()
        && seen.lines.as_ref().is_none_or(|lines| !is_same(&lines.value, &value))
    {
        if seen.lines.is_none() {
            // It begins at its end.
            scrolled.go(f64::INFINITY);
        }
        seen.lines = Some(Lines::new(value));
    }
    let Some(lines) = &seen.lines else { return response };
    response.widget_info(|| WidgetInfo {
        current_text_value: lines.count.checked_sub(1).map(|last| lines.line(last).0),
        ..WidgetInfo::labeled(Role::Log, ui.is_enabled(), name_of(node, "log"))
    });
    scrolled.follow(lines.count, area, MONO.1);
    if response.has_focus() {
        keys(ui, &response, lines, scrolled, area);
    }
    let rows = scrolled.rows(ui, id_of(node).with("rows"), area, lines.count, vec2(seen.widest, MONO.1), tokens);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(area).id_salt(("log", node.id)));
    inner.shrink_clip_rect(area.expand2(vec2(0.0, 2.0)));
    let face = Face { size: MONO.0, line: MONO.1, is_mono: true, ..Face::default() };
    for index in rows.first..rows.end {
        let (mut text, level) = lines.line(index);
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
            text.push('…');
        }
        let color: Color32 = match level {
            Level::Plain => tokens.text,
            Level::Faint => tokens.text_faint,
            Level::Success => tokens.success,
            Level::Warning => tokens.warn,
            Level::Error => tokens.error,
        };
        let galley = line(pass.context, &text.replace(['\n', '\r'], "⏎"), &face, &Style::default(), color);
        seen.widest = seen.widest.max(galley.size().x);
        let top = area.top() + rows.corner.y + (index - rows.first) as f32 * MONO.1;
        inner.painter().galley(pos2(area.left() + rows.corner.x, top), galley, color);
    }
    if response.has_focus() && shows_focus {
        pass.outline(ui, rect, 6.0);
    }
    response
}

/// Copying takes all lines; the keys that move go through them.
fn keys(ui: &Ui, response: &Response, lines: &Lines, scrolled: &mut super::scroll::Scrolled, area: Rect) {
    ui.memory_mut(|memory| {
        memory.set_focus_lock_filter(response.id, EventFilter { vertical_arrows: true, ..EventFilter::default() });
    });
    if ui.input(|input| input.events.contains(&Event::Copy)) {
        ui.copy_text(lines.all());
    }
    let page = f64::from((area.height() / MONO.1).floor().max(1.0));
    for (key, rows) in [
        (Key::ArrowUp, -1.0),
        (Key::ArrowDown, 1.0),
        (Key::PageUp, -page),
        (Key::PageDown, page),
        (Key::Home, f64::NEG_INFINITY),
        (Key::End, f64::INFINITY),
    ] {
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            scrolled.go(rows);
        }
    }
}
