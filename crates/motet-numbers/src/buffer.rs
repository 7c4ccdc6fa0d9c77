//! The elements of tensors, packed: one vector of one kind.

pub(crate) use num_complex::Complex64 as C64;

use crate::dtype::DType;
use motet_vm::memory::{Heap, Value};

/// Elements one after the other.
#[derive(Clone)]
pub(crate) enum Buffer {
    Bool(Vec<bool>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    C64(Vec<C64>),
}

/// One kind of element.
pub(crate) trait Element: Copy + Default + PartialEq + Send + Sync + 'static {
    const DTYPE: DType;

    fn items(buffer: &Buffer) -> Option<&[Self]>;
    fn items_mut(buffer: &mut Buffer) -> Option<&mut Vec<Self>>;
    fn into_buffer(items: Vec<Self>) -> Buffer;
    fn value(self, heap: &Heap) -> Value;

    /// From other kinds; none if the value cannot be held. A fraction is cut off, since who asks for integers says so.
    fn from_bool(value: bool) -> Option<Self>;
    fn from_i64(value: i64) -> Option<Self>;
    fn from_f64(value: f64) -> Option<Self>;
    fn from_c64(value: C64) -> Option<Self>;
}

macro_rules! buffers {
    ($($variant:ident $type:ty, |$item:ident, $heap:ident| $value:expr;)*) => {
        $(impl Element for $type {
            const DTYPE: DType = DType::$variant;

            fn items(buffer: &Buffer) -> Option<&[$type]> {
                if let Buffer::$variant(items) = buffer { Some(items) } else { None }
            }

            fn items_mut(buffer: &mut Buffer) -> Option<&mut Vec<$type>> {
                if let Buffer::$variant(items) = buffer { Some(items) } else { None }
            }

            fn into_buffer(items: Vec<$type>) -> Buffer {
                Buffer::$variant(items)
            }

            fn value(self, $heap: &Heap) -> Value {
                let $item = self;
                $value
            }

            fn from_bool(value: bool) -> Option<$type> {
                Convert::<$type>::convert(value)
            }

            fn from_i64(value: i64) -> Option<$type> {
                Convert::<$type>::convert(value)
            }

            fn from_f64(value: f64) -> Option<$type> {
                Convert::<$type>::convert(value)
            }

            fn from_c64(value: C64) -> Option<$type> {
                Convert::<$type>::convert(value)
            }
        })*

        impl Buffer {
            pub fn dtype(&self) -> DType {
                match self {
                    $(Buffer::$variant(_) => DType::$variant,)*
                }
            }

            pub fn len(&self) -> usize {
                match self {
                    $(Buffer::$variant(items) => items.len(),)*
                }
            }
        }
    };
}

buffers! {
    Bool bool, |item, _heap| Value::bool(item);
    I64 i64, |item, _heap| Value::int(item);
    F32 f32, |item, _heap| Value::float(item.into());
    F64 f64, |item, _heap| Value::float(item);
    C64 C64, |item, heap| heap.complex(item.re, item.im);
}

/// Does something with the elements of a buffer, whatever they are.
macro_rules! with_items {
    ($buffer:expr, $items:ident => $body:expr) => {
        match $buffer {
            $crate::buffer::Buffer::Bool($items) => $body,
            $crate::buffer::Buffer::I64($items) => $body,
            $crate::buffer::Buffer::F32($items) => $body,
            $crate::buffer::Buffer::F64($items) => $body,
            $crate::buffer::Buffer::C64($items) => $body,
        }
    };
}
pub(crate) use with_items;

/// Names the type of a kind of element.
macro_rules! with_type {
    ($dtype:expr, $type:ident => $body:expr) => {
        match $dtype {
            $crate::dtype::DType::Bool => {
                type $type = bool;
                $body
            }
            $crate::dtype::DType::I64 => {
                type $type = i64;
                $body
            }
            $crate::dtype::DType::F32 => {
                type $type = f32;
                $body
            }
            $crate::dtype::DType::F64 => {
                type $type = f64;
                $body
            }
            $crate::dtype::DType::C64 => {
                type $type = $crate::buffer::C64;
                $body
            }
        }
    };
}
pub(crate) use with_type;

/// A value of one kind as one of another.
pub(crate) trait Convert<T> {
    fn convert(self) -> Option<T>;
}

macro_rules! conversions {
    ($($from:ty => $to:ty: |$value:ident| $result:expr;)*) => {
        $(impl Convert<$to> for $from {
            #[inline(always)]
            fn convert(self) -> Option<$to> {
                let $value = self;
                $result
            }
        })*
    };
}

/// The whole part of a float, if 64 bits hold it.
fn whole(value: f64) -> Option<i64> {
    motet_vm::builtins::arguments::float_to_int(value)
}

fn real(value: C64) -> Option<f64> {
    (value.im == 0.0).then_some(value.re)
}

conversions! {
    bool => bool: |value| Some(value);
    bool => i64: |value| Some(value.into());
    bool => f32: |value| Some(u8::from(value).into());
    bool => f64: |value| Some(u8::from(value).into());
    bool => C64: |value| Some(C64::new(u8::from(value).into(), 0.0));
    i64 => bool: |value| Some(value != 0);
    i64 => i64: |value| Some(value);
    i64 => f32: |value| Some(value as f32);
    i64 => f64: |value| Some(value as f64);
    i64 => C64: |value| Some(C64::new(value as f64, 0.0));
    f32 => bool: |value| Some(value != 0.0);
    f32 => i64: |value| whole(value.into());
    f32 => f32: |value| Some(value);
    f32 => f64: |value| Some(value.into());
    f32 => C64: |value| Some(C64::new(value.into(), 0.0));
    f64 => bool: |value| Some(value != 0.0);
    f64 => i64: |value| whole(value);
    f64 => f32: |value| Some(value as f32);
    f64 => f64: |value| Some(value);
    f64 => C64: |value| Some(C64::new(value, 0.0));
    C64 => bool: |value| Some(value != C64::default());
    C64 => i64: |value| whole(real(value)?);
    C64 => f32: |value| real(value).map(|value| value as f32);
    C64 => f64: |value| real(value);
    C64 => C64: |value| Some(value);
}

/// What any kind of element can become.
pub(crate) trait Any:
    Element + Convert<bool> + Convert<i64> + Convert<f32> + Convert<f64> + Convert<C64>
{
}

impl<T: Element + Convert<bool> + Convert<i64> + Convert<f32> + Convert<f64> + Convert<C64>> Any for T {}

/// A single number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar {
    Bool(bool),
    I64(i64),
    F64(f64),
    C64(C64),
}

impl Scalar {
    /// The number that a value is.
    #[inline]
    pub fn of(value: &Value) -> Option<Scalar> {
        if let Some(float) = value.as_float() {
            return Some(Scalar::F64(float));
        }
        if let Some(integer) = value.as_int() {
            return Some(Scalar::I64(integer));
        }
        if let Some(boolean) = value.as_bool() {
            return Some(Scalar::Bool(boolean));
        }
        value.as_complex().map(|complex| Scalar::C64(C64::new(complex.re, complex.im)))
    }

    pub fn dtype(self) -> DType {
        match self {
            Scalar::Bool(_) => DType::Bool,
            Scalar::I64(_) => DType::I64,
            Scalar::F64(_) => DType::F64,
            Scalar::C64(_) => DType::C64,
        }
    }

    /// As one kind of element, if that holds it.
    pub fn to<T: Element>(self) -> Option<T> {
        match self {
            Scalar::Bool(value) => T::from_bool(value),
            Scalar::I64(value) => T::from_i64(value),
            Scalar::F64(value) => T::from_f64(value),
            Scalar::C64(value) => T::from_c64(value),
        }
    }
}
