//! A value that any thread may hold.

use super::value::Value;

/// An immutable value, shared between threads.
pub struct Frozen(Value);

// SAFETY: the value is immediate, or its object is shared or immortal (`Frozen::new` checks it): its count is changed
// atomically, and neither it nor anything it reaches changes any more. What its methods hand out are values, which are
// counted atomically too.
unsafe impl Send for Frozen {}
// SAFETY: as above.
unsafe impl Sync for Frozen {}

impl Frozen {
    /// A handle on a value that is already immutable: immediate, a string, bytes, a range or a number, a shared foreign
    /// object, or something that `freeze` froze. None for the rest.
    #[inline]
    pub fn new(value: &Value) -> Option<Frozen> {
        if !value.is_frozen() {
            return None;
        }
        if let Some(header) = value.header()
            && header.count().is_local()
        {
            // A leaf: it is immutable from birth, and shared now.
            header.count().share();
        }
        Some(Frozen(value.clone()))
    }

    /// A number, or another value that owns no memory, in two words ([`Frozen::in_halves`]). The others come back.
    #[inline(always)]
    pub fn plain(value: Value) -> Result<Frozen, Value> {
        if value.is_heap() { Err(value) } else { Ok(Frozen(value.in_halves())) }
    }

    /// The value, for the thread that asks.
    #[inline]
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// Another reference to the value.
    #[inline]
    pub fn to_value(&self) -> Value {
        self.0.clone()
    }

    /// The same, moved in two words. What was written in two words just now and is moved in one, as a Rust value is, makes
    /// the processor wait until it is written.
    #[inline(always)]
    pub fn in_halves(self) -> Frozen {
        Frozen(self.0.in_halves())
    }

    #[inline]
    pub fn into_value(self) -> Value {
        self.0
    }
}

impl Clone for Frozen {
    #[inline]
    fn clone(&self) -> Frozen {
        Frozen(self.0.clone())
    }
}

impl std::fmt::Debug for Frozen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}
