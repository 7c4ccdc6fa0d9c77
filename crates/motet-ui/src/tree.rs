//! What a window shows: an immutable tree of widgets, built on a program's thread and shown on the UI thread. It holds no
//! values of any isolate: texts, numbers, and bindings to signals.

use crate::binding::Binding;
use crate::canvas::{Canvas, Pixels};
use crate::plot::Plot;
use crate::rows::{Log, Outline, Table};
use crate::style::Style;
use motet_vm::memory::Frozen;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Tells widgets of one window apart, and stays the same from one build to the next: it follows from the place in the tree
/// and the key, if there is one.
pub type NodeId = u64;

/// A part of a widget that calls a function of its own.
pub fn part(id: NodeId, name: &str) -> NodeId {
    let mut hasher = DefaultHasher::new();
    (id, name).hash(&mut hasher);
    hasher.finish()
}

/// The widgets of a window.
pub struct Tree {
    pub root: Node,
}

/// A widget, or a box of them.
pub struct Node {
    pub id: NodeId,
    pub kind: Kind,
    pub style: Arc<Style>,
    pub children: Vec<Node>,
    /// What it is called, for those who do not see it and for tests; what it shows, if nothing else was said.
    pub name: Option<Box<str>>,
    pub tooltip: Option<Box<str>>,
    pub is_disabled: bool,
}

/// Text that stands still, or follows a signal.
#[derive(Clone)]
pub enum Text {
    Fixed(Box<str>),
    Bound(Arc<Binding>),
}

impl Text {
    /// The text as it is now.
    pub fn now(&self) -> String {
        match self {
            Text::Fixed(text) => text.to_string(),
            Text::Bound(binding) => binding.text(),
        }
    }
}

/// A number that stands still, or follows a signal.
#[derive(Clone)]
pub enum Number {
    Fixed(f64),
    Bound(Arc<Binding>),
}

impl Number {
    /// The number as it is now; none for what is no number.
    pub fn now(&self) -> Option<f64> {
        match self {
            Number::Fixed(number) => Some(*number),
            Number::Bound(binding) => binding.number(),
        }
    }
}

/// What a widget is.
pub enum Kind {
    Box,
    Label(Text),
    Button {
        text: Text,
        /// Pressing it is as a click.
        shortcut: Option<egui::KeyboardShortcut>,
        /// It lies in a menu.
        is_item: bool,
    },
    TextInput {
        value: Arc<Binding>,
        lines: Option<u32>,
        hint: Box<str>,
        is_secret: bool,
        submits: bool,
    },
    Slider {
        value: Arc<Binding>,
        low: f64,
        high: f64,
        step: Option<f64>,
        label: Text,
    },
    Checkbox {
        value: Arc<Binding>,
        label: Text,
    },
    /// The part that is done; none: unknown.
    Progress(Option<Number>),
    Separator,
    /// One of several that exclude each other.
    Radio {
        value: Arc<Binding>,
        this: Frozen,
        label: Text,
    },
    /// A choice among values, each with what it shows.
    Combobox {
        value: Arc<Binding>,
        options: Vec<(Box<str>, Frozen)>,
    },
    /// The heads of tabs; the signal holds the number of the open one.
    TabBar {
        value: Arc<Binding>,
        labels: Vec<Box<str>>,
    },
    /// A box that opens and closes.
    Collapsing {
        title: Text,
        starts_open: bool,
    },
    /// A field for a number.
    NumberInput {
        value: Arc<Binding>,
        range: [f64; 2],
        step: f64,
        unit: Box<str>,
        /// Without a box: the number alone.
        is_plain: bool,
    },
    Plot(Box<Plot>),
    Table(Box<Table>),
    Log(Box<Log>),
    Outline(Box<Outline>),
    Canvas(Box<Canvas>),
    Image(Pixels),
    Figure(Box<crate::figure::Source>),
    /// A button that opens what lies in it.
    Menu(Text),
    /// A box above all else, while the signal holds true.
    Modal {
        value: Arc<Binding>,
        title: Box<str>,
    },
    ColorPicker(Arc<Binding>),
    /// The first and the last day that can be chosen.
    DatePicker {
        value: Arc<Binding>,
        range: [Option<i64>; 2],
    },
}

impl Kind {
    /// What a kind is called: for identities, and in the list of widgets.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Box => "ui_box",
            Kind::Label(_) => "ui_label",
            Kind::Button { .. } => "ui_button",
            Kind::TextInput { .. } => "ui_text_input",
            Kind::Slider { .. } => "ui_slider",
            Kind::Checkbox { .. } => "ui_checkbox",
            Kind::Progress(_) => "ui_progress_bar",
            Kind::Radio { .. } => "ui_radio",
            Kind::Combobox { .. } => "ui_combobox",
            Kind::TabBar { .. } => "ui_tabs",
            Kind::Collapsing { .. } => "ui_collapsing",
            Kind::NumberInput { is_plain: false, .. } => "ui_number_input",
            Kind::NumberInput { .. } => "ui_drag_value",
            Kind::Table(_) => "ui_table",
            Kind::Log(_) => "ui_log_view",
            Kind::Outline(_) => "ui_tree",
            Kind::Canvas(_) => "ui_canvas",
            Kind::Image(_) => "ui_image",
            Kind::Figure(_) => "ui_figure",
            Kind::Menu(_) => "ui_menu",
            Kind::Modal { .. } => "ui_modal",
            Kind::ColorPicker(_) => "ui_color_picker",
            Kind::DatePicker { .. } => "ui_date_picker",
            Kind::Plot(_) => "ui_plot",
            Kind::Separator => "ui_separator",
        }
    }
}
