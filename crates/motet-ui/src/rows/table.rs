//! Tables: heads that sort, rows that are chosen by pointer and keyboard. Horizontal lines only.

use super::data::{Column, Data};
use super::order::Order;
use super::scroll::{LANE, Rows};
use super::{RowData, count_of};
use crate::binding::{Binding, is_same};
use crate::link::{Answer, Event};
use crate::look::LABEL;
use crate::style::Style;
use crate::tree::Node;
use crate::view::text::{Face, galley};
use crate::view::{Memory, Pass, id_of};
use crate::widgets::{interact, line, name_of};
use egui::{
    Color32, Context, CursorIcon, EventFilter, Galley, Id, Key, Modifiers, Rect, Response, Role, Sense, Shape, Stroke,
    Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use motet_vm::memory::{Frozen, Notation, Value};
use std::sync::Arc;

/// A table as a program describes it.
pub struct Table {
    pub data: RowData,
    /// None: those of the data.
    pub columns: Vec<Column>,
    /// Holds the number of the chosen row, as the data counts them; or null.
    pub selected: Option<Arc<Binding>>,
    /// A function is called when a row is opened: by a double click, or Enter.
    pub opens: bool,
}

const HEAD: f32 = 28.0;
const ROW: f32 = 26.0;
/// Space at both sides of a cell.
const PADDING: f32 = 8.0;
/// No column is wider by itself, nor narrower.
const WIDEST: f32 = 280.0;
const NARROWEST: f32 = 44.0;
/// So many rows are shown if nothing says how high the table is.
const ROWS: usize = 10;

/// What a table remembers from frame to frame.
#[derive(Default)]
pub struct Seen {
    data: Option<Arc<Data>>,
    widths: Vec<f32>,
    /// The column that sorts, and whether it descends.
    sorts: Option<(usize, bool)>,
    order: Order,
}

pub fn size(table: &Table) -> Vec2 {
    let count = table.data.now().map_or(0, |value| count_of(value.value()));
    vec2(360.0, HEAD + ROW * count.clamp(2, ROWS) as f32 + 1.0)
}

impl Seen {
    /// Looks at the data again, if it has changed.
    fn look(&mut self, context: &Context, table: &Table) -> Option<Arc<Data>> {
        let value = table.data.now()?;
        if let Some(data) = &self.data
            && is_same(&data.value, &value)
        {
            return Some(data.clone());
        }
        let data = Arc::new(Data::new(value, &table.columns));
        self.widths = (0..data.heads.len()).map(|column| width(context, &data, column)).collect();
        self.data = Some(data.clone());
        self.sorts = self.sorts.filter(|(column, _)| *column < data.heads.len());
        self.order = self.sorts.map_or(Order::Own, |(column, descends)| Order::by(&data, column, descends));
        Some(data)
    }

    /// A click in a head: up, down, as the data is.
    fn sort(&mut self, data: &Arc<Data>, column: usize) {
        self.sorts = match self.sorts {
            Some((sorting, false)) if sorting == column => Some((column, true)),
            Some((sorting, true)) if sorting == column => None,
            _ => Some((column, false)),
        };
        self.order = self.sorts.map_or(Order::Own, |(column, descends)| Order::by(data, column, descends));
    }
}

/// As wide as its head and the first values need.
fn width(context: &Context, data: &Data, column: usize) -> f32 {
    let head = &data.heads[column];
    if let Some(width) = head.width {
        return width;
    }
    let wide = |text: &str, face: &Face| line(context, text, face, &Style::default(), Color32::WHITE).size().x;
    let words = wide(&head.label, &head_face(true)) + 14.0;
    let values = (0..data.count.min(super::data::SAMPLE)).filter_map(|row| data.text(row, column, Notation::Soc));
    let widest = values.map(|text| wide(&text, &Face::default())).fold(words, f32::max);
    (widest.ceil() + 2.0 * PADDING).clamp(NARROWEST, WIDEST)
}

fn head_face(sorts: bool) -> Face {
    Face { size: LABEL.0, line: LABEL.1, weight: if sorts { 600 } else { 500 }, ..Face::default() }
}

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, table: &Table, rect: Rect, memory: &mut Memory) -> Response {
    let tokens = pass.tokens;
    let shows_focus = memory.shows_focus;
    let super::Seen { scrolled, table: seen, .. } = memory.rows.entry(node.id).or_default();
    let body = Rect::from_min_max(rect.min + vec2(0.0, HEAD), rect.max);
    let response = interact(ui, node, body, Sense::click());
    let name = name_of(node, "table");
    let data = seen.look(pass.context, table);
    let count = data.as_ref().map_or(0, |data| data.count);
    response.widget_info(|| WidgetInfo::labeled(Role::Table, ui.is_enabled(), &name));
    let Some(data) = data.filter(|data| !data.heads.is_empty()) else {
        empty(pass, ui, rect);
        return response;
    };
    if seen.order.is_awaited() {
        ui.ctx().request_repaint();
    }
    let chosen = table.selected.as_ref().and_then(|binding| binding.number()).map(|row| row as usize);
    let mut wanted = chosen;
    if response.has_focus() {
        let place = chosen.and_then(|row| seen.order.place(row));
        if let Some(place) = moved(ui, response.id, place, count, body) {
            scrolled.reveal(place, body, ROW);
            wanted = Some(seen.order.row(place));
        }
        if table.opens
            && let Some(row) = chosen
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
        {
            pass.link.post(Event::Changed(node.id, Answer::Whole(row as i64)));
        }
    }
    let natural: f32 = seen.widths.iter().sum();
    let lane = if count as f32 * ROW > body.height() { LANE } else { 0.0 };
    let spare = ((rect.width() - lane - natural) / seen.widths.len() as f32).max(0.0);
    let wide = natural + spare * seen.widths.len() as f32;
    let rows = scrolled.rows(ui, id_of(node).with("rows"), body, count, vec2(wide.max(1.0), ROW), tokens);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("table", node.id)));
    inner.shrink_clip_rect(rect);
    let columns: Vec<f32> = seen.widths.iter().map(|width| width + spare).collect();
    if let Some(column) = heads(pass, &mut inner, node, &data, &columns, rect, rows, seen.sorts) {
        seen.sort(&data, column);
    }
    inner.shrink_clip_rect(body);
    let painted = Painted { pass, data: &data, columns: &columns, chosen: wanted };
    for place in rows.first..rows.end {
        let row = seen.order.row(place);
        let top = body.top() + rows.corner.y + (place - rows.first) as f32 * ROW;
        let area = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), ROW));
        let of_row = painted.row(&mut inner, node, row, area, rows.corner.x);
        if of_row.clicked() {
            response.request_focus();
            wanted = Some(row);
        }
        if of_row.double_clicked() && table.opens {
            pass.link.post(Event::Changed(node.id, Answer::Whole(row as i64)));
        }
    }
    if count == 0 {
        empty(pass, &inner, body);
    }
    if wanted != chosen
        && let (Some(binding), Some(row)) = (&table.selected, wanted)
    {
        binding.set(Frozen::new(&Value::int(row as i64)).expect("a number is immutable"));
    }
    if response.has_focus() && shows_focus {
        pass.outline(ui, rect, 4.0);
    }
    response
}

/// Where the arrows, page keys, Home and End go from a row.
fn moved(ui: &Ui, id: Id, place: Option<usize>, count: usize, body: Rect) -> Option<usize> {
    ui.memory_mut(|memory| {
        memory.set_focus_lock_filter(id, EventFilter { vertical_arrows: true, ..EventFilter::default() });
    });
    let last = count.checked_sub(1)?;
    let page = (body.height() / ROW).floor().max(1.0) as usize;
    let at = |from: usize, key: Key| match key {
        Key::ArrowUp => from.saturating_sub(1),
        Key::ArrowDown => from + 1,
        Key::PageUp => from.saturating_sub(page),
        Key::PageDown => from + page,
        Key::Home => 0,
        _ => last,
    };
    let keys = [Key::ArrowUp, Key::ArrowDown, Key::PageUp, Key::PageDown, Key::Home, Key::End];
    let pressed = keys.into_iter().find(|key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, *key)))?;
    Some(place.map_or(if pressed == Key::End { last } else { 0 }, |from| at(from, pressed)).min(last))
}

fn empty(pass: &Pass<'_>, ui: &Ui, area: Rect) {
    let color = pass.tokens.text_faint;
    let galley = line(pass.context, "No rows", &Face::default(), &Style::default(), color);
    ui.painter().galley(area.center() - galley.size() / 2.0, galley, color);
}

/// The heads; the column that was clicked.
#[allow(clippy::too_many_arguments, reason = "a row of heads, and where it is")]
fn heads(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    data: &Data,
    columns: &[f32],
    rect: Rect,
    rows: Rows,
    sorts: Option<(usize, bool)>,
) -> Option<usize> {
    let tokens = pass.tokens;
    let mut clicked = None;
    let mut left = rect.left() + rows.corner.x;
    for (column, (head, width)) in data.heads.iter().zip(columns).enumerate() {
        let area = Rect::from_min_size(pos2(left, rect.top()), vec2(*width, HEAD));
        left += width;
        let descends = sorts.filter(|(sorting, _)| *sorting == column).map(|(_, descends)| descends);
        let response = ui.interact(area, id_of(node).with(("head", column)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, ui.is_enabled(), &head.label));
        if response.clicked() {
            clicked = Some(column);
        }
        if response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        }
        let is_strong = descends.is_some() || response.hovered() || response.has_focus();
        let color = if is_strong { tokens.text } else { tokens.text_secondary };
        let mark = if descends.is_some() { 12.0 } else { 0.0 };
        let room = width - 2.0 * PADDING - mark;
        let galley = cell_text(pass, &head.label, &head_face(descends.is_some()), color, room);
        let end = if head.is_right { area.right() - PADDING - mark } else { area.left() + PADDING + galley.size().x };
        ui.painter().galley(pos2(end - galley.size().x, area.center().y - galley.size().y / 2.0), galley, color);
        if let Some(descends) = descends {
            let center = pos2(end + 8.0, area.center().y);
            let down = if descends { 2.0 } else { -2.0 };
            let corners = [vec2(-3.5, -down), vec2(3.5, -down), vec2(0.0, down)].map(|corner| center + corner);
            ui.painter().add(Shape::convex_polygon(corners.to_vec(), color, Stroke::NONE));
        }
    }
    ui.painter().hline(rect.x_range(), rect.top() + HEAD - 0.5, Stroke::new(1.0, tokens.stroke));
    clicked
}

fn cell_text(pass: &Pass<'_>, text: &str, face: &Face, color: Color32, width: f32) -> Arc<Galley> {
    let style = Style { is_truncated: true, ..Style::default() };
    galley(pass.context, text, face, &style, color, width.max(1.0))
}

/// What all rows of a frame share.
struct Painted<'a> {
    pass: &'a Pass<'a>,
    data: &'a Data,
    columns: &'a [f32],
    chosen: Option<usize>,
}

impl Painted<'_> {
    fn row(&self, ui: &mut Ui, node: &Node, row: usize, area: Rect, shift: f32) -> Response {
        let (pass, tokens) = (self.pass, self.pass.tokens);
        let is_chosen = self.chosen == Some(row);
        // The table has the focus, not its rows.
        let response = ui.interact(area, id_of(node).with(("row", row)), Sense::CLICK);
        let texts: Vec<Option<String>> =
            (0..self.columns.len()).map(|column| self.data.text(row, column, Notation::Soc)).collect();
        response.widget_info(|| {
            let words: Vec<&str> = texts.iter().flatten().map(String::as_str).collect();
            let first = words.first().copied().unwrap_or("row");
            WidgetInfo {
                current_text_value: Some(words.join(", ")),
                ..WidgetInfo::selected(Role::Row, ui.is_enabled(), is_chosen, first)
            }
        });
        let fill = match () {
            () if is_chosen => Some(tokens.accent_soft),
            () if response.hovered() => Some(tokens.row_hover),
            () => None,
        };
        if let Some(fill) = fill {
            ui.painter().rect_filled(area, 0.0, fill);
        }
        let mut left = area.left() + shift;
        for (column, width) in self.columns.iter().enumerate() {
            let (text, color) = match &texts[column] {
                Some(text) => (text.as_str(), if ui.is_enabled() { tokens.text } else { tokens.text_disabled }),
                None => ("–", tokens.text_faint),
            };
            // A text of many lines shows its first.
            let text = text.lines().next().unwrap_or_default();
            let galley = cell_text(pass, text, &Face::default(), color, width - 2.0 * PADDING);
            let x = match self.data.heads[column].is_right {
                true => left + width - PADDING - galley.size().x,
                false => left + PADDING,
            };
            ui.painter().galley(pos2(x, area.center().y - galley.size().y / 2.0), galley, color);
            left += width;
        }
        ui.painter().hline(area.x_range(), area.bottom() - 0.5, Stroke::new(1.0, tokens.stroke_subtle));
        response
    }
}
