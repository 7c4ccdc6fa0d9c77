//! Signals and computed values as values of programs.

use super::handle::{ComputedBody, SignalBody};
use motet_memory::{ForeignObject, Notation, PrintOptions, Tag, print_value, type_name};

/// What programs call the type of signals.
pub const SIGNAL: &str = "Signal";

/// What programs call the type of computed values.
pub const COMPUTED: &str = "Computed";

impl ForeignObject for SignalBody {
    fn type_name(&self) -> &'static str {
        SIGNAL
    }

    fn stands_for(&self) -> Option<(u64, u64)> {
        Some((u64::from(self.number()), 4))
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
    fn type_name(&self) -> &'static str {
        COMPUTED
    }

    fn stands_for(&self) -> Option<(u64, u64)> {
        Some((u64::from(self.number()), 5))
    }

    fn display(&self) -> Option<String> {
        Some("<Computed>".into())
    }
}
