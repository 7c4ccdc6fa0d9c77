//! The function `lanes`, and what all processes of a call answer.

use crate::cells::{Number, bits, result};
use crate::process::{Handle, event, outcome_record, priority_of, thrown, when_all};
use crate::program::Origin;
use crate::shared::{Holder, beside, failure, station};
use motet_lanes::modules::Stream;
use motet_lanes::station::{Job, JobOptions, Outcome as Ended, Stage, StationError, StationProcess, Tier};
use motet_middle::Type;
use motet_numbers::arrays::{Array, Items};
use motet_std::arguments::text_option;
use motet_std::runtime::block;
use motet_std::{access, content, record};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, integer, place, text, wrong};
use motet_vm::memory::{ForeignKind, ForeignObject, Heap, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::{Operation, OperationError};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::sync::Arc;

pub(crate) static LANES: ForeignKind = ForeignKind::new("Lanes");

/// The most processes of a call.
const MOST: usize = 1 << 20;
/// Corners of a rectangle: two triangles.
const CORNERS: usize = motet_lanes::QUAD_VERTICES;

/// The processes of a call, as long as a program holds them or one of them. Those that are left when it does not any more are
/// ended.
pub(crate) struct Held {
    job: Job,
    station: Arc<Holder>,
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

struct Processes(Arc<Held>);

impl std::ops::Deref for Processes {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.0
    }
}

impl Processes {
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

const OPTIONS: &[&str] =
    &["call", "each", "args", "count", "priority", "fuel", "memory_limit", "tier", "keep_memory", "input"];

/// The numbers that each process gets, and those that all get.
struct Given {
    each: Option<Vec<Vec<Number>>>,
    all: Vec<Number>,
    texts: Vec<String>,
}

/// A list of numbers, or a single one.
fn numbers(function: &str, value: &Value) -> Result<Vec<Number>> {
    if let Some(number) = Number::of(value) {
        return Ok(vec![number]);
    }
    let list = value.as_list().ok_or_else(|| wrong(function, "a number or a list of numbers", value))?;
    let items = list.items();
    items.iter().map(|item| Number::of(item).ok_or_else(|| wrong(function, "numbers", item))).collect()
}

/// What each process gets: a list, a range, or a tensor of one or two axes.
fn each(context: &mut Context<'_>, value: &Value) -> Result<Vec<Vec<Number>>> {
    const NAME: &str = "each of lanes";
    if let Some(range) = value.as_range() {
        let (Some(start), Some(end)) = (range.start, range.end) else {
            return Err(bad_value("each of lanes is a range with an end"));
        };
        let end = end.saturating_add(i64::from(range.inclusive));
        return Ok((start..end)
            .step_by(range.step.unsigned_abs() as usize)
            .take(MOST + 1)
            .map(|number| vec![Number::Int(number)])
            .collect());
    }
    if let Some(list) = value.as_list() {
        let items: Vec<Value> = list.items().to_vec();
        context.work(items.len())?;
        return items.iter().map(|item| numbers(NAME, item)).collect();
    }
    let array = Array::of(context, "lanes", value)?;
    let Items::Real(items) = &array.items else { return Err(wrong(NAME, "real numbers", value)) };
    let width = match array.shape[..] {
        [_] => 1,
        [_, width] => width,
        _ => {
            return Err(bad_value(format!("each of lanes has one axis or two, not the shape {}", array.shown_shape())));
        }
    };
    Ok(items.chunks(width.max(1)).map(|row| row.iter().map(|&item| Number::Float(item)).collect()).collect())
}

fn given(context: &mut Context<'_>, options: &WithOptions<'_>, is_command: bool) -> Result<Given> {
    let each = options.option("each").map(|value| each(context, &value)).transpose()?;
    let mut given = Given { each, all: Vec::new(), texts: Vec::new() };
    if let Some(value) = options.option("args") {
        let list = value.as_list().ok_or_else(|| wrong("args of lanes", "a list", &value))?;
        for item in list.items().iter() {
            match (Number::of(item), item.as_str()) {
                (_, Some(text)) if is_command => given.texts.push(text.to_owned()),
                (Some(number), _) if !is_command => given.all.push(number),
                (Some(_), _) => given.texts.push(motet_vm::builtins::arguments::shown(context, item)),
                _ => return Err(wrong("args of lanes", if is_command { "texts" } else { "numbers" }, item)),
            }
        }
    }
    Ok(given)
}

/// A whole number that an option holds, from 1 on.
fn positive(options: &WithOptions<'_>, name: &str, most: u64) -> Result<Option<u64>> {
    let Some(value) = options.option(name) else { return Ok(None) };
    let number = integer("lanes", name, &value)?;
    match u64::try_from(number).ok().filter(|number| (1..=most).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(bad_value(format!("{name} of lanes is 1 to {most}, not {number}"))),
    }
}

fn tier(options: &WithOptions<'_>) -> Result<Tier> {
    match text_option("lanes", options, "tier")?.as_deref() {
        None | Some("automatic") => Ok(Tier::Automatic),
        Some("interpreted") => Ok(Tier::Interpreted),
        Some("compiled") => Ok(Tier::Compiled),
        Some(other) => {
            Err(bad_value(format!("tier of lanes is \"automatic\", \"interpreted\" or \"compiled\", not {other:?}")))
        }
    }
}

fn lanes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "lanes";
    let options = WithOptions::of(NAME, arguments, 1, OPTIONS)?;
    access::running(context, NAME)?;
    let none = Value::NULL;
    let program = options.at(0).unwrap_or(&none);
    let origin = match program.as_bytes() {
        Some(bytes) => Origin::Bytes(bytes.to_vec()),
        None => {
            let path = text(NAME, program)?.as_str().to_owned();
            Origin::File { gate: access::reading(context, &path)?, path }
        }
    };
    let call = text_option(NAME, &options, "call")?;
    let is_command = call.is_none() && !origin.name().ends_with(".lanes");
    let given = given(context, &options, is_command)?;
    let count = positive(&options, "count", MOST as u64)?;
    let fitting = given.each.as_ref().map_or(1, Vec::len);
    let count = count.map_or(fitting, |count| count as usize);
    if given.each.is_some() && count != fitting {
        return Err(bad_value(format!("each of lanes has {fitting} elements for {count} processes")));
    }
    if count > MOST {
        return Err(bad_value(format!("lanes starts at most {MOST} processes, not {count}")));
    }
    let priority = options.option("priority").map_or(Ok(0), |value| priority_of(NAME, &value))?;
    let mut job = JobOptions {
        count: count as u32,
        priority,
        fuel: positive(&options, "fuel", i64::MAX as u64)?.unwrap_or(u64::MAX),
        memory_limit: positive(&options, "memory_limit", 1 << 32)?.unwrap_or(1 << 32),
        keeps_memory: options.flag("keep_memory"),
        tier: tier(&options)?,
        ..JobOptions::default()
    };
    if let Some(input) = options.option("input") {
        job.input = content("input of lanes", &input)?;
    }
    let name = origin.name();
    let command_line = std::iter::once(name).chain(given.texts.iter().cloned());
    job.command_line = command_line.collect();
    let begin = move || -> std::result::Result<Processes, OperationError> {
        let holder = station().map_err(|error| failure(&error))?;
        let program = origin.load(holder.station(), call.as_deref())?;
        let has_arguments = program.parameters().is_some_and(|types| !types.is_empty()) || given.each.is_some();
        if has_arguments || !given.all.is_empty() {
            let own = |number: usize| {
                let each = given.each.as_ref().map_or(&[][..], |each| &each[number]);
                bits(&program, &[each, &given.all].concat())
            };
            job.arguments = (0..count).map(own).collect::<std::result::Result<_, _>>()?;
        }
        let job = holder.station().run(&program, job).map_err(|error| match error {
            StationError::Lanes(error) => failure(&error),
            other => OperationError::new(ErrorKind::ValueError, other.to_string()),
        })?;
        Ok(Processes(Arc::new(Held { job, station: holder })))
    };
    context.wait_for(
        NAME,
        |operation| block(operation, begin),
        |context, processes| Ok(context.heap().shared_foreign(Arc::new(processes))),
    )
}

fn own(arguments: &Arguments<'_>) -> Arc<Processes> {
    let processes = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Processes>());
    processes.expect("a method of lanes")
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

/// The results as a tensor: of integers where the function gives one integer, else of floats; with a second axis where it gives
/// several values.
fn tensor(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    when_ended(context, "tensor", &arguments, |context, processes| {
        let mut integers = Vec::with_capacity(processes.len());
        let mut floats = Vec::new();
        let mut width = 1;
        for process in processes {
            let end = process.end().expect("all have ended");
            // An end that has no result throws.
            let one = result(context, process.number(), &end)?;
            match &end.outcome {
                Ended::Returned(values) => {
                    width = values.len();
                    for &(of, bits) in values {
                        floats.push(match of {
                            Type::F32 => f64::from(f32::from_bits(bits as u32)),
                            Type::F64 => f64::from_bits(bits),
                            Type::I64 => bits.cast_signed() as f64,
                            _ => f64::from((bits as u32).cast_signed()),
                        });
                    }
                }
                _ => floats.push(one.as_int().map_or(0.0, |code| code as f64)),
            }
            integers.extend(one.as_int());
        }
        if integers.len() == processes.len() {
            return Ok(motet_numbers::arrays::integers(context, integers));
        }
        if width == 0 {
            return Err(bad_value("the function gives nothing that could be in a tensor"));
        }
        let shape = if width == 1 { vec![processes.len()] } else { vec![processes.len(), width] };
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
    context.wait_for("cancel", |operation| block(operation, work), |_, ()| Ok(Value::NULL))
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

pub(crate) static NATIVES: &[Entry] = &[Entry::function(
    "lanes(program, call: null, each: null, args: [], count: 1, priority: 0, fuel: null, memory_limit: null, tier: \"automatic\", keep_memory: false, input: null)",
    lanes,
    "Starts processes of a program on the lanes of the GPU, and gives their handles: of a WebAssembly module (`.wasm`, `.wat`, or its bytes) or a lane program (`.lanes`). `call` names a function of the module; `each` is a list, range or tensor with the argument of each process, or a list of several; `args` are what all get behind it. Without `call` the module is a WASI command, `args` are its arguments and `input` is its standard input. `tier` is `\"automatic\"`, `\"interpreted\"` or `\"compiled\"`.",
)];

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
