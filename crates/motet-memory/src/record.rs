//! Records and instances: fields by name. The shape in the header says which fields there are; their values are in slots
//! after the fixed part, and past its capacity in a vector. A record that its shape tree will not hold is in dictionary
//! mode: its fields are in a hash table of its own, whose keys are symbols, or strings where no code mentions the name.

use super::class::ClassRef;
use super::field_name::{FieldKey, FieldName};
use super::header::{Header, WriteError};
use super::heap::Heap;
use super::ordered::OrderedTable;
use super::shape::{self, MAX_SLOTS, Origin, ShapeId};
use super::symbol::Symbol;
use super::tag::Tag;
use super::value::Value;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// A record's or an instance's object. `capacity` slots follow it, all of them valid values.
#[repr(C)]
pub struct Record {
    header: Header,
    class: Option<ClassRef>,
    /// A box's; null as long as everything fits the object. Of a frozen object it may still become one that holds a key's hash.
    overflow: AtomicPtr<Overflow>,
    slots: [UnsafeCell<Value>; 0],
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Record>() == 32);

/// What does not fit the object.
#[derive(Default)]
pub(super) struct Overflow {
    /// Slots from the capacity on.
    values: Vec<Value>,
    /// All fields, in dictionary mode.
    dictionary: Option<OrderedTable>,
    /// What the class's method `hash` gave when the instance was last used as a key, if it is not 0.
    key_hash: AtomicU32,
}

const SLOTS: usize = std::mem::offset_of!(Record, slots);

/// A record with more fields than this is likely to be a table by made-up keys: they do not become symbols.
const WIDEST_OF_DATA: usize = 32;

fn layout(capacity: usize) -> Layout {
    Layout::from_size_align(SLOTS + capacity * size_of::<Value>(), align_of::<Record>()).expect("capacity is small")
}

impl Heap {
    /// A new record with no fields, and room for `capacity` of them.
    pub fn record(&self, capacity: usize) -> Value {
        self.fields(Tag::Record, None, ShapeId::EMPTY, capacity)
    }

    /// A new record with the fields of a shape, whose values follow slot by slot.
    #[inline]
    pub fn record_with_shape(&self, shape: ShapeId, values: impl IntoIterator<Item = Value>) -> Value {
        let count = shape.slot_count();
        let value = self.fields(Tag::Record, None, shape, count);
        let record = value.as_record().expect("just made");
        for (slot, value) in values.into_iter().take(count).enumerate() {
            // SAFETY: this is the only reference to the record, and the slot is one of its shape's.
            unsafe { *record.slot_unchecked(slot as u32) = value };
        }
        value
    }

    /// A new instance with no fields, and room for as many as the class has learnt that its instances get.
    ///
    /// Panics if `class` is not a class.
    #[inline]
    pub fn instance(&self, class: &Value) -> Value {
        let class = ClassRef::new(class).expect("an instance is of a class");
        let (shape, capacity) = (class.root_shape(), class.learnt_slots());
        self.fields(Tag::Instance, Some(class), shape, capacity)
    }

    fn fields(&self, tag: Tag, class: Option<ClassRef>, shape: ShapeId, capacity: usize) -> Value {
        let capacity = capacity.min(MAX_SLOTS);
        let layout = layout(capacity);
        self.account(layout.size());
        // SAFETY: the layout is not empty; the fixed part and all slots are written before anyone sees the object.
        unsafe {
            let Some(object) = NonNull::new(alloc(layout).cast::<Record>()) else { handle_alloc_error(layout) };
            let header = Header::with(tag, capacity as u8, shape, 0);
            object.write(Record { header, class, overflow: AtomicPtr::new(ptr::null_mut()), slots: [] });
            let slots = object.byte_add(SLOTS).cast::<Value>();
            for slot in 0..capacity {
                slots.add(slot).write(Value::NULL);
            }
            Value::adopt(object.cast())
        }
    }
}

/// Ends a read also when the reader panics.
struct Reading<'a>(&'a Header);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.end_read();
    }
}

/// Access for the interpreter's inline caches.
impl Record {
    /// Where the first slot inside an object lies.
    pub const SLOTS_OFFSET: usize = SLOTS;
    /// Where the address of an instance's class lies.
    pub const CLASS_OFFSET: usize = std::mem::offset_of!(Record, class);

    #[inline(always)]
    pub fn header(&self) -> &Header {
        &self.header
    }

    #[inline(always)]
    pub fn shape(&self) -> ShapeId {
        self.header.shape()
    }

    /// The class of an instance, without counting.
    #[inline(always)]
    pub fn class(&self) -> Option<&super::Class> {
        self.class.as_deref()
    }

    /// The class of an instance.
    pub fn class_value(&self) -> Value {
        self.class.as_ref().map_or(Value::NULL, ClassRef::to_value)
    }

    /// Slots inside the object.
    #[inline(always)]
    pub fn capacity(&self) -> u32 {
        self.header.capacity()
    }

    /// The place of a slot.
    ///
    /// # Safety
    /// The object's shape has this slot and is no dictionary. The pointer is valid until the object gets another field or
    /// dies. It may be read while nothing writes the slot, and written if [`Record::check_writable`] allows it.
    #[inline(always)]
    pub unsafe fn slot_unchecked(&self, slot: u32) -> *mut Value {
        if slot < self.header.capacity() {
            // SAFETY: `capacity` slots follow the fixed part.
            unsafe { NonNull::from(self).byte_add(SLOTS).cast::<Value>().as_ptr().add(slot as usize) }
        } else {
            self.overflow_slot(slot)
        }
    }

    /// The place of a slot that lies in the object itself; null for one in its overflow.
    ///
    /// # Safety
    /// As for [`Record::slot_unchecked`].
    #[inline(always)]
    pub unsafe fn own_slot_unchecked(&self, slot: u32) -> *mut Value {
        if slot >= self.header.capacity() {
            return std::ptr::null_mut();
        }
        // SAFETY: `capacity` slots follow the fixed part.
        unsafe { NonNull::from(self).byte_add(SLOTS).cast::<Value>().as_ptr().add(slot as usize) }
    }

    #[cold]
    fn overflow_slot(&self, slot: u32) -> *mut Value {
        // Many threads may read it, so no mutable reference is made; whether the pointer may be written through is
        // `slot_unchecked`'s matter.
        // SAFETY: nothing changes the overflow now.
        let overflow = unsafe { self.overflow() }.expect("slots past the capacity are in the overflow");
        let at = (slot - self.header.capacity()) as usize;
        assert!(at < overflow.values.len());
        overflow.values.as_ptr().cast_mut().wrapping_add(at)
    }

    /// Adds a field whose shape is known: what an inline cache does on `self.x = …` in a constructor.
    ///
    /// # Safety
    /// The object is writable, `next` is a transition from its shape and no dictionary, no pointer into the object is in
    /// use. Who stores a value that can hold others calls [`Record::note_store`].
    #[inline(always)]
    pub unsafe fn append_slot_unchecked(&self, slot: u32, next: ShapeId, value: Value) {
        if slot < self.header.capacity() {
            // SAFETY: the slot is in the object, and holds null until now.
            unsafe { self.slot_unchecked(slot).write(value) };
        } else {
            self.append_to_overflow(value);
        }
        self.header.set_shape(next);
    }

    #[cold]
    fn append_to_overflow(&self, value: Value) {
        // SAFETY: the caller has the right to write, and no reference into the overflow is alive.
        let overflow = unsafe { self.overflow_mut() };
        overflow.values.push(value);
        if let Some(class) = &self.class {
            class.learn_slots(self.header.capacity() as usize + overflow.values.len());
        }
    }

    /// The interpreter may write fields.
    #[inline(always)]
    pub fn check_writable(&self) -> Result<(), WriteError> {
        self.header.check_writable()
    }

    /// To be called after storing through a pointer from [`Record::slot_unchecked`].
    ///
    /// A store into an object with one reference closes no cycle: what was stored would have to refer to the object, and
    /// then there were two. So such stores, of which constructors are full, are not noted. This needs that the caller's
    /// own reference is that one: it came from a register, not from inside a container.
    #[inline(always)]
    pub fn note_store(&self, stored: Tag, heap: &Heap) {
        if stored.is_traced() && !self.header.count().is_unique() {
            self.header.note_store(stored, heap);
        }
    }
}

/// Access for everyone.
impl Record {
    /// # Safety
    /// The fields do not change as long as the reference is used.
    unsafe fn overflow(&self) -> Option<&Overflow> {
        // SAFETY: null, or a box's pointer, which is freed only when the values are taken. Acquire: see `set_key_hash`.
        unsafe { self.overflow.load(Ordering::Acquire).as_ref() }
    }

    /// # Safety
    /// The object is writable, and no other reference into the overflow is alive.
    #[allow(clippy::mut_from_ref, reason = "interior mutability, as the contract says")]
    unsafe fn overflow_mut(&self) -> &mut Overflow {
        let mut overflow = self.overflow.load(Ordering::Relaxed);
        if overflow.is_null() {
            overflow = Box::into_raw(Box::default());
            self.overflow.store(overflow, Ordering::Relaxed);
        }
        // SAFETY: a box's pointer; an object that is writable belongs to this thread, and the caller has the only reference.
        unsafe { &mut *overflow }
    }

    /// What `set_key_hash` was told.
    pub fn key_hash(&self) -> Option<u32> {
        // SAFETY: the hash is atomic, and nothing else is looked at.
        let hash = unsafe { self.overflow() }?.key_hash.load(Ordering::Relaxed);
        (hash != 0).then_some(hash)
    }

    /// Says what the class's own method gave as the hash of this instance, which maps find it by. Also a frozen instance can
    /// be told: threads that tell it at the same time tell it the same.
    pub fn set_key_hash(&self, hash: u32) {
        // SAFETY: as above.
        if let Some(overflow) = unsafe { self.overflow() } {
            overflow.key_hash.store(hash, Ordering::Relaxed);
            return;
        }
        let new = Box::into_raw(Box::new(Overflow { key_hash: AtomicU32::new(hash), ..Overflow::default() }));
        if self.overflow.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire).is_err() {
            // SAFETY: it came from a box just now, and no other thread has seen it.
            drop(unsafe { Box::from_raw(new) });
            self.set_key_hash(hash);
        }
    }

    fn dictionary(&self) -> Option<&OrderedTable> {
        // SAFETY: called between `begin_read` and `end_read`, or from one that holds the object alone.
        unsafe { self.overflow() }.and_then(|overflow| overflow.dictionary.as_ref())
    }

    fn read<R>(&self, read: impl FnOnce() -> R) -> R {
        self.header.begin_read();
        let _reading = Reading(&self.header);
        read()
    }

    /// The number of fields.
    pub fn length(&self) -> usize {
        if self.shape().is_dictionary() {
            self.read(|| self.dictionary().map_or(0, OrderedTable::len))
        } else {
            self.shape().slot_count()
        }
    }

    /// A copy of a field.
    #[inline]
    pub fn get<'a>(&self, name: impl Into<FieldKey<'a>>) -> Option<Value> {
        self.find(name.into())
    }

    fn find(&self, name: FieldKey<'_>) -> Option<Value> {
        if self.shape().is_dictionary() {
            return self.read(|| {
                let table = self.dictionary()?;
                table.find(name.hash(), |key| name.is(key)).map(|place| table.at(place).value.clone())
            });
        }
        let slot = shape::find_slot(self.shape(), name.find_symbol()?)?;
        // SAFETY: the shape has the slot; cloning runs no foreign code.
        Some(unsafe { (*self.slot_unchecked(slot)).clone() })
    }

    pub fn contains<'a>(&self, name: impl Into<FieldKey<'a>>) -> bool {
        let name = name.into();
        if self.shape().is_dictionary() {
            self.read(|| self.dictionary().is_some_and(|table| table.find(name.hash(), |key| name.is(key)).is_some()))
        } else {
            name.find_symbol().is_some_and(|symbol| shape::find_slot(self.shape(), symbol).is_some())
        }
    }

    /// Sets a field that code mentions; it is added at the end if it is new.
    #[inline]
    pub fn set(&self, name: Symbol, value: Value, heap: &Heap) -> Result<(), WriteError> {
        self.header.check_writable()?;
        self.header.note_store(value.tag(), heap);
        self.set_symbol(name, value, heap, Origin::Code);
        Ok(())
    }

    /// The same, for a field whose name may be data.
    pub fn set_named(&self, name: FieldName, value: Value, heap: &Heap) -> Result<(), WriteError> {
        self.header.check_writable()?;
        self.header.note_store(value.tag(), heap);
        self.set_unnoted(name, value, heap);
        Ok(())
    }

    /// Sets a field of an object that may be written.
    fn set_unnoted(&self, name: FieldName, value: Value, heap: &Heap) {
        if !self.shape().is_dictionary() {
            let symbol = match name.key() {
                FieldKey::Symbol(symbol) => Some(symbol),
                FieldKey::Text(text, hash) if self.shape().slot_count() < WIDEST_OF_DATA => Symbol::of_data(text, hash),
                FieldKey::Text(text, hash) => Symbol::find_hashed(text, hash),
            };
            match symbol {
                Some(symbol) => return self.set_symbol(symbol, value, heap, Origin::Data),
                None => self.become_dictionary(heap),
            }
        }
        self.set_in_dictionary(name, value, heap);
    }

    /// The same, by symbol.
    fn set_symbol(&self, name: Symbol, value: Value, heap: &Heap, origin: Origin) {
        let shape = self.shape();
        if !shape.is_dictionary() {
            if let Some(slot) = shape::find_slot(shape, name) {
                // SAFETY: the shape has the slot, the object is writable; the old value is dropped afterwards.
                let old = unsafe { std::mem::replace(&mut *self.slot_unchecked(slot), value) };
                drop(old);
                return;
            }
            let next = shape::transition_by(shape, name, origin);
            if !next.is_dictionary() {
                if shape.slot_count() >= self.capacity() as usize {
                    heap.account(size_of::<Value>());
                }
                // SAFETY: writable, and `next` adds this slot to the object's shape.
                unsafe { self.append_slot_unchecked(shape.slot_count() as u32, next, value) };
                return;
            }
            self.become_dictionary(heap);
        }
        self.set_in_dictionary(name.into(), value, heap);
    }

    /// The same, of an object in dictionary mode.
    fn set_in_dictionary(&self, name: FieldName, value: Value, heap: &Heap) {
        // SAFETY: writable, and no reference into the overflow is alive.
        let table = unsafe { self.dictionary_mut() };
        let key = name.key();
        let old = match table.find(key.hash(), |other| key.is(other)) {
            Some(place) => Some(std::mem::replace(table.value_mut(place), value)),
            None => {
                let before = table.bytes();
                table.add(key.hash(), name.value().clone(), value);
                heap.account(table.bytes().saturating_sub(before));
                None
            }
        };
        drop(old);
    }

    /// Takes a field out; gives its value. The order of the others stays.
    pub fn remove<'a>(&self, name: impl Into<FieldKey<'a>>, heap: &Heap) -> Result<Option<Value>, WriteError> {
        let name = name.into();
        self.header.check_writable()?;
        if !self.contains(name) {
            return Ok(None);
        }
        self.become_dictionary(heap);
        // SAFETY: writable, and no reference into the overflow is alive.
        let table = unsafe { self.dictionary_mut() };
        let place = table.find(name.hash(), |key| name.is(key));
        Ok(place.map(|place| table.remove(name.hash(), place).1))
    }

    /// Walks over the fields: the first one at or after a place, with the place to go on from. Places start at 0.
    pub fn next(&self, place: usize) -> Option<(FieldName, Value, usize)> {
        if self.shape().is_dictionary() {
            return self.read(|| {
                let (at, entry) = self.dictionary()?.next(place)?;
                Some((FieldName::of(&entry.key)?, entry.value.clone(), at + 1))
            });
        }
        let name = *self.shape().names().get(place)?;
        // SAFETY: the shape has the slot; cloning runs no foreign code.
        Some((name.into(), unsafe { (*self.slot_unchecked(place as u32)).clone() }, place + 1))
    }

    /// Calls a function for each field, in order. The object cannot be changed meanwhile.
    pub fn for_each(&self, mut function: impl FnMut(&FieldName, &Value)) {
        // SAFETY: the read keeps the object from being changed.
        self.read(|| unsafe { self.visit_fields(&mut function) });
    }

    /// # Safety
    /// The object is in dictionary mode, writable, and no other reference into the overflow is alive.
    #[allow(clippy::mut_from_ref, reason = "interior mutability, as the contract says")]
    unsafe fn dictionary_mut(&self) -> &mut OrderedTable {
        // SAFETY: the caller's promise.
        unsafe { self.overflow_mut() }.dictionary.get_or_insert_default()
    }

    /// Moves all fields into a hash table. The caller may write.
    fn become_dictionary(&self, heap: &Heap) {
        let shape = self.shape();
        if shape.is_dictionary() {
            return;
        }
        let mut table = OrderedTable::with_capacity(shape.slot_count() + 1);
        for (slot, &name) in shape.names().iter().enumerate() {
            // SAFETY: the shape has the slot; it is left null.
            let value = unsafe { std::mem::take(&mut *self.slot_unchecked(slot as u32)) };
            table.add(name.hash(), Value::symbol(name), value);
        }
        heap.account(table.bytes());
        // SAFETY: the caller may write, and no reference into the overflow is alive.
        let overflow = unsafe { self.overflow_mut() };
        // What is left of the values are nulls.
        overflow.values = Vec::new();
        overflow.dictionary = Some(table);
        self.header.set_shape(shape::dictionary(shape));
    }
}

/// The ends of a record's life.
impl Record {
    /// An object of the same kind and class, without fields, with room for this one's.
    pub(super) fn copy_empty(&self, heap: &Heap) -> Value {
        let capacity = self.capacity() as usize;
        match self.class_ref() {
            None => heap.record(capacity.max(self.shape().slot_count())),
            Some(class) => {
                let class = class.clone();
                let shape = class.root_shape();
                let copy = heap.fields(Tag::Instance, Some(class), shape, capacity.max(self.shape().slot_count()));
                // Maps that are copied find their keys without running code of the program.
                if let (Some(hash), Some(fields)) = (self.key_hash(), copy.as_instance()) {
                    fields.set_key_hash(hash);
                }
                copy
            }
        }
    }

    /// Gives a new object without fields its fields.
    pub(super) fn fill(&self, fields: Vec<(FieldName, Value)>, heap: &Heap) {
        for (name, value) in fields {
            self.set_unnoted(name, value, heap);
        }
    }

    pub(super) fn class_ref(&self) -> Option<&ClassRef> {
        self.class.as_ref()
    }

    /// Calls a function for each field, without noting a read.
    ///
    /// # Safety
    /// Nothing changes the object meanwhile.
    pub(super) unsafe fn visit_fields(&self, function: &mut dyn FnMut(&FieldName, &Value)) {
        if let Some(table) = self.dictionary() {
            for entry in table.iter() {
                // SAFETY: the copy is never dropped, so the entry's reference is counted once, and outlives it.
                let name = ManuallyDrop::new(unsafe { FieldName::adopt(ptr::read(&entry.key)) });
                function(&name, &entry.value);
            }
        } else {
            for (slot, &name) in self.shape().names().iter().enumerate() {
                // SAFETY: the shape has the slot, and the caller keeps it from being changed.
                function(&name.into(), unsafe { &*self.slot_unchecked(slot as u32) });
            }
        }
    }

    /// Bytes outside the object, and in it.
    pub(super) fn bytes(&self) -> usize {
        // SAFETY: no reference is kept.
        let overflow = unsafe { self.overflow() };
        let outside = overflow.map_or(0, |overflow| {
            let dictionary = overflow.dictionary.as_ref().map_or(0, OrderedTable::bytes);
            size_of::<Overflow>() + overflow.values.capacity() * size_of::<Value>() + dictionary
        });
        layout(self.capacity() as usize).size() + outside
    }

    /// Makes an object whose values were taken one without fields.
    pub(super) fn forget_fields(&self) {
        self.header.set_shape(self.shape().root());
    }

    /// Takes all values. The class stays, and the shape, which the caller must change if the object lives on.
    ///
    /// # Safety
    /// No guard is alive, and the object is local.
    pub(super) unsafe fn take_values(&self, sink: &mut dyn FnMut(Value)) {
        for slot in 0..self.capacity() {
            // SAFETY: all slots inside the object are valid values, and stay so.
            sink(std::mem::take(unsafe { &mut *self.slot_unchecked(slot) }));
        }
        // Not a swap, which would cost each record that dies an atomic operation: nothing else uses the object.
        let overflow = self.overflow.load(Ordering::Acquire);
        if !overflow.is_null() {
            self.overflow.store(ptr::null_mut(), Ordering::Relaxed);
            // SAFETY: a box's pointer, which was taken out of the object.
            let overflow = *unsafe { Box::from_raw(overflow) };
            overflow.values.into_iter().for_each(&mut *sink);
            overflow.dictionary.into_iter().flat_map(OrderedTable::into_pairs).for_each(|(name, value)| {
                sink(name);
                sink(value);
            });
        }
    }

    /// # Safety
    /// The object is dead.
    pub(super) unsafe fn take_class(object: NonNull<Record>) -> Option<ClassRef> {
        // SAFETY: the caller's promise.
        unsafe { (*object.as_ptr()).class.take() }
    }

    /// # Safety
    /// The object is dead, and its values and class were taken.
    pub(super) unsafe fn deallocate(object: NonNull<Record>) {
        // SAFETY: allocated with this layout; the slots hold nulls, the overflow and the class are gone.
        unsafe { dealloc(object.as_ptr().cast(), layout(object.as_ref().capacity() as usize)) }
    }
}
