//! Those who wait, in the order in which they came.

use std::collections::BTreeMap;

/// A place in a list of waiters. Tickets are handed out in order and never again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

/// Waiters by ticket: taken from the front, removed from anywhere in O(log n), put back into the place they had.
///
/// Nearly all lists hold one waiter or none: the first is kept without allocating.
pub(super) struct Waiters<W> {
    issued: u64,
    /// The waiter with the lowest ticket; none only if `others` is empty.
    first: Option<(Ticket, W)>,
    others: BTreeMap<Ticket, W>,
}

impl<W> Waiters<W> {
    pub(super) fn new() -> Waiters<W> {
        Waiters { issued: 0, first: None, others: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
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
            Some((first, _)) if *first < ticket => self.others.insert(ticket, waiter),
            first => {
                if let Some((next, kept)) = first.replace((ticket, waiter)) {
                    self.others.insert(next, kept);
                }
                None
            }
        }
    }

    /// Takes the waiter who came first.
    pub(super) fn pop(&mut self) -> Option<W> {
        // Writing nothing where nothing is: other threads may have this line in their caches.
        self.first.as_ref()?;
        let next = self.others.pop_first();
        std::mem::replace(&mut self.first, next).map(|(_, waiter)| waiter)
    }

    /// Removes a waiter who may still be there.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<W> {
        match &self.first {
            Some((first, _)) if *first == ticket => self.pop(),
            _ => self.others.remove(&ticket),
        }
    }

    pub(super) fn contains(&self, ticket: Ticket) -> bool {
        self.first.as_ref().is_some_and(|(first, _)| *first == ticket) || self.others.contains_key(&ticket)
    }

    /// All waiters, in order, in place.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut W> {
        self.first.iter_mut().map(|(_, waiter)| waiter).chain(self.others.values_mut())
    }

    /// Takes all waiters; the tickets go on.
    pub(super) fn take(&mut self) -> Waiters<W> {
        Waiters { issued: self.issued, first: self.first.take(), others: std::mem::take(&mut self.others) }
    }

    /// All waiters, in order.
    pub(super) fn into_all(self) -> impl Iterator<Item = W> + use<W> {
        // Walking over an empty tree takes longer than all the rest.
        let others = (!self.others.is_empty()).then(|| self.others.into_values());
        self.first.into_iter().map(|(_, waiter)| waiter).chain(others.into_iter().flatten())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            1 => (0..20_usize).prop_map(Step::Remove),
            1 => Just(Step::PutBack),
        ]
    }

    proptest! {
        /// The list behaves as a plain sorted map does.
        #[test]
        fn waiters_are_a_sorted_map(steps in prop::collection::vec(step(), 0..60)) {
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
            prop_assert!(waiters.take().into_all().eq(model.into_values()));
            prop_assert_eq!(waiters.len(), 0);
        }
    }
}
