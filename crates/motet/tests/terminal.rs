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

/// A program that was started and has said, through a pipe with a name, that it is where it is to be.
struct Started {
    child: std::process::Child,
    folder: Folder,
}

impl Started {
    fn new(name: &str, program: &str) -> Started {
        let folder = Folder::new(name);
        std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
        for pipe in ["ready", "again"] {
            let path =
                std::ffi::CString::new(folder.join(pipe).as_os_str().as_bytes()).expect("a path has no zero byte");
            // SAFETY: the path ends with a zero byte.
            assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0, "the build folder can hold pipes");
        }
        let mut command = motet();
        command.current_dir(&*folder).args(["run", "--trace", "trace.json", "case.soc"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command can be started");
        Started { child, folder }
    }

    /// Waits until the program writes to a pipe.
    fn wait_for(&self, pipe: &str) {
        std::fs::read_to_string(self.folder.join(pipe)).expect("the program writes there");
    }

    fn send(&self, signal: i32) {
        let id = i32::try_from(self.child.id()).expect("ids are numbers of the system");
        // SAFETY: the child has not been waited for, so its id is no other process's.
        assert_eq!(unsafe { libc::kill(id, signal) }, 0);
    }

    /// The exit code and what was printed.
    fn end(self) -> (Option<i32>, String, String, Folder) {
        let output = self.child.wait_with_output().expect("it was started");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command writes UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr), self.folder)
    }
}

#[test]
fn a_signal_runs_finally_and_loses_nothing() {
    let waits =
        "println(\"begun\")\ntry { write_file(\"ready\", \"x\")\nsleep(1_000_000) } finally { println(\"tidied\") }";
    let computes = "println(\"begun\")\ntry { write_file(\"ready\", \"x\")\nloop {} } finally { println(\"tidied\") }";
    let in_builtin = "println(\"begun\")\nlet xs = list(0..100_000)\ntry { write_file(\"ready\", \"x\")\n\
                      count(fill(1_000_000, xs), list(0..100_000)) } finally { println(\"tidied\") }";
    let in_threads = "println(\"begun\")\nlet t = spawn(do { try { write_file(\"ready\", \"x\")\nloop {} } finally { println(\"tidied\") } })\nt.join()";
    for (number, program) in [waits, computes, in_builtin, in_threads].iter().enumerate() {
        for (signal, code) in [(libc::SIGINT, 130), (libc::SIGTERM, 143)] {
            let started = Started::new(&format!("signal-{number}-{signal}"), program);
            started.wait_for("ready");
            started.send(signal);
            let (found, printed, errors, folder) = started.end();
            assert_eq!((found, printed.as_str(), errors.as_str()), (Some(code), "begun\ntidied\n", ""), "{program}");
            let trace = std::fs::read_to_string(folder.join("trace.json")).expect("the trace is there");
            assert!(trace.trim_end().ends_with(']'), "the trace is closed: {trace}");
        }
    }
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let program = "println(\"begun\")\ntry { write_file(\"ready\", \"x\")\nsleep(1_000_000) }\n\
                   finally { write_file(\"again\", \"x\")\nloop {} }";
    let started = Started::new("signal-twice", program);
    started.wait_for("ready");
    started.send(libc::SIGTERM);
    started.wait_for("again");
    started.send(libc::SIGINT);
    let (found, printed, _, _) = started.end();
    assert_eq!((found, printed.as_str()), (Some(130), "begun\n"), "what was printed is there all the same");
}
