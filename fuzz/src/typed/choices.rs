//! What decides how a program looks.

/// A tape of bytes, of which similar ones give similar programs, which is what a fuzzer needs; or numbers that look random.
#[allow(dead_code, reason = "tests and fuzzers use one of them")]
pub enum Choices<'a> {
    /// Where it has ended, the first of all choices is taken.
    Tape(std::slice::Iter<'a, u8>),
    /// Of a small generator (splitmix64), the same in each run.
    Random(u64),
}

#[allow(dead_code, reason = "tests use the other")]
impl<'a> Choices<'a> {
    pub fn of(tape: &'a [u8]) -> Choices<'a> {
        Choices::Tape(tape.iter())
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        match self {
            Choices::Tape(tape) => {
                let mut next = || tape.next().map_or(0, |byte| u64::from(*byte));
                if bound <= 256 { next() % bound } else { (next() << 8 | next()) % bound }
            }
            Choices::Random(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut mixed = *state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                (mixed ^ (mixed >> 31)) % bound
            }
        }
    }

    pub fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len() as u64) as usize]
    }
}
