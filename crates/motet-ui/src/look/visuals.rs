//! What egui paints itself (fields, menus, scroll bars, selection) in the colours of the tokens.

use super::{BODY, CONTROL, DARK, LABEL, LIGHT, MONO, Tokens, Weight, family, fonts, mono};
use egui::style::{HandleShape, WidgetVisuals, Widgets};
use egui::{Context, CornerRadius, FontId, Shadow, Stroke, Style, TextStyle, Theme, Visuals, vec2};

/// The colours that a context paints with at the moment.
pub fn tokens_of(context: &Context) -> &'static Tokens {
    match context.theme() {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// Gives a new context fonts and styles. It follows the system's theme.
pub fn apply(context: &Context) {
    context.set_fonts(fonts::definitions());
    for (theme, tokens) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        context.style_mut_of(theme, |style| set_style(style, theme, tokens));
    }
}

fn set_style(style: &mut Style, theme: Theme, tokens: &Tokens) {
    style.text_styles = [
        (TextStyle::Small, FontId::new(LABEL.0, family(Weight::Regular))),
        (TextStyle::Body, FontId::new(BODY.0, family(Weight::Regular))),
        (TextStyle::Button, FontId::new(BODY.0, family(Weight::Medium))),
        (TextStyle::Heading, FontId::new(15.0, family(Weight::SemiBold))),
        (TextStyle::Monospace, FontId::new(MONO.0, mono())),
    ]
    .into();
    style.spacing.item_spacing = vec2(8.0, 8.0);
    style.spacing.button_padding = vec2(12.0, 4.0);
    style.spacing.interact_size = vec2(CONTROL, CONTROL);
    style.spacing.icon_width = 16.0;
    style.spacing.slider_rail_height = 4.0;
    style.spacing.indent = 22.0;
    style.spacing.window_margin = egui::Margin::same(16);
    style.spacing.menu_margin = egui::Margin::same(4);
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style.animation_time = 0.08;
    style.visuals = visuals(theme, tokens);
}

fn visuals(theme: Theme, tokens: &Tokens) -> Visuals {
    let mut visuals = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    let widget = |fill, stroke, text| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, stroke),
        corner_radius: CornerRadius::same(6),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    visuals.widgets = Widgets {
        noninteractive: widget(tokens.card, tokens.stroke_subtle, tokens.text),
        inactive: widget(tokens.control, tokens.stroke, tokens.text),
        hovered: widget(tokens.control_hover, tokens.stroke, tokens.text),
        active: widget(tokens.control_pressed, tokens.stroke, tokens.text),
        open: widget(tokens.control_hover, tokens.stroke, tokens.text),
    };
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(tokens.text_faint);
    visuals.panel_fill = tokens.window;
    visuals.window_fill = tokens.raised;
    visuals.window_stroke = Stroke::new(1.0, tokens.stroke);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    let alpha = if theme == Theme::Dark { 0x73 } else { 0x24 };
    let shadow = Shadow { offset: [0, 8], blur: 24, spread: 0, color: egui::Color32::from_black_alpha(alpha) };
    visuals.popup_shadow = shadow;
    visuals.window_shadow = shadow;
    visuals.extreme_bg_color = tokens.field;
    visuals.text_edit_bg_color = Some(tokens.field);
    visuals.faint_bg_color = tokens.row_hover;
    visuals.code_bg_color = tokens.sunken;
    visuals.hyperlink_color = tokens.accent_text;
    visuals.warn_fg_color = tokens.warn;
    visuals.error_fg_color = tokens.error;
    visuals.selection.bg_fill = tokens.selection;
    visuals.selection.stroke = Stroke::new(2.0, tokens.text);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = HandleShape::Circle;
    visuals.striped = false;
    visuals.indent_has_left_vline = false;
    visuals.text_cursor.stroke = Stroke::new(1.5, tokens.text);
    visuals.disabled_alpha = 1.0;
    visuals
}

#[cfg(test)]
mod tests {
    use super::{apply, tokens_of};
    use crate::look::{DARK, LIGHT};
    use egui::{Context, RawInput, Theme};

    #[test]
    fn a_window_follows_the_theme_of_the_system() {
        let context = Context::default();
        apply(&context);
        for (theme, tokens) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
            let input = RawInput { system_theme: Some(theme), ..RawInput::default() };
            let mut output = context.run_ui(input, |ui| {
                assert!(std::ptr::eq(tokens_of(ui.ctx()), tokens));
                assert_eq!(ui.visuals().dark_mode, theme == Theme::Dark);
                assert_eq!(ui.visuals().text_color(), tokens.text);
            });
            // Nothing draws it.
            output.textures_delta.clear();
        }
    }
}
