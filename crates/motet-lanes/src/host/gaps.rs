//! Room in a pool: first fit among gaps, which melt together when what lay between them goes.

use std::collections::BTreeMap;

/// The parts of a pool that are free.
#[derive(Debug)]
pub(crate) struct Gaps {
    /// Start and length of each.
    gaps: BTreeMap<usize, usize>,
}

impl Gaps {
    pub fn new(length: usize) -> Gaps {
        Gaps { gaps: BTreeMap::from([(0, length)]) }
    }

    /// The longest one's length.
    pub fn largest(&self) -> usize {
        self.gaps.values().copied().max().unwrap_or(0)
    }

    /// Takes a part of this length. Nothing takes no room, and finds some in a full pool.
    pub fn take(&mut self, length: usize) -> Option<usize> {
        if length == 0 {
            return Some(0);
        }
        let (start, found) = self.gaps.iter().find(|(_, found)| **found >= length).map(|(&at, &found)| (at, found))?;
        self.cut(start, found, length);
        Some(start)
    }

    /// Takes this part if it is free.
    pub fn take_at(&mut self, start: usize, length: usize) -> bool {
        match self.gaps.get(&start) {
            Some(&found) if found >= length => {
                self.cut(start, found, length);
                true
            }
            _ => length == 0,
        }
    }

    fn cut(&mut self, start: usize, found: usize, length: usize) {
        self.gaps.remove(&start);
        if found > length {
            self.gaps.insert(start + length, found - length);
        }
    }

    /// Gives a part back.
    pub fn give(&mut self, mut start: usize, mut length: usize) {
        if length == 0 {
            return;
        }
        if let Some(after) = self.gaps.remove(&(start + length)) {
            length += after;
        }
        if let Some((&before, &found)) = self.gaps.range(..start).next_back()
            && before + found == start
        {
            self.gaps.remove(&before);
            start = before;
            length += found;
        }
        self.gaps.insert(start, length);
    }
}
