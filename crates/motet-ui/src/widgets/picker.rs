//! Fields that open something to choose from: colours and days.

use super::overlay::chevron;
use super::{id_of, interact, line, name_of};
use crate::binding::Binding;
use crate::calendar;
use crate::look::{CONTROL, CONTROL_RADIUS, LABEL};
use crate::style::{Style, hex_color};
use crate::tree::Node;
use crate::view::text::Face;
use crate::view::{Memory, Pass};
use egui::color_picker::{Alpha, color_picker_color32};
use egui::{
    Color32, Popup, PopupCloseBehavior, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};
use std::time::{SystemTime, UNIX_EPOCH};

pub fn color_size() -> Vec2 {
    vec2(120.0, CONTROL)
}

pub fn date_size() -> Vec2 {
    vec2(140.0, CONTROL)
}

/// A field that looks like a choice; what it shows begins so far from its left edge.
#[allow(clippy::too_many_arguments, reason = "a widget, where it is, and what it shows")]
fn field(
    pass: &Pass<'_>,
    ui: &Ui,
    node: &Node,
    response: &Response,
    text: &str,
    left: f32,
    face: Face,
    memory: &Memory,
) {
    let (tokens, rect) = (pass.tokens, response.rect);
    let is_enabled = ui.is_enabled();
    ui.painter().rect_filled(rect, CONTROL_RADIUS, if is_enabled { tokens.field } else { tokens.field_disabled });
    let outline = match () {
        () if !is_enabled => tokens.stroke_subtle,
        () if response.hovered() => tokens.text_secondary,
        () => tokens.stroke_control,
    };
    ui.painter().rect_stroke(rect, CONTROL_RADIUS, Stroke::new(1.0, outline), StrokeKind::Inside);
    let color = if is_enabled { face.color(tokens) } else { tokens.text_disabled };
    let galley = line(pass.context, text, &face, &node.style, color);
    ui.painter().galley(pos2(rect.left() + left, rect.center().y - galley.size().y / 2.0), galley, color);
    chevron(ui, pos2(rect.right() - 14.0, rect.center().y), tokens.text_secondary);
    pass.focus_ring(ui, rect, CONTROL_RADIUS, response, memory);
}

pub fn color(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    value: &Binding,
    rect: Rect,
    face: Face,
    memory: &Memory,
) -> Response {
    let response = interact(ui, node, rect, Sense::click());
    let text = value.text();
    let mut color = text.strip_prefix('#').and_then(hex_color).unwrap_or(Color32::BLACK);
    field(pass, ui, node, &response, &text, 32.0, face, memory);
    let swatch = Rect::from_center_size(pos2(rect.left() + 16.0, rect.center().y), Vec2::splat(16.0));
    ui.painter().rect_filled(swatch, 4.0, color);
    ui.painter().rect_stroke(swatch, 4.0, Stroke::new(1.0, pass.tokens.stroke), StrokeKind::Inside);
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(text.clone()),
        ..WidgetInfo::labeled(Role::ColorWell, ui.is_enabled(), name_of(node, "colour"))
    });
    let popup = Popup::from_toggle_button_response(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.gap(4.0).show(|ui| {
        ui.spacing_mut().slider_width = 220.0;
        if color_picker_color32(ui, &mut color, Alpha::Opaque) {
            let [red, green, blue, _] = color.to_srgba_unmultiplied();
            value.set_text(&format!("#{red:02x}{green:02x}{blue:02x}"));
        }
    });
    response
}

fn today() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| (since.as_secs() / 86_400) as i64)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
/// A day's place in the calendar.
const CELL: f32 = 30.0;

#[allow(clippy::too_many_arguments, reason = "a widget, where it is, and what it shows")]
pub fn date(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    value: &Binding,
    range: [Option<i64>; 2],
    rect: Rect,
    face: Face,
    memory: &mut Memory,
) -> Response {
    let response = interact(ui, node, rect, Sense::click());
    let held = value.value().ok().and_then(|held| calendar::parse(held.value().as_str()?));
    let text = held.map_or("no date".to_owned(), calendar::text);
    field(pass, ui, node, &response, &text, 10.0, face, memory);
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(text.clone()),
        ..WidgetInfo::labeled(Role::DateInput, ui.is_enabled(), name_of(node, "date"))
    });
    let popup_id = Popup::default_response_id(&response);
    if !Popup::is_id_open(ui.ctx(), popup_id) {
        memory.months.remove(&node.id);
    }
    let popup = Popup::from_toggle_button_response(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.gap(4.0).show(|ui| {
        let (year, month, _) = calendar::date(held.unwrap_or_else(today));
        let shown = memory.months.entry(node.id).or_insert_with(|| calendar::day_of(year, month, 1));
        if let Some(day) = month_grid(pass, ui, node, shown, held, range) {
            let text = calendar::text(day);
            value.set_text(&text);
            Popup::close_id(ui.ctx(), popup_id);
        }
    });
    response
}

/// A month with its days; the day that was clicked.
fn month_grid(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    shown: &mut i64,
    held: Option<i64>,
    range: [Option<i64>; 2],
) -> Option<i64> {
    let tokens = pass.tokens;
    let (year, month, _) = calendar::date(*shown);
    let (area, _) = ui.allocate_exact_size(vec2(CELL * 7.0, CELL * 8.0), Sense::empty());
    let cell = |column: i64, row: i64| {
        Rect::from_min_size(area.min + vec2(column as f32, row as f32) * CELL, Vec2::splat(CELL))
    };
    let words = |ui: &Ui, text: &str, rect: Rect, weight: u16, size: (f32, f32), color: Color32| {
        let face = Face { size: size.0, line: size.1, weight, ..Face::default() };
        let galley = line(pass.context, text, &face, &Style::default(), color);
        ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    };
    let title = format!("{} {year}", MONTHS[month as usize - 1]);
    words(ui, &title, Rect::from_min_max(cell(1, 0).min, cell(5, 0).max), 600, (13.0, 20.0), tokens.text);
    for (name, sign, column, step) in [("Previous month", "‹", 0, -1), ("Next month", "›", 6, 1)] {
        let rect = cell(column, 0);
        let response = ui.interact(rect, id_of(node).with(name), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, 6.0, tokens.control_hover);
        }
        words(ui, sign, rect, 500, (16.0, 22.0), tokens.text_secondary);
        if response.clicked() {
            let months = year * 12 + month - 1 + step;
            *shown = calendar::day_of(months.div_euclid(12), months.rem_euclid(12) + 1, 1);
        }
    }
    for (column, name) in DAYS.iter().enumerate() {
        words(ui, name, cell(column as i64, 1), 400, LABEL, tokens.text_faint);
    }
    let first = calendar::day_of(year, month, 1);
    let before = calendar::weekday(first);
    let mut chosen = None;
    for day in 0..calendar::days_in(year, month) {
        let (of_month, day_number) = (day + 1, first + day);
        let rect = cell((before + day) % 7, 2 + (before + day) / 7);
        let is_allowed = range[0].is_none_or(|low| day_number >= low) && range[1].is_none_or(|high| day_number <= high);
        let sense = if is_allowed { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, id_of(node).with(day_number), sense);
        let is_held = held == Some(day_number);
        response.widget_info(|| WidgetInfo::selected(Role::Button, is_allowed, is_held, calendar::text(day_number)));
        let inner = rect.shrink(1.0);
        let color = match () {
            () if is_held => {
                ui.painter().rect_filled(inner, 6.0, tokens.accent);
                tokens.on_accent
            }
            () if !is_allowed => tokens.text_disabled,
            () => {
                if response.hovered() || response.has_focus() {
                    ui.painter().rect_filled(inner, 6.0, tokens.control_hover);
                }
                tokens.text
            }
        };
        if day_number == today() && !is_held {
            ui.painter().rect_stroke(inner, 6.0, Stroke::new(1.0, tokens.stroke_control), StrokeKind::Inside);
        }
        words(ui, &of_month.to_string(), rect, if is_held { 600 } else { 400 }, (13.0, 20.0), color);
        if response.clicked() {
            chosen = Some(day_number);
        }
    }
    chosen
}
