//! Values: 16 bytes, a tag and a payload. Immediate ones are all in the payload; the others own one reference to a counted
//! object.
//!
//! A plain struct rather than a Rust enum, because an enum is copied as 16 bytes at once after its halves were written
//! apart, and the store forwarding stalls.

use super::closure::{BoundMethod, Closure};
use super::foreign::Foreign;
use super::header::Header;
use super::record::Record;
use super::release;
use super::small::{Bytes, Cell, Complex, Node, Range};
use super::string::Str;
use super::symbol::Symbol;
use super::tag::Tag;
use super::{Class, List, Map};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// A value of the language. Neither `Send` nor `Sync`: what crosses threads is a `Frozen` or a `Parcel`.
#[repr(C)]
pub struct Value {
    tag: Tag,
    payload: u64,
    /// Owning a reference that is counted without atomics, it stays on its thread.
    stays: PhantomData<*mut ()>,
}

const _: () = assert!(size_of::<Value>() == 16 && align_of::<Value>() == 8);

/// A Rust type that is the body of one kind of object.
///
/// # Safety
/// The type is `repr(C)`, starts with a [`Header`], and every object of kind `TAG` is of this type.
pub(super) unsafe trait Body {
    const TAG: Tag;
}

impl Value {
    pub const NULL: Value = Value::immediate(Tag::Null, 0);
    pub const FALSE: Value = Value::immediate(Tag::False, 0);
    pub const TRUE: Value = Value::immediate(Tag::True, 0);
    /// Stands for "no value": an argument left out, a variable not yet bound. Programs never see it.
    pub const MISSING: Value = Value::immediate(Tag::Missing, 0);

    const fn immediate(tag: Tag, payload: u64) -> Value {
        Value { tag, payload, stays: PhantomData }
    }

    #[inline(always)]
    pub const fn int(value: i64) -> Value {
        Value::immediate(Tag::Int, value as u64)
    }

    #[inline(always)]
    pub const fn float(value: f64) -> Value {
        Value::immediate(Tag::Float, value.to_bits())
    }

    #[inline(always)]
    pub const fn bool(value: bool) -> Value {
        if value { Value::TRUE } else { Value::FALSE }
    }

    #[inline(always)]
    pub const fn symbol(value: Symbol) -> Value {
        Value::immediate(Tag::Symbol, value.0 as u64)
    }

    /// A builtin. What the pointer leads to is the interpreter's business.
    ///
    /// # Safety
    /// It is what the interpreter that meets the value takes it for (`motet-vm`: a `NativeFunction`), and valid on every
    /// thread, for ever.
    #[inline(always)]
    pub unsafe fn from_native(function: *const ()) -> Value {
        Value::immediate(Tag::Native, function as u64)
    }

    /// Where a value's tag lies, in bytes from its start.
    pub const TAG_OFFSET: usize = std::mem::offset_of!(Value, tag);
    /// Where its payload lies.
    pub const PAYLOAD_OFFSET: usize = std::mem::offset_of!(Value, payload);

    #[inline(always)]
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// The raw payload: an integer's value, a float's bits, an object's address.
    #[inline(always)]
    pub fn payload(&self) -> u64 {
        self.payload
    }

    /// Puts a value together.
    ///
    /// # Safety
    /// The payload is one that [`Value::into_raw`] gave with this tag, and carries its reference; or the tag is not a heap
    /// tag and the payload is valid for it.
    #[inline(always)]
    pub const unsafe fn from_raw(tag: Tag, payload: u64) -> Value {
        Value::immediate(tag, payload)
    }

    /// Takes a value apart; the reference, if it owns one, goes with the payload.
    #[inline(always)]
    pub fn into_raw(self) -> (Tag, u64) {
        let value = ManuallyDrop::new(self);
        (value.tag, value.payload)
    }

    /// The same, moved in two words.
    #[inline(always)]
    pub(super) fn in_halves(self) -> Value {
        let value = ManuallyDrop::new(self);
        Value::immediate(value.tag, value.payload)
    }

    /// Counts one more reference to an object.
    ///
    /// # Safety
    /// The address is that of an object that is alive, and who has the new reference gives it up once.
    pub unsafe fn retain(address: u64) {
        // SAFETY: the caller's promise: objects begin with their headers.
        unsafe { &*(address as *const Header) }.retain();
    }

    /// Owns a reference to a counted object.
    #[inline(always)]
    pub fn is_heap(&self) -> bool {
        self.tag.is_heap()
    }

    /// Neither null nor false.
    #[inline(always)]
    pub fn is_truthy(&self) -> bool {
        self.tag.is_truthy()
    }

    #[inline(always)]
    pub fn is_null(&self) -> bool {
        self.tag == Tag::Null
    }

    #[inline(always)]
    pub fn is_missing(&self) -> bool {
        self.tag == Tag::Missing
    }

    #[inline(always)]
    pub fn as_int(&self) -> Option<i64> {
        (self.tag == Tag::Int).then_some(self.payload as i64)
    }

    #[inline(always)]
    pub fn as_float(&self) -> Option<f64> {
        (self.tag == Tag::Float).then(|| f64::from_bits(self.payload))
    }

    /// An integer or a float, as a float.
    #[inline]
    pub fn as_number(&self) -> Option<f64> {
        match self.tag {
            Tag::Int => Some(self.payload as i64 as f64),
            Tag::Float => Some(f64::from_bits(self.payload)),
            _ => None,
        }
    }

    #[inline(always)]
    pub fn as_bool(&self) -> Option<bool> {
        match self.tag {
            Tag::False => Some(false),
            Tag::True => Some(true),
            _ => None,
        }
    }

    /// A symbol that code mentions. See [`Value::symbol_text`] for what holds for all symbols.
    #[inline(always)]
    pub fn as_symbol(&self) -> Option<Symbol> {
        (self.tag == Tag::Symbol).then_some(Symbol(self.payload as u32))
    }

    /// The pointer that [`Value::from_native`] was given.
    #[inline(always)]
    pub fn as_native(&self) -> Option<*const ()> {
        (self.tag == Tag::Native).then_some(self.payload as *const ())
    }

    /// The object's header.
    #[inline(always)]
    pub fn header(&self) -> Option<&Header> {
        // SAFETY: a heap value owns a reference, so its object lives at least as long as the borrow of the value.
        self.is_heap().then(|| unsafe { self.pointer().as_ref() })
    }

    /// The object's address.
    #[inline(always)]
    pub(super) fn pointer(&self) -> NonNull<Header> {
        debug_assert!(self.is_heap());
        // SAFETY: the payload of a heap value is the address of a live object, never null.
        unsafe { NonNull::new_unchecked(self.payload as *mut Header) }
    }

    /// A value that takes over the caller's reference to an object.
    ///
    /// # Safety
    /// The object is alive and the caller has a reference to give.
    #[inline(always)]
    pub(super) unsafe fn adopt(object: NonNull<Header>) -> Value {
        // SAFETY: the caller vouches for the object.
        let tag = unsafe { object.as_ref() }.kind();
        Value::immediate(tag, object.as_ptr() as u64)
    }

    /// A new object of a fixed size.
    #[inline]
    pub(super) fn boxed<B: Body>(body: B) -> Value {
        let address = Box::into_raw(Box::new(body));
        Value::immediate(B::TAG, address as u64)
    }

    #[inline(always)]
    pub(super) fn body<B: Body>(&self) -> Option<&B> {
        if self.tag == B::TAG {
            // SAFETY: the tag says which body the object has, and the value's reference keeps it alive for the borrow.
            Some(unsafe { self.pointer().cast::<B>().as_ref() })
        } else {
            None
        }
    }

    /// Both are the same object, or the same immediate value: the language's `same(a, b)`.
    #[inline(always)]
    pub fn is_same(&self, other: &Value) -> bool {
        self.tag == other.tag && self.payload == other.payload
    }

    /// The only reference to an object that no other thread can see.
    #[inline(always)]
    pub fn is_unique(&self) -> bool {
        self.header().is_some_and(|header| header.count().is_unique())
    }

    /// An object whose count is plain: only one thread at a time may touch a reference to it.
    pub fn is_counted_here(&self) -> bool {
        self.header().is_some_and(|header| header.count().is_local())
    }

    /// Immutable, with all that it reaches: immediate values, strings and other leaves, and what `freeze` froze.
    #[inline]
    pub fn is_frozen(&self) -> bool {
        !self.tag.is_traced() || self.is_frozen_container()
    }

    fn is_frozen_container(&self) -> bool {
        self.header().is_none_or(Header::is_frozen) || self.as_shared_foreign().is_some()
    }
}

/// Views of the object behind a value; None if it is of another kind.
impl Value {
    #[inline(always)]
    pub fn as_str(&self) -> Option<&str> {
        self.as_string().map(Str::as_str)
    }

    #[inline(always)]
    pub fn as_string(&self) -> Option<&Str> {
        self.body()
    }

    /// The body of a symbol made of text.
    #[inline]
    pub(super) fn as_made_symbol(&self) -> Option<&Str> {
        if self.tag == Tag::MadeSymbol {
            // SAFETY: objects of this kind have a string's body; the value's reference keeps it alive for the borrow.
            Some(unsafe { self.pointer().cast::<Str>().as_ref() })
        } else {
            None
        }
    }

    /// The name of a symbol, of code or made of text.
    pub fn symbol_text(&self) -> Option<&str> {
        match self.as_symbol() {
            Some(symbol) => Some(symbol.as_str()),
            None => self.as_made_symbol().map(Str::as_str),
        }
    }

    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.body::<Bytes>().map(|bytes| &bytes.bytes[..])
    }

    pub fn as_range(&self) -> Option<&Range> {
        self.body()
    }

    pub fn as_complex(&self) -> Option<&Complex> {
        self.body()
    }

    #[inline(always)]
    pub fn as_list(&self) -> Option<&List> {
        self.body()
    }

    /// The fields of a record or an instance.
    #[inline(always)]
    pub fn as_fields(&self) -> Option<&Record> {
        if matches!(self.tag, Tag::Record | Tag::Instance) {
            // SAFETY: both kinds have this body; the value's reference keeps it alive for the borrow.
            Some(unsafe { self.pointer().cast::<Record>().as_ref() })
        } else {
            None
        }
    }

    #[inline(always)]
    pub fn as_record(&self) -> Option<&Record> {
        self.as_fields().filter(|_| self.tag == Tag::Record)
    }

    #[inline(always)]
    pub fn as_instance(&self) -> Option<&Record> {
        self.as_fields().filter(|_| self.tag == Tag::Instance)
    }

    #[inline(always)]
    pub fn as_map(&self) -> Option<&Map> {
        self.body()
    }

    #[inline(always)]
    pub fn as_cell(&self) -> Option<&Cell> {
        self.body()
    }

    #[inline(always)]
    pub fn as_closure(&self) -> Option<&Closure> {
        self.body()
    }

    #[inline(always)]
    pub fn as_class(&self) -> Option<&Class> {
        self.body()
    }

    #[inline(always)]
    pub fn as_bound_method(&self) -> Option<&BoundMethod> {
        self.body()
    }

    pub fn as_node(&self) -> Option<&Node> {
        self.body()
    }

    /// A generator's or a foreign object's body.
    #[inline(always)]
    pub fn as_foreign(&self) -> Option<&Foreign> {
        if matches!(self.tag, Tag::Generator | Tag::Foreign) {
            // SAFETY: both kinds have this body; the value's reference keeps it alive for the borrow.
            Some(unsafe { self.pointer().cast::<Foreign>().as_ref() })
        } else {
            None
        }
    }

    pub(super) fn as_shared_foreign(&self) -> Option<&Foreign> {
        self.as_foreign().filter(|foreign| foreign.is_shared())
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        if let Some(header) = self.header() {
            header.retain();
        }
        Value::immediate(self.tag, self.payload)
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_heap() {
            // SAFETY: this value owns a reference, and gives it up here, once.
            unsafe { release::give_up(self.pointer()) }
        }
    }
}

impl Default for Value {
    #[inline(always)]
    fn default() -> Value {
        Value::NULL
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&super::print::print_value(self, &super::print::PrintOptions::debug()))
    }
}
