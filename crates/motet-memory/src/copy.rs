//! Deep copies. Cycles and parts that occur twice keep their form.
//!
//! A copy within the isolate (`copy(x)`) shares functions, classes and foreign objects; its containers can be changed,
//! also where the original's are frozen. A copy for another isolate shares what is frozen, and only that. So functions
//! and classes are frozen if all that they hold is immutable. A function that holds mutable values is copied with them.
//! What can be neither is an error that names the path.
//!
//! Nothing recurses on Rust's stack: an object is copied empty, and filled when its turn comes. Maps are filled last,
//! the innermost first, because the places of keys depend on what the keys hold.

use super::closure::{BoundMethod, Closure};
use super::field_name::FieldName;
use super::freeze::publish;
use super::frozen::Frozen;
use super::header::Header;
use super::heap::Heap;
use super::path::{Refusal, Step, path_to};
use super::small::Node;
use super::tag::Tag;
use super::value::Value;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::ptr::NonNull;

type Object = NonNull<Header>;

/// A deep copy of a value for the same isolate.
pub fn copy(value: &Value, heap: &Heap) -> Value {
    let mut copier = Copier::new(heap, None);
    match copier.copy_graph(value) {
        Ok(copy) => {
            copier.suspects.into_iter().for_each(|suspect| register(suspect, heap));
            copy
        }
        Err(_) => unreachable!("within an isolate everything can be copied or shared"),
    }
}

/// A deep copy that refers to nothing local, with the containers in it that may be part of cycles.
pub(super) fn copy_out(value: &Value, sender: &Heap, scratch: &Heap) -> Result<(Value, Vec<Object>), Refusal> {
    let mut copier = Copier::new(scratch, Some(sender));
    let copy = copier.copy_graph(value)?;
    Ok((copy, copier.suspects))
}

/// Makes a container that was copied a candidate of its heap.
pub(super) fn register(object: Object, heap: &Heap) {
    // SAFETY: suspects are part of a graph that is alive, and local to the heap's isolate.
    unsafe { object.as_ref() }.note_store(Tag::FIRST_TRACED, heap);
}

struct Copier<'a> {
    /// Where copies are made.
    heap: &'a Heap,
    /// The isolate that the original belongs to, if the copy leaves it.
    sender: Option<&'a Heap>,
    copies: HashMap<Object, Value, FixedState>,
    /// Objects whose copies are still empty.
    waiting: Vec<Waiting>,
    /// Maps whose copies are still empty, with their entries.
    maps: Vec<(Value, Vec<(Value, Value)>)>,
    steps: Vec<Step>,
    /// Containers that refer to something that was copied before: at least one for each cycle.
    suspects: Vec<Object>,
}

struct Waiting {
    original: Value,
    copy: Value,
    step: u32,
}

impl<'a> Copier<'a> {
    fn new(heap: &'a Heap, sender: Option<&'a Heap>) -> Copier<'a> {
        Copier {
            heap,
            sender,
            copies: HashMap::with_hasher(FixedState::default()),
            waiting: Vec::new(),
            maps: Vec::new(),
            steps: Vec::new(),
            suspects: Vec::new(),
        }
    }

    fn copy_graph(&mut self, value: &Value) -> Result<Value, Refusal> {
        let copy = self.copy_value(value, None, 0)?;
        let result = self.fill_all();
        // Also after an error: maps may hold copies, and cycles through them would leak otherwise.
        for (map, pairs) in std::mem::take(&mut self.maps).into_iter().rev() {
            if let Some(map) = map.as_map() {
                map.fill(pairs);
            }
        }
        match result {
            Ok(()) => Ok(copy),
            Err(refusal) => {
                self.suspects.iter().for_each(|&suspect| register(suspect, self.heap));
                drop(copy);
                self.copies.clear();
                self.waiting.clear();
                self.heap.collect();
                Err(refusal)
            }
        }
    }

    fn fill_all(&mut self) -> Result<(), Refusal> {
        while let Some(waiting) = self.waiting.pop() {
            self.fill(&waiting)?;
        }
        Ok(())
    }

    /// The copy of a value that is the `child`th of `parent`, empty yet if it is a container.
    fn copy_value(&mut self, value: &Value, parent: Option<&Waiting>, child: u32) -> Result<Value, Refusal> {
        if !value.is_heap() {
            return Ok(value.clone());
        }
        if value.is_frozen() {
            if self.sender.is_some() {
                return Ok(Frozen::new(value).expect("frozen").into_value());
            }
            // Within the isolate a copy of a frozen container is one that can be changed.
            if !matches!(value.tag(), Tag::List | Tag::Record | Tag::Instance | Tag::Map | Tag::Node) {
                return Ok(value.clone());
            }
        }
        let object = value.pointer();
        if let Some(copy) = self.copies.get(&object) {
            if let Some(parent) = parent {
                self.suspects.push(parent.copy.pointer());
            }
            return Ok(copy.clone());
        }
        match self.copy_empty(value) {
            Ok(Some(copy)) => {
                let step = u32::try_from(self.steps.len()).expect("fewer than 4 billion objects");
                self.steps.push(Step { object, from: parent.map_or(step, |parent| parent.step), child });
                self.copies.insert(object, copy.clone());
                self.waiting.push(Waiting { original: value.clone(), copy: copy.clone(), step });
                Ok(copy)
            }
            Ok(None) => Ok(value.clone()),
            Err(mut refusal) => {
                if let Some(parent) = parent {
                    // SAFETY: the original is alive, and nothing changes while it is copied.
                    let path = unsafe { path_to(&self.steps, parent.step, child) };
                    refusal.path.insert_str(0, &path);
                }
                Err(refusal)
            }
        }
    }

    /// An empty copy of an object; None if it is shared instead.
    fn copy_empty(&self, value: &Value) -> Result<Option<Value>, Refusal> {
        let heap = self.heap;
        let refuse = |reason: &str| Err(Refusal { path: String::new(), reason: reason.into() });
        let copy = match (value.tag(), self.sender) {
            (Tag::List, _) => heap.list(Vec::new()),
            (Tag::Record | Tag::Instance, _) => {
                let fields = value.as_fields().expect("the tag says so");
                if let (Some(sender), Tag::Instance) = (self.sender, value.tag()) {
                    publish(&fields.class_value(), sender).map_err(|refusal| Refusal {
                        path: format!("'s class{}", refusal.path),
                        reason: refusal.reason,
                    })?;
                }
                fields.copy_empty(heap)
            }
            (Tag::Map, _) if value.as_map().is_some_and(super::Map::is_set) => heap.set(0),
            (Tag::Map, _) => heap.map(0),
            (Tag::Node, _) => heap.node(Value::NULL, Value::NULL, heap.list(Vec::new())),
            (Tag::Foreign, sender) => {
                let object = value.as_foreign().expect("the tag says so").object();
                match (object.copied(), sender) {
                    (Some(copy), _) => heap.foreign(copy),
                    (None, None) => return Ok(None),
                    (None, Some(_)) => match object.send() {
                        Ok(shared) => heap.shared_foreign(shared),
                        Err(reason) => {
                            let name = object.type_name();
                            let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
                            return refuse(&format!("{article} {name}: {reason}"));
                        }
                    },
                }
            }
            (_, None) => return Ok(None),
            (Tag::Cell, Some(_)) => {
                let cell = value.as_cell().expect("the tag says so");
                if cell.is_mutable() {
                    return refuse("a mutable variable");
                }
                if cell.get().is_missing() {
                    return refuse("not yet bound");
                }
                heap.cell(Value::MISSING, false)
            }
            (Tag::Closure, Some(sender)) => {
                if publish(value, sender).is_ok() {
                    return Ok(None);
                }
                let closure = value.as_closure().expect("the tag says so");
                let captures = closure.captures().iter().map(|_| Value::NULL);
                // SAFETY: the copy gets copies of the captures before anyone can call it.
                unsafe { heap.closure_unchecked(closure.function().clone(), captures) }
            }
            (Tag::Class, Some(sender)) => {
                publish(value, sender)?;
                return Ok(None);
            }
            (Tag::BoundMethod, Some(_)) => heap.bound_method(Value::NULL, Value::NULL),
            (Tag::Generator, Some(_)) => return refuse("an open generator"),
            _ => unreachable!("immediate values and leaves are immutable"),
        };
        Ok(Some(copy))
    }

    /// Fills the empty copy of an object. Children are numbered as `visit_children` does.
    fn fill(&mut self, waiting: &Waiting) -> Result<(), Refusal> {
        let mut child = 0;
        let mut next = |copier: &mut Copier, value: &Value| {
            let copy = copier.copy_value(value, Some(waiting), child);
            child += 1;
            copy
        };
        let Waiting { original, copy, .. } = waiting;
        match original.tag() {
            Tag::List => {
                let (from, to) = (original.as_list().expect("a list"), copy.as_list().expect("a list"));
                let from = from.items();
                // Lists of nothing but numbers are common, and long.
                if !from.iter().any(Value::is_heap) {
                    to.fill(from.to_vec(), self.heap);
                    return Ok(());
                }
                let mut items = Vec::with_capacity(from.len());
                for item in from.iter() {
                    items.push(next(self, item)?);
                }
                to.fill(items, self.heap);
            }
            Tag::Record | Tag::Instance => {
                let (from, to) = (original.as_fields().expect("fields"), copy.as_fields().expect("fields"));
                if original.tag() == Tag::Instance {
                    next(self, &Value::NULL)?;
                }
                let mut fields = Vec::with_capacity(from.length());
                let mut result = Ok(());
                from.for_each(|name, value| {
                    if result.is_ok() {
                        // Children are the names that are objects, too.
                        let name = match name.value().is_heap() {
                            true => {
                                next(self, name.value()).map(|copy| FieldName::of(&copy).expect("a name is a leaf"))
                            }
                            false => Ok(name.clone()),
                        };
                        result = name
                            .and_then(|name| next(self, value).map(|value| (name, value)))
                            .map(|field| fields.push(field));
                    }
                });
                result?;
                to.fill(fields, self.heap);
            }
            Tag::Map => {
                let mut pairs = Vec::new();
                let mut result = Ok(());
                original.as_map().expect("a map").for_each(|key, value| {
                    if result.is_ok() {
                        result = next(self, key)
                            .and_then(|key| next(self, value).map(|value| (key, value)))
                            .map(|pair| pairs.push(pair));
                    }
                });
                self.maps.push((copy.clone(), pairs));
                result?;
            }
            Tag::Node => {
                let node = original.as_node().expect("a node");
                let parts = [next(self, &node.head)?, next(self, &node.props)?, next(self, &node.children)?];
                // SAFETY: the copy is new, and is not looked into before the graph is complete.
                unsafe { Node::fill(copy.pointer().cast(), parts) };
            }
            Tag::Cell => {
                let value = next(self, &original.as_cell().expect("a cell").get())?;
                copy.as_cell().expect("a cell").fill(value);
            }
            Tag::Closure => {
                for (at, capture) in original.as_closure().expect("a closure").captures().iter().enumerate() {
                    let capture = next(self, capture)?;
                    // SAFETY: the copy is new, and is not looked into before the graph is complete.
                    unsafe { Closure::fill(copy.pointer().cast(), at, capture) };
                }
            }
            Tag::BoundMethod => {
                let method = original.as_bound_method().expect("a bound method");
                let parts = [next(self, &method.receiver)?, next(self, &method.function)?];
                // SAFETY: as above.
                unsafe { BoundMethod::fill(copy.pointer().cast(), parts) };
            }
            _ => {}
        }
        Ok(())
    }
}
