//! Profiles for people and for other tools: a table, a flame graph, and the forms of speedscope and of collapsed stacks.
//!
//! | module | its one job |
//! |---|---|
//! | `calls` | what the VM has counted, by functions and lines |
//! | `table` | the table that the command shows |
//! | `flame` | the flame graph |
//! | `export` | forms of other tools |

mod calls;
mod export;
mod flame;
mod table;

use calls::Calls;
use motet_vm::Sampling;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

/// Where programs spend their processor time: samples of what they run, a thousand in each second that a thread computes.
///
/// ```
/// use motet::{Profile, Vm};
///
/// let profile = Profile::new();
/// let vm = Vm::builder().profile(&profile).build();
/// vm.eval::<i64>("fn fib(n) { if (n < 2) { n } else { fib(n - 1) + fib(n - 2) } }; fib(20)")?;
/// println!("{}", profile.table(100));
/// assert!(profile.svg("fib").starts_with("<svg"));
/// # Ok::<(), motet::Error>(())
/// ```
///
/// What a call has been seen to do is in the profile when the call has returned. A sample is taken where the program next calls, turns
/// a loop or comes back from a builtin, so what lies between two such places counts for the second one.
#[derive(Clone)]
pub struct Profile(Arc<motet_vm::Profile>);

impl Default for Profile {
    fn default() -> Profile {
        Profile::new()
    }
}

impl Profile {
    /// One that has seen nothing. Several machines may share it.
    pub fn new() -> Profile {
        Profile(motet_vm::Profile::new(Sampling::default()))
    }

    /// The same, with a sample each time that so much time has passed.
    pub fn with_interval(interval: Duration) -> Profile {
        Profile(motet_vm::Profile::new(Sampling::Time(interval)))
    }

    /// The same, with a sample after so many calls and turns of loops: a program that does the same gives the same profile.
    /// Programs are slower then, as with a limit of steps.
    pub fn with_steps(steps: NonZeroU64) -> Profile {
        Profile(motet_vm::Profile::new(Sampling::Steps(steps)))
    }

    /// What settings of the VM hold.
    #[doc(hidden)]
    pub fn sampled(&self) -> Arc<motet_vm::Profile> {
        Arc::clone(&self.0)
    }

    /// The functions and the lines that took most, for a terminal of so many columns.
    pub fn table(&self, columns: usize) -> String {
        table::table(&self.calls(), columns)
    }

    /// A flame graph: each function as wide as what it took, below its caller. A browser shows the figures of what is pointed
    /// at, and a click shows a part alone.
    pub fn svg(&self, title: &str) -> String {
        flame::svg(&self.calls(), title)
    }

    /// For <https://speedscope.app>, in its own format.
    pub fn speedscope(&self, title: &str) -> String {
        export::speedscope(&self.calls(), title)
    }

    /// A line for each stack, `main thread;f (a.soc:1);g (a.soc:5) 120`, as flamegraph.pl and its like read them. Time counts in
    /// microseconds.
    pub fn collapsed(&self) -> String {
        export::collapsed(&self.calls())
    }

    fn calls(&self) -> Calls {
        Calls::new(self.0.sampling(), &self.0.samples())
    }
}
