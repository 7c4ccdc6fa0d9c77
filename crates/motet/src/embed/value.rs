//! Values that Rust holds, and their conversions.

use super::arity::for_each_arity;
use super::error::Error;
use motet_vm::memory::{self, FieldName, Frozen, Heap, PrintOptions, Value as Raw};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::BuildHasher;

/// An immutable value of the language. Any thread may hold it; a clone is another reference to the same value.
///
/// ```
/// use motet::Value;
/// let numbers = Value::new(vec![1, 2, 3]);
/// assert_eq!(numbers.to_string(), "[1, 2, 3]");
/// assert_eq!(numbers.to::<Vec<f64>>().unwrap(), [1.0, 2.0, 3.0]);
/// ```
#[derive(Clone)]
pub struct Value(pub(super) Frozen);

impl Value {
    /// The value that something of Rust's becomes.
    pub fn new(value: impl IntoValue) -> Value {
        let heap = Heap::new();
        Value(frozen(&value.into_raw(&heap), &heap))
    }

    /// Null.
    pub fn null() -> Value {
        Value::new(())
    }

    /// What this is in Rust.
    pub fn to<T: FromValue>(&self) -> Result<T, Error> {
        T::from_raw(self.0.value(), &Heap::new()).map_err(|expected| Error::conversion(expected, self.0.value()))
    }

    /// The name of its type, as `typeof` gives it.
    pub fn type_name(&self) -> &'static str {
        motet_vm::builtins::type_name(self.0.value())
    }

    /// It is null.
    pub fn is_null(&self) -> bool {
        self.0.value().is_null()
    }

    /// A field of a record or an instance.
    pub fn get(&self, name: &str) -> Option<Value> {
        let field = self.0.value().as_fields()?.get(name)?;
        Frozen::new(&field).map(Value)
    }
}

/// As the language prints it, in the notation of `.soc`.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&memory::print_value(self.0.value(), &PrintOptions::display(memory::Notation::Soc)))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {self}", self.type_name())
    }
}

/// By value and deeply, as `==` of the language.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        memory::is_equal(self.0.value(), other.0.value())
    }
}

/// An immutable copy of a value; of one that cannot be copied so, null.
pub(super) fn frozen(raw: &Raw, heap: &Heap) -> Frozen {
    try_frozen(raw, heap).unwrap_or_else(|| Frozen::new(&Raw::NULL).expect("null is immutable"))
}

/// The same; none if there is no such copy.
pub(super) fn try_frozen(raw: &Raw, heap: &Heap) -> Option<Frozen> {
    Frozen::new(raw).or_else(|| {
        let copy = memory::copy(raw, heap);
        memory::freeze(&copy, heap).ok()?;
        Frozen::new(&copy)
    })
}

/// What can be given to programs: numbers, text, booleans, `()` for null, options, lists, maps with text as keys, tuples,
/// [`Value`]s and, with the feature `serde`, whatever is wrapped in [`crate::Serde`].
pub trait IntoValue {
    #[doc(hidden)]
    fn into_raw(self, heap: &Heap) -> Raw;
}

/// What can be taken from programs. The error is what was expected.
pub trait FromValue: Sized {
    #[doc(hidden)]
    fn from_raw(raw: &Raw, heap: &Heap) -> Result<Self, String>;
}

impl IntoValue for Value {
    fn into_raw(self, _: &Heap) -> Raw {
        self.0.into_value()
    }
}

impl FromValue for Value {
    fn from_raw(raw: &Raw, heap: &Heap) -> Result<Value, String> {
        try_frozen(raw, heap).map(Value).ok_or_else(|| "a value that can be made immutable".into())
    }
}

impl IntoValue for &Value {
    fn into_raw(self, _: &Heap) -> Raw {
        self.0.to_value()
    }
}

impl IntoValue for () {
    fn into_raw(self, _: &Heap) -> Raw {
        Raw::NULL
    }
}

/// Any value will do: the result is not wanted.
impl FromValue for () {
    fn from_raw(_: &Raw, _: &Heap) -> Result<(), String> {
        Ok(())
    }
}

impl IntoValue for bool {
    fn into_raw(self, _: &Heap) -> Raw {
        Raw::bool(self)
    }
}

impl FromValue for bool {
    fn from_raw(raw: &Raw, _: &Heap) -> Result<bool, String> {
        raw.as_bool().ok_or_else(|| "a Bool".into())
    }
}

macro_rules! integers {
    ($($of:ty: $lossless:tt),*) => {$(
        impl FromValue for $of {
            fn from_raw(raw: &Raw, _: &Heap) -> Result<$of, String> {
                let whole = |float: f64| (float.fract() == 0.0 && float.abs() < 9.0e18).then_some(float as i64);
                let integer = raw.as_int().or_else(|| raw.as_float().and_then(whole));
                let wanted = || concat!("an integer that fits ", stringify!($of)).to_owned();
                integer.and_then(|integer| <$of>::try_from(integer).ok()).ok_or_else(wanted)
            }
        }

        integers!($lossless $of);
    )*};
    (yes $of:ty) => {
        impl IntoValue for $of {
            fn into_raw(self, _: &Heap) -> Raw {
                Raw::int(i64::from(self))
            }
        }
    };
    // Beyond the language's integers these are floats, the nearest ones.
    (no $of:ty) => {
        impl IntoValue for $of {
            fn into_raw(self, _: &Heap) -> Raw {
                i64::try_from(self).map_or_else(|_| Raw::float(self as f64), Raw::int)
            }
        }
    };
}

integers!(i8: yes, i16: yes, i32: yes, i64: yes, u8: yes, u16: yes, u32: yes, u64: no, usize: no, isize: no);

impl IntoValue for f64 {
    fn into_raw(self, _: &Heap) -> Raw {
        Raw::float(self)
    }
}

impl FromValue for f64 {
    fn from_raw(raw: &Raw, _: &Heap) -> Result<f64, String> {
        raw.as_number().ok_or_else(|| "a number".into())
    }
}

impl IntoValue for f32 {
    fn into_raw(self, _: &Heap) -> Raw {
        Raw::float(f64::from(self))
    }
}

impl FromValue for f32 {
    fn from_raw(raw: &Raw, heap: &Heap) -> Result<f32, String> {
        f64::from_raw(raw, heap).map(|number| number as f32)
    }
}

impl IntoValue for &str {
    fn into_raw(self, heap: &Heap) -> Raw {
        heap.string(self)
    }
}

impl IntoValue for String {
    fn into_raw(self, heap: &Heap) -> Raw {
        heap.string(&self)
    }
}

impl FromValue for String {
    fn from_raw(raw: &Raw, _: &Heap) -> Result<String, String> {
        raw.as_str().map(str::to_owned).ok_or_else(|| "a String".into())
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_raw(self, heap: &Heap) -> Raw {
        self.map_or(Raw::NULL, |value| value.into_raw(heap))
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_raw(raw: &Raw, heap: &Heap) -> Result<Option<T>, String> {
        if raw.is_null() { Ok(None) } else { T::from_raw(raw, heap).map(Some) }
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_raw(self, heap: &Heap) -> Raw {
        let items = self.into_iter().map(|item| item.into_raw(heap)).collect();
        heap.list(items)
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_raw(raw: &Raw, heap: &Heap) -> Result<Vec<T>, String> {
        let list = raw.as_list().ok_or("a List")?;
        let items = list.items();
        let element = |(at, item)| T::from_raw(item, heap).map_err(|expected| format!("{expected} as element {at}"));
        items.iter().enumerate().map(element).collect()
    }
}

fn record<K: AsRef<str>, V: IntoValue>(entries: impl IntoIterator<Item = (K, V)>, heap: &Heap) -> Raw {
    let record = heap.record(0);
    let fields = record.as_record().expect("just made");
    for (name, value) in entries {
        let set = fields.set_named(FieldName::new(name.as_ref(), heap), value.into_raw(heap), heap);
        set.expect("a new record is not frozen");
    }
    record
}

fn entries<V: FromValue, C: FromIterator<(String, V)>>(raw: &Raw, heap: &Heap) -> Result<C, String> {
    let mut entries = Vec::new();
    let mut add = |name: String, value: &Raw| {
        let value = V::from_raw(value, heap).map_err(|expected| format!("{expected} as {name}"));
        entries.push(value.map(|value| (name, value)));
    };
    if let Some(fields) = raw.as_fields() {
        fields.for_each(|name, value| add(name.as_str().to_owned(), value));
    } else if let Some(map) = raw.as_map() {
        map.for_each(|key, value| add(key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned), value));
    } else {
        return Err("a Record or a Map".into());
    }
    entries.into_iter().collect()
}

impl<V: IntoValue> IntoValue for BTreeMap<String, V> {
    fn into_raw(self, heap: &Heap) -> Raw {
        record(self, heap)
    }
}

impl<V: FromValue> FromValue for BTreeMap<String, V> {
    fn from_raw(raw: &Raw, heap: &Heap) -> Result<BTreeMap<String, V>, String> {
        entries(raw, heap)
    }
}

impl<V: IntoValue, S> IntoValue for HashMap<String, V, S> {
    fn into_raw(self, heap: &Heap) -> Raw {
        record(self, heap)
    }
}

impl<V: FromValue, S: BuildHasher + Default> FromValue for HashMap<String, V, S> {
    fn from_raw(raw: &Raw, heap: &Heap) -> Result<HashMap<String, V, S>, String> {
        entries(raw, heap)
    }
}

/// The arguments of a call: a tuple of up to eight.
pub trait IntoArguments {
    #[doc(hidden)]
    fn into_frozen(self) -> Vec<Frozen>;
}

impl IntoArguments for &[Value] {
    fn into_frozen(self) -> Vec<Frozen> {
        self.iter().map(|value| value.0.clone()).collect()
    }
}

macro_rules! tuples {
    ($(($count:literal $(, $name:ident $at:tt)*);)*) => {$(
        impl<$($name: IntoValue),*> IntoArguments for ($($name,)*) {
            fn into_frozen(self) -> Vec<Frozen> {
                vec![$(Value::new(self.$at).0),*]
            }
        }
    )*};
}

for_each_arity!(tuples);

/// A pair is a list of two.
impl<A: IntoValue, B: IntoValue> IntoValue for (A, B) {
    fn into_raw(self, heap: &Heap) -> Raw {
        let items = vec![self.0.into_raw(heap), self.1.into_raw(heap)];
        heap.list(items)
    }
}

/// A list of two.
impl<A: FromValue, B: FromValue> FromValue for (A, B) {
    fn from_raw(raw: &Raw, heap: &Heap) -> Result<(A, B), String> {
        let list = raw.as_list().filter(|list| list.length() == 2).ok_or("a List of two")?;
        let items = list.items();
        Ok((A::from_raw(&items[0], heap)?, B::from_raw(&items[1], heap)?))
    }
}
