// One process of the module kernel for one time slice.
//
// A process is a stack of frames of 64-bit registers. The part of the stack around the present frame, the window, lies in
// private memory while a slice runs; the whole of it lies in the process's cells. A call or a return that leaves the window
// ends the slice, and the next one begins with the window around the new frame.
//
// A process's cells are: a header (cell 0 holds the last trap that was caught), the stack, a record of two cells for each
// frame that waits for its callee, the far locals, and what the program lays out itself: lists of memories, tables, data and
// elements, globals, elements of tables, arguments and results.
//
// A program begins with two pairs of words for each function: where it starts and how many registers it has; its signature,
// and where its memory is listed (low half) with how many far locals it has (high half). The list's pairs are read by
// function number. Function 0 is where a process begins.

@group(0) @binding(6) var<storage, read_write> cells: array<u64>;

var<private> registers: array<u64, WINDOW>;

const NOWHERE: u32 = 0xffffffffu;

struct Converted {
    value: u64,
    trap: u32,
}

fn signed_word(x: u64) -> i64 {
    return i64(bitcast<i32>(u32(x)));
}

fn compare(opcode: u32, sx: i64, sy: i64, x: u64, y: u64) -> bool {
    let less = select(x < y, sx < sy, (opcode & 2u) == 2u);
    let equal = x == y;
    switch (opcode & 0xfeu) {
        case 0x22u: { return equal; }
        case 0x24u: { return !equal; }
        case 0x26u, 0x28u: { return less; }
        case 0x2au, 0x2cu: { return !less && !equal; }
        case 0x2eu, 0x30u: { return less || equal; }
        default: { return !less; }
    }
}

fn compare_floats(opcode: u32, x: f64, y: f64) -> bool {
    switch (opcode & 0xfeu) {
        case 0x46u: { return x == y; }
        case 0x48u: { return !(x == y); }
        case 0x4au: { return x < y; }
        case 0x4cu: { return x > y; }
        case 0x4eu: { return x <= y; }
        default: { return x >= y; }
    }
}

// All divisions by one machine division without signs. No divisor of 0 ever reaches it.
fn divide(opcode: u32, x: u64, y: u64, mask: u64) -> Converted {
    let sign = (mask >> 1u) + 1lu;
    let signed = (opcode & 2u) == 0u;
    let negative_x = signed && (x & sign) != 0lu;
    let negative_y = signed && (y & sign) != 0lu;
    let dividend = select(x, (0lu - x) & mask, negative_x);
    let divisor = select(y, (0lu - y) & mask, negative_y);
    let quotient = dividend / max(divisor, 1lu);
    let remainder = dividend - quotient * divisor;
    let is_quotient = opcode < 0x84u;
    let magnitude = select(remainder, quotient, is_quotient);
    let negative = select(negative_x, negative_x != negative_y, is_quotient);
    let overflows = signed && is_quotient && x == sign && y == mask;
    let failed = select(0u, TRAP_OVERFLOW, overflows);
    return Converted(select(magnitude, 0lu - magnitude, negative), select(failed, TRAP_DIVISION, y == 0lu));
}

fn rotate(x: u64, by: u32, bits: u32) -> u64 {
    let left = by & (bits - 1u);
    let right = (bits - left) & (bits - 1u);
    return (x << left) | (x >> right);
}

fn leading_zeros(x: u64) -> u32 {
    let high = u32(x >> 32u);
    return select(countLeadingZeros(high), 32u + countLeadingZeros(u32(x)), high == 0u);
}

fn trailing_zeros(x: u64) -> u32 {
    let low = u32(x);
    return select(countTrailingZeros(low), 32u + countTrailingZeros(u32(x >> 32u)), low == 0u);
}

// Towards 0: the magnitude, rounded down. Lavapipe's own function leaves numbers above 2^24 as they are, and loses the sign of a
// zero, on processors without AVX-512.
fn truncated(x: f64) -> f64 {
    let sign = bitcast<u64>(x) & 0x8000000000000000lu;
    return bitcast<f64>(bitcast<u64>(floor(abs(x))) | sign);
}

// To the nearest whole number, ties to the even one, likewise.
fn nearest(x: f64) -> f64 {
    let magnitude = abs(x);
    let lower = floor(magnitude);
    let rest = magnitude - lower;
    let is_odd = lower - 2.0lf * floor(lower * 0.5lf) == 1.0lf;
    let whole = select(lower, lower + 1.0lf, rest > 0.5lf || (rest == 0.5lf && is_odd));
    return bitcast<f64>(bitcast<u64>(whole) | (bitcast<u64>(x) & 0x8000000000000000lu));
}

fn round_float(opcode: u32, x: f64) -> f64 {
    switch (opcode & 0xfeu) {
        case 0x96u: { return ceil(x); }
        case 0x98u: { return floor(x); }
        case 0x9au: { return truncated(x); }
        default: { return nearest(x); }
    }
}

fn is_nan(x: u64, y: u64, sign_bit: u64, nan_limit: u64) -> bool {
    return (x & ~sign_bit) > nan_limit || (y & ~sign_bit) > nan_limit;
}

// The lesser of two floats by their bits; a quiet NaN if one is a NaN.
fn least(x: u64, y: u64, sign_bit: u64, nan_limit: u64) -> u64 {
    if ((x & ~sign_bit) > nan_limit) {
        return x | quiet_bit(nan_limit);
    }
    if ((y & ~sign_bit) > nan_limit) {
        return y | quiet_bit(nan_limit);
    }
    // Signed magnitudes in order.
    let key_x = select(x ^ sign_bit, ~x & ((sign_bit << 1u) - 1lu), (x & sign_bit) != 0lu);
    let key_y = select(y ^ sign_bit, ~y & ((sign_bit << 1u) - 1lu), (y & sign_bit) != 0lu);
    return select(y, x, key_x < key_y);
}

fn quiet_bit(nan_limit: u64) -> u64 {
    return select(0x0008000000000000lu, 0x00400000lu, nan_limit == 0x7f800000lu);
}

fn demote_float(x: u64) -> u64 {
    let narrow = u64(bitcast<u32>(f32(bitcast<f64>(x))));
    let sign = (x >> 32u) & 0x80000000lu;
    let nan = sign | 0x7fc00000lu | ((x >> 29u) & 0x003ffffflu);
    return select(narrow, nan, (x & 0x7ffffffffffffffflu) > 0x7ff0000000000000lu);
}

fn promote_float(x: u64) -> u64 {
    let wide = bitcast<u64>(f64(bitcast<f32>(u32(x))));
    let sign = (x & 0x80000000lu) << 32u;
    let nan = sign | 0x7ff8000000000000lu | ((x & 0x003ffffflu) << 29u);
    return select(wide, nan, (x & 0x7ffffffflu) > 0x7f800000lu);
}

fn truncate_float(x: f64, how: u32) -> Converted {
    let wide = (how & 1u) != 0u;
    let unsigned = (how & 2u) != 0u;
    let saturates = (how & 4u) != 0u;
    let whole = truncated(x);
    // The first value above, and the first one below after truncation.
    var above = select(2147483648.0lf, 4294967296.0lf, unsigned);
    if (wide) {
        above = select(9223372036854775808.0lf, 18446744073709551616.0lf, unsigned);
    }
    let least_value = select(-above, 0.0lf, unsigned);
    let nan = !(x == x);
    let too_low = whole < least_value;
    let too_high = whole >= above;
    let fits = !nan && !too_low && !too_high;
    // Halves, so that no conversion is asked for what it cannot do.
    let inside = select(0.0lf, whole, fits);
    let magnitude = abs(inside);
    let high = floor(magnitude / 4294967296.0lf);
    let low = magnitude - high * 4294967296.0lf;
    let combined = (u64(u32(high)) << 32u) | u64(u32(low));
    var value = select(combined, 0lu - combined, inside < 0.0lf);
    var limit_mask = select(0xfffffffflu, 0xfffffffffffffffflu, wide);
    if (saturates && !fits && !nan) {
        let highest = select(limit_mask >> 1u, limit_mask, unsigned);
        let lowest = select((limit_mask >> 1u) + 1lu, 0lu, unsigned);
        value = select(highest, lowest, too_low);
    }
    let failed = select(select(TRAP_OVERFLOW, TRAP_CONVERSION, nan), 0u, fits || saturates);
    return Converted(value & limit_mask, failed);
}

// A word of the heap, or of the program.
fn word_at(from_code: bool, start: u32, number: u32) -> u32 {
    if (from_code) {
        let pair = code[start + number / 2u];
        return select(pair.x, pair.y, (number & 1u) != 0u);
    }
    return heap[start + number];
}

fn load_window(start: u32, count: u32) {
    for (var at = 0u; at < count; at += 4u) {
        registers[at] = cells[start + at];
        registers[at + 1u] = cells[start + at + 1u];
        registers[at + 2u] = cells[start + at + 2u];
        registers[at + 3u] = cells[start + at + 3u];
    }
}

fn store_window(start: u32, count: u32) {
    for (var at = 0u; at < count; at += 4u) {
        cells[start + at] = registers[at];
        cells[start + at + 1u] = registers[at + 1u];
        cells[start + at + 2u] = registers[at + 2u];
        cells[start + at + 3u] = registers[at + 3u];
    }
}

// What a slice leaves behind. The status is stored apart, after a barrier, as the last of all.
struct SliceEnd {
    status: u32,
    executed: u32,
}

fn run_slice(slot: u32, has_work: bool, answered_before: u32, mailbox_tail: u32) -> SliceEnd {
    let process = slot * PROCESS_WORDS;
    let home = process + PROCESS_REGISTERS;
    let desk = desk_of(slot);

    var state = EMPTY;
    var reason = 0u;
    var pc = 0u;
    var code_start = 0u;
    var code_end = 0u;
    var answered = answered_before;
    var argument = 0u;
    var cells_at = 0u;
    var fp = 0u;
    var depth = 0u;
    var function = 0u;
    var far = 0u;
    var guard = 0u;
    var window = 0u;
    var high = 0u;
    var size = 0u;
    var far_size = 0u;
    var memory_listed = 0u;
    var memory_start = 0u;
    var memory_bytes = 0u;
    var budget = 0u;
    if (has_work) {
        state = RUNNING;
        pc = atomicLoad(&processes[process + PROCESS_PC]);
        code_start = atomicLoad(&processes[process + PROCESS_CODE_OFFSET]) / 8u;
        code_end = atomicLoad(&processes[process + PROCESS_CODE_LENGTH]) / 8u;
        cells_at = atomicLoad(&processes[home + STATE_CELLS]);
        fp = atomicLoad(&processes[home + STATE_FRAME]);
        depth = atomicLoad(&processes[home + STATE_DEPTH]);
        function = atomicLoad(&processes[home + STATE_FUNCTION]);
        far = atomicLoad(&processes[home + STATE_FAR]);
        guard = atomicLoad(&processes[home + STATE_GUARD]);
        let entry = code[code_start + function * 2u];
        let more = code[code_start + function * 2u + 1u];
        // The list of functions stands at 0, so that no process is ever there.
        pc = select(pc, entry.x, pc == 0u);
        size = entry.y;
        far_size = more.y >> 16u;
        memory_listed = more.y & 0xffffu;
        if (memory_listed != 0u) {
            memory_start = u32(cells[cells_at + memory_listed]);
            memory_bytes = u32(cells[cells_at + memory_listed + 1u]);
        }
        window = select(0u, fp - WINDOW_BEHIND, fp > WINDOW_BEHIND);
        high = fp + size;
        load_window(cells_at + STACK_START + window, high - window);
        let fuel = cells[cells_at + HEADER_FUEL];
        let low = atomicLoad(&control[desk + DESK_EXECUTED_LOW]);
        let used = (u64(atomicLoad(&control[desk + DESK_EXECUTED_HIGH])) << 32u) | u64(low);
        budget = u32(min(fuel - min(used, fuel), u64(TIME_SLICE)));
        if (budget == 0u) {
            state = DEAD;
            reason = END_TRAPPED + TRAP_FUEL;
        }
    }

    var executed = 0u;
    var slice_over = false;
    for (var run = 0u; run < RUNS; run++) {
        if (state != RUNNING || slice_over || executed >= budget) {
            break;
        }
        let here = fp - window;
        var opcode = 0u;
        var destination = 0u;
        var first = 0u;
        var second = 0u;
        var immediate = 0u;
        var aside = false;
        var left = min(RUN_STEPS, budget - executed);
        while (left > 0u) {
            if (pc >= code_end) {
                state = DEAD;
                reason = END_OUTSIDE_CODE;
                break;
            }
            let instruction = code[code_start + pc];
            opcode = instruction.x & 0xffu;
            destination = (instruction.x >> 8u) & 0xffu;
            first = (instruction.x >> 16u) & 0xffu;
            second = instruction.x >> 24u;
            immediate = instruction.y;
            let wide = (opcode & 1u) != 0u;
            let mask = select(0xfffffffflu, 0xfffffffffffffffflu, wide);
            let bits = select(32u, 64u, wide);
            let x = registers[(here + first) & WINDOW_MASK];
            let constant = select(u64(immediate), bitcast<u64>(i64(bitcast<i32>(immediate))), wide);
            let y = select(registers[(here + second) & WINDOW_MASK], constant, second == 255u);
            let sx = select(signed_word(x), bitcast<i64>(x), wide);
            let sy = select(signed_word(y), bitcast<i64>(y), wide);
            let fx = select(f64(bitcast<f32>(u32(x))), bitcast<f64>(x), wide);
            let fy = select(f64(bitcast<f32>(u32(y))), bitcast<f64>(y), wide);
            let shift = u32(y) & (bits - 1u);

            var next = pc + 1u;
            var result = 0lu;
            var real = 0.0lf;
            var is_real = false;
            var writes = true;
            switch opcode {
                //@ module step cases
                //@ module aside opcodes
                default: {
                    writes = false;
                    state = DEAD;
                    reason = END_INVALID_OPCODE;
                }
            }
            if (aside) {
                break;
            }
            executed += 1u;
            if (writes) {
                let float_bits = select(u64(bitcast<u32>(f32(real))), bitcast<u64>(real), wide);
                registers[(here + destination) & WINDOW_MASK] = select(result & mask, float_bits, is_real);
            }
            if (state == DEAD) {
                break;
            }
            pc = next;
            left -= 1u;
        }

        if (aside) {
            executed += 1u;
            let wide = (opcode & 1u) != 0u;
            let mask = select(0xfffffffflu, 0xfffffffffffffffflu, wide);
            let bits = select(32u, 64u, wide);
            let sign_bit = (mask >> 1u) + 1lu;
            let nan_limit = select(0x7f800000lu, 0x7ff0000000000000lu, wide);
            let x = registers[(here + first) & WINDOW_MASK];
            let constant = select(u64(immediate), bitcast<u64>(i64(bitcast<i32>(immediate))), wide);
            let y = select(registers[(here + second) & WINDOW_MASK], constant, second == 255u);
            let fx = select(f64(bitcast<f32>(u32(x))), bitcast<f64>(x), wide);
            let fy = select(f64(bitcast<f32>(u32(y))), bitcast<f64>(y), wide);
            var target_value = registers[(here + destination) & WINDOW_MASK];
            var second_value = registers[(here + destination + 1u) & WINDOW_MASK];
            let third_value = registers[(here + destination + 2u) & WINDOW_MASK];

            var next = pc + 1u;
            var result = 0lu;
            var real = 0.0lf;
            var is_real = false;
            var writes = true;
            var trap = 0u;
            var load_at = 0u;
            var load_bytes = 0u;
            var loads = false;
            var from_code = false;
            var store_at = 0u;
            var store_bytes = 0u;
            var stored = 0lu;
            var copies = false;
            var bulk = false;
            var left_over = 0u;
            var cell_from = NOWHERE;
            var cell_to = NOWHERE;
            var cell_value = 0lu;
            var calls = false;
            var returns = false;
            var callee = 0u;
            switch opcode {
                //@ module aside cases
                default: {}
            }

            if (load_bytes != 0u) {
                let start = select(memory_start, code_start, from_code);
                let word = load_at / 4u;
                let part = (load_at & 3u) * 8u;
                var loaded = u64(word_at(from_code, start, word)) >> part;
                if (part + load_bytes * 8u > 32u) {
                    loaded |= u64(word_at(from_code, start, word + 1u)) << (32u - part);
                }
                if (part + load_bytes * 8u > 64u) {
                    loaded |= u64(word_at(from_code, start, word + 2u)) << (64u - part);
                }
                let unused = 64u - load_bytes * 8u;
                let plain = (loaded << unused) >> unused;
                let extended = bitcast<u64>(bitcast<i64>(loaded << unused) >> unused);
                let kept = select(plain, extended, loads && (second & 8u) != 0u);
                stored = select(stored, plain, copies);
                result = select(result, select(kept, kept & 0xfffffffflu, (second & 16u) != 0u), loads);
            }
            if (store_bytes != 0u) {
                let word = memory_start + store_at / 4u;
                let part = (store_at & 3u) * 8u;
                let covered = 0xfffffffffffffffflu >> (64u - store_bytes * 8u);
                let value = stored & covered;
                let low_mask = u32(covered << part);
                heap[word] = (heap[word] & ~low_mask) | u32(value << part);
                if (part + store_bytes * 8u > 32u) {
                    let middle_mask = u32(covered >> (32u - part));
                    heap[word + 1u] = (heap[word + 1u] & ~middle_mask) | u32(value >> (32u - part));
                }
                if (part + store_bytes * 8u > 64u) {
                    let high_mask = u32(covered >> (64u - part));
                    heap[word + 2u] = (heap[word + 2u] & ~high_mask) | u32(value >> (64u - part));
                }
            }
            if (cell_from != NOWHERE) {
                let cell = cells[cell_from];
                result = cell;
                cell_value = select(cell_value, cell, copies);
            }
            if (cell_to != NOWHERE) {
                cells[cell_to] = cell_value;
            }
            if (bulk) {
                registers[(here + destination) & WINDOW_MASK] = target_value;
                registers[(here + destination + 1u) & WINDOW_MASK] = second_value;
                registers[(here + destination + 2u) & WINDOW_MASK] = u64(left_over);
                next = select(pc, next, left_over == 0u);
            }
            if (writes && trap == 0u) {
                let float_bits = select(u64(bitcast<u32>(f32(real))), bitcast<u64>(real), wide);
                registers[(here + destination) & WINDOW_MASK] = select(result & mask, float_bits, is_real);
            }

            var enters = false;
            if (calls) {
                let entry = code[code_start + callee * 2u];
                let more = code[code_start + callee * 2u + 1u];
                let goal = fp + destination;
                let is_full = depth >= MOST_FRAMES_DEEP || goal + entry.y > STACK_CELLS
                    || far + far_size + (more.y >> 16u) > FAR_CELLS;
                if (is_full) {
                    trap = TRAP_STACK;
                } else {
                    let record = cells_at + RECORDS_START + depth * 2u;
                    cells[record] = u64(next) | (u64(fp) << 32u);
                    cells[record + 1u] = u64(far) | (u64(function) << 32u);
                    depth += 1u;
                    far += far_size;
                    fp = goal;
                    function = callee;
                    next = entry.x;
                    enters = true;
                }
            }
            if (returns) {
                if (depth == 0u) {
                    state = DEAD;
                    reason = END_HALTED;
                } else {
                    depth -= 1u;
                    let record = cells_at + RECORDS_START + depth * 2u;
                    let where_from = cells[record];
                    let whose = cells[record + 1u];
                    next = u32(where_from);
                    fp = u32(where_from >> 32u);
                    far = u32(whose);
                    function = u32(whose >> 32u);
                    enters = true;
                }
            }
            if (trap != 0u) {
                if (guard == 0u) {
                    state = DEAD;
                    reason = END_TRAPPED + trap;
                    next = pc;
                } else {
                    cells[cells_at + HEADER_TRAP] = u64(trap);
                    next = guard;
                    fp = 0u;
                    depth = 0u;
                    far = 0u;
                    function = 0u;
                    enters = true;
                }
            }
            if (enters) {
                let entry = code[code_start + function * 2u];
                let more = code[code_start + function * 2u + 1u];
                size = entry.y;
                far_size = more.y >> 16u;
                if (memory_listed != (more.y & 0xffffu)) {
                    memory_listed = more.y & 0xffffu;
                    memory_start = u32(cells[cells_at + memory_listed]);
                    memory_bytes = select(0u, u32(cells[cells_at + memory_listed + 1u]), memory_listed != 0u);
                }
                // Outside the window: the next slice has it where the frame is.
                slice_over = fp < window || fp - window + size > WINDOW;
                if (!slice_over) {
                    high = max(high, fp + size);
                }
            }
            pc = select(next, pc, state == DEAD);
        }
    }

    if (has_work) {
        store_window(cells_at + STACK_START + window, high - window);
        atomicStore(&processes[process + PROCESS_PC], pc);
        atomicStore(&processes[process + PROCESS_REASON], reason);
        atomicStore(&processes[home + STATE_FRAME], fp);
        atomicStore(&processes[home + STATE_DEPTH], depth);
        atomicStore(&processes[home + STATE_FUNCTION], function);
        atomicStore(&processes[home + STATE_FAR], far);
        atomicStore(&processes[home + STATE_GUARD], guard);
        atomicStore(&control[desk + DESK_ANSWERED], answered);
        atomicStore(&control[desk + DESK_ARGUMENT], argument);
        let low = atomicLoad(&control[desk + DESK_EXECUTED_LOW]);
        atomicStore(&control[desk + DESK_EXECUTED_LOW], low + executed);
        if (low + executed < low) {
            atomicAdd(&control[desk + DESK_EXECUTED_HIGH], 1u);
        }
    }
    return SliceEnd(select(state, READY, state == RUNNING), executed);
}
