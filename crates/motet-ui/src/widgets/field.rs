//! Fields for text, of one line or several. A field that is being edited keeps its own text, and sets the signal with each
//! change. The signal is read where it is, so what it holds is never older than what the field has set: if it holds
//! something else, the program has set it, and the field shows that.

use super::name_of;
use crate::link::Event;
use crate::look::{CONTROL, CONTROL_RADIUS};
use crate::style::Style;
use crate::tree::{Kind, Node};
use crate::view::text::Face;
use crate::view::{Editing, Memory, Pass, id_of};
use egui::{Frame, Key, Margin, Rect, Response, Stroke, StrokeKind, TextEdit, Ui, UiBuilder, Vec2, vec2};

/// How wide a field is if nothing says so.
const WIDTH: f32 = 200.0;
/// Height of one of several lines.
const LINE: f32 = 20.0;

pub fn size(lines: Option<u32>, _: &Style) -> Vec2 {
    match lines {
        Some(lines) if lines > 1 => vec2(WIDTH, lines as f32 * LINE + 8.0),
        _ => vec2(WIDTH, CONTROL),
    }
}

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, rect: Rect, face: Face, memory: &mut Memory) -> Response {
    let Kind::TextInput { value, lines, hint, is_secret, submits } = &node.kind else { unreachable!("a field") };
    let tokens = pass.tokens;
    let style = &*node.style;
    let is_enabled = ui.is_enabled();
    let held = value.text();
    let editing = memory.texts.entry(node.id).or_insert_with(|| Editing { text: held.clone(), known: held.clone() });
    if held != editing.known {
        (editing.text, editing.known) = (held.clone(), held);
    }
    let radius = style.radius.unwrap_or(CONTROL_RADIUS);
    let rounded = crate::view::corner(radius, rect);
    let fill = if is_enabled { tokens.field } else { tokens.field_disabled };
    let fill = style.colors.background.map_or(fill, |paint| paint.color(tokens));
    ui.painter().rect_filled(rect, rounded, fill);
    let is_one_line = lines.is_none_or(|lines| lines <= 1);
    let color = if is_enabled { face.color(tokens) } else { tokens.text_disabled };
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect));
    inner.set_clip_rect(ui.clip_rect().intersect(rect));
    let edit = match is_one_line {
        true => TextEdit::singleline(&mut editing.text).align(egui::Align2::LEFT_CENTER).password(*is_secret),
        false => TextEdit::multiline(&mut editing.text),
    };
    let edit = edit
        .id(id_of(node))
        .frame(Frame::NONE.inner_margin(Margin::symmetric(9, 4)))
        .font(face.font())
        .text_color(color)
        .hint_text(egui::RichText::new(&**hint).color(tokens.text_faint))
        .desired_width(rect.width())
        .min_size(rect.size());
    let response = inner.put(rect, edit);
    if response.changed() {
        value.set_text(&editing.text);
        editing.known.clone_from(&editing.text);
    }
    let outline = match () {
        () if !is_enabled => Stroke::new(1.0, tokens.stroke_subtle),
        () if response.has_focus() => Stroke::new(2.0, tokens.focus),
        () if response.hovered() => Stroke::new(1.0, tokens.text_secondary),
        () => Stroke::new(1.0, style.colors.border.map_or(tokens.stroke_control, |paint| paint.color(tokens))),
    };
    ui.painter().rect_stroke(rect, rounded, outline, StrokeKind::Inside);
    if is_one_line && response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        pass.link.post(Event::Clicked(node.id));
        if *submits {
            response.request_focus();
        }
    }
    let name = name_of(node, if hint.is_empty() { "text" } else { hint });
    ui.ctx().accesskit_node_builder(response.id, |builder| builder.set_label(name));
    response
}
