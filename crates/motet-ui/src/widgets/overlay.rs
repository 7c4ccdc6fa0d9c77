//! What lies above the rest: menus and modal boxes.

use super::{id_of, interact, line, measure, name_of};
use crate::binding::Binding;
use crate::look::{CONTROL, CONTROL_RADIUS, Tokens};
use crate::style::{Align, Length, Style};
use crate::tree::Node;
use crate::view::text::Face;
use crate::view::{Memory, Pass, lay_out};
use egui::{
    Color32, Context, Frame, Margin, Modal, Popup, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, Visuals,
    WidgetInfo, pos2, vec2,
};

/// Space beside the words of a menu's button, and for its arrow.
const PADDING: f32 = 12.0;
const ARROW: f32 = 16.0;
/// Narrowest menu.
const NARROWEST: f32 = 160.0;
/// A modal box, if its style does not say how wide it is.
const WIDTH: f32 = 420.0;

fn title_face(face: Face) -> Face {
    Face { weight: 500, ..face }
}

pub fn menu_size(context: &Context, title: &str, face: Face, style: &Style) -> Vec2 {
    let words = line(context, title, &title_face(face), style, Color32::WHITE).size();
    vec2(words.x.ceil() + 2.0 * PADDING + ARROW, CONTROL)
}

pub fn menu(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    title: &str,
    rect: Rect,
    face: Face,
    memory: &mut Memory,
) -> Response {
    let tokens = pass.tokens;
    let response = interact(ui, node, rect, Sense::click());
    let is_open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
    let is_enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, name_of(node, title)));
    if is_enabled && (response.hovered() || is_open) {
        ui.painter().rect_filled(rect, CONTROL_RADIUS, tokens.control_hover);
    }
    let color = if is_enabled { face.color(tokens) } else { tokens.text_disabled };
    let galley = line(pass.context, title, &title_face(face), &node.style, color);
    ui.painter().galley(pos2(rect.left() + PADDING, rect.center().y - galley.size().y / 2.0), galley, color);
    chevron(ui, pos2(rect.right() - PADDING, rect.center().y), color);
    pass.focus_ring(ui, rect, CONTROL_RADIUS, &response, memory);
    let widest = node.children.iter().map(|child| measure(pass.context, memory, child, face, Vec2::INFINITY).x);
    let width = widest.fold(NARROWEST, f32::max).ceil();
    let inside = Style { items: Some(Align::Stretch), gap: [Some(0.0); 2], ..Style::default() };
    Popup::menu(&response).gap(4.0).show(|ui| contents(pass, ui, node, inside, width, face, memory));
    response
}

/// A small arrow that points down: something opens here.
pub fn chevron(ui: &Ui, center: egui::Pos2, color: Color32) {
    let arrow = [vec2(-4.0, -2.0), vec2(0.0, 2.0), vec2(4.0, -2.0)].map(|corner| center + corner);
    ui.painter().add(Shape::line(arrow.to_vec(), Stroke::new(1.5, color)));
}

/// What lies in a box above the rest, laid out by itself.
fn contents(pass: &Pass<'_>, ui: &mut Ui, node: &Node, style: Style, width: f32, face: Face, memory: &mut Memory) {
    let layout = lay_out(pass.context, memory, node, Some(style), face, vec2(width, 0.0), [true, false]);
    let (rect, _) = ui.allocate_exact_size(layout.size, Sense::empty());
    pass.children(ui, node, &layout, rect.min, face, memory);
}

/// What a box above all else looks like.
pub fn modal_frame(tokens: &Tokens, visuals: &Visuals) -> Frame {
    Frame::NONE
        .fill(tokens.raised)
        .stroke(Stroke::new(1.0, tokens.stroke))
        .corner_radius(10.0)
        .shadow(visuals.popup_shadow)
        .inner_margin(Margin::same(16))
}

pub fn modal(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    value: &Binding,
    title: &str,
    face: Face,
    memory: &mut Memory,
) -> Response {
    let tokens = pass.tokens;
    let all = pass.context.content_rect();
    let width = match node.style.width {
        Some(Length::Pixels(pixels)) => pixels,
        Some(Length::Part(part)) => part * all.width(),
        _ => WIDTH,
    };
    let width = width.min(all.width() - 64.0).max(64.0);
    let frame = modal_frame(tokens, ui.visuals());
    let style = Style { gap: node.style.gap, ..Style::default() };
    let shown = Modal::new(id_of(node)).frame(frame).backdrop_color(tokens.scrim).show(pass.context, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(0.0, 12.0);
        if !title.is_empty() {
            let face = Face { size: 15.0, line: 22.0, weight: 600, ..Face::default() };
            let galley = line(pass.context, title, &face, &Style::default(), tokens.text);
            let (rect, _) = ui.allocate_exact_size(vec2(width, face.line), Sense::empty());
            ui.painter().galley(rect.min, galley, tokens.text);
        }
        contents(pass, ui, node, style, width, face, memory);
    });
    if shown.should_close() {
        value.set_flag(false);
    }
    let response = shown.response;
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Dialog, true, name_of(node, if title.is_empty() { "dialog" } else { title }))
    });
    response
}
