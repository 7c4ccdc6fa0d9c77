//! How many arguments functions of Rust and calls from it may have: one list for all traits that need an implementation for
//! each number.

/// Calls a macro with all lists of arguments: their number, then a type and an index for each.
macro_rules! for_each_arity {
    ($implement:ident) => {
        $implement! {
            (0);
            (1, A 0);
            (2, A 0, B 1);
            (3, A 0, B 1, C 2);
            (4, A 0, B 1, C 2, D 3);
            (5, A 0, B 1, C 2, D 3, E 4);
            (6, A 0, B 1, C 2, D 3, E 4, F 5);
            (7, A 0, B 1, C 2, D 3, E 4, F 5, G 6);
            (8, A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
        }
    };
}

pub(super) use for_each_arity;
