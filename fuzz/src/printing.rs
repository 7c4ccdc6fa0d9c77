//! Forms that were read, of either notation, are printed as `.gene` and read back: the same forms.

use super::reading::{read, text};
use motet_syntax::form::Form;
use motet_syntax::{Notation, parse_gene, print_gene, print_gene_plainly};

/// Forms as text, in which NaN equals itself.
fn shown(forms: &[Form]) -> Vec<String> {
    forms.iter().map(print_gene_plainly).collect()
}

pub fn back(input: &[u8]) {
    for notation in [Notation::Soc, Notation::Gene] {
        let parsed = read(text(input), notation);
        if !parsed.errors.is_empty() {
            continue;
        }
        for form in &parsed.forms {
            for printed in [print_gene(form), print_gene_plainly(form)] {
                let back = parse_gene(&printed);
                assert!(back.errors.is_empty(), "{printed}: {:?}", back.errors);
                assert_eq!(shown(&back.forms), shown(std::slice::from_ref(form)), "{printed}");
            }
        }
    }
}
