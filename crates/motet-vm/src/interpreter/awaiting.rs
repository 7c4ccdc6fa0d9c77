//! `Await`: the running task goes on with what a future has become, or is suspended until it has.

use super::Control;
use crate::future::{Future, FutureState};
use crate::isolate::Isolate;
use crate::memory::Value;
use crate::scheduler::Pending;
use motet_code::{Instruction, LAST_B};

/// Register b's future, its result to register a.
#[cold]
#[inline(never)]
pub(super) fn await_register(isolate: &mut Isolate, instruction: Instruction) -> Control {
    // SAFETY: verified operands of the running frame's window.
    let value = unsafe {
        let register = isolate.frame().base.add(instruction.b() as usize);
        if instruction.flags() & LAST_B != 0 { register.replace(Value::NULL) } else { (*register).clone() }
    };
    let put = |isolate: &Isolate, value: Value| {
        // SAFETY: as above; `Await` writes a register that owns nothing.
        unsafe { isolate.frame().base.add(instruction.a() as usize).write(value) };
        Control::Next
    };
    let Some(future) = isolate.scheduler().future_here(&value) else { return put(isolate, value) };
    drop(value);
    match Future::of(&future).expect("a future of this isolate").observe() {
        FutureState::Done(result) => put(isolate, result),
        FutureState::Failed(error) => isolate.scheduler().throw_awaited(error),
        FutureState::Pending => isolate.scheduler().suspend(future, Pending::Register(instruction.a())),
    }
}
