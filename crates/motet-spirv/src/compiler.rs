//! Programs of the middle form to SPIR-V.
//!
//! SPIR-V has structured control flow, and lavapipe carries out every instruction between two turns of a loop whatever is
//! switched off. So there are only conditions and loops here, and one variable that says what is skipped:
//!
//! - `skip` is 0 while code runs. A branch sets it to the number of its block; what follows is guarded by `skip == 0`, and the
//!   block's end sets it back. A branch to a loop makes the loop turn.
//! - Each turn costs fuel. Without fuel, a loop notes its number in `resume` and sets `skip` to [`SUSPEND`], so that
//!   everything is left. What goes on later begins with [`RESUME`]: only what leads to that loop is entered.
//! - A call of a function with frames is left in the same way, and gone on with when the callee has returned. See `frames`.
//! - A trap writes its site to `trap`. Straight code goes on with harmless values and without effects; the next turn of a
//!   loop, the next call or the end of the function leaves.
//!
//! Values on the stack are names of SPIR-V inside a guard, and variables across them. The variables of a function are read
//! from its frame when it is entered, and written there when it is left.

use crate::bulk;
use crate::control::{Frame, Guard, Value};
use crate::kernel::*;
use crate::plan::Plan;
use crate::program::{Origin, Part, Program, ProgramFunction, StateLayout};
use crate::words::{Id, Op, Words, text};
use motet_middle::{Trap, Type};
use std::collections::HashMap;
use std::fmt;

/// `skip` while a function finds the point at which it goes on.
pub(crate) const RESUME: u32 = 0xFFFF_FFFF;
/// `skip` while a function is left because of a trap.
pub(crate) const LEAVE: u32 = 0xFFFF_FFFE;
/// `skip` while a function is left for want of fuel, or for a call.
pub(crate) const SUSPEND: u32 = 0xFFFF_FFFD;

const INPUT: u32 = 1;

/// Why a program is not compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The function that is the reason.
    pub function: String,
    /// What is in the way.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` cannot be compiled: {}", self.function, self.why)
    }
}

impl std::error::Error for Refusal {}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable {
    pub id: Id,
    pub of: Type,
}

/// A memory, as a kernel finds it when a dispatch begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryAt {
    /// Its first word.
    pub base: Id,
    /// Its pages.
    pub pages: Id,
    /// Its bytes, if they never change.
    pub fixed: Option<u64>,
}

pub(crate) struct Compiler<'m> {
    pub words: Words,
    pub program: &'m Program<'m>,
    pub plan: &'m Plan,
    pub layout: &'m StateLayout,
    pub memory_layout: MemoryLayout,
    pub extensions: Id,
    // Variables of the whole kernel.
    pub skip: Id,
    pub resume: Id,
    pub trap: Id,
    pub fuel: Id,
    pub status: Id,
    pub function: Id,
    pub frame: Id,
    pub depth: Id,
    pub next_function: Id,
    pub next_frame: Id,
    pub leaves: Id,
    pub ran: Id,
    pub globals: HashMap<u32, Variable>,
    // Names that are known everywhere.
    pub control: Id,
    pub state_buffer: Id,
    pub memory: Id,
    pub stack_buffer: Id,
    pub zero: Id,
    pub lane: Id,
    pub count: Id,
    pub stack_base: Id,
    pub stack_words: Id,
    pub memories: Vec<MemoryAt>,
    // The function with frames that is compiled now.
    pub own: u32,
    /// A constant that is declared when it is known: words of its frame.
    pub frame_words: Id,
    pub state: Vec<Variable>,
    pub slots: HashMap<(usize, Type), Id>,
    pub stack: Vec<Value>,
    pub frames: Vec<Frame>,
    pub guard: Guard,
    pub points: u32,
    /// The part of the function that is compiled or inlined now, and where that is.
    pub part: usize,
    pub place: (u32, u32),
    // All together.
    pub numbers: u32,
    pub loops: u32,
    pub sites: Vec<(Trap, u32, u32)>,
    pub services: &'m mut Vec<Service>,
}

/// Compiles the functions that a program's entries lead to.
pub fn compile(program: &Program<'_>, memory_layout: MemoryLayout) -> Result<Compiled, Refusal> {
    // Copies and fills are functions behind the program's own.
    let bulk_module = bulk::module();
    let bulk_signature = bulk_module.signatures[0].clone();
    let first = program.functions.len() as u32;
    let memories: Vec<[u32; 1]> = (0..program.memories.len() as u32).map(|memory| [memory]).collect();
    let numbers: Vec<[u32; 2]> =
        (0..program.memories.len() as u32).map(|memory| [first + memory * 2, first + memory * 2 + 1]).collect();
    let signature = program.signatures.len() as u32;
    let signatures = [signature, signature + 1];
    let mut program: Program<'_> = program.clone();
    program.signatures.extend([bulk_signature, motet_middle::Signature::default()]);
    for (memory, functions) in memories.iter().zip(&numbers) {
        let part = program.parts.len();
        for function in [bulk::COPY, bulk::FILL] {
            program.functions.push(ProgramFunction { origin: Origin::Defined { part, function }, signature });
        }
        program.parts.push(Part {
            module: &bulk_module,
            functions,
            signatures: &signatures,
            tables: &[],
            memories: memory,
            globals: &[],
        });
    }
    let plan = Plan::new(&program, first)?;
    let layout = StateLayout::of(&program);
    let mut services = Vec::new();
    let mut kernels = Vec::new();
    for functions in &plan.kernels {
        kernels.push(Compiler::new(&program, &plan, &layout, memory_layout, &mut services).kernel(functions));
    }
    let stack_slack = crate::frames::slack(&program);
    Ok(Compiled { kernels, state: layout.clone(), services, stack_slack, recursive: plan.recursive })
}

impl<'m> Compiler<'m> {
    fn new(
        program: &'m Program<'m>,
        plan: &'m Plan,
        layout: &'m StateLayout,
        memory_layout: MemoryLayout,
        services: &'m mut Vec<Service>,
    ) -> Compiler<'m> {
        let mut words = Words::default();
        words.head(Op::Capability, &[1]);
        words.head(Op::Capability, &[10]);
        words.head(Op::Capability, &[11]);
        let extensions = words.id();
        words.head(Op::ExtInstImport, &[&[extensions], text("GLSL.std.450").as_slice()].concat());
        words.head(Op::MemoryModel, &[0, 1]);
        let placeholder = 0;
        Compiler {
            words,
            program,
            plan,
            layout,
            memory_layout,
            extensions,
            skip: placeholder,
            resume: placeholder,
            trap: placeholder,
            fuel: placeholder,
            status: placeholder,
            function: placeholder,
            frame: placeholder,
            depth: placeholder,
            next_function: placeholder,
            next_frame: placeholder,
            leaves: placeholder,
            ran: placeholder,
            globals: HashMap::new(),
            control: placeholder,
            state_buffer: placeholder,
            memory: placeholder,
            stack_buffer: placeholder,
            zero: placeholder,
            lane: placeholder,
            count: placeholder,
            stack_base: placeholder,
            stack_words: placeholder,
            memories: Vec::new(),
            own: 0,
            frame_words: placeholder,
            state: Vec::new(),
            slots: HashMap::new(),
            stack: Vec::new(),
            frames: Vec::new(),
            guard: Guard::Closed,
            points: 0,
            part: 0,
            place: (0, 0),
            numbers: 0,
            loops: 0,
            sites: Vec::new(),
            services,
        }
    }

    /// Writes a kernel of these functions.
    fn kernel(mut self, functions: &[u32]) -> Kernel {
        let void = self.words.type_of(Op::TypeVoid, &[]);
        let unsigned = self.unsigned();
        let main_type = self.words.type_of(Op::TypeFunction, &[void]);
        let vector = self.words.type_of(Op::TypeVector, &[unsigned, 3]);
        let vector_pointer = self.pointer(INPUT, vector);
        let invocation = self.words.declare(Op::Variable, vector_pointer, &[INPUT]);
        const BUILT_IN: u32 = 11;
        const GLOBAL_INVOCATION: u32 = 28;
        self.words.decorate(&[invocation, BUILT_IN, GLOBAL_INVOCATION]);
        self.control = self.buffer(0);
        self.state_buffer = self.buffer(1);
        self.memory = self.buffer(2);
        self.stack_buffer = self.buffer(3);
        let (main, first) = (self.words.id(), self.words.id());
        const COMPUTE: u32 = 5;
        const LOCAL_SIZE: u32 = 17;
        self.words.head(Op::EntryPoint, &[&[COMPUTE, main], text("main").as_slice(), &[invocation]].concat());
        self.words.head(Op::ExecutionMode, &[main, LOCAL_SIZE, GROUP_LANES, 1, 1]);
        let variables: [Id; 12] = std::array::from_fn(|_| self.variable(unsigned));
        [
            self.skip,
            self.resume,
            self.trap,
            self.fuel,
            self.status,
            self.function,
            self.frame,
            self.depth,
            self.next_function,
            self.next_frame,
            self.leaves,
            self.ran,
        ] = variables;

        let place = self.words.take(Op::Load, vector, &[invocation]);
        self.lane = self.words.take(Op::CompositeExtract, unsigned, &[place, 0]);
        self.count = self.read_control(CONTROL_INSTANCES);
        let exists = self.test(Op::ULessThan, &[self.lane, self.count]);
        let begin = std::mem::take(&mut self.words.body);

        self.zero = self.read_control(CONTROL_ZERO);
        self.stack_words = self.read_control(CONTROL_STACK);
        self.stack_base = self.take(Op::IMul, unsigned, &[self.lane, self.stack_words]);
        let status = self.read_state(STATE_STATUS);
        let none = self.word(0);
        let runs = self.test(Op::IEqual, &[status, none]);
        self.find_memories();
        let head = std::mem::take(&mut self.words.body);

        // The code comes first, because it makes the variables that the entry reads.
        self.code_of(functions);
        let code = std::mem::take(&mut self.words.body);

        let mut globals: Vec<(u32, Variable)> = self.globals.iter().map(|(&number, &of)| (number, of)).collect();
        globals.sort_unstable_by_key(|(number, _)| *number);
        let budget = self.read_control(CONTROL_BUDGET);
        let left = self.read_state(STATE_FUEL);
        let has_less = self.test(Op::ULessThan, &[left, budget]);
        let given = self.select(unsigned, has_less, left, budget);
        self.write(self.fuel, given);
        self.write(self.status, none);
        self.write(self.trap, none);
        self.write(self.leaves, none);
        let own = [(self.function, STATE_FUNCTION), (self.frame, STATE_FRAME), (self.depth, STATE_DEPTH)];
        for (variable, word) in own {
            let value = self.read_state(word);
            self.write(variable, value);
        }
        for &(number, variable) in &globals {
            self.load_global(variable, self.layout.globals[number as usize]);
        }
        let load = std::mem::take(&mut self.words.body);

        for (variable, word) in own.into_iter().chain([(self.status, STATE_STATUS)]) {
            let value = self.read_word(variable);
            let element = self.state_element(word);
            self.write(element, value);
        }
        let fuel = self.read_word(self.fuel);
        let spent = self.take(Op::ISub, unsigned, &[given, fuel]);
        let rest = self.take(Op::ISub, unsigned, &[left, spent]);
        let element = self.state_element(STATE_FUEL);
        self.write(element, rest);
        for &(number, variable) in &globals {
            self.store_global(variable, self.layout.globals[number as usize]);
        }
        let store = std::mem::take(&mut self.words.body);

        self.words.body = begin;
        let (then, merge) = (self.words.id(), self.words.id());
        self.words.put(Op::SelectionMerge, &[merge, 0]);
        self.words.put(Op::BranchConditional, &[exists, then, merge]);
        self.words.label(then);
        self.words.body.extend(head);
        self.when(runs, |this| {
            this.words.body.extend(load);
            this.words.body.extend(code);
            this.words.body.extend(store);
        });
        self.words.put(Op::Branch, &[merge]);
        self.words.label(merge);
        self.words.put(Op::Return, &[]);
        self.words.put(Op::FunctionEnd, &[]);
        let function_head =
            [5 << 16 | Op::Function as u32, void, main, 0, main_type, 2 << 16 | Op::Label as u32, first];
        let framed = Cost { framed: functions.len(), ..Cost::default() };
        let cost = functions.iter().fold(framed, |sum, &function| sum.plus(self.plan.cost(function)));
        Kernel {
            functions: functions.to_vec(),
            sites: self.sites,
            cost,
            loops: self.loops,
            words: self.words.finish(&function_head),
        }
    }

    /// Reads where memories are and how large. They grow between dispatches alone.
    fn find_memories(&mut self) {
        let unsigned = self.unsigned();
        let own = match self.memory_layout {
            MemoryLayout::Linear => {
                let stride = self.read_control(CONTROL_STRIDE);
                self.take(Op::IMul, unsigned, &[self.lane, stride])
            }
            MemoryLayout::Interleaved => self.lane,
        };
        let grows = self.program.parts.iter().any(grows);
        for (number, &pages) in self.program.memories.iter().enumerate() {
            let at = self.layout.memories[number];
            let base = if self.program.memories.len() == 1 {
                own
            } else {
                let mut start = self.read_state(at);
                if self.memory_layout == MemoryLayout::Interleaved {
                    start = self.take(Op::IMul, unsigned, &[start, self.count]);
                }
                self.take(Op::IAdd, unsigned, &[own, start])
            };
            let fixed = (!grows).then(|| u64::from(pages) << 16);
            let pages = if grows { self.read_state(at + 1) } else { self.word(pages) };
            self.memories.push(MemoryAt { base, pages, fixed });
        }
    }
}

fn grows(part: &Part<'_>) -> bool {
    part.module.functions.iter().any(|(_, kind)| match kind {
        motet_middle::FunctionKind::Defined(function) => function.body.contains(&motet_middle::Operation::MemoryGrow),
        motet_middle::FunctionKind::Imported(_) => false,
    })
}
