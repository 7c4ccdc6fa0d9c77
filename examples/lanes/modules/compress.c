// A compressor in the manner of LZ4: tokens, literals, copies that overlap; then back again, and compared.
#include "module.h"

enum { SIZE = 1024 };

static u8 input[SIZE], packed[SIZE * 2], output[SIZE];
static u32 seen[256];

static u32 pack(void) {
    u32 in = 0, out = 0, literals = 0;
    for (u32 i = 0; i < 256; i++)
        seen[i] = 0;
    while (in + 4 <= SIZE) {
        u32 word = input[in] | input[in + 1] << 8 | input[in + 2] << 16 | (u32)input[in + 3] << 24;
        u32 slot = (word * 2654435761u) >> 24, from = seen[slot];
        seen[slot] = in + 1;
        u32 length = 0;
        if (from)
            while (in + length < SIZE && length < 255 && input[from - 1 + length] == input[in + length])
                length++;
        if (length < 4 || in - (from - 1) > 65535) {
            in++;
            literals++;
            if (literals < 255)
                continue;
            length = 0;
        }
        packed[out++] = (u8)literals;
        for (u32 i = 0; i < literals; i++)
            packed[out++] = input[in - literals + i];
        packed[out++] = (u8)length;
        if (length) {
            u32 back = in - (from - 1);
            packed[out++] = (u8)back;
            packed[out++] = (u8)(back >> 8);
        }
        in += length;
        literals = 0;
    }
    literals += SIZE - in;
    packed[out++] = (u8)literals;
    for (u32 i = 0; i < literals; i++)
        packed[out++] = input[SIZE - literals + i];
    packed[out++] = 0;
    return out;
}

static u32 unpack(u32 length) {
    u32 in = 0, out = 0;
    while (in < length) {
        for (u32 literals = packed[in++]; literals; literals--)
            output[out++] = packed[in++];
        u32 copy = packed[in++];
        if (copy) {
            u32 back = packed[in] | packed[in + 1] << 8;
            in += 2;
            for (; copy; copy--, out++)
                output[out] = output[out - back];
        }
    }
    return out;
}

EXPORT(run) u64 run(u32 number) {
    u32 state = number;
    for (u32 i = 0; i < SIZE; i++)
        input[i] = i > 64 && next(&state) % 4 ? input[i - 1 - next(&state) % 40] : (u8)(next(&state) % 7);
    u32 length = pack();
    if (unpack(length) != SIZE)
        __builtin_trap();
    for (u32 i = 0; i < SIZE; i++)
        if (input[i] != output[i])
            __builtin_trap();
    u64 sum = length;
    for (u32 i = 0; i < length; i++)
        sum = mix(sum, packed[i]);
    return sum;
}
