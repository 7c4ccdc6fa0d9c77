//! Fields, indexes, and chains in which null ends the chain.

use super::emitter::{Emitter, Want};
use crate::tree::{Expr, ExprKind, Field, Index};
use motet_code::Op;

impl Emitter<'_, '_> {
    pub fn link(&mut self, expr: &Expr, want: Want) {
        match &expr.kind {
            ExprKind::Field(field) => self.field(field, want),
            ExprKind::Index(index) => self.index(index, want),
            ExprKind::OptionalChain(chain) => self.optional_chain(chain, want),
            ExprKind::Call(call) => self.call(call, want),
            ExprKind::MethodCall(call) => self.method_call(call, want),
            ExprKind::SuperCall(call) => self.super_call(call, want),
            _ => {}
        }
    }

    fn field(&mut self, field: &Field, want: Want) {
        let object = self.operand(&field.object);
        if field.optional {
            self.end_chain_at_null(object);
        }
        let to = self.destination(want);
        let name = self.symbol(&field.name);
        self.op(Op::GetField, to, object, name);
        self.deliver(to, want);
    }

    fn index(&mut self, index: &Index, want: Want) {
        let object = self.operand_before(&index.object, [&index.index]);
        if index.optional {
            self.end_chain_at_null(object);
        }
        if let Some(number) = self.small_index(&index.index) {
            let to = self.destination(want);
            self.op(Op::GetIndexI, to, object, number as u16);
            return self.deliver(to, want);
        }
        let number = self.operand(&index.index);
        let to = self.destination(want);
        self.op(Op::GetIndex, to, object, number);
        self.deliver(to, want);
    }

    /// In an optional link: null makes the whole chain null.
    pub fn end_chain_at_null(&mut self, object: u16) {
        // Lowering puts every optional link into a chain.
        if let Some(exit) = self.chain_exits.last().copied() {
            self.jump(Op::JumpIfNull, object, 0, exit);
        }
    }

    fn optional_chain(&mut self, chain: &Expr, want: Want) {
        let (exit, end) = (self.label(), self.label());
        let (want, returned) = self.settle(want);
        self.chain_exits.push(exit);
        self.emit(chain, want);
        self.chain_exits.pop();
        if let Want::Into(to) = want {
            self.jump_to(end);
            self.bind(exit);
            self.op(Op::Null, to, 0, 0);
        } else {
            self.bind(exit);
        }
        self.bind(end);
        if let Some(register) = returned {
            self.return_register(register);
        }
    }
}
