//! Filling the rings that the kernel empties: spawn requests and input events.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::state::{Host, PendingEvent, Request, Shared};
use crate::layout::*;
use crate::process::Record;

impl Shared {
    /// Moves what waits behind the rings into them, as far as there is room.
    pub fn fill_rings(&self, host: &mut Host) {
        while self.spawn_room(host) > 0
            && let Some(request) = host.backlog.pop_front()
        {
            self.write_request(host, &request);
        }
        while self.input_room(host) > 0
            && let Some(event) = host.pending_input.front()
        {
            // Events wait behind the ring for as long as their process waits for a slot.
            let slot = self.memory.slot_of(event.record.generation);
            let ended = !host.residents.contains_key(&event.record.generation);
            if slot.is_none() && !ended {
                break;
            }
            if let Some(event) = host.pending_input.pop_front() {
                match slot {
                    Some(slot) if !ended => self.write_event(host, slot, &event),
                    _ => host.totals.events_lost += 1,
                }
            }
        }
    }

    /// Requests for which the spawn ring has room.
    pub fn spawn_room(&self, host: &Host) -> u32 {
        self.memory.layout.ring - self.spawns_in_ring(host)
    }

    pub fn spawns_in_ring(&self, host: &Host) -> u32 {
        host.spawn_tail.wrapping_sub(self.memory.control(CONTROL_SPAWN_HEAD))
    }

    /// Queues a spawn, in the ring if nothing waits in front of it.
    pub fn queue_spawn(&self, host: &mut Host, request: Request) {
        host.backlog.push_back(request);
        self.fill_rings(host);
        if host.backlog.is_empty() {
            self.call_all_groups(host);
        } else {
            self.ask_to_leave(host);
        }
    }

    fn write_request(&self, host: &mut Host, request: &Request) {
        let memory = &self.memory;
        let entry = memory.layout.spawn_entry(host.spawn_tail);
        let program = request.record.program;
        for (word, value) in [
            (SPAWN_CODE_OFFSET, program.offset),
            (SPAWN_CODE_LENGTH, program.length),
            (SPAWN_PRIORITY, request.priority),
            (SPAWN_GENERATION, request.record.generation),
            (SPAWN_ARGUMENT, request.argument),
        ] {
            memory.control[entry + word as usize].store(value, Ordering::Relaxed);
        }
        host.spawn_tail = host.spawn_tail.wrapping_add(1);
        memory.set_control(CONTROL_SPAWN_TAIL, host.spawn_tail);
    }

    fn input_room(&self, host: &Host) -> u32 {
        self.memory.layout.events - self.events_in_ring(host)
    }

    fn events_in_ring(&self, host: &Host) -> u32 {
        host.input_tail.wrapping_sub(self.memory.control(CONTROL_INPUT_HEAD))
    }

    /// Input events that no process has received yet, those in mailboxes aside.
    pub fn events_waiting(&self, host: &Host) -> usize {
        host.pending_input.len() + self.events_in_ring(host) as usize
    }

    /// Queues an event for a process.
    pub fn queue_event(&self, host: &mut Host, record: &Arc<Record>, words: [u32; EVENT_WORDS as usize]) {
        host.pending_input.push_back(PendingEvent { record: Arc::clone(record), words });
        self.fill_rings(host);
        self.call_all_groups(host);
    }

    /// Sees to it that every group looks at what has come: where one has left the present epoch for want of work, the
    /// epoch ends at its next frame, and the next one has all groups again.
    pub fn call_all_groups(&self, host: &Host) {
        if self.memory.control(CONTROL_GROUPS_HERE) != self.memory.layout.groups {
            self.ask_to_leave(host);
        }
    }

    fn write_event(&self, host: &mut Host, slot: u32, event: &PendingEvent) {
        let memory = &self.memory;
        let store = |word: u32, value: u32| {
            memory.input[memory.layout.ring_event(host.input_tail, word)].store(value, Ordering::Relaxed);
        };
        store(RING_EVENT_SLOT, slot);
        store(RING_EVENT_GENERATION, event.record.generation);
        for (word, value) in event.words.iter().enumerate() {
            store(RING_EVENT_PAYLOAD + word as u32, *value);
        }
        host.input_tail = host.input_tail.wrapping_add(1);
        memory.set_control(CONTROL_INPUT_TAIL, host.input_tail);
    }

    /// Whether the kernel could deliver or drop the first event of the ring. It cannot while the process lives and its
    /// mailbox is full.
    pub fn input_can_move(&self, host: &Host) -> bool {
        let memory = &self.memory;
        let head = memory.control(CONTROL_INPUT_HEAD);
        if head == host.input_tail {
            return false;
        }
        let read = |word| memory.input[memory.layout.ring_event(head, word)].load(Ordering::Acquire);
        let slot = read(RING_EVENT_SLOT);
        let alive = !matches!(memory.process(slot, PROCESS_STATUS), EMPTY | DEAD)
            && memory.process(slot, PROCESS_GENERATION) == read(RING_EVENT_GENERATION);
        let held = memory.desk(slot, DESK_MAILBOX_TAIL).wrapping_sub(memory.desk(slot, DESK_MAILBOX_HEAD));
        !alive || held < memory.layout.mailbox
    }
}
