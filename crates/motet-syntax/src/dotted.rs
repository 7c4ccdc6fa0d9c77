//! Chains of method calls as `.gene` writes them: `(xs .filter f .map g)`, `(p ?.name)`.
//!
//! A node whose first child is a symbol `.name` is a method call; the compiler reads it as it stands. Here is what is longer
//! than that.

use crate::form::{Form, Node};

/// A chain of several calls, or one that null ends, as nested calls; nothing for any other node.
pub fn normalize(node: &Node) -> Option<Form> {
    let first = link(node.children.first()?)?;
    let is_longer = node.children.iter().skip(1).any(|child| link(child).is_some());
    if !first.optional && !is_longer {
        return None;
    }
    let mut call = node.head.clone();
    let mut rest = &node.children[..];
    while let Some((mark, after)) = rest.split_first() {
        let link = link(mark)?;
        let count = after.iter().position(|child| self::link(child).is_some()).unwrap_or(after.len());
        let (arguments, next) = after.split_at(count);
        // The properties stand among the last call's arguments.
        let props = if next.is_empty() { node.props.clone() } else { Vec::new() };
        let span = node.head.span.to(arguments.last().map_or(mark.span, |last| last.span));
        call = if link.optional {
            let mut children = vec![call, Form::symbol(link.name, mark.span)];
            children.extend_from_slice(arguments);
            Form::node_with(Form::symbol("@method?", mark.span), props, children, span)
        } else {
            let mut children = vec![mark.clone()];
            children.extend_from_slice(arguments);
            Form::node_with(call, props, children, span)
        };
        rest = next;
    }
    Some(call)
}

struct ChainLink<'f> {
    name: &'f str,
    optional: bool,
}

/// `.name` or `?.name`.
fn link(form: &Form) -> Option<ChainLink<'_>> {
    let symbol = form.as_symbol()?;
    let (optional, name) = match symbol.strip_prefix("?.") {
        Some(name) => (true, name),
        None => (false, symbol.strip_prefix('.')?),
    };
    (!name.is_empty() && !name.starts_with('.')).then_some(ChainLink { name, optional })
}
