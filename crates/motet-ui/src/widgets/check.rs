//! Boxes to tick.

use super::{interact, line, name_of};
use crate::binding::Binding;
use crate::look::{CHECK, CONTROL};
use crate::style::Style;
use crate::tree::Node;
use crate::view::text::Face;
use crate::view::{Memory, Pass};
use egui::{
    Color32, Context, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

/// Between the box and its label.
const GAP: f32 = 8.0;

pub fn size(context: &Context, label: &str, face: Face, style: &Style) -> Vec2 {
    let galley = line(context, label, &face, style, Color32::WHITE);
    vec2(CHECK + GAP + galley.size().x.ceil(), galley.size().y.max(CONTROL))
}

#[allow(clippy::too_many_arguments, reason = "a widget, where it is, and what it shows")]
pub fn draw(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    value: &Binding,
    label: &str,
    rect: Rect,
    face: Face,
    memory: &Memory,
) -> Response {
    let tokens = pass.tokens;
    let mut response = interact(ui, node, rect, Sense::click());
    let is_enabled = ui.is_enabled();
    let mut is_on = value.flag();
    if response.clicked() && is_enabled {
        is_on = !is_on;
        value.set_flag(is_on);
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, is_enabled, is_on, name_of(node, label)));
    let square = Rect::from_center_size(pos2(rect.left() + CHECK / 2.0, rect.center().y), Vec2::splat(CHECK));
    let fill = match (is_on, is_enabled) {
        (true, true) if response.is_pointer_button_down_on() || response.hovered() => tokens.accent_hover,
        (true, true) => tokens.accent,
        (_, false) => tokens.field_disabled,
        (false, true) => tokens.field,
    };
    ui.painter().rect_filled(square, 4.0, fill);
    let outline = match () {
        () if !is_enabled => tokens.stroke_subtle,
        () if is_on => Color32::TRANSPARENT,
        () if response.hovered() => tokens.text_secondary,
        () => tokens.stroke_control,
    };
    ui.painter().rect_stroke(square, 4.0, Stroke::new(1.0, outline), StrokeKind::Inside);
    if is_on {
        let at = |x: f32, y: f32| square.min + vec2(x, y);
        let color = if is_enabled { tokens.on_accent } else { tokens.text_disabled };
        let tick = vec![at(4.0, 8.4), at(6.9, 11.2), at(12.0, 5.2)];
        ui.painter().add(Shape::line(tick, Stroke::new(1.75, color)));
    }
    let color = if is_enabled { face.color(tokens) } else { tokens.text_disabled };
    let galley = line(pass.context, label, &face, &node.style, color);
    ui.painter().galley(pos2(square.right() + GAP, rect.center().y - galley.size().y / 2.0), galley, color);
    pass.focus_ring(ui, square, 4.0, &response, memory);
    response
}
