//! What the command does on a terminal, by a pseudo terminal that the test holds the other end of (W-04).

#![cfg(target_os = "linux")]

mod common;

use common::{Folder, motet, run};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

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

/// All that is written to a terminal until no process has it open any more.
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
    assert!(!shown.contains("/30"), "that one was not asked for: {shown:?}");
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
                      count((0..1_000_000).map(_ => xs), list(0..100_000)) } finally { println(\"tidied\") }";
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
fn what_goes_on_starting_tasks_is_ended_by_one_signal() {
    let wait = "try { write_file(\"ready\", \"x\")\nsleep(1_000_000) } catch (e) { println(e.kind) }";
    let tasks = format!("fn again() {{ try {{ sleep(1) }} catch (e) {{ }}\nasync again() }}\nasync again()\n{wait}");
    let effects = "let a = signal(0)\nasync do { sleep(5)\nwrite_file(\"ready\", \"x\") }\n\
                   try { effect(() => do { let v = a.value\nsleep(1)\na.set(v + 1) }) } catch (e) { println(e.kind) }";
    let tidies = "try { write_file(\"ready\", \"x\")\nsleep(1_000_000) }\n\
                  finally { println(await async do { sleep(1)\n\"Cancelled\" }) }";
    for (number, program) in [&tasks, effects, tidies].iter().enumerate() {
        let started = Started::new(&format!("signal-tasks-{number}"), program);
        started.wait_for("ready");
        started.send(libc::SIGTERM);
        let (found, printed, errors, _) = started.end();
        assert_eq!((found, printed.as_str(), errors.as_str()), (Some(143), "Cancelled\n", ""), "{program}");
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

/// Runs a program whose output and errors both go to a terminal; gives all that it shows there.
fn shown_by(name: &str, program: &str) -> String {
    let folder = Folder::new(name);
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let (ours, theirs) = terminal();
    let mut command = motet();
    command.current_dir(&*folder).args(["run", "case.soc"]).env("TERM", "xterm").env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::from(theirs.try_clone().expect("a terminal can be opened twice")));
    let mut child = command.stderr(Stdio::from(theirs)).spawn().expect("the command can be started");
    drop(command);
    let shown = read_to_its_end(ours);
    child.wait().expect("it was started");
    shown
}

#[test]
fn an_error_on_a_terminal_begins_on_a_line_of_its_own() {
    let uncaught = shown_by("line_uncaught", "print(\"half a line\")\nint(\"x\")");
    assert!(uncaught.starts_with("half a line\r\nerror: ValueError"), "{uncaught:?}");
    let of_errors = shown_by("line_errors", "eprint(\"half a line\")\nint(\"x\")");
    assert!(of_errors.starts_with("half a line\r\nerror: ValueError"), "{of_errors:?}");
    let in_task = shown_by("line_task", "async do { print(\"half\"); throw \"late\" }\nprintln(\"end\")");
    assert!(in_task.starts_with("halfend\r\nin a task that is not awaited:\r\nerror: Error: late"), "{in_task:?}");
    // A line that has ended is followed by no empty one.
    let ended = shown_by("line_ended", "println(\"a line\")\nint(\"x\")");
    assert!(ended.starts_with("a line\r\nerror: ValueError"), "{ended:?}");
}

/// What a program has printed by the time that it waits, with its output in a pipe or on a terminal.
fn printed_before_it_waits(name: &str, waits: &str, on_terminal: bool) {
    let folder = Folder::new(name);
    // Its standard input stays open, so the waits below have no end.
    std::fs::write(folder.join("case.soc"), format!("print(\"begun\")\n{waits}")).expect("the folder can be written");
    let mut command = motet();
    command.current_dir(&*folder).args(["run", "case.soc"]).stdin(Stdio::piped()).stderr(Stdio::null());
    let (mut output, mut child): (Box<dyn Read>, Child) = if on_terminal {
        let (ours, theirs) = terminal();
        let child = command.stdout(Stdio::from(theirs)).spawn().expect("the command can be started");
        (Box::new(ours), child)
    } else {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the command can be started");
        (Box::new(child.stdout.take().expect("it is piped")), child)
    };
    drop(command);
    let mut bytes = [0; 5];
    // It comes while the program waits, or never.
    output.read_exact(&mut bytes).expect("something is printed");
    assert_eq!(&bytes, b"begun", "{waits}");
    assert!(child.try_wait().expect("it was started").is_none(), "it waits: {waits}");
    child.kill().expect("it waits");
    child.wait().expect("it was started");
}

#[test]
fn what_was_printed_is_seen_while_the_program_waits() {
    let waits =
        ["sleep(1_000_000)", "read_line()", "spawn(sleep(1_000_000)).join()", "await async do { sleep(1_000_000) }"];
    for (number, waits) in waits.iter().enumerate() {
        printed_before_it_waits(&format!("flush_pipe_{number}"), waits, false);
        printed_before_it_waits(&format!("flush_terminal_{number}"), waits, true);
    }
}

#[test]
fn lines_are_seen_on_a_terminal_while_the_program_computes() {
    let folder = Folder::new("flush_lines");
    std::fs::write(folder.join("case.soc"), "println(\"a line\")\nloop {}").expect("the folder can be written");
    let (mut ours, theirs) = terminal();
    let mut command = motet();
    command.current_dir(&*folder).args(["run", "case.soc"]).stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = command.stdout(Stdio::from(theirs)).spawn().expect("the command can be started");
    drop(command);
    let mut bytes = [0; 8];
    ours.read_exact(&mut bytes).expect("the line is shown");
    assert_eq!(&bytes, b"a line\r\n");
    child.kill().expect("it computes");
    child.wait().expect("it was started");
}

/// A prompt in a terminal of its own.
struct Prompt {
    child: Child,
    keys: File,
    shown: Arc<(Mutex<String>, Condvar)>,
    /// What was looked at already.
    seen: usize,
    _folder: Folder,
}

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

impl Prompt {
    fn start(name: &str) -> Prompt {
        let folder = Folder::new(name);
        let (ours, theirs) = terminal();
        let twin = || Stdio::from(theirs.try_clone().expect("a terminal can be opened twice"));
        let mut command = motet();
        command.current_dir(&*folder).stdin(twin()).stdout(twin()).stderr(twin());
        command.env("TERM", "xterm").env("NO_COLOR", "1").env("MOTET_HISTORY", folder.join("history"));
        let child = command.spawn().expect("the command can be started");
        drop(command);
        drop(theirs);
        let shown = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let (mut screen, text) = (ours.try_clone().expect("ours"), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            let mut rest = Vec::new();
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                rest.extend_from_slice(&bytes[..count]);
                // A character may come in two pieces.
                let valid = std::str::from_utf8(&rest).map_or_else(|error| error.valid_up_to(), str::len);
                let new: Vec<u8> = rest.drain(..valid).collect();
                text.0.lock().expect("no panic").push_str(&String::from_utf8(new).expect("it was looked at"));
                text.1.notify_all();
            }
        });
        let mut prompt = Prompt { child, keys: ours, shown, seen: 0, _folder: folder };
        prompt.expect("motet> ");
        prompt
    }

    fn press(&mut self, keys: &str) {
        // In pieces, as they come from a terminal: one larger than the system's buffer may never be taken.
        for piece in keys.as_bytes().chunks(512) {
            self.keys.write_all(piece).expect("the terminal is open");
        }
    }

    /// Waits until this is shown behind what was expected last.
    fn expect(&mut self, wanted: &str) {
        let (text, changed) = &*self.shown;
        let until = Instant::now() + PATIENCE;
        let mut shown = text.lock().expect("no panic");
        loop {
            if let Some(at) = shown[self.seen..].find(wanted) {
                self.seen += at + wanted.len();
                return;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{wanted:?} is not shown: {:?}", &shown[self.seen..]);
            shown = changed.wait_timeout(shown, left).expect("no panic").0;
        }
    }

    /// Enters a piece, and waits for what it shows on a line of its own, and for the next prompt.
    fn enter(&mut self, piece: &str, wanted: &str) {
        self.press(&format!("{piece}\r"));
        // Behind the line that was typed.
        self.expect("\n");
        if !wanted.is_empty() {
            self.expect(wanted);
        }
        self.expect("motet> ");
    }

    fn interrupt(&self) {
        // SAFETY: the child is ours and has not been waited for, so the number is its own.
        assert_eq!(unsafe { libc::kill(self.child.id() as i32, libc::SIGINT) }, 0);
    }

    fn end(mut self) {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            // A key that comes before the prompt reads keys may be lost: it is pressed until it is taken.
            let _ = self.keys.write_all(b"\x04");
            let (text, changed) = &*self.shown;
            drop(changed.wait_timeout(text.lock().expect("no panic"), Duration::from_millis(200)));
            if let Some(status) = self.child.try_wait().expect("it was started") {
                break status;
            }
            assert!(Instant::now() < until, "the prompt does not end: {}", self.shown.0.lock().expect("no panic"));
        };
        assert!(status.success(), "{status}: {}", self.shown.0.lock().expect("no panic"));
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        // Of a test that failed; otherwise it has ended.
        let _ = self.child.kill();
    }
}

#[test]
fn a_session_keeps_its_names() {
    let mut prompt = Prompt::start("prompt_names");
    prompt.enter("let x = 6", "");
    prompt.enter("x * 7", "42\r\n");
    prompt.enter("_ + 1", "43\r\n");
    prompt.enter("mut n = 1; fn next() { n += 1; n }", "");
    prompt.enter("next() + n", "4\r\n");
    prompt.enter("n = 10", "");
    prompt.enter("next()", "11\r\n");
    // An error leaves the session alive.
    prompt.enter("nope", "unknown name `nope`");
    prompt.enter("throw \"on purpose\"", "on purpose");
    prompt.enter("let late = [1][5]", "IndexError");
    prompt.enter("late", "late");
    // An entry goes on until it is complete.
    prompt.press("if (x == 6) {\r\"yes\"\r}\r");
    prompt.expect("\"yes\"\r\n");
    prompt.expect("\"yes\"\r\n");
    prompt.enter(":type [1]", "List\r\n");
    prompt.enter(":help math", "functions and constants");
    prompt.enter(":help len", "len(");
    prompt.enter(":hepl", "did you mean :help?");
    prompt.enter(":disasm 1 + x", "function main");
    prompt.enter("await async do { sleep(1); 5 }", "5\r\n");
    prompt.enter(":reset", "");
    prompt.enter("x", "unknown name `x`");
    prompt.end();
}

#[test]
fn functions_and_classes_can_be_entered_anew() {
    let mut prompt = Prompt::start("prompt_anew");
    prompt.enter("fn f() { 1 }", "");
    prompt.enter("fn g() { f() * 10 }", "");
    prompt.enter("g()", "10\r\n");
    prompt.enter("fn f() { 2 }", "`f` is defined anew");
    prompt.enter("g()", "20\r\n");
    // Also after a thread has got it.
    prompt.enter("await spawn_return(g())", "20\r\n");
    prompt.enter("sum(parallel_map(0..4, n => g()))", "80\r\n");
    prompt.enter("fn f() { 3 }", "`f` is defined anew");
    prompt.enter("g()", "30\r\n");
    prompt.enter("class P { new(a) { self.a = a } show() { \"old\" } }", "");
    prompt.enter("let p = P(1)", "");
    prompt.enter("class P { new(a) { self.a = a } show() { \"new\" } }", "`P` is a new class");
    prompt.enter("p.show() + P(2).show()", "\"oldnew\"\r\n");
    prompt.enter("let h = 1", "");
    prompt.enter("fn k() { h }", "");
    prompt.enter("mut h = 2", "");
    prompt.enter("h += 1; k()", "3\r\n");
    prompt.end();
}

#[test]
fn a_figure_is_drawn_at_once_and_only_once() {
    let mut prompt = Prompt::start("prompt_figures");
    prompt.enter("figures.plot([1, 3, 2], title: \"Three\")", "Three");
    let before = prompt.seen;
    prompt.enter("_.show(rows: 10)", "Three");
    prompt.enter("let kept = _", "");
    prompt.enter("kept.to_svg().length() > 100", "true");
    let shown = prompt.shown.0.lock().expect("no panic").clone();
    assert!(shown[..before].contains(['⠉', '⣀', '⠒', '⡠', '⢄', '⠤']), "dots of braille: {shown:?}");
    assert!(!shown.contains("<Figure"), "it is drawn: {shown:?}");
    assert_eq!(shown[before..].matches("Three").count(), 1, "it is drawn once: {shown:?}");
    prompt.end();
}

#[test]
fn what_prints_all_the_time_holds_up_no_line() {
    let mut prompt = Prompt::start("prompt_prints");
    prompt.enter("mut ends = false; let t = async do { while (not ends) { println(\"ti\" + \"ck\"); sleep(1) } }", "");
    for number in 0..40 {
        prompt.press(&format!("{number} + 1000\r"));
        prompt.expect(&format!("\n{}\r\n", number + 1000));
    }
    prompt.press("ends = true; await t\r");
    prompt.end();
}

#[test]
fn what_runs_can_be_stopped_and_tidies_up() {
    let mut prompt = Prompt::start("prompt_stop");
    // Keys that are pressed while something runs are not lost.
    prompt.press("sleep(20); 1 + 1\r2 + 3\r");
    prompt.expect("2\r\n");
    prompt.expect("5\r\n");
    prompt.press("try { println(\"be\" + \"gun\"); while (true) { } } finally { println(\"ti\" + \"died\") }\r");
    prompt.expect("begun\r\n");
    prompt.interrupt();
    prompt.expect("tidied\r\n");
    prompt.expect("interrupted\r\n");
    prompt.expect("motet> ");
    // A wait, too.
    prompt.press("println(\"wai\" + \"ting\"); await channel().recv()\r");
    prompt.expect("waiting\r\n");
    prompt.interrupt();
    prompt.expect("interrupted\r\n");
    prompt.enter("1 + 1", "2\r\n");
    prompt.end();
}

#[test]
fn tasks_threads_and_signals_live_on_while_the_prompt_waits() {
    let mut prompt = Prompt::start("prompt_lives");
    prompt.enter("let s = signal(1); effect(() => println(\"s is \" + str(s.value)))", "s is 1\r\n");
    prompt.enter("let inbox = channel(1)", "");
    // Nothing is typed while these happen.
    prompt.press("spawn(do { sleep(50); s.set(2) }, args: {s: s})\r");
    prompt.expect("s is 2\r\n");
    prompt.press("async do { sleep(50); println(\"la\" + \"ter\") }\r");
    prompt.expect("later\r\n");
    prompt.enter("s.value", "2\r\n");
    prompt.end();
}

#[test]
fn a_paste_of_many_lines_is_one_entry() {
    let mut prompt = Prompt::start("prompt_paste");
    let lines: String = (0..499).map(|line| format!("let v{line} = {line}\r")).collect();
    prompt.press(&format!("\x1b[200~{lines}println(\"sum\", v1 + v498)\x1b[201~"));
    prompt.press("\r");
    prompt.expect("sum 499\r\n");
    prompt.expect("motet> ");
    // One key brings all of it back.
    prompt.press("\x1b[A\r");
    prompt.expect("sum 499\r\n");
    prompt.expect("motet> ");
    prompt.end();
}
