//! Settings of a VM: an immutable snapshot that calls start with.

use crate::coverage::Coverage;
use crate::grants::Grants;
use crate::interface::Interface;
use crate::jit::Jit;
use crate::limits::{Limits, Permissions};
use crate::memory::Frozen;
use crate::profile::Profile;
use crate::signals::Signal;
use crate::trace::Trace;
use crate::workers::Progress;
use motet_code::{Source, Span};
use std::sync::Arc;

/// Decides which signal a program gets that makes one: a new one, or one of an earlier run of the same program.
pub trait KeepsSignals: Send + Sync {
    /// `place`: where the program makes it; `first`: the value that it begins with.
    fn keep(&self, place: Option<(&Source, Span)>, first: &Frozen, make: &mut dyn FnMut() -> Signal) -> Signal;
}

/// See the module.
#[derive(Clone)]
pub struct Settings {
    /// Calls that may be in progress at once in a task.
    pub depth_limit: usize,
    /// Threads at once, the main thread included.
    pub thread_limit: usize,
    /// Messages that a thread's mailbox holds.
    pub mailbox_capacity: usize,
    /// How many threads compute at once for `parallel_map` and its like, and for background jobs; none: one for each core.
    pub workers: Option<usize>,
    /// Runs first on each OS thread of the workers: for its priority, for instance.
    pub on_worker_start: Option<Arc<dyn Fn() + Send + Sync>>,
    /// Shows how far parallel calls are that ask for it; nothing does if there is none.
    pub progress: Option<Arc<dyn Progress>>,
    /// The door to where windows are shown; without one, a program that asks for a window gets an error.
    pub display: Option<Interface>,
    /// Signals that outlive the program; without it, every signal that a program makes is new.
    pub keeps_signals: Option<Arc<dyn KeepsSignals>>,
    /// Whether inline caches are filled and operations that know their operands are used. Without them a program does the
    /// same, slower: tests compare.
    pub specialise: bool,
    /// Machine code for what runs often; without it, the interpreter runs all.
    pub jit: Option<Arc<Jit>>,
    /// Traces of errors hold every call; otherwise the middle of long ones is left out.
    pub full_traces: bool,
    /// Significant digits of the floats that programs print; none: as many as it takes to read back the same number.
    pub precision: Option<u8>,
    /// The terminal that the program's output goes to, if it goes to one.
    pub terminal: Option<Terminal>,
    /// How far apart numbers are that `is_close` takes for equal, as a part of the greater one, or of 1 if that is more.
    pub epsilon: f64,
    /// What a program may use up.
    pub limits: Limits,
    /// The process runs nothing but this program, and its allocator counts (`memory::account`): the limit of memory is on
    /// all that the process holds more than it did when the program began. Otherwise it is on what values hold.
    pub counts_process: bool,
    /// What the macros of a program may use up, all together, while it is compiled. Whatever the permissions are, macros
    /// touch nothing.
    pub macros: Limits,
    /// What a program may touch.
    pub permissions: Permissions,
    /// What it may touch beyond that: single folders, hosts, programs and variables.
    pub grants: Arc<Grants>,
    /// Ends the process with a code, when a program calls `exit`; without it, programs cannot.
    pub exit: Option<fn(i32)>,
    /// Counts which statements of programs run, if that is wanted: programs are compiled with probes then.
    pub coverage: Option<Arc<Coverage>>,
    /// Where a timeline of the program is written, if one is wanted.
    pub trace: Option<Arc<Trace>>,
    /// Samples what the program does, if that is wanted.
    pub profile: Option<Arc<Profile>>,
}

/// What is known of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    pub columns: u16,
    pub rows: u16,
    pub pictures: Pictures,
}

/// How a terminal takes pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// Not at all.
    #[default]
    None,
    /// PNG in the protocol of kitty.
    Kitty,
    Sixel,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            depth_limit: 100_000,
            thread_limit: 64,
            mailbox_capacity: 1000,
            workers: None,
            on_worker_start: None,
            progress: None,
            display: None,
            keeps_signals: None,
            specialise: true,
            jit: None,
            full_traces: false,
            precision: None,
            terminal: None,
            epsilon: 1e-9,
            limits: Limits::default(),
            counts_process: false,
            macros: Limits::MACROS,
            permissions: Permissions::ALL,
            grants: Arc::default(),
            exit: None,
            coverage: None,
            trace: None,
            profile: None,
        }
    }
}

impl Settings {
    /// Lets the program touch what a word such as `read=data`, `net=example.org` or `run` names.
    pub fn allow(&mut self, word: &str) -> Result<(), String> {
        Arc::make_mut(&mut self.grants).allow(word, &mut self.permissions)
    }
}
