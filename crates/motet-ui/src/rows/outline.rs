//! Trees: rows that open and close, as a file manager shows folders.

use super::RowData;
use crate::binding::{Binding, is_same, shown};
use crate::link::{Answer, Event};
use crate::style::Style;
use crate::tree::Node;
use crate::view::text::Face;
use crate::view::{Memory, Pass, id_of};
use crate::widgets::{interact, line, name_of};
use egui::{
    EventFilter, Key, Modifiers, Rect, Response, Role, Sense, Shape, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2,
    vec2,
};
use motet_vm::memory::{Frozen, Notation, Value, is_equal};
use std::collections::HashMap;
use std::sync::Arc;

/// A tree as a program describes it: records `{label, children, key}`, or texts.
pub struct Outline {
    pub data: RowData,
    /// Holds the key of what is chosen: its own, or its labels from the top, with `/` between them.
    pub selected: Option<Arc<Binding>>,
    /// Everything is open in the beginning.
    pub starts_open: bool,
    /// A function is called when a row is opened by a double click or Enter.
    pub opens: bool,
}

const ROW: f32 = 26.0;
const INDENT: f32 = 18.0;
/// Deepest rows that are shown.
const DEEPEST: usize = 64;

/// What a tree remembers from frame to frame.
#[derive(Default)]
pub struct Seen {
    /// What the user has opened or closed, by key.
    open: HashMap<String, bool>,
    entries: Option<(Frozen, Vec<Entry>)>,
}

/// A row.
struct Entry {
    label: String,
    /// For the user's memory, and for the program.
    path: String,
    key: Frozen,
    depth: usize,
    /// Whether it is open, if anything lies in it.
    is_open: Option<bool>,
}

pub fn size(outline: &Outline) -> Vec2 {
    let count = outline.data.now().map_or(0, |value| super::count_of(value.value()));
    vec2(240.0, ROW * count.clamp(4, 12) as f32)
}

fn gather(
    seen: &HashMap<String, bool>,
    outline: &Outline,
    value: &Value,
    above: &str,
    depth: usize,
    into: &mut Vec<Entry>,
) {
    let Some(list) = value.as_list().filter(|_| depth < DEEPEST) else { return };
    let items: Vec<Value> = list.items().to_vec();
    for item in &items {
        let field = |name: &str| item.as_record().and_then(|record| record.get(name));
        let label = shown(&field("label").unwrap_or_else(|| item.clone()), Notation::Soc);
        let path = if above.is_empty() { label.clone() } else { format!("{above}/{label}") };
        let heap = motet_vm::memory::Heap::new();
        let key = field("key").unwrap_or_else(|| heap.string(&path));
        // A frozen value's parts are frozen.
        let Some(key) = Frozen::new(&key) else { continue };
        let children = field("children").filter(|children| children.as_list().is_some_and(|list| list.length() > 0));
        let is_open = children.as_ref().map(|_| seen.get(&path).copied().unwrap_or(outline.starts_open));
        into.push(Entry { label, path: path.clone(), key, depth, is_open });
        if let (Some(children), Some(true)) = (children, is_open) {
            gather(seen, outline, &children, &path, depth + 1, into);
        }
    }
}

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, outline: &Outline, rect: Rect, memory: &mut Memory) -> Response {
    let tokens = pass.tokens;
    let shows_focus = memory.shows_focus;
    let super::Seen { scrolled, outline: seen, .. } = memory.rows.entry(node.id).or_default();
    let response = interact(ui, node, rect, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Tree, ui.is_enabled(), name_of(node, "tree")));
    if let Some(value) = outline.data.now()
        && seen.entries.as_ref().is_none_or(|(known, _)| !is_same(known, &value))
    {
        let mut entries = Vec::new();
        gather(&seen.open, outline, value.value(), "", 0, &mut entries);
        seen.entries = Some((value, entries));
    }
    let Some((value, entries)) = seen.entries.take() else { return response };
    let chosen = |entry: &Entry| {
        outline
            .selected
            .as_ref()
            .and_then(|binding| binding.value().ok())
            .is_some_and(|held| is_equal(held.value(), entry.key.value()))
    };
    let place = entries.iter().position(chosen);
    let mut turned: Option<usize> = None;
    let mut wanted = None;
    let mut opened = None;
    if response.has_focus() {
        ui.memory_mut(|memory| {
            let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
            memory.set_focus_lock_filter(response.id, filter);
        });
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        for (key, step) in [(Key::ArrowUp, -1i64), (Key::ArrowDown, 1)] {
            if pressed(key) {
                let next = place.map_or(0, |place| place as i64 + step).clamp(0, entries.len().max(1) as i64 - 1);
                wanted = Some(next as usize);
            }
        }
        if let Some(place) = place {
            let is_open = entries[place].is_open;
            let turns =
                pressed(Key::ArrowRight) && is_open == Some(false) || pressed(Key::ArrowLeft) && is_open == Some(true);
            turned = turns.then_some(place);
            opened = pressed(Key::Enter).then_some(place);
        }
        if let Some(wanted) = wanted {
            scrolled.reveal(wanted, rect, ROW);
        }
    }
    let rows = scrolled.rows(ui, id_of(node).with("rows"), rect, entries.len(), vec2(1.0, ROW), tokens);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("outline", node.id)));
    inner.shrink_clip_rect(rect);
    for (index, entry) in entries.iter().enumerate().take(rows.end).skip(rows.first) {
        let top = rect.top() + rows.corner.y + (index - rows.first) as f32 * ROW;
        let area = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ROW));
        let of_row = inner.interact(area, id_of(node).with(("row", &entry.path)), Sense::CLICK);
        let is_chosen = place == Some(index);
        of_row.widget_info(|| WidgetInfo::selected(Role::TreeItem, inner.is_enabled(), is_chosen, &entry.label));
        let fill = if is_chosen { Some(tokens.accent_soft) } else { of_row.hovered().then_some(tokens.row_hover) };
        if let Some(fill) = fill {
            inner.painter().rect_filled(area, 4.0, fill);
        }
        let left = area.left() + 6.0 + entry.depth as f32 * INDENT;
        if let Some(is_open) = entry.is_open {
            let center = pos2(left + 6.0, area.center().y);
            let arrow = match is_open {
                true => [vec2(-4.0, -2.0), vec2(0.0, 2.0), vec2(4.0, -2.0)],
                false => [vec2(-2.0, -4.0), vec2(2.0, 0.0), vec2(-2.0, 4.0)],
            };
            let arrow = arrow.map(|corner| center + corner).to_vec();
            inner.painter().add(Shape::line(arrow, Stroke::new(1.5, tokens.text_secondary)));
        }
        let color = if inner.is_enabled() { tokens.text } else { tokens.text_disabled };
        let galley = line(pass.context, &entry.label, &Face::default(), &Style::default(), color);
        inner.painter().galley(pos2(left + 18.0, area.center().y - galley.size().y / 2.0), galley, color);
        if of_row.clicked() {
            response.request_focus();
            wanted = Some(index);
            let on_arrow = of_row.interact_pointer_pos().is_some_and(|pointer| pointer.x < left + 16.0);
            // Without a signal for what is chosen, the whole row opens and closes.
            if entry.is_open.is_some() && (on_arrow || outline.selected.is_none()) {
                turned = Some(index);
            }
        }
        if of_row.double_clicked() {
            opened = Some(index);
        }
    }
    if let (Some(binding), Some(index)) = (&outline.selected, wanted) {
        binding.set(entries[index].key.clone());
    }
    if let Some(index) = opened.filter(|_| outline.opens) {
        pass.link.post(Event::Changed(node.id, Answer::Text(entries[index].path.clone())));
    }
    match turned {
        Some(index) => {
            // The rows are gathered anew in the next frame.
            seen.open.insert(entries[index].path.clone(), entries[index].is_open == Some(false));
            ui.ctx().request_repaint();
        }
        None => seen.entries = Some((value, entries)),
    }
    if response.has_focus() && shows_focus {
        pass.outline(ui, rect, 4.0);
    }
    response
}
