//! One of several: round buttons, boxes with a menu, and tabs.

use super::{interact, line, name_of};
use crate::binding::Binding;
use crate::look::{CHECK, CONTROL};
use crate::style::Style;
use crate::tree::Node;
use crate::view::text::Face;
use crate::view::{Memory, Pass};
use egui::{
    Color32, ComboBox, Context, Id, Key, Rect, Response, Role, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2,
    vec2,
};
use motet_vm::memory::{Frozen, Value};

/// How wide a choice is if nothing says so.
const WIDTH: f32 = 160.0;
/// Height of the heads of tabs, and the space beside their words.
const TAB: Vec2 = vec2(12.0, 34.0);

#[allow(clippy::too_many_arguments, reason = "a widget, where it is, and what it shows")]
pub fn radio(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    value: &Binding,
    this: &Frozen,
    label: &str,
    rect: Rect,
    face: Face,
    memory: &Memory,
) -> Response {
    let tokens = pass.tokens;
    let response = interact(ui, node, rect, Sense::click());
    let is_enabled = ui.is_enabled();
    if response.clicked() && is_enabled {
        value.set(this.clone());
    }
    let is_on = value.holds(this);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, is_enabled, is_on, name_of(node, label)));
    let center = pos2(rect.left() + CHECK / 2.0, rect.center().y);
    let fill = match (is_on, is_enabled) {
        (true, true) if response.hovered() => tokens.accent_hover,
        (true, true) => tokens.accent,
        (_, false) => tokens.field_disabled,
        (false, true) => tokens.field,
    };
    let outline = match () {
        () if !is_enabled => tokens.stroke_subtle,
        () if is_on => fill,
        () if response.hovered() => tokens.text_secondary,
        () => tokens.stroke_control,
    };
    ui.painter().circle(center, CHECK / 2.0 - 0.5, fill, Stroke::new(1.0, outline));
    if is_on {
        let dot = if is_enabled { tokens.on_accent } else { tokens.text_disabled };
        ui.painter().circle_filled(center, 3.0, dot);
    }
    let color = if is_enabled { face.color(tokens) } else { tokens.text_disabled };
    let galley = line(pass.context, label, &face, &node.style, color);
    ui.painter().galley(pos2(rect.left() + CHECK + 8.0, rect.center().y - galley.size().y / 2.0), galley, color);
    pass.focus_ring(ui, Rect::from_center_size(center, Vec2::splat(CHECK)), CHECK / 2.0, &response, memory);
    response
}

pub fn combobox_size() -> Vec2 {
    vec2(WIDTH, CONTROL)
}

pub fn combobox(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    value: &Binding,
    options: &[(Box<str>, Frozen)],
    rect: Rect,
) -> Response {
    let chosen = options.iter().find(|(_, option)| value.holds(option)).map_or("", |(shown, _)| shown);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(node.id));
    let tokens = pass.tokens;
    // It looks like a field that opens, not like a button.
    let widgets = &mut inner.visuals_mut().widgets;
    let fill = if ui.is_enabled() { tokens.field } else { tokens.field_disabled };
    for (visuals, outline) in [
        (&mut widgets.inactive, tokens.stroke_control),
        (&mut widgets.hovered, tokens.text_secondary),
        (&mut widgets.active, tokens.text_secondary),
        (&mut widgets.open, tokens.text_secondary),
    ] {
        (visuals.weak_bg_fill, visuals.bg_stroke.color) = (fill, outline);
    }
    let arrow = tokens.text_secondary;
    let combobox = ComboBox::from_id_salt(node.id)
        .width(rect.width())
        .selected_text(chosen)
        .icon(move |ui, rect, _, _| super::overlay::chevron(ui, rect.center(), arrow));
    let shown = combobox.show_ui(&mut inner, |ui| {
        for (shown, option) in options {
            if ui.selectable_label(value.holds(option), &**shown).clicked() {
                value.set(option.clone());
            }
        }
    });
    let name = name_of(node, "choice");
    ui.ctx().accesskit_node_builder(shown.response.id, |builder| {
        builder.set_label(name);
        builder.set_value(chosen);
    });
    shown.response
}

fn heads(context: &Context, labels: &[Box<str>], face: Face, style: &Style) -> Vec<f32> {
    let face = Face { weight: 500, ..face };
    labels
        .iter()
        .map(|label| line(context, label, &face, style, Color32::WHITE).size().x.ceil() + 2.0 * TAB.x)
        .collect()
}

pub fn tabs_size(context: &Context, labels: &[Box<str>], face: Face, style: &Style) -> Vec2 {
    vec2(heads(context, labels, face, style).iter().sum(), TAB.y)
}

#[allow(clippy::too_many_arguments, reason = "a widget, where it is, and what it shows")]
pub fn tabs(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    value: &Binding,
    labels: &[Box<str>],
    rect: Rect,
    face: Face,
    memory: &Memory,
) -> Response {
    let tokens = pass.tokens;
    let open = value.number().unwrap_or_default();
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, tokens.stroke_subtle));
    let mut x = rect.left();
    for (index, width) in heads(pass.context, labels, face, &node.style).into_iter().enumerate() {
        let head = Rect::from_min_size(pos2(x, rect.top()), vec2(width, rect.height()));
        x += width;
        let is_open = open == index as f64;
        let response = ui.interact(head, Id::unique(("motet tab", node.id, index)), Sense::click());
        let label = &*labels[index];
        response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), is_open, label));
        let steps = [(Key::ArrowLeft, -1i64), (Key::ArrowRight, 1)];
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        let step = steps.iter().find(|(key, _)| response.has_focus() && pressed(*key)).map_or(0, |(_, step)| *step);
        let wanted = if response.clicked() { index as i64 } else { index as i64 + step };
        if (response.clicked() || step != 0) && (0..labels.len() as i64).contains(&wanted) {
            set_whole(value, wanted);
        }
        if response.hovered() && !is_open {
            ui.painter().rect_filled(head.shrink2(vec2(0.0, 3.0)), 6.0, tokens.control_hover);
        }
        let color = if is_open { tokens.text } else { tokens.text_secondary };
        let galley = line(pass.context, label, &Face { weight: 500, ..face }, &node.style, color);
        ui.painter().galley(head.center() - galley.size() / 2.0, galley, color);
        if is_open {
            let under = Rect::from_min_max(
                pos2(head.left() + 4.0, head.bottom() - 2.0),
                pos2(head.right() - 4.0, head.bottom()),
            );
            ui.painter().rect_filled(under, 1.0, tokens.accent);
        }
        pass.focus_ring(ui, head.shrink(4.0), 6.0, &response, memory);
    }
    let response = interact(ui, node, rect, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::TabList, ui.is_enabled(), name_of(node, "tabs")));
    response
}

fn set_whole(value: &Binding, number: i64) {
    value.set(Frozen::new(&Value::int(number)).expect("a number is immutable"));
}
