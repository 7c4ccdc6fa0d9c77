//! What the elements of a tensor are, and what two kinds become together.

use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::memory::Value;
use motet_vm::{Error, Result};

/// The kinds of elements, in the order in which they are promoted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum DType {
    Bool,
    I64,
    F32,
    F64,
    C64,
}

impl DType {
    /// As programs name it.
    pub fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::I64 => "i64",
            DType::F32 => "f32",
            DType::F64 => "f64",
            DType::C64 => "c64",
        }
    }

    /// The kind of these names, or of a type of the language.
    pub fn of(function: &str, value: &Value) -> Result<DType> {
        let class = value.as_class().map(|class| class.name().as_str());
        let Some(name) = value.as_str().or(class) else {
            return Err(wrong(function, "a dtype such as \"f64\"", value));
        };
        DType::named(name).ok_or_else(|| unknown(function, name))
    }

    fn named(name: &str) -> Option<DType> {
        Some(match name {
            "bool" | "Bool" => DType::Bool,
            "i64" | "int" | "int64" | "Int" => DType::I64,
            "f32" | "float32" | "single" => DType::F32,
            "f64" | "float" | "float64" | "double" | "Float" | "Number" => DType::F64,
            "c64" | "complex" | "complex128" | "Complex" => DType::C64,
            _ => return None,
        })
    }

    /// What elements of two kinds become together: what holds the values of both.
    pub fn with(self, other: DType) -> DType {
        match (self.min(other), self.max(other)) {
            // A float of 32 bits does not hold the integers.
            (DType::I64, DType::F32) => DType::F64,
            (_, larger) => larger,
        }
    }

    /// What elements become beside a single number: its kind counts, its size does not.
    pub fn with_number(self, number: DType) -> DType {
        match (self, number) {
            (DType::F32, DType::I64 | DType::F64) => DType::F32,
            _ => self.with(number),
        }
    }

    /// Functions of floats make floats of integers.
    pub fn float_kind(self) -> DType {
        self.with_number(DType::F64)
    }

    /// Sums make integers of booleans.
    pub fn number_kind(self) -> DType {
        self.max(DType::I64)
    }

    pub fn bytes(self) -> usize {
        match self {
            DType::Bool => 1,
            DType::F32 => 4,
            DType::I64 | DType::F64 => 8,
            DType::C64 => 16,
        }
    }
}

#[cold]
fn unknown(function: &str, name: &str) -> Error {
    bad_value(format!("{function} knows no dtype {name:?}"))
        .with_hint("the dtypes are \"f64\", \"f32\", \"i64\", \"bool\" and \"c64\", which is complex")
}

#[cfg(test)]
mod tests {
    use super::DType::{self, *};

    #[test]
    fn kinds_become_what_holds_both() {
        let all = [Bool, I64, F32, F64, C64];
        for a in all {
            for b in all {
                let both = a.with(b);
                assert_eq!(both, b.with(a), "{a:?} {b:?}");
                assert_eq!(both.with(a), both, "{a:?} {b:?}");
            }
        }
        assert_eq!((I64.with(F32), I64.with_number(F64), F32.with_number(I64)), (F64, F64, F32));
        assert_eq!(DType::named("float64"), Some(F64));
    }
}
