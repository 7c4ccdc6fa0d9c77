'use strict';
// Counterparts of the programs of benches/programs whose hot code has other shapes than arithmetic.
const B = {};
const size = usual => +(process.argv[3] || usual);

B.polymorphic = () => {
  class Circle { constructor(r) { this.r = r } area() { return 3.0 * this.r * this.r } }
  class Square { constructor(a) { this.a = a } area() { return this.a * this.a } }
  class Rectangle { constructor(a, b) { this.a = a; this.b = b } area() { return this.a * this.b } }
  class Triangle { constructor(b, h) { this.base = b; this.height = h } area() { return 0.5 * this.base * this.height } }
  const shape = i => {
    const s = i % 7 + 1;
    switch (i % 4) {
      case 0: return new Circle(s);
      case 1: return new Square(s);
      case 2: return new Rectangle(s, 2.0);
      default: return new Triangle(s, 3.0);
    }
  };
  const shapes = [];
  for (let i = 0; i < 1000; i++) shapes.push(shape(i * 7 % 1000));
  let total = 0, rounds = size(3000);
  for (let r = 0; r < rounds; r++) for (const one of shapes) total += one.area();
  return Math.trunc(total);
};

B.closures = () => {
  const compose = (f, g) => x => g(f(x));
  const counter = () => { let count = 0; return () => { count += 1; return count } };
  const rounds = size(800000);
  let total = 0;
  for (let i = 0; i < rounds; i++) {
    const add = x => x + i;
    const both = compose(add, x => x * 2);
    total = (total + both(i)) % 1000003;
    const next = counter();
    next();
    total += next();
  }
  const twice = [1, 2, 3, 4, 5, 6, 7, 8];
  for (let i = 0; i < Math.floor(rounds / 8); i++) {
    total = (total + twice.map(x => x * i).filter(x => x % 3 !== 0).reduce((a, b) => a + b, 0)) % 1000003;
  }
  return total;
};

B.building = () => {
  const row = i => {
    let text = "";
    for (let j = 0; j < 20; j++) { text += String(i * j % 97); text += j % 5 === 4 ? ";" : "," }
    return text;
  };
  const vowels = text => {
    let count = 0;
    for (const letter of text) if (letter === "7" || letter === ";") count += 1;
    return count;
  };
  let length = 0, found = 0;
  for (let i = 0, rounds = size(30000); i < rounds; i++) {
    const text = row(i);
    length += text.length;
    found += vowels(text);
    if (i % 10 === 0) length += text.replaceAll(",", "--").toUpperCase().length;
  }
  return length + " " + found;
};

B.matrix = () => {
  const n = size(240);
  const make = seed => {
    const rows = [];
    for (let i = 0; i < n; i++) {
      const row = [];
      for (let j = 0; j < n; j++) row.push((i * seed + j * 7) % 11 - 5.0);
      rows.push(row);
    }
    return rows;
  };
  const multiply = (a, b) => {
    const result = [];
    for (let i = 0; i < n; i++) {
      const row = [], left = a[i];
      for (let j = 0; j < n; j++) {
        let sum = 0.0;
        for (let k = 0; k < n; k++) sum += left[k] * b[k][j];
        row.push(sum);
      }
      result.push(row);
    }
    return result;
  };
  const product = multiply(multiply(make(3), make(5)), make(9));
  let trace = 0.0;
  for (let i = 0; i < n; i++) trace += product[i][i];
  return Math.trunc(trace);
};

B.generators = () => {
  function* numbers(end) { let n = 0; while (n < end) { yield n; n += 1 } }
  function* odd(source) { for (const n of source) if (n % 2 === 1) yield n }
  function* squares(source) { for (const n of source) yield n * n % 1000 }
  let total = 0;
  for (const n of squares(odd(numbers(size(2000000))))) total += n;
  return total;
};

B.dictionaries = () => {
  const n = size(200000), known = new Map();
  const lengthOf = x => {
    const path = [];
    while (x !== 1 && !known.has(x)) { path.push(x); x = x % 2 === 0 ? x / 2 : 3 * x + 1 }
    let steps = x === 1 ? 0 : known.get(x);
    for (let i = path.length - 1; i >= 0; i--) { steps += 1; known.set(path[i], steps) }
    return steps;
  };
  let longest = 0;
  for (let i = 1; i < n; i++) longest = Math.max(longest, lengthOf(i));
  const groups = new Map();
  let x = 42;
  for (let i = 0; i < n; i++) {
    x = x * 16807 % 2147483647;
    const key = "g" + x % 1000;
    const group = groups.get(key);
    if (group) group.push(i); else groups.set(key, [i]);
  }
  let largest = 0;
  for (const members of groups.values()) largest = Math.max(largest, members.length);
  return `${longest} ${known.size} ${groups.size} ${largest}`;
};

B.deep = () => {
  const depth = n => n === 0 ? 0 : 1 + depth(n - 1);
  const list = [];
  for (let i = 0; i < 4000; i++) list.push(i % 10);
  const total = at => at === list.length ? 0 : list[at] + total(at + 1);
  const even = n => n === 0 ? true : odd(n - 1);
  const odd = n => n === 0 ? false : even(n - 1);
  let sum = 0;
  for (let round = 0, rounds = size(600); round < rounds; round++) {
    sum += depth(5000) + total(0);
    if (even(4000 + round % 2)) sum += 1;
  }
  return sum;
};

B.throwing = () => {
  class Refused extends Error { constructor(what) { super("refused"); this.what = what } }
  const check = n => { if (n % 5 === 0) throw new Refused(n); return n };
  const inner = n => check(n) * 2;
  const outer = n => inner(n) + 1;
  let passed = 0, refused = 0, ends = 0;
  for (let i = 0, rounds = size(1000000); i < rounds; i++) {
    try { passed += outer(i) % 7 } catch (error) { refused += error.what % 3 } finally { ends += 1 }
  }
  return `${passed} ${refused} ${ends}`;
};

B.matching = () => {
  const make = (depth, seed) => {
    if (depth === 0) return { kind: "number", value: seed % 10 };
    switch (seed % 3) {
      case 0: return { kind: "sum", left: make(depth - 1, seed + 1), right: make(depth - 1, seed + 2) };
      case 1: return { kind: "product", left: make(depth - 1, seed + 2), right: make(depth - 1, seed + 1) };
      default: return { kind: "negative", of: make(depth - 1, seed + 4) };
    }
  };
  const modulo = (a, b) => ((a % b) + b) % b;
  const value = term => {
    switch (term.kind) {
      case "number": return term.value;
      case "sum": return modulo(value(term.left) + value(term.right), 10007);
      case "product": return modulo(value(term.left) * value(term.right), 10007);
      default: return -value(term.of);
    }
  };
  const term = make(16, 1);
  let total = 0;
  for (let round = 0, rounds = size(1500); round < rounds; round++) total = modulo(total + value(term), 10007);
  return total;
};

B.classes = () => {
  class Account {
    constructor(balance) { this.balance = balance; this.count = 0 }
    pay(amount) { this.balance += amount; this.count += 1 }
    fee() { return 1 }
    month() { this.pay(-this.fee()) }
    get isEmpty() { return this.balance <= 0 }
  }
  class Savings extends Account {
    constructor(balance, rate) { super(balance); this.rate = rate }
    fee() { return 0 }
    month() { super.month(); this.pay(Math.floor(this.balance * this.rate / 100)) }
  }
  class Bonus extends Savings {
    constructor(balance) { super(balance, 2) }
    month() { super.month(); if (this.balance > 5000) this.pay(-4000) }
  }
  const accounts = [];
  for (let i = 0; i < 300; i++) {
    accounts.push(i % 3 === 0 ? new Account(1000 + i) : i % 3 === 1 ? new Savings(1000 + i, 1) : new Bonus(900 + i));
  }
  let empty = 0;
  for (let month = 0, months = size(5000); month < months; month++) {
    for (const account of accounts) {
      account.month();
      if (account.balance > 1000000) account.pay(-990000);
      if (account.isEmpty) { empty += 1; account.pay(1000) }
    }
  }
  let total = 0, count = 0;
  for (const account of accounts) { total += account.balance; count += account.count }
  return `${total} ${count} ${empty}`;
};

console.log(String(B[process.argv[2]]()));
