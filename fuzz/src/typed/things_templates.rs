//! What the programs of `things.rs` are filled with.

/// What a value of a kind may be.
pub struct Table {
    /// How many of the templates in `shared`, from the first one on, call functions of the program.
    pub calls: usize,
    pub shared: &'static [&'static str],
    /// What names variables of `work`.
    pub in_work: &'static [&'static str],
    /// The leaves.
    pub work: &'static [&'static str],
    pub lambda: &'static [&'static str],
    pub function: &'static [&'static str],
    pub method: &'static [&'static str],
    pub getter: &'static [&'static str],
}

pub fn table(kind: char) -> &'static Table {
    match kind {
        'i' => &INTEGER,
        'f' => &FLOAT,
        't' => &TEXT,
        'q' => &CONDITION,
        'l' => &LIST,
        'o' => &OBJECT,
        'a' => &ANY,
        other => panic!("no kind of value is called {other}"),
    }
}

static INTEGER: Table = Table {
    calls: 3,
    shared: &[
        "$F($i, $i)",
        "$F($i)",
        "$F($i, p: $i)",
        "($i + $i)",
        "($i + $i)",
        "($i - $i)",
        "($i * $i)",
        "($i % 7)",
        "($i % $i)",
        "($i ~/ $i)",
        "-($i)",
        "if($q, $i, $i)",
        "min($i, $i)",
        "max($i, $i)",
        "abs($i)",
        "floor($f)",
        "len($l)",
        "len($t)",
        "deep(9, $i)",
        "fib($i % 7)",
        "classify(Kind.Two($i, $i))",
        "classify($a)",
        "band($i, $i)",
        "sum($l)",
        "$l.reduce($y, $i)",
        "(try { $i } catch (err) { $i })",
        "(try { $F($i, 2) } finally { g += 1 })",
        "step($i)",
        "gs[$i % 3]",
        "$x($i)",
        "opt($i)",
        "opt($i, $i, 3, 4)",
        "opt($i, c: $i)",
        "opt(b: $i, a: $i)",
        "opt(...gs)",
        "(match ($a) { 0 => $i, [v, w] => v, {n} => n, v: Int => v, _ => $i })",
        "($i ?? $i)",
        "{n: $i, f: $f}.n",
        "($i == $i and $i or $i)",
    ],
    in_work: &[
        "xs[$i % 4]",
        "rows[$i % 3][$i % 2]",
        "rows[$i % 3, $i % 2]",
        "$o.area($i)",
        "$o.double",
        "$o.n",
        "$o.bump($i).n",
        "fs[$i % 3]($i)",
        "m.get($i % 5, $i)",
        "m[$i % 5]",
        "r.n",
        "r.area($i)",
        "k.area(o.n)",
        "objects[$i % 4].area($i)",
        "objects[$i % 4].n",
        "classify(e)",
        "(await async do { pause(); $i })",
    ],
    work: &["a", "b", "i", "turn", "1", "2", "0", "-1", "7", "c", "d", "o.n", "k.n", "len(xs)", "big % 1000"],
    lambda: &["v", "v", "c", "d", "1", "2", "0", "-3", "g"],
    function: &["n", "n", "p", "1", "2", "0", "-1", "g", "gs[1]"],
    method: &["self.n", "self.n", "p", "1", "2", "g", "3"],
    getter: &["self.n", "self.n", "1", "2", "g", "3"],
};

static FLOAT: Table = Table {
    calls: 0,
    shared: &[
        "($f + $f)",
        "($f - $f)",
        "($f * $f)",
        "($f / $f)",
        "($i / $i)",
        "($i * $f)",
        "($f % $f)",
        "($f ~/ $f)",
        "-($f)",
        "scale($f, $f)",
        "if($q, $f, $f)",
        "min($f, $f)",
        "max($f, $i)",
        "abs($f)",
        "float($i)",
        "math.sqrt(abs($f))",
    ],
    in_work: &["ys[$i % 4]", "$o.f", "sum(ys)", "r.f"],
    work: &["x", "y", "0.5", "-0.0", "1e308", "o.f", "z", "0.25", "y", "3.0"],
    lambda: &["z", "0.5", "-1.5", "2.0", "v"],
    function: &["0.5", "-0.0", "2.0", "h", "p"],
    method: &["self.f", "self.f", "0.5", "2.0", "h"],
    getter: &["self.f", "self.f", "0.5", "2.0", "h"],
};

static TEXT: Table = Table {
    calls: 0,
    shared: &[
        "($t + $t)",
        "'<${$i}|${$f}>'",
        "str($a)",
        "typeof($a)",
        "$t.upper()",
        "join($l, $t)",
        "$t.repeat(2)",
        "$t[..2]",
    ],
    in_work: &["$o.name", "str(e)[0..30]", "s[$i % 3]"],
    work: &["\"\"", "\"ab\"", "s", "str(a)", "\"ünï\""],
    lambda: &["\"ab\"", "\"\"", "str(v)"],
    function: &["\"ab\"", "\"\"", "str(n)"],
    method: &["\"ab\"", "\"\"", "self.name"],
    getter: &["\"ab\"", "\"\"", "self.name"],
};

static CONDITION: Table = Table {
    calls: 0,
    shared: &[
        "($i < $i)",
        "($i <= $i)",
        "($i > $i)",
        "($i >= $i)",
        "($i == $i)",
        "($i != $i)",
        "($f < $f)",
        "($f == $i)",
        "($f >= $i)",
        "($t < $t)",
        "($t == $t)",
        "($a == $a)",
        "($i in $l)",
        "(not $q)",
        "($q and $q)",
        "($q or $q)",
        "($i < $i < $i)",
        "($a is Int)",
        "is($a, List)",
        "some(v => v == $i, $l)",
        "$i",
    ],
    in_work: &["same(xs, zs)", "same(o, k)", "is($o, Left)", "($o == $o)", "(e == Kind.None)", "(turn % 3 == 0)"],
    work: &["q", "q", "true", "false", "(turn % 5 == 0)", "(a < b)"],
    lambda: &["true", "(c % 2 == 0)", "(v == 2)", "(d > c)"],
    function: &["true", "(n > 1)", "(n == p)", "(g % 2 == 0)"],
    method: &["true", "(self.n > p)", "(self.n % 2 == 0)"],
    getter: &["true", "(self.n % 2 == 0)"],
};

static LIST: Table = Table {
    calls: 0,
    shared: &[
        "[$i, $i]",
        "[$i, $i, $i]",
        "$l.map($x)",
        "map($x, $l)",
        "$l.filter(v => $q)",
        "$l.sort()",
        "$l.sort($y)",
        "sort_by($x, $l)",
        "[...$l, $i][..9]",
        "list(count($i % 7))",
        "list(0..($i % 9))",
        "copy($l)",
        "freeze([$i, $i])",
        "$l[1..]",
        "$l.reverse()",
        "fill(3, $i)",
        "fill(3, $x)",
        "scan($y, $l, $i)",
        "gs.map(v => { if (len(gs) < 9) { gs.push(v) }; v })",
        "gs.map(v => { if (len(gs) > 3) { gs.pop() }; v })",
        "gs.filter(v => { gs[0] = $i; $q })",
        "gs.sort((v, w) => { if (len(gs) > 3) { gs.pop() }; v - w })",
        "[$f, $f, $f]",
    ],
    in_work: &[
        "rows[$i % 3]",
        "rows.map(w => len(w))",
        "$o.items",
        "(xs = $l)",
        "keys(m)",
        "objects.map(v => v.n)",
        "(zs = xs)",
    ],
    work: &["xs", "xs", "zs", "[1, 2, 3]", "[]", "gs", "ys"],
    lambda: &["[c, d]", "gs", "[1, 2]"],
    function: &["gs", "[n, p]", "[3, 1, 2]"],
    method: &["gs", "self.items", "[self.n, p]"],
    getter: &["gs", "self.items"],
};

static OBJECT: Table = Table {
    calls: 0,
    shared: &["Base($i)", "Left($i)", "Right($i, $f)", "Right($i)", "Other($i)", "if($q, $o, $o)", "$o.bump($i)"],
    in_work: &["objects[$i % 4]", "(o = $o)", "(k = $o)", "copy($o)"],
    work: &["o", "k", "o", "objects[1]", "objects[3]"],
    lambda: &["Base(1)", "Left(v)", "shared"],
    function: &["Base(n)", "shared", "Left(2)"],
    method: &["self", "self", "shared"],
    getter: &["self", "self", "shared"],
};

static ANY: Table = Table {
    calls: 0,
    shared: &[
        "$i",
        "$f",
        "$t",
        "$l",
        "$o",
        "$q",
        "null",
        "{n: $i}",
        "{f: $f, n: $i}",
        "Kind.One($a)",
        "Kind.Two($i, $f)",
        "$x",
        "[$a, $a]",
    ],
    in_work: &["any", "e", "m", "r"],
    work: &["any", "a", "x", "s", "xs", "o", "null", "e"],
    lambda: &["v", "c", "null", "Kind.None"],
    function: &["n", "p", "null", "0.5", "Kind.None"],
    method: &["self.any", "p", "self", "null"],
    getter: &["self.any", "self", "null"],
};

pub const FUNCTIONS: &[&str] = &[
    "(v => $i)",
    "(v => v + 1)",
    "(v => v * $i)",
    "(v => { c += 1; v })",
    "(v => { d = v; c })",
    "step",
    "(v => { if (v == 2) { throw \"two\" }; v })",
    "(v => { if (v == $i) { throw {n: v} }; v })",
    "(v => { g += 1; if (g % 7 == 0) { 0.5 } else { v } })",
    "(v => [v, v][v % 2])",
    "shared.area",
    "(v => (w => v + w)(c))",
    "(v => fib(v % 5))",
    "(v => { mut w = 0; for (i in 0..4) { w += v }; w })",
    "(v => try { $i ~/ v } catch (err) { v })",
    "abs",
    "(v => await async do { v })",
];

pub const FUNCTIONS_OF_TWO: &[&str] = &[
    "((v, w) => v - w)",
    "((v, w) => w - v)",
    "((v, w) => v < w)",
    "((v, w) => v + w)",
    "((v, w) => $i)",
    "((v, w) => { if (v == 3) { throw \"no order\" }; w - v })",
    "((v, w) => { c += 1; v - w })",
    "((v, w) => if(v > w, 1, if(v < w, -1, 0)))",
    "min",
    "((v, w = 2) => v * 2 - w)",
    "((...vs) => len(vs))",
];

pub const ASSIGNMENTS: &[&str] = &[
    "a = $i",
    "b = $i % 1000",
    "a += $i",
    "b -= 1",
    "a = $i",
    "x = $f",
    "y -= $f",
    "x *= 0.5",
    "c = $i",
    "d += $i",
    "z = $f",
    "s = $t; if (len(s) > 40) { s = \"\" }",
    "s += $t; if (len(s) > 40) { s = \"\" }",
    "xs[$i % 4] = $i",
    "xs = [...$l, 1, 2, 3, 4][..9]",
    "rows[$i % 3] = [$i, $i]",
    "o.items = [$i]",
    "big = (big * 3) % 1000003",
    "m[$i % 5] = $i",
    "xs.push($i); if (len(xs) > 12) { xs = [1, 2, 3, 4, 5] }",
    "xs.pop(); if (len(xs) < 3) { xs = [1, 2, 3, 4, 5] }",
    "zs = xs",
    "ys[$i % 4] = $f",
    "ys[$i % 4] += $f",
    "rows[$i % 3][$i % 2] = $i",
    "rows = [[1, 2], [3, 4], xs]",
    "o.n = $i",
    "o.n += $i",
    "o.f = $f",
    "o.any = $a",
    "o.items.push($i); if (len(o.items) > 9) { o.items = [] }",
    "o = $o",
    "k = $o",
    "k = o",
    "objects[$i % 4] = $o",
    "r.n = $i",
    "r = {n: $i, f: $f, area: v => v}",
    "m[$i % 5] = $i",
    "delete(m, $i % 5)",
    "any = $a",
    "q = $q",
    "e = Kind.One($a)",
    "e = Kind.Two($i, $i)",
    "e = Kind.None",
    "fs[$i % 3] = $x",
    "big = $i",
    "gen = count($i % 9)",
    "if (gen.has_next()) { a = gen.next() }",
    "[a, b] = [b, a]",
    "[a, b] = [$i, $i]",
    "do { let {n = 2} = $o; b = n }",
    "each($x, $l)",
    "b = await_all([async step($i), async do { pause(); $i }])[0]",
    "scope { async do { c += $i; pause(); c += 1 }; async do { d = c } }",
    "gs = [$i, 2, 3]",
    "g = $i",
];

/// What changes types, shapes and kinds: in some of the programs.
pub const WILD: &[&str] = &[
    "xs[$i % 3] = $a",
    "xs = $l",
    "r[\"n\"] = $a",
    "freeze(k)",
    "freeze(xs); zs = xs; xs = [4, 3, 2, 1]",
    "big *= 2",
    "big += 4611686018427387904",
    "ys = [$f, $i, $f, $f]",
    "rows[$i % 3] = $l",
    "o.items = $l",
    "if (failures > 9) { throw Trouble(str(turn)) }",
    "xs = zs",
    "k.extra = $i",
    "r = {f: $f, n: $i}",
    "m[$i % 5] = $a",
    "a = $f",
    "x = $i",
    "b = $a",
    "o.n = $f",
    "o.f = $a",
    "o = {n: $i, f: $f, area: v => v}",
    "a = xs[$i]",
    "a = 9223372036854775807 - $i",
    "c = $f",
    "x = NaN",
    "y = Infinity",
    "z = -0.0",
];

pub const BLOCKS: &[&str] = &[
    "if ($q) @ else @",
    "if ($q) @",
    "try @ catch (err) { failures += 1; said = err.message }",
    "try @ catch (err: TypeError | OverflowError) { failures += 1 } catch (err) { said = [err.kind, err.trace] }",
    "try @ finally { d += 1 }",
    "(() => @)()",
    "do { let held = $o; do @; a = held.n }",
    "do { let kept = xs; do @; b = len(kept) }",
    "match ($a) { v: Int => @, [v, ...w] => @, Kind.One(v) => @, _ => @ }",
    "a = await async do @",
];

pub const LOOPS: &[&str] = &[
    "for (i in 0..5) @",
    "for (i in 7..0 by -2) @",
    "for (i in 0..($i % 6)) @",
    "for (i in xs) @",
    "for (i in $l) @",
    "for (j, i in xs) @",
    "for (i in count(4)) @",
    "for (ch in s) @",
    "for (o2 in objects) { a += o2.area(1); do @ }",
    "for (key, value in m) @",
    "do { mut w = 0; while (w < 6) { w += 1; do @ } }",
    "do { mut w = $i % 4; while ($q and w < 9) { w += 1; do @ } }",
    "do { mut w = 0; loop { w += 1; if (w > 5) { break }; do @ } }",
    "for (i in rows[0]) @",
];

pub const LEAVING: &[&str] =
    &["if ($q) { break }", "if ($q) { continue }", "if ($q) { throw $a }", "if (turn == 20 and $q) { return a }"];

pub const IN_FUNCTIONS: &[&str] = &[
    "if ($q) { return $a }",
    "g += 1",
    "if (g % 23 == 0) { throw \"twenty-three\" }",
    "do { mut u = 0; while (u < 3) { u += 1; g = $i } }",
    "do { let u = $a }",
    "for (u in gs) { if (u == n) { g += 1 } }",
    "do { mut t = n; let u = () => t; t = $a; g = u() }",
    "if (g > 100000) { g = 0 }",
];

pub const IN_METHODS: &[&str] = &[
    "self.n = $i",
    "self.n += 1",
    "self.f *= 0.5",
    "self.any = $a",
    "if ($q) { return $i }",
    "if (self.n > 1000) { self.n = 0 }",
    "do { let u = v => self.n + v; g = u(1) }",
    "if (self.n == 13) { throw Trouble(\"thirteen\") }",
];

pub const BEGINNING: &str = "mut g = 1
mut h = 1.5
mut gs = [3, 1, 4]
mut shared = null
mut c = 1
mut d = 2
enum Kind { One(v), Two(v, w), None }
class Trouble < Error { new(what) { super('trouble: ${what}'); self.what = what } }
fn deep(n, x) { if (n <= 0) { return x } ; 1 + deep(n - 1, x) }
fn fib(n) { if (n < 2) { return n } ; fib(n - 1) + fib(n - 2) }
fn scale(u, v) { let w = u * 0.25 ; if (w > 1e6) { return v } ; w - v }
fn opt(a, b = a + 1, ...more, *, c = 2) { a + b * c + len(more) }
fn* count(n) { for (u in 0..n) { yield u; if (u > 5) { return } } }
fn classify(v) { match v { Kind.One(w) => 1, Kind.Two(v, w) => v, Kind.None => 3, w: Int => w, Base => v.n, [w, ...u] => len(u), _ => 0 } }
fn maker(k) { mut seen = k; v => { seen += 1; seen + v } }
mut step = maker(3)
";

pub const BASE: &str = "new(n) { self.n = n; self.f = 0.5; self.any = null; self.items = [n] }
get name() { 'object ${self.n}' }
";

pub const WORK: &str = "shared = Left(5)
fn work(turns) {
mut a = 5
mut b = 3
mut c = 1
mut d = 2
mut x = 0.75
mut y = -2.5
mut z = 1.25
mut q = true
mut s = \"text\"
mut big = 1
mut any = null
mut xs = [3, 1, 4, 1, 5]
mut zs = xs
mut ys = [0.5, 1.5, -0.0, 2.5]
mut rows = [[1, 2], [3, 4], [5, 6]]
mut o = Base(2)
mut k = Right(3)
mut r = {n: 2, f: 0.125, area: v => v + 1}
mut e = Kind.One(1)
mut m = dict([[0, 1], [1, 2]])
mut gen = count(5)
let objects = [Base(1), Left(2), Right(3), Other(4)]
let fs = [v => v, v => v + 1, abs]
let i = 3
mut failures = 0
mut said = null
for (turn in 0..turns) {
";

/// Around each statement of a turn.
pub const TRY: &str = "try {
";
pub const CATCH: &str =
    "} catch (e2) { failures += 1; said = [e2.message, e2.trace]; if (failures % 8 == 1) { println(turn, said) } }
";

pub const END: &str = "if (turn % 6 == 0) { println(a, b, c, d, x, y, q, s) }
}
println(a, b, c, d, x, y, z, q, s, big, failures, said)
println(any, xs, zs, ys, rows, e, m, g, gs)
println(o.n, k.n, r, objects.map(v => try { v.n } catch (err) { err.message }))
a
}
";
