//! `motet test`.

use crate::common::{Folder, Run, motet, run};
use std::path::Path;
use std::process::{Child, Stdio};

fn folder(name: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(name);
    for (path, text) in files {
        write(&folder, path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be written");
    std::fs::write(path, text).expect("the folder can be written");
}

/// Writes a file as a whole, as most editors do: no other process sees a part of it.
fn save(folder: &Path, path: &str, text: &str) {
    write(folder, ".draft", text);
    std::fs::rename(folder.join(".draft"), folder.join(path)).expect("the folder can be written");
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).expect("the file is there")
}

fn test(folder: &Path, arguments: &[&str]) -> Run {
    run(motet().current_dir(folder).env("NO_COLOR", "1").arg("test").args(arguments))
}

/// The last line, without how long it took.
fn total(found: &Run) -> &str {
    let last = found.stdout.trim_end().lines().last().unwrap_or_default();
    last.rsplit_once(" in ").map_or(last, |(counts, _)| counts)
}

const AREA: &str = r#"export fn area(w, h) { w * h }
test "a square" { assert_eq(area(3, 3), 9) }
test "a line" { assert_eq(area(3, 0), 0); println("measured") }
"#;

#[test]
fn tests_are_found_and_run_in_both_notations() {
    let folder = folder(
        "testing_found",
        &[
            ("src/area.soc", AREA),
            ("src/area.gene", "(fn twice [x] (x * 2))\n(test \"twice\" (assert_eq (twice 2) 4))\n"),
            ("src/plain.soc", "throw 'a program without tests is not run'"),
            ("whole_test.soc", "import {area} from './src/area'\nassert_eq(area(2, 3), 6)"),
            (".hidden/no_test.soc", "throw 'nor is what is hidden'"),
        ],
    );
    let found = test(&folder, &[]);
    assert_eq!((total(&found), found.code), ("4 passed", Some(0)), "{}", found.transcript());
    // The tests of a file that is imported are not run again with the one that imports it.
    assert!(found.stdout.contains("whole_test.soc  1 passed"), "{}", found.stdout);
    let listed = test(&folder, &["--list", "src"]);
    let expected = "src/area.gene: twice\nsrc/area.soc: a square\nsrc/area.soc: a line\n";
    assert_eq!(listed.stdout, expected, "{}", listed.transcript());
    let filtered = test(&folder, &["-k", "line", "-v"]);
    assert_eq!((total(&filtered), filtered.code), ("1 passed", Some(0)), "{}", filtered.transcript());
    assert!(filtered.stdout.contains("passed a line ("), "{}", filtered.stdout);
    for (arguments, message) in [
        (&["-k", "circle"][..], "error: no test has a name like that\n"),
        (&["nowhere.soc"], "error: nowhere.soc: no such file\n"),
    ] {
        let found = test(&folder, arguments);
        assert_eq!((found.stderr.as_str(), found.code), (message, Some(2)), "{arguments:?}");
    }
}

#[test]
fn a_run_skips_tests() {
    let folder = folder("testing_run", &[("a.soc", "test \"never\" { println(\"ran\") }\nprintln(\"done\")")]);
    assert_eq!(run(motet().current_dir(&*folder).arg("a.soc")).transcript(), "done");
}

#[test]
fn failures_are_told_with_their_places_and_what_was_printed() {
    let folder = folder(
        "testing_failures",
        &[
            (
                "a_test.soc",
                r#"test "passes" { println("unseen") }
test "fails" { println("seen"); assert_eq([1, {a: 2}], [1, {a: 3}]) }
test "throws" { [].first() + int("x") }
test "leaves a task" { async do { throw "alone" }; sleep(1) }
test "leaves a thread" { spawn(do { throw "far" }).join() }
test "waits for ever" { await async do { let c = channel(1); c.recv() } }
test "is not ended by the others" { assert(true) }
"#,
            ),
            ("b_test.soc", "throw 'at once'"),
            ("c.soc", "test \"x\" { }; throw 'before any test'"),
            ("d_test.soc", "let = 3"),
        ],
    );
    let found = test(&folder, &["--junit", "junit.xml"]);
    let text = &found.stdout;
    assert_eq!((total(&found), found.code), ("2 passed, 6 failed, 2 files could not be run", Some(1)), "{text}");
    for expected in [
        "a_test.soc  2 passed, 5 failed",
        "FAILED a_test.soc: fails\nerror: AssertError: [1, {a: 2}] is not equal to [1, {a: 3}]",
        "--> a_test.soc:2:",
        "it printed:\nseen\n",
        "FAILED a_test.soc: leaves a task\nin a task that is not awaited:\nerror: Error: alone",
        "FAILED a_test.soc: waits for ever\nerror: Deadlock",
        "FAILED b_test.soc: the whole file\nerror: Error: at once",
        "CANNOT RUN c.soc\nerror: Error: before any test",
        "CANNOT RUN d_test.soc\nerror: ",
    ] {
        assert!(text.contains(expected), "{expected} is not in:\n{text}");
    }
    assert!(!text.contains("unseen"), "{text}");
    let junit = read(&folder, "junit.xml");
    assert!(junit.contains("<testsuites tests=\"10\" failures=\"8\""), "{junit}");
    assert!(junit.contains("<testcase classname=\"a_test.soc\" name=\"passes\""), "{junit}");
    assert!(junit.contains("<failure message=\"AssertError: [1, {a: 2}] is not equal to [1, {a: 3}]"), "{junit}");
}

#[test]
fn a_test_that_takes_too_long_is_ended() {
    let text = "test \"for ever\" { while (true) { } }\n\
                test \"stubborn\" { while (true) { try { while (true) { } } catch (e) { } } }\n\
                test \"quick\" { }\n";
    let folder = folder("testing_timeout", &[("a.soc", text)]);
    let found = test(&folder, &["--timeout", "0.1"]);
    assert_eq!((total(&found), found.code), ("1 passed, 2 failed", Some(1)), "{}", found.transcript());
    assert!(found.stdout.contains("a.soc: for ever\nerror: it took longer than 0.1 s (--timeout)"), "{}", found.stdout);
}

#[test]
fn snapshots_are_kept_compared_renewed_and_removed() {
    let program =
        |value: &str| format!("test \"shape\" {{ assert_snapshot({value}); assert_snapshot('two\\nlines') }}\n");
    let folder = folder("testing_snapshots", &[("a.soc", &program("{a: [1, 2]}"))]);
    let found = test(&folder, &[]);
    assert_eq!(total(&found), "1 passed, 2 snapshots written", "{}", found.transcript());
    let kept = "shape:\n    {a: [1, 2]}\nshape #2:\n    two\n    lines\n";
    assert_eq!(read(&folder, "a.soc.snap"), kept);
    assert_eq!(total(&test(&folder, &[])), "1 passed");

    write(&folder, "a.soc", &program("{a: [1, 3]}"));
    let found = test(&folder, &[]);
    assert_eq!((total(&found), found.code), ("1 failed", Some(1)), "{}", found.transcript());
    let lines: Vec<&str> = found.stdout.lines().map(str::trim).collect();
    assert!(lines.windows(2).any(|pair| pair == ["-{a: [1, 2]}", "+{a: [1, 3]}"]), "{}", found.stdout);
    assert_eq!(read(&folder, "a.soc.snap"), kept);

    assert_eq!(total(&test(&folder, &["--update"])), "1 passed, 1 snapshot written");
    assert_eq!(read(&folder, "a.soc.snap"), kept.replace("[1, 2]", "[1, 3]"));

    write(&folder, "a.soc", "test \"other\" { }");
    assert!(total(&test(&folder, &[])).starts_with("1 passed, 2 snapshots that no test asks for"));
    assert_eq!(total(&test(&folder, &["--update"])), "1 passed");
    assert!(!folder.join("a.soc.snap").exists());

    let found = run(motet().args(["-e", "assert_snapshot(1)"]));
    assert!(found.stderr.contains("there are snapshots only in the tests that `motet test` runs"), "{}", found.stderr);
}

#[test]
fn a_save_runs_again_what_it_changes() {
    use std::io::{BufRead, BufReader};
    let folder = folder(
        "testing_watch",
        &[
            ("lib.soc", "export fn f() { 1 }"),
            ("uses_test.soc", "import {f} from './lib'\nassert_eq(f(), 1)"),
            ("other_test.soc", "assert(true)"),
        ],
    );
    let mut child = Watching(
        motet()
            .current_dir(&*folder)
            .env("NO_COLOR", "1")
            .args(["test", "--watch"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command can be started"),
    );
    let mut lines = BufReader::new(child.0.stdout.take().expect("it is a pipe")).lines();
    let mut round = || {
        let mut text = String::new();
        loop {
            let line = lines.next().expect("it goes on").expect("it writes UTF-8");
            if line.starts_with("watching") {
                return text;
            }
            text.push_str(&line);
            text.push('\n');
        }
    };
    let first = round();
    assert!(first.contains("2 passed in"), "{first}");
    save(&folder, "lib.soc", "export fn f() { 22 }");
    let second = round();
    assert!(second.contains("1 failed in") && !second.contains("other_test"), "{second}");
    save(&folder, "lib.soc", "export fn f() { 1 }");
    let third = round();
    assert!(third.contains("1 passed in"), "{third}");
    save(&folder, "new_test.soc", "assert(true)");
    let fourth = round();
    assert!(fourth.contains("new_test.soc  1 passed"), "{fourth}");
}

/// A command that goes on until the test ends.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        // Only if it has ended already there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
