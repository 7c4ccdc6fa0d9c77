//! Interned names. The table belongs to the process and only grows: a symbol means the same name on every thread, for
//! ever. Reading a name takes no lock; interning one takes a read lock if it is known, a write lock once if it is not.

use super::append_only::AppendOnly;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use parking_lot::RwLock;
use std::sync::LazyLock;

/// A name, as a number. Equal numbers are equal names.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

struct Table {
    names: AppendOnly<&'static str>,
    numbers: RwLock<HashMap<&'static str, u32, FixedState>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table {
    names: AppendOnly::new(),
    numbers: RwLock::new(HashMap::with_hasher(FixedState::with_seed(super::hash::process_seed()))),
});

impl Symbol {
    /// The symbol of a name.
    pub fn intern(name: &str) -> Symbol {
        if let Some(symbol) = Symbol::find(name) {
            return symbol;
        }
        let mut numbers = TABLE.numbers.write();
        if let Some(&number) = numbers.get(name) {
            return Symbol(number);
        }
        let name: &'static str = Box::leak(name.into());
        let number = TABLE.names.push(name);
        numbers.insert(name, number);
        Symbol(number)
    }

    /// The symbol of a name that has one. Looking for a field with a name made at run time does not grow the table.
    pub fn find(name: &str) -> Option<Symbol> {
        TABLE.numbers.read().get(name).map(|&number| Symbol(number))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        TABLE.names.get(self.0).expect("symbols come from the table")
    }
}

impl std::fmt::Debug for Symbol {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "`{}", self.as_str())
    }
}
