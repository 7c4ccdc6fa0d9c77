// The kernel: a bounded number of frames.
//
// A frame serves the rings (group 0 alone), chooses a process for each lane, runs it for a time slice and stores its
// status. Every lane enters every loop and reaches every barrier: what decides about either is read by one lane and
// handed to its group.
//
// Handing a process from one group to another, or to the host, always goes: write the words, pass a barrier that
// orders device memory, store the status or the tail. Reading goes: load the status or the tail, pass such a barrier,
// read the words.

const NO_SLOT: u32 = 0xffffffffu;

var<workgroup> told: u32;
var<workgroup> spawn_count: u32;
var<workgroup> spawn_head: u32;
var<workgroup> free_head: u32;
var<workgroup> event_count: u32;
var<workgroup> event_head: u32;
var<workgroup> run_of_events: atomic<u32>;
var<workgroup> event_room: u32;
var<workgroup> mailbox_end: u32;
var<workgroup> working: atomic<u32>;
var<private> frame: u32;

// Takes what waits in the spawn ring, as far as slots are free: the request that is the n-th of this frame gets the
// n-th free slot, on lane n.
fn serve_spawns(lane: u32) {
    if (lane == 0u) {
        let head = atomicLoad(&control[CONTROL_SPAWN_HEAD]);
        let free = atomicLoad(&control[CONTROL_FREE_HEAD]);
        let waiting = atomicLoad(&control[CONTROL_SPAWN_TAIL]) - head;
        let room = atomicLoad(&control[CONTROL_FREE_TAIL]) - free;
        spawn_head = head;
        free_head = free;
        spawn_count = min(min(waiting, room), min(SPAWNS_A_FRAME, GROUP_LANES));
    }
    let count = workgroupUniformLoad(&spawn_count);
    if (count == 0u) {
        return;
    }
    storageBarrier();
    for (var word = lane; word < count * ALL_REGISTERS; word += GROUP_LANES) {
        let free_slot = atomicLoad(&control[FREE_START + (free_head + word / ALL_REGISTERS) % SLOTS]);
        atomicStore(&processes[free_slot * PROCESS_WORDS + PROCESS_REGISTERS + word % ALL_REGISTERS], 0u);
    }
    storageBarrier();
    var slot = 0u;
    if (lane < count) {
        slot = atomicLoad(&control[FREE_START + (free_head + lane) % SLOTS]);
        let request = CONTROL_HEADER_WORDS + ((spawn_head + lane) % SPAWN_RING) * SPAWN_WORDS;
        let process = slot * PROCESS_WORDS;
        let desk = desk_of(slot);
        let stale = atomicLoad(&processes[process + PROCESS_STALE_PAGES]);
        let written = atomicLoad(&processes[process + PROCESS_WRITTEN_PAGES]);
        atomicStore(&processes[process + PROCESS_PC], 0u);
        atomicStore(&processes[process + PROCESS_STACK], HEAP_BYTES);
        atomicStore(&processes[process + PROCESS_CODE_OFFSET], atomicLoad(&control[request + SPAWN_CODE_OFFSET]));
        atomicStore(&processes[process + PROCESS_CODE_LENGTH], atomicLoad(&control[request + SPAWN_CODE_LENGTH]));
        atomicStore(&processes[process + PROCESS_HEAP_OFFSET], slot * HEAP_BYTES);
        atomicStore(&processes[process + PROCESS_HEAP_SIZE], HEAP_BYTES);
        atomicStore(&processes[process + PROCESS_REGISTERS], atomicLoad(&control[request + SPAWN_ARGUMENT]));
        atomicStore(&processes[process + PROCESS_REASON], 0u);
        atomicStore(&processes[process + PROCESS_PRIORITY], atomicLoad(&control[request + SPAWN_PRIORITY]));
        atomicStore(&processes[process + PROCESS_GENERATION], atomicLoad(&control[request + SPAWN_GENERATION]));
        atomicStore(&processes[process + PROCESS_WRITTEN_PAGES], 0u);
        atomicStore(&processes[process + PROCESS_STALE_PAGES], stale | written);
        atomicStore(&control[desk + DESK_LAST_RUN], atomicLoad(&control[CONTROL_FRAME_BASE]) + frame);
        atomicStore(&control[desk + DESK_EXECUTED_LOW], 0u);
        atomicStore(&control[desk + DESK_EXECUTED_HIGH], 0u);
        atomicStore(&control[desk + DESK_ANSWERED], 0u);
        atomicStore(&control[desk + DESK_MAILBOX_HEAD], 0u);
        atomicStore(&control[desk + DESK_MAILBOX_TAIL], 0u);
    }
    storageBarrier();
    if (lane < count) {
        atomicMax(&control[CONTROL_PROCESS_COUNT], slot + 1u);
        atomicStore(&processes[slot * PROCESS_WORDS + PROCESS_STATUS], READY);
    }
    if (lane == 0u) {
        atomicStore(&control[CONTROL_SPAWN_HEAD], spawn_head + count);
        atomicStore(&control[CONTROL_FREE_HEAD], free_head + count);
    }
    storageBarrier();
}

// Delivers events into the mailbox of the process they are for: the longest run of events for one process, a lane for
// each. A full mailbox keeps them in the ring; a process that has ended loses them, and they are counted.
fn serve_input(lane: u32) {
    if (lane == 0u) {
        let head = atomicLoad(&control[CONTROL_INPUT_HEAD]);
        event_head = head;
        event_count = min(atomicLoad(&control[CONTROL_INPUT_TAIL]) - head, min(EVENTS_A_FRAME, GROUP_LANES));
        atomicStore(&run_of_events, event_count);
    }
    let count = workgroupUniformLoad(&event_count);
    if (count == 0u) {
        return;
    }
    storageBarrier();
    let slot = atomicLoad(&input[ring_word(event_head, RING_EVENT_SLOT)]) % SLOTS;
    let generation = atomicLoad(&input[ring_word(event_head, RING_EVENT_GENERATION)]);
    if (lane < count && atomicLoad(&input[ring_word(event_head + lane, RING_EVENT_GENERATION)]) != generation) {
        atomicMin(&run_of_events, lane);
    }
    if (lane == 0u) {
        let process = slot * PROCESS_WORDS;
        let status = atomicLoad(&processes[process + PROCESS_STATUS]);
        let alive = status != EMPTY && status != DEAD
            && atomicLoad(&processes[process + PROCESS_GENERATION]) == generation;
        let desk = desk_of(slot);
        let tail = atomicLoad(&control[desk + DESK_MAILBOX_TAIL]);
        mailbox_end = tail;
        event_room = select(0u, MAILBOX_EVENTS - (tail - atomicLoad(&control[desk + DESK_MAILBOX_HEAD])), alive);
        told = u32(alive);
    }
    let alive = workgroupUniformLoad(&told) != 0u;
    let run = atomicLoad(&run_of_events);
    let taken = select(run, min(run, event_room), alive);
    if (alive && lane < taken) {
        let origin = ring_word(event_head + lane, RING_EVENT_PAYLOAD);
        let goal = mailbox_word(slot, mailbox_end + lane, 0u);
        atomicStore(&input[goal], atomicLoad(&input[origin]));
        atomicStore(&input[goal + 1u], atomicLoad(&input[origin + 1u]));
        atomicStore(&input[goal + 2u], atomicLoad(&input[origin + 2u]));
        atomicStore(&input[goal + 3u], atomicLoad(&input[origin + 3u]));
    }
    storageBarrier();
    if (lane == 0u) {
        if (alive) {
            atomicStore(&control[desk_of(slot) + DESK_MAILBOX_TAIL], mailbox_end + taken);
        } else {
            atomicAdd(&control[CONTROL_EVENTS_LOST], taken);
        }
        atomicStore(&control[CONTROL_INPUT_HEAD], event_head + taken);
    }
    storageBarrier();
}

fn can_run(slot: u32) -> bool {
    let status = atomicLoad(&processes[slot * PROCESS_WORDS + PROCESS_STATUS]);
    let desk = desk_of(slot);
    let has_event = atomicLoad(&control[desk + DESK_MAILBOX_HEAD]) != atomicLoad(&control[desk + DESK_MAILBOX_TAIL]);
    let has_answer = atomicLoad(&control[desk + DESK_ANSWERED]) != 0u;
    return status == READY || (status == BLOCKED_INPUT && has_event) || (status == BLOCKED_IO && has_answer);
}

@compute @workgroup_size(GROUP_LANES, 1, 1)
fn run_epoch(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
    let lane = local.x;
    let first_slot = group.x * GROUP_SLOTS;
    if (lane == 0u) {
        // Whatever the host asks for, the loops of an epoch stay below what the driver allows.
        told = min(atomicLoad(&control[CONTROL_FRAME_LIMIT]), MOST_FRAMES);
    }
    let frame_limit = workgroupUniformLoad(&told);
    for (var number = 0u; number < frame_limit; number++) {
        frame = number;
        if (lane == 0u) {
            told = atomicLoad(&control[CONTROL_LEAVE]);
            atomicStore(&working, 0u);
        }
        if (workgroupUniformLoad(&told) != 0u) {
            break;
        }
        if (group.x == 0u) {
            serve_spawns(lane);
            serve_input(lane);
        }

        let slot = choose(lane, first_slot);
        let has_work = slot != NO_SLOT;
        var answered = 0u;
        var mailbox_tail = 0u;
        if (has_work) {
            let desk = desk_of(slot);
            answered = atomicLoad(&control[desk + DESK_ANSWERED]);
            mailbox_tail = atomicLoad(&control[desk + DESK_MAILBOX_TAIL]);
            atomicStore(&processes[slot * PROCESS_WORDS + PROCESS_STATUS], RUNNING);
            atomicAdd(&working, 1u);
        }
        storageBarrier();
        let end = run_slice(select(0u, slot, has_work), has_work, answered, mailbox_tail);
        storageBarrier();
        if (has_work) {
            atomicStore(&processes[slot * PROCESS_WORDS + PROCESS_STATUS], end.status);
        }
        if (lane == 0u) {
            atomicMax(&control[CONTROL_FRAMES], number + 1u);
            told = u32(atomicLoad(&working) == 0u && atomicLoad(&control[CONTROL_SPIN]) == 0u);
        }
        storageBarrier();
        if (workgroupUniformLoad(&told) != 0u) {
            break;
        }
    }
    if (lane == 0u) {
        atomicSub(&control[CONTROL_GROUPS_HERE], 1u);
    }
}
