//! Stacks and how much they count: a tree whose paths from the root are stacks.

use motet_code::{Function, Source, Span};
use std::collections::HashMap;
use std::sync::Arc;

/// What a stack consists of, compared by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Thread(u32),
    /// A function of this number, at this line.
    Code {
        function: u32,
        line: u32,
    },
    Builtin(&'static str),
    Omitted,
    BetweenTasks,
}

/// What a part of a stack is.
#[derive(Clone, Debug)]
pub enum Place {
    /// The outermost part of each stack: a thread, by its number; 0 is the main thread.
    Thread(u32),
    /// A function of the program; `line`: where it is, from 1 on.
    Function { name: Box<str>, source: Arc<Source>, span: Span, line: u32 },
    /// A builtin.
    Builtin(&'static str),
    /// Calls that were left out, because there were too many.
    Omitted,
    /// What a thread does for its program between two tasks: messages, timers, looking for work.
    BetweenTasks,
}

/// A part of stacks, below the part that called it.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The index of the caller, which is less than its own; none for a thread.
    pub caller: Option<usize>,
    pub place: Place,
    /// How much the stacks count that end here: nanoseconds or steps, as [`super::Sampling`] says.
    pub weight: u64,
    /// How many samples these were.
    pub count: u64,
}

/// All stacks: callers stand before those that they call.
#[derive(Clone, Debug, Default)]
pub struct Samples(pub Vec<Sample>);

#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    found: HashMap<(u32, Key), u32>,
    /// By their numbers, with their names.
    functions: HashMap<u32, (Arc<Function>, Box<str>)>,
}

#[derive(Clone, Copy)]
struct Node {
    caller: u32,
    key: Key,
    weight: u64,
    count: u64,
}

/// The caller of threads.
pub(super) const NONE: u32 = u32::MAX;

impl Tree {
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The place of a call below its caller's.
    pub fn below(&mut self, caller: u32, key: Key) -> u32 {
        *self.found.entry((caller, key)).or_insert_with(|| {
            self.nodes.push(Node { caller, key, weight: 0, count: 0 });
            (self.nodes.len() - 1) as u32
        })
    }

    /// A sample whose stack ends here.
    pub fn count(&mut self, at: u32, weight: u64) {
        let node = &mut self.nodes[at as usize];
        node.weight += weight;
        node.count += 1;
    }

    /// Remembers the function that a key names.
    pub fn name(&mut self, function: &Arc<Function>, name: impl FnOnce() -> Box<str>) {
        self.functions.entry(function.id()).or_insert_with(|| (function.clone(), name()));
    }

    /// Adds what another tree has counted.
    pub fn add(&mut self, other: &Tree) {
        for (id, named) in &other.functions {
            self.functions.entry(*id).or_insert_with(|| named.clone());
        }
        let mut places: Vec<u32> = Vec::with_capacity(other.nodes.len());
        for node in &other.nodes {
            let caller = if node.caller == NONE { NONE } else { places[node.caller as usize] };
            let at = self.below(caller, node.key);
            self.nodes[at as usize].weight += node.weight;
            self.nodes[at as usize].count += node.count;
            places.push(at);
        }
    }

    /// All of it, for people.
    pub fn samples(&self) -> Samples {
        let sample = |node: &Node| Sample {
            caller: (node.caller != NONE).then_some(node.caller as usize),
            place: self.place(node.key),
            weight: node.weight,
            count: node.count,
        };
        Samples(self.nodes.iter().map(sample).collect())
    }

    fn place(&self, key: Key) -> Place {
        match key {
            Key::Thread(number) => Place::Thread(number),
            Key::Code { function, line } => {
                let (function, name) = &self.functions[&function];
                Place::Function { name: name.clone(), source: function.source.clone(), span: function.span, line }
            }
            Key::Builtin(name) => Place::Builtin(name),
            Key::Omitted => Place::Omitted,
            Key::BetweenTasks => Place::BetweenTasks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_of_threads_become_one() {
        let tree = |builtins: &[&'static str]| {
            let mut tree = Tree::default();
            let root = tree.below(NONE, Key::Thread(0));
            for (weight, builtin) in builtins.iter().enumerate() {
                let at = tree.below(root, Key::Builtin(builtin));
                tree.count(at, weight as u64 + 1);
            }
            tree
        };
        let mut all = tree(&["map", "sort"]);
        all.add(&tree(&["sort", "map", "split"]));
        let Samples(samples) = all.samples();
        let shown: Vec<_> = samples.iter().map(|sample| (sample.caller, sample.weight, sample.count)).collect();
        assert_eq!(shown, [(None, 0, 0), (Some(0), 3, 2), (Some(0), 3, 2), (Some(0), 3, 1)]);
    }
}
