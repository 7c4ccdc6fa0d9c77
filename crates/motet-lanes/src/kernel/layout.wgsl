// Goes through a memory of each lane, word by word: how fast that is tells how memories should lie.

@group(0) @binding(0) var<storage, read_write> words: array<u32>;

// From a word of a lane to its next one, and from a lane's first word to the next lane's.
const STEP: u32 = 0u;
const STRIDE: u32 = 1u;
// Words of each lane.
const COUNT: u32 = 2u;
const FIRST: u32 = 8u;

@compute @workgroup_size(32, 1, 1)
fn go_through(@builtin(global_invocation_id) place: vec3<u32>) {
    let step = words[STEP];
    let count = words[COUNT];
    var at = FIRST + place.x * words[STRIDE];
    var sum = 0u;
    for (var turn = 0u; turn < count; turn++) {
        sum = (sum ^ words[at]) * 16777619u;
        words[at] = sum;
        at += step;
    }
}
