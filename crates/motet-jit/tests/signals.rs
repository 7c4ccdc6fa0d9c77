//! Functions of signals as machine code: they are called at once where that is possible, and see what they would see anyway.

#[path = "programs/running.rs"]
#[allow(dead_code, reason = "each file of tests uses some of it")]
mod running;

use running::prints;

#[test]
fn chains_joins_and_effects_follow_what_they_read() {
    prints(
        "let s = signal(0)
mut last = computed(() => s.value + 1)
for (i in 1..100) { let before = last ; last = computed(() => before.value + 1) }
let end = last
mut seen = []
let e = effect(() => seen.push(end.value))
for (i in 1..=40) { s.set(i) }
e.dispose()
s.set(1000)
println(len(seen), seen[0], seen[40], end.value)
let values = freeze(list(0..5).map(i => computed(() => s.value + i)))
let all = computed(() => do { mut sum = 0 ; for (v in values) { sum += v.value } ; sum })
let both = computed(() => values[0].value * 2 + values[4].value + all.value)
mut sums = 0
let f = effect(() => sums += both.value)
for (i in 1..=40) { s.set(i) }
println(sums, both.value)",
        "41 100 140 1100\n15134 334\n",
    );
}

#[test]
fn values_may_change_their_kind_and_functions_may_fail() {
    prints(
        "let s = signal(1)
let c = computed(() => s.value + 1)
let d = computed(() => c.value * 3037000500)
let t = computed(() => if (s.value < 0, [s.value], c.value))
mut log = []
let e = effect(() => log.push(c.value))
let f = effect(() => log.push(t.value))
for (i in 0..30) { s.set(i) ; d.value }
for (value in [1.5, 3037000500, -4, 2]) {
  s.set(value)
  try { println(c.value, d.value) } catch (e) { println(e.message) }
}
println(len(log), log[-1], log[-3])
let text = signal(\"a\")
let twice = computed(() => text.value + text.value)
mut long = 0
let g = effect(() => long += len(twice.value))
for (i in 0..30) { text.set(str(i)) }
println(long, twice.value)",
        "2.5 7592501250.0\n3037000501 * 3037000500 does not fit an integer of 64 bits\n-3 -9111001500\n3 9111001500\n70 3 [-4]\n102 2929\n",
    );
}

#[test]
fn a_function_may_read_something_else_each_time() {
    prints(
        "let which = signal(0)
let signals = freeze(list(0..4).map(i => signal(i * 10)))
let chosen = computed(() => signals[which.value].value)
let sometimes = computed(() => if (which.value % 2 == 0) { chosen.value } else { -1 })
mut runs = 0
mut last = null
let e = effect(() => do { runs += 1 ; last = sometimes.value })
for (i in 0..60) {
  which.set(i % 4)
  signals[(i * 7) % 4].set(i)
  if (i % 20 == 0) { println(i, last, runs) }
}
println(last, runs)
let peeked = computed(() => which.peek() + signals[0].value)
mut total = 0
for (i in 0..50) { which.set(i % 3) ; signals[0].set(i % 5) ; total += peeked.value }
println(total)",
        "0 0 1\n20 20 31\n40 40 61\n-1 89\n149\n",
    );
}

#[test]
fn effects_that_set_nest_and_end_each_other() {
    prints(
        "let s = signal(0)
let mirror = signal(0)
let half = computed(() => mirror.value / 2)
let copies = effect(() => mirror.set(s.value * 2))
mut seen = []
let reads = effect(() => seen.push(half.value))
for (i in 1..=30) { s.set(i) }
println(len(seen), seen[-1])
mut inner = 0
let outer = effect(() => do { s.value ; effect(() => inner += mirror.value) })
for (i in 1..=20) { s.set(i) }
println(inner)
batch(() => do { s.set(500) ; mirror.set(1) ; println(half.value) })
println(half.value, s.value)
mut count = 0
fn watch(limit) {
  mut self_ended = null
  self_ended = effect(() => do { count += 1 ; if (s.value > limit and self_ended != null) { self_ended.dispose() } })
}
watch(503)
for (i in 500..510) { s.set(i) }
println(count)
let a = computed(() => b_of().value)
let b = computed(() => a.value)
fn b_of() { b }
try { a.value } catch (e) { println(e.kind) }",
        "31 30.0\n480\n0.5\n500.0 500\n5\nCycleError\n",
    );
}

#[test]
fn joins_compute_what_they_read_where_they_read_it() {
    prints(
        "let s = signal(0)
let t = signal(\"a\")
let plain = list(0..4).map(i => computed(() => s.value * i + 1))
let far = list(0..3).map(i => do {
  mut last = plain[i]
  for (k in 0..5) { let before = last ; last = computed(() => before.value + k) }
  last
})
let texts = list(0..2).map(i => computed(() => t.value + str(s.value % (i + 2))))
let lists = [computed(() => [s.value, s.value + 1])]
let loops = [computed(() => do { mut sum = 0 ; for (i in 0..s.value % 5) { sum += i } ; sum })]
let fails = [computed(() => if (s.value % 50 == 49) { throw Error('at ${s.value}') } else { s.value }), computed(() => 3037000500 * (3037000400 + s.value))]
let all = freeze(plain.concat(far).concat(texts).concat(lists).concat(loops).concat(fails))
let join = computed(() => do {
  mut sum = 0
  mut words = ''
  for (c in all) {
    let value = c.value
    if (value is String) { words = value } else if (value is List) { sum += value[1] } else { sum += value % 1000003 }
  }
  '${sum}${words}'
})
let two = computed(() => plain[1].value + plain[2].value + plain[3].value)
mut log = []
let e = effect(() => log.push(try { join.value } catch (error) { error.message }))
mut twos = 0
let f = effect(() => twos += two.value)
for (i in 1..=120) { s.set(i) ; if (i % 10 == 0) { t.set(str(i)) } }
println(len(log), log[3], log[49], log[-1], twos)
s.set(20)
println(log[-1], join.peek())",
        "133 984440a0 623237400 3037000500 * 3037000520 does not fit an integer of 64 bits 43923\n8382371202 8382371202\n",
    );
}

#[test]
fn another_signal_in_the_place_of_the_first_one_is_another() {
    prints(
        "let t = signal(0)
mut s = signal(1)
mut total = 0
mut seen = []
let e = effect(() => do { total += s.value * 10 + t.value ; seen.push(s.peek()) })
for (i in 1..=60) {
  t.set(i)
  if (i % 3 == 0) { s = signal(i) }
  if (i % 3 == 1) { s.set(i * 100) }
}
println(total, len(seen), seen[-1])
let held = { at: signal(1) }
mut sum = 0
let g = effect(() => sum += held.at.value + t.value)
for (i in 1..=60) {
  t.set(100 + i)
  held.at = computed(() => t.value * 2)
  t.set(200 + i)
  held.at = signal(i)
}
println(sum)
let u = s
batch(() => do { t.set(5) ; u.set(7) ; println(u.value, t.value, computed(() => u.value + t.value).value) })
println(total)",
        "1778140 81 5800\n51152\n7 5 12\n1871875\n",
    );
}
