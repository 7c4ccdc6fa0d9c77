//! Which statements of programs have run, and how often.
//!
//! The loader numbers the statements of what it compiles, and the code calls a native with the number before each. The
//! counters lie in pieces that are made when their numbers are given and never move, so counting takes no lock, on whatever
//! thread the code runs.

use motet_code::{Source, Span};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

const PIECE: usize = 4096;
/// Statements beyond this many are not counted.
const MOST_PIECES: usize = 4096;

type Piece = Box<[AtomicU64]>;

/// See the module.
pub struct Coverage {
    pieces: Box<[OnceLock<Piece>]>,
    statements: Mutex<Vec<(Arc<Source>, Span)>>,
}

/// A statement, and how often it was reached.
pub struct Reached {
    pub source: Arc<Source>,
    pub span: Span,
    pub times: u64,
}

impl Default for Coverage {
    fn default() -> Coverage {
        let pieces = std::iter::repeat_with(OnceLock::new).take(MOST_PIECES).collect();
        Coverage { pieces, statements: Mutex::default() }
    }
}

impl Coverage {
    /// The number of a statement that is compiled.
    pub fn number(&self, source: &Arc<Source>, span: Span) -> u32 {
        // Nothing panics while the lock is held.
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        let number = statements.len();
        statements.push((Arc::clone(source), span));
        if let Some(piece) = self.pieces.get(number / PIECE) {
            piece.get_or_init(|| std::iter::repeat_with(AtomicU64::default).take(PIECE).collect());
        }
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// The statement of this number is reached.
    pub fn count(&self, number: i64) {
        let counter =
            usize::try_from(number).ok().and_then(|number| self.pieces.get(number / PIECE)?.get()?.get(number % PIECE));
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All statements, in the order in which they were compiled.
    pub fn reached(&self) -> Vec<Reached> {
        let statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        let times = |number: usize| {
            let counter = self.pieces.get(number / PIECE).and_then(|piece| piece.get()?.get(number % PIECE));
            counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
        };
        let reached = statements.iter().enumerate().map(|(number, (source, span))| Reached {
            source: Arc::clone(source),
            span: *span,
            times: times(number),
        });
        reached.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_counted_from_any_thread() {
        let coverage = Coverage::default();
        let source = Arc::new(Source::new("a.soc", "x", false));
        let numbers: Vec<u32> = (0..PIECE as u32 + 3).map(|at| coverage.number(&source, Span::at(at))).collect();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| numbers.iter().for_each(|number| coverage.count(i64::from(*number))));
            }
        });
        // What was never given counts for nothing.
        [-1, i64::MAX, PIECE as i64 + 3].into_iter().for_each(|number| coverage.count(number));
        let reached = coverage.reached();
        assert_eq!(reached.len(), PIECE + 3);
        assert!(reached.iter().all(|statement| statement.times == 2));
    }
}
