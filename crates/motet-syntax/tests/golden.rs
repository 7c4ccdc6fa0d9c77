//! Runs the files in `tests/golden`: each holds cases of one notation, a source and what reading it gives.
//!
//! A case is `=== title`, the source, `---`, and the expected forms, one a line and with every node in parentheses, then
//! the errors as a user sees them. `MOTET_UPDATE=1 cargo test -p motet-syntax --test golden` writes what is read into the
//! files; look at the difference before you keep it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use motet_syntax::{Notation, Parsed, parse, print_gene_plainly, render};

#[test]
fn golden_files() {
    let update = std::env::var_os("MOTET_UPDATE").is_some();
    let mut failures = String::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a golden file is readable text");
        let notation = notation(&path);
        let mut updated = String::new();
        for case in cases(&text) {
            let found = outcome(case.source, notation);
            if found != case.expected {
                let _ = write!(
                    failures,
                    "\n{}: {}\n--- source\n{}\n--- expected\n{}\n--- found\n{found}\n",
                    path.display(),
                    case.title,
                    case.source,
                    case.expected
                );
            }
            let _ = write!(updated, "=== {}\n{}\n---\n{found}\n\n", case.title, case.source);
        }
        if update {
            // The other tests read these files at the same time, so they are never half written.
            let new = path.with_extension("new");
            std::fs::write(&new, format!("{}\n", updated.trim_end())).expect("a golden file can be written");
            std::fs::rename(&new, &path).expect("a golden file can be replaced");
        }
    }
    assert!(update || failures.is_empty(), "{failures}\nMOTET_UPDATE=1 writes what was found into the files");
}

/// A file that no run looks at would pass forever.
#[test]
fn every_file_under_tests_is_run() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in std::fs::read_dir(&tests).expect("the tests are here").flatten() {
        let path = entry.path();
        let is_test = path.extension().is_some_and(|extension| extension == "rs");
        let is_known_folder = path.is_dir() && path.file_name().is_some_and(|name| name == "golden");
        assert!(is_test || is_known_folder, "no test runs {}", path.display());
    }
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a golden file is readable text");
        notation(&path);
        assert!(cases(&text).count() > 0, "no case in {}", path.display());
        let marks = text.lines().filter(|line| line.starts_with("===")).count();
        assert_eq!(cases(&text).count(), marks, "a case in {} has no `---`", path.display());
    }
}

/// The titles say what each case is for, so no two are equal.
#[test]
fn titles_are_unique() {
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a golden file is readable text");
        let mut titles: Vec<&str> = cases(&text).map(|case| case.title).collect();
        titles.sort_unstable();
        for pair in titles.windows(2) {
            assert_ne!(pair[0], pair[1], "twice in {}", path.display());
        }
    }
}

struct Case<'t> {
    title: &'t str,
    source: &'t str,
    expected: &'t str,
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = std::fs::read_dir(folder).expect("the golden files are here");
    let paths = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_none_or(|extension| extension != "new")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn notation(path: &Path) -> Notation {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.ends_with(".soc.test") {
        Notation::Soc
    } else if name.ends_with(".gene.test") {
        Notation::Gene
    } else {
        panic!("no test runs {}: a golden file ends in .soc.test or .gene.test", path.display())
    }
}

fn cases(text: &str) -> impl Iterator<Item = Case<'_>> {
    let mut parts = text.split("\n=== ");
    let first = parts.next().and_then(|first| first.strip_prefix("=== "));
    first.into_iter().chain(parts).filter_map(|case| {
        let (title, rest) = case.split_once('\n')?;
        let (source, expected) = rest.split_once("\n---").or_else(|| Some(("", rest.strip_prefix("---")?)))?;
        Some(Case { title, source, expected: expected.trim_matches('\n') })
    })
}

fn outcome(source: &str, notation: Notation) -> String {
    let Parsed { tree, forms, errors, incomplete } = parse(source, notation);
    let tokens: String = tree.tokens().map(|token| token.text()).collect();
    assert_eq!(tokens, source, "the tree holds the whole text");
    let mut out = String::new();
    for form in &forms {
        let _ = writeln!(out, "{}", print_gene_plainly(form));
    }
    let file_name = if notation == Notation::Soc { "a.soc" } else { "a.gene" };
    for error in &errors {
        let _ = writeln!(out, "{}", render(error, file_name, source, false));
    }
    if incomplete {
        out.push_str("incomplete\n");
    }
    out.trim_end().to_owned()
}
