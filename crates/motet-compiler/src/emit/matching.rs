//! `match` and `case`.

use super::emitter::{Emitter, Want};
use crate::tree::{Expr, ExprKind, Match};
use motet_code::Op;

impl Emitter<'_, '_> {
    pub fn matching(&mut self, expr: &Expr, want: Want) {
        let ExprKind::Match(parts) = &expr.kind else { return };
        self.match_arms(parts, want);
    }

    fn match_arms(&mut self, parts: &Match, want: Want) {
        let guards = parts.arms.iter().filter_map(|arm| arm.guard.as_ref());
        let subject = self.operand_before(&parts.subject, guards);
        let end = self.label();
        for arm in &parts.arms {
            let fail = self.label();
            let next = self.next;
            self.at(&arm.body, |emitter| {
                emitter.span = arm.pattern.span;
                emitter.allocate_pattern(&arm.pattern);
                emitter.test(&arm.pattern, subject, fail);
                if let Some(guard) = &arm.guard {
                    emitter.branch(guard, false, fail);
                }
                emitter.emit(&arm.body, want);
            });
            self.next = next;
            if want != Want::Return {
                self.jump_to(end);
            }
            self.bind(fail);
        }
        if parts.total {
            self.op(Op::MatchFail, subject, 0, 0);
        } else {
            self.null(want);
        }
        self.bind(end);
    }
}
