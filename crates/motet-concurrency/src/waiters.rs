//! Those who wait, in the order in which they came.

use std::collections::VecDeque;

/// A place in a list of waiters. Tickets are handed out in order and never again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

/// Waiters by ticket: taken from the front, removed from anywhere in O(log n), put back into the place they had.
///
/// Nearly all lists hold one waiter or none: the first is kept without allocating. Some hold a million: the others take
/// little more room than they are large.
pub(super) struct Waiters<W> {
    issued: u64,
    /// The waiter with the lowest ticket; none only if there are no others.
    first: Option<(Ticket, W)>,
    others: Option<Box<Line<W>>>,
}

/// Waiters in order. One that leaves from the middle leaves a gap, so that the others need not move; at both ends are
/// no gaps.
struct Line<W> {
    places: VecDeque<(Ticket, Option<W>)>,
    gaps: usize,
}

/// An empty line with room for more is given back.
const ROOM_KEPT: usize = 16;

impl<W> Line<W> {
    fn new() -> Line<W> {
        Line { places: VecDeque::new(), gaps: 0 }
    }

    fn len(&self) -> usize {
        self.places.len() - self.gaps
    }

    fn find(&self, ticket: Ticket) -> Result<usize, usize> {
        self.places.binary_search_by_key(&ticket, |(ticket, _)| *ticket)
    }

    fn insert(&mut self, ticket: Ticket, waiter: W) -> Option<W> {
        // New ones come last, and who was taken and comes back was first.
        if self.places.back().is_none_or(|(last, _)| *last < ticket) {
            self.places.push_back((ticket, Some(waiter)));
            return None;
        }
        match self.find(ticket) {
            Ok(place) => {
                let former = self.places[place].1.replace(waiter);
                self.gaps -= usize::from(former.is_none());
                former
            }
            Err(place) => {
                self.places.insert(place, (ticket, Some(waiter)));
                None
            }
        }
    }

    fn pop(&mut self) -> Option<(Ticket, W)> {
        let (ticket, waiter) = self.places.pop_front()?;
        self.trim();
        waiter.map(|waiter| (ticket, waiter))
    }

    fn remove(&mut self, ticket: Ticket) -> Option<W> {
        let place = self.find(ticket).ok()?;
        let waiter = self.places[place].1.take()?;
        self.gaps += 1;
        self.trim();
        // So that a line from which most have gone is as short as it should be.
        if self.gaps > self.places.len() / 2 {
            self.places.retain(|(_, waiter)| waiter.is_some());
            self.gaps = 0;
        }
        Some(waiter)
    }

    /// Takes the gaps at both ends away.
    fn trim(&mut self) {
        while self.gaps > 0 && self.places.front().is_some_and(|(_, waiter)| waiter.is_none()) {
            self.places.pop_front();
            self.gaps -= 1;
        }
        while self.gaps > 0 && self.places.back().is_some_and(|(_, waiter)| waiter.is_none()) {
            self.places.pop_back();
            self.gaps -= 1;
        }
    }

    fn contains(&self, ticket: Ticket) -> bool {
        self.find(ticket).is_ok_and(|place| self.places[place].1.is_some())
    }
}

impl<W> Waiters<W> {
    pub(super) fn new() -> Waiters<W> {
        Waiters { issued: 0, first: None, others: None }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.as_ref().map_or(0, |others| others.len())
    }

    /// Adds a waiter at the end.
    pub(super) fn push(&mut self, waiter: W) -> Ticket {
        let ticket = Ticket(self.issued);
        self.issued += 1;
        self.insert(ticket, waiter);
        ticket
    }

    /// Puts a waiter into the place of its ticket, from where it was taken; one that is still there is handed out.
    pub(super) fn insert(&mut self, ticket: Ticket, waiter: W) -> Option<W> {
        match &mut self.first {
            Some((first, kept)) if *first == ticket => Some(std::mem::replace(kept, waiter)),
            Some((first, _)) if *first < ticket => self.insert_behind(ticket, waiter),
            first => {
                if let Some((next, kept)) = first.replace((ticket, waiter)) {
                    self.insert_behind(next, kept);
                }
                None
            }
        }
    }

    fn insert_behind(&mut self, ticket: Ticket, waiter: W) -> Option<W> {
        self.others.get_or_insert_with(|| Box::new(Line::new())).insert(ticket, waiter)
    }

    /// Takes the waiter who came first.
    pub(super) fn pop(&mut self) -> Option<W> {
        // Writing nothing where nothing is: other threads may have this line in their caches.
        self.first.as_ref()?;
        let next = match &mut self.others {
            Some(others) => {
                let next = others.pop();
                self.give_room_back();
                next
            }
            None => None,
        };
        std::mem::replace(&mut self.first, next).map(|(_, waiter)| waiter)
    }

    /// Removes a waiter who may still be there.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<W> {
        match &self.first {
            Some((first, _)) if *first == ticket => self.pop(),
            _ => {
                let removed = self.others.as_mut()?.remove(ticket);
                self.give_room_back();
                removed
            }
        }
    }

    fn give_room_back(&mut self) {
        if self.others.as_ref().is_some_and(|others| others.len() == 0 && others.places.capacity() > ROOM_KEPT) {
            self.others = None;
        }
    }

    pub(super) fn contains(&self, ticket: Ticket) -> bool {
        self.first.as_ref().is_some_and(|(first, _)| *first == ticket)
            || self.others.as_ref().is_some_and(|others| others.contains(ticket))
    }

    /// All waiters, in order, in place.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut W> {
        let others = self.others.iter_mut().flat_map(|others| &mut others.places);
        self.first.iter_mut().map(|(_, waiter)| waiter).chain(others.filter_map(|(_, waiter)| waiter.as_mut()))
    }

    /// Takes all waiters; the tickets go on.
    pub(super) fn take(&mut self) -> Waiters<W> {
        Waiters { issued: self.issued, first: self.first.take(), others: self.others.take() }
    }

    /// Hands out all waiters, in order.
    pub(super) fn hand_out(self, mut to: impl FnMut(W)) {
        if let Some((_, waiter)) = self.first {
            to(waiter);
        }
        if let Some(others) = self.others {
            others.places.into_iter().filter_map(|(_, waiter)| waiter).for_each(to);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Debug)]
    enum Step {
        Push,
        Pop,
        Remove(usize),
        PutBack,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Push),
            1 => Just(Step::Pop),
            1 => (0..40_usize).prop_map(Step::Remove),
            1 => Just(Step::PutBack),
        ]
    }

    proptest! {
        /// The list behaves as a plain sorted map does.
        #[test]
        fn waiters_are_a_sorted_map(steps in prop::collection::vec(step(), 0..120)) {
            let mut waiters = Waiters::new();
            let mut model = BTreeMap::new();
            let mut taken: Option<u64> = None;
            for step in steps {
                match step {
                    Step::Push => {
                        let number = waiters.issued;
                        let ticket = waiters.push(number);
                        model.insert(ticket, number);
                    }
                    Step::Pop => {
                        let popped = waiters.pop();
                        prop_assert_eq!(popped, model.pop_first().map(|(_, number)| number));
                        taken = popped.or(taken);
                    }
                    Step::Remove(index) => {
                        let ticket = Ticket(index as u64);
                        prop_assert_eq!(waiters.contains(ticket), model.contains_key(&ticket));
                        prop_assert_eq!(waiters.remove(ticket), model.remove(&ticket));
                    }
                    Step::PutBack => {
                        if let Some(number) = taken.take() {
                            let replaced = waiters.insert(Ticket(number), number);
                            prop_assert_eq!(replaced, model.insert(Ticket(number), number));
                        }
                    }
                }
                prop_assert_eq!(waiters.len(), model.len());
                prop_assert!(waiters.iter_mut().map(|number| *number).eq(model.values().copied()));
            }
            let mut left = Vec::new();
            waiters.take().hand_out(|number| left.push(number));
            prop_assert!(left.into_iter().eq(model.into_values()));
            prop_assert_eq!(waiters.len(), 0);
        }
    }
}
