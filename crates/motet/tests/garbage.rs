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

/// Ways to freeze what classes, tasks and functions hold. A frozen class stays, with what it holds; that is not counted as
/// alive any more.
const FROZEN: &[&str] = &[
    "class P { }; freeze(P)",
    "class P { new(x) { self.x = x } get y() { self.x } }; let xs = [freeze(P(i))]",
    "class P { x = 1; y = [2] }; class Q < P { new(z) { super(); self.z = z } }; freeze([Q(i), Q])",
    "class P { static name_of = str(i) + \" text\" }; let both = freeze([P, P.name_of])",
    "class P { static name_of = str(i) + \" text\" }; let both = freeze([P.name_of, [P.name_of], P])",
    "enum E { A(v), B }; freeze([E.A([i]), E.B, E])",
    "let text = str(i) + \" text\"; let f = () => [text, f]; freeze([f, f])",
    "let xs = [1, [str(i)]]; xs.push(xs); freeze(xs)",
    "let f = async () => [i]; let t = f(); try { freeze([t]) } catch (e) { e }; await t",
    "let t = (async () => [i])(); let f = () => await t; try { freeze(f) } catch (e) { e }",
    "try { freeze(freeze([1, 2].map(async x => [x, i]))) } catch (e) { e }",
];

#[test]
fn what_is_frozen_is_freed_with_the_isolate_or_immortal() {
    for frozen in FROZEN {
        let source = format!("for (i in 0..10) {{ {frozen} }}");
        program::run(&source, &Settings::default())
            .result
            .unwrap_or_else(|error| panic!("{source}: {}", error.message));
        let before = program::live_objects();
        program::run(&source, &Settings::default());
        assert_eq!(program::live_objects(), before, "{frozen}");
    }
}

/// Ways in which signals and computed values hold each other in a circle.
const SIGNALS: &[&str] = &[
    "let s = signal(null); s.set([s])",
    "let s = signal(null); let t = signal(s); s.set({t})",
    "let s = signal({}); let c = computed(() => s.value); s.set({c})",
    "let s = signal({}); let c = computed(() => s.value); s.set({c}); c.value",
    "let s = signal(1); s.set(() => s.value)",
    "let cells = {}; cells.a = computed(() => cells.b == null); cells.b = computed(() => cells.a.value); cells.b.value",
    "let cells = {}; cells.a = computed(() => cells.b == null); cells.b = computed(() => cells.a.value)",
    "let s = signal(null); effect(() => s.value); s.set([s])",
];

#[test]
fn signals_that_hold_each_other_are_freed_with_the_machine() {
    for signals in SIGNALS {
        let source = format!("for (i in 0..10) {{ {signals} }}");
        program::run(&source, &Settings::default())
            .result
            .unwrap_or_else(|error| panic!("{source}: {}", error.message));
        let before = program::live_objects();
        program::run(&source, &Settings::default());
        assert_eq!(program::live_objects(), before, "{signals}");
    }
}
