//! The tools that the command has beside running files: `motet fmt`, programs from standard input.

mod common;

use common::{Folder, Run, motet, root, run};
use std::io::Write;
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
    let failed = fed(&mut motet(), "let x = [\nprintln(1)");
    assert!(failed.stderr.contains("<stdin>:1:9") && failed.code == Some(1), "{}", failed.transcript());
}
