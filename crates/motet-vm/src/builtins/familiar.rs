//! Names that people bring from other languages, with what they are called here; for hints.

/// Sorted by the foreign name.
const FAMILIAR: &[(&str, &str)] = &[
    ("Array", "list"),
    ("Dict", "Map"),
    ("HashMap", "Map"),
    ("Math", "math"),
    ("Object", "record"),
    ("add", "push"),
    ("all", "every"),
    ("any", "some"),
    ("append", "push"),
    ("charAt", "get"),
    ("charCodeAt", "ord"),
    ("collect", "list"),
    ("console", "println"),
    ("echo", "println"),
    ("endsWith", "ends_with"),
    ("endswith", "ends_with"),
    ("exists", "some"),
    ("filterMap", "filter_map"),
    ("findIndex", "find_index"),
    ("flatMap", "flat_map"),
    ("fold", "reduce"),
    ("foldl", "reduce"),
    ("forEach", "each"),
    ("for_each", "each"),
    ("forall", "every"),
    ("fromCharCode", "chr"),
    ("groupBy", "group_by"),
    ("has_key", "has"),
    ("includes", "contains"),
    ("indexOf", "index_of"),
    ("instanceof", "is"),
    ("isNaN", "is_nan"),
    ("isdigit", "is_digit"),
    ("isinstance", "is"),
    ("lastIndexOf", "last_index_of"),
    ("length", "len"),
    ("padEnd", "pad_end"),
    ("padStart", "pad_start"),
    ("parseFloat", "float"),
    ("parseInt", "int"),
    ("parse_float", "float"),
    ("parse_int", "int"),
    ("printf", "format"),
    ("puts", "println"),
    ("reversed", "reverse"),
    ("rfind", "last_index_of"),
    ("size", "len"),
    ("skip", "drop"),
    ("sorted", "sort"),
    ("splice", "slice"),
    ("startsWith", "starts_with"),
    ("startswith", "starts_with"),
    ("strip", "trim"),
    ("substr", "slice"),
    ("substring", "slice"),
    ("time", "now"),
    ("toFixed", "to_fixed"),
    ("toList", "list"),
    ("toLowerCase", "lower"),
    ("toString", "str"),
    ("toUpperCase", "upper"),
    ("to_list", "list"),
    ("to_string", "str"),
    ("trimEnd", "trim_end"),
    ("trimStart", "trim_start"),
    ("type", "typeof"),
    ("uniq", "unique"),
    ("unshift", "insert"),
];

/// What a name from another language is called here.
pub(super) fn familiar(name: &str) -> Option<&'static str> {
    FAMILIAR.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| FAMILIAR[at].1)
}

#[cfg(test)]
mod tests {
    use super::{FAMILIAR, familiar};

    #[test]
    fn hints_lead_to_builtins() {
        assert!(FAMILIAR.is_sorted());
        let builtins = crate::builtins::Builtins::standard();
        for (from, to) in FAMILIAR {
            assert!(builtins.is_extern(to), "{from} leads to {to}, which is not there");
        }
        assert_eq!(familiar("toUpperCase"), Some("upper"));
        assert_eq!(familiar("upper"), None);
    }
}
