// Quicksort: recursion, and a comparison through a pointer to a function.
#include "peer.h"

static i32 items[512];

typedef int (*compare)(i32, i32);

static int rising(i32 a, i32 b) { return a < b; }
static int falling(i32 a, i32 b) { return a > b; }
static compare const orders[] = {rising, falling};

__attribute__((noinline)) static void sort(i32 low, i32 high, compare before) {
    while (low < high) {
        i32 pivot = items[(low + high) / 2], i = low, j = high;
        while (i <= j) {
            while (before(items[i], pivot))
                i++;
            while (before(pivot, items[j]))
                j--;
            if (i <= j) {
                i32 item = items[i];
                items[i++] = items[j];
                items[j--] = item;
            }
        }
        sort(low, j, before);
        low = i;
    }
}

EXPORT(run) u64 run(u32 number) {
    u32 state = number;
    for (u32 i = 0; i < 512; i++)
        items[i] = (i32)next(&state) - 0x800000;
    sort(0, 511, orders[number % 2]);
    u64 sum = 0;
    for (u32 i = 0; i < 512; i++)
        sum = mix(sum, (u32)items[i]);
    return sum;
}
