//! An isolate notes the stack of its running task.

use super::tree::{Key, NONE, Tree};
use super::{Profile, Sampling};
use crate::concurrency::{Bell, Reasons, thread_time};
use crate::isolate::{Coroutine, Ended, Isolate};
use crate::scheduler::Limited;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Calls that are noted from either end of a stack; those between them are left out.
const CALLS: usize = 64;

/// What one thread has been seen to do, while it is used once.
pub(crate) struct Sampler {
    profile: Arc<Profile>,
    bell: Arc<Bell>,
    tree: Tree,
    /// The thread's place in it.
    root: u32,
    /// Places of code that have been looked up: by the number of the function and the instruction.
    known: HashMap<(u32, u32), Known, FixedState>,
    /// The instruction that ran before another one: by the number of the function and the other one.
    ran: HashMap<(u32, u32), usize, FixedState>,
    /// The thread's processor time at the end of its last sample.
    since: Duration,
    has_sampled: bool,
    /// Steps since the last sample.
    steps: u64,
    /// The stack that is being read, innermost call last; kept for its memory.
    stack: Vec<Key>,
}

/// Where an isolate is while it is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// At the head of a loop or of a function, which comes next.
    Head,
    /// A builtin that the running function called has just ended.
    Builtin,
    /// Between any two instructions.
    Instruction,
    /// A builtin has just called a function, which has not begun.
    Callback,
}

impl From<Limited> for At {
    fn from(limited: Limited) -> At {
        match limited {
            Limited::Before => At::Head,
            Limited::After => At::Builtin,
        }
    }
}

#[derive(Clone, Copy)]
struct Known {
    line: u32,
    /// The builtin that the instruction calls, as far as that can be seen.
    builtin: Option<&'static str>,
}

impl Sampler {
    /// Of a thread that begins.
    pub fn new(profile: &Arc<Profile>, bell: &Arc<Bell>, thread: u32) -> Sampler {
        let mut tree = Tree::default();
        let root = tree.below(NONE, Key::Thread(thread));
        profile.begin(bell);
        Sampler {
            profile: profile.clone(),
            bell: bell.clone(),
            tree,
            root,
            known: HashMap::with_hasher(FixedState::default()),
            ran: HashMap::with_hasher(FixedState::default()),
            since: thread_time(),
            has_sampled: false,
            steps: 0,
            stack: Vec::new(),
        }
    }

    /// Samples are taken by steps: the isolate is interrupted at each of them.
    pub fn every(&self) -> Option<NonZeroU64> {
        match self.profile.sampling {
            Sampling::Steps(every) => Some(every),
            Sampling::Time(_) => None,
        }
    }

    /// A running task, which a sample is asked of.
    pub fn sample(&mut self, isolate: &Isolate, place: At) {
        let weight = match self.every() {
            Some(every) => {
                self.bell.ring(Reasons::SAMPLE);
                self.steps += 1;
                if self.steps < every.get() {
                    return;
                }
                std::mem::take(&mut self.steps)
            }
            None => self.used(),
        };
        self.read_stack(isolate, place);
        let Sampler { tree, stack, root, .. } = self;
        let at = stack.iter().fold(*root, |caller, key| tree.below(caller, *key));
        self.count(at, weight);
    }

    /// The isolate was asked for a sample while it ran no task.
    pub fn sample_between_tasks(&mut self) {
        if self.every().is_none() {
            let weight = self.used();
            let at = self.tree.below(self.root, Key::BetweenTasks);
            self.count(at, weight);
        }
    }

    fn count(&mut self, at: u32, weight: u64) {
        self.tree.count(at, weight);
        self.has_sampled = true;
        if self.every().is_none() {
            // What the sample itself has taken is not the program's.
            self.since = thread_time();
        }
    }

    /// Nanoseconds of processor time that the sample counts for.
    fn used(&self) -> u64 {
        let own = nanoseconds(thread_time().saturating_sub(self.since));
        let others = if self.has_sampled { 0 } else { self.profile.left_over.swap(0, Ordering::Relaxed) };
        own + others
    }

    /// Reads the calls in progress: those of generators' callers first.
    fn read_stack(&mut self, isolate: &Isolate, place: At) {
        self.stack.clear();
        let callers = isolate.chain.iter().map(|link| &*link.coroutine);
        let coroutines = callers.chain(std::iter::once(&*isolate.coroutine));
        let mut left_out = isolate.depth().saturating_sub(2 * CALLS);
        let mut before = if left_out == 0 { usize::MAX } else { CALLS };
        for coroutine in coroutines {
            let depth = coroutine.depth();
            let outer = depth.min(before);
            before -= outer;
            self.read_frames(isolate, coroutine, 0..outer);
            let omitted = left_out.min(depth - outer);
            if omitted > 0 && self.stack.last() != Some(&Key::Omitted) {
                self.stack.push(Key::Omitted);
            }
            left_out -= omitted;
            self.read_frames(isolate, coroutine, outer + omitted..depth);
        }
        self.read_running(isolate, place);
    }

    /// Puts calls on the stack, but for the running function.
    fn read_frames(&mut self, isolate: &Isolate, coroutine: &Coroutine, range: std::ops::Range<usize>) {
        let frames = coroutine.frames();
        let running: *const _ = isolate.frame();
        // States of natives stand in a list of their own, which is counted from the nearer end.
        let natives = |range: std::ops::Range<usize>| frames[range].iter().filter(|frame| frame.is_native()).count();
        let mut native = if range.start <= CALLS {
            natives(0..range.start)
        } else {
            coroutine.natives.len().saturating_sub(natives(range.start..frames.len()))
        };
        for frame in &frames[range] {
            if std::ptr::eq(frame, running) && !frame.is_native() {
                continue;
            }
            if let Some(at) = frame.at() {
                let known = self.look_up(isolate, at, at.instruction_before());
                self.stack.push(Key::Code { function: at.function().id(), line: known.line });
            }
            if frame.is_native() {
                let name = coroutine.natives.get(native).map_or("builtin", |state| state.name());
                self.stack.push(Key::Builtin(name));
                native += 1;
            }
        }
    }

    /// The running function, and the builtin that it has just called.
    fn read_running(&mut self, isolate: &Isolate, place: At) {
        let frame = isolate.frame();
        let Some(at) = frame.at().filter(|_| !frame.is_native()) else { return };
        let function = at.function().id();
        let instruction = match place {
            At::Callback => return,
            At::Head => at.next_instruction(),
            At::Builtin => at.instruction_before(),
            At::Instruction => {
                let key = (function, at.next_instruction() as u32);
                *self.ran.entry(key).or_insert_with(|| at.instruction_that_ran())
            }
        };
        let known = self.look_up(isolate, at, instruction);
        self.stack.push(Key::Code { function, line: known.line });
        if place == At::Builtin {
            self.stack.extend(known.builtin.map(Key::Builtin));
        }
    }

    fn look_up(&mut self, isolate: &Isolate, at: Ended, instruction: usize) -> Known {
        let function = at.function();
        let tree = &mut self.tree;
        *self.known.entry((function.id(), instruction as u32)).or_insert_with(|| {
            tree.name(function, || isolate.trace_name(function));
            let place = function.span_at(instruction).start;
            Known { line: function.source.position(place).line, builtin: at.builtin_called(instruction) }
        })
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        let left = if self.every().is_some() { Duration::ZERO } else { thread_time().saturating_sub(self.since) };
        self.profile.end(&self.bell, &self.tree, nanoseconds(left));
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Isolate {
    /// The work of a thread begins.
    pub(crate) fn begin_profile(&mut self) {
        let here = self.thread();
        let number = here.reference().number();
        let profile = here.program().settings.profile.clone();
        self.sampler = profile.map(|profile| Box::new(Sampler::new(&profile, &self.interrupt, number)));
    }

    /// A task begins to run. True if it runs in the loop that is sampled at each instruction.
    pub(crate) fn begin_sampling(&self) -> bool {
        let Some(sampler) = &self.sampler else { return false };
        if sampler.every().is_some() {
            self.interrupt.ring(Reasons::SAMPLE);
        }
        sampler.every().is_none()
    }

    /// A sample was asked for.
    #[cold]
    #[inline(never)]
    pub(crate) fn take_sample(&mut self, place: At) {
        if self.coroutine.is_empty() {
            // The task has just ended.
            return;
        }
        if let Some(mut sampler) = self.sampler.take() {
            sampler.sample(self, place);
            self.sampler = Some(sampler);
        }
    }

    /// The same, apart from safe points: nothing where these are counted.
    #[cold]
    #[inline(never)]
    pub(crate) fn sampled_here(&mut self, place: At) {
        if self.is_sampled_by_steps() {
            return;
        }
        self.interrupt.word().take_some(Reasons::SAMPLE);
        self.take_sample(place);
    }

    /// Whether each step of the program interrupts it, so that it is sampled by steps.
    pub(crate) fn is_sampled_by_steps(&self) -> bool {
        self.sampler.as_ref().is_some_and(|sampler| sampler.every().is_some())
    }
}
