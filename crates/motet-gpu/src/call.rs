//! The function `lanes`: its arguments, and the start of processes.

use crate::cells::{Number, bits};
use crate::job::{Held, Processes};
use crate::process::priority_of;
use crate::program::Origin;
use crate::shared::{failure, station};
use motet_lanes::station::{JobOptions, StationError, Tier};
use motet_numbers::arrays::{Array, Items, may_hold, whole};
use motet_std::arguments::text_option;
use motet_std::runtime::block;
use motet_std::{access, content};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, integer, text, wrong};
use motet_vm::builtins::iterate::{range_at, range_length};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind, Result};
use std::sync::Arc;

const NAME: &str = "lanes";

/// The most processes of a call.
const MOST: usize = 1 << 20;

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

/// So many processes, if a call may start them and the program may hold what is said of each.
fn allowed(context: &Context<'_>, count: usize) -> Result<usize> {
    /// Bytes of the list of a process's arguments.
    const EACH: usize = size_of::<Vec<Number>>() + 2 * size_of::<Number>();
    if count > MOST {
        return Err(bad_value(format!("lanes starts at most {MOST} processes, not {count}")));
    }
    may_hold(context, NAME, count * EACH)?;
    Ok(count)
}

/// What each process gets: a list, a range, or a tensor of one or two axes.
fn each(context: &mut Context<'_>, value: &Value) -> Result<Vec<Vec<Number>>> {
    const NAME: &str = "each of lanes";
    context.settle_inside(value)?;
    if let Some(range) = value.as_range() {
        let length = range_length(range).ok_or_else(|| bad_value(format!("{NAME} is a range with an end")))?;
        let length = allowed(context, usize::try_from(length).unwrap_or(usize::MAX))?;
        context.work(length)?;
        return Ok((0..length as u64).map(|at| vec![Number::Int(range_at(range, at))]).collect());
    }
    if let Some(list) = value.as_list() {
        context.work(allowed(context, list.length())?)?;
        return list.items().iter().map(|item| numbers(NAME, item)).collect();
    }
    // A tensor. How long it is is known before its elements are copied.
    let length = value.as_foreign().and_then(|foreign| foreign.object().length());
    let length = length.ok_or_else(|| wrong(NAME, "a list, a range or a tensor", value))?;
    allowed(context, length)?;
    if let Some((shape, items)) = whole(context, NAME, value)? {
        return rows(&shape, &items, |&item| Number::Int(item));
    }
    let array = Array::of(context, NAME, value)?;
    let Items::Real(items) = &array.items else { return Err(wrong(NAME, "real numbers", value)) };
    rows(&array.shape, items, |&item| Number::Float(item))
}

/// The rows of a tensor of two axes, or the elements of one, one by one.
fn rows<T>(shape: &[usize], items: &[T], number: impl Fn(&T) -> Number) -> Result<Vec<Vec<Number>>> {
    match *shape {
        [_] => Ok(items.iter().map(|item| vec![number(item)]).collect()),
        [count, 0] => Ok(vec![Vec::new(); count]),
        [_, width] => Ok(items.chunks(width).map(|row| row.iter().map(&number).collect()).collect()),
        _ => Err(bad_value(format!("each of lanes has one axis or two, not the shape {shape:?}"))),
    }
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
    let number = integer(NAME, name, &value)?;
    match u64::try_from(number).ok().filter(|number| (1..=most).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(bad_value(format!("{name} of lanes is 1 to {most}, not {number}"))),
    }
}

fn tier(options: &WithOptions<'_>) -> Result<Tier> {
    match text_option(NAME, options, "tier")?.as_deref() {
        None | Some("automatic") => Ok(Tier::Automatic),
        Some("interpreted") => Ok(Tier::Interpreted),
        Some("compiled") => Ok(Tier::Compiled),
        Some(other) => {
            Err(bad_value(format!("tier of lanes is \"automatic\", \"interpreted\" or \"compiled\", not {other:?}")))
        }
    }
}

fn lanes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of(NAME, arguments, 1, OPTIONS)?;
    access::starting(context, "run programs on lanes", NAME)?;
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
        Ok(Processes::new(Held { job, station: holder }))
    };
    context.wait_for(
        NAME,
        |operation| block(operation, begin),
        |context, processes| Ok(context.heap().shared_foreign(Arc::new(processes))),
    )
}

pub(crate) static NATIVES: &[Entry] = &[Entry::function(
    "lanes(program, call: null, each: null, args: [], count: 1, priority: 0, fuel: null, memory_limit: null, tier: \"automatic\", keep_memory: false, input: null)",
    lanes,
    "Starts processes of a program on the lanes of the GPU, and gives their handles: of a WebAssembly module (`.wasm`, `.wat`, or its bytes) or a lane program (`.lanes`). `call` names a function of the module; `each` is a list, range or tensor with the argument of each process, or a list of several; `args` are what all get behind it. Without `call` the module is a WASI command, `args` are its arguments and `input` is its standard input. `tier` is `\"automatic\"`, `\"interpreted\"` or `\"compiled\"`.",
)];
