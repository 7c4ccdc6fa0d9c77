//! What the tests of the built command share: running it, with a limit of time, and comparing with what files say.

#![allow(dead_code, reason = "each test uses a part of it")]

#[path = "../support/folder.rs"]
mod folder;

#[allow(unused_imports, reason = "each test uses a part of it")]
pub use folder::Folder;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Longer than any case needs, even under a sanitizer: a program that runs longer hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a program did.
#[derive(Debug, PartialEq)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    /// None: a signal ended it.
    pub code: Option<i32>,
}

impl Run {
    /// Everything in one text, as the files of expectations hold it.
    pub fn transcript(&self) -> String {
        let mut text = self.stdout.trim_end().to_owned();
        if !self.stderr.trim().is_empty() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str("stderr:\n");
            text.push_str(self.stderr.trim_end());
        }
        if self.code != Some(0) {
            if !text.is_empty() {
                text.push('\n');
            }
            match self.code {
                Some(code) => text.push_str(&format!("exit {code}")),
                None => text.push_str("killed by a signal"),
            }
        }
        // Lines end where their text does, so that editors do not change the expectations.
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// The command under test.
pub fn motet() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motet"));
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Runs a command to its end; panics if it hangs.
pub fn run(command: &mut Command) -> Run {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command can be started");
    let (sender, ended) = mpsc::channel();
    let stdout = read_all(child.stdout.take(), sender.clone());
    let stderr = read_all(child.stderr.take(), sender);
    // Both readers drop their senders when the program has closed its outputs.
    if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
        stop(&mut child);
        panic!("{command:?} was still running after {PATIENCE:?}");
    }
    let status = child.wait().expect("it was started");
    let text = |reader: std::thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().expect("reading does not panic")).into_owned()
    };
    Run { stdout: text(stdout), stderr: text(stderr), code: status.code() }
}

fn stop(child: &mut Child) {
    // It may have ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}

fn read_all<R: Read + Send + 'static>(from: Option<R>, ended: mpsc::Sender<()>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.expect("it is piped").read_to_end(&mut bytes).expect("a pipe can be read");
        drop(ended);
        bytes
    })
}

/// True if expectations are to be written instead of compared.
pub fn updating() -> bool {
    std::env::var_os("MOTET_UPDATE").is_some()
}

/// Whether a text is what a page says, where `…` stands for anything: in a line for a part of it, alone for any lines.
pub fn is_as_expected(expected: &str, found: &str) -> bool {
    let (expected, found): (Vec<&str>, Vec<&str>) =
        (expected.trim_end().lines().collect(), found.trim_end().lines().collect());
    are_lines(&expected, &found)
}

fn are_lines(expected: &[&str], found: &[&str]) -> bool {
    match (expected.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((line, rest)), _) if line.trim() == "…" => (0..=found.len()).any(|at| are_lines(rest, &found[at..])),
        (Some((line, expected)), Some((other, found))) => {
            is_line(line.trim_end(), other.trim_end()) && are_lines(expected, found)
        }
        _ => false,
    }
}

fn is_line(expected: &str, found: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = parts.next().and_then(|first| found.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}

/// The lines that differ, for a message.
pub fn difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let mut text = format!("  the first {same} lines are the same\n");
    for line in expected.iter().skip(same) {
        text.push_str(&format!("  - {line}\n"));
    }
    for line in found.iter().skip(same) {
        text.push_str(&format!("  + {line}\n"));
    }
    text
}
