//! Diagnostics as a user sees them.

use motet_syntax::form::Span;
use motet_syntax::{Diagnostic, render};

#[test]
fn everything_that_a_diagnostic_holds_is_shown() {
    let source = "let x = 1\nlet y = lenght(x)\n";
    let error = Diagnostic::error("no such name", Span::new(18, 24))
        .label("not bound here")
        .place(Span::new(4, 5), "bound here")
        .hint("did you mean `length`?")
        .note("names are looked up when the program is compiled");
    let expected = "\
error: no such name
 --> dir/a.soc:2:9
  |
1 | let x = 1
  |     - bound here
2 | let y = lenght(x)
  |         ^^^^^^ not bound here
  |
  = help: did you mean `length`?
  = note: names are looked up when the program is compiled";
    assert_eq!(render(&error, "dir/a.soc", source, false), expected);
}

#[test]
fn color_is_only_there_when_asked_for() {
    let error = Diagnostic::warning("careful", Span::new(0, 1));
    assert!(!render(&error, "a.soc", "x", false).contains('\u{1b}'));
    assert!(render(&error, "a.soc", "x", true).contains('\u{1b}'));
    assert!(render(&error, "a.soc", "x", false).starts_with("warning: careful"));
}

#[test]
fn places_far_apart_are_shown_apart() {
    let source = format!("first\n{}last\n", "line\n".repeat(1_000));
    let end = source.len() as u32;
    let error = Diagnostic::error("two ends", Span::new(end - 5, end - 1)).place(Span::new(0, 5), "the first");
    let shown = render(&error, "a.soc", &source, false);
    assert!(shown.contains("a.soc:1002:1") && shown.contains("the first"), "{shown}");
    assert!(shown.lines().count() < 20, "{shown}");
}

#[test]
fn of_a_long_line_a_window_is_shown_with_the_true_column() {
    let source = format!("{}é{}", "a ".repeat(100_000), " b".repeat(100_000));
    let error = Diagnostic::error("here", Span::new(200_000, 200_002)).label("this");
    let shown = render(&error, "a.soc", &source, false);
    assert!(shown.contains("a.soc:1:200001"), "{shown}");
    assert!(shown.contains('é') && shown.len() < 2_000, "{shown}");
}

#[test]
fn any_place_can_be_shown() {
    for source in ["", "a", "é\n", "\r\n", "日本\u{7}語\t\u{202e}x"] {
        for start in 0..source.len() as u32 + 3 {
            for end in start..source.len() as u32 + 3 {
                let error = Diagnostic::error("message", Span::new(start, end)).place(Span::new(end, start), "other");
                assert!(render(&error, "a.soc", source, false).contains("a.soc:"), "{source:?} {start}..{end}");
            }
        }
    }
}
