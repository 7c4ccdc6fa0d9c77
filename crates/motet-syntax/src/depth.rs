//! How deep forms may be.
//!
//! A walk over forms may recurse, because no reader hands out deeper ones: the limit is chosen so that a walk of
//! several large frames a level still fits the 2 MiB stack of a thread in an unoptimised build. What builds forms by
//! program (macros) checks with `place_deeper_than` before it hands them on.

use crate::diagnostic::Diagnostic;
use crate::form::{Entry, Form, FormKind, Span};
use crate::infix;

/// The deepest nesting of source, and of the forms made from it.
pub const MAX_DEPTH: usize = 256;

/// The error for what is nested deeper than `MAX_DEPTH`.
pub(crate) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(format!("this is nested more than {MAX_DEPTH} levels deep"), span)
        .label("from here on nothing of it was read")
        .hint("name inner parts with `let` or move them into functions; large data belongs in a file that the program reads")
}

/// Puts null for whatever is deeper than `MAX_DEPTH` in forms that were read from a text, and returns the place of the
/// first cut. What has no parts adds no depth.
pub(crate) fn cut_too_deep(forms: &mut [Form]) -> Option<Span> {
    let mut place: Option<Span> = None;
    let mut pending: Vec<(&mut Form, usize)> = forms.iter_mut().map(|form| (form, 1)).collect();
    while let Some((form, depth)) = pending.pop() {
        let inner = depth + extra_depth(form);
        if inner > MAX_DEPTH && !is_leaf(form) {
            let span = form.span;
            if place.is_none_or(|place| span.start < place.start) {
                place = Some(span);
            }
            discard(std::mem::replace(form, Form::null(span)));
            continue;
        }
        for_each_part_mut(form, |part| {
            if can_reach_limit(part, inner + 1) {
                pending.push((part, inner + 1));
            }
        });
    }
    place
}

/// Whether a form at this depth is long enough to get too deep: every level takes at least a byte of source within the
/// form, or a mark beside it (`?` behind a type). This spares looking into all but the large forms.
fn can_reach_limit(form: &Form, depth: usize) -> bool {
    let length = (form.span.end - form.span.start) as usize;
    depth + 2 * length + 8 > MAX_DEPTH
}

/// The place of a form that is nested deeper than `limit`, if there is one. Uses no stack.
pub fn place_deeper_than(form: &Form, limit: usize) -> Option<Span> {
    let mut pending = vec![(form, 1)];
    while let Some((form, depth)) = pending.pop() {
        let inner = depth + extra_depth(form);
        if inner > limit && !is_leaf(form) {
            return Some(form.span);
        }
        for_each_part(form, |part| pending.push((part, inner + 1)));
    }
    None
}

/// Drops a form of any depth without using the stack.
pub fn discard(form: Form) {
    let mut pending = vec![form];
    while let Some(form) = pending.pop() {
        match form.kind {
            FormKind::List(items) => pending.extend(items),
            FormKind::Record(entries) => {
                for entry in entries {
                    match entry {
                        Entry::Named { value, .. } | Entry::Spread(value) => pending.push(value),
                        Entry::Computed { key, value } => pending.extend([key, value]),
                    }
                }
            }
            FormKind::Node(node) => {
                pending.push(node.head);
                pending.extend(node.props.into_iter().map(|prop| prop.value));
                pending.extend(node.children);
            }
            _ => {}
        }
    }
}

/// Infix that is still data gets deeper when the compiler brings it into prefix form.
fn extra_depth(form: &Form) -> usize {
    form.as_node().map_or(0, infix::extra_depth)
}

fn is_leaf(form: &Form) -> bool {
    !matches!(form.kind, FormKind::List(_) | FormKind::Record(_) | FormKind::Node(_))
}

fn for_each_part<'f>(form: &'f Form, mut visit: impl FnMut(&'f Form)) {
    match &form.kind {
        FormKind::List(items) => items.iter().for_each(visit),
        FormKind::Record(entries) => {
            for entry in entries {
                match entry {
                    Entry::Named { value, .. } | Entry::Spread(value) => visit(value),
                    Entry::Computed { key, value } => {
                        visit(key);
                        visit(value);
                    }
                }
            }
        }
        FormKind::Node(node) => {
            visit(&node.head);
            node.props.iter().for_each(|prop| visit(&prop.value));
            node.children.iter().for_each(visit);
        }
        _ => {}
    }
}

fn for_each_part_mut<'f>(form: &'f mut Form, mut visit: impl FnMut(&'f mut Form)) {
    match &mut form.kind {
        FormKind::List(items) => items.iter_mut().for_each(visit),
        FormKind::Record(entries) => {
            for entry in entries {
                match entry {
                    Entry::Named { value, .. } | Entry::Spread(value) => visit(value),
                    Entry::Computed { key, value } => {
                        visit(key);
                        visit(value);
                    }
                }
            }
        }
        FormKind::Node(node) => {
            visit(&mut node.head);
            node.props.iter_mut().for_each(|prop| visit(&mut prop.value));
            node.children.iter_mut().for_each(visit);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Form {
        let span = |level: usize| Span::new(0, level as u32);
        (0..depth).fold(Form::null(span(0)), |form, level| Form::list(vec![form], span(level)))
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        let mut forms = [nested(MAX_DEPTH)];
        assert_eq!(cut_too_deep(&mut forms), None);
        assert_eq!(forms[0], nested(MAX_DEPTH));
        assert_eq!(place_deeper_than(&forms[0], MAX_DEPTH), None);
    }

    #[test]
    fn deeper_forms_are_cut_and_dropped_without_stack() {
        let deep = nested(1_000_000);
        assert!(place_deeper_than(&deep, MAX_DEPTH).is_some());
        let mut forms = [deep];
        assert!(cut_too_deep(&mut forms).is_some());
        assert_eq!(place_deeper_than(&forms[0], MAX_DEPTH), None);
        discard(nested(1_000_000));
    }
}
