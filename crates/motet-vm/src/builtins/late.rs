//! Computed values whose functions use what is not there yet: a variable that is bound further down, or a record, map or
//! object that a program still fills. A spreadsheet is made so: a cell may name cells that are made after it.
//!
//! Any thread may compute a computed value, so its function must be immutable. Of most functions all is known at once, and
//! they are shared as they are. Of the others a frozen copy is made as late as possible: when the value is first read, or
//! when it leaves its isolate. Until then the object that a program holds belongs to the isolate and keeps the function.
//!
//! Functions that use the same containers get one copy of these: late values that a function reaches are settled with it.

use crate::error::{Error, ErrorKind, Result};
use crate::future::Exports;
use crate::interpreter::fields::set_index_value;
use crate::isolate::{Holder, Isolate, refused};
use crate::memory::{
    ForeignKind, ForeignObject, Frozen, HoldsValues, Parcel, Refusal, SharedForeign, Tag, Value, freeze,
};
use crate::signals::{COMPUTED, Computed, Function, LateFunction};
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

/// A computed value as the isolate that made it holds it.
pub(crate) struct LateComputed(Rc<Late>);

/// What the isolate remembers when the object is sent.
pub(crate) struct Late {
    computed: Computed,
    /// None once it is settled.
    function: RefCell<Option<Value>>,
    exports: Rc<Exports>,
}

impl LateComputed {
    /// A computed value whose function is frozen later.
    pub fn make(isolate: &Isolate, function: Value) -> Value {
        let graph = &isolate.thread().program().machine.graph;
        let computed = graph.computed_by(Function::Late(LateFunction::default()));
        let exports = isolate.tasks.exports.clone();
        exports.note_late();
        let late = Late { computed, function: RefCell::new(Some(function)), exports };
        isolate.heap.foreign(Box::new(LateComputed(Rc::new(late))))
    }

    /// The late computed value behind a value.
    pub fn of(value: &Value) -> Option<&LateComputed> {
        value.as_foreign()?.downcast()
    }

    pub fn computed(&self) -> &Computed {
        &self.0.computed
    }

    /// Makes the function what any thread may call, if that has not been done.
    pub fn settle(&self, isolate: &mut Isolate) -> Result<()> {
        if self.0.function.borrow().is_none() { Ok(()) } else { settle(isolate, vec![self.0.clone()]) }
    }
}

/// Elements of a container that are looked at, and how deep, for what a native may hand to other threads.
const MOST_ELEMENTS: usize = 64;
const MOST_LEVELS: usize = 4;

/// Settles the computed values among arguments of a native that hands them to other threads, also inside of options.
pub(crate) fn settle_all(isolate: &mut Isolate, values: &[Value]) -> Result<()> {
    values.iter().for_each(|value| find(value, MOST_LEVELS));
    settle_sent(isolate)
}

/// Puts what threads share in the place of late computed values in a value that is to be frozen: those that its lists,
/// records, objects and maps hold.
pub(crate) fn share_inside(isolate: &mut Isolate, value: &Value) -> Result<()> {
    if isolate.tasks.exports.has_made_none() {
        return Ok(());
    }
    let (mut waiting, mut seen) = (vec![value.clone()], HashSet::new());
    while let Some(value) = waiting.pop() {
        let is_container = matches!(value.tag(), Tag::List | Tag::Record | Tag::Instance | Tag::Map);
        if !is_container || value.is_frozen() || !seen.insert(value.payload()) {
            continue;
        }
        let mut places = Vec::new();
        if let Some(list) = value.as_list() {
            let items = list.items();
            places.extend(items.iter().enumerate().map(|(at, item)| (Value::int(at as i64), item.clone())));
        } else if let Some(fields) = value.as_fields() {
            fields.for_each(|name, field| places.push((isolate.heap.string(name.as_str()), field.clone())));
        } else if let Some(map) = value.as_map().filter(|map| !map.is_set()) {
            map.for_each(|key, item| places.push((key.clone(), item.clone())));
        }
        for (place, item) in places {
            let Some(late) = LateComputed::of(&item) else {
                waiting.push(item);
                continue;
            };
            late.settle(isolate)?;
            let shared = late.computed().to_value(&isolate.heap);
            set_index_value(isolate, &value, &place, shared)?;
        }
    }
    Ok(())
}

/// Notes the late values in a value.
fn find(value: &Value, levels: usize) {
    if let Some(late) = LateComputed::of(value) {
        // What it gives is not needed: it notes itself.
        let _ = late.send();
    } else if levels > 0
        && let Some(list) = value.as_list()
    {
        let items = list.items();
        items.iter().take(MOST_ELEMENTS).for_each(|item| find(item, levels - 1));
    } else if levels > 0
        && let Some(record) = value.as_record()
    {
        let mut left = MOST_ELEMENTS;
        record.for_each(|_, field| {
            if left > 0 {
                left -= 1;
                find(field, levels - 1);
            }
        });
    }
}

/// Settles the computed values that were sent since the isolate last looked.
pub(crate) fn settle_sent(isolate: &mut Isolate) -> Result<()> {
    let sent = isolate.tasks.exports.take_late();
    if sent.is_empty() { Ok(()) } else { settle(isolate, sent) }
}

/// Freezes one copy of all functions of a group. What they reach joins it.
fn settle(isolate: &mut Isolate, mut group: Vec<Rc<Late>>) -> Result<()> {
    loop {
        group.retain(|late| late.function.borrow().is_some());
        let functions = group.iter().filter_map(|late| late.function.borrow().clone()).collect();
        let functions = isolate.heap.list(functions);
        let packed = Parcel::pack(&functions, &isolate.heap);
        isolate.scheduler().export_futures();
        let reached = isolate.tasks.exports.take_late();
        let copies = packed.map_err(|refusal| cannot_hold(&functions, &refusal))?.unpack(&isolate.heap);
        let known = group.len();
        for late in reached {
            if !group.iter().any(|other| Rc::ptr_eq(other, &late)) {
                group.push(late);
            }
        }
        if group.len() > known {
            continue;
        }
        freeze(&copies, &isolate.heap).map_err(|refusal| cannot_hold(&functions, &refusal))?;
        let copies = copies.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
        for (late, function) in group.iter().zip(&copies) {
            late.computed.set_function(Frozen::new(function).expect("just frozen"));
            late.function.take();
        }
        return Ok(());
    }
}

/// Why a function of the list cannot be that of a computed value.
fn cannot_hold(functions: &Value, refusal: &Refusal) -> Error {
    let (place, path) = refusal.path.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or_default();
    let function = place.parse().ok().and_then(|at| functions.as_list()?.get(at));
    let refusal = Refusal { path: path.into(), reason: refusal.reason.clone() };
    let error = refused(function.as_ref().unwrap_or(functions), &refusal, Holder::Shared("computed"));
    if refusal.reason == "not yet bound" {
        return error.with_hint("read the value after the definition of what its function uses");
    }
    error
}

/// The error for a value that is read where its function is not known.
pub(crate) fn unsettled(isolate: &Isolate) -> Value {
    let message = "the function of this computed value has not been shared";
    isolate.new_error(ErrorKind::SendError, message, Some("read the value once on the thread that made it"))
}

impl ForeignObject for LateComputed {
    fn kind(&self) -> &'static ForeignKind {
        &COMPUTED
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }

    fn send(&self) -> std::result::Result<Arc<dyn SharedForeign>, &'static str> {
        if self.0.function.borrow().is_some() {
            self.0.exports.add_late(self.0.clone());
        }
        Ok(self.0.computed.shared())
    }

    fn stands_for(&self) -> Option<u128> {
        self.0.computed.body().stands_for()
    }

    fn display(&self) -> Option<String> {
        self.0.computed.body().display()
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for LateComputed {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        if let Some(function) = &*self.0.function.borrow() {
            visit(function);
        }
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        if let Some(function) = self.0.function.take() {
            sink(function);
        }
    }
}
