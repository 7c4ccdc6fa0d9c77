//! The effects of an isolate: by the place that their functions in the graph name, since a pull asks for one after the other, and
//! by the numbers of their nodes.

use crate::memory::Value;
use crate::signals::Effect;
use foldhash::fast::FixedState;
use std::collections::HashMap;

pub(super) struct EffectEntry {
    pub effect: Effect,
    pub function: Value,
    /// Tells it from another that had the same node before.
    pub serial: u64,
    /// Effects that its last run made: the next run ends them.
    pub children: Vec<(u32, u64)>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Entries {
    places: Vec<Option<EffectEntry>>,
    free: Vec<u32>,
    by_node: HashMap<u32, u32, FixedState>,
}

impl Entries {
    pub fn is_empty(&self) -> bool {
        self.by_node.is_empty()
    }

    /// Where the next effect goes.
    pub fn next_place(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.places.len() as u32)
    }

    pub fn insert(&mut self, node: u32, entry: EffectEntry) {
        let place = self.next_place();
        match self.free.pop() {
            Some(free) => self.places[free as usize] = Some(entry),
            None => self.places.push(Some(entry)),
        }
        self.by_node.insert(node, place);
    }

    /// The effect at a place, if it is still that of a node.
    #[inline]
    pub fn at(&self, place: u32, node: u32) -> Option<&EffectEntry> {
        self.places.get(place as usize)?.as_ref().filter(|entry| entry.effect.number() == node)
    }

    pub fn get(&self, node: u32) -> Option<&EffectEntry> {
        self.places[*self.by_node.get(&node)? as usize].as_ref()
    }

    pub fn get_mut(&mut self, node: u32) -> Option<&mut EffectEntry> {
        self.places[*self.by_node.get(&node)? as usize].as_mut()
    }

    pub fn remove(&mut self, node: u32) -> Option<EffectEntry> {
        let place = self.by_node.remove(&node)?;
        self.free.push(place);
        self.places[place as usize].take()
    }

    pub fn iter(&self) -> impl Iterator<Item = &EffectEntry> {
        self.places.iter().flatten()
    }
}
