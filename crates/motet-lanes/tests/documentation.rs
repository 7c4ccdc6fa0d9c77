//! The page `docs/lanes.md` says what the code says.
//!
//! `MOTET_UPDATE=1 cargo test -p motet-lanes --test documentation` writes the table anew.

use std::path::PathBuf;

use motet_lanes::assembly::assemble;
use motet_lanes::instructions::table;

const BEGIN: &str = "<!-- instructions: begin -->\n";
const END: &str = "<!-- instructions: end -->\n";

fn page() -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/lanes.md");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

#[test]
fn l03_the_table_of_instructions_is_the_list() {
    let (path, text) = page();
    let (before, rest) = text.split_once(BEGIN).expect("the page marks the table's begin");
    let (present, after) = rest.split_once(END).expect("the page marks the table's end");
    if std::env::var_os("MOTET_UPDATE").is_some() {
        // In one step, because the other test reads the page.
        let fresh = path.with_extension("md.new");
        std::fs::write(&fresh, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
        std::fs::rename(fresh, path).unwrap();
        return;
    }
    assert_eq!(present, table());
}

#[test]
fn l03_the_programs_on_the_page_assemble() {
    let (_, text) = page();
    let programs: Vec<&str> = text
        .split("```lanes\n")
        .skip(1)
        .map(|rest| rest.split_once("```").expect("a program on the page has an end").0)
        .collect();
    assert!(!programs.is_empty());
    for program in programs {
        assemble("docs/lanes.md", program).unwrap_or_else(|error| panic!("{error}"));
    }
}
