//! Programs with a limit on their steps, in the interpreter and as machine code: both end at the very same step. And with one
//! on their memory.

#[path = "programs/running.rs"]
#[allow(dead_code, reason = "each file of tests uses some of it")]
mod running;

use motet_vm::Limits;
use motet_vm::jit::When;
use running::{Said, check, check_every_step, check_steps, run};

/// Gives how many steps a program takes, of which something is compiled.
fn steps_of(program: &str) -> u64 {
    let (_, said) = check(program, &[]);
    assert!(said.iter().any(|line| line.starts_with("compiled")), "{said:?}");
    check_steps(program, &[])
}

#[test]
fn loops_take_a_step_a_turn() {
    let steps = steps_of(
        "mut total = 0
for (i in 0..3000) { total += i }
for (i in 0..=20) { for (j in 0..30) { total += i * j } }
for (i in 5..2) { total += 1 }
for (i in 100..0 by -3) { total += i }
mut i = 0
while (i < 500) {
  i += 1
  if (i % 3 == 0) { continue }
  total += 1
}
println(total)",
    );
    assert!(steps > 4000, "{steps}");
}

/// Builtins count work, much of which is a step. What is an operation of code counts none, in the interpreter either.
#[test]
fn builtins_that_become_operations_are_no_work() {
    let steps = steps_of(
        "let xs = [3, 1, 2]
let m = dict([[1, 2], [\"a\", 3]])
let text = \"hello\"
mut total = 0.0
for (i in 0..4000) {
  total += max(i, 7) - min(i, 9) + min(0.5, i / 2) + max(i * 0.25, 3.0) + abs(-i) + floor(i / 3) + ceil(i / 3) + sqrt(i)
  total += len(xs) + len(text) + len(m) + len(str(i)) + m.get(1)
  if (m.has(\"a\")) { m[i % 10] = i }
  xs.push(i)
}
println(total, len(xs), len(m))",
    );
    assert!(steps > 60_000, "{steps}");
}

#[test]
fn calls_take_one_wherever_they_are_done() {
    steps_of(
        "fn square(x) { x * x }
fn twice(x) { square(x) + square(x + 1) }
fn fib(n) { if (n < 2) { return n } ; fib(n - 1) + fib(n - 2) }
fn down(n) { if (n == 0) { return 0 } ; down(n - 1) }
fn even(n) { if (n == 0) { return true } ; odd(n - 1) }
fn odd(n) { if (n == 0) { return false } ; even(n - 1) }
class Counter {
  new(n) { self.n = n }
  bump(by) { self.n += by ; self }
  get double() { self.n * 2 }
}
mut total = 0
for (i in 0..300) { total += twice(i) }
total += fib(12)
total += down(500)
println(even(301))
let counter = Counter(1)
for (i in 0..100) { counter.bump(i).bump(1) ; total += counter.double }
for (i in 0..100) { total += Counter(i).n }
let xs = [1, 2, 3]
for (i in 0..200) { total += len(xs) + abs(-i) + max(i, 7) }
for (x in xs.map(x => x + 1)) { total += x }
mut text = \"\"
for (i in 0..50) { text += str(i) }
println(total, text)",
    );
}

#[test]
fn callbacks_take_what_they_take_in_the_interpreter() {
    steps_of(
        "fn less(a, b) { a - b }
mut xs = []
for (i in 0..120) { xs.push((i * 37) % 101) }
xs = xs.sort_by((a, b) => a - b)
let ys = xs.map(x => x * 2).filter(x => x % 3 == 0)
println(ys, ys.fold(0, (a, b) => a + b))
fn slow(x) { mut n = 0 ; for (i in 0..x) { n += i } ; n }
println(xs.map(slow))",
    );
}

#[test]
fn errors_and_what_catches_them() {
    steps_of(
        "fn half(xs, i) { xs[i] / 2 }
fn walk(xs, n) {
  mut total = 0
  for (i in 0..n) { total += half(xs, i) }
  total
}
let xs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, \"eleven\"]
for (round in 0..20) {
  try { walk(xs, 11) } catch (e) { if (round == 0) { println(e.message) } }
}
let g = generate { for (i in 0..60) { yield i } }
mut sum = 0
for (x in g) { sum += x }
println(sum)
walk(xs, 12)",
    );
}

#[test]
fn each_step_is_where_it_is_in_the_interpreter() {
    let steps = check_every_step(
        "class P { new(n) { self.n = n } get(k) { self.n + k } get d() { self.n * 2 } bump(k) { self.n += k; self } }
class Q < P { get(k) { super.get(k) + 1 } get d() { self.n + 1 } }
fn square(x) { x * x }
fn two(x) { square(x) + square(x + 1) }
fn fails(x) { if (x % 3 == 2) { throw \"two\" }; x }
fn down(n) { if (n == 0) { 0 } else { 1 + down(n - 1) } }
fn same(x) { x }
fn nest(n, a) {
  if (n <= 0) { return a }
  [2, 3].map(v => nest(n - 1, same(v)))[1]
}
mut t = 0
for (i in 0..4) { t += nest(3, i) }
let ps = [P(1), Q(2)]
for (i in 0..6) {
  t += two(i) + ps[0].d + ps[i % 2].get(i) + ps[i % 2].d
  ps[1].bump(1)
  try { t += fails(i) } catch (e) { t -= 1 }
}
t += down(8)
let xs = list(0..5).map(x => two(x)).filter(x => x % 2 == 1).sort((a, b) => b - a)
for (x in generate { for (i in 0..4) { yield i } }) { t += x + len(xs) }
println(t)",
    );
    assert!(steps > 100, "{steps}");
}

#[test]
fn lookups_and_texts_take_what_they_take_in_the_interpreter() {
    steps_of(
        "let m = dict([[\"a\", 1], [2, \"b\"]])
let words = [\"a\", \"b\", \"c\", \"é\"]
mut found = 0
mut text = \"\"
for (i in 0..60) {
  let word = words[i % 4]
  if (m.has(word)) { found += m[word] }
  m[word] = (m.get(word) ?? 0) + 1
  text += '${i}${word}' + str(i % 3)
  for (letter in word) { if (letter == \"a\") { found += len(word) } }
  if (len(m) > 3 and m.get(2) == \"b\") { m[2] = \"c\" }
}
let long = text.repeat(40)
for (i in 0..30) { if (long == text + long) { found += 1 } }
println(found, len(text), m)",
    );
}

#[test]
fn a_limit_of_memory_ends_what_grows() {
    let programs = [
        "let m = dict()\nmut i = 0\nloop { m[\"key\" + str(i)] = i ; i += 1 }",
        "let m = dict()\nmut i = 0\nloop { m[i] = i ; i += 1 }",
        "let all = []\nmut i = 0\nloop { all.push('${i} and ${i}') ; i += 1 }",
        "mut text = \"x\"\nloop { text += \"some more\" }",
        "mut all = null\nmut i = 0\nloop { all = [all, \"x\" + str(i)] ; i += 1 }",
        "class P { new(next) { self.next = next } }\nmut all = null\nloop { all = P(all) }",
        "class P { new(x) { self.x = x } }\nfn grow(all) { let p = P(all) ; grow(p) }\ngrow(null)",
        "class P { new(x) { self.x = x } }\nclass Q < P { new(x) { super(x) ; self.y = 1 } }\nmut all = null\nloop { all = Q(all) }",
    ];
    let limits = Limits { memory: Some(4_000_000), ..Limits::default() };
    for program in programs {
        for when in [None, Some(When::Eager), Some(When::Stress), Some(When::Hot)] {
            let ended = run(program, &[], when, &limits, &Said::default()).error.unwrap_or_default();
            let expected = "LimitError the program used more than 4000000 bytes of memory";
            assert!(ended.starts_with(expected), "{when:?}: {ended}: {program}");
        }
    }
}
