//! Numbered places: what lives in one keeps its number until it is removed.

/// The number of a place.
pub(super) type Id = u32;

/// No place.
pub(super) const NONE: Id = Id::MAX;

pub(super) struct Slab<T> {
    places: Vec<T>,
    free: Vec<Id>,
}

impl<T> Slab<T> {
    pub fn new() -> Slab<T> {
        Slab { places: Vec::new(), free: Vec::new() }
    }

    /// # Panics
    ///
    /// If there are 2³² of them.
    pub fn insert(&mut self, value: T) -> Id {
        if let Some(id) = self.free.pop() {
            self.places[id as usize] = value;
            return id;
        }
        let length = self.places.len();
        if length == self.places.capacity() {
            // By a quarter and not by doubling: a million signals should not take the room of two.
            self.places.reserve_exact(length / 4 + 16);
        }
        assert!(length < NONE as usize, "too many signals");
        self.places.push(value);
        length as Id
    }

    /// Gives the place away; what is in it stays until the next one moves in.
    pub fn release(&mut self, id: Id) {
        self.free.push(id);
    }

    /// The numbers of all places that were ever given away, free ones too.
    pub fn ids(&self) -> std::ops::Range<Id> {
        0..self.places.len() as Id
    }

    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.places.len() - self.free.len()
    }
}

impl<T> std::ops::Index<Id> for Slab<T> {
    type Output = T;

    #[inline(always)]
    fn index(&self, id: Id) -> &T {
        &self.places[id as usize]
    }
}

impl<T> std::ops::IndexMut<Id> for Slab<T> {
    #[inline(always)]
    fn index_mut(&mut self, id: Id) -> &mut T {
        &mut self.places[id as usize]
    }
}
