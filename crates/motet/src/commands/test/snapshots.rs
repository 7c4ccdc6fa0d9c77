//! Snapshots: what tests gave in an earlier run, in a file beside theirs.
//!
//! `area_test.soc.snap` holds those of `area_test.soc`. It is text that people read in reviews: the name of a test and a
//! number where it has several, then what it gave, indented.

use super::outcome::SnapshotCounts;
use similar::TextDiff;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

const INDENT: &str = "    ";

/// The snapshots of a file of tests.
pub struct Snapshots {
    path: PathBuf,
    kept: BTreeMap<String, String>,
    /// Those that tests have asked for in this run, with what they gave.
    asked: BTreeMap<String, String>,
    /// What differs is replaced, and what nothing asks for is removed.
    is_update: bool,
    counts: SnapshotCounts,
}

impl Snapshots {
    pub fn read(file: &Path, is_update: bool) -> io::Result<Snapshots> {
        let mut path = file.as_os_str().to_owned();
        path.push(".snap");
        let path = PathBuf::from(path);
        let kept = match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Snapshots { path, kept, asked: BTreeMap::new(), is_update, counts: SnapshotCounts::default() })
    }

    /// Compares what a test gives with what it gave; `number` counts its snapshots from 1.
    pub fn compare(&mut self, test: &str, number: usize, text: &str) -> Result<(), String> {
        let name = if number == 1 { test.to_owned() } else { format!("{test} #{number}") };
        let name = name.escape_debug().to_string();
        let text = text.trim_end_matches('\n');
        self.asked.insert(name.clone(), text.to_owned());
        match self.kept.get(&name) {
            Some(kept) if kept == text => Ok(()),
            Some(kept) if !self.is_update => {
                let difference = TextDiff::from_lines(kept.as_str(), text);
                let difference =
                    difference.unified_diff().missing_newline_hint(false).header("kept", "now").to_string();
                Err(format!("the snapshot differs (motet test --update renews it)\n{}", difference.trim_end()))
            }
            _ => {
                self.counts.written += 1;
                self.kept.insert(name, text.to_owned());
                Ok(())
            }
        }
    }

    /// Writes the file if anything in it changed. `ran_all`: every test ran to its end, so what none asked for is unused.
    pub fn finish(mut self, ran_all: bool) -> io::Result<SnapshotCounts> {
        if ran_all {
            let before = self.kept.len();
            let unused = self.kept.keys().filter(|name| !self.asked.contains_key(*name)).count();
            if self.is_update {
                self.kept.retain(|name, _| self.asked.contains_key(name));
            } else {
                self.counts.unused = unused;
            }
            if self.counts.written == 0 && self.kept.len() == before {
                return Ok(self.counts);
            }
        } else if self.counts.written == 0 {
            return Ok(self.counts);
        }
        if self.kept.is_empty() {
            std::fs::remove_file(&self.path)?;
        } else {
            std::fs::write(&self.path, document(&self.kept))?;
        }
        Ok(self.counts)
    }
}

fn document(snapshots: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, snapshot) in snapshots {
        let _ = writeln!(text, "{name}:");
        for line in snapshot.split('\n') {
            let _ = writeln!(text, "{}", if line.is_empty() { String::new() } else { format!("{INDENT}{line}") });
        }
    }
    text
}

fn parse(text: &str) -> BTreeMap<String, String> {
    let mut snapshots = BTreeMap::new();
    let mut current: Option<(String, Vec<&str>)> = None;
    for line in text.lines() {
        let name = line.strip_suffix(':').filter(|name| !name.is_empty() && !name.starts_with(INDENT));
        if let Some(name) = name {
            snapshots.extend(current.replace((name.to_owned(), Vec::new())).map(joined));
        } else if let Some((_, lines)) = &mut current {
            lines.push(line.strip_prefix(INDENT).unwrap_or(line));
        }
    }
    snapshots.extend(current.map(joined));
    snapshots
}

fn joined((name, lines): (String, Vec<&str>)) -> (String, String) {
    (name, lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let texts = ["", "one", "a\n\nb", "x:", "    indented:\nand more", "ends:\n  y"];
        let snapshots: BTreeMap<String, String> =
            texts.iter().enumerate().map(|(number, text)| (format!("test {number}"), (*text).to_owned())).collect();
        assert_eq!(parse(&document(&snapshots)), snapshots);
    }
}
