//! Sliders: the label left, the number right, the rail below; without a label, the rail alone.

use super::{interact, line, name_of};
use crate::look::{CONTROL, KNOB, RAIL};
use crate::style::Style;
use crate::tree::{Kind, Node};
use crate::view::text::Face;
use crate::view::{Memory, Pass};
use egui::{Key, Rect, Response, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Height of the words above the rail.
const HEAD: f32 = 20.0;
/// How wide it is if nothing says so.
const WIDTH: f32 = 200.0;

pub fn size(label: &str) -> Vec2 {
    vec2(WIDTH, if label.is_empty() { CONTROL } else { HEAD + CONTROL })
}

/// A number with the decimals that its range calls for.
pub fn number_text(value: f64, low: f64, high: f64, step: Option<f64>) -> String {
    let smallest = step.unwrap_or((high - low) / 200.0);
    let is_whole = step.is_some_and(|step| step.fract() == 0.0) && low.fract() == 0.0;
    let digits = if is_whole { 0 } else { (-smallest.log10().floor()).clamp(0.0, 9.0) as usize };
    format!("{value:.digits$}").replace('-', "\u{2212}")
}

fn snapped(value: f64, low: f64, high: f64, step: Option<f64>) -> f64 {
    let value = match step {
        Some(step) => low + ((value - low) / step).round() * step,
        None => value,
    };
    value.clamp(low, high)
}

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, rect: Rect, memory: &Memory) -> Response {
    let Kind::Slider { value, low, high, step, label } = &node.kind else { unreachable!("a slider") };
    let (low, high, step) = (*low, *high, *step);
    let tokens = pass.tokens;
    let label = label.now();
    let is_enabled = ui.is_enabled();
    let lane = Rect::from_min_max(pos2(rect.left(), rect.bottom() - CONTROL), rect.max);
    let mut response = interact(ui, node, lane, Sense::click_and_drag());
    let whole = value.value().is_ok_and(|value| value.value().as_int().is_some());
    // A whole number between whole ends goes in whole steps, as long as there is room for them.
    let step = step.or((whole && low.fract() == 0.0 && high.fract() == 0.0 && high - low >= 1.0).then_some(1.0));
    let now = value.number().filter(|number| number.is_finite()).unwrap_or(low);
    let rail = Rect::from_min_max(
        pos2(lane.left() + KNOB / 2.0, lane.center().y - RAIL / 2.0),
        pos2(lane.right() - KNOB / 2.0, lane.center().y + RAIL / 2.0),
    );
    let mut wanted = None;
    if let Some(pointer) =
        response.interact_pointer_pos().filter(|_| response.dragged() || response.is_pointer_button_down_on())
    {
        let part = f64::from((pointer.x - rail.left()) / rail.width()).clamp(0.0, 1.0);
        wanted = Some(low + part * (high - low));
        response.request_focus();
    }
    if response.has_focus() {
        let small = step.unwrap_or((high - low) / 100.0);
        ui.memory_mut(|memory| {
            let filter = egui::EventFilter { horizontal_arrows: true, ..egui::EventFilter::default() };
            memory.set_focus_lock_filter(response.id, filter);
        });
        for (key, change) in [
            (Key::ArrowLeft, -small),
            (Key::ArrowRight, small),
            (Key::PageDown, -small * 10.0),
            (Key::PageUp, small * 10.0),
            (Key::Home, low - now),
            (Key::End, high - now),
        ] {
            if ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key)) {
                wanted = Some(wanted.unwrap_or(now) + change);
            }
        }
    }
    let mut shown = now;
    if let Some(wanted) = wanted.filter(|_| is_enabled) {
        shown = snapped(wanted, low, high, step);
        if shown != now {
            value.set_number(shown);
            response.mark_changed();
        }
    }
    response.widget_info(|| {
        WidgetInfo::slider(is_enabled, shown, name_of(node, if label.is_empty() { "slider" } else { &label }))
    });
    let part = ((shown - low) / (high - low)).clamp(0.0, 1.0) as f32;
    let knob = pos2(rail.left() + part * rail.width(), rail.center().y);
    ui.painter().rect_filled(rail, RAIL / 2.0, tokens.rail);
    let fill = if is_enabled { tokens.accent } else { tokens.text_disabled };
    ui.painter().rect_filled(Rect::from_min_max(rail.min, pos2(knob.x, rail.max.y)), RAIL / 2.0, fill);
    if is_enabled && (response.hovered() || response.dragged()) {
        ui.painter().circle_filled(knob, KNOB / 2.0 + 4.0, tokens.accent.gamma_multiply(0.3));
    }
    let knob_fill = if is_enabled { tokens.knob } else { tokens.text_disabled };
    ui.painter().circle(
        knob,
        KNOB / 2.0,
        knob_fill,
        Stroke::new(1.0, if is_enabled { tokens.knob_stroke } else { knob_fill }),
    );
    pass.focus_ring(ui, Rect::from_center_size(knob, Vec2::splat(KNOB)), KNOB / 2.0, &response, memory);
    if !label.is_empty() {
        let face = Face::default();
        let galley = line(pass.context, &label, &face, &Style::default(), tokens.text_secondary);
        ui.painter().galley(rect.min, galley, tokens.text_secondary);
        let color = if is_enabled { tokens.text } else { tokens.text_disabled };
        let text = number_text(shown, low, high, step);
        let galley = line(pass.context, &text, &face, &Style::default(), color);
        ui.painter().galley(pos2(rect.right() - galley.size().x, rect.top()), galley, color);
    }
    response
}
