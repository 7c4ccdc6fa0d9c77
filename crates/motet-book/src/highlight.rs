//! Programs with colours.

use motet_syntax::{Notation, SyntaxKind, parse};

/// A block of code as HTML.
pub fn block(language: &str, code: &str) -> String {
    let word = language.split([',', ' ']).next().unwrap_or_default();
    let inner = match word {
        "soc" => coloured(code, Notation::Soc),
        "gene" => coloured(code, Notation::Gene),
        _ => escaped(code),
    };
    format!("<pre class=\"{}\"><code>{inner}</code></pre>\n", escaped(word))
}

fn coloured(code: &str, notation: Notation) -> String {
    let mut out = String::new();
    for token in parse(code, notation).tree.tokens() {
        let class = match token.kind() {
            SyntaxKind::LineComment | SyntaxKind::BlockComment => "comment",
            SyntaxKind::Text | SyntaxKind::TextOpen | SyntaxKind::TextPart | SyntaxKind::TextClose => "text",
            SyntaxKind::Number => "number",
            SyntaxKind::PropName => "property",
            kind if kind.is_word() => "word",
            _ => "",
        };
        let text = escaped(token.text());
        out.push_str(&if class.is_empty() { text } else { format!("<span class=\"{class}\">{text}</span>") });
    }
    out
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_colours_and_stay_as_they_are() {
        let expected = "<pre class=\"soc\"><code><span class=\"word\">let</span> x = <span class=\"text\">&quot;a&quot;</span> <span class=\"comment\">// &lt;b&gt;</span>\n</code></pre>\n";
        assert_eq!(block("soc", "let x = \"a\" // <b>\n"), expected);
        assert_eq!(block("text", "a < b\n"), "<pre class=\"text\"><code>a &lt; b\n</code></pre>\n");
    }
}
