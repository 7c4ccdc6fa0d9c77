//! Freezing: a value and all that it reaches becomes immutable and visible to every thread, in place. Nothing is copied;
//! counters are flipped to their shared mode.
//!
//! It happens in two steps. The **survey** walks over everything reachable that is not frozen yet, changes nothing, and
//! fails at the first thing that cannot be frozen, with the path to it. It also finds the strongly connected components
//! (Tarjan's algorithm, with its stack on the heap), because frozen cycles are counted as one (`component`). The
//! **commit** cannot fail. So freezing is all or nothing.
//!
//! No other thread sees the objects half-frozen: all of them are local until the commit, and whatever hands the frozen
//! value to another thread synchronises.
//!
//! Functions are frozen when what they capture can be; a variable that may be assigned again cannot. A frozen class, and
//! what only becomes frozen because the class reaches it, is immortal: it lives as long as the process, and threads that
//! make instances and call methods do not count on a common word. That goes for strings and the like, too, that were on
//! one thread until then. What had been frozen before goes on being counted, for others may be counting it right now; it
//! lives as long as the class by the class's own reference.

use super::component;
use super::foreign::Foreign;
use super::header::{Header, flag};
use super::heap::Heap;
use super::path::{Refusal, Step, path_to};
use super::tag::Tag;
use super::trace::{Edge, visit_children};
use super::value::Value;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use parking_lot::Mutex;
use std::ptr::NonNull;

type Object = NonNull<Header>;

/// Makes a value and all that it reaches immutable and shareable; or, if something in it cannot be, changes nothing.
pub fn freeze(value: &Value, heap: &Heap) -> Result<(), Refusal> {
    freeze_with(value, heap, Reach::Everything)
}

/// Freezes functions and classes if all that they reach is immutable anyway, apart from being on one thread still. What a
/// program could change is not frozen behind its back.
pub fn publish(value: &Value, heap: &Heap) -> Result<(), Refusal> {
    freeze_with(value, heap, Reach::Immutable)
}

/// What a freeze may turn immutable.
#[derive(Clone, Copy, PartialEq)]
enum Reach {
    Everything,
    Immutable,
}

fn freeze_with(value: &Value, heap: &Heap, reach: Reach) -> Result<(), Refusal> {
    match concerns(value) {
        Concern::None => {}
        Concern::Leaf(leaf) => share_leaf(leaf),
        Concern::Object(object) if holds_only_immutables(value, reach) => freeze_alone(object, heap),
        Concern::Object(object) => {
            let survey = Survey::of(object, reach)?;
            survey.commit(heap);
        }
    }
    Ok(())
}

/// Nothing but the object itself has to be frozen, and it can be: so it is with most functions that threads share. Then a
/// survey would find one object. Classes, which make what they hold immortal, are left to it.
fn holds_only_immutables(value: &Value, reach: Reach) -> bool {
    if value.tag() == Tag::Class || why_not(value, reach).is_some() {
        return false;
    }
    let mut is_alone = true;
    // SAFETY: the caller's value keeps the object alive, and nothing changes.
    unsafe {
        visit_children(value.pointer(), &mut |_, value| is_alone &= !matches!(concerns(value), Concern::Object(_)));
    }
    is_alone
}

/// Freezes one object, and shares the leaves in it.
fn freeze_alone(object: Object, heap: &Heap) {
    // SAFETY: the caller's value keeps it alive; it is local and unshared until this is over.
    let header = unsafe { header(object) };
    heap.remove_candidate(header);
    header.set(flag::FROZEN);
    // SAFETY: as above.
    unsafe { visit_children(object, &mut share_if_leaf) };
    header.count().share();
}

fn share_if_leaf(_: Edge<'_>, value: &Value) {
    if let Concern::Leaf(leaf) = concerns(value) {
        share_leaf(leaf);
    }
}

/// What freezing has to do with a value.
enum Concern {
    /// Immediate, or frozen already.
    None,
    /// An object that is immutable by nature and holds no values.
    Leaf(Object),
    Object(Object),
}

fn concerns(value: &Value) -> Concern {
    if !value.is_heap() {
        return Concern::None;
    }
    let object = value.pointer();
    if !value.tag().is_traced() || value.as_shared_foreign().is_some() {
        Concern::Leaf(object)
    } else if value.is_frozen() {
        Concern::None
    } else {
        Concern::Object(object)
    }
}

/// # Safety
/// The object is alive.
unsafe fn header<'a>(object: Object) -> &'a Header {
    // SAFETY: the caller's promise.
    unsafe { object.as_ref() }
}

fn share_leaf(object: Object) {
    // SAFETY: the value or container that it was found in keeps it alive.
    let header = unsafe { header(object) };
    if header.count().is_local() {
        header.count().share();
    }
}

/// Why an object cannot be frozen.
enum Why {
    Said(&'static str),
    /// A foreign object, whose name is asked for when the walk is over: foreign code must not run during it.
    Foreign(Object),
}

impl Why {
    fn text(self) -> String {
        match self {
            Why::Said(text) => text.into(),
            Why::Foreign(object) => {
                // SAFETY: the survey found it just now, and nothing changed since.
                let kind = unsafe { object.cast::<Foreign>().as_ref() }.object().type_name();
                format!("a {kind}, which belongs to its thread")
            }
        }
    }
}

/// Why an object of its kind cannot be frozen, whatever it holds.
fn why_not(value: &Value, reach: Reach) -> Option<Why> {
    if value.header().is_some_and(Header::is_being_written) {
        return Some(Why::Said("being changed by a builtin"));
    }
    let mutable = |text| (reach == Reach::Immutable).then_some(Why::Said(text));
    match value.tag() {
        Tag::List => mutable("a mutable list"),
        Tag::Record => mutable("a mutable record"),
        Tag::Map => mutable("a mutable map"),
        Tag::Instance => mutable("a mutable instance"),
        Tag::Cell => {
            let cell = value.as_cell()?;
            if cell.is_mutable() {
                Some(Why::Said("a mutable variable"))
            } else if cell.get().is_missing() {
                Some(Why::Said("not yet bound"))
            } else {
                None
            }
        }
        Tag::Generator => Some(Why::Said("an open generator")),
        Tag::Foreign if value.as_foreign().is_some_and(|foreign| foreign.object().freezable().is_some()) => {
            mutable("a mutable object")
        }
        Tag::Foreign => Some(Why::Foreign(value.pointer())),
        _ => None,
    }
}

/// An object of the survey, numbered in the order of discovery.
struct Node {
    /// Tarjan's: the lowest number known to be reachable and on the stack.
    low: u32,
    /// The component, once it is known.
    component: u32,
    refers_to_itself: bool,
}

const UNKNOWN: u32 = u32::MAX;

/// What is to be frozen, found without changing anything.
struct Survey {
    steps: Vec<Step>,
    nodes: Vec<Node>,
    numbers: HashMap<Object, u32, FixedState>,
    /// Numbers of the objects, component after component; a component comes after those that it refers to.
    order: Vec<u32>,
    /// Where each component ends in `order`.
    ends: Vec<usize>,
}

/// An object whose children are being visited.
struct Visit {
    number: u32,
    children: Vec<(u32, Object)>,
}

impl Survey {
    fn of(root: Object, reach: Reach) -> Result<Survey, Refusal> {
        let mut survey = Survey {
            steps: Vec::new(),
            nodes: Vec::new(),
            numbers: HashMap::with_hasher(FixedState::default()),
            order: Vec::new(),
            ends: Vec::new(),
        };
        // SAFETY: the caller's value refers to the root; the borrowed view is not dropped.
        let root_value = std::mem::ManuallyDrop::new(unsafe { Value::adopt(root) });
        if let Some(why) = why_not(&root_value, reach) {
            return Err(Refusal { path: String::new(), reason: why.text() });
        }
        // Tarjan's stack of objects whose component is not yet known, and the path of the walk.
        let mut unassigned: Vec<u32> = Vec::new();
        let mut path: Vec<Visit> =
            vec![survey.enter(Step { object: root, from: 0, child: 0 }, reach, &mut unassigned)?];
        while let Some(visit) = path.last_mut() {
            let number = visit.number;
            if let Some((child, object)) = visit.children.pop() {
                match survey.numbers.get(&object) {
                    None => {
                        let step = Step { object, from: number, child };
                        path.push(survey.enter(step, reach, &mut unassigned)?);
                    }
                    Some(&known) => {
                        survey.nodes[number as usize].refers_to_itself |= known == number;
                        if survey.nodes[known as usize].component == UNKNOWN {
                            survey.lower(number, known);
                        }
                    }
                }
                continue;
            }
            path.pop();
            if let Some(parent) = path.last() {
                let low = survey.nodes[number as usize].low;
                survey.lower(parent.number, low);
            }
            if survey.nodes[number as usize].low == number {
                survey.close_component(number, &mut unassigned);
            }
        }
        Ok(survey)
    }

    fn lower(&mut self, number: u32, low: u32) {
        let node = &mut self.nodes[number as usize];
        node.low = node.low.min(low);
    }

    /// Numbers an object and lists its children that are to be frozen too, the last one first.
    fn enter(&mut self, step: Step, reach: Reach, unassigned: &mut Vec<u32>) -> Result<Visit, Refusal> {
        let number = u32::try_from(self.nodes.len()).expect("fewer than 4 billion objects");
        self.steps.push(step);
        self.nodes.push(Node { low: number, component: UNKNOWN, refers_to_itself: false });
        self.numbers.insert(step.object, number);
        unassigned.push(number);
        let mut children = Vec::new();
        let mut refused = None;
        let mut child = 0;
        // SAFETY: reachable from the caller's value, so alive; nothing changes during the survey.
        unsafe {
            visit_children(step.object, &mut |_, value| {
                if let Concern::Object(object) = concerns(value) {
                    match why_not(value, reach) {
                        Some(why) if refused.is_none() => refused = Some((child, why)),
                        _ => children.push((child, object)),
                    }
                }
                child += 1;
            });
        }
        if let Some((child, why)) = refused {
            // SAFETY: as above.
            let path = unsafe { path_to(&self.steps, number, child) };
            return Err(Refusal { path, reason: why.text() });
        }
        children.reverse();
        Ok(Visit { number, children })
    }

    fn close_component(&mut self, root: u32, unassigned: &mut Vec<u32>) {
        let component = self.ends.len() as u32;
        while let Some(number) = unassigned.pop() {
            self.nodes[number as usize].component = component;
            self.order.push(number);
            if number == root {
                break;
            }
        }
        self.ends.push(self.order.len());
    }

    fn object(&self, number: u32) -> Object {
        self.steps[number as usize].object
    }

    /// Freezes everything that was found.
    fn commit(self, heap: &Heap) {
        let is_immortal =
            if IMMORTAL.lock().len() < MAX_IMMORTAL { self.find_immortal() } else { vec![false; self.ends.len()] };
        self.make_leaves_immortal(&is_immortal);
        let mut start = 0;
        for (component, &end) in self.ends.iter().enumerate() {
            let members = &self.order[start..end];
            start = end;
            for &number in members {
                let object = self.object(number);
                // SAFETY: alive, local and unshared until this commit is over.
                unsafe {
                    heap.remove_candidate(header(object));
                    header(object).set(flag::FROZEN);
                    visit_children(object, &mut share_if_leaf);
                }
            }
            if is_immortal[component] {
                self.make_immortal(members);
            } else if members.len() > 1 || self.nodes[members[0] as usize].refers_to_itself {
                self.make_component(members, component as u32);
            } else {
                // SAFETY: as above.
                unsafe { header(self.object(members[0])) }.count().share();
            }
        }
    }

    /// Components with a class in them, and those that they lead to.
    fn find_immortal(&self) -> Vec<bool> {
        let mut immortal = vec![false; self.ends.len()];
        // Backwards, a component comes before those that it refers to.
        for component in (0..self.ends.len()).rev() {
            let start = component.checked_sub(1).map_or(0, |before| self.ends[before]);
            let members = &self.order[start..self.ends[component]];
            // SAFETY: alive.
            let is_class = |&number: &u32| unsafe { header(self.object(number)) }.kind() == Tag::Class;
            if !immortal[component] && !members.iter().any(is_class) {
                continue;
            }
            immortal[component] = true;
            for &number in members {
                // SAFETY: alive, and nothing changes.
                unsafe {
                    visit_children(self.object(number), &mut |_, value| {
                        if value.is_heap()
                            && let Some(&child) = self.numbers.get(&value.pointer())
                        {
                            immortal[self.nodes[child as usize].component as usize] = true;
                        }
                    });
                }
            }
        }
        immortal
    }

    /// Immutable objects that immortal ones hold, before others that hold them too have them shared.
    fn make_leaves_immortal(&self, is_immortal: &[bool]) {
        for &number in &self.order {
            if !is_immortal[self.nodes[number as usize].component as usize] {
                continue;
            }
            // SAFETY: alive, local and unshared until this commit is over.
            unsafe {
                visit_children(self.object(number), &mut |_, value| {
                    if let Concern::Leaf(leaf) = concerns(value)
                        && header(leaf).count().is_local()
                    {
                        header(leaf).count().make_immortal();
                        super::census::died();
                    }
                });
            }
        }
    }

    fn make_immortal(&self, members: &[u32]) {
        for &number in members {
            let object = self.object(number);
            // SAFETY: alive, local and unshared until this commit is over.
            let header = unsafe { header(object) };
            header.count().make_immortal();
            super::census::died();
            if header.kind() == Tag::Class {
                IMMORTAL.lock().push(Immortal(object));
            }
        }
    }

    fn make_component(&self, members: &[u32], component: u32) {
        let mut outside = 0i64;
        for &number in members {
            // SAFETY: alive, local and unshared until this commit is over.
            unsafe {
                outside += header(self.object(number)).count().local() as i64;
                visit_children(self.object(number), &mut |_, value| {
                    let is_member = value.tag().is_traced()
                        && self
                            .numbers
                            .get(&value.pointer())
                            .is_some_and(|&child| self.nodes[child as usize].component == component);
                    outside -= is_member as i64;
                });
            }
        }
        let index = component::make(members.iter().map(|&number| self.object(number)).collect(), outside);
        for &number in members {
            // SAFETY: as above.
            let header = unsafe { header(self.object(number)) };
            header.set(flag::COMPONENT);
            header.count().set_component(index);
        }
    }
}

/// Frozen classes that are immortal: as many as a large program defines. Those of a program that makes classes in a loop are
/// counted beyond that, like all that is frozen, and freed.
const MAX_IMMORTAL: usize = 2000;

/// Frozen classes, so that a search for leaks finds them in use.
static IMMORTAL: Mutex<Vec<Immortal>> = Mutex::new(Vec::new());

struct Immortal(#[allow(dead_code, reason = "held, never read")] Object);

// SAFETY: the object is frozen; the pointer is never followed from here.
unsafe impl Send for Immortal {}
