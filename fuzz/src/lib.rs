//! What the fuzz targets check of any input. Fuzzers call it with coverage (`fuzz_targets`), the tests of the crate `motet`
//! with the kept cases and a fixed number of others (`crates/motet/tests/fuzzing.rs`). It knows neither.

#[path = "../../crates/motet-jit/tests/programs/running.rs"]
#[allow(dead_code, reason = "tests use the rest of it")]
mod both;
mod code;
mod data;
mod grammar;
mod modes;
mod more_data;
mod printing;
mod programs;
mod reading;
mod running;
mod server;
mod typed;
mod values;

/// A target: its name, the size of inputs that is worth while, and the check, which panics where something does not hold.
pub struct Target {
    pub name: &'static str,
    pub most_bytes: usize,
    pub check: fn(&[u8]),
}

pub const TARGETS: &[Target] = &[
    READ_SOC, READ_GENE, PRINT_BACK, PROGRAMS, MODES, CODE, VALUES, JSON, CSV, REGEX, DATES, YAML, TOML, TABLES, EXACT,
    TEMPLATES, ARCHIVES, HTTP,
];
pub const READ_SOC: Target = Target { name: "read_soc", most_bytes: 1000, check: reading::soc };
pub const READ_GENE: Target = Target { name: "read_gene", most_bytes: 1000, check: reading::gene };
pub const PRINT_BACK: Target = Target { name: "print_back", most_bytes: 1000, check: printing::back };
pub const PROGRAMS: Target = Target { name: "programs", most_bytes: 300, check: programs::compare };
pub const MODES: Target = Target { name: "modes", most_bytes: 800, check: modes::compare };
pub const CODE: Target = Target { name: "code", most_bytes: 100, check: code::change };
pub const VALUES: Target = Target { name: "values", most_bytes: 600, check: values::copy_and_freeze };
pub const JSON: Target = Target { name: "json", most_bytes: 400, check: data::json };
pub const CSV: Target = Target { name: "csv", most_bytes: 300, check: data::csv };
pub const REGEX: Target = Target { name: "regex", most_bytes: 80, check: data::regex };
pub const DATES: Target = Target { name: "dates", most_bytes: 60, check: data::dates };
pub const YAML: Target = Target { name: "yaml", most_bytes: 300, check: more_data::yaml };
pub const TOML: Target = Target { name: "toml", most_bytes: 300, check: more_data::toml };
pub const TABLES: Target = Target { name: "tables", most_bytes: 300, check: more_data::tables };
pub const EXACT: Target = Target { name: "exact", most_bytes: 80, check: more_data::exact };
pub const TEMPLATES: Target = Target { name: "templates", most_bytes: 200, check: more_data::templates };
pub const ARCHIVES: Target = Target { name: "archives", most_bytes: 600, check: more_data::archives };
pub const HTTP: Target = Target { name: "http", most_bytes: 600, check: server::http };
