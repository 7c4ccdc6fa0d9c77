//! Classes: a name, a parent, methods, statics. Written while the program defines them, read-only once frozen; and once
//! frozen, immortal, because every thread makes instances and counting them on one word would make the threads queue. A
//! program that makes thousands of classes has the others counted and freed (`freeze`).

use super::field_name::FieldKey;
use super::header::{Header, WriteError, flag};
use super::heap::Heap;
use super::shape::{MAX_SLOTS, ShapeId};
use super::symbol::Symbol;
use super::tag::Tag;
use super::value::{Body, Value};
use hashbrown::HashMap;
use motet_code::{Source, Span};
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The static member that holds the types of fields; no program can write the name.
const FIELD_TYPES: &str = "%field_types";

type Members = HashMap<Symbol, Value, foldhash::fast::FixedState>;

/// A class's object.
#[repr(C)]
pub struct Class {
    header: Header,
    name: Symbol,
    root_shape: ShapeId,
    /// Slots to reserve in new instances: as many as any has had. A guess, so any thread may raise it.
    learnt_slots: AtomicU32,
    /// Raised whenever a method changes, or a static that is or was an object, so that caches can tell.
    version: AtomicU32,
    /// It or one that it descends from declares fields with types.
    has_field_types: AtomicBool,
    parent: Option<ClassRef>,
    /// Where the program defines it; none of the classes that are built in.
    place: Option<Box<(Arc<Source>, Span)>>,
    members: UnsafeCell<ClassMembers>,
}

#[derive(Default)]
struct ClassMembers {
    methods: Members,
    statics: Members,
    /// Methods that others took the place of: they may be running, and only the class keeps them alive.
    replaced: Vec<(Symbol, Value)>,
    /// Names of methods in order of definition, then of statics; for listing.
    method_order: Vec<Symbol>,
    static_order: Vec<Symbol>,
    /// The fields that patterns and constructors know by their place.
    positional: Vec<Symbol>,
}

// SAFETY: repr(C), header first, and classes are only made here.
unsafe impl Body for Class {
    const TAG: Tag = Tag::Class;
}

impl Heap {
    /// A new class that is built in. Its parent is a class or null.
    pub fn class(&self, name: Symbol, parent: &Value) -> Value {
        self.class_at(name, parent, None)
    }

    /// A new class, with the place where the program defines it.
    pub fn class_at(&self, name: Symbol, parent: &Value, place: Option<(Arc<Source>, Span)>) -> Value {
        let parent = ClassRef::new(parent);
        let learnt = parent.as_deref().map_or(0, |parent| parent.learnt_slots() as u32);
        let typed = parent.as_deref().is_some_and(Class::has_field_types);
        self.account(size_of::<Class>());
        Value::boxed(Class {
            header: Header::new(Tag::Class),
            name,
            root_shape: ShapeId::new_root(),
            learnt_slots: AtomicU32::new(learnt),
            version: AtomicU32::new(0),
            has_field_types: AtomicBool::new(typed),
            parent,
            place: place.map(Box::new),
            members: UnsafeCell::default(),
        })
    }
}

/// Where its parts lie, for machine code.
impl Class {
    pub const VERSION_OFFSET: usize = std::mem::offset_of!(Class, version);
    /// The parent's address, or 0.
    pub const PARENT_OFFSET: usize = std::mem::offset_of!(Class, parent);
    /// 0 for what is built in.
    pub const PLACE_OFFSET: usize = std::mem::offset_of!(Class, place);
}

impl Class {
    pub fn name(&self) -> Symbol {
        self.name
    }

    /// Where the program defines it.
    pub fn place(&self) -> Option<&(Arc<Source>, Span)> {
        self.place.as_deref()
    }

    pub fn parent(&self) -> Option<&Class> {
        self.parent.as_deref()
    }

    pub fn parent_value(&self) -> Value {
        self.parent.as_ref().map_or(Value::NULL, ClassRef::to_value)
    }

    /// Says that instances are compared, hashed and printed by their fields: the cases of enums.
    pub fn compare_by_value(&self) {
        self.header.set(flag::KIND_A);
    }

    /// Instances are compared by their fields, not by identity.
    #[inline]
    pub fn is_compared_by_value(&self) -> bool {
        self.header.has(flag::KIND_A)
    }

    /// This class or one that it descends from.
    pub fn is_or_descends_from(&self, other: &Class) -> bool {
        std::iter::successors(Some(self), |class| class.parent()).any(|class| std::ptr::eq(class, other))
    }

    /// The shape of an instance without fields.
    #[inline(always)]
    pub fn root_shape(&self) -> ShapeId {
        self.root_shape
    }

    /// Slots that a new instance reserves.
    #[inline(always)]
    pub fn learnt_slots(&self) -> usize {
        self.learnt_slots.load(Ordering::Relaxed) as usize
    }

    /// Instances get this many fields.
    #[inline]
    pub fn learn_slots(&self, count: usize) {
        self.learnt_slots.fetch_max(count.min(MAX_SLOTS) as u32, Ordering::Relaxed);
    }

    /// Changes whenever a method of this class does, or a static that is or was an object.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        self.version.load(Ordering::Relaxed)
    }

    /// Some of its instances' fields were declared with types.
    #[inline(always)]
    pub fn has_field_types(&self) -> bool {
        self.has_field_types.load(Ordering::Relaxed)
    }

    /// Says with a record which types fields are declared with.
    pub fn set_field_types(&self, types: Value, heap: &Heap) -> Result<(), WriteError> {
        self.set_static(Symbol::intern(FIELD_TYPES), types, heap)?;
        self.has_field_types.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The type that a field is declared with, here or in the nearest ancestor that does.
    pub fn field_type<'a>(&self, name: impl Into<FieldKey<'a>>) -> Option<Value> {
        let name = name.into();
        let types = Symbol::find(FIELD_TYPES)?;
        std::iter::successors(Some(self), |class| class.parent())
            .find_map(|class| class.members().statics.get(&types)?.as_record()?.get(name))
    }

    fn members(&self) -> &ClassMembers {
        // SAFETY: members change only in `change` and `set_positional_fields`, which no other method of a class runs inside
        // of; what is read here is cloned or visited before the caller gets control, except by `visit`, which says so.
        unsafe { &*self.members.get() }
    }

    /// A method of this class itself.
    pub fn own_method(&self, name: Symbol) -> Option<Value> {
        self.members().methods.get(&name).cloned()
    }

    /// A method of this class or the nearest ancestor that has it.
    pub fn method(&self, name: Symbol) -> Option<Value> {
        std::iter::successors(Some(self), |class| class.parent()).find_map(|class| class.own_method(name))
    }

    /// A static of this class or the nearest ancestor that has it.
    pub fn static_value(&self, name: Symbol) -> Option<Value> {
        std::iter::successors(Some(self), |class| class.parent())
            .find_map(|class| class.members().statics.get(&name).cloned())
    }

    /// Whether this class itself has a static.
    pub fn has_static(&self, name: Symbol) -> bool {
        self.members().statics.contains_key(&name)
    }

    /// Names of the class's own methods, in order of definition.
    pub fn method_names(&self) -> Vec<Symbol> {
        self.members().method_order.clone()
    }

    /// Names of the class's own statics, in order of definition.
    pub fn static_names(&self) -> Vec<Symbol> {
        self.members().static_order.clone()
    }

    /// The fields that patterns and constructors know by their place: the class's own, not its parent's.
    pub fn positional_fields(&self) -> Vec<Symbol> {
        self.members().positional.clone()
    }

    #[inline]
    pub fn set_positional_fields(&self, fields: Vec<Symbol>, heap: &Heap) -> Result<(), WriteError> {
        self.header.check_writable()?;
        heap.account(size_of_val(fields.as_slice()));
        // SAFETY: writable means local and unread; symbols are not counted, so dropping the old ones runs no other code.
        unsafe { &mut *self.members.get() }.positional = fields;
        Ok(())
    }

    pub fn set_method(&self, name: Symbol, function: Value, heap: &Heap) -> Result<(), WriteError> {
        let old = self.change(&function, heap, |members, function| {
            match members.methods.insert(name, function) {
                None => members.method_order.push(name),
                Some(old) => members.replaced.push((name, old)),
            }
            None
        })?;
        self.version.fetch_add(1, Ordering::Relaxed);
        drop(old);
        Ok(())
    }

    pub fn set_static(&self, name: Symbol, value: Value, heap: &Heap) -> Result<(), WriteError> {
        let is_object = value.is_heap();
        let old = self.change(&value, heap, |members, value| {
            let old = members.statics.insert(name, value);
            if old.is_none() {
                members.static_order.push(name);
            }
            old
        })?;
        if is_object || old.as_ref().is_some_and(Value::is_heap) {
            self.version.fetch_add(1, Ordering::Relaxed);
        }
        drop(old);
        Ok(())
    }

    fn change(
        &self,
        value: &Value,
        heap: &Heap,
        change: impl FnOnce(&mut ClassMembers, Value) -> Option<Value>,
    ) -> Result<Option<Value>, WriteError> {
        self.header.check_writable()?;
        self.header.note_store(value.tag(), heap);
        heap.account(2 * size_of::<Value>());
        // SAFETY: writable means local and unread; the two callers' closures only insert into tables.
        Ok(change(unsafe { &mut *self.members.get() }, value.clone()))
    }

    pub(super) fn parent_ref(&self) -> Option<&ClassRef> {
        self.parent.as_ref()
    }

    /// Calls a function for each method and static, named.
    ///
    /// # Safety
    /// Nothing changes the class meanwhile.
    pub(super) unsafe fn visit(&self, function: &mut dyn FnMut(Symbol, &Value)) {
        let members = self.members();
        for (name, value) in members.methods.iter().chain(&members.statics) {
            function(*name, value);
        }
        for (name, value) in &members.replaced {
            function(*name, value);
        }
    }

    /// Takes all methods and statics of a dead or garbage class.
    ///
    /// # Safety
    /// The class is local, and nothing reads it now.
    pub(super) unsafe fn take_members(&self, sink: &mut dyn FnMut(Value)) {
        // SAFETY: the caller's promise.
        let members = std::mem::take(unsafe { &mut *self.members.get() });
        let replaced = members.replaced.into_iter().map(|(_, value)| value);
        members.methods.into_values().chain(members.statics.into_values()).chain(replaced).for_each(sink);
    }

    /// # Safety
    /// The class is dead.
    pub(super) unsafe fn take_parent(object: NonNull<Class>) -> Option<ClassRef> {
        // SAFETY: the caller's promise.
        unsafe { (*object.as_ptr()).parent.take() }
    }
}

/// A counted reference to a class in eight bytes.
pub(super) struct ClassRef(NonNull<Header>);

impl ClassRef {
    #[inline]
    pub fn new(value: &Value) -> Option<ClassRef> {
        value.as_class()?;
        let (_, payload) = value.clone().into_raw();
        NonNull::new(payload as *mut Header).map(ClassRef)
    }

    /// The class as a value, without counting.
    pub fn as_value(&self) -> ManuallyDrop<Value> {
        // SAFETY: the object lives as long as this reference; the value is not dropped.
        ManuallyDrop::new(unsafe { Value::adopt(self.0) })
    }

    pub fn to_value(&self) -> Value {
        Value::clone(&self.as_value())
    }

    /// The class as a value that takes over this reference.
    pub fn into_value(self) -> Value {
        ManuallyDrop::into_inner(ManuallyDrop::new(self).as_value())
    }
}

impl Clone for ClassRef {
    fn clone(&self) -> ClassRef {
        // SAFETY: the object lives; the reference counted here is the new one's.
        unsafe { self.0.as_ref() }.retain();
        ClassRef(self.0)
    }
}

impl Deref for ClassRef {
    type Target = Class;
    #[inline(always)]
    fn deref(&self) -> &Class {
        // SAFETY: made from a class's value, whose reference it owns.
        unsafe { self.0.cast().as_ref() }
    }
}

impl Drop for ClassRef {
    fn drop(&mut self) {
        drop(ManuallyDrop::into_inner(self.as_value()));
    }
}
