//! Programs of all that a language has: classes with parents, enums, closures that change what they capture, generators, tasks,
//! errors, texts, lists of lists, maps, callbacks that throw or change what is walked over.
//!
//! They are filled templates: `$i` is an integer, `$f` a float, `$t` a text, `$q` a condition, `$l` a list, `$o` an object, `$a`
//! any value, `$x` and `$y` functions of one and of two arguments, `@` a block.

use super::Choices;
use super::things_templates::{self as templates, Table};

struct Writer<'a> {
    random: Choices<'a>,
    out: String,
    place: Place,
    /// Loops around what is written that it may leave.
    loops: usize,
    /// How many functions a function may call: those before it.
    functions: usize,
    /// Types, shapes and kinds of values change.
    is_wild: bool,
}

/// Where an expression stands, which decides what it may name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Work,
    /// A function inside of it, which captures few of its variables: the others stay in registers.
    Lambda,
    Function,
    Method,
    Getter,
}

impl Writer<'_> {
    fn fill(&mut self, template: &str, depth: usize) {
        if template.contains("=> @") || template.contains("async do @") {
            // What stands in it is another function, and leaves no loop of this one.
            let loops = std::mem::take(&mut self.loops);
            self.fill_in(template, depth);
            self.loops = loops;
        } else {
            self.fill_in(template, depth);
        }
    }

    fn fill_in(&mut self, template: &str, depth: usize) {
        let mut characters = template.chars();
        while let Some(character) = characters.next() {
            match character {
                '@' => self.block(depth),
                '$' => {
                    let kind = characters.next().expect("a template names a kind");
                    // In a text it is the language's.
                    if kind == '{' { self.out += "${" } else { self.value(kind, depth) }
                }
                other => self.out.push(other),
            }
        }
    }

    fn value(&mut self, kind: char, depth: usize) {
        if kind == 'F' {
            match self.functions as u64 {
                0 => self.out += "opt",
                count => self.out += &format!("f{}", self.random.below(count)),
            }
            return;
        }
        if matches!(kind, 'x' | 'y') {
            return self.lambda(kind, depth);
        }
        let table = templates::table(kind);
        if depth == 0 {
            let text = self.random.pick(self.leaves(table));
            self.out += text;
            return;
        }
        let mut known = table.shared.len();
        let all = if matches!(self.place, Place::Work) { known + table.in_work.len() } else { known };
        if self.functions == 0 {
            // The first templates call functions.
            known -= table.calls;
        }
        let mut at = self.random.below((all + 2) as u64) as usize;
        if self.functions == 0 && at < table.shared.len() {
            at = at % known + table.calls;
        }
        let template = match at.checked_sub(table.shared.len()) {
            None => table.shared[at],
            Some(at) if at < all - table.shared.len() => table.in_work[at],
            Some(_) => return self.value(kind, 0),
        };
        self.fill(template, depth - 1);
    }

    fn leaves(&self, table: &Table) -> &'static [&'static str] {
        match self.place {
            Place::Work => table.work,
            Place::Lambda => table.lambda,
            Place::Function => table.function,
            Place::Method => table.method,
            Place::Getter => table.getter,
        }
    }

    fn lambda(&mut self, kind: char, depth: usize) {
        let list = if kind == 'x' { templates::FUNCTIONS } else { templates::FUNCTIONS_OF_TWO };
        let template = self.random.pick(list);
        let (place, loops) = (self.place, std::mem::take(&mut self.loops));
        if place == Place::Work {
            self.place = Place::Lambda;
        }
        self.fill(template, depth.min(1));
        (self.place, self.loops) = (place, loops);
    }

    fn block(&mut self, depth: usize) {
        self.out += "{ ";
        self.statements(depth);
        self.out += "}";
    }

    fn statements(&mut self, depth: usize) {
        for _ in 0..1 + self.random.below(3) {
            self.statement(depth);
            self.out += "\n";
        }
    }

    fn assignment(&mut self, depth: usize) {
        let list = if self.is_wild && self.random.below(4) == 1 { templates::WILD } else { templates::ASSIGNMENTS };
        let template = self.random.pick(list);
        self.fill(template, depth);
    }

    fn statement(&mut self, depth: usize) {
        if depth == 0 {
            return self.assignment(1);
        }
        let depth = depth - 1;
        match self.random.below(10) {
            0..=4 => self.assignment(2),
            5..=6 => {
                let template = self.random.pick(templates::BLOCKS);
                self.fill(template, depth);
            }
            7..=8 if self.loops < 3 => {
                let template = self.random.pick(templates::LOOPS);
                self.loops += 1;
                self.fill(template, depth);
                self.loops -= 1;
            }
            _ if self.loops > 0 => {
                let template = self.random.pick(templates::LEAVING);
                self.fill(template, 1);
            }
            _ => self.fill("println($a, $i, $f)", 1),
        }
    }

    /// A body of statements and a value.
    fn body(&mut self, place: Place, statements: &[&str], value: &str) {
        self.place = place;
        self.out += "{ ";
        for _ in 0..self.random.below(3) {
            let template = self.random.pick(statements);
            self.fill(template, 1);
            self.out += "\n";
        }
        self.fill(value, 2);
        self.out += " }\n";
    }

    fn class(&mut self, head: &str) {
        self.out += &format!("class {head} {{\n");
        let is_base = head == "Base";
        if is_base {
            self.out += templates::BASE;
        } else if head.starts_with("Right") {
            self.out += "new(n, f = 0.25) { super(n); self.f = f; self.more = n }\n";
        }
        // What a class lacks, it inherits.
        if is_base || self.random.below(4) != 0 {
            self.out += "area(p) ";
            let own = ["super.area($i)", "$i", "$i", "(self.n + $i)", "$f"];
            let value = if is_base { "$i" } else { self.random.pick(&own) };
            self.body(Place::Method, templates::IN_METHODS, value);
        }
        if is_base || self.random.below(2) != 0 {
            self.out += "get double() ";
            let value = self.random.pick(&["self.n * 2", "self.n + $i", "$i"]);
            self.body(Place::Getter, templates::IN_METHODS, value);
        }
        if is_base || self.random.below(2) != 0 {
            self.out += "bump(p) ";
            let value = self.random.pick(&["self.n += p; self", "self.n = p; self", "self.any = p; self"]);
            self.body(Place::Method, templates::IN_METHODS, value);
        }
        self.out += "}\n";
    }
}

/// The functions f0, f1 and so on.
const FUNCTIONS: u64 = 3;

pub fn program(choices: Choices<'_>) -> String {
    let mut writer = Writer {
        random: choices,
        out: String::new(),
        place: Place::Work,
        loops: 0,
        functions: FUNCTIONS as usize,
        is_wild: false,
    };
    // What runs comes first on the tape.
    writer.is_wild = writer.random.below(3) == 2;
    for _ in 0..2 + writer.random.below(5) {
        writer.out += templates::TRY;
        writer.statement(3);
        writer.out += templates::CATCH;
    }
    let work = std::mem::take(&mut writer.out);
    let last =
        writer.random.pick(&["work(30)\n", "work(12)\nwork(25)\n", "work(60)\n", "for (round in 0..6) { work(9) }\n"]);
    writer.out += templates::BEGINNING;
    writer.functions = 0;
    for number in 0..FUNCTIONS {
        let head = writer.random.pick(&["n, p = 1", "n, p = 2", "n, p = n", "n = 1, p = 0.5", "n, p = 1, ...more"]);
        writer.out += &format!("fn f{number}({head}) ");
        let values = ["$i", "$i", "if ($q) { $i } else { $i }", "$f", "$a", "if ($q) { $i } else { $a }"];
        let value = writer.random.pick(if writer.is_wild { &values } else { &values[..3] });
        writer.body(Place::Function, templates::IN_FUNCTIONS, value);
        writer.functions += 1;
    }
    for class in ["Base", "Left < Base", "Right < Base", "Other < Left"] {
        writer.class(class);
    }
    [&writer.out, templates::WORK, &work, templates::END, last].concat()
}
