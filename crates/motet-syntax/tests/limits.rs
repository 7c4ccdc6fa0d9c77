//! Input that is huge, deep or cut off: each is read or is an error with a place, in linear time, on the 2 MiB stack of a
//! thread in an unoptimised build.

use std::time::{Duration, Instant};

use motet_syntax::{MAX_DEPTH, Notation, Parsed, depth, parse, render};

use Notation::{Gene, Soc};

/// Far more processor time than any of these needs, far less than quadratic work would take.
const LONG: Duration = Duration::from_secs(20);

const MANY: usize = 100_000;

/// What threads have; frames of a sanitizer's build are larger.
const STACK: usize = if cfg!(sanitized) { 64 << 20 } else { 2 << 20 };

/// What this thread has used of a processor, where the system says so: other work on the machine does not count.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn read(source: String, notation: Notation) -> Parsed {
    let reading = move || {
        let (start, start_of_processor) = (Instant::now(), processor_time());
        let parsed = parse(&source, notation);
        let taken = match (start_of_processor, processor_time()) {
            (Some(start), Some(end)) => end - start,
            _ => start.elapsed(),
        };
        assert!(taken < LONG, "{taken:?} for {} bytes", source.len());
        assert_eq!(parsed.tree.text().len(), source.len());
        let mut end = 0;
        for token in parsed.tree.tokens() {
            assert_eq!(token.span().start, end, "tokens follow each other");
            end = token.span().end;
        }
        assert_eq!(end as usize, source.len(), "the tokens are the whole text");
        for form in &parsed.forms {
            assert_eq!(depth::place_deeper_than(form, MAX_DEPTH), None);
        }
        for error in parsed.errors.iter().take(3) {
            assert!(error.span.start as usize <= source.len());
            assert!(error.hint.is_some(), "{} has a hint", error.message);
            let shown = render(error, "a.soc", &source, false);
            assert!(shown.len() < 5_000, "what is shown is bounded: {} bytes", shown.len());
            assert!(shown.contains("a.soc:"), "{shown}");
        }
        parsed
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(reading).expect("a thread starts");
    thread.join().expect("reading does not panic")
}

fn messages(parsed: &Parsed) -> Vec<&str> {
    parsed.errors.iter().map(|error| error.message.as_str()).collect()
}

/// Exactly one error, and it is the one about depth.
fn is_too_deep(source: String, notation: Notation) {
    let shown: String = source.chars().take(20).collect();
    let parsed = read(source, notation);
    assert_eq!(messages(&parsed), [format!("this is nested more than {MAX_DEPTH} levels deep")], "{shown}");
}

fn is_read(source: String, notation: Notation) -> Parsed {
    let parsed = read(source, notation);
    assert_eq!(messages(&parsed), [""; 0]);
    parsed
}

#[test]
fn deep_brackets_are_one_error() {
    for (open, close) in [("(", ")"), ("[", "]"), ("f(", ")"), ("{a: ", "}"), ("do {", "}"), ("x[", "]"), ("-(", ")")] {
        is_too_deep(format!("{}1{}", open.repeat(MANY), close.repeat(MANY)), Soc);
        is_too_deep(open.repeat(MANY), Soc);
    }
    for (open, close) in [("(f ", ")"), ("[", "]"), ("{^a ", "}"), ("`", ""), ("m/<", ">"), ("(a + ", ")")] {
        is_too_deep(format!("{}1{}", open.repeat(MANY), close.repeat(MANY)), Gene);
    }
    for open in ["(f ", "[", "{^a "] {
        is_too_deep(open.repeat(MANY), Gene);
    }
}

#[test]
fn other_deep_nesting_is_one_error() {
    for part in ["!", "- ", "x => ", "a = ", "a ^ ", "await ", "async ", "if (a) ", "throw ", "...", "for (x in xs) "] {
        let parsed = read(format!("let y = {}1", part.repeat(MANY)), Soc);
        assert_eq!(parsed.errors.len(), 1, "{part}: {:?}", messages(&parsed));
    }
    for (open, close) in [("'${", "}'"), ("match x { a => ", "}"), ("class A { f() {", "}}"), ("try {", "} finally {}")]
    {
        is_too_deep(format!("{}1{}", open.repeat(MANY), close.repeat(MANY)), Soc);
    }
    is_too_deep(format!("let {}a{} = 1", "[".repeat(MANY), "]".repeat(MANY)), Soc);
    is_too_deep(format!("type A = {}B{}", "[".repeat(MANY), "]".repeat(MANY)), Soc);
    is_too_deep(format!("match x {{ {}a{} => 1 }}", "P(".repeat(MANY), ")".repeat(MANY)), Soc);
    is_too_deep(format!("{}x{}", "#\"#{".repeat(MANY), "}\"".repeat(MANY)), Gene);
}

#[test]
fn the_stated_depth_is_reached() {
    let depth = MAX_DEPTH - 2;
    is_read(format!("{}1{}", "[".repeat(depth), "]".repeat(depth)), Soc);
    is_read(format!("{}1{}", "[".repeat(depth), "]".repeat(depth)), Gene);
    is_read(format!("{}1{}", "f(".repeat(depth), ")".repeat(depth)), Soc);
    is_read(format!("{}1{}", "do {".repeat(100), "}".repeat(100)), Soc);
    is_read(format!("x{}", ".f()".repeat(depth)), Soc);
}

#[test]
fn long_chains_are_read_or_one_error() {
    is_read(format!("x{}", " + a".repeat(MANY)), Soc);
    is_read(format!("x{}", " < a".repeat(MANY)), Soc);
    is_read(format!("(x{})", " + a".repeat(MANY)), Gene);
    is_read(format!("if (a) {{ b }}{}", " else if (c) { d }".repeat(MANY)), Soc);
    is_read(format!("[{}]", "1, ".repeat(MANY)), Soc);
    is_read(format!("f({})", "a, ".repeat(MANY)), Soc);
    is_read("a.b = c\n".repeat(MANY), Soc);
    is_read(format!("x = '{}'", "a${b}".repeat(MANY)), Soc);
    is_read(format!("match v {{ {} }}", "1 => 2\n".repeat(MANY)), Soc);
    is_read(format!("let {{{}}} = 1", (0..MANY).map(|i| format!("a{i},")).collect::<String>()), Soc);
    is_read(format!("{{{}}}", (0..MANY).map(|i| format!("a{i}: 1,")).collect::<String>()), Soc);
    for part in [".f()", ".a", "[0]", "()", " - a", " |> f", " / a", " .. a", "?.a"] {
        is_too_deep(format!("x{}", part.repeat(MANY)), Soc);
    }
    is_too_deep(format!("x{}", "/a".repeat(MANY)), Gene);
    is_too_deep(format!("(x{})", " - a + a".repeat(MANY)), Gene);
    is_too_deep(format!("(x{})", " = a".repeat(MANY)), Gene);
}

#[test]
fn unterminated_everything_is_an_error_with_its_place() {
    for source in [
        "\"abc",
        "'abc",
        "'abc ${",
        "'abc ${x",
        "'abc ${x}",
        "\"\"\"abc",
        "'''abc",
        "/* abc",
        "`abc",
        "(",
        "[1,",
        "{a: 1",
        "f(",
        "f(a: ",
        "x[",
        "do {",
        "if (",
        "if (c) {",
        "if (c)",
        "if (c) { a } else",
        "while (c",
        "for (x in",
        "fn f(",
        "fn f() {",
        "class P {",
        "class",
        "match v {",
        "match v { 1 =>",
        "match",
        "try {",
        "try { a } catch (",
        "let",
        "let x",
        "let x =",
        "let [a",
        "let {a",
        "1 +",
        "a &&",
        "x.",
        "x =>",
        "(a, b) =>",
        "import {",
        "import * as",
        "export",
        "enum E {",
        "type T",
        "type T =",
        "test \"a\" {",
        "select {",
        "select { a =>",
        "scope {",
        "throw",
        "async",
        "await",
        "'${'${'${",
        "\"\\",
        "'\\",
        "!",
        "-",
        "...",
        "fn* g",
        "requires",
        "super",
        "1..",
        "x?",
        "outer:",
    ] {
        let parsed = read(source.to_owned(), Soc);
        // These are whole programs: a name, and a range without an end.
        if !matches!(source, "requires" | "1..") {
            assert!(!parsed.errors.is_empty(), "{source}");
        }
    }
    for source in [
        "\"abc",
        "#\"abc",
        "#\"abc #{",
        "#\"abc #{x",
        "\"\"\"abc",
        "#\"\"\"abc #{x}",
        "#< abc",
        "#< #< >#",
        "(",
        "(f",
        "[1",
        "{^a 1",
        "{^a",
        "(f ^a",
        "`",
        "%",
        "%@",
        "m/",
        "m/<",
        "m/<k",
        "^",
        "^a",
        "\\",
        "\"\\",
        "/x/",
        "x/.",
        "(f ^<",
    ] {
        let parsed = read(source.to_owned(), Gene);
        if !matches!(source, "%" | "^" | "x/.") {
            assert!(!parsed.errors.is_empty(), "{source}");
        }
    }
}

#[test]
fn unterminated_things_in_masses_take_linear_time() {
    for part in [
        "\"",
        "'",
        "`",
        "\\\"",
        "'${",
        "/*",
        "(",
        "[",
        "{",
        ")",
        "]",
        "}",
        "(]",
        "[)",
        "{)",
        "(}",
        "'a\n",
        "${",
        "\"\"\" ",
        "''' ",
        "if (",
        "fn f(",
        "class A {",
        "match x {",
        "x => ",
        "a.",
        "let ",
        "let x = (\n",
        "import {",
        "'\\",
        "#",
        "f(a b ",
        "[1 2\n",
        "{a: 1 b: 2 ",
        "await(",
        "else if (a, b, c)\n",
        "@",
        "0x",
        "1e",
        "é",
        "\u{0}",
        "\r",
    ] {
        read(part.repeat(MANY), Soc);
    }
    for part in [
        "\"", "#\"", "#\"#{", "#<", "(", "[", "{", ")", "]", "}", "(]", "[)", "{^a ", "`", "%", "%@", "^", "^a ",
        "m/<", "/", "\\", "\n(", "(\n", "#", "# ", ",", "'", "@a ", "1/", "0x ", "\"\"\" ", "\u{0}", "é/", "(a + ",
    ] {
        read(part.repeat(MANY), Gene);
    }
}

#[test]
fn literals_of_fifty_megabytes() {
    const SIZE: usize = 50 << 20;
    is_read(format!("\"{}\"", "a".repeat(SIZE)), Soc);
    is_read(format!("#\"{}#{{x}}\"", "é".repeat(SIZE / 2)), Gene);
    assert_eq!(messages(&read("9".repeat(SIZE), Soc)), ["this integer is out of range"]);
    is_read("a".repeat(SIZE), Soc);
}

#[test]
fn other_literals_of_megabytes() {
    const SIZE: usize = 5 << 20;
    is_read(format!("'{}${{x}}'", "é\\n a longer text".repeat(SIZE / 20)), Soc);
    let digits = "9".repeat(SIZE);
    assert_eq!(messages(&read(format!("-{digits}"), Gene)), ["this integer is out of range"]);
    assert_eq!(messages(&read(format!("{digits}.0"), Soc)), ["this number is too large"]);
    is_read(format!("// {}", " ".repeat(SIZE)), Soc);
    is_read(" ".repeat(SIZE), Gene);
    is_read(format!("[{}]", "a ".repeat(SIZE / 2)), Gene);
}

#[test]
fn incomplete_means_that_more_input_could_help() {
    for source in [
        "(",
        "f(1,",
        "do {",
        "if (c) {",
        "if (c)",
        "let x =",
        "1 +",
        "x =>",
        "/* a",
        "'''a",
        "\"\"\"a",
        "'a ${",
        "[1, 2",
        "{a: 1,",
        "fn f() {\n  x",
        "match v {",
        "class P {",
        "try { a } catch (e) {",
        "a |>",
        "x.",
    ] {
        assert!(parse(source, Soc).incomplete, "{source}: {:?}", messages(&parse(source, Soc)));
    }
    for source in ["", "1", "1 +\n)", "let = (", "\"abc", "x)", "f(1 2", "do { } }", "let x = 99999999999999999999 + ("]
    {
        assert!(!parse(source, Soc).incomplete, "{source}");
    }
    for source in ["(", "(f", "[1 2", "{^a 1", "(f\n(g", "#< a", "\"\"\"a", "`", "#\"a #{"] {
        assert!(parse(source, Gene).incomplete, "{source}: {:?}", messages(&parse(source, Gene)));
    }
    for source in ["", "(f)", "(f]", ")", "\"abc", "(f \"abc"] {
        assert!(!parse(source, Gene).incomplete, "{source}");
    }
}
