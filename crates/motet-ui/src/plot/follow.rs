//! Plots that follow their newest points: how far their y axis reaches, and the button that goes on following.

use super::axis::round_step;
use super::pyramid::{Span, join};
use crate::look::{LABEL, Tokens};
use crate::style::Style;
use crate::view::text::Face;
use crate::widgets::line;
use egui::{Id, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// How long a smaller range would do until the axis shrinks, in seconds.
const PATIENCE: f64 = 2.0;

/// How far the y axis of a plot reaches. It grows at once, in steps of 1, 2 and 5, and shrinks only after a while, so that
/// it stands still while values come and go.
#[derive(Default)]
pub struct Reach {
    range: Option<Span>,
    loose_since: Option<f64>,
}

impl Reach {
    /// The range for what there is to see, at a time in seconds.
    pub fn for_values(&mut self, seen: Span, now: f64) -> Option<Span> {
        if seen[0] <= seen[1] {
            let wanted = rounded(seen);
            match self.range {
                Some(range) if wanted == range => self.loose_since = None,
                Some(range) if seen[0] >= range[0] && seen[1] <= range[1] => {
                    if now - *self.loose_since.get_or_insert(now) >= PATIENCE {
                        (self.range, self.loose_since) = (Some(wanted), None);
                    }
                }
                Some(range) => (self.range, self.loose_since) = (Some(rounded(join(range, seen))), None),
                None => self.range = Some(wanted),
            }
        }
        self.range
    }
}

/// A range with round ends.
fn rounded([low, high]: Span) -> Span {
    let wide = if high > low { high - low } else { low.abs().max(1.0) };
    let step = round_step(wide / 5.0);
    let [low, high] = if high > low { [low, high] } else { [low - step, high + step] };
    [(low / step).floor() * step, (high / step).ceil() * step]
}

/// The button that lets a plot follow again after the user has moved it. True if it was clicked.
pub fn button(ui: &Ui, context: &egui::Context, id: Id, frame: Rect, tokens: &Tokens) -> bool {
    let face = Face { size: LABEL.0, line: LABEL.1, weight: 500, ..Face::default() };
    let words = line(context, "Live", &face, &Style::default(), tokens.text);
    let size = vec2(words.size().x + 20.0, 22.0);
    let rect = Rect::from_min_size(pos2(frame.right() - size.x - 8.0, frame.top() + 8.0), size);
    let response = ui.interact(rect, id.with("live"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Live"));
    let fill = if response.hovered() { tokens.control_hover } else { tokens.control };
    ui.painter().rect_filled(rect, 11.0, fill);
    ui.painter().rect_stroke(rect, 11.0, Stroke::new(1.0, tokens.stroke), StrokeKind::Inside);
    ui.painter().galley(rect.center() - words.size() / 2.0, words, tokens.text);
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_grows_at_once_and_shrinks_later() {
        let mut reach = Reach::default();
        assert_eq!(reach.for_values([-0.9, 0.9], 0.0), Some([-1.0, 1.0]));
        assert_eq!(reach.for_values([-0.3, 1.7], 1.0), Some([-1.0, 2.0]));
        assert_eq!(reach.for_values([-0.3, 0.4], 1.1), Some([-1.0, 2.0]));
        assert_eq!(reach.for_values([-0.8, 1.6], 2.0), Some([-1.0, 2.0]), "it is needed again");
        assert_eq!(reach.for_values([-0.3, 0.4], 3.0), Some([-1.0, 2.0]));
        assert_eq!(reach.for_values([-0.3, 0.4], 5.5), Some([-0.4, 0.4]));
        assert_eq!(reach.for_values([f64::INFINITY, f64::NEG_INFINITY], 6.0), Some([-0.4, 0.4]), "nothing to see");
    }

    #[test]
    fn a_single_value_has_room() {
        assert_eq!(rounded([0.0, 0.0]), [-0.2, 0.2]);
        assert_eq!(rounded([100.0, 100.0]), [80.0, 120.0]);
    }
}
