// Fibonacci's numbers by recursion: calls and nothing else.
#include "peer.h"

__attribute__((noinline)) static u32 fib(u32 number) { return number < 2 ? number : fib(number - 1) + fib(number - 2); }

EXPORT(run) u64 run(u32 number) { return fib(16 + number % 2); }
