//! Keys of objects, and records of the same keys.
//!
//! Objects of one text have few different keys, and mostly the same ones in the same order. So a key is looked for once, and
//! then is a number in a table of this text. What follows a key is guessed: the key that followed it the last time. And the
//! second record of the same keys gets the shape of the first, whose fields were set one by one.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use motet_vm::memory::{FieldName, Heap, MAX_SLOTS, ShapeId, Value};
use std::hash::BuildHasher;

/// Keys that the table holds. A text with more uses objects as tables; its other keys are looked up each time.
const MOST_KEYS: usize = 4096;
/// Sets of keys that are remembered.
const MOST_LAYOUTS: usize = 1024;

/// A key: a number in the table, or behind [`MOST_KEYS`] one in the list of those that the table does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u32);

impl Key {
    fn at(place: usize) -> Key {
        Key(u32::try_from(place).expect("a text has less than 2^32 keys at a time"))
    }
}

struct Known {
    text: Box<str>,
    name: FieldName,
    /// It stands in quotes as it is, without escapes.
    is_plain: bool,
    /// The key that came after it the last time.
    follower: Option<u32>,
}

struct Layout {
    keys: Box<[Key]>,
    shape: ShapeId,
}

/// See the module.
pub(super) struct Keys {
    known: Vec<Known>,
    by_text: HashTable<u32>,
    /// Keys that the table does not hold, of the objects that are being read.
    others: Vec<Box<str>>,
    /// The first key of the last object.
    first: Option<u32>,
    layouts: Vec<Layout>,
    by_keys: HashTable<u32>,
    hasher: RandomState,
}

impl Keys {
    pub fn new() -> Keys {
        Keys {
            known: Vec::new(),
            by_text: HashTable::new(),
            others: Vec::new(),
            first: None,
            layouts: Vec::new(),
            by_keys: HashTable::new(),
            hasher: RandomState::default(),
        }
    }

    /// The key that followed `before` the last time, if a text goes on with it and its closing quote; and its length.
    #[inline]
    pub fn guess(&self, before: Option<Key>, rest: &[u8]) -> Option<(Key, usize)> {
        let guess = match before {
            None => self.first,
            Some(before) => self.known.get(before.0 as usize)?.follower,
        }?;
        let known = &self.known[guess as usize];
        let length = known.text.len();
        let is_it = known.is_plain && rest.get(length) == Some(&b'"') && &rest[..length] == known.text.as_bytes();
        is_it.then_some((Key(guess), length))
    }

    /// The key of a text that comes after another key.
    pub fn find(&mut self, before: Option<Key>, text: &str, heap: &Heap) -> Key {
        let hash = self.hasher.hash_one(text);
        let found = self.by_text.find(hash, |&number| *self.known[number as usize].text == *text).copied();
        let number = match found {
            Some(number) => number,
            None if self.known.len() == MOST_KEYS => {
                self.others.push(text.into());
                return Key::at(MOST_KEYS + self.others.len() - 1);
            }
            None => self.add(text, hash, heap),
        };
        match before {
            None => self.first = Some(number),
            Some(before) => {
                if let Some(before) = self.known.get_mut(before.0 as usize) {
                    before.follower = Some(number);
                }
            }
        }
        Key(number)
    }

    fn add(&mut self, text: &str, hash: u64, heap: &Heap) -> u32 {
        let number = Key::at(self.known.len()).0;
        let is_plain = super::escape::plain_end(text.as_bytes(), 0) == text.len();
        self.known.push(Known { text: text.into(), name: FieldName::new(text, heap), is_plain, follower: None });
        let (known, hasher) = (&self.known, &self.hasher);
        self.by_text.insert_unique(hash, number, |&number| hasher.hash_one(&*known[number as usize].text));
        number
    }

    fn text(&self, key: Key) -> &str {
        match self.known.get(key.0 as usize) {
            Some(known) => &known.text,
            None => &self.others[key.0 as usize - MOST_KEYS],
        }
    }

    /// How many keys there are that the table does not hold.
    pub fn others(&self) -> usize {
        self.others.len()
    }

    /// Forgets those that came after the first `count`: their object has ended.
    pub fn forget_others(&mut self, count: usize) {
        self.others.truncate(count);
    }

    /// A map with these keys.
    pub fn map(&self, keys: &[Key], values: impl Iterator<Item = Value>, heap: &Heap) -> Value {
        let map = heap.map(keys.len());
        let entries = map.as_map().expect("just made");
        for (&key, value) in keys.iter().zip(values) {
            entries.set(heap.string(self.text(key)), value, heap).expect("just made");
        }
        map
    }

    /// A record with these keys.
    pub fn record(&mut self, keys: &[Key], values: impl Iterator<Item = Value>, heap: &Heap) -> Value {
        if keys.len() > MAX_SLOTS {
            return self.record_by_fields(keys, values, heap);
        }
        let hash = hash_of(keys);
        if let Some(&found) = self.by_keys.find(hash, |&number| *self.layouts[number as usize].keys == *keys) {
            return heap.record_with_shape(self.layouts[found as usize].shape, values);
        }
        let record = self.record_by_fields(keys, values, heap);
        let fields = record.as_record().expect("just made");
        let is_in_table = keys.iter().all(|key| (key.0 as usize) < MOST_KEYS);
        // A key that came twice has one field.
        let has_all = fields.length() == keys.len() && !fields.shape().is_dictionary();
        if is_in_table && has_all && self.layouts.len() < MOST_LAYOUTS {
            let number = self.layouts.len() as u32;
            self.layouts.push(Layout { keys: keys.into(), shape: fields.shape() });
            let layouts = &self.layouts;
            self.by_keys.insert_unique(hash, number, |&number| hash_of(&layouts[number as usize].keys));
        }
        record
    }

    fn record_by_fields(&self, keys: &[Key], values: impl Iterator<Item = Value>, heap: &Heap) -> Value {
        let record = heap.record(keys.len());
        let fields = record.as_record().expect("just made");
        for (&key, value) in keys.iter().zip(values) {
            let name = match self.known.get(key.0 as usize) {
                Some(known) => known.name.clone(),
                None => FieldName::new(self.text(key), heap),
            };
            fields.set_named(name, value, heap).expect("just made");
        }
        record
    }
}

/// The hash of a set of keys in their order. Numbers of keys are given out in order, so no text can choose them.
#[inline]
fn hash_of(keys: &[Key]) -> u64 {
    let hash = keys.iter().fold(0u64, |hash, key| (hash.rotate_left(5) ^ u64::from(key.0)).wrapping_mul(SPREAD));
    hash ^ (hash >> 32)
}

/// An odd constant whose bits look random: what is multiplied with it differs in its upper half.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
