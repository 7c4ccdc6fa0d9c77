//! What people call things in other languages: names that mean the same are names here too, and others lead to ours in
//! hints.

/// Other names of functions and methods, sorted, for what means the same.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("add", "push"),
    ("append", "push"),
    ("center", "pad"),
    ("endsWith", "ends_with"),
    ("endswith", "ends_with"),
    ("filterMap", "filter_map"),
    ("findIndex", "find_index"),
    ("findLast", "find_last"),
    ("flat", "flatten"),
    ("flatMap", "flat_map"),
    ("forEach", "each"),
    ("for_each", "each"),
    ("groupBy", "group_by"),
    ("hasOwnProperty", "has"),
    ("has_key", "has"),
    ("includes", "contains"),
    ("indexOf", "index_of"),
    ("isNaN", "is_nan"),
    ("isalpha", "is_letter"),
    ("isdigit", "is_digit"),
    ("isinstance", "is"),
    ("isspace", "is_space"),
    ("lastIndexOf", "last_index_of"),
    ("length", "len"),
    ("ljust", "pad_end"),
    ("lstrip", "trim_start"),
    ("padEnd", "pad_end"),
    ("padStart", "pad_start"),
    ("replaceAll", "replace"),
    ("reversed", "reverse"),
    ("rfind", "last_index_of"),
    ("rjust", "pad_start"),
    ("rstrip", "trim_end"),
    ("size", "len"),
    ("skip", "drop"),
    ("sorted", "sort"),
    ("splitlines", "lines"),
    ("startsWith", "starts_with"),
    ("startswith", "starts_with"),
    ("strip", "trim"),
    ("toFixed", "to_fixed"),
    ("toLowerCase", "lower"),
    ("toString", "str"),
    ("toUpperCase", "upper"),
    ("to_lower", "lower"),
    ("to_s", "str"),
    ("to_upper", "upper"),
    ("trimEnd", "trim_end"),
    ("trimStart", "trim_start"),
    ("uniq", "unique"),
];

/// Names that mean something near, sorted, for hints.
const FAMILIAR: &[(&str, &str)] = &[
    ("Dict", "Map"),
    ("HashMap", "Map"),
    ("charAt", "get"),
    ("charCodeAt", "ord"),
    ("collect", "list"),
    ("exists", "some"),
    ("fold", "reduce"),
    ("foldl", "reduce"),
    ("forall", "every"),
    ("fromCharCode", "chr"),
    ("instanceof", "is"),
    ("parseFloat", "float"),
    ("parseInt", "int"),
    ("parse_float", "float"),
    ("parse_int", "int"),
    ("printf", "format"),
    ("splice", "slice"),
    ("substr", "slice"),
    ("substring", "slice"),
    ("time", "now"),
    ("toList", "list"),
    ("to_list", "list"),
    ("to_string", "str"),
    ("type", "typeof"),
    ("unshift", "insert"),
];

/// The name of the builtin that a name is another name of.
pub(super) fn canonical(name: &str) -> Option<&'static str> {
    ALIASES.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| ALIASES[at].1)
}

/// What a name from another language is called here.
pub(super) fn familiar(name: &str) -> Option<&'static str> {
    FAMILIAR.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| FAMILIAR[at].1)
}

#[cfg(test)]
mod tests {
    use super::{ALIASES, FAMILIAR, familiar};

    #[test]
    fn hints_lead_to_builtins() {
        assert!(FAMILIAR.is_sorted());
        assert!(ALIASES.is_sorted());
        for (from, to) in ALIASES {
            assert!(familiar(from).is_none(), "{from} is a name");
            assert!(super::super::Builtins::standard().is_extern(to), "{from} leads to {to}, which is not there");
        }
        let builtins = crate::builtins::Builtins::standard();
        for (from, to) in FAMILIAR {
            assert!(builtins.is_extern(to), "{from} leads to {to}, which is not there");
        }
        assert_eq!(familiar("parseInt"), Some("int"));
        assert_eq!(familiar("upper"), None);
    }
}
