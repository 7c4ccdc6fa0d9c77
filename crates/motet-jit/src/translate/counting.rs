//! Loops that count.

use super::Translation;
use crate::ir::{Condition, End, ExitId, IntOperator, Operation, Reason, Type, Value};
use motet_code::{Instruction, VARIANT};
use motet_vm::jit::Tags;
use motet_vm::memory::Tag;

/// A loop of more iterations is taken as one of so many, as the interpreter does (`iteration::MOST_ITERATIONS`).
const MOST_ITERATIONS: i64 = (1 << 57) - 1;

impl Translation<'_> {
    /// `ForPrepare` of a range of integers whose step is 1; false for others.
    pub(super) fn for_prepare(&mut self, at: usize, i: Instruction, next: usize, target: usize) -> bool {
        let registers = [0, 1, 2].map(|offset| i.a() as usize + offset);
        // What was seen of a counter says what its registers hold.
        let seen = Tags::of(Tag::Int);
        let [start, end, step] = registers.map(|register| self.state.value(register));
        let (Some(step), true) = (step, start.is_some() || self.state.is_window(registers[0])) else { return false };
        if self.constants.get(&step) != Some(&1) || end.is_none() && self.state.is_null(registers[1]) {
            return false;
        }
        let Some(start) = self.number(at, registers[0] as u16, seen) else { return false };
        let Some(end) = self.number(at, registers[1] as u16, seen) else { return false };
        if self.out.type_of(start) != Type::Int || self.out.type_of(end) != Type::Int {
            return false;
        }
        let inclusive = i.flags() & VARIANT != 0;
        let exit = self.exit_at(at, Reason::Guard);
        let condition = if inclusive { Condition::Greater } else { Condition::GreaterEqual };
        let is_empty = self.emit(Operation::CompareInts { condition, left: start, right: end });
        // The VM's counter holds iterations left after the first; what does not fit one is left to it.
        let distance = self.emit(Operation::Wrapping { operator: IntOperator::Subtract, left: end, right: start });
        let left = if inclusive {
            distance
        } else {
            let one = self.int(1);
            self.emit(Operation::Wrapping { operator: IntOperator::Subtract, left: distance, right: one })
        };
        let (there, here) = (self.out.block(), self.out.block());
        self.end(End::Branch { condition: is_empty, then: (there, Vec::new()), otherwise: (here, Vec::new()) });
        self.go(there, target);
        if self.failed {
            return true;
        }
        self.block = here;
        self.guard_iterations(left, exit);
        let left = self.iterations_left(left);
        self.state.set(registers[1], left, false);
        // Entering a loop is a safe point, unless each iteration is counted.
        if !self.request.counts {
            self.safe_point(next);
        }
        self.jump(next);
        true
    }

    fn guard_iterations(&mut self, left: Value, exit: ExitId) {
        let zero = self.int(0);
        let fits = self.emit(Operation::CompareInts { condition: Condition::GreaterEqual, left, right: zero });
        self.emit_nothing(Operation::Guard { value: fits, expected: true, exit });
        let most = self.int(MOST_ITERATIONS);
        let fits = self.emit(Operation::CompareInts { condition: Condition::LessEqual, left, right: most });
        self.emit_nothing(Operation::Guard { value: fits, expected: true, exit });
    }

    pub(super) fn for_loop(&mut self, at: usize, i: Instruction, next: usize, target: usize) {
        let [variable, left, step] = [0, 1, 2].map(|offset| i.a() as usize + offset);
        let exit = self.exit_at(at, Reason::Guard);
        // `ForPrepare` left three integers.
        let values = [variable, left, step].map(|register| match self.state.value(register) {
            Some(value) if self.out.type_of(value) == Type::Int => value,
            _ => {
                let value = self.load_as(register as u32, Type::Int, exit);
                self.state.set(register, value, true);
                value
            }
        });
        let (none, one) = self.counter();
        let none = self.int(none);
        let is_over = self.emit(Operation::CompareInts { condition: Condition::Equal, left: values[1], right: none });
        let (there, here) = (self.out.block(), self.out.block());
        self.end(End::Branch { condition: is_over, then: (here, Vec::new()), otherwise: (there, Vec::new()) });
        self.go(here, next);
        if self.failed {
            return;
        }
        self.block = there;
        let one = self.int(one);
        let fewer = self.emit(Operation::Wrapping { operator: IntOperator::Subtract, left: values[1], right: one });
        let further = self.emit(Operation::Wrapping { operator: IntOperator::Add, left: values[0], right: values[2] });
        self.state.set(variable, further, false);
        self.state.set(left, fewer, false);
        self.safe_point(target);
        self.jump(target);
    }
}
