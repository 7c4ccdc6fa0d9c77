//! Signals and computed values as values of programs.

use super::handle::{ComputedBody, SignalBody};
use motet_memory::{ForeignKind, ForeignObject, Notation, PrintOptions, Tag, print_value, type_name};

/// What programs call the type of signals.
pub static SIGNAL: ForeignKind = ForeignKind::new("Signal");

/// What programs call the type of computed values.
pub static COMPUTED: ForeignKind = ForeignKind::new("Computed");

impl ForeignObject for SignalBody {
    fn kind(&self) -> &'static ForeignKind {
        &SIGNAL
    }

    fn stamp(&self) -> u32 {
        self.stamp_of_objects()
    }

    fn stands_for(&self) -> Option<u128> {
        Some(self.number().into())
    }

    fn display(&self) -> Option<String> {
        let value = self.peek_value();
        // A container may hold the signal itself.
        Some(match value.tag() {
            Tag::Null | Tag::False | Tag::True | Tag::Int | Tag::Float | Tag::String => {
                let options = PrintOptions { limit: 200, ..PrintOptions::quoted(Notation::Soc) };
                format!("<Signal {}>", print_value(&value, &options))
            }
            _ => format!("<Signal of {}>", type_name(&value)),
        })
    }
}

impl ForeignObject for ComputedBody {
    fn kind(&self) -> &'static ForeignKind {
        &COMPUTED
    }

    fn stamp(&self) -> u32 {
        self.stamp_of_objects()
    }

    fn stands_for(&self) -> Option<u128> {
        Some(self.number().into())
    }

    fn display(&self) -> Option<String> {
        Some("<Computed>".into())
    }
}
