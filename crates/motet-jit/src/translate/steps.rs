//! Safe points, and the steps of programs with a limit on them. Machine code counts the same steps as the interpreter: calls,
//! of builtins too, and jumps backwards.

use super::Translation;
use crate::ir::{IntOperator, Operation, Reason, Value};
use motet_vm::jit::places;

impl Translation<'_> {
    /// A safe point, behind which an instruction is next.
    pub(super) fn safe_point(&mut self, next: usize) {
        let exit = self.exit_at(next, Reason::SafePoint);
        self.emit_nothing(Operation::SafePoint { exit });
        if self.request.counts {
            self.emit_nothing(Operation::Count { exit });
        }
    }

    /// The safe point at the end of a builtin, behind which an instruction is next. The builtin has allocated, which may be
    /// what is too much.
    pub(super) fn builtin_ended(&mut self, next: usize) {
        let exit = self.exit_at(next, Reason::Builtin);
        self.emit_nothing(Operation::SafePoint { exit });
        if self.request.counts {
            self.emit_nothing(Operation::Count { exit });
        }
    }

    /// An instruction is a step. All that may make the interpreter do it again has been looked at, and nothing is done yet.
    pub(super) fn count(&mut self, at: usize) {
        if self.request.counts {
            let exit = self.exit_at(at, Reason::Steps);
            self.emit_nothing(Operation::Count { exit });
        }
    }

    /// The end of an instruction is a step.
    pub(super) fn count_behind(&mut self, next: usize) {
        if self.request.counts {
            let exit = self.exit_at(next, Reason::Behind);
            self.emit_nothing(Operation::Count { exit });
        }
    }

    /// The iterations left of a loop as its counter has them.
    pub(super) fn iterations_left(&mut self, left: Value) -> Value {
        if !self.request.counts {
            return left;
        }
        let times = self.int(places::COUNTED_TIMES as i64);
        let left = self.emit(Operation::Wrapping { operator: IntOperator::Multiply, left, right: times });
        let counted = self.int(places::COUNTED as i64);
        self.emit(Operation::Wrapping { operator: IntOperator::Add, left, right: counted })
    }

    /// The counter of a loop without iterations left, and what an iteration takes of it.
    pub(super) fn counter(&self) -> (i64, i64) {
        if self.request.counts { (places::COUNTED as i64, places::COUNTED_TIMES as i64) } else { (0, 1) }
    }
}
