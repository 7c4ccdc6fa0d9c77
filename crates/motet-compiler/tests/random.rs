//! Random programs: whatever they are, the compiler does not panic, and in a debug build its checker and the verifier
//! accept the code. A program is made from a tape of bytes, so that failures shrink.

mod support;

use motet_syntax::Notation;
use proptest::prelude::*;

/// Writes a program in `.gene`, taking every decision from the tape; an empty tape gives leaves.
struct Writer<'a> {
    tape: std::slice::Iter<'a, u8>,
    out: String,
    loops: usize,
    generator: bool,
    function: bool,
}

impl Writer<'_> {
    fn choose(&mut self, count: u8) -> u8 {
        self.tape.next().map_or(0, |byte| byte % count)
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push(' ');
    }

    fn mutable(&mut self) {
        let name = ["m0", "m1", "m2"][self.choose(3) as usize];
        self.text(name);
    }

    fn name(&mut self) {
        let name = ["m0", "m1", "m2", "i0", "i1", "i2", "f0"][self.choose(7) as usize];
        self.text(name);
    }

    fn body(&mut self, depth: usize) {
        for _ in 0..1 + self.choose(3) {
            self.expr(depth);
        }
    }

    fn node(&mut self, head: &str, count: u8, depth: usize) {
        self.text(&format!("({head}"));
        for _ in 0..count {
            self.expr(depth);
        }
        self.text(")");
    }

    fn pattern(&mut self, depth: usize, names: &mut Vec<&'static str>) {
        match if depth == 0 { self.choose(3) } else { self.choose(8) } {
            0 => self.text("_"),
            1 => {
                let literal = ["1", "nil", "\"s\"", "2.5", "true"][self.choose(5) as usize];
                self.text(literal);
            }
            2 => match names.pop() {
                Some(name) => self.text(name),
                None => self.text("_"),
            },
            3 => {
                self.text("[");
                self.pattern(depth - 1, names);
                self.pattern(depth - 1, names);
                if self.choose(2) == 1 {
                    self.text("_ = 4");
                }
                if self.choose(2) == 1 {
                    self.text("_...");
                }
                self.text("]");
            }
            4 => {
                self.text("{^a");
                self.pattern(depth - 1, names);
                self.text("^b (= _ 1)}");
            }
            5 => {
                self.text("(: ");
                self.pattern(depth - 1, names);
                self.text("Int)");
            }
            6 => self.text("(| 1 2 nil)"),
            _ => {
                self.text("(Point");
                self.pattern(depth - 1, names);
                self.text(")");
            }
        }
    }

    fn function(&mut self, head: &str, depth: usize) {
        let (loops, generator, function) = (self.loops, self.generator, self.function);
        (self.loops, self.generator, self.function) = (0, head.starts_with("fn*"), true);
        self.text(&format!("({head} [i0 i1 ="));
        self.expr(depth);
        self.text("]");
        self.body(depth);
        self.text(")");
        (self.loops, self.generator, self.function) = (loops, generator, function);
    }

    fn expr(&mut self, depth: usize) {
        if depth == 0 {
            return match self.choose(4) {
                0 => self.text("1"),
                1 => self.text("\"text\""),
                2 => self.name(),
                _ => self.text("2.5"),
            };
        }
        let depth = depth - 1;
        match self.choose(44) {
            0 => self.text("7"),
            1 | 2 => self.name(),
            3 => self.node("+", 2, depth),
            4 => self.node("+", 4, depth),
            5 => self.node("-", 2, depth),
            6 => self.node("*", 3, depth),
            7 => self.node("<", 2, depth),
            8 => self.node("==", 2, depth),
            9 => self.node("&&", 2, depth),
            10 => self.node("||", 3, depth),
            11 => self.node("??", 2, depth),
            12 => self.node("!", 1, depth),
            13 | 14 => {
                self.text("(=");
                self.mutable();
                self.expr(depth);
                self.text(")");
            }
            15 => {
                let operator = ["+=", "-=", "*=", "&&=", "||=", "??="][self.choose(6) as usize];
                self.text(&format!("({operator}"));
                self.mutable();
                self.expr(depth);
                self.text(")");
            }
            16 => {
                self.text("(if");
                self.expr(depth);
                self.body(depth);
                if self.choose(2) == 1 {
                    self.text("else");
                    self.body(depth);
                }
                self.text(")");
            }
            17 => {
                self.text("(while");
                self.expr(depth);
                self.in_loop(depth);
            }
            18 => {
                self.text("(for i1 in (..");
                self.expr(depth);
                self.expr(depth);
                self.text(")");
                self.in_loop(depth);
            }
            19 => {
                self.text("(for i0 i2 in");
                self.expr(depth);
                self.in_loop(depth);
            }
            20 => {
                self.text("(loop");
                self.in_loop(depth);
            }
            21 | 22 if self.loops > 0 => {
                if self.choose(3) == 0 {
                    self.text("(continue)");
                } else {
                    self.node("break", 1, depth);
                }
            }
            23 if self.function => self.node("return", 1, depth),
            24 if self.generator => self.node("yield", 1, depth),
            25 => self.node("throw", 1, depth),
            26 | 27 => {
                self.text("(try");
                self.body(depth);
                let kind = self.choose(3);
                if kind != 1 {
                    self.text("catch IoError i2");
                    self.body(depth);
                    self.text("catch * i0");
                    self.body(depth);
                }
                if kind != 0 {
                    self.text("finally");
                    self.body(depth);
                }
                self.text(")");
            }
            28 => {
                self.text("(match");
                self.expr(depth);
                for _ in 0..1 + self.choose(3) {
                    self.text("(");
                    let mut names = vec!["i0", "i1", "i2"];
                    self.pattern(2, &mut names);
                    if self.choose(3) == 1 {
                        self.text("^if");
                        self.expr(depth);
                    }
                    self.body(depth);
                    self.text(")");
                }
                self.text(")");
            }
            29 | 30 => self.function("fn", depth),
            31 => self.function("fn*", depth),
            32 => {
                self.text("(f0");
                self.expr(depth);
                self.expr(depth);
                self.text(")");
            }
            33 => {
                self.text("(do (let i0");
                self.expr(depth);
                self.text(") (var m1");
                self.expr(depth);
                self.text(")");
                self.body(depth);
                self.text(")");
            }
            34 => {
                self.text("[");
                self.expr(depth);
                if self.choose(2) == 1 {
                    self.text("m0...");
                }
                self.expr(depth);
                self.text("]");
            }
            35 => {
                self.text("{^a");
                self.expr(depth);
                self.text("^b");
                self.expr(depth);
                self.text("}");
            }
            36 => self.node("+ \"x\"", 1, depth),
            37 => {
                self.text("(");
                self.expr(depth);
                self.text(".go");
                self.expr(depth);
                self.text(")");
            }
            38 => {
                self.text("(do (let [i1 i2 = 3 i0...]");
                self.expr(depth);
                self.text(")");
                self.body(depth);
                self.text(")");
            }
            39 => {
                self.text("(= [m0 m1] [");
                self.expr(depth);
                self.expr(depth);
                self.text("])");
            }
            40 => self.node("assert", 1, depth),
            41 => {
                self.text("(hold");
                self.body(depth);
                self.text(")");
            }
            42 => self.node("await", 1, depth),
            _ => {
                self.text("(do (fn f0 [i0 rest...]");
                let outer = (self.loops, self.generator, self.function);
                (self.loops, self.generator, self.function) = (0, false, true);
                self.body(depth);
                (self.loops, self.generator, self.function) = outer;
                self.text(")");
                self.body(depth);
                self.text(")");
            }
        }
    }

    fn in_loop(&mut self, depth: usize) {
        self.loops += 1;
        self.body(depth);
        self.loops -= 1;
        self.text(")");
    }
}

fn program(tape: &[u8]) -> String {
    let mut writer = Writer { tape: tape.iter(), out: String::new(), loops: 0, generator: false, function: false };
    writer.text("(class Point (ctor [x] (self/x = x)))");
    writer.text("(var m0 1) (var m1 2) (var m2 3) (let i0 4) (let i1 5) (let i2 6) (fn f0 [a b...] a)");
    while !writer.tape.as_slice().is_empty() {
        writer.expr(4);
    }
    writer.out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_compile_to_code_that_is_accepted(tape in proptest::collection::vec(any::<u8>(), 0..300)) {
        let text = program(&tape);
        let result = support::compile_text(&text, Notation::Gene, None);
        if let Err(diagnostics) = &result {
            // What the writer makes is right but for names that are bound later in a block.
            for diagnostic in diagnostics {
                let expected = diagnostic.message.contains("before it is defined");
                prop_assert!(expected, "{}\n{}", diagnostic.message, text);
            }
        }
    }

    #[test]
    fn random_texts_do_not_panic(text in "[(){}\\[\\] a-c0-9+=.<>^%`:;\"'|&!?*/-]{0,200}") {
        let _ = support::compile_text(&text, Notation::Gene, None);
        let _ = support::compile_text(&text, Notation::Soc, None);
    }
}
