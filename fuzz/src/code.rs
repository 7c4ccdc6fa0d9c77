//! Code that no compiler made: programs are compiled, their code is changed in random places, and what the verifier still
//! accepts runs under limits. It may do anything but crash, run on past its limits, or leave something behind.

use super::running;
use motet_code::{
    Capture, Constant, Function, FunctionParts, Instruction, Module, ModuleParts, Op, VARIANT, VerifyError,
};
use motet_vm::memory::live_objects_on_this_thread;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// Programs that between them use every operation, with specialised operations and without.
const PROGRAMS: &[&str] = &[
    "mut n = 0\nlet up = k => do { n += k; n }\nlet get = () => n\nup(2)\nprintln(up(3) + get())\nfn twice(f) { f(1); f(2) }\ntwice(up)\nprintln(n)",
    "fn f(a, b = a + 1, ...c) { [a, b, ...c] }\nprintln(f(1), f(1, 2, 3), f(b: 2, a: 1))\nlet xs = [1, 2, 3]\nprintln(f(...xs))",
    "class P { new(x) { self.x = x } get y() { self.x * 2 } go(n) { n + self.x } equals(o) { self.x == o.x } }\nclass Q < P { new(x) { super(x) } go(n) { super.go(n) * 2 } to_string() { \"Q\" } }\nlet q = Q(3)\nq.x += 1\nprintln(q.go(2), q.y, q == Q(4), '${q}', is(q, P))\nlet go = q.go\nprintln(go(1))",
    "fn* g(n) { for (i in 0..n) { let got = yield i; if (i == 2) { return } } }\nfor (x in g(9)) { println(x) }\nfor (i, x in g(9)) { println(i, x) }\nprintln([...g(2), ...[5]])",
    "fn risky(x) { if (x > 1) { throw Error(\"much\") }\nx }\nfn all() { mut t = 0\nfor (i in [0, 1, 2, \"a\"]) { try { t += risky(i) } catch (e) { t += 10 } finally { t += 100 } }\nt }\nprintln(all())\ntry { try { risky(2) } finally { println(\"out\") } } catch (e) { println(e.message) }",
    "async fn a(x) { await sleep(0); x + 1 }\nlet fs = [a(1), a(2)]\nmut sum = 0\nfor (f in fs) { sum += await f }\nprintln(sum)\nprintln(await a(3), await 4)",
    "fn fib(n) { if (n < 2) { return n }\nfib(n - 1) + fib(n - 2) }\nfn down(n, acc) { if (n == 0) { return acc }\ndown(n - 1, acc + n) }\nfn even(n) { if (n == 0) { return true }\nodd(n - 1) }\nfn odd(n) { if (n == 0) { return false }\neven(n - 1) }\nprintln(fib(8), down(20, 0), even(10))",
    "let r = {a: 1, b: [1, 2, {c: 3}], ...{d: 4}}\nr.a += 2\nr[\"e\"] = 5\nr.b[0] += 1\nr.b[1] = r.a\nmatch (r) { {a: 1} => println(\"one\"), {a, b: [x, ...ys]} if (a > 1) => println(a, x, ys), _ => println(\"other\") }\nlet [p, q = 2, ...s] = [1]\nlet {a, z = 9} = r\nprintln(p, q, s, a, z, r)",
    "mut i = 0\nmut s = \"\"\nwhile (i < 10) { i += 1\nif (i % 2 == 0) { continue }\nif (i > 7) { break }\ns += '${i},' }\nprintln(s)\nfor (j in 0..4) { print(j, -j, j / 2, j ~/ 2, j * 1.5, 2 - j, 1 / (j + 0.5)) }\nfor (c in \"héllo\") { print(c) }\nfor (k, v in {a: 1}) { print(k, v) }\nprintln(!(s == \"x\"), s < \"z\", 1 <= 2.5, null ?? 3)",
    "let xs = [3, 1, 2]\nprintln(xs.map(x => x * x), xs.sort((a, b) => b - a), xs.filter(x => x > 1), xs.reduce((a, b) => a + b), math.sqrt(16))\nlet counter = () => do { mut n = 0\n{up: () => do { n += 1; n }, get: () => n} }\nlet c = counter()\nc.up()\nc.up()\nprintln(c.get(), c.up.typeof())",
    "fn typed(x: Int, y: String): Int { x + len(y) }\nprintln(typed(1, \"ab\"))\ntry { typed(\"a\", 1) } catch (e: TypeError) { println(\"type\") }\nenum E { A(v), B }\nlet e = E.A(1)\nmatch (e) { E.A(v) => println(v), E.B => println(\"B\") }\nmatch (7) { 1 | 2 => println(1), 5..9 => println(\"in\") }",
    "fn early() { later + 1 }\nmut later = 1\nlater += 1\nprintln(early())\nlet a = {k: 1}\nfn use() { a.k + b }\nlet b = 2\nprintln(use())\nlet f = (x = later, {y = x} = {}) => x + y\nprintln(f(), f(3), f(1, {y: 2}))",
    "class A { new(x = 1, y = 2) { self.x = x\nself.y = y }\nadd(a, b = 1) { a + b + self.x } }\nclass B < A { new(...xs) { super(...xs) }\nadd(a, b = 2) { super.add(a, b: b) } }\nlet b = B(3)\nlet args = [4]\nfn last(o, n) { o.add(n) }\nfn some(n) { last(b, n) }\nprintln(some(2), b.add(...args), b.add(1, b: 5), A(y: 7).y)\nmut t = 1\nfn set(v) { t = v }\nset(5)\nt = t - 2\ntry { t = some(t)\nset(t % 4) } catch (e) { println(e) } finally { println(t) }",
    "fn order(a, b, c) { mut n = 0\nif (a < b) { n += 1 }\nif (a <= b) { n += 2 }\nif (!(a > 2)) { n += 4 }\nif (a >= 1 && b != 3) { n += 8 }\nif (a == b || c == \"x\") { n += 16 }\nif (b < 2.5) { n -= 1 }\nif (a > 1.5 || c == null) { n += 32 }\nwhile (n > 10 && a <= n) { n -= a }\nn ~/ 2 + n % 3 + n ^ 2 - 1.5 - (2 * n) + (a ~/ b) + a % b }\nprintln(order(1, 2, \"x\"), order(2, 2, null), order(3, 1, \"y\"))\nlet xs = [1, 2, 3]\nmut i = 0\nxs[i] = xs[i + 1] + xs[2]\nxs[i] += 1\nlet all = [...xs, 4, ...(0..2)]\nprintln(xs, all, all[1])\nfn fact(n) { if (n < 2) { 1 } else { n * fact(n - 1) } }\nlet again = fact\nprintln(again(5), [1].map(fact))",
];

/// What `tape` does to code: which program, and then changes.
pub fn change(tape: &[u8]) {
    let Some((&first, tape)) = tape.split_first() else { return };
    let compiled = compiled();
    let module = &compiled[first as usize % compiled.len()];
    let mut changes: HashMap<usize, Vec<[u8; 5]>> = HashMap::new();
    for chunk in tape.chunks_exact(6) {
        let function = chunk[0] as usize % count(&module.main);
        changes.entry(function).or_default().push([chunk[1], chunk[2], chunk[3], chunk[4], chunk[5]]);
    }
    let mut rebuild = Rebuild { changes, number: 0, done: HashMap::new() };
    let Ok(main) = rebuild.function(&module.main) else { return };
    let parts = ModuleParts { main, ..ModuleParts::clone(module) };
    let Ok(module) = Module::new(parts) else { return };
    let before = live_objects_on_this_thread();
    let listing = motet_code::disassemble(&module.main);
    running::run_code(Arc::new(module));
    assert_eq!(live_objects_on_this_thread(), before, "all is freed with the isolate:\n{listing}");
}

fn compiled() -> &'static [Arc<Module>] {
    static COMPILED: OnceLock<Vec<Arc<Module>>> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let both = PROGRAMS.iter().flat_map(|program| [true, false].map(|specialise| (*program, specialise)));
        let modules: Vec<_> = both.map(|(program, specialise)| running::compile(program, specialise)).collect();
        // Each makes what the process keeps when it is first named, such as the record `math`.
        modules.iter().for_each(|module| running::run_code(module.clone()));
        modules
    })
}

/// The functions that can be reached from one, each as often as it is reached.
fn count(function: &Function) -> usize {
    1 + inner(function).map(|inner| count(inner)).sum::<usize>()
}

fn inner(function: &FunctionParts) -> impl Iterator<Item = &Arc<Function>> {
    let constants = function.constants.iter().filter_map(|constant| match constant {
        Constant::Function(inner) => Some(inner),
        _ => None,
    });
    function.functions.iter().chain(constants)
}

/// Makes functions anew, inner ones first, with changes.
struct Rebuild {
    changes: HashMap<usize, Vec<[u8; 5]>>,
    number: usize,
    /// By their former number.
    done: HashMap<u32, Arc<Function>>,
}

impl Rebuild {
    fn function(&mut self, function: &Arc<Function>) -> Result<Arc<Function>, VerifyError> {
        let number = self.number;
        self.number += 1;
        if let Some(done) = self.done.get(&function.id()) {
            return Ok(done.clone());
        }
        let mut parts = FunctionParts::clone(function);
        for inner in &mut parts.functions {
            *inner = self.function(inner)?;
        }
        for constant in &mut parts.constants {
            if let Constant::Function(inner) = constant {
                *inner = self.function(inner)?;
            }
        }
        for change in self.changes.remove(&number).unwrap_or_default() {
            apply(&mut parts, change);
        }
        let rebuilt = Arc::new(Function::new(parts)?);
        self.done.insert(function.id(), rebuilt.clone());
        Ok(rebuilt)
    }
}

/// One change of a function's parts.
fn apply(parts: &mut FunctionParts, [kind, at, high, value, more]: [u8; 5]) {
    let at = (at as usize | (high as usize) << 8) % parts.code.len();
    let small = value as u16 % parts.registers.max(1);
    let mut instruction = Instruction(parts.code[at]);
    match kind % 20 {
        0 | 1 => instruction.set_a(small),
        2 | 3 => instruction.set_b(small),
        4 | 5 => instruction.set_c(small),
        6 => instruction.set_c(value as u16 | (more as u16) << 8),
        7 => instruction.set_bc(value as i8 as i32),
        8 => instruction.set_op(Op::ALL[value as usize % Op::ALL.len()]),
        9 => instruction = instruction.with_flags(value & 15),
        10 => instruction = instruction.with_flags(VARIANT),
        11 => {
            instruction =
                Instruction::new(Op::ALL[value as usize % Op::ALL.len()], more as u16 & 7, (more >> 3) as u16, 1)
        }
        // Two instructions change places.
        12 => parts.code.swap(at, value as usize % parts.code.len()),
        13 => parts.registers = parts.registers.saturating_add_signed(value as i8 as i16 % 4),
        14 => change_handler(parts, at, value, more),
        15 => {
            if let Some(capture) = parts.captures.get_mut(more as usize) {
                let number = value as u16 % 8;
                *capture = if value & 128 == 0 { Capture::Register(number) } else { Capture::Captured(number) };
            }
        }
        16 => parts.flags.method ^= true,
        17 => parts.flags.generator ^= true,
        18 => parts.flags.asynchronous ^= true,
        _ => parts.parameters.required = value as u16 % 4,
    }
    if kind % 20 < 12 {
        parts.code[at] = instruction.0;
    }
}

fn change_handler(parts: &mut FunctionParts, at: usize, value: u8, more: u8) {
    let count = parts.handlers.len().max(1);
    let Some(handler) = parts.handlers.get_mut(more as usize % count) else { return };
    match value % 6 {
        0 => handler.start = at as u32,
        1 => handler.end = at as u32,
        2 => handler.target = at as u32,
        3 => handler.error = value as u16 / 6,
        4 => handler.keep = Box::default(),
        _ => handler.keep = handler.keep.iter().copied().chain([value as u16 / 6]).collect(),
    }
}
