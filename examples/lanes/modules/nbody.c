// The n-body problem of the planets: floats in memory. The last bit of the energy must agree.
#include "module.h"

// A benchmark that includes this takes more.
#ifndef TURNS
#define TURNS 20
#endif

typedef struct {
    double x, y, z, vx, vy, vz, mass;
} body;

static body bodies[5];

static void reset(u32 number) {
    for (u32 i = 0; i < 5; i++) {
        double angle = (double)(i * 7 + number % 13);
        body b = {i * 3.5 + 0.1, angle * 0.25 - 1.0, i * 0.125, 0.01 * angle, 0.3 - 0.05 * i, 0.002 * i, i ? 0.01 / i : 39.478};
        bodies[i] = b;
    }
}

static void advance(double step) {
    for (u32 i = 0; i < 5; i++) {
        for (u32 j = i + 1; j < 5; j++) {
            body *a = &bodies[i], *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            double square = dx * dx + dy * dy + dz * dz;
            double force = step / (square * __builtin_sqrt(square));
            a->vx -= dx * b->mass * force;
            a->vy -= dy * b->mass * force;
            a->vz -= dz * b->mass * force;
            b->vx += dx * a->mass * force;
            b->vy += dy * a->mass * force;
            b->vz += dz * a->mass * force;
        }
    }
    for (u32 i = 0; i < 5; i++) {
        bodies[i].x += step * bodies[i].vx;
        bodies[i].y += step * bodies[i].vy;
        bodies[i].z += step * bodies[i].vz;
    }
}

EXPORT(run) u64 run(u32 number) {
    reset(number);
    for (u32 turn = 0; turn < TURNS; turn++)
        advance(0.01);
    u64 sum = 0;
    for (u32 i = 0; i < 5; i++) {
        union { double value; u64 bits; } x = {bodies[i].x}, v = {bodies[i].vy};
        sum = mix(mix(sum, x.bits), v.bits);
    }
    return sum;
}
