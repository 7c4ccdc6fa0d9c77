//! The threads that feed and serve the two kernels: one for modules, one for lane programs.
//!
//! A kernel is given a few more processes than it has slots. All others wait in the station, where they can still be killed,
//! get another priority, or go to the other tier.

use super::process::{End, Entry, Outcome, Where, too_much};
use super::program::Kind;
use super::{Core, Kernel};
use crate::error::LaneError;
use crate::events::{Seen, ServiceRequest};
use crate::modules::{ModuleOptions, ModuleProcess, ModuleRuntime, Reply};
use crate::process::{EndCause, Process};
use crate::runtime::{PersistentRuntime, SpawnOptions};
use crate::settings::Settings;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// Processes that a kernel is given beyond its slots, so that a slot that gets free has a successor.
const AHEAD: usize = 16;

/// Services of lane programs: write the argument as a number on a line of its own.
const SERVICE_PRINT_NUMBER: u32 = 1;
/// Write the argument as a character.
const SERVICE_PRINT_CHARACTER: u32 = 2;
/// Milliseconds since the start.
const SERVICE_CLOCK: u32 = 3;

/// The most processes that a kernel is given at once.
pub(super) fn most_at_once() -> usize {
    Settings::default().processes as usize + AHEAD
}

/// Notes that a kernel has a process, or ends it if it was killed meanwhile.
fn place(core: &Core, kernel: Kernel, entry: &Arc<Entry>, process: &Process, stage: Where) -> Result<(), LaneError> {
    {
        let mut state = core.state();
        let side = &mut state.sides[kernel as usize];
        side.placed.insert(process.generation(), Arc::clone(entry));
        side.on_the_way -= 1;
    }
    let is_killed = {
        let mut live = entry.live();
        live.stage = stage;
        live.is_killed
    };
    // Who waits for a change may want to know that it runs.
    core.ring();
    if is_killed { core.kill_in_kernel(kernel, std::slice::from_ref(process)) } else { Ok(()) }
}

/// Ends a process that a kernel would not take.
fn refuse(core: &Core, kernel: Kernel, entry: &Arc<Entry>, error: &LaneError) {
    core.state().sides[kernel as usize].on_the_way -= 1;
    core.finish(entry, End::of(Outcome::Failed(error.to_string())));
}

/// Forgets a process that has ended.
fn gone(core: &Core, kernel: Kernel, generation: u32, entry: &Arc<Entry>, end: End) {
    {
        let mut state = core.state();
        let side = &mut state.sides[kernel as usize];
        side.placed.remove(&generation);
        side.ended += 1;
    }
    core.finish(entry, end);
}

/// Tells those who wait for a change if all starve now that did not, or the other way round.
fn note(core: &Core, starved: &mut bool, seen: &Seen) {
    if std::mem::replace(starved, seen.starves) != seen.starves {
        core.ring();
    }
}

/// Feeds and serves the kernel of modules until the station is closed.
pub(super) fn serve_modules(core: &Arc<Core>, runtime: &Arc<ModuleRuntime>) {
    let mut running: HashMap<u32, (Arc<Entry>, ModuleProcess)> = HashMap::new();
    let (mut seen, mut starved) = (Seen::default(), false);
    loop {
        if core.state().closed {
            return;
        }
        let turn = feed_modules(core, runtime, &mut running)
            .and_then(|()| runtime.common().wait_for_change(&mut seen))
            .and_then(|requests| answer_modules(core, runtime, &running, &requests));
        if let Err(error) = turn {
            core.fail(&error);
            return;
        }
        running.retain(|&generation, (entry, process)| match process.process().outcome() {
            None => true,
            Some(left) => {
                gone(core, Kernel::Modules, generation, entry, entry.end_of_module(process, left));
                false
            }
        });
        note(core, &mut starved, &seen);
    }
}

fn feed_modules(
    core: &Core,
    runtime: &ModuleRuntime,
    running: &mut HashMap<u32, (Arc<Entry>, ModuleProcess)>,
) -> Result<(), LaneError> {
    while running.len() < most_at_once()
        && let Some(entry) = core.next(Kernel::Modules)
    {
        let call = entry.job.program.module().expect("only modules wait there");
        let options = &entry.job.options;
        let options = ModuleOptions {
            priority: entry.live().priority,
            arguments: vec![(call.call.clone(), entry.arguments().to_vec())],
            fuel: options.fuel,
            memory_limit: options.memory_limit,
            keeps_memory: options.keeps_memory,
        };
        match runtime.spawn(&call.program, &options) {
            Ok(process) => {
                let early = std::mem::take(&mut entry.live().early);
                entry.job.with_world(|world| early.into_iter().for_each(|event| world.send(entry.number, event)));
                let stage = Where::Modules(process.clone());
                let generation = process.process().generation();
                place(core, Kernel::Modules, &entry, process.process(), stage)?;
                running.insert(generation, (entry, process));
            }
            // Only this one cannot run.
            Err(error @ LaneError::LimitExceeded { .. }) => refuse(core, Kernel::Modules, &entry, &error),
            Err(error) => {
                refuse(core, Kernel::Modules, &entry, &error);
                return Err(error);
            }
        }
    }
    Ok(())
}

fn answer_modules(
    core: &Core,
    runtime: &ModuleRuntime,
    running: &HashMap<u32, (Arc<Entry>, ModuleProcess)>,
    requests: &[ServiceRequest],
) -> Result<(), LaneError> {
    if requests.is_empty() {
        return Ok(());
    }
    let mut shows = false;
    runtime.serve(requests, |service| {
        // Services count spawns from 0, generations from 1.
        let Some((entry, _)) = running.get(&service.number.wrapping_add(1)) else { return Reply::End };
        let (reply, shown) = entry.job.answer(&service.numbered(entry.number));
        shows |= shown;
        reply
    })?;
    if shows {
        core.ring();
    }
    Ok(())
}

/// Feeds and serves the kernel of lane programs until the station is closed.
pub(super) fn serve_lanes(core: &Arc<Core>, runtime: &Arc<PersistentRuntime>) {
    let mut running: HashMap<u32, (Arc<Entry>, Process)> = HashMap::new();
    let (mut seen, mut starved) = (Seen::default(), false);
    let began = Instant::now();
    loop {
        if core.state().closed {
            return;
        }
        let turn = feed_lanes(core, runtime, &mut running)
            .and_then(|()| runtime.wait_for_change(&mut seen))
            .and_then(|requests| answer_lanes(core, runtime, &running, &requests, began))
            .and_then(|()| take_quads(core, runtime, &running));
        if let Err(error) = turn {
            core.fail(&error);
            return;
        }
        running.retain(|&generation, (entry, process)| match process.outcome() {
            None => true,
            Some(left) => {
                let outcome = match left.cause {
                    EndCause::Halted => Outcome::Halted,
                    EndCause::Killed if entry.job.was_too_much(entry.number) => too_much(),
                    EndCause::Killed => Outcome::Killed,
                    cause => Outcome::Faulted(cause),
                };
                let end = End { work: left.instructions, lane: Some(Box::new(left.clone())), ..End::of(outcome) };
                gone(core, Kernel::Lanes, generation, entry, end);
                false
            }
        });
        note(core, &mut starved, &seen);
    }
}

fn feed_lanes(
    core: &Core,
    runtime: &PersistentRuntime,
    running: &mut HashMap<u32, (Arc<Entry>, Process)>,
) -> Result<(), LaneError> {
    while running.len() < most_at_once()
        && let Some(entry) = core.next(Kernel::Lanes)
    {
        let Kind::Lanes { program, .. } = entry.job.program.kind else { unreachable!("only lane programs wait there") };
        let argument = entry.arguments()[0] as u32;
        let options = SpawnOptions { priority: entry.live().priority, argument: argument.cast_signed() };
        match runtime.spawn_with(program, options) {
            Ok(process) => {
                let early = std::mem::take(&mut entry.live().early);
                place(core, Kernel::Lanes, &entry, &process, Where::Lanes(process.clone()))?;
                for event in early {
                    match runtime.send(&process, event) {
                        // It has ended, and needs none.
                        Ok(()) | Err(LaneError::Ended) => {}
                        Err(error) => return Err(error),
                    }
                }
                running.insert(process.generation(), (entry, process));
            }
            Err(error) => {
                refuse(core, Kernel::Lanes, &entry, &error);
                return Err(error);
            }
        }
    }
    Ok(())
}

fn answer_lanes(
    core: &Core,
    runtime: &PersistentRuntime,
    running: &HashMap<u32, (Arc<Entry>, Process)>,
    requests: &[ServiceRequest],
    began: Instant,
) -> Result<(), LaneError> {
    for request in requests {
        let Some((entry, process)) = running.get(&request.process.generation()) else { continue };
        let mut answer = 0;
        match request.service {
            SERVICE_PRINT_NUMBER => entry.job.write(entry.number, format!("{}\n", request.argument)),
            SERVICE_PRINT_CHARACTER => {
                let character = u32::try_from(request.argument).ok().and_then(char::from_u32);
                entry.job.write(entry.number, character.unwrap_or(char::REPLACEMENT_CHARACTER).to_string());
            }
            SERVICE_CLOCK => answer = began.elapsed().as_millis() as i32,
            other => {
                let why = format!(
                    "it asks for service {other}, which there is not; 1 prints a number, 2 a character, 3 gives the milliseconds since the start"
                );
                core.finish(entry, End::of(Outcome::Failed(why)));
                runtime.kill(process)?;
                continue;
            }
        }
        if entry.job.is_full(entry.number) {
            runtime.kill(process)?;
            continue;
        }
        match runtime.answer(process, answer) {
            // It was killed meanwhile.
            Ok(()) | Err(LaneError::Ended | LaneError::NothingAsked) => {}
            Err(error) => return Err(error),
        }
    }
    if !requests.is_empty() {
        core.ring();
    }
    Ok(())
}

/// Rectangles do not say who drew them: they go to the job of the oldest process that runs.
fn take_quads(
    core: &Core,
    runtime: &PersistentRuntime,
    running: &HashMap<u32, (Arc<Entry>, Process)>,
) -> Result<(), LaneError> {
    let Some((entry, _)) = running.values().min_by_key(|(entry, _)| entry.sequence) else { return Ok(()) };
    let drawn = runtime.take_quads()?;
    if !drawn.is_empty() {
        entry.job.with_world(|world| world.drawn.extend(drawn));
        core.ring();
    }
    Ok(())
}
