// Primes by the sieve of Eratosthenes, over bytes.
#include "peer.h"

static u8 composite[32768];

EXPORT(run) u64 run(u32 number) {
    u32 limit = sizeof composite - number % 64;
    for (u32 i = 0; i < limit; i++)
        composite[i] = 0;
    u64 count = 0;
    for (u32 i = 2; i < limit; i++) {
        if (composite[i])
            continue;
        count++;
        for (u32 j = i * 2; j < limit; j += i)
            composite[j] = 1;
    }
    return count;
}
