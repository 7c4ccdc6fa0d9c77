//! Where rows are scrolled to. Places are counted in rows, as numbers with 53 bits: pixels as egui counts them are too
//! coarse from some hundred thousand rows on.

use crate::look::Tokens;
use egui::{Id, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Width of a scroll bar's lane.
pub const LANE: f32 = 10.0;
/// Shortest handle.
const SHORTEST: f32 = 24.0;

/// See the module.
#[derive(Default)]
pub struct Scrolled {
    /// The first row that is seen, with the part of it that is not.
    top: f64,
    left: f32,
    /// The end was seen in the last frame.
    was_at_end: bool,
}

/// The rows that are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rows {
    pub first: usize,
    /// One after the last.
    pub end: usize,
    /// Where the first begins, from the area's upper left corner.
    pub corner: Vec2,
}

impl Scrolled {
    /// Shows this row, if it is not seen.
    pub fn reveal(&mut self, row: usize, area: Rect, high: f32) {
        let room = f64::from(area.height() / high);
        let row = row as f64;
        if row < self.top {
            self.top = row;
        } else if row + 1.0 > self.top + room {
            self.top = row + 1.0 - room;
        }
    }

    /// Goes so many rows down.
    pub fn go(&mut self, rows: f64) {
        self.top += rows;
    }

    /// Goes to the end, if the end was seen before there was more.
    pub fn follow(&mut self, count: usize, area: Rect, high: f32) {
        if self.was_at_end {
            self.top = last_top(count, area, high);
        }
    }

    /// Scrolls as the wheel and the scroll bars say, and gives the rows that are seen. `wide`: of the rows.
    pub fn rows(&mut self, ui: &mut Ui, id: Id, area: Rect, count: usize, size: Vec2, tokens: &Tokens) -> Rows {
        let (wide, high) = (size.x, size.y);
        let most = last_top(count, area, high);
        let rightmost = (wide - area.width()).max(0.0);
        if ui.rect_contains_pointer(area) {
            let delta = ui.input_mut(|input| {
                let delta = input.smooth_scroll_delta;
                // What these rows use, the area around them does not.
                let rest = |scrolls: bool, delta: f32| if scrolls { 0.0 } else { delta };
                input.smooth_scroll_delta = vec2(rest(rightmost > 0.0, delta.x), rest(most > 0.0, delta.y));
                delta
            });
            self.top -= f64::from(delta.y / high);
            self.left -= delta.x;
        }
        if most > 0.0 {
            let lane = Rect::from_min_max(pos2(area.right() - LANE, area.top()), area.max);
            let shown = f64::from(area.height() / high) / count as f64;
            let part = bar(ui, id.with("down"), lane, 1, shown, self.top / most, tokens);
            self.top = part.map_or(self.top, |part| part * most);
        }
        if rightmost > 0.0 {
            let lane = Rect::from_min_max(pos2(area.left(), area.bottom() - LANE), area.max - vec2(LANE, 0.0));
            let shown = f64::from(area.width() / wide);
            let at = f64::from(self.left / rightmost);
            let part = bar(ui, id.with("right"), lane, 0, shown, at, tokens);
            self.left = part.map_or(self.left, |part| part as f32 * rightmost);
        }
        (self.top, self.left) = (self.top.clamp(0.0, most), self.left.clamp(0.0, rightmost));
        self.was_at_end = self.top >= most - 0.01;
        let first = self.top.floor();
        let end = ((self.top + f64::from(area.height() / high)).ceil() as usize).min(count);
        let down = -((self.top - first) * f64::from(high)) as f32;
        Rows { first: first as usize, end, corner: vec2(-self.left, down) }
    }
}

fn last_top(count: usize, area: Rect, high: f32) -> f64 {
    (count as f64 - f64::from(area.height() / high)).max(0.0)
}

/// A scroll bar along an axis; where it was moved to, from 0 to 1.
fn bar(ui: &mut Ui, id: Id, lane: Rect, axis: usize, shown: f64, at: f64, tokens: &Tokens) -> Option<f64> {
    let length = lane.size()[axis];
    let handle_length = (length * shown as f32).max(SHORTEST).min(length);
    let free = (length - handle_length).max(1.0);
    // The keyboard moves rows, not their scroll bars.
    let response = ui.interact(lane, id, Sense::CLICK | Sense::DRAG);
    let name = ["scroll across", "scroll down"][axis];
    response.widget_info(|| WidgetInfo { value: Some(at), ..WidgetInfo::labeled(Role::ScrollBar, true, name) });
    let moved = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on()).map(|pointer| {
        let along = pointer[axis] - lane.min[axis] - handle_length / 2.0;
        f64::from((along / free).clamp(0.0, 1.0))
    });
    let start = free * moved.unwrap_or(at).clamp(0.0, 1.0) as f32;
    let mut handle = lane.shrink(2.0);
    handle.min[axis] = lane.min[axis] + start + 1.0;
    handle.max[axis] = lane.min[axis] + start + handle_length - 1.0;
    let is_held = response.hovered() || response.is_pointer_button_down_on();
    ui.painter().rect_filled(handle, 3.0, if is_held { tokens.stroke_control } else { tokens.rail });
    moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look;
    use egui::{Context, RawInput};

    fn rows_at(top: f64, count: usize) -> Rows {
        let context = Context::default();
        let mut scrolled = Scrolled { top, ..Scrolled::default() };
        let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 105.0));
        let mut rows = None;
        let mut output = context.run_ui(RawInput::default(), |ui| {
            rows = Some(scrolled.rows(ui, Id::unique("rows"), area, count, vec2(50.0, 10.0), &look::DARK));
        });
        output.textures_delta.clear();
        rows.expect("the frame was run")
    }

    #[test]
    fn only_rows_that_are_seen_are_made() {
        assert_eq!(rows_at(0.0, 3), Rows { first: 0, end: 3, corner: vec2(0.0, 0.0) });
        assert_eq!(rows_at(0.0, 0), Rows { first: 0, end: 0, corner: vec2(0.0, 0.0) });
        assert_eq!(rows_at(2.5, 100), Rows { first: 2, end: 13, corner: vec2(0.0, -5.0) });
    }

    #[test]
    fn the_last_of_ten_million_rows_is_where_it_belongs() {
        let rows = rows_at(f64::INFINITY, 10_000_000);
        assert_eq!((rows.first, rows.end), (9_999_989, 10_000_000));
        assert_eq!(rows.corner.y, -5.0);
    }
}
