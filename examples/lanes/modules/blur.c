// An image filter: a box blur over bytes, with sums that saturate.
#include "module.h"

enum { WIDTH = 48, HEIGHT = 32 };

static u8 image[HEIGHT][WIDTH], blurred[HEIGHT][WIDTH];

EXPORT(run) u64 run(u32 number) {
    u32 state = number;
    for (u32 y = 0; y < HEIGHT; y++)
        for (u32 x = 0; x < WIDTH; x++)
            image[y][x] = (u8)next(&state);
    for (u32 y = 1; y + 1 < HEIGHT; y++) {
        for (u32 x = 1; x + 1 < WIDTH; x++) {
            u32 sum = 0;
            for (u32 row = y - 1; row <= y + 1; row++)
                for (u32 column = x - 1; column <= x + 1; column++)
                    sum += image[row][column];
            u32 value = sum / 8;
            blurred[y][x] = value > 255 ? 255 : (u8)value;
        }
    }
    u64 sum = 0;
    for (u32 y = 0; y < HEIGHT; y++)
        for (u32 x = 0; x < WIDTH; x++)
            sum = mix(sum, blurred[y][x]);
    return sum;
}
