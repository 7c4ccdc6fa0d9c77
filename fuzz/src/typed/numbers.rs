//! Programs whose loops compute with integers, floats, booleans, lists, fields and functions, some of which change their types,
//! overflow or fail.

use super::Choices;

/// Writes a program.
struct Writer<'a> {
    random: Choices<'a>,
    text: String,
    /// Loops around what is written, for the names of their variables.
    loops: usize,
}

const INTEGERS: &[&str] = &["a", "b", "r.n", "p.n"];
const FLOATS: &[&str] = &["x", "y", "r.f", "p.f"];

impl Writer<'_> {
    fn integer(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.random.below(6) {
                0 => self.random.pick(&["0", "1", "-1", "2", "7", "-13", "1000", "65536"]).into(),
                1 if self.loops > 0 => format!("i{}", self.random.below(self.loops as u64)),
                _ => self.random.pick(INTEGERS).into(),
            };
        }
        let (left, right) = (self.integer(depth - 1), self.integer(depth - 1));
        match self.random.below(12) {
            0..=2 => format!("({left} + {right})"),
            3..=4 => format!("({left} - {right})"),
            5 => format!("({left} * {right})"),
            6 => format!("({left} % {})", self.random.pick(&["7", "10", "-3", "a"])),
            7 => format!("({left} ~/ {})", self.random.pick(&["3", "8", "-2", "b"])),
            8 => format!("xs[({left}) % 8]"),
            9 => format!("mix({left}, {right})"),
            10 => format!("-({left})"),
            _ => format!("if({}, {left}, {right})", self.condition()),
        }
    }

    fn float(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.random.below(4) {
                0 => self.random.pick(&["0.5", "-1.25", "3.0", "1e10", "-0.0"]).into(),
                _ => self.random.pick(FLOATS).into(),
            };
        }
        let (left, right) = (self.float(depth - 1), self.float(depth - 1));
        match self.random.below(9) {
            0..=1 => format!("({left} + {right})"),
            2 => format!("({left} - {right})"),
            3 => format!("({left} * 0.5)"),
            4 => format!("({left} / {right})"),
            5 => format!("({} / {})", self.integer(1), self.integer(1)),
            6 => format!("({} * {left})", self.integer(1)),
            7 => format!("ys[{} % 8]", self.integer(1)),
            _ => format!("scale({left}, {right})"),
        }
    }

    fn condition(&mut self) -> String {
        let test = self.random.pick(&["<", "<=", ">", ">=", "==", "!="]);
        match self.random.below(6) {
            0..=2 => format!("{} {test} {}", self.integer(1), self.integer(0)),
            3 => format!("{} {test} {}", self.float(1), self.float(0)),
            4 => "q".into(),
            _ => format!("not (q and {} {test} 3)", self.integer(0)),
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn statement(&mut self, depth: u32) {
        let choice = self.random.below(if depth == 0 { 12 } else { 17 });
        match choice {
            0..=2 => {
                let (target, value) = (self.random.pick(INTEGERS), self.integer(2));
                self.line(&format!("{target} = {value} % 100003"));
            }
            3 => {
                let (target, value) = (self.random.pick(INTEGERS), self.integer(1));
                self.line(&format!("{target} += {value}"));
            }
            4..=5 => {
                let (target, value) = (self.random.pick(FLOATS), self.float(2));
                self.line(&format!("{target} = {value}"));
            }
            6 => {
                let (target, value) = (self.random.pick(FLOATS), self.float(1));
                self.line(&format!("{target} -= {value}"));
            }
            7 => {
                let (index, value) = (self.integer(1), self.integer(1));
                self.line(&format!("xs[({index}) % 8] = {value} % 1009"));
            }
            8 => {
                let (index, value) = (self.integer(1), self.float(1));
                self.line(&format!("ys[({index}) % 8] += {value}"));
            }
            9 => {
                let condition = self.condition();
                self.line(&format!("q = {condition}"));
            }
            10 => {
                let value = self.integer(0);
                self.line(&format!("p.add({value} % 50)"));
            }
            // Values of other kinds come and go.
            11 => {
                let value = self.random.pick(&["[a]", "\"t\" + str(b)", "null", "x", "a", "xs", "{n: a}"]);
                self.line(&format!("any = {value}"));
            }
            12..=13 => {
                let condition = self.condition();
                self.line(&format!("if ({condition}) {{"));
                self.statements(depth - 1);
                self.line("} else {");
                self.statements(depth - 1);
                self.line("}");
            }
            14 => {
                self.line("try {");
                self.statements(depth - 1);
                self.line("} catch (e) { failures += 1 ; said = e.message }");
            }
            _ if self.loops < 3 => {
                let (name, turns) = (self.loops, 2 + self.random.below(9));
                let head = match self.random.below(3) {
                    0 => format!("for (i{name} in 0..{turns}) {{"),
                    1 => format!("for (i{name} in {turns}..0 by -1) {{"),
                    _ => format!("for (i{name} in [1, 2, {turns}]) {{"),
                };
                self.line(&head);
                self.loops += 1;
                self.statements(depth - 1);
                self.loops -= 1;
                self.line("}");
            }
            _ => self.line("if (a > 5000) { a = 3 }"),
        }
    }

    fn statements(&mut self, depth: u32) {
        for _ in 0..1 + self.random.below(4) {
            self.statement(depth);
        }
    }
}

pub fn program(choices: Choices<'_>) -> String {
    let mut writer = Writer { random: choices, text: String::new(), loops: 0 };
    writer.line(
        "class Pair { new() { self.n = 3 ; self.f = 1.5 } add(k) { self.n = (self.n + k) % 999 ; self } }
fn mix(m, n) { if (m > n) { return m - n } ; m + n * 3 }
fn scale(u, v) { let w = u * 0.25 ; if (w > 1e6) { return v } ; w - v }
fn work(turns) {
mut a = 5
mut b = -3
mut x = 0.75
mut y = -2.5
mut q = true
mut any = null
mut failures = 0
mut said = \"\"
let xs = [3, 1, 4, 1, 5, 9, 2, 6]
let ys = fill(8, 1.5)
let r = {n: 2, f: 0.125}
let p = Pair()
for (turn in 0..turns) {",
    );
    writer.statements(3);
    writer.statements(3);
    writer.line(
        "}
println(a, b, x, y, q, any, failures, said)
println(xs, ys, r, p.n, p.f)
}
work(30)
work(8)",
    );
    writer.text
}
