//! Programs compiled for the device: many instances of one program, each with a state and memories of its own.
//!
//! The second tier. It takes the same programs as the first one, makes the same calls and gives the same results; what an
//! instance asks the host for is served in the same way. A program runs here in dispatches of bounded length; between two of
//! them all that an instance knows lies in memory. Where instances take more memory than a buffer may have, they run in
//! batches.

mod batch;
mod chain;
mod foreign;

use super::host::HostFunction;
use super::link::{Call, Image, LinkError, Linker, Place, Step};
use super::service::{ModuleService, Reply};
use crate::error::LaneError;
use crate::executor::COMPILING;
use crate::gpu::Gpu;
use crate::vulkan::buffer::{SharedWords, Usage};
use crate::vulkan::dispatch::Dispatch;
use crate::vulkan::pipeline::Pipeline;
use motet_middle::{Module, Trap};
use motet_spirv::{CONTROL_INSTANCES, CONTROL_WORDS, Compiled, MemoryLayout, Part, Program};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

/// Buffers that a compiled program binds.
const BUFFERS: u32 = 4;
/// Programs of which a driver is expected to compile a part for longer are refused.
const LONGEST_COMPILATION: u64 = 4_000;
/// Or all of it.
const LONGEST_TOGETHER: u64 = 30_000;

/// Why a program is not compiled.
#[derive(Clone, Debug, PartialEq)]
pub enum NotCompiled {
    /// It has something that cannot be.
    Refused(motet_spirv::Refusal),
    /// Its module cannot be linked.
    Unlinkable(LinkError),
    /// A driver would take too long.
    TooExpensive {
        /// How long, in milliseconds.
        milliseconds: u64,
    },
    /// The device is not able to.
    Device(LaneError),
}

impl std::fmt::Display for NotCompiled {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NotCompiled::Refused(refusal) => refusal.fmt(out),
            NotCompiled::Unlinkable(error) => error.fmt(out),
            NotCompiled::TooExpensive { milliseconds } => {
                let most = if *milliseconds > LONGEST_TOGETHER { LONGEST_TOGETHER } else { LONGEST_COMPILATION };
                write!(out, "compiling would take the driver about {milliseconds} ms, more than {most}")
            }
            NotCompiled::Device(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for NotCompiled {}

impl From<LaneError> for NotCompiled {
    fn from(error: LaneError) -> NotCompiled {
        NotCompiled::Device(error)
    }
}

/// Why an instance ended before its program did.
#[derive(Clone, Debug, PartialEq)]
pub enum CompiledEnd {
    /// A call trapped that has no guard.
    Trapped(Trap, Option<Place>),
    /// The host ended it.
    Ended,
    /// It waits for something that does not come.
    Waits,
    /// It was killed.
    Killed,
}

/// Who runs instances: serves what they ask for, and hears of their ends.
pub trait CompiledHost {
    /// Answers what an instance asks for; it is told the instance's number.
    fn answer(&mut self, service: &ModuleService<'_>) -> Reply;

    /// Called between two dispatches: what is wanted of the instances. `waits` says that none of them can go on by itself; then
    /// this may wait until there is something, and none says that there never will be.
    fn between(&mut self, waits: bool) -> Option<Vec<Visit>>;

    /// An instance has ended.
    fn ended(&mut self, number: usize, instance: CompiledInstance);
}

/// What a host wants of an instance between two dispatches.
pub enum Visit {
    /// To end it.
    Kill(usize),
    /// To have the request told again that was answered by "later".
    Wake,
    /// Bytes of its first memory; none if there are not so many, or if it runs at another time.
    Read {
        /// The instance.
        number: usize,
        /// From where.
        address: u64,
        /// How many.
        length: usize,
        /// Gets the bytes.
        reply: Box<dyn FnOnce(Option<Vec<u8>>) + Send>,
    },
}

/// A host that wants nothing between dispatches, and keeps what instances leave.
struct Simple<'a> {
    answer: &'a mut dyn FnMut(&ModuleService<'_>) -> Reply,
    left: Vec<CompiledInstance>,
}

impl CompiledHost for Simple<'_> {
    fn answer(&mut self, service: &ModuleService<'_>) -> Reply {
        (self.answer)(service)
    }

    fn between(&mut self, waits: bool) -> Option<Vec<Visit>> {
        (!waits).then(Vec::new)
    }

    fn ended(&mut self, number: usize, instance: CompiledInstance) {
        self.left[number] = instance;
    }
}

/// What a step gave, as bits, or why and where it trapped.
type StepOutcome = Result<Vec<u64>, (Trap, Option<Place>)>;

/// What an instance left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompiledInstance {
    /// What each step of the program gave, as far as it came.
    steps: Vec<StepOutcome>,
    /// Why it ended, if its program did not end.
    pub ended: Option<CompiledEnd>,
    /// Its first memory, if that was asked for.
    pub memory: Vec<u8>,
    /// Turns of loops and calls that it took.
    pub turns: u64,
}

impl CompiledInstance {
    /// What a call of the program gave, as bits; none if it was not made.
    pub fn results(&self, call: &Call) -> Option<Result<Vec<u64>, Trap>> {
        self.steps.get(call.step).map(|result| result.clone().map_err(|(trap, _)| trap))
    }
}

/// A program, compiled for a device.
pub struct CompiledProgram {
    gpu: Gpu,
    image: Arc<Image>,
    layout: MemoryLayout,
    compiled: Compiled,
    pipelines: Vec<OnceLock<Arc<Pipeline>>>,
}

/// What an instance is to do.
#[derive(Clone, Debug)]
pub struct CompiledStart {
    /// Arguments of calls that were asked for without, as bits.
    pub arguments: Vec<(Call, Vec<u64>)>,
    /// Turns of loops and calls that it may take before it traps. A turn of a loop with others inside costs one for each of
    /// them too.
    pub fuel: u64,
    /// Bytes that each of its memories may grow to.
    pub memory_limit: u64,
}

impl Default for CompiledStart {
    fn default() -> CompiledStart {
        CompiledStart { arguments: Vec::new(), fuel: u64::MAX, memory_limit: 1 << 32 }
    }
}

impl std::fmt::Debug for CompiledProgram {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CompiledProgram").field("kernels", &self.compiled.kernels.len()).finish_non_exhaustive()
    }
}

impl CompiledProgram {
    /// Compiles a program. The driver compiles each part of it, too, when it runs for the first time.
    pub fn new(gpu: &Gpu, image: &Arc<Image>) -> Result<CompiledProgram, NotCompiled> {
        CompiledProgram::with_layout(gpu, image, gpu.memory_layout()?)
    }

    /// The same with memories that lie otherwise than what was measured to be best for the device.
    pub fn with_layout(gpu: &Gpu, image: &Arc<Image>, layout: MemoryLayout) -> Result<CompiledProgram, NotCompiled> {
        gpu.check_modules()?;
        let compiled = motet_spirv::compile(&program(image), layout).map_err(NotCompiled::Refused)?;
        let costs = || compiled.kernels.iter().map(|kernel| kernel.estimated_milliseconds());
        let longest = costs().max().unwrap_or(0);
        if longest > LONGEST_COMPILATION {
            return Err(NotCompiled::TooExpensive { milliseconds: longest });
        }
        let sum = costs().sum();
        if sum > LONGEST_TOGETHER {
            return Err(NotCompiled::TooExpensive { milliseconds: sum });
        }
        let pipelines = compiled.kernels.iter().map(|_| OnceLock::new()).collect();
        Ok(CompiledProgram { gpu: gpu.clone(), image: Arc::clone(image), layout, compiled, pipelines })
    }

    /// What was compiled.
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// Runs an instance for each start. `answer` serves what they ask the host for; it is told the instance's number.
    pub fn run(
        &self,
        starts: &[CompiledStart],
        keeps_memory: bool,
        answer: &mut dyn FnMut(&ModuleService<'_>) -> Reply,
    ) -> Result<Vec<CompiledInstance>, LaneError> {
        let mut host = Simple { answer, left: vec![CompiledInstance::default(); starts.len()] };
        self.run_for(starts, keeps_memory, &mut host)?;
        Ok(host.left)
    }

    /// The same for a host that wants more than to answer.
    pub fn run_for(
        &self,
        starts: &[CompiledStart],
        keeps_memory: bool,
        host: &mut dyn CompiledHost,
    ) -> Result<(), LaneError> {
        let left = vec![CompiledInstance::default(); starts.len()];
        let foreign = foreign::Foreign::default();
        batch::Run { program: self, starts, keeps_memory, host, left, foreign, kills: BTreeSet::new() }.all()
    }

    /// Has the driver compile all of it now, rather than when a part runs for the first time.
    pub fn prepare(&self) -> Result<(), LaneError> {
        (0..self.pipelines.len()).try_for_each(|kernel| self.pipeline(kernel).map(|_| ()))
    }

    /// A kernel that the driver has compiled.
    fn pipeline(&self, kernel: usize) -> Result<Arc<Pipeline>, LaneError> {
        if let Some(known) = self.pipelines[kernel].get() {
            return Ok(Arc::clone(known));
        }
        let words = &self.compiled.kernels[kernel].words;
        let made = Arc::new(Pipeline::new(self.gpu.device(), words, "main", BUFFERS)?);
        self.finish_compiling(&made)?;
        Ok(Arc::clone(self.pipelines[kernel].get_or_init(|| made)))
    }

    /// Drivers finish compiling when a pipeline is first used. A dispatch of no instances takes that time, and has patience of
    /// its own: what is right for a bounded dispatch would take a driver that compiles for a lost device.
    fn finish_compiling(&self, pipeline: &Arc<Pipeline>) -> Result<(), LaneError> {
        let buffer = |what, words| SharedWords::new(self.gpu.device(), what, words, Usage::Host).map(Arc::new);
        let control = buffer("the control block", CONTROL_WORDS)?;
        control[CONTROL_INSTANCES].store(0, Ordering::Relaxed);
        let buffers = vec![control, buffer("no state", 4)?, buffer("no memory", 4)?, buffer("no stacks", 4)?];
        let mut dispatch = Dispatch::record(pipeline, buffers, 1)?;
        dispatch.submit()?;
        if !dispatch.wait(COMPILING)? {
            // The device may still write to what it was given.
            std::mem::forget(dispatch);
            return Err(LaneError::DeviceLost { during: "the compilation of a function" });
        }
        Ok(())
    }
}

/// The program as `motet-spirv` takes it.
fn program(image: &Image) -> Program<'_> {
    let parts = &image.parts;
    let mut entries: Vec<u32> = Vec::new();
    for step in &parts.steps {
        match *step {
            Step::SetUp { part, .. } => {
                let linked = &parts.linked[part];
                entries.extend(linked.module.start.map(|start| linked.functions[start as usize]));
            }
            Step::Call { function, .. } => entries.push(function),
            Step::ReadGlobal(_) => {}
        }
    }
    entries.sort_unstable();
    entries.dedup();
    Program {
        parts: parts
            .linked
            .iter()
            .map(|linked| Part {
                module: &linked.module,
                functions: &linked.functions,
                signatures: &linked.signatures,
                tables: &linked.tables,
                memories: &linked.memories,
                globals: &linked.globals,
            })
            .collect(),
        functions: parts.functions.clone(),
        signatures: parts.signatures.clone(),
        tables: parts.tables.iter().map(|table| table.capacity).collect(),
        memories: image.memories.iter().map(|memory| memory.minimum).collect(),
        globals: parts.globals.clone(),
        entries,
    }
}

/// A function of a module, compiled for a device, with all that it calls.
#[derive(Debug)]
pub struct CompiledFunction {
    program: CompiledProgram,
    call: Call,
}

/// What an instance gave.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledOutcome {
    /// Its results as bits, or why and where it trapped; no results if it ended in another way.
    pub result: Result<Vec<u64>, (Trap, Place)>,
    /// Why it ended, if the function neither returned nor trapped.
    pub ended: Option<CompiledEnd>,
    /// Its memory, if that was asked for.
    pub memory: Vec<u8>,
}

impl CompiledFunction {
    /// Compiles a function of a module whose imports are the host's. The driver compiles it, too, when it runs for the first
    /// time.
    pub fn new(gpu: &Gpu, module: &Arc<Module>, function: u32) -> Result<CompiledFunction, NotCompiled> {
        let mut linker = Linker::new(1);
        let linked = linker.instantiate(module, HostFunction::resolve, false);
        let (instance, _) = linked.map_err(NotCompiled::Unlinkable)?;
        let call = linker.call_later(linker.function(instance, function));
        let program = CompiledProgram::new(gpu, &Arc::new(linker.finish()))?;
        Ok(CompiledFunction { program, call })
    }

    /// What was compiled.
    pub fn program(&self) -> &CompiledProgram {
        &self.program
    }

    /// Runs an instance for each list of arguments, as bits. `answer` serves what they ask the host for.
    pub fn run(
        &self,
        arguments: &[Vec<u64>],
        keeps_memory: bool,
        answer: &mut dyn FnMut(&ModuleService<'_>) -> Reply,
    ) -> Result<Vec<CompiledOutcome>, LaneError> {
        let start = |arguments: &Vec<u64>| CompiledStart {
            arguments: vec![(self.call.clone(), arguments.clone())],
            ..CompiledStart::default()
        };
        let starts: Vec<CompiledStart> = arguments.iter().map(start).collect();
        let outcome = |instance: CompiledInstance| {
            let nowhere = || Place { function: "the start".to_owned(), offset: 0 };
            let last = instance.steps.into_iter().last().unwrap_or(Ok(Vec::new()));
            let (result, ended) = match instance.ended {
                Some(CompiledEnd::Trapped(trap, place)) => (Err((trap, place)), None),
                None => (last, None),
                other => (Ok(Vec::new()), other),
            };
            let result = result.map_err(|(trap, place)| (trap, place.unwrap_or_else(nowhere)));
            CompiledOutcome { result, ended, memory: instance.memory }
        };
        Ok(self.program.run(&starts, keeps_memory, answer)?.into_iter().map(outcome).collect())
    }
}
