// Asks a driver what it really does: how many turns of a loop it carries out, and whether a running dispatch sees what
// the host writes.

@group(0) @binding(0) var<storage, read_write> answers: array<atomic<u32>>;

const TURNS_ASKED: u32 = 0u;
const TURNS_DONE: u32 = 1u;
// What the turns computed: a sequence that no compiler replaces by a formula.
const SEQUENCE: u32 = 2u;
const WATCH_FLAG: u32 = 3u;
const FLAG: u32 = 4u;
const FLAG_SEEN: u32 = 5u;

@compute @workgroup_size(1, 1, 1)
fn probe() {
    let asked = atomicLoad(&answers[TURNS_ASKED]);
    let watch = atomicLoad(&answers[WATCH_FLAG]) != 0u;
    var done = 0u;
    var sequence = 0u;
    var seen = 0u;
    for (var turn = 0u; turn < asked; turn++) {
        done += 1u;
        sequence = (sequence ^ turn) * 1664525u + 1013904223u;
        if (watch) {
            seen = atomicLoad(&answers[FLAG]);
        }
        if (seen != 0u) {
            break;
        }
    }
    atomicStore(&answers[TURNS_DONE], done);
    atomicStore(&answers[SEQUENCE], sequence);
    atomicStore(&answers[FLAG_SEEN], seen);
}
