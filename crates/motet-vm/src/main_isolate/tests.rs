//! The tests of a program: collected while its module runs, and run one after the other afterwards.

use super::{Changes, Interrupter, LinkedModule, MainIsolate, Run};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{Value, freeing_apart};
use motet_code::Source;
use std::sync::Arc;

/// A test that a program declares.
pub struct Test {
    pub name: Box<str>,
    function: Value,
}

/// Compares a text with what the same test gave in an earlier run; an error says how they differ.
pub type Snapshots = Box<dyn FnMut(&str) -> std::result::Result<(), String> + Send>;

/// What an isolate knows of the tests of the program that runs in it.
#[derive(Default)]
pub(crate) struct Collected {
    /// The file whose tests are wanted, not those of the files that it imports; none: tests are skipped.
    source: Option<Arc<Source>>,
    tests: Vec<Test>,
    snapshots: Option<Snapshots>,
}

impl Collected {
    /// A module declares a test.
    pub fn declare(&mut self, name: &str, function: &Value) {
        let declared_in = function.as_closure().map(|closure| &closure.function().source);
        let is_wanted = match (&self.source, declared_in) {
            (Some(wanted), Some(source)) => Arc::ptr_eq(wanted, source),
            _ => false,
        };
        if is_wanted {
            self.tests.push(Test { name: name.into(), function: function.clone() });
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
    /// Runs a module and gives the tests that it declares. Tasks that it started go on while tests run. The interrupter ends
    /// the module or the test that runs.
    pub fn collect_tests(&mut self, module: &Arc<LinkedModule>, began: impl FnOnce(Interrupter)) -> Run<Vec<Test>> {
        began(self.begin_tests());
        self.isolate.pieces.collected.source = Some(Arc::clone(&module.module.source));
        let result = self.run_piece(module, &Changes::default());
        self.isolate.pieces.collected.source = None;
        let tests = std::mem::take(&mut self.isolate.pieces.collected.tests);
        result.map(|_| tests)
    }

    /// Runs a test to its end. What it gives to `assert_snapshot` goes to `snapshots`.
    pub fn run_test(&mut self, test: &Test, snapshots: Snapshots) -> Run<()> {
        self.isolate.pieces.collected.snapshots = Some(snapshots);
        let result = freeing_apart(|| {
            let result = self.run_as_piece(test.function.clone());
            result.map(drop).map_err(|error| self.isolate.uncaught(error))
        });
        self.isolate.pieces.collected.snapshots = None;
        result
    }
}
