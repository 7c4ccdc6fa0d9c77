//! Progress bars. An unknown length is shown by a third that moves.

use super::{interact, name_of};
use crate::tree::{Node, Number};
use crate::view::Pass;
use egui::{Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

const HEIGHT: f32 = 6.0;

pub fn size() -> Vec2 {
    vec2(120.0, HEIGHT)
}

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, part: Option<&Number>, rect: Rect) -> Response {
    let tokens = pass.tokens;
    let rail = Rect::from_center_size(rect.center(), vec2(rect.width(), HEIGHT.min(rect.height())));
    ui.painter().rect_filled(rail, rail.height() / 2.0, tokens.rail);
    let part = part.map(|part| part.now().unwrap_or_default().clamp(0.0, 1.0));
    let (from, to) = match part {
        Some(part) => (0.0, part as f32),
        None => {
            // Back and forth in two seconds.
            ui.ctx().request_repaint();
            let phase = (ui.input(|input| input.time) % 2.0) as f32;
            let start = (if phase < 1.0 { phase } else { 2.0 - phase }) * 0.67;
            (start, start + 0.33)
        }
    };
    let fill = node.style.colors.background.map_or(tokens.accent, |paint| paint.color(tokens));
    let at = |part: f32| rail.left() + part * rail.width();
    let done = Rect::from_min_max(pos2(at(from), rail.top()), pos2(at(to), rail.bottom()));
    if done.width() > 0.0 {
        ui.painter().rect_filled(done, rail.height() / 2.0, fill);
    }
    let response = interact(ui, node, rect, Sense::hover());
    let info =
        || WidgetInfo { value: part, ..WidgetInfo::labeled(Role::ProgressIndicator, true, name_of(node, "progress")) };
    response.widget_info(info);
    response
}
