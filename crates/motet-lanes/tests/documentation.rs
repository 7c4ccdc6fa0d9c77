//! The page `docs/lanes.md` says what the code says.
//!
//! `MOTET_UPDATE=1 cargo test -p motet-lanes --test documentation` writes the tables anew.

use std::path::PathBuf;

use motet_lanes::assembly::assemble;
use motet_lanes::instructions::table;

fn page() -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/lanes.md");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

/// The table between two marks is what the code says; with `MOTET_UPDATE` it is written anew.
fn check_table(name: &str, table: &str) {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->\n"));
    let (path, text) = page();
    let (before, rest) = text.split_once(&begin).expect("the page marks the table's begin");
    let (present, after) = rest.split_once(&end).expect("the page marks the table's end");
    if std::env::var_os("MOTET_UPDATE").is_some() {
        // In one step, because the other tests read the page.
        let fresh = path.with_extension(format!("{name}.new"));
        std::fs::write(&fresh, format!("{before}{begin}{table}{end}{after}")).unwrap();
        std::fs::rename(fresh, path).unwrap();
        return;
    }
    assert_eq!(present, table);
}

#[test]
fn the_tables_are_the_lists() {
    check_table("instructions", &table());
    check_table("imports", &motet_lanes::modules::host::table());
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
