//! The official suite as programs for the lanes: a process for each file, in which all of its modules live and its calls are
//! made in their order.

use std::collections::HashMap;
use std::sync::Arc;

use motet_lanes::Trap;
use motet_lanes::modules::{Call, Image, Instance, Item, LinkError, Linker};
use motet_middle::{Import, Module, Type};
use wast::core::{NanPattern, WastArgCore, WastRetCore};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

/// What the suite's modules may import.
const HOST: &str = r#"(module
    (global (export "global_i32") i32 (i32.const 666))
    (global (export "global_i64") i64 (i64.const 666))
    (global (export "global_f32") f32 (f32.const 666.6))
    (global (export "global_f64") f64 (f64.const 666.6))
    (table (export "table") 10 20 funcref)
    (memory (export "memory") 1 2)
    (func (export "print"))
    (func (export "print_i32") (param i32))
    (func (export "print_i64") (param i64))
    (func (export "print_f32") (param f32))
    (func (export "print_f64") (param f64))
    (func (export "print_i32_f32") (param i32 f32))
    (func (export "print_f64_f64") (param f64 f64)))"#;

/// Memories of a file's modules together.
const MEMORIES: u32 = 512;

/// What a directive must show, once the process has ended.
enum Check {
    Returns(Call, Vec<Expected>),
    Traps(Call, String),
    Exhausts(Call),
}

/// A result that is asked for.
#[derive(Debug)]
enum Expected {
    Bits(u64),
    CanonicalNan32,
    CanonicalNan64,
    ArithmeticNan32,
    ArithmeticNan64,
    Something,
}

/// How many directives of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub returns: usize,
    pub traps: usize,
    pub exhaustions: usize,
    pub invalid: usize,
    pub malformed: usize,
    pub unlinkable: usize,
}

/// A file, translated.
pub struct Script {
    pub name: String,
    pub image: Arc<Image>,
    checks: Vec<(usize, Check)>,
    /// What was wrong before anything ran, by line.
    pub failures: Vec<(usize, String)>,
    pub counts: Counts,
}

struct Translator<'t> {
    text: &'t str,
    linker: Linker,
    change: &'t dyn Fn(&mut Module),
    named: HashMap<String, Instance>,
    registered: HashMap<String, Instance>,
    current: Option<Instance>,
    definitions: HashMap<String, Arc<Module>>,
    checks: Vec<(usize, Check)>,
    failures: Vec<(usize, String)>,
    counts: Counts,
}

/// Translates a file. `change` may change each module.
pub fn translate(name: &str, text: &str, change: &dyn Fn(&mut Module)) -> Script {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).unwrap_or_else(|error| panic!("{name}: {error}"));
    let script = parser::parse::<Wast<'_>>(&buffer).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut translator = Translator {
        text,
        linker: Linker::new(MEMORIES),
        change,
        named: HashMap::new(),
        registered: HashMap::new(),
        current: None,
        definitions: HashMap::new(),
        checks: Vec::new(),
        failures: Vec::new(),
        counts: Counts::default(),
    };
    let host = motet_wasm::read(&motet_wasm::from_text("host", HOST).unwrap()).unwrap();
    let (host, _) = translator.linker.instantiate(&Arc::new(host), |_| None, false).unwrap();
    translator.registered.insert("spectest".to_owned(), host);
    for directive in script.directives {
        let line = directive.span().linecol_in(text).0 + 1;
        if let Err(failure) = translator.directive(line, directive) {
            translator.failures.push((line, failure));
        }
    }
    Script {
        name: name.to_owned(),
        image: Arc::new(translator.linker.finish()),
        checks: translator.checks,
        failures: translator.failures,
        counts: translator.counts,
    }
}

impl Translator<'_> {
    fn directive(&mut self, line: usize, directive: WastDirective<'_>) -> Result<(), String> {
        match directive {
            WastDirective::Module(mut module) => {
                self.current = None;
                let name = name_of(&module).map(|id| id.name().to_owned());
                let module = self.read(module.encode())?;
                self.instantiate(&module, name, line)
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = name_of(&module).map(|id| id.name().to_owned());
                let module = self.read(module.encode())?;
                self.definitions.insert(name.unwrap_or_default(), module);
                Ok(())
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let of = module.map(|id| id.name().to_owned()).unwrap_or_default();
                let module = Arc::clone(self.definitions.get(&of).ok_or("no such definition")?);
                self.instantiate(&module, instance.map(|id| id.name().to_owned()), line)
            }
            WastDirective::AssertMalformed { mut module, .. } => {
                self.counts.malformed += 1;
                match self.read(module.encode()) {
                    Err(_) => Ok(()),
                    Ok(_) => Err("a malformed module was read".to_owned()),
                }
            }
            WastDirective::AssertInvalid { mut module, .. } => {
                self.counts.invalid += 1;
                match self.read(module.encode()) {
                    Err(_) => Ok(()),
                    Ok(_) => Err("an invalid module was read".to_owned()),
                }
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                self.registered.insert(name.to_owned(), instance);
                Ok(())
            }
            WastDirective::Invoke(invoke) => {
                let call = self.invoke(&invoke)?;
                let nothing = call.types.iter().map(|_| Expected::Something).collect();
                self.checks.push((line, Check::Returns(call, nothing)));
                Ok(())
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                self.counts.returns += 1;
                let call = self.execute(exec)?;
                self.checks.push((line, Check::Returns(call, results.iter().map(expected).collect())));
                Ok(())
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                self.counts.traps += 1;
                let call = self.execute(exec)?;
                self.checks.push((line, Check::Traps(call, message.to_owned())));
                Ok(())
            }
            WastDirective::AssertExhaustion { call, .. } => {
                self.counts.exhaustions += 1;
                let call = self.invoke(&call)?;
                self.checks.push((line, Check::Exhausts(call)));
                Ok(())
            }
            WastDirective::AssertUnlinkable { mut module, message, .. } => {
                self.counts.unlinkable += 1;
                let module = self.read(module.encode())?;
                match self.link(&module) {
                    Err(LinkError::UnknownImport { .. } | LinkError::IncompatibleImport { .. }) => Ok(()),
                    Err(other) => Err(other.to_string()),
                    // The sizes of what is imported are known when the instance is set up.
                    Ok((_, call)) => {
                        self.checks.push((line, Check::Traps(call, message.to_owned())));
                        Ok(())
                    }
                }
            }
            other => Err(format!("the directive {other:?} is not known here")),
        }
    }

    fn read(&self, bytes: Result<Vec<u8>, wast::Error>) -> Result<Arc<Module>, String> {
        let bytes = bytes.map_err(|error| error.message())?;
        let mut module = motet_wasm::read(&bytes).map_err(|error| error.to_string())?;
        (self.change)(&mut module);
        Ok(Arc::new(module))
    }

    fn link(&mut self, module: &Arc<Module>) -> Result<(Instance, Call), LinkError> {
        let mut items: HashMap<(String, String), Item> = HashMap::new();
        for (from, &instance) in &self.registered {
            for import in imports(module).filter(|import| import.module == *from) {
                if let Some(item) = self.linker.export(instance, &import.name) {
                    items.insert((import.module.clone(), import.name.clone()), item);
                }
            }
        }
        let resolve = |import: &Import| items.get(&(import.module.clone(), import.name.clone())).cloned();
        self.linker.instantiate(module, resolve, true)
    }

    fn instantiate(&mut self, module: &Arc<Module>, name: Option<String>, line: usize) -> Result<(), String> {
        let (instance, call) = self.link(module).map_err(|error| error.to_string())?;
        self.checks.push((line, Check::Returns(call, Vec::new())));
        self.current = Some(instance);
        if let Some(name) = name {
            self.named.insert(name, instance);
        }
        Ok(())
    }

    fn instance(&self, id: Option<Id<'_>>) -> Result<Instance, String> {
        match id {
            None => self.current.ok_or_else(|| "the module could not be instantiated".to_owned()),
            Some(id) => self.named.get(id.name()).copied().ok_or_else(|| format!("no instance `{}`", id.name())),
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Call, String> {
        let instance = self.instance(invoke.module)?;
        match self.linker.export(instance, invoke.name) {
            Some(Item::Function(function, signature)) => {
                let arguments: Vec<u64> = invoke.args.iter().map(argument).collect();
                assert_eq!(arguments.len(), signature.parameters.len(), "{}", self.text.len());
                Ok(self.linker.call(function, &arguments, true))
            }
            _ => Err(format!("no function `{}`", invoke.name)),
        }
    }

    fn execute(&mut self, execute: WastExecute<'_>) -> Result<Call, String> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(mut module) => {
                let module = self.read(module.encode())?;
                self.link(&module).map(|(_, call)| call).map_err(|error| error.to_string())
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                match self.linker.export(instance, global) {
                    Some(Item::Global(global)) => Ok(self.linker.read_global(global)),
                    _ => Err(format!("no global `{global}`")),
                }
            }
        }
    }
}

fn name_of<'a>(module: &QuoteWat<'a>) -> Option<Id<'a>> {
    match module {
        QuoteWat::Wat(Wat::Module(module)) => module.id,
        _ => None,
    }
}

fn imports(module: &Module) -> impl Iterator<Item = &Import> {
    let functions = module.functions.iter().filter_map(|(_, function)| match function {
        motet_middle::FunctionKind::Imported(import) => Some(import),
        motet_middle::FunctionKind::Defined(_) => None,
    });
    functions
        .chain(module.tables.iter().filter_map(|table| table.import.as_ref()))
        .chain(module.memories.iter().filter_map(|memory| memory.import.as_ref()))
        .chain(module.globals.iter().filter_map(|global| global.import.as_ref()))
}

fn argument(argument: &WastArg<'_>) -> u64 {
    match argument {
        WastArg::Core(WastArgCore::I32(value)) => u64::from(value.cast_unsigned()),
        WastArg::Core(WastArgCore::I64(value)) => value.cast_unsigned(),
        WastArg::Core(WastArgCore::F32(value)) => u64::from(value.bits),
        WastArg::Core(WastArgCore::F64(value)) => value.bits,
        WastArg::Core(WastArgCore::RefNull(_)) => 0,
        WastArg::Core(WastArgCore::RefExtern(value)) => u64::from(*value) + 1,
        other => panic!("the argument {other:?} is not known here"),
    }
}

fn expected(result: &WastRet<'_>) -> Expected {
    match result {
        WastRet::Core(WastRetCore::I32(value)) => Expected::Bits(u64::from(value.cast_unsigned())),
        WastRet::Core(WastRetCore::I64(value)) => Expected::Bits(value.cast_unsigned()),
        WastRet::Core(WastRetCore::F32(NanPattern::Value(value))) => Expected::Bits(u64::from(value.bits)),
        WastRet::Core(WastRetCore::F64(NanPattern::Value(value))) => Expected::Bits(value.bits),
        WastRet::Core(WastRetCore::F32(NanPattern::CanonicalNan)) => Expected::CanonicalNan32,
        WastRet::Core(WastRetCore::F64(NanPattern::CanonicalNan)) => Expected::CanonicalNan64,
        WastRet::Core(WastRetCore::F32(NanPattern::ArithmeticNan)) => Expected::ArithmeticNan32,
        WastRet::Core(WastRetCore::F64(NanPattern::ArithmeticNan)) => Expected::ArithmeticNan64,
        WastRet::Core(WastRetCore::RefNull(_)) => Expected::Bits(0),
        WastRet::Core(WastRetCore::RefExtern(Some(value))) => Expected::Bits(u64::from(*value) + 1),
        WastRet::Core(WastRetCore::RefExtern(None) | WastRetCore::RefFunc(_)) => Expected::Something,
        other => panic!("the result {other:?} is not known here"),
    }
}

impl Expected {
    fn is(&self, bits: u64, of: Type) -> bool {
        match *self {
            Expected::Bits(expected) => bits == expected,
            Expected::CanonicalNan32 => bits & 0x7FFF_FFFF == 0x7FC0_0000,
            Expected::CanonicalNan64 => bits & !(1 << 63) == 0x7FF8_0000_0000_0000,
            Expected::ArithmeticNan32 => bits & 0x7FC0_0000 == 0x7FC0_0000,
            Expected::ArithmeticNan64 => bits & 0x7FF8_0000_0000_0000 == 0x7FF8_0000_0000_0000,
            Expected::Something => !of.is_reference() || bits != 0,
        }
    }
}

impl Script {
    /// What is wrong, by line, now that the process has ended.
    /// `results` tells what a call gave.
    pub fn failures_of(&self, results: impl Fn(&Call) -> Option<Result<Vec<u64>, Trap>>) -> Vec<(usize, String)> {
        let mut failures = self.failures.clone();
        for (line, check) in &self.checks {
            let call = match check {
                Check::Returns(call, _) | Check::Traps(call, _) | Check::Exhausts(call) => call,
            };
            let found = results(call).expect("the process has ended");
            let right = match (check, &found) {
                (Check::Returns(call, expected), Ok(results)) => {
                    expected.iter().zip(results).zip(&call.types).all(|((expected, &bits), &of)| expected.is(bits, of))
                        && (expected.len() == results.len() || expected.is_empty())
                }
                (Check::Traps(_, message), Err(trap)) => {
                    let text = trap.to_string();
                    message.starts_with(&text) || text.starts_with(message)
                }
                (Check::Exhausts(_), Err(trap)) => *trap == Trap::CallStackExhausted,
                _ => false,
            };
            if !right {
                let wanted = match check {
                    Check::Returns(_, expected) => format!("{expected:x?}"),
                    Check::Traps(_, message) => format!("the trap `{message}`"),
                    Check::Exhausts(_) => "an exhausted stack".to_owned(),
                };
                let found = match found {
                    Ok(results) => format!("{results:x?}"),
                    Err(trap) => format!("the trap `{trap}`"),
                };
                failures.push((*line, format!("gives {found} instead of {wanted}")));
            }
        }
        failures
    }
}
