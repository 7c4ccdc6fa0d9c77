//! Chains of method calls as `.gene` writes them: `(xs .filter f .map g)`, `(p ?.name)`.
//!
//! A node whose first child is a symbol `.name` is a method call; the compiler reads it as it stands. Here is what is longer
//! than that.

use crate::form::{Form, FormKind, Node};
use crate::infix;
use crate::soc::needs_explicit_call;
use crate::soc::token::is_plain_name;

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

/// A method call as `.gene` writes it, `(xs .map f)`, for `(@method xs map f)`; nothing where that would mean something else.
pub fn of_method(node: &Node) -> Option<Form> {
    let mark = match node.head.as_symbol()? {
        "@method" => ".",
        "@method?" => "?.",
        _ => return None,
    };
    let [receiver, name, arguments @ ..] = &node.children[..] else { return None };
    let name_text = name.as_symbol()?;
    // Without anything behind it, `(p .x)` may be a field; of a literal it is none.
    let is_literal = matches!(
        receiver.kind,
        FormKind::Str(_) | FormKind::Int(_) | FormKind::Float(_) | FormKind::List(_) | FormKind::Bool(_)
    );
    let is_plain = !arguments.is_empty() || !node.props.is_empty() || is_literal;
    let is_word =
        matches!(receiver.as_symbol(), Some("assert" | "await" | "rec" | "scope" | "spawn" | "spawn_return" | "not"));
    let is_taken = is_word || needs_explicit_call(receiver, None) || arguments.iter().any(|form| link(form).is_some());
    if !is_plain || is_taken || !is_plain_name(name_text) {
        return None;
    }
    let mut children = vec![Form::symbol(format!("{mark}{name_text}"), name.span)];
    children.extend_from_slice(arguments);
    let written = Node { head: receiver.clone(), props: node.props.clone(), children };
    let span = receiver.span.to(name.span);
    (!infix::is_infix(&written)).then(|| Form::new(FormKind::Node(Box::new(written)), span))
}

struct ChainLink<'f> {
    name: &'f str,
    optional: bool,
}

/// Whether a form is the mark and the name of a method.
pub(crate) fn is_link(form: &Form) -> bool {
    link(form).is_some()
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

#[cfg(test)]
mod tests {
    use super::of_method;
    use crate::{parse_gene, parse_soc, print_gene};

    #[test]
    fn a_method_call_has_a_dot() {
        let written = |soc: &str| {
            let forms = parse_soc(soc).forms;
            let form = of_method(forms[0].as_node().expect("a call")).unwrap_or_else(|| forms[0].clone());
            let text = print_gene(&form);
            assert_eq!(parse_gene(&text).forms, [form], "{soc}");
            text
        };
        assert_eq!(written("p.f(1)"), "(p .f 1)");
        assert_eq!(written("p.f(k: 2)"), "(p .f ^k 2)");
        assert_eq!(written("p?.f(1)"), "(p ?.f 1)");
        assert_eq!(written("f(1).g(2)"), "((f 1) .g 2)");
        assert_eq!(written("\"a\".upper()"), "(\"a\" .upper)");
        assert_eq!(written("[1].map(f)"), "([1] .map f)");
        assert_eq!(written("super.f(1)"), "(super .f 1)");
        // Here it would be a field, a special form, or another call.
        assert_eq!(written("p.f()"), "p/.f");
        assert_eq!(written("select.f(1)"), "(@method select f 1)");
        assert_eq!(written("spawn.f(1)"), "(@method spawn f 1)");
        assert_eq!(written("p.f(`.g`)"), "(@method p f .g)");
    }
}
