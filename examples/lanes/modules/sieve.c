// Primes by the sieve of Eratosthenes, over bytes.
#include "module.h"

static u8 composite[8192];

EXPORT(run) u64 run(u32 number) {
    u32 limit = 4096 + number % 4096;
    for (u32 i = 0; i < limit; i++)
        composite[i] = 0;
    u64 sum = 0;
    for (u32 i = 2; i < limit; i++) {
        if (composite[i])
            continue;
        sum = mix(sum, i);
        for (u32 j = i * i; j < limit; j += i)
            composite[j] = 1;
    }
    return sum;
}
