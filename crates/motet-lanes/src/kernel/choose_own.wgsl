// As many lanes as slots: each lane has a slot of its own.
fn choose(lane: u32, first_slot: u32) -> u32 {
    let slot = first_slot + lane;
    return select(NO_SLOT, slot, can_run(slot));
}
