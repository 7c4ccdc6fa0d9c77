//! Where everything goes: the boxes of a tree as flexible boxes and grids of CSS, laid out by taffy. Each area that scrolls
//! is laid out by itself, as high as it likes.

use super::Memory;
use super::text::Face;
use crate::style::{Align, Display, Justify, Length, Style};
use crate::tree::{Kind, Node, NodeId};
use crate::widgets;
use egui::{Context, Vec2, pos2, vec2};
use std::collections::HashMap;
use taffy::prelude::{
    AlignItems, AvailableSpace, Dimension, FlexDirection, FlexWrap, JustifyContent, Line, Size, TaffyTree, auto, fr,
    length, minmax, percent, span, zero,
};

/// Where the widgets of one area lie, from its corner.
#[derive(Default)]
pub struct Layout {
    pub rects: HashMap<NodeId, egui::Rect>,
    pub size: Vec2,
}

/// What is known of a node while it is laid out.
struct NodeContext<'a> {
    node: &'a Node,
    face: Face,
}

/// Lays out the widgets of an area: `root` itself, and what lies in it. `own`: its style instead of its own. `fills`: it is
/// as wide, or high, as the space.
pub fn lay_out(
    context: &Context,
    memory: &Memory,
    root: &Node,
    own: Option<Style>,
    face: Face,
    space: Vec2,
    fills: [bool; 2],
) -> Layout {
    let mut tree: TaffyTree<NodeContext<'_>> = TaffyTree::new();
    let top = add(&mut tree, memory, root, own.as_ref(), face, None);
    let mut style = tree.style(top).cloned().unwrap_or_default();
    // The area decides how large its root is.
    style.size = Size {
        width: if fills[0] { length(space.x) } else { auto() },
        height: if fills[1] { length(space.y) } else { auto() },
    };
    style.margin = taffy::Rect { left: zero(), right: zero(), top: zero(), bottom: zero() };
    let measure = |known: Size<Option<f32>>,
                   available: Size<AvailableSpace>,
                   _,
                   about: Option<&mut NodeContext<'_>>,
                   _: &taffy::Style| {
        // An area without widgets is a leaf of its own layout: it has no size of its own.
        let Some(about) = about.filter(|about| !std::ptr::eq(about.node, root)) else { return Size::ZERO };
        let limit = |known: Option<f32>, available: AvailableSpace| match (known, available) {
            (Some(known), _) => known,
            (None, AvailableSpace::Definite(space)) => space,
            (None, AvailableSpace::MinContent) => 0.0,
            (None, AvailableSpace::MaxContent) => f32::INFINITY,
        };
        let space = vec2(limit(known.width, available.width), limit(known.height, available.height));
        let size = widgets::measure(context, memory, about.node, about.face, space);
        Size { width: known.width.unwrap_or(size.x), height: known.height.unwrap_or(size.y) }
    };
    let available = Size { width: AvailableSpace::Definite(space.x), height: AvailableSpace::MaxContent };
    let mut layout = Layout::default();
    // Nodes that were just made are all there.
    if tree.set_style(top, style).is_err() || tree.compute_layout_with_measure(top, available, measure).is_err() {
        return layout;
    }
    gather(&tree, top, pos2(0.0, 0.0), &mut layout);
    layout.size = tree.layout(top).map_or(Vec2::ZERO, |at| vec2(at.size.width, at.size.height));
    layout
}

fn gather(tree: &TaffyTree<NodeContext<'_>>, at: taffy::NodeId, origin: egui::Pos2, layout: &mut Layout) {
    let Ok(place) = tree.layout(at) else { return };
    let corner = origin + vec2(place.location.x, place.location.y);
    let rect = egui::Rect::from_min_size(corner, vec2(place.size.width, place.size.height));
    if let Some(about) = tree.get_node_context(at) {
        layout.rects.insert(about.node.id, rect);
    }
    for child in tree.children(at).unwrap_or_default() {
        gather(tree, child, corner, layout);
    }
}

fn add<'a>(
    tree: &mut TaffyTree<NodeContext<'a>>,
    memory: &Memory,
    node: &'a Node,
    own: Option<&Style>,
    face: Face,
    parent: Option<&Style>,
) -> taffy::NodeId {
    let face = face.with(&node.style);
    let style = taffy_style(node, own.unwrap_or(&node.style), parent);
    let children: Vec<taffy::NodeId> = match own.is_some() || widgets::lies_in_layout(node, memory) {
        true => {
            let shown = node.children.iter().filter(|child| child.style.display != Some(Display::Hidden));
            shown.map(|child| add(tree, memory, child, None, face, Some(&node.style))).collect()
        }
        false => Vec::new(),
    };
    let id = tree.new_with_children(style, &children).expect("its children were just made");
    tree.set_node_context(id, Some(NodeContext { node, face })).expect("it was just made");
    id
}

fn dimension(length_: Option<Length>) -> Dimension {
    match length_ {
        None | Some(Length::Auto) => auto(),
        Some(Length::Pixels(pixels)) => length(pixels),
        Some(Length::Part(part)) => percent(part),
    }
}

fn align(align: Align) -> AlignItems {
    match align {
        Align::Start => AlignItems::FlexStart,
        Align::Center => AlignItems::Center,
        Align::End => AlignItems::FlexEnd,
        Align::Stretch => AlignItems::Stretch,
        Align::Baseline => AlignItems::Baseline,
    }
}

fn taffy_style(node: &Node, style: &Style, parent: Option<&Style>) -> taffy::Style {
    let is_box = matches!(node.kind, Kind::Box);
    let display = style.display.unwrap_or_default();
    let is_row = matches!(display, Display::Row | Display::RowReverse);
    let side = |index: usize| style.padding[index].unwrap_or(0.0) + style.border_width[index].unwrap_or(0.0);
    let margin = |index: usize| match style.margin[index] {
        _ if style.margin_auto[index] => auto(),
        pixels => length(pixels.unwrap_or(0.0)),
    };
    // Rows of a form have air between them, unless the style says how much.
    let gap = |axis: usize| length(style.gap[axis].unwrap_or(if is_box { 8.0 } else { 0.0 }));
    let own_align = style.own_align.or_else(|| {
        let parent = parent?;
        let stacks = matches!(parent.display.unwrap_or_default(), Display::Column | Display::ColumnReverse);
        // A button is as wide as its words, unless its style makes it wider.
        (parent.items.is_none() && stacks && widgets::keeps_its_width(node)).then_some(Align::Start)
    });
    let mut taffy = taffy::Style {
        display: match display {
            Display::Grid => taffy::Display::Grid,
            _ => taffy::Display::Flex,
        },
        flex_direction: match display {
            Display::Row => FlexDirection::Row,
            Display::RowReverse => FlexDirection::RowReverse,
            Display::ColumnReverse => FlexDirection::ColumnReverse,
            _ => FlexDirection::Column,
        },
        flex_wrap: if style.wraps { FlexWrap::Wrap } else { FlexWrap::NoWrap },
        flex_grow: style.grow.unwrap_or(0.0),
        flex_shrink: style.shrink.unwrap_or(1.0),
        flex_basis: dimension(style.basis),
        align_items: style.items.map(align).or(is_row.then_some(AlignItems::Center)),
        align_self: own_align.map(align),
        justify_content: style.justify.map(|justify| match justify {
            Justify::Start => JustifyContent::FlexStart,
            Justify::Center => JustifyContent::Center,
            Justify::End => JustifyContent::FlexEnd,
            Justify::Between => JustifyContent::SpaceBetween,
            Justify::Around => JustifyContent::SpaceAround,
            Justify::Evenly => JustifyContent::SpaceEvenly,
        }),
        gap: Size { width: gap(0), height: gap(1) },
        size: Size { width: dimension(style.width), height: dimension(style.height) },
        min_size: Size { width: dimension(style.min[0]), height: dimension(style.min[1]) },
        max_size: Size { width: dimension(style.max[0]), height: dimension(style.max[1]) },
        margin: taffy::Rect { top: margin(0), right: margin(1), bottom: margin(2), left: margin(3) },
        ..taffy::Style::default()
    };
    if let Kind::Collapsing { .. } = node.kind {
        // Below its head, and indented.
        taffy.padding = taffy::Rect { top: length(36.0), right: zero(), bottom: length(4.0), left: length(22.0) };
        taffy.min_size.height = length(28.0);
        taffy.gap = Size { width: length(8.0), height: length(8.0) };
    }
    let fills = match &node.kind {
        Kind::Plot(plot) => plot.height.is_none(),
        Kind::Table(_) | Kind::Log(_) | Kind::Outline(_) => true,
        _ => false,
    };
    if fills && style.height.is_none() && style.grow.is_none() {
        // What shows data takes the room that there is.
        taffy.flex_grow = 1.0;
    }
    if let Kind::Modal { .. } = node.kind {
        // It lies above the rest, and takes no place in it.
        taffy.position = taffy::Position::Absolute;
    }
    if style.scrolls || style.clips {
        let overflow = if style.scrolls { taffy::Overflow::Scroll } else { taffy::Overflow::Hidden };
        taffy.overflow = taffy::Point { x: overflow, y: overflow };
        if style.scrolls && style.height.is_none() && style.grow.is_none() {
            taffy.flex_grow = 1.0;
        }
    }
    if is_box {
        let pad = |index: usize| length(side(index));
        taffy.padding = taffy::Rect { top: pad(0), right: pad(1), bottom: pad(2), left: pad(3) };
    }
    if display == Display::Grid {
        let columns = style.grid_columns.unwrap_or(1);
        taffy.grid_template_columns = vec![minmax(length(0.0), fr(1.0)); usize::from(columns)];
    }
    if let Some(count) = style.column_span {
        taffy.grid_column = Line { start: taffy::GridPlacement::Auto, end: span(count) };
    }
    taffy
}
