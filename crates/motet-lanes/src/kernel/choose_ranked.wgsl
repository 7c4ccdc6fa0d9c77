// Fewer lanes than slots: the lanes go to the processes of the highest priority, and among equals to those that ran
// longest ago. Every slot counts how many come before it; that number is the lane it gets.
//
// A group serves the slots that the roster gives it, which the host deals out before each epoch: the dearest processes
// go round among the groups, so that together they run what a choice among all would.

var<workgroup> candidates: array<u32, GROUP_SLOTS>;
var<workgroup> priorities: array<u32, GROUP_SLOTS>;
var<workgroup> ages: array<u32, GROUP_SLOTS>;
var<workgroup> served: array<u32, GROUP_SLOTS>;
var<workgroup> chosen: array<u32, GROUP_LANES>;

fn comes_before(one: u32, other: u32) -> bool {
    if (priorities[one] != priorities[other]) {
        return priorities[one] > priorities[other];
    }
    if (ages[one] != ages[other]) {
        return ages[one] > ages[other];
    }
    return one < other;
}

fn choose(lane: u32, first_slot: u32) -> u32 {
    let now = atomicLoad(&control[CONTROL_FRAME_BASE]) + frame;
    for (var local = lane; local < GROUP_SLOTS; local += GROUP_LANES) {
        let slot = atomicLoad(&control[ROSTER_START + first_slot + local]);
        served[local] = slot;
        candidates[local] = u32(can_run(slot));
        priorities[local] = atomicLoad(&processes[slot * PROCESS_WORDS + PROCESS_PRIORITY]);
        ages[local] = now - atomicLoad(&control[desk_of(slot) + DESK_LAST_RUN]);
    }
    chosen[lane] = NO_SLOT;
    workgroupBarrier();
    for (var local = lane; local < GROUP_SLOTS; local += GROUP_LANES) {
        var rank = select(GROUP_LANES, 0u, candidates[local] != 0u);
        for (var other = 0u; other < GROUP_SLOTS; other++) {
            rank += u32(candidates[other] != 0u && comes_before(other, local));
        }
        if (rank < GROUP_LANES) {
            chosen[rank] = served[local];
        }
    }
    workgroupBarrier();
    let slot = chosen[lane];
    if (slot != NO_SLOT) {
        atomicStore(&control[desk_of(slot) + DESK_LAST_RUN], now);
    }
    return slot;
}
