//! What is known of objects around loops: what a loop keeps of what is known where it is entered, and what it looks for each
//! time it goes round, which is looked for in front of it instead.

use super::known::{Lost, Object, Wanted};
use super::state::{Held, State};
use super::{Edge, Translation};
use crate::ir::{Reason, Type};
use std::collections::btree_map::Entry;

/// Behind so many wrong guesses in front of a loop, nothing is looked for there.
const FEW: u8 = 3;

impl Translation<'_> {
    /// Whether something may be looked for in front of the loop that begins at a place.
    pub(super) fn may_want(&self, start: usize) -> bool {
        self.seen(start).failures <= FEW
    }

    /// What a loop keeps of what is known of objects where it is entered.
    pub(super) fn kept_by_loop(&self, start: usize, known: Vec<Object>) -> Vec<Object> {
        let kept = known.into_iter().filter_map(|object| {
            let key = (self.frame().path.clone(), start, object.register);
            match self.known.lost.get(&key) {
                None => Some(object),
                Some(lost) if lost.register => None,
                Some(lost) => Some(object.without(lost)),
            }
        });
        kept.collect()
    }

    /// Whether a way back to a loop's head brings what is assumed there. What it does not is noted.
    pub(super) fn brings(&mut self, target: usize, state: &State) -> bool {
        let Some(head) = self.heads.get(&target) else { return true };
        let path = self.frame().path.clone();
        let mut brings_all = true;
        for assumed in &head.objects {
            let mut lost = Lost::default();
            match state.objects().iter().find(|object| object.register == assumed.register) {
                Some(object) => lost.add_all(assumed, object, &self.out),
                None => lost.register = true,
            }
            if lost != Lost::default() {
                brings_all = false;
                self.known.lost.entry((path.clone(), target, assumed.register)).or_default().merge(&lost);
            }
        }
        brings_all
    }

    /// Notes what is known at the end of a loop and not where it begins.
    pub(super) fn note_wanted(&mut self, target: usize, state: &State, held: &[Held]) {
        let Some(head) = self.heads.get(&target).filter(|_| self.may_want(target)) else { return };
        let path = self.frame().path.clone();
        for object in state.objects().iter().chain(state.partial()) {
            let register = object.register;
            let is_held =
                held.get(register) == Some(&Held::Window) && (register == 0 || self.is_needed(target, register));
            if !is_held {
                continue;
            }
            let known = head.objects.iter().find(|known| known.register == register);
            let Some(wanted) = Wanted::new(object, known, &self.out) else { continue };
            let lost = self.known.lost.get(&(path.clone(), target, register)).cloned().unwrap_or_default();
            if wanted.without(&lost).is_none() {
                continue;
            }
            let noted = self.known.wanted.entry((path.clone(), target)).or_default();
            match noted.entry(register) {
                Entry::Vacant(place) => {
                    place.insert(wanted);
                    self.wants = true;
                }
                Entry::Occupied(mut place) => self.wants |= place.get_mut().add(&wanted),
            }
        }
    }

    /// Looks in front of a loop for what it wants.
    pub(super) fn look_for_wanted(&mut self, start: usize, edge: &mut Edge, held: &[Held]) {
        let path = self.frame().path.clone();
        let Some(wanted) = self.known.wanted.get(&(path.clone(), start)).cloned() else { return };
        let block = std::mem::replace(&mut self.block, edge.through);
        std::mem::swap(&mut self.state, &mut edge.state);
        self.exit = None;
        // Here registers are counted from the first one of all.
        let offset = std::mem::take(&mut self.state.offset);
        for (register, wanted) in wanted {
            let lost = self.known.lost.get(&(path.clone(), start, register)).cloned().unwrap_or_default();
            let is_held = held.get(register) == Some(&Held::Window);
            if let Some(wanted) = wanted.without(&lost).filter(|_| is_held) {
                self.look_for(start, register as u16, &wanted);
            }
        }
        self.exit = None;
        self.state.offset = offset;
        std::mem::swap(&mut self.state, &mut edge.state);
        self.block = block;
    }

    fn look_for(&mut self, start: usize, register: u16, wanted: &Wanted) {
        let exit = self.exit_at(start, Reason::Guard);
        let Some(address) = self.object(register, wanted.tag, exit) else { return };
        if let Some(shape) = wanted.shape {
            self.guard_shape(register, shape, exit);
        }
        self.guard_slots(register, wanted.slots, exit);
        if wanted.is_writable {
            self.guard_writable(register, address, exit);
        }
        if let (true, Some(places)) = (wanted.items, self.lists) {
            self.items(register, address, places);
        }
        for (slot, of) in wanted.contents.iter().copied() {
            // The loop may not keep what says that there is such a slot.
            if !self.has_slot(register, slot) {
                continue;
            }
            let place = self.place_in(wanted.tag, address, slot);
            let value = match of {
                Type::Bool => self.load_bool(place, exit),
                of => self.load(place, of, exit).expect("a number has a tag"),
            };
            self.state.note_read(address, slot, value);
        }
    }
}
