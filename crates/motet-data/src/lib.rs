//! Data that programs exchange with others: what turns texts of common forms into values and back.
//!
//! | module | its one job |
//! |---|---|
//! | `json` | JSON, and lines of it |
//! | `csv` | tables as texts |
//! | `toml`, `yaml` | configurations |
//! | `binary` | numbers in bytes, as other programs lay them out |
//! | `codes` | bytes as texts: base64 and hexadecimal digits |
//! | `hashes` | what tells data apart |
//! | `gzip` | bytes, made smaller and whole again |
//! | `exact` | integers of any size, and decimals |
//! | `dates` | dates, times, time zones and spans |
//! | `regex` | regular expressions |
//! | `unicode` | normal forms, cases and widths of texts |
//! | `tables` | typed columns with names: groups, joins, pivots |
//! | `textwrap` | texts in lines of a width |
//! | `textdiff` | what differs between texts |
//! | `templates` | texts with places for values |
//! | `uuid` | names that nothing else has |
//! | `numbers` | numbers as JSON writes them |
//! | `words` | eight bytes that are looked at together |
//! | `layout` | records that have the same fields, as rows have |
//! | `place` | places in texts, and the errors that name them |
//! | `input` | what a parser is given: text, or bytes of text |
//!
//! Parsers are given texts that anyone may have written: what is malformed is an error of the language that names the place.
//! They keep the rules for long natives (`motet-vm/src/isolate/work.rs`), and nothing here recurses over what it reads.
//!
//! It knows the VM by its public face alone, as `motet-builtins` does, and touches nothing outside the program.

mod binary;
mod codes;
mod csv;
mod dates;
mod exact;
mod gzip;
mod hashes;
mod hints;
mod input;
mod json;
mod layout;
mod numbers;
mod place;
mod quoted;
mod regex;
mod tables;
mod templates;
mod textdiff;
mod textwrap;
mod toml;
mod unicode;
mod uuid;
mod words;
mod yaml;

use motet_vm::builtins::{ForeignType, Library};

/// All that it brings.
pub static LIBRARY: Library = Library {
    tables: &[codes::NATIVES, dates::METHODS, dates::NATIVES, exact::NATIVES, regex::NATIVES, tables::NATIVES],
    methods: &{
        let [a, b, c] = exact::METHODS;
        [a, b, c, tables::METHODS]
    },
    fields: &{
        let [a, b, c, d, e] = dates::FIELDS;
        [a, b, c, d, e, tables::FIELDS]
    },
    modules: &[
        &codes::BASE64,
        &binary::MODULE,
        &csv::MODULE,
        &gzip::MODULE,
        &hashes::MODULE,
        &json::MODULE,
        &tables::MODULE,
        &templates::MODULE,
        &textdiff::MODULE,
        &textwrap::MODULE,
        &toml::MODULE,
        &unicode::MODULE,
        &uuid::MODULE,
        &yaml::MODULE,
    ],
    types: &[
        ForeignType { kind: &dates::DATE, documentation: "Dates.", constructor: Some("date") },
        ForeignType { kind: &dates::DATE_TIME, documentation: "Dates with a time.", constructor: Some("datetime") },
        ForeignType {
            kind: &dates::ZONED,
            documentation: "Dates with a time in a time zone.",
            constructor: Some("zoned"),
        },
        ForeignType { kind: &dates::SPAN, documentation: "Spans of the calendar.", constructor: Some("span") },
        ForeignType { kind: &exact::BIG, documentation: "Integers of any size.", constructor: Some("big") },
        ForeignType { kind: &exact::DECIMAL, documentation: "Exact decimals.", constructor: Some("decimal") },
        ForeignType { kind: &templates::TEMPLATE, documentation: "Templates of texts.", constructor: None },
        ForeignType { kind: &regex::REGEX, documentation: "Regular expressions.", constructor: Some("regex") },
        ForeignType { kind: &tables::TABLE, documentation: "Tables.", constructor: Some("table") },
    ],
    elsewhere: hints::ELSEWHERE,
    ..Library::EMPTY
};
