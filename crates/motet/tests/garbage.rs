//! Garbage cycles are freed while a program runs: however many it makes, few of them are there at once.

mod program;

use motet_vm::Settings;

/// A collection comes at the latest when so many containers were stored into; each cycle here has at most four objects.
const MOST_LIVE: i64 = 40_000;

/// Ways to make a cycle that nothing refers to any more.
const CYCLES: &[&str] = &[
    "let xs = [i]; xs.push(xs)",
    "let r = {k: 1}; r.k = r",
    "let d = dict(); d[1] = d",
    "mut f = null; f = () => f",
    "let a = [1]; let b = {to: a}; a.push(b)",
    "class N { new() { self.next = null } }; let n = N(); let m = N(); n.next = m; m.next = n",
    "let xs = []; let g = generate { yield xs }; xs.push(g); next(g)",
    "let e = Error(\"x\"); e.data = [e]",
];

#[test]
fn few_garbage_cycles_are_there_at_once() {
    for cycle in CYCLES {
        for turns in [1_000, 50_000] {
            let source = format!("for (i in 0..{turns}) {{ {cycle} }}");
            let live = program::live_objects_after(&source, &Settings::default());
            assert!(live < MOST_LIVE, "{source} leaves {live} objects");
        }
    }
}

#[test]
fn all_of_them_are_freed_with_the_isolate() {
    for cycle in CYCLES {
        let source = format!("for (i in 0..1000) {{ {cycle} }}");
        program::run(&source, &Settings::default());
        let before = program::live_objects();
        program::run(&source, &Settings::default());
        assert_eq!(program::live_objects(), before, "{cycle}");
    }
}
