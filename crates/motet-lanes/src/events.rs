//! What goes between processes and the world: input events, services and rectangles.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::error::LaneError;
use crate::layout::*;
use crate::process::Process;
use crate::runtime::PersistentRuntime;

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

const _: () = assert!(size_of::<Vertex>() == 32);

/// Corners of one rectangle: two triangles.
pub const QUAD_VERTICES: usize = 6;

impl PersistentRuntime {
    /// Gives a process the focus: input events go to it from now on.
    pub fn focus(&self, process: &Process) -> Result<(), LaneError> {
        let mut host = self.shared().host();
        if !host.residents.contains_key(&process.record.generation) {
            return Err(LaneError::Ended);
        }
        host.focus = Some(Arc::clone(&process.record));
        Ok(())
    }

    /// Sends an event to the process that has the focus.
    pub fn send_input(&self, event: InputEvent) -> Result<(), LaneError> {
        let mut host = self.shared().host();
        host.check()?;
        let record = host.focus.clone().ok_or(LaneError::NoFocus)?;
        let waiting = self.shared().events_waiting(&host);
        if waiting >= self.shared().memory.layout.events as usize {
            return Err(LaneError::InputFull { waiting });
        }
        let words = [event.kind, event.code, event.x, event.y].map(i32::cast_unsigned);
        self.shared().queue_event(&mut host, &record, words);
        drop(host);
        self.shared().doorbell.notify_all();
        Ok(())
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

    fn requests(&self, host: &crate::host::state::Host) -> Vec<ServiceRequest> {
        let memory = &self.shared().memory;
        (0..memory.layout.slots)
            .filter(|&slot| memory.process(slot, PROCESS_STATUS) == BLOCKED_IO && memory.desk(slot, DESK_ANSWERED) == 0)
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
        let host = self.shared().host();
        host.check()?;
        if !host.residents.contains_key(&process.record.generation) {
            return Err(LaneError::Ended);
        }
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
