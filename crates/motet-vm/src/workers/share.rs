//! One participant's part in a parallel call: a native that calls the function with one item after the other. The caller's
//! own part also puts the results together.
//!
//! **Cancelling.** Another participant's error cancels the task of this one, by a token that is taken back when the part
//! is over. So an error that arrives here is of three kinds: the function's own; a cancellation because an earlier item
//! failed, which is not reported; a cancellation from outside, which ends the caller's whole call.

use super::batch::{Batch, Kind};
use super::chunks::Pace;
use super::queue::{Work, submit};
use crate::builtins::Callback;
use crate::builtins::keyed::put_entry;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::interpreter::unwind;
use crate::isolate::Isolate;
use crate::memory::{Frozen, Heap, Symbol, Value, copy};
use crate::native::{CallArguments, Outcome, Resume, WaitKind};
use crate::scheduler::Token;
use crate::signals::Guest;
use std::ops::Range;
use std::sync::Arc;

/// See the module.
pub(crate) struct Share {
    batch: Arc<Batch>,
    member: usize,
    callback: Callback,
    pace: Pace,
    /// The chunk, and what is left of it.
    chunk: Range<usize>,
    next: usize,
    /// Results of the chunk.
    results: Vec<Value>,
    /// Of `Reduce`: the fold so far.
    state: Value,
    /// Takes back the way to cancel the task.
    token: Option<Token>,
    phase: Phase,
    /// Of a helper: remembers what the function reads, if the caller's own function is a computed value's or an effect's.
    guest: Option<Guest>,
    /// None for a helper.
    caller: Option<Caller>,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// Before the first item.
    Begin,
    /// The function was called with item `next`.
    Item,
    /// The caller waits for the others.
    Wait,
    /// The caller folds the results of the chunks.
    Fold,
}

/// What only the caller has.
struct Caller {
    /// Results of chunks that it did itself, in ascending order. Chunks that follow one another are put together.
    own: Vec<(usize, Vec<Value>)>,
    /// An error of the function, called by the caller itself.
    failure: Option<(usize, Value)>,
    chosen_from: ChosenFrom,
    /// Of `Reduce`: what the whole fold begins with.
    initial: Value,
    /// Of `Reduce`: what folds the results of the chunks, if not the function.
    combine: Value,
    /// Of `Reduce`: the results of the chunks that are still to be folded, last first.
    partial: Vec<Value>,
}

/// Of `Filter`: the items as the program knows them; nothing of the others.
#[derive(Default)]
pub(crate) struct ChosenFrom {
    pub items: Vec<Value>,
    /// Their keys, and an empty record or map for those that are kept; else nothing, and null.
    pub keys: Vec<Value>,
    pub container: Value,
}

impl ChosenFrom {
    /// A collection of those items whose indices these are.
    fn choose(&mut self, indices: &[Value], heap: &Heap) -> Value {
        let indices = indices.iter().filter_map(Value::as_int).map(|index| index as usize);
        if self.container.is_null() {
            return heap.list(indices.map(|index| self.items[index].clone()).collect());
        }
        for index in indices {
            put_entry(&self.container, self.keys[index].clone(), self.items[index].clone(), heap);
        }
        std::mem::take(&mut self.container)
    }
}

/// What a parallel call is about, beside its batch.
pub(crate) struct Call {
    pub chosen_from: ChosenFrom,
    pub initial: Value,
    pub combine: Value,
}

impl Share {
    /// The caller's part. Others are asked to help.
    pub fn calling(isolate: &Isolate, batch: Batch, helpers: usize, call: Call) -> Share {
        let batch = Arc::new(batch);
        let member = batch.join().expect("a new batch is open");
        let here = isolate.thread();
        here.program().workers.add_call(&batch);
        for _ in 0..helpers.min(batch.items.len().saturating_sub(1)) {
            // Without helpers the caller does it all.
            if submit(here.program(), here.reference(), Work::Help(batch.clone())).is_err() {
                break;
            }
        }
        let Call { chosen_from, initial, combine } = call;
        let caller = Caller { own: Vec::new(), failure: None, chosen_from, initial, combine, partial: Vec::new() };
        Share::new(batch, member, Some(caller))
    }

    /// A helper's part; none if there is nothing to do any more.
    pub fn helping(batch: Arc<Batch>) -> Option<Share> {
        let member = batch.join()?;
        Some(Share::new(batch, member, None))
    }

    fn new(batch: Arc<Batch>, member: usize, caller: Option<Caller>) -> Share {
        Share {
            callback: Callback::new(batch.function.value()),
            batch,
            member,
            pace: Pace::new(),
            chunk: 0..0,
            next: 0,
            results: Vec::new(),
            state: Value::MISSING,
            token: None,
            phase: Phase::Begin,
            guest: None,
            caller,
        }
    }

    /// Goes on until the function is to be called, or there is nothing more to do.
    pub fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            if self.next == self.chunk.end {
                self.end_chunk(context)?;
                let Some(chunk) = self.batch.claim(&mut self.pace) else { return self.leave(context) };
                let is_wanted = self.batch.begin_chunk(self.member, chunk.start, || {
                    let (token, waker) = context.isolate.scheduler().cancel_waker();
                    if let Some(former) = self.token.replace(token) {
                        context.isolate.scheduler().forget_cancel(former);
                    }
                    waker
                });
                if !is_wanted {
                    return self.leave(context);
                }
                self.next = chunk.start;
                self.chunk = chunk;
                self.phase = Phase::Item;
                if self.batch.kind == Kind::Reduce {
                    self.state = match &self.batch.initial {
                        Some(initial) => initial.to_value(),
                        None => {
                            self.next += 1;
                            self.batch.items.at(self.next - 1)
                        }
                    };
                    continue;
                }
            } else if self.batch.has_failed_before(self.next) {
                return self.leave(context);
            }
            let items = &self.batch.items;
            let arguments = match self.batch.kind {
                Kind::Reduce => CallArguments::Two(std::mem::take(&mut self.state), items.at(self.next)),
                _ => items.arguments(&self.callback, self.next),
            };
            let function = self.callback.function.clone();
            return Ok(Outcome::Call { function, arguments, then: self });
        }
    }

    /// Notes the result of an item.
    #[inline]
    fn take(&mut self, context: &Context<'_>, result: Value) -> Result<()> {
        match self.batch.kind {
            Kind::Map => self.results.push(result),
            Kind::Filter if context.condition(&result)? => self.results.push(Value::int(self.next as i64)),
            Kind::Filter | Kind::For => {}
            Kind::Reduce => self.state = result,
        }
        self.next += 1;
        Ok(())
    }

    /// Hands over what a chunk gave.
    fn end_chunk(&mut self, context: &mut Context<'_>) -> Result<()> {
        let items = self.chunk.len();
        if items == 0 {
            return Ok(());
        }
        let start = self.chunk.start;
        self.chunk = self.next..self.next;
        self.pace.done(items);
        if self.batch.kind == Kind::Reduce {
            self.results.push(std::mem::take(&mut self.state));
        }
        match &mut self.caller {
            Some(caller) => match caller.own.last_mut() {
                Some((first, own)) if self.batch.kind == Kind::Map && *first + own.len() == start => {
                    own.append(&mut self.results);
                }
                _ => caller.own.push((start, std::mem::take(&mut self.results))),
            },
            None if self.results.is_empty() => {}
            None => {
                let list = context.heap().list(std::mem::take(&mut self.results));
                match context.isolate.scheduler().pack(&list) {
                    Ok(parcel) => self.batch.add_results(start, parcel),
                    Err(error) => {
                        let error = unwind::error_instance(context.isolate, error);
                        self.fail(context, start, error);
                        return Ok(());
                    }
                }
            }
        }
        self.batch.count(items);
        Ok(())
    }

    /// The function threw for an item, or its result cannot be handed over.
    fn fail(&mut self, context: &mut Context<'_>, index: usize, error: Value) {
        match &mut self.caller {
            Some(caller) => {
                caller.failure = Some((index, error));
                self.batch.fail(index, None);
            }
            None => {
                let package = match context.isolate.scheduler().package(Err(error)) {
                    Ok(package) | Err(package) => package,
                };
                self.batch.fail(index, Some(package));
            }
        }
    }

    /// There is nothing left to begin with.
    fn leave(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        self.forget_cancel(context.isolate);
        if self.caller.is_none() {
            if let Some(mut guest) = self.guest.take() {
                context.isolate.session().end_guest(&mut guest);
                self.batch.add_guest(guest);
                // Its own effects waited for the end of the function.
                context.isolate.look_for_effects();
            }
            return Ok(Value::NULL.into());
        }
        if self.phase != Phase::Wait {
            context.isolate.thread().program().workers.withdraw_batch(&self.batch);
            self.phase = Phase::Wait;
        }
        let isolate = &mut *context.isolate;
        if !self.batch.close_or_wait(|| isolate.upcoming_waker()) {
            return Ok(Outcome::Wait { kind: WaitKind::Workers, then: self });
        }
        self.finish(context)
    }

    /// The batch can no longer cancel the task, and if it has, that is forgotten.
    fn forget_cancel(&mut self, isolate: &mut Isolate) {
        if let Some(token) = self.token.take()
            && isolate.scheduler().forget_cancel(token)
        {
            isolate.scheduler().forgive();
        }
    }

    /// All others have left: the result, or the first error.
    fn finish(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        let caller = self.caller.as_mut().expect("only the caller finishes");
        let own = caller.failure.take();
        let theirs = self.batch.take_failure();
        // Before the result, and before an error: both depend on what was read.
        let guests = self.batch.take_guests();
        if !guests.is_empty() {
            context.isolate.session().take_in(guests);
        }
        match (own, theirs) {
            (Some((index, error)), theirs) if theirs.as_ref().is_none_or(|(other, _)| index < *other) => {
                Err(Error::thrown(with_index(context, index, error)))
            }
            (_, Some((index, package))) => {
                let error = package.open(context.heap(), true);
                let error = with_index(context, index, error);
                unwind::continue_trace_in(context.isolate, self.batch.kind.name(), &error);
                Err(Error::thrown(error))
            }
            (Some(_), None) => unreachable!("the first arm takes it"),
            (None, None) if !self.batch.is_complete() => {
                // Helpers left without a word: the program is ending.
                Err(Error::new(ErrorKind::Cancelled, "the workers were stopped"))
            }
            (None, None) => self.result(context),
        }
    }

    fn result(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        let caller = self.caller.as_mut().expect("only the caller has results");
        let mut chunks = std::mem::take(&mut caller.own);
        for (start, parcel) in self.batch.take_results() {
            let list = parcel.unpack(context.heap());
            let items = list.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
            chunks.push((start, items));
        }
        chunks.sort_unstable_by_key(|(start, _)| *start);
        let mut chunks = chunks.into_iter().map(|(_, items)| items);
        let mut results = chunks.next().unwrap_or_default();
        chunks.for_each(|mut chunk| results.append(&mut chunk));
        match self.batch.kind {
            Kind::Map => Ok(context.heap().list(results).into()),
            Kind::For => Ok(Value::NULL.into()),
            Kind::Filter => Ok(caller.chosen_from.choose(&results, context.heap()).into()),
            Kind::Reduce => {
                self.state = std::mem::take(&mut caller.initial);
                results.reverse();
                caller.partial = results;
                self.phase = Phase::Fold;
                self.fold()
            }
        }
    }

    /// Folds the next result of a chunk.
    fn fold(mut self: Box<Self>) -> Result<Outcome> {
        let caller = self.caller.as_mut().expect("only the caller folds");
        let state = std::mem::take(&mut self.state);
        let Some(partial) = caller.partial.pop() else { return Ok(state.into()) };
        let function = if caller.combine.is_null() { &self.callback.function } else { &caller.combine }.clone();
        Ok(Outcome::Call { function, arguments: CallArguments::Two(state, partial), then: self })
    }
}

impl Resume for Share {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        match self.phase {
            Phase::Begin => {
                if let (None, Some(view)) = (&self.caller, &self.batch.view) {
                    self.guest = Some(context.isolate.session().begin_guest(view));
                }
                self.go_on(context)
            }
            Phase::Item => match self.take(context, result) {
                Ok(()) => self.go_on(context),
                Err(error) => {
                    context.isolate.resumed = Some(self.name());
                    let error = unwind::error_instance(context.isolate, error);
                    context.isolate.resumed = None;
                    self.failed(context, Error::thrown(error))
                }
            },
            Phase::Wait => self.leave(context),
            Phase::Fold => {
                self.state = result;
                self.fold()
            }
        }
    }

    fn failed(mut self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let error = unwind::error_instance(context.isolate, error);
        let is_cancellation = context.isolate.is_cancellation(&error);
        match self.phase {
            Phase::Begin | Phase::Fold => Err(Error::thrown(error)),
            // An item before this one failed, and that is why.
            Phase::Item if is_cancellation && self.batch.has_failed_before(self.next) => self.leave(context),
            Phase::Item if !is_cancellation || self.caller.is_none() => {
                let index = self.next;
                self.fail(context, index, error);
                self.leave(context)
            }
            Phase::Item | Phase::Wait => {
                self.forget_cancel(context.isolate);
                self.batch.abandon();
                Err(Error::thrown(error))
            }
        }
    }

    fn name(&self) -> &'static str {
        self.batch.kind.name()
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.callback.function);
        visit(&self.state);
        self.results.iter().for_each(&mut *visit);
        if let Some(caller) = &self.caller {
            let Caller { own, failure, chosen_from, initial, combine, partial } = caller;
            let ChosenFrom { items, keys, container } = chosen_from;
            own.iter().flat_map(|(_, own)| own).for_each(&mut *visit);
            failure.iter().for_each(|(_, error)| visit(error));
            items.iter().chain(keys).chain(partial).chain([container, initial, combine]).for_each(visit);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.caller.is_some() && !self.batch.is_complete() {
            self.batch.abandon();
        }
        self.batch.leave(self.member);
    }
}

/// An item's error, which says at which index.
fn with_index(context: &Context<'_>, index: usize, error: Value) -> Value {
    let heap = context.heap();
    let error = if error.is_frozen() && error.as_instance().is_some() { copy(&error, heap) } else { error };
    if let Some(fields) = error.as_instance() {
        // It was copied if it was frozen, so the store cannot fail.
        let _ = fields.set(Symbol::intern("index"), Value::int(index as i64), heap);
    }
    error
}

/// A frozen snapshot of a value, as threads get it: what is mutable is copied first.
pub(crate) fn snapshot(isolate: &mut Isolate, value: &Value) -> Result<Frozen> {
    if let Some(frozen) = Frozen::new(value) {
        return Ok(frozen);
    }
    let copied = isolate.scheduler().pack(value)?.unpack(isolate.heap());
    let refused = |refusal| Error::new(ErrorKind::SendError, format!("this cannot be shared by workers: {refusal}"));
    crate::memory::freeze(&copied, isolate.heap()).map_err(refused)?;
    Ok(Frozen::new(&copied).expect("just frozen"))
}
