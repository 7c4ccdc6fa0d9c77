//! References to what is the host's: 64 bits outside, of which compiled code sees a number of 32.
//!
//! The same reference has the same number in all instances of a run. Null is 0 on both sides.

use motet_middle::Type;
use std::collections::HashMap;

/// The references that a run has seen.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    known: Vec<u64>,
    numbers: HashMap<u64, u32>,
}

impl Foreign {
    /// Values on their way to compiled code.
    pub fn inward(&mut self, types: &[Type], values: &[u64]) -> Vec<u64> {
        let pairs = types.iter().zip(values);
        pairs.map(|(of, &bits)| if *of == Type::Foreign { self.number(bits).into() } else { bits }).collect()
    }

    fn number(&mut self, bits: u64) -> u32 {
        if bits == 0 {
            return 0;
        }
        let known = &mut self.known;
        *self.numbers.entry(bits).or_insert_with(|| {
            known.push(bits);
            // So many fit into no memory.
            known.len() as u32
        })
    }

    /// Values that come from there.
    pub fn outward(&self, types: &[Type], values: Vec<u64>) -> Vec<u64> {
        let outside = |number: u64| match number.checked_sub(1) {
            Some(at) => self.known.get(at as usize).copied().unwrap_or(0),
            None => 0,
        };
        let pairs = types.iter().zip(values);
        pairs.map(|(of, bits)| if *of == Type::Foreign { outside(bits) } else { bits }).collect()
    }
}
