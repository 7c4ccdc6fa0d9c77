//! Handles: a process of a station, whatever tier it runs in.

use super::compiled::Run;
use super::job::Shared;
use super::{Core, Kernel, kernel_process};
use crate::error::LaneError;
use crate::events::InputEvent;
use crate::modules::{CompiledEnd, CompiledInstance, ModuleProcess, Place, Visit};
use crate::process::{EndCause, Process, ProcessEnd};
use motet_middle::{Trap, Type};
use std::cmp::Reverse;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Events that wait for a process which has not begun.
const MOST_EARLY: usize = 256;

/// How a process ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Its function returned these values, as bits.
    Returned(Vec<(Type, u64)>),
    /// The command ended, with this code.
    Exited(u32),
    /// It trapped, and where.
    Trapped(Trap, Option<Place>),
    /// The lane program halted.
    Halted,
    /// The lane program was ended by a fault.
    Faulted(EndCause),
    /// It was killed.
    Killed,
    /// It did not end: the lanes failed, or would not take it.
    Failed(String),
}

/// What a process left.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it ran compiled.
    pub was_compiled: bool,
    /// Instructions that it carried out; turns of loops and calls where it ran compiled.
    pub work: u64,
    /// Registers and heap, of a lane program.
    pub lane: Option<Box<ProcessEnd>>,
    pub(super) memory: Option<Vec<u8>>,
}

impl End {
    pub(super) fn of(outcome: Outcome) -> End {
        End { outcome, was_compiled: false, work: 0, lane: None, memory: None }
    }
}

/// Where a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for a kernel, or for its compilation.
    Waits,
    /// A kernel has it.
    Runs,
    /// It runs compiled.
    RunsCompiled,
    /// It has ended.
    Ended,
}

pub(crate) enum Where {
    Waits,
    Modules(ModuleProcess),
    Lanes(Process),
    Compiled(Arc<Run>, usize),
    Ended(Arc<End>),
}

type OnEnd = Box<dyn FnOnce(&Arc<End>) + Send>;

/// What changes about a process. Its lock is a leaf, and may be taken under that of the station's state.
pub(crate) struct Live {
    pub stage: Where,
    pub priority: u32,
    pub is_killed: bool,
    /// Events that came before it began.
    pub early: Vec<InputEvent>,
    on_end: Vec<OnEnd>,
}

/// A process.
pub(crate) struct Entry {
    pub job: Arc<Shared>,
    pub number: u32,
    pub sequence: u64,
    live: Mutex<Live>,
}

impl Entry {
    pub fn new(job: &Arc<Shared>, number: u32, sequence: u64) -> Arc<Entry> {
        let priority = job.options.priority;
        let live = Live { stage: Where::Waits, priority, is_killed: false, early: Vec::new(), on_end: Vec::new() };
        Arc::new(Entry { job: Arc::clone(job), number, sequence, live: Mutex::new(live) })
    }

    pub fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the arguments of its function are.
    pub fn arguments(&self) -> &[u64] {
        &self.job.options.arguments[self.number as usize]
    }

    /// What a process left that was interpreted.
    pub fn end_of_module(&self, process: &ModuleProcess, left: &ProcessEnd) -> End {
        let call = self.job.program.module().expect("only modules run there");
        let exit = self.job.with_world(|world| world.exits.get(&self.number).copied());
        let outcome = match (left.cause, process.trap()) {
            (EndCause::Trapped(_), Some((trap, place))) => Outcome::Trapped(trap, place),
            (EndCause::Killed, _) => Outcome::Killed,
            (EndCause::Halted, _) => match exit {
                Some(code) => Outcome::Exited(code),
                None if self.job.was_too_much(self.number) => too_much(),
                None => self.returned(process.results(&call.call).and_then(Result::ok).unwrap_or_default()),
            },
            (cause, _) => Outcome::Faulted(cause),
        };
        let memory = self.job.options.keeps_memory.then(|| left.module_memory.clone());
        End { outcome, was_compiled: false, work: left.instructions, lane: None, memory }
    }

    /// What an instance left that was compiled.
    pub fn end_of_instance(&self, instance: CompiledInstance) -> End {
        let call = self.job.program.module().expect("only modules are compiled");
        let exit = self.job.with_world(|world| world.exits.get(&self.number).copied());
        let outcome = match &instance.ended {
            Some(CompiledEnd::Trapped(trap, place)) => Outcome::Trapped(*trap, place.clone()),
            Some(CompiledEnd::Killed) => Outcome::Killed,
            Some(CompiledEnd::Waits) => Outcome::Failed(LaneError::Closed.to_string()),
            Some(CompiledEnd::Ended) => exit.map_or_else(too_much, Outcome::Exited),
            None => self.returned(instance.results(&call.call).and_then(Result::ok).unwrap_or_default()),
        };
        let memory = self.job.options.keeps_memory.then_some(instance.memory);
        End { outcome, was_compiled: true, work: instance.turns, lane: None, memory }
    }

    fn returned(&self, bits: Vec<u64>) -> Outcome {
        let call = self.job.program.module().expect("only modules return");
        if call.is_command {
            return Outcome::Exited(0);
        }
        Outcome::Returned(call.call.types.iter().copied().zip(bits).collect())
    }
}

pub(super) fn too_much() -> Outcome {
    Outcome::Failed("its job wrote or drew more than the station keeps, and it was not taken".to_owned())
}

/// A handle to a process of a station.
#[derive(Clone)]
pub struct StationProcess {
    core: Arc<Core>,
    pub(super) entry: Arc<Entry>,
}

impl StationProcess {
    pub(super) fn new(core: &Arc<Core>, entry: Arc<Entry>) -> StationProcess {
        StationProcess { core: Arc::clone(core), entry }
    }

    /// Its number in its job.
    pub fn number(&self) -> u32 {
        self.entry.number
    }

    /// A number that no other process of its station has.
    pub fn identity(&self) -> u64 {
        self.entry.sequence
    }

    /// Where it is.
    pub fn stage(&self) -> Stage {
        match &self.entry.live().stage {
            Where::Waits => Stage::Waits,
            Where::Modules(_) | Where::Lanes(_) => Stage::Runs,
            Where::Compiled(..) => Stage::RunsCompiled,
            Where::Ended(_) => Stage::Ended,
        }
    }

    /// Instructions that it has carried out up to now; turns of loops and calls where it ran compiled, once it has ended.
    pub fn work(&self) -> u64 {
        let process = {
            let live = self.entry.live();
            if let Where::Ended(end) = &live.stage {
                return end.work;
            }
            kernel_process(&live)
        };
        process.and_then(|(_, process)| process.executed()).unwrap_or(0)
    }

    /// What it left, once it has ended.
    pub fn end(&self) -> Option<Arc<End>> {
        match &self.entry.live().stage {
            Where::Ended(end) => Some(Arc::clone(end)),
            _ => None,
        }
    }

    /// Has this called when it has ended, on another thread; at once if it has.
    pub fn on_end(&self, told: impl FnOnce(&Arc<End>) + Send + 'static) {
        let end = {
            let mut live = self.entry.live();
            match &live.stage {
                Where::Ended(end) => Arc::clone(end),
                _ => {
                    live.on_end.push(Box::new(told));
                    return;
                }
            }
        };
        told(&end);
    }

    /// Waits until it has ended.
    pub fn wait(&self) -> Arc<End> {
        let (tell, told) = channel();
        // The receiver is there until it has been told.
        self.on_end(move |end| tell.send(Arc::clone(end)).unwrap_or_default());
        told.recv().unwrap_or_else(|_| Arc::new(End::of(Outcome::Failed(LaneError::Closed.to_string()))))
    }

    /// Ends it, wherever it is. May wait for the end of an epoch.
    pub fn kill(&self) -> Result<(), LaneError> {
        self.core.kill(std::iter::once(&self.entry))
    }

    /// Sends it an event.
    pub fn send(&self, event: InputEvent) -> Result<(), LaneError> {
        self.core.send(&self.entry, event)
    }

    /// Lets the events of [`super::Station::send_input`] go to it from now on.
    pub fn focus(&self) -> Result<(), LaneError> {
        if self.stage() == Stage::Ended {
            return Err(LaneError::Ended);
        }
        self.core.state().focus = Some(Arc::downgrade(&self.entry));
        Ok(())
    }

    /// Its priority.
    pub fn priority(&self) -> u32 {
        self.entry.live().priority
    }

    /// Gives it another priority. All that run compiled run together, and have none. May wait for the end of an epoch.
    pub fn set_priority(&self, priority: u32) -> Result<(), LaneError> {
        self.core.set_priority(&self.entry, priority)
    }

    /// Bytes of its memory, or of the heap of a lane program: as they are now, or as they were left. May wait for the end of a
    /// dispatch.
    pub fn read_memory(&self, address: u64, length: usize) -> Result<Vec<u8>, LaneError> {
        let outside =
            || LaneError::OutOfRange { what: format!("the range of {length} bytes at {address} of the memory") };
        enum From {
            Module(ModuleProcess),
            Lane(Process),
            Instance(Arc<Run>, usize),
            End(Arc<End>),
        }
        let from = match &self.entry.live().stage {
            Where::Waits => return Err(LaneError::NotPlaced),
            Where::Modules(process) => From::Module(process.clone()),
            Where::Lanes(process) => From::Lane(process.clone()),
            Where::Compiled(run, number) => From::Instance(Arc::clone(run), *number),
            Where::Ended(end) => From::End(Arc::clone(end)),
        };
        let short = |value: u64| u32::try_from(value).map_err(|_| outside());
        match from {
            From::Module(process) => process.read_memory(address, length),
            From::Lane(process) => process.read_memory(short(address)?, short(length as u64)?),
            From::Instance(run, number) => {
                let (tell, told) = channel();
                let reply = Box::new(move |bytes| tell.send(bytes).unwrap_or_default());
                run.visit(Visit::Read { number, address, length, reply });
                match told.recv() {
                    Ok(bytes) => bytes.ok_or_else(outside),
                    // The run has ended meanwhile, and with it the process.
                    Err(_) => match self.end() {
                        Some(end) => end.memory(address, length).ok_or_else(outside),
                        None => Err(LaneError::NotPlaced),
                    },
                }
            }
            From::End(end) => match &end.lane {
                Some(lane) => lane.memory(short(address)?, short(length as u64)?),
                None => end.memory(address, length).ok_or_else(outside),
            },
        }
    }
}

impl End {
    /// Bytes of the memory, if it was kept.
    fn memory(&self, address: u64, length: usize) -> Option<Vec<u8>> {
        let start = usize::try_from(address).ok()?;
        let memory = self.memory.as_ref()?;
        memory.get(start..start.checked_add(length)?).map(<[u8]>::to_vec)
    }

    /// Whether the memory was kept.
    pub fn keeps_memory(&self) -> bool {
        self.memory.is_some() || self.lane.is_some()
    }
}

impl Core {
    /// Notes that a process has ended, and tells those who wait for it.
    pub(super) fn finish(&self, entry: &Arc<Entry>, end: End) {
        let end = Arc::new(end);
        let told = {
            let mut live = entry.live();
            if matches!(live.stage, Where::Ended(_)) {
                return;
            }
            live.stage = Where::Ended(Arc::clone(&end));
            std::mem::take(&mut live.on_end)
        };
        entry.job.living.fetch_sub(1, Ordering::AcqRel);
        told.into_iter().for_each(|told| told(&end));
        self.ring();
    }

    /// Ends processes, wherever they are.
    pub(super) fn kill<'e>(&self, entries: impl Iterator<Item = &'e Arc<Entry>>) -> Result<(), LaneError> {
        let mut in_kernels = [Vec::new(), Vec::new()];
        for entry in entries {
            let priority = {
                let mut live = entry.live();
                live.is_killed = true;
                match &live.stage {
                    Where::Ended(_) => continue,
                    Where::Compiled(run, number) => {
                        run.visit(Visit::Kill(*number));
                        continue;
                    }
                    Where::Modules(_) | Where::Lanes(_) => {
                        in_kernels.iter_mut().zip([Kernel::Modules, Kernel::Lanes]).for_each(|(goal, kernel)| {
                            goal.extend(
                                kernel_process(&live).filter(|(of, _)| *of == kernel).map(|(_, process)| process),
                            );
                        });
                        continue;
                    }
                    Where::Waits => live.priority,
                }
            };
            // Where a thread has just taken it to start it, the thread sees that it was killed.
            let key = (Reverse(priority), entry.sequence);
            let waited = self.state().sides.iter_mut().any(|side| side.waiting.remove(&key).is_some());
            if waited {
                self.finish(entry, End::of(Outcome::Killed));
            }
        }
        let [modules, lanes] = in_kernels;
        self.kill_in_kernel(Kernel::Modules, &modules)?;
        self.kill_in_kernel(Kernel::Lanes, &lanes)
    }

    /// Ends processes that a kernel has.
    pub(super) fn kill_in_kernel(&self, kernel: Kernel, processes: &[Process]) -> Result<(), LaneError> {
        if processes.is_empty() {
            return Ok(());
        }
        let (modules, lanes) = {
            let state = self.state();
            (state.modules.clone(), state.lanes.clone())
        };
        match kernel {
            Kernel::Modules => modules.map_or(Err(LaneError::Closed), |runtime| runtime.common().kill_all(processes)),
            Kernel::Lanes => lanes.map_or(Err(LaneError::Closed), |runtime| runtime.kill_all(processes)),
        }
    }

    pub(super) fn send(&self, entry: &Arc<Entry>, event: InputEvent) -> Result<(), LaneError> {
        enum To {
            Module(ModuleProcess),
            Lane(Process),
            Instance(Arc<Run>),
        }
        let to = {
            let mut live = entry.live();
            match &live.stage {
                Where::Ended(_) => return Err(LaneError::Ended),
                Where::Waits if live.early.len() >= MOST_EARLY => {
                    return Err(LaneError::InputFull { waiting: live.early.len() });
                }
                Where::Waits => {
                    live.early.push(event);
                    return Ok(());
                }
                Where::Modules(process) => To::Module(process.clone()),
                Where::Lanes(process) => To::Lane(process.clone()),
                Where::Compiled(run, _) => To::Instance(Arc::clone(run)),
            }
        };
        let (modules, lanes) = {
            let state = self.state();
            (state.modules.clone(), state.lanes.clone())
        };
        match to {
            To::Lane(process) => lanes.map_or(Err(LaneError::Closed), |runtime| runtime.send(&process, event)),
            To::Module(process) => {
                entry.job.with_world(|world| world.send(entry.number, event));
                modules.map_or(Err(LaneError::Closed), |runtime| runtime.wake(&process))
            }
            To::Instance(run) => {
                entry.job.with_world(|world| world.send(entry.number, event));
                run.visit(Visit::Wake);
                Ok(())
            }
        }
    }

    fn set_priority(&self, entry: &Arc<Entry>, priority: u32) -> Result<(), LaneError> {
        let mut state = self.state();
        let mut live = entry.live();
        let before = std::mem::replace(&mut live.priority, priority);
        let process = kernel_process(&live);
        drop(live);
        for side in &mut state.sides {
            if let Some(entry) = side.waiting.remove(&(Reverse(before), entry.sequence)) {
                side.waiting.insert((Reverse(priority), entry.sequence), entry);
            }
        }
        let (modules, lanes) = (state.modules.clone(), state.lanes.clone());
        drop(state);
        match process {
            Some((Kernel::Modules, process)) => {
                modules.map_or(Err(LaneError::Closed), |runtime| runtime.common().set_priority(&process, priority))
            }
            Some((Kernel::Lanes, process)) => {
                lanes.map_or(Err(LaneError::Closed), |runtime| runtime.set_priority(&process, priority))
            }
            None => Ok(()),
        }
    }
}

impl fmt::Debug for StationProcess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StationProcess").field("number", &self.number()).field("stage", &self.stage()).finish()
    }
}
