//! What goes between processes and the world: input events, services and rectangles.

use crate::error::LaneError;
use crate::host::state::Host;
use crate::layout::*;
use crate::modules::SERVICE_GROW;
use crate::process::{Process, Record};
use crate::runtime::PersistentRuntime;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

/// An input event: what the instruction `input` puts into four registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputEvent {
    /// What happened; host and program agree on the numbers.
    pub kind: i32,
    /// A key or a button.
    pub code: i32,
    /// Where, from the left.
    pub x: i32,
    /// Where, from the top.
    pub y: i32,
}

/// A process's request to the host: what the instruction `service` asks.
#[derive(Clone, Debug)]
pub struct ServiceRequest {
    /// Who asks, and waits.
    pub process: Process,
    /// Which service.
    pub service: u32,
    /// With what argument.
    pub argument: i32,
}

/// What a caller of [`PersistentRuntime::wait_for_change`] saw last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pokes: u64,
    ended: u64,
    /// Every process that could run waits for what the host has not sent.
    pub starves: bool,
}

/// What processes wait for that only the host can give.
#[derive(Clone, Debug)]
pub enum Need {
    /// Answers to these requests.
    Services(Vec<ServiceRequest>),
    /// Input events: every process that could run waits for one, and none is on its way.
    Input,
    /// No process is left.
    Nothing,
}

/// One corner of a triangle, as a graphics pipeline wants it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Vertex {
    /// Place; the third coordinate is 0.
    pub position: [f32; 3],
    pub(crate) padding: f32,
    /// Red, green, blue and opacity between 0 and 1.
    pub colour: [f32; 4],
}

impl Vertex {
    /// The two triangles of a rectangle, in the colour 0xRRGGBBAA, as the kernel makes them.
    pub(crate) fn rectangle(x: f32, y: f32, width: f32, height: f32, colour: u32) -> [Vertex; QUAD_VERTICES] {
        let colour = colour.to_be_bytes().map(|channel| f32::from(channel) / 255.0);
        let corner = |x: f32, y: f32| Vertex { position: [x, y, 0.0], padding: 0.0, colour };
        let [left_top, right_top] = [corner(x, y), corner(x + width, y)];
        let [left_bottom, right_bottom] = [corner(x, y + height), corner(x + width, y + height)];
        [left_top, right_top, right_bottom, left_top, right_bottom, left_bottom]
    }
}

const _: () = assert!(size_of::<Vertex>() == 32);

/// Corners of one rectangle: two triangles.
pub const QUAD_VERTICES: usize = 6;

impl PersistentRuntime {
    /// Gives a process the focus: input events go to it from now on.
    pub fn focus(&self, process: &Process) -> Result<(), LaneError> {
        let mut host = self.resident(process)?;
        host.focus = Some(Arc::clone(&process.record));
        Ok(())
    }

    /// Sends an event to the process that has the focus.
    pub fn send_input(&self, event: InputEvent) -> Result<(), LaneError> {
        let host = self.shared().host();
        host.check()?;
        let record = host.focus.clone().ok_or(LaneError::NoFocus)?;
        self.send_to(host, &record, event)
    }

    /// Sends an event to a process, whether it has the focus or not.
    pub fn send(&self, process: &Process, event: InputEvent) -> Result<(), LaneError> {
        let host = self.resident(process)?;
        self.send_to(host, &process.record, event)
    }

    /// Each process has its own limit, so that one that does not read refuses its own events and no others.
    fn send_to(
        &self,
        mut host: MutexGuard<'_, Host>,
        record: &Arc<Record>,
        event: InputEvent,
    ) -> Result<(), LaneError> {
        let waiting = self.shared().events_waiting(&host, record.generation);
        if waiting >= self.shared().memory.layout.events as usize {
            return Err(LaneError::InputFull { waiting });
        }
        let words = [event.kind, event.code, event.x, event.y].map(i32::cast_unsigned);
        self.shared().queue_event(&mut host, record, words);
        drop(host);
        self.shared().doorbell.notify_all();
        Ok(())
    }

    /// The lock, with a process that belongs to this runtime and has not ended.
    fn resident(&self, process: &Process) -> Result<MutexGuard<'_, Host>, LaneError> {
        self.check_own(process)?;
        let host = self.shared().host();
        host.check()?;
        match host.residents.contains_key(&process.record.generation) {
            true => Ok(host),
            false => Err(LaneError::Ended),
        }
    }

    /// The requests that wait for an answer now.
    pub fn service_requests(&self) -> Vec<ServiceRequest> {
        let host = self.shared().host();
        self.requests(&host)
    }

    /// Waits until some process asks for a service. No request at all says that no process is left to ask.
    pub fn wait_for_service(&self, timeout: Duration) -> Result<Vec<ServiceRequest>, LaneError> {
        self.shared().wait_for(timeout, |host| {
            let requests = self.requests(host);
            (!requests.is_empty() || host.residents.is_empty()).then_some(requests)
        })
    }

    /// Waits until the processes need the host: an answer to a service, or input events that nothing sent yet, or until
    /// none is left.
    pub fn wait_for_need(&self, timeout: Duration) -> Result<Need, LaneError> {
        let shared = self.shared();
        shared.wait_for(timeout, |host| {
            let requests = self.requests(host);
            if !requests.is_empty() {
                return Some(Need::Services(requests));
            }
            if host.residents.is_empty() {
                return Some(Need::Nothing);
            }
            self.all_starve(host).then_some(Need::Input)
        })
    }

    /// Whether every process that could run waits for what the host has not sent.
    fn all_starve(&self, host: &Host) -> bool {
        let shared = self.shared();
        let starved = |&generation: &u32| {
            if host.deferred.contains(&generation) {
                return true;
            }
            shared.events_waiting(host, generation) == 0
                && shared.memory.slot_of(generation).is_some_and(|slot| {
                    shared.memory.process(slot, PROCESS_STATUS) == BLOCKED_INPUT && !shared.memory.can_run(slot)
                })
        };
        // Processes that wait for a slot wait in vain if all that have one wait for input.
        let placed: Vec<u32> =
            host.residents.keys().copied().filter(|&key| shared.memory.slot_of(key).is_some()).collect();
        !host.in_flight && !placed.is_empty() && placed.iter().all(starved) && !shared.has_work(host)
    }

    /// Whether all processes wait for what the host has not sent, now.
    pub(crate) fn starves(&self) -> bool {
        self.all_starve(&self.shared().host())
    }

    /// Waits until something is other than it was `seen`: requests to answer, processes that have ended, a call of
    /// [`PersistentRuntime::poke`], or that all processes starve, or do not any more.
    pub(crate) fn wait_for_change(&self, seen: &mut Seen) -> Result<Vec<ServiceRequest>, LaneError> {
        self.shared().wait_for(Duration::MAX, |host| {
            let now = Seen { pokes: host.pokes, ended: host.totals.ended, starves: self.all_starve(host) };
            let requests = self.requests(host);
            let is_news = now != *seen || !requests.is_empty();
            *seen = now;
            is_news.then_some(requests)
        })
    }

    /// Wakes those who wait for a change.
    pub(crate) fn poke(&self) {
        self.shared().host().pokes += 1;
        self.shared().settled.notify_all();
    }

    /// Gives a process another priority from its next frame on.
    pub fn set_priority(&self, process: &Process, priority: u32) -> Result<(), LaneError> {
        self.check_own(process)?;
        let (shared, generation) = (self.shared(), process.record.generation);
        shared.between_epochs(|host| {
            let memory = &shared.memory;
            if !host.residents.contains_key(&generation) {
                return Err(LaneError::Ended);
            }
            if let Some(slot) = memory.slot_of(generation) {
                memory.set_process(slot, PROCESS_PRIORITY, priority);
                return Ok(());
            }
            if let Some(request) = host.backlog.iter_mut().find(|request| request.record.generation == generation) {
                request.priority = priority;
                return Ok(());
            }
            // In the ring.
            let mut at = memory.control(CONTROL_SPAWN_HEAD);
            while at != host.spawn_tail {
                let entry = memory.layout.spawn_entry(at);
                if memory.control[entry + SPAWN_GENERATION as usize].load(Ordering::Relaxed) == generation {
                    memory.control[entry + SPAWN_PRIORITY as usize].store(priority, Ordering::Relaxed);
                }
                at = at.wrapping_add(1);
            }
            Ok(())
        })?
    }

    fn requests(&self, host: &Host) -> Vec<ServiceRequest> {
        let memory = &self.shared().memory;
        (0..memory.layout.slots)
            .filter(|&slot| memory.process(slot, PROCESS_STATUS) == BLOCKED_IO && memory.desk(slot, DESK_ANSWERED) == 0)
            .filter(|&slot| memory.process(slot, PROCESS_REASON) != SERVICE_GROW)
            .filter(|&slot| !host.deferred.contains(&memory.process(slot, PROCESS_GENERATION)))
            .filter_map(|slot| {
                let record = host.residents.get(&memory.process(slot, PROCESS_GENERATION))?;
                Some(ServiceRequest {
                    process: Process { record: Arc::clone(record), shared: Arc::clone(self.shared()) },
                    service: memory.process(slot, PROCESS_REASON),
                    argument: memory.desk(slot, DESK_ARGUMENT).cast_signed(),
                })
            })
            .collect()
    }

    /// Answers a process that waits for a service.
    pub fn answer(&self, process: &Process, answer: i32) -> Result<(), LaneError> {
        let host = self.resident(process)?;
        let memory = &self.shared().memory;
        let slot = memory.slot_of(process.record.generation).ok_or(LaneError::NothingAsked)?;
        if memory.process(slot, PROCESS_STATUS) != BLOCKED_IO || memory.desk(slot, DESK_ANSWERED) != 0 {
            return Err(LaneError::NothingAsked);
        }
        memory.set_desk(slot, DESK_ANSWER, answer.cast_unsigned());
        memory.set_desk(slot, DESK_ANSWERED, 1);
        self.shared().call_all_groups(&host);
        drop(host);
        self.shared().doorbell.notify_all();
        Ok(())
    }

    /// Takes the rectangles drawn since the last call, six vertices each, and makes room for others.
    pub fn take_quads(&self) -> Result<Vec<Vertex>, LaneError> {
        self.shared().between_epochs(|_| {
            let memory = &self.shared().memory;
            // The counter can run past the end by as many lanes as drew at once.
            let count = memory.control(CONTROL_QUAD_COUNT).min(memory.layout.quads) as usize;
            let words = &memory.quads[..count * QUAD_VECTORS as usize * 4];
            let float = |word: &std::sync::atomic::AtomicU32| f32::from_bits(word.load(Ordering::Acquire));
            let vertex = |words: &[std::sync::atomic::AtomicU32]| Vertex {
                position: [float(&words[0]), float(&words[1]), float(&words[2])],
                padding: 0.0,
                colour: [float(&words[4]), float(&words[5]), float(&words[6]), float(&words[7])],
            };
            let vertices = words.chunks_exact(8).map(vertex).collect();
            memory.set_control(CONTROL_QUAD_COUNT, 0);
            vertices
        })
    }
}
