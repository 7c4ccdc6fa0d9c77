//! What tokens mean that are not suspended tasks': what is to be done when they are woken.
//!
//! A message with a reply makes an errand and ends it, so a place is found by its number, without hashing. A place is used
//! again, and counts its uses: a token means one errand, and one that comes too late means nothing.

use super::{TaskId, Token};
use crate::concurrency::Registration;
use crate::memory::Value;
use crate::threads::SharedFuture;
use std::sync::Arc;

/// Tokens of errands have this bit; slots of tasks do not reach it.
const ERRAND: u64 = 1 << 63;

/// See the module.
pub(super) enum Errand {
    /// A future that another thread completes has ended.
    Arrive(Value, Arc<SharedFuture>, Registration),
    /// A future that completes with null: a timer.
    Timer(Value),
    /// Another isolate cancels a future of this one.
    Cancel(TaskId),
}

#[derive(Default)]
struct Place {
    uses: u32,
    errand: Option<Errand>,
}

/// The errands of an isolate.
#[derive(Default)]
pub(super) struct Errands {
    places: Vec<Place>,
    free: Vec<u32>,
}

impl Errands {
    /// Places that there is memory for.
    pub fn capacity(&self) -> usize {
        self.places.capacity() + self.free.capacity()
    }

    /// Forgets all places, none of which is in use, and keeps their memory.
    pub fn clear(&mut self) {
        debug_assert!(self.is_empty());
        self.places.clear();
        self.free.clear();
    }

    /// Whether a token is an errand's.
    pub fn is_errand(token: Token) -> bool {
        token & ERRAND != 0
    }

    /// The token of the next errand.
    pub fn upcoming(&self) -> Token {
        let place = self.free.last().map_or(self.places.len(), |&place| place as usize);
        let uses = self.places.get(place).map_or(0, |place| place.uses);
        ERRAND | (place as u64) << 32 | u64::from(uses)
    }

    /// Adds an errand, under the token that was upcoming.
    pub fn add(&mut self, errand: Errand) -> Token {
        let token = self.upcoming();
        if self.free.pop().is_none() {
            self.places.push(Place::default());
        }
        self.places[place_of(token)].errand = Some(errand);
        token
    }

    /// What a token means, if it still means something.
    pub fn get(&self, token: Token) -> Option<&Errand> {
        self.places.get(place_of(token)).filter(|place| place.uses == token as u32)?.errand.as_ref()
    }

    /// Takes the errand out: its token means nothing any more.
    pub fn remove(&mut self, token: Token) -> Option<Errand> {
        let place = self.places.get_mut(place_of(token)).filter(|place| place.uses == token as u32)?;
        let errand = place.errand.take()?;
        place.uses = place.uses.wrapping_add(1);
        self.free.push(place_of(token) as u32);
        Some(errand)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Errand> {
        self.places.iter().filter_map(|place| place.errand.as_ref())
    }

    pub fn is_empty(&self) -> bool {
        self.places.len() == self.free.len()
    }
}

fn place_of(token: Token) -> usize {
    ((token & !ERRAND) >> 32) as usize
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_token_means_one_errand() {
        let mut errands = Errands::default();
        let first = errands.upcoming();
        assert_eq!(errands.add(Errand::Timer(Value::int(1))), first);
        let second = errands.add(Errand::Timer(Value::int(2)));
        assert!(Errands::is_errand(first) && first != second);
        assert!(matches!(errands.remove(first), Some(Errand::Timer(value)) if value.as_int() == Some(1)));
        assert!(errands.remove(first).is_none() && errands.get(first).is_none());
        let third = errands.add(Errand::Timer(Value::int(3)));
        assert!(third != first && errands.get(first).is_none(), "the place is used again, the token is not");
        assert!(matches!(errands.get(third), Some(Errand::Timer(value)) if value.as_int() == Some(3)));
        assert!(errands.remove(second).is_some() && errands.remove(third).is_some());
        assert!(errands.is_empty());
    }
}
