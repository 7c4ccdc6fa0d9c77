//! Classes.

use super::emitter::{Emitter, Want};
use super::variables::Place;
use crate::tree::Class;
use motet_code::{Constant, Op};

impl Emitter<'_, '_> {
    pub fn class(&mut self, class: &Class, want: Want) {
        let place = self.place_of(class.variable);
        let register = match place {
            Place::Register(home) => home,
            _ => self.reserve(1),
        };
        let next = self.next;
        let parent = match &class.parent {
            Some(parent) => self.operand(parent),
            None => {
                let register = self.reserve(1);
                self.op(Op::Null, register, 0, 0);
                register
            }
        };
        let mut names: Vec<Box<str>> = vec![class.name.clone()];
        names.extend(class.positional.iter().cloned());
        names.push("".into());
        names.extend(class.other_fields.iter().cloned());
        let names = self.required_constant(Constant::Names(names.into()));
        self.op(Op::Class, register, parent, names);
        self.next = next;
        if matches!(place, Place::Cell(_) | Place::CapturedCell(_)) {
            self.define_from(class.variable, register);
        }
        for method in &class.methods {
            let next = self.next;
            let closure = self.reserve(1);
            self.closure(method.function, Want::Into(closure));
            let name = self.symbol(&method.name);
            self.op_word(Op::ClassMethod, [register, closure, name], method.kind as u32);
            self.next = next;
        }
        self.deliver(register, want);
    }
}
