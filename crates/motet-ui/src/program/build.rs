//! The tree that is being built: natives open boxes, add widgets and close boxes, as the program's function calls them.

use crate::link::WindowLink;
use crate::style::{self, Style};
use crate::tree::{Kind, Node, NodeId, Tree, part};
use motet_vm::interface::Building;
use motet_vm::memory::Value;
use motet_vm::{Context, Error, ErrorKind, Result};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Boxes inside each other, at most: what walks a tree may recurse.
const MAX_DEPTH: usize = 128;
/// Widgets of one window, at most.
const MAX_WIDGETS: usize = 200_000;

/// See the module. It belongs to the task that builds; the lock is never waited for.
pub struct Builder {
    pub link: Arc<WindowLink>,
    /// What was clicked, and is true in this build.
    clicked: HashSet<NodeId>,
    state: Mutex<State>,
}

struct State {
    open: Vec<Open>,
    widgets: usize,
    styles: HashMap<Box<str>, Arc<Style>>,
    /// Functions to call when something is done to a widget, by their places in the list that goes with the build.
    callbacks: HashMap<NodeId, usize>,
}

/// A box whose widgets are being added.
struct Open {
    id: NodeId,
    node: Option<Node>,
    children: Vec<Node>,
    /// How many widgets of a kind there have been.
    counts: HashMap<&'static str, u32>,
}

/// What widgets have in common.
#[derive(Default)]
pub struct Common {
    pub style: Option<Arc<Style>>,
    pub key: Option<String>,
    pub name: Option<String>,
    pub tooltip: Option<String>,
    pub is_disabled: bool,
    pub callback: Option<Value>,
    /// Functions of parts of the widget, by the names of the parts.
    pub parts: Vec<(&'static str, Value)>,
}

/// What a build came to.
pub struct Built {
    pub tree: Arc<Tree>,
    pub callbacks: HashMap<NodeId, usize>,
}

const ROOT: NodeId = 1;

impl Builder {
    pub fn new(link: Arc<WindowLink>, clicked: HashSet<NodeId>) -> Builder {
        let root = Open { id: ROOT, node: None, children: Vec::new(), counts: HashMap::new() };
        let state = State { open: vec![root], widgets: 0, styles: HashMap::new(), callbacks: HashMap::new() };
        Builder { link, clicked, state: Mutex::new(state) }
    }

    /// The builder of the running task, and the list of its callbacks.
    pub fn of(context: &Context<'_>, function: &str) -> Result<(Arc<Builder>, Value)> {
        let building = context.building().and_then(|Building { interface, kept }| Some((interface.get()?, kept)));
        building.ok_or_else(|| {
            Error::new(ErrorKind::ValueError, format!("{function} adds to a window, and no window is being built here"))
                .with_hint("call it in the function that is given to gui_run, or in one that that calls")
        })
    }

    /// A style, read once in a build however often it is used.
    pub fn style(&self, text: &str) -> Arc<Style> {
        if let Some(style) = self.state.lock().styles.get(text) {
            return style.clone();
        }
        let (style, unknown) = style::parse(text);
        for class in unknown {
            let known: Vec<String> = style::known_classes().collect();
            let similar = motet_vm::nearest(class, known.iter().map(String::as_str));
            let hint = similar.map_or(String::new(), |similar| format!("; did you mean {similar}?"));
            self.link.display.warn(&format!("no style is named {class}{hint}"));
        }
        let style = Arc::new(style);
        self.state.lock().styles.insert(text.into(), style.clone());
        style
    }

    /// Adds a widget without widgets inside; true if it was clicked.
    pub fn add(&self, kind: Kind, common: Common, kept: &Value, context: &Context<'_>) -> Result<bool> {
        let node = self.node(kind, common, kept, context)?;
        let id = node.id;
        let mut state = self.state.lock();
        let parent = state.open.last_mut().expect("the root stays open");
        parent.children.push(node);
        Ok(self.clicked.contains(&id))
    }

    /// Opens a box; what is added from now on lies in it. Gives the depth to close it with.
    pub fn open(&self, kind: Kind, common: Common, kept: &Value, context: &Context<'_>) -> Result<usize> {
        let node = self.node(kind, common, kept, context)?;
        let mut state = self.state.lock();
        if state.open.len() >= MAX_DEPTH {
            return Err(Error::new(ErrorKind::LimitError, format!("boxes are nested more than {MAX_DEPTH} deep")));
        }
        state.open.push(Open { id: node.id, node: Some(node), children: Vec::new(), counts: HashMap::new() });
        Ok(state.open.len())
    }

    /// Closes the box that was opened at this depth, and those inside it that an error left open.
    pub fn close(&self, depth: usize) {
        let mut state = self.state.lock();
        while state.open.len() >= depth.max(2) {
            let Some(Open { node: Some(mut node), children, .. }) = state.open.pop() else { break };
            node.children = children;
            state.open.last_mut().expect("the root stays open").children.push(node);
        }
    }

    /// What is added now lies in a menu.
    pub fn is_in_menu(&self) -> bool {
        let state = self.state.lock();
        state.open.iter().any(|open| open.node.as_ref().is_some_and(|node| matches!(node.kind, Kind::Menu(_))))
    }

    fn node(&self, kind: Kind, common: Common, kept: &Value, context: &Context<'_>) -> Result<Node> {
        let mut state = self.state.lock();
        state.widgets += 1;
        if state.widgets > MAX_WIDGETS {
            return Err(Error::new(ErrorKind::LimitError, format!("a window has at most {MAX_WIDGETS} widgets"))
                .with_hint(
                    "ui_table and ui_log_view show any number of rows, of which they make only those that are seen",
                ));
        }
        let parent = state.open.last_mut().expect("the root stays open");
        let mut hasher = DefaultHasher::new();
        (parent.id, kind.name()).hash(&mut hasher);
        match &common.key {
            Some(key) => key.hash(&mut hasher),
            None => {
                let count = parent.counts.entry(kind.name()).or_default();
                *count += 1;
                count.hash(&mut hasher);
            }
        }
        let id = hasher.finish();
        let own = common.callback.map(|callback| (id, callback));
        let parts = common.parts.into_iter().map(|(name, callback)| (part(id, name), callback));
        for (id, callback) in own.into_iter().chain(parts) {
            let list = kept.as_list().expect("a build has a list for its callbacks");
            state.callbacks.insert(id, list.length());
            list.push(callback, context.heap())
                .map_err(|_| Error::type_error("the window's callbacks cannot be kept"))?;
        }
        Ok(Node {
            id,
            kind,
            style: common.style.unwrap_or_default(),
            children: Vec::new(),
            name: common.name.map(Into::into),
            tooltip: common.tooltip.map(Into::into),
            is_disabled: common.is_disabled,
        })
    }

    /// What was built.
    pub fn finish(&self) -> Built {
        self.close(2);
        let mut state = self.state.lock();
        let root = state.open.first_mut().expect("the root stays open");
        let children = std::mem::take(&mut root.children);
        let root = Node {
            id: ROOT,
            kind: Kind::Box,
            style: Arc::default(),
            children,
            name: None,
            tooltip: None,
            is_disabled: false,
        };
        Built { tree: Arc::new(Tree { root }), callbacks: std::mem::take(&mut state.callbacks) }
    }
}
