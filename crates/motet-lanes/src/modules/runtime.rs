//! The public face: a runtime whose processes run programs linked from modules.

use super::layout::LISTS_START;
use super::link::{Call, Image, Place};
use super::placing::Start;
use crate::error::LaneError;
use crate::gpu::Gpu;
use crate::host::state::Statistics;
use crate::layout::KernelKind;
use crate::process::{EndCause, Process, ProcessEnd, Program};
use crate::runtime::PersistentRuntime;
use crate::settings::Settings;
use motet_middle::Trap;
use std::sync::Arc;
use std::time::Duration;

/// The settings of a [`ModuleRuntime`].
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleSettings {
    /// Slots, lanes, rings, epochs. The size of heaps means nothing here.
    pub common: Settings,
    /// Bytes for the memories of all processes together.
    pub memory_bytes: u32,
    /// Bytes for all else of all processes: stacks, globals, tables.
    pub state_bytes: u32,
}

impl Default for ModuleSettings {
    fn default() -> ModuleSettings {
        ModuleSettings { common: Settings::default(), memory_bytes: 64 << 20, state_bytes: 32 << 20 }
    }
}

/// How a process is to start.
#[derive(Clone, Debug)]
pub struct ModuleOptions {
    /// Higher runs first where processes outnumber lanes.
    pub priority: u32,
    /// Arguments of calls that were asked for without, as bits.
    pub arguments: Vec<(Call, Vec<u64>)>,
    /// Instructions that it may carry out before it traps.
    pub fuel: u64,
    /// Bytes that each of its memories may grow to.
    pub memory_limit: u64,
    /// Whether its first memory can be read when it has ended.
    pub keeps_memory: bool,
}

impl Default for ModuleOptions {
    fn default() -> ModuleOptions {
        ModuleOptions { priority: 0, arguments: Vec::new(), fuel: u64::MAX, memory_limit: 1 << 32, keeps_memory: false }
    }
}

/// A loaded program.
#[derive(Clone, Debug)]
pub struct ModuleProgram {
    program: Program,
    image: Arc<Image>,
}

/// Runs programs linked from modules, each process with memories and globals of its own.
#[derive(Debug)]
pub struct ModuleRuntime {
    runtime: PersistentRuntime,
    settings: ModuleSettings,
}

impl ModuleRuntime {
    /// Sets a runtime up. It stands until `start`.
    pub fn new(gpu: &Gpu, settings: ModuleSettings) -> Result<ModuleRuntime, LaneError> {
        let kernel = KernelKind::Modules { cells: settings.state_bytes / 8, memory_bytes: settings.memory_bytes };
        let runtime = PersistentRuntime::of_kind(gpu, settings.common.clone(), kernel)?;
        Ok(ModuleRuntime { runtime, settings })
    }

    /// What is the same for all programs: starting and stopping, services, statistics.
    pub fn common(&self) -> &PersistentRuntime {
        &self.runtime
    }

    /// Copies a program into the code pool.
    pub fn load(&self, image: Arc<Image>) -> Result<ModuleProgram, LaneError> {
        let bytes: Vec<u8> = image.words.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
        Ok(ModuleProgram { program: self.runtime.load_bytecode(&bytes)?, image })
    }

    /// Gives a program's room back. Refused while processes run it.
    pub fn unload(&self, program: &ModuleProgram) -> Result<(), LaneError> {
        self.runtime.unload_bytecode(program.program)
    }

    /// Starts a process, or lets it wait for a slot and for room.
    pub fn spawn(&self, program: &ModuleProgram, options: &ModuleOptions) -> Result<ModuleProcess, LaneError> {
        let cells = options
            .arguments
            .iter()
            .flat_map(|(call, values)| call.arguments.iter().copied().zip(values.iter().copied()))
            .collect();
        let start = Start {
            image: Arc::clone(&program.image),
            cells,
            fuel: options.fuel,
            memory_limit: options.memory_limit,
            keeps_memory: options.keeps_memory,
        };
        let limit = |what, bytes: u64, limit: u32| match bytes > u64::from(limit) {
            true => Err(LaneError::LimitExceeded { what, bytes, limit: u64::from(limit) }),
            false => Ok(()),
        };
        limit("the module's state", start.cell_count() as u64 * 8, self.settings.state_bytes)?;
        limit("the module's memory", program.image.memory_bytes(), self.settings.memory_bytes)?;
        if program.image.memory_bytes() > options.memory_limit {
            let bytes = program.image.memory_bytes();
            return Err(LaneError::LimitExceeded { what: "the module's memory", bytes, limit: options.memory_limit });
        }
        let process = self.runtime.spawn_module(program.program, options.priority, start)?;
        Ok(ModuleProcess { process, image: Arc::clone(&program.image) })
    }

    /// Lets the lanes run.
    pub fn start(&self) -> Result<(), LaneError> {
        self.runtime.start()
    }

    /// Counters since the runtime was made.
    pub fn statistics(&self) -> Statistics {
        self.runtime.statistics()
    }
}

/// A handle to a process of a module.
#[derive(Clone, Debug)]
pub struct ModuleProcess {
    process: Process,
    image: Arc<Image>,
}

impl ModuleProcess {
    /// The handle that is the same for all programs.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Waits until it has ended.
    pub fn wait(&self, timeout: Duration) -> Result<&ProcessEnd, LaneError> {
        self.process.wait(timeout)
    }

    /// Why it ended and where, if it trapped.
    pub fn trap(&self) -> Option<(Trap, Option<Place>)> {
        let outcome = self.process.outcome()?;
        match outcome.cause {
            EndCause::Trapped(trap) => Some((trap, self.image.place(outcome.pc))),
            _ => None,
        }
    }

    /// What a call of its driver gave, as bits, once it has ended; an error if a guarded call trapped.
    pub fn results(&self, call: &Call) -> Option<Result<Vec<u64>, Trap>> {
        let outcome = self.process.outcome()?;
        let cell = |cell: u32| outcome.cells.get((cell - LISTS_START) as usize).copied();
        if let Some(number) = call.outcome.and_then(cell)
            && let Some(trap) = Trap::from_number(number as u32)
        {
            return Some(Err(trap));
        }
        call.results.iter().map(|&result| cell(result)).collect::<Option<Vec<u64>>>().map(Ok)
    }

    /// Bytes of its first memory: as it is now, or as it was left if it keeps that.
    pub fn read_memory(&self, address: u64, length: usize) -> Result<Vec<u8>, LaneError> {
        let outside =
            || LaneError::OutOfRange { what: format!("the range of {length} bytes at {address} of the memory") };
        let range = |bytes: usize| {
            let start = usize::try_from(address).ok()?;
            start.checked_add(length).filter(|&end| end <= bytes).map(|end| start..end)
        };
        let shared = &self.process.shared;
        let _host = shared.host();
        if let Some(outcome) = self.process.outcome() {
            let range = range(outcome.module_memory.len()).ok_or_else(outside)?;
            return Ok(outcome.module_memory[range].to_vec());
        }
        let (at, bytes) = shared.memory_range(&self.process.record).ok_or(LaneError::NotPlaced)?;
        let range = range(bytes).ok_or_else(outside)?;
        Ok(shared.memory.pool_bytes(at + range.start, length))
    }
}
