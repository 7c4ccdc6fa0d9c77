//! Which lines of a program its tests reach.
//!
//! A line counts if a statement begins on it; an expression that is the body of a function or an arm counts as one. It is
//! reached if each statement that begins on it ran. Definitions count by their bodies, and tests do not count.

use super::find::is_test_by_name;
use crate::commands::sources::programs;
use crate::commands::{isolate_with, show};
use crate::{CoverageForm, TestArguments};
use motet::loader::Loader;
use motet_code::Source;
use motet_vm::{Coverage, Reached, Settings};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file that tools look for.
const LCOV: &str = "lcov.info";

/// Where lines are counted, if the user wants that.
pub fn wanted(arguments: &TestArguments) -> Option<Arc<Coverage>> {
    (arguments.coverage.is_some() || arguments.lcov.is_some()).then(Arc::default)
}

/// Says what was reached; false if it cannot be written where it should be.
pub fn tell(arguments: &TestArguments, coverage: &Arc<Coverage>) -> bool {
    count_unused(arguments, coverage);
    let counted = counted(arguments, &coverage.reached());
    if arguments.coverage == Some(CoverageForm::Text) {
        // Who reads may stop early.
        let _ = std::io::stdout().write_all(table(&counted).as_bytes());
    }
    let asked = (arguments.coverage == Some(CoverageForm::Lcov)).then(|| PathBuf::from(LCOV));
    let Some(path) = arguments.lcov.clone().or(asked) else { return true };
    let written = std::fs::write(&path, lcov(&counted));
    if let Err(error) = &written {
        show(&format!("error: {} cannot be written: {error}\n", path.display()));
    }
    written.is_ok()
}

fn folders(arguments: &TestArguments) -> Vec<PathBuf> {
    if arguments.paths.is_empty() { vec![PathBuf::from(".")] } else { arguments.paths.clone() }
}

/// Gives the statements of programs that no test uses their numbers, too.
fn count_unused(arguments: &TestArguments, coverage: &Arc<Coverage>) {
    let folders: Vec<PathBuf> = folders(arguments).into_iter().filter(|path| path.is_dir()).collect();
    let projects = arguments.project.projects();
    for file in programs(&folders).unwrap_or_default() {
        let settings = Settings { coverage: Some(Arc::clone(coverage)), ..arguments.limits.settings() };
        let mut isolate = isolate_with(settings);
        isolate.set_arguments(&[]);
        if Loader::new(&mut isolate).packages(projects.of_file(&file)).load_file(&file).is_err() {
            let file = file.strip_prefix(".").unwrap_or(&file).display();
            show(&format!("note: the lines of {file} are not counted: it does not compile\n"));
        }
    }
}

/// For each line on which statements begin, how often each of them ran.
type Lines = BTreeMap<usize, Vec<u64>>;

/// The lines of the files that the user means, by the files' names.
fn counted(arguments: &TestArguments, reached: &[Reached]) -> BTreeMap<String, Lines> {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| here.join(path));
    let mut roots: Vec<PathBuf> = folders(arguments).iter().map(|path| whole(path)).collect();
    roots.push(here.clone());
    // The name under which a file that is meant is told.
    let name = |source: &Source| {
        let path = whole(Path::new(&*source.name));
        let is_meant = !is_test_by_name(&path) && roots.iter().any(|root| path.starts_with(root));
        is_meant.then(|| path.strip_prefix(&here).unwrap_or(&path).to_string_lossy().into_owned())
    };
    // Each test that uses a file has loaded it anew.
    let mut loads: Vec<(&Arc<Source>, Lines)> = Vec::new();
    let mut by_source: BTreeMap<*const Source, usize> = BTreeMap::new();
    for statement in reached {
        let at = *by_source.entry(Arc::as_ptr(&statement.source)).or_insert_with(|| {
            loads.push((&statement.source, Lines::new()));
            loads.len() - 1
        });
        let line = statement.source.lines().line_of(statement.span.start) + 1;
        loads[at].1.entry(line).or_default().push(statement.times);
    }
    let mut files: BTreeMap<String, Lines> = BTreeMap::new();
    for (source, lines) in loads {
        let Some(name) = name(source) else { continue };
        let all = files.entry(name).or_default();
        for (line, times) in lines {
            let sums = all.entry(line).or_default();
            sums.resize(sums.len().max(times.len()), 0);
            sums.iter_mut().zip(times).for_each(|(sum, times)| *sum += times);
        }
    }
    files
}

/// How often a line ran as a whole.
fn times(statements: &[u64]) -> u64 {
    statements.iter().copied().min().unwrap_or(0)
}

fn covered(lines: &Lines) -> usize {
    lines.values().filter(|statements| times(statements) > 0).count()
}

fn table(files: &BTreeMap<String, Lines>) -> String {
    const ALL: &str = "all";
    let width = files.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(ALL.len());
    let mut text = String::from("\nlines that were reached\n");
    let mut row = |name: &str, covered: usize, all: usize, left: &str| {
        // All is told only of all.
        let percent = (covered * 100).checked_div(all).unwrap_or(100);
        let row = format!("  {name:width$}  {covered:>5} of {all:<5} {percent:>3} %   {left}");
        let _ = writeln!(text, "{}", row.trim_end());
    };
    for (name, lines) in files {
        row(name, covered(lines), lines.len(), &left_out(lines));
    }
    if files.len() != 1 {
        row(ALL, files.values().map(covered).sum(), files.values().map(Lines::len).sum(), "");
    }
    text
}

/// The lines that were not reached, in ranges that hold no line that was.
fn left_out(lines: &Lines) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let mut parts = Vec::new();
    let mut follows = false;
    for (line, statements) in lines {
        let is_left = statements.iter().all(|times| *times == 0);
        match ranges.last_mut() {
            Some((_, last)) if is_left && follows => *last = *line,
            _ if is_left => ranges.push((*line, *line)),
            _ if times(statements) == 0 => parts.push(*line),
            _ => {}
        }
        follows = is_left;
    }
    let range = |(first, last): (usize, usize)| {
        (first, if first == last { first.to_string() } else { format!("{first}-{last}") })
    };
    let part = |line: usize| (line, format!("part of {line}"));
    let mut all: Vec<(usize, String)> = ranges.into_iter().map(range).chain(parts.into_iter().map(part)).collect();
    all.sort();
    all.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", ")
}

/// The form of lcov, which editors and services read.
fn lcov(files: &BTreeMap<String, Lines>) -> String {
    let mut text = String::new();
    for (name, lines) in files {
        let _ = writeln!(text, "TN:\nSF:{name}");
        for (line, statements) in lines {
            let _ = writeln!(text, "DA:{line},{}", times(statements));
        }
        let _ = writeln!(text, "LF:{}\nLH:{}\nend_of_record", lines.len(), covered(lines));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told_in_ranges() {
        let lines = Lines::from([
            (1, vec![1]),
            (3, vec![0]),
            (4, vec![0, 0]),
            (7, vec![0]),
            (8, vec![2, 0]),
            (9, vec![0]),
            (12, vec![5]),
        ]);
        assert_eq!(left_out(&lines), "3-7, part of 8, 9");
        let files = BTreeMap::from([("a.soc".into(), lines)]);
        assert_eq!(table(&files), "\nlines that were reached\n  a.soc      2 of 7      28 %   3-7, part of 8, 9\n");
        assert_eq!(
            lcov(&files),
            "TN:\nSF:a.soc\nDA:1,1\nDA:3,0\nDA:4,0\nDA:7,0\nDA:8,0\nDA:9,0\nDA:12,5\nLF:7\nLH:2\nend_of_record\n"
        );
    }
}
