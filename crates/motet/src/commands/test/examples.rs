//! Examples in documentation comments: code between fences in the comment above a definition is a test of its file.
//!
//! They become tests where they stand: the fences turn into the beginning and the end of a `test` block and the marks of the
//! comment into blanks, so that each place in an error is the place in the file. A line that ends in `// → text` is an
//! expression that prints as this.

use motet::Files;
use motet_code::Source;
use motet_syntax::form::Form;
use motet_syntax::{Notation, parse};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files in which the examples of the one that is tested are tests.
pub struct WithExamples<F> {
    tested: PathBuf,
    files: Arc<F>,
}

impl<F: Files> WithExamples<F> {
    pub fn of(tested: &Path, files: Arc<F>) -> WithExamples<F> {
        WithExamples { tested: files.key(tested), files }
    }
}

impl<F: Files> Files for WithExamples<F> {
    fn key(&self, path: &Path) -> PathBuf {
        self.files.key(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.is_file(path)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.files.read(path)?;
        if self.key(path) != self.tested {
            return Ok(bytes);
        }
        let notation = Notation::of_file(&path.to_string_lossy()).unwrap_or(Notation::Soc);
        let tests = std::str::from_utf8(&bytes).ok().and_then(|text| as_tests(text, notation));
        Ok(tests.map_or(bytes, String::into_bytes))
    }
}

/// What a fence may say behind its backquotes if the code is to be run.
const RUN: [&str; 4] = ["", "motet", "soc", "gene"];
/// What stands before the text that an expression prints as.
const ARROWS: [&str; 2] = ["→", "=>"];

/// The text of a file with its examples as tests; none if it has no examples.
pub fn as_tests(text: &str, notation: Notation) -> Option<String> {
    // Few files have any, and are told by this alone.
    if !text.contains("```") {
        return None;
    }
    let gene = notation == Notation::Gene;
    let source = Source::new("", text, gene);
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let mut found = false;
    for form in parse(text, notation).forms {
        let Some(name) = name_of(&form) else { continue };
        let Some(comment) = source.comment_above(form.span.start) else { continue };
        let mark = if gene { "#" } else { "//" };
        let mut is_inside = false;
        let mut is_other = false;
        for line in &mut lines[comment.lines.clone()] {
            let said = line.trim_start().trim_start_matches(if gene { '#' } else { '/' }).trim();
            if let Some(info) = said.strip_prefix("```") {
                if is_other {
                    is_other = false;
                } else if is_inside {
                    *line = if gene { ")\n".into() } else { "}\n".into() };
                    is_inside = false;
                } else if RUN.contains(&info.trim()) {
                    *line = if gene {
                        format!("(test \"example of {name}\"\n")
                    } else {
                        format!("test \"example of {name}\" {{\n")
                    };
                    (is_inside, found) = (true, true);
                } else {
                    // Code in another language, or a text.
                    is_other = true;
                }
            } else if is_inside {
                *line = compared(&without_mark(line, mark), notation);
            }
        }
        if is_inside {
            // The comment ends before the example does.
            let end =
                if gene { "(throw \"this example has no end\"))\n" } else { "throw \"this example has no end\" }\n" };
            let last = &mut lines[comment.lines.end - 1];
            *last = if last.contains("\"example of ") { format!("{} {end}", last.trim_end()) } else { end.into() };
        }
    }
    found.then(|| lines.concat())
}

/// A line of a comment with blanks for its mark.
fn without_mark(line: &str, mark: &str) -> String {
    let at = line.find(mark).unwrap_or(0);
    let rest = line[at..].trim_start_matches(mark.chars().next().unwrap_or('/'));
    let marked = line.len() - at - rest.len();
    format!("{}{}{rest}", &line[..at], " ".repeat(marked))
}

/// `expression // → text` as the assertion that it is; any other line as it stands.
fn compared(line: &str, notation: Notation) -> String {
    let gene = notation == Notation::Gene;
    let comment = if gene { "# " } else { "// " };
    let split = ARROWS.iter().find_map(|arrow| {
        let (expression, text) = line.split_once(&format!("{comment}{arrow} "))?;
        Some((expression, text.trim()))
    });
    let Some((expression, text)) = split else { return line.to_owned() };
    let forms = parse(expression, notation);
    let is_expression = forms.errors.is_empty() && forms.forms.len() == 1 && !is_statement(&forms.forms[0]);
    if !is_expression {
        return line.to_owned();
    }
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${");
    let (indent, expression) = expression.split_at(expression.len() - expression.trim_start().len());
    if gene {
        format!("{indent}(assert_eq (repr {}) \"{}\")\n", expression.trim_end(), text.replace('#', "\\#"))
    } else {
        format!("{indent}assert_eq(repr({}), \"{text}\")\n", expression.trim_end().trim_end_matches(';'))
    }
}

fn is_statement(form: &Form) -> bool {
    const STATEMENTS: [&str; 9] = ["let", "var", "mut", "for", "while", "import", "assert", "return", "="];
    form.as_node().and_then(|node| node.head.as_symbol()).is_some_and(|head| STATEMENTS.contains(&head))
}

/// The name that a top-level form defines.
fn name_of(form: &Form) -> Option<&str> {
    let node = form.as_node()?;
    if node.head.is_symbol("export") {
        return name_of(node.children.first()?);
    }
    node.defined_name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_become_tests_where_they_stand() {
        let text =
            "// Area.\n//\n// ```\n// let w = 2\n// area(w, 3)   // → 6\n// ```\nexport fn area(w, h) { w * h }\n";
        let expected = "// Area.\n//\ntest \"example of area\" {\n   let w = 2\n   assert_eq(repr(area(w, 3)), \"6\")\n}\nexport fn area(w, h) { w * h }\n";
        assert_eq!(as_tests(text, Notation::Soc).as_deref(), Some(expected));
    }

    #[test]
    fn in_gene_too() {
        let text = "# ```\n# (twice 2) # → 4\n# ```\n(fn twice [x] (x * 2))\n";
        let expected = "(test \"example of twice\"\n  (assert_eq (repr (twice 2)) \"4\")\n)\n(fn twice [x] (x * 2))\n";
        assert_eq!(as_tests(text, Notation::Gene).as_deref(), Some(expected));
    }

    #[test]
    fn an_example_without_an_end_fails() {
        let text = "// ```\n// f()\nfn f() { 1 }\n// ```\n// g()   // → 2\n// ```\nfn g() { 2 }\n";
        let expected = "test \"example of f\" {\nthrow \"this example has no end\" }\nfn f() { 1 }\ntest \"example of g\" {\n   assert_eq(repr(g()), \"2\")\n}\nfn g() { 2 }\n";
        assert_eq!(as_tests(text, Notation::Soc).as_deref(), Some(expected));
        // The fence itself may be the last line.
        let alone = as_tests("# ```\n(fn f [] 1)\n", Notation::Gene).expect("it has one");
        assert!(motet_syntax::parse(&alone, Notation::Gene).errors.is_empty(), "{alone}");
    }

    #[test]
    fn text_that_is_no_example_stays_a_comment() {
        for text in [
            "// ```text\n// nothing\n// ```\nfn f() { 1 }\n",
            "// ```\n// f()\n// ```\n\nfn f() { 1 }\n",
            "fn f() { 1 }\n",
        ] {
            assert_eq!(as_tests(text, Notation::Soc), None, "{text}");
        }
    }
}
