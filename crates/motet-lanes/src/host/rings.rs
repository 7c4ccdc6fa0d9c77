//! Filling the rings that the kernel empties: spawn requests and input events.

use super::state::{Host, Request, Shared};
use crate::layout::*;
use crate::process::Record;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Shared {
    /// Moves what waits behind the rings into them, as far as there is room.
    pub fn fill_rings(&self, host: &mut Host) {
        while self.spawn_room(host) > 0
            && let Some(mut request) = host.backlog.pop_front()
        {
            // A module waits until there is room for its cells and memories.
            match self.place(host, &request.record) {
                Some(Some(cells)) => request.argument = cells,
                Some(None) => {}
                None => {
                    host.backlog.push_front(request);
                    break;
                }
            }
            self.write_request(host, &request);
        }
        self.send_waiting_events(host);
    }

    /// Moves events into the ring, for each process no more than its mailbox has room for: so the first event of the
    /// ring can always be delivered, and no process waits behind another.
    fn send_waiting_events(&self, host: &mut Host) {
        let mut room = self.input_room(host);
        let mut tail = host.input_tail;
        for (&generation, inbox) in host.inboxes.iter_mut().filter(|(_, inbox)| !inbox.waiting.is_empty()) {
            let Some(slot) = self.memory.slot_of(generation) else { continue };
            let unread = inbox.sent.wrapping_sub(self.memory.desk(slot, DESK_MAILBOX_HEAD));
            let mut mailbox_room = self.memory.layout.mailbox.saturating_sub(unread);
            while room > 0
                && mailbox_room > 0
                && let Some(words) = inbox.waiting.pop_front()
            {
                self.write_event(tail, slot, generation, words);
                tail = tail.wrapping_add(1);
                inbox.sent = inbox.sent.wrapping_add(1);
                room -= 1;
                mailbox_room -= 1;
            }
        }
        if tail != host.input_tail {
            host.input_tail = tail;
            self.memory.set_control(CONTROL_INPUT_TAIL, tail);
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

    /// Input events for a process that are not in its mailbox yet.
    pub fn events_waiting(&self, host: &Host, generation: u32) -> usize {
        let Some(inbox) = host.inboxes.get(&generation) else { return 0 };
        let delivered = self.memory.slot_of(generation).map_or(0, |slot| self.memory.desk(slot, DESK_MAILBOX_TAIL));
        inbox.waiting.len() + inbox.sent.wrapping_sub(delivered) as usize
    }

    /// Queues an event for a process.
    pub fn queue_event(&self, host: &mut Host, record: &Arc<Record>, words: [u32; EVENT_WORDS as usize]) {
        host.inboxes.entry(record.generation).or_default().waiting.push_back(words);
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

    fn write_event(&self, position: u32, slot: u32, generation: u32, words: [u32; EVENT_WORDS as usize]) {
        let memory = &self.memory;
        let store = |word: u32, value: u32| {
            memory.input[memory.layout.ring_event(position, word)].store(value, Ordering::Relaxed);
        };
        store(RING_EVENT_SLOT, slot);
        store(RING_EVENT_GENERATION, generation);
        for (word, value) in words.into_iter().enumerate() {
            store(RING_EVENT_PAYLOAD + word as u32, value);
        }
    }

    /// Whether the kernel has events to deliver or to drop.
    pub fn input_can_move(&self, host: &Host) -> bool {
        self.memory.control(CONTROL_INPUT_HEAD) != host.input_tail
    }
}
