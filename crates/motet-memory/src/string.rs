//! Strings: immutable UTF-8, bytes inline after the header, with the number of characters and spare room, so that
//! appending to a string with one reference is in place and building one piece by piece is linear. Symbols that a program
//! makes of text have the same body.

use super::account;
use super::hash;
use super::header::Header;
use super::heap::Heap;
use super::numbers::Decimal;
use super::symbol::Symbol;
use super::tag::Tag;
use super::value::{Body, Value};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::ptr::NonNull;
use std::sync::LazyLock;

/// A string's object, or that of a symbol made of text. The bytes follow it.
#[repr(C)]
pub struct Str {
    header: Header,
    length: usize,
    capacity: usize,
    /// The number of characters.
    characters: usize,
    bytes: [u8; 0],
}

// SAFETY: repr(C), header first, and strings are only made here.
unsafe impl Body for Str {
    const TAG: Tag = Tag::String;
}

/// Values that [`Heap::string_of_values`] puts together.
pub const MOST_PARTS: usize = 8;

const BYTES: usize = std::mem::offset_of!(Str, bytes);

fn layout(capacity: usize) -> Layout {
    let size = BYTES.checked_add(capacity).expect("a string fits the address space");
    Layout::from_size_align(size, align_of::<Str>()).expect("a string fits the address space")
}

/// Sizes that are no multiple of the alignment take the slow way through allocators.
fn round(capacity: usize) -> usize {
    capacity.checked_next_multiple_of(align_of::<Str>()).expect("a string fits the address space")
}

fn count_characters(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// Strings of one ASCII character, made once for the process and never counted.
static CHARACTERS: LazyLock<Box<[super::Frozen]>> = LazyLock::new(|| {
    let make = |byte: u8| {
        let value = new(Tag::String, std::str::from_utf8(&[byte]).expect("ASCII"), 1);
        let header = value.header().expect("a string is an object");
        header.count().make_immortal();
        super::census::died();
        super::Frozen::new(&value).expect("strings are immutable")
    };
    (0..128).map(make).collect()
});

/// Their addresses.
static CHARACTER_ADDRESSES: LazyLock<Box<[u64]>> =
    LazyLock::new(|| CHARACTERS.iter().map(|character| character.value().payload()).collect());

fn new(kind: Tag, text: &str, capacity: usize) -> Value {
    debug_assert!(capacity >= text.len());
    let capacity = round(capacity);
    let layout = layout(capacity);
    // SAFETY: the layout is not empty; all fields and the bytes in use are written before anyone sees the object.
    unsafe {
        let Some(object) = NonNull::new(alloc(layout).cast::<Str>()) else { handle_alloc_error(layout) };
        object.write(Str {
            header: Header::new(kind),
            length: text.len(),
            capacity,
            characters: count_characters(text),
            bytes: [],
        });
        object.byte_add(BYTES).cast::<u8>().copy_from_nonoverlapping(NonNull::from(text).cast(), text.len());
        Value::adopt(object.cast())
    }
}

impl Heap {
    /// A new string.
    pub fn string(&self, text: &str) -> Value {
        if let [byte @ 0..128] = *text.as_bytes() {
            return CHARACTERS[byte as usize].to_value();
        }
        self.account(BYTES + text.len());
        new(Tag::String, text, text.len())
    }

    /// A symbol: one of code, or an object that is counted like a string.
    pub fn symbol(&self, text: &str) -> Value {
        if let Some(symbol) = Symbol::find(text) {
            return Value::symbol(symbol);
        }
        self.account(BYTES + text.len());
        new(Tag::MadeSymbol, text, text.len())
    }

    /// A new string with room for `capacity` bytes, to be filled by [`append_in_place`].
    pub fn string_with_capacity(&self, text: &str, capacity: usize) -> Value {
        let capacity = capacity.max(text.len());
        self.account(BYTES + capacity);
        new(Tag::String, text, capacity)
    }

    /// A new string of several parts.
    pub fn string_of_parts(&self, parts: &[&str]) -> Value {
        let length = parts.iter().fold(0usize, |length, part| length.saturating_add(part.len()));
        let (first, rest) = match parts.iter().position(|part| !part.is_empty()) {
            Some(at) => (parts[at], &parts[at + 1..]),
            None => ("", &[][..]),
        };
        if first.len() == length {
            return self.string(first);
        }
        self.account(BYTES + length);
        let mut value = new(Tag::String, first, length);
        rest.iter().for_each(|part| append_unique(&mut value, part, self));
        value
    }

    /// Texts and integers, put together; none if there is something else among them, or more than [`MOST_PARTS`].
    pub fn string_of_values(&self, parts: &[Value]) -> Option<Value> {
        if parts.len() > MOST_PARTS || !parts.iter().all(|part| matches!(part.tag(), Tag::Int | Tag::String)) {
            return None;
        }
        let mut numbers: [Option<Decimal>; MOST_PARTS] = Default::default();
        for (number, part) in numbers.iter_mut().zip(parts) {
            *number = part.as_int().map(Decimal::new);
        }
        let mut texts = [""; MOST_PARTS];
        for ((text, number), part) in texts.iter_mut().zip(&numbers).zip(parts) {
            *text = number.as_ref().map_or_else(|| part.as_str().unwrap_or_default(), Decimal::as_str);
        }
        Some(self.string_of_parts(&texts[..parts.len()]))
    }

    /// A string of one character.
    pub fn character(&self, character: char) -> Value {
        self.string(character.encode_utf8(&mut [0; 4]))
    }
}

impl super::Frozen {
    /// A string made where there is no heap, such as the result of an operation on a thread without an isolate.
    pub fn string(text: &str) -> super::Frozen {
        super::Frozen::new(&new(Tag::String, text, text.len())).expect("strings are immutable")
    }
}

/// Where its parts lie, for machine code.
impl Str {
    /// The number of bytes.
    pub const LENGTH_OFFSET: usize = std::mem::offset_of!(Str, length);
    /// The number of characters, which is that of bytes if all are ASCII.
    pub const CHARACTERS_OFFSET: usize = std::mem::offset_of!(Str, characters);
    pub const BYTES_OFFSET: usize = BYTES;

    /// The addresses of the strings of one ASCII character, by the character. The strings are there as long as the process is.
    pub fn characters_by_code() -> &'static [u64] {
        &CHARACTER_ADDRESSES
    }
}

impl Str {
    #[inline(always)]
    pub fn as_str(&self) -> &str {
        // SAFETY: `length` bytes of UTF-8 follow the fixed part; they do not change while a reference is alive, since
        // appending in place needs the only one, mutably.
        unsafe {
            let bytes = NonNull::from(self).byte_add(BYTES).cast::<u8>();
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(bytes.as_ptr(), self.length))
        }
    }

    /// The number of bytes.
    #[inline(always)]
    pub fn byte_length(&self) -> usize {
        self.length
    }

    /// The number of characters, as the language counts.
    #[inline(always)]
    #[allow(clippy::misnamed_getters, reason = "the field of this name counts bytes")]
    pub fn length(&self) -> usize {
        self.characters
    }

    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.characters == self.length
    }

    /// Where a character begins, in bytes; `length()` gives the end. O(1) in ASCII strings, else a walk from the nearer
    /// end.
    pub fn byte_offset(&self, character: usize) -> Option<usize> {
        if character > self.characters {
            return None;
        }
        if self.is_ascii() || character == 0 {
            return Some(character);
        }
        if character == self.characters {
            return Some(self.length);
        }
        let text = self.as_str();
        if character <= self.characters / 2 {
            text.char_indices().nth(character).map(|(at, _)| at)
        } else {
            text.char_indices().nth_back(self.characters - 1 - character).map(|(at, _)| at)
        }
    }

    /// A character by its place.
    pub fn character_at(&self, character: usize) -> Option<char> {
        if character >= self.characters {
            return None;
        }
        if self.is_ascii() {
            return Some(self.as_str().as_bytes()[character] as char);
        }
        self.as_str()[self.byte_offset(character)?..].chars().next()
    }

    /// The characters `from..to`.
    pub fn slice(&self, from: usize, to: usize) -> Option<&str> {
        let (from, to) = (self.byte_offset(from)?, self.byte_offset(to)?);
        self.as_str().get(from..to)
    }

    /// The hash of the text, computed once. Threads that share the string may compute it twice, with the same result.
    #[inline]
    pub(super) fn hash(&self) -> u32 {
        match self.header.aux() {
            0 => {
                let hash = hash::of_text(self.as_str());
                self.header.set_aux(hash);
                hash
            }
            hash => hash,
        }
    }

    pub(super) fn bytes_in_use(&self) -> usize {
        layout(self.capacity).size()
    }

    /// # Safety
    /// The string is dead and the caller's alone.
    pub(super) unsafe fn deallocate(object: NonNull<Str>) {
        // SAFETY: allocated by `new` or `append_in_place` with this layout.
        unsafe { dealloc(object.as_ptr().cast(), layout(object.as_ref().capacity)) }
    }
}

/// Appends to a string: in place if `target` is its only reference, else into a new one. False: `target` is no string.
pub fn append_in_place(target: &mut Value, text: &str, heap: &Heap) -> bool {
    let Some(string) = target.as_string() else { return false };
    let needed = string.length.checked_add(text.len()).expect("a string fits the address space");
    if text.is_empty() {
        return true;
    }
    let capacity = needed.max(string.length.saturating_mul(2)).max(32);
    if !target.is_unique() {
        // SAFETY of the sizes: `new` checks them. The first append of a loop makes room for the ones that follow.
        heap.account(BYTES + capacity);
        let mut copy = new(Tag::String, string.as_str(), capacity);
        append_unique(&mut copy, text, heap);
        *target = copy;
    } else {
        append_unique(target, text, heap);
    }
    true
}

/// Appends to a string whose only reference is `target`.
fn append_unique(target: &mut Value, text: &str, heap: &Heap) {
    let mut object = target.pointer().cast::<Str>();
    // SAFETY: `target` is the only reference to the string, and borrowed mutably, so it is not read meanwhile; the
    // object is big enough for what is written, or made so first. The old address is not used after reallocation.
    unsafe {
        let needed = object.as_ref().length + text.len();
        if needed > object.as_ref().capacity {
            let (length, old) = (object.as_ref().length, object.as_ref().capacity);
            let capacity = round((length + account::growth(old, length, text.len(), 1)).max(32));
            let (old, new) = (layout(object.as_ref().capacity), layout(capacity));
            heap.account(new.size() - old.size());
            let Some(moved) = NonNull::new(realloc(object.as_ptr().cast(), old, new.size()).cast::<Str>()) else {
                handle_alloc_error(new)
            };
            object = moved;
            object.as_mut().capacity = capacity;
            std::mem::forget(std::mem::replace(target, Value::adopt(object.cast())));
        }
        let end = object.byte_add(BYTES + object.as_ref().length).cast::<u8>();
        end.copy_from_nonoverlapping(NonNull::from(text).cast(), text.len());
        let string = object.as_mut();
        string.length = needed;
        string.characters += count_characters(text);
        string.header.set_aux(0);
    }
}

impl std::ops::Deref for Str {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}
