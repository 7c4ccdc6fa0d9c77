//! Programs of functions, methods and callbacks that call one another, in the middle and in the end, throw, catch, wait, and
//! are called with values of many kinds.

use super::Choices;

struct Writer<'a> {
    random: Choices<'a>,
}

/// How many functions a program has.
const FUNCTIONS: u64 = 5;

impl Writer<'_> {
    /// A value, of what is in reach in every function: `n`, `a`, `b`, `o`.
    fn value(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.random.pick(&["a", "b", "a", "b", "n", "1", "2", "0.5", "-3", "xs[n % 4]"]).into();
        }
        let (left, right) = (self.value(depth - 1), self.value(depth - 1));
        match self.random.below(23) {
            0..=2 => format!("({left} + {right})"),
            3 => format!("({left} - {right})"),
            4 => format!("({left} * {right})"),
            5..=8 => self.call(left, right),
            9..=10 => format!("o.get(n - 1, {left})"),
            11 => format!("o.next().twice({left})"),
            12 => format!("[{left}, {right}].map(v => {})[1]", self.call("v".into(), "a".into())),
            13 => format!("[{left}, {right}, 1].sort((v, w) => less(v, w))[0]"),
            14 => format!("len([{left}, {right}])"),
            15 => {
                let name = self.random.pick(&["min", "max"]);
                format!("{name}({left}, {right})")
            }
            16 => {
                let name = self.random.pick(&["abs", "floor", "ceil", "sqrt"]);
                format!("{name}({left})")
            }
            17 => format!("[1, 2, 3].filter(v => v != {left}).reduce((v, w) => v + w, {right})"),
            18 => format!("Square({left}).get(n - 1, {right})"),
            19 => format!("if({}, {left}, {right})", self.condition()),
            20 => self.random.pick(&["o.size", "first.size", "second.size"]).into(),
            21 => format!("try {{ {left} }} catch (e) {{ count += 1; {right} }}"),
            _ => format!("made(n - 1)({left})"),
        }
    }

    fn call(&mut self, left: String, right: String) -> String {
        let function = self.random.below(FUNCTIONS);
        let other = self.random.pick(&["o", "o", "o.next()", "first", "second"]);
        format!("f{function}(n - 1, {left}, {right}, {other})")
    }

    fn condition(&mut self) -> String {
        let value = self.value(0);
        self.random
            .pick(&["n % 2 == 0", "a == b", "count % 3 == 0", "typeof(V) == \"Int\"", "V == 1"])
            .replace('V', &value)
    }

    fn function(&mut self, number: u64) -> String {
        let mut text = format!("fn f{number}(n, a, b, o) {{\nif (n <= 0 or count > most) {{ return a }}\ncount += 1\n");
        for _ in 0..self.random.below(3) {
            let (value, condition) = (self.value(1), self.condition());
            text += &match self.random.below(5) {
                0 => format!("if ({condition}) {{ return {value} }}\n"),
                1 => format!("mut c = b\nmut i = 0\nwhile (i < 3) {{ c = {value}; i += 1 }}\n"),
                2 => format!("if (count % 17 == 0) {{ throw {value} }}\n"),
                3 => "for (x in xs) { if (x == n) { count += len(xs) } }\n".into(),
                _ => format!("let d{} = {value}\n", self.random.below(1000)),
            };
        }
        let end = match self.random.below(4) {
            0 => self.call("b".into(), "a".into()),
            1 => "o.get(n - 1, b)".into(),
            _ => self.value(2),
        };
        text + &end + "\n}\n"
    }
}

pub fn program(choices: Choices<'_>) -> String {
    let mut writer = Writer { random: choices };
    let mut text = String::from(
        "mut count = 0
mut most = 0
let xs = [1, 2, 3, 4]
class Square {
  new(side) { self.side = side; self.seen = 0 }
  get(n, a) { self.seen += 1; if (n <= 0) { a } else { f0(n - 1, self.side, a, self) } }
  twice(a) { a + a }
  next() { second }
  get size() { count += 1; if (count > most) { self.side } else { f3(1, self.side, self.seen, self) } }
}
class Cube < Square {
  new(side) { super(side); self.more = 1 }
  get(n, a) { if (n % 2 == 0) { super.get(n, a) } else { f1(n, a, self.more, self) } }
}
class Other { get(n, a) { f2(n - 1, a, 0.5, first) } twice(a) { a } next() { first } get size() { 0.5 } }
let first = Cube(2)
let second = Other()
fn less(v, w) { v < w }
fn made(n) { v => if(n <= 0, v, f0(n - 1, v, n, first)) }
",
    );
    for number in 0..FUNCTIONS {
        text += &writer.function(number);
    }
    text += "fn work(turns) {
  for (turn in 0..turns) {
    let a = if(turn % 11 == 10, 0.5, turn)
    let b = if(turn % 13 == 12, \"text\", turn % 3)
    for (f in [f0, f1, f2, f3, f4]) {
      let o = if(turn % 4 == 3, second, if(turn % 4 == 2, Square(turn), first))
      most = count + 60
      let said = try { f(3, a, b, o) } catch (e) { [e.message, e.trace] }
      if (turn % 5 == 0) { println(said) }
    }
  }
  println(count, first.seen)
}
work(24)
most = count + 500
println(try { f1(60, 1, 2, first) } catch (e) { e.message })
work(6)
most = count + 100
f0(4, null, xs, second)
";
    text
}
