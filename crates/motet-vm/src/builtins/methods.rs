//! Natives as methods, and fields of foreign objects, found by their names. The tables are made at the start of each
//! process, so a row costs nothing but its hash: a name becomes a symbol only when code mentions it.

use super::entry::{Entry, Field, Kinds};
use crate::memory::{ForeignKind, Tag};
use crate::native::NativeFunction;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Rows with names, several of which may be the same.
pub(super) struct Named<T> {
    rows: HashTable<(&'static str, T)>,
    hasher: FixedState,
}

impl<T> Named<T> {
    pub fn with_capacity(count: usize) -> Named<T> {
        Named { rows: HashTable::with_capacity(count), hasher: FixedState::default() }
    }

    pub fn add(&mut self, name: &'static str, row: T) {
        let Named { rows, hasher } = self;
        rows.insert_unique(hash(hasher, name), (name, row), |(name, _)| hash(hasher, name));
    }

    /// All rows of a name.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a T> {
        let same = self.rows.iter_hash(hash(&self.hasher, name)).filter(move |row| row.0 == name);
        same.map(|(_, row)| row)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &T)> {
        self.rows.iter().map(|(name, row)| (*name, row))
    }
}

fn hash(hasher: &FixedState, name: &str) -> u64 {
    hasher.hash_one(name)
}

/// A native that some values have as a method.
#[derive(Clone, Copy)]
pub(super) struct Method {
    pub kinds: Kinds,
    /// Foreign objects of this kind have it too.
    pub foreign: Option<&'static ForeignKind>,
    pub native: &'static NativeFunction,
}

/// Methods by their names.
pub(super) type Methods = Named<Method>;

impl Methods {
    /// Those among some natives.
    pub fn among(entries: impl Iterator<Item = &'static Entry>) -> Methods {
        let mut methods = Methods::with_capacity(0);
        entries.for_each(|entry| methods.add_entry(entry));
        methods
    }

    pub fn add_entry(&mut self, entry: &'static Entry) {
        if entry.methods_of != Kinds::NONE || entry.foreign.is_some() {
            let (kinds, foreign) = (entry.methods_of, entry.foreign);
            self.add(entry.native.name, Method { kinds, foreign, native: &entry.native });
        }
    }

    /// The method that values with a tag have.
    pub fn of_tag(&self, tag: Tag, name: &str) -> Option<&'static NativeFunction> {
        self.of(name).find(|method| method.kinds.contains(tag)).map(|method| method.native)
    }

    /// The method that all have that `for` walks over.
    pub fn of_iterables(&self, name: &str) -> Option<&'static NativeFunction> {
        self.of(name).find(|method| method.kinds.has_all(Kinds::ITERABLE)).map(|method| method.native)
    }

    /// The method that foreign objects of a kind have.
    pub fn of_foreign(&self, kind: &'static ForeignKind, name: &str) -> Option<&'static NativeFunction> {
        self.of(name).find(|method| method.foreign == Some(kind)).map(|method| method.native)
    }
}

/// Fields of foreign objects by their names.
pub(super) type Fields = Named<&'static Field>;

impl Fields {
    /// The field that foreign objects of a kind have.
    pub fn of_foreign(&self, kind: &'static ForeignKind, name: &str) -> Option<&'static Field> {
        self.of(name).find(|field| field.kind == kind).copied()
    }
}
