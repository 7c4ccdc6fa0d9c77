// The Mandelbrot set, a row of it: 64-bit floats without memory.
#include "peer.h"

EXPORT(run) u64 run(u32 number) {
    u64 sum = 0;
    double y = (double)(number % 1024) / 512.0 - 1.0;
    for (u32 column = 0; column < 256; column++) {
        double x = (double)column / 128.0 - 1.5, a = 0, b = 0;
        u32 turns = 0;
        while (a * a + b * b < 4.0 && turns < 200) {
            double next = a * a - b * b + x;
            b = 2.0 * a * b + y;
            a = next;
            turns++;
        }
        sum = mix(sum, turns);
    }
    return sum;
}
