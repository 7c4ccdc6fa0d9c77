//! Parallel calls and background jobs.

use super::arguments::{WithOptions, callable, count, function_and_collection, wrong};
use super::entry::{Entry, Kinds, Place};
use super::iterate::{entries, needed_arguments, range_length, with_items};
use super::keyed::empty_like;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::{Holder, refuse_mutable};
use crate::memory::{Frozen, Tag, Value};
use crate::native::{Arguments, NativeFunction, Outcome, Resume};
use crate::threads::refused;
use crate::workers::{Batch, Call, ChosenFrom, Items, JOB, JobObject, Kind, NewJob, Share, snapshot, start_job};

/// Options of all parallel calls.
const OPTIONS: &[&str] = &["progress", "workers"];
/// And of `parallel_reduce`.
const REDUCE_OPTIONS: &[&str] = &["combine", "progress", "workers"];

fn start(context: &mut Context<'_>, arguments: Arguments<'_>, kind: Kind) -> Result<Outcome> {
    let options = WithOptions::of(kind.name(), arguments, 2, OPTIONS)?;
    let (function, over) = function_and_collection(kind.name(), &Arguments::new(options.positional, &[]))?;
    begin(context, kind, &options, function, over, [Value::NULL, Value::NULL])
}

/// `rest`: what a fold begins with, and what combines folds.
fn begin(
    context: &mut Context<'_>,
    kind: Kind,
    options: &WithOptions<'_>,
    function: &Value,
    over: &Value,
    rest: [Value; 2],
) -> Result<Outcome> {
    let workers = match options.option("workers") {
        Some(value) => Value::int(count(kind.name(), "the number of workers", &value)?.clamp(1, 1 << 16) as i64),
        None => Value::NULL,
    };
    let progress = Value::bool(options.flag("progress"));
    let [initial, combine] = rest;
    let mut held = vec![function.clone(), progress, workers, initial, combine];
    // Ranges are gone through without a list of their numbers; `parallel_filter` needs the items anyway.
    if kind != Kind::Filter
        && let Some(range) = over.as_range()
        && let Some(length) = range_length(range).and_then(|length| usize::try_from(length).ok())
        && length <= super::arguments::MAX_ITEMS
    {
        let items = Items::Integers { start: range.start.unwrap_or(0), step: range.step, count: length };
        return run(context, kind, items, ChosenFrom::default(), held);
    }
    if matches!(over.tag(), Tag::Record | Tag::Map) {
        let (keys, values) = entries(over, context.heap());
        let chosen_from = match kind {
            Kind::Filter => {
                let container = empty_like(over, context.heap());
                ChosenFrom { items: values.clone(), keys: keys.clone(), container }
            }
            _ => ChosenFrom::default(),
        };
        let keys = snapshot_of(context, keys)?;
        let items = Items::Entries { keys, values: snapshot_of(context, values)? };
        return run(context, kind, items, chosen_from, held);
    }
    held.push(Value::int(kind as i64));
    let then = |context: &mut Context<'_>, items: Vec<Value>, mut held: Vec<Value>| {
        let kind = kind_of(&held.pop().unwrap_or_default());
        let kept = if kind == Kind::Filter { items.clone() } else { Vec::new() };
        let items = Items::List(snapshot_of(context, items)?);
        run(context, kind, items, ChosenFrom { items: kept, ..ChosenFrom::default() }, held)
    };
    with_items(context, kind.name(), over, held, then)
}

fn snapshot_of(context: &mut Context<'_>, items: Vec<Value>) -> Result<Frozen> {
    let list = context.heap().list(items);
    snapshot(context.isolate, &list)
}

fn kind_of(number: &Value) -> Kind {
    let kinds = [Kind::Map, Kind::Filter, Kind::For, Kind::Reduce];
    kinds.into_iter().find(|kind| number.as_int() == Some(*kind as i64)).expect("it was one")
}

fn run(
    context: &mut Context<'_>,
    kind: Kind,
    items: Items,
    chosen_from: ChosenFrom,
    held: Vec<Value>,
) -> Result<Outcome> {
    let [function, progress, workers, initial, combine] = <[Value; 5]>::try_from(held).expect("`begin` holds five");
    let isolate = &mut *context.isolate;
    let gene = isolate.gene();
    refuse_mutable(&function, Holder::Workers)?;
    let function = snapshot(isolate, &function)?;
    let program = isolate.thread().program().clone();
    let participants = match workers.as_int() {
        Some(wanted) => wanted as usize,
        None => program.workers.limit(),
    };
    let meter = match &program.settings.progress {
        Some(progress_of) if progress.is_truthy() => Some(progress_of.begin(items.len() as u64)),
        _ => None,
    };
    // With a function that combines them, each fold begins like the whole.
    let (start, combine) = if combine.is_null() {
        (None, combine)
    } else {
        (Some(snapshot(isolate, &initial)?), snapshot(isolate, &combine)?.into_value())
    };
    let mut batch = Batch::new(kind, function, items, start, gene, participants, meter);
    let mut helpers = participants - 1;
    if let Some(session) = isolate.observing() {
        batch.view = session.share_view();
        // What a batch has set is seen by its own task alone.
        if session.is_batching() {
            helpers = 0;
        }
    }
    let call = Call { chosen_from, initial, combine };
    Box::new(Share::calling(isolate, batch, helpers, call)).go_on(context)
}

fn parallel_map(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    start(context, arguments, Kind::Map)
}

fn parallel_filter(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    start(context, arguments, Kind::Filter)
}

fn parallel_for(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    start(context, arguments, Kind::For)
}

fn parallel_reduce(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "parallel_reduce";
    let options = WithOptions::of(NAME, arguments, 3, REDUCE_OPTIONS)?;
    let given: Vec<&Value> = options.positional.iter().collect();
    let (function, others) = super::arguments::with_function(NAME, &given)?;
    let [over, initial] = others[..] else {
        return Err(wrong(NAME, "a collection, an initial value and a function", function));
    };
    let combine = options.option("combine").unwrap_or_default();
    if !combine.is_null() {
        callable(NAME, &combine)?;
    }
    begin(context, Kind::Reduce, &options, function, over, [initial.clone(), combine])
}

fn spawn_background(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let arguments = WithOptions::of("spawn_background", arguments, 1, &["args"])?;
    let function = callable("spawn_background", &arguments.positional[0])?;
    if let Some(native) = NativeFunction::of(function).filter(|native| native.arity.0 > 0) {
        // A builtin does not know what to do with a job.
        let name = native.name;
        return Err(Error::new(ErrorKind::ArityError, format!("spawn_background calls {name} without arguments"))
            .with_hint(format!("call it in a function: spawn_background(() => {name}(x))")));
    }
    let isolate = &mut *context.isolate;
    refuse_mutable(function, Holder::Job)?;
    let (mut names, mut values) = (Vec::<Box<str>>::new(), Vec::new());
    if let Some(given) = arguments.option("args") {
        let record = given.as_record().ok_or_else(|| {
            wrong("spawn_background", "a record as args", &given)
                .with_hint("its fields are arguments: args: {name: value}")
        })?;
        record.for_each(|name, value| {
            names.push(name.as_str().into());
            values.push(value.clone());
        });
    }
    let job = NewJob::new(isolate.thread().program());
    let mut call = vec![function.clone()];
    let closure = function.as_closure();
    let is_given = |name: &str| names.iter().any(|given| **given == *name);
    let parameters = closure.map(|closure| &closure.function().parameters);
    let by_name = parameters.map_or(0, |parameters| {
        parameters.names.iter().take(usize::from(parameters.required)).filter(|name| is_given(name)).count()
    });
    if needed_arguments(function) > by_name {
        call.push(isolate.heap.shared_foreign(job.object.clone()));
    }
    call.append(&mut values);
    let gene = closure.is_some_and(|closure| closure.function().source.gene);
    let call = isolate.heap.list(call);
    let parcel = isolate.scheduler().pack_call(&call)?;
    let job = start_job(isolate, job, parcel, names, gene).map_err(refused)?;
    isolate.scheduler().receive_job(&job.shared);
    Ok(isolate.heap.shared_foreign(job).into())
}

/// A task that awaits a job.
struct Awaiting;

impl Resume for Awaiting {
    fn resume(self: Box<Self>, _: &mut Context<'_>, result: Value) -> Result<Outcome> {
        Ok(result.into())
    }

    fn name(&self) -> &'static str {
        "await_job"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

fn await_job(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let job = arguments.at(0);
    if JobObject::of(job).is_none() {
        return Err(
            wrong("await_job", "a job", job).with_hint("spawn_background(f) gives one; `await` takes any future")
        );
    }
    Ok(Outcome::Await { future: job.clone(), then: Box::new(Awaiting) })
}

fn cancel(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let job = JobObject::of(arguments.at(0)).expect("a method of jobs");
    Ok(Value::bool(job.cancel()).into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "parallel_map(collection, f, progress: false, workers: all)",
        parallel_map,
        "Like `map`, on several cores. The function gets a frozen snapshot of what it uses from outside. The first error, in the order of the elements, is thrown, with the field `index`. With `progress: true` a terminal shows how far it is.",
    )
    .on(Kinds::ITERABLE),
    Entry::function(
        "parallel_filter(collection, f, progress: false, workers: all)",
        parallel_filter,
        "Like `filter`, on several cores.",
    )
    .on(Kinds::ITERABLE),
    Entry::function(
        "parallel_for(collection, f, progress: false, workers: all)",
        parallel_for,
        "Calls a function with each element, on several cores, and waits for all calls.",
    )
    .on(Kinds::ITERABLE),
    Entry::function(
        "parallel_reduce(collection, initial, f, combine: f, progress: false, workers: all)",
        parallel_reduce,
        "Like `reduce`, on several cores: pieces of the collection are folded, then their results. So `f(f(a, b), c)` must be `f(a, f(b, c))`. With `combine`, each piece is folded from `initial` on, and `combine` puts two results together.",
    )
    .on(Kinds::ITERABLE),
    Entry::function(
        "spawn_background(f, args: {})",
        spawn_background,
        "Has a worker call a function; gives a job, which can be awaited. The fields of `args` are named arguments; a function \
         with a parameter that is not among them gets the job.",
    ),
    Entry::function("await_job(job)", await_job, "The result of a job, when it is there; its error is thrown.")
        .on_foreign(&JOB),
    Entry::function("cancel(job)", cancel, "Has the job stop at its next safe point, with the error `Cancelled`. False if it has ended.")
        .at(Place::Method)
        .on_foreign(&JOB),
];
