//! Sources and what they compile to, each pair in one file of `tests/golden`: the source, a line of signs, and the listing or
//! the errors. `MOTET_UPDATE=1 cargo test -p motet-compiler --test golden` writes the second half anew.

mod support;

use motet_syntax::Notation;
use std::path::{Path, PathBuf};

const SEPARATOR: &str = "\n========\n";

fn golden_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("it is readable").path())
        .collect();
    files.sort();
    files
}

#[test]
fn sources_compile_to_what_is_expected() {
    let update = std::env::var_os("MOTET_UPDATE").is_some();
    let mut failures = Vec::new();
    for path in golden_files() {
        let file = std::fs::read_to_string(&path).expect("it is readable");
        let Some(notation) = path.file_name().and_then(|name| Notation::of_file(name.to_str()?)) else {
            failures.push(format!(
                "{}: no test runs this file: its name ends neither in .soc nor in .gene",
                path.display()
            ));
            continue;
        };
        let (source, expected) = match file.split_once(SEPARATOR) {
            Some((source, expected)) => (source.to_string() + "\n", expected),
            None => (file.clone(), ""),
        };
        let result = support::compile_text(&source, notation, None);
        let shown = support::show(&source, &result);
        if update {
            let written = format!("{}{SEPARATOR}{shown}", source.trim_end_matches('\n'));
            std::fs::write(&path, written).expect("it is writable");
        } else if shown != expected {
            failures.push(format!("{}:\n--- expected\n{expected}\n--- got\n{shown}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
