//! What serde reads a value of a program from.

use serde::de::value::{Error as ReadError, MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_content::{Number, Value as Content};

/// See the module. The content is what `content_of` makes: it has no structs, enums, characters or units.
pub(super) struct Reader(pub Content<'static>);

impl<'de> IntoDeserializer<'de> for Reader {
    type Deserializer = Reader;

    fn into_deserializer(self) -> Reader {
        self
    }
}

impl Reader {
    /// An integer that is written as a float without a fraction, or, because it does not fit, as text.
    fn integer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0 {
            Content::Number(Number::F64(value)) if value.fract() == 0.0 && value.abs() < TWO_63 => {
                visitor.visit_i64(*value as i64)
            }
            Content::String(text) if text.parse::<i64>().is_err() => {
                if let Ok(value) = text.parse::<u64>() {
                    visitor.visit_u64(value)
                } else if let Ok(value) = text.parse::<i128>() {
                    visitor.visit_i128(value)
                } else if let Ok(value) = text.parse::<u128>() {
                    visitor.visit_u128(value)
                } else {
                    self.deserialize_any(visitor)
                }
            }
            _ => self.deserialize_any(visitor),
        }
    }
}

/// Floats from here on are no 64-bit integers.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

macro_rules! integers {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
                self.integer(visitor)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Content::Bool(value) => visitor.visit_bool(value),
            Content::Number(Number::I64(value)) => visitor.visit_i64(value),
            Content::Number(Number::F64(value)) => visitor.visit_f64(value),
            Content::String(text) => visitor.visit_string(text.into_owned()),
            Content::Bytes(bytes) => visitor.visit_byte_buf(bytes.into_owned()),
            Content::Seq(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Reader));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Content::Map(entries) => {
                let entries = entries.into_iter().map(|(key, value)| (Reader(key), Reader(value)));
                let mut entries = MapDeserializer::new(entries);
                let value = visitor.visit_map(&mut entries)?;
                entries.end()?;
                Ok(value)
            }
            // Null; `content_of` makes nothing else.
            _ => visitor.visit_unit(),
        }
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Content::Option(None) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Content::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_owned().into_iter())),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let (name, inside) = match self.0 {
            Content::String(name) => (Content::String(name), None),
            Content::Map(mut entries) if entries.len() == 1 => {
                let (name, inside) = entries.remove(0);
                (name, Some(inside))
            }
            other => {
                let found = if matches!(other, Content::Map(_)) { Unexpected::Map } else { Unexpected::Other("data") };
                return Err(ReadError::invalid_type(found, &"the name of a case, or a record of one case"));
            }
        };
        visitor.visit_enum(Case { name: Reader(name), inside: inside.map(Reader) })
    }

    forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

/// The case of an enum, and what is in it.
struct Case {
    name: Reader,
    inside: Option<Reader>,
}

impl<'de> EnumAccess<'de> for Case {
    type Error = ReadError;
    type Variant = Inside;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Inside), ReadError> {
        Ok((seed.deserialize(self.name)?, Inside(self.inside)))
    }
}

struct Inside(Option<Reader>);

impl Inside {
    fn reader(self) -> Result<Reader, ReadError> {
        self.0.ok_or_else(|| ReadError::custom("this case has fields, and only its name is given"))
    }
}

impl<'de> VariantAccess<'de> for Inside {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.0 {
            None | Some(Reader(Content::Option(None))) => Ok(()),
            Some(_) => Err(ReadError::custom("this case has no fields")),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, ReadError> {
        seed.deserialize(self.reader()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.reader()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, ReadError> {
        self.reader()?.deserialize_any(visitor)
    }
}
