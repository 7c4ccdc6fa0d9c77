//! Drawing a tree: boxes with their backgrounds and borders, and the widgets in them.

use super::layout::{Layout, lay_out};
use super::text::Face;
use super::{BUSY_AFTER, Memory, View};
use crate::link::WindowLink;
use crate::look::{self, Tokens};
use crate::style::{Colors, Display, Paint, Style};
use crate::tree::{Kind, Node, Tree};
use crate::widgets;
use egui::{
    Color32, Context, CornerRadius, Id, Pos2, Rect, Response, ScrollArea, Shadow, Shape, Stroke, StrokeKind, Ui,
    UiBuilder, Vec2, pos2, vec2,
};
use std::sync::Arc;

/// Padding of a window that holds more than one box.
const WINDOW_PADDING: f32 = 16.0;

/// What all widgets need to draw themselves in one frame.
pub struct Pass<'a> {
    pub context: &'a Context,
    pub link: &'a Arc<WindowLink>,
    pub tokens: &'static Tokens,
}

/// The id that a widget has in egui.
pub fn id_of(node: &Node) -> Id {
    Id::unique(("motet", node.id))
}

impl<'a> Pass<'a> {
    pub fn new(context: &'a Context, link: &'a Arc<WindowLink>) -> Pass<'a> {
        Pass { context, link, tokens: look::tokens_of(context) }
    }

    /// The whole window.
    pub fn window(&self, ui: &mut Ui, tree: Option<&Tree>, memory: &mut Memory) {
        let all = self.context.content_rect();
        ui.painter().rect_filled(all, 0.0, self.tokens.window);
        let Some(tree) = tree else { return };
        let padding = match &tree.root.children[..] {
            [only] if only.style.has_padding() && matches!(only.kind, Kind::Box) => 0.0,
            _ => WINDOW_PADDING,
        };
        let space = all.shrink(padding);
        // What fills the window does so; what is higher than it scrolls.
        let layout = lay_out(self.context, memory, &tree.root, None, Face::default(), space.size(), [true, true]);
        let lowest = layout.rects.values().fold(0.0_f32, |lowest, rect| lowest.max(rect.bottom()));
        if lowest <= space.height() + 0.5 {
            return self.children(ui, &tree.root, &layout, space.min, Face::default(), memory);
        }
        let layout = lay_out(self.context, memory, &tree.root, None, Face::default(), space.size(), [true, false]);
        let mut inner = ui.new_child(UiBuilder::new().max_rect(all).id_salt("window"));
        ScrollArea::vertical().auto_shrink([false, false]).show(&mut inner, |ui| {
            let corner = ui.min_rect().min + vec2(padding, padding);
            ui.allocate_space(layout.size + Vec2::splat(2.0 * padding));
            self.children(ui, &tree.root, &layout, corner, Face::default(), memory);
        });
    }

    pub fn children(&self, ui: &mut Ui, node: &Node, layout: &Layout, origin: Pos2, face: Face, memory: &mut Memory) {
        for child in &node.children {
            self.node(ui, child, layout, origin, face, memory);
        }
    }

    fn node(&self, ui: &mut Ui, node: &Node, layout: &Layout, origin: Pos2, face: Face, memory: &mut Memory) {
        let style = &*node.style;
        let Some(rect) = layout.rects.get(&node.id).map(|rect| rect.translate(origin.to_vec2())) else { return };
        if style.display == Some(Display::Hidden) {
            return;
        }
        let face = face.with(style);
        if node.is_disabled || style.opacity.is_some() || style.clips {
            let mut builder = UiBuilder::new().max_rect(rect).id_salt(node.id);
            if node.is_disabled {
                builder = builder.disabled();
            }
            let mut inner = ui.new_child(builder);
            if let Some(opacity) = style.opacity {
                inner.multiply_opacity(opacity);
            }
            if style.clips {
                inner.shrink_clip_rect(rect);
            }
            self.contents(&mut inner, node, rect, layout, origin, face, memory);
        } else {
            self.contents(ui, node, rect, layout, origin, face, memory);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "a node, where it is, and what it inherits")]
    fn contents(
        &self,
        ui: &mut Ui,
        node: &Node,
        rect: Rect,
        layout: &Layout,
        origin: Pos2,
        face: Face,
        memory: &mut Memory,
    ) {
        if matches!(node.kind, Kind::Box) {
            self.frame(ui, rect, &node.style, &node.style.colors);
            if node.style.scrolls {
                return self.scrolled(ui, node, rect, face, memory);
            }
            return self.children(ui, node, layout, origin, face, memory);
        }
        if let Kind::Collapsing { title, starts_open } = &node.kind {
            if widgets::collapsing(self, ui, node, &title.now(), *starts_open, rect, memory) {
                self.children(ui, node, layout, origin, face, memory);
            }
            return;
        }
        if !ui.is_rect_visible(rect) && !memory.shows_focus {
            // What is not seen costs nothing; while the keyboard moves the focus, it may move there.
            return;
        }
        widgets::draw(self, ui, node, rect, face, memory);
    }

    /// A box whose content may be higher than it is.
    fn scrolled(&self, ui: &mut Ui, node: &Node, rect: Rect, face: Face, memory: &mut Memory) {
        let style = &*node.style;
        let inside = |index: usize| style.padding[index].unwrap_or(0.0) + style.border_width[index].unwrap_or(0.0);
        let rect = Rect::from_min_max(rect.min + vec2(inside(3), inside(0)), rect.max - vec2(inside(1), inside(2)));
        let layout = widgets::scrolled_layout(self.context, memory, node, face, rect.size());
        let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(node.id));
        ScrollArea::both().id_salt(node.id).auto_shrink([false, false]).show(&mut inner, |ui| {
            let corner = ui.min_rect().min;
            ui.allocate_space(layout.size);
            self.children(ui, node, &layout, corner, face, memory);
        });
    }

    /// Background, border and shadow of a box.
    pub fn frame(&self, ui: &Ui, rect: Rect, style: &Style, colors: &Colors) {
        let dark = self.context.theme() == egui::Theme::Dark;
        let pick = |plain: Option<Paint>, in_dark: Option<Paint>| if dark { in_dark.or(plain) } else { plain };
        let radius = corner(style.radius.unwrap_or(0.0), rect);
        if let Some([y, blur]) = style.shadow.filter(|[_, blur]| *blur > 0.0) {
            let alpha = if dark { 0x73 } else { 0x24 };
            let shadow =
                Shadow { offset: [0, y as i8], blur: blur as u8, spread: 0, color: Color32::from_black_alpha(alpha) };
            ui.painter().add(Shape::from(shadow.as_shape(rect, radius)));
        }
        if let Some(fill) = pick(colors.background, style.dark.background) {
            ui.painter().rect_filled(rect, radius, fill.color(self.tokens));
        }
        let color = pick(colors.border, style.dark.border).map_or(self.tokens.stroke, |paint| paint.color(self.tokens));
        border(ui, rect, radius, style.border_width, color);
        if style.ring {
            ui.painter().rect_stroke(
                rect.expand(2.0),
                corner(style.radius.unwrap_or(0.0) + 2.0, rect),
                Stroke::new(2.0, self.tokens.focus),
                StrokeKind::Outside,
            );
        }
    }

    /// The ring around what the keyboard works on.
    pub fn focus_ring(&self, ui: &Ui, rect: Rect, radius: f32, response: &Response, memory: &Memory) {
        if response.has_focus() && memory.shows_focus {
            let stroke = Stroke::new(2.0, self.tokens.focus);
            ui.painter().rect_stroke(rect.expand(2.0), radius + 2.0, stroke, StrokeKind::Outside);
        }
    }
}

impl Pass<'_> {
    /// The ring inside a field that the keyboard works on.
    pub fn outline(&self, ui: &Ui, rect: Rect, radius: f32) {
        let stroke = Stroke::new(2.0, self.tokens.focus);
        ui.painter().rect_stroke(rect, corner(radius, rect), stroke, StrokeKind::Inside);
    }
}

/// A corner's radius, no more than half of the box.
pub fn corner(radius: f32, rect: Rect) -> CornerRadius {
    CornerRadius::from(radius.min(rect.width() / 2.0).min(rect.height() / 2.0).min(255.0))
}

fn border(ui: &Ui, rect: Rect, radius: CornerRadius, widths: crate::style::Sides, color: Color32) {
    let [top, right, bottom, left] = widths.map(|width| width.unwrap_or(0.0));
    if top == right && right == bottom && bottom == left {
        if top > 0.0 {
            ui.painter().rect_stroke(rect, radius, Stroke::new(top, color), StrokeKind::Inside);
        }
        return;
    }
    let line = |rect: Rect| {
        ui.painter().rect_filled(rect, 0.0, color);
    };
    line(Rect::from_min_max(rect.min, pos2(rect.max.x, rect.min.y + top)));
    line(Rect::from_min_max(pos2(rect.max.x - right, rect.min.y), rect.max));
    line(Rect::from_min_max(pos2(rect.min.x, rect.max.y - bottom), rect.max));
    line(Rect::from_min_max(rect.min, pos2(rect.min.x + left, rect.max.y)));
}

impl View {
    /// Says that the program does not answer, and lets the user stop it.
    pub(super) fn badge(&mut self, ui: &mut Ui) {
        let Some(waited) = self.link.unanswered().filter(|waited| *waited >= BUSY_AFTER) else { return };
        let tokens = look::tokens_of(&self.context);
        let words = format!("Busy {} s", waited.as_secs());
        let all = self.context.content_rect();
        let size = vec2(150.0, 30.0);
        let rect = Rect::from_min_size(pos2(all.right() - size.x - 16.0, all.top() + 12.0), size);
        ui.painter().rect_filled(rect, 15.0, tokens.warn_soft);
        let face = Face { weight: 500, ..Face::default() };
        let galley = super::text::galley(&self.context, &words, &face, &Style::default(), tokens.warn, f32::INFINITY);
        ui.painter().galley(rect.min + vec2(14.0, 5.0), galley, tokens.warn);
        let stop = Rect::from_min_max(pos2(rect.right() - 58.0, rect.top() + 3.0), rect.max - vec2(3.0, 3.0));
        let response = ui.interact(stop, Id::unique("motet stop"), egui::Sense::click());
        let info = || egui::WidgetInfo::labeled(egui::Role::Button, true, "Stop");
        response.widget_info(info);
        ui.painter().rect_filled(stop, 12.0, tokens.warn);
        let face = Face { weight: 600, ..Face::default() };
        let galley =
            super::text::galley(&self.context, "Stop", &face, &Style::default(), tokens.warn_soft, f32::INFINITY);
        ui.painter().galley(stop.center() - galley.size() / 2.0, galley, tokens.warn_soft);
        if response.clicked() {
            self.link.stop_running();
        }
        self.context.request_repaint_after(std::time::Duration::from_secs(1));
    }
}
