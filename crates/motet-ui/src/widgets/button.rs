//! Buttons: primary, secondary, quiet and dangerous ones.

use super::{id_of, interact, line, name_of};
use crate::link::Event;
use crate::look::{CONTROL, CONTROL_RADIUS, LABEL, Tokens};
use crate::style::{Colors, Role as Purpose, Style};
use crate::tree::Node;
use crate::view::text::Face;
use crate::view::{Memory, Pass};
use egui::{Color32, Context, Galley, KeyboardShortcut, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// Space beside the words.
const PADDING: f32 = 12.0;

fn face_of(face: Face, style: &Style) -> Face {
    let weight = if style.role == Some(Purpose::Primary) || style.role == Some(Purpose::Danger) { 600 } else { 500 };
    Face { weight: style.weight.unwrap_or(weight), ..face }
}

fn padding(style: &Style) -> Vec2 {
    let side = |index: usize| style.padding[index].unwrap_or(PADDING);
    let high = style.padding[0].unwrap_or(4.0) + style.padding[2].unwrap_or(4.0);
    vec2(side(1) + side(3), high)
}

/// `keys`: what stands at the end of an entry of a menu.
pub fn size(context: &Context, text: &str, face: Face, style: &Style, keys: Option<&KeyboardShortcut>) -> Vec2 {
    let keys = keys.map_or(0.0, |keys| keys_of(context, keys, Color32::WHITE).size().x.ceil() + 32.0);
    let galley = line(context, text, &face_of(face, style), style, Color32::WHITE);
    let padding = padding(style);
    vec2(galley.size().x.ceil() + padding.x + keys, (galley.size().y.ceil() + padding.y).max(CONTROL))
}

/// Fill, outline and words of a button, by what it is for and what is being done to it.
fn colors(tokens: &Tokens, style: &Style, response: &Response, is_enabled: bool) -> [Color32; 3] {
    let is_down = response.is_pointer_button_down_on();
    let pick = |rest: Color32, hover: Color32, down: Color32| match (is_down, response.hovered()) {
        (true, _) => down,
        (false, true) => hover,
        (false, false) => rest,
    };
    let clear = Color32::TRANSPARENT;
    if !is_enabled {
        return match style.role {
            Some(Purpose::Quiet) => [clear, clear, tokens.text_disabled],
            _ => [tokens.field_disabled, tokens.stroke_subtle, tokens.text_disabled],
        };
    }
    match style.role {
        Some(Purpose::Primary) => {
            [pick(tokens.accent, tokens.accent_hover, tokens.accent_pressed), clear, tokens.on_accent]
        }
        Some(Purpose::Danger) => {
            [pick(tokens.error_fill, tokens.error_fill_hover, tokens.error_fill_pressed), clear, tokens.on_error]
        }
        Some(Purpose::Quiet) => [pick(clear, tokens.control_hover, tokens.control), clear, tokens.text_secondary],
        None => [pick(tokens.control, tokens.control_hover, tokens.control_pressed), tokens.stroke, tokens.text],
    }
}

/// What the style says about this state, and what it says at rest.
fn own<'a>(style: &'a Style, response: &Response, is_enabled: bool) -> [Option<&'a Colors>; 2] {
    let state = match () {
        () if !is_enabled => Some(&style.disabled),
        () if response.is_pointer_button_down_on() => Some(&style.active),
        () if response.hovered() => Some(&style.hover),
        () if response.has_focus() => Some(&style.focus),
        () => None,
    };
    [state, Some(&style.colors)]
}

fn keys_of(context: &Context, keys: &KeyboardShortcut, color: Color32) -> Arc<Galley> {
    let face = Face { size: LABEL.0, line: LABEL.1, ..Face::default() };
    line(context, &context.format_shortcut(keys), &face, &Style::default(), color)
}

/// `item`: it is an entry of a menu, and these are its keys.
#[allow(clippy::too_many_arguments, reason = "a widget, where it is, and what it shows")]
pub fn draw(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    text: &str,
    item: Option<Option<&KeyboardShortcut>>,
    rect: Rect,
    face: Face,
    memory: &Memory,
) -> Response {
    let style = &*node.style;
    let response = interact(ui, node, rect, Sense::click());
    let is_enabled = ui.is_enabled();
    let role = if item.is_some() { Role::MenuItem } else { Role::Button };
    response.widget_info(|| WidgetInfo::labeled(role, is_enabled, name_of(node, text)));
    let [mut fill, mut outline, mut words] = colors(pass.tokens, style, &response, is_enabled);
    if item.is_some() && style.role.is_none() {
        fill =
            if response.hovered() || response.has_focus() { pass.tokens.control_hover } else { Color32::TRANSPARENT };
        outline = Color32::TRANSPARENT;
    }
    let has_own_fill = style.colors.background.is_some();
    for (paint, place) in [
        (own(style, &response, is_enabled).into_iter().flatten().find_map(|colors| colors.background), &mut fill),
        (own(style, &response, is_enabled).into_iter().flatten().find_map(|colors| colors.border), &mut outline),
        (own(style, &response, is_enabled).into_iter().flatten().find_map(|colors| colors.text), &mut words),
    ] {
        if let Some(paint) = paint {
            *place = paint.color(pass.tokens);
        }
    }
    if has_own_fill && style.colors.border.is_none() && style.border_width.iter().all(Option::is_none) {
        outline = Color32::TRANSPARENT;
        if style.hover.background.is_none() && response.hovered() && is_enabled {
            fill = fill.lerp_to_gamma(pass.tokens.text, 0.08);
        }
    }
    let radius = style.radius.unwrap_or(CONTROL_RADIUS);
    let rounded = crate::view::corner(radius, rect);
    ui.painter().rect_filled(rect, rounded, fill);
    let width = style.border_width[0].unwrap_or(1.0);
    ui.painter().rect_stroke(rect, rounded, egui::Stroke::new(width, outline), egui::StrokeKind::Inside);
    let galley = line(pass.context, text, &face_of(face, style), style, words);
    let middle = rect.center() - galley.size() / 2.0;
    let corner = if item.is_some() { pos2(rect.left() + padding(style).x / 2.0, middle.y) } else { middle };
    ui.painter().galley(corner, galley, words);
    if let Some(Some(keys)) = item {
        let galley = keys_of(pass.context, keys, pass.tokens.text_faint);
        let corner = pos2(rect.right() - PADDING - galley.size().x, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(corner, galley, pass.tokens.text_faint);
    }
    pass.focus_ring(ui, rect, radius, &response, memory);
    if response.clicked() {
        pass.link.post(Event::Clicked(node.id));
    }
    if response.hovered() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    debug_assert_eq!(response.id, id_of(node));
    response
}
