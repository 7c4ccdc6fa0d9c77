//! The panel that shows an error of the program: message, help, source line, trace. It covers no result: it stands at the
//! bottom, and goes away at the next good build.

use super::View;
use super::text::{Face, galley};
use crate::look;
use crate::style::Style;
use egui::text::{LayoutJob, TextFormat};
use egui::{Area, Frame, Id, Margin, Order, RichText, Stroke, Ui, vec2};

/// Widest the panel gets.
const WIDTH: f32 = 620.0;

impl View {
    pub(super) fn fault_panel(&mut self, ui: &mut Ui) {
        let Some(fault) = self.fault.clone() else { return };
        let tokens = look::tokens_of(&self.context);
        let all = self.context.content_rect();
        let width = WIDTH.min(all.width() - 32.0);
        let area = Area::new(Id::unique("motet fault")).order(Order::Foreground);
        let area = area.anchor(egui::Align2::RIGHT_BOTTOM, vec2(-16.0, -16.0));
        let mut closes = false;
        let frame = Frame::NONE.fill(tokens.raised).stroke(Stroke::new(1.0, tokens.error)).corner_radius(10.0);
        area.show(ui, |ui| {
            frame.inner_margin(Margin::same(14)).show(ui, |ui| {
                ui.set_width(width - 28.0);
                ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
                let face = Face { weight: 600, ..Face::default() };
                let message =
                    galley(&self.context, &fault.message, &face, &Style::default(), tokens.text, width - 60.0);
                ui.label(message);
                if let Some(hint) = &fault.hint {
                    ui.label(RichText::new(hint).color(tokens.text_secondary));
                }
                if let Some((line, meant)) = &fault.line {
                    let well = Frame::NONE.fill(tokens.sunken).corner_radius(6.0).inner_margin(Margin::symmetric(8, 6));
                    well.show(ui, |ui| {
                        ui.set_width(width - 44.0);
                        let mono = Face { is_mono: true, size: look::MONO.0, line: look::MONO.1, ..Face::default() };
                        let plain = |color| mono.format(&Style::default(), color);
                        let wrong = TextFormat { underline: Stroke::new(1.0, tokens.error), ..plain(tokens.error) };
                        let mut job = LayoutJob::default();
                        let place = fault.place.as_deref().unwrap_or_default();
                        job.append(place, 0.0, plain(tokens.text_faint));
                        job.append(&line[..meant.start], 12.0, plain(tokens.text));
                        job.append(&line[meant.clone()], 0.0, wrong);
                        job.append(&line[meant.end..], 0.0, plain(tokens.text));
                        ui.label(job);
                    });
                }
                if self.memory.shows_trace {
                    for call in &fault.trace {
                        ui.label(RichText::new(call).monospace().color(tokens.text_secondary));
                    }
                }
                ui.horizontal(|ui| {
                    if !fault.trace.is_empty() && !self.memory.shows_trace && ui.button("Show trace").clicked() {
                        self.memory.shows_trace = true;
                    }
                    if ui.button("Copy").clicked() {
                        let place = fault.place.as_deref().map(|place| format!("\n{place}")).unwrap_or_default();
                        let trace: String = fault.trace.iter().map(|call| format!("\n  {call}")).collect();
                        ui.copy_text(format!("{}{place}{trace}", fault.message));
                    }
                    closes = ui.button("Close").clicked();
                });
            });
        });
        if closes {
            self.fault = None;
        }
    }
}
