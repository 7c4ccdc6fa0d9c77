//! How each kind of widget measures and draws itself, and what it does with the pointer and the keyboard.

mod button;
mod check;
mod choice;
mod collapsing;
mod field;
mod number;
mod overlay;
mod picker;
mod progress;
mod slider;

pub use collapsing::draw as collapsing;
pub use overlay::modal_frame;

use crate::style::{Display, Style};
use crate::tree::{Kind, Node};
use crate::view::text::{Face, galley};
use crate::view::{Layout, Memory, Pass, lay_out};
use egui::{Color32, Context, Id, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

/// The widgets in a node are laid out with it, and not by themselves.
pub fn lies_in_layout(node: &Node, memory: &Memory) -> bool {
    match node.kind {
        Kind::Box => !node.style.scrolls,
        Kind::Collapsing { starts_open, .. } => memory.open.get(&node.id).copied().unwrap_or(starts_open),
        _ => false,
    }
}

/// Stretching it would look wrong, unless its style asks for that.
pub fn keeps_its_width(node: &Node) -> bool {
    matches!(
        node.kind,
        Kind::Button { is_item: false, .. }
            | Kind::Checkbox { .. }
            | Kind::Radio { .. }
            | Kind::Combobox { .. }
            | Kind::NumberInput { .. }
            | Kind::Menu(_)
            | Kind::ColorPicker(_)
            | Kind::DatePicker { .. }
            | Kind::Image(_)
    )
}

/// The size that a widget wants, in a space whose sides may be infinite.
pub fn measure(context: &Context, memory: &Memory, node: &Node, face: Face, space: Vec2) -> Vec2 {
    let style = &*node.style;
    let size = natural(context, memory, node, face, space);
    // What can be narrower than it would like is so where there is less room.
    let narrowest = match &node.kind {
        Kind::Plot(_) | Kind::Figure(_) | Kind::Table(_) => 120.0,
        Kind::Log(_) | Kind::Outline(_) | Kind::Canvas(_) | Kind::Slider { .. } | Kind::TextInput { .. } => 80.0,
        Kind::Progress(_) => 40.0,
        Kind::Box if style.scrolls => 40.0,
        _ => return size,
    };
    vec2(size.x.min(space.x.max(narrowest)), size.y)
}

fn natural(context: &Context, memory: &Memory, node: &Node, face: Face, space: Vec2) -> Vec2 {
    let style = &*node.style;
    match &node.kind {
        Kind::Box if style.scrolls => {
            let width = if space.x.is_finite() { space.x } else { 240.0 };
            scrolled_layout(context, memory, node, face, vec2(width, 0.0)).size
        }
        Kind::Box => Vec2::ZERO,
        Kind::Label(text) => label_size(context, &text.now(), &face, style, space.x),
        Kind::Button { text, shortcut, is_item } => {
            button::size(context, &text.now(), face, style, shortcut.as_ref().filter(|_| *is_item))
        }
        Kind::TextInput { lines, .. } => field::size(*lines, style),
        Kind::Slider { label, .. } => slider::size(&label.now()),
        Kind::Checkbox { label, .. } => check::size(context, &label.now(), face, style),
        Kind::Progress(_) => progress::size(),
        Kind::Separator => vec2(1.0, 1.0),
        Kind::Radio { label, .. } => check::size(context, &label.now(), face, style),
        Kind::Combobox { .. } => choice::combobox_size(),
        Kind::TabBar { labels, .. } => choice::tabs_size(context, labels, face, style),
        Kind::Collapsing { .. } => Vec2::ZERO,
        Kind::NumberInput { .. } => number::size(),
        Kind::Table(table) => crate::rows::table_size(table),
        Kind::Log(_) => crate::rows::log_size(),
        Kind::Outline(outline) => crate::rows::outline_size(outline),
        Kind::Canvas(_) => vec2(320.0, 240.0),
        Kind::Image(pixels) => {
            let size = crate::canvas::image_size(pixels);
            size * (space.x / size.x).min(1.0)
        }
        Kind::Figure(source) => crate::figure::size(source, space.x),
        Kind::Menu(title) => overlay::menu_size(context, &title.now(), face, style),
        Kind::Modal { .. } => Vec2::ZERO,
        Kind::ColorPicker(_) => picker::color_size(),
        Kind::DatePicker { .. } => picker::date_size(),
        Kind::Plot(plot) => vec2(360.0, plot.height.unwrap_or(240.0)),
    }
}

/// Draws a widget and lets it be used.
pub fn draw(pass: &Pass<'_>, ui: &mut Ui, node: &Node, rect: Rect, face: Face, memory: &mut Memory) {
    let response = match &node.kind {
        Kind::Box | Kind::Collapsing { .. } => return,
        Kind::Label(text) => label(pass, ui, node, &text.now(), rect, face),
        Kind::Button { text, shortcut, is_item } => {
            let item = is_item.then_some(shortcut.as_ref());
            button::draw(pass, ui, node, &text.now(), item, rect, face, memory)
        }
        Kind::TextInput { .. } => field::draw(pass, ui, node, rect, face, memory),
        Kind::Slider { .. } => slider::draw(pass, ui, node, rect, memory),
        Kind::Checkbox { value, label } => check::draw(pass, ui, node, value, &label.now(), rect, face, memory),
        Kind::Progress(part) => progress::draw(pass, ui, node, part.as_ref(), rect),
        Kind::Separator => separator(pass, ui, node, rect),
        Kind::Radio { value, this, label } => {
            choice::radio(pass, ui, node, value, this, &label.now(), rect, face, memory)
        }
        Kind::Combobox { value, options } => choice::combobox(pass, ui, node, value, options, rect),
        Kind::TabBar { value, labels } => choice::tabs(pass, ui, node, value, labels, rect, face, memory),
        Kind::NumberInput { .. } => number::draw(pass, ui, node, rect, memory),
        Kind::Table(table) => crate::rows::draw_table(pass, ui, node, table, rect, memory),
        Kind::Log(log) => crate::rows::draw_log(pass, ui, node, log, rect, memory),
        Kind::Outline(outline) => crate::rows::draw_outline(pass, ui, node, outline, rect, memory),
        Kind::Canvas(canvas) => crate::canvas::draw(pass, ui, node, canvas, rect, face, memory),
        Kind::Image(pixels) => crate::canvas::image(ui, node, pixels, rect, memory),
        Kind::Figure(source) => crate::figure::draw(pass, ui, node, source, rect, memory),
        Kind::Menu(title) => overlay::menu(pass, ui, node, &title.now(), rect, face, memory),
        Kind::Modal { value, title } => overlay::modal(pass, ui, node, value, title, face, memory),
        Kind::ColorPicker(value) => picker::color(pass, ui, node, value, rect, face, memory),
        Kind::DatePicker { value, range } => picker::date(pass, ui, node, value, *range, rect, face, memory),
        Kind::Plot(plot) => crate::plot::draw(pass, ui, node, plot, rect, memory),
    };
    if let Some(tooltip) = &node.tooltip {
        response.on_hover_text(&**tooltip);
    }
}

/// Lays out what lies in a box that scrolls.
pub fn scrolled_layout(context: &Context, memory: &Memory, node: &Node, face: Face, space: Vec2) -> Layout {
    let plain = Style {
        display: Some(node.style.display.unwrap_or(Display::Column)),
        items: node.style.items,
        justify: node.style.justify,
        gap: node.style.gap,
        wraps: node.style.wraps,
        grid_columns: node.style.grid_columns,
        ..Style::default()
    };
    lay_out(context, memory, node, Some(plain), face, space, [true, false])
}

/// What a widget is called, for those who do not see it.
pub fn name_of(node: &Node, shown: &str) -> String {
    node.name.as_deref().unwrap_or(shown).to_owned()
}

/// A widget's place on the screen, as something that can be pointed at or focused.
pub fn interact(ui: &Ui, node: &Node, rect: Rect, sense: Sense) -> Response {
    ui.interact(rect, id_of(node), sense)
}

pub fn id_of(node: &Node) -> Id {
    crate::view::id_of(node)
}

/// Text of a widget that is one line.
pub fn line(context: &Context, text: &str, face: &Face, style: &Style, color: Color32) -> std::sync::Arc<egui::Galley> {
    galley(context, text, face, style, color, f32::INFINITY)
}

/// Padding and border around the text of a label.
fn label_padding(style: &Style) -> ([f32; 4], Vec2) {
    let side = |index: usize| style.padding[index].unwrap_or(0.0) + style.border_width[index].unwrap_or(0.0);
    let sides = [side(0), side(1), side(2), side(3)];
    (sides, vec2(sides[1] + sides[3], sides[0] + sides[2]))
}

fn label_size(context: &Context, text: &str, face: &Face, style: &Style, width: f32) -> Vec2 {
    let (_, padding) = label_padding(style);
    // Left as wide as it is, whatever the alignment: a line that is laid out at its end has no width of its own.
    let face = Face { align: crate::style::TextAlign::Left, ..*face };
    let galley = galley(context, text, &face, style, Color32::WHITE, (width - padding.x).max(0.0));
    // Rounding must not make it wrap.
    vec2(galley.size().x.ceil() + 1.0, galley.size().y.ceil().max(face.line)) + padding
}

fn label(pass: &Pass<'_>, ui: &mut Ui, node: &Node, text: &str, rect: Rect, face: Face) -> Response {
    use crate::style::TextAlign;
    pass.frame(ui, rect, &node.style, &node.style.colors);
    let ([top, right, _, left], padding) = label_padding(&node.style);
    let color = if ui.is_enabled() { face.color(pass.tokens) } else { pass.tokens.text_disabled };
    let galley = galley(pass.context, text, &face, &node.style, color, (rect.width() - padding.x).max(0.0));
    let x = match face.align {
        TextAlign::Left => rect.left() + left,
        TextAlign::Center => rect.center().x,
        TextAlign::Right => rect.right() - right,
    };
    let y = rect.top() + top + ((rect.height() - padding.y - galley.size().y) / 2.0).max(0.0);
    ui.painter().galley(egui::pos2(x, y), galley, color);
    let response = interact(ui, node, rect, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), text));
    if let Some(name) = &node.name {
        ui.ctx().accesskit_node_builder(response.id, |builder| builder.set_label(&**name));
    }
    response
}

fn separator(pass: &Pass<'_>, ui: &mut Ui, node: &Node, rect: Rect) -> Response {
    let line = if rect.width() >= rect.height() {
        Rect::from_min_size(rect.min, vec2(rect.width(), 1.0))
    } else {
        Rect::from_min_size(rect.min, vec2(1.0, rect.height()))
    };
    let color = node.style.colors.background.map_or(pass.tokens.stroke_subtle, |paint| paint.color(pass.tokens));
    ui.painter().rect_filled(line, 0.0, color);
    let response = interact(ui, node, rect, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, name_of(node, "separator")));
    response
}
