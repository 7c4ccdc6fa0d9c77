//! How frames and registers lie in memory, and what a compiler to machine code may rely on.
//!
//! # Registers
//!
//! A register is a [`Value`] of 16 bytes: the tag in the first byte, the payload in the second word. A function's window is
//! [`Loaded::registers`] of them from [`Frame::base`] on. Register `r` lies at `base + 16 * r`. A call's window begins at
//! the register that holds the callee, so the callee's register 0 is that register, and its result is written there.
//!
//! - All registers of a coroutine are initialised, and none that is dead owns a value: its tag is below
//!   [`Tag::FIRST_HEAP`]. So a dead register may be overwritten without being looked at.
//! - Registers move when a coroutine's stack grows, which happens only in a call. Nothing else points into them:
//!   captured variables that are assigned live in cells.
//! - Code was verified (`motet_code::verify`): operands lie in the window, and registers hold what operations expect.
//!
//! # Frames
//!
//! Frames of a coroutine lie side by side, the innermost last. While code runs, its counter and its frame may be in
//! machine registers. The frame in memory (`pc`, the coroutine's `top`) is brought up to date before anything is called
//! that may throw, wait, look at the stack or push a frame. `pc` points behind the instruction that runs, and errors
//! count as its own; a caller's `pc` is where it goes on.
//!
//! # The safe point
//!
//! A call, a jump backwards and the end of a builtin test the isolate's word, `interrupt.word()`. Its address stays the same
//! while the isolate's code runs.

use super::loaded::Loaded;
use crate::memory::{Tag, Value};
use motet_code::{Function, Source, Span};
use std::mem::offset_of;
use std::sync::Arc;

/// How the result of a call reaches the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Delivery {
    /// To the register where the callee's window begins; the common case, which the loop handles itself.
    Base = 0,
    /// The same, and the frame has an entry in `kept`.
    BaseKept,
    /// To register `detail` of the caller's window: a getter, an operation that called a method.
    Register,
    /// To register `detail`, whose old value is dropped: `a += b` of objects.
    Replace,
    /// To registers `detail` and the one behind it, as an iterator over the result.
    Iterator,
    /// Its truth decides a jump: `detail` is the target, an instruction index, times two, plus the sense.
    Branch,
    /// To the native that waits on top of the coroutine's `natives`.
    Native,
    /// To the iterator instruction that asked a generator's body; the coroutine ends.
    Generator,
    /// To the task's future; the coroutine ends.
    Task,
    /// Nowhere.
    Discard,
}

/// The activation of a function, or of a native that waits for a callback.
#[repr(C)]
pub struct Frame {
    /// Where to go on when the callee returns; valid while the frame is not the running one.
    pub pc: *mut u64,
    /// Register 0.
    pub base: *mut Value,
    /// The function's code in this isolate; null for a native.
    pub loaded: *const Loaded,
    /// The closure that is running, as an object address; 0 if the function captures nothing. Not owned: register 0, the
    /// class of self or a frame below keeps it alive.
    pub environment: u64,
    pub delivery: Delivery,
    /// The last entry of the coroutine's `kept` belongs to this frame.
    pub kept: bool,
    pub detail: u32,
}

/// Where a function was when its frame ended for a tail call: what the callee throws itself is thrown from there.
#[derive(Clone, Copy)]
pub struct Ended {
    pub(super) loaded: *const Loaded,
    pub(super) pc: *mut u64,
}

impl Ended {
    /// Its code.
    pub fn function(&self) -> &Arc<Function> {
        // SAFETY: it was made of a frame of a script function, and loaded code lives as long as the isolate.
        &unsafe { &*self.loaded }.function
    }

    /// Where it was.
    pub fn place(&self) -> (Arc<Source>, Span) {
        // SAFETY: as above.
        let loaded = unsafe { &*self.loaded };
        (loaded.function.source.clone(), loaded.function.span_at(loaded.instruction_before(self.pc)))
    }
}

impl Frame {
    /// The activation of a native that waits for something. If a function ended with its call, that is the place of it.
    pub fn native(base: *mut Value, ended: Option<Ended>) -> Frame {
        let (pc, place) = ended.map_or((std::ptr::null_mut(), 0), |ended| (ended.pc, ended.loaded as u64));
        let loaded = std::ptr::null();
        Frame { pc, base, loaded, environment: place, delivery: Delivery::Base, kept: false, detail: 0 }
    }

    /// Where the program asked for what the native of this frame does next; it has no place of its own.
    pub fn set_place(&mut self, place: Option<Ended>) {
        debug_assert!(self.is_native());
        (self.pc, self.environment) = place.map_or((std::ptr::null_mut(), 0), |place| (place.pc, place.loaded as u64));
    }

    /// Where the function is, or the one that ended with the call of this native.
    pub fn at(&self) -> Option<Ended> {
        let loaded = if self.is_native() { self.environment as *const Loaded } else { self.loaded };
        (!loaded.is_null()).then_some(Ended { loaded, pc: self.pc })
    }

    /// The activation of a function at its beginning, with `base` as its register 0. Its result goes to where that is,
    /// unless the caller says otherwise.
    #[inline(always)]
    pub fn new(code: &Loaded, base: *mut Value, environment: u64) -> Frame {
        Frame {
            pc: code.start.get(),
            base,
            loaded: code,
            environment,
            delivery: Delivery::Base,
            kept: false,
            detail: 0,
        }
    }

    /// A frame of a native that waits.
    pub fn is_native(&self) -> bool {
        self.loaded.is_null()
    }
}

// What machine code is written against: a change of one of these is a change of that code, too.
const _: () = {
    assert!(size_of::<Value>() == 16 && Value::TAG_OFFSET == 0 && Value::PAYLOAD_OFFSET == 8);
    assert!(Tag::FIRST_HEAP as u8 == 16 && Tag::Null as u8 == 0 && Tag::Int as u8 == 3 && Tag::Float as u8 == 4);
    assert!(size_of::<Frame>() == 40);
    assert!(offset_of!(Frame, pc) == 0 && offset_of!(Frame, base) == 8);
    assert!(offset_of!(Frame, loaded) == 16 && offset_of!(Frame, environment) == 24);
    assert!(offset_of!(Frame, delivery) == 32 && offset_of!(Frame, kept) == 33 && offset_of!(Frame, detail) == 36);
    assert!(Delivery::Base as u8 == 0 && Delivery::Register as u8 == 2);
    assert!(offset_of!(Loaded, code) == 0 && offset_of!(Loaded, constants) == 8);
    assert!(offset_of!(Loaded, registers) == 16 && offset_of!(Loaded, simple_arity) == 24);
    assert!(offset_of!(Loaded, start) == 32 && offset_of!(Loaded, entry) == 40);
    assert!(offset_of!(Loaded, links) == 48);
};
