//! Large blocks that were given back, kept for whoever asks for the same size next.
//!
//! Programs that compute with arrays ask for the same sizes again and again. Mapping pages, having the kernel clear them and
//! giving them back takes longer than an addition of all that they hold.
//!
//! Nothing waits here: a place holds one number, which is taken or put in one step.

use super::{PAGE, pages};
use std::ptr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Blocks up to this size are kept: four of them take no more than a small part of a machine's memory.
const MOST: usize = 16 << 20;
const PLACES: usize = 4;

/// Bits of a place that hold the number of pages; the others hold the number of the first page. Zero is an empty place.
const PAGES_BITS: u32 = 16;
const _: () = assert!(MOST / PAGE < 1 << PAGES_BITS);

struct Spares {
    places: [AtomicU64; PLACES],
    /// Which place is emptied next for another block.
    next: AtomicUsize,
}

static SPARES: Spares = Spares { places: [const { AtomicU64::new(0) }; PLACES], next: AtomicUsize::new(0) };

fn pages_of(size: usize) -> u64 {
    size.div_ceil(PAGE) as u64
}

/// # Safety
/// `entry` was taken out of a place, so that its block is the caller's.
unsafe fn release(entry: u64) {
    let (page, pages) = (entry >> PAGES_BITS, entry & ((1 << PAGES_BITS) - 1));
    let block = ptr::with_exposed_provenance_mut(page as usize * PAGE);
    // SAFETY: what a place holds is a block of `pages` of so many pages, and the caller's alone.
    unsafe { pages::unmap(block, pages as usize * PAGE) };
}

/// A block of this size that was kept, or null. It holds what it held.
pub fn take(size: usize) -> *mut u8 {
    for place in &SPARES.places {
        let entry = place.load(Ordering::Relaxed);
        let is_fitting = entry != 0 && entry & ((1 << PAGES_BITS) - 1) == pages_of(size);
        // Acquire: what the thread that gave it back did with the block is over.
        if is_fitting && place.compare_exchange(entry, 0, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            return ptr::with_exposed_provenance_mut((entry >> PAGES_BITS) as usize * PAGE);
        }
    }
    ptr::null_mut()
}

/// Keeps a block, or gives it back to the system.
///
/// # Safety
/// `block` came from `pages::map`, `pages::resize` or `take` with this size, and is not used any more.
pub unsafe fn put(block: *mut u8, size: usize) {
    if size > MOST {
        // SAFETY: the caller's contract.
        return unsafe { pages::unmap(block, size) };
    }
    let entry = (block.expose_provenance() / PAGE) as u64;
    let entry = entry << PAGES_BITS | pages_of(size);
    for place in &SPARES.places {
        if place.compare_exchange(0, entry, Ordering::Release, Ordering::Relaxed).is_ok() {
            return;
        }
    }
    let oldest = SPARES.next.fetch_add(1, Ordering::Relaxed) % PLACES;
    let gone = SPARES.places[oldest].swap(entry, Ordering::AcqRel);
    if gone != 0 {
        // SAFETY: it was just taken out.
        unsafe { release(gone) };
    }
}

/// Gives all of them back to the system.
#[cfg(target_os = "linux")]
pub fn give_back() {
    for place in &SPARES.places {
        let entry = place.swap(0, Ordering::Acquire);
        if entry != 0 {
            // SAFETY: it was just taken out.
            unsafe { release(entry) };
        }
    }
}
