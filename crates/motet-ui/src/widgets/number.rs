//! Fields for numbers: dragging changes, a click edits.

use super::{id_of, name_of};
use crate::look::CONTROL;
use crate::tree::{Kind, Node};
use crate::view::{Memory, Pass};
use egui::{DragValue, Rect, Response, Ui, UiBuilder, Vec2, vec2};

pub fn size() -> Vec2 {
    vec2(92.0, CONTROL)
}

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, rect: Rect, memory: &Memory) -> Response {
    let Kind::NumberInput { value, range, step, unit, is_plain } = &node.kind else {
        unreachable!("a field for a number")
    };
    let is_whole = value.value().is_ok_and(|value| value.value().as_int().is_some()) && step.fract() == 0.0;
    let mut number = value.number().unwrap_or_default();
    let before = number;
    let mut drag = DragValue::new(&mut number).range(range[0]..=range[1]).speed(*step);
    if is_whole {
        drag = drag.fixed_decimals(0);
    }
    if !unit.is_empty() {
        drag = drag.suffix(format!(" {unit}"));
    }
    let builder = UiBuilder::new().max_rect(rect).id_salt(node.id);
    let mut inner = ui.new_child(builder);
    let tokens = pass.tokens;
    // It looks like a field, not like a button.
    let visuals = &mut inner.visuals_mut().widgets.inactive;
    let [fill, outline] =
        if *is_plain { [egui::Color32::TRANSPARENT; 2] } else { [tokens.field, tokens.stroke_control] };
    visuals.weak_bg_fill = fill;
    visuals.bg_fill = fill;
    visuals.bg_stroke.color = outline;
    let response = inner.put(rect, drag);
    if number != before {
        value.set_number(number);
    }
    pass.focus_ring(ui, rect, 6.0, &response, memory);
    let name = name_of(node, "number");
    ui.ctx().accesskit_node_builder(response.id, |builder| builder.set_label(name));
    debug_assert_ne!(response.id, id_of(node));
    response
}
