//! The second y axis, at the right. egui_plot has one: what belongs to the second is drawn in the places of the first, and
//! its ticks and label are painted here, at round values of its own.

use super::axis::{label, marks};
use super::cloud::bearable;
use super::pyramid::{EMPTY, Span, join};
use super::{Axis, Scale};
use crate::look::{LABEL, Tokens};
use egui::epaint::TextShape;
use egui::{Align2, Color32, FontFamily, FontId, Rect, Stroke, Ui, pos2};
use egui_plot::{GridInput, PlotTransform};

/// Room for ticks and label.
pub const ROOM: f32 = 60.0;

/// How places of the second axis become places of the first: both ranges are spread over the same height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Second {
    from: Span,
    to: Span,
}

impl Second {
    /// `first` and `second`: from where to where the values of both axes reach. An axis without values is as the other.
    pub fn new(first: Span, second: Span) -> Second {
        let (from, to) = (wide(second), wide(first));
        match (from, to) {
            (Some(from), Some(to)) => Second { from, to },
            (Some(one), None) | (None, Some(one)) => Second { from: one, to: one },
            (None, None) => Second { from: [0.0, 1.0], to: [0.0, 1.0] },
        }
    }

    /// The place on the first axis.
    pub fn on_first(self, place: f64) -> f64 {
        self.to[0] + (place - self.from[0]) * (self.to[1] - self.to[0]) / (self.from[1] - self.from[0])
    }

    /// The place on the second axis.
    pub fn on_second(self, place: f64) -> f64 {
        self.from[0] + (place - self.to[0]) * (self.from[1] - self.from[0]) / (self.to[1] - self.to[0])
    }

    /// Ticks and label beside a plot.
    pub fn paint(self, ui: &Ui, transform: &PlotTransform, axis: &Axis, color: Color32, tokens: &Tokens, right: f32) {
        let frame: Rect = *transform.frame();
        let ends = [transform.bounds().min()[1], transform.bounds().max()[1]].map(|place| self.on_second(place));
        let input = GridInput {
            bounds: (ends[0], ends[1]),
            base_step_size: (ends[1] - ends[0]) / f64::from(frame.height().max(1.0)),
        };
        let font = FontId::new(super::draw::TICK, FontFamily::Proportional);
        for mark in marks(axis.scale, &input, 30.0) {
            let y = transform.position_from_point_y(self.on_first(mark.value));
            ui.painter().hline(frame.right()..=frame.right() + 3.0, y, Stroke::new(1.0, tokens.axis));
            let text = label(axis.scale, mark);
            let place = pos2(frame.right() + 6.0, y);
            ui.painter().text(place, Align2::LEFT_CENTER, text, font.clone(), tokens.text_faint);
        }
        if !axis.label.is_empty() {
            let font = FontId::new(LABEL.0, FontFamily::Proportional);
            let galley = ui.painter().layout_no_wrap(axis.label.to_string(), font, color);
            // It reads upwards, as that of the first axis does.
            let place = pos2(right - galley.size().y, frame.center().y + galley.size().x / 2.0);
            ui.painter().add(TextShape::new(place, galley, color).with_angle(-std::f32::consts::FRAC_PI_2));
        }
    }
}

/// A range that is not a point; none if there is none.
fn wide([low, high]: Span) -> Option<Span> {
    if low > high || !low.is_finite() || !high.is_finite() {
        return None;
    }
    let [low, high] = [low, high].map(bearable);
    let half = if high > low { 0.0 } else { (low.abs() * 0.1).max(0.5) };
    Some([low - half, high + half])
}

/// From where to where an axis reaches: what was said, or what its series hold, in places.
pub fn reach(axis: &Axis, values: impl Iterator<Item = Span>) -> Span {
    let scale: Scale = axis.scale;
    if let [Some(low), Some(high)] = axis.range {
        return [scale.place(low), scale.place(high)];
    }
    values.map(|span| span.map(|value| scale.place(value))).fold(EMPTY, join)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_axes_are_spread_over_the_same_height() {
        let second = Second::new([0.0, 10.0], [-1.0, 1.0]);
        for (place, first) in [(-1.0, 0.0), (0.0, 5.0), (1.0, 10.0), (3.0, 20.0)] {
            assert_eq!(second.on_first(place), first);
            assert_eq!(second.on_second(first), place);
        }
    }

    #[test]
    fn an_axis_without_room_gets_some() {
        assert_eq!(Second::new(EMPTY, [2.0, 4.0]).on_first(3.0), 3.0);
        assert_eq!(Second::new([0.0, 1.0], [5.0, 5.0]).on_first(5.0), 0.5);
        assert!(Second::new(EMPTY, EMPTY).on_first(0.5).is_finite());
        assert!(Second::new([f64::NAN, 1.0], [0.0, 1.0]).on_first(0.5).is_finite());
    }
}
