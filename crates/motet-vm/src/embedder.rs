//! Functions and types that an embedder brings, as values of programs.
//!
//! A native of the VM is a plain function in a table; one of an embedder may hold what it closes over, so it is an object
//! with a count, which threads share. Neither runs the interpreter.

use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{FieldName, ForeignKind, ForeignObject, SharedForeign, Symbol, Value};
use std::any::Any;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

type Call = dyn Fn(&mut Context<'_>, &[Value]) -> Result<Value> + Send + Sync;

/// A function of the embedder. As a method, it gets the receiver as its first argument.
pub struct EmbedderFunction {
    name: Symbol,
    /// Positional arguments that it takes; a method's receiver is not one of them.
    arity: usize,
    receivers: usize,
    call: Box<Call>,
}

impl EmbedderFunction {
    /// A function of so many arguments.
    pub fn new(
        name: &str,
        arity: usize,
        call: impl Fn(&mut Context<'_>, &[Value]) -> Result<Value> + Send + Sync + 'static,
    ) -> EmbedderFunction {
        EmbedderFunction { name: Symbol::intern(name), arity, receivers: 0, call: Box::new(call) }
    }

    /// A method of so many arguments beside its receiver.
    pub fn method(
        name: &str,
        arity: usize,
        call: impl Fn(&mut Context<'_>, &[Value]) -> Result<Value> + Send + Sync + 'static,
    ) -> EmbedderFunction {
        EmbedderFunction { receivers: 1, ..EmbedderFunction::new(name, arity, call) }
    }

    /// Its name, for messages.
    pub fn name(&self) -> &'static str {
        self.name.as_str()
    }

    pub(crate) fn arity(&self) -> usize {
        self.arity
    }

    /// The function behind a value.
    pub(crate) fn of(value: &Value) -> Option<&EmbedderFunction> {
        value.as_foreign()?.downcast()
    }

    /// Calls it. A panic in it becomes an error of the program: it is shown by the panic hook.
    pub(crate) fn run(&self, context: &mut Context<'_>, arguments: &[Value], names: &[FieldName]) -> Result<Value> {
        let name = self.name();
        if !names.is_empty() {
            return Err(Error::new(ErrorKind::ArityError, format!("{name} takes no named arguments")));
        }
        let given = arguments.len() - self.receivers.min(arguments.len());
        if given != self.arity {
            return Err(Error::arity(name, (self.arity, self.arity), given));
        }
        context.settle(arguments)?;
        catch_unwind(AssertUnwindSafe(|| (self.call)(context, arguments)))
            .unwrap_or_else(|panic| Err(panicked(name, &*panic)))
    }
}

/// The error of a function that panicked, with what the panic said.
fn panicked(name: &str, panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = match text {
        Some(text) => format!("{name} panicked: {text}"),
        None => format!("{name} panicked"),
    };
    Error::new(ErrorKind::Error, message)
}

impl ForeignObject for EmbedderFunction {
    fn kind(&self) -> &'static ForeignKind {
        &FUNCTION
    }

    fn display(&self) -> Option<String> {
        Some(format!("<function {}>", self.name()))
    }
}

static FUNCTION: ForeignKind = ForeignKind::new("Function");
/// The kind of all objects of embedders' types. Which type it is, the object knows: see [`EmbedderType::of`].
static OBJECT: ForeignKind = ForeignKind::new("Object");

/// A type of the embedder: its name, its methods and fields, and what its objects are as values.
pub struct EmbedderType {
    name: Symbol,
    methods: HashMap<Symbol, Arc<EmbedderFunction>>,
    /// What reads the fields, as methods without arguments.
    fields: HashMap<Symbol, Arc<EmbedderFunction>>,
    nature: Nature,
}

/// How objects of a type are compared, hashed, ordered and printed. The functions get the insides of objects.
#[derive(Default)]
pub struct Nature {
    /// Without it each object equals only itself. What is equal has the same hash.
    pub equality: Option<Equality>,
    pub order: Option<Box<Ordered>>,
    pub display: Option<Box<Displayed>>,
}

/// Equality, and the hash that agrees with it.
pub struct Equality {
    pub equals: Box<Equals>,
    pub hash: Box<Hashed>,
}

type Equals = dyn Fn(&dyn Any, &dyn Any) -> bool + Send + Sync;
type Hashed = dyn Fn(&dyn Any) -> u64 + Send + Sync;
type Ordered = dyn Fn(&dyn Any, &dyn Any) -> Option<Ordering> + Send + Sync;
type Displayed = dyn Fn(&dyn Any) -> Option<String> + Send + Sync;

fn by_name(functions: impl IntoIterator<Item = EmbedderFunction>) -> HashMap<Symbol, Arc<EmbedderFunction>> {
    functions.into_iter().map(|function| (function.name, Arc::new(function))).collect()
}

impl EmbedderType {
    /// A type with these methods and fields.
    pub fn new(
        name: &str,
        methods: impl IntoIterator<Item = EmbedderFunction>,
        fields: impl IntoIterator<Item = EmbedderFunction>,
        nature: Nature,
    ) -> EmbedderType {
        EmbedderType { name: Symbol::intern(name), methods: by_name(methods), fields: by_name(fields), nature }
    }

    /// What reads a field of an object, if its type is one of an embedder's.
    pub(crate) fn field_of(object: &Value, name: Symbol) -> Option<Arc<EmbedderFunction>> {
        EmbedderType::of(object)?.fields.get(&name).cloned()
    }

    /// The method that an object has, if its type is one of an embedder's.
    pub(crate) fn method_of(object: &Value, name: Symbol) -> Option<Arc<EmbedderFunction>> {
        EmbedderType::of(object)?.methods.get(&name).cloned()
    }

    /// The names of its methods and fields, for hints.
    pub(crate) fn member_names(&self) -> impl Iterator<Item = &'static str> {
        self.methods.keys().chain(self.fields.keys()).map(|name| name.as_str())
    }

    pub(crate) fn of(object: &Value) -> Option<&Arc<EmbedderType>> {
        EmbedderType::with_insides(object.as_foreign()?.object()).map(|(kind, _)| kind)
    }

    /// The type of an embedder's object, and its insides.
    fn with_insides(object: &dyn ForeignObject) -> Option<(&Arc<EmbedderType>, &dyn Any)> {
        if let Some(local) = object.downcast_ref::<LocalObject>() {
            return Some((&local.kind, &*local.body));
        }
        object.downcast_ref::<SharedObject>().map(|shared| (&shared.kind, &*shared.body as &dyn Any))
    }

    /// The insides of another object, if it is of this type.
    fn insides<'a>(self: &Arc<Self>, other: &'a dyn ForeignObject) -> Option<&'a dyn Any> {
        EmbedderType::with_insides(other).filter(|(kind, _)| Arc::ptr_eq(kind, self)).map(|(_, insides)| insides)
    }

    fn are_equal(self: &Arc<Self>, insides: &dyn Any, other: &dyn ForeignObject) -> Option<bool> {
        let equality = self.nature.equality.as_ref()?;
        Some(self.insides(other).is_some_and(|other| (equality.equals)(insides, other)))
    }

    fn hash(&self, insides: &dyn Any) -> Option<u64> {
        self.nature.equality.as_ref().map(|equality| (equality.hash)(insides))
    }

    fn order(self: &Arc<Self>, insides: &dyn Any, other: &dyn ForeignObject) -> Option<Ordering> {
        self.nature.order.as_ref()?(insides, self.insides(other)?)
    }

    fn display(&self, insides: &dyn Any) -> Option<String> {
        self.nature.display.as_ref()?(insides)
    }
}

/// An object of an embedder's type that belongs to its isolate.
pub struct LocalObject {
    kind: Arc<EmbedderType>,
    body: Box<dyn Any>,
}

/// An object of an embedder's type that any thread may use.
pub struct SharedObject {
    kind: Arc<EmbedderType>,
    body: Arc<dyn Any + Send + Sync>,
}

impl LocalObject {
    /// An object with these insides.
    pub fn new(kind: Arc<EmbedderType>, body: Box<dyn Any>) -> LocalObject {
        LocalObject { kind, body }
    }

    /// The insides, if they are of this type.
    pub fn body<T: 'static>(&self) -> Option<&T> {
        self.body.downcast_ref()
    }
}

impl SharedObject {
    /// An object with these insides.
    pub fn new(kind: Arc<EmbedderType>, body: Arc<dyn Any + Send + Sync>) -> SharedObject {
        SharedObject { kind, body }
    }

    /// The insides, if they are of this type.
    pub fn body<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.body.clone().downcast().ok()
    }
}

impl ForeignObject for LocalObject {
    fn kind(&self) -> &'static ForeignKind {
        &OBJECT
    }

    fn type_name(&self) -> &'static str {
        self.kind.name.as_str()
    }

    fn send(&self) -> std::result::Result<Arc<dyn SharedForeign>, &'static str> {
        Err("an object of a type that belongs to its thread")
    }

    fn equals(&self, other: &dyn ForeignObject) -> bool {
        self.kind.are_equal(&*self.body, other).unwrap_or(false)
    }

    fn hash(&self) -> Option<u64> {
        self.kind.hash(&*self.body)
    }

    fn compare(&self, other: &dyn ForeignObject) -> Option<Ordering> {
        self.kind.order(&*self.body, other)
    }

    fn display(&self) -> Option<String> {
        self.kind.display(&*self.body)
    }
}

impl ForeignObject for SharedObject {
    fn kind(&self) -> &'static ForeignKind {
        &OBJECT
    }

    fn type_name(&self) -> &'static str {
        self.kind.name.as_str()
    }

    fn stands_for(&self) -> Option<u128> {
        Some(Arc::as_ptr(&self.body).addr() as u128)
    }

    fn equals(&self, other: &dyn ForeignObject) -> bool {
        let equal = self.kind.are_equal(&*self.body, other);
        equal.unwrap_or_else(|| other.stands_for() == self.stands_for())
    }

    fn hash(&self) -> Option<u64> {
        self.kind.hash(&*self.body).or_else(|| Some(Arc::as_ptr(&self.body).addr() as u64))
    }

    fn compare(&self, other: &dyn ForeignObject) -> Option<Ordering> {
        self.kind.order(&*self.body, other)
    }

    fn display(&self) -> Option<String> {
        self.kind.display(&*self.body)
    }
}
