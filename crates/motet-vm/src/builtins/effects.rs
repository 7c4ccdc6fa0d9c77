//! Builtins whose only effect is their result: dropping it is a mistake, of which the compiler warns.

/// Sorted by name; beside each, the method that changes a value itself, if there is one. Those that call a function are missing, because
/// that may have effects of its own; of `sort` it is known that it has none.
const PURE: &[(&str, &str)] = &[
    ("capitalize", TEXT),
    ("chars", ""),
    ("chunks", ""),
    ("complex", ""),
    ("concat", "extend"),
    ("contains", ""),
    ("copy", ""),
    ("decode", ""),
    ("divmod", ""),
    ("drop", "remove"),
    ("ends_with", ""),
    ("entries", ""),
    ("flatten", ""),
    ("format", ""),
    ("has", ""),
    ("hash", ""),
    ("hex", ""),
    ("index_of", ""),
    ("is_close", ""),
    ("is_digit", ""),
    ("is_empty", ""),
    ("is_frozen", ""),
    ("is_letter", ""),
    ("is_space", ""),
    ("items", ""),
    ("keys", ""),
    ("last_index_of", ""),
    ("lines", ""),
    ("lower", TEXT),
    ("merge", "set"),
    ("omit", "remove"),
    ("pad", TEXT),
    ("pad_end", TEXT),
    ("pad_start", TEXT),
    ("pick", ""),
    ("replace", TEXT),
    ("repr", ""),
    ("reverse", "reverse_in_place"),
    ("slice", ""),
    ("sort", "sort_in_place"),
    ("sort_by", "sort_in_place"),
    ("split", ""),
    ("starts_with", ""),
    ("str", ""),
    ("take", ""),
    ("to_fixed", ""),
    ("trim", TEXT),
    ("trim_end", TEXT),
    ("trim_start", TEXT),
    ("typeof", ""),
    ("unique", ""),
    ("upper", TEXT),
    ("values", ""),
    ("windows", ""),
    ("words", ""),
    ("zip", ""),
];

/// It gives another text.
const TEXT: &str = "text";

/// For a builtin without effects, the method that was meant perhaps; none for those with effects.
pub(super) fn pure(name: &str) -> Option<&'static str> {
    PURE.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| PURE[at].1)
}

#[cfg(test)]
mod tests {
    use super::PURE;

    #[test]
    fn every_name_is_a_builtin() {
        assert!(PURE.is_sorted_by_key(|entry| entry.0));
        let builtins = crate::builtins::Builtins::standard();
        for (name, _) in PURE {
            assert!(builtins.function(name).is_some(), "{name} is no builtin");
            let of_foreign = builtins.foreign_methods.keys().any(|(_, method)| method.as_str() == *name);
            assert!(!of_foreign, "{name} is also a method of objects, where it may have effects");
        }
    }
}
