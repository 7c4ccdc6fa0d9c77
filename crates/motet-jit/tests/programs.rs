//! Programs in the interpreter and as machine code: they print the same, end the same way, and leave nothing behind.

#[path = "programs/running.rs"]
#[allow(dead_code, reason = "each file of tests uses some of it")]
mod running;

use running::{check, check_steps, prints};

#[test]
fn loops_of_numbers() {
    prints(
        "fn sum(n) {
  mut total = 0
  for (i in 0..n) { total += i }
  total
}
println(sum(100_000))
mut x = 0.5
mut i = 0
while (i < 2000) {
  x = x * 3.7 * (1 - x)
  i += 1
}
println(x > 0.0 and x < 1.0, i)",
        "4999950000\ntrue 2000\n",
    );
}

#[test]
fn what_a_loop_cannot_do_the_interpreter_does() {
    // Overflow, with its message; types that change; a value that is no number.
    prints(
        "mut x = 1
try {
  for (i in 0..100) { x = x * 3 }
} catch (e) { println(e.message, x) }
mut y = 1
for (i in 0..50) {
  if (i == 25) { y = y + 0.5 }
  y += 1
}
println(y)
mut z = 0
for (i in 0..50) {
  if (i == 40) { z = \"now a text \" }
  z += if(i < 40, 1, \"x\")
}
println(z)
let xs = [1, 2.5, \"three\", null, true]
mut seen = \"\"
for (round in 0..20) {
  for (x in xs) { seen += str(x) }
}
println(len(seen))",
        "4052555153018976267 * 3 does not fit an integer of 64 bits 4052555153018976267\n51.5\nnow a text xxxxxxxxxx\n340\n",
    );
}

#[test]
fn integers_and_floats_have_the_interpreters_bits() {
    let program = "mut a = -17
mut out = []
for (i in -20..20) {
  out.push(i % 7)
  out.push(i ~/ 7)
  out.push(i / 7)
  out.push(i * 0.1 - 3)
  out.push(-i)
  out.push(i < 3 or i >= 15)
  out.push(2.5 - i)
  out.push(not (i == 4))
  if (i != 0) { out.push(100 / i); out.push(100 % i); out.push(100 ~/ i) }
  a = a * -1
}
println(out, a)
mut f = -0.0
for (i in 0..10) { f = f * -1 }
println(f, 1 / f)
mut n = 0.0 / 0.0
mut count = 0
for (i in 0..10) {
  if (n < 1) { count += 1 }
  if (n >= 1) { count += 10 }
  if (n == n) { count += 100 }
  if (n != n) { count += 1000 }
  if (not (n < 1)) { count += 10000 }
}
println(count)
mut big = 9223372036854775807
mut same = 0
for (i in 0..10) { if (big == 9223372036854775807.0) { same += 1 } }
println(same)
for (i in 0..3) { for (j in 5..2) { println(\"never\") } }
for (i in 10..0 by -3) { println(i) }
for (i in 0..=3) { println(i) }";
    check(program, &[]);
}

#[test]
fn lists_fields_and_captured_variables() {
    prints(
        "class Point {
  new(x, y) { self.x = x; self.y = y }
  move(d) { for (i in 0..20) { self.x += d; self.y = self.y - d } }
}
let points = [Point(0, 1.5), Point(2, 3.5), Point(4.5, 6)]
for (round in 0..20) {
  for (p in points) { p.x += 1; p.y = p.y * 0.5 }
}
points[0].move(2)
println(points.map(p => [p.x, p.y]))
let xs = fill(100, 0)
for (i in 0..100) { xs[i] = i * i }
for (i in 0..99) { xs[i] += xs[i + 1] }
mut total = 0
for (i in 0..100) { total += xs[i] }
println(total)
let record = {a: 1, b: 2.5}
for (i in 0..30) { record.a += 1; record.b = record.b + record.a }
println(record)
fn counter() {
  mut n = 0
  let bump = () => { for (i in 0..10) { n += i } ; n }
  for (i in 0..5) { bump() }
  n
}
println(counter())
let frozen = freeze([1, 2, 3])
try { for (i in 0..3) { frozen[i] = i } } catch (e) { println(e.message) }
try { for (i in 95..105) { xs[i] = 1 } } catch (e) { println(e.message) }
let names = [\"a\", \"b\", \"c\"]
mut text = \"\"
for (i in 0..30) { text = names[i % 3] }
println(text)
let rows = [[1, 2], [3, 4], [5, 6]]
mut sum = 0
for (round in 0..10) { for (row in rows) { for (x in row) { sum += x } } }
println(sum)",
        "[[60, -39.999998569488525], [22, 3.337860107421875e-6], [24.5, 5.7220458984375e-6]]
656700
{a: 31, b: 497.5}
225
this List is frozen
index 100 is outside a list of length 100
c
210
",
    );
}

/// The programs of `benches`, with smaller numbers.
#[test]
fn programs_of_the_benches() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/programs");
    let sizes = [
        ("btrees", "6"),
        ("building", "300"),
        ("calls", "3000"),
        ("classes", "50"),
        ("closures", "2000"),
        ("deep", "10"),
        ("dictionaries", "1000"),
        ("fib", "12"),
        ("generators", "1000"),
        ("hello", ""),
        ("mandel", "30"),
        ("map", "2000"),
        ("matching", "50"),
        ("matrix", "12"),
        ("nbody", "300"),
        ("polymorphic", "40"),
        ("sort", "2000"),
        ("spectral", "20"),
        ("strings", "2000"),
        ("sum", "5000"),
        ("throwing", "1000"),
    ];
    let found = std::fs::read_dir(folder).expect("the programs are there").count();
    assert_eq!(found, sizes.len(), "each program of the benches has a size here");
    for (name, size) in sizes {
        let text = std::fs::read_to_string(format!("{folder}/{name}.soc")).expect("the program is there");
        let arguments: Vec<String> = size.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        check(&text, &arguments);
        // What ends before anything is compiled has nothing to compare.
        if name != "hello" {
            check_steps(&text, &arguments);
        }
    }
}

#[test]
fn functions_become_parts_of_the_loops_that_call_them() {
    prints(
        "fn square(x) { x * x }
fn twice(x) { square(x) + square(x + 1) }
fn sign(x) { if (x < 0) { return -1 } ; if (x == 0) { return 0 } ; 1 }
fn count_down(n) { mut m = n ; mut c = 0 ; while (m > 0) { m -= 2 ; c += 1 } ; c }
fn pick(xs, i) { xs[i] }
fn name(i) { if (i > 25) { return \"many\" } ; \"few\" }
mut total = 0
for (i in -30..30) { total += twice(i) * sign(i) + count_down(i) }
println(total)
let xs = [1.5, 2.5, [3], \"x\"]
mut last = null
for (i in 0..40) { last = pick(xs, i % 4) }
println(last)
for (i in 0..30) { last = name(i) }
println(last)
fn adder(k) { x => x + k }
let add = adder(3)
let add_half = adder(0.5)
mut sum = 0
for (i in 0..50) { sum = add(sum) }
for (i in 0..50) { sum = add_half(sum) }
println(sum)
class Counter {
  new() { self.n = 0 }
  bump(by) { self.n += by ; self }
  get() { self.n }
}
let counter = Counter()
for (i in 0..60) { counter.bump(i).bump(1) }
mut got = 0
for (i in 0..60) { got += counter.get() }
println(counter.n, got)",
        "224\nx\nmany\n175.0\n1830 109800\n",
    );
}

#[test]
fn errors_inside_of_parts_have_their_frames() {
    let program = "fn half(xs, i) { xs[i] / 2 }
fn outer(xs, i) { half(xs, i) + 1 }
fn walk(xs, n) {
  mut total = 0
  for (i in 0..n) { total += outer(xs, i) }
  total
}
let xs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, \"eleven\"]
println(walk(xs, 10))
try { walk(xs, 11) } catch (e) { println(e.message) ; println(e.trace) }
fn deep(n) { if (n == 0) { return 0 } ; 1 + deep(n - 1) }
fn sum(n) { mut total = 0 ; for (i in 0..n) { total += deep(i) } ; total }
println(sum(40))
try { sum(400) } catch (e) { println(e.message) }
fn grow(x) { x * 1000003 }
mut y = 1
try { for (i in 0..50) { y = grow(y) } } catch (e) { println(e.message, y) }
walk(xs, 12)";
    let (printed, _) = check(program, &[]);
    assert!(printed.contains("cannot divide String and Int"), "{printed}");
    assert!(printed.contains("nested more than 300 deep"), "{printed}");
}
