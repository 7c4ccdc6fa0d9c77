//! Maps: any value as a key, in the order of insertion. `1` and `1.0` are one key, and so is every NaN.
//!
//! A set is a map that has each element as key and as value.

use super::equality::{is_same_key, is_same_key_within};
use super::hash::hash_value;
use super::header::{Header, WriteError};
use super::heap::Heap;
use super::ordered::OrderedTable;
use super::tag::Tag;
use super::value::{Body, Value};
use std::cell::UnsafeCell;

/// A map's object.
#[repr(C)]
pub struct Map {
    header: Header,
    is_set: bool,
    table: UnsafeCell<OrderedTable>,
}

// SAFETY: repr(C), header first, and maps are only made here.
unsafe impl Body for Map {
    const TAG: Tag = Tag::Map;
}

impl Heap {
    /// A new map with room for `capacity` entries.
    pub fn map(&self, capacity: usize) -> Value {
        self.map_or_set(capacity, false)
    }

    /// A new set with room for `capacity` elements.
    pub fn set(&self, capacity: usize) -> Value {
        self.map_or_set(capacity, true)
    }

    fn map_or_set(&self, capacity: usize, is_set: bool) -> Value {
        let table = OrderedTable::with_capacity(capacity);
        self.account(size_of::<Map>() + table.bytes());
        Value::boxed(Map { header: Header::new(Tag::Map), is_set, table: UnsafeCell::new(table) })
    }
}

/// Ends a read also when the reader panics.
struct Reading<'a>(&'a Header);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.end_read();
    }
}

/// Where its parts lie, for machine code.
impl Map {
    /// A byte that is not zero in a set.
    pub const IS_SET_OFFSET: usize = std::mem::offset_of!(Map, is_set);
}

impl Map {
    fn read<R>(&self, read: impl FnOnce(&OrderedTable) -> R) -> R {
        self.header.begin_read();
        let _reading = Reading(&self.header);
        // SAFETY: the read is registered in the header, so the table is not changed until it ends; or the map is
        // frozen.
        read(unsafe { &*self.table.get() })
    }

    /// The value of a key, for comparing maps: keys that are containers are compared `depth` levels deep at most.
    pub(super) fn get_within(&self, key: &Value, depth: u32) -> Option<Value> {
        self.read(|table| {
            let place = table.find(hash_value(key), |other| is_same_key_within(other, key, depth))?;
            Some(table.at(place).value.clone())
        })
    }

    /// The keys that have a hash: those that an object with this hash may equal.
    pub fn keys_with_hash(&self, hash: u32) -> Vec<Value> {
        self.read(|table| table.with_hash(hash).map(|entry| entry.key.clone()).collect())
    }

    fn find(table: &OrderedTable, key: &Value) -> Option<usize> {
        let hash = hash_value(key);
        match key.tag() {
            Tag::Int => table.find(hash, |other| {
                if other.tag() == Tag::Int { other.payload() == key.payload() } else { is_same_key(other, key) }
            }),
            // Texts equal nothing but texts.
            Tag::String => table.find(hash, |other| {
                other.tag() == Tag::String && (other.payload() == key.payload() || other.as_str() == key.as_str())
            }),
            _ => table.find(hash, |other| is_same_key(other, key)),
        }
    }

    /// It is a set: keys and values are its elements.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.is_set
    }

    #[inline]
    pub fn length(&self) -> usize {
        self.read(OrderedTable::len)
    }

    /// A copy of the value of a key.
    #[inline]
    pub fn get(&self, key: &Value) -> Option<Value> {
        self.read(|table| Map::find(table, key).map(|place| table.at(place).value.clone()))
    }

    /// Where the value of a key is, until the map changes; null if it has no such key.
    #[inline]
    pub fn place_of(&self, key: &Value) -> *const Value {
        self.read(|table| match Map::find(table, key) {
            Some(place) => std::ptr::from_ref(&table.at(place).value),
            None => std::ptr::null(),
        })
    }

    #[inline]
    pub fn contains(&self, key: &Value) -> bool {
        self.read(|table| Map::find(table, key).is_some())
    }

    /// Sets the value of a key; gives the one it had.
    #[inline]
    pub fn set(&self, key: Value, value: Value, heap: &Heap) -> Result<Option<Value>, WriteError> {
        self.header.check_writable()?;
        self.header.note_store(key.tag().max(value.tag()), heap);
        // Comparing keys may look into other containers, this map among them: it is a read.
        if let Some(place) = self.read(|table| Map::find(table, &key)) {
            // SAFETY: writable, and the read above has ended. The old value is dropped by the caller, later.
            let table = unsafe { &mut *self.table.get() };
            return Ok(Some(std::mem::replace(table.value_mut(place), value)));
        }
        let hash = hash_value(&key);
        // SAFETY: as above; adding runs no foreign code.
        let table = unsafe { &mut *self.table.get() };
        let before = table.bytes();
        table.add(hash, key, value);
        heap.account(table.bytes().saturating_sub(before));
        Ok(None)
    }

    /// Takes a key out; gives its value.
    pub fn remove(&self, key: &Value) -> Result<Option<Value>, WriteError> {
        self.header.check_writable()?;
        let Some(place) = self.read(|table| Map::find(table, key)) else { return Ok(None) };
        // SAFETY: writable, and the read above has ended; the pair is dropped when the table is whole again.
        let (key, value) = unsafe { &mut *self.table.get() }.remove(hash_value(key), place);
        drop(key);
        Ok(Some(value))
    }

    /// Takes all entries out.
    pub fn clear(&self) -> Result<(), WriteError> {
        self.header.check_writable()?;
        // SAFETY: writable; the entries are dropped when the map is whole again.
        drop(unsafe { self.take_table() });
        Ok(())
    }

    /// Walks over the entries: the first one at or after a place, with the place to go on from. Places start at 0 and stay
    /// valid while the map changes, though who adds entries during a walk may see some of them or not.
    pub fn next(&self, place: usize) -> Option<(Value, Value, usize)> {
        self.read(|table| table.next(place).map(|(at, entry)| (entry.key.clone(), entry.value.clone(), at + 1)))
    }

    /// Calls a function for each entry, in order. The map cannot be changed meanwhile.
    pub fn for_each(&self, mut function: impl FnMut(&Value, &Value)) {
        self.read(|table| table.iter().for_each(|entry| function(&entry.key, &entry.value)));
    }

    /// Calls a function for each entry, without noting a read.
    ///
    /// # Safety
    /// Nothing changes the map meanwhile.
    pub(super) unsafe fn visit_entries(&self, function: &mut dyn FnMut(&Value, &Value)) {
        // SAFETY: the caller's promise.
        unsafe { &*self.table.get() }.iter().for_each(|entry| function(&entry.key, &entry.value));
    }

    /// Gives a new, empty map its entries, whose keys are different from one another.
    pub(super) fn fill(&self, pairs: Vec<(Value, Value)>) {
        debug_assert!(self.header.check_writable().is_ok());
        let mut table = OrderedTable::with_capacity(pairs.len());
        for (key, value) in pairs {
            table.add(hash_value(&key), key, value);
        }
        // SAFETY: the map is new; the only references to it are the copier's.
        unsafe { *self.table.get() = table };
    }

    /// Bytes that the entries take.
    pub(super) fn bytes(&self) -> usize {
        self.read(OrderedTable::bytes)
    }

    /// # Safety
    /// No guard is alive.
    pub(super) unsafe fn take_table(&self) -> OrderedTable {
        // SAFETY: the caller's promise.
        std::mem::take(unsafe { &mut *self.table.get() })
    }
}
