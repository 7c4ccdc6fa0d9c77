//! Results that are written once, in pieces, on all cores: no zeros are written before them.

use crate::broadcast::{CHUNK, Cost};
use motet_vm::{Context, Result};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Where a piece of the results goes: it takes one result after the other.
pub(crate) struct Room<'a, R> {
    slots: &'a mut [MaybeUninit<R>],
    /// How many of the slots hold a result.
    filled: usize,
}

impl<R> Room<'_, R> {
    /// How many results are missing.
    pub fn left(&self) -> usize {
        self.slots.len() - self.filled
    }

    /// Takes results, up to the number that is missing.
    #[inline]
    pub fn put(&mut self, results: impl Iterator<Item = R>) {
        let mut count = 0;
        for (slot, result) in self.slots[self.filled..].iter_mut().zip(results) {
            slot.write(result);
            count += 1;
        }
        self.filled += count;
    }
}

/// So many results. `fill` gets the number of a piece's first result and the piece's room, which it fills; it says whether
/// one of its results is marked.
pub(crate) fn filled<R: Copy + Send>(
    context: &mut Context<'_>,
    cost: Cost,
    size: usize,
    fill: impl Fn(usize, &mut Room<'_, R>) -> bool + Sync,
) -> Result<(Vec<R>, bool)> {
    let mut results = Vec::with_capacity(size);
    let slots = &mut results.spare_capacity_mut()[..size];
    let (is_marked, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let piece = |number: usize, slots: &mut [MaybeUninit<R>]| {
        let mut room = Room { slots, filled: 0 };
        if fill(number * CHUNK, &mut room) {
            is_marked.store(true, Ordering::Relaxed);
        }
        count.fetch_add(room.filled, Ordering::Relaxed);
    };
    context.in_parallel(slots, CHUNK, cost.units(CHUNK), &piece)?;
    assert_eq!(count.into_inner(), size, "every piece is filled");
    // SAFETY: each piece got slots of its own, and `Room::put` counts what it has written alone, from the first slot on. So
    // many results are as many slots, and all of them hold one.
    unsafe { results.set_len(size) };
    Ok((results, is_marked.into_inner()))
}
