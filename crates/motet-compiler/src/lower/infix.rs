//! Infix as data: `(a + b * 2)` becomes prefix here, where it is compiled; macros see it as it was written.

use super::Lower;
use crate::tree::Expr;
use motet_syntax::Diagnostic;
use motet_syntax::form::{Node, Span};
use motet_syntax::infix;

impl Lower<'_, '_> {
    pub fn is_infix(&self, node: &Node) -> bool {
        infix::is_infix(node)
    }

    pub fn infix(&mut self, node: &Node, span: Span) -> Expr {
        match infix::normalize(node) {
            Some(form) => self.expr(&form),
            None => {
                let reason = infix::explain(node)
                    .unwrap_or_else(|| Diagnostic::error("these operators and operands do not fit together", span));
                self.fail(reason)
            }
        }
    }
}
