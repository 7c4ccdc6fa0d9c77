//! Names of fields. Most are symbols of code. A key that a program makes at run time may be a text that no code mentions:
//! it is a string, counted and freed like any other. A text and a symbol are one name if they read alike.

use super::hash;
use super::heap::Heap;
use super::symbol::Symbol;
use super::tag::Tag;
use super::value::Value;

/// The name of a field, as records keep it: a symbol, or a string.
#[derive(Clone)]
pub struct FieldName(Value);

/// What a field is looked for by.
#[derive(Clone, Copy)]
pub enum FieldKey<'a> {
    Symbol(Symbol),
    /// A text with its hash.
    Text(&'a str, u32),
}

impl FieldName {
    /// The name that a value stands for: a string or a symbol.
    pub fn of(value: &Value) -> Option<FieldName> {
        matches!(value.tag(), Tag::Symbol | Tag::MadeSymbol | Tag::String).then(|| FieldName(value.clone()))
    }

    /// A key of a record in dictionary mode.
    pub(super) fn adopt(key: Value) -> FieldName {
        debug_assert!(FieldKey::of(&key).is_some(), "dictionary keys are names");
        FieldName(key)
    }

    /// The name of this text.
    pub fn new(text: &str, heap: &Heap) -> FieldName {
        FieldName(Symbol::find(text).map_or_else(|| heap.string(text), Value::symbol))
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        self.key().as_str()
    }

    /// It as a symbol or a string.
    #[inline]
    pub(super) fn value(&self) -> &Value {
        &self.0
    }

    /// The name as programs see it: a string.
    pub fn to_string_value(&self, heap: &Heap) -> Value {
        if self.0.tag() == Tag::String { self.0.clone() } else { heap.string(self.as_str()) }
    }

    /// The symbol, if it is kept as one.
    #[inline]
    pub fn as_symbol(&self) -> Option<Symbol> {
        self.0.as_symbol()
    }

    #[inline]
    pub fn key(&self) -> FieldKey<'_> {
        FieldKey::of(&self.0).expect("names are symbols or strings")
    }
}

impl From<Symbol> for FieldName {
    #[inline]
    fn from(symbol: Symbol) -> FieldName {
        FieldName(Value::symbol(symbol))
    }
}

impl PartialEq for FieldName {
    fn eq(&self, other: &FieldName) -> bool {
        self.key().is(&other.0)
    }
}

impl Eq for FieldName {}

impl<'a> FieldKey<'a> {
    /// The name that a value stands for: a string or a symbol.
    #[inline]
    pub fn of(value: &'a Value) -> Option<FieldKey<'a>> {
        if let Some(symbol) = value.as_symbol() {
            return Some(FieldKey::Symbol(symbol));
        }
        let string = value.as_string().or_else(|| value.as_made_symbol())?;
        Some(FieldKey::Text(string.as_str(), string.hash()))
    }

    #[inline]
    pub fn as_str(self) -> &'a str {
        match self {
            FieldKey::Symbol(symbol) => symbol.as_str(),
            FieldKey::Text(text, _) => text,
        }
    }

    /// The hash of the text.
    #[inline]
    pub(super) fn hash(self) -> u32 {
        match self {
            FieldKey::Symbol(symbol) => symbol.hash(),
            FieldKey::Text(_, hash) => hash,
        }
    }

    /// The symbol of this name, if there is one.
    #[inline]
    pub(super) fn find_symbol(self) -> Option<Symbol> {
        match self {
            FieldKey::Symbol(symbol) => Some(symbol),
            FieldKey::Text(text, hash) => Symbol::find_hashed(text, hash),
        }
    }

    /// Whether a symbol or a string is this name.
    #[inline]
    pub(super) fn is(self, name: &Value) -> bool {
        match (self, name.as_symbol()) {
            (FieldKey::Symbol(symbol), Some(other)) => symbol == other,
            (_, Some(other)) => self.as_str() == other.as_str(),
            (_, None) => {
                name.as_string().or_else(|| name.as_made_symbol()).is_some_and(|it| it.as_str() == self.as_str())
            }
        }
    }
}

impl From<Symbol> for FieldKey<'_> {
    #[inline]
    fn from(symbol: Symbol) -> Self {
        FieldKey::Symbol(symbol)
    }
}

impl<'a> From<&'a str> for FieldKey<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        FieldKey::Text(text, hash::of_text(text))
    }
}

impl<'a> From<&'a FieldName> for FieldKey<'a> {
    #[inline]
    fn from(name: &'a FieldName) -> Self {
        name.key()
    }
}
