//! Between forms and quoted data.

use super::MAX_DEPTH;
use motet_code::{Datum, DatumEntry};
use motet_syntax::form::{Entry, Form, FormKind, Node, Prop, Span};

/// A form as data. Entries of records whose keys are computed or spread cannot be data as such: they become nodes under
/// the key `^...`, as `.gene` writes them.
pub(crate) fn datum_of(form: &Form) -> Datum {
    match &form.kind {
        FormKind::Null => Datum::Null,
        FormKind::Bool(value) => Datum::Bool(*value),
        FormKind::Int(value) => Datum::Int(*value),
        FormKind::Float(value) => Datum::Float(*value),
        FormKind::Imaginary(value) => Datum::Imaginary(*value),
        FormKind::Str(text) => Datum::Str(text.clone()),
        FormKind::Symbol(name) => Datum::Symbol(name.clone()),
        FormKind::List(items) => Datum::List(items.iter().map(datum_of).collect()),
        FormKind::Record(entries) => Datum::Record(
            entries
                .iter()
                .map(|entry| match entry {
                    Entry::Named { name, value, .. } => DatumEntry { name: name.clone(), value: datum_of(value) },
                    Entry::Spread(value) => DatumEntry { name: "...".into(), value: datum_of(value) },
                    Entry::Computed { key, value } => {
                        DatumEntry { name: "[]".into(), value: Datum::List(vec![datum_of(key), datum_of(value)]) }
                    }
                })
                .collect(),
        ),
        FormKind::Node(node) => Datum::Node {
            head: Box::new(datum_of(&node.head)),
            props: node
                .props
                .iter()
                .map(|prop| DatumEntry { name: prop.name.clone(), value: datum_of(&prop.value) })
                .collect(),
            children: node.children.iter().map(datum_of).collect(),
        },
    }
}

/// Data as a form whose place is `span`; none if it is nested too deep.
pub(crate) fn form_of(datum: Datum, span: Span) -> Option<Form> {
    if is_too_deep(&datum) {
        discard(datum);
        return None;
    }
    Some(form_of_shallow(datum, span))
}

fn form_of_shallow(datum: Datum, span: Span) -> Form {
    let kind = match datum {
        Datum::Null => FormKind::Null,
        Datum::Bool(value) => FormKind::Bool(value),
        Datum::Int(value) => FormKind::Int(value),
        Datum::Float(value) => FormKind::Float(value),
        Datum::Imaginary(value) => FormKind::Imaginary(value),
        Datum::Str(text) => FormKind::Str(text),
        Datum::Symbol(name) => FormKind::Symbol(name),
        Datum::List(items) => FormKind::List(items.into_iter().map(|item| form_of_shallow(item, span)).collect()),
        Datum::Record(entries) => FormKind::Record(
            entries
                .into_iter()
                .map(|DatumEntry { name, value }| match (&*name, value) {
                    ("...", value) => Entry::Spread(form_of_shallow(value, span)),
                    ("[]", Datum::List(mut pair)) if pair.len() == 2 => {
                        let value = pair.pop().map_or(Form::null(span), |value| form_of_shallow(value, span));
                        let key = pair.pop().map_or(Form::null(span), |key| form_of_shallow(key, span));
                        Entry::Computed { key, value }
                    }
                    (_, value) => {
                        let value = form_of_shallow(value, span);
                        Entry::Named { name, name_span: span, value }
                    }
                })
                .collect(),
        ),
        Datum::Node { head, props, children } => FormKind::Node(Box::new(Node {
            head: form_of_shallow(*head, span),
            props: props
                .into_iter()
                .map(|DatumEntry { name, value }| Prop { name, name_span: span, value: form_of_shallow(value, span) })
                .collect(),
            children: children.into_iter().map(|child| form_of_shallow(child, span)).collect(),
        })),
    };
    Form::new(kind, span)
}

fn is_too_deep(datum: &Datum) -> bool {
    let mut pending = vec![(datum, 1)];
    while let Some((datum, depth)) = pending.pop() {
        if depth > MAX_DEPTH {
            return true;
        }
        match datum {
            Datum::List(items) => pending.extend(items.iter().map(|item| (item, depth + 1))),
            Datum::Record(entries) => pending.extend(entries.iter().map(|entry| (&entry.value, depth + 1))),
            Datum::Node { head, props, children } => {
                pending.push((head, depth + 1));
                pending.extend(props.iter().map(|prop| (&prop.value, depth + 1)));
                pending.extend(children.iter().map(|child| (child, depth + 1)));
            }
            _ => {}
        }
    }
    false
}

/// Drops data of any depth without recursion.
fn discard(datum: Datum) {
    let mut pending = vec![datum];
    while let Some(datum) = pending.pop() {
        match datum {
            Datum::List(items) => pending.extend(items),
            Datum::Record(entries) => pending.extend(entries.into_iter().map(|entry| entry.value)),
            Datum::Node { head, props, children } => {
                pending.push(*head);
                pending.extend(props.into_iter().map(|prop| prop.value));
                pending.extend(children);
            }
            _ => {}
        }
    }
}
