//! What was entered as a program.

use crate::commands::convert::in_other;
use motet_syntax::{Notation, parse};

/// A program of the pieces in one notation, and those that cannot be written in it.
///
/// A function or class that was entered anew stands where it stood first, as it was entered last: what was entered in between uses
/// it so.
pub fn program(kept: &[(Notation, String)], notation: Notation) -> (String, Vec<String>) {
    let mut pieces: Vec<(Option<String>, String)> = Vec::new();
    let mut left_out = Vec::new();
    for (of_piece, piece) in kept {
        let name = defined(piece, *of_piece);
        let text = if *of_piece == notation { Ok(piece.clone()) } else { in_other(piece, *of_piece) };
        match text {
            Err(_) => left_out.push(piece.clone()),
            Ok(text) => match pieces.iter_mut().find(|(earlier, _)| name.is_some() && *earlier == name) {
                Some((_, earlier)) => *earlier = text,
                None => pieces.push((name, text)),
            },
        }
    }
    let text = pieces.iter().map(|(_, text)| format!("{}\n", text.trim_end())).collect();
    (text, left_out)
}

/// The name that a piece defines, if it does nothing else, and if later definitions of it take its place wherever it is used: a
/// value was computed once.
fn defined(piece: &str, notation: Notation) -> Option<String> {
    let forms = parse(piece, notation).forms;
    let [form] = &forms[..] else { return None };
    let node = form.as_node().filter(|node| !node.head.is_symbol("let") && !node.head.is_symbol("var"))?;
    node.defined_name().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(pieces: &[(Notation, &str)], notation: Notation) -> (String, Vec<String>) {
        let kept: Vec<(Notation, String)> = pieces.iter().map(|(of, text)| (*of, (*text).to_owned())).collect();
        program(&kept, notation)
    }

    #[test]
    fn pieces_of_both_notations_become_one_program() {
        let pieces = [(Notation::Soc, "let x = 1"), (Notation::Gene, "(fn f [a] (a + x))"), (Notation::Soc, "f(2)")];
        let expected = "let x = 1\nfn f(a) {\n  a + x\n}\nf(2)\n";
        assert_eq!(saved(&pieces, Notation::Soc), (expected.to_owned(), Vec::new()));
        let (gene, left_out) = saved(&pieces, Notation::Gene);
        assert!(gene.starts_with("(let x 1)\n(fn f [a] (a + x))\n") && left_out.is_empty(), "{gene}");
    }

    #[test]
    fn what_only_gene_has_is_left_out() {
        let pieces = [(Notation::Gene, "(macro m [a] `(f %a))"), (Notation::Gene, "(let x 1)")];
        let (text, left_out) = saved(&pieces, Notation::Soc);
        assert_eq!((text.as_str(), left_out), ("let x = 1\n", vec![pieces[0].1.to_owned()]));
    }

    #[test]
    fn the_last_definition_stands_where_the_first_stood() {
        let pieces = [
            (Notation::Soc, "fn f() { 1 }"),
            (Notation::Soc, "let y = f()"),
            (Notation::Soc, "fn f() { 2 }"),
            (Notation::Soc, "let y = 3"),
        ];
        assert_eq!(saved(&pieces, Notation::Soc).0, "fn f() { 2 }\nlet y = f()\nlet y = 3\n");
    }
}
