//! Makes the typed form of a loop that has run: from the loop's head on, what was seen to run.
//!
//! Blocks are translated in an order in which each comes behind those that lead to it, but for jumps back to heads of loops.
//! Of a register the translation knows at each place whether the window has its value, or a value of the typed form does
//! ([`Register`]). Where paths meet that know different things, the window has it. What a jump back brings is not known
//! when its head is translated, so it is assumed; what turns out to be otherwise is noted, and all of it begins anew.

mod numbers;
mod objects;
mod operations;
mod state;

use crate::flow::Flow;
use crate::ir::{self, Block, End, Exit, ExitId, Function, Made, Operation, Reason, Type, Value, Width, tag_of};
use motet_vm::jit::{self, Refused, Request, Tags};
use motet_vm::memory::{ListPlaces, Tag};
use state::{Held, State};
use std::collections::{BTreeMap, HashMap};

/// Functions of more words stay with the interpreter: what takes longest in compiling grows faster than they do.
const MOST_WORDS: usize = 4_000;
/// And those that would become more than this.
const MOST_OPERATIONS: usize = 20_000;
/// How often translation begins anew. What is known of a register only ever becomes less.
const MOST_ROUNDS: usize = 40;

/// A loop in the typed form.
pub struct Translated {
    pub function: Function,
}

impl Translated {
    pub fn text(&self) -> String {
        ir::TextOf(&self.function).to_string()
    }

    /// What the VM is told of the exits: the tags that the code leaves to it.
    pub fn exits(&self) -> Box<[jit::Exit]> {
        let exit = |exit: &Exit| {
            let tags = exit
                .values
                .iter()
                .filter_map(|(register, value)| Some((*register as u16, tag_of(self.function.type_of(*value))?)));
            let nulls = exit.nulls.iter().map(|register| (*register as u16, Tag::Null));
            let why = match exit.reason {
                Reason::Guard => jit::Why::Guard,
                Reason::Unseen => jit::Why::Unseen,
                Reason::SafePoint => jit::Why::SafePoint,
                Reason::Done => jit::Why::Done,
            };
            jit::Exit { at: exit.at, why, tags: tags.chain(nulls).collect() }
        };
        self.function.exits.iter().map(exit).collect()
    }
}

/// See the module.
pub fn translate(request: &Request<'_>) -> Result<Translated, Refused> {
    if request.function.code.len() > MOST_WORDS {
        return Err(Refused(format!("it has {} words, more than {MOST_WORDS}", request.function.code.len())));
    }
    let flow = Flow::new(request.function);
    let plan = Plan::new(&flow, request);
    let mut assumed = HashMap::new();
    for _ in 0..MOST_ROUNDS {
        let mut translation = Translation::new(request, &flow, &plan, &assumed);
        if translation.run()? {
            let mut function = translation.out;
            ir::tidy(&mut function);
            ir::verify(&function).map_err(|problem| Refused(format!("a mistake of the compiler: {problem}")))?;
            return Ok(Translated { function });
        }
        assumed = translation.assumed;
    }
    Err(Refused("its types do not settle".into()))
}

/// Which blocks of the bytecode are translated, and in which order.
struct Plan {
    /// Where they begin.
    order: Vec<usize>,
    /// Heads of loops: jumped to from behind in the order.
    heads: Vec<usize>,
}

impl Plan {
    fn new(flow: &Flow<'_>, request: &Request<'_>) -> Plan {
        let mut state: HashMap<usize, u8> = HashMap::new();
        let (mut order, mut heads) = (Vec::new(), Vec::new());
        let entry = request.at as usize;
        let mut stack = vec![(entry, successors(flow, request, entry), 0)];
        state.insert(entry, 1);
        // Where the interpreter enters, other jumps may come to as well.
        heads.push(entry);
        while let Some((at, after, next)) = stack.pop() {
            let Some(&target) = after.get(next) else {
                state.insert(at, 2);
                order.push(at);
                continue;
            };
            stack.push((at, after, next + 1));
            match state.get(&target) {
                None => {
                    state.insert(target, 1);
                    stack.push((target, successors(flow, request, target), 0));
                }
                Some(1) if !heads.contains(&target) => heads.push(target),
                Some(_) => {}
            }
        }
        order.reverse();
        Plan { order, heads }
    }
}

/// The blocks that follow one, of those that were seen to run.
fn successors(flow: &Flow<'_>, request: &Request<'_>, start: usize) -> Vec<usize> {
    let mut at = start;
    loop {
        if !request.seen.at(at).ran {
            return Vec::new();
        }
        let (_, op) = flow.read(at);
        let next = at + op.length();
        let target = flow.target(at);
        if op.ends_block() {
            return target.into_iter().collect();
        }
        if target.is_some() || flow.is_leader[next] {
            return std::iter::once(next).chain(target).collect();
        }
        at = next;
    }
}

/// A way into a block: the block that it goes through, and what is known on it.
struct Edge {
    through: Block,
    state: State,
    /// The interpreter comes this way, with all in the window.
    is_entry: bool,
}

struct Translation<'a> {
    request: &'a Request<'a>,
    flow: &'a Flow<'a>,
    plan: &'a Plan,
    /// How lists lie in memory, if that is understood.
    lists: Option<ListPlaces>,
    /// What is assumed of registers at heads of loops.
    assumed: HashMap<usize, Vec<Held>>,
    /// Something that was assumed is not so.
    failed: bool,
    /// It calls functions of the program.
    calls: bool,
    /// Instructions that are translated, and those of them that the VM does.
    instructions: usize,
    steps: usize,
    out: Function,
    /// Constants, by the value.
    constants: HashMap<Value, i64>,
    /// Ways into blocks that are not yet translated.
    edges: BTreeMap<usize, Vec<Edge>>,
    /// The heads that are translated: their blocks, and which registers their parameters are.
    heads: HashMap<usize, (Block, Vec<Option<Type>>)>,
    /// Where operations are put.
    block: Block,
    state: State,
    /// Exits of the instruction that is translated, one for each reason: nothing changes between its guards.
    exit: Option<(u32, ExitId)>,
}

impl<'a> Translation<'a> {
    fn new(
        request: &'a Request<'a>,
        flow: &'a Flow<'a>,
        plan: &'a Plan,
        assumed: &HashMap<usize, Vec<Held>>,
    ) -> Translation<'a> {
        let name = if request.function.name.is_empty() { "fn" } else { &request.function.name };
        Translation {
            request,
            flow,
            plan,
            lists: ListPlaces::find(),
            assumed: assumed.clone(),
            failed: false,
            calls: false,
            instructions: 0,
            steps: 0,
            out: Function::new(format!("{name} from {}", request.at)),
            constants: HashMap::new(),
            edges: BTreeMap::new(),
            heads: HashMap::new(),
            block: Block(0),
            state: State::new(request.function.registers as usize),
            exit: None,
        }
    }

    /// False: something that was assumed is not so.
    fn run(&mut self) -> Result<bool, Refused> {
        let entry = self.request.at as usize;
        self.block = self.out.block();
        let state = self.state.clone();
        let through = self.block;
        self.edges.entry(entry).or_default().push(Edge { through, state, is_entry: true });
        for &start in &self.plan.order {
            let Some(edges) = self.edges.remove(&start) else {
                // What leads here leaves before.
                continue;
            };
            self.begin(start, edges);
            self.translate_block(start);
            if self.failed {
                return Ok(false);
            }
            if self.out.size() > MOST_OPERATIONS {
                return Err(Refused(format!("it has more than {MOST_OPERATIONS} operations")));
            }
        }
        if !self.request.eager {
            // The interpreter does these faster by itself.
            if self.calls {
                return Err(Refused("it calls functions".into()));
            }
            if self.steps * 4 > self.instructions {
                return Err(Refused(format!("the VM would do {} of {} instructions", self.steps, self.instructions)));
            }
        }
        Ok(true)
    }

    /// Where paths meet: what is known behind all of them.
    fn begin(&mut self, start: usize, edges: Vec<Edge>) {
        let is_head = self.plan.heads.contains(&start);
        self.exit = None;
        if !is_head && edges.len() == 1 {
            let edge = edges.into_iter().next().expect("there is one");
            self.block = edge.through;
            self.state = edge.state;
            return;
        }
        let alive = self.flow.alive(start);
        let registers = self.request.function.registers as usize;
        let mut held: Vec<Held> = (0..registers)
            .map(|register| {
                if register == 0 || !alive.contains(register) {
                    return Held::Window;
                }
                let known = edges.iter().map(|edge| match edge.is_entry {
                    true => self.entry_held(register),
                    false => edge.state.held(register, &self.out),
                });
                known.reduce(Held::meet).unwrap_or(Held::Window)
            })
            .collect();
        if is_head {
            let assumed = self.assumed.entry(start).or_insert_with(|| held.clone());
            for (held, assumed) in held.iter_mut().zip(assumed.iter_mut()) {
                *assumed = assumed.meet(*held);
                *held = *assumed;
            }
        }
        let block = self.out.block();
        self.out.at_mut(block).is_head = is_head;
        let mut state = State::new(registers);
        let mut types = vec![None; registers];
        for (register, held) in held.iter().enumerate() {
            match *held {
                Held::Window => {}
                Held::Null { is_written } => state.set_null(register, is_written),
                Held::Number { of, is_written } => {
                    let value = self.out.value(of);
                    self.out.at_mut(block).parameters.push(value);
                    types[register] = Some(of);
                    state.set(register, value, is_written);
                }
            }
        }
        for edge in edges {
            self.connect(edge, start, block, &held);
        }
        if is_head {
            self.heads.insert(start, (block, types));
        }
        self.block = block;
        self.state = state;
        self.exit = None;
    }

    /// What a register is when the interpreter enters.
    fn entry_held(&self, register: usize) -> Held {
        let of = match self.request.registers.get(register) {
            Some(Tag::Int) => Type::Int,
            Some(Tag::Float) => Type::Float,
            Some(Tag::True | Tag::False) => Type::Bool,
            _ => return Held::Window,
        };
        Held::Number { of, is_written: true }
    }

    /// Ends a way into a block: brings what is known on it into the form that the block takes.
    fn connect(&mut self, edge: Edge, start: usize, to: Block, held: &[Held]) {
        let before = (self.block, std::mem::replace(&mut self.state, edge.state), self.exit.take());
        self.block = edge.through;
        let mut arguments = Vec::new();
        for (register, held) in held.iter().enumerate() {
            match *held {
                Held::Number { of, is_written } => {
                    if edge.is_entry {
                        let exit = self.exit_at(start, Reason::Guard);
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
                Held::Window => {
                    // The dead are no matter; what they own, the window has.
                    if register != 0 && self.flow.alive(start).contains(register) {
                        self.write(register);
                    }
                }
            }
        }
        self.end(End::Jump(to, arguments));
        (self.block, self.state, self.exit) = before;
    }

    /// Brings a register into the window.
    fn write(&mut self, register: usize) {
        match self.state.unwritten(register) {
            None => {}
            Some(Some(value)) => self.emit_nothing(Operation::Put { register: register as u32, value }),
            Some(None) => self.emit_nothing(Operation::PutNull { register: register as u32 }),
        }
        self.state.set_written(register);
    }

    /// Goes to a place of the bytecode with what is known here.
    fn go(&mut self, from: Block, target: usize) {
        let state = self.state.clone();
        if let Some((to, types)) = self.heads.get(&target).cloned() {
            // Backwards, or to a head that is translated already.
            let alive = self.flow.alive(target);
            let assumed = self.assumed.get_mut(&target).expect("heads assume something");
            for (register, assumed) in assumed.iter_mut().enumerate().skip(1) {
                if !alive.contains(register) {
                    continue;
                }
                let met = assumed.meet(state.held(register, &self.out));
                if met != *assumed {
                    *assumed = met;
                    self.failed = true;
                }
            }
            if self.failed {
                return;
            }
            debug_assert_eq!(types.len(), state.len());
            let held = assumed.clone();
            self.connect(Edge { through: from, state, is_entry: false }, target, to, &held);
        } else {
            self.edges.entry(target).or_default().push(Edge { through: from, state, is_entry: false });
        }
    }

    fn translate_block(&mut self, start: usize) {
        let mut at = start;
        loop {
            if self.failed {
                return;
            }
            if !self.request.seen.at(at).ran {
                let exit = self.exit_at(at, Reason::Unseen);
                return self.end(End::Exit(exit));
            }
            let (_, op) = self.flow.read(at);
            let next = at + op.length();
            self.exit = None;
            if self.request.stress {
                let exit = self.exit_at(at, Reason::Guard);
                self.emit_nothing(Operation::Fuse { exit });
            }
            self.instructions += 1;
            if !self.instruction(at) {
                return;
            }
            if self.flow.is_leader[next] {
                return self.jump(next);
            }
            at = next;
        }
    }

    /// Goes on elsewhere, through a block of its own.
    fn jump(&mut self, target: usize) {
        let through = self.out.block();
        self.end(End::Jump(through, Vec::new()));
        self.go(through, target);
    }

    /// Goes to `target` if the condition is `sense`, else to `next`.
    fn branch(&mut self, condition: Value, sense: bool, target: usize, next: usize) {
        let (there, here) = (self.out.block(), self.out.block());
        let (then, otherwise) = if sense { (there, here) } else { (here, there) };
        self.end(End::Branch { condition, then: (then, Vec::new()), otherwise: (otherwise, Vec::new()) });
        self.go(here, next);
        if !self.failed {
            self.go(there, target);
        }
    }

    fn end(&mut self, end: End) {
        let block = self.out.at_mut(self.block);
        debug_assert_eq!(block.end, End::Open);
        block.end = end;
    }

    fn emit(&mut self, operation: Operation) -> Value {
        let of = operation.makes().expect("it makes a value");
        let result = self.out.value(of);
        let constant = if let Operation::Int(number) = operation { Some(number) } else { None };
        self.out.at_mut(self.block).operations.push(Made { result: Some(result), operation });
        self.constants.extend(constant.map(|number| (result, number)));
        result
    }

    fn emit_nothing(&mut self, operation: Operation) {
        debug_assert_eq!(operation.makes(), None);
        self.out.at_mut(self.block).operations.push(Made { result: None, operation });
    }

    /// Where the interpreter goes on at an instruction with what is known now.
    fn exit_at(&mut self, at: usize, reason: Reason) -> ExitId {
        if reason == Reason::Guard
            && let Some((place, exit)) = self.exit
            && place as usize == at
        {
            return exit;
        }
        let alive = self.flow.alive(at);
        let (mut values, mut nulls) = (Vec::new(), Vec::new());
        for register in (1..self.state.len()).filter(|register| alive.contains(*register)) {
            match self.state.unwritten(register) {
                None => {}
                Some(Some(value)) => values.push((register as u32, value)),
                Some(None) => nulls.push(register as u32),
            }
        }
        self.out.exits.push(Exit { reason, at: at as u32, values, nulls });
        let exit = ExitId(self.out.exits.len() as u32 - 1);
        if reason == Reason::Guard {
            self.exit = Some((at as u32, exit));
        }
        exit
    }

    /// A register's payload, if its tag says that it is of a type.
    fn load_as(&mut self, register: u32, of: Type, exit: ExitId) -> Value {
        let tag = self.emit(Operation::Tag(register));
        if of == Type::Bool {
            // False and true stand side by side.
            let one = self.int(Tag::False as i64);
            let number = self.emit(Operation::Wrapping { operator: ir::IntOperator::Subtract, left: tag, right: one });
            let limit = self.int(1);
            let zero = self.int(0);
            let low =
                self.emit(Operation::CompareInts { condition: ir::Condition::GreaterEqual, left: number, right: zero });
            self.emit_nothing(Operation::Guard { value: low, expected: true, exit });
            let high =
                self.emit(Operation::CompareInts { condition: ir::Condition::LessEqual, left: number, right: limit });
            self.emit_nothing(Operation::Guard { value: high, expected: true, exit });
            return self.emit(Operation::CompareInts { condition: ir::Condition::NotEqual, left: number, right: zero });
        }
        let wanted = self.int(tag_of(of).expect("a number") as i64);
        let is_wanted = self.emit(Operation::CompareInts { condition: ir::Condition::Equal, left: tag, right: wanted });
        self.emit_nothing(Operation::Guard { value: is_wanted, expected: true, exit });
        let width = if of == Type::Int { Width::Int } else { Width::Float };
        self.emit(Operation::Payload { register, width })
    }

    fn int(&mut self, number: i64) -> Value {
        self.emit(Operation::Int(number))
    }

    /// The type that was seen, if it was one alone.
    fn seen_type(tags: Tags) -> Option<Type> {
        if tags == Tags::of(Tag::Int) {
            Some(Type::Int)
        } else if tags == Tags::of(Tag::Float) {
            Some(Type::Float)
        } else if !tags.is_empty() && tags.without(Tags::of(Tag::True)).without(Tags::of(Tag::False)).is_empty() {
            Some(Type::Bool)
        } else {
            None
        }
    }
}
