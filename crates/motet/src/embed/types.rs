//! Types of Rust as types of programs: opaque objects with methods.
//!
//! What may cross threads follows from Rust's own rules: objects of any type belong to the isolate that made them; those of
//! a type that is `Send` and `Sync` may be declared shared, and then all threads use the same object.

use super::Vm;
use super::arity::for_each_arity;
use super::function::{Method, MethodMut, argument};
use super::value::FromValue;
use super::value::Value;
use motet_vm::embedder::{EmbedderFunction, EmbedderType, Equality, LocalObject, Nature, SharedObject};
use motet_vm::memory::{Heap, Value as Raw};
use motet_vm::{Error, ErrorKind};
use std::any::Any;
use std::cell::RefCell;
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

/// Declares a type whose objects belong to the isolate that made them. See [`Vm::type_`].
pub struct TypeBuilder<'vm, T> {
    vm: &'vm Vm,
    name: String,
    methods: Vec<EmbedderFunction>,
    fields: Vec<EmbedderFunction>,
    nature: Nature,
    object: PhantomData<fn(T)>,
}

/// Declares a type whose objects all threads share. See [`Vm::shared_type`].
pub struct SharedTypeBuilder<'vm, T> {
    vm: &'vm Vm,
    name: String,
    methods: Vec<EmbedderFunction>,
    fields: Vec<EmbedderFunction>,
    nature: Nature,
    object: PhantomData<fn(T)>,
}

fn wrong_receiver(type_name: &str) -> Error {
    Error::type_error(format!("this is a method of {type_name}"))
}

impl<'vm, T: 'static> TypeBuilder<'vm, T> {
    pub(super) fn new(vm: &'vm Vm, name: &str) -> TypeBuilder<'vm, T> {
        TypeBuilder {
            vm,
            name: name.to_owned(),
            methods: Vec::new(),
            fields: Vec::new(),
            nature: Nature::default(),
            object: PhantomData,
        }
    }

    /// A function that gets the object before its arguments.
    fn function<R>(
        &self,
        name: &str,
        arity: usize,
        call: impl Fn(&RefCell<T>, &[Raw], &Heap) -> Result<R, Error> + Send + Sync + 'static,
    ) -> EmbedderFunction
    where
        R: Into<Raw>,
    {
        let type_name = self.name.clone();
        EmbedderFunction::method(name, arity, move |context, arguments| {
            let object = arguments[0].as_foreign().and_then(|foreign| foreign.downcast::<LocalObject>());
            let body =
                object.and_then(|object| object.body::<RefCell<T>>()).ok_or_else(|| wrong_receiver(&type_name))?;
            call(body, &arguments[1..], context.heap()).map(Into::into)
        })
    }

    /// A field that programs read: `object.name`.
    pub fn field<A, R>(mut self, name: &str, read: impl Method<T, A, R>) -> TypeBuilder<'vm, T> {
        let named = name.to_owned();
        let field = self.function(name, 0, move |object, arguments, heap| {
            let object = object.try_borrow().map_err(|_| in_use(&named))?;
            read.call(&object, arguments, &named, heap)
        });
        self.fields.push(field);
        self
    }

    /// Objects are equal as Rust says, in `==`, as elements that are looked for and as keys of maps.
    pub fn equality(mut self) -> TypeBuilder<'vm, T>
    where
        T: Eq + Hash,
    {
        self.nature.equality = Some(equality_of::<T>(|object, then| {
            if let Some(object) = object.downcast_ref::<RefCell<T>>().and_then(|object| object.try_borrow().ok()) {
                then(&object);
            }
        }));
        self
    }

    /// Objects are ordered as Rust says, in `<`, `sort`, `min` and `max`.
    pub fn order(mut self) -> TypeBuilder<'vm, T>
    where
        T: PartialOrd,
    {
        self.nature.order = Some(Box::new(|a, b| {
            let (a, b) = (a.downcast_ref::<RefCell<T>>()?, b.downcast_ref::<RefCell<T>>()?);
            a.try_borrow().ok()?.partial_cmp(&*b.try_borrow().ok()?)
        }));
        self
    }

    /// Objects print as Rust says.
    pub fn display(mut self) -> TypeBuilder<'vm, T>
    where
        T: Display,
    {
        self.nature.display =
            Some(Box::new(|body| Some(body.downcast_ref::<RefCell<T>>()?.try_borrow().ok()?.to_string())));
        self
    }

    /// A method that reads the object.
    pub fn method<A, R>(mut self, name: &str, method: impl Method<T, A, R>) -> TypeBuilder<'vm, T> {
        let arity = arity_of(&method);
        let named = name.to_owned();
        let method = self.function(name, arity, move |object, arguments, heap| {
            let object = object.try_borrow().map_err(|_| in_use(&named))?;
            method.call(&object, arguments, &named, heap)
        });
        self.methods.push(method);
        self
    }

    /// A method that changes the object.
    pub fn method_mut<A, R>(mut self, name: &str, method: impl MethodMut<T, A, R>) -> TypeBuilder<'vm, T> {
        let arity = arity_of_mut(&method);
        let named = name.to_owned();
        let method = self.function(name, arity, move |object, arguments, heap| {
            let mut object = object.try_borrow_mut().map_err(|_| in_use(&named))?;
            method.call(&mut object, arguments, &named, heap)
        });
        self.methods.push(method);
        self
    }

    /// Declares the type; programs make objects by calling it, with the arguments of `make`.
    pub fn constructor<A>(self, make: impl Constructor<T, A>) {
        let TypeBuilder { vm, name, methods, fields, nature, .. } = self;
        let kind = Arc::new(EmbedderType::new(&name, methods, fields, nature));
        let function = make.into_host(&name, move |object, heap| {
            heap.foreign(Box::new(LocalObject::new(kind.clone(), Box::new(RefCell::new(object)))))
        });
        vm.add_function(&name, function);
    }
}

impl<'vm, T: Send + Sync + 'static> SharedTypeBuilder<'vm, T> {
    pub(super) fn new(vm: &'vm Vm, name: &str) -> SharedTypeBuilder<'vm, T> {
        SharedTypeBuilder {
            vm,
            name: name.to_owned(),
            methods: Vec::new(),
            fields: Vec::new(),
            nature: Nature::default(),
            object: PhantomData,
        }
    }

    /// A method. Several threads may call it at once, as `Sync` allows.
    pub fn method<A, R>(mut self, name: &str, method: impl Method<T, A, R>) -> SharedTypeBuilder<'vm, T> {
        let arity = arity_of(&method);
        let method = self.function(name, arity, method);
        self.methods.push(method);
        self
    }

    /// A function that gets the object before its arguments.
    fn function<A, R>(&self, name: &str, arity: usize, method: impl Method<T, A, R>) -> EmbedderFunction {
        let (named, type_name) = (name.to_owned(), self.name.clone());
        EmbedderFunction::method(name, arity, move |context, arguments| {
            let body = shared_body::<T>(&arguments[0]).ok_or_else(|| wrong_receiver(&type_name))?;
            method.call(&body, &arguments[1..], &named, context.heap())
        })
    }

    /// A field that programs read: `object.name`.
    pub fn field<A, R>(mut self, name: &str, read: impl Method<T, A, R>) -> SharedTypeBuilder<'vm, T> {
        let field = self.function(name, 0, read);
        self.fields.push(field);
        self
    }

    /// Objects are equal as Rust says, in `==`, as elements that are looked for and as keys of maps.
    pub fn equality(mut self) -> SharedTypeBuilder<'vm, T>
    where
        T: Eq + Hash,
    {
        self.nature.equality = Some(equality_of::<T>(|object, then| {
            if let Some(object) = object.downcast_ref::<T>() {
                then(object);
            }
        }));
        self
    }

    /// Objects are ordered as Rust says, in `<`, `sort`, `min` and `max`.
    pub fn order(mut self) -> SharedTypeBuilder<'vm, T>
    where
        T: PartialOrd,
    {
        self.nature.order = Some(Box::new(|a, b| a.downcast_ref::<T>()?.partial_cmp(b.downcast_ref::<T>()?)));
        self
    }

    /// Objects print as Rust says.
    pub fn display(mut self) -> SharedTypeBuilder<'vm, T>
    where
        T: Display,
    {
        self.nature.display = Some(Box::new(|body| Some(body.downcast_ref::<T>()?.to_string())));
        self
    }

    /// Declares the type; programs make objects by calling it, with the arguments of `make`.
    pub fn constructor<A>(self, make: impl Constructor<T, A>) -> SharedType<T> {
        let SharedTypeBuilder { vm, name, methods, fields, nature, .. } = self;
        let kind = Arc::new(EmbedderType::new(&name, methods, fields, nature));
        let shared = SharedType { kind: kind.clone(), object: PhantomData };
        let function = make.into_host(&name, move |object, heap| {
            heap.shared_foreign(Arc::new(SharedObject::new(kind.clone(), Arc::new(object))))
        });
        vm.add_function(&name, function);
        shared
    }

    /// Declares the type without a way for programs to make objects: the embedder gives them.
    pub fn build(self) -> SharedType<T> {
        let kind = Arc::new(EmbedderType::new(&self.name, self.methods, self.fields, self.nature));
        SharedType { kind, object: PhantomData }
    }
}

/// A declared type whose objects all threads share: makes values of objects of Rust's, and back.
pub struct SharedType<T> {
    kind: Arc<EmbedderType>,
    object: PhantomData<fn(T)>,
}

impl<T: Send + Sync + 'static> SharedType<T> {
    /// A value that stands for the object.
    pub fn value(&self, object: Arc<T>) -> Value {
        let heap = Heap::new();
        let value = heap.shared_foreign(Arc::new(SharedObject::new(self.kind.clone(), object)));
        Value(super::value::frozen(&value, &heap))
    }

    /// The object behind a value, if it is of this type.
    pub fn object(&self, value: &Value) -> Option<Arc<T>> {
        shared_body(value.0.value())
    }
}

fn shared_body<T: Send + Sync + 'static>(value: &Raw) -> Option<Arc<T>> {
    value.as_foreign()?.downcast::<SharedObject>()?.body()
}

/// Gives the insides of an object to a function, if they can be read now.
type With<T> = fn(&dyn Any, &mut dyn FnMut(&T));

fn equality_of<T: Eq + Hash + 'static>(with: With<T>) -> Equality {
    let equals = move |a: &dyn Any, b: &dyn Any| {
        let mut equal = false;
        with(a, &mut |a| with(b, &mut |b| equal = a == b));
        equal
    };
    let hash = move |object: &dyn Any| {
        let mut hasher = DefaultHasher::new();
        with(object, &mut |object| object.hash(&mut hasher));
        hasher.finish()
    };
    Equality { equals: Box::new(equals), hash: Box::new(hash) }
}

fn in_use(method: &str) -> Error {
    Error::new(ErrorKind::Error, format!("{method} is called while another method changes the object"))
}

fn arity_of<T, A, R, M: Method<T, A, R>>(_: &M) -> usize {
    M::ARITY
}

fn arity_of_mut<T, A, R, M: MethodMut<T, A, R>>(_: &M) -> usize {
    M::ARITY
}

/// A function that makes objects of a type: `T`, or a `Result` of it.
pub trait Constructor<T, Arguments>: Send + Sync + 'static {
    #[doc(hidden)]
    fn into_host(self, name: &str, wrap: impl Fn(T, &Heap) -> Raw + Send + Sync + 'static) -> EmbedderFunction;
}

/// An object, or why there is none.
pub trait Made<T> {
    #[doc(hidden)]
    fn made(self) -> Result<T, Error>;
}

impl<T> Made<T> for T {
    fn made(self) -> Result<T, Error> {
        Ok(self)
    }
}

impl<T, E: std::fmt::Display> Made<T> for Result<T, E> {
    fn made(self) -> Result<T, Error> {
        self.map_err(|error| Error::new(ErrorKind::Error, error.to_string()))
    }
}

macro_rules! constructors {
    ($(($count:literal $(, $name:ident $at:tt)*);)*) => {$(
        impl<T, Body, Output, $($name),*> Constructor<T, (Output, $($name,)*)> for Body
        where
            Body: Fn($($name),*) -> Output + Send + Sync + 'static,
            Output: Made<T>,
            $($name: FromValue),*
        {
            fn into_host(self, name: &str, wrap: impl Fn(T, &Heap) -> Raw + Send + Sync + 'static) -> EmbedderFunction {
                let named = name.to_owned();
                EmbedderFunction::new(name, $count, move |context, _arguments| {
                    let (heap, _name) = (context.heap(), &*named);
                    let object = self($(argument::<$name>(_arguments, $at, _name, heap)?),*).made()?;
                    Ok(wrap(object, heap))
                })
            }
        }
    )*};
}

for_each_arity!(constructors);
