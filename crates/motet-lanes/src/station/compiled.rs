//! The second tier: a thread for each compilation, and one for each run of compiled instances.

use super::process::{End, Entry, Outcome, Where};
use super::program::{Compilation, StationProgram};
use super::{Core, Kernel, Tier, reason};
use crate::error::LaneError;
use crate::modules::{
    CompiledHost, CompiledInstance, CompiledProgram, CompiledStart, ModuleService, NotCompiled, Reply, Visit,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Instances that run compiled together, as the other threads see them.
pub(crate) struct Run {
    /// Lock: a leaf, and may be taken under that of the station's state.
    inbox: Mutex<Inbox>,
    bell: Condvar,
    living: AtomicUsize,
}

#[derive(Default)]
struct Inbox {
    visits: Vec<Visit>,
    is_closed: bool,
    /// Its instances all wait for what does not come by itself.
    waits: bool,
    /// It has ended, and takes no visits any more.
    has_ended: bool,
}

impl Run {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has something done between two dispatches. Dropped if the run has ended.
    pub fn visit(&self, visit: Visit) {
        let mut inbox = self.inbox();
        if !inbox.has_ended {
            inbox.visits.push(visit);
            inbox.waits = false;
        }
        drop(inbox);
        self.bell.notify_all();
    }

    pub fn close(&self) {
        self.inbox().is_closed = true;
        self.bell.notify_all();
    }

    pub fn waits(&self) -> bool {
        self.inbox().waits
    }

    pub fn living(&self) -> usize {
        self.living.load(Ordering::Acquire)
    }
}

/// The host of a run.
struct Host {
    core: Arc<Core>,
    run: Arc<Run>,
    entries: Vec<Arc<Entry>>,
}

impl CompiledHost for Host {
    fn answer(&mut self, service: &ModuleService<'_>) -> Reply {
        let entry = &self.entries[service.number as usize];
        let (reply, shows) = entry.job.answer(&service.numbered(entry.number));
        if shows {
            self.core.ring();
        }
        reply
    }

    fn between(&mut self, waits: bool) -> Option<Vec<Visit>> {
        let mut inbox = self.run.inbox();
        if waits && inbox.visits.is_empty() && !inbox.is_closed {
            inbox.waits = true;
            drop(inbox);
            self.core.ring();
            inbox = self.run.inbox();
        }
        while waits && inbox.visits.is_empty() && !inbox.is_closed {
            inbox = self.run.bell.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
        inbox.waits = false;
        if inbox.is_closed { None } else { Some(std::mem::take(&mut inbox.visits)) }
    }

    fn ended(&mut self, number: usize, instance: CompiledInstance) {
        let entry = &self.entries[number];
        let end = entry.end_of_instance(instance);
        {
            let mut state = self.core.state();
            state.compiled_ended += 1;
            state.compiled_turns += end.work;
        }
        self.run.living.fetch_sub(1, Ordering::AcqRel);
        self.core.finish(entry, end);
    }
}

impl Core {
    /// Runs processes compiled, on a thread of its own.
    pub(super) fn run_compiled(
        self: &Arc<Core>,
        program: Arc<CompiledProgram>,
        entries: Vec<Arc<Entry>>,
    ) -> Result<(), LaneError> {
        let living = AtomicUsize::new(entries.len());
        let run = Arc::new(Run { inbox: Mutex::default(), bell: Condvar::new(), living });
        let mut starts = Vec::new();
        let mut began = Vec::new();
        for entry in entries {
            let early = {
                let mut live = entry.live();
                if live.is_killed {
                    drop(live);
                    run.living.fetch_sub(1, Ordering::AcqRel);
                    self.finish(&entry, End::of(Outcome::Killed));
                    continue;
                }
                live.stage = Where::Compiled(Arc::clone(&run), began.len());
                std::mem::take(&mut live.early)
            };
            entry.job.with_world(|world| early.into_iter().for_each(|event| world.send(entry.number, event)));
            let call = entry.job.program.module().expect("only modules are compiled");
            starts.push(CompiledStart {
                arguments: vec![(call.call.clone(), entry.arguments().to_vec())],
                fuel: entry.job.options.fuel,
                memory_limit: entry.job.options.memory_limit,
            });
            began.push(entry);
        }
        self.state().runs.push(Arc::clone(&run));
        let keeps_memory = began.iter().any(|entry| entry.job.options.keeps_memory);
        let core = Arc::clone(self);
        let failed = (began.clone(), Arc::clone(&run));
        let work = move || {
            let mut host = Host { core: Arc::clone(&core), run: Arc::clone(&run), entries: began };
            let ran = program.run_for(&starts, keeps_memory, &mut host);
            let late = {
                let mut inbox = run.inbox();
                inbox.has_ended = true;
                std::mem::take(&mut inbox.visits)
            };
            // Those who wait for a reply learn that none comes.
            drop(late);
            core.state().runs.retain(|other| !Arc::ptr_eq(other, &run));
            let error = ran.err().unwrap_or(LaneError::Closed);
            for entry in &host.entries {
                core.finish(entry, End::of(Outcome::Failed(error.to_string())));
            }
        };
        self.thread("motet compiled", work).inspect_err(|error| {
            let (entries, run) = failed;
            self.state().runs.retain(|other| !Arc::ptr_eq(other, &run));
            for entry in &entries {
                self.finish(entry, End::of(Outcome::Failed(error.to_string())));
            }
        })
    }

    /// Has a program compiled unless that is under way, done or refused. `own` are processes that wait for it, and run in no other
    /// way.
    pub(super) fn compile(
        self: &Arc<Core>,
        program: &Arc<StationProgram>,
        own: Option<Vec<Arc<Entry>>>,
    ) -> Result<(), LaneError> {
        let Some(call) = program.module() else { return Ok(()) };
        let by_name = own.is_some();
        {
            let mut compiled = call.compiled();
            match (&compiled.0, by_name) {
                (Compilation::NotAsked, _) | (_, true) => compiled.0 = Compilation::UnderWay,
                _ => return Ok(()),
            }
        }
        let (core, program) = (Arc::clone(self), Arc::clone(program));
        self.state().compilations += 1;
        let begun = self.thread("motet compile", move || {
            let call = program.module().expect("it is one");
            let made = core.compile_now(&program, by_name);
            let mut compiled = call.compiled();
            *compiled = match &made {
                Ok(made) => (Compilation::Done, Some(Arc::clone(made))),
                Err(why) => (Compilation::Refused(why.clone()), None),
            };
            drop(compiled);
            let own = own.unwrap_or_default();
            match made {
                Ok(made) => {
                    let entries = own.into_iter().chain(core.take_waiting(&program)).collect::<Vec<_>>();
                    if !entries.is_empty()
                        && let Err(error) = core.run_compiled(made, entries)
                    {
                        core.fail(&error);
                    }
                }
                Err(why) => {
                    for entry in own {
                        core.finish(&entry, End::of(Outcome::Failed(why.clone())));
                    }
                }
            }
            core.state().compilations -= 1;
            core.ring();
        });
        begun.inspect_err(|_| self.state().compilations -= 1)
    }

    fn compile_now(&self, program: &StationProgram, by_name: bool) -> Result<Arc<CompiledProgram>, String> {
        let call = program.module().expect("only modules are compiled");
        let gpu = self.compiling().map_err(|error| error.to_string())?;
        let made = match self.settings.memory_layout {
            None => CompiledProgram::new(&gpu, &call.image),
            Some(layout) => CompiledProgram::with_layout(&gpu, &call.image, layout),
        };
        let made = made.map_err(|refused: NotCompiled| reason(&refused))?;
        if made.compiled().recursive && !by_name {
            let why = "its functions call one another in cycles or through tables, and such calls are dear where they are compiled";
            return Err(why.to_owned());
        }
        made.prepare().map_err(|error| error.to_string())?;
        Ok(Arc::new(made))
    }

    /// Takes the processes of a program that wait for a kernel and may run compiled.
    fn take_waiting(&self, program: &Arc<StationProgram>) -> Vec<Arc<Entry>> {
        let mut state = self.state();
        let waiting = &mut state.sides[Kernel::Modules as usize].waiting;
        let may_go = |entry: &Arc<Entry>| {
            Arc::ptr_eq(&entry.job.program, program) && entry.job.options.tier != Tier::Interpreted
        };
        let keys: Vec<_> = waiting.iter().filter(|(_, entry)| may_go(entry)).map(|(&key, _)| key).collect();
        keys.iter().filter_map(|key| waiting.remove(key)).collect()
    }
}
