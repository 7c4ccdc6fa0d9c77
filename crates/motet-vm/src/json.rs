//! Texts in JSON, for all that writes some for other tools: timelines, profiles, diagnostics, lines of a log.

use std::fmt::Write;

/// Appends a text in quotes.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    escape(out, text);
    out.push('"');
}

/// Appends what stands between the quotes.
pub fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // A terminal acts on the last one, too.
            control if control < ' ' || control == '\u{7f}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    #[test]
    fn what_ends_a_text_or_a_line_is_escaped() {
        let mut out = String::from("x=");
        super::quote(&mut out, "a\"b\\c\n\t\r\u{1}\u{7f}é");
        assert_eq!(out, r#"x="a\"b\\c\n\t\r\u0001\u007fé""#);
    }
}
