//! Dialogs that tasks wait for: a message with buttons, a question with a field, and the choice of a file.

use super::View;
use super::files::Files;
use crate::look::{self, CONTROL, Tokens};
use crate::notices::{Answer, Dialog, Question};
use crate::widgets::modal_frame;
use egui::{
    Align, Button, Id, Key, Layout, Modal, RichText, Role, ScrollArea, TextEdit, TextStyle, Ui, WidgetInfo, vec2,
};

/// Widths of dialogs.
const WIDTH: f32 = 420.0;
const WIDE: f32 = 560.0;
/// Narrowest button.
const BUTTON: f32 = 72.0;

/// What the dialog on the screen remembers from frame to frame.
pub struct Shown {
    id: u64,
    /// It has been drawn before.
    is_old: bool,
    text: String,
    files: Option<Files>,
}

impl Shown {
    fn new(dialog: &Dialog, is_patient: bool) -> Shown {
        let (text, files) = match &dialog.question {
            Question::Choice { .. } => (String::new(), None),
            Question::Text { initial, .. } => (initial.to_string(), None),
            Question::Path(question) => (String::new(), Some(Files::new(question, is_patient))),
        };
        Shown { id: dialog.id, is_old: false, text, files }
    }
}

impl View {
    /// The dialog that was asked last, above all else.
    pub(super) fn dialog(&mut self) {
        let Some(dialog) = self.link.notices.dialog() else {
            self.dialog = None;
            return;
        };
        let is_known = self.dialog.as_ref().is_some_and(|shown| shown.id == dialog.id);
        if !is_known {
            self.dialog = Some(Shown::new(&dialog, self.link.is_test()));
        }
        let Some(shown) = &mut self.dialog else { return };
        let tokens = look::tokens_of(&self.context);
        let widest = if shown.files.is_some() { WIDE } else { WIDTH };
        let width = widest.min(self.context.content_rect().width() - 64.0).max(64.0);
        let modal = Modal::new(Id::unique(("motet dialog", dialog.id)))
            .frame(modal_frame(tokens, &self.context.global_style().visuals))
            .backdrop_color(tokens.scrim);
        let mut answer: Option<Answer> = None;
        let drawn = modal.show(&self.context, |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing = vec2(8.0, 12.0);
            let text = match &dialog.question {
                Question::Choice { text, .. } | Question::Text { text, .. } => text,
                Question::Path(_) => "",
            };
            words(ui, tokens, &dialog.title, text);
            answer = match &dialog.question {
                Question::Choice { buttons, .. } => choice(ui, tokens, buttons, shown.is_old),
                Question::Text { text, hint, .. } => field(ui, tokens, text, hint, shown),
                Question::Path(question) => {
                    shown.files.as_mut().and_then(|files| files.draw(ui, tokens, question, shown.is_old))
                }
            };
        });
        shown.is_old = true;
        let name = if dialog.title.is_empty() { "dialog" } else { &*dialog.title };
        drawn.response.widget_info(|| WidgetInfo::labeled(Role::Dialog, true, name));
        if answer.is_none() && drawn.should_close() {
            answer = Some(None);
        }
        if let Some(answer) = answer {
            self.dialog = None;
            self.link.notices.answer(dialog.id, answer);
            self.context.request_repaint();
        }
    }
}

/// Title and text. What is longer than the window can be scrolled, so that the buttons stay in sight.
fn words(ui: &mut Ui, tokens: &Tokens, title: &str, text: &str) {
    if title.is_empty() && text.is_empty() {
        return;
    }
    let highest = (ui.ctx().content_rect().height() - 180.0).max(60.0);
    ScrollArea::vertical().max_height(highest).auto_shrink([false, true]).show(ui, |ui| {
        if !title.is_empty() {
            ui.label(RichText::new(title).heading().color(tokens.text));
        }
        if !text.is_empty() {
            ui.label(RichText::new(text).color(tokens.text_secondary));
        }
    });
}

/// Buttons, of which the first is the one that most users want: it is coloured, at the right, and has the focus. If they have
/// no room beside each other, they stand below each other.
pub fn buttons(ui: &mut Ui, tokens: &Tokens, names: &[&str], takes_focus: bool) -> Option<usize> {
    let font = TextStyle::Button.resolve(ui.style());
    let wide = |name: &str| {
        let text = ui.painter().layout_no_wrap(name.to_owned(), font.clone(), tokens.text).size().x;
        (text + 2.0 * ui.spacing().button_padding.x).max(BUTTON) + ui.spacing().item_spacing.x
    };
    let is_row = names.iter().map(|name| wide(name)).sum::<f32>() <= ui.available_width();
    let mut clicked = None;
    let mut all = |ui: &mut Ui, width: f32| {
        for (index, name) in names.iter().enumerate() {
            let is_first = index == 0;
            let text = RichText::new(*name).color(if is_first { tokens.on_accent } else { tokens.text });
            let mut button = Button::new(text).min_size(vec2(width, CONTROL));
            if is_first {
                button = button.fill(tokens.accent);
            }
            let response = ui.add(if is_row { button } else { button.truncate() });
            if is_first && takes_focus {
                response.request_focus();
            }
            if response.clicked() {
                clicked = Some(index);
            }
        }
    };
    if is_row {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| all(ui, BUTTON));
    } else {
        let width = ui.available_width();
        let highest = (ui.ctx().content_rect().height() - 120.0).max(60.0);
        ScrollArea::vertical().id_salt("buttons").max_height(highest).show(ui, |ui| all(ui, width));
    }
    clicked
}

fn choice(ui: &mut Ui, tokens: &Tokens, names: &[Box<str>], is_old: bool) -> Option<Answer> {
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    let clicked = buttons(ui, tokens, &names, !is_old)?;
    Some(Some(names[clicked].to_owned()))
}

fn field(ui: &mut Ui, tokens: &Tokens, text: &str, hint: &str, shown: &mut Shown) -> Option<Answer> {
    let edit = TextEdit::singleline(&mut shown.text).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(edit.margin(vec2(8.0, 5.0)));
    name(ui, &response, if text.is_empty() { "Answer" } else { text });
    if !shown.is_old {
        response.request_focus();
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    match buttons(ui, tokens, &["OK", "Cancel"], false) {
        Some(0) => Some(Some(shown.text.clone())),
        Some(_) => Some(None),
        None => is_entered.then(|| Some(shown.text.clone())),
    }
}

/// What a field is called, for those who do not see it.
pub fn name(ui: &Ui, response: &egui::Response, name: &str) {
    ui.ctx().accesskit_node_builder(response.id, |builder| builder.set_label(name));
}
