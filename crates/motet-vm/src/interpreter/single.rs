//! A single instruction, done for machine code: by the functions that the loop calls where its fast paths do not apply. They
//! know all cases, the loop's too.

use super::{
    Control, arithmetic, calls, compare, fields, iteration, literals, natives, operands, patterns, raw, unwind,
};
use crate::concurrency::Reasons;
use crate::isolate::{Isolate, Loaded};
use crate::memory::{Tag, Value};
use crate::profile::At;
use motet_code::{Instruction, Op};

/// Does an instruction, of those that neither return nor wait. The frame's counter stands behind it; afterwards it stands
/// at what is next.
///
/// # Safety
/// The instruction is one of the running function's, and the words that follow it begin at `words`.
pub(crate) unsafe fn step(isolate: &mut Isolate, i: Instruction, words: *mut u64) -> Control {
    use compare::Test::{Equal, Greater, GreaterEqual, Less, LessEqual};
    let Some(op) = i.op() else { unreachable!("verified: an operation") };
    if isolate.interrupt.word().is_raised_for(Reasons::SAMPLE) {
        // What machine code has run until here is not what the instruction takes.
        isolate.sampled_here(At::Instruction);
    }
    // SAFETY: verified operands; the words are the instruction's.
    unsafe {
        let base = isolate.frame().base;
        match op {
            Op::Assign => {
                let value = operands::use_b(isolate, i);
                drop(base.add(i.a() as usize).replace(value));
                Control::Next
            }
            Op::Constant => {
                let value = operands::code(isolate).constant(i.bc() as u32 as usize).clone();
                operands::put(isolate, i.a(), value);
                Control::Next
            }
            Op::Cell => literals::cell(isolate, i),
            Op::CellEmpty => literals::cell_empty(isolate, i),
            Op::CellGet => {
                let value = raw::cell_value(operands::borrow(isolate, i.b()));
                if value.is_missing() {
                    return literals::undefined_variable(isolate, i);
                }
                let value = value.clone();
                drop_last(isolate, i, motet_code::LAST_B, i.b());
                operands::put(isolate, i.a(), value);
                Control::Next
            }
            Op::CellSet | Op::CellDefine => literals::cell_set(isolate, i),
            Op::CellAdd => literals::cell_add(isolate, i),
            Op::Captured => {
                let value = raw::captured(isolate.frame().environment, i.b()).clone();
                operands::put(isolate, i.a(), value);
                Control::Next
            }
            Op::CapturedGet => {
                let value = raw::cell_value(raw::captured(isolate.frame().environment, i.b()));
                if value.is_missing() {
                    return literals::undefined_variable(isolate, i);
                }
                operands::put(isolate, i.a(), value.clone());
                Control::Next
            }
            Op::CapturedSet => literals::captured_set(isolate, i),
            Op::CapturedAdd => literals::captured_add(isolate, i),
            Op::CurrentFunction => literals::current_function(isolate, i),
            Op::Add => arithmetic::add(isolate, i),
            Op::Sub => arithmetic::sub(isolate, i),
            Op::Mul => arithmetic::mul(isolate, i),
            Op::Div => arithmetic::div(isolate, i),
            Op::FloorDiv => arithmetic::floor_div(isolate, i),
            Op::Mod => arithmetic::modulo(isolate, i),
            Op::Pow => arithmetic::pow(isolate, i),
            Op::MatMul => arithmetic::matmul(isolate, i),
            Op::AddI => arithmetic::add_immediate(isolate, i),
            Op::SubI => arithmetic::sub_immediate(isolate, i),
            Op::MulI => arithmetic::mul_immediate(isolate, i),
            Op::FloorDivI => arithmetic::floor_div_immediate(isolate, i),
            Op::ModI => arithmetic::modulo_immediate(isolate, i),
            Op::AddK => arithmetic::add_constant(isolate, i),
            Op::SubK => arithmetic::sub_constant(isolate, i),
            Op::MulK => arithmetic::mul_constant(isolate, i),
            Op::DivK => arithmetic::div_constant(isolate, i),
            Op::ModK => arithmetic::modulo_constant(isolate, i),
            Op::KSub => arithmetic::constant_sub(isolate, i),
            Op::KMul => arithmetic::constant_mul(isolate, i),
            Op::KDiv => arithmetic::constant_div(isolate, i),
            Op::AddTo => arithmetic::add_to(isolate, i),
            Op::AddToI => arithmetic::add_to_immediate(isolate, i),
            Op::SubFrom => arithmetic::sub_from(isolate, i),
            Op::Neg => arithmetic::negate(isolate, i),
            Op::Eq | Op::Ne => compare::equal_value(isolate, i),
            Op::Lt | Op::Le => compare::order_value(isolate, i),
            Op::InstanceOf => patterns::instance_of(isolate, i),
            Op::JumpLt => compare::jump(isolate, i, Less, true),
            Op::JumpNotLt => compare::jump(isolate, i, Less, false),
            Op::JumpLe => compare::jump(isolate, i, LessEqual, true),
            Op::JumpNotLe => compare::jump(isolate, i, LessEqual, false),
            Op::JumpEq => compare::jump(isolate, i, Equal, true),
            Op::JumpNotEq => compare::jump(isolate, i, Equal, false),
            Op::JumpLtI => compare::jump_immediate(isolate, i, Less, true),
            Op::JumpNotLtI => compare::jump_immediate(isolate, i, Less, false),
            Op::JumpLeI => compare::jump_immediate(isolate, i, LessEqual, true),
            Op::JumpNotLeI => compare::jump_immediate(isolate, i, LessEqual, false),
            Op::JumpGtI => compare::jump_immediate(isolate, i, Greater, true),
            Op::JumpNotGtI => compare::jump_immediate(isolate, i, Greater, false),
            Op::JumpGeI => compare::jump_immediate(isolate, i, GreaterEqual, true),
            Op::JumpNotGeI => compare::jump_immediate(isolate, i, GreaterEqual, false),
            Op::JumpEqI => compare::jump_immediate(isolate, i, Equal, true),
            Op::JumpNotEqI => compare::jump_immediate(isolate, i, Equal, false),
            Op::JumpLtK => compare::jump_constant(isolate, i, Less, true),
            Op::JumpNotLtK => compare::jump_constant(isolate, i, Less, false),
            Op::JumpGtK => compare::jump_constant(isolate, i, Greater, true),
            Op::JumpNotGtK => compare::jump_constant(isolate, i, Greater, false),
            Op::JumpEqK => compare::jump_constant(isolate, i, Equal, true),
            Op::JumpNotEqK => compare::jump_constant(isolate, i, Equal, false),
            Op::ForPrepare => iteration::for_prepare(isolate, i),
            Op::Iterate => iteration::iterate(isolate, i),
            Op::Next => iteration::next(isolate, i),
            Op::NextPair => iteration::next_pair(isolate, i),
            Op::Closure => literals::closure(isolate, i),
            Op::Call => match (*base.add(i.a() as usize)).tag() {
                Tag::Native => natives::call(isolate, i),
                _ => calls::call(isolate, i),
            },
            Op::CallKnown => match (*words) as *const Loaded {
                loaded if loaded.is_null() => calls::call_known(isolate, i, words),
                loaded => calls::enter_general(isolate, i, loaded, 0),
            },
            Op::CallSelf => {
                let (loaded, environment) = (isolate.frame().loaded, isolate.frame().environment);
                calls::enter_general(isolate, i, loaded, environment)
            }
            Op::CallNamed => calls::call_named(isolate, i),
            Op::CallSpread => calls::call_spread(isolate, i),
            Op::Method => {
                if raw::cache_key(&*base.add(i.a() as usize)) == *words {
                    let loaded = *words.add(2) as *const Loaded;
                    if loaded.is_null() {
                        return natives::call_cached_method(isolate, i, *words.add(1));
                    }
                    return calls::enter_general(isolate, i, loaded, *words.add(1));
                }
                calls::method(isolate, i, words)
            }
            Op::MethodNamed => calls::method_named(isolate, i, *words as usize),
            Op::MethodSpread => calls::method_spread(isolate, i),
            Op::Super => calls::super_method(isolate, i, None),
            Op::SuperNamed => calls::super_method(isolate, i, Some(*words as usize)),
            Op::SuperSpread => calls::super_spread(isolate, i),
            Op::List => literals::list(isolate, i),
            Op::ListPush => literals::list_push(isolate, i),
            Op::ListExtend => literals::list_extend(isolate, i),
            Op::Record => literals::record(isolate, i),
            Op::RecordExtend => literals::record_extend(isolate, i),
            Op::Concat => literals::concat(isolate, i),
            Op::Range => literals::range(isolate, i),
            Op::GetField => fields::get(isolate, i, words),
            Op::SetField => fields::set(isolate, i, words),
            Op::AddField => fields::add(isolate, i, words),
            Op::GetIndex => fields::get_index(isolate, i),
            Op::GetIndexI => fields::get_index_immediate(isolate, i),
            Op::SetIndex => fields::set_index(isolate, i),
            Op::SetIndexI => fields::set_index_immediate(isolate, i),
            Op::AddIndex => fields::add_index(isolate, i),
            Op::IsList => patterns::is_list(isolate, i),
            Op::HasKey => patterns::has_key(isolate, i),
            Op::ListRest => patterns::list_rest(isolate, i),
            Op::Check => patterns::check(isolate, i),
            Op::Class => literals::class(isolate, i),
            Op::ClassMethod => literals::class_method(isolate, i, *words),
            // The rest moves values, jumps or leaves the function: code does it itself, or leaves before it.
            Op::Copy
            | Op::Move
            | Op::Clear
            | Op::Null
            | Op::Bool
            | Op::Int
            | Op::Not
            | Op::Jump
            | Op::Loop
            | Op::JumpIf
            | Op::JumpIfNot
            | Op::JumpIfNull
            | Op::JumpIfNotNull
            | Op::JumpIfPresent
            | Op::ForLoop
            | Op::TailCall
            | Op::TailKnown
            | Op::TailSelf
            | Op::TailMethod
            | Op::Return
            | Op::ReturnNull
            | Op::ReturnSelf
            | Op::Yield
            | Op::Await
            | Op::MatchFail
            | Op::Import
            | Op::Exports
            | Op::Throw
            | Op::Rethrow
            | Op::Hot => {
                debug_assert!(false, "machine code does {op:?} itself");
                let error = crate::error::Error::type_error(format!("{op:?} is not for machine code"));
                unwind::throw(isolate, error)
            }
        }
    }
}

/// Does a call that is the last act of the function in the running frame, which ends; the same rules. `Next`: the result is
/// where its register 0 was.
pub(crate) fn last_step(isolate: &mut Isolate, i: Instruction) -> Control {
    match i.op() {
        Some(Op::TailCall) => calls::end_with_call(isolate, i),
        Some(Op::TailMethod) => calls::end_with_method(isolate, i),
        op => {
            debug_assert!(false, "machine code does {op:?} itself");
            unwind::throw(isolate, crate::error::Error::type_error(format!("{op:?} is not for machine code")))
        }
    }
}

/// Drops a register's value that was used for the last time.
fn drop_last(isolate: &Isolate, i: Instruction, flag: u8, register: u16) {
    if i.flags() & flag != 0 {
        let value: Value = operands::take(isolate, register);
        drop(value);
    }
}
