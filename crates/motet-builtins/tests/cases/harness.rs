//! Runs natives: calls them, gives callbacks and generators what they ask for.

use super::expression::{self, Expression};
use motet_vm::builtins::{Builtins, Library};
use motet_vm::memory::{
    FieldName, ForeignKind, ForeignObject, Heap, HoldsValues, Notation, PrintOptions, Symbol, Value, print_value,
};
use motet_vm::native::{Arguments, CallArguments, Keywords, NativeFunction, Outcome};
use motet_vm::{Body, Context, Error, ErrorKind, MainIsolate, Result, Settings};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Output that the test can read.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test panics with the lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What stands for a generator where there is no interpreter.
struct Script {
    values: RefCell<std::vec::IntoIter<Value>>,
    /// It starts again at its end.
    is_endless: bool,
}

static SCRIPT: ForeignKind = ForeignKind::new("Generator");

impl ForeignObject for Script {
    fn kind(&self) -> &'static ForeignKind {
        &SCRIPT
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        None
    }
}

pub(super) struct Harness {
    isolate: MainIsolate,
    pub builtins: Arc<Builtins>,
    output: Output,
    variables: HashMap<String, Value>,
    /// Names of the natives that were called.
    pub called: HashSet<&'static str>,
}

impl Harness {
    pub fn new(libraries: &'static [&'static Library]) -> Harness {
        let output = Output::default();
        let builtins = Builtins::with(libraries);
        let isolate = MainIsolate::new(builtins.clone(), Arc::new(Settings::default()), Box::new(output.clone()));
        Harness { isolate, builtins, output, variables: HashMap::new(), called: HashSet::new() }
    }

    /// What a case gives, as its file shows it.
    pub fn run(&mut self, source: &str) -> String {
        self.variables.clear();
        let mut result = Ok(Value::NULL);
        for statement in expression::parse(source) {
            result = self.evaluate(&statement);
            if result.is_err() {
                break;
            }
        }
        let printed = std::mem::take(&mut *self.output.0.lock().expect("no test panics with the lock"));
        let printed = String::from_utf8(printed).expect("output is UTF-8");
        let mut text = if printed.is_empty() { String::new() } else { format!("printed {printed:?}\n") };
        text.push_str(&match result {
            Ok(value) => print_value(&value, &PrintOptions::quoted(Notation::Soc)),
            Err(error) => show(error),
        });
        text
    }

    fn evaluate(&mut self, expression: &Expression) -> Result<Value> {
        let heap = self.isolate.heap();
        Ok(match expression {
            Expression::Null => Value::NULL,
            Expression::Bool(value) => Value::bool(*value),
            Expression::Int(value) => Value::int(*value),
            Expression::Float(value) => Value::float(*value),
            Expression::Imaginary(value) => heap.complex(0.0, *value),
            Expression::Text(text) => heap.string(text),
            Expression::Symbol(name) => Value::symbol(Symbol::intern(name)),
            Expression::Range { start, end, is_inclusive } => heap.range(*start, *end, 1, *is_inclusive),
            Expression::List(items) => {
                let items = items.iter().map(|item| self.evaluate(item)).collect::<Result<Vec<_>>>()?;
                self.isolate.heap().list(items)
            }
            Expression::Record(entries) => {
                let record = heap.record(0);
                for (name, value) in entries {
                    let value = self.evaluate(value)?;
                    let fields = record.as_record().expect("just made");
                    fields.set(Symbol::intern(name), value, self.isolate.heap()).expect("just made");
                }
                record
            }
            Expression::Name(name) => self.name(name)?,
            Expression::Assign(name, value) => {
                let value = self.evaluate(value)?;
                self.variables.insert(name.clone(), value.clone());
                value
            }
            Expression::Call { function, arguments } if **function == Expression::Name("generate".into()) => {
                self.generator(arguments)?
            }
            Expression::Call { function, arguments } => {
                let function = self.evaluate(function)?;
                let (values, names) = self.arguments(arguments)?;
                self.call(&function, values, &names)?
            }
            Expression::Field { receiver, name } => {
                let receiver = self.evaluate(receiver)?;
                let name = Symbol::intern(name);
                let own = receiver.as_fields().and_then(|fields| fields.get(name));
                let member = own.or_else(|| receiver.as_class().and_then(|class| class.static_value(name)));
                member.ok_or_else(|| Error::new(ErrorKind::NameError, "no such field"))?
            }
            Expression::Method { receiver, name, arguments } => {
                if let Some(native) = self.of_module(receiver, name) {
                    let (values, names) = self.arguments(arguments)?;
                    return self.call(&native, values, &names);
                }
                let receiver = self.evaluate(receiver)?;
                let (mut values, names) = self.arguments(arguments)?;
                let symbol = Symbol::intern(name);
                let own = receiver.as_fields().and_then(|fields| fields.get(symbol));
                if let Some(member) = own.or_else(|| receiver.as_class().and_then(|class| class.static_value(symbol))) {
                    return self.call(&member, values, &names);
                }
                let native = self
                    .builtins
                    .method_of(&receiver, symbol)
                    .ok_or_else(|| Error::new(ErrorKind::NameError, format!("there is no method {name}")))?;
                values.insert(0, receiver);
                self.call(&native.value(), values, &names)?
            }
        })
    }

    /// The native of a native module, `module.name(…)`.
    fn of_module(&self, receiver: &Expression, name: &str) -> Option<Value> {
        let Expression::Name(module) = receiver else { return None };
        self.builtins.module(module)?;
        self.builtins.extern_value(&format!("std:{module}/{name}"))
    }

    /// `generate(1, 2)` is a generator of these values, `generate(1, endless: true)` one that starts again.
    fn generator(&mut self, arguments: &[(Option<String>, Expression)]) -> Result<Value> {
        let (mut values, names) = self.arguments(arguments)?;
        values.truncate(values.len() - names.len());
        let script = Script { values: RefCell::new(values.into_iter()), is_endless: !names.is_empty() };
        Ok(self.isolate.heap().generator(Box::new(script)))
    }

    fn name(&self, name: &str) -> Result<Value> {
        if let Some(value) = self.variables.get(name) {
            return Ok(value.clone());
        }
        if let Some(native) = CALLBACKS.iter().find(|native| native.name == name) {
            return Ok(native.value());
        }
        self.builtins
            .extern_value(name)
            .ok_or_else(|| Error::new(ErrorKind::NameError, format!("there is no builtin named {name}")))
    }

    fn arguments(&mut self, arguments: &[(Option<String>, Expression)]) -> Result<(Vec<Value>, Vec<FieldName>)> {
        let mut values = Vec::new();
        let mut names = Vec::new();
        for (name, value) in arguments {
            values.push(self.evaluate(value)?);
            names.extend(name.as_ref().map(|name| Symbol::intern(name).into()));
        }
        Ok((values, names))
    }

    /// Calls natives, bound methods, and classes with a native constructor.
    fn call(&mut self, function: &Value, mut values: Vec<Value>, names: &[FieldName]) -> Result<Value> {
        if let Some(bound) = function.as_bound_method() {
            values.insert(0, bound.receiver.clone());
            return self.call(&bound.function.clone(), values, names);
        }
        if let Some(class) = function.as_class() {
            if let Some(native) = class.static_value(Symbol::intern("%new")) {
                values.insert(0, function.clone());
                return self.call(&native, values, names);
            }
            values.insert(0, self.isolate.heap().instance(function));
            let constructor = class.method(Symbol::intern("ctor")).expect("a builtin class has a constructor");
            return self.call(&constructor, values, names);
        }
        let native = NativeFunction::of(function).ok_or_else(|| Error::type_error("that is not a function"))?;
        self.called.insert(native.name);
        let arguments = Arguments::new(&values, names);
        native.check_arguments(&arguments)?;
        let mut outcome = (native.call)(&mut self.isolate.context(), arguments);
        loop {
            let (result, then) = match outcome? {
                Outcome::Return(value) => return Ok(value),
                Outcome::TailCall { function, arguments } => return self.call(&function, list(arguments), &[]),
                Outcome::Call { function, arguments, then } => (self.call(&function, list(arguments), &[]), then),
                Outcome::Next { generator, then } => (Ok(next(&generator)), then),
                Outcome::Await { .. } | Outcome::Wait { .. } => panic!("{} awaits", native.name),
            };
            let context = &mut self.isolate.context();
            let mut traced = 0;
            then.trace(&mut |_| traced += 1);
            outcome = match result {
                Ok(value) => then.resume(context, value),
                Err(error) => then.failed(context, error),
            };
        }
    }
}

fn list(arguments: CallArguments) -> Vec<Value> {
    match arguments {
        CallArguments::None => vec![],
        CallArguments::One(a) => vec![a],
        CallArguments::Two(a, b) => vec![a, b],
        CallArguments::Three(a, b, c) => vec![a, b, c],
        CallArguments::Many(values) => values,
    }
}

fn next(generator: &Value) -> Value {
    let script: &Script =
        generator.as_foreign().and_then(|foreign| foreign.downcast()).expect("a generator of the test");
    let value = script.values.borrow_mut().next();
    match value {
        Some(value) if script.is_endless => {
            *script.values.borrow_mut() = vec![value.clone()].into_iter();
            value
        }
        value => value.unwrap_or(Value::MISSING),
    }
}

fn show(error: Error) -> String {
    let line = error.to_string();
    match error.into_body() {
        Body::Raised { kind, message, hint: None } => format!("{}: {message}", kind.name()),
        Body::Raised { kind, message, hint: Some(hint) } => format!("{}: {message} ({hint})", kind.name()),
        Body::Thrown(value) => {
            let hint = value.as_instance().and_then(|fields| fields.get(Symbol::intern("%hint")));
            hint.as_ref().and_then(Value::as_str).map_or(line.clone(), |hint| format!("{line} ({hint})"))
        }
    }
}

type Callback = fn(&Heap, &[Value]) -> Result<Value>;

const fn callback(
    name: &'static str,
    arity: usize,
    call: fn(&mut Context<'_>, Arguments<'_>) -> Result<Outcome>,
) -> NativeFunction {
    NativeFunction {
        name,
        signature: name,
        documentation: "",
        arity: (arity, arity),
        keywords: Keywords::None,
        pure: None,
        note: None,
        call,
    }
}

fn answer(context: &mut Context<'_>, arguments: Arguments<'_>, call: Callback) -> Result<Outcome> {
    call(context.heap(), arguments.positional()).map(Outcome::Return)
}

fn number(value: &Value) -> Result<f64> {
    value.as_number().ok_or_else(|| Error::type_error("the callback wants a number"))
}

fn whole(value: &Value) -> Result<i64> {
    value.as_int().ok_or_else(|| Error::type_error("the callback wants an integer"))
}

/// What cases use as callbacks.
static CALLBACKS: &[NativeFunction] = &[
    callback("double", 1, |c, a| answer(c, a, |_, v| Ok(Value::int(whole(&v[0])? * 2)))),
    callback("even", 1, |c, a| answer(c, a, |_, v| Ok(Value::bool(whole(&v[0])? % 2 == 0)))),
    callback("plus", 2, |c, a| answer(c, a, |_, v| Ok(Value::int(whole(&v[0])? + whole(&v[1])?)))),
    callback("plus3", 3, |c, a| answer(c, a, |_, v| Ok(Value::int(whole(&v[0])? + whole(&v[1])? + whole(&v[2])?)))),
    callback("pair", 2, |c, a| answer(c, a, |heap, v| Ok(heap.list(v.to_vec())))),
    callback("twice", 1, |c, a| answer(c, a, |heap, v| Ok(heap.list(vec![v[0].clone(), v[0].clone()])))),
    callback("below", 2, |c, a| answer(c, a, |_, v| Ok(Value::bool(number(&v[0])? < number(&v[1])?)))),
    callback("minus", 2, |c, a| answer(c, a, |_, v| Ok(Value::float(number(&v[0])? - number(&v[1])?)))),
    callback("nothing", 2, |c, a| answer(c, a, |_, _| Ok(Value::NULL))),
    callback("last_digit", 1, |c, a| answer(c, a, |_, v| Ok(Value::int(whole(&v[0])? % 10)))),
    callback("positive_or_null", 1, |c, a| {
        answer(c, a, |_, v| Ok(if whole(&v[0])? > 0 { v[0].clone() } else { Value::NULL }))
    }),
    callback("fails", 1, |c, a| answer(c, a, |_, _| Err(Error::new(ErrorKind::ValueError, "the callback failed")))),
    callback("seven", 0, |c, a| answer(c, a, |_, _| Ok(Value::int(7)))),
];
