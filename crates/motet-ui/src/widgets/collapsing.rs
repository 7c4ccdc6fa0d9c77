//! The head of a box that opens and closes. Whether it is open, the window remembers; the program need not know.

use super::{interact, line, name_of};
use crate::look::CONTROL;
use crate::style::Style;
use crate::tree::Node;
use crate::view::text::Face;
use crate::view::{Memory, Pass};
use egui::{Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Draws the head; true if the box is open.
pub fn draw(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    title: &str,
    starts_open: bool,
    rect: Rect,
    memory: &mut Memory,
) -> bool {
    let tokens = pass.tokens;
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), CONTROL));
    let response = interact(ui, node, head, Sense::click());
    let is_open = memory.open.entry(node.id).or_insert(starts_open);
    if response.clicked() {
        *is_open = !*is_open;
        // What lies below moves, so the layout is made anew.
        ui.ctx().request_discard("a box was opened or closed");
    }
    let is_open = *is_open;
    response
        .widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, ui.is_enabled(), is_open, name_of(node, title)));
    if response.hovered() {
        ui.painter().rect_filled(head.expand2(vec2(4.0, 0.0)), 6.0, tokens.control_hover);
    }
    let center = pos2(head.left() + 8.0, head.center().y);
    let arrow = match is_open {
        true => vec![center + vec2(-4.0, -2.0), center + vec2(0.0, 2.0), center + vec2(4.0, -2.0)],
        false => vec![center + vec2(-2.0, -4.0), center + vec2(2.0, 0.0), center + vec2(-2.0, 4.0)],
    };
    ui.painter().add(Shape::line(arrow, Stroke::new(1.5, tokens.text_secondary)));
    let face = Face { weight: 600, ..Face::default() }.with(&node.style);
    let galley = line(pass.context, title, &face, &Style::default(), face.color(tokens));
    ui.painter().galley(pos2(head.left() + 22.0, head.center().y - galley.size().y / 2.0), galley, tokens.text);
    pass.focus_ring(ui, head, 6.0, &response, memory);
    is_open
}
