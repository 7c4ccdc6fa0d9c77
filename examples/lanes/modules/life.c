// Conway's game of life on a torus. `run` gives a checksum, `show` draws what comes of it as rectangles.
#include "module.h"

IMPORT(quad) void quad(float x, float y, float width, float height, u32 colour);

enum { SIDE = 32 };

static u8 cells[2][SIDE][SIDE];

static u32 generations(u32 number) {
    u32 state = number, now = 0;
    for (u32 row = 0; row < SIDE; row++)
        for (u32 column = 0; column < SIDE; column++)
            cells[0][row][column] = next(&state) % 3 == 0;
    for (u32 turn = 0; turn < 3; turn++, now = 1 - now) {
        for (u32 row = 0; row < SIDE; row++) {
            for (u32 column = 0; column < SIDE; column++) {
                u32 around = 0;
                for (u32 y = SIDE - 1; y <= SIDE + 1; y++)
                    for (u32 x = SIDE - 1; x <= SIDE + 1; x++)
                        around += cells[now][(row + y) % SIDE][(column + x) % SIDE];
                u8 alive = cells[now][row][column];
                cells[1 - now][row][column] = around == 3 || (alive && around == 4);
            }
        }
    }
    return now;
}

EXPORT(run) u64 run(u32 number) {
    u32 now = generations(number);
    u64 sum = 0;
    for (u32 row = 0; row < SIDE; row++)
        for (u32 column = 0; column < SIDE; column++)
            sum = mix(sum, cells[now][row][column]);
    return sum;
}

EXPORT(show) void show(u32 number) {
    u32 now = generations(number);
    for (u32 row = 0; row < SIDE; row++)
        for (u32 column = 0; column < SIDE; column++)
            if (cells[now][row][column])
                quad(column * 10.0f, row * 10.0f, 9.0f, 9.0f, 0x40C060FF);
}
