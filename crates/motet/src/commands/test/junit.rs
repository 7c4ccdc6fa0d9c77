//! How tests went, in the form that JUnit has made common.

use super::outcome::FileOutcome;
use std::fmt::Write;
use std::time::Duration;

pub fn document(outcomes: &[FileOutcome], took: Duration) -> String {
    let (count, failures) = outcomes.iter().map(counts).fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let seconds = took.as_secs_f64();
    let _ = writeln!(text, "<testsuites tests=\"{count}\" failures=\"{failures}\" time=\"{seconds:.6}\">");
    for outcome in outcomes {
        suite(outcome, &mut text);
    }
    text.push_str("</testsuites>\n");
    text
}

/// Tests and failures. A file that cannot be run counts as a test that failed.
fn counts(outcome: &FileOutcome) -> (usize, usize) {
    let broken = usize::from(outcome.failure.is_some());
    let failed = outcome.tests.iter().filter(|test| test.failure.is_some()).count();
    (outcome.tests.len() + broken, failed + broken)
}

fn suite(outcome: &FileOutcome, text: &mut String) {
    let file = escaped(&outcome.file.to_string_lossy());
    let (count, failures) = counts(outcome);
    let seconds: f64 = outcome.tests.iter().map(|test| test.took.as_secs_f64()).sum();
    let _ =
        writeln!(text, "  <testsuite name=\"{file}\" tests=\"{count}\" failures=\"{failures}\" time=\"{seconds:.6}\">");
    let whole = outcome.failure.as_ref().map(|failure| ("(file)", Duration::ZERO, Some(failure), ""));
    let tests = outcome.tests.iter().map(|test| (&*test.name, test.took, test.failure.as_ref(), &*test.printed));
    for (name, took, failure, printed) in whole.into_iter().chain(tests) {
        let (name, seconds) = (escaped(name), took.as_secs_f64());
        let _ = write!(text, "    <testcase classname=\"{file}\" name=\"{name}\" time=\"{seconds:.6}\">");
        if let Some(failure) = failure {
            let (message, whole) = (escaped(&failure.message), escaped(&failure.text));
            let _ = write!(text, "<failure message=\"{message}\">{whole}</failure>");
        }
        if !printed.is_empty() {
            let _ = write!(text, "<system-out>{}</system-out>", escaped(printed));
        }
        text.push_str("</testcase>\n");
    }
    text.push_str("  </testsuite>\n");
}

/// A text as XML may hold it: characters that it cannot hold are replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push('\t'),
            character if character < ' ' || matches!(character, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
    }
    escaped
}
