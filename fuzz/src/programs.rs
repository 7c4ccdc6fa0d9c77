//! Random programs run under limits, in both notations, and with and without inline caches and specialised operations:
//! they end, do not crash, leave nothing behind, and do the same.

use super::{grammar, running};
use motet_syntax::{Notation, parse_soc, print_gene};
use motet_vm::memory::live_objects_on_this_thread;
use std::sync::Once;

/// The first program of all makes what the process keeps.
static WARM: Once = Once::new();

pub fn compare(tape: &[u8]) {
    let program = grammar::program(tape);
    WARM.call_once(|| {
        running::run("println(1)", Notation::Soc, true);
    });
    let before = live_objects_on_this_thread();
    let soc = running::run(&program, Notation::Soc, true);
    assert_eq!(live_objects_on_this_thread(), before, "all is freed with the isolate: {program}");
    let plain = running::run(&program, Notation::Soc, false);
    assert!(soc.agrees_with(&plain), "{soc:?} but without specialisation {plain:?}: {program}");
    let parsed = parse_soc(&program);
    if !parsed.errors.is_empty() {
        return;
    }
    let gene: Vec<String> = parsed.forms.iter().map(print_gene).collect();
    let gene = running::run(&gene.join("\n"), Notation::Gene, true);
    // Printing differs, so what a program did is compared by how it ended and how often it printed.
    assert_eq!((&soc.end, soc.lines()), (&gene.end, gene.lines()), "{program}");
}
