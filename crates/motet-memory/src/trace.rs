//! Which values an object holds: the one place that knows it for every kind. The cycle collector, freeze and the freeing
//! of objects all walk through here.

use super::closure::{BoundMethod, Closure};
use super::field_name::FieldName;
use super::foreign::Foreign;
use super::header::Header;
use super::record::Record;
use super::small::{Cell, Node};
use super::symbol::Symbol;
use super::tag::Tag;
use super::value::Value;
use super::{Class, List, Map};
use std::ptr::NonNull;

/// How an object holds a value, for paths such as `.items[3].handle`.
#[derive(Clone, Copy)]
pub(super) enum Edge<'a> {
    Item(usize),
    Field(&'a FieldName),
    Key(&'a Value),
    ValueOf(&'a Value),
    Class,
    Parent,
    Variable,
    Captured(usize),
    Receiver,
    Method,
    Member(Symbol),
    Head,
    Properties,
    Children,
    Inside,
}

/// Calls a function for each value that an object holds.
///
/// # Safety
/// The object is alive, or dead and not yet emptied; nothing changes it meanwhile; no native is changing it now.
pub(super) unsafe fn visit_children(object: NonNull<Header>, visit: &mut dyn FnMut(Edge, &Value)) {
    // SAFETY: the kind says which body the object has; the caller keeps it from changing.
    unsafe {
        match object.as_ref().kind() {
            Tag::List => {
                let list = object.cast::<List>().as_ref();
                list.items_unguarded().iter().enumerate().for_each(|(at, item)| visit(Edge::Item(at), item));
            }
            Tag::Record | Tag::Instance => {
                let record = object.cast::<Record>().as_ref();
                if let Some(class) = record.class_ref() {
                    visit(Edge::Class, &class.as_value());
                }
                record.visit_fields(&mut |name, value| {
                    // Immediate ones are no children; see `Copier::fill`.
                    if name.value().is_heap() {
                        visit(Edge::Key(name.value()), name.value());
                    }
                    visit(Edge::Field(name), value);
                });
            }
            Tag::Map => object.cast::<Map>().as_ref().visit_entries(&mut |key, value| {
                visit(Edge::Key(key), key);
                visit(Edge::ValueOf(key), value);
            }),
            Tag::Cell => visit(Edge::Variable, object.cast::<Cell>().as_ref().get_unguarded()),
            Tag::Closure => {
                let captures = object.cast::<Closure>().as_ref().captures();
                captures.iter().enumerate().for_each(|(at, capture)| visit(Edge::Captured(at), capture));
            }
            Tag::Class => {
                let class = object.cast::<Class>().as_ref();
                if let Some(parent) = class.parent_ref() {
                    visit(Edge::Parent, &parent.as_value());
                }
                class.visit(&mut |name, member| visit(Edge::Member(name), member));
            }
            Tag::BoundMethod => {
                let method = object.cast::<BoundMethod>().as_ref();
                visit(Edge::Receiver, &method.receiver);
                visit(Edge::Method, &method.function);
            }
            Tag::Node => {
                let node = object.cast::<Node>().as_ref();
                visit(Edge::Head, &node.head);
                visit(Edge::Properties, &node.props);
                visit(Edge::Children, &node.children);
            }
            Tag::Generator | Tag::Foreign => {
                if let Some(inside) = object.cast::<Foreign>().as_ref().object().values() {
                    inside.trace(&mut |value| visit(Edge::Inside, value));
                }
            }
            _ => {}
        }
    }
}

/// Takes the values out of an object that is dead.
///
/// # Safety
/// The object is dead and the caller's alone; this is called once, and then only `deallocate`.
pub(super) unsafe fn take_children(object: NonNull<Header>, sink: &mut dyn FnMut(Value)) {
    // SAFETY: the kind says which body the object has; no other code looks at it now.
    unsafe {
        match object.as_ref().kind() {
            Tag::Closure => object.cast::<Closure>().as_ref().take_captures(sink),
            Tag::BoundMethod => BoundMethod::take(object.cast()).into_iter().for_each(sink),
            Tag::Node => Node::take(object.cast()).into_iter().for_each(sink),
            Tag::Record | Tag::Instance => {
                object.cast::<Record>().as_ref().take_values(sink);
                if let Some(class) = Record::take_class(object.cast()) {
                    sink(class.into_value());
                }
            }
            Tag::Class => {
                empty(object, sink);
                if let Some(parent) = Class::take_parent(object.cast()) {
                    sink(parent.into_value());
                }
            }
            _ => empty(object, sink),
        }
    }
}

/// Takes the values out of a container, which stays whole. Kinds that cannot be stored into are left as they are: every
/// cycle goes through one that can.
///
/// # Safety
/// The object is the caller's isolate's, and no guard on it is alive.
pub(super) unsafe fn empty(object: NonNull<Header>, sink: &mut dyn FnMut(Value)) {
    // SAFETY: the kind says which body the object has; the caller keeps others away.
    unsafe {
        match object.as_ref().kind() {
            Tag::List => object.cast::<List>().as_ref().take_items().into_iter().for_each(sink),
            Tag::Record | Tag::Instance => {
                let record = object.cast::<Record>().as_ref();
                // Values are handed over when the object is whole again, because dropping them may run foreign code.
                let mut values = Vec::new();
                record.take_values(&mut |value| values.push(value));
                record.forget_fields();
                values.into_iter().for_each(sink);
            }
            Tag::Map => {
                for (key, value) in object.cast::<Map>().as_ref().take_table().into_pairs() {
                    sink(key);
                    sink(value);
                }
            }
            Tag::Cell => sink(object.cast::<Cell>().as_ref().take()),
            Tag::Class => object.cast::<Class>().as_ref().take_members(sink),
            Tag::Generator | Tag::Foreign => {
                if let Some(inside) = object.cast::<Foreign>().as_ref().object().values() {
                    inside.surrender(sink);
                }
            }
            _ => {}
        }
    }
}
