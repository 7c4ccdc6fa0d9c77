//! A job: processes of one program, what they share, and what they leave.

use super::process::{Entry, StationProcess};
use super::program::{Kind, StationProgram};
use super::{Core, Kernel, StationError, Tier};
use crate::error::LaneError;
use crate::events::Vertex;
use crate::modules::{ModuleService, Reply, Stream, World};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that processes of a job may have written without that they were taken.
const MOST_WRITTEN: usize = 64 << 20;
/// Rectangles, likewise.
const MOST_DRAWN: usize = 1 << 20;

/// What a job is to do.
#[derive(Clone, Debug)]
pub struct JobOptions {
    /// How many processes.
    pub count: u32,
    /// For each process, the arguments of the function, as bits. A lane program finds its one in `r0`.
    pub arguments: Vec<Vec<u64>>,
    /// Higher runs first where processes outnumber lanes.
    pub priority: u32,
    /// Instructions that a process of a module may carry out; where it runs compiled, turns of loops and calls.
    pub fuel: u64,
    /// Bytes that the memory of each process may grow to.
    pub memory_limit: u64,
    /// Whether the memory of a process can be read when it has ended.
    pub keeps_memory: bool,
    /// Which tier they run in.
    pub tier: Tier,
    /// What a command finds as its arguments, its name first.
    pub command_line: Vec<String>,
    /// What a command finds as its standard input.
    pub input: Vec<u8>,
}

impl Default for JobOptions {
    fn default() -> JobOptions {
        JobOptions {
            count: 1,
            arguments: Vec::new(),
            priority: 0,
            fuel: u64::MAX,
            memory_limit: 1 << 32,
            keeps_memory: false,
            tier: Tier::Automatic,
            command_line: Vec::new(),
            input: Vec::new(),
        }
    }
}

/// What the processes of a job share.
pub(super) struct Shared {
    pub program: Arc<StationProgram>,
    pub options: JobOptions,
    /// Lock: a leaf, like that of each process.
    world: Mutex<World>,
    /// Processes that have not ended.
    pub living: AtomicUsize,
    /// Bytes that wait to be taken.
    untaken: AtomicUsize,
    /// Processes that were ended because what they wrote or drew was not taken. Lock: a leaf.
    too_much: Mutex<HashSet<u32>>,
}

impl Shared {
    fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what a process sees of the world.
    pub fn with_world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world())
    }

    /// Answers a process; tells whether it wrote or drew.
    pub fn answer(&self, service: &ModuleService<'_>) -> (Reply, bool) {
        let mut world = self.world();
        let (before, drawn) = (world.written.len(), world.drawn.len());
        let reply = world.answer(service);
        let bytes: usize = world.written[before..].iter().map(|(.., text)| text.len()).sum();
        let shows = bytes > 0 || world.drawn.len() > drawn;
        let untaken = self.untaken.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let is_too_much = untaken > MOST_WRITTEN || world.drawn.len() > MOST_DRAWN * crate::events::QUAD_VERTICES;
        if is_too_much {
            self.note_too_much(service.number);
            return (Reply::End, shows);
        }
        (reply, shows)
    }

    /// Notes what a lane program wrote.
    pub fn write(&self, number: u32, text: String) {
        self.untaken.fetch_add(text.len(), Ordering::Relaxed);
        self.world().written.push((number, Stream::Output, text.into_bytes()));
    }

    /// Whether so much was written and not taken that a process which writes more is ended; then notes that.
    pub fn is_full(&self, number: u32) -> bool {
        let is_full = self.untaken.load(Ordering::Relaxed) > MOST_WRITTEN;
        if is_full {
            self.note_too_much(number);
        }
        is_full
    }

    fn note_too_much(&self, number: u32) {
        self.too_much.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
    }

    /// Whether a process was ended for that.
    pub fn was_too_much(&self, number: u32) -> bool {
        self.too_much.lock().unwrap_or_else(PoisonError::into_inner).contains(&number)
    }
}

/// Processes of one program. Dropping it ends none of them.
#[derive(Clone)]
pub struct Job {
    pub(super) core: Arc<Core>,
    pub(super) shared: Arc<Shared>,
    processes: Arc<[StationProcess]>,
}

impl Job {
    pub(super) fn new(
        core: &Arc<Core>,
        program: &Arc<StationProgram>,
        mut options: JobOptions,
    ) -> Result<Job, StationError> {
        let wrong = |what: String| Err(StationError::Arguments { what });
        let taken = match &program.kind {
            Kind::Lanes { .. } => 1,
            Kind::Module(call) => call.call.parameters.len(),
        };
        if options.arguments.is_empty() && (taken == 0 || matches!(program.kind, Kind::Lanes { .. })) {
            let own = |number| if taken == 0 { Vec::new() } else { vec![u64::from(number)] };
            options.arguments = (0..options.count).map(own).collect();
        }
        if options.arguments.len() != options.count as usize {
            return wrong(format!(
                "{} processes were given {} lists of arguments",
                options.count,
                options.arguments.len()
            ));
        }
        if let Some(given) = options.arguments.iter().map(Vec::len).find(|&given| given != taken) {
            return wrong(format!("`{}` {}, not {given}", program.name(), program.takes()));
        }
        if let Some(call) = program.module() {
            let (bytes, limit) = (call.image.memory_bytes(), options.memory_limit);
            if bytes > limit {
                return Err(LaneError::LimitExceeded { what: "the module's memory", bytes, limit }.into());
            }
        }
        let count = options.count;
        let world = World::new(options.command_line.clone(), options.input.clone());
        let shared = Arc::new(Shared {
            program: Arc::clone(program),
            options,
            world: Mutex::new(world),
            living: AtomicUsize::new(count as usize),
            untaken: AtomicUsize::new(0),
            too_much: Mutex::default(),
        });
        let process = |number| StationProcess::new(core, Entry::new(&shared, number, core.sequence()));
        let processes = (0..count).map(process).collect();
        Ok(Job { core: Arc::clone(core), shared, processes })
    }

    /// The processes, by number.
    pub fn processes(&self) -> &[StationProcess] {
        &self.processes
    }

    /// The program.
    pub fn program(&self) -> &Arc<StationProgram> {
        &self.shared.program
    }

    /// Processes that have not ended.
    pub fn living(&self) -> usize {
        self.shared.living.load(Ordering::Acquire)
    }

    /// What was written since the last call, in order: by which process, where, and what.
    pub fn take_written(&self) -> Vec<(u32, Stream, Vec<u8>)> {
        self.shared.with_world(|world| {
            let written = std::mem::take(&mut world.written);
            let bytes = written.iter().map(|(.., text)| text.len()).sum();
            self.shared.untaken.fetch_sub(bytes, Ordering::Relaxed);
            written
        })
    }

    /// What was drawn since the last call, as triangles.
    pub fn take_drawn(&self) -> Vec<Vertex> {
        self.shared.with_world(|world| std::mem::take(&mut world.drawn))
    }

    /// Waits until something has changed since `seen` (which is brought up to date), or the time is over; tells which.
    pub fn wait_for_change(&self, seen: &mut u64, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.core.state();
        while state.changes == *seen {
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            let waited = self.core.changed.wait_timeout(state, left.min(Duration::from_secs(3_600)));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *seen = state.changes;
        true
    }

    /// Whether all processes of the station that live wait for what does not come by itself.
    pub fn starves(&self) -> bool {
        self.core.starve()
    }

    /// Ends all of its processes. May wait for the end of an epoch.
    pub fn kill(&self) -> Result<(), LaneError> {
        self.core.kill(self.processes.iter().map(|process| &process.entry))
    }
}

impl Core {
    /// Lets the processes of a job wait for their turn, or run compiled at once.
    pub(super) fn submit(self: &Arc<Core>, job: &Job) -> Result<(), StationError> {
        let entries = || job.processes.iter().map(|process| Arc::clone(&process.entry));
        if let Some(failure) = &self.state().failure {
            return Err(failure.clone().into());
        }
        let options = &job.shared.options;
        let Some(call) = job.shared.program.module() else {
            self.wait_for_kernel(Kernel::Lanes, entries());
            return Ok(());
        };
        let may_compile = options.tier != Tier::Interpreted;
        if may_compile && let Some(program) = call.compiled().1.clone() {
            return Ok(self.run_compiled(program, entries().collect())?);
        }
        if options.tier == Tier::Compiled {
            self.compile(&job.shared.program, Some(entries().collect()))?;
            return Ok(());
        }
        self.wait_for_kernel(Kernel::Modules, entries());
        if may_compile && options.count >= self.settings.many {
            self.compile(&job.shared.program, None)?;
        }
        Ok(())
    }

    fn wait_for_kernel(&self, kernel: Kernel, entries: impl Iterator<Item = Arc<Entry>>) {
        {
            let mut state = self.state();
            for entry in entries {
                let key = (Reverse(entry.live().priority), entry.sequence);
                state.sides[kernel as usize].waiting.insert(key, entry);
            }
        }
        self.poke(kernel);
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Job").field("program", &self.shared.program).field("living", &self.living()).finish()
    }
}
