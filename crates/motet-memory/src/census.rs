//! Counts live objects in debug builds, so that tests can say "nothing leaked" without a sanitizer. A diagnostic: the
//! program never reads it. It counts per thread, because a freed object does not know its heap; objects that are shared
//! among threads move between the counts. What became immortal counts as dead; what an immortal object holds although it
//! is counted itself, as alive.

#[cfg(debug_assertions)]
thread_local! {
    static LIVE: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
}

#[inline(always)]
pub(super) fn born() {
    #[cfg(debug_assertions)]
    let _ = LIVE.try_with(|live| live.set(live.get() + 1));
}

#[inline(always)]
pub(super) fn died() {
    #[cfg(debug_assertions)]
    let _ = LIVE.try_with(|live| live.set(live.get() - 1));
}

/// Objects made minus objects freed on this thread. Always 0 in release builds.
pub fn live_objects_on_this_thread() -> i64 {
    #[cfg(debug_assertions)]
    return LIVE.with(|live| live.get());
    #[cfg(not(debug_assertions))]
    0
}
