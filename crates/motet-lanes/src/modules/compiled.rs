//! Functions compiled for the device: many instances of one function, each with a memory of its own.
//!
//! The second tier. A function runs here in dispatches of bounded length; between two of them all that an instance knows lies
//! in memory. Where instances take more memory than a buffer may have, they run in batches.

use super::link::Place;
use crate::error::LaneError;
use crate::gpu::Gpu;
use crate::vulkan::buffer::{SharedWords, Usage};
use crate::vulkan::dispatch::Dispatch;
use crate::vulkan::pipeline::Pipeline;
use motet_middle::{Constant, Memory, Module, Placement, Trap, Type};
use motet_spirv::{
    CONTROL_BUDGET, CONTROL_INSTANCES, CONTROL_RUNNING, CONTROL_STRIDE, CONTROL_WORDS, GROUP_LANES, Kernel,
    STATE_STATUS, STATUS_DONE, STATUS_TRAPPED, StateVariable,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Buffers that a compiled function binds.
const BUFFERS: u32 = 3;
/// How long a dispatch may take before the device counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// Turns of loops of one dispatch where the driver has no limit: few enough for every watchdog.
const MOST_TURNS: u32 = 1 << 16;
/// Functions that a driver is expected to compile for longer are refused.
const LONGEST_COMPILATION: u64 = 4_000;

/// Why a function is not compiled.
#[derive(Clone, Debug, PartialEq)]
pub enum NotCompiled {
    /// It has something that cannot be.
    Refused(motet_spirv::Refusal),
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
            NotCompiled::TooExpensive { milliseconds } => {
                write!(out, "compiling would take the driver about {milliseconds} ms, more than {LONGEST_COMPILATION}")
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

/// A function of a module, compiled for a device.
pub struct CompiledFunction {
    gpu: Gpu,
    module: Arc<Module>,
    kernel: Kernel,
    pipeline: Arc<Pipeline>,
}

/// What an instance gave.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledOutcome {
    /// Its results as bits, or why and where it trapped.
    pub result: Result<Vec<u64>, (Trap, Place)>,
    /// Its memory, if that was asked for.
    pub memory: Vec<u8>,
}

impl std::fmt::Debug for CompiledFunction {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CompiledFunction").field("operations", &self.kernel.operations).finish_non_exhaustive()
    }
}

impl CompiledFunction {
    /// Compiles a function. The driver compiles it, too, when it runs for the first time.
    pub fn new(gpu: &Gpu, module: &Arc<Module>, function: u32) -> Result<CompiledFunction, NotCompiled> {
        gpu.check_modules()?;
        let kernel = motet_spirv::compile(module, function).map_err(NotCompiled::Refused)?;
        let milliseconds = kernel.estimated_milliseconds();
        if milliseconds > LONGEST_COMPILATION {
            return Err(NotCompiled::TooExpensive { milliseconds });
        }
        if let Some(why) = sets_up(module) {
            let refusal = motet_spirv::Refusal { function: module.name_of(function), why: why.to_owned() };
            return Err(NotCompiled::Refused(refusal));
        }
        let pipeline = Arc::new(Pipeline::new(gpu.device(), &kernel.words, "main", BUFFERS)?);
        Ok(CompiledFunction { gpu: gpu.clone(), module: Arc::clone(module), kernel, pipeline })
    }

    /// What was compiled.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    fn memory_bytes(&self) -> u32 {
        self.module.memories.first().map_or(0, |memory| memory.minimum.saturating_mul(Memory::PAGE))
    }

    /// Runs an instance for each list of arguments, as bits; in batches where their memories do not fit into one buffer.
    pub fn run(&self, arguments: &[Vec<u64>], keeps_memory: bool) -> Result<Vec<CompiledOutcome>, LaneError> {
        let largest = self.gpu.info().largest_buffer.min(u64::from(u32::MAX));
        let words = u64::from(self.memory_bytes() / 4).max(u64::from(self.kernel.state_words)).max(1);
        let most = usize::try_from(largest / 4 / words).unwrap_or(usize::MAX);
        if most == 0 {
            let bytes = u64::from(self.memory_bytes());
            return Err(LaneError::LimitExceeded { what: "the module's memory", bytes, limit: largest });
        }
        let mut outcomes = Vec::with_capacity(arguments.len());
        for batch in arguments.chunks(most) {
            outcomes.extend(self.run_batch(batch, keeps_memory)?);
        }
        Ok(outcomes)
    }

    fn run_batch(&self, arguments: &[Vec<u64>], keeps_memory: bool) -> Result<Vec<CompiledOutcome>, LaneError> {
        let count = arguments.len();
        let stride = self.memory_bytes() as usize / 4;
        let words =
            |what, words: usize, usage| SharedWords::new(self.gpu.device(), what, words.max(4), usage).map(Arc::new);
        let control = words("the control block", CONTROL_WORDS, Usage::Host)?;
        let state = words("the instances' variables", self.kernel.state_words as usize * count, Usage::Host)?;
        let memory = words("the memories", stride * count, Usage::Device)?;
        let image = self.memory_image();
        for instance in 0..count {
            for (word, value) in memory[instance * stride..].iter().zip(&image) {
                word.store(*value, Ordering::Relaxed);
            }
            let place = Cells { state: &state, instance, count };
            for &(global, variable) in &self.kernel.globals {
                if let Some(Constant::Value(_, bits)) = self.module.globals[global as usize].initial {
                    place.set(variable, bits);
                }
            }
            for (&variable, &bits) in self.kernel.parameters.iter().zip(&arguments[instance]) {
                place.set(variable, bits);
            }
        }
        self.dispatch(&control, &state, &memory, count, stride)?;
        let outcome = |instance| {
            let place = Cells { state: &state, instance, count };
            let status = place.word(STATE_STATUS);
            let result = match status {
                STATUS_DONE => Ok(self.kernel.results.iter().map(|&result| place.get(result)).collect()),
                _ => {
                    let (trap, function, offset) = self.kernel.sites[(status - STATUS_TRAPPED) as usize];
                    Err((trap, Place { function: self.module.name_of(function), offset }))
                }
            };
            let words = if keeps_memory { &memory[instance * stride..(instance + 1) * stride] } else { &[] };
            let memory = words.iter().flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes()).collect();
            CompiledOutcome { result, memory }
        };
        Ok((0..count).map(outcome).collect())
    }

    /// Submits until no instance runs.
    fn dispatch(
        &self,
        control: &Arc<SharedWords>,
        state: &Arc<SharedWords>,
        memory: &Arc<SharedWords>,
        count: usize,
        stride: usize,
    ) -> Result<(), LaneError> {
        let buffers = vec![Arc::clone(control), Arc::clone(state), Arc::clone(memory)];
        let groups = (count as u32).div_ceil(GROUP_LANES);
        let mut dispatch = Dispatch::record(&self.pipeline, buffers, groups)?;
        control[CONTROL_INSTANCES].store(count as u32, Ordering::Relaxed);
        control[CONTROL_STRIDE].store(stride as u32, Ordering::Relaxed);
        control[CONTROL_BUDGET].store(self.budget(), Ordering::Relaxed);
        loop {
            control[CONTROL_RUNNING].store(0, Ordering::Release);
            dispatch.submit()?;
            if !dispatch.wait(PATIENCE)? {
                // The device may still write to what it was given.
                std::mem::forget(dispatch);
                return Err(LaneError::DeviceLost { during: "a compiled function" });
            }
            if control[CONTROL_RUNNING].load(Ordering::Acquire) == 0 {
                return Ok(());
            }
        }
    }

    /// Turns of loops that a lane may take in a dispatch. A driver that limits them counts those of all lanes of a group that
    /// share instructions.
    fn budget(&self) -> u32 {
        match self.gpu.loop_limit() {
            u32::MAX => MOST_TURNS,
            limit => (limit / self.gpu.subgroup_lanes().max(1)).max(1),
        }
    }

    /// What every instance's memory holds at the start.
    fn memory_image(&self) -> Vec<u32> {
        let mut bytes: Vec<u8> = Vec::new();
        for data in &self.module.data {
            let Placement::Active(_, Constant::Value(Type::I32, at)) = data.placement else { continue };
            let end = at as usize + data.bytes.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[at as usize..end].copy_from_slice(&data.bytes);
        }
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
    }
}

/// What a module does when it is set up that only the interpreter can.
fn sets_up(module: &Module) -> Option<&'static str> {
    let memory = module.memories.first().map_or(0, |memory| u64::from(memory.minimum) * u64::from(Memory::PAGE));
    let fits = |data: &motet_middle::Data| match data.placement {
        Placement::Active(_, Constant::Value(_, at)) => at + data.bytes.len() as u64 <= memory,
        Placement::Active(..) => false,
        Placement::Passive | Placement::Declared => true,
    };
    match (&module.start, module.data.iter().all(fits)) {
        (Some(_), _) => Some("its module runs a function first"),
        (_, false) => Some("its module has data outside of its memory, or at a place that is known later"),
        _ => None,
    }
}

/// The variables of one instance.
struct Cells<'s> {
    state: &'s [AtomicU32],
    instance: usize,
    count: usize,
}

impl Cells<'_> {
    fn word(&self, word: u32) -> u32 {
        self.state[word as usize * self.count + self.instance].load(Ordering::Acquire)
    }

    fn set_word(&self, word: u32, value: u32) {
        self.state[word as usize * self.count + self.instance].store(value, Ordering::Release);
    }

    fn get(&self, variable: StateVariable) -> u64 {
        let low = u64::from(self.word(variable.word));
        match variable.of {
            Type::I64 | Type::F64 => u64::from(self.word(variable.word + 1)) << 32 | low,
            _ => low,
        }
    }

    fn set(&self, variable: StateVariable, bits: u64) {
        self.set_word(variable.word, bits as u32);
        if matches!(variable.of, Type::I64 | Type::F64) {
            self.set_word(variable.word + 1, (bits >> 32) as u32);
        }
    }
}
