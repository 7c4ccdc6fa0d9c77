//! The public face.

use crate::error::LaneError;
use crate::executor::{Executor, VulkanExecutor};
use crate::gpu::Gpu;
use crate::host::conductor::conduct;
use crate::host::memory::Memory;
use crate::host::state::{ConductorCommand, Request, Shared, Statistics};
use crate::kernel::most_frames;
use crate::layout::{self, KernelKind, Layout};
use crate::modules::Start;
use crate::process::{Process, Program, SlotView, Status};
use crate::settings::{Mode, Settings};
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How a process is to start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpawnOptions {
    /// Higher runs first where processes outnumber lanes.
    pub priority: u32,
    /// What register `r0` holds at the start.
    pub argument: i32,
}

/// What a stop found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Frames that ended after the stop was asked for: the one that was running, if any.
    pub late_frames: u64,
}

/// Runs programs on the lanes of a device, each as a process of its own.
///
/// All methods take `&self`, and any thread may call them.
pub struct PersistentRuntime {
    shared: Arc<Shared>,
    conductor: Mutex<Option<JoinHandle<()>>>,
}

impl PersistentRuntime {
    /// Sets a runtime up. It stands until `start`.
    pub fn new(gpu: &Gpu, settings: Settings) -> Result<PersistentRuntime, LaneError> {
        PersistentRuntime::with_executor(gpu, settings, |executor| executor)
    }

    /// A runtime whose kernel runs modules.
    pub(crate) fn of_kind(gpu: &Gpu, settings: Settings, kernel: KernelKind) -> Result<PersistentRuntime, LaneError> {
        PersistentRuntime::assemble(gpu, settings, kernel, |executor| executor)
    }

    /// Like `new`, with an executor between the runtime and its device: the seam at which tests simulate faults.
    pub fn with_executor(
        gpu: &Gpu,
        settings: Settings,
        wrap: impl FnOnce(Box<dyn Executor>) -> Box<dyn Executor>,
    ) -> Result<PersistentRuntime, LaneError> {
        PersistentRuntime::assemble(gpu, settings, KernelKind::Lanes, wrap)
    }

    fn assemble(
        gpu: &Gpu,
        settings: Settings,
        kernel: KernelKind,
        wrap: impl FnOnce(Box<dyn Executor>) -> Box<dyn Executor>,
    ) -> Result<PersistentRuntime, LaneError> {
        settings.check()?;
        if settings.mode == Mode::Persistent {
            gpu.check_persistent()?;
        }
        let layout = Layout::new(&settings, kernel);
        let memory = Memory::new(gpu, layout)?;
        let executor = wrap(Box::new(VulkanExecutor::new(gpu, &layout, &memory)?));
        let shared = Arc::new(Shared::new(memory, settings));
        let most_frames = most_frames(&layout, gpu.loop_limit());
        let conducted = Arc::clone(&shared);
        let conductor = std::thread::Builder::new()
            .name("motet-lanes".to_owned())
            .spawn(move || conduct(&conducted, executor, most_frames))
            .map_err(|_| LaneError::OutOfMemory { what: "the conductor's thread", bytes: 0 })?;
        Ok(PersistentRuntime { shared, conductor: Mutex::new(Some(conductor)) })
    }

    /// Copies a program into the code pool. Bytes behind the last whole instruction are never reached.
    pub fn load_bytecode(&self, bytecode: &[u8]) -> Result<Program, LaneError> {
        let mut host = self.shared.host();
        host.check()?;
        let program = host.code.load(bytecode.len())?;
        let code = &self.shared.memory.code[program.offset as usize / 4..];
        for (word, bytes) in code.iter().zip(bytecode.chunks(4)) {
            let mut whole = [0; 4];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u32::from_le_bytes(whole), Ordering::Release);
        }
        Ok(program)
    }

    /// Gives a program's room back. Refused while processes run it.
    pub fn unload_bytecode(&self, program: Program) -> Result<(), LaneError> {
        self.shared.host().code.unload(program)
    }

    /// Starts a process, or lets it wait behind the ring and for a slot.
    pub fn spawn(&self, program: Program, priority: u32) -> Result<Process, LaneError> {
        self.spawn_with(program, SpawnOptions { priority, ..SpawnOptions::default() })
    }

    /// Starts a process likewise, with all options.
    pub fn spawn_with(&self, program: Program, options: SpawnOptions) -> Result<Process, LaneError> {
        self.spawn_if(program, options, None, false)
    }

    /// Starts a process if the ring has room for the request now.
    pub fn try_spawn(&self, program: Program, priority: u32) -> Result<Process, LaneError> {
        self.spawn_if(program, SpawnOptions { priority, ..SpawnOptions::default() }, None, true)
    }

    /// Starts a process of a module.
    pub(crate) fn spawn_module(&self, program: Program, priority: u32, start: Start) -> Result<Process, LaneError> {
        self.spawn_if(program, SpawnOptions { priority, ..SpawnOptions::default() }, Some(start), false)
    }

    fn spawn_if(
        &self,
        program: Program,
        options: SpawnOptions,
        start: Option<Start>,
        only_with_room: bool,
    ) -> Result<Process, LaneError> {
        let mut host = self.shared.host();
        host.check()?;
        if only_with_room {
            self.shared.fill_rings(&mut host);
            if self.shared.spawn_room(&host) == 0 {
                let waiting = self.shared.spawns_in_ring(&host) as usize + host.backlog.len();
                return Err(LaneError::QueueFull { waiting });
            }
        }
        let record = host.admit(program, start)?;
        let process = Process { record: Arc::clone(&record), shared: Arc::clone(&self.shared) };
        let argument = options.argument.cast_unsigned();
        self.shared.queue_spawn(&mut host, Request { record, priority: options.priority, argument });
        drop(host);
        self.shared.doorbell.notify_all();
        Ok(process)
    }

    /// Lets the lanes run. State from before a stop is kept.
    pub fn start(&self) -> Result<(), LaneError> {
        let mut host = self.shared.host();
        host.check()?;
        if host.wish != ConductorCommand::Run {
            host.wish = ConductorCommand::Run;
            host.fresh_start = true;
        }
        drop(host);
        self.shared.doorbell.notify_all();
        Ok(())
    }

    /// Lets the lanes stand: at most the running frame ends, and then nothing runs until `start`. Waits for that, no
    /// longer than the settings' patience twice over.
    pub fn stop(&self) -> Result<Stopped, LaneError> {
        let asked_at = {
            let mut host = self.shared.host();
            if host.wish == ConductorCommand::Run {
                host.wish = ConductorCommand::Stand;
            }
            self.shared.ask_to_leave(&host);
            self.shared.frames(&host)
        };
        let patience = self.shared.settings.patience.saturating_mul(2);
        self.shared.wait_for(patience, |host| {
            (!host.in_flight).then(|| Stopped { late_frames: host.totals.frames - asked_at })
        })
    }

    /// Frames since the runtime was made.
    pub fn frame_count(&self) -> u64 {
        self.shared.frames(&self.shared.host())
    }

    /// Waits until that many frames have been counted, looking after every epoch.
    pub fn wait_for_frames(&self, frames: u64, timeout: Duration) -> Result<(), LaneError> {
        self.shared.wait_for(timeout, |host| (self.shared.frames(host) >= frames).then_some(()))
    }

    /// Slots that were ever used: the highest, plus one.
    pub fn process_count(&self) -> u32 {
        self.shared.memory.control(layout::CONTROL_PROCESS_COUNT)
    }

    /// Processes that have not ended, those that wait for a slot included.
    pub fn living_count(&self) -> usize {
        self.shared.host().residents.len()
    }

    /// An integer register of a process. See [`Process::read_register`].
    pub fn read_register(&self, process: &Process, register: usize) -> Result<i32, LaneError> {
        self.check_own(process)?;
        process.read_register(register)
    }

    /// Whether a process has ended.
    pub fn is_dead(&self, process: &Process) -> bool {
        process.is_dead()
    }

    /// Ends a process: at once where it has a slot or waits behind the ring; one whose request is in the ring ends when
    /// it gets its slot.
    pub fn kill(&self, process: &Process) -> Result<(), LaneError> {
        self.kill_all(std::slice::from_ref(process))
    }

    /// Ends several processes likewise, all at the end of the same epoch.
    pub fn kill_all(&self, processes: &[Process]) -> Result<(), LaneError> {
        processes.iter().try_for_each(|process| self.check_own(process))?;
        self.shared.between_epochs(|host| {
            host.kills.extend(processes.iter().map(|process| Arc::clone(&process.record)));
            self.shared.carry_out_kills(host);
        })?;
        self.shared.settled.notify_all();
        Ok(())
    }

    /// Waits until no process is left.
    pub fn wait_until_done(&self, timeout: Duration) -> Result<(), LaneError> {
        self.shared.wait_for(timeout, |host| host.residents.is_empty().then_some(()))
    }

    /// Every slot, by number.
    pub fn slots(&self) -> Vec<SlotView> {
        let _host = self.shared.host();
        let memory = &self.shared.memory;
        let view = |slot| SlotView {
            slot,
            status: Status::from_word(memory.process(slot, layout::PROCESS_STATUS)),
            generation: memory.process(slot, layout::PROCESS_GENERATION),
            priority: memory.process(slot, layout::PROCESS_PRIORITY),
            pc: memory.process(slot, layout::PROCESS_PC),
            instructions: memory.executed(slot),
        };
        (0..memory.layout.slots).map(view).collect()
    }

    /// Counters since the runtime was made.
    pub fn statistics(&self) -> Statistics {
        self.shared.statistics(&self.shared.host())
    }

    /// A handle of another runtime may have the generation of a process here.
    pub(crate) fn check_own(&self, process: &Process) -> Result<(), LaneError> {
        match Arc::ptr_eq(&self.shared, &process.shared) {
            true => Ok(()),
            false => Err(LaneError::ForeignProcess),
        }
    }

    /// Ends it: nothing runs any more, and those who wait learn that. Waits for the running frame's end.
    pub(crate) fn close(&self) {
        {
            let mut host = self.shared.host();
            host.wish = ConductorCommand::Quit;
            self.shared.ask_to_leave(&host);
        }
        self.shared.doorbell.notify_all();
        let conductor = self.conductor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(conductor) = conductor {
            // A panic of the conductor was told to all waiters; none is left to tell.
            let _ = conductor.join();
        }
        let mut host = self.shared.host();
        // A handle can outlive the runtime, and a thread may be waiting on it.
        host.failure.get_or_insert(LaneError::Closed);
        drop(host);
        self.shared.settled.notify_all();
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for PersistentRuntime {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for PersistentRuntime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PersistentRuntime").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}
