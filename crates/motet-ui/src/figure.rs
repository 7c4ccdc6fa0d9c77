//! Figures in windows: the scene that files get, painted for the size of the widget and the theme of the window. A figure of
//! many points is painted on another thread, and what was painted before is shown meanwhile.

use crate::binding::Binding;
use crate::plot::Later;
use crate::tree::Node;
use crate::view::{Memory, Pass};
use crate::widgets::{interact, name_of};
use egui::{
    Color32, ColorImage, Rect, Response, Role, Sense, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use motet_figures::Shown;
use std::sync::Arc;

/// Where a figure comes from.
pub enum Source {
    Fixed(Shown),
    Bound(Arc<Binding>),
}

impl Source {
    /// The figure as it is now; none for what is no figure.
    fn now(&self) -> Option<Shown> {
        match self {
            Source::Fixed(figure) => Some(figure.clone()),
            Source::Bound(binding) => Shown::of(binding.value().ok()?.value()),
        }
    }
}

/// What pixels are made of: the figure, its size in pixels, how many of them are one of its own, whether the window is dark.
type Of = (Shown, [u32; 2], u32, bool);

/// What a figure remembers from frame to frame.
#[derive(Default)]
pub struct Seen {
    painted: Later<Of, Arc<ColorImage>>,
    texture: Option<(Arc<ColorImage>, TextureHandle)>,
}

/// The size that a figure wants, in a space of a width: narrower, it keeps its proportions.
pub fn size(source: &Source, space: f32) -> Vec2 {
    let [width, height] = source.now().map_or([320.0, 240.0], |figure| figure.size());
    let size = vec2(width as f32, height as f32);
    size * (space / size.x).clamp(0.2, 1.0)
}

pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, source: &Source, rect: Rect, memory: &mut Memory) -> Response {
    /// Steps of the scale, so that it can be compared.
    const STEPS: f32 = 64.0;
    /// Numbers of a figure that is painted at once.
    const FEW: usize = 20_000;
    let seen = memory.figures.entry(node.id).or_default();
    let figure = source.now();
    if let Some(figure) = &figure {
        let scale = ui.ctx().pixels_per_point();
        let pixels = [rect.width(), rect.height()].map(|side| (side * scale).round().max(1.0) as u32);
        let steps = (scale * STEPS).round() as u32;
        let of = (figure.clone(), pixels, steps, ui.visuals().dark_mode);
        let (figure, is_dark) = (figure.clone(), ui.visuals().dark_mode);
        let paint = move || {
            let scale = f64::from(steps) / f64::from(STEPS);
            let picture = figure.paint(pixels.map(|side| f64::from(side) / scale), scale, is_dark);
            let size = [picture.width as usize, picture.height as usize];
            Arc::new(ColorImage::from_rgba_unmultiplied(size, &picture.pixels))
        };
        // The first picture is there in the first frame, unless it takes long.
        let at_once = pass.link.is_test() || seen.texture.is_none() && of.0.numbers() <= FEW;
        let (image, is_awaited) = seen.painted.look(of, at_once, paint);
        if is_awaited {
            ui.ctx().request_repaint();
        }
        if let Some(image) = image
            && seen.texture.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, image))
        {
            let texture = ui.ctx().load_texture("motet figure", image.clone(), TextureOptions::LINEAR);
            seen.texture = Some((image.clone(), texture));
        }
        if let Some((_, texture)) = &seen.texture {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), rect, whole, Color32::WHITE);
        }
    }
    let title = figure.map(|figure| figure.title()).filter(|title| !title.is_empty());
    let response = interact(ui, node, rect, Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, name_of(node, title.as_deref().unwrap_or("figure"))));
    response
}
