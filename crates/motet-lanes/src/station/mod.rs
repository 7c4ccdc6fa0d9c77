//! A station: programs of all kinds side by side on one device, served by threads of its own.
//!
//! ```no_run
//! use motet_lanes::Gpu;
//! use motet_lanes::station::{JobOptions, Station, StationError, StationSettings};
//!
//! # fn main() -> Result<(), StationError> {
//! let station = Station::new(Gpu::open(None)?, StationSettings::default());
//! let program = station.load_lanes(&[1, 0, 0, 0, 42, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0])?;
//! let job = station.run(&program, JobOptions { count: 1_000, ..JobOptions::default() })?;
//! for process in job.processes() {
//!     println!("{:?}", process.wait());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A *program* is a lane program, or a call of a module. A *job* is so many processes of one program, each with arguments of
//! its own. Lane programs run on one kernel, modules on the other one (see [`crate::modules`]), and both take turns on the
//! device.
//!
//! **Two tiers.** A process of a module starts interpreted. A program of which many processes are asked for is compiled meanwhile,
//! on a thread of its own and on an opened device of its own, so that neither a caller nor a process waits for the driver.
//! When that is done, the processes that have not begun and all that come later run compiled. A process never changes its tier once
//! it has begun. What cannot be compiled, or gains nothing, stays interpreted; [`Station::report`] says why.
//!
//! | module | its one job |
//! |---|---|
//! | `program` | what can be run, and how far its compilation is |
//! | `job` | processes of one program, what they share, and what they left |
//! | `process` | a handle, whatever tier its process runs in |
//! | `interpreted` | the threads that feed and serve the two kernels |
//! | `compiled` | the threads that compile, and that run compiled instances |

mod compiled;
mod interpreted;
mod job;
mod process;
mod program;

pub use job::{Job, JobOptions};
pub use process::{End, Outcome, Stage, StationProcess};
pub use program::{Compilation, StationProgram};

use crate::error::LaneError;
use crate::events::InputEvent;
use crate::gpu::Gpu;
use crate::modules::{LinkError, ModuleRuntime, ModuleSettings, NotCompiled};
use crate::process::Process;
use crate::runtime::PersistentRuntime;
use crate::settings::Settings;
use motet_middle::Module;
use motet_spirv::MemoryLayout;
use process::Entry;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::JoinHandle;

/// The settings of a [`Station`].
#[derive(Clone, Debug, PartialEq)]
pub struct StationSettings {
    /// Bytes for the memories of all interpreted modules together; the device's largest buffer at most.
    pub memory_bytes: u32,
    /// A program of which so many processes are asked for at once is compiled.
    pub many: u32,
    /// How memories of compiled instances lie; none: as was measured to be best for the device.
    pub memory_layout: Option<MemoryLayout>,
}

impl Default for StationSettings {
    fn default() -> StationSettings {
        StationSettings { memory_bytes: 256 << 20, many: 128, memory_layout: None }
    }
}

/// Which tier a job's processes run in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// Interpreted at first, compiled when that is ready and worth it.
    #[default]
    Automatic,
    /// Interpreted.
    Interpreted,
    /// Compiled; what cannot be compiled is refused.
    Compiled,
}

/// Why a program or a job is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum StationError {
    /// The lanes themselves failed.
    Lanes(LaneError),
    /// The module cannot be linked.
    Link(LinkError),
    /// The module exports no such function.
    NoFunction {
        /// What was asked for; none for the one that a command begins with.
        wanted: Option<String>,
        /// What there is.
        exports: Vec<String>,
    },
    /// The arguments are not what the program takes.
    Arguments {
        /// What is wrong.
        what: String,
    },
    /// The program was to be compiled, and cannot be.
    NotCompiled {
        /// Why.
        why: String,
    },
}

impl fmt::Display for StationError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StationError::Lanes(error) => error.fmt(out),
            StationError::Link(error) => error.fmt(out),
            StationError::NoFunction { wanted, exports } => {
                let exports: Vec<String> = exports.iter().map(|name| format!("`{name}`")).collect();
                let exports = if exports.is_empty() { "none".to_owned() } else { exports.join(", ") };
                match wanted {
                    Some(name) => write!(out, "the module exports no function `{name}`; it exports {exports}"),
                    None => write!(out, "the module has no `_start`; name one of its functions: {exports}"),
                }
            }
            StationError::Arguments { what } => out.write_str(what),
            StationError::NotCompiled { why } => out.write_str(why),
        }
    }
}

impl std::error::Error for StationError {}

impl From<LaneError> for StationError {
    fn from(error: LaneError) -> StationError {
        StationError::Lanes(error)
    }
}

/// Runs programs of all kinds side by side. Any thread may call its methods.
pub struct Station {
    core: Arc<Core>,
}

/// What a station shares with its threads and its handles.
pub(crate) struct Core {
    gpu: Gpu,
    /// Another opening of the same device: drivers compile in the queue of one, and what runs on the other goes on.
    compiling: OnceLock<Gpu>,
    settings: StationSettings,
    state: Mutex<State>,
    /// Rung when a process has ended, something was written or drawn, or all wait.
    changed: Condvar,
    next_sequence: AtomicU64,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The two kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    Modules,
    Lanes,
}

/// Processes that wait for a kernel, by priority and then by age; the first is the next.
type Queue = BTreeMap<(Reverse<u32>, u64), Arc<Entry>>;

/// What a station keeps of one kernel.
#[derive(Default)]
struct Side {
    waiting: Queue,
    /// Processes that a kernel has, by generation.
    placed: HashMap<u32, Arc<Entry>>,
    /// Processes that have left `waiting` and are not among `placed` yet.
    on_the_way: usize,
    ended: u64,
}

#[derive(Default)]
struct State {
    closed: bool,
    failure: Option<LaneError>,
    modules: Option<Arc<ModuleRuntime>>,
    lanes: Option<Arc<PersistentRuntime>>,
    sides: [Side; 2],
    runs: Vec<Arc<compiled::Run>>,
    /// Compilations that are under way.
    compilations: usize,
    compiled_ended: u64,
    compiled_turns: u64,
    focus: Option<Weak<Entry>>,
    programs: Vec<Weak<StationProgram>>,
    /// How often something has changed.
    changes: u64,
}

/// How a station stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Processes that wait for a kernel.
    pub waiting: usize,
    /// Those that a kernel interprets, those that have ended there, and instructions of both.
    pub interpreted: usize,
    /// See `interpreted`.
    pub interpreted_ended: u64,
    /// See `interpreted`.
    pub instructions: u64,
    /// Those that run compiled, those that have ended so, and the turns of loops and calls of the latter.
    pub compiled: usize,
    /// See `compiled`.
    pub compiled_ended: u64,
    /// See `compiled`.
    pub turns: u64,
    /// Programs of modules that are in use, and how far their compilation is.
    pub programs: Vec<(String, Compilation)>,
}

impl Station {
    /// A station on a device. Its kernels are compiled when the first program needs them.
    pub fn new(gpu: Gpu, settings: StationSettings) -> Station {
        let core = Core {
            gpu,
            compiling: OnceLock::new(),
            settings,
            state: Mutex::default(),
            changed: Condvar::new(),
            next_sequence: AtomicU64::new(1),
            threads: Mutex::default(),
        };
        Station { core: Arc::new(core) }
    }

    /// The device.
    pub fn gpu(&self) -> &Gpu {
        &self.core.gpu
    }

    /// Loads a lane program: its instructions as bytes.
    pub fn load_lanes(&self, bytecode: &[u8]) -> Result<Arc<StationProgram>, StationError> {
        let runtime = self.core.lanes()?;
        Ok(Arc::new(StationProgram::of_lanes(runtime.load_bytecode(bytecode)?, &runtime)))
    }

    /// Loads a call of a module: of one of its functions, or of `_start` as a command.
    pub fn load_module(&self, module: &Arc<Module>, call: Option<&str>) -> Result<Arc<StationProgram>, StationError> {
        let runtime = self.core.modules()?;
        let program = Arc::new(StationProgram::of_module(module, call, &runtime)?);
        let mut state = self.core.state();
        state.programs.retain(|program| program.strong_count() > 0);
        state.programs.push(Arc::downgrade(&program));
        Ok(program)
    }

    /// Starts processes of a program.
    pub fn run(&self, program: &Arc<StationProgram>, options: JobOptions) -> Result<Job, StationError> {
        let job = Job::new(&self.core, program, options)?;
        self.core.submit(&job)?;
        Ok(job)
    }

    /// Sends an event to the process that has the focus.
    pub fn send_input(&self, event: InputEvent) -> Result<(), LaneError> {
        let focus = self.core.state().focus.as_ref().and_then(Weak::upgrade);
        let entry = focus.ok_or(LaneError::NoFocus)?;
        self.core.send(&entry, event)
    }

    /// How the station stands.
    pub fn report(&self) -> Report {
        let (modules, lanes) = {
            let state = self.core.state();
            (state.modules.clone(), state.lanes.clone())
        };
        let instructions = modules.map_or(0, |runtime| runtime.statistics().instructions)
            + lanes.map_or(0, |runtime| runtime.statistics().instructions);
        let state = self.core.state();
        let programs = state.programs.iter().filter_map(Weak::upgrade);
        Report {
            waiting: state.sides.iter().map(|side| side.waiting.len()).sum(),
            interpreted: state.sides.iter().map(|side| side.placed.len()).sum(),
            interpreted_ended: state.sides.iter().map(|side| side.ended).sum(),
            instructions,
            compiled: state.runs.iter().map(|run| run.living()).sum(),
            compiled_ended: state.compiled_ended,
            turns: state.compiled_turns,
            programs: programs.map(|program| (program.name().to_owned(), program.compilation())).collect(),
        }
    }

    /// The kernels that have been started, for those who watch slots: that of lane programs, and that of modules.
    pub fn runtimes(&self) -> (Option<Arc<PersistentRuntime>>, Option<Arc<ModuleRuntime>>) {
        let state = self.core.state();
        (state.lanes.clone(), state.modules.clone())
    }
}

impl Core {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells all who wait that something has changed.
    fn ring(&self) {
        self.state().changes += 1;
        self.changed.notify_all();
    }

    fn settings_of_kernel(&self) -> ModuleSettings {
        let largest = u32::try_from(self.gpu.info().largest_buffer).unwrap_or(u32::MAX);
        let memory_bytes = self.settings.memory_bytes.min(largest) & !0xFFFF;
        ModuleSettings { memory_bytes, ..ModuleSettings::default() }
    }

    /// The kernel for modules, which the first that asks starts.
    fn modules(self: &Arc<Core>) -> Result<Arc<ModuleRuntime>, LaneError> {
        if let Some(runtime) = &self.state().modules {
            return Ok(Arc::clone(runtime));
        }
        let made = Arc::new(ModuleRuntime::new(&self.gpu, self.settings_of_kernel())?);
        let mut state = self.state();
        if let Some(runtime) = &state.modules {
            return Ok(Arc::clone(runtime));
        }
        made.start()?;
        state.modules = Some(Arc::clone(&made));
        drop(state);
        let (core, runtime) = (Arc::clone(self), Arc::clone(&made));
        self.thread("motet modules", move || interpreted::serve_modules(&core, &runtime))?;
        Ok(made)
    }

    /// The kernel for lane programs, likewise.
    fn lanes(self: &Arc<Core>) -> Result<Arc<PersistentRuntime>, LaneError> {
        if let Some(runtime) = &self.state().lanes {
            return Ok(Arc::clone(runtime));
        }
        let made = Arc::new(PersistentRuntime::new(&self.gpu, Settings::default())?);
        let mut state = self.state();
        if let Some(runtime) = &state.lanes {
            return Ok(Arc::clone(runtime));
        }
        made.start()?;
        state.lanes = Some(Arc::clone(&made));
        drop(state);
        let (core, runtime) = (Arc::clone(self), Arc::clone(&made));
        self.thread("motet lanes", move || interpreted::serve_lanes(&core, &runtime))?;
        Ok(made)
    }

    /// The device on which drivers compile.
    fn compiling(&self) -> Result<Gpu, LaneError> {
        if let Some(gpu) = self.compiling.get() {
            return Ok(gpu.clone());
        }
        let made = Gpu::open(Some(&self.gpu.info().name))?;
        Ok(self.compiling.get_or_init(|| made).clone())
    }

    fn thread(&self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), LaneError> {
        let begun = std::thread::Builder::new().name(name.to_owned()).spawn(work);
        let thread = begun.map_err(|_| LaneError::OutOfMemory { what: "a thread", bytes: 0 })?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
        Ok(())
    }

    /// Wakes the thread that feeds a kernel.
    fn poke(&self, kernel: Kernel) {
        let runtimes = {
            let state = self.state();
            (state.modules.clone(), state.lanes.clone())
        };
        match (kernel, runtimes) {
            (Kernel::Modules, (Some(runtime), _)) => runtime.common().poke(),
            (Kernel::Lanes, (_, Some(runtime))) => runtime.poke(),
            _ => {}
        }
    }

    /// The next process for a kernel, noted as its own.
    fn next(&self, kernel: Kernel) -> Option<Arc<Entry>> {
        let mut state = self.state();
        let side = &mut state.sides[kernel as usize];
        let (_, entry) = side.waiting.pop_first()?;
        side.on_the_way += 1;
        Some(entry)
    }

    /// Whether all processes that live wait for what does not come by itself.
    fn starve(&self) -> bool {
        let (modules, lanes, asks) = {
            let state = self.state();
            if state.compilations > 0 || state.runs.iter().any(|run| run.living() > 0 && !run.waits()) {
                return false;
            }
            let mut asks = [false; 2];
            for (side, asks) in state.sides.iter().zip(&mut asks) {
                let could_take = side.placed.len() < interpreted::most_at_once();
                if side.on_the_way > 0 || (could_take && !side.waiting.is_empty()) {
                    return false;
                }
                *asks = !side.placed.is_empty();
            }
            (state.modules.clone(), state.lanes.clone(), asks)
        };
        // The kernels tell themselves, because only they know what has reached their processes.
        (!asks[Kernel::Modules as usize] || modules.is_some_and(|runtime| runtime.common().starves()))
            && (!asks[Kernel::Lanes as usize] || lanes.is_some_and(|runtime| runtime.starves()))
    }

    /// Everything has failed: all that live end so.
    fn fail(&self, error: &LaneError) {
        let entries: Vec<Arc<Entry>> = {
            let mut state = self.state();
            if !state.closed {
                state.failure.get_or_insert(error.clone());
            }
            let sides = state.sides.iter_mut();
            sides
                .flat_map(|side| {
                    let waiting = std::mem::take(&mut side.waiting).into_values();
                    waiting.chain(std::mem::take(&mut side.placed).into_values()).collect::<Vec<_>>()
                })
                .collect()
        };
        for entry in entries {
            self.finish(&entry, End::of(Outcome::Failed(error.to_string())));
        }
    }
}

/// The handle of a process that a kernel has.
fn kernel_process(stage: &process::Live) -> Option<(Kernel, Process)> {
    match &stage.stage {
        process::Where::Modules(process) => Some((Kernel::Modules, process.process().clone())),
        process::Where::Lanes(process) => Some((Kernel::Lanes, process.clone())),
        _ => None,
    }
}

/// Why a program cannot be compiled, in words.
fn reason(refused: &NotCompiled) -> String {
    refused.to_string()
}

impl Drop for Station {
    fn drop(&mut self) {
        let runs = {
            let mut state = self.core.state();
            state.closed = true;
            state.failure.get_or_insert(LaneError::Closed);
            state.runs.clone()
        };
        runs.iter().for_each(|run| run.close());
        self.core.poke(Kernel::Modules);
        self.core.poke(Kernel::Lanes);
        loop {
            let thread = self.core.threads.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(thread) = thread else { break };
            // A panic there was told to those who wait by the failure of their processes.
            let _ = thread.join();
        }
        self.core.fail(&LaneError::Closed);
        // Programs hold their runtimes, and may be held for longer.
        let (modules, lanes) = {
            let mut state = self.core.state();
            (state.modules.take(), state.lanes.take())
        };
        modules.iter().for_each(|runtime| runtime.common().close());
        lanes.iter().for_each(|runtime| runtime.close());
    }
}

impl fmt::Debug for Station {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Station").field("settings", &self.core.settings).finish_non_exhaustive()
    }
}

impl Core {
    fn sequence(&self) -> u64 {
        self.next_sequence.fetch_add(1, Ordering::Relaxed)
    }
}
