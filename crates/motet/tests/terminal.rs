//! What the command does on a terminal, by a pseudo terminal that the test holds the other end of (W-04).

#![cfg(target_os = "linux")]

mod common;

use common::{Folder, motet, run};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

const PROGRAM: &str =
    "println(sum(parallel_map(0..40, n => n * 2, {progress: true})))\nprintln(sum(parallel_map(0..30, n => n)))";

/// A terminal of 80 columns: our end, and the one that a program gets.
fn terminal() -> (File, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("the system has terminals left");
    grantpt(&ours).expect("it is ours");
    unlockpt(&ours).expect("it is ours");
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&ours, size).expect("a terminal has a size");
    let name = ptsname(&ours, Vec::new()).expect("the other end has a name");
    let name = std::ffi::OsStr::from_bytes(name.to_bytes());
    let theirs = OpenOptions::new().read(true).write(true).open(name).expect("the other end can be opened");
    (File::from(ours), theirs)
}

/// All that is written to a terminal until nobody has it open any more.
fn read_to_its_end(mut terminal: File) -> String {
    let mut bytes = Vec::new();
    // The system ends the reading by an error, after all that was written has been read.
    let _ = terminal.read_to_end(&mut bytes);
    String::from_utf8(bytes).expect("the command writes UTF-8")
}

#[test]
fn w04_a_bar_is_drawn_on_a_terminal_and_cleared() {
    let folder = Folder::new("terminal");
    std::fs::write(folder.join("case.soc"), PROGRAM).expect("the build folder can be written");
    let (ours, theirs) = terminal();
    let mut command = motet();
    command.current_dir(&*folder).args(["run", "case.soc"]).env("TERM", "xterm-256color");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::from(theirs));
    let child = command.spawn().expect("the command can be started");
    // It holds the other end as well.
    drop(command);
    let shown = read_to_its_end(ours);
    let output = child.wait_with_output().expect("it was started");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stdout).as_ref()), (Some(0), "1560\n435\n"));
    assert!(shown.contains("/40"), "how many there are: {shown:?}");
    assert!(shown.contains(['█', '░']), "a bar: {shown:?}");
    assert!(!shown.contains("/30"), "nobody asked for that one: {shown:?}");
    assert!(shown.ends_with("\x1b[2K"), "what comes next finds an empty line: {shown:?}");
}

#[test]
fn w04_nothing_is_drawn_into_a_pipe() {
    let folder = Folder::new("pipe");
    std::fs::write(folder.join("case.soc"), PROGRAM).expect("the build folder can be written");
    let run = run(motet().current_dir(&*folder).args(["run", "case.soc"]).env("TERM", "xterm-256color"));
    assert_eq!(run.transcript(), "1560\n435");
}
