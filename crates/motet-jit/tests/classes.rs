//! Methods, getters and methods of parents in the interpreter and as machine code: objects of several classes at one place, what
//! is captured, what changes, and how calls end.

#[path = "programs/running.rs"]
#[allow(dead_code, reason = "each file of tests uses some of it")]
mod running;

use running::{check, check_steps, prints};

const ACCOUNTS: &str = "class Account {
  new(balance) { self.balance = balance; self.count = 0 }
  pay(amount) { self.balance += amount; self.count += 1 }
  fee() { 1 }
  month() { self.pay(-self.fee()) }
  get is_empty() { self.balance <= 0 }
  get half() { self.balance ~/ 2 }
  itself() { self }
}
class Savings < Account {
  new(balance, rate) { super(balance); self.rate = rate }
  fee() { 0 }
  month() { super.month(); self.pay(self.balance * self.rate ~/ 100) }
}
class Bonus < Savings {
  new(balance) { super(balance, 2) }
  month() { super.month(); if (self.balance > 5000) { self.pay(-4000) } }
}
fn accounts(n) {
  let all = []
  for (i in 0..n) {
    all.push(match (i % 3) { 0 => Account(5 + i), 1 => Savings(1000 + i, 1), _ => Bonus(900 + i) })
  }
  all
}
";

#[test]
fn methods_of_several_classes_at_one_place() {
    let program = format!(
        "{ACCOUNTS}let all = accounts(9)
mut empty = 0
mut halves = 0
for (month in 0..400) {{
  for (account in all) {{
    account.month()
    if (account.balance > 1_000_000) {{ account.pay(-990_000) }}
    if (account.is_empty) {{ empty += 1; account.pay(1000) }}
    halves += account.itself().half
  }}
}}
println(empty, halves)
for (account in all) {{ println(account.balance, account.count) }}"
    );
    let (printed, _) = check(&program, &[]);
    assert!(printed.starts_with("3 "), "{printed}");
    check_steps(&program, &[]);
}

#[test]
fn overflow_in_methods_inside_methods_has_their_frames() {
    let program = format!(
        "{ACCOUNTS}fn all_months(all, n) {{ for (month in 0..n) {{ for (account in all) {{ account.month() }} }} }}
let all = accounts(6)
all_months(all, 60)
all[4].balance = 9_000_000_000_000_000_000
try {{ all_months(all, 60) }} catch (e) {{ println(e.message); println(e.trace) }}
all[4].balance = 9_200_000_000_000_000
try {{ all_months(all, 60) }} catch (e) {{ println(e.message); println(e.trace) }}
all[3].balance = null
try {{ all_months(all, 5) }} catch (e) {{ println(e.message); println(e.trace) }}
all_months(all, 5)"
    );
    let (printed, _) = check(&program, &[]);
    assert!(printed.contains("does not fit an integer"), "{printed}");
    check_steps(&program, &[]);
}

#[test]
fn classes_that_are_made_of_the_same_code() {
    prints(
        "class A { name() { 'A' } size() { 1 } get twice() { 2 } }
class B { name() { 'B' } size() { 10 } get twice() { 20 } }
fn make(parent, tag) {
  class C < parent {
    new(n) { self.n = n }
    name() { super.name() + tag }
    size() { super.size() + self.n }
    get both() { self.twice + self.n }
  }
  C
}
let kinds = [make(A, 'x'), make(B, 'y'), make(A, 'z'), make(make(B, 'p'), 'q')]
let objects = kinds.map(kind => kind(3))
mut total = 0
mut names = ''
for (round in 0..100) {
  for (object in objects) {
    total += object.size() + object.both
    if (round % 33 == 0) { names += object.name() }
  }
}
println(total, names)
for (k in 0..60) {
  let kind = make(if(k % 2 == 0, A, B), str(k % 3))
  for (i in 0..3) { total += kind(k).size() }
}
println(total)",
        "9300 AxByAzBpqAxByAzBpqAxByAzBpqAxByAzBpq\n15600\n",
    );
}

#[test]
fn what_is_no_method_of_the_class_is_found_elsewhere() {
    prints(
        "class P { new(x) { self.x = x } get() { self.x } more() { self.get() + 1 } }
class Q < P { get() { self.x * 2 } }
class R { new(x) { self.x = x } get() { -self.x } more() { self.get() - 1 } }
class S { new(x) { self.x = x } get() { 7 } more() { 8 } }
class T { new(x) { self.x = x } get(y = 5) { y } more() { self.get() } }
class U { new(x) { self.x = x } get() { self.x } more() { 0 } }
let own = P(4)
let several = [P(1), Q(2), own, { get: () => 100, more: () => 200 }, R(3), S(4), T(5), U(6)]
fn total(things, rounds) {
  mut sum = 0
  for (round in 0..rounds) { for (thing in things) { sum += thing.get() + thing.more() } }
  sum
}
println(total(several[0..2], 100))
println(total(several[0..4], 100))
println(total(several, 100))
own.get = () => 1000
println(total(several[0..4], 100))
class Wide { new() { for (i in 0..300) { self['f' + str(i)] = i } } get() { self.f7 } more() { self.f299 } }
let wide = Wide()
println(total([P(1), wide, Q(3)], 100))
fn sum_of_fields(objects) { mut sum = 0 ; for (round in 0..50) { for (o in objects) { sum += o.x } } ; sum }
println(sum_of_fields([P(1), Q(2), R(3), S(4)]), sum_of_fields([{ x: 1.5 }, { y: 1, x: 2 }, P(3)]))",
        "1200\n32100\n34500\n231300\n32200\n500 325.0\n",
    );
}

#[test]
fn getters_give_objects_and_what_they_gave_stays() {
    prints(
        "class Node {
  new(value, next) { self.value = value; self.after = next; self.seen = [value] }
  get next() { self.after }
  get list() { self.seen }
  get own() { self }
  get fresh() { [self.value] }
  get nothing() { null }
  get is_last() { self.after == null }
  get deep() { if (self.is_last) { return 1 } ; 1 + self.next.deep }
}
class Other < Node { get own() { self.next } get fresh() { [self.value, 1] } }
let last = Node(3, null)
let nodes = [Node(1, last), Other(2, last), last]
mut sum = 0
mut kept = []
for (round in 0..80) {
  for (node in nodes) {
    let own = node.own
    sum += own.value + own.fresh[0] + len(node.fresh) + len(node.list)
    if (not node.is_last) { sum += node.own.own.own.value }
    if (node.nothing != null) { sum += 1000 }
    mut at = node
    at = at.own
    at = at.own
    sum += at.value
    if (round == 79) { kept.push(node.list); kept.push(node.fresh); kept.push(at) }
  }
}
println(sum, kept.map(x => str(x)))
println(nodes.map(node => node.deep))
fn make(n) { Node(n, Node(n + 1, null)) }
mut total = 0
for (i in 0..200) { total += make(i).own.next.own.value + make(i).next.own.fresh[0] }
println(total)",
        "2560 [\"[1]\", \"[1]\", \"Node(value: 1, after: Node(value: 3, after: null, seen: [3]), seen: [1])\", \
         \"[2]\", \"[2, 1]\", \"Node(value: 3, after: null, seen: [3])\", \"[3]\", \"[3]\", \
         \"Node(value: 3, after: null, seen: [3])\"]\n[2, 2, 1]\n40200\n",
    );
}

#[test]
fn calls_at_the_end_of_methods() {
    let program = "class Walker {
  new(k) { self.k = k }
  step(n, note) { self.turn(n + self.k, note) }
  turn(n, note) { if (n % 2 == 0) { return self.even(note, n) } ; finish(n, note) }
  even(note, n) { self.last(note, n ~/ 2) }
  last(list, n) { list[0] += n ; list }
  pass(other, n) { other.take(n) }
  take(n) { n + self.k }
  call(f, n) { f(n) }
}
class Runner < Walker {
  turn(n, note) { super.turn(n * 3, note) }
  take(n) { self.call(x => x * self.k, n) }
}
fn finish(n, note) { note[0] += n ; note }
let walkers = [Walker(1), Runner(2), Walker(5), Runner(3)]
let note = [0]
mut total = 0
for (i in 0..300) {
  for (walker in walkers) {
    total += walker.step(i, note)[0] % 7
    total += walker.step(i, [i])[0]
    total += walker.pass(walkers[i % 4], i) + walker.pass(Walker(i), 1)
  }
}
println(total, note)
class Deep { new() {} down(n) { if (n == 0) { return 0 } ; 1 + self.down(n - 1) } go(n) { self.down(n) } }
let deep = Deep()
mut reached = 0
for (i in 0..40) { reached += deep.go(20) }
println(reached)
mut most = 0
fn under(n) { if (n == 0) { return 0 } ; under(n - 1) + 0 }
fn far(n) { mut ok = 0 ; for (i in 0..3) { ok += deep.go(n) } ; ok }
for (n in 280..310) { try { far(n) ; most = n } catch (e) { println(n, e.message) ; break } }
println(most)
deep.go(400)";
    let (printed, _) = check(program, &[]);
    assert!(printed.contains("nested more than 300 deep"), "{printed}");
    check_steps(program, &[]);
}

#[test]
fn depth_is_the_same_in_methods_of_parents() {
    for depth in 285..300 {
        let program = format!(
            "{ACCOUNTS}let all = accounts(6)
fn months(n) {{ for (month in 0..n) {{ for (account in all) {{ account.month() ; account.half }} }} ; 0 }}
fn under(n) {{ if (n == 0) {{ return months(20) }} ; 1 + under(n - 1) }}
under(3)
println(under({depth}))"
        );
        check(&program, &[]);
    }
}
