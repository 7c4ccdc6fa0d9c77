//! Ways from a value to something inside it, for messages: `.items[3].handle`.

use super::header::Header;
use super::print::{Notation, PrintOptions, print_value};
use super::trace::{Edge, visit_children};
use super::value::Value;
use std::fmt::Write;
use std::ptr::NonNull;

/// Why something cannot be frozen or sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The way from the value to the part that is to blame, such as `.items[3].handle`; empty for the value itself.
    pub path: String,
    /// What it is, such as "an open generator".
    pub reason: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = if self.path.is_empty() { "it" } else { &self.path };
        write!(formatter, "{path} is {}", self.reason)
    }
}

impl std::error::Error for Refusal {}

/// A place in a walk over a graph: an object, and from which other object's how-manieth child the walk came to it.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub object: NonNull<Header>,
    /// Number of the step that led here; the first one is its own.
    pub from: u32,
    pub child: u32,
}

/// The path to the `child`th child of a step's object.
///
/// # Safety
/// The objects of the steps are alive and have not changed since the walk.
pub(super) unsafe fn path_to(steps: &[Step], mut from: u32, mut child: u32) -> String {
    let mut parts = Vec::new();
    loop {
        let step = steps[from as usize];
        let mut number = 0;
        // SAFETY: the caller's promise.
        unsafe {
            visit_children(step.object, &mut |edge, _| {
                if number == child {
                    parts.push(describe(edge, step.object));
                }
                number += 1;
            });
        }
        if step.from == from {
            break;
        }
        (from, child) = (step.from, step.child);
    }
    parts.reverse();
    parts.concat()
}

fn describe(edge: Edge, object: NonNull<Header>) -> String {
    // Keys that are containers are not printed: foreign code might run in the middle of the walk.
    let key_text = |key: &Value| match key.tag().is_traced() {
        true => "…".into(),
        false => print_value(key, &PrintOptions { limit: 60, ..PrintOptions::quoted(Notation::Soc) }),
    };
    match edge {
        Edge::Item(at) => format!("[{at}]"),
        Edge::Field(name) => format!(".{}", name.as_str()),
        Edge::Member(name) => format!(".{}", name.as_str()),
        Edge::ValueOf(key) => format!("[{}]", key_text(key)),
        Edge::Key(key) => format!("'s key {}", key_text(key)),
        Edge::Class => "'s class".into(),
        Edge::Parent => "'s parent".into(),
        Edge::Captured(at) => {
            let mut text = String::from("'s variable");
            // SAFETY: only closures have captures, and the caller of `path_to` keeps the object alive.
            let closure = unsafe { object.cast::<super::Closure>().as_ref() };
            if let Some(name) = closure.function().capture_names.get(at) {
                let _ = write!(text, " {name}");
            }
            text
        }
        Edge::Receiver => "'s receiver".into(),
        Edge::Method => "'s method".into(),
        Edge::Head => ".head".into(),
        // A cell is its variable; a node's properties and children are shown as the node's own.
        Edge::Variable | Edge::Properties | Edge::Children | Edge::Inside => String::new(),
    }
}
