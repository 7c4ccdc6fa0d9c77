//! Where paths part and meet: what is known of registers behind them.

use super::known::{Object, Wanted};
use super::state::{Borrowed, Held, State, Unwritten};
use super::{Edge, Head, Translation};
use crate::ir::{Block, End, Operation, Reason, Value};

impl Translation<'_> {
    /// Where paths meet: what is known behind all of them.
    pub(super) fn begin(&mut self, start: usize, mut edges: Vec<Edge>) {
        let is_head = self.frame().heads.contains(&start);
        self.exit = None;
        if !is_head && edges.len() == 1 {
            let edge = edges.into_iter().next().expect("there is one");
            self.block = edge.through;
            self.state = edge.state;
            return;
        }
        let offset = self.frame().offset;
        let registers = edges.iter().map(|edge| edge.state.len()).max().unwrap_or(0);
        let mut held: Vec<Held> = (0..registers)
            .map(|register| {
                if register == 0 || !self.is_needed(start, register) {
                    return Held::Window;
                }
                let known = edges.iter().map(|edge| match edge.is_entry {
                    true => self.entry_held(register),
                    false => edge.state.held_at(register, &self.out),
                });
                let held = known.reduce(Held::meet).unwrap_or(Held::Window);
                if is_head { held.in_loop() } else { held }
            })
            .collect();
        if is_head {
            let key = (self.frame().path.clone(), start);
            let assumed = self.known.assumed.entry(key).or_insert_with(|| held.clone());
            assumed.resize(registers.max(assumed.len()), Held::Window);
            held.resize(assumed.len(), Held::Window);
            for (held, assumed) in held.iter_mut().zip(assumed.iter_mut()) {
                *assumed = assumed.meet(*held);
                *held = *assumed;
            }
        }
        let is_held = |this: &Self, register: usize| {
            held.get(register).is_some_and(|held| held.may_be_object())
                && (register == 0 || this.is_needed(start, register))
        };
        if is_head && self.may_want(start) {
            for edge in &mut edges {
                self.look_for_wanted(start, edge, &held);
            }
        }
        let (mut objects, partial) = self.common_objects(&edges, |register| is_held(self, register));
        if is_head {
            objects = self.kept_by_loop(start, objects);
        }
        // A loop around this one may come to it again from elsewhere than the end of its own turns.
        let has_front = is_head && self.is_entered_in_the_middle(start);
        let is_needed = |this: &Translation<'_>, register: usize| this.is_needed(start, register);
        let (front, mut state) = self.meet(edges, &held, &objects, is_head && !has_front, is_needed);
        if !is_head {
            state.set_partial(partial);
        }
        let mut block = front;
        if has_front {
            let objects = state.objects().to_vec();
            let edge = Edge { through: front, state, is_entry: false };
            (block, state) = self.meet(vec![edge], &held, &objects, true, is_needed);
        }
        if is_head {
            let objects = state.objects().to_vec();
            self.heads.insert(start, Head { front, block, objects });
        }
        debug_assert_eq!(state.offset, offset);
        self.block = block;
        self.state = state;
        self.exit = None;
    }

    /// The code is entered at a loop, around which there may be another one.
    fn is_entered_in_the_middle(&self, start: usize) -> bool {
        self.frames.len() == 1 && !self.request.is_function && start == self.request.at as usize
    }

    /// What is known on all ways of the objects that registers hold; and of others what is known on some.
    pub(super) fn common_objects(&self, edges: &[Edge], is_held: impl Fn(usize) -> bool) -> (Vec<Object>, Vec<Object>) {
        let Some((first, others)) = edges.split_first() else { return (Vec::new(), Vec::new()) };
        let held = first.state.objects().iter().filter(|object| is_held(object.register));
        let common = held.filter_map(|object| {
            others.iter().try_fold(object.clone(), |known, edge| {
                let mut there = edge.state.objects().iter();
                let other = there.find(|other| other.register == known.register && other.tag == known.tag)?;
                Some(known.meet(other, &self.out))
            })
        });
        let common: Vec<Object> = common.collect();
        let mut partial: Vec<Object> = Vec::new();
        let all = edges.iter().flat_map(|edge| edge.state.objects().iter().chain(edge.state.partial()));
        for object in all.filter(|object| is_held(object.register)) {
            let is_same = |other: &&Object| other.register == object.register;
            let is_more = Wanted::new(object, common.iter().find(is_same), &self.out).is_some();
            if is_more && !partial.iter().any(|other| is_same(&other)) {
                partial.push(object.clone());
            }
        }
        (common, partial)
    }

    /// A block into which ways lead, and what is known in it.
    pub(super) fn meet(
        &mut self,
        edges: Vec<Edge>,
        held: &[Held],
        objects: &[Object],
        is_head: bool,
        is_needed: impl Fn(&Translation<'_>, usize) -> bool,
    ) -> (Block, State) {
        let block = self.out.block();
        self.out.at_mut(block).is_head = is_head;
        let mut state = State::new(held.len());
        for (register, held) in held.iter().enumerate() {
            match *held {
                Held::Window => {}
                Held::Borrowed(borrowed) => state.set_borrowed(register, borrowed),
                Held::Null { is_written } => state.set_null(register, is_written),
                Held::Number { of, is_written } => {
                    let value = self.out.value(of);
                    self.out.at_mut(block).parameters.push(value);
                    state.set(register, value, is_written);
                }
            }
        }
        for object in objects {
            let mut object = object.with_values(|value| {
                let value = self.out.value(self.out.type_of(value));
                self.out.at_mut(block).parameters.push(value);
                value
            });
            if let Some(Held::Borrowed(borrowed)) = held.get(object.register) {
                object.address = borrowed.address;
            }
            state.add_object(object);
        }
        state.offset = edges.first().map_or(0, |edge| edge.state.offset);
        for edge in edges {
            self.connect(edge, block, held, objects, &is_needed);
        }
        (block, state)
    }

    /// What a register is when the interpreter enters.
    pub(super) fn entry_held(&self, register: usize) -> Held {
        let seen = self.request.registers.get(register).copied().unwrap_or_default();
        Self::seen_type(seen).map_or(Held::Window, |of| Held::Number { of, is_written: true })
    }

    /// Ends a way into a block: brings what is known on it into the form that the block takes.
    pub(super) fn connect(
        &mut self,
        edge: Edge,
        to: Block,
        held: &[Held],
        objects: &[Object],
        is_needed: &dyn Fn(&Translation<'_>, usize) -> bool,
    ) {
        let before = (self.block, std::mem::replace(&mut self.state, edge.state), self.exit.take());
        self.block = edge.through;
        // Here registers are counted from the first one of all.
        let offset = std::mem::take(&mut self.state.offset);
        let mut arguments = Vec::new();
        for (register, held) in held.iter().enumerate() {
            match *held {
                Held::Number { of, is_written } => {
                    if edge.is_entry {
                        let exit = self.exit_at(self.request.at as usize, Reason::Guard);
                        let value = self.load_as(register as u32, of, exit);
                        arguments.push(value);
                        continue;
                    }
                    if is_written {
                        self.write(register);
                    }
                    arguments.push(self.state.value(register).expect("what was assumed holds"));
                }
                Held::Null { is_written } => {
                    if is_written {
                        self.write(register);
                    }
                }
                Held::Borrowed(_) => {}
                Held::Window => {
                    // The dead are no matter; what they own, the window has.
                    if register != 0 && is_needed(self, register) {
                        self.write(register);
                    }
                }
            }
        }
        for object in objects {
            let known = self.state.objects().iter().find(|known| known.register == object.register);
            let known = known.and_then(|known| known.like(object)).expect("what was assumed holds");
            arguments.extend(known.values());
        }
        self.state.offset = offset;
        self.end(End::Jump(to, arguments));
        (self.block, self.state, self.exit) = before;
    }

    /// Brings a register into the window, counted from the first one of all.
    pub(super) fn write_at(&mut self, register: usize) {
        let offset = std::mem::take(&mut self.state.offset);
        self.write(register);
        self.state.offset = offset;
    }

    /// Brings a register into the window.
    pub(super) fn write(&mut self, register: usize) {
        match self.state.unwritten(register) {
            None => return,
            Some(Unwritten::Number(value)) => self.emit_nothing(Operation::Put { register: register as u32, value }),
            Some(Unwritten::Null) => self.emit_nothing(Operation::PutNull { register: register as u32 }),
            Some(Unwritten::Object(Borrowed { tag, address, .. })) => {
                self.emit_nothing(Operation::Retain(address));
                self.emit_nothing(Operation::PutObject { register: register as u32, tag, address });
                // Exits from here on know another window.
                self.exit = None;
            }
        }
        self.state.set_written(register);
    }

    /// Goes to a place of the bytecode with what is known here.
    pub(super) fn go(&mut self, from: Block, target: usize) {
        let mut state = self.state.clone();
        if let Some(head) = self.heads.get(&target) {
            // Backwards, or to a head that is translated already.
            let is_entering = self.at < target;
            let to = if is_entering { head.front } else { head.block };
            self.out.at_mut(to).is_head = true;
            let key = (self.frame().path.clone(), target);
            let mut assumed = self.known.assumed.remove(&key).expect("heads assume something");
            for (register, assumed) in assumed.iter_mut().enumerate().skip(1) {
                if !self.is_needed(target, register) {
                    continue;
                }
                let met = assumed.meet(state.held_at(register, &self.out));
                if met != *assumed {
                    *assumed = met;
                    self.failed = true;
                }
            }
            let held = assumed.clone();
            self.known.assumed.insert(key, assumed);
            if self.failed {
                return;
            }
            if is_entering && self.may_want(target) {
                let mut edge = Edge { through: from, state, is_entry: false };
                self.look_for_wanted(target, &mut edge, &held);
                state = edge.state;
            }
            self.failed |= !self.brings(target, &state);
            if self.failed {
                return;
            }
            if !is_entering {
                self.note_wanted(target, &state, &held);
            }
            let edge = Edge { through: from, state, is_entry: false };
            let objects = self.heads[&target].objects.clone();
            self.connect(edge, to, &held, &objects, &|this, register| this.is_needed(target, register));
        } else {
            self.edges.entry(target).or_default().push(Edge { through: from, state, is_entry: false });
        }
    }

    /// Goes on elsewhere, through a block of its own.
    pub(super) fn jump(&mut self, target: usize) {
        let through = self.out.block();
        self.end(End::Jump(through, Vec::new()));
        self.go(through, target);
    }

    /// Goes to `target` if the condition is `sense`, else to `next`.
    pub(super) fn branch(&mut self, condition: Value, sense: bool, target: usize, next: usize) {
        let (there, here) = (self.out.block(), self.out.block());
        let (then, otherwise) = if sense { (there, here) } else { (here, there) };
        self.end(End::Branch { condition, then: (then, Vec::new()), otherwise: (otherwise, Vec::new()) });
        self.go(here, next);
        if !self.failed {
            self.go(there, target);
        }
    }
}
