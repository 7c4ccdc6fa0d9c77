//! A session: pieces of a program that are run one after the other, while its tasks and threads live on between them.
//!
//! The names that pieces define at their top level live in cells, by the slots that the compiler gave them
//! (`motet_compiler::Session`). A piece's main function captures the cells that it uses. A name that is defined anew fills
//! the same cell, so that functions of earlier pieces see it. Where that is impossible, the name gets another cell, and the
//! session's functions that captured the old one are made again with the new one: a cell that was sent to a thread is frozen,
//! and a name that changes between `let` and `mut` needs a cell of the other kind.
//!
//! A piece runs as a task, which [`Interrupter::interrupt`] cancels from another thread. Between pieces the isolate serves
//! its tasks, timers, messages and effects in [`MainIsolate::serve`].

use super::tests::Collected;
use super::{MainIsolate, Run};
use crate::concurrency::{Bell, Hold, Reasons};
use crate::error::Result;
use crate::isolate::LinkedModule;
use crate::memory::{Heap, PrintOptions, Value, freeing_apart, print_value};
use crate::scheduler::TaskId;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What an isolate knows of the session that runs in it.
#[derive(Default)]
pub(crate) struct Pieces {
    /// The cells of names, by their slots.
    cells: Vec<Value>,
    /// The piece that runs.
    running: Option<TaskId>,
    was_interrupted: bool,
    interrupter: Option<Interrupter>,
    /// A prompt can always make the program go on, so nothing in it is a deadlock.
    _hold: Option<Hold>,
    /// The tests of the pieces.
    pub collected: Collected,
}

impl Pieces {
    /// The piece that is to end, if its interrupter was asked; and whether it was asked before.
    pub fn take_interrupt(&mut self) -> Option<(TaskId, bool)> {
        let interrupter = self.interrupter.as_ref()?;
        if !interrupter.asked.interrupt.swap(false, Ordering::Acquire) {
            return None;
        }
        let running = self.running?;
        Some((running, std::mem::replace(&mut self.was_interrupted, true)))
    }
}

/// Reaches a session from other threads.
#[derive(Clone)]
pub struct Interrupter {
    bell: Arc<Bell>,
    asked: Arc<SessionRequests>,
}

#[derive(Default)]
struct SessionRequests {
    /// The piece that runs is to end.
    interrupt: AtomicBool,
    /// There is something to do beside serving tasks.
    attention: AtomicBool,
}

impl Interrupter {
    /// Has the piece that runs throw `Cancelled`. The second time it is asked, nothing in the piece catches that.
    pub fn interrupt(&self) {
        self.asked.interrupt.store(true, Ordering::Release);
        self.bell.ring(Reasons::INTERRUPT);
    }

    /// Has [`MainIsolate::serve`] return.
    pub fn call(&self) {
        self.asked.attention.store(true, Ordering::Release);
        self.bell.ring(Reasons::INTERRUPT);
    }
}

/// Names of a session that are to change with a piece.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// For each slot, whether programs may assign its cell.
    pub slots: Vec<bool>,
    /// Slots of names that the piece defines.
    pub defined: Vec<u32>,
    /// Slots that take the places of others.
    pub replaced: Vec<(u32, u32)>,
}

impl MainIsolate {
    /// Begins a session in this isolate, which is one of a main thread.
    pub fn begin_session(&mut self) -> Interrupter {
        let interrupter = Interrupter { bell: self.isolate.interrupt.clone(), asked: Arc::default() };
        let hold = self.isolate.thread().program().hold();
        self.isolate.pieces = Pieces { interrupter: Some(interrupter.clone()), _hold: Some(hold), ..Pieces::default() };
        interrupter
    }

    /// Begins a session of tests. Nothing comes from outside while one runs, so a deadlock is one.
    pub(super) fn begin_tests(&mut self) -> Interrupter {
        let interrupter = Interrupter { bell: self.isolate.interrupt.clone(), asked: Arc::default() };
        self.isolate.pieces = Pieces { interrupter: Some(interrupter.clone()), ..Pieces::default() };
        interrupter
    }

    /// Runs a piece of the session; gives its exports. Tasks and threads that it started go on.
    pub fn run_piece(&mut self, module: &Arc<LinkedModule>, changes: &Changes) -> Run<Value> {
        freeing_apart(|| {
            self.isolate.set_gene(module.module.source.gene);
            self.isolate.link(module);
            self.change_cells(changes);
            let result = self.run_main(module);
            result.map_err(|error| self.isolate.uncaught(error))
        })
    }

    fn run_main(&mut self, module: &Arc<LinkedModule>) -> Result<Value> {
        let main = Arc::clone(&module.module.main);
        self.isolate.load(&main)?;
        let captures: Vec<Value> =
            module.module.session.iter().map(|slot| self.isolate.pieces.cells[*slot as usize].clone()).collect();
        let main = self.isolate.heap.closure(main, captures);
        self.run_as_piece(main, Vec::new())
    }

    /// Runs a function that the interrupter can end.
    pub(super) fn run_as_piece(&mut self, function: Value, arguments: Vec<Value>) -> Result<Value> {
        if let Some(interrupter) = &self.isolate.pieces.interrupter {
            interrupter.asked.interrupt.store(false, Ordering::Relaxed);
        }
        self.isolate.pieces.was_interrupted = false;
        let (task, future) = self.isolate.scheduler().start_task(function, arguments)?;
        self.isolate.pieces.running = Some(task);
        let result = self.isolate.scheduler().finish(&future);
        self.isolate.pieces.running = None;
        result
    }

    /// Whether the piece that ran last was interrupted.
    pub fn was_interrupted(&self) -> bool {
        self.isolate.pieces.was_interrupted
    }

    /// Serves tasks, timers, messages and effects until [`Interrupter::call`] asks for attention.
    pub fn serve(&mut self) {
        let Some(interrupter) = self.isolate.pieces.interrupter.clone() else { return };
        freeing_apart(|| {
            while !interrupter.asked.attention.swap(false, Ordering::Acquire) {
                self.isolate.scheduler().turn();
            }
        });
    }

    /// Ends the session: its threads and tasks are stopped, and run their `finally`.
    pub fn end_session(&mut self) {
        freeing_apart(|| self.isolate.scheduler().end_program());
        self.isolate.pieces = Pieces::default();
    }

    /// The value of a name of the session; none before it is defined.
    pub fn session_value(&self, slot: u32) -> Option<Value> {
        let value = self.isolate.pieces.cells.get(slot as usize)?.as_cell()?.get();
        (!value.is_missing()).then_some(value)
    }

    /// Defines a name of the session.
    pub fn set_session_value(&mut self, slot: u32, value: Value) {
        let slot = slot as usize;
        while self.isolate.pieces.cells.len() <= slot {
            self.isolate.pieces.cells.push(self.isolate.heap.cell(Value::MISSING, false));
        }
        let is_set = self.isolate.pieces.cells[slot]
            .as_cell()
            .is_some_and(|cell| cell.set(value.clone(), &self.isolate.heap).is_ok());
        if !is_set {
            self.isolate.pieces.cells[slot] = self.isolate.heap.cell(value, false);
        }
    }

    /// A value as the prompt shows it: strings in quotes, and not more than about so many bytes.
    pub fn shown(&self, value: &Value, limit: usize) -> String {
        print_value(value, &PrintOptions { quote: true, limit, ..self.isolate.print_options() })
    }

    /// The value of a builtin or of a global of the embedder.
    pub fn global_value(&self, name: &str) -> Option<Value> {
        self.isolate.extern_value(name)
    }

    /// The names of the fields and methods of a value.
    pub fn member_names(&self, value: &Value) -> Vec<String> {
        self.isolate.members(value).into_iter().filter(|name| !name.starts_with('%')).map(Cow::into_owned).collect()
    }

    /// Makes the cells of new names, and new cells where the old ones cannot be filled again.
    fn change_cells(&mut self, changes: &Changes) {
        let cells = &mut self.isolate.pieces.cells;
        for mutable in changes.slots.iter().skip(cells.len()) {
            cells.push(self.isolate.heap.cell(Value::MISSING, *mutable));
        }
        let mut renewed = Renewed { heap: &self.isolate.heap, cells: HashMap::new() };
        for slot in &changes.defined {
            let cell = &mut cells[*slot as usize];
            if cell.is_frozen() {
                *cell = renewed.replace(cell);
            }
        }
        for (old, new) in &changes.replaced {
            let (old, new) = (cells[*old as usize].clone(), cells[*new as usize].clone());
            renewed.cells.insert(old.payload(), (old, new));
        }
        renewed.functions(cells);
    }
}

/// Cells that take the places of others.
struct Renewed<'h> {
    heap: &'h Heap,
    /// By the address of the old cell, which is held so that no other object gets its address.
    cells: HashMap<u64, (Value, Value)>,
}

impl Renewed<'_> {
    /// A cell with the same value that can be filled.
    fn replace(&mut self, cell: &Value) -> Value {
        let body = cell.as_cell().expect("a session has cells");
        let new = self.heap.cell(body.get(), body.is_mutable());
        self.cells.insert(cell.payload(), (cell.clone(), new.clone()));
        new
    }

    /// The cell that takes the place of a captured value, if that is a cell which was replaced.
    fn new_cell(&self, capture: &Value) -> Option<&Value> {
        capture.as_cell()?;
        self.cells.get(&capture.payload()).map(|(_, new)| new)
    }

    /// Makes the functions again that captured a cell which has been replaced, until none is left.
    fn functions(&mut self, cells: &mut [Value]) {
        let mut changed = !self.cells.is_empty();
        while changed {
            changed = false;
            for cell in cells.iter_mut() {
                let value = cell.as_cell().expect("a session has cells").get();
                let Some(closure) = value.as_closure() else { continue };
                if !closure.captures().iter().any(|capture| self.new_cell(capture).is_some()) {
                    continue;
                }
                changed = true;
                // Its own cell may be frozen with it; then functions that captured that one come next.
                if cell.is_frozen() {
                    *cell = self.replace(cell);
                }
                let renew = |capture: &Value| self.new_cell(capture).unwrap_or(capture).clone();
                let captures: Vec<Value> = closure.captures().iter().map(renew).collect();
                let function = self.heap.closure(closure.function().clone(), captures);
                let set = cell.as_cell().expect("a session has cells").set(function, self.heap);
                set.expect("a frozen cell was replaced");
            }
        }
    }
}
