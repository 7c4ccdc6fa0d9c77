//! The tools that the command has beside running files: `motet fmt`, programs from standard input.

#[path = "tools/benchmarking.rs"]
mod benchmarking;
mod common;
#[path = "tools/coverage.rs"]
mod coverage;
#[path = "tools/documentation.rs"]
mod documentation;
#[path = "tools/machine_code.rs"]
mod machine_code;
#[path = "tools/profiling.rs"]
mod profiling;
#[path = "tools/testing.rs"]
mod testing;

use common::{Folder, Run, motet, root, run};
use motet_syntax::{Notation, SyntaxKind, parse, print_gene_plainly};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs a command with a text as its standard input.
fn fed(command: &mut Command, text: &str) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command can be started");
    child.stdin.take().expect("it is a pipe").write_all(text.as_bytes()).expect("it reads its input");
    let output = child.wait_with_output().expect("it was started");
    let text = |bytes| String::from_utf8(bytes).expect("the command writes UTF-8");
    Run { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

#[test]
fn the_programs_of_the_repository_are_laid_out() {
    let found = run(motet().current_dir(root()).args(["fmt", "--check", "examples", "benches", "tests"]));
    assert_eq!(found.transcript(), "", "run `motet fmt examples benches tests`");
}

#[test]
fn fmt_writes_files_as_they_should_be() {
    let folder = Folder::new("fmt");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("the folder can be written");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the file is there");
    std::fs::create_dir(folder.join("deep")).expect("the folder can be written");
    write("a.soc", "let x=1");
    write("deep/b.gene", "( print  1 )");
    write("notes.txt", "let x=1");

    let checked = run(motet().current_dir(&*folder).args(["fmt", "--check", "."]));
    let expected =
        "--- ./a.soc\n+++ ./a.soc (formatted)\n@@ -1 +1 @@\n-let x=1\n\\ No newline at end of file\n+let x = 1";
    assert!(checked.transcript().starts_with(expected), "{}", checked.transcript());
    assert_eq!((checked.code, read("a.soc").as_str()), (Some(1), "let x=1"));

    assert_eq!(run(motet().current_dir(&*folder).args(["fmt", "."])).transcript(), "");
    assert_eq!([read("a.soc"), read("deep/b.gene"), read("notes.txt")], ["let x = 1\n", "(print 1)\n", "let x=1"]);
    assert_eq!(run(motet().current_dir(&*folder).args(["fmt", "--check", "."])).transcript(), "");

    // What is wrong is left as it is.
    write("a.soc", "let x=");
    let failed = run(motet().current_dir(&*folder).args(["fmt", "a.soc"]));
    assert!(failed.stderr.contains("a.soc:1:7"), "{}", failed.stderr);
    assert_eq!((failed.code, read("a.soc").as_str()), (Some(1), "let x="));
    let misused = run(motet().current_dir(&*folder).args(["fmt", "--lines", "2:1", "a.soc"]));
    assert_eq!(
        misused.transcript(),
        "stderr:\nerror: --lines takes the first and the last line, as in 12:20; not 2:1\nexit 2"
    );
}

#[test]
fn fmt_is_a_filter_too() {
    assert_eq!(fed(motet().arg("fmt"), "f( x )").transcript(), "f(x)");
    assert_eq!(fed(motet().args(["fmt", "--gene", "-"]), "( f x )").transcript(), "(f x)");
    assert_eq!(fed(motet().args(["fmt", "--check"]), "f(x)\n").transcript(), "");
    assert_eq!(fed(motet().args(["fmt", "--lines", "2:2"]), "a( )\nb( )\n").transcript(), "a( )\nb()");
}

#[test]
fn what_is_piped_in_is_a_program() {
    assert_eq!(fed(&mut motet(), "let x = 1\nprintln(x + 1)\nx").transcript(), "2");
    assert_eq!(fed(motet().args(["-", "a", "--b"]), "println(args)").transcript(), "[\"a\", \"--b\"]");
    assert_eq!(run(motet().args(["--gene", "-e", "(println args)", "a"])).transcript(), "[\"a\"]");
    assert_eq!(fed(motet().args(["--gene", "-", "a"]), "(println args)").transcript(), "[\"a\"]");
    let failed = fed(&mut motet(), "let x = [\nprintln(1)");
    assert!(failed.stderr.contains("<stdin>:2:11") && failed.code == Some(1), "{}", failed.transcript());
}

/// An example of docs/errors.md.
struct Explained {
    notation: &'static str,
    options: Vec<String>,
    code: String,
}

/// The sections of docs/errors.md: names and examples.
fn explained() -> Vec<(String, Vec<Explained>)> {
    let page = std::fs::read_to_string(root().join("docs/errors.md")).expect("the page is there");
    let example = |block: &str| {
        let (fence, code) = block.split_once('\n').expect("a block has lines");
        let mut words = fence.split_whitespace();
        let notation = match words.next() {
            Some("soc") => "soc",
            Some("gene") => "gene",
            other => panic!("{other:?} is no notation"),
        };
        Explained { notation, options: words.map(str::to_owned).collect(), code: code.to_owned() }
    };
    let section = |text: &str| {
        let (name, rest) = text.split_once('\n').expect("a section has a text");
        (name.to_owned(), rest.split("```").skip(1).step_by(2).map(example).collect())
    };
    page.split("\n## ").skip(1).map(section).collect()
}

#[test]
fn every_error_and_warning_is_explained_by_examples_that_hold() {
    let sections = explained();
    let kinds = motet_vm::ErrorKind::ALL.iter().map(|kind| kind.name());
    for name in kinds.chain(motet_syntax::WARNINGS) {
        assert!(sections.iter().any(|(section, _)| section == name), "docs/errors.md says nothing of {name}");
        let shown = run(motet().args(["explain", &name.to_lowercase()]));
        assert!(shown.stdout.starts_with(name) && shown.code == Some(0), "{name}: {}", shown.transcript());
        assert!(!shown.stdout.contains("```") && shown.stdout.contains("This "), "{name}: {}", shown.stdout);
    }
    let folder = Folder::new("explained");
    let outcome = |command: &str, example: &Explained| {
        let file = format!("example.{}", example.notation);
        std::fs::write(folder.join(&file), &example.code).expect("the folder can be written");
        run(motet().current_dir(&*folder).arg(command).args(&example.options).arg(&file))
    };
    for (name, examples) in sections {
        let [wrong, right] = &examples[..] else { panic!("{name} needs an example and its mend") };
        if motet_syntax::WARNINGS.contains(&&*name) {
            let warned = outcome("check", wrong);
            assert!(warned.stderr.contains(&format!("warning[{name}]")), "{name}: {}", warned.transcript());
            assert_eq!(warned.stderr.matches("warning[").count(), 1, "{name}: {}", warned.transcript());
        } else {
            let failed = outcome("run", wrong);
            let line = failed.stderr.lines().next().unwrap_or("");
            let is_it = line.starts_with(&format!("error: {name}:")) || name == "Error" && line.starts_with("error: ");
            assert!(is_it && failed.code == Some(1), "{name}: {}", failed.transcript());
        }
        let checked = outcome("check", &Explained { options: Vec::new(), code: right.code.clone(), ..*right });
        assert_eq!((checked.stderr.as_str(), checked.code), ("", Some(0)), "{name}");
        let mended = outcome("run", right);
        assert_eq!((mended.stderr.as_str(), mended.code), ("", Some(0)), "{name}");
    }
    assert_eq!(
        run(motet().args(["explain", "TypError"])).transcript(),
        "stderr:\nerror: there is no error or warning named TypError; did you mean TypeError?\nexit 2"
    );
}

#[test]
fn check_says_what_is_wrong_in_json() {
    let folder = Folder::new("json");
    std::fs::write(folder.join("a.soc"), "let é = 1\né = \"a\\n\" + nope\n").expect("the folder can be written");
    let found = run(motet().current_dir(&*folder).args(["check", "--json", "a.soc"]));
    assert_eq!((found.code, found.stderr.as_str()), (Some(1), ""));
    let lines: Vec<serde_json::Value> =
        found.stdout.lines().map(|line| serde_json::from_str(line).expect("a line is an object")).collect();
    let unknown = lines.iter().find(|line| line["message"] == "unknown name `nope`").expect("it is reported");
    assert_eq!((&unknown["file"], &unknown["line"], &unknown["column"]), (&"a.soc".into(), &2.into(), &13.into()));
    assert_eq!((&unknown["severity"], &unknown["end_column"]), (&"error".into(), &17.into()));
    std::fs::write(folder.join("a.soc"), "let x = 1\n").expect("the folder can be written");
    assert_eq!(run(motet().current_dir(&*folder).args(["check", "--json", "a.soc"])).transcript(), "");
}

#[test]
fn colours_follow_the_usual_conventions() {
    let wrong = |name: &str, value: &str| fed(motet().env_remove("NO_COLOR").env(name, value), "nope").stderr;
    assert!(wrong("CLICOLOR_FORCE", "1").contains("\x1b["));
    assert!(!wrong("CLICOLOR_FORCE", "0").contains("\x1b["));
    let both = fed(motet().env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1"), "nope").stderr;
    assert!(!both.contains("\x1b["));
}

/// All programs of the repository in both notations.
fn programs(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            programs(&path, found);
        } else if Notation::of_file(&path.to_string_lossy()).is_some() {
            found.push(path);
        }
    }
}

fn comments(text: &str, notation: Notation) -> usize {
    let is_comment = |kind| matches!(kind, SyntaxKind::LineComment | SyntaxKind::BlockComment);
    parse(text, notation).tree.tokens().filter(|token| is_comment(token.kind())).count()
}

#[test]
fn every_program_of_the_repository_can_be_converted_and_back() {
    let mut files = Vec::new();
    ["examples", "benches", "tests"].iter().for_each(|name| programs(&root().join(name), &mut files));
    let folder = Folder::new("convert");
    let (mut both_ways, mut refused) = (0, Vec::new());
    for file in &files {
        let text = std::fs::read_to_string(file).expect("programs are text");
        let notation = Notation::of_file(&file.to_string_lossy()).expect("it has an ending");
        let (first, second) = match notation {
            Notation::Soc => ("there.gene", "back.soc"),
            Notation::Gene => ("there.soc", "back.gene"),
        };
        let there = run(motet().current_dir(&*folder).arg("convert").arg(file).args(["-o", first]));
        if there.code != Some(0) {
            assert!(there.stderr.contains("cannot be written in .soc"), "{}: {}", file.display(), there.transcript());
            refused.push(file.file_name().expect("a name").to_string_lossy().into_owned());
            continue;
        }
        let back = run(motet().current_dir(&*folder).args(["convert", first, "-o", second]));
        assert_eq!(back.transcript(), "", "{} and back", file.display());
        let other = std::fs::read_to_string(folder.join(first)).expect("it was written");
        let again = std::fs::read_to_string(folder.join(second)).expect("it was written");
        // The same forms do the same.
        let shown = |text: &str| parse(text, notation).forms.iter().map(print_gene_plainly).collect::<Vec<_>>();
        if notation == Notation::Soc {
            assert_eq!(shown(&again), shown(&text), "{}", file.display());
        } else {
            let soc = |text: &str| parse(text, Notation::Soc).forms.iter().map(print_gene_plainly).collect::<Vec<_>>();
            std::fs::write(folder.join("again.gene"), &again).expect("the folder can be written");
            let twice = run(motet().current_dir(&*folder).args(["convert", "again.gene"]));
            assert_eq!(soc(&twice.stdout), soc(&other), "{}", file.display());
        }
        assert!(comments(&again, notation) >= comments(&text, notation), "{}: comments are lost", file.display());
        both_ways += 1;
    }
    refused.sort();
    assert!(both_ways > 30, "{both_ways}");
    // These define macros.
    assert_eq!(refused, ["macros.gene", "report.gene"]);
}

/// What `.soc` has no words for: macros, quoting, symbols, names that are words of `.soc`, types of all fields at once.
const ONLY_GENE: [&str; 16] = [
    "JSON there and back",
    "a macro",
    "case with patterns",
    "every kind that typeof names is a type",
    "fields",
    "gensym",
    "literals print in the notation of the program",
    "macros see code",
    "macros take and give made symbols",
    "macros that use functions and macros",
    "made symbols in nodes and maps",
    "names that are also words",
    "nodes are data",
    "quoted nodes are equal however they came about",
    "quoting",
    "symbols",
];

/// The cases of a collection in `tests/programs` that are one file and end well: titles, programs and what they print.
fn cases(text: &str) -> Vec<(&str, &str, &str)> {
    let parts = text.split("=== ").skip(1).filter_map(|case| {
        let (title, rest) = case.split_once('\n')?;
        let (program, shown) = rest.split_once("\n---\n")?;
        // Errors have places, which are others.
        let ends_well = !shown.contains("stderr:") && !shown.contains("case.gene:");
        let is_plain = !program.starts_with("$ ") && !program.contains("\n--> ") && ends_well;
        is_plain.then_some((title, program, shown.trim()))
    });
    parts.collect()
}

#[test]
fn programs_of_gene_do_the_same_when_they_were_soc() {
    let folder = Folder::new("convert_cases");
    let (mut refused, mut failures, mut same) = (Vec::new(), String::new(), 0);
    let collections = root().join("tests/programs/gene");
    for entry in std::fs::read_dir(collections).expect("the programs are here") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("it is text");
        for (title, program, shown) in cases(&text) {
            std::fs::write(folder.join("case.gene"), program).expect("the folder can be written");
            let there = run(motet().current_dir(&*folder).args(["convert", "case.gene", "-o", "there.soc"]));
            if there.code != Some(0) {
                refused.push(title.to_owned());
                continue;
            }
            // Values print in the notation of the program, so it goes back before it runs.
            let back = run(motet().current_dir(&*folder).args(["convert", "there.soc", "-o", "back.gene"]));
            assert_eq!(back.transcript(), "", "{title}");
            let found = run(motet().current_dir(&*folder).arg("back.gene")).transcript();
            same += usize::from(found == shown);
            if found != shown {
                failures.push_str(&format!("\n=== {title}\n{found}\ninstead of\n{shown}\n"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    refused.sort();
    assert_eq!(refused, ONLY_GENE);
    assert!(same > 90, "{same}");
}
