//! Forms that were read, of either notation, are printed as `.gene` and read back: the same forms. Programs of either
//! notation are laid out: the same forms and comments, and no second layout differs.

use super::reading::{read, text};
use motet_syntax::form::Form;
use motet_syntax::{Notation, SyntaxKind, format, parse_gene, print_gene, print_gene_plainly};

/// Forms as text, in which NaN equals itself.
fn shown(forms: &[Form]) -> Vec<String> {
    forms.iter().map(print_gene_plainly).collect()
}

/// A program has a layout, which means the same (`format` sees to that), keeps its comments, and is its own layout.
fn laid_out(program: &str, notation: Notation) {
    let once = format(program, notation).unwrap_or_else(|errors| panic!("{program:?}: {errors:?}"));
    assert_eq!(comments(&once, notation), comments(program, notation), "{program:?}");
    assert_eq!(format(&once, notation).as_deref(), Ok(&*once), "the layout of {program:?}");
}

fn comments(program: &str, notation: Notation) -> Vec<String> {
    let parsed = read(program, notation);
    let is_comment = |kind| matches!(kind, SyntaxKind::LineComment | SyntaxKind::BlockComment);
    let comments = parsed.tree.tokens().filter(|token| is_comment(token.kind()));
    comments.map(|token| token.text().trim_end().to_owned()).collect()
}

pub fn back(input: &[u8]) {
    for notation in [Notation::Soc, Notation::Gene] {
        let parsed = read(text(input), notation);
        if !parsed.errors.is_empty() {
            continue;
        }
        laid_out(text(input), notation);
        for form in &parsed.forms {
            for printed in [print_gene(form), print_gene_plainly(form)] {
                let back = parse_gene(&printed);
                assert!(back.errors.is_empty(), "{printed}: {:?}", back.errors);
                assert_eq!(shown(&back.forms), shown(std::slice::from_ref(form)), "{printed}");
            }
        }
    }
}
