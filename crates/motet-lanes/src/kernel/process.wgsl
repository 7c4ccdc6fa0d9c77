// One process for one time slice.
//
// Registers live in private memory while a slice runs and in the process's words between slices: measured, that is
// three times as fast as working on the words themselves. Integer registers come first, then the float registers as
// bits, so that one read and one write serve both files.

var<private> registers: array<u32, ALL_REGISTERS>;

const NOTHING: u32 = 0u;
const ONE: u32 = 1u;
const TWO: u32 = 2u;

const NO_ACCESS: u32 = 0u;
const LOAD_WORD: u32 = 1u;
const LOAD_BYTE: u32 = 2u;
const LOAD_SIGNED_BYTE: u32 = 3u;
const LOAD_RETURN: u32 = 4u;
const STORE_WORD: u32 = 5u;
const STORE_BYTE: u32 = 6u;

fn has_float_result(opcode: u32) -> bool {
    return (opcode >= 0x80u && opcode < 0xa0u) || (opcode >= 0xb0u && opcode < 0xc0u);
}

fn register_index(field: u32, is_float: bool) -> u32 {
    return select(field % INTEGER_REGISTERS, INTEGER_REGISTERS + field % FLOAT_REGISTERS, is_float);
}

fn target_index(opcode: u32, field: u32) -> u32 {
    return register_index(field, has_float_result(opcode));
}

fn source_index(opcode: u32, field: u32) -> u32 {
    return register_index(field, opcode >= 0x80u && opcode < 0xb0u);
}

// The second source: a register, or the immediate where it is not 0. An immediate comes from outside the register file
// and is held to its rules.
fn right_operand(opcode: u32, field: u32, immediate: u32) -> u32 {
    let float_sources = opcode >= 0x80u && opcode < 0xb0u;
    let constant = select(immediate, canonical(immediate), float_sources);
    return select(registers[source_index(opcode, field)], constant, immediate != 0u);
}

fn float_register(index: u32) -> f32 {
    return bitcast<f32>(registers[INTEGER_REGISTERS + index % FLOAT_REGISTERS]);
}

// Float registers hold no subnormal numbers and one NaN only. Devices differ in both; this is where they agree.
fn canonical(bits: u32) -> u32 {
    let magnitude = bits & 0x7fffffffu;
    let flushed = select(bits, bits & 0x80000000u, magnitude < 0x00800000u);
    return select(flushed, 0x7fc00000u, magnitude > 0x7f800000u);
}

// All four divisions by one machine division, which is the dearest step of all. No divisor of 0 and no overflow ever
// reaches it.
fn divide(opcode: u32, x: u32, y: u32) -> u32 {
    let signed = opcode < 0x10u;
    let negative_x = signed && (x >> 31u) != 0u;
    let negative_y = signed && (y >> 31u) != 0u;
    let dividend = select(x, 0u - x, negative_x);
    let divisor = select(y, 0u - y, negative_y);
    let quotient = dividend / max(divisor, 1u);
    let remainder = dividend - quotient * divisor;
    let is_quotient = opcode == 0x05u || opcode == 0x18u;
    let magnitude = select(remainder, quotient, is_quotient);
    let negative = select(negative_x, negative_x != negative_y, is_quotient);
    return select(select(magnitude, 0u - magnitude, negative), 0u, y == 0u);
}

fn float_to_signed(bits: u32) -> u32 {
    let value = bitcast<f32>(bits);
    // The largest float below 2^31; larger ones are answered by the selections.
    let inside = clamp(value, -2147483648.0, 2147483520.0);
    let low = select(bitcast<u32>(i32(inside)), 0x80000000u, value <= -2147483648.0);
    let limited = select(low, 0x7fffffffu, value >= 2147483648.0);
    return select(limited, 0u, (bits & 0x7fffffffu) > 0x7f800000u);
}

fn float_to_unsigned(bits: u32) -> u32 {
    let value = bitcast<f32>(bits);
    let inside = clamp(value, 0.0, 4294967040.0);
    let low = select(u32(inside), 0u, value <= 0.0);
    let limited = select(low, 0xffffffffu, value >= 4294967296.0);
    return select(limited, 0u, (bits & 0x7fffffffu) > 0x7f800000u);
}

fn less_wide(low_x: u32, high_x: u32, low_y: u32, high_y: u32) -> bool {
    return high_x < high_y || (high_x == high_y && low_x < low_y);
}

fn multiply_wide(x: u32, y: u32) -> vec2<u32> {
    let low_x = x & 0xffffu;
    let high_x = x >> 16u;
    let low_y = y & 0xffffu;
    let high_y = y >> 16u;
    let low = low_x * low_y;
    let cross = high_x * low_y + (low >> 16u);
    let middle = low_x * high_y + (cross & 0xffffu);
    return vec2<u32>((middle << 16u) | (low & 0xffffu), high_x * high_y + (cross >> 16u) + (middle >> 16u));
}

// The 64-bit instructions. A pair is a register and the next one, the low word first.
fn wide(opcode: u32, first: u32, second: u32, immediate: u32) -> vec2<u32> {
    let x = registers[first % INTEGER_REGISTERS];
    let high_x = registers[(first + 1u) % INTEGER_REGISTERS];
    let sign = bitcast<u32>(bitcast<i32>(immediate) >> 31u);
    let y = select(registers[second % INTEGER_REGISTERS], immediate, immediate != 0u);
    let high_y = select(registers[(second + 1u) % INTEGER_REGISTERS], sign, immediate != 0u);
    let count = y & 63u;
    let part = count & 31u;
    let far = count >= 32u;
    var result = vec2<u32>(0u, 0u);
    switch opcode {
        case 0x50u: {
            let low = x + y;
            result = vec2<u32>(low, high_x + high_y + u32(low < x));
        }
        case 0x51u: {
            result = vec2<u32>(x - y, high_x - high_y - u32(x < y));
        }
        case 0x52u: {
            let low = multiply_wide(x, y);
            result = vec2<u32>(low.x, low.y + x * high_y + high_x * y);
        }
        case 0x53u: {
            // Two shifts, so that a count of 0 never asks for a shift by 32.
            let carried = (x >> 1u) >> (31u - part);
            let near = vec2<u32>(x << part, (high_x << part) | carried);
            result = select(near, vec2<u32>(0u, x << part), far);
        }
        case 0x54u, 0x55u: {
            let fill = select(0u, bitcast<u32>(bitcast<i32>(high_x) >> 31u), opcode == 0x55u);
            let high = select(high_x >> part, bitcast<u32>(bitcast<i32>(high_x) >> part), opcode == 0x55u);
            let carried = (high_x << 1u) << (31u - part);
            result = select(vec2<u32>((x >> part) | carried, high), vec2<u32>(high, fill), far);
        }
        case 0x56u: {
            result.x = u32(x == y && high_x == high_y);
        }
        case 0x57u, 0x58u: {
            // Signed order is unsigned order with the sign bits turned round.
            let turn = select(0u, 0x80000000u, opcode == 0x57u);
            result.x = u32(less_wide(x, high_x ^ turn, y, high_y ^ turn));
        }
        default: {
            result = vec2<u32>(x, bitcast<u32>(bitcast<i32>(x) >> 31u));
        }
    }
    return result;
}

fn receive_event(destination: u32, slot: u32, position: u32) {
    registers[destination % INTEGER_REGISTERS] = atomicLoad(&input[mailbox_word(slot, position, 0u)]);
    registers[(destination + 1u) % INTEGER_REGISTERS] = atomicLoad(&input[mailbox_word(slot, position, 1u)]);
    registers[(destination + 2u) % INTEGER_REGISTERS] = atomicLoad(&input[mailbox_word(slot, position, 2u)]);
    registers[(destination + 3u) % INTEGER_REGISTERS] = atomicLoad(&input[mailbox_word(slot, position, 3u)]);
}

fn put_vertex(at: u32, x: f32, y: f32, colour: vec4<f32>) {
    quads[at] = vec4<f32>(x, y, 0.0, 0.0);
    quads[at + 1u] = colour;
}

// Two triangles, ready for a triangle list.
fn emit_quad(x: f32, y: f32, width: f32, height: f32, colour: u32) {
    var number = QUADS;
    // Looking first keeps the counter near its bound however long nobody takes the rectangles.
    if (atomicLoad(&control[CONTROL_QUAD_COUNT]) < QUADS) {
        number = atomicAdd(&control[CONTROL_QUAD_COUNT], 1u);
    }
    if (number >= QUADS) {
        atomicAdd(&control[CONTROL_QUADS_LOST], 1u);
        return;
    }
    let channels = vec4<u32>(colour >> 24u, colour >> 16u, colour >> 8u, colour) & vec4<u32>(255u);
    let shade = vec4<f32>(channels) / 255.0;
    let at = number * QUAD_VECTORS;
    put_vertex(at, x, y, shade);
    put_vertex(at + 2u, x + width, y, shade);
    put_vertex(at + 4u, x + width, y + height, shade);
    put_vertex(at + 6u, x, y, shade);
    put_vertex(at + 8u, x + width, y + height, shade);
    put_vertex(at + 10u, x, y + height, shade);
}

fn load_registers(home: u32) {
    for (var at = 0u; at < ALL_REGISTERS; at += COPY_WIDTH) {
        //@ load registers
    }
}

fn store_registers(home: u32) {
    for (var at = 0u; at < ALL_REGISTERS; at += COPY_WIDTH) {
        //@ store registers
    }
}

// Clears some of what an earlier process left in the heap, and tells which pages are still to be cleared.
fn clear_stale(heap_start: u32, stale_pages: u32) -> u32 {
    var stale = stale_pages;
    for (var page = 0u; page < CLEAR_PAGES; page++) {
        let start = heap_start + countTrailingZeros(stale) * PAGE_WORDS;
        let words = select(0u, PAGE_WORDS, stale != 0u);
        for (var word = 0u; word < words; word += CLEAR_WIDTH) {
            let at = start + word;
            //@ clear words
        }
        stale &= stale - 1u;
    }
    return stale;
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
    let heap_start = slot * HEAP_WORDS;
    let heap_size = HEAP_BYTES;

    var state = EMPTY;
    var reason = 0u;
    var pc = 0u;
    var stack = 0u;
    var written = 0u;
    var code_start = 0u;
    var code_end = 0u;
    var answered = answered_before;
    var argument = 0u;
    var mailbox_head = mailbox_tail;
    if (has_work) {
        let stale_before = atomicLoad(&processes[process + PROCESS_STALE_PAGES]);
        let stale = clear_stale(heap_start, stale_before);
        atomicStore(&processes[process + PROCESS_STALE_PAGES], stale);
        // A process whose heap is not clean yet starts in a later frame.
        state = select(READY, RUNNING, stale == 0u);
        pc = atomicLoad(&processes[process + PROCESS_PC]);
        stack = atomicLoad(&processes[process + PROCESS_STACK]);
        written = atomicLoad(&processes[process + PROCESS_WRITTEN_PAGES]);
        code_start = atomicLoad(&processes[process + PROCESS_CODE_OFFSET]) / 8u;
        code_end = atomicLoad(&processes[process + PROCESS_CODE_LENGTH]) / 8u;
        mailbox_head = atomicLoad(&control[desk + DESK_MAILBOX_HEAD]);
        load_registers(home);
    }

    var executed = 0u;
    var slice_over = false;
    for (var run = 0u; run < RUNS; run++) {
        if (state != RUNNING || slice_over) {
            break;
        }
        var opcode = 0u;
        var destination = 0u;
        var first = 0u;
        var second = 0u;
        var immediate = 0u;
        var aside = false;
        var left = min(RUN_STEPS, TIME_SLICE - run * RUN_STEPS);
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
            let float_result = has_float_result(opcode);
            let x = registers[source_index(opcode, first)];
            let y = right_operand(opcode, second, immediate);
            let xi = bitcast<i32>(x);
            let yi = bitcast<i32>(y);
            let xf = bitcast<f32>(x);
            let yf = bitcast<f32>(y);

            var next = pc + 1u;
            var result = 0u;
            var writes = ONE;
            switch opcode {
                //@ step cases
                //@ aside opcodes
                default: {
                    writes = NOTHING;
                    state = DEAD;
                    reason = END_INVALID_OPCODE;
                }
            }
            if (aside) {
                break;
            }
            executed += 1u;
            if (writes != NOTHING) {
                registers[target_index(opcode, destination)] = select(result, canonical(result), float_result);
            }
            if (state == DEAD) {
                break;
            }
            pc = next;
            left -= 1u;
        }

        if (aside) {
            executed += 1u;
            let float_result = has_float_result(opcode);
            let index = target_index(opcode, destination);
            let x = registers[source_index(opcode, first)];
            let y = right_operand(opcode, second, immediate);
            let target_value = registers[index];

            var next = pc + 1u;
            var result = 0u;
            var high = 0u;
            var writes = ONE;
            var access = NO_ACCESS;
            var address = 0u;
            var stored = 0u;
            switch opcode {
                //@ aside cases
                default: {}
            }

            // Never `address + size <= heap_size`, which wraps.
            let is_byte = access == STORE_BYTE || access == LOAD_BYTE || access == LOAD_SIGNED_BYTE;
            if (access != NO_ACCESS && address <= heap_size - select(4u, 1u, is_byte)) {
                let word = heap_start + address / 4u;
                let shift = (address % 4u) * 8u;
                let straddles = shift != 0u && !is_byte;
                let low_word = heap[word];
                var high_word = 0u;
                if (straddles) {
                    high_word = heap[word + 1u];
                }
                if (access >= STORE_WORD) {
                    let mask = select(0xffffffffu, 0xffu, is_byte);
                    heap[word] = (low_word & ~(mask << shift)) | ((stored & mask) << shift);
                    if (straddles) {
                        heap[word + 1u] = (high_word & (0xffffffffu << shift)) | (stored >> (32u - shift));
                    }
                    let last = address + select(3u, 0u, is_byte);
                    written |= (1u << (address / PAGE_BYTES)) | (1u << (last / PAGE_BYTES));
                } else {
                    let upper = select(0u, high_word << ((32u - shift) & 31u), straddles);
                    let loaded = (low_word >> shift) | upper;
                    let extended = bitcast<u32>(bitcast<i32>(loaded << 24u) >> 24u);
                    result = select(select(loaded, loaded & 0xffu, is_byte), extended, access == LOAD_SIGNED_BYTE);
                }
            }
            next = select(next, result, access == LOAD_RETURN);

            if (writes != NOTHING) {
                registers[index] = select(result, canonical(result), float_result);
            }
            if (writes == TWO) {
                registers[(index + 1u) % INTEGER_REGISTERS] = high;
            }
            pc = select(next, pc, state == DEAD);
        }
    }

    if (has_work) {
        store_registers(home);
        atomicStore(&processes[process + PROCESS_PC], pc);
        atomicStore(&processes[process + PROCESS_STACK], stack);
        atomicStore(&processes[process + PROCESS_WRITTEN_PAGES], written);
        atomicStore(&processes[process + PROCESS_REASON], reason);
        atomicStore(&control[desk + DESK_MAILBOX_HEAD], mailbox_head);
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
