// Loops of very different lengths: most of the time, one of eight lanes works.
#include "peer.h"

EXPORT(run) u64 run(u32 number) {
    u64 hash = number;
    u32 turns = number % 8 ? 1000 : 400000;
    for (u32 i = 0; i < turns; i++) {
        hash ^= i;
        hash *= 0x100000001b3;
    }
    return hash;
}
