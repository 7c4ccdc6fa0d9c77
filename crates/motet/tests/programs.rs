//! Runs the collections of programs in `tests/programs`: each file holds cases of one notation, a program and what running
//! it shows.
//!
//! ```text
//! === title
//! $ run --depth 50 case.soc argument      (optional: the command line; `run case.soc` if it is left out)
//! the program: case.soc, or case.gene
//! --> other.gene                          (optional: more files beside it)
//! the other file
//! ---
//! standard output
//! stderr:
//! standard error, if there was any
//! exit 1
//! ```
//!
//! `MOTET_UPDATE=1 cargo test -p motet --test programs` writes what was found into the files; look at the difference
//! before you keep it.

mod common;

use common::{Folder, difference, motet, root, run, updating};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One test for each collection: `name => path under tests/programs`.
macro_rules! collections {
    ($($name:ident => $path:literal;)*) => {
        $(#[test]
        fn $name() {
            run_collection($path, Mode::Ordinary);
        })*

        /// Inline caches and specialised operations make programs faster and change nothing else.
        mod without_specialisation {
            $(#[test]
            fn $name() {
                super::run_collection($path, super::Mode::Plain);
            })*
        }

        /// Machine code makes programs faster and changes nothing else: neither messages nor traces nor exit codes.
        #[cfg(feature = "jit")]
        mod as_machine_code {
            $(#[test]
            fn $name() {
                super::run_collection($path, super::Mode::Eager);
            })*
        }

        /// Nor does it where code is left at any place.
        #[cfg(feature = "jit")]
        mod as_machine_code_under_stress {
            $(#[test]
            fn $name() {
                super::run_collection($path, super::Mode::Stress);
            })*
        }

        const COLLECTIONS: &[&str] = &[$($path),*];
    };
}

collections! {
    soc_builtins => "soc/builtins.soc.test";
    soc_calculus => "soc/calculus.soc.test";
    soc_callbacks => "soc/callbacks.soc.test";
    soc_classes => "soc/classes.soc.test";
    soc_compiled => "soc/compiled.soc.test";
    soc_compiled_changes => "soc/compiled_changes.soc.test";
    soc_compiled_objects => "soc/compiled_objects.soc.test";
    soc_compiled_texts => "soc/compiled_texts.soc.test";
    soc_control => "soc/control.soc.test";
    soc_csv => "soc/csv.soc.test";
    soc_dates => "soc/dates.soc.test";
    soc_errors => "soc/errors.soc.test";
    soc_data => "soc/data.soc.test";
    soc_figures => "soc/figures.soc.test";
    soc_first_hour => "soc/first_hour.soc.test";
    soc_files => "soc/files.soc.test";
    soc_functions => "soc/functions.soc.test";
    soc_gallery => "soc/gallery.soc.test";
    soc_guesses => "soc/guesses.soc.test";
    soc_habits => "soc/habits.soc.test";
    soc_surprises => "soc/surprises.soc.test";
    soc_generators => "soc/generators.soc.test";
    soc_json => "soc/json.soc.test";
    soc_lanes => "soc/lanes.soc.test";
    soc_linalg => "soc/linalg.soc.test";
    soc_made_names => "soc/made_names.soc.test";
    soc_messages => "soc/messages.soc.test";
    soc_modules => "soc/modules.soc.test";
    soc_newcomers => "soc/newcomers.soc.test";
    soc_numbers => "soc/numbers.soc.test";
    soc_regex => "soc/regex.soc.test";
    soc_objects => "soc/objects.soc.test";
    soc_printing => "soc/printing.soc.test";
    soc_scipy => "soc/scipy.soc.test";
    soc_signals => "soc/signals.soc.test";
    soc_statistics => "soc/statistics.soc.test";
    soc_strings => "soc/strings.soc.test";
    soc_tasks => "soc/tasks.soc.test";
    soc_threads => "soc/threads.soc.test";
    soc_tensors => "soc/tensors.soc.test";
    soc_types => "soc/types.soc.test";
    soc_workers => "soc/workers.soc.test";
    soc_values => "soc/values.soc.test";
    soc_sqlite => "soc/sqlite.soc.test";
    soc_net => "soc/net.soc.test";
    soc_http => "soc/http.soc.test";
    soc_world => "soc/world.soc.test";
    soc_tables => "soc/tables.soc.test";
    gene_first_hour => "gene/first_hour.gene.test";
    gene_gallery => "gene/gallery.gene.test";
    gene_guesses => "gene/guesses.gene.test";
    gene_habits => "gene/habits.gene.test";
    gene_surprises => "gene/surprises.gene.test";
    gene_classes => "gene/classes.gene.test";
    gene_control => "gene/control.gene.test";
    gene_csv => "gene/csv.gene.test";
    gene_data => "gene/data.gene.test";
    gene_regex => "gene/regex.gene.test";
    gene_dates => "gene/dates.gene.test";
    gene_files => "gene/files.gene.test";
    gene_functions => "gene/functions.gene.test";
    gene_json => "gene/json.gene.test";
    gene_made_names => "gene/made_names.gene.test";
    gene_macros => "gene/macros.gene.test";
    gene_modules => "gene/modules.gene.test";
    gene_newcomers => "gene/newcomers.gene.test";
    gene_numbers => "gene/numbers.gene.test";
    gene_signals => "gene/signals.gene.test";
    gene_tables => "gene/tables.gene.test";
    gene_threads => "gene/threads.gene.test";
    gene_words => "gene/words.gene.test";
    gene_workers => "gene/workers.gene.test";
    gene_values => "gene/values.gene.test";
}

/// A collection that no test names would pass forever.
#[test]
fn every_file_under_programs_is_run() {
    let folder = root().join("tests/programs");
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("the programs are here").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(&folder).expect("it is inside").to_string_lossy().into_owned());
            }
        }
    }
    let mut listed: BTreeSet<String> = COLLECTIONS.iter().map(|path| (*path).to_owned()).collect();
    listed.insert(FIRST_HOUR.to_owned());
    assert_eq!(found, listed, "the files under tests/programs and those that the tests run");
}

/// What people try in their first hour, and the cases that show it.
const FIRST_HOUR: &str = "first_hour.index";

/// The index says what it is for. Every entry names cases that exist, in both notations, or says why one has none.
#[test]
fn every_entry_of_the_first_hour_is_shown() {
    let text = std::fs::read_to_string(root().join("tests/programs").join(FIRST_HOUR)).expect("the index is readable");
    let collections: Vec<(String, String)> = COLLECTIONS
        .iter()
        .map(|path| {
            let name = path.rsplit_once('/').map_or(*path, |(_, file)| file).trim_end_matches(".test");
            let (name, notation) = name.rsplit_once('.').expect("a name and a notation");
            let file = std::fs::read_to_string(root().join("tests/programs").join(path)).expect("a collection");
            (format!("{notation} {name}"), file)
        })
        .collect();
    // The program of a case by its collection and title.
    let program = |line: &str| -> Option<String> {
        let (collection, title) = line.split_once(": ")?;
        let (_, file) = collections.iter().find(|(name, _)| name == collection)?;
        cases(file).into_iter().find(|case| case.title == title).map(|case| case.input.to_owned())
    };
    let mut missing = String::new();
    let (mut section, mut entries) = ("", 0);
    for block in text.split("\n\n") {
        if let Some(heading) = block.strip_prefix("# ") {
            section = heading.trim();
        }
        let Some(entry) = block.strip_prefix("* ") else { continue };
        entries += 1;
        let mut lines = entry.lines();
        let what = lines.next().unwrap_or_default();
        let (mut shown, mut programs) = (BTreeSet::new(), [String::new(), String::new()]);
        for line in lines {
            let notation = line.split(' ').next().unwrap_or_default();
            shown.insert(notation);
            let found = match line.split_once(": ") {
                Some((place, reason)) if place.ends_with(" none") => (!reason.is_empty()).then(String::new),
                Some((place, function)) if notation == "test" => {
                    let path = root().join("crates/motet/tests").join(place.trim_start_matches("test "));
                    let file = std::fs::read_to_string(path).unwrap_or_default();
                    file.contains(&format!("fn {function}(")).then(String::new)
                }
                _ => program(line),
            };
            match found {
                Some(program) => programs[usize::from(notation == "gene")].push_str(&program),
                None => missing.push_str(&format!("{what}: there is no {line}\n")),
            }
        }
        if !(shown.contains("soc") && shown.contains("gene") || shown.contains("test")) {
            missing.push_str(&format!("{what}: a notation has neither a case nor a reason\n"));
        }
        if section == "Names" {
            let names = what.split(", ").map(|name| name.trim_start_matches("`").trim_end_matches('`').trim());
            for name in names {
                for program in programs.iter().filter(|program| !program.is_empty() && !program.contains(name)) {
                    missing.push_str(&format!("{what}: {name} does not occur in {program}\n"));
                }
            }
        }
    }
    assert!(entries > 100, "the index has {entries} entries");
    assert!(missing.is_empty(), "{missing}");
}

/// What the cases do without an error is nothing that `motet check` warns of, unless they are about warnings.
#[test]
fn checking_the_cases_gives_no_warning() {
    let mut found = String::new();
    for path in COLLECTIONS {
        let file = root().join("tests/programs").join(path);
        let text = std::fs::read_to_string(&file).expect("a collection is readable text");
        let extension = extension(&file);
        let folder = Folder::new(&format!("check-{}", path.replace(['/', '.'], "-")));
        for (number, case) in cases(&text).into_iter().enumerate() {
            let runs_a_file = !case.input.starts_with("$ ");
            if !runs_a_file || case.expected.contains("error:") || case.expected.contains("warning[") {
                continue;
            }
            let input = format!("$ check case.{extension}\n{}", case.input);
            let checked = Case { title: case.title, input: &input, expected: "" };
            let outcome = outcome(&checked, extension, Mode::Ordinary, &folder.join(number.to_string()));
            if !outcome.is_empty() {
                found.push_str(&format!("\n{path}: {}\n{outcome}\n", case.title));
            }
        }
    }
    assert!(found.is_empty(), "{found}");
}

struct Case<'t> {
    title: &'t str,
    /// All between title and `---`.
    input: &'t str,
    expected: &'t str,
}

/// How the interpreter runs the programs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Ordinary,
    /// Without caches and specialised operations.
    Plain,
    /// Machine code at the second turn of each loop.
    #[cfg(feature = "jit")]
    Eager,
    /// The same, left now and then without a reason.
    #[cfg(feature = "jit")]
    Stress,
}

impl Mode {
    /// The option of the command that asks for it.
    fn option(self) -> Option<&'static str> {
        match self {
            Mode::Ordinary => None,
            Mode::Plain => Some("--plain"),
            #[cfg(feature = "jit")]
            Mode::Eager => Some("--jit=eager"),
            #[cfg(feature = "jit")]
            Mode::Stress => Some("--jit=stress"),
        }
    }
}

fn run_collection(path: &str, mode: Mode) {
    let file = root().join("tests/programs").join(path);
    let text = std::fs::read_to_string(&file).expect("a collection is readable text");
    let extension = extension(&file);
    let marks = text.lines().filter(|line| line.starts_with("=== ")).count();
    let cases = cases(&text);
    assert_eq!(cases.len(), marks, "a case in {path} has no `---`");
    assert!(!cases.is_empty(), "no case in {path}");
    let titles: BTreeSet<&str> = cases.iter().map(|case| case.title).collect();
    assert_eq!(titles.len(), cases.len(), "two cases in {path} have one title");

    let folder = Folder::new(&format!("{}-{mode:?}", path.replace(['/', '.'], "-")));
    let mut failures = String::new();
    let mut updated = String::new();
    for (number, case) in cases.iter().enumerate() {
        let folder = folder.join(number.to_string());
        let found = outcome(case, extension, mode, &folder);
        if found != case.expected {
            failures.push_str(&format!("\n{path}: {}\n{}", case.title, difference(case.expected, &found)));
        }
        let separator = if found.is_empty() { "" } else { "\n" };
        updated.push_str(&format!("=== {}\n{}\n---\n{found}{separator}\n", case.title, case.input));
    }
    if updating() && mode == Mode::Ordinary {
        std::fs::write(&file, format!("{}\n", updated.trim_end())).expect("a collection can be written");
    } else {
        assert!(failures.is_empty(), "{failures}\nMOTET_UPDATE=1 writes what was found into the files");
    }
}

fn extension(file: &Path) -> &'static str {
    let name = file.to_string_lossy();
    if name.ends_with(".soc.test") {
        "soc"
    } else if name.ends_with(".gene.test") {
        "gene"
    } else {
        panic!("{name}: a collection ends in .soc.test or .gene.test")
    }
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut parts = text.split("\n=== ");
    let first = parts.next().and_then(|first| first.strip_prefix("=== "));
    let cases = first.into_iter().chain(parts).filter_map(|case| {
        let (title, rest) = case.split_once('\n')?;
        let (input, expected) =
            rest.split_once("\n---\n").or_else(|| Some((rest.trim_end().strip_suffix("\n---")?, "")))?;
        Some(Case { title, input, expected: expected.trim_end() })
    });
    cases.collect()
}

/// Writes the files of a case into its folder, runs it there and gives the transcript.
fn outcome(case: &Case<'_>, extension: &str, mode: Mode, folder: &Path) -> String {
    std::fs::create_dir_all(folder).expect("the build folder can be written");
    let main = format!("case.{extension}");
    let (arguments, program) = match case.input.strip_prefix("$ ") {
        Some(rest) => rest.split_once('\n').unwrap_or((rest, "")),
        None => ("run", case.input),
    };
    let mut files: Vec<(PathBuf, String)> = vec![(folder.join(&main), String::new())];
    for line in program.lines() {
        if let Some(name) = line.strip_prefix("--> ") {
            files.push((folder.join(name), String::new()));
        } else {
            let (_, text) = files.last_mut().expect("the main file is there");
            text.push_str(line);
            text.push('\n');
        }
    }
    for (path, text) in files {
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the build folder can be written");
        std::fs::write(path, text).expect("the build folder can be written");
    }
    let mut command = motet();
    let (subcommand, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
    command.current_dir(folder).arg(subcommand);
    // A command that is used wrongly runs nothing, and says which options it was given.
    let is_misuse = case.expected.ends_with("exit 2");
    if matches!(subcommand, "run" | "eval") && !is_misuse {
        command.args(mode.option());
    }
    command.args(rest.split(' ').filter(|argument| !argument.is_empty()));
    if arguments == "run" {
        command.arg(main);
    }
    run(&mut command).transcript()
}
