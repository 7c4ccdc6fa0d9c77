//! A table that only grows: entries never move, reading one takes no lock. Adding takes a lock.

use parking_lot::Mutex;
use std::sync::OnceLock;

/// Entries in the first chunk; each further chunk is twice as long.
const FIRST_CHUNK: u32 = 64;
const CHUNKS: usize = 26;

/// See the module. Lives in statics, so entries live for ever.
pub(super) struct AppendOnly<T> {
    chunks: [OnceLock<Box<[OnceLock<T>]>>; CHUNKS],
    length: Mutex<u32>,
}

/// The chunk that an entry is in, and its place there.
#[inline]
fn locate(index: u32) -> (usize, usize) {
    let shifted = index as u64 + FIRST_CHUNK as u64;
    let chunk = shifted.ilog2() - FIRST_CHUNK.ilog2();
    (chunk as usize, (shifted - ((FIRST_CHUNK as u64) << chunk)) as usize)
}

impl<T> AppendOnly<T> {
    pub const fn new() -> AppendOnly<T> {
        AppendOnly { chunks: [const { OnceLock::new() }; CHUNKS], length: Mutex::new(0) }
    }

    /// Adds an entry; gives its number. A thread that learns the number can read the entry.
    pub fn push(&self, entry: T) -> u32 {
        let mut length = self.length.lock();
        let index = *length;
        let (chunk, place) = locate(index);
        assert!(chunk < CHUNKS, "a table of the process has more than 4 billion entries");
        let chunk =
            self.chunks[chunk].get_or_init(|| (0..(FIRST_CHUNK as usize) << chunk).map(|_| OnceLock::new()).collect());
        let is_new = chunk[place].set(entry).is_ok();
        debug_assert!(is_new, "numbers are given once");
        *length = index + 1;
        index
    }

    /// The entry of a number that `push` gave.
    #[inline]
    pub fn get(&self, index: u32) -> Option<&T> {
        let (chunk, place) = locate(index);
        self.chunks.get(chunk)?.get()?[place].get()
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        *self.length.lock() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_dense() {
        let mut expected = (0, 0);
        for index in 0..100_000 {
            assert_eq!(locate(index), expected, "{index}");
            expected.1 += 1;
            if expected.1 == (FIRST_CHUNK as usize) << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
        assert!(locate(u32::MAX - FIRST_CHUNK).0 < CHUNKS);
    }

    #[test]
    fn entries_stay_where_they_are() {
        let table = AppendOnly::new();
        let first = table.push("first".to_string());
        let address: *const String = table.get(first).unwrap();
        for index in 1..1000 {
            assert_eq!(table.push(index.to_string()), index);
        }
        assert_eq!(table.get(first).map(|entry| entry as *const String), Some(address));
        assert_eq!(table.get(999).map(String::as_str), Some("999"));
        assert_eq!(table.get(1000), None);
        assert_eq!(table.len(), 1000);
    }
}
