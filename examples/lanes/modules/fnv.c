// FNV-1a over numbers that are computed: 64-bit arithmetic without memory.
#include "module.h"

// A benchmark that includes this takes more.
#ifndef TURNS
#define TURNS 2000
#endif

EXPORT(run) u64 run(u32 number) {
    u64 hash = 0xcbf29ce484222325;
    for (u32 i = 0; i < TURNS; i++) {
        hash ^= (i * 31 + number) & 0xff;
        hash *= 0x100000001b3;
    }
    return hash;
}
