//! Modules to bytes.

use super::bytes::Writer;
use super::{MARK, PortableModule, VERSION, instruction_set};
use crate::constant::{Constant, Datum, DatumEntry};
use crate::function::{Capture, Function, Parameters};
use motet_source::Source;
use std::collections::HashMap;
use std::sync::Arc;

/// The bytes of modules, each of which imports only those before it. Pieces of a session cannot be written: they mean cells
/// that live elsewhere.
/// `named` gives the names of the sources as they are to be read.
pub fn write(modules: &[PortableModule], named: &dyn Fn(&str) -> String) -> Vec<u8> {
    let mut order = Order::default();
    for portable in modules {
        debug_assert!(portable.module.session.is_empty(), "a piece of a session is no module");
        order.source(&portable.module.source);
        order.function(&portable.module.main);
    }
    let mut writer = Writer::default();
    writer.bytes.extend_from_slice(MARK);
    writer.number(VERSION);
    writer.word(instruction_set());
    writer.count(order.sources.len());
    for source in &order.sources {
        writer.text(&named(&source.name));
        writer.text(&source.text);
        writer.flag(source.gene);
    }
    writer.count(order.functions.len());
    for function in &order.functions {
        order.write_function(&mut writer, function);
    }
    writer.count(modules.len());
    for portable in modules {
        let module = &portable.module;
        writer.count(order.place_of(&module.main));
        writer.count(order.place_of_source(&module.source));
        writer.count(module.imports.len());
        for (import, meant) in module.imports.iter().zip(&portable.imports) {
            writer.text(&import.path);
            writer.span(import.span);
            writer.count(import.names.len());
            for (name, place) in &import.names {
                writer.text(name);
                writer.span(*place);
            }
            writer.count(*meant);
        }
        texts(&mut writer, &module.exports);
    }
    writer.bytes
}

/// The order in which functions are written: what is inside of one stands before it.
#[derive(Default)]
struct Order {
    sources: Vec<Arc<Source>>,
    source_places: HashMap<*const Source, usize>,
    functions: Vec<Arc<Function>>,
    places: HashMap<u32, usize>,
}

/// The functions inside of a function.
fn inner(function: &Function) -> impl Iterator<Item = &Arc<Function>> {
    let constants = function.constants.iter().filter_map(|constant| match constant {
        Constant::Function(inner) => Some(inner),
        _ => None,
    });
    function.functions.iter().chain(constants)
}

impl Order {
    fn source(&mut self, source: &Arc<Source>) {
        let place = self.sources.len();
        self.source_places.entry(Arc::as_ptr(source)).or_insert_with(|| {
            self.sources.push(Arc::clone(source));
            place
        });
    }

    /// Without recursion: each of a program's functions may use the one before it.
    fn function(&mut self, function: &Arc<Function>) {
        let mut pending = vec![(Arc::clone(function), false)];
        while let Some((function, is_open)) = pending.pop() {
            if self.places.contains_key(&function.id()) {
                continue;
            }
            if is_open {
                self.source(&function.source);
                self.places.insert(function.id(), self.functions.len());
                self.functions.push(function);
                continue;
            }
            let waiting: Vec<_> = inner(&function).map(|inner| (Arc::clone(inner), false)).collect();
            pending.push((function, true));
            pending.extend(waiting);
        }
    }

    fn place_of(&self, function: &Function) -> usize {
        self.places[&function.id()]
    }

    fn place_of_source(&self, source: &Arc<Source>) -> usize {
        self.source_places[&Arc::as_ptr(source)]
    }

    fn write_function(&self, writer: &mut Writer, function: &Function) {
        writer.text(&function.name);
        write_parameters(writer, &function.parameters);
        let flags = function.flags;
        for flag in [flags.generator, flags.asynchronous, flags.method, flags.constructor] {
            writer.flag(flag);
        }
        // Zero: none.
        writer.number(flags.mutable_capture.map_or(0, |at| u64::from(at) + 1));
        writer.number(u64::from(function.registers));
        writer.count(function.code.len());
        function.code.iter().for_each(|word| writer.word(*word));
        writer.count(function.constants.len());
        function.constants.iter().for_each(|constant| self.write_constant(writer, constant));
        writer.count(function.functions.len());
        function.functions.iter().for_each(|inner| writer.count(self.place_of(inner)));
        writer.count(function.captures.len());
        for capture in &function.captures {
            match capture {
                Capture::Register(register) => {
                    writer.byte(0);
                    writer.number(u64::from(*register));
                }
                Capture::Captured(at) => {
                    writer.byte(1);
                    writer.number(u64::from(*at));
                }
            }
        }
        texts(writer, &function.capture_names);
        writer.count(function.handlers.len());
        for handler in &function.handlers {
            for number in [handler.start, handler.end, handler.target, u32::from(handler.error)] {
                writer.number(u64::from(number));
            }
            writer.flag(handler.catches);
            writer.count(handler.keep.len());
            handler.keep.iter().for_each(|register| writer.number(u64::from(*register)));
        }
        writer.count(function.spans.len());
        for entry in &function.spans {
            writer.number(u64::from(entry.instruction));
            writer.span(entry.span);
        }
        writer.span(function.span);
        writer.count(self.place_of_source(&function.source));
    }

    fn write_constant(&self, writer: &mut Writer, constant: &Constant) {
        match constant {
            Constant::Int(number) => {
                writer.byte(0);
                writer.word(*number as u64);
            }
            Constant::Float(number) => {
                writer.byte(1);
                writer.word(number.to_bits());
            }
            Constant::Imaginary(number) => {
                writer.byte(2);
                writer.word(number.to_bits());
            }
            Constant::Str(text) => {
                writer.byte(3);
                writer.text(text);
            }
            Constant::Symbol(text) => {
                writer.byte(4);
                writer.text(text);
            }
            Constant::Names(names) => {
                writer.byte(5);
                texts(writer, names);
            }
            Constant::Extern(name) => {
                writer.byte(6);
                writer.text(name);
            }
            Constant::Function(function) => {
                writer.byte(7);
                writer.count(self.place_of(function));
            }
            Constant::Datum(datum) => {
                writer.byte(8);
                write_datum(writer, datum);
            }
        }
    }
}

fn texts(writer: &mut Writer, texts: &[Box<str>]) {
    writer.count(texts.len());
    texts.iter().for_each(|text| writer.text(text));
}

fn write_parameters(writer: &mut Writer, parameters: &Parameters) {
    texts(writer, &parameters.names);
    writer.number(u64::from(parameters.required));
    writer.flag(parameters.rest.is_some());
    if let Some(rest) = &parameters.rest {
        writer.text(rest);
    }
    writer.count(parameters.named.len());
    for named in &parameters.named {
        writer.text(&named.name);
        writer.flag(named.required);
    }
    writer.flag(parameters.takes_named);
}

/// The verifier bounds the depth of quoted data.
fn write_datum(writer: &mut Writer, datum: &Datum) {
    match datum {
        Datum::Null => writer.byte(0),
        Datum::Bool(value) => {
            writer.byte(1);
            writer.flag(*value);
        }
        Datum::Int(number) => {
            writer.byte(2);
            writer.word(*number as u64);
        }
        Datum::Float(number) => {
            writer.byte(3);
            writer.word(number.to_bits());
        }
        Datum::Imaginary(number) => {
            writer.byte(4);
            writer.word(number.to_bits());
        }
        Datum::Str(text) => {
            writer.byte(5);
            writer.text(text);
        }
        Datum::Symbol(text) => {
            writer.byte(6);
            writer.text(text);
        }
        Datum::List(items) => {
            writer.byte(7);
            write_data(writer, items);
        }
        Datum::Record(entries) => {
            writer.byte(8);
            write_entries(writer, entries);
        }
        Datum::Node { head, props, children } => {
            writer.byte(9);
            write_datum(writer, head);
            write_entries(writer, props);
            write_data(writer, children);
        }
    }
}

fn write_data(writer: &mut Writer, data: &[Datum]) {
    writer.count(data.len());
    data.iter().for_each(|datum| write_datum(writer, datum));
}

fn write_entries(writer: &mut Writer, entries: &[DatumEntry]) {
    writer.count(entries.len());
    for entry in entries {
        writer.text(&entry.name);
        write_datum(writer, &entry.value);
    }
}
