//! Interned names. The table belongs to the process and only grows: a symbol means the same name on every thread, for
//! ever. Reading a name takes no lock; interning one takes a read lock if it is known, a write lock once if it is not.
//!
//! **Which names are interned.** Those of code: as many as the code mentions. Text that a program makes at run time is not,
//! since it would stay for ever: `symbol(text)` of an unknown name is an object that is counted and freed
//! ([`super::Tag::MadeSymbol`]), and a record with an unknown key has a table of its own ([`super::Record`]). There is one
//! exception, of bounded size: the first [`MOST_OF_DATA`] short keys of records are interned, so that rows of data whose
//! columns no code mentions have shapes like all others.

use super::append_only::AppendOnly;
use super::hash;
use hashbrown::HashTable;
use parking_lot::RwLock;
use std::sync::LazyLock;

/// Keys made at run time that become symbols, in the whole process.
const MOST_OF_DATA: usize = 4096;
/// Longer ones, in bytes, never do.
const LONGEST_OF_DATA: usize = 64;

/// A name, as a number. Equal numbers are equal names.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

struct Name {
    text: &'static str,
    /// What a string of this text has as its hash.
    hash: u32,
}

#[derive(Default)]
struct Numbers {
    by_text: HashTable<u32>,
    /// How many were made of data.
    of_data: usize,
}

struct Table {
    names: AppendOnly<Name>,
    numbers: RwLock<Numbers>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table { names: AppendOnly::new(), numbers: RwLock::new(Numbers::default()) });

fn name(number: u32) -> &'static Name {
    TABLE.names.get(number).expect("symbols come from the table")
}

impl Numbers {
    fn find(&self, text: &str, hash: u32) -> Option<Symbol> {
        self.by_text.find(hash::spread(hash), |&number| name(number).text == text).map(|&number| Symbol(number))
    }

    fn add(&mut self, text: &str, hash: u32) -> Symbol {
        let number = TABLE.names.push(Name { text: Box::leak(text.into()), hash });
        self.by_text.insert_unique(hash::spread(hash), number, |&number| hash::spread(name(number).hash));
        Symbol(number)
    }
}

impl Symbol {
    /// The symbol of a name of code. It stays for ever.
    pub fn intern(text: &str) -> Symbol {
        let hash = hash::of_text(text);
        if let Some(symbol) = Symbol::find_hashed(text, hash) {
            return symbol;
        }
        let mut numbers = TABLE.numbers.write();
        numbers.find(text, hash).unwrap_or_else(|| numbers.add(text, hash))
    }

    /// The symbol of a name that has one.
    pub fn find(text: &str) -> Option<Symbol> {
        Symbol::find_hashed(text, hash::of_text(text))
    }

    pub(super) fn find_hashed(text: &str, hash: u32) -> Option<Symbol> {
        TABLE.numbers.read().find(text, hash)
    }

    /// The symbol of a record's key that was made at run time, if there is one or may be one more.
    pub(super) fn of_data(text: &str, hash: u32) -> Option<Symbol> {
        if let Some(symbol) = Symbol::find_hashed(text, hash) {
            return Some(symbol);
        }
        if text.len() > LONGEST_OF_DATA {
            return None;
        }
        let mut numbers = TABLE.numbers.write();
        if let Some(symbol) = numbers.find(text, hash) {
            return Some(symbol);
        }
        if numbers.of_data == MOST_OF_DATA {
            return None;
        }
        numbers.of_data += 1;
        Some(numbers.add(text, hash))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        name(self.0).text
    }

    /// The hash of a string of this text.
    pub(super) fn hash(self) -> u32 {
        name(self.0).hash
    }
}

/// How many symbols there are.
#[cfg(test)]
pub(super) fn count() -> usize {
    TABLE.names.len()
}

impl std::fmt::Debug for Symbol {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "`{}", self.as_str())
    }
}
