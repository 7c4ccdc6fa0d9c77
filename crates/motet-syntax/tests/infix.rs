//! Infix in `.gene` means what the same operators mean in `.soc`.

use motet_syntax::form::Form;
use motet_syntax::{infix, parse_gene, parse_soc, print_gene_plainly};

fn gene(source: &str) -> Form {
    let mut parsed = parse_gene(source);
    assert_eq!(parsed.errors, [], "{source}");
    parsed.forms.remove(0)
}

fn normalized(source: &str) -> Option<String> {
    let form = gene(source);
    infix::normalize(form.as_node().expect("a node")).map(|form| print_gene_plainly(&form))
}

#[test]
fn precedence_is_that_of_soc() {
    for (infix, soc) in [
        ("(a + b * 2)", "a + b * 2"),
        ("(a * b + 2)", "a * b + 2"),
        ("(a + b + c - d + e)", "a + b + c - d + e"),
        ("(a - b - c)", "a - b - c"),
        ("(a ** b ** c)", "a ^ b ^ c"),
        ("(a * b ** c // d)", "a * b ^ c ~/ d"),
        ("(1 < x <= 3)", "1 < x <= 3"),
        ("(a + 1 == b)", "a + 1 == b"),
        ("(a == b && c != d || e)", "a == b && c != d || e"),
        ("(a ?? b || c)", "a ?? b || c"),
        ("(a .. b + 1)", "a..b + 1"),
        ("(y = a + b)", "y = a + b"),
        ("(a = b = c)", "a = b = c"),
        ("(y += 1)", "y += 1"),
        ("(p/x **= 2)", "p.x ^= 2"),
        ("(a && ! b)", "a && !b"),
        ("(a * - b ** c)", "a * -b ^ c"),
        ("(a - - b)", "a - -b"),
        ("(a @ b)", "a @ b"),
        ("([a b] = [b a])", "[a, b] = [b, a]"),
    ] {
        let expected = parse_soc(soc);
        assert_eq!(expected.errors, [], "{soc}");
        assert_eq!(normalized(infix), Some(print_gene_plainly(&expected.forms[0])), "{infix}");
    }
}

#[test]
fn operands_stay_as_they_are() {
    assert_eq!(normalized("((f x) + (a * b))").as_deref(), Some("(+ (f x) (a * b))"));
}

#[test]
fn other_nodes_are_not_infix() {
    for source in [
        "(+ a b)",
        "(f a b)",
        "(f)",
        "(op +)",
        "(import * as m from \"./m\")",
        "(- - 3)",
        "(! a && b)",
        "(p .area)",
        "`+",
        "(class P < Q)",
        "(@chain a < b < c)",
        "(f a + b)",
    ] {
        assert_eq!(normalized(source), None, "{source}");
        assert_eq!(infix::explain(gene(source).as_node().expect("a node")), None, "{source}");
    }
}

#[test]
fn what_begins_like_infix_and_is_wrong_is_explained() {
    for (source, message) in [
        ("(a +)", "expected a value after the operator"),
        ("(a + b c)", "expected an operator between two values"),
        ("(a + * b)", "expected a value, found the operator `*`"),
        ("(a + b ^c d)", "an infix expression has no properties"),
    ] {
        assert_eq!(normalized(source), None, "{source}");
        let error = infix::explain(gene(source).as_node().expect("a node")).expect("it is wrong");
        assert_eq!(error.message, message, "{source}");
        assert!(error.hint.is_some());
    }
}

#[test]
fn long_infix_takes_no_stack() {
    let source = format!("(a{})", " + b * c".repeat(50_000));
    let parsed = parse_gene(&source);
    assert_eq!(parsed.errors.len(), 1, "deeper in prefix form than forms may be");
    let flat = gene(&format!("(a{})", " + b".repeat(100_000)));
    let prefix = infix::normalize(flat.as_node().expect("a node")).expect("it is infix");
    assert_eq!(prefix.as_node().map(|node| node.children.len()), Some(100_001));
}
