// What the programs of this folder share. They have no library: each brings what it needs.
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long long u64;
typedef long long i64;

// Shown to the host under this name.
#define EXPORT(name) __attribute__((export_name(#name)))
// A function of the host's.
#define IMPORT(name) __attribute__((import_module("motet"), import_name(#name)))

// Mixes a value into a checksum.
static inline u64 mix(u64 sum, u64 value) {
    sum ^= value + 0x9e3779b97f4a7c15 + (sum << 6) + (sum >> 2);
    return sum * 0xff51afd7ed558ccd;
}

// A sequence of numbers that looks random, and is the same everywhere.
static inline u32 next(u32 *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}
