//! Looking for a pattern in a text, match by match, in batches.
//!
//! A single search cannot be sliced: the crate that searches knows no safe points. So a long text is searched on a thread of
//! the pool, batch by batch, while the task waits and others go on; a short one is searched here, where that takes less time
//! than handing it over.

use super::pattern::Pattern;
use super::quick::GaveUp;
use motet_vm::memory::{Frozen, Value};
use motet_vm::native::{Outcome, Resume};
use motet_vm::{Context, Error, Result};
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input, Span};
use std::cell::RefCell;
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
/// A batch elsewhere ends after this time, so that a search that nothing waits for any more ends.
const PATIENCE: Duration = Duration::from_millis(20);
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
    /// Where the last match ended: no empty match follows there.
    last_end: Option<usize>,
    is_done: bool,
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
        let quick = if patience.is_some() && !self.wanted.whole { pattern.quick() } else { None };
        let mut quick = quick.map(|quick| quick.search(self.at));
        while !self.is_done && spans.len() < most * per_match {
            if self.wanted.limit == 0 || self.at > text.len() {
                self.is_done = true;
                break;
            }
            let mut input = Input::new(text).range(self.at..).anchored(Anchored::No);
            match quick.as_mut().map(|quick| quick.find(text, self.at)) {
                None => {}
                Some(Err(GaveUp)) => quick = None,
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
        Batch { spans, per_match, progress: self }
    }
}

fn all_spans(groups: &Captures, count: usize) -> impl Iterator<Item = Option<Span>> {
    (0..count).map(|group| groups.get_group(group))
}

/// A search that is going on.
struct Search<C> {
    pattern: Arc<Pattern>,
    text: Value,
    progress: Progress,
    consumer: Box<C>,
}

/// Looks for a pattern in a text, which is a string.
pub(super) fn search<C: Consumer>(
    context: &mut Context<'_>,
    pattern: Arc<Pattern>,
    text: &Value,
    wanted: Wanted,
    consumer: C,
) -> Result<Outcome> {
    let progress = Progress { wanted, at: wanted.from, last_end: None, is_done: false };
    Search { pattern, text: text.clone(), progress, consumer: Box::new(consumer) }.go_on(context)
}

impl<C: Consumer> Search<C> {
    fn go_on(mut self, context: &mut Context<'_>) -> Result<Outcome> {
        let length = self.text.as_str().map_or(0, str::len);
        let is_long = length.saturating_mul(1 + self.pattern.size() / SMALL_PATTERN) > HERE;
        while !self.progress.is_done {
            if is_long {
                let (result, outcome) = self.elsewhere(context)?;
                return Waiting { search: self, result }.go_on(context, outcome);
            }
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
        for spans in batch.spans.chunks_exact(batch.per_match) {
            self.consumer.found(context, &self.text, spans)?;
        }
        Ok(())
    }

    /// Has the next batch found on another thread.
    fn elsewhere(&self, context: &mut Context<'_>) -> Result<(Found, Outcome)> {
        let result = Found::default();
        // Strings are immutable from birth.
        let Some(text) = Frozen::new(&self.text) else { return Ok((result, Value::NULL.into())) };
        let (pattern, progress) = (self.pattern.clone(), self.progress);
        let groups = pattern.anywhere().captures_len();
        let bytes = BATCH_ELSEWHERE * groups * size_of::<Option<Span>>() + pattern.search_size();
        let there = result.clone();
        let outcome = context.offload(
            self.consumer.name(),
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
        Ok((result, outcome))
    }
}

/// The batch that was found elsewhere.
type Found = Rc<RefCell<Option<Batch>>>;

/// A search that waits for a batch.
struct Waiting<C> {
    search: Search<C>,
    result: Found,
}

impl<C: Consumer> Waiting<C> {
    /// Goes on with what the operation says.
    fn go_on(mut self, context: &mut Context<'_>, mut outcome: Outcome) -> Result<Outcome> {
        loop {
            if let Outcome::Wait { kind, then } = outcome {
                return Ok(Outcome::Wait { kind, then: Box::new(Step { waiting: self, then }) });
            }
            let Some(batch) = self.result.take() else { return self.search.consumer.end(context, &self.search.text) };
            let Search { progress, .. } = &mut self.search;
            *progress = batch.progress;
            if progress.is_done {
                self.search.take(context, &batch)?;
                return self.search.consumer.end(context, &self.search.text);
            }
            // The next batch is looked for while this one is taken.
            (self.result, outcome) = self.search.elsewhere(context)?;
            self.search.take(context, &batch)?;
        }
    }
}

/// The operation that is waited for, and what comes after it.
struct Step<C> {
    waiting: Waiting<C>,
    then: Box<dyn Resume>,
}

impl<C: Consumer> Resume for Step<C> {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let Step { waiting, then } = *self;
        let outcome = then.resume(context, result)?;
        waiting.go_on(context, outcome)
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        self.then.failed(context, error)
    }

    fn name(&self) -> &'static str {
        self.waiting.search.consumer.name()
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.waiting.search.text);
        self.waiting.search.consumer.trace(visit);
        self.then.trace(visit);
    }
}
