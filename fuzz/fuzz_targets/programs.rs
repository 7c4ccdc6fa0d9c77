//! Random programs run in both notations under limits: they end, do not crash, leave nothing behind, and do the same.
#![no_main]

use motet_fuzz::{grammar, running};
use motet_syntax::{Notation, parse_soc, print_gene};

libfuzzer_sys::fuzz_target!(|tape: &[u8]| {
    let program = grammar::program(tape);
    let soc = running::run(&program, Notation::Soc);
    let parsed = parse_soc(&program);
    if !parsed.errors.is_empty() {
        return;
    }
    let gene: Vec<String> = parsed.forms.iter().map(print_gene).collect();
    let gene = running::run(&gene.join("\n"), Notation::Gene);
    // Printing differs, so what a program did is compared by how it ended and how often it printed.
    assert_eq!((soc.end, soc.lines), (gene.end, gene.lines), "{program}");
});
