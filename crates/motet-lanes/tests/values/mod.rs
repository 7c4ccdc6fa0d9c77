//! Values at the edges of each type, and what counts as the same value.

use motet_middle::{Numeric, Type};

/// Values at the edges, as bits.
pub fn edges(of: Type) -> Vec<u64> {
    match of {
        Type::I32 => [0, 1, 2, 7, 31, 32, 33, 0x7F, 0x80, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1234_5678].into(),
        Type::I64 => {
            [0, 1, 2, 63, 64, 0x80, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, i64::MAX as u64, 1 << 63, u64::MAX]
                .into()
        }
        Type::F32 => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            2.5,
            0.1,
            1e-40,
            f32::MAX,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            4e9,
            -3e18,
            2e19,
        ]
        .map(|value: f32| u64::from(value.to_bits()))
        .into_iter()
        .chain([0x7FA0_0000, 0xFFC0_1234])
        .collect(),
        Type::F64 => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            2.5,
            0.1,
            1e-310,
            f64::MAX,
            f64::INFINITY,
            f64::NAN,
            4_294_967_295.5,
            -2_147_483_648.9,
            9.3e18,
            1e39,
        ]
        .map(f64::to_bits)
        .into_iter()
        .chain([0x7FF4_0000_0000_0000])
        .collect(),
        Type::Function | Type::Foreign => unreachable!("no operation takes references"),
    }
}

/// Whether a result is what the operation's declaration says: equal, or a quiet NaN where some NaN is asked for.
pub fn is_right(numeric: Numeric, found: u64, expected: u64) -> bool {
    let is_quiet = match numeric.result() {
        Type::F32 => f32::from_bits(expected as u32).is_nan() && found & 0x7FC0_0000 == 0x7FC0_0000 && found >> 32 == 0,
        Type::F64 => f64::from_bits(expected).is_nan() && found & 0x7FF8_0000_0000_0000 == 0x7FF8_0000_0000_0000,
        _ => false,
    };
    found == expected || is_quiet
}
