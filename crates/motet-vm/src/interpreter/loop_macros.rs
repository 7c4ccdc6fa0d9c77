//! What the arms of the loop are written with. The loop's state is in local variables, which the macros name; so they are made
//! inside it, by one that is given the names.

/// Makes the macros, for state in these variables. `$d` stands for the dollar sign of what is made.
macro_rules! loop_macros {
    ($d:tt $reload:lifetime $isolate:ident $interrupt:ident $coroutine:ident $frame:ident $pc:ident $base:ident $constants:ident) => {
        macro_rules! register {
            ($d index:expr) => {
                (&*$base.add($d index as usize))
            };
        }
        // Writes a register that owns nothing.
        macro_rules! put {
            ($d index:expr, $d value:expr) => {
                $base.add($d index as usize).write($d value)
            };
        }
        macro_rules! constant {
            ($d index:expr) => {
                (&*$constants.add($d index as usize))
            };
        }
        // Drops what a register owns; afterwards it owns nothing.
        macro_rules! release {
            ($d index:expr) => {{
                let register = $base.add($d index as usize);
                if (*register).is_heap() {
                    let value = register.replace(Value::NULL);
                    drop(value);
                }
            }};
        }
        macro_rules! cold {
            ($d call:expr) => {{
                (*$frame).pc = $pc;
                (*$coroutine).top = $frame;
                match $d call {
                    Control::Next => {}
                    Control::Reload => continue $reload,
                    Control::Exit => return,
                }
            }};
        }
        macro_rules! jump {
            ($d offset:expr) => {
                $pc = $pc.offset($d offset as isize)
            };
        }
        // Messages, cancellation, timers, collection, limits: all hang on this one word. A build without the test shows
        // what it costs (`benches/instructions --safe-point`).
        //
        // The comment for the assembler, another one in each place, is no instruction. Without it the compiler sees that
        // the places end alike, makes one of them all, and goes from there to the next operation by the way that saves
        // and reloads registers: four times what the test itself costs.
        macro_rules! safe_point {
            ($d place:literal) => {
                if cfg!(not(without_safe_points)) && $interrupt.is_raised() {
                    cold!((*$isolate).interrupted());
                }
                std::arch::asm!(concat!("/* safe point ", $d place, " */"), options(nomem, nostack, preserves_flags));
            };
        }
        macro_rules! arithmetic {
            ($d i:ident, $d left:expr, $d right:expr, $d checked:ident, $d operator:tt, $d cold:path) => {{
                let left: &Value = $d left;
                let right: &Value = $d right;
                if left.tag() == Tag::Int && right.tag() == Tag::Int {
                    if let Some(result) = (left.payload() as i64).$d checked(right.payload() as i64) {
                        put!($d i.a(), Value::int(result));
                        continue;
                    }
                } else if left.tag() == Tag::Float && right.tag() == Tag::Float {
                    let result = f64::from_bits(left.payload()) $d operator f64::from_bits(right.payload());
                    put!($d i.a(), Value::float(result));
                    continue;
                } else if let Some((left, right)) = raw::numbers(left, right) {
                    put!($d i.a(), Value::float(left $d operator right));
                    continue;
                }
                cold!($d cold(&mut *$isolate, $d i));
            }};
        }
        macro_rules! arithmetic_immediate {
            ($d i:ident, $d checked:ident, $d operator:tt, $d cold:path) => {{
                let left: &Value = register!($d i.b());
                if left.tag() == Tag::Int {
                    if let Some(result) = (left.payload() as i64).$d checked($d i.c() as i16 as i64) {
                        put!($d i.a(), Value::int(result));
                        continue;
                    }
                } else if left.tag() == Tag::Float {
                    let result = f64::from_bits(left.payload()) $d operator ($d i.c() as i16 as f64);
                    put!($d i.a(), Value::float(result));
                    continue;
                }
                cold!($d cold(&mut *$isolate, $d i));
            }};
        }
        macro_rules! compare_value {
            ($d i:ident, $d operator:tt, $d cold:expr) => {{
                let (left, right) = (register!($d i.b()), register!($d i.c()));
                if left.tag() == Tag::Int && right.tag() == Tag::Int {
                    let answer = (left.payload() as i64) $d operator (right.payload() as i64);
                    put!($d i.a(), Value::bool(answer));
                    continue;
                } else if left.tag() == Tag::Float && right.tag() == Tag::Float {
                    let answer = f64::from_bits(left.payload()) $d operator f64::from_bits(right.payload());
                    put!($d i.a(), Value::bool(answer));
                    continue;
                }
                cold!($d cold);
            }};
        }
        macro_rules! compare_jump {
            ($d i:ident, $d right:expr, $d operator:tt, $d sense:literal, $d cold:expr) => {{
                let left: &Value = register!($d i.a());
                let right: &Value = $d right;
                if left.tag() == Tag::Int && right.tag() == Tag::Int {
                    if ((left.payload() as i64) $d operator (right.payload() as i64)) == $d sense {
                        jump!($d i.c() as i16);
                    }
                    continue;
                } else if left.tag() == Tag::Float && right.tag() == Tag::Float {
                    if (f64::from_bits(left.payload()) $d operator f64::from_bits(right.payload())) == $d sense {
                        jump!($d i.c() as i16);
                    }
                    continue;
                }
                cold!($d cold);
                // The cold function moved the saved counter if the jump is taken.
                $pc = (*$frame).pc;
            }};
        }
        macro_rules! compare_jump_immediate {
            ($d i:ident, $d operator:tt, $d sense:literal, $d order:ident) => {{
                let left: &Value = register!($d i.a());
                if left.tag() == Tag::Int {
                    if ((left.payload() as i64) $d operator ($d i.b() as i16 as i64)) == $d sense {
                        jump!($d i.c() as i16);
                    }
                    continue;
                } else if left.tag() == Tag::Float {
                    if (f64::from_bits(left.payload()) $d operator ($d i.b() as i16 as f64)) == $d sense {
                        jump!($d i.c() as i16);
                    }
                    continue;
                }
                cold!(compare::jump_immediate(&mut *$isolate, $d i, compare::Test::$d order, $d sense));
                $pc = (*$frame).pc;
            }};
        }
        // Enters a function whose arguments lie behind `register`.
        macro_rules! enter {
            ($d i:ident, $d loaded:expr, $d environment:expr) => {{
                let loaded: *const Loaded = $d loaded;
                let environment: u64 = $d environment;
                let window = $base.add($d i.a() as usize);
                let next = $frame.add(1);
                if (*loaded).simple_arity == $d i.b() as u32
                    && window.add((*loaded).registers) <= (*$coroutine).register_end()
                    && next != (*$coroutine).frame_end()
                {
                    (*$frame).pc = $pc;
                    $frame = next;
                    $frame.write(Frame::new(&*loaded, window, environment));
                    $base = window;
                    $pc = (*loaded).start.get();
                    $constants = (*loaded).constants;
                    safe_point!(1);
                } else {
                    cold!(calls::enter_general(&mut *$isolate, $d i, loaded, environment));
                }
            }};
        }
    };
}

pub(super) use loop_macros;
