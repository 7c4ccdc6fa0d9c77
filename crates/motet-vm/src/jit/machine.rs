//! Entering machine code, and what it calls of the VM. The unsafe code of the hook is here and in `interpreter/hot.rs`.

use crate::interpreter::{Control, step};
use crate::isolate::Isolate;
use crate::memory::Value;
use motet_code::Instruction;

/// The number that code gives instead of an exit's: an instruction that the VM did for it did not go on behind itself. All is
/// in the window and in the frame.
pub const LEFT: u32 = u32::MAX;

/// Code's way in: the context, and register 0. It gives the number of an exit, or [`LEFT`].
pub type Entry = unsafe extern "C" fn(*mut Machine, *mut Value) -> u32;

/// Code that can be entered.
///
/// # Safety
/// What [`MachineCode::entry`] gives stays code of such a function until this is dropped. It does what the bytecode does that
/// it was made of, from the head of the loop that was asked for on, and keeps to ARCHITECTURE.md, "Machine code".
pub unsafe trait MachineCode: Send + Sync {
    fn entry(&self) -> Entry;

    /// How much memory it takes.
    fn bytes(&self) -> usize;
}

/// What machine code is entered with. Back ends use the places of the fields.
#[repr(C)]
pub struct Machine {
    /// The isolate's word of 32 bits that is not zero when something interrupts the program.
    pub interrupt: *const (),
    /// The address of the closure that runs; 0 if its function captures nothing.
    pub environment: u64,
    /// Drops what a register owns; it holds null afterwards.
    pub release: unsafe extern "C" fn(*mut Value) -> u64,
    /// Puts a copy of the second register into the first one, which owns nothing.
    pub clone: unsafe extern "C" fn(*mut Value, *const Value) -> u64,
    /// Does an instruction: its place and, in the lower half, the place of the next one; its word. Gives register 0, which
    /// may have moved, or null, and then code leaves with [`LEFT`].
    pub step: unsafe extern "C" fn(*mut Machine, u64, u64) -> *mut Value,
    /// Exits that tests want to see are taken when this has come to zero.
    pub fuse: u32,
    /// Whether the instruction that `step` did went on at its target.
    pub jumped: bool,
    control: Control,
    isolate: *mut Isolate,
}

/// How code came back.
pub(crate) enum Back {
    /// By the exit of this number.
    Exit(u32),
    /// The VM did an instruction, which did not go on behind itself.
    Left(Control),
}

/// Runs code in the running frame.
///
/// # Safety
/// The code was made for the function of the running frame, whose counter is at the head of the code's loop.
pub(crate) unsafe fn enter(isolate: &mut Isolate, code: &dyn MachineCode, fuse: &mut u32) -> Back {
    let base = isolate.frame().base;
    let mut machine = Machine {
        interrupt: std::ptr::from_ref(isolate.interrupt.word()).cast(),
        environment: isolate.frame().environment,
        release,
        clone,
        step: do_step,
        fuse: *fuse,
        jumped: false,
        control: Control::Next,
        isolate,
    };
    // SAFETY: the caller's promise, and that of who made the code. The isolate is used through the pointer alone meanwhile.
    let number = unsafe { code.entry()(&mut machine, base) };
    *fuse = machine.fuse;
    if number == LEFT { Back::Left(machine.control) } else { Back::Exit(number) }
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

unsafe extern "C" fn do_step(machine: *mut Machine, place: u64, word: u64) -> *mut Value {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate.
    let (machine, isolate) = unsafe { (&mut *machine, &mut *(*machine).isolate) };
    let (at, next) = ((place >> 32) as usize, place as u32 as usize);
    // SAFETY: the running frame is the one that the code was entered for, so its code is the one that the places are of.
    let loaded = unsafe { &*isolate.frame().loaded };
    let words = loaded.at(at + 1);
    let behind = loaded.code.wrapping_add(next);
    // SAFETY: there is a top frame.
    unsafe { (*isolate.coroutine.top).pc = behind };
    // SAFETY: the instruction is one of the running function's; `words` is what follows it.
    let control = unsafe { step(isolate, Instruction(word), words) };
    if control != Control::Next {
        machine.control = control;
        return std::ptr::null_mut();
    }
    let frame = isolate.frame();
    machine.jumped = frame.pc != behind;
    frame.base
}
