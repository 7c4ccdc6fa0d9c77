//! Programs with colours.

use motet_syntax::{Notation, Role, roles};

/// A block of code as HTML.
pub fn block(language: &str, code: &str) -> String {
    let word = language.split([',', ' ']).next().unwrap_or_default();
    let inner = match word {
        "soc" => coloured(code, Notation::Soc),
        "gene" => coloured(code, Notation::Gene),
        _ => escaped(code),
    };
    // Behind the notation stand options that the program is run with.
    let options = language.split_once(" --").map_or(String::new(), |(_, options)| {
        format!("<p class=\"options\">run with <code>--{}</code>:</p>\n", escaped(options))
    });
    format!("{options}<pre class=\"{}\"><code>{inner}</code></pre>\n", escaped(word))
}

fn coloured(code: &str, notation: Notation) -> String {
    let mut out = String::new();
    for (role, span) in roles(code, notation) {
        let class = match role {
            Role::Comment => "comment",
            Role::Text => "text",
            Role::Number => "number",
            Role::Property => "property",
            Role::Word => "word",
            Role::Plain | Role::Capital | Role::Unknown => "",
        };
        let text = escaped(&code[span.range()]);
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
        let limited = block("soc --depth 9", "f()\n");
        assert!(limited.starts_with("<p class=\"options\">run with <code>--depth 9</code>:</p>\n<pre class=\"soc\">"));
        assert_eq!(block("text", "a < b\n"), "<pre class=\"text\"><code>a &lt; b\n</code></pre>\n");
    }
}
