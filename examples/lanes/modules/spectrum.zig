//! The spectral norm of a matrix that is computed as it is needed: floats of 64 bits, from Zig without a library.

const size = 24;

fn element(row: usize, column: usize, number: u32) f64 {
    const sum = row + column;
    return 1.0 / @as(f64, @floatFromInt(sum * (sum + 1) / 2 + row + 1 + number % 7));
}

fn multiply(from: *const [size]f64, to: *[size]f64, number: u32, transposed: bool) void {
    for (to, 0..) |*result, row| {
        var sum: f64 = 0;
        for (from, 0..) |value, column| {
            const factor = if (transposed) element(column, row, number) else element(row, column, number);
            sum += factor * value;
        }
        result.* = sum;
    }
}

export fn run(number: u32) u64 {
    var u: [size]f64 = @splat(1);
    var v: [size]f64 = @splat(0);
    var between: [size]f64 = @splat(0);
    for (0..4) |_| {
        multiply(&u, &between, number, false);
        multiply(&between, &v, number, true);
        multiply(&v, &between, number, false);
        multiply(&between, &u, number, true);
    }
    var above: f64 = 0;
    var below: f64 = 0;
    for (u, v) |a, b| {
        above += a * b;
        below += b * b;
    }
    return @bitCast(@sqrt(above / below));
}
