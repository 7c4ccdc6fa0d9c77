// What host and kernel share. Every word that two sides touch at once is atomic; a heap is touched by its own process
// alone, and programs and finished rectangles have one writer at a time.

@group(0) @binding(0) var<storage, read_write> processes: array<atomic<u32>>;
@group(0) @binding(1) var<storage, read> code: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> heap: array<u32>;
@group(0) @binding(3) var<storage, read_write> control: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> input: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> quads: array<vec4<f32>>;

fn desk_of(slot: u32) -> u32 {
    return DESKS_START + slot * DESK_WORDS;
}

fn mailbox_word(slot: u32, position: u32, word: u32) -> u32 {
    return MAILBOXES_START + (slot * MAILBOX_EVENTS + position % MAILBOX_EVENTS) * EVENT_WORDS + word;
}

fn ring_word(position: u32, word: u32) -> u32 {
    return (position % INPUT_EVENTS) * RING_EVENT_WORDS + word;
}
