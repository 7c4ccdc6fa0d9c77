// What the programs share. Each is built three times: as a module with one call for each instance, as a module that an engine calls
// once for all (so that what the call costs the engine's embedder does not count), and as native code.
#pragma once
#include "../../../examples/lanes/modules/module.h"

#ifdef NATIVE
#undef EXPORT
#define EXPORT(name)
#endif

u64 run(u32 number);

// What an instance costs that does nothing.
EXPORT(nothing) u64 nothing(u32 number) { return number; }

#ifdef MANY
// The sum of what numbers below `count` give.
#ifdef NATIVE
u64 many(u32 count)
#else
__attribute__((export_name("many"))) u64 many(u32 count)
#endif
{
    u64 sum = 0;
    for (u32 number = 0; number < count; number++)
        sum += run(number);
    return sum;
}
#endif
