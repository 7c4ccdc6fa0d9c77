//! Control flow: the stack, guards, blocks, loops, branches.

use crate::compiler::{Compiler, LEAVE, RESUME, SUSPEND, Variable};
use crate::plan::body;
use crate::shape;
use crate::words::{Id, Op};
use motet_middle::{Function, Operation, Trap, Type};

/// A value on the stack.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    Named(Id, Type),
    /// In the variable of its height.
    Kept(Type),
}

/// Whether code can stand here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Guard {
    /// `skip` may be anything.
    Closed,
    /// Inside a condition that `skip` is 0; it ends at this label.
    Open(Id),
    /// `skip` is 0, whatever came before.
    Free,
}

pub(crate) enum Kind {
    Block,
    /// A condition inside a guard: its merge label, the label of its other half, the guard outside, and whether it branches.
    Condition {
        merge: Id,
        otherwise: Id,
        outer: Guard,
        branches: bool,
    },
    /// A condition with points in it, between guards: its merge label, and what says whether the other half is entered.
    Guarded {
        merge: Id,
        enter_otherwise: Id,
    },
    Loop {
        header: Id,
        repeat: Id,
        leave: Id,
        merge: Id,
        number: u32,
        weight: u32,
    },
}

pub(crate) struct Frame {
    kind: Kind,
    /// What `skip` is while branches go here.
    number: u32,
    height: usize,
    parameters: Vec<Type>,
    results: Vec<Type>,
}

impl Compiler<'_> {
    // --- Variables and the stack. ---

    pub(crate) fn state_variable(&mut self, of: Type) -> Variable {
        let type_id = self.type_id(of);
        let variable = Variable { id: self.variable(type_id), of };
        self.state.push(variable);
        variable
    }

    pub(crate) fn slot(&mut self, height: usize, of: Type) -> Id {
        if let Some(&known) = self.slots.get(&(height, of)) {
            return known;
        }
        let variable = self.state_variable(of);
        self.slots.insert((height, of), variable.id);
        variable.id
    }

    pub(crate) fn push(&mut self, id: Id, of: Type) {
        self.stack.push(Value::Named(id, of));
    }

    pub(crate) fn pop(&mut self) -> (Id, Type) {
        let value = self.stack.pop().expect("a front end counted the operands");
        self.name(value, self.stack.len())
    }

    pub(crate) fn name(&mut self, value: Value, height: usize) -> (Id, Type) {
        match value {
            Value::Named(id, of) => (id, of),
            Value::Kept(of) => {
                let (slot, type_id) = (self.slot(height, of), self.type_id(of));
                (self.read(type_id, slot), of)
            }
        }
    }

    /// Writes all names on the stack to their variables.
    pub(crate) fn settle(&mut self) {
        for height in 0..self.stack.len() {
            if let Value::Named(id, of) = self.stack[height] {
                let slot = self.slot(height, of);
                self.write(slot, id);
                self.stack[height] = Value::Kept(of);
            }
        }
    }

    /// Writes the values on top to the variables from `height` on, without taking them.
    pub(crate) fn carry(&mut self, count: usize, height: usize) {
        let start = self.stack.len() - count;
        for number in 0..count {
            let value = self.stack[start + number];
            if matches!(value, Value::Kept(_)) && start == height {
                continue;
            }
            let (id, of) = self.name(value, start + number);
            let slot = self.slot(height + number, of);
            self.write(slot, id);
        }
    }

    pub(crate) fn kept(&mut self, height: usize, types: &[Type]) {
        self.stack.truncate(height);
        self.stack.extend(types.iter().map(|&of| Value::Kept(of)));
    }

    // --- Guards. ---

    pub(crate) fn open(&mut self) {
        if self.guard == Guard::Closed {
            let runs = self.equals(self.skip, 0);
            let (then, merge) = (self.words.id(), self.words.id());
            self.words.put(Op::SelectionMerge, &[merge, 0]);
            self.words.put(Op::BranchConditional, &[runs, then, merge]);
            self.words.label(then);
            self.guard = Guard::Open(merge);
        }
    }

    /// From here on `skip` may be anything.
    pub(crate) fn close(&mut self) {
        if self.guard != Guard::Closed {
            self.settle();
        }
        if let Guard::Open(merge) = self.guard {
            self.words.put(Op::Branch, &[merge]);
            self.words.label(merge);
        }
        self.guard = Guard::Closed;
    }

    /// Notes a trap if the condition holds and none was noted before.
    pub(crate) fn trap_if(&mut self, condition: Id, trap: Trap) {
        let (function, place) = self.place;
        self.sites.push((trap, function, place));
        let site = self.word(self.sites.len() as u32);
        let unsigned = self.unsigned();
        let now = self.read_word(self.trap);
        let none = self.word(0);
        let first = self.test(Op::IEqual, &[now, none]);
        let both = self.test(Op::LogicalAnd, &[first, condition]);
        let then = self.select(unsigned, both, site, now);
        self.write(self.trap, then);
    }

    // --- Functions. ---

    /// Writes a function's body in this place. Its parameters are set.
    pub(crate) fn inline(&mut self, number: u32, parameters: Vec<Variable>) {
        let Some((part, defined)) = body(self.program, number) else {
            unreachable!("the host's functions are no code")
        };
        let signature = self.program.signature_of(number);
        let mut locals = parameters;
        for &of in &defined.locals {
            let variable = self.state_variable(of);
            self.open();
            let zero = self.constant(of, 0);
            self.write(variable.id, zero);
            locals.push(variable);
        }
        self.numbers += 1;
        self.frames.push(Frame {
            kind: Kind::Block,
            number: self.numbers,
            height: self.stack.len(),
            parameters: Vec::new(),
            results: signature.results.to_vec(),
        });
        let (outer_place, outer_part) = (self.place, self.part);
        self.part = part;
        self.body(number, defined, &locals, self.frames.len());
        (self.place, self.part) = (outer_place, outer_part);
    }

    fn body(&mut self, number: u32, function: &Function, locals: &[Variable], outermost: usize) {
        let ends = shape::ends(function);
        let mut reachable = true;
        for (index, operation) in function.body.iter().enumerate() {
            if number < self.plan.bulk {
                self.place = (number, function.places[index]);
            }
            match operation {
                Operation::End => self.end(reachable),
                Operation::Else => self.otherwise(reachable),
                _ => self.operation(operation, function, &ends, index, locals, outermost),
            }
            reachable = !operation.ends_its_block();
        }
    }

    fn points_in(&self, body: &[Operation]) -> u32 {
        self.plan.points(self.program, self.part, body)
    }

    pub(crate) fn types(&self, signature: u32) -> (Vec<Type>, Vec<Type>) {
        let of = &self.program.parts[self.part].module.signatures[signature as usize];
        (of.parameters.to_vec(), of.results.to_vec())
    }

    pub(crate) fn begin(&mut self, kind: Kind, signature: u32) {
        let (parameters, results) = self.types(signature);
        self.numbers += 1;
        let height = self.stack.len() - parameters.len();
        self.frames.push(Frame { kind, number: self.numbers, height, parameters, results });
    }

    pub(crate) fn begin_condition(&mut self, signature: u32, inside: &[Operation], otherwise: &[Operation]) {
        self.open();
        let (condition, _) = self.pop();
        let none = self.word(0);
        let holds = self.test(Op::INotEqual, &[condition, none]);
        self.settle();
        let (inside_points, otherwise_points) = (self.points_in(inside), self.points_in(otherwise));
        let (then, merge) = (self.words.id(), self.words.id());
        if inside_points + otherwise_points == 0 {
            let other = self.words.id();
            self.words.put(Op::SelectionMerge, &[merge, 0]);
            self.words.put(Op::BranchConditional, &[holds, then, other]);
            self.words.label(then);
            let branches = shape::branches(inside) || shape::branches(otherwise);
            self.begin(Kind::Condition { merge, otherwise: other, outer: self.guard, branches }, signature);
            self.guard = Guard::Free;
            return;
        }
        let boolean = self.boolean();
        let flag = self.variable(boolean);
        self.write(flag, holds);
        self.close();
        let (before, between) = (self.points, self.points + inside_points);
        let enters = self.enters(before + 1, between);
        let enters_otherwise = self.enters(between + 1, between + otherwise_points);
        let runs = self.equals(self.skip, 0);
        let holds = self.read(boolean, flag);
        let fails = self.test(Op::LogicalNot, &[holds]);
        let [runs_inside, runs_otherwise] =
            [holds, fails].map(|flag| self.words.take(Op::LogicalAnd, boolean, &[runs, flag]));
        let enter = self.test(Op::LogicalOr, &[runs_inside, enters]);
        let enter_otherwise = self.test(Op::LogicalOr, &[runs_otherwise, enters_otherwise]);
        self.words.put(Op::SelectionMerge, &[merge, 0]);
        self.words.put(Op::BranchConditional, &[enter, then, merge]);
        self.words.label(then);
        self.begin(Kind::Guarded { merge, enter_otherwise }, signature);
    }

    /// Whether the function goes on at one of these points.
    pub(crate) fn enters(&mut self, first: u32, last: u32) -> Id {
        let resumes = self.equals(self.skip, RESUME);
        let resume = self.read_word(self.resume);
        let (first, last) = (self.word(first), self.word(last));
        let above = self.test(Op::UGreaterThanEqual, &[resume, first]);
        let below = self.test(Op::ULessThanEqual, &[resume, last]);
        let inside = self.test(Op::LogicalAnd, &[above, below]);
        self.test(Op::LogicalAnd, &[resumes, inside])
    }

    pub(crate) fn begin_loop(&mut self, signature: u32, inside: &[Operation]) {
        // What it takes may stand in names that are known in an open guard alone.
        self.close();
        let inner = self.points_in(inside);
        let number = self.points + 1;
        self.points += 1;
        self.loops += 1;
        let enters = self.enters(number, number + inner);
        let runs = self.equals(self.skip, 0);
        let enter = self.test(Op::LogicalOr, &[runs, enters]);
        let [then, leave, header, body, repeat, merge] = std::array::from_fn(|_| self.words.id());
        self.words.put(Op::SelectionMerge, &[leave, 0]);
        self.words.put(Op::BranchConditional, &[enter, then, leave]);
        self.words.label(then);
        self.words.put(Op::Branch, &[header]);
        self.words.label(header);
        self.words.put(Op::LoopMerge, &[merge, repeat, 0]);
        self.words.put(Op::Branch, &[body]);
        self.words.label(body);
        let resumes = self.equals(self.skip, RESUME);
        let here = self.equals(self.resume, number);
        let hit = self.test(Op::LogicalAnd, &[resumes, here]);
        let (unsigned, none, now) = (self.unsigned(), self.word(0), self.read_word(self.skip));
        let skip = self.select(unsigned, hit, none, now);
        self.write(self.skip, skip);
        self.begin(Kind::Loop { header, repeat, leave, merge, number, weight: 1 + inner }, signature);
        self.guard = if inner == 0 { Guard::Free } else { Guard::Closed };
    }

    pub(crate) fn otherwise(&mut self, reachable: bool) {
        let frame = self.frames.last().expect("an else stands in a condition");
        let (height, results, parameters) = (frame.height, frame.results.len(), frame.parameters.clone());
        if reachable {
            self.open();
            self.carry(results, height);
        }
        self.kept(height, &[]);
        self.close();
        let frame = self.frames.last_mut().expect("an else stands in a condition");
        match frame.kind {
            Kind::Condition { merge, ref mut otherwise, .. } => {
                let label = std::mem::replace(otherwise, 0);
                self.words.put(Op::Branch, &[merge]);
                self.words.label(label);
                self.guard = Guard::Free;
            }
            Kind::Guarded { merge, enter_otherwise } => {
                let (then, next) = (self.words.id(), self.words.id());
                self.words.put(Op::Branch, &[merge]);
                self.words.label(merge);
                self.words.put(Op::SelectionMerge, &[next, 0]);
                self.words.put(Op::BranchConditional, &[enter_otherwise, then, next]);
                self.words.label(then);
                let frame = self.frames.last_mut().expect("an else stands in a condition");
                frame.kind = Kind::Guarded { merge: next, enter_otherwise };
            }
            Kind::Block | Kind::Loop { .. } => unreachable!("an else stands in a condition"),
        }
        self.kept(height, &parameters);
    }

    pub(crate) fn end(&mut self, reachable: bool) {
        let frame = self.frames.pop().expect("blocks end as often as they begin");
        let results = frame.results.len();
        if reachable {
            self.open();
            self.carry(results, frame.height);
        }
        self.kept(frame.height, &[]);
        self.close();
        match frame.kind {
            Kind::Block => self.arrive(frame.number),
            Kind::Condition { merge, otherwise, outer, branches } => {
                self.words.put(Op::Branch, &[merge]);
                if otherwise != 0 {
                    self.words.label(otherwise);
                    self.words.put(Op::Branch, &[merge]);
                }
                self.words.label(merge);
                self.guard = outer;
                if branches {
                    // All that is on the stack below was settled before.
                    self.close();
                    self.arrive(frame.number);
                }
            }
            Kind::Guarded { merge, .. } => {
                self.words.put(Op::Branch, &[merge]);
                self.words.label(merge);
                self.arrive(frame.number);
            }
            Kind::Loop { header, repeat, leave, merge, number, weight } => {
                self.turn(frame.number, header, repeat, merge, number, weight);
                self.words.put(Op::Branch, &[leave]);
                self.words.label(leave);
            }
        }
        self.kept(frame.height, &frame.results);
    }

    /// What went to this block has arrived.
    pub(crate) fn arrive(&mut self, number: u32) {
        let (unsigned, none) = (self.unsigned(), self.word(0));
        let now = self.read_word(self.skip);
        let number = self.word(number);
        let arrived = self.test(Op::IEqual, &[now, number]);
        let skip = self.select(unsigned, arrived, none, now);
        self.write(self.skip, skip);
    }

    /// The end of a loop's body: another turn, if there is fuel and nothing trapped.
    pub(crate) fn turn(&mut self, own: u32, header: Id, repeat: Id, merge: Id, number: u32, weight: u32) {
        let (unsigned, none) = (self.unsigned(), self.word(0));
        let again = self.equals(self.skip, own);
        let (fuel, weight) = (self.read_word(self.fuel), self.word(weight));
        let enough = self.test(Op::UGreaterThanEqual, &[fuel, weight]);
        let less = self.take(Op::ISub, unsigned, &[fuel, weight]);
        let paid = self.test(Op::LogicalAnd, &[again, enough]);
        let left = self.select(unsigned, paid, less, fuel);
        self.write(self.fuel, left);
        let lacks = self.test(Op::LogicalNot, &[enough]);
        let suspends = self.test(Op::LogicalAnd, &[again, lacks]);
        let (number, resume) = (self.word(number), self.read_word(self.resume));
        let resume = self.select(unsigned, suspends, number, resume);
        self.write(self.resume, resume);
        let trap = self.read_word(self.trap);
        let trapped = self.test(Op::INotEqual, &[trap, none]);
        let leaves = self.test(Op::LogicalAnd, &[again, trapped]);
        let now = self.read_word(self.skip);
        let (leave, suspend) = (self.word(LEAVE), self.word(SUSPEND));
        let skip = self.select(unsigned, again, none, now);
        let skip = self.select(unsigned, suspends, suspend, skip);
        let skip = self.select(unsigned, leaves, leave, skip);
        self.write(self.skip, skip);
        let goes_on = self.test(Op::LogicalNot, &[trapped]);
        let turns = self.test(Op::LogicalAnd, &[paid, goes_on]);
        self.words.put(Op::Branch, &[repeat]);
        self.words.label(repeat);
        self.words.put(Op::BranchConditional, &[turns, header, merge]);
        self.words.label(merge);
    }

    /// The block that a branch goes to: what `skip` becomes, what is carried, and where to.
    pub(crate) fn target(&self, depth: u32) -> (u32, usize, usize) {
        let frame = &self.frames[self.frames.len() - 1 - depth as usize];
        let count = if matches!(frame.kind, Kind::Loop { .. }) { frame.parameters.len() } else { frame.results.len() };
        (frame.number, count, frame.height)
    }

    pub(crate) fn branch(&mut self, depth: u32) {
        let (number, count, height) = self.target(depth);
        // First what is on the stack: what is carried may take the place of what lies below.
        self.settle();
        self.carry(count, height);
        let number = self.word(number);
        self.write(self.skip, number);
        self.close();
    }

    pub(crate) fn branch_if(&mut self, depth: u32) {
        let (condition, _) = self.pop();
        let none = self.word(0);
        let taken = self.test(Op::INotEqual, &[condition, none]);
        let (number, count, height) = self.target(depth);
        self.settle();
        if count > 0 && self.stack.len() - count != height {
            self.when(taken, |this| this.carry(count, height));
        }
        let (unsigned, number) = (self.unsigned(), self.word(number));
        let skip = self.select(unsigned, taken, number, none);
        self.write(self.skip, skip);
        self.close();
    }

    pub(crate) fn branch_table(&mut self, depths: &[u32]) {
        let (index, _) = self.pop();
        self.settle();
        let (unsigned, others) = (self.unsigned(), &depths[..depths.len() - 1]);
        let (last, ..) = self.target(depths[depths.len() - 1]);
        let mut skip = self.word(last);
        for (number, &depth) in (0..).zip(others) {
            let (target, ..) = self.target(depth);
            let (number, target) = (self.word(number), self.word(target));
            let here = self.test(Op::IEqual, &[index, number]);
            skip = self.select(unsigned, here, target, skip);
        }
        let mut moved = Vec::new();
        for &depth in depths {
            let (number, count, height) = self.target(depth);
            if count > 0 && self.stack.len() - count != height && !moved.contains(&number) {
                moved.push(number);
                let number = self.word(number);
                let taken = self.test(Op::IEqual, &[skip, number]);
                self.when(taken, |this| this.carry(count, height));
            }
        }
        self.write(self.skip, skip);
        self.close();
    }
}
