//! Errors on their way: making the instance, finding the handler, dropping what frames own.

use super::{Control, natives};
use crate::context::Context;
use crate::error::{Body, Error, ErrorKind};
use crate::isolate::{Delivery, Ended, Isolate};
use crate::main_isolate::{TraceEntry, Uncaught};
use crate::memory::{ForeignKind, ForeignObject, Record, Symbol, Value};
use motet_code::{Handler, Source, Span};
use std::sync::Arc;

/// Entries kept of a trace: these many from the place of the error on, and from the outermost call on.
const INNER_ENTRIES: usize = 20;
const OUTER_ENTRIES: usize = 10;
/// A trace that went through many tasks stops growing here.
const MOST_ENTRIES: usize = 60;
/// Causes shown of an uncaught error.
const MAX_CAUSES: usize = 8;

/// Where an error was thrown: innermost call first. Immutable, so it may be read by any thread.
pub(crate) struct Trace(pub Vec<TraceEntry>);

/// The same as a value of programs: it outlives the error instance.
struct SharedTrace(Arc<Trace>);

static TRACE: ForeignKind = ForeignKind::new("Trace");

impl ForeignObject for SharedTrace {
    fn kind(&self) -> &'static ForeignKind {
        &TRACE
    }
}

/// The name of the field that holds the trace; no program can write it.
pub(crate) const TRACE_FIELD: &str = "%trace";
/// The same for the hint.
pub(crate) const HINT_FIELD: &str = "%hint";

/// Throws an error of the runtime from the running instruction.
#[cold]
#[inline(never)]
pub(crate) fn throw(isolate: &mut Isolate, error: Error) -> Control {
    let instance = error_instance(isolate, error);
    // What natives throw on the way out is theirs.
    isolate.ended = None;
    rethrow(isolate, instance)
}

/// `Throw`: an error instance is thrown as it is, any other value is wrapped.
#[inline(never)]
pub(super) fn throw_value(isolate: &mut Isolate, value: Value) -> Control {
    let instance = wrap(isolate, value);
    rethrow(isolate, instance)
}

/// An error instance for any thrown value, with the trace of the running instruction.
pub(crate) fn wrap(isolate: &mut Isolate, value: Value) -> Value {
    if is_error(isolate, &value) {
        add_trace(isolate, &value);
        return value;
    }
    let options = isolate.thrown_options(&value);
    let message = crate::memory::print_value(&value, &options);
    let instance = error_instance(isolate, Error::new(ErrorKind::Error, message));
    if let Some(fields) = instance.as_instance() {
        // A new instance is not frozen, so the store cannot fail.
        let _ = fields.set(Symbol::intern("value"), value, &isolate.heap);
    }
    instance
}

/// True for instances of `Error` and the classes below it.
pub(crate) fn is_error(isolate: &Isolate, value: &Value) -> bool {
    let Some(fields) = value.as_instance() else { return false };
    let Some(class) = fields.class() else { return false };
    isolate.builtins.error_class(ErrorKind::Error).as_class().is_some_and(|error| class.is_or_descends_from(error))
}

/// The instance of an error.
pub(crate) fn error_instance(isolate: &mut Isolate, error: Error) -> Value {
    match error.into_body() {
        Body::Thrown(value) => {
            if is_error(isolate, &value) {
                add_trace(isolate, &value);
            }
            value
        }
        Body::Raised { kind, message, hint } => {
            let class = isolate.builtins.error_class(kind);
            let heap = &isolate.heap;
            let instance = heap.instance(&class);
            let fields = instance.as_instance().expect("just made");
            let set = |name: &str, value: Value| {
                // A new instance is not frozen, so the store cannot fail.
                let _ = fields.set(Symbol::intern(name), value, heap);
            };
            set("message", heap.string(&message));
            if let Some(hint) = hint {
                set(HINT_FIELD, heap.string(&hint));
            }
            add_trace(isolate, &instance);
            instance
        }
    }
}

/// Notes where an error is thrown, the first time it is.
fn add_trace(isolate: &Isolate, error: &Value) {
    let Some(fields) = error.as_instance() else { return };
    let name = Symbol::intern(TRACE_FIELD);
    if fields.get(name).is_none() {
        let trace = isolate.heap.shared_foreign(Arc::new(SharedTrace(Arc::new(Trace(trace(isolate))))));
        // A frozen error keeps the trace that it has: none.
        let _ = fields.set(name, trace, &isolate.heap);
    }
}

/// The name of the field that holds the number of the thread that an error comes from.
const THREAD_FIELD: &str = "%thread";

/// Notes on an error that is about to leave the isolate which thread this is.
pub(crate) fn note_thread(isolate: &Isolate, error: &Value) {
    if let Some(fields) = error.as_instance() {
        let number = Value::int(isolate.thread().reference().number().into());
        // A frozen error keeps what it has: nothing.
        let _ = fields.set(Symbol::intern(THREAD_FIELD), number, &isolate.heap);
    }
}

/// Adds the calls in progress to the trace of an error that was awaited: those of another task, or of another thread when
/// it is thrown here for the first time.
pub(crate) fn continue_trace(isolate: &Isolate, error: &Value) {
    let Some(fields) = error.as_instance() else { return };
    let thread_name = Symbol::intern(THREAD_FIELD);
    let Some(thread) = fields.get(thread_name).and_then(|number| number.as_int()) else {
        match trace_of(error) {
            Some(known) if known.0.len() < MOST_ENTRIES => {
                let entries = known.0.iter().cloned().chain(trace(isolate)).collect();
                set_trace(isolate, fields, entries);
            }
            Some(_) => {}
            None => add_trace(isolate, error),
        }
        return;
    };
    let mut entries = trace_of(error).map(|trace| trace.0.clone()).unwrap_or_default();
    let thread = u32::try_from(thread).ok();
    entries.push(TraceEntry { function: Box::default(), place: None, omitted: 0, thread });
    entries.extend(trace(isolate));
    set_trace(isolate, fields, entries);
    let _ = fields.remove(thread_name, &isolate.heap);
}

/// The same for an error that a builtin awaited, which has this name: it is being resumed.
pub(crate) fn continue_trace_in(isolate: &mut Isolate, name: &'static str, error: &Value) {
    isolate.resumed = Some(name);
    continue_trace(isolate, error);
    isolate.resumed = None;
}

fn set_trace(isolate: &Isolate, fields: &Record, entries: Vec<TraceEntry>) {
    let trace = isolate.heap.shared_foreign(Arc::new(SharedTrace(Arc::new(Trace(entries)))));
    // A frozen error keeps the trace that it has.
    let _ = fields.set(Symbol::intern(TRACE_FIELD), trace, &isolate.heap);
}

/// Where the innermost function of the program is.
pub(super) fn place(isolate: &Isolate) -> Option<(Arc<Source>, Span)> {
    isolate.coroutine.frames().iter().rev().find_map(|frame| frame.at()).map(|at| at.place())
}

/// The calls in progress, innermost first, shortened in the middle.
pub(crate) fn trace(isolate: &Isolate) -> Vec<TraceEntry> {
    let depth = isolate.depth();
    let inner = if isolate.settings.full_traces { usize::MAX } else { INNER_ENTRIES };
    let coroutines =
        std::iter::once(&*isolate.coroutine).chain(isolate.chain.iter().rev().map(|link| &*link.coroutine));
    let mut entries: Vec<TraceEntry> = Vec::new();
    entries.extend(isolate.ended.map(|ended| entry(isolate, ended)));
    let mut index = 0;
    for coroutine in coroutines {
        // A native that is being resumed has a frame, but its state is out of the stack: `resumed` says its name.
        let mut native = coroutine.frames().iter().filter(|frame| frame.is_native()).count();
        for frame in coroutine.frames().iter().rev() {
            if frame.is_native() {
                native -= 1;
            }
            if index < inner || index + OUTER_ENTRIES >= depth {
                if frame.is_native() {
                    let state = coroutine.natives.get(native);
                    // The call names the builtin that throws; whether it had to wait before must not show.
                    let is_thrower = state.is_none() && entries.is_empty() && depth > 1;
                    let name = state.map_or_else(|| isolate.resumed.unwrap_or("builtin"), |state| state.name());
                    let call = TraceEntry { function: name.into(), place: None, omitted: 0, thread: None };
                    entries.extend((!is_thrower).then_some(call));
                }
                entries.extend(frame.at().map(|at| entry(isolate, at)));
            } else if let Some(last) = entries.last_mut() {
                last.omitted += 1;
            }
            index += 1;
        }
    }
    entries
}

/// A call of a script function, as a trace shows it.
fn entry(isolate: &Isolate, at: Ended) -> TraceEntry {
    TraceEntry { function: isolate.trace_name(at.function()), place: Some(at.place()), omitted: 0, thread: None }
}

/// The place of an error that no code throws: of a wait, say, or of a function that is to blame.
pub(crate) fn set_place(isolate: &Isolate, error: &Value, function: Box<str>, place: (Arc<Source>, Span)) {
    if let Some(fields) = error.as_instance() {
        set_trace(isolate, fields, vec![TraceEntry { function, place: Some(place), omitted: 0, thread: None }]);
    }
}

/// Throws an error instance: to the nearest handler of the task, or to its future. In a program that is ending
/// nothing handles it.
#[inline(never)]
pub(crate) fn rethrow(isolate: &mut Isolate, error: Value) -> Control {
    let is_ending = std::mem::take(&mut isolate.throws_for_good) || isolate.is_ending;
    throw_to(isolate, error, is_ending)
}

/// Ends the running task with an error that nothing handles.
pub(crate) fn throw_past_handlers(isolate: &mut Isolate, error: Value) -> Control {
    throw_to(isolate, error, true)
}

fn throw_to(isolate: &mut Isolate, mut error: Value, is_ending: bool) -> Control {
    isolate.scheduler().note_leaving();
    loop {
        if isolate.coroutine.is_empty() {
            // The body of a generator ended with the error, or the task did.
            if let Some(link) = isolate.chain.pop() {
                super::iteration::finish_generator(&link.generator, Value::NULL);
                isolate.coroutine = link.coroutine;
                continue;
            }
            return isolate.scheduler().task_ended(Err(error));
        }
        let frame = isolate.frame();
        let delivery = frame.delivery;
        if frame.is_native() {
            let state = isolate.coroutine.natives.pop().expect("a native frame has a state");
            let result = state.failed(&mut Context { isolate }, Error::thrown(error.clone()));
            if is_ending {
                // It may have put something away; what else it wants does not happen.
                drop(result);
                isolate.coroutine.pop();
                continue;
            }
            match result {
                Ok(outcome) => return natives::go_on(isolate, outcome),
                Err(next) => {
                    error = error_instance(isolate, next);
                    isolate.coroutine.pop();
                }
            }
            continue;
        }
        // SAFETY: loaded code lives as long as the isolate; the frame's window lies in the coroutine's registers.
        unsafe {
            let loaded = &*frame.loaded;
            let at = loaded.instruction_before(frame.pc) as u32;
            let base = frame.base;
            let covers = |handler: &&Handler| !is_ending && handler.start <= at && at < handler.end;
            let handler = loaded.function.handlers.iter().find(covers);
            let keep: &[u16] = handler.map_or(&[], |handler| &handler.keep);
            let first = if handler.is_some() { 1 } else { 0 };
            for register in first..loaded.registers {
                let place = base.add(register);
                if (*place).is_heap() && keep.binary_search(&(register as u16)).is_err() {
                    drop(place.replace(Value::NULL));
                }
            }
            if let Some(handler) = handler {
                if handler.catches {
                    isolate.scheduler().note_catch(&error);
                }
                base.add(handler.error as usize).write(error);
                (*isolate.coroutine.top).pc = loaded.at(handler.target as usize);
                return Control::Reload;
            }
        }
        isolate.coroutine.pop();
        match delivery {
            Delivery::Base
            | Delivery::BaseKept
            | Delivery::Register
            | Delivery::Replace
            | Delivery::Iterator
            | Delivery::Branch
            | Delivery::Native
            | Delivery::Discard => {}
            Delivery::Generator | Delivery::Task => debug_assert!(isolate.coroutine.is_empty()),
        }
    }
}

/// The trace of an error instance.
pub(crate) fn trace_of(error: &Value) -> Option<Arc<Trace>> {
    let trace = error.as_instance()?.get(TRACE_FIELD)?;
    trace.as_foreign()?.downcast::<SharedTrace>().map(|trace| trace.0.clone())
}

/// An error in a form that outlives the isolate.
pub(crate) fn uncaught(isolate: &Isolate, error: &Value) -> Uncaught {
    let mut chain = Vec::new();
    let mut next = Some(error.clone());
    while let Some(value) = next.take()
        && chain.len() < MAX_CAUSES
    {
        let text = |value: Value| crate::memory::print_value(&value, &isolate.thrown_options(&value)).into_boxed_str();
        let Some(fields) = value.as_instance() else {
            chain.push(Uncaught {
                kind: "Error".into(),
                message: text(value),
                hint: None,
                trace: Vec::new(),
                cause: None,
            });
            break;
        };
        let get = |name: &str| fields.get(name);
        let trace = trace_of(&value).map(|trace| trace.0.clone());
        next = get("cause").filter(|cause| !cause.is_null());
        chain.push(Uncaught {
            kind: fields.class().map_or("Error", |class| class.name().as_str()).into(),
            message: get("message").map_or_else(Default::default, text),
            hint: get(HINT_FIELD).map(text),
            trace: trace.unwrap_or_default(),
            cause: None,
        });
    }
    let mut result: Option<Uncaught> = None;
    for mut entry in chain.into_iter().rev() {
        entry.cause = result.take().map(Box::new);
        result = Some(entry);
    }
    result.expect("the error itself is in the chain")
}
