//! Programs in `.soc`, made from a tape of bytes that decides everything: similar tapes give similar programs, which is
//! what a fuzzer needs. An empty tape gives leaves, so every program is finite.

const NAMES: &[&str] = &["a", "b", "c", "xs", "r", "f", "g", "o"];

struct Writer<'a> {
    tape: std::slice::Iter<'a, u8>,
    out: String,
    loops: usize,
    functions: usize,
    generators: usize,
}

/// What programs use without making it, in the order of definition.
const DEFINITIONS: &[(&str, &str)] = &[
    ("P", "class P { new(x) { self.x = x } get y() { self.x } go(n) { n + self.x } equals(o) { self.x == o.x } }\n"),
    ("Q", "class Q < P { new(x) { super(x) } go(n) { super.go(n) * 2 } to_string() { \"Q\" } }\n"),
    ("E", "enum E { A(v), B }\n"),
    ("o", "mut o = P(7)\n"),
    ("a", "mut a = 1\n"),
    ("b", "mut b = \"text\"\n"),
    ("c", "mut c = 2.5\n"),
    ("xs", "mut xs = [3, 1, 2]\n"),
    ("r", "mut r = {k: 1, l: [2]}\n"),
    ("f", "mut f = (x, y = 1, ...z) => x\n"),
    ("g", "fn* g(n = 3) { for (i in 0..n) { yield i } }\n"),
];

/// A program that defines the names that its random part uses, and no others: reading and compiling take longer than
/// running.
pub fn program(tape: &[u8]) -> String {
    let mut writer = Writer { tape: tape.iter(), out: String::new(), loops: 0, functions: 0, generators: 0 };
    while !writer.tape.as_slice().is_empty() {
        writer.statement(4);
        writer.out.push('\n');
    }
    let mut program = writer.out + "println(typeof(a), typeof(b), typeof(xs), typeof(r))\n";
    // Backwards, for definitions use earlier ones.
    for (name, definition) in DEFINITIONS.iter().rev() {
        if uses(&program, name) {
            program.insert_str(0, definition);
        }
    }
    program
}

/// Whether a name stands in a text, not as part of a longer one.
fn uses(text: &str, name: &str) -> bool {
    let in_name = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(in_name) && !text[at + name.len()..].starts_with(in_name))
}

impl Writer<'_> {
    fn choose(&mut self, count: u8) -> u8 {
        self.tape.next().map_or(0, |byte| byte % count)
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn name(&mut self) {
        let at = self.choose(NAMES.len() as u8 - 2);
        self.put(NAMES[at as usize]);
    }

    fn any_name(&mut self) {
        let at = self.choose(NAMES.len() as u8);
        self.put(NAMES[at as usize]);
    }

    /// A template, in which `#` is an expression, `$` a variable, `@` a block of statements and `~` a function.
    fn fill(&mut self, template: &str, depth: usize) {
        for character in template.chars() {
            match character {
                '#' => self.expression(depth),
                '$' => self.name(),
                '@' => self.block(depth),
                '~' => self.function(depth),
                other => self.out.push(other),
            }
        }
    }

    fn block(&mut self, depth: usize) {
        self.put("{ ");
        for _ in 0..1 + self.choose(3) {
            self.statement(depth);
            self.put("; ");
        }
        self.put("}");
    }

    fn function(&mut self, depth: usize) {
        let (loops, generators) = (std::mem::take(&mut self.loops), std::mem::take(&mut self.generators));
        self.functions += 1;
        let head = ["x => ", "(x, y) => ", "(x, y = 2, ...z) => ", "async x => "];
        let at = self.choose(head.len() as u8);
        self.put("(");
        self.put(head[at as usize]);
        self.put("do ");
        self.block(depth);
        self.put(")");
        self.functions -= 1;
        (self.loops, self.generators) = (loops, generators);
    }

    fn in_loop(&mut self, template: &str, depth: usize) {
        self.loops += 1;
        self.fill(template, depth);
        self.loops -= 1;
    }

    fn statement(&mut self, depth: usize) {
        if depth == 0 {
            return self.expression(0);
        }
        let depth = depth - 1;
        match self.choose(26) {
            0 => self.fill("$ = #", depth),
            1 => self.fill("$ += #", depth),
            2 => self.fill("$[#] = #", depth),
            3 => self.fill("r.k = #", depth),
            4 => self.fill("o.x = #", depth),
            5 => self.in_loop("for (i in #) @", depth),
            6 => self.in_loop("for (i, x in $) @", depth),
            7 => self.in_loop("while (#) @", depth),
            8 => self.in_loop("loop @", depth),
            9 => self.fill("if (#) @ else @", depth),
            10 => self.fill("try @ catch (e) @", depth),
            11 => self.fill("try @ finally @", depth),
            12 => self.fill("try @ catch (e: TypeError) @ catch (e) @ finally @", depth),
            13 => self.fill("let [p, q = 1, ...s] = #", depth),
            14 => self.fill("let {k, l: m = 0} = #", depth),
            15 => self.fill("[$, $] = [#, #]", depth),
            16 if self.loops > 0 => self.fill("break", depth),
            17 if self.loops > 0 => self.fill("continue", depth),
            18 if self.functions > 0 => self.fill("return #", depth),
            19 if self.generators > 0 => self.fill("yield #", depth),
            20 => self.fill("throw #", depth),
            21 => self.fill("xs.push(#)", depth),
            22 => self.fill("xs.push(xs)", depth),
            23 => self.fill("r.l = r", depth),
            24 => self.fill("println(#)", depth),
            _ => self.expression(depth),
        }
    }

    fn expression(&mut self, depth: usize) {
        if depth == 0 {
            return match self.choose(8) {
                0 => self.put("1"),
                1 => self.put("\"text\""),
                2 => self.put("0.5"),
                3 => self.put("null"),
                4 => self.put("-3"),
                5 => self.put("true"),
                _ => self.any_name(),
            };
        }
        let depth = depth - 1;
        const TEMPLATES: &[&str] = &[
            "(# + #)",
            "(# - #)",
            "(# * #)",
            "(# / #)",
            "(# ~/ #)",
            "(# % #)",
            "(# ^ #)",
            "(# < #)",
            "(# == #)",
            "(# && #)",
            "(# || #)",
            "(# ?? #)",
            "!(#)",
            "-(#)",
            "[#, #, ...$]",
            "[#]",
            "{k: #, l: #}",
            "{...$, m: #}",
            "$[#]",
            "$[#..#]",
            "$.x",
            "r?.k",
            "$.y",
            "'a ${#} b'",
            "f(#)",
            "f(#, ...xs)",
            "~(#)",
            "map(~, #)",
            "filter(~, #)",
            "reduce(~, #, #)",
            "sort(#)",
            "xs.sort(~)",
            "xs.map(~)",
            "list(#)",
            "list(g(#))",
            "sum(#)",
            "len(#)",
            "str(#)",
            "typeof(#)",
            "freeze(#)",
            "copy(#)",
            "P(#)",
            "Q(#)",
            "o.go(#)",
            "E.A(#)",
            "keys(#)",
            "values(#)",
            "push($, #)",
            "pop($)",
            "contains(#, #)",
            "join(#, #)",
            "split(#, #)",
            "range(0, #)",
            "min(#, #)",
            "max(#)",
            "same(#, #)",
            "await #",
            "(async do @)",
            "(do @)",
            "if(#, #, #)",
            "0..#",
            "xs.reverse()",
            "#.repeat(#)",
            "dict()",
            "hash(#)",
            "repr(#)",
            "zip(#, #)",
            "f",
            "~",
            "match # { 0 => #, [x, ...s] if (x > 1) => #, {k} => #, P(x) => #, _ => # }",
        ];
        match self.choose(TEMPLATES.len() as u8 + 2) as usize {
            at if at < TEMPLATES.len() => self.fill(TEMPLATES[at], depth),
            at if at == TEMPLATES.len() => {
                let (loops, functions) = (std::mem::take(&mut self.loops), std::mem::take(&mut self.functions));
                self.generators += 1;
                self.fill("(generate @)", depth);
                self.generators -= 1;
                (self.loops, self.functions) = (loops, functions);
            }
            _ => self.any_name(),
        }
    }
}
