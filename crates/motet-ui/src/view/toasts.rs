//! Toasts: short messages at the lower right that go away by themselves; and what a window shows while files are dragged
//! over it.

use super::View;
use crate::look::{self, Tokens};
use crate::notices::{Level, Toast};
use egui::{Align2, Area, Color32, Frame, Id, Margin, Order, RichText, Sense, Stroke, StrokeKind, Ui, vec2};
use std::time::Duration;

/// Widest a toast gets.
const WIDTH: f32 = 360.0;

fn color(level: Level, tokens: &Tokens) -> Color32 {
    match level {
        Level::Plain => tokens.accent,
        Level::Success => tokens.success,
        Level::Warning => tokens.warn,
        Level::Error => tokens.error,
    }
}

/// Colour never speaks alone.
fn word(level: Level) -> &'static str {
    match level {
        Level::Plain => "",
        Level::Success => "Done",
        Level::Warning => "Warning",
        Level::Error => "Error",
    }
}

/// Letters of a toast, at most: what is longer would cover the window.
const MOST_LETTERS: usize = 300;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl View {
    pub(super) fn toasts(&mut self, ui: &Ui) {
        let toasts = self.link.notices.toasts();
        self.toasts.retain(|id, _| toasts.iter().any(|toast| toast.id == *id));
        let now = ui.input(|input| input.time);
        // The panel of an error stands where they would stand.
        let (corner, down) = if self.fault.is_some() { (Align2::RIGHT_TOP, 1.0) } else { (Align2::RIGHT_BOTTOM, -1.0) };
        let mut offset = 16.0;
        for toast in toasts.iter().rev() {
            let since = *self.toasts.entry(toast.id).or_insert(now);
            if let Some(time) = toast.time {
                let left = since + time - now;
                if left <= 0.0 {
                    self.link.notices.forget_toast(toast.id);
                    continue;
                }
                let left = Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX);
                self.context.request_repaint_after(left);
            }
            let area = Area::new(Id::unique(("motet toast", toast.id))).order(Order::Middle);
            let shown = area.anchor(corner, vec2(-16.0, down * offset)).show(ui, |ui| self.toast(ui, toast));
            offset += shown.response.rect.height() + 8.0;
            if shown.inner {
                self.link.notices.forget_toast(toast.id);
                self.context.request_repaint();
            }
        }
    }

    /// One toast; true if it was clicked.
    fn toast(&self, ui: &mut Ui, toast: &Toast) -> bool {
        let tokens = look::tokens_of(&self.context);
        let mark = color(toast.level, tokens);
        let stroke = if toast.level == Level::Error { tokens.error } else { tokens.stroke };
        let frame = Frame::NONE
            .fill(tokens.raised)
            .stroke(Stroke::new(1.0, stroke))
            .corner_radius(8.0)
            .shadow(ui.visuals().popup_shadow)
            .inner_margin(Margin::symmetric(12, 8));
        let shown = frame.show(ui, |ui| {
            ui.set_max_width(WIDTH.min(self.context.content_rect().width() - 64.0));
            ui.horizontal(|ui| {
                let (dot, _) = ui.allocate_exact_size(vec2(8.0, 20.0), Sense::empty());
                ui.painter().circle_filled(dot.center(), 4.0, mark);
                if !word(toast.level).is_empty() {
                    ui.label(RichText::new(word(toast.level)).color(mark));
                }
                ui.add(egui::Label::new(RichText::new(shortened(&toast.text)).color(tokens.text)).wrap());
            });
        });
        let response = ui.interact(shown.response.rect, Id::unique(("motet toast click", toast.id)), Sense::click());
        response.on_hover_text("Click to close").clicked()
    }

    /// Files are held over the window: it shows that it takes them.
    pub(super) fn drop_mark(&self, ui: &Ui) {
        if !self.link.takes_files() || !ui.input(|input| !input.raw.hovered_files.is_empty()) {
            return;
        }
        let tokens = look::tokens_of(&self.context);
        let all = self.context.content_rect().shrink(4.0);
        ui.painter().rect_stroke(all, 10.0, Stroke::new(2.0, tokens.accent), StrokeKind::Inside);
    }
}
