//! A hash table that keeps the order of insertion: an index of entry numbers over a vector of entries. Removed entries
//! leave holes, which go when the vector would grow, so that a removal costs no more than a lookup and places stay valid
//! while a loop walks over the entries.
//!
//! The index is probed from a key's hash on, one slot after the other. A slot holds an entry's hash beside its number, so
//! that a lookup reads one place of the index and the one entry that it finds: in large tables each of them is far away.

use super::account;
use super::hash::spread;
use super::value::Value;

/// One pair. A hole has [`Value::MISSING`] as its key.
pub(super) struct Entry {
    pub key: Value,
    pub value: Value,
}

/// A slot of the index: the hash in the upper half, the entry's number plus one in the lower half; 0 if it is empty.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Slot(u64);

impl Slot {
    const EMPTY: Slot = Slot(0);

    #[inline(always)]
    fn new(hash: u32, place: usize) -> Slot {
        debug_assert!(place < u32::MAX as usize);
        Slot((hash as u64) << 32 | (place as u64 + 1))
    }

    #[inline(always)]
    fn hash(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline(always)]
    fn place(self) -> usize {
        (self.0 as u32).wrapping_sub(1) as usize
    }
}

/// Slots of the smallest index.
const FEWEST: usize = 8;

/// See the module. Keys are compared by the caller, who also hashes them.
#[derive(Default)]
pub(super) struct OrderedTable {
    /// A power of two, or none. One in four at least is empty.
    index: Box<[Slot]>,
    /// How many keys there are.
    length: usize,
    entries: Vec<Entry>,
}

impl OrderedTable {
    pub fn with_capacity(capacity: usize) -> OrderedTable {
        OrderedTable { index: empty_index(capacity), length: 0, entries: Vec::with_capacity(capacity) }
    }

    /// The number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Where looking for a hash begins.
    #[inline(always)]
    fn first(&self, hash: u32) -> usize {
        debug_assert!(self.index.len().is_power_of_two());
        // The upper bits of the product depend on all bits of the hash.
        (spread(hash) >> 32) as usize & (self.index.len() - 1)
    }

    /// The slots with a hash, and their numbers, as far as an empty one.
    #[inline(always)]
    fn with_slots(&self, hash: u32) -> impl Iterator<Item = (usize, Slot)> {
        let last = self.index.len().wrapping_sub(1);
        let mut at = if self.index.is_empty() { 0 } else { self.first(hash) };
        std::iter::from_fn(move || {
            loop {
                let slot = *self.index.get(at)?;
                if slot == Slot::EMPTY {
                    return None;
                }
                let number = at;
                at = (at + 1) & last;
                if slot.hash() == hash {
                    return Some((number, slot));
                }
            }
        })
    }

    /// The place of a key.
    #[inline]
    pub fn find(&self, hash: u32, mut is_key: impl FnMut(&Value) -> bool) -> Option<usize> {
        let mut slots = self.with_slots(hash);
        slots.find(|(_, slot)| is_key(&self.entries[slot.place()].key)).map(|(_, slot)| slot.place())
    }

    /// The entries with a hash.
    pub fn with_hash(&self, hash: u32) -> impl Iterator<Item = &Entry> {
        self.with_slots(hash).map(|(_, slot)| &self.entries[slot.place()])
    }

    /// The entry at a place that `find` gave.
    #[inline]
    pub fn at(&self, place: usize) -> &Entry {
        &self.entries[place]
    }

    #[inline]
    pub fn value_mut(&mut self, place: usize) -> &mut Value {
        &mut self.entries[place].value
    }

    /// Adds a key that is not there.
    #[inline]
    pub fn add(&mut self, hash: u32, key: Value, value: Value) {
        if self.entries.len() == self.entries.capacity() {
            self.make_room();
        }
        if self.length + 1 > self.index.len() / 4 * 3 {
            self.grow_index();
        }
        assert!(self.entries.len() < u32::MAX as usize, "fewer than 4 billion entries");
        self.insert(Slot::new(hash, self.entries.len()));
        self.length += 1;
        self.entries.push(Entry { key, value });
    }

    /// Puts a slot where it is found. One slot at least is empty.
    #[inline(always)]
    fn insert(&mut self, slot: Slot) {
        let (mut at, last) = (self.first(slot.hash()), self.index.len() - 1);
        while self.index[at] != Slot::EMPTY {
            at = (at + 1) & last;
        }
        self.index[at] = slot;
    }

    /// Takes the entry at a place out, whose key has this hash.
    pub fn remove(&mut self, hash: u32, place: usize) -> (Value, Value) {
        let found = self.with_slots(hash).find(|(_, slot)| slot.place() == place).map(|(at, _)| at);
        if let Some(at) = found {
            self.empty(at);
            self.length -= 1;
        }
        let entry = &mut self.entries[place];
        let pair = (std::mem::replace(&mut entry.key, Value::MISSING), std::mem::take(&mut entry.value));
        while self.entries.last().is_some_and(|entry| entry.key.is_missing()) {
            self.entries.pop();
        }
        pair
    }

    /// Empties a slot. Those behind it that would not be found any more move up.
    fn empty(&mut self, mut hole: usize) {
        let last = self.index.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & last;
            let slot = self.index[at];
            if slot == Slot::EMPTY {
                break;
            }
            // It stays if it is looked for from behind the hole on.
            let way = at.wrapping_sub(self.first(slot.hash())) & last;
            if way >= at.wrapping_sub(hole) & last {
                self.index[hole] = slot;
                hole = at;
            }
        }
        self.index[hole] = Slot::EMPTY;
    }

    /// The first entry at or after a place, with its own place.
    #[inline]
    pub fn next(&self, from: usize) -> Option<(usize, &Entry)> {
        let rest = self.entries.get(from..)?;
        let skipped = rest.iter().position(|entry| !entry.key.is_missing())?;
        Some((from + skipped, &rest[skipped]))
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.key.is_missing())
    }

    /// Bytes on the global allocator.
    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.index.len() * size_of::<Slot>()
    }

    pub fn into_pairs(self) -> impl Iterator<Item = (Value, Value)> {
        self.entries.into_iter().filter(|entry| !entry.key.is_missing()).map(|entry| (entry.key, entry.value))
    }

    #[cold]
    fn grow_index(&mut self) {
        let slots = std::mem::replace(&mut self.index, empty_index(self.length + 1));
        for slot in slots {
            if slot != Slot::EMPTY {
                self.insert(slot);
            }
        }
    }

    #[cold]
    fn make_room(&mut self) {
        if self.entries.len() < 8 || self.len() > self.entries.len() / 4 * 3 {
            let (length, capacity) = (self.entries.len(), self.entries.capacity());
            self.entries.reserve_exact(account::growth(capacity, length, 1, size_of::<Entry>()).max(4));
            return;
        }
        // What each entry's number becomes.
        let mut kept = 0;
        let numbers: Vec<u32> = (self.entries.iter())
            .map(|entry| {
                let number = kept;
                kept += u32::from(!entry.key.is_missing());
                number
            })
            .collect();
        self.entries.retain(|entry| !entry.key.is_missing());
        for slot in &mut self.index {
            if *slot != Slot::EMPTY {
                *slot = Slot::new(slot.hash(), numbers[slot.place()] as usize);
            }
        }
    }
}

/// An index for so many entries.
fn empty_index(entries: usize) -> Box<[Slot]> {
    if entries == 0 {
        return Box::default();
    }
    let slots = (entries + entries / 3 + 1).next_power_of_two().max(FEWEST);
    vec![Slot::EMPTY; slots].into()
}
