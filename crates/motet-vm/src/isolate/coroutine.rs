//! A coroutine: a stack of registers and a stack of frames of its own. Tasks and generators are coroutines, and so is the
//! main program; the interpreter runs one at a time and switches by exchanging pointers.
//!
//! Both stacks start small and grow by moving: nothing outside a coroutine points into its registers (captured variables
//! live in cells), and the frames' own pointers are mended when the registers move. Registers above the current window
//! never own a value.

use super::layout::Frame;
use crate::memory::{Tag, Value};
use crate::native::Resume;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};

/// Registers that a new coroutine has room for: 256 bytes, so that a million waiting tasks fit.
const FIRST_REGISTERS: usize = 16;
/// Frames that a new coroutine has room for.
const FIRST_FRAMES: usize = 2;

/// See the module.
pub struct Coroutine {
    registers: *mut Value,
    register_capacity: usize,
    frames: *mut Frame,
    frame_capacity: usize,
    /// The running frame; one before `frames` if there is none.
    pub(crate) top: *mut Frame,
    /// States of the natives that wait, innermost last.
    pub(crate) natives: Vec<Box<dyn Resume>>,
    /// Closures that run although nothing else keeps them alive: methods that are fields of a record, bodies of generators.
    pub(crate) kept: Vec<Value>,
}

impl Coroutine {
    pub fn new() -> Coroutine {
        let registers = allocate::<Value>(FIRST_REGISTERS);
        // SAFETY: freshly allocated for this many registers.
        unsafe { clear(registers, FIRST_REGISTERS) };
        let frames = allocate::<Frame>(FIRST_FRAMES);
        Coroutine {
            registers,
            register_capacity: FIRST_REGISTERS,
            frames,
            frame_capacity: FIRST_FRAMES,
            top: frames.wrapping_sub(1),
            natives: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// The first register.
    pub fn start(&self) -> *mut Value {
        self.registers
    }

    /// One behind the last register.
    #[inline(always)]
    pub fn register_end(&self) -> *mut Value {
        self.registers.wrapping_add(self.register_capacity)
    }

    /// One behind the last frame there is room for.
    #[inline(always)]
    pub fn frame_end(&self) -> *mut Frame {
        self.frames.wrapping_add(self.frame_capacity)
    }

    /// Bytes of both stacks.
    pub fn bytes(&self) -> usize {
        self.register_capacity * size_of::<Value>() + self.frame_capacity * size_of::<Frame>()
    }

    /// Number of frames.
    pub fn depth(&self) -> usize {
        (self.top as usize + size_of::<Frame>() - self.frames as usize) / size_of::<Frame>()
    }

    pub fn is_empty(&self) -> bool {
        self.depth() == 0
    }

    /// The innermost frame.
    pub fn last_frame_mut(&mut self) -> Option<&mut Frame> {
        // SAFETY: `depth` frames from `frames` on are initialised, of which `top` is the last.
        if self.is_empty() { None } else { Some(unsafe { &mut *self.top }) }
    }

    /// The frames, innermost last.
    pub fn frames(&self) -> &[Frame] {
        // SAFETY: `depth` frames from `frames` on are initialised.
        unsafe { std::slice::from_raw_parts(self.frames, self.depth()) }
    }

    /// Makes room for one more frame, and for more to come: as many as `most` in all, beyond which the code that pushes
    /// one looks at the limit of depth. The loop pushes frames without looking while there is room.
    #[cold]
    pub fn grow_frames(&mut self, most: usize) {
        let depth = self.depth();
        let capacity = (self.frame_capacity * 2).min(most.max(self.frame_capacity + 1));
        self.frames = grow(self.frames, self.frame_capacity, capacity);
        self.frame_capacity = capacity;
        self.top = self.frames.wrapping_add(depth).wrapping_sub(1);
    }

    /// Makes room for registers up to `base + count`, and gives `base` where it is afterwards.
    #[cold]
    pub fn grow_registers(&mut self, base: *mut Value, count: usize) -> *mut Value {
        let offset = (base as usize - self.registers as usize) / size_of::<Value>();
        let capacity = (self.register_capacity * 2).max(offset + count);
        let old = self.registers;
        self.registers = grow(self.registers, self.register_capacity, capacity);
        // SAFETY: the part behind the old capacity is allocated and not yet initialised.
        unsafe { clear(self.registers.add(self.register_capacity), capacity - self.register_capacity) };
        self.register_capacity = capacity;
        for index in 0..self.depth() {
            // SAFETY: the index is below `depth`.
            let frame = unsafe { &mut *self.frames.add(index) };
            let offset = (frame.base as usize - old as usize) / size_of::<Value>();
            frame.base = self.registers.wrapping_add(offset);
        }
        self.registers.wrapping_add(offset)
    }

    /// Counts the instruction that the running frame would go on with as begun: errors are those of the instruction before
    /// the counter. Only for a frame that is about to be unwound.
    pub fn begin_instruction(&mut self) {
        debug_assert!(!self.is_empty());
        // SAFETY: there is a top frame. The counter is only compared until the unwinder sets it.
        unsafe { (*self.top).pc = (*self.top).pc.wrapping_add(1) };
    }

    /// It has ended, and holds no more memory than a new one.
    pub fn is_reusable(&self) -> bool {
        self.is_empty() && self.natives.is_empty() && self.kept.is_empty() && self.register_capacity == FIRST_REGISTERS
    }

    /// Puts a frame on top. The caller makes room for its registers.
    pub fn push(&mut self, frame: Frame) {
        if self.top.wrapping_add(1) == self.frame_end() {
            self.grow_frames(usize::MAX);
        }
        self.top = self.top.wrapping_add(1);
        // SAFETY: there is room for it.
        unsafe { self.top.write(frame) };
    }

    /// Takes the top frame away, and gives what it kept alive. Its registers are the caller's business.
    pub fn pop(&mut self) -> Option<Value> {
        debug_assert!(!self.is_empty());
        // SAFETY: there is a top frame.
        let kept = unsafe { (*self.top).kept };
        self.top = self.top.wrapping_sub(1);
        if kept { self.kept.pop() } else { None }
    }

    /// Shows all values that it holds to the cycle collector.
    pub fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        for index in 0..self.register_capacity {
            // SAFETY: all registers are initialised, and those that are not live own nothing.
            let value = unsafe { &*self.registers.add(index) };
            if value.is_heap() {
                visit(value);
            }
        }
        for native in &self.natives {
            native.trace(visit);
        }
        self.kept.iter().for_each(visit);
    }
}

impl Coroutine {
    /// Hands over all values that it holds; it cannot run any more.
    pub fn surrender(&mut self, sink: &mut dyn FnMut(Value)) {
        for index in 0..self.register_capacity {
            // SAFETY: all registers are initialised.
            let register = unsafe { &mut *self.registers.add(index) };
            if register.is_heap() {
                sink(std::mem::take(register));
            }
        }
        self.kept.drain(..).for_each(sink);
        self.natives.clear();
        self.top = self.frames.wrapping_sub(1);
    }
}

impl Default for Coroutine {
    fn default() -> Coroutine {
        Coroutine::new()
    }
}

impl Drop for Coroutine {
    fn drop(&mut self) {
        for index in 0..self.register_capacity {
            // SAFETY: all registers are initialised; each is dropped once, here.
            unsafe {
                if (*self.registers.add(index)).is_heap() {
                    self.registers.add(index).drop_in_place();
                }
            }
        }
        // SAFETY: both were allocated with these capacities.
        unsafe {
            dealloc(self.registers.cast(), layout::<Value>(self.register_capacity));
            dealloc(self.frames.cast(), layout::<Frame>(self.frame_capacity));
        }
    }
}

fn layout<T>(count: usize) -> Layout {
    Layout::array::<T>(count).expect("a stack fits the address space")
}

fn allocate<T>(count: usize) -> *mut T {
    // SAFETY: the layout is not empty.
    let memory = unsafe { alloc(layout::<T>(count)) };
    if memory.is_null() {
        handle_alloc_error(layout::<T>(count));
    }
    memory.cast()
}

fn grow<T>(memory: *mut T, from: usize, to: usize) -> *mut T {
    // SAFETY: allocated by `allocate` or here with the layout of `from`.
    let grown = unsafe { realloc(memory.cast(), layout::<T>(from), layout::<T>(to).size()) };
    if grown.is_null() {
        handle_alloc_error(layout::<T>(to));
    }
    grown.cast()
}

/// Initialises registers so that they own nothing.
///
/// # Safety
/// `count` registers from `first` on are allocated and own nothing.
unsafe fn clear(first: *mut Value, count: usize) {
    for index in 0..count {
        // SAFETY: within the allocation, says the caller.
        unsafe { first.add(index).write(Value::NULL) };
    }
    debug_assert!(!Tag::Null.is_heap());
}
