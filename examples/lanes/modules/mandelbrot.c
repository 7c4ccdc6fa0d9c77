// The Mandelbrot set, a row of it: floats of both sizes.
#include "module.h"

EXPORT(run) u64 run(u32 number) {
    u64 sum = 0;
    double y = (double)(number % 64) / 32.0 - 1.0;
    for (u32 column = 0; column < 32; column++) {
        double x = (double)column / 16.0 - 1.5, a = 0, b = 0;
        u32 turns = 0;
        while (a * a + b * b < 4.0 && turns < 100) {
            double next = a * a - b * b + x;
            b = 2.0 * a * b + y;
            a = next;
            turns++;
        }
        float distance = (float)(a * a + b * b);
        union { float value; u32 bits; } as = {__builtin_sqrtf(distance)};
        sum = mix(sum, (u64)turns << 32 | as.bits);
    }
    return sum;
}
