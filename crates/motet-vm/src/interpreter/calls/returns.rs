//! Ends of calls: results, and where the caller wants them.

use super::Target;
use crate::interpreter::{Control, iteration, operators, unwind};
use crate::isolate::{Delivery, Isolate};
use crate::memory::Value;

/// Gives a result to a call that needed no frame.
pub(crate) fn deliver(isolate: &mut Isolate, value: Value, target: Target) -> Control {
    match target.delivery {
        Delivery::Base => {
            // SAFETY: a call's window; its first register owns nothing, because the call took it.
            unsafe { target.window.write(value) };
            Control::Next
        }
        delivery => finish_call(isolate, value, delivery, target.detail),
    }
}

/// Gives the result of a call to the frame that is now on top, in other ways than `Delivery::Base`.
fn finish_call(isolate: &mut Isolate, value: Value, delivery: Delivery, detail: u32) -> Control {
    match delivery {
        Delivery::Base | Delivery::BaseKept => unreachable!("handled where the window is known"),
        Delivery::Register => {
            // SAFETY: the operation that called names a register that it writes.
            unsafe { isolate.frame().base.add(detail as usize).write(value) };
            Control::Reload
        }
        Delivery::Replace => {
            // SAFETY: the operation that called names a live register of the frame.
            let register = unsafe { &mut *isolate.frame().base.add(detail as usize) };
            drop(std::mem::replace(register, value));
            Control::Reload
        }
        Delivery::Iterator => operators::begin_iterator(isolate, value, detail),
        Delivery::Branch => {
            if let Err(error) = crate::future::as_condition(&value) {
                return unwind::throw(isolate, error);
            }
            let sense = detail & 1 != 0;
            if value.is_truthy() == sense {
                // SAFETY: the frame on top runs verified code, and the target is an instruction of it.
                unsafe {
                    let frame = isolate.coroutine.top;
                    (*frame).pc = (*(*frame).loaded).at((detail >> 1) as usize);
                }
            }
            Control::Reload
        }
        Delivery::Native => {
            isolate.native_result = value;
            Control::Reload
        }
        Delivery::Discard => Control::Reload,
        Delivery::Generator => iteration::generator_ended(isolate, value),
        Delivery::Task => isolate.scheduler().task_ended(Ok(value)),
    }
}

/// `Return` and its like in a frame whose result does not simply go to its base.
#[inline(never)]
pub(in crate::interpreter) fn return_value(isolate: &mut Isolate, value: Value) -> Control {
    let (base, delivery, detail) = {
        let frame = isolate.frame();
        (frame.base, frame.delivery, frame.detail)
    };
    // SAFETY: register 0 belongs to the frame, which ends.
    drop(unsafe { base.replace(Value::NULL) });
    drop(isolate.coroutine.pop());
    match delivery {
        Delivery::Base | Delivery::BaseKept => {
            // SAFETY: the base is the first register of the caller's window.
            unsafe { base.write(value) };
            Control::Reload
        }
        delivery => finish_call(isolate, value, delivery, detail),
    }
}

/// Ends the running frame for a tail call, and keeps in `isolate.ended` where it was until the callee is entered. Gives where the callee's result goes, and what the frame kept alive.
pub(in crate::interpreter) fn end_frame(isolate: &mut Isolate) -> (Target, (Value, Option<Value>)) {
    let frame = isolate.frame();
    let delivery = if frame.delivery == Delivery::BaseKept { Delivery::Base } else { frame.delivery };
    let target = Target { window: frame.base, delivery, detail: frame.detail };
    // SAFETY: register 0 belongs to the frame, which ends.
    let own = unsafe { target.window.replace(Value::NULL) };
    isolate.ended = frame.at();
    (target, (own, isolate.coroutine.pop()))
}
