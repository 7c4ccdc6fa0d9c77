//! What is known of bytecode before it is translated: where blocks begin, and which registers are alive.

use motet_code::roles::{RoleContext, visit};
use motet_code::{Function, Instruction, Op, Operand};
use std::sync::Arc;

/// Registers, one bit for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registers(Box<[u64]>);

impl Registers {
    fn new(count: usize) -> Registers {
        Registers(vec![0; count.div_ceil(64)].into())
    }

    pub fn contains(&self, register: usize) -> bool {
        self.0.get(register / 64).is_some_and(|word| word >> (register % 64) & 1 != 0)
    }

    fn insert(&mut self, register: usize) {
        self.0[register / 64] |= 1 << (register % 64);
    }

    fn remove(&mut self, register: usize) {
        self.0[register / 64] &= !(1 << (register % 64));
    }

    /// Whether that changed it.
    fn add_all(&mut self, other: &Registers) -> bool {
        let mut changed = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            changed |= *more & !*word != 0;
            *word |= more;
        }
        changed
    }
}

/// See the module.
pub struct Flow {
    pub function: Arc<Function>,
    /// By word; an empty set where no instruction begins.
    alive: Vec<Registers>,
    /// By word: a jump leads here, or the instruction before may jump.
    pub is_leader: Vec<bool>,
}

impl Flow {
    pub fn new(function: Arc<Function>) -> Flow {
        let words = function.code.len();
        let mut flow = Flow { function, alive: vec![Registers::default(); words], is_leader: vec![false; words + 1] };
        flow.is_leader[0] = true;
        flow.find_alive();
        flow
    }

    /// What the roles of registers depend on.
    pub fn context(&self) -> RoleContext<'_> {
        let function = &self.function;
        RoleContext { constants: &function.constants, functions: &function.functions, method: function.flags.method }
    }

    pub fn read(&self, at: usize) -> (Instruction, Op) {
        let instruction = Instruction(self.function.code[at]);
        (instruction, instruction.op().expect("code is verified"))
    }

    /// Where the instruction jumps to, if it can.
    pub fn target(&self, at: usize) -> Option<usize> {
        let (instruction, op) = self.read(at);
        let info = op.info();
        let next = (at + op.length()) as i64;
        let distance = if info.b == Operand::WideJump {
            instruction.bc() as i64
        } else if info.c == Operand::Jump {
            instruction.c() as i16 as i64
        } else {
            return None;
        };
        Some((next + distance) as usize)
    }

    /// Registers that are needed where an instruction begins, by what follows or by who catches its errors.
    pub fn alive(&self, at: usize) -> &Registers {
        &self.alive[at]
    }

    fn find_alive(&mut self) {
        let mut places = Vec::new();
        let mut at = 0;
        while at < self.function.code.len() {
            places.push(at);
            let (_, op) = self.read(at);
            let next = at + op.length();
            if let Some(target) = self.target(at) {
                self.is_leader[target] = true;
                self.is_leader[next] = true;
            }
            at = next;
        }
        let count = self.function.registers as usize;
        for at in &places {
            self.alive[*at] = Registers::new(count);
        }
        let function = self.function.clone();
        for handler in &function.handlers {
            self.is_leader[handler.target as usize] = true;
            for at in handler.start as usize..handler.end as usize {
                if !self.alive[at].0.is_empty() {
                    handler.keep.iter().for_each(|register| self.alive[at].insert(*register as usize));
                }
            }
            // An error at a safe point behind a jump may count as one of the instruction before its target, or behind it.
            if let Some(behind) = self.alive.get_mut(handler.end as usize)
                && !behind.0.is_empty()
            {
                handler.keep.iter().for_each(|register| behind.insert(*register as usize));
            }
        }
        let mut changed = true;
        while changed {
            changed = false;
            for at in places.iter().rev().copied() {
                let (instruction, op) = self.read(at);
                let mut alive = Registers::new(count);
                let next = at + op.length();
                if !op.ends_block() && next < self.function.code.len() {
                    alive.add_all(&self.alive[next]);
                }
                if let Some(target) = self.target(at) {
                    alive.add_all(&self.alive[target]);
                }
                let mut roles = Vec::new();
                visit(instruction, op, &self.context(), &mut |register, role| roles.push((register as usize, role)));
                roles.iter().filter(|(_, role)| role.defines()).for_each(|(register, _)| alive.remove(*register));
                roles.iter().filter(|(_, role)| role.reads()).for_each(|(register, _)| alive.insert(*register));
                changed |= self.alive[at].add_all(&alive);
            }
        }
    }
}
