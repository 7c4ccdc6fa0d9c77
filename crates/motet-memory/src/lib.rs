//! Values and their memory: counted objects, frozen ones that threads share, and what finds garbage cycles. It knows
//! nothing of code, frames or isolates beyond the heap that each isolate has.
//!
//! | what | face |
//! |---|---|
//! | [`Value`], [`Tag`] | 16 bytes; constructors of immediate values, `as_…` views of objects, `is_truthy`, `is_same`, `is_unique`, `into_raw`/`from_raw` |
//! | [`Heap`] | an isolate's: `string`, `symbol`, `character`, `bytes`, `list`, `record`, `record_with_shape`, `class`, `instance`, `map`, `range`, `complex`, `cell`, `node`, `closure`, `bound_method`, `generator`, `foreign`, `shared_foreign`; `should_collect`, `collect`, `note_change`, `allocated` |
//! | [`Str`] | `as_str`, `length` and `slice` in characters, `character_at`, `byte_offset`; [`append_in_place`] |
//! | [`List`] | `items()` reads under a guard, `get`, `push`, `pop`, `set`, `insert`, `remove`, `change(closure)`; for the interpreter `items_unguarded`, `items_mut_unguarded`, `note_store` |
//! | [`Record`] | of records and instances (`as_fields`): `get`, `set`, `set_named`, `remove`, `contains`, `next`, `for_each`, `class`; for inline caches `shape`, `slot_unchecked`, `append_slot_unchecked`, `check_writable`, `note_store` |
//! | [`FieldName`], [`FieldKey`] | a field's name as it is kept, and as it is looked for: symbols, and texts that no code mentions |
//! | [`ShapeId`], [`Symbol`] | [`find_slot`], [`transition`], `names`, `root`, `is_dictionary`; `Symbol::intern`, `find`, `as_str` |
//! | [`Map`] | `get`, `set`, `remove`, `contains`, `next`, `for_each`, `clear` |
//! | [`Cell`], [`Closure`], [`BoundMethod`], [`Class`], [`Range`], [`Complex`], [`Node`] | captured variables, functions, classes and the small kinds |
//! | [`Foreign`] | Rust objects: [`ForeignObject`], [`HoldsValues`] for those that hold values, [`SharedForeign`] |
//! | [`type_name`] | the name of a value's kind or class |
//! | [`is_equal`], [`compare`], [`hash_value`], [`print_value`] | by value, of any depth, cyclic too |
//! | [`freeze`], [`copy`], [`Frozen`], [`Parcel`], [`Refusal`] | making immutable, copying deeply, crossing threads; why not, with the path |
//! | [`account`] | what the allocator of a process has given out, for memory limits |
//! | [`reachable_bytes`] | what a set of roots holds, for memory limits |
//! | [`WriteError`] | why a container cannot be changed: frozen, or being read |
//!
//! # Invariants
//!
//! * A local object (positive count) is touched by one isolate only. A frozen one never changes, and reaches only frozen
//!   ones. Nothing goes back from shared to local.
//! * Counts are true whenever foreign code can run; `cycles` takes them apart only while nothing does but `trace`.
//! * Every garbage cycle of local objects contains a candidate of its heap (`cycles`); every frozen cycle is counted as one
//!   (`component`).
//! * Freeing, freezing, copying, comparing, hashing and printing do not recurse on Rust's stack with the depth of data.
//!
//! # What crosses threads
//!
//! [`Frozen`] is `Send + Sync`, [`Parcel`] is `Send`; values and heaps are neither.
//!
//! ```
//! fn send<T: Send>() {}
//! fn sync<T: Sync>() {}
//! use motet_memory::*;
//! send::<Frozen>();
//! sync::<Frozen>();
//! send::<Parcel>();
//! ```
//!
//! ```compile_fail,E0277
//! fn send<T: Send>() {}
//! send::<motet_memory::Value>();
//! ```
//!
//! ```compile_fail,E0277
//! fn sync<T: Sync>() {}
//! sync::<motet_memory::Value>();
//! ```
//!
//! ```compile_fail,E0277
//! fn send<T: Send>() {}
//! send::<motet_memory::Heap>();
//! ```
//!
//! ```compile_fail,E0277
//! fn sync<T: Sync>() {}
//! sync::<motet_memory::Heap>();
//! ```
//!
//! ```compile_fail,E0277
//! fn sync<T: Sync>() {}
//! sync::<motet_memory::Parcel>();
//! ```
//!
//! A builtin cannot smuggle a value into a shared object:
//!
//! ```compile_fail,E0277
//! use motet_memory::*;
//! struct Box(std::sync::Mutex<Value>);
//! static BOX: ForeignKind = ForeignKind::new("box");
//! impl ForeignObject for Box {
//!     fn kind(&self) -> &'static ForeignKind { &BOX }
//! }
//! fn share(heap: &Heap, value: Value) -> Value {
//!     heap.shared_foreign(std::sync::Arc::new(Box(std::sync::Mutex::new(value))))
//! }
//! ```
//!
//! A guard does not outlive the value it reads, nor does a view:
//!
//! ```compile_fail,E0505
//! use motet_memory::*;
//! let heap = Heap::new();
//! let value = heap.list(vec![]);
//! let items = value.as_list().unwrap().items();
//! drop(value);
//! items.len();
//! ```
//!
//! ```compile_fail,E0502
//! use motet_memory::*;
//! let heap = Heap::new();
//! let mut value = heap.string("text");
//! let text = value.as_str().unwrap();
//! append_in_place(&mut value, "more", &heap);
//! text.len();
//! ```

pub mod account;
mod append_only;
mod census;
mod class;
mod closure;
mod component;
mod copy;
mod count;
mod cycles;
mod equality;
mod field_name;
mod foreign;
mod freeze;
mod frozen;
mod hash;
mod header;
mod heap;
mod kind;
mod list;
mod map;
mod numbers;
mod ordered;
mod parcel;
mod path;
mod print;
mod reach;
mod record;
mod release;
mod shape;
mod small;
mod string;
mod symbol;
mod tag;
mod trace;
mod value;

#[cfg(test)]
mod tests;

pub use census::live_objects_on_this_thread;
pub use class::Class;
pub use closure::{BoundMethod, Closure};
pub use copy::copy;
pub use equality::{
    GaveUp, LONG_TEXT, Patience, Questions, compare, compare_within, is_equal, is_equal_but, is_equal_within,
};
pub use field_name::{FieldKey, FieldName};
pub use foreign::{Foreign, ForeignKind, ForeignObject, HoldsValues, STAMPS, SharedForeign};
pub use freeze::freeze;
pub use freeze::publish;
pub use frozen::Frozen;
pub use hash::{hash_of_parts, hash_value, hashed_instances};
pub use header::{Header, WriteError};
pub use heap::{Heap, read_ahead};
pub use kind::type_name;
pub use list::{Items, List, ListPlaces};
pub use map::Map;
pub use numbers::{Decimal, floored_division};
pub use parcel::Parcel;
pub use path::Refusal;
pub use print::{Notation, PrintOptions, print_float, print_quoted, print_value, print_value_within, write_float};
pub use reach::{reachable_bytes, reaches_kind};
pub use record::Record;
pub use release::freeing_apart;
pub use shape::{MAX_SLOTS, ShapeId, find_slot, transition};
pub use small::{Bytes, Cell, Complex, Node, Range};
pub use string::{MOST_PARTS, Str, append_in_place};
pub use symbol::Symbol;
pub use tag::Tag;
pub use value::Value;
