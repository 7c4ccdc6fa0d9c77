//! Random programs whose loops put texts together, compare them, walk over them, and look things up in maps, some of which
//! are frozen, are no maps, or get other keys: as machine code they do the same, and leave nothing behind.

#[path = "programs/randomness.rs"]
mod randomness;
#[path = "programs/running.rs"]
#[allow(dead_code, reason = "each file of tests uses some of it")]
mod running;

use randomness::Random;
use running::{check, check_steps};

/// Writes a program.
struct Writer {
    random: Random,
    text: String,
    /// Loops around what is written, for the names of their variables.
    loops: usize,
}

const TEXTS: &[&str] = &["s", "t", "u", "words[n % 4]", "p.name"];
const MAPS: &[&str] = &["m", "m", "m", "other", "p.seen"];

impl Writer {
    fn integer(&mut self) -> String {
        match self.random.below(6) {
            0 => self.random.pick(&["0", "1", "-3", "12", "1000000"]).into(),
            1 => format!("len({})", self.random.pick(TEXTS)),
            2 => format!("len({})", self.random.pick(MAPS)),
            _ => self.random.pick(&["n", "k", "n", "k % 7"]).into(),
        }
    }

    fn piece(&mut self, depth: u32) -> String {
        match self.random.below(if depth == 0 { 4 } else { 11 }) {
            0 => self.random.pick(&["\"\"", "\"a\"", "\"é\"", "\"xyz\"", "\"日本\""]).into(),
            1 | 2 => self.random.pick(TEXTS).into(),
            3 => "str(n)".into(),
            4 => format!("str({})", self.integer()),
            5 => format!("({} + {})", self.piece(depth - 1), self.piece(depth - 1)),
            6 => format!("'${{{}}}-${{{}}}'", self.piece(0), self.integer()),
            7 => format!("'${{{}}}'", self.integer()),
            8 => format!("letter({}, {})", self.piece(0), self.integer()),
            9 => format!("join({}, {})", self.piece(depth - 1), self.piece(0)),
            _ => format!("if({}, {}, {})", self.condition(), self.piece(0), self.piece(depth - 1)),
        }
    }

    fn key(&mut self) -> String {
        match self.random.below(8) {
            0..=2 => self.piece(1),
            3..=5 => format!("{} % 5", self.integer()),
            6 => "any".into(),
            _ => self.random.pick(&["1.0", "0.5", "null", "true", "[n]", "'k${n % 3}'"]).into(),
        }
    }

    fn condition(&mut self) -> String {
        let test = self.random.pick(&["<", "<=", ">", ">=", "==", "!=", "==", "=="]);
        match self.random.below(5) {
            0..=1 => format!("{} {test} {}", self.piece(0), self.piece(0)),
            2 => format!("{}.has({})", self.random.pick(MAPS), self.key()),
            3 => format!("any == {}", self.piece(0)),
            _ => format!("{} > 3", self.integer()),
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn statement(&mut self, depth: u32) {
        let choice = self.random.below(if depth == 0 { 13 } else { 18 });
        let map = self.random.pick(MAPS);
        match choice {
            0..=1 => {
                let (target, value) = (self.random.pick(&["s", "t", "u", "p.name"]), self.piece(2));
                self.line(&format!("{target} = short({value})"));
            }
            2..=3 => {
                // Nothing that grows is added to what grows.
                let value = self.random.pick(&[
                    "\"a\"",
                    "\"é\"",
                    "str(n)",
                    "words[k % 4]",
                    "'${n}-${k}'",
                    "\"\"",
                    "letter(s, n)",
                ]);
                let target = self.random.pick(&["s", "t", "u", "p.name"]);
                self.line(&format!("{target} += {value}"));
            }
            4..=5 => {
                let (key, value) = (self.key(), self.random.pick(&["n", "s", "[t]", "m.get(s)", "k * 0.5", "any"]));
                self.line(&format!("{map}[{key}] = {value}"));
            }
            6 => {
                let (key, value) = (self.key(), self.integer());
                self.line(&format!("try {{ {map}[{key}] += {value} }} catch (e) {{ said = e.message }}"));
            }
            7 => {
                let key = self.key();
                self.line(&format!("any = {map}[{key}]"));
            }
            8 => {
                let key = self.key();
                self.line(&format!("any = {map}.get({key})"));
            }
            9 => {
                let key = self.key();
                self.line(&format!("n = if({map}.get({key}) == n, n + 1, n + 2)"));
            }
            10 => self.line("k += len(s) % 3"),
            11 => {
                let value = self.random.pick(&["s", "m", "null", "n", "\"t\" + t", "freeze(dict([[\"a\", n]]))", "xs"]);
                self.line(&format!("any = {value}"));
            }
            12 => {
                let value = self.random.pick(&["m", "other", "dict()", "p.seen"]);
                self.line(&format!("other = {value}"));
            }
            13..=14 => {
                let condition = self.condition();
                self.line(&format!("if ({condition}) {{"));
                self.statements(depth - 1);
                self.line("} else {");
                self.statements(depth - 1);
                self.line("}");
            }
            15 => {
                self.line("try {");
                self.statements(depth - 1);
                self.line("} catch (e) { failures += 1 ; said = e.message }");
            }
            _ if self.loops < 3 => {
                let (name, walked) = (self.loops, self.random.pick(&["s", "\"abca\"", "words", "0..5", "\"añ\" + t"]));
                self.line(&format!("for (x{name} in {walked}) {{"));
                if walked != "0..5" {
                    let value = self.random.pick(TEXTS);
                    self.line(&format!("if (x{name} == {value}) {{ k += 1 }}"));
                    self.line(&format!("if (n % 3 == 0) {{ m[x{name}] = (m[x{name}] ?? 0) + 1 }}"));
                }
                self.loops += 1;
                self.statements(depth - 1);
                self.loops -= 1;
                self.line("}");
            }
            _ => self.line("if (n > 5000) { n = 3 }"),
        }
    }

    fn statements(&mut self, depth: u32) {
        for _ in 0..1 + self.random.below(4) {
            self.statement(depth);
        }
    }
}

fn program(seed: u64) -> String {
    let mut writer = Writer { random: Random(seed), text: String::new(), loops: 0 };
    writer.line(
        "class Named { new() { self.name = \"p\" ; self.seen = dict([[\"a\", 1], [2, 3]]) } }
fn short(text) { if (len(text) > 40) { return \"short\" } ; text }
fn letter(text, at) { let n = len(text) ; if (n == 0) { return \"-\" } ; text[at % n] }
fn join(left, right) { mut all = short(left) ; all += right ; all }
fn work(turns) {
mut n = 5
mut k = 2
mut s = \"start\"
mut t = \"t\"
mut u = \"\"
mut any = null
mut failures = 0
mut said = \"\"
let words = [\"the\", \"é\", \"\", \"word\"]
let xs = [1, 2]
let m = dict([[\"a\", 1], [1, 2], [\"xyz\", \"text\"]])
mut other = m
let p = Named()
for (turn in 0..turns) {
s = short(s)
t = short(t)
u = short(u)
p.name = short(p.name)
k = k % 1000",
    );
    writer.statements(3);
    writer.statements(3);
    writer.line(
        "}
println(s, t, u, p.name, n, k, failures, said)
println(len(m), len(other), len(p.seen), m.has(s), m[1], m[\"a\"], words)
}
work(30)
work(8)",
    );
    writer.text
}

#[test]
fn random_programs_of_texts_do_the_same_as_machine_code() {
    let mut compiled = 0;
    for seed in 0..100 {
        let (_, said) = check(&program(seed), &[]);
        compiled += usize::from(said.iter().any(|line| line.starts_with("compiled")));
    }
    assert!(compiled > 80, "of 100 programs, {compiled} were compiled");
}

#[test]
fn random_programs_of_texts_take_the_same_steps_as_machine_code() {
    for seed in 1000..1015 {
        check_steps(&program(seed), &[]);
    }
}
