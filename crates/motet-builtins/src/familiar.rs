//! What people call things in other languages: names that mean the same are names here too, and others lead to ours in
//! hints.

/// Other names of functions and methods, sorted, for what means the same.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("add", "push"),
    ("append", "push"),
    ("at", "get"),
    ("center", "pad"),
    ("chunk", "chunks"),
    ("dropWhile", "drop_while"),
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
    ("head", "first"),
    ("includes", "contains"),
    ("indexOf", "index_of"),
    ("isEmpty", "is_empty"),
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
    ("takeWhile", "take_while"),
    ("toFixed", "to_fixed"),
    ("toLowerCase", "lower"),
    ("toReversed", "reverse"),
    ("toSorted", "sort"),
    ("toString", "str"),
    ("toUpperCase", "upper"),
    ("to_lower", "lower"),
    ("to_s", "str"),
    ("to_upper", "upper"),
    ("trimEnd", "trim_end"),
    ("trimStart", "trim_start"),
    ("uniq", "unique"),
    ("zipWith", "zip_with"),
];

/// Names that mean something near, sorted, for hints.
pub(super) const FAMILIAR: &[(&str, &str)] = &[
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

#[cfg(test)]
mod tests {
    use super::ALIASES;

    #[test]
    fn each_alias_has_a_case_in_both_notations() {
        let soc = include_str!("../../../tests/programs/soc/habits.soc.test");
        let gene = include_str!("../../../tests/programs/gene/habits.gene.test");
        for (alias, _) in ALIASES {
            assert!(soc.contains(&format!("println(\"{alias}\", ")), "{alias} has no case in .soc");
            assert!(gene.contains(&format!("(println \"{alias}\" ")), "{alias} has no case in .gene");
        }
    }
}
