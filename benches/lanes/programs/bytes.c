// FNV-1a over a buffer of bytes.
#include "peer.h"

static u8 buffer[4096];

EXPORT(run) u64 run(u32 number) {
    for (u32 i = 0; i < sizeof buffer; i++)
        buffer[i] = (u8)(i * 7 + number);
    u64 hash = 0xcbf29ce484222325;
    for (u32 turn = 0; turn < 10; turn++) {
        for (u32 i = 0; i < sizeof buffer; i++) {
            hash ^= buffer[i];
            hash *= 0x100000001b3;
        }
    }
    return hash;
}
