//! Looking for a pattern in a text, match by match, in batches.
//!
//! A single search cannot be sliced: the crate that searches knows no safe points. So a long text is searched on a thread of
//! the pool, batch by batch, while the task waits and others go on; a short one is searched here, where that takes less time
//! than handing it over.
//!
//! Where a pattern's matches begin is found quickly for some (`quick`). With these, windows of the text are searched by three
//! threads side by side, each for the matches that begin in it. Searching a window takes for granted that the last match of the one before
//! ends before it; where that is not so, it is searched once more.

use super::pattern::Pattern;
use super::quick::GaveUp;
use motet_vm::memory::{Frozen, Value};
use motet_vm::native::{Outcome, Resume};
use motet_vm::{Context, Error, Result};
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input, Span};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The byte to begin at.
    pub from: usize,
    /// Matches at most.
    pub limit: usize,
    /// The spans of groups, too.
    pub groups: bool,
    /// A match is the whole text.
    pub whole: bool,
}

impl Wanted {
    pub const FIRST: Wanted = Wanted { from: 0, limit: 1, groups: true, whole: false };
    pub const WHOLE: Wanted = Wanted { whole: true, ..Wanted::FIRST };
    pub const ALL: Wanted = Wanted { limit: usize::MAX, ..Wanted::FIRST };
}

/// What is done with the matches.
pub(super) trait Consumer: 'static {
    fn name(&self) -> &'static str;

    /// A match: its span, and those of its groups if they were asked for.
    fn found(&mut self, context: &mut Context<'_>, text: &Value, spans: &[Option<Span>]) -> Result<()>;

    /// There are no more.
    fn end(self: Box<Self>, context: &mut Context<'_>, text: &Value) -> Result<Outcome>;

    /// Shows the values that it holds to the cycle collector.
    fn trace(&self, visit: &mut dyn FnMut(&Value));
}

/// Bytes of a text that is searched here, with a small pattern; the larger the pattern, the fewer.
const HERE: usize = 1 << 16;
/// Bytes of a compiled pattern that is small.
const SMALL_PATTERN: usize = 1 << 16;
/// Matches of a batch, here and elsewhere.
const BATCH_HERE: usize = 256;
const BATCH_ELSEWHERE: usize = 1 << 13;
/// Matches whose text is fetched at a time.
const AHEAD: usize = 16;
/// A batch elsewhere ends after this time, so that a search that nothing waits for any more ends.
const PATIENCE: Duration = Duration::from_millis(20);
/// Bytes of a window, and windows that are searched at a time: with smaller ones, or more, threads wake each other too often.
const WINDOW: usize = 1 << 20;
const WINDOWS: usize = 3;
/// Bytes between two looks at the time.
const BYTES_PER_LOOK: usize = 1 << 12;
/// Bytes that are searched in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 16;

/// How far a search has come.
#[derive(Clone, Copy)]
struct Progress {
    wanted: Wanted,
    /// Where it goes on.
    at: usize,
    /// Only matches that begin before this byte are looked for.
    before: usize,
    /// Where the last match ended: no empty match follows there.
    last_end: Option<usize>,
    /// There are no more before that byte, or no more are wanted.
    is_done: bool,
    /// It went the quick way, or that is no way for this text.
    is_quick: bool,
    gave_up: bool,
}

/// Matches that were found in one go: each with so many spans.
struct Batch {
    spans: Vec<Option<Span>>,
    per_match: usize,
    progress: Progress,
}

impl Progress {
    /// Finds the next matches.
    fn batch(mut self, pattern: &Pattern, text: &str, most: usize, patience: Option<Duration>) -> Batch {
        let regex = if self.wanted.whole { pattern.whole() } else { pattern.anywhere() };
        let has_groups = self.wanted.groups && regex.captures_len() > 1;
        let per_match = if has_groups { regex.captures_len() } else { 1 };
        let mut groups = has_groups.then(|| regex.create_captures());
        let mut spans = Vec::new();
        let begun = Instant::now();
        let mut asked_at = self.at;
        // What is long, and so has a patience, is worth an automaton of its own.
        let is_quick = patience.is_some() && !self.wanted.whole && !self.gave_up;
        let quick = if is_quick { pattern.quick() } else { None };
        let mut quick = quick.map(|quick| quick.search(self.at));
        while !self.is_done && spans.len() < most * per_match {
            if self.wanted.limit == 0 || self.at > text.len() {
                self.is_done = true;
                break;
            }
            let mut input = Input::new(text).range(self.at..).anchored(Anchored::No);
            match quick.as_mut().map(|quick| quick.find(text, self.at, self.before)) {
                None => {}
                Some(Err(GaveUp)) => {
                    (self.gave_up, quick) = (true, None);
                    // Any other way goes beyond the window.
                    if self.before != usize::MAX {
                        break;
                    }
                }
                Some(Ok(None)) => {
                    self.is_done = true;
                    break;
                }
                // Groups are only looked for in what is found.
                Some(Ok(Some(span))) => input = Input::new(text).span(span).anchored(Anchored::Yes),
            }
            let found = match &mut groups {
                Some(groups) => {
                    regex.search_captures(&input, groups);
                    groups.get_match().map(|found| found.span())
                }
                None if quick.is_some() => Some(input.get_span()),
                None => regex.search(&input).map(|found| found.span()),
            };
            let Some(span) = found else {
                self.is_done = true;
                break;
            };
            if span.is_empty() && self.last_end == Some(span.end) {
                // The next one begins behind the next character.
                self.at = span.end + text[span.end..].chars().next().map_or(1, char::len_utf8);
                continue;
            }
            match &groups {
                Some(groups) => spans.extend(all_spans(groups, per_match)),
                None => spans.push(Some(span)),
            }
            self.at = span.end;
            self.last_end = Some(span.end);
            self.wanted.limit -= 1;
            // Asking for the time takes as long as finding a match.
            if self.at - asked_at > BYTES_PER_LOOK {
                asked_at = self.at;
                if patience.is_some_and(|patience| begun.elapsed() > patience) {
                    break;
                }
            }
        }
        self.is_quick = quick.is_some();
        Batch { spans, per_match, progress: self }
    }
}

fn all_spans(groups: &Captures, count: usize) -> impl Iterator<Item = Option<Span>> {
    (0..count).map(|group| groups.get_group(group))
}

/// Looks for a pattern in a text, which is a string.
pub(super) fn search<C: Consumer>(
    context: &mut Context<'_>,
    pattern: Arc<Pattern>,
    text: &Value,
    wanted: Wanted,
    consumer: C,
) -> Result<Outcome> {
    let progress = Progress {
        wanted,
        at: wanted.from,
        before: usize::MAX,
        last_end: None,
        is_done: false,
        is_quick: false,
        gave_up: false,
    };
    let search = Search { pattern, text: text.clone(), progress, consumer: Box::new(consumer) };
    let length = text.as_str().map_or(0, str::len);
    if length.saturating_mul(1 + search.pattern.size() / SMALL_PATTERN) <= HERE {
        return search.run_here(context);
    }
    let is_unlimited = wanted.limit == usize::MAX;
    Elsewhere { search, is_unlimited, batches: VecDeque::new(), planned: wanted.from }.go_on(context)
}

/// A search that is going on.
struct Search<C> {
    pattern: Arc<Pattern>,
    text: Value,
    progress: Progress,
    consumer: Box<C>,
}

impl<C: Consumer> Search<C> {
    fn run_here(mut self, context: &mut Context<'_>) -> Result<Outcome> {
        while !self.progress.is_done {
            let from = self.progress.at;
            let text = self.text.as_str().unwrap_or_default();
            let batch = self.progress.batch(&self.pattern, text, BATCH_HERE, None);
            context.work(1 + batch.progress.at.saturating_sub(from) / BYTES_PER_UNIT)?;
            self.progress = batch.progress;
            self.take(context, &batch)?;
        }
        self.consumer.end(context, &self.text)
    }

    fn take(&mut self, context: &mut Context<'_>, batch: &Batch) -> Result<()> {
        let text = self.text.clone();
        let bytes = text.as_str().unwrap_or_default().as_bytes();
        for matches in batch.spans.chunks(AHEAD * batch.per_match) {
            // Another thread has read the text: what is asked for at once arrives at once.
            let starts = matches.iter().step_by(batch.per_match).flatten();
            let touched = starts.fold(0, |all, span| all ^ bytes.get(span.start).copied().unwrap_or_default());
            std::hint::black_box(touched);
            for spans in matches.chunks_exact(batch.per_match) {
                self.consumer.found(context, &self.text, spans)?;
            }
        }
        Ok(())
    }
}

/// A search whose batches are found on other threads.
struct Elsewhere<C> {
    search: Search<C>,
    /// Whether all matches are looked for.
    is_unlimited: bool,
    /// The batches that are being found, the next one first.
    batches: VecDeque<UnderWay>,
    /// All windows that begin before this byte are searched or being searched.
    planned: usize,
}

/// A batch that is being found.
struct UnderWay {
    result: Found,
    outcome: Outcome,
}

impl<C: Consumer> Elsewhere<C> {
    fn go_on(mut self, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            self.begin(context)?;
            let Some(UnderWay { result, mut outcome }) = self.batches.pop_front() else {
                return self.search.consumer.end(context, &self.search.text);
            };
            // It may have ended while another one was waited for.
            if let Outcome::Wait { then, .. } = outcome {
                outcome = then.resume(context, Value::NULL)?;
            }
            if let Outcome::Wait { kind, then } = outcome {
                return Ok(Outcome::Wait { kind, then: Box::new(Step { elsewhere: self, result, then }) });
            }
            self.take(context, &result)?;
        }
    }

    /// Has batches found, as many as there are to be at a time.
    fn begin(&mut self, context: &mut Context<'_>) -> Result<()> {
        let progress = self.search.progress;
        if progress.is_done {
            return Ok(());
        }
        let length = self.search.text.as_str().map_or(0, str::len);
        if !(self.is_unlimited && progress.is_quick) {
            if self.batches.is_empty() {
                let batch = self.find(context, progress)?;
                self.batches.push_back(batch);
            }
            return Ok(());
        }
        while self.batches.len() < WINDOWS && self.planned < length {
            let (at, end) = (self.planned, self.planned + WINDOW);
            let before = if end < length { end } else { usize::MAX };
            let batch = self.find(context, Progress { at, before, ..progress })?;
            self.batches.push_back(batch);
            self.planned = before;
        }
        Ok(())
    }

    /// Has a batch found on another thread.
    fn find(&self, context: &mut Context<'_>, progress: Progress) -> Result<UnderWay> {
        let result = Rc::new(RefCell::new(None));
        let text = Frozen::new(&self.search.text).expect("strings are immutable from birth");
        let pattern = self.search.pattern.clone();
        let groups = pattern.anywhere().captures_len();
        let bytes = BATCH_ELSEWHERE * groups * size_of::<Option<Span>>() + pattern.search_size();
        let there = result.clone();
        let outcome = context.offload(
            self.search.consumer.name(),
            bytes,
            move || {
                let text = text.value().as_str().unwrap_or_default();
                Ok(progress.batch(&pattern, text, BATCH_ELSEWHERE, Some(PATIENCE)))
            },
            move |_, batch| {
                *there.borrow_mut() = Some(batch);
                Ok(Value::NULL)
            },
        )?;
        Ok(UnderWay { result, outcome })
    }

    /// Takes the batch that was found, while the next ones are being found.
    fn take(&mut self, context: &mut Context<'_>, result: &Found) -> Result<()> {
        let batch = result.take().expect("an operation that ended without an error left its batch");
        let own = &mut self.search.progress;
        let Progress { at, before, is_done, gave_up, .. } = batch.progress;
        *own = batch.progress;
        if before == usize::MAX {
            // There is nothing behind it. What is left of it may be searched in windows.
            self.planned = at;
        } else if gave_up {
            // All that is left is searched in another way.
            own.before = usize::MAX;
            self.batches.clear();
        } else if !is_done {
            let rest = self.find(context, batch.progress)?;
            self.batches.push_front(rest);
        } else {
            own.is_done = false;
            if at > before {
                // The window behind it was searched from too far back.
                self.batches.clear();
                self.planned = at;
            }
        }
        self.begin(context)?;
        self.search.take(context, &batch)
    }
}

/// The batch that was found.
type Found = Rc<RefCell<Option<Batch>>>;

/// The batch that is waited for, and what comes after it.
struct Step<C> {
    elsewhere: Elsewhere<C>,
    result: Found,
    then: Box<dyn Resume>,
}

impl<C: Consumer> Resume for Step<C> {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let Step { mut elsewhere, result: batch, then } = *self;
        match then.resume(context, result)? {
            Outcome::Wait { kind, then } => {
                Ok(Outcome::Wait { kind, then: Box::new(Step { elsewhere, result: batch, then }) })
            }
            _ => {
                elsewhere.take(context, &batch)?;
                elsewhere.go_on(context)
            }
        }
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        // The batches behind it are dropped, and so cancelled.
        self.then.failed(context, error)
    }

    fn name(&self) -> &'static str {
        self.elsewhere.search.consumer.name()
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        let search = &self.elsewhere.search;
        visit(&search.text);
        search.consumer.trace(visit);
        self.then.trace(visit);
    }
}
