//! Makes the typed form of a loop or a function that has run: from the loop's head or the beginning on, what was seen to run.
//!
//! Blocks are translated in an order in which each comes behind those that lead to it, but for jumps back to heads of loops.
//! Of a register the translation knows at each place whether the window has its value, or a value of the typed form does
//! ([`Register`]). Where paths meet that know different things, the window has it. What a jump back brings is not known
//! when its head is translated, so it is assumed; what turns out to be otherwise is noted, and all of it begins anew.

mod access;
mod builtins;
mod calls;
mod classes;
mod counting;
mod emit;
mod ends;
mod known;
mod loops;
mod maps;
mod methods;
mod numbers;
mod objects;
mod operations;
mod paths;
mod places;
mod plan;
mod state;
mod steps;
mod tails;
mod texts;

use crate::flow::Flow;
use crate::ir::{self, Block, End, Exit, ExitId, Function, Made, Operation, Reason, Value, Whose, tag_of};
use known::{Lost, Object, Wanted};
use motet_code::{Instruction, Op};
use motet_vm::jit::{self, Constants, Fixed, Refused, Request, Seen, SeenAt};
use motet_vm::memory::{ListPlaces, Tag};
use objects::shape_and_slot;
use plan::Plan;
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
    /// How many frames its parts have at most, and a function that they call.
    pub frames: usize,
    /// The number that exits give beside their own.
    pub number: u32,
    /// Constants whose values became parts of it.
    pub fixed: Vec<Fixed>,
}

impl From<Whose> for jit::Whose {
    fn from(whose: Whose) -> jit::Whose {
        match whose {
            Whose::Own => jit::Whose::Own,
            Whose::Link(number) => jit::Whose::Link(number),
        }
    }
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
            let borrowed = exit.borrowed.iter().map(|(register, tag, _)| (*register as u16, *tag));
            let nulls = exit.nulls.iter().map(|register| (*register as u16, Tag::Null));
            let why = match exit.reason {
                Reason::Guard => jit::Why::Guard,
                Reason::Unseen => jit::Why::Unseen,
                Reason::SafePoint => jit::Why::SafePoint,
                Reason::Builtin => jit::Why::Builtin,
                Reason::Done => jit::Why::Done,
                Reason::Room => jit::Why::Room,
                Reason::Call => jit::Why::Call,
                Reason::Steps => jit::Why::Steps,
                Reason::Behind => jit::Why::Behind,
            };
            let frames = exit.frames.iter().map(|frame| jit::ExitFrame {
                callee: frame.callee,
                window: frame.window as u16,
                returns_to: frame.returns_to,
                result: frame.result,
                environment: match frame.environment {
                    ir::Environment::Nothing => jit::Environment::Nothing,
                    ir::Environment::Register0 => jit::Environment::Register0,
                    ir::Environment::Value(_) => jit::Environment::Stored,
                    ir::Environment::Caller => jit::Environment::Caller,
                },
            });
            jit::Exit { at: exit.at, why, tags: tags.chain(borrowed).chain(nulls).collect(), frames: frames.collect() }
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
            let number = request.number;
            let frames = translation.most_frames;
            let fixed = translation.fixed;
            let mut function = translation.out;
            ir::tidy(&mut function);
            ir::hoist(&mut function);
            ir::verify(&function).map_err(|problem| Refused(format!("a mistake of the compiler: {problem}")))?;
            return Ok(Translated { function, registers, frames, number, fixed });
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
    /// What is not kept at heads of loops of the objects that registers hold, because the loop changes it.
    lost: HashMap<(Vec<u32>, usize, usize), Lost>,
    /// What is looked for in front of loops, by the registers.
    wanted: HashMap<(Vec<u32>, usize), BTreeMap<usize, Wanted>>,
}

/// The head of a loop that is translated.
struct Head {
    /// The block through which it is entered, if that is another one: what the loop does not change is done in it.
    front: Block,
    block: Block,
    /// What is assumed of objects there.
    objects: Vec<Object>,
}

/// A function, and what was seen of it.
struct Unit {
    flow: Flow,
    seen: Seen,
    words: Vec<u64>,
    constants: Constants,
    /// The last slot that it uses of objects of a shape.
    last_slots: HashMap<u32, u32>,
}

impl Unit {
    fn new(function: Arc<motet_code::Function>, seen: Seen, words: Vec<u64>, constants: Constants) -> Unit {
        let mut last_slots = HashMap::new();
        let mut at = 0;
        while at < function.code.len() {
            let op = Instruction(function.code[at]).op().expect("code is verified");
            if matches!(op, Op::GetField | Op::SetField | Op::AddField) {
                for cache in seen.fields(at).iter().chain([&words[at + 1]]).filter(|cache| **cache != 0) {
                    let (shape, slot) = shape_and_slot(*cache);
                    let last = last_slots.entry(shape).or_insert(slot);
                    *last = (*last).max(slot);
                }
            }
            at += op.length();
        }
        Unit { flow: Flow::new(function), seen, words, constants, last_slots }
    }
}

/// A function that is being translated.
struct Frame {
    unit: Rc<Unit>,
    /// Whose code it is.
    whose: Whose,
    /// Its name.
    name: u64,
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
    /// Constants whose values are taken for granted.
    fixed: Vec<Fixed>,
    /// How many frames there are at most, of parts and of a function that is called and known.
    most_frames: usize,
    /// Functions are called that are known.
    is_calling: bool,
    /// Something that was assumed is not so.
    failed: bool,
    /// A loop wants something that was not looked for in front of it.
    wants: bool,
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
    /// Addresses of constants of the code.
    addresses: HashMap<Value, Fixed>,
    /// Ways into blocks that are not yet translated.
    edges: BTreeMap<usize, Vec<Edge>>,
    /// The heads that are translated, and their blocks.
    heads: HashMap<usize, Head>,
    /// The instruction that is translated, of the innermost function.
    at: usize,
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
            whose: Whose::Own,
            name: request.name,
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
            fixed: Vec::new(),
            most_frames: 0,
            is_calling: false,
            failed: false,
            wants: false,
            calls: false,
            yields: false,
            instructions: 0,
            steps: 0,
            out: Function::new(format!("{name} from {}", request.at)),
            constants: HashMap::new(),
            addresses: HashMap::new(),
            edges: BTreeMap::new(),
            heads: HashMap::new(),
            at: 0,
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
            // What was called keeps its captured variables alive.
            Some(0) if self.is_part() => true,
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
        self.emit_nothing(Operation::Room { registers: 0, frames: 0, is_calling: false, exit });
        if self.request.is_function {
            self.safe_point(entry);
        }
        let state = self.state.clone();
        self.edges.entry(entry).or_default().push(Edge { through, state, is_entry: true });
        self.translate_from(entry)?;
        if self.failed || self.wants {
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
            // A function's call gains by itself, but what runs often inside it does not. One head is where it is entered.
            let has_loops = self.out.blocks.iter().filter(|block| block.is_head).count() > 1;
            let part = match (self.request.is_function, has_loops) {
                (true, false) => 3,
                (true, true) => 5,
                (false, _) => 4,
            };
            if self.steps * part > self.instructions {
                return Err(Refused(format!("the VM would do {} of {} instructions", self.steps, self.instructions)));
            }
        }
        Ok(true)
    }

    /// Now it is known how much room the code needs. What the function itself has is there when it is entered.
    fn say_room(&mut self, entry: Block) {
        let most = self.most_frames;
        let own = self.request.function.registers as usize;
        let operations = &mut self.out.at_mut(entry).operations;
        match operations.first_mut() {
            Some(Made { operation: Operation::Room { registers, frames, is_calling, .. }, .. })
                if most > 0 || self.extent > own =>
            {
                (*registers, *frames, *is_calling) = (self.extent as u32, most as u32, self.is_calling);
            }
            _ => {
                operations.remove(0);
            }
        }
    }

    /// Translates the innermost function from a place on, into which the ways are known.
    fn translate_from(&mut self, entry: usize) -> Result<(), Refused> {
        let plan = Plan::new(&self.unit(), entry, self.is_part());
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
            self.at = at;
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
                None if let Some(done) = self.call_found(at) => {
                    if !done {
                        return Ok(());
                    }
                }
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
}
