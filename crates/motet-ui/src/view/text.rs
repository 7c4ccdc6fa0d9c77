//! Text: fonts, sizes and colours as boxes hand them down, and laying it out.

use crate::look::{BODY, Tokens, Weight, family, mono};
use crate::style::{Paint, Style, TextAlign};
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align, Color32, Context, FontId, Galley, Stroke};
use std::sync::Arc;

/// How text looks where nothing else is said.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    pub size: f32,
    pub line: f32,
    pub weight: u16,
    pub is_mono: bool,
    pub color: Option<Paint>,
    pub align: TextAlign,
    pub tracking: f32,
}

impl Default for Face {
    fn default() -> Face {
        Face {
            size: BODY.0,
            line: BODY.1,
            weight: 400,
            is_mono: false,
            color: None,
            align: TextAlign::Left,
            tracking: 0.0,
        }
    }
}

impl Face {
    /// What a style makes of it.
    pub fn with(self, style: &Style) -> Face {
        let mut face = self;
        if let (Some(size), Some(line)) = (style.font_size, style.line_height) {
            (face.size, face.line) = (size, line);
        }
        if let Some(leading) = style.leading {
            face.line = (face.size * leading).round();
        }
        face.weight = style.weight.unwrap_or(face.weight);
        face.is_mono = style.is_mono.unwrap_or(face.is_mono);
        face.color = style.colors.text.or(face.color);
        face.align = style.text_align.unwrap_or(face.align);
        face.tracking = style.tracking.unwrap_or(face.tracking);
        face
    }

    pub fn font(&self) -> FontId {
        FontId::new(self.size, if self.is_mono { mono() } else { family(Weight::of(self.weight)) })
    }

    pub fn color(&self, tokens: &Tokens) -> Color32 {
        self.color.map_or(tokens.text, |paint| paint.color(tokens))
    }

    pub fn format(&self, style: &Style, color: Color32) -> TextFormat {
        let line = |is: bool| if is { Stroke::new(1.0, color) } else { Stroke::NONE };
        TextFormat {
            font_id: self.font(),
            extra_letter_spacing: self.tracking * self.size,
            line_height: Some(self.line),
            color,
            italics: style.is_italic,
            underline: line(style.is_underlined),
            strikethrough: line(style.is_struck),
            ..TextFormat::default()
        }
    }
}

/// Text laid out to a width; `f32::INFINITY` for one line.
pub fn galley(context: &Context, text: &str, face: &Face, style: &Style, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.into(), face.format(style, color));
    job.wrap = if style.is_truncated {
        TextWrapping::truncate_at_width(width)
    } else {
        let max_width = if style.no_wrap { f32::INFINITY } else { width };
        TextWrapping { max_width, ..TextWrapping::default() }
    };
    if width.is_finite() {
        job.halign = match face.align {
            TextAlign::Left => Align::LEFT,
            TextAlign::Center => Align::Center,
            TextAlign::Right => Align::RIGHT,
        };
    }
    context.fonts_mut(|fonts| fonts.layout_job(job))
}
