//! The loop.
//!
//! Its state is in local variables, so that it stays in machine registers: program counter, register window, constants,
//! frame. Before a cold function it is saved in the frame; [`Control::Reload`] loads it again. Three rules keep it fast
//! (ARCHITECTURE.md, "The loop"): a fast path is integers first, floats second, then a cold call; no cold path sets the
//! counter back; nothing here takes the address of the state.
//!
//! # Why the unsafe code is sound
//!
//! Code was verified when it was loaded: every register operand lies in the window, every constant and jump exists. The
//! window lies in the coroutine's registers, because a call makes room for `registers` before its frame becomes the top
//! one. All registers are initialised (`Coroutine`), and by `op.rs`'s rule those that an operation writes own nothing, so
//! `put` need not drop. The register written may be one that the same operation reads for the last time: operands are
//! taken first. A value read through `register` is borrowed only until the next write.

use super::loop_macros::loop_macros;
use super::{
    Control, arithmetic, awaiting, calls, compare, fields, hot, iteration, literals, natives, patterns, raw, unwind,
};
use crate::concurrency::Reasons;
use crate::isolate::{Coroutine, Delivery, Frame, Isolate, Loaded};
use crate::memory::{Tag, Value};
use crate::profile::At;
use motet_code::{Instruction, LAST_A, LAST_B, LAST_C, Op};

/// Runs the isolate's current task, and those that become ready after it, until [`Control::Exit`].
pub(crate) fn run(isolate: &mut Isolate) {
    if isolate.coroutine.is_empty() {
        return;
    }
    isolate.begin_counting();
    if isolate.begin_sampling() {
        run_loop::<true>(isolate)
    } else {
        run_loop::<false>(isolate)
    }
    isolate.end_counting();
}

/// `SAMPLED`: of a program whose profile is taken by time. Then each instruction looks whether a sample is wanted, so that what is
/// noted is what ran; other programs have a loop that does not.
#[inline(never)]
#[allow(clippy::pointers_in_nomem_asm_block, reason = "the block is a comment, and follows no pointer")]
fn run_loop<const SAMPLED: bool>(isolate: &mut Isolate) {
    let isolate: *mut Isolate = isolate;
    // SAFETY: see the module.
    unsafe {
        let interrupt = (*isolate).interrupt.word();
        let mut has_called = false;
        'reload: loop {
            if (*interrupt).is_raised() {
                match (*isolate).interrupted_between_calls(has_called) {
                    Control::Next => {}
                    Control::Reload => continue 'reload,
                    Control::Exit => return,
                }
            }
            has_called = true;
            let coroutine: *mut Coroutine = &mut *(*isolate).coroutine;
            let mut frame: *mut Frame = (*coroutine).top;
            if (*frame).is_native() {
                // A callback has returned, or a native starts a task.
                if natives::resume(&mut *isolate) == Control::Exit {
                    return;
                }
                continue 'reload;
            }
            let mut pc: *mut u64 = (*frame).pc;
            let mut base: *mut Value = (*frame).base;
            let mut constants: *const Value = (*(*frame).loaded).constants;

            loop_macros!($ 'reload isolate interrupt coroutine frame pc base constants);

            loop {
                if SAMPLED && interrupt.is_raised_for(Reasons::SAMPLE) {
                    (*frame).pc = pc;
                    (*coroutine).top = frame;
                    (*isolate).sampled_here(At::Instruction);
                }
                let i = Instruction(*pc);
                pc = pc.add(1);
                // Without this the compiler keeps the place before and the place after in two registers, since it knows one
                // from the other, and copies them in every operation.
                std::arch::asm!("/* {0} */", inout(reg) pc, options(nomem, nostack, preserves_flags, pure));
                // SAFETY: verified code holds no other bytes.
                match std::mem::transmute::<u8, Op>(i.0 as u8) {
                    Op::Copy => put!(i.a(), register!(i.b()).clone()),
                    Op::Move => {
                        let from = base.add(i.b() as usize);
                        put!(i.a(), from.read());
                        from.write(Value::NULL);
                    }
                    Op::Assign => {
                        let value = if i.flags() & LAST_B != 0 {
                            base.add(i.b() as usize).replace(Value::NULL)
                        } else {
                            register!(i.b()).clone()
                        };
                        drop(base.add(i.a() as usize).replace(value));
                    }
                    Op::Clear => release!(i.a()),
                    Op::Null => put!(i.a(), Value::NULL),
                    Op::Bool => put!(i.a(), Value::bool(i.b() != 0)),
                    Op::Int => put!(i.a(), Value::int(i.bc() as i64)),
                    Op::Constant => put!(i.a(), constant!(i.bc() as u32).clone()),

                    Op::Cell => cold!(literals::cell(&mut *isolate, i)),
                    Op::CellEmpty => cold!(literals::cell_empty(&mut *isolate, i)),
                    Op::CellGet => {
                        let value = raw::cell_value(register!(i.b()));
                        if !value.is_missing() {
                            let value = value.clone();
                            if i.flags() & LAST_B != 0 {
                                release!(i.b());
                            }
                            put!(i.a(), value);
                            continue;
                        }
                        cold!(literals::undefined_variable(&mut *isolate, i));
                    }
                    Op::CellSet | Op::CellDefine => cold!(literals::cell_set(&mut *isolate, i)),
                    Op::CellAdd => {
                        let cell = register!(i.a());
                        if raw::add_numbers(raw::cell_value_mut(cell), register!(i.b())) {
                            if i.flags() & LAST_A != 0 {
                                release!(i.a());
                            }
                            continue;
                        }
                        cold!(literals::cell_add(&mut *isolate, i));
                    }
                    Op::Captured => put!(i.a(), raw::captured((*frame).environment, i.b()).clone()),
                    Op::CapturedGet => {
                        let value = raw::cell_value(raw::captured((*frame).environment, i.b()));
                        if !value.is_missing() {
                            put!(i.a(), value.clone());
                            continue;
                        }
                        cold!(literals::undefined_variable(&mut *isolate, i));
                    }
                    Op::CapturedSet => cold!(literals::captured_set(&mut *isolate, i)),
                    Op::CapturedAdd => {
                        let cell = raw::captured((*frame).environment, i.a());
                        if raw::add_numbers(raw::cell_value_mut(cell), register!(i.b())) {
                            continue;
                        }
                        cold!(literals::captured_add(&mut *isolate, i));
                    }
                    Op::CurrentFunction => cold!(literals::current_function(&mut *isolate, i)),

                    Op::Add => arithmetic!(i, register!(i.b()), register!(i.c()), checked_add, +, arithmetic::add),
                    Op::Sub => arithmetic!(i, register!(i.b()), register!(i.c()), checked_sub, -, arithmetic::sub),
                    Op::Mul => arithmetic!(i, register!(i.b()), register!(i.c()), checked_mul, *, arithmetic::mul),
                    Op::Div => {
                        let (left, right) = (register!(i.b()), register!(i.c()));
                        if let Some((left, right)) = raw::numbers(left, right) {
                            put!(i.a(), Value::float(left / right));
                            continue;
                        }
                        cold!(arithmetic::div(&mut *isolate, i));
                    }
                    Op::FloorDiv => cold!(arithmetic::floor_div(&mut *isolate, i)),
                    Op::Mod => {
                        let (left, right) = (register!(i.b()), register!(i.c()));
                        if left.tag() == Tag::Int && right.tag() == Tag::Int {
                            let (left, right) = (left.payload() as i64, right.payload() as i64);
                            if left >= 0 && right > 0 {
                                put!(i.a(), Value::int(left % right));
                                continue;
                            }
                        }
                        cold!(arithmetic::modulo(&mut *isolate, i));
                    }
                    Op::Pow => cold!(arithmetic::pow(&mut *isolate, i)),
                    Op::MatMul => cold!(arithmetic::matmul(&mut *isolate, i)),
                    Op::AddI => arithmetic_immediate!(i, checked_add, +, arithmetic::add_immediate),
                    Op::SubI => arithmetic_immediate!(i, checked_sub, -, arithmetic::sub_immediate),
                    Op::MulI => arithmetic_immediate!(i, checked_mul, *, arithmetic::mul_immediate),
                    Op::FloorDivI => {
                        let left = register!(i.b());
                        let right = i.c() as i16 as i64;
                        if left.tag() == Tag::Int && right > 0 {
                            put!(i.a(), Value::int((left.payload() as i64).div_euclid(right)));
                            continue;
                        }
                        cold!(arithmetic::floor_div_immediate(&mut *isolate, i));
                    }
                    Op::ModI => {
                        let left = register!(i.b());
                        let right = i.c() as i16 as i64;
                        if left.tag() == Tag::Int && right > 0 {
                            put!(i.a(), Value::int((left.payload() as i64).rem_euclid(right)));
                            continue;
                        }
                        cold!(arithmetic::modulo_immediate(&mut *isolate, i));
                    }
                    Op::AddK => {
                        arithmetic!(i, register!(i.b()), constant!(i.c()), checked_add, +, arithmetic::add_constant)
                    }
                    Op::SubK => {
                        arithmetic!(i, register!(i.b()), constant!(i.c()), checked_sub, -, arithmetic::sub_constant)
                    }
                    Op::MulK => {
                        arithmetic!(i, register!(i.b()), constant!(i.c()), checked_mul, *, arithmetic::mul_constant)
                    }
                    Op::DivK => {
                        let (left, right) = (register!(i.b()), constant!(i.c()));
                        if let Some((left, right)) = raw::numbers(left, right) {
                            put!(i.a(), Value::float(left / right));
                            continue;
                        }
                        cold!(arithmetic::div_constant(&mut *isolate, i));
                    }
                    Op::ModK => {
                        let (left, right) = (register!(i.b()), constant!(i.c()));
                        if left.tag() == Tag::Int && right.tag() == Tag::Int {
                            let (left, right) = (left.payload() as i64, right.payload() as i64);
                            if left >= 0 && right > 0 {
                                put!(i.a(), Value::int(left % right));
                                continue;
                            }
                        }
                        cold!(arithmetic::modulo_constant(&mut *isolate, i));
                    }
                    Op::KSub => {
                        arithmetic!(i, constant!(i.b()), register!(i.c()), checked_sub, -, arithmetic::constant_sub)
                    }
                    Op::KMul => {
                        arithmetic!(i, constant!(i.b()), register!(i.c()), checked_mul, *, arithmetic::constant_mul)
                    }
                    Op::KDiv => {
                        let (left, right) = (constant!(i.b()), register!(i.c()));
                        if let Some((left, right)) = raw::numbers(left, right) {
                            put!(i.a(), Value::float(left / right));
                            continue;
                        }
                        cold!(arithmetic::constant_div(&mut *isolate, i));
                    }
                    Op::AddTo => {
                        if raw::add_numbers(&mut *base.add(i.a() as usize), register!(i.b())) {
                            continue;
                        }
                        cold!(arithmetic::add_to(&mut *isolate, i));
                    }
                    Op::AddToI => {
                        let target = register!(i.a());
                        if target.tag() == Tag::Int
                            && let Some(sum) = (target.payload() as i64).checked_add(i.b() as i16 as i64)
                        {
                            put!(i.a(), Value::int(sum));
                            continue;
                        }
                        cold!(arithmetic::add_to_immediate(&mut *isolate, i));
                    }
                    Op::SubFrom => {
                        let (target, value) = (register!(i.a()), register!(i.b()));
                        if target.tag() == Tag::Int && value.tag() == Tag::Int {
                            if let Some(result) = (target.payload() as i64).checked_sub(value.payload() as i64) {
                                put!(i.a(), Value::int(result));
                                continue;
                            }
                        } else if target.tag() == Tag::Float && value.tag() == Tag::Float {
                            let result = f64::from_bits(target.payload()) - f64::from_bits(value.payload());
                            put!(i.a(), Value::float(result));
                            continue;
                        }
                        cold!(arithmetic::sub_from(&mut *isolate, i));
                    }
                    Op::Neg => {
                        let value = register!(i.b());
                        if value.tag() == Tag::Float {
                            put!(i.a(), Value::float(-f64::from_bits(value.payload())));
                            continue;
                        }
                        cold!(arithmetic::negate(&mut *isolate, i));
                    }
                    Op::Not => {
                        if register!(i.b()).tag() == Tag::Foreign {
                            cold!(compare::refuse_future(&mut *isolate, i.b()));
                        }
                        let truthy = register!(i.b()).is_truthy();
                        if i.flags() & LAST_B != 0 {
                            release!(i.b());
                        }
                        put!(i.a(), Value::bool(!truthy));
                    }

                    Op::Eq => compare_value!(i, ==, compare::equal_value(&mut *isolate, i)),
                    Op::Ne => compare_value!(i, !=, compare::equal_value(&mut *isolate, i)),
                    Op::Lt => compare_value!(i, <, compare::order_value(&mut *isolate, i)),
                    Op::Le => compare_value!(i, <=, compare::order_value(&mut *isolate, i)),
                    Op::InstanceOf => cold!(patterns::instance_of(&mut *isolate, i)),

                    Op::Jump => jump!(i.bc()),
                    Op::Loop => {
                        jump!(i.bc());
                        safe_point!(2);
                    }
                    Op::JumpIf => {
                        if register!(i.a()).tag() == Tag::Foreign {
                            cold!(compare::refuse_future(&mut *isolate, i.a()));
                        }
                        let truthy = register!(i.a()).is_truthy();
                        if i.flags() & LAST_A != 0 {
                            release!(i.a());
                        }
                        if truthy {
                            jump!(i.bc());
                        }
                    }
                    Op::JumpIfNot => {
                        if register!(i.a()).tag() == Tag::Foreign {
                            cold!(compare::refuse_future(&mut *isolate, i.a()));
                        }
                        let truthy = register!(i.a()).is_truthy();
                        if i.flags() & LAST_A != 0 {
                            release!(i.a());
                        }
                        if !truthy {
                            jump!(i.bc());
                        }
                    }
                    Op::JumpIfNull => {
                        let null = register!(i.a()).is_null();
                        if i.flags() & LAST_A != 0 {
                            release!(i.a());
                        }
                        if null {
                            jump!(i.bc());
                        }
                    }
                    Op::JumpIfNotNull => {
                        let null = register!(i.a()).is_null();
                        if i.flags() & LAST_A != 0 {
                            release!(i.a());
                        }
                        if !null {
                            jump!(i.bc());
                        }
                    }
                    Op::JumpIfPresent => {
                        if !register!(i.a()).is_missing() {
                            jump!(i.bc());
                        }
                    }
                    Op::JumpLt => {
                        compare_jump!(i, register!(i.b()), <, true, compare::jump(&mut *isolate, i, compare::Test::Less, true))
                    }
                    Op::JumpNotLt => {
                        compare_jump!(i, register!(i.b()), <, false, compare::jump(&mut *isolate, i, compare::Test::Less, false))
                    }
                    Op::JumpLe => {
                        compare_jump!(i, register!(i.b()), <=, true, compare::jump(&mut *isolate, i, compare::Test::LessEqual, true))
                    }
                    Op::JumpNotLe => {
                        compare_jump!(i, register!(i.b()), <=, false, compare::jump(&mut *isolate, i, compare::Test::LessEqual, false))
                    }
                    Op::JumpEq => {
                        compare_jump!(i, register!(i.b()), ==, true, compare::jump(&mut *isolate, i, compare::Test::Equal, true))
                    }
                    Op::JumpNotEq => {
                        compare_jump!(i, register!(i.b()), ==, false, compare::jump(&mut *isolate, i, compare::Test::Equal, false))
                    }
                    Op::JumpLtI => compare_jump_immediate!(i, <, true, Less),
                    Op::JumpNotLtI => compare_jump_immediate!(i, <, false, Less),
                    Op::JumpLeI => compare_jump_immediate!(i, <=, true, LessEqual),
                    Op::JumpNotLeI => compare_jump_immediate!(i, <=, false, LessEqual),
                    Op::JumpGtI => compare_jump_immediate!(i, >, true, Greater),
                    Op::JumpNotGtI => compare_jump_immediate!(i, >, false, Greater),
                    Op::JumpGeI => compare_jump_immediate!(i, >=, true, GreaterEqual),
                    Op::JumpNotGeI => compare_jump_immediate!(i, >=, false, GreaterEqual),
                    Op::JumpEqI => compare_jump_immediate!(i, ==, true, Equal),
                    Op::JumpNotEqI => compare_jump_immediate!(i, ==, false, Equal),
                    Op::JumpLtK => {
                        compare_jump!(i, constant!(i.b()), <, true, compare::jump_constant(&mut *isolate, i, compare::Test::Less, true))
                    }
                    Op::JumpNotLtK => {
                        compare_jump!(i, constant!(i.b()), <, false, compare::jump_constant(&mut *isolate, i, compare::Test::Less, false))
                    }
                    Op::JumpGtK => {
                        compare_jump!(i, constant!(i.b()), >, true, compare::jump_constant(&mut *isolate, i, compare::Test::Greater, true))
                    }
                    Op::JumpNotGtK => {
                        compare_jump!(i, constant!(i.b()), >, false, compare::jump_constant(&mut *isolate, i, compare::Test::Greater, false))
                    }
                    Op::JumpEqK => {
                        compare_jump!(i, constant!(i.b()), ==, true, compare::jump_constant(&mut *isolate, i, compare::Test::Equal, true))
                    }
                    Op::JumpNotEqK => {
                        compare_jump!(i, constant!(i.b()), ==, false, compare::jump_constant(&mut *isolate, i, compare::Test::Equal, false))
                    }

                    Op::ForPrepare => {
                        cold!(iteration::for_prepare(&mut *isolate, i));
                        pc = (*frame).pc;
                    }
                    Op::ForLoop => {
                        let counter = base.add(i.a() as usize);
                        let left = (*counter.add(1)).payload();
                        if !left.is_multiple_of(iteration::SLICE) {
                            raw::step_counter(counter, left);
                            jump!(i.bc());
                        } else if left & iteration::COUNTED != 0 {
                            cold!(iteration::counted_loop(&mut *isolate, i));
                            pc = (*frame).pc;
                        } else if left != 0 {
                            raw::step_counter(counter, left);
                            jump!(i.bc());
                            safe_point!(3);
                        }
                    }
                    Op::Iterate => cold!(iteration::iterate(&mut *isolate, i)),
                    Op::Next => {
                        if let Some(items) = raw::list_items(register!(i.a())) {
                            let place = base.add(i.a() as usize + 1);
                            let index = (*place).payload();
                            if (index as usize) < items.len() {
                                place.write(Value::int(index as i64 + 1));
                                put!(i.b(), items.get_unchecked(index as usize).clone());
                            } else {
                                jump!(i.c() as i16);
                            }
                            continue;
                        }
                        cold!(iteration::next(&mut *isolate, i));
                        pc = (*frame).pc;
                    }
                    Op::NextPair => {
                        cold!(iteration::next_pair(&mut *isolate, i));
                        pc = (*frame).pc;
                    }

                    Op::Closure => cold!(literals::closure(&mut *isolate, i)),
                    Op::Call => {
                        let callee = register!(i.a());
                        if callee.tag() == Tag::Closure {
                            let environment = callee.payload();
                            let id = raw::closure_function_id(environment) as usize;
                            let table: &[*const Loaded] = &(*isolate).loaded;
                            if let Some(&loaded) = table.get(id)
                                && !loaded.is_null()
                            {
                                enter!(i, loaded, environment);
                                continue;
                            }
                        } else if callee.tag() == Tag::Native {
                            cold!(natives::call(&mut *isolate, i));
                            continue;
                        }
                        cold!(calls::call(&mut *isolate, i));
                    }
                    Op::CallKnown => {
                        let loaded = *pc as *const Loaded;
                        let cache = pc;
                        pc = pc.add(1);
                        if !loaded.is_null() {
                            enter!(i, loaded, 0);
                            continue;
                        }
                        cold!(calls::call_known(&mut *isolate, i, cache));
                    }
                    Op::CallSelf => enter!(i, (*frame).loaded, (*frame).environment),
                    Op::CallNamed => cold!(calls::call_named(&mut *isolate, i)),
                    Op::CallSpread => cold!(calls::call_spread(&mut *isolate, i)),
                    Op::Method => {
                        let cache = pc;
                        pc = pc.add(3);
                        let receiver = register!(i.a());
                        if raw::cache_key(receiver) == *cache {
                            let loaded = *cache.add(2) as *const Loaded;
                            if !loaded.is_null() {
                                enter!(i, loaded, *cache.add(1));
                                continue;
                            }
                            cold!(natives::call_cached_method(&mut *isolate, i, *cache.add(1)));
                            continue;
                        }
                        cold!(calls::method(&mut *isolate, i, cache));
                    }
                    Op::MethodNamed => {
                        let names = *pc as usize;
                        pc = pc.add(1);
                        cold!(calls::method_named(&mut *isolate, i, names));
                    }
                    Op::MethodSpread => {
                        pc = pc.add(1);
                        cold!(calls::method_spread(&mut *isolate, i));
                    }
                    Op::Super => cold!(calls::super_method(&mut *isolate, i, None)),
                    Op::SuperNamed => {
                        let names = *pc as usize;
                        pc = pc.add(1);
                        cold!(calls::super_method(&mut *isolate, i, Some(names)));
                    }
                    Op::SuperSpread => cold!(calls::super_spread(&mut *isolate, i)),
                    Op::TailCall => cold!(calls::tail_call(&mut *isolate, i)),
                    Op::TailKnown => {
                        pc = pc.add(1);
                        cold!(calls::tail_known(&mut *isolate, i));
                    }
                    Op::TailSelf => {
                        let loaded = (*frame).loaded;
                        if (*loaded).simple_arity == i.b() as u32 {
                            // The window's arguments become the parameters, which are dead by now.
                            for index in 1..=i.b() {
                                let from = base.add(i.a() as usize + index as usize);
                                put!(index, from.replace(Value::NULL));
                            }
                            release!(i.a());
                            pc = (*loaded).start.get();
                            safe_point!(4);
                            continue;
                        }
                        cold!(calls::tail_self(&mut *isolate, i));
                    }
                    Op::TailMethod => {
                        pc = pc.add(3);
                        cold!(calls::tail_method(&mut *isolate, i));
                    }
                    Op::Return => {
                        let value = base.add(i.a() as usize).replace(Value::NULL);
                        if (*frame).delivery == Delivery::Base {
                            release!(0);
                            base.write(value);
                            frame = frame.sub(1);
                            pc = (*frame).pc;
                            base = (*frame).base;
                            constants = (*(*frame).loaded).constants;
                            continue;
                        }
                        cold!(calls::return_value(&mut *isolate, value));
                    }
                    Op::ReturnNull => {
                        if (*frame).delivery == Delivery::Base {
                            release!(0);
                            base.write(Value::NULL);
                            frame = frame.sub(1);
                            pc = (*frame).pc;
                            base = (*frame).base;
                            constants = (*(*frame).loaded).constants;
                            continue;
                        }
                        cold!(calls::return_value(&mut *isolate, Value::NULL));
                    }
                    Op::ReturnSelf => {
                        if (*frame).delivery == Delivery::Base {
                            frame = frame.sub(1);
                            pc = (*frame).pc;
                            base = (*frame).base;
                            constants = (*(*frame).loaded).constants;
                            continue;
                        }
                        let value = base.replace(Value::NULL);
                        cold!(calls::return_value(&mut *isolate, value));
                    }
                    Op::Yield => cold!(iteration::yield_value(&mut *isolate, i)),
                    Op::Await => {
                        let value = register!(i.b());
                        if value.tag() != Tag::Foreign {
                            let value = if i.flags() & LAST_B != 0 {
                                base.add(i.b() as usize).replace(Value::NULL)
                            } else {
                                value.clone()
                            };
                            put!(i.a(), value);
                            continue;
                        }
                        cold!(awaiting::await_register(&mut *isolate, i));
                    }

                    Op::List => cold!(literals::list(&mut *isolate, i)),
                    Op::ListPush => cold!(literals::list_push(&mut *isolate, i)),
                    Op::ListExtend => cold!(literals::list_extend(&mut *isolate, i)),
                    Op::Record => cold!(literals::record(&mut *isolate, i)),
                    Op::RecordExtend => cold!(literals::record_extend(&mut *isolate, i)),
                    Op::Concat => cold!(literals::concat(&mut *isolate, i)),
                    Op::Range => cold!(literals::range(&mut *isolate, i)),
                    Op::GetField => {
                        let cache = pc;
                        pc = pc.add(1);
                        if let Some(field) = raw::cached_own_slot(register!(i.b()), *cache) {
                            // Numbers of objects that stay, first: nothing else here calls anything.
                            if !field.is_heap() && i.flags() & LAST_B == 0 {
                                put!(i.a(), Value::from_raw(field.tag(), field.payload()));
                                continue;
                            }
                            // A method that is taken out of its object is bound to it.
                            if field.tag() != Tag::Closure {
                                let value = field.clone();
                                if i.flags() & LAST_B != 0 {
                                    release!(i.b());
                                }
                                put!(i.a(), value);
                                continue;
                            }
                        }
                        cold!(fields::get(&mut *isolate, i, cache));
                    }
                    Op::SetField => {
                        let cache = pc;
                        pc = pc.add(1);
                        let object = register!(i.a());
                        // Numbers only: other values are stores that the heap wants to know of.
                        if !register!(i.c()).is_heap()
                            && let Some(field) = raw::cached_own_writable_slot(object, *cache)
                        {
                            let value = register!(i.c());
                            let value = Value::from_raw(value.tag(), value.payload());
                            if !field.is_heap() && i.flags() & LAST_A == 0 {
                                std::ptr::write(field, value);
                                continue;
                            }
                            let old = std::mem::replace(field, value);
                            drop(old);
                            if i.flags() & LAST_A != 0 {
                                release!(i.a());
                            }
                            continue;
                        }
                        cold!(fields::set(&mut *isolate, i, cache));
                    }
                    Op::AddField => {
                        let cache = pc;
                        pc = pc.add(1);
                        let object = register!(i.a());
                        if let Some(field) = raw::cached_own_writable_slot(object, *cache)
                            && raw::add_numbers(field, register!(i.c()))
                        {
                            if i.flags() & LAST_A != 0 {
                                release!(i.a());
                            }
                            continue;
                        }
                        cold!(fields::add(&mut *isolate, i, cache));
                    }
                    Op::GetIndex => {
                        let index = register!(i.c());
                        if index.tag() == Tag::Int
                            && let Some(items) = raw::list_items(register!(i.b()))
                            && (index.payload() as usize) < items.len()
                        {
                            let value = items.get_unchecked(index.payload() as usize).clone();
                            if i.flags() & LAST_B != 0 {
                                release!(i.b());
                            }
                            put!(i.a(), value);
                            continue;
                        }
                        cold!(fields::get_index(&mut *isolate, i));
                    }
                    Op::GetIndexI => {
                        if let Some(items) = raw::list_items(register!(i.b()))
                            && (i.c() as i16 as usize) < items.len()
                        {
                            let value = items.get_unchecked(i.c() as usize).clone();
                            if i.flags() & LAST_B != 0 {
                                release!(i.b());
                            }
                            put!(i.a(), value);
                            continue;
                        }
                        cold!(fields::get_index_immediate(&mut *isolate, i));
                    }
                    Op::SetIndex => {
                        let index = register!(i.b());
                        if index.tag() == Tag::Int
                            && !register!(i.c()).is_heap()
                            && let Some(items) = raw::list_items_mut(register!(i.a()))
                            && (index.payload() as usize) < items.len()
                        {
                            let value = register!(i.c());
                            let value = Value::from_raw(value.tag(), value.payload());
                            let old = std::mem::replace(items.get_unchecked_mut(index.payload() as usize), value);
                            drop(old);
                            if i.flags() & LAST_A != 0 {
                                release!(i.a());
                            }
                            continue;
                        }
                        cold!(fields::set_index(&mut *isolate, i));
                    }
                    Op::SetIndexI => cold!(fields::set_index_immediate(&mut *isolate, i)),
                    Op::AddIndex => {
                        let index = register!(i.b());
                        if index.tag() == Tag::Int
                            && let Some(items) = raw::list_items_mut(register!(i.a()))
                            && (index.payload() as usize) < items.len()
                            && raw::add_numbers(items.get_unchecked_mut(index.payload() as usize), register!(i.c()))
                        {
                            if i.flags() & LAST_A != 0 {
                                release!(i.a());
                            }
                            continue;
                        }
                        cold!(fields::add_index(&mut *isolate, i));
                    }

                    Op::IsList => cold!(patterns::is_list(&mut *isolate, i)),
                    Op::HasKey => cold!(patterns::has_key(&mut *isolate, i)),
                    Op::ListRest => cold!(patterns::list_rest(&mut *isolate, i)),
                    Op::MatchFail => cold!(patterns::match_fail(&mut *isolate, i)),
                    Op::Check => cold!(patterns::check(&mut *isolate, i)),

                    Op::Class => cold!(literals::class(&mut *isolate, i)),
                    Op::ClassMethod => {
                        let kind = *pc;
                        pc = pc.add(1);
                        cold!(literals::class_method(&mut *isolate, i, kind));
                    }
                    Op::Import => cold!(calls::import(&mut *isolate, i)),
                    Op::Exports => {
                        let value = base.add(i.a() as usize).replace(Value::NULL);
                        cold!(calls::exports(&mut *isolate, value));
                    }

                    Op::Throw => {
                        let value = base.add(i.a() as usize).replace(Value::NULL);
                        cold!(unwind::throw_value(&mut *isolate, value));
                    }
                    Op::Rethrow => {
                        let value = base.add(i.a() as usize).replace(Value::NULL);
                        cold!(unwind::rethrow(&mut *isolate, value));
                    }
                    Op::Hot => {
                        cold!(hot::hot(&mut *isolate));
                        pc = (*frame).pc;
                        base = (*frame).base;
                    }
                }
                // Ends of fast paths that did not `continue` and cold calls that answered `Next` arrive here.
                let _ = LAST_C;
            }
        }
    }
}
