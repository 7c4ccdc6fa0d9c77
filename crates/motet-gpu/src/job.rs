//! What all processes of a call answer.

use crate::cells::result;
use crate::process::{Handle, event, outcome_record, thrown, when_all};
use crate::receiver::{blocking, receiver};
use crate::shared::{Holder, beside, failure};
use motet_lanes::modules::Stream;
use motet_lanes::station::{Job, Outcome as Ended, Stage, StationProcess};
use motet_middle::Type;
use motet_numbers::arrays::{Array, Items, integers_of};
use motet_std::record;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, integer, place};
use motet_vm::memory::{ForeignKind, ForeignObject, Heap, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::Operation;
use motet_vm::{Context, Error, ErrorKind, Result};
use std::sync::Arc;

pub(crate) static LANES: ForeignKind = ForeignKind::new("Lanes");

/// Corners of a rectangle: two triangles.
const CORNERS: usize = motet_lanes::QUAD_VERTICES;

/// The processes of a call, as long as a program holds them or one of them. Those that are left when it does not any more are
/// ended.
pub(crate) struct Held {
    pub job: Job,
    pub station: Arc<Holder>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.job.living() > 0 {
            let (job, station) = (self.job.clone(), Arc::clone(&self.station));
            beside(move || {
                // Where the lanes have failed, they have ended.
                let _ = job.kill();
                drop(station);
            });
        }
    }
}

pub(crate) struct Processes(Arc<Held>);

impl std::ops::Deref for Processes {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.0
    }
}

impl Processes {
    pub fn new(held: Held) -> Processes {
        Processes(Arc::new(held))
    }

    fn handle(&self, index: usize, heap: &Heap) -> Option<Value> {
        let process = self.job.processes().get(index)?.clone();
        Some(heap.shared_foreign(Arc::new(Handle { process, _held: Arc::clone(&self.0) })))
    }
}

impl ForeignObject for Processes {
    fn kind(&self) -> &'static ForeignKind {
        &LANES
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Lanes {} of {}>", self.job.living(), self.job.processes().len()))
    }

    fn length(&self) -> Option<usize> {
        Some(self.job.processes().len())
    }

    fn element(&self, index: usize, heap: &Heap) -> Option<Value> {
        self.handle(index, heap)
    }
}

fn own(arguments: &Arguments<'_>) -> Arc<Processes> {
    receiver(arguments)
}

/// Suspends the task until all processes have ended, and makes a value of what they left.
fn when_ended(
    context: &mut Context<'_>,
    name: &'static str,
    arguments: &Arguments<'_>,
    finish: impl FnOnce(&mut Context<'_>, &[StationProcess]) -> Result<Value> + 'static,
) -> Result<Outcome> {
    let processes = own(arguments);
    let all = processes.job.processes().to_vec();
    let begin = move |operation: Operation<()>| {
        when_all(&all, move || operation.complete(Ok(())));
        Ok(())
    };
    context.wait_for(name, begin, move |context, ()| {
        context.work(processes.job.processes().len())?;
        finish(context, processes.job.processes())
    })
}

fn result_of(context: &Context<'_>, process: &StationProcess) -> Result<Value> {
    let end = process.end().expect("all have ended");
    result(context, process.number(), &end)
}

fn results(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    when_ended(context, "results", &arguments, |context, processes| {
        let all = processes.iter().map(|process| result_of(context, process)).collect::<Result<Vec<Value>>>()?;
        Ok(context.heap().list(all))
    })
}

fn outcomes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    when_ended(context, "outcomes", &arguments, |context, processes| {
        let all = processes.iter().map(|process| {
            let end = process.end().expect("all have ended");
            outcome_record(context, process.number(), &end)
        });
        let all = all.collect();
        Ok(context.heap().list(all))
    })
}

/// The results as a tensor: of integers where the function gives nothing else, else of floats; with a second axis where it gives
/// several values.
fn tensor(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    when_ended(context, "tensor", &arguments, |context, processes| {
        let (mut integers, mut floats) = (Vec::new(), Vec::new());
        let mut width = 1;
        for process in processes {
            let end = process.end().expect("all have ended");
            // An end that has no result throws.
            let one = result(context, process.number(), &end)?;
            match &end.outcome {
                Ended::Returned(values) => {
                    width = values.len();
                    for &(of, bits) in values {
                        match of {
                            Type::F32 => floats.push(f64::from(f32::from_bits(bits as u32))),
                            Type::F64 => floats.push(f64::from_bits(bits)),
                            Type::I64 => integers.push(bits.cast_signed()),
                            _ => integers.push(i64::from((bits as u32).cast_signed())),
                        }
                    }
                }
                _ => integers.extend(one.as_int()),
            }
        }
        if width == 0 {
            return Err(bad_value("the function gives nothing that could be in a tensor"));
        }
        let shape = if width == 1 { vec![processes.len()] } else { vec![processes.len(), width] };
        if floats.is_empty() {
            return Ok(integers_of(context, &shape, integers));
        }
        if !integers.is_empty() {
            return Err(bad_value("a tensor holds numbers of one kind, and the function gives integers and floats")
                .with_hint("results() gives them as lists"));
        }
        Ok(Array { shape, items: Items::Real(floats) }.give(context))
    })
}

fn wait(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let processes = arguments.at(0).clone();
    when_ended(context, "wait", &arguments, move |_, _| Ok(processes))
}

fn progress(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let own = own(&arguments);
    context.work(own.job.processes().len())?;
    let mut counts = [0_i64; 4];
    let mut work = 0_u64;
    for process in own.job.processes() {
        counts[process.stage() as usize] += 1;
        work = work.saturating_add(process.work());
    }
    let count = |stage: Stage| Value::int(counts[stage as usize]);
    let fields = [
        ("count", Value::int(own.job.processes().len() as i64)),
        ("ended", count(Stage::Ended)),
        ("waits", count(Stage::Waits)),
        ("interpreted", count(Stage::Runs)),
        ("compiled", count(Stage::RunsCompiled)),
        ("work", Value::int(i64::try_from(work).unwrap_or(i64::MAX))),
        ("tier", context.heap().string(&own.job.program().compilation().to_string())),
    ];
    Ok(record(context, fields).into())
}

fn cancel(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let own = own(&arguments);
    let work = move || own.job.kill().map_err(|error| failure(&error));
    blocking(context, "cancel", &arguments, work, |_, ()| Ok(Value::NULL))
}

fn get_index(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let own = own(&arguments);
    let index = integer("an index", "a process", arguments.at(1))?;
    let length = own.job.processes().len();
    let handle = place(index, length).and_then(|at| own.handle(at, context.heap()));
    let error = || Error::new(ErrorKind::IndexError, format!("there is no process {index} among {length}"));
    Ok(handle.ok_or_else(error)?.into())
}

fn send(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let event = event("send", &arguments)?;
    own(&arguments).station.station().send_input(event).map_err(|error| thrown(&failure(&error)))?;
    Ok(Value::NULL.into())
}

fn output(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let written = own(&arguments).job.take_written();
    context.work(written.len())?;
    let parts = written.into_iter().map(|(process, stream, bytes)| {
        let heap = context.heap();
        let fields = [
            ("process", Value::int(i64::from(process))),
            ("error", Value::bool(stream == Stream::Error)),
            ("text", heap.string(&String::from_utf8_lossy(&bytes))),
        ];
        record(context, fields)
    });
    let parts = parts.collect();
    Ok(context.heap().list(parts).into())
}

fn quads(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let drawn = own(&arguments).job.take_drawn();
    context.work(drawn.len())?;
    let rectangles = drawn.chunks_exact(CORNERS).map(|corners| {
        // The first corner is the left top one, the third the right bottom one.
        let ([left, top, _], [right, bottom, _]) = (corners[0].position, corners[2].position);
        let channel = |at: usize| i64::from((corners[0].colour[at] * 255.0).round() as u8);
        let colour = channel(0) << 24 | channel(1) << 16 | channel(2) << 8 | channel(3);
        let float = |value: f32| Value::float(f64::from(value));
        let fields = [
            ("x", float(left)),
            ("y", float(top)),
            ("width", float(right - left)),
            ("height", float(bottom - top)),
            ("colour", Value::int(colour)),
        ];
        record(context, fields)
    });
    let rectangles = rectangles.collect();
    Ok(context.heap().list(rectangles).into())
}

pub(crate) static METHODS: &[Entry] = &[
    Entry::method(
        &LANES,
        "results(lanes)",
        results,
        "Waits for all processes and gives the list of their results, in order. Throws if one of them trapped, failed or was killed.",
    ),
    Entry::method(&LANES, "tensor(lanes)", tensor, "The same as a tensor, with an axis for several results of each."),
    Entry::method(
        &LANES,
        "outcomes(lanes)",
        outcomes,
        "Waits for all processes and gives a list of `{process, outcome, result, compiled, work}`, however they ended.",
    ),
    Entry::method(&LANES, "wait(lanes)", wait, "Waits until all processes have ended, however, and gives them."),
    Entry::method(
        &LANES,
        "progress(lanes)",
        progress,
        "`{count, ended, waits, interpreted, compiled, work, tier}`: where the processes are, and how far the compilation is.",
    ),
    Entry::method(&LANES, "cancel(lanes)", cancel, "Ends all processes that have not ended."),
    Entry::method(&LANES, "get_index(lanes, index)", get_index, "The handle of a process: `lanes[3]`."),
    Entry::method(
        &LANES,
        "send(lanes, kind, code = 0, x = 0, y = 0)",
        send,
        "Sends an input event to the process that has the focus, whichever call started it.",
    ),
    Entry::method(
        &LANES,
        "output(lanes)",
        output,
        "What processes have printed since the last call, in order: a list of `{process, error, text}`.",
    ),
    Entry::method(
        &LANES,
        "quads(lanes)",
        quads,
        "What processes have drawn since the last call, in order: a list of `{x, y, width, height, colour}`.",
    ),
];
