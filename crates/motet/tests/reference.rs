//! Keeps `docs/language.md`, `docs/library.md` and their like true: their programs print what they say, and the first lists the builtins as
//! they are declared. `docs/book` is kept true in `reference/book.rs`.
//!
//! `MOTET_UPDATE=1 cargo test -p motet --test reference` writes the list of builtins anew.

#[path = "reference/book.rs"]
mod book;
mod common;
mod tables;

use common::{Folder, difference, motet, root, run, updating};
use motet_vm::builtins::Documentation;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// Before the generated end of the page.
const MARK: &str = "<!-- Made from the declarations: MOTET_UPDATE=1 cargo test -p motet --test reference -->\n";

fn page() -> PathBuf {
    root().join("docs/language.md")
}

fn text() -> String {
    std::fs::read_to_string(page()).expect("the reference is there")
}

#[test]
fn the_builtins_are_listed_as_they_are_declared() {
    let text = text();
    let (prose, listed) = text.split_once(MARK).expect("the page has its mark");
    let declared = builtins();
    if updating() {
        std::fs::write(page(), format!("{prose}{MARK}{declared}")).expect("the page can be written");
        return;
    }
    assert!(listed == declared, "docs/language.md is not what the builtins declare\n{}", difference(listed, &declared));
}

fn builtins() -> String {
    let mut entries: Vec<Documentation> = motet::natives::builtins().documentation().collect();
    entries.sort_by(|a, b| (a.name, &a.signature).cmp(&(b.name, &b.signature)));
    let mut namespaces: BTreeMap<&str, Vec<&Documentation>> = BTreeMap::new();
    let (mut global, mut types) = (Vec::new(), Vec::new());
    for entry in &entries {
        match entry.namespace {
            Some(namespace) => namespaces.entry(namespace).or_default().push(entry),
            None if entry.is_function || entry.is_method => global.push(entry),
            None => types.push(entry),
        }
    }
    let mut text = String::from("\n### Types\n\n");
    table(&mut text, &types);
    text.push_str(
        "\n### Functions and methods\n\n“m”: also a method, `xs.len()`; “only m”: a method and no function.\n\n",
    );
    table(&mut text, &global);
    for (namespace, entries) in namespaces {
        let _ = write!(text, "\n### `{namespace}`\n\n");
        if let Some(module) = motet::natives::builtins().module(namespace) {
            let _ = write!(text, "{} Import: `\"{}\"`.\n\n", module.documentation, module.import_path());
        }
        table(&mut text, &entries);
    }
    text
}

fn table(text: &mut String, entries: &[&Documentation]) {
    text.push_str("| builtin | | |\n|---|---|---|\n");
    for entry in entries {
        let ways = match (entry.is_function, entry.is_method) {
            (true, true) => "m",
            (false, true) => "only m",
            (_, false) => "",
        };
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(text, "| `{}` | {ways} | {} |", cell(&entry.signature), cell(entry.text));
    }
}

/// Every builtin says what it is for, in a sentence.
#[test]
fn every_builtin_is_documented() {
    for entry in motet::natives::builtins().documentation() {
        assert!(entry.text.ends_with('.'), "{}: {:?}", entry.signature, entry.text);
        assert!(entry.signature.starts_with(entry.name), "{} is declared as {}", entry.name, entry.signature);
    }
}

/// `// → text` at the end of a line is what the program prints; together they are all that it prints.
#[test]
fn programs_on_the_pages_print_what_they_say() {
    let mut failures = String::new();
    for name in ["figures", "language", "library", "numbers", "world"] {
        let text = std::fs::read_to_string(root().join(format!("docs/{name}.md"))).expect("the page is there");
        let folder = Folder::new(&format!("reference-{name}"));
        assert!(run_programs(&text, &folder, &mut failures) > 3, "docs/{name}.md has lost its programs");
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Runs the programs of a page; gives how many there are.
fn run_programs(text: &str, folder: &Folder, failures: &mut String) -> usize {
    let mut programs = 0;
    for (notation, comment) in [("soc", "// → "), ("gene", "# → ")] {
        for (number, block) in text.split(&format!("\n```{notation}\n")).skip(1).enumerate() {
            let program = block.split("\n```").next().unwrap_or_default();
            let expected: String = program.lines().filter_map(|line| Some(line.split_once(comment)?.1)).fold(
                String::new(),
                |mut all, line| {
                    let _ = writeln!(all, "{line}");
                    all
                },
            );
            let file = folder.join(format!("{number}.{notation}"));
            std::fs::write(&file, program).expect("the build folder can be written");
            let run = run(motet().current_dir(&**folder).arg("run").arg(&file));
            let printed: String = run.stdout.lines().map(|line| format!("{}\n", line.trim_end())).collect();
            if printed != expected || run.code != Some(0) {
                let _ = write!(failures, "\n{program}\n{}{}", difference(&expected, &printed), run.stderr);
            }
            programs += 1;
        }
    }
    programs
}

/// The README shows less, but all of it runs.
#[test]
fn programs_in_the_readme_run() {
    let text = std::fs::read_to_string(root().join("README.md")).expect("the README is there");
    let folder = Folder::new("readme");
    for notation in ["soc", "gene"] {
        for (number, block) in text.split(&format!("\n```{notation}\n")).skip(1).enumerate() {
            let file = folder.join(format!("{number}.{notation}"));
            let program = block.split("\n```").next().unwrap_or_default();
            if program.contains("gui_run(") {
                // Its window is tested where the examples with windows are; it is one of them.
                let example = std::fs::read_to_string(root().join("examples/ui/dashboard.soc")).expect("it is there");
                assert!(example.trim_end().ends_with(program), "the README shows another dashboard than examples/ui");
                continue;
            }
            std::fs::write(&file, program).expect("the build folder can be written");
            let run = run(motet().arg("run").arg(&file));
            assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{program}");
        }
    }
}

/// All classes of errors are in the table of the page.
#[test]
fn every_kind_of_error_is_explained() {
    let text = text();
    for kind in motet_vm::ErrorKind::ALL {
        assert!(text.contains(&format!("`{}`", kind.name())), "docs/language.md does not explain {}", kind.name());
    }
}

/// Folders whose files cite requirements.
const CITING: &[&str] = &["crates", "tests", "examples", "benches", "fuzz", "docs"];

/// The requirements that a text cites: `T-16`, or a test whose name begins with `t16_`.
fn cited(text: &str) -> Vec<String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let mut found = Vec::new();
    for (at, _) in text.match_indices('-') {
        let bytes = text.as_bytes();
        let (Some(letter), Some(digits)) = (at.checked_sub(1).map(|at| bytes[at]), text.get(at + 1..at + 3)) else {
            continue;
        };
        let is_alone = at < 2 || !is_word(bytes[at - 2]);
        let ends = bytes.get(at + 3).is_none_or(|&byte| !is_word(byte));
        if is_alone && ends && LETTERS.contains(letter as char) && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            found.push(format!("{}-{digits}", letter as char));
        }
    }
    for name in text.split("fn ").skip(1) {
        // One test may prove several: `v01_v02_…`.
        for part in name.split('_') {
            let Some((letter, digits)) = part.split_at_checked(1) else { break };
            let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
            let letter = letter.to_ascii_uppercase();
            if !is_number || !LETTERS.contains(&letter) {
                break;
            }
            found.push(format!("{letter}-{digits}"));
        }
    }
    found
}

/// The kinds of requirement.
const LETTERS: &str = "LSTUVW";

#[test]
fn every_requirement_that_is_cited_is_defined() {
    let path = root().join("docs/requirements.md");
    let page = std::fs::read_to_string(&path).expect("the requirements are there");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let mut defined: Vec<&str> = rows.map(|(id, _)| id).filter(|id| *id != "id").collect();
    defined.sort_unstable();
    assert!(defined.is_sorted_by(|a, b| a < b), "a requirement is defined twice");

    let mut unknown = Vec::new();
    let mut count = 0;
    let mut waiting: Vec<PathBuf> = CITING.iter().map(|folder| root().join(folder)).collect();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(
                std::fs::read_dir(&path).expect("it can be read").map(|entry| entry.expect("it is there").path()),
            );
            continue;
        }
        // What is no text cites nothing.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for id in cited(&text) {
            count += 1;
            if !defined.contains(&id.as_str()) {
                unknown.push(format!("{id} in {}", path.display()));
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new(), "cited, but not in docs/requirements.md");
    assert!(count > 200, "citations are found at all: {count}");
}

#[test]
fn citations_are_told_from_other_text() {
    assert_eq!(
        cited("/// as T-16 says (V-03). UTF-8, X-01, A-T-16, T-1, T-160\nfn t07_w01_many() {} fn tail() {}"),
        ["T-16", "V-03", "T-07", "W-01"]
    );
}
