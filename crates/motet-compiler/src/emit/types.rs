//! Types: `Check` throws, `InstanceOf` tests. Optional types and unions are taken apart, so that nothing is made for them.

use super::emitter::Emitter;
use crate::code::Label;
use crate::tree::Type;
use motet_code::Op;

impl Emitter<'_, '_> {
    /// Throws unless the value is of the type; `what` names it in the error.
    pub fn check_type(&mut self, value: u16, check: &Type, what: &str) {
        let fits = self.label();
        let (next, span) = (self.next, self.span);
        self.span = check.span;
        if check.or_null {
            self.jump(Op::JumpIfNull, value, 0, fits);
        }
        let whole = match (&check.whole, &check.alternatives[..]) {
            (Some(whole), alternatives) => {
                for alternative in alternatives {
                    self.instance_of(value, alternative, Op::JumpIf, fits);
                }
                Some(whole)
            }
            (None, alternatives) => alternatives.first(),
        };
        if let Some(whole) = whole {
            let whole = self.operand(whole);
            let what = self.symbol(what);
            self.op(Op::Check, value, whole, what);
        }
        (self.next, self.span) = (next, span);
        self.bind(fits);
    }

    /// Jumps unless the value is of the type.
    pub fn test_type(&mut self, value: u16, check: &Type, fail: Label) {
        let fits = self.label();
        if check.or_null {
            self.jump(Op::JumpIfNull, value, 0, fits);
        }
        if let Some((last, first)) = check.alternatives.split_last() {
            for alternative in first {
                self.instance_of(value, alternative, Op::JumpIf, fits);
            }
            self.instance_of(value, last, Op::JumpIfNot, fail);
        }
        self.bind(fits);
    }

    fn instance_of(&mut self, value: u16, class: &crate::tree::Expr, jump: Op, target: Label) {
        let next = self.next;
        let test = self.reserve(1);
        let class = self.operand(class);
        self.op(Op::InstanceOf, test, value, class);
        self.jump(jump, test, 0, target);
        self.next = next;
    }
}
