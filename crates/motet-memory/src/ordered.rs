//! A hash table that keeps the order of insertion: an index of entry numbers over a vector of entries. Removed entries
//! leave holes, which go when the vector would grow, so that a removal costs no more than a lookup and places stay valid
//! while a loop walks over the entries.

use super::account;
use super::hash::spread;
use super::value::Value;
use hashbrown::HashTable;

/// One pair. A hole has [`Value::MISSING`] as its key.
pub(super) struct Entry {
    pub key: Value,
    pub value: Value,
    hash: u32,
}

/// See the module. Keys are compared by the caller, who also hashes them.
#[derive(Default)]
pub(super) struct OrderedTable {
    index: HashTable<u32>,
    entries: Vec<Entry>,
}

impl OrderedTable {
    pub fn with_capacity(capacity: usize) -> OrderedTable {
        OrderedTable { index: HashTable::with_capacity(capacity), entries: Vec::with_capacity(capacity) }
    }

    /// The number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// The place of a key.
    #[inline]
    pub fn find(&self, hash: u32, mut is_key: impl FnMut(&Value) -> bool) -> Option<usize> {
        let entries = &self.entries;
        let found = self.index.find(spread(hash), |&place| {
            let entry = &entries[place as usize];
            entry.hash == hash && is_key(&entry.key)
        });
        found.map(|&place| place as usize)
    }

    /// The entries with a hash.
    pub fn with_hash(&self, hash: u32) -> impl Iterator<Item = &Entry> {
        self.index
            .iter_hash(spread(hash))
            .map(|&place| &self.entries[place as usize])
            .filter(move |entry| entry.hash == hash)
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
        let place = u32::try_from(self.entries.len()).expect("fewer than 4 billion entries");
        let entries = &self.entries;
        self.index.insert_unique(spread(hash), place, |&place| spread(entries[place as usize].hash));
        self.entries.push(Entry { key, value, hash });
    }

    /// Takes the entry at a place out.
    pub fn remove(&mut self, place: usize) -> (Value, Value) {
        let hash = self.entries[place].hash;
        if let Ok(found) = self.index.find_entry(spread(hash), |&other| other as usize == place) {
            found.remove();
        }
        let entry = &mut self.entries[place];
        let pair = (std::mem::replace(&mut entry.key, Value::MISSING), std::mem::take(&mut entry.value));
        while self.entries.last().is_some_and(|entry| entry.key.is_missing()) {
            self.entries.pop();
        }
        pair
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
        self.entries.capacity() * size_of::<Entry>() + self.index.allocation_size()
    }

    pub fn into_pairs(self) -> impl Iterator<Item = (Value, Value)> {
        self.entries.into_iter().filter(|entry| !entry.key.is_missing()).map(|entry| (entry.key, entry.value))
    }

    #[cold]
    fn make_room(&mut self) {
        if self.entries.len() < 8 || self.len() > self.entries.len() / 4 * 3 {
            let (length, capacity) = (self.entries.len(), self.entries.capacity());
            self.entries.reserve_exact(account::growth(capacity, length, 1, size_of::<Entry>()).max(4));
            return;
        }
        self.entries.retain(|entry| !entry.key.is_missing());
        self.index.clear();
        let entries = &self.entries;
        for (place, entry) in entries.iter().enumerate() {
            self.index.insert_unique(spread(entry.hash), place as u32, |&p| spread(entries[p as usize].hash));
        }
    }
}
