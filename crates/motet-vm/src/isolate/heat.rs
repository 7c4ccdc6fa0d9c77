//! What is known of a function and its loops where programs may have machine code: how often it was called, how often they
//! turned, what was seen to run, and their code.

use super::Isolate;
use super::loaded::Loaded;
use crate::jit::{Fixed, FixedStatic, Jit, Made, NO_CODE, Seen, Shared, Tags, Whose};
use crate::memory::Value;
use motet_code::{Function, Instruction, Op};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What counts calls of a function, in front of its first instruction.
pub(super) const COUNTING: u64 = Op::Hot as u64;

/// For how many calls one of machine code counts.
const CALL_BY_CODE: u32 = 20;

/// A place where code can be entered: a jump backwards, by its instruction, or the beginning of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Jump(u32),
    Beginning,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Jump(at) => write!(out, "from the loop that jumps back at {at}"),
            Place::Beginning => write!(out, "from its beginning"),
        }
    }
}

/// What is known of such a place.
#[derive(Default)]
pub(crate) struct Spot {
    /// It was asked whether other isolates have code for it.
    pub has_asked: bool,
    pub turns: u32,
    /// What registers were seen to hold there.
    pub registers: Vec<Tags>,
    /// Its code, by its number.
    pub version: Option<u32>,
    /// How many there have been.
    pub versions: u8,
    /// How often the version was left where it was not meant to be.
    pub exits: u32,
    /// Another version is made at the next turn.
    pub renews: bool,
    /// How often it was entered by the interpreter, and how often that ended in the middle.
    pub entered: u32,
    pub broken: u32,
    /// The jumps backwards of the loops around it, innermost first, and how often they had turned when noting began.
    pub around: Box<[(u32, u32)]>,
}

impl Spot {
    /// Whether an instruction stands behind the loop of the place and all those around it.
    pub fn is_behind(&self, place: Place, at: u32) -> bool {
        let Place::Jump(jump) = place else { return false };
        at > self.around.last().map_or(jump, |(outermost, _)| *outermost)
    }

    /// Notes what registers hold there now.
    pub fn see(&mut self, registers: &[Value]) {
        self.registers.resize(registers.len(), Tags::default());
        for (tags, register) in self.registers.iter_mut().zip(registers) {
            tags.add(register.tag());
        }
    }
}

/// See the module.
pub(crate) struct Heat {
    pub seen: Seen,
    pub spots: HashMap<Place, Spot>,
    /// Code that was adopted, by its number.
    pub made: BTreeMap<u32, Arc<Made>>,
    /// Where it comes from; none as long as nothing was wanted.
    shared: Option<Arc<Shared>>,
    /// The handles of what it is linked to.
    links: Box<[*const Loaded]>,
    /// There will be no code for calls.
    pub is_refused: bool,
    /// How often what runs in it was noted because something that was noted called it.
    pub noted: u32,
    /// The statics that instructions read of classes, by words of the code; empty until one is seen.
    statics: Box<[Cell<FixedStatic>]>,
    /// And what is in them, so that it is not freed.
    kept: HashMap<usize, [Value; 2]>,
    /// For each word, the instruction before the one that begins there, if that falls through to it and makes something;
    /// [`NONE`] otherwise. Empty until it is asked for.
    before: Box<[u32]>,
}

const NONE: u32 = u32::MAX;

impl Heat {
    pub fn before(&mut self, function: &Function, at: usize) -> Option<usize> {
        if self.before.is_empty() {
            self.before = instructions_before(function);
        }
        Some(self.before[at]).filter(|before| *before != NONE).map(|before| before as usize)
    }
}

fn instructions_before(function: &Function) -> Box<[u32]> {
    let mut before = vec![NONE; function.code.len()];
    let mut last = NONE;
    let mut at = 0;
    while at < before.len() {
        before[at] = last;
        let op = Instruction(function.code[at]).op().expect("verified: an operation");
        let makes = op == Op::Next || matches!(op.info().a, motet_code::Operand::Def | motet_code::Operand::Window);
        last = if makes && !op.ends_block() { at as u32 } else { NONE };
        at += op.length();
    }
    before.into()
}

/// Marks the jumps backwards of a function's code; none if the code is not understood.
pub(super) fn mark(function: &Function, code: &mut [u64]) -> Option<RefCell<Heat>> {
    let mut at = 0;
    while at < code.len() {
        let op = Instruction(function.code[at]).op()?;
        if matches!(op, Op::Loop | Op::ForLoop) {
            mark_one(code, at);
        }
        at += op.length();
    }
    let seen = Seen::new(code.len());
    let (spots, made, shared, links) = (HashMap::new(), BTreeMap::new(), None, Box::default());
    Some(RefCell::new(Heat {
        seen,
        spots,
        made,
        shared,
        links,
        is_refused: false,
        noted: 0,
        statics: Box::default(),
        kept: HashMap::new(),
        before: Box::default(),
    }))
}

fn mark_one(code: &mut [u64], at: usize) {
    let mut instruction = Instruction(code[at]);
    instruction.set_op(Op::Hot);
    code[at] = instruction.0;
}

impl Loaded {
    /// Code finds a static of a class by what the instruction has read here last.
    pub(crate) fn keep_static(&self, state: &mut Heat, at: usize, seen: FixedStatic, kept: [Value; 2]) {
        if state.statics.is_empty() {
            state.statics = vec![Cell::default(); self.function.code.len()].into();
            self.statics.set(state.statics.as_ptr());
        }
        state.statics[at].set(seen);
        state.kept.insert(at, kept);
    }

    /// What is known of its loops, if it has any and the program may have machine code.
    pub(crate) fn heat(&self) -> Option<&RefCell<Heat>> {
        self.heat.as_ref()
    }

    /// Machine code calls it, and it has none: that counts as many calls. False: there will be none.
    pub(crate) fn is_called_by_code(&self, jit: Option<&Jit>) -> bool {
        let calls = jit.map_or(Jit::CALLS, Jit::calls);
        let Some(heat) = self.heat().filter(|_| self.start.get() != self.code) else { return false };
        let mut state = heat.borrow_mut();
        let spot = state.spots.entry(Place::Beginning).or_default();
        if spot.turns < calls {
            spot.turns = (spot.turns + CALL_BY_CODE).min(calls - 1);
        }
        true
    }

    /// Calls are no longer counted, and enter no code.
    pub(crate) fn stop_counting(&self) {
        self.start.set(self.code);
        self.has_no_code();
        self.entry.set(NO_CODE);
    }

    /// All begins anew: nothing is known, and there is no code. Nothing of it runs.
    pub(super) fn forget_code(&self) {
        let Some(heat) = self.heat() else { return };
        let mut state = heat.borrow_mut();
        state.seen = Seen::new(self.function.code.len());
        state.spots.clear();
        state.made.clear();
        state.shared = None;
        state.links = Box::default();
        state.is_refused = false;
        drop(state);
        self.stop_counting();
        if self.counts_calls {
            self.start.set(self.code.wrapping_sub(1));
        }
        let mut at = 0;
        while at < self.function.code.len() {
            let Some(op) = Instruction(self.function.code[at]).op() else { unreachable!("verified: an operation") };
            if matches!(op, Op::Loop | Op::ForLoop) {
                let mut word = [self.function.code[at]];
                mark_one(&mut word, 0);
                // SAFETY: code is written by the isolate's thread alone.
                unsafe { self.at(at).write(word[0]) };
            }
            at += op.length();
        }
    }

    /// The code that isolates share.
    pub(crate) fn shared(&self, jit: &Arc<Jit>, counts: bool) -> Option<Arc<Shared>> {
        let mut state = self.heat()?.borrow_mut();
        Some(Arc::clone(state.shared.get_or_insert_with(|| jit.code_of(&self.function, counts))))
    }

    /// A function that its code is linked to. The code was adopted.
    pub(crate) fn linked(&self, number: u32) -> &Loaded {
        let heat = self.heat().expect("a function with code has heat").borrow();
        // SAFETY: loaded code lives as long as the isolate.
        unsafe { &*heat.links[number as usize] }
    }

    pub(crate) fn whose(&self, whose: Whose) -> &Loaded {
        match whose {
            Whose::Own => self,
            Whose::Link(number) => self.linked(number),
        }
    }

    /// Calls by the interpreter and by builtins do not enter its code.
    pub(crate) fn has_no_code(&self) {
        self.has_code.set(false);
        self.is_leaf.set(false);
    }

    /// How people call it.
    pub(crate) fn title(&self) -> &str {
        if self.function.name.is_empty() { "fn" } else { &self.function.name }
    }

    /// The jumps backwards of the loops around the one of a jump, innermost first.
    pub(crate) fn loops_around(&self, jump: usize) -> Vec<u32> {
        let back = |at: usize| {
            let instruction = Instruction(self.function.code[at]);
            let op = instruction.op().expect("verified: an operation");
            let is_jump = matches!(op, Op::Loop | Op::ForLoop);
            (op, is_jump.then(|| (at as i64 + 1 + instruction.bc() as i64) as usize))
        };
        let Some(head) = back(jump).1 else { return Vec::new() };
        let mut around = Vec::new();
        let mut at = jump;
        while at < self.function.code.len() {
            let (op, target) = back(at);
            if at > jump && target.is_some_and(|target| target <= head) {
                around.push(at as u32);
            }
            at += op.length();
        }
        around
    }

    /// An instruction is itself again.
    pub(crate) fn put_back(&self, at: usize) {
        let word = self.function.code[at];
        // SAFETY: code is written by the isolate's thread alone, here and where caches are filled.
        unsafe { self.at(at).write(word) };
    }

    /// Has each instruction noted the next time that it runs.
    pub(crate) fn note_all(&self) {
        let mut at = 0;
        while at < self.function.code.len() {
            let op = Instruction(self.function.code[at]).op().expect("verified: an operation");
            self.note_one(at);
            at += op.length();
        }
    }

    /// Has an instruction noted the next time that it runs.
    pub(crate) fn note_one(&self, at: usize) {
        let mut instruction = Instruction(self.function.code[at]);
        if !matches!(instruction.op(), Some(Op::Loop | Op::ForLoop)) {
            instruction.set_op(Op::Hot);
            // SAFETY: as above.
            unsafe { self.at(at).write(instruction.0) };
        }
    }
}

impl Isolate {
    /// Makes code of another isolate, or of this one, code of this one; false if it does not fit here.
    pub(crate) fn adopt(&mut self, loaded: &Loaded, made: &Arc<Made>) -> bool {
        let Some(heat) = loaded.heat() else { return false };
        let shared = heat.borrow().shared.clone();
        let known = heat.borrow().links.len();
        let functions = shared.map_or(Vec::new(), |shared| shared.links(known));
        let mut handles = heat.borrow().links.to_vec();
        for function in &functions {
            match self.load(function) {
                Ok(handle) => handles.push(handle),
                // What cannot be loaded the call itself finds out.
                Err(_) => return false,
            }
        }
        let mut state = heat.borrow_mut();
        if !functions.is_empty() {
            // Code reads the place anew each time.
            state.links = handles.into();
            loaded.links.set(state.links.as_ptr());
        }
        drop(state);
        let has = |fixed: &Fixed| {
            let value = loaded.whose(fixed.whose).constant(fixed.index as usize);
            (value.tag(), value.payload()) == (fixed.tag, fixed.payload)
        };
        let fits = made.fixed().iter().all(has);
        if fits {
            heat.borrow_mut().made.insert(made.number, Arc::clone(made));
        }
        fits
    }
}
