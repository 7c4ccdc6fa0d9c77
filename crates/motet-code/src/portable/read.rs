//! Bytes to modules. Each function goes through the verifier, as the compiler's do.

use super::bytes::Reader;
use super::{MARK, PortableModule, VERSION, instruction_set};
use crate::constant::{Constant, Datum, DatumEntry};
use crate::function::{
    Capture, Function, FunctionFlags, FunctionParts, Handler, Module, ModuleImport, ModuleParts, NamedParameter,
    Parameters, SpanEntry,
};
use motet_source::Source;
use std::sync::Arc;

/// Quoted data is nested no deeper: it is read by recursion. The verifier allows the same.
const DEEPEST_DATUM: usize = 600;

/// Why bytes are no modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Which byte.
    pub at: usize,
    pub message: String,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} (at byte {})", self.message, self.at)
    }
}

impl std::error::Error for ReadError {}

type Result<T> = std::result::Result<T, ReadError>;

/// The modules that these bytes are, each behind those that it imports.
pub fn read(bytes: &[u8]) -> Result<Vec<PortableModule>> {
    let mut reader = Reader::new(bytes);
    if reader.take(MARK.len()).ok() != Some(MARK) {
        return Err(ReadError { at: 0, message: "these are no compiled modules".into() });
    }
    let version = reader.number()?;
    if version != VERSION {
        return reader.error(format!("the modules are written in version {version}, and this motet reads {VERSION}"));
    }
    if reader.word()? != instruction_set() {
        return reader.error("the modules are code of another version of motet");
    }
    let sources = reader.all(|reader| {
        let (name, text, gene) = (reader.text()?, reader.text()?, reader.flag()?);
        Ok(Arc::new(Source::new(name, text, gene)))
    })?;
    let mut functions: Vec<Arc<Function>> = Vec::new();
    for _ in 0..reader.count()? {
        let parts = function(&mut reader, &sources, &functions)?;
        match Function::new(parts) {
            Ok(function) => functions.push(Arc::new(function)),
            Err(error) => return reader.error(error.to_string()),
        }
    }
    let mut modules: Vec<PortableModule> = Vec::new();
    for _ in 0..reader.count()? {
        let module = module(&mut reader, &sources, &functions, modules.len())?;
        modules.push(module);
    }
    if reader.is_at_end() { Ok(modules) } else { reader.error("more follows than was said") }
}

fn module(
    reader: &mut Reader<'_>,
    sources: &[Arc<Source>],
    functions: &[Arc<Function>],
    known: usize,
) -> Result<PortableModule> {
    let main = Arc::clone(&functions[reader.index(functions.len(), "function")?]);
    let source = Arc::clone(&sources[reader.index(sources.len(), "source")?]);
    let mut meant = Vec::new();
    let imports = reader.all(|reader| {
        let (path, span) = (reader.text()?, reader.span()?);
        let names = reader.all(|reader| Ok((reader.text()?, reader.span()?)))?;
        meant.push(reader.index(known, "module")?);
        Ok(ModuleImport { path, span, names })
    })?;
    let exports = texts(reader)?.into_vec();
    let spans = imports.iter().flat_map(|import| import.names.iter().map(|(_, span)| span).chain([&import.span]));
    if spans.into_iter().any(|span| source.text.get(span.start as usize..span.end as usize).is_none()) {
        return reader.error("a place lies outside the source");
    }
    match Module::new(ModuleParts { main, source, imports, exports, session: Box::default() }) {
        Ok(module) => Ok(PortableModule { module: Arc::new(module), imports: meant }),
        Err(error) => reader.error(error.to_string()),
    }
}

fn function(reader: &mut Reader<'_>, sources: &[Arc<Source>], functions: &[Arc<Function>]) -> Result<FunctionParts> {
    let name = reader.text()?;
    let parameters = parameters(reader)?;
    let flags = FunctionFlags {
        generator: reader.flag()?,
        asynchronous: reader.flag()?,
        method: reader.flag()?,
        constructor: reader.flag()?,
        mutable_capture: match reader.number()? {
            0 => None,
            at => match u16::try_from(at - 1) {
                Ok(at) => Some(at),
                Err(_) => return reader.error("a number is too large"),
            },
        },
    };
    let registers = reader.small()?;
    let code = reader.all(Reader::word)?.into();
    let constants = reader.all(|reader| constant(reader, functions))?.into();
    let inner = reader.all(|reader| Ok(Arc::clone(&functions[reader.index(functions.len(), "function")?])))?.into();
    let captures: Box<[Capture]> = reader
        .all(|reader| match reader.byte()? {
            0 => Ok(Capture::Register(reader.small()?)),
            1 => Ok(Capture::Captured(reader.small()?)),
            _ => reader.error("unknown kind of capture"),
        })?
        .into();
    let capture_names = texts(reader)?;
    if capture_names.len() != captures.len()
        || flags.mutable_capture.is_some_and(|at| usize::from(at) >= captures.len())
    {
        return reader.error("other names than captures");
    }
    let handlers = reader
        .all(|reader| {
            Ok(Handler {
                start: reader.small()?,
                end: reader.small()?,
                target: reader.small()?,
                error: reader.small()?,
                catches: reader.flag()?,
                keep: reader.all(Reader::small::<u16>)?.into(),
            })
        })?
        .into();
    let spans = reader.all(|reader| Ok(SpanEntry { instruction: reader.small()?, span: reader.span()? }))?.into();
    let span = reader.span()?;
    let source = Arc::clone(&sources[reader.index(sources.len(), "source")?]);
    let functions = inner;
    Ok(FunctionParts {
        name,
        parameters,
        flags,
        registers,
        code,
        constants,
        functions,
        captures,
        capture_names,
        handlers,
        spans,
        span,
        source,
    })
}

fn texts(reader: &mut Reader<'_>) -> Result<Box<[Box<str>]>> {
    Ok(reader.all(Reader::text)?.into())
}

fn parameters(reader: &mut Reader<'_>) -> Result<Parameters> {
    Ok(Parameters {
        names: texts(reader)?,
        required: reader.small()?,
        rest: if reader.flag()? { Some(reader.text()?) } else { None },
        named: reader.all(|reader| Ok(NamedParameter { name: reader.text()?, required: reader.flag()? }))?.into(),
        takes_named: reader.flag()?,
    })
}

fn constant(reader: &mut Reader<'_>, functions: &[Arc<Function>]) -> Result<Constant> {
    Ok(match reader.byte()? {
        0 => Constant::Int(reader.word()? as i64),
        1 => Constant::Float(f64::from_bits(reader.word()?)),
        2 => Constant::Imaginary(f64::from_bits(reader.word()?)),
        3 => Constant::Str(reader.text()?),
        4 => Constant::Symbol(reader.text()?),
        5 => Constant::Names(texts(reader)?),
        6 => Constant::Extern(reader.text()?),
        7 => Constant::Function(Arc::clone(&functions[reader.index(functions.len(), "function")?])),
        8 => Constant::Datum(Box::new(datum(reader, DEEPEST_DATUM)?)),
        _ => return reader.error("unknown kind of constant"),
    })
}

fn datum(reader: &mut Reader<'_>, depth: usize) -> Result<Datum> {
    let Some(inside) = depth.checked_sub(1) else { return reader.error("quoted data is nested too deep") };
    Ok(match reader.byte()? {
        0 => Datum::Null,
        1 => Datum::Bool(reader.flag()?),
        2 => Datum::Int(reader.word()? as i64),
        3 => Datum::Float(f64::from_bits(reader.word()?)),
        4 => Datum::Imaginary(f64::from_bits(reader.word()?)),
        5 => Datum::Str(reader.text()?),
        6 => Datum::Symbol(reader.text()?),
        7 => Datum::List(reader.all(|reader| datum(reader, inside))?),
        8 => Datum::Record(entries(reader, inside)?),
        9 => Datum::Node {
            head: Box::new(datum(reader, inside)?),
            props: entries(reader, inside)?,
            children: reader.all(|reader| datum(reader, inside))?,
        },
        _ => return reader.error("unknown kind of data"),
    })
}

fn entries(reader: &mut Reader<'_>, depth: usize) -> Result<Vec<DatumEntry>> {
    reader.all(|reader| Ok(DatumEntry { name: reader.text()?, value: datum(reader, depth)? }))
}
