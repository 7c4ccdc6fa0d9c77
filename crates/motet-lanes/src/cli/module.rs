//! `motet lanes run` for modules: `.wasm` and `.wat`.

use super::CommandError;
use super::feed::Feed;
use super::picture::Picture;
use super::run::Arguments;
use crate::error::LaneError;
use crate::events::Need;
use crate::modules::{
    Call, CompiledEnd, CompiledFunction, HostFunction, Item, Linker, ModuleOptions, ModuleProcess, ModuleRuntime,
    ModuleSettings, NotCompiled, Stream, World,
};
use crate::process::EndCause;
use motet_middle::{ItemKind, Module, Type};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often to look whether what the processes wrote and drew can be shown.
const TURN: Duration = Duration::from_millis(20);

/// Whether the file at this path holds a module.
pub(super) fn is_module(path: &Path) -> bool {
    if path.extension().is_some_and(|extension| extension == "wat" || extension == "wasm") {
        return true;
    }
    let mut start = [0; 4];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && motet_wasm::is_binary(&start)
}

/// Reads a module.
pub(super) fn read(path: &Path) -> Result<Module, CommandError> {
    let name = path.display().to_string();
    let mut bytes =
        std::fs::read(path).map_err(|error| CommandError::Misuse(format!("cannot read `{name}`: {error}")))?;
    let wrong = |error: motet_wasm::ReadError| match error {
        motet_wasm::ReadError::Text { message } => CommandError::Program(format!("error: {message}")),
        other => CommandError::Program(format!("error: {name}: {other}")),
    };
    if !motet_wasm::is_binary(&bytes) {
        let text = String::from_utf8(bytes)
            .map_err(|_| CommandError::Program(format!("error: {name}: it is neither a module nor text")))?;
        bytes = motet_wasm::from_text(&name, &text).map_err(wrong)?;
    }
    motet_wasm::read(&bytes).map_err(wrong)
}

/// Links a module for a run: what it sets up, and the call that was asked for.
fn link(module: Module, call: Option<&str>) -> Result<(Linker, Call, String), CommandError> {
    let module = Arc::new(module);
    let functions = || {
        let exports = module.exports.iter().filter(|export| export.kind == ItemKind::Function);
        exports.map(|export| format!("`{}`", export.name)).collect::<Vec<_>>().join(", ")
    };
    let mut linker = Linker::new(1);
    let linked = linker.instantiate(&module, HostFunction::resolve, false);
    let (instance, _) = linked.map_err(|error| CommandError::Program(format!("error: {error}")))?;
    let name = call.map_or("_start", |name| name).to_owned();
    let Some(Item::Function(function, _)) = linker.export(instance, &name) else {
        return Err(CommandError::Misuse(match call {
            Some(name) => format!("the module exports no function `{name}`; it exports {}", functions()),
            None => format!("the module has no `_start`; `--call` names one of its functions: {}", functions()),
        }));
    };
    if let Some(Item::Function(initialize, _)) = linker.export(instance, "_initialize")
        && name != "_initialize"
    {
        linker.call(initialize, &[], false);
    }
    let call = linker.call_later(function);
    Ok((linker, call, name))
}

/// An argument's bits. `#` is the number of the process.
fn argument(text: &str, of: Type, number: u32) -> Result<u64, CommandError> {
    let wrong = || CommandError::Misuse(format!("`{text}` is not a value of the type {of}"));
    let text = if text == "#" { &number.to_string() } else { text };
    Ok(match of {
        Type::I32 => {
            let value: i64 = text.parse().map_err(|_| wrong())?;
            let fits = (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&value);
            if fits { u64::from(value as u32) } else { return Err(wrong()) }
        }
        Type::I64 => match text.parse::<i64>() {
            Ok(value) => value.cast_unsigned(),
            Err(_) => text.parse::<u64>().map_err(|_| wrong())?,
        },
        Type::F32 => u64::from(text.parse::<f32>().map_err(|_| wrong())?.to_bits()),
        Type::F64 => text.parse::<f64>().map_err(|_| wrong())?.to_bits(),
        Type::Function | Type::Foreign => return Err(wrong()),
    })
}

/// A result as text.
fn show(bits: u64, of: Type) -> String {
    match of {
        Type::I32 => (bits as u32).cast_signed().to_string(),
        Type::I64 => bits.cast_signed().to_string(),
        Type::F32 => f32::from_bits(bits as u32).to_string(),
        Type::F64 => f64::from_bits(bits).to_string(),
        Type::Function | Type::Foreign if bits == 0 => "null".to_owned(),
        Type::Function => "a function".to_owned(),
        Type::Foreign => "a reference".to_owned(),
    }
}

/// What processes print, line by line and labelled where there are several.
struct Printer {
    labels: bool,
    /// What stands behind the last end of a line, for each process and stream.
    rest: BTreeMap<(u32, bool), Vec<u8>>,
}

impl Printer {
    fn print(&mut self, world: &mut World, out: &mut dyn Write, errors: &mut dyn Write) -> Result<(), CommandError> {
        for (number, stream, text) in world.written.drain(..) {
            let goal: &mut dyn Write = if stream == Stream::Output { out } else { errors };
            if !self.labels {
                goal.write_all(&text)?;
                goal.flush()?;
                continue;
            }
            let rest = self.rest.entry((number, stream == Stream::Error)).or_default();
            rest.extend(text);
            while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                write!(goal, "{number}: ")?;
                goal.write_all(&line)?;
            }
            goal.flush()?;
        }
        Ok(())
    }

    /// What has no end of a line.
    fn finish(&mut self, out: &mut dyn Write, errors: &mut dyn Write) -> Result<(), CommandError> {
        for ((number, is_error), rest) in std::mem::take(&mut self.rest) {
            if !rest.is_empty() {
                let goal: &mut dyn Write = if is_error { errors } else { out };
                write!(goal, "{number}: ")?;
                goal.write_all(&rest)?;
                writeln!(goal)?;
            }
        }
        Ok(())
    }
}

pub(super) fn execute(arguments: &Arguments, out: &mut dyn Write, errors: &mut dyn Write) -> Result<(), CommandError> {
    if arguments.compiled {
        return execute_compiled(arguments, out, errors);
    }
    let start = &arguments.start;
    let (linker, call, name) = link(read(&start.program)?, arguments.call.as_deref())?;
    let takes = call.parameters.clone();
    let is_command = arguments.call.is_none();
    if !is_command && takes.len() != arguments.arguments.len() {
        let (given, types) = (arguments.arguments.len(), join(&takes));
        return Err(CommandError::Misuse(format!("`{name}` takes {} arguments ({types}), not {given}", takes.len())));
    }
    let image = Arc::new(linker.finish());
    let feed = match &start.input {
        Some(path) if !is_command => Feed::read(path, start.count as usize)?,
        _ => Feed::default(),
    };
    let gpu = start.device.open()?;
    let largest = u32::try_from(gpu.info().largest_buffer).unwrap_or(u32::MAX);
    let wanted = image.memory_bytes().max(1 << 20).saturating_mul(u64::from(start.count.min(64)) + 1);
    let memory_bytes = u32::try_from(wanted.max(32 << 20)).unwrap_or(u32::MAX).min(largest) & !0xFFFF;
    let runtime = ModuleRuntime::new(&gpu, ModuleSettings { memory_bytes, ..ModuleSettings::default() })?;
    let program = runtime.load(image)?;
    let mut world = World::new(command_line(arguments), input(arguments, is_command)?);
    for (target, event) in feed.events() {
        for number in 0..start.count {
            if target.is_none_or(|target| target == number as usize) {
                world.send(number, event);
            }
        }
    }
    let mut processes = Vec::new();
    for number in 0..start.count {
        let texts = if is_command { &[][..] } else { &arguments.arguments };
        let values = texts.iter().zip(&takes).map(|(text, &of)| argument(text, of, number));
        let options = ModuleOptions {
            priority: start.priority,
            arguments: vec![(call.clone(), values.collect::<Result<_, _>>()?)],
            fuel: arguments.fuel.unwrap_or(u64::MAX),
            memory_limit: arguments.memory_limit.map_or(1 << 32, |mebibytes| mebibytes << 20),
            ..ModuleOptions::default()
        };
        processes.push(runtime.spawn(&program, &options)?);
    }
    runtime.start()?;
    let timeout = arguments.timeout.map_or(Duration::MAX, Duration::from_secs);
    let mut picture = Picture::new(arguments.size);
    let mut printer = Printer { labels: start.count > 1, rest: BTreeMap::new() };
    let all_ended = serve(&runtime, &mut world, timeout, &mut |world| {
        picture.paint(&std::mem::take(&mut world.drawn));
        printer.print(world, out, errors)
    })?;
    printer.finish(out, errors)?;
    picture.deliver(arguments.quads.as_deref(), errors)?;
    report(&processes, &call, &name, is_command, &world, out)?;
    if !all_ended {
        let (living, seconds) = (runtime.common().living_count(), arguments.timeout.unwrap_or(0));
        return Err(CommandError::Program(format!("error: {living} processes did not end within {seconds} s")));
    }
    let faults = processes
        .iter()
        .filter(|process| process.process().outcome().is_none_or(|outcome| outcome.cause != EndCause::Halted));
    let failed = world.exits.values().filter(|&&code| code != 0).count();
    match (faults.count(), failed) {
        (0, 0) => Ok(()),
        (0, failed) => Err(CommandError::Program(format!("error: {failed} processes exited with a code other than 0"))),
        (faults, _) => Err(CommandError::Program(format!("error: {faults} processes ended by a fault"))),
    }
}

/// Runs the function compiled for the device, an instance for each process.
fn execute_compiled(arguments: &Arguments, out: &mut dyn Write, errors: &mut dyn Write) -> Result<(), CommandError> {
    let start = &arguments.start;
    let module = Arc::new(read(&start.program)?);
    let name = arguments.call.as_deref().unwrap_or_default();
    let function = module.export(name).filter(|export| export.kind == ItemKind::Function).map(|export| export.index);
    let function = function.ok_or_else(|| CommandError::Misuse(format!("the module exports no function `{name}`")))?;
    let signature = module.signature_of(function);
    if signature.parameters.len() != arguments.arguments.len() {
        let (takes, given) = (signature.parameters.len(), arguments.arguments.len());
        let types = join(&signature.parameters);
        return Err(CommandError::Misuse(format!("`{name}` takes {takes} arguments ({types}), not {given}")));
    }
    let values = |number: u32| {
        let pairs = arguments.arguments.iter().zip(&signature.parameters);
        pairs.map(|(text, &of)| argument(text, of, number)).collect::<Result<Vec<u64>, CommandError>>()
    };
    let all = (0..start.count).map(values).collect::<Result<Vec<_>, CommandError>>()?;
    let gpu = start.device.open()?;
    let compiled = CompiledFunction::new(&gpu, &module, function).map_err(|refused| match refused {
        NotCompiled::Device(error) => CommandError::Lanes(error),
        other => CommandError::Program(format!("error: {other}\nhelp: without `--compiled` it is interpreted")),
    })?;
    let mut world = World::new(command_line(arguments), Vec::new());
    let outcomes = compiled.run(&all, false, &mut |service| world.answer(service))?;
    let mut printer = Printer { labels: start.count > 1, rest: BTreeMap::new() };
    printer.print(&mut world, out, errors)?;
    printer.finish(out, errors)?;
    let mut picture = Picture::new(arguments.size);
    picture.paint(&std::mem::take(&mut world.drawn));
    picture.deliver(arguments.quads.as_deref(), errors)?;
    let mut traps = 0;
    for (number, outcome) in outcomes.into_iter().enumerate() {
        match (outcome.result, outcome.ended) {
            (Ok(_), Some(CompiledEnd::Waits)) => {
                traps += 1;
                writeln!(out, "process {number}: waits for input that does not come")?;
            }
            (Ok(_), Some(_)) => writeln!(out, "process {number}: ended")?,
            (Ok(results), None) => {
                let shown: Vec<String> =
                    results.iter().zip(&signature.results).map(|(&bits, &of)| show(bits, of)).collect();
                let equals = if shown.is_empty() { "" } else { " = " };
                writeln!(out, "process {number}: {name}{equals}{}", shown.join(", "))?;
            }
            (Err((trap, place)), _) => {
                traps += 1;
                writeln!(out, "process {number}: {trap} in `{}` at byte {:#x}", place.function, place.offset)?;
            }
        }
    }
    match traps {
        0 => Ok(()),
        traps => Err(CommandError::Program(format!("error: {traps} processes ended by a fault"))),
    }
}

/// What a command finds as its arguments: its name, and what stands behind `--`.
fn command_line(arguments: &Arguments) -> Vec<String> {
    let program = arguments.start.program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
    std::iter::once(program).chain(arguments.arguments.iter().cloned()).collect()
}

/// What a command reads as its standard input.
fn input(arguments: &Arguments, is_command: bool) -> Result<Vec<u8>, CommandError> {
    match &arguments.start.input {
        Some(path) if is_command => {
            let cannot = |error| CommandError::Misuse(format!("cannot read `{}`: {error}", path.display()));
            if path.as_os_str() == "-" {
                let mut bytes = Vec::new();
                std::io::stdin().read_to_end(&mut bytes).map_err(cannot)?;
                return Ok(bytes);
            }
            std::fs::read(path).map_err(cannot)
        }
        _ => Ok(Vec::new()),
    }
}

fn join(types: &[Type]) -> String {
    types.iter().map(Type::to_string).collect::<Vec<_>>().join(", ")
}

/// Answers what the processes ask for until none is left, or until the time is over; tells which.
fn serve(
    runtime: &ModuleRuntime,
    world: &mut World,
    timeout: Duration,
    look: &mut dyn FnMut(&mut World) -> Result<(), CommandError>,
) -> Result<bool, CommandError> {
    let deadline = Instant::now().checked_add(timeout);
    loop {
        let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        let turn = left.min(TURN);
        let need = runtime.common().wait_for_need(turn);
        match need {
            Ok(Need::Nothing) => return Ok(true),
            Ok(Need::Services(requests)) => {
                runtime.serve(&requests, |service| world.answer(service))?;
                look(world)?;
                if let Some((number, service)) = world.unknown {
                    return Err(CommandError::Program(format!("error: process {number} asks for service {service}")));
                }
            }
            Ok(Need::Input) => {
                let waiting = runtime.common().living_count();
                let help = "help: `--input FILE` sends input events";
                return Err(CommandError::Program(format!(
                    "error: {waiting} processes wait for input, and there is none\n{help}"
                )));
            }
            Err(LaneError::TimedOut { .. }) if turn < left => {}
            Err(LaneError::TimedOut { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
}

fn report(
    processes: &[ModuleProcess],
    call: &Call,
    name: &str,
    is_command: bool,
    world: &World,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    for (number, process) in (0..).zip(processes) {
        let Some(outcome) = process.process().outcome() else { continue };
        let instructions = outcome.instructions;
        if let Some((trap, place)) = process.trap() {
            let place =
                place.map_or_else(String::new, |place| format!(" in `{}` at byte {:#x}", place.function, place.offset));
            writeln!(out, "process {number}: {trap}{place}, after {instructions} instructions")?;
        } else if let Some(code) = world.exits.get(&number) {
            if !is_command || *code != 0 {
                writeln!(out, "process {number}: exited with {code} after {instructions} instructions")?;
            }
        } else if outcome.cause != EndCause::Halted {
            writeln!(out, "process {number}: {} after {instructions} instructions", outcome.cause)?;
        } else if !is_command && let Some(Ok(results)) = process.results(call) {
            let shown: Vec<String> = results.iter().zip(&call.types).map(|(&bits, &of)| show(bits, of)).collect();
            let shown = if shown.is_empty() { String::new() } else { format!(" = {}", shown.join(", ")) };
            writeln!(out, "process {number}: {name}{shown} after {instructions} instructions")?;
        }
    }
    Ok(())
}
