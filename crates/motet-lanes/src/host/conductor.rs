//! The thread that submits epochs, and sleeps when there is nothing to submit.

use super::epochs::EpochSizer;
use super::state::{ConductorCommand, Host, Shared};
use crate::error::LaneError;
use crate::executor::Executor;
use crate::layout::*;
use crate::settings::{Idle, Mode};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// How often the conductor looks up from a running epoch when it has to serve the rings meanwhile.
const LOOK_UP: Duration = Duration::from_micros(500);

/// Runs until the wish is to quit or the device fails.
pub(crate) fn conduct(shared: &Arc<Shared>, mut executor: Box<dyn Executor>, most_frames: u32) {
    let alarm = Alarm { shared };
    let target = shared.settings.epoch_target;
    let mut sizer = EpochSizer::new(target, most_frames);
    while prepare(shared, &mut sizer, most_frames) {
        let started = Instant::now();
        let flown = fly(shared, executor.as_mut());
        let took = started.elapsed();
        let mut host = shared.host();
        let frames = shared.memory.control(CONTROL_FRAMES);
        land(shared, &mut host, frames, took);
        if let Err(failure) = flown {
            host.failure = Some(failure);
            drop(host);
            shared.settled.notify_all();
            // A device that does not answer may still write to its memory. It keeps what it was given.
            std::mem::forget(executor);
            std::mem::forget(alarm);
            return;
        }
        drop(host);
        shared.settled.notify_all();
        sizer.took(frames, took);
    }
    std::mem::forget(alarm);
}

/// Tells those who wait if the conductor panics, so that none waits for ever.
struct Alarm<'s> {
    shared: &'s Arc<Shared>,
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        let mut host = self.shared.host();
        host.in_flight = false;
        host.failure = Some(LaneError::DeviceLost { during: "a panic of the conductor" });
        drop(host);
        self.shared.settled.notify_all();
    }
}

/// Waits for work and sets the next epoch up; false is the end.
fn prepare(shared: &Arc<Shared>, sizer: &mut EpochSizer, most_frames: u32) -> bool {
    let mut parked = false;
    let mut host = shared.host();
    loop {
        if host.wish == ConductorCommand::Quit {
            return false;
        }
        if host.visitors == 0 && host.wish == ConductorCommand::Run && shared.has_work(&host) {
            break;
        }
        parked = true;
        host = shared.doorbell.wait(host).unwrap_or_else(PoisonError::into_inner);
    }
    if parked {
        sizer.woke();
    }
    shared.fill_rings(&mut host);
    let memory = &shared.memory;
    let frames = match shared.settings.mode {
        Mode::Epochs => sizer.frames(),
        Mode::Persistent => most_frames,
    };
    memory.set_control(CONTROL_FRAMES, 0);
    memory.set_control(CONTROL_FRAME_LIMIT, frames);
    // The kernel compares ages by wrapping subtraction, for which the low half is enough.
    memory.set_control(CONTROL_FRAME_BASE, host.totals.frames as u32);
    memory.deal_roster(host.totals.frames as u32);
    memory.set_control(CONTROL_SPIN, u32::from(shared.settings.idle == Idle::Spin));
    memory.set_control(CONTROL_GROUPS_HERE, memory.layout.groups);
    memory.set_control(CONTROL_LEAVE, 0);
    host.fresh_start = false;
    host.in_flight = true;
    true
}

/// Submits an epoch and waits for its end, serving the rings meanwhile where they need it.
fn fly(shared: &Arc<Shared>, executor: &mut dyn Executor) -> Result<(), LaneError> {
    executor.submit()?;
    let persistent = shared.settings.mode == Mode::Persistent;
    let submitted = Instant::now();
    let mut asked_to_leave = persistent;
    let mut deadline = Instant::now() + shared.settings.patience;
    let mut seen_frames = 0;
    loop {
        let now = Instant::now();
        if now >= deadline {
            return Err(LaneError::DeviceLost { during: "an epoch that never ended" });
        }
        let (look_up, overdue) = {
            let host = shared.host();
            // Frames take longer than the last epoch's did when processes join or the machine has other work: the
            // epoch then ends at its next frame, rather than after all that it was given.
            let overdue = !asked_to_leave && now.duration_since(submitted) >= shared.settings.epoch_target;
            if overdue {
                shared.ask_to_leave(&host);
            }
            let input_waits = host.inboxes.values().any(|inbox| !inbox.waiting.is_empty());
            (persistent || !host.backlog.is_empty() || input_waits, overdue)
        };
        asked_to_leave |= overdue;
        let until = if asked_to_leave { deadline } else { submitted + shared.settings.epoch_target };
        let timeout = if look_up { LOOK_UP } else { until.saturating_duration_since(now) };
        if executor.wait(timeout)? {
            return Ok(());
        }
        if look_up {
            let mut host = shared.host();
            if shared.collect(&mut host) {
                shared.settled.notify_all();
            }
            shared.fill_rings(&mut host);
            // A persistent epoch may last for ever, as long as it moves.
            let frames = shared.memory.control(CONTROL_FRAMES);
            if persistent && frames != seen_frames {
                seen_frames = frames;
                deadline = Instant::now() + shared.settings.patience;
            }
        }
    }
}

/// Takes in what an epoch left.
fn land(shared: &Shared, host: &mut Host, frames: u32, took: Duration) {
    host.in_flight = false;
    host.totals.frames += u64::from(frames);
    host.totals.epochs += 1;
    host.totals.longest_epoch = host.totals.longest_epoch.max(took);
    shared.collect(host);
    shared.carry_out_kills(host);
    shared.grow_memories(host);
    shared.fill_rings(host);
}
