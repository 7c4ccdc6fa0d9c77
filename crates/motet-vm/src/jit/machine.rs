//! Entering machine code, and what it calls of the VM. The unsafe code of the hook is here, in `leaf.rs` and in
//! `interpreter/compiled.rs`.

use super::data::{DATA, Data};
use super::leaf::look_inside;
use crate::builtins::signals::{Known, known_value};
use crate::concurrency::Reasons;
use crate::interpreter::{Control, enter_found, find, last_step, step};
use crate::isolate::{Delivery, Frame, Isolate, Loaded};
use crate::memory::{STAMPS, Str, Tag, Value};
use motet_code::Instruction;

/// Code's way in: the context, register 0, and the frame that it runs in. It gives register 0, which may have moved, if the
/// function has returned: its result is there, and the frame is the caller's to end. It gives null if it has left:
/// [`Machine::exit`] says by which exit, or [`LEFT`].
pub type Entry = unsafe extern "C" fn(*mut Machine, *mut Value, *mut Frame) -> *mut Value;

/// What [`Machine::exit`] is when code has left without an exit: an instruction that the VM did for it did not go on behind
/// itself, or a function that it called has no code. All is in the windows and in the frames.
pub const LEFT: u64 = u64::MAX;

/// What [`Machine::expects`] is where nothing is expected to be read.
pub const NOTHING: u32 = u32::MAX;

/// What it is when that has been read.
pub const TAKEN: u32 = u32::MAX - 1;

const _: () = assert!(STAMPS.end <= TAKEN);

/// Stack that machine code and what it calls may take, from where it was entered.
const STACK: usize = 64 << 10;

/// Functions that became parts of code, one inside the other: no more than this.
pub const MOST_PARTS: usize = 8;

/// What of it must be left for code to be entered from within a builtin that code calls.
pub(super) const STACK_INSIDE: usize = 24 << 10;

/// Code that can be entered.
///
/// # Safety
/// What [`MachineCode::entry`] gives stays code of such a function until this is dropped. It does what the bytecode does that
/// it was made of, from the place that was asked for on, and keeps to ARCHITECTURE.md, "Machine code".
pub unsafe trait MachineCode: Send + Sync {
    fn entry(&self) -> Entry;

    /// How much memory it takes.
    fn bytes(&self) -> usize;

    /// The code itself.
    fn code(&self) -> &[u8];
}

/// What machine code is entered with. Back ends use the places of the fields.
#[repr(C)]
pub struct Machine {
    /// The isolate's word of 32 bits that is not zero when something interrupts the program.
    pub interrupt: *const (),
    /// One behind the last register that there is room for.
    pub register_end: *mut Value,
    /// One behind the last frame that there is room for.
    pub frame_end: *mut Frame,
    /// Code calls nothing when the stack has come down to here.
    pub stack_end: usize,
    /// Drops what a register owns; it holds null afterwards.
    pub release: unsafe extern "C" fn(*mut Value) -> u64,
    /// Puts a copy of the second register into the first one, which owns nothing.
    pub clone: unsafe extern "C" fn(*mut Value, *const Value) -> u64,
    /// Counts one more reference to the object at an address.
    pub retain: unsafe extern "C" fn(u64) -> u64,
    /// Takes what the third register has to a place in the object that the second one holds.
    pub store: unsafe extern "C" fn(*mut Machine, *const Value, *mut Value, *mut Value) -> u64,
    /// The same with a copy of it.
    pub store_copy: unsafe extern "C" fn(*mut Machine, *const Value, *mut Value, *mut Value) -> u64,
    /// Takes what a register has to the end of the list at an address, which may be changed.
    pub push: unsafe extern "C" fn(*mut Machine, u64, *mut Value) -> u64,
    /// Puts the value of the signal or computed value at an address into a register that owns nothing. Gives zero, and has done
    /// nothing, if that is not known at once. Behind the last register of the code, and in a frame behind those of its functions,
    /// this calls leaves.
    pub signal: unsafe extern "C" fn(*mut Machine, *mut Value, u64, *mut Value, *mut Frame) -> u64,
    /// The stamp of the object whose value the function is expected to read first. Code that reads it takes what is in `expected`,
    /// and puts [`TAKEN`] here.
    pub expects: u32,
    /// The words of that value.
    pub expected: [u64; 2],
    /// Does an instruction of the function that runs in the frame: its place and, in the lower half, the place of the next
    /// one; its word. Gives register 0, which may have moved, or null, and then code leaves with [`LEFT`].
    pub step: unsafe extern "C" fn(*mut Machine, *mut Frame, u64, u64) -> *mut Value,
    /// The same for a call that is the last act of the function: gives register 0 with the result, or null.
    pub last_step: unsafe extern "C" fn(*mut Machine, *mut Frame, u64, u64) -> *mut Value,
    /// Finds the plain function that an instruction calls, like `step`; its closure is in `environment` then. Gives null,
    /// and has done nothing, if it calls something else.
    pub find: unsafe extern "C" fn(*mut Machine, *mut Frame, u64, u64) -> *const Loaded,
    /// Has the interpreter enter a function that was found: its caller's place, its window, and what was found.
    pub enter_found: unsafe extern "C" fn(*mut Machine, *mut Frame, u64, *mut Value, *const Loaded) -> u64,
    /// What code has the VM do with texts and maps.
    pub data: &'static Data,
    /// The addresses of the texts of one ASCII character, by the character.
    pub characters: *const u64,
    /// The closure of the function that was found.
    pub environment: u64,
    /// The number of the exit that code has left by, and in the upper half the number of the code.
    pub exit: u64,
    /// The closures of functions that became parts and run behind the exit, by the number of the frame, where code has stored them.
    pub environments: [u64; MOST_PARTS],
    /// The frame that it has left in.
    pub frame: *mut Frame,
    /// Exits that tests want to see are taken when this has come to zero.
    pub fuse: u32,
    /// Steps that may be taken, where they are counted.
    pub steps: i64,
    /// Whether the instruction that `step` did went on at its target.
    pub jumped: bool,
    /// Code has left for want of code of a function that it called, or of room: what it was made of is as it was seen.
    pub is_excused: bool,
    control: Control,
    isolate: *mut Isolate,
    /// Code that runs now was called by `signal`, which calls no other then: if it left, all that called it would, too.
    pub(super) is_inside: bool,
}

/// How code came back.
pub(crate) enum Back {
    /// The function of the frame that was entered has returned. Its result is in register 0, and its frame is on top.
    Returned,
    /// By an exit, in the frame that is on top now: the number of the code, and that of the exit; and what it has stored of
    /// closures.
    Exit(u32, usize, [u64; MOST_PARTS]),
    /// The VM did an instruction, which did not go on behind itself.
    Left(Control),
    /// A function was called that has no code yet, or there was no room for a call.
    Excused(Control),
}

/// Runs code in the running frame; nothing if there is too little stack.
///
/// # Safety
/// The code was made for the function of the running frame, whose counter is where the code begins.
pub(crate) unsafe fn enter(isolate: &mut Isolate, entry: Entry) -> Option<Back> {
    let here = std::ptr::from_ref(&isolate).addr();
    let outer = isolate.stack_end;
    let stack_end = stack_end(isolate, here);
    if here < stack_end + STACK_INSIDE {
        return None;
    }
    isolate.stack_end = stack_end;
    let frame = isolate.coroutine.top;
    let mut machine = Machine::new(isolate, stack_end);
    // SAFETY: there is a top frame; the caller's promise, and that of who made the code. The isolate is used through the
    // pointer alone meanwhile.
    let base = unsafe { entry(&mut machine, (*frame).base, frame) };
    isolate.stack_end = outer;
    isolate.fuse = machine.fuse;
    isolate.steps.left = machine.steps;
    if !base.is_null() {
        isolate.coroutine.top = frame;
        return Some(Back::Returned);
    }
    if machine.exit == LEFT {
        let back = if machine.is_excused { Back::Excused } else { Back::Left };
        return Some(back(machine.control));
    }
    isolate.coroutine.top = machine.frame;
    let (number, exit) = machine.exit_taken();
    Some(Back::Exit(number, exit, machine.environments))
}

/// Where code must stop calling, that is entered when the stack has come down to `here`.
pub(super) fn stack_end(isolate: &Isolate, here: usize) -> usize {
    if isolate.stack_end == 0 { here.saturating_sub(STACK) } else { isolate.stack_end }
}

/// What runs in the place of the code of a function that has none: leaves, and the interpreter runs the function.
pub(crate) const NO_CODE: Entry = no_code;

unsafe extern "C" fn no_code(machine: *mut Machine, _base: *mut Value, frame: *mut Frame) -> *mut Value {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate.
    let (machine, isolate) = unsafe { (&mut *machine, &mut *(*machine).isolate) };
    isolate.coroutine.top = frame;
    // SAFETY: code has filled the frame, except for its counter; loaded code lives as long as the isolate.
    let loaded = unsafe { &*(*frame).loaded };
    // SAFETY: as above.
    unsafe { (*frame).pc = loaded.start.get() };
    machine.is_excused = loaded.is_called_by_code(isolate.settings.jit.as_deref());
    machine.exit = LEFT;
    machine.control = Control::Reload;
    // A call is a safe point. If that is all, the loop counts it.
    if !isolate.interrupt.word().raised().without(Reasons::COUNT).is_empty() {
        machine.lend(isolate);
        machine.control = match isolate.interrupted() {
            Control::Next => {
                isolate.steps.give_back(1);
                Control::Reload
            }
            control => control,
        };
        machine.take_back(isolate);
    }
    std::ptr::null_mut()
}

unsafe extern "C" fn release(register: *mut Value) -> u64 {
    // SAFETY: code names a register of the running window.
    drop(unsafe { register.replace(Value::NULL) });
    0
}

unsafe extern "C" fn clone(target: *mut Value, source: *const Value) -> u64 {
    // SAFETY: code names registers of the running window, of which the first owns nothing.
    unsafe { target.write((*source).clone()) };
    0
}

unsafe extern "C" fn retain(address: u64) -> u64 {
    // SAFETY: code has read the address from a value that is alive, and puts it into a register.
    unsafe { Value::retain(address) };
    0
}

unsafe extern "C" fn store(machine: *mut Machine, object: *const Value, place: *mut Value, source: *mut Value) -> u64 {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate. It names registers of the running
    // window, and a place in the object that one of them holds, which it may change; no register is read there.
    unsafe {
        let value = source.replace(Value::NULL);
        put_at(&*(*machine).isolate, &*object, place, value);
    }
    0
}

unsafe extern "C" fn store_copy(
    machine: *mut Machine,
    object: *const Value,
    place: *mut Value,
    source: *mut Value,
) -> u64 {
    // SAFETY: as in `store`.
    unsafe { put_at(&*(*machine).isolate, &*object, place, (*source).clone()) };
    0
}

/// Stores a value at a place in an object.
///
/// # Safety
/// The place is in the object, which may be changed, and nothing else refers to it.
unsafe fn put_at(isolate: &Isolate, object: &Value, place: *mut Value, value: Value) {
    if let Some(fields) = object.as_fields() {
        fields.note_store(value.tag(), &isolate.heap);
    } else if let Some(list) = object.as_list() {
        list.note_store(value.tag(), &isolate.heap);
    }
    // SAFETY: the caller's promise. What goes is dropped when the place has the new value.
    drop(unsafe { place.replace(value) });
}

unsafe extern "C" fn push(machine: *mut Machine, list: u64, source: *mut Value) -> u64 {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate; the address is that of a list
    // that a register of the running window holds or has borrowed, so the value that is made of it here is not dropped.
    unsafe {
        let list = std::mem::ManuallyDrop::new(Value::from_raw(Tag::List, list));
        let pushed = list.as_list().map(|list| list.push(source.replace(Value::NULL), &(*(*machine).isolate).heap));
        debug_assert!(matches!(pushed, Some(Ok(()))), "code has looked whether the list may be changed");
        (*(*machine).isolate).look_behind_code();
    }
    0
}

unsafe extern "C" fn signal(
    machine: *mut Machine,
    register: *mut Value,
    object: u64,
    window: *mut Value,
    frame: *mut Frame,
) -> u64 {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate; the address is that of an object of
    // this kind that a register of the running window holds or has borrowed, so the value that is made of it here is not dropped.
    let (machine, isolate, object) = unsafe {
        let machine = &mut *machine;
        let isolate = &mut *machine.isolate;
        (machine, isolate, std::mem::ManuallyDrop::new(Value::from_raw(Tag::Foreign, object)))
    };
    machine.note_first(isolate);
    let value = match known_value(isolate, &object) {
        Known::Value(value) => Some(value),
        // SAFETY: behind the window and the frames of the code there is nothing.
        Known::Computed(computed) => unsafe { look_inside(machine, isolate, computed, window, frame) },
        Known::Nothing => None,
    };
    let Some(value) = value else { return 0 };
    // SAFETY: code names a register of the running window that owns nothing.
    unsafe { register.write(value) };
    1
}

unsafe extern "C" fn do_last_step(machine: *mut Machine, frame: *mut Frame, place: u64, word: u64) -> *mut Value {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate.
    let (machine, isolate) = unsafe { (&mut *machine, &mut *(*machine).isolate) };
    isolate.coroutine.top = frame;
    let delivery = isolate.frame().delivery;
    // SAFETY: the frame is the one that the code runs in, so its code is the one that the place is of.
    unsafe { (*frame).pc = (*(*frame).loaded).code.wrapping_add(place as u32 as usize) };
    let first = isolate.coroutine.start();
    // SAFETY: the window lies in the coroutine's registers.
    let offset = unsafe { isolate.frame().base.offset_from(first) };
    machine.lend(isolate);
    let control = last_step(isolate, Instruction(word));
    machine.take_back(isolate);
    // A caller that is machine code goes on itself; all others wait for the loop, which counts a step.
    let goes_on = control == Control::Next && delivery == Delivery::Base;
    if goes_on && (machine.steps > 0 || !isolate.counts_steps()) {
        machine.steps -= 1;
        machine.register_end = isolate.coroutine.register_end();
        return isolate.coroutine.start().wrapping_offset(offset);
    }
    machine.exit = LEFT;
    machine.control = if control == Control::Next { Control::Reload } else { control };
    std::ptr::null_mut()
}

unsafe extern "C" fn do_find(machine: *mut Machine, frame: *mut Frame, place: u64, word: u64) -> *const Loaded {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate.
    let (machine, isolate) = unsafe { (&mut *machine, &mut *(*machine).isolate) };
    isolate.coroutine.top = frame;
    // Not all instructions have words behind them; one that has none may be the last.
    // SAFETY: the frame is the one that the code runs in, so its code is the one that the place is of.
    let words = unsafe { &*isolate.frame().loaded }.code.wrapping_add((place >> 32) as usize + 1);
    // SAFETY: the instruction is one of the running function's; `words` is what follows it.
    let Some((loaded, closure)) = (unsafe { find(isolate, Instruction(word), words) }) else { return std::ptr::null() };
    machine.environment = closure;
    loaded
}

unsafe extern "C" fn do_enter_found(
    machine: *mut Machine,
    frame: *mut Frame,
    place: u64,
    window: *mut Value,
    loaded: *const Loaded,
) -> u64 {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate.
    let (machine, isolate) = unsafe { (&mut *machine, &mut *(*machine).isolate) };
    isolate.coroutine.top = frame;
    // SAFETY: the frame is the one that the code runs in, so its code is the one that the place is of.
    unsafe { (*frame).pc = (*(*frame).loaded).code.wrapping_add(place as u32 as usize) };
    machine.exit = LEFT;
    machine.lend(isolate);
    machine.is_excused = true;
    machine.control = enter_found(isolate, window, loaded, machine.environment);
    machine.take_back(isolate);
    0
}

impl Machine {
    /// For code that runs in the frame on top.
    pub(super) fn new(isolate: &mut Isolate, stack_end: usize) -> Machine {
        Machine {
            interrupt: std::ptr::from_ref(isolate.interrupt.word()).cast(),
            register_end: isolate.coroutine.register_end(),
            frame_end: isolate.coroutine.frame_end(),
            stack_end,
            release,
            clone,
            retain,
            store,
            store_copy,
            push,
            signal,
            expects: NOTHING,
            expected: [0; 2],
            step: do_step,
            last_step: do_last_step,
            find: do_find,
            enter_found: do_enter_found,
            data: &DATA,
            characters: Str::characters_by_code().as_ptr(),
            environment: 0,
            exit: LEFT,
            environments: [0; MOST_PARTS],
            frame: isolate.coroutine.top,
            fuse: isolate.fuse,
            steps: isolate.steps.left,
            jumped: false,
            is_excused: false,
            control: Control::Next,
            isolate,
            is_inside: false,
        }
    }

    /// For code that runs in another frame, or after something has run in the isolate.
    pub(super) fn renew(&mut self, isolate: &Isolate, stack_end: usize, frame: *mut Frame) {
        self.interrupt = std::ptr::from_ref(isolate.interrupt.word()).cast();
        self.register_end = isolate.coroutine.register_end();
        self.frame_end = isolate.coroutine.frame_end();
        self.stack_end = stack_end;
        self.exit = LEFT;
        self.frame = frame;
        self.fuse = isolate.fuse;
        self.steps = isolate.steps.left;
    }

    pub(super) fn keep_fuse(&self, isolate: &mut Isolate) {
        isolate.fuse = self.fuse;
    }

    /// If code has read what was expected, the graph is told so. Nothing is expected any more.
    #[inline(always)]
    pub(super) fn note_first(&mut self, isolate: &mut Isolate) {
        if std::mem::replace(&mut self.expects, NOTHING) == TAKEN {
            isolate.session().has_read_first();
        }
    }

    /// The isolate that code runs in.
    ///
    /// # Safety
    /// Nothing else uses it meanwhile.
    pub(super) unsafe fn isolate(&self) -> &Isolate {
        // SAFETY: the caller's promise; it is there as long as its code runs.
        unsafe { &*self.isolate }
    }

    /// The number of the code, and that of its exit.
    pub(super) fn exit_taken(&self) -> (u32, usize) {
        debug_assert_ne!(self.exit, LEFT);
        ((self.exit >> 32) as u32, self.exit as u32 as usize)
    }

    /// Code that is entered from within the VM, and the VM itself, count on.
    fn lend(&mut self, isolate: &mut Isolate) {
        isolate.fuse = self.fuse;
        isolate.steps.left = self.steps;
    }

    fn take_back(&mut self, isolate: &mut Isolate) {
        self.fuse = isolate.fuse;
        self.steps = isolate.steps.left;
        isolate.look_behind_code();
    }
}

unsafe extern "C" fn do_step(machine: *mut Machine, frame: *mut Frame, place: u64, word: u64) -> *mut Value {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate.
    let (machine, isolate) = unsafe { (&mut *machine, &mut *(*machine).isolate) };
    isolate.coroutine.top = frame;
    let (at, next) = ((place >> 32) as usize, place as u32 as usize);
    // SAFETY: the frame is the one that the code runs in, so its code is the one that the places are of.
    let loaded = unsafe { &*isolate.frame().loaded };
    let words = loaded.at(at + 1);
    let behind = loaded.code.wrapping_add(next);
    // SAFETY: there is a top frame.
    unsafe { (*frame).pc = behind };
    machine.lend(isolate);
    // SAFETY: the instruction is one of the running function's; `words` is what follows it.
    let control = unsafe { step(isolate, Instruction(word), words) };
    machine.take_back(isolate);
    if control != Control::Next {
        machine.exit = LEFT;
        machine.control = control;
        return std::ptr::null_mut();
    }
    debug_assert_eq!(isolate.coroutine.top, frame, "what goes on behind an instruction leaves its frame where it is");
    machine.register_end = isolate.coroutine.register_end();
    let frame = isolate.frame();
    machine.jumped = frame.pc != behind;
    frame.base
}
