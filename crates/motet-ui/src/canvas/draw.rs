//! A canvas on the screen. What the pointer and keys do goes to the program as records; moves that it has not looked at are
//! replaced by newer ones.

use super::pixels::Pixels;
use super::shape::{Pen, Shape, shapes_of};
use super::{Canvas, ShapeData};
use crate::binding::is_same;
use crate::link::{Answer, Event};
use crate::style::Style;
use crate::tree::{Node, part};
use crate::view::text::{Face, galley};
use crate::view::{Memory, Pass};
use crate::widgets::{interact, name_of};
use egui::{
    Color32, ColorImage, CornerRadius, EventFilter, PointerButton, Pos2, Rect, Response, Role, Sense, Stroke,
    StrokeKind, TextureHandle, TextureOptions, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use motet_vm::memory::Frozen;
use std::sync::Arc;

/// Shapes; in words what was wrong with what should have been some.
type Read = Result<Arc<Vec<Shape>>, String>;

/// What canvases and pictures remember from frame to frame.
#[derive(Default)]
pub struct Seen {
    /// A signal's value, and its shapes.
    shapes: Option<(Frozen, Read)>,
    textures: Vec<(Arc<ColorImage>, TextureHandle)>,
    /// Where the pointer was told to be.
    pointer: Option<Pos2>,
}

impl Seen {
    fn shapes(&mut self, source: &ShapeData) -> Read {
        match source {
            ShapeData::Fixed(shapes) => Ok(shapes.clone()),
            ShapeData::Bound(binding) => {
                let value = binding.value().map_err(String::from)?;
                if let Some((known, shapes)) = &self.shapes
                    && is_same(known, &value)
                {
                    return shapes.clone();
                }
                let shapes = shapes_of(value.value()).map(Arc::new).map_err(|expected| format!("expected {expected}"));
                self.shapes = Some((value, shapes.clone()));
                shapes
            }
        }
    }

    /// The texture of a picture: the one of the frame before, with new pixels if they have changed.
    fn texture(&mut self, ui: &Ui, index: usize, pixels: &Pixels) -> egui::TextureId {
        let options = if pixels.is_smooth { TextureOptions::LINEAR } else { TextureOptions::NEAREST };
        match self.textures.get_mut(index) {
            Some((image, texture)) => {
                if !Arc::ptr_eq(image, &pixels.image) {
                    *image = pixels.image.clone();
                    texture.set(pixels.image.clone(), options);
                }
                texture.id()
            }
            None => {
                let texture = ui.ctx().load_texture("motet pixels", pixels.image.clone(), options);
                let id = texture.id();
                self.textures.push((pixels.image.clone(), texture));
                id
            }
        }
    }
}

/// From the canvas's units to the screen.
#[derive(Clone, Copy)]
struct Map {
    from: Pos2,
    at: [f64; 2],
    scale: [f64; 2],
}

impl Map {
    /// What is seen keeps its proportions, in the middle of the area.
    fn new(view: Option<[f64; 4]>, rect: Rect) -> Map {
        let Some([left, top, right, bottom]) = view else {
            return Map { from: rect.min, at: [0.0, 0.0], scale: [1.0, 1.0] };
        };
        let scale =
            (f64::from(rect.width()) / (right - left).abs()).min(f64::from(rect.height()) / (bottom - top).abs());
        let scales = [scale * (right - left).signum(), scale * (bottom - top).signum()];
        Map { from: rect.center(), at: [(left + right) / 2.0, (top + bottom) / 2.0], scale: scales }
    }

    fn to(self, [x, y]: [f64; 2]) -> Pos2 {
        let place = [(x - self.at[0]) * self.scale[0], (y - self.at[1]) * self.scale[1]];
        self.from + vec2(place[0] as f32, place[1] as f32)
    }

    fn back(self, place: Pos2) -> [f64; 2] {
        let by = place - self.from;
        [self.at[0] + f64::from(by.x) / self.scale[0], self.at[1] + f64::from(by.y) / self.scale[1]]
    }

    fn rect(self, [x, y, wide, high]: [f64; 4]) -> Rect {
        Rect::from_two_pos(self.to([x, y]), self.to([x + wide, y + high]))
    }
}

pub fn draw(
    pass: &Pass<'_>,
    ui: &mut Ui,
    node: &Node,
    canvas: &Canvas,
    rect: Rect,
    face: Face,
    memory: &mut Memory,
) -> Response {
    let shows_focus = memory.shows_focus;
    let seen = memory.canvases.entry(node.id).or_default();
    pass.frame(ui, rect, &node.style, &node.style.colors);
    let map = Map::new(canvas.view, rect);
    let listens = canvas.on_pointer || canvas.on_key;
    let response = interact(ui, node, rect, if listens { Sense::click_and_drag() } else { Sense::hover() });
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, ui.is_enabled(), name_of(node, "canvas")));
    if canvas.on_pointer {
        pointer(pass, ui, part(node.id, "pointer"), &response, map, seen);
    }
    if canvas.on_key {
        if response.clicked() {
            response.request_focus();
        }
        keys(pass, ui, part(node.id, "key"), &response);
    }
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("canvas", node.id)));
    inner.shrink_clip_rect(rect);
    match seen.shapes(&canvas.shapes) {
        Ok(shapes) => {
            let mut pictures = 0;
            for shape in shapes.iter() {
                paint(pass, &inner, shape, map, face, seen, &mut pictures);
            }
            seen.textures.truncate(pictures);
        }
        Err(why) => {
            let galley = galley(pass.context, &why, &face, &Style::default(), pass.tokens.error, rect.width() - 16.0);
            inner.painter().galley(rect.min + Vec2::splat(8.0), galley, pass.tokens.error);
        }
    }
    if response.has_focus() && shows_focus {
        pass.outline(ui, rect, node.style.radius.unwrap_or(0.0));
    }
    response
}

fn paint(pass: &Pass<'_>, ui: &Ui, shape: &Shape, map: Map, face: Face, seen: &mut Seen, pictures: &mut usize) {
    let tokens = pass.tokens;
    let painter = ui.painter();
    let fill = |pen: &Pen| pen.fill.map_or(Color32::TRANSPARENT, |fill| fill.color(tokens));
    // A shape of which nothing is said is drawn by its lines.
    let line = |pen: &Pen| match (pen.line, pen.fill) {
        (Some(line), _) => Stroke::new(pen.width, line.color(tokens)),
        (None, None) => Stroke::new(pen.width, tokens.text),
        (None, Some(_)) => Stroke::NONE,
    };
    match shape {
        Shape::Line(points, pen) => {
            let points: Vec<Pos2> = points.iter().map(|point| map.to(*point)).collect();
            painter.add(egui::Shape::line(points, line(pen)));
        }
        Shape::Polygon(points, pen) => {
            let points: Vec<Pos2> = points.iter().map(|point| map.to(*point)).collect();
            if pen.fill.is_some() {
                painter.add(egui::Shape::convex_polygon(points, fill(pen), line(pen)));
            } else {
                painter.add(egui::Shape::closed_line(points, line(pen)));
            }
        }
        Shape::Rect(place, radius, pen) => {
            let corner = CornerRadius::from(radius.clamp(0.0, 255.0));
            painter.rect(map.rect(*place), corner, fill(pen), line(pen), StrokeKind::Inside);
        }
        Shape::Circle([x, y, radius], pen) => {
            painter.circle(map.to([*x, *y]), (radius * map.scale[0].abs()) as f32, fill(pen), line(pen));
        }
        Shape::Text { at, text, size, pen, align, weight } => {
            let face = Face { size: *size, line: (size * 1.4).round(), weight: *weight, ..face };
            let color = pen.line.or(pen.fill).map_or(tokens.text, |color| color.color(tokens));
            let galley = galley(pass.context, text, &face, &Style::default(), color, f32::INFINITY);
            let place = map.to(*at) - galley.size() * vec2(align[0], align[1]);
            painter.galley(place, galley, color);
        }
        Shape::Pixels(place, pixels) => {
            let texture = seen.texture(ui, *pictures, pixels);
            *pictures += 1;
            painter.image(texture, map.rect(*place), WHOLE, Color32::WHITE);
        }
    }
}

/// All of a texture.
const WHOLE: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1.0, 1.0) };

/// What the pointer does: `{kind, x, y, button}`.
fn pointer(pass: &Pass<'_>, ui: &Ui, id: u64, response: &Response, map: Map, seen: &mut Seen) {
    let at = response.interact_pointer_pos().or(response.hover_pos());
    let tell = |kind: &'static str, place: Pos2, button: &'static str, scroll: f32| {
        let [x, y] = map.back(place);
        let fields = vec![
            ("kind", Answer::Text(kind.into())),
            ("x", Answer::Number(x)),
            ("y", Answer::Number(y)),
            ("button", Answer::Text(button.into())),
            ("scroll", Answer::Number(f64::from(scroll))),
        ];
        pass.link.post(Event::Changed(id, Answer::Record(fields)));
    };
    let buttons =
        [(PointerButton::Primary, "left"), (PointerButton::Secondary, "right"), (PointerButton::Middle, "middle")];
    let held = |ui: &Ui| buttons.iter().find(|(button, _)| ui.input(|input| input.pointer.button_down(*button)));
    let Some(place) = at else {
        if let Some(last) = seen.pointer.take() {
            tell("leave", last, "", 0.0);
        }
        return;
    };
    let (pressed, released) = ui.input(|input| {
        let is = |pick: fn(&egui::PointerState, PointerButton) -> bool| {
            buttons.iter().find(|(button, _)| pick(&input.pointer, *button)).map(|(_, name)| *name)
        };
        (is(|pointer, button| pointer.button_pressed(button)), is(|pointer, button| pointer.button_released(button)))
    });
    if seen.pointer != Some(place) {
        let button = held(ui).map_or("", |(_, name)| *name);
        tell(if response.dragged() { "drag" } else { "move" }, place, button, 0.0);
    }
    if let Some(button) = pressed.filter(|_| response.is_pointer_button_down_on()) {
        tell("down", place, button, 0.0);
    }
    if let Some(button) = released {
        tell("up", place, button, 0.0);
    }
    let scroll = ui.input(|input| input.smooth_scroll_delta().y);
    if scroll != 0.0 && response.hovered() {
        ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
        tell("scroll", place, "", scroll);
    }
    seen.pointer = Some(place);
}

/// What the keyboard does while the canvas has the focus: `{kind, key, ctrl, shift, alt}`, or `{kind: "text", text}`.
fn keys(pass: &Pass<'_>, ui: &Ui, id: u64, response: &Response) {
    if !response.has_focus() {
        return;
    }
    ui.memory_mut(|memory| {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        memory.set_focus_lock_filter(response.id, filter);
    });
    let events = ui.input(|input| input.events.clone());
    for event in events {
        match event {
            egui::Event::Key { key, pressed, modifiers, .. } if key != egui::Key::Tab => {
                let fields = vec![
                    ("kind", Answer::Text(if pressed { "down" } else { "up" }.into())),
                    ("key", Answer::Text(key.name().into())),
                    ("ctrl", Answer::Flag(modifiers.command)),
                    ("shift", Answer::Flag(modifiers.shift)),
                    ("alt", Answer::Flag(modifiers.alt)),
                ];
                pass.link.post(Event::Changed(id, Answer::Record(fields)));
            }
            egui::Event::Text(text) => {
                let fields = vec![("kind", Answer::Text("text".into())), ("text", Answer::Text(text))];
                pass.link.post(Event::Changed(id, Answer::Record(fields)));
            }
            _ => {}
        }
    }
}

pub fn image_size(pixels: &Pixels) -> Vec2 {
    vec2(pixels.image.size[0] as f32, pixels.image.size[1] as f32)
}

/// A picture, as large as its place allows in its own proportions.
pub fn image(ui: &mut Ui, node: &Node, pixels: &Pixels, rect: Rect, memory: &mut Memory) -> Response {
    let seen = memory.canvases.entry(node.id).or_default();
    let texture = seen.texture(ui, 0, pixels);
    let size = image_size(pixels);
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    let place = Rect::from_center_size(rect.center(), size * scale);
    ui.painter().image(texture, place, WHOLE, Color32::WHITE);
    let response = interact(ui, node, rect, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name_of(node, "picture")));
    response
}
