//! The tests and benchmarks of a program: collected while its module runs, and run one after the other afterwards.

use super::{Changes, Interrupter, LinkedModule, MainIsolate, Run};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{Value, freeing_apart};
use motet_code::Source;
use std::sync::Arc;

/// A block that a program declares for those who run its tests or its benchmarks.
pub struct Block {
    pub name: Box<str>,
    function: Value,
}

/// What a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    Test,
    Bench,
}

/// Compares a text with what the same test gave in an earlier run; an error says how they differ.
pub type Snapshots = Box<dyn FnMut(&str) -> std::result::Result<(), String> + Send>;

/// What an isolate knows of the blocks of the program that runs in it.
#[derive(Default)]
pub(crate) struct Collected {
    /// The file whose blocks are wanted, not those of the files that it imports; none: they are skipped.
    wanted: Option<(BlockKind, Arc<Source>)>,
    blocks: Vec<Block>,
    snapshots: Option<Snapshots>,
}

impl Collected {
    /// A module declares a block.
    pub fn declare(&mut self, kind: BlockKind, name: &str, function: &Value) {
        let declared_in = function.as_closure().map(|closure| &closure.function().source);
        let is_wanted = match (&self.wanted, declared_in) {
            (Some((wanted, of)), Some(source)) => *wanted == kind && Arc::ptr_eq(of, source),
            _ => false,
        };
        if is_wanted {
            self.blocks.push(Block { name: name.into(), function: function.clone() });
        }
    }

    /// What the test that runs gives as a snapshot.
    pub fn compare_snapshot(&mut self, text: &str) -> Result<()> {
        match &mut self.snapshots {
            Some(snapshots) => snapshots(text).map_err(|difference| Error::new(ErrorKind::AssertError, difference)),
            None => Err(Error::new(ErrorKind::Error, "there are snapshots only in the tests that `motet test` runs")
                .with_hint("assert_eq compares with a value that stands in the program")),
        }
    }
}

impl MainIsolate {
    /// Runs a module and gives the blocks of one kind that it declares. Tasks that it started go on while these run. The
    /// interrupter ends the module or the block that runs.
    pub fn collect_blocks(
        &mut self,
        kind: BlockKind,
        module: &Arc<LinkedModule>,
        began: impl FnOnce(Interrupter),
    ) -> Run<Vec<Block>> {
        began(self.begin_tests());
        self.isolate.pieces.collected.wanted = Some((kind, Arc::clone(&module.module.source)));
        let result = self.run_piece(module, &Changes::default());
        self.isolate.pieces.collected.wanted = None;
        let blocks = std::mem::take(&mut self.isolate.pieces.collected.blocks);
        result.map(|_| blocks)
    }

    /// Runs a benchmark's body so many times.
    pub fn run_bench(&mut self, bench: &Block, passes: u32) -> Run<()> {
        freeing_apart(|| {
            let result = self.run_as_piece(bench.function.clone(), vec![Value::int(i64::from(passes))]);
            result.map(drop).map_err(|error| self.isolate.uncaught(error))
        })
    }

    /// Runs a test to its end. What it gives to `assert_snapshot` goes to `snapshots`.
    pub fn run_test(&mut self, test: &Block, snapshots: Snapshots) -> Run<()> {
        self.isolate.pieces.collected.snapshots = Some(snapshots);
        let result = freeing_apart(|| {
            let result = self.run_as_piece(test.function.clone(), Vec::new());
            result.map(drop).map_err(|error| self.isolate.uncaught(error))
        });
        self.isolate.pieces.collected.snapshots = None;
        result
    }
}
