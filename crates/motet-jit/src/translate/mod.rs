//! Makes the typed form of a loop or a function that has run: from the loop's head or the beginning on, what was seen to run.
//!
//! Blocks are translated in an order in which each comes behind those that lead to it, but for jumps back to heads of loops.
//! Of a register the translation knows at each place whether the window has its value, or a value of the typed form does
//! ([`Register`]). Where paths meet that know different things, the window has it. What a jump back brings is not known
//! when its head is translated, so it is assumed; what turns out to be otherwise is noted, and all of it begins anew.

mod builtins;
mod calls;
mod numbers;
mod objects;
mod operations;
mod state;

use crate::flow::Flow;
use crate::ir::{self, Block, End, Exit, ExitId, Function, Made, Operation, Reason, Type, Value, Width, tag_of};
use motet_code::Op;
use motet_vm::jit::{self, Constants, Refused, Request, Seen, SeenAt, Tags};
use motet_vm::memory::{ListPlaces, Tag};
use state::{Held, State};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Functions of more words stay with the interpreter: what takes longest in compiling grows faster than they do.
const MOST_WORDS: usize = 4_000;
/// And those that would become more than this.
const MOST_OPERATIONS: usize = 20_000;
/// How often translation begins anew. What is known of a register only ever becomes less.
const MOST_ROUNDS: usize = 40;

/// A loop or a function in the typed form.
pub struct Translated {
    pub function: Function,
    /// Registers that are used, from the window's first one on.
    pub registers: usize,
    /// The number that exits give beside their own.
    pub number: u32,
    /// Where the bytecode is.
    pub code: u64,
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
                Reason::Room => jit::Why::Room,
            };
            let frames = exit.frames.iter().map(|frame| jit::ExitFrame {
                callee: frame.callee,
                window: frame.window as u16,
                returns_to: frame.returns_to,
                environment: match frame.environment {
                    ir::Environment::Nothing => jit::Environment::Nothing,
                    ir::Environment::Register0 => jit::Environment::Register0,
                    ir::Environment::At(address) => jit::Environment::At(address),
                },
            });
            jit::Exit { at: exit.at, why, tags: tags.chain(nulls).collect(), frames: frames.collect() }
        };
        self.function.exits.iter().map(exit).collect()
    }
}

/// See the module.
pub fn translate(request: &Request<'_>) -> Result<Translated, Refused> {
    if request.function.code.len() > MOST_WORDS {
        return Err(Refused(format!("it has {} words, more than {MOST_WORDS}", request.function.code.len())));
    }
    let mut known = Known::default();
    let unit = Rc::new(Unit::new(
        request.function.clone(),
        request.seen.clone(),
        request.words.into(),
        request.constants.clone(),
    ));
    for _ in 0..MOST_ROUNDS {
        let mut translation = Translation::new(request, unit.clone(), known);
        if translation.run()? {
            let registers = translation.extent;
            let (number, code) = (request.number, request.code);
            let mut function = translation.out;
            ir::tidy(&mut function);
            ir::verify(&function).map_err(|problem| Refused(format!("a mistake of the compiler: {problem}")))?;
            return Ok(Translated { function, registers, number, code });
        }
        known = translation.known;
    }
    Err(Refused("its types do not settle".into()))
}

/// What earlier rounds have found out. Functions that became parts are named by the calls that lead to them.
#[derive(Default)]
struct Known {
    /// What is assumed of registers at heads of loops.
    assumed: HashMap<(Vec<u32>, usize), Vec<Held>>,
    /// Calls whose functions cannot become parts.
    stay: HashSet<Vec<u32>>,
}

/// A function, and what was seen of it.
struct Unit {
    flow: Flow,
    seen: Seen,
    words: Vec<u64>,
    constants: Constants,
}

impl Unit {
    fn new(function: Arc<motet_code::Function>, seen: Seen, words: Vec<u64>, constants: Constants) -> Unit {
        Unit { flow: Flow::new(function), seen, words, constants }
    }
}

/// A function that is being translated.
struct Frame {
    unit: Rc<Unit>,
    /// The calls that lead to it.
    path: Vec<u32>,
    /// Heads of its loops.
    heads: Vec<usize>,
    /// How exits make its frame; none for the function that is compiled.
    made: Option<ir::Frame>,
    /// Its closure, if the function captures anything.
    environment: Option<Value>,
    /// Its register 0 owns something that is dropped when it returns.
    owns_callee: bool,
    /// Where its register 0 is.
    offset: usize,
    /// Registers in front of it that its callers need.
    needed: Rc<[bool]>,
}

/// Which blocks of the bytecode are translated, and in which order.
struct Plan {
    /// Where they begin.
    order: Vec<usize>,
    /// Heads of loops: jumped to from behind in the order.
    heads: Vec<usize>,
}

impl Plan {
    fn new(unit: &Unit, entry: usize) -> Plan {
        let mut state: HashMap<usize, u8> = HashMap::new();
        let (mut order, mut heads) = (Vec::new(), Vec::new());
        let mut stack = vec![(entry, successors(unit, entry), 0)];
        state.insert(entry, 1);
        // Where the code is entered, other jumps may come to as well.
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
                    stack.push((target, successors(unit, target), 0));
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
fn successors(unit: &Unit, start: usize) -> Vec<usize> {
    let mut at = start;
    loop {
        if !unit.seen.at(at).ran {
            return Vec::new();
        }
        let (_, op) = unit.flow.read(at);
        let next = at + op.length();
        let target = unit.flow.target(at);
        if op.ends_block() {
            return target.into_iter().collect();
        }
        if target.is_some() || unit.flow.is_leader[next] {
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
    /// The functions that are being translated, outermost first.
    frames: Vec<Frame>,
    known: Known,
    /// Registers that are used, from the first one on.
    extent: usize,
    /// Ways back from the function that became a part.
    returns: Vec<Edge>,
    /// How lists lie in memory, if that is understood.
    lists: Option<ListPlaces>,
    /// Something that was assumed is not so.
    failed: bool,
    /// It calls functions of the program.
    calls: bool,
    /// It gives or waits for something.
    yields: bool,
    /// Instructions that are translated, and those of them that the VM does.
    instructions: usize,
    steps: usize,
    out: Function,
    /// Constants, by the value.
    constants: HashMap<Value, i64>,
    /// Ways into blocks that are not yet translated.
    edges: BTreeMap<usize, Vec<Edge>>,
    /// The heads that are translated, and their blocks.
    heads: HashMap<usize, Block>,
    /// Where operations are put.
    block: Block,
    state: State,
    /// Exits of the instruction that is translated, one for each reason: nothing changes between its guards.
    exit: Option<(u32, ExitId)>,
}

impl<'a> Translation<'a> {
    fn new(request: &'a Request<'a>, unit: Rc<Unit>, known: Known) -> Translation<'a> {
        let name = if request.function.name.is_empty() { "fn" } else { &request.function.name };
        let registers = request.function.registers as usize;
        let outermost = Frame {
            unit,
            path: Vec::new(),
            heads: Vec::new(),
            made: None,
            environment: None,
            owns_callee: false,
            offset: 0,
            needed: Rc::new([]),
        };
        Translation {
            request,
            frames: vec![outermost],
            known,
            extent: registers,
            returns: Vec::new(),
            lists: ListPlaces::find(),
            failed: false,
            calls: false,
            yields: false,
            instructions: 0,
            steps: 0,
            out: Function::new(format!("{name} from {}", request.at)),
            constants: HashMap::new(),
            edges: BTreeMap::new(),
            heads: HashMap::new(),
            block: Block(0),
            state: State::new(registers),
            exit: None,
        }
    }

    fn frame(&self) -> &Frame {
        self.frames.last().expect("something is translated")
    }

    fn unit(&self) -> Rc<Unit> {
        self.frame().unit.clone()
    }

    fn flow(&self) -> &Flow {
        &self.frame().unit.flow
    }

    fn seen(&self, at: usize) -> SeenAt {
        self.frame().unit.seen.at(at)
    }

    fn words(&self) -> &[u64] {
        &self.frame().unit.words
    }

    /// Whether a register, counted from the first one of all, is needed where an instruction begins.
    fn is_needed(&self, at: usize, register: usize) -> bool {
        let frame = self.frame();
        match register.checked_sub(frame.offset) {
            Some(own) => frame.unit.flow.alive(at).contains(own),
            None => frame.needed.get(register).copied().unwrap_or(false),
        }
    }

    /// False: something that was assumed is not so.
    fn run(&mut self) -> Result<bool, Refused> {
        let entry = self.request.at as usize;
        let through = self.out.block();
        self.block = through;
        let exit = self.exit_at(entry, Reason::Room);
        self.emit_nothing(Operation::Room { registers: 0, frames: 0, exit });
        if self.request.is_function {
            let exit = self.exit_at(entry, Reason::SafePoint);
            self.emit_nothing(Operation::SafePoint { exit });
        }
        let state = self.state.clone();
        self.edges.entry(entry).or_default().push(Edge { through, state, is_entry: true });
        self.translate_from(entry)?;
        if self.failed {
            return Ok(false);
        }
        self.say_room(through);
        if !self.request.eager {
            // The interpreter does these faster by itself.
            if self.calls {
                return Err(Refused("it calls functions".into()));
            }
            if self.yields {
                return Err(Refused("it waits or yields".into()));
            }
            // A function's call gains by itself.
            let part = if self.request.is_function { 3 } else { 4 };
            if self.steps * part > self.instructions {
                return Err(Refused(format!("the VM would do {} of {} instructions", self.steps, self.instructions)));
            }
        }
        Ok(true)
    }

    /// Now it is known how much room the code needs. What the function itself has is there when it is entered.
    fn say_room(&mut self, entry: Block) {
        let most = self.out.exits.iter().map(|exit| exit.frames.len()).max().unwrap_or(0);
        let own = self.request.function.registers as usize;
        let operations = &mut self.out.at_mut(entry).operations;
        match operations.first_mut() {
            Some(Made { operation: Operation::Room { registers, frames, .. }, .. })
                if most > 0 || self.extent > own =>
            {
                (*registers, *frames) = (self.extent as u32, most as u32);
            }
            _ => {
                operations.remove(0);
            }
        }
    }

    /// Translates the innermost function from a place on, into which the ways are known.
    fn translate_from(&mut self, entry: usize) -> Result<(), Refused> {
        let plan = Plan::new(&self.unit(), entry);
        let frame = self.frames.last_mut().expect("something is translated");
        frame.heads = plan.heads;
        for start in plan.order {
            let Some(edges) = self.edges.remove(&start) else {
                // What leads here leaves before.
                continue;
            };
            self.begin(start, edges);
            self.translate_block(start)?;
            if self.failed {
                return Ok(());
            }
            if self.out.size() > MOST_OPERATIONS {
                return Err(Refused(format!("it has more than {MOST_OPERATIONS} operations")));
            }
        }
        Ok(())
    }

    /// Where paths meet: what is known behind all of them.
    fn begin(&mut self, start: usize, edges: Vec<Edge>) {
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
                known.reduce(Held::meet).unwrap_or(Held::Window)
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
        let (block, state) = self.meet(edges, &held, is_head, |this, register| this.is_needed(start, register));
        if is_head {
            self.heads.insert(start, block);
        }
        debug_assert_eq!(state.offset, offset);
        self.block = block;
        self.state = state;
        self.exit = None;
    }

    /// A block into which ways lead, and what is known in it.
    fn meet(
        &mut self,
        edges: Vec<Edge>,
        held: &[Held],
        is_head: bool,
        is_needed: impl Fn(&Translation<'_>, usize) -> bool,
    ) -> (Block, State) {
        let block = self.out.block();
        self.out.at_mut(block).is_head = is_head;
        let mut state = State::new(held.len());
        for (register, held) in held.iter().enumerate() {
            match *held {
                Held::Window => {}
                Held::Null { is_written } => state.set_null(register, is_written),
                Held::Number { of, is_written } => {
                    let value = self.out.value(of);
                    self.out.at_mut(block).parameters.push(value);
                    state.set(register, value, is_written);
                }
            }
        }
        state.offset = edges.first().map_or(0, |edge| edge.state.offset);
        for edge in edges {
            self.connect(edge, block, held, &is_needed);
        }
        (block, state)
    }

    /// What a register is when the interpreter enters.
    fn entry_held(&self, register: usize) -> Held {
        let seen = self.request.registers.get(register).copied().unwrap_or_default();
        Self::seen_type(seen).map_or(Held::Window, |of| Held::Number { of, is_written: true })
    }

    /// Ends a way into a block: brings what is known on it into the form that the block takes.
    fn connect(&mut self, edge: Edge, to: Block, held: &[Held], is_needed: &dyn Fn(&Translation<'_>, usize) -> bool) {
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
                Held::Window => {
                    // The dead are no matter; what they own, the window has.
                    if register != 0 && is_needed(self, register) {
                        self.write(register);
                    }
                }
            }
        }
        self.state.offset = offset;
        self.end(End::Jump(to, arguments));
        (self.block, self.state, self.exit) = before;
    }

    /// Brings a register into the window.
    fn write(&mut self, register: usize) {
        match self.state.unwritten(register) {
            None => return,
            Some(Some(value)) => self.emit_nothing(Operation::Put { register: register as u32, value }),
            Some(None) => self.emit_nothing(Operation::PutNull { register: register as u32 }),
        }
        self.state.set_written(register);
    }

    /// Goes to a place of the bytecode with what is known here.
    fn go(&mut self, from: Block, target: usize) {
        let state = self.state.clone();
        if let Some(to) = self.heads.get(&target).copied() {
            // Backwards, or to a head that is translated already.
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
            let edge = Edge { through: from, state, is_entry: false };
            self.connect(edge, to, &held, &|this, register| this.is_needed(target, register));
        } else {
            self.edges.entry(target).or_default().push(Edge { through: from, state, is_entry: false });
        }
    }

    fn translate_block(&mut self, start: usize) -> Result<(), Refused> {
        let mut at = start;
        loop {
            if self.failed {
                return Ok(());
            }
            if !self.seen(at).ran {
                let exit = self.exit_at(at, Reason::Unseen);
                self.end(End::Exit(exit));
                return Ok(());
            }
            let (_, op) = self.flow().read(at);
            let next = at + op.length();
            self.exit = None;
            if self.request.stress {
                let exit = self.exit_at(at, Reason::Guard);
                self.emit_nothing(Operation::Fuse { exit });
            }
            self.instructions += 1;
            if op == Op::Copy
                && let Some(behind) = self.length_of_copied(at)
            {
                if self.flow().is_leader[behind] {
                    self.jump(behind);
                    return Ok(());
                }
                at = behind;
                continue;
            }
            match self.builtin(at).map_or_else(|| self.call(at), |done| Ok(Some(done)))? {
                Some(false) => return Ok(()),
                Some(true) => {}
                None if self.call_found(at).is_some() => {}
                None => {
                    if !self.instruction(at) {
                        return Ok(());
                    }
                }
            }
            if self.failed {
                return Ok(());
            }
            if self.flow().is_leader[next] {
                self.jump(next);
                return Ok(());
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

    /// The registers that operations name are the function's own.
    fn placed(&self, mut operation: Operation) -> Operation {
        if let Operation::AddressOf(register)
        | Operation::Tag(register)
        | Operation::Payload { register, .. }
        | Operation::Put { register, .. }
        | Operation::PutNull { register } = &mut operation
        {
            *register += self.state.offset as u32;
        }
        operation
    }

    fn emit(&mut self, operation: Operation) -> Value {
        let operation = self.placed(operation);
        let of = operation.makes().expect("it makes a value");
        let result = self.out.value(of);
        let constant = if let Operation::Int(number) = operation { Some(number) } else { None };
        self.out.at_mut(self.block).operations.push(Made { result: Some(result), operation });
        self.constants.extend(constant.map(|number| (result, number)));
        result
    }

    fn emit_nothing(&mut self, operation: Operation) {
        debug_assert_eq!(operation.makes(), None);
        let operation = self.placed(operation);
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
        let (mut values, mut nulls) = (Vec::new(), Vec::new());
        for register in (1..self.state.len()).filter(|register| self.is_needed(at, *register)) {
            match self.state.unwritten_at(register) {
                None => {}
                Some(Some(value)) => values.push((register as u32, value)),
                Some(None) => nulls.push(register as u32),
            }
        }
        let frames = self.frames.iter().filter_map(|frame| frame.made.clone()).collect();
        self.out.exits.push(Exit { reason, at: at as u32, values, nulls, frames });
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
