//! Input that is not written by hand: too deep, too long, cut off, not text. Each program is an error of the language
//! with a place, or works; none ends the process otherwise, and none hangs.

mod common;

use common::{Folder, Run, motet, run};
use std::path::PathBuf;

/// A program file in a folder of its own.
fn file(name: &str, extension: &str, bytes: &[u8]) -> (Folder, PathBuf) {
    let folder = Folder::new(&format!("bad-input-{name}-{extension}"));
    let path = folder.join(format!("case.{extension}"));
    std::fs::write(&path, bytes).expect("the build folder can be written");
    (folder, path)
}

fn run_program(name: &str, extension: &str, bytes: &[u8]) -> Run {
    let (_folder, path) = file(name, extension, bytes);
    run(motet().arg("run").arg(path))
}

/// The program runs and prints this.
#[track_caller]
fn prints(name: &str, extension: &str, source: &str, expected: &str) {
    let run = run_program(name, extension, source.as_bytes());
    assert_eq!(
        (run.code, run.stdout.trim_end()),
        (Some(0), expected),
        "{name}.{extension}, {}",
        beginning(&run.stderr)
    );
}

/// The program is refused, with a place, and with a message that holds this.
#[track_caller]
fn fails(name: &str, extension: &str, source: &[u8], expected: &str) {
    let run = run_program(name, extension, source);
    let stderr = beginning(&run.stderr);
    assert_eq!(run.code, Some(1), "{name}.{extension}: {stderr}");
    assert!(run.stderr.contains(expected), "{name}.{extension} should say {expected:?}: {stderr}");
    assert!(run.stderr.contains(&format!("case.{extension}:")), "{name}.{extension} should name the place: {stderr}");
    assert!(run.stderr.len() < 20_000, "{name}.{extension}: a message too long to read, {} bytes", run.stderr.len());
}

/// Works, or is an error of the language.
#[track_caller]
fn survives(name: &str, extension: &str, source: &[u8]) -> Run {
    let run = run_program(name, extension, source);
    assert!(
        matches!(run.code, Some(0 | 1)),
        "{name}.{extension} ended with {:?}: {}",
        run.code,
        beginning(&run.stderr)
    );
    if run.code == Some(1) {
        assert!(run.stderr.contains("error"), "{name}.{extension}: no message: {}", beginning(&run.stderr));
    }
    run
}

fn beginning(text: &str) -> String {
    text.chars().take(1000).collect()
}

#[test]
fn invalid_utf8() {
    for (extension, source) in
        [("soc", b"let x = 1\nlet s = \"a\xff\"\n".as_slice()), ("gene", b"(let x 1)\n(let s \"a\xff\")\n")]
    {
        fails("utf8", extension, source, "UTF-8");
        assert!(run_program("utf8", extension, source).stderr.contains(&format!("case.{extension}:2:")));
    }
    fails("utf8-first", "soc", b"\xff\xfe\x00", "UTF-8");
    survives("zero", "soc", b"let x = 1\0\0\nprintln(x)");
    survives("zero", "gene", b"(println 1)\0");
}

#[test]
fn byte_order_marks_and_line_ends() {
    prints("bom", "soc", "\u{feff}println(1)\r\nprintln(2)\r\n", "1\n2");
    prints("bom", "gene", "\u{feff}(println 1)\r\n(println 2)\r\n", "1\n2");
}

/// Programs cut off after each character: never more than an error.
#[test]
fn cut_off_anywhere() {
    let soc = "let s = 'a ${[1, {b: \"c\"}]} d' /* e */\nclass P < Q { new(x) { super(x) } get y() { 1 } }\n\
               fn f(a, b = 1, ...c): Int requires a > 0 { match a { [x, ...r] if (x > 1) => b, {n} => c, 1..5 => 0 } }\n\
               for (i, x in xs) { try { throw x } catch (e: E) { 1 } finally { 2 } }\nimport {a as b} from \"./m\"\n\
               enum S { C(r), D }\ntype T = {a?: [Int]}\nlet g = generate { yield* h?.i?[0] }\n`odd name`\nselect { v = a => v }";
    let gene = "(let s #\"a #{[1 {^b \"c\"}]} d\") #< e ># (class P < Q (ctor [x] (super .ctor x)))\n\
                (fn f [a b = 1 c...] -> Int (match a ([x r...] ^if (x > 1) b) ({^n} c)))\n\
                (try (throw x) catch E e 1 finally 2) `(a %b %@c) x/y/<z> (a + b) (import a:b from \"./m\")";
    for (extension, source) in [("soc", soc), ("gene", gene)] {
        let (_folder, path) = file("cut", extension, b"");
        for (end, _) in source.char_indices() {
            std::fs::write(&path, &source[..end]).expect("the build folder can be written");
            let run = run(motet().arg("check").arg(&path));
            assert!(matches!(run.code, Some(0 | 1)), "{:?} ended with {:?}", &source[..end], run.code);
        }
    }
}

#[test]
fn unterminated() {
    for (name, source) in [
        ("string", "let s = \"abc"),
        ("interpolated", "let s = 'abc"),
        ("interpolation", "let s = 'a ${b"),
        ("lines", "let s = \"\"\"a\nb"),
        ("comment", "/* a * b"),
        ("name", "let `odd"),
        ("list", "let a = [1, 2"),
        ("record", "let a = {b: 1"),
        ("call", "println(1"),
        ("block", "if (true) {\n  1\n"),
        ("class", "class A {\n  f() { 1 }\n"),
        ("match", "match 1 {\n  1 => 2\n"),
    ] {
        fails(name, "soc", source.as_bytes(), "error");
    }
    for (name, source) in [
        ("string", "(let s \"abc"),
        ("interpolated", "(let s #\"abc"),
        ("interpolation", "(let s #\"a #{b"),
        ("comment", "#< a #< b >#"),
        ("node", "(println 1"),
        ("list", "[1 2"),
        ("record", "{^a 1"),
        ("quote", "`"),
        ("path", "m/<k"),
    ] {
        fails(name, "gene", source.as_bytes(), "error");
    }
}

#[test]
fn a_hundred_thousand_brackets() {
    let n = 100_000;
    for (name, open, inner, close) in [
        ("round", "(", "1", ")"),
        ("square", "[", "1", "]"),
        ("record", "{a: ", "1", "}"),
        ("call", "f(", "1", ")"),
        ("index", "f[", "1", "]"),
        ("block", "do { ", "1", " }"),
        ("if", "if (true) { ", "1", " }"),
        ("arrow", "x => ", "1", ""),
        ("not", "!", "1", ""),
        ("minus", "- ", "1", ""),
        ("power", "2 ^ ", "1", ""),
        ("match", "match 1 { _ => ", "1", " }"),
        ("class", "fn f() { ", "1", " }"),
        ("string", "'${", "1", "}'"),
        ("try", "try { ", "1", " } catch { 2 }"),
        ("assignment", "a = ", "1", ""),
    ] {
        let closed = format!("{}{inner}{}", open.repeat(n), close.repeat(n));
        fails(&format!("closed-{name}"), "soc", closed.as_bytes(), "nested");
        survives(&format!("open-{name}"), "soc", open.repeat(n).as_bytes());
    }
    let nested = |inner: &str| format!("{}{inner}{}", "[".repeat(n), "]".repeat(n));
    fails("closed-pattern", "soc", format!("let {} = 1", nested("a")).as_bytes(), "nested");
    fails("closed-type", "soc", format!("type T = {}", nested("Int")).as_bytes(), "nested");
    for (name, open, inner, close) in [
        ("round", "(", "f", ")"),
        ("square", "[", "1", "]"),
        ("record", "{^a ", "1", "}"),
        ("quote", "`", "a", ""),
        ("string", "#\"#{", "1", "}\""),
        ("path", "m/<", "a", ">"),
        ("infix", "(1 + ", "1", ")"),
    ] {
        let closed = format!("{}{inner}{}", open.repeat(n), close.repeat(n));
        fails(&format!("closed-{name}"), "gene", closed.as_bytes(), "nested");
        survives(&format!("open-{name}"), "gene", open.repeat(n).as_bytes());
    }
}

#[test]
fn a_literal_of_fifty_megabytes() {
    let size = 50 << 20;
    prints("string", "soc", &format!("println(len(\"{}\"))", "a".repeat(size)), &size.to_string());
    prints("string", "gene", &format!("(println (len \"{}\"))", "a".repeat(size)), &size.to_string());
    fails("integer", "soc", format!("let x = {}", "9".repeat(size)).as_bytes(), "error");
    prints("comment", "soc", &format!("/* {} */ println(1)", "a".repeat(size)), "1");
    let name = "a".repeat(size);
    prints("name", "soc", &format!("let {name} = 1\nprintln({name})"), "1");
}

#[test]
fn long_lists_and_records() {
    let many = 1_000_000;
    prints("list", "soc", &format!("let xs = [{}0]\nprintln(len(xs), xs[-2])", "7, ".repeat(many - 1)), "1000000 7");
    prints("list", "gene", &format!("(let xs [{}0])\n(println (len xs) xs/-2)", "7 ".repeat(many - 1)), "1000000 7");
    let fields: String = (0..100_000).map(|i| format!("f{i}: {i}, ")).collect();
    prints("record", "soc", &format!("let r = {{{fields}}}\nprintln(len(r), r.f99999)"), "100000 99999");
    let calls = format!("println(len([{}0]))", "len([]), ".repeat(99_999));
    prints("calls", "soc", &calls, "100000");
    let parts = format!("let x = 1\nprintln(len('{}'))", "${x}-".repeat(100_000));
    prints("parts", "soc", &parts, "200000");
}

#[test]
fn long_chains() {
    let n = 100_000;
    prints("sum", "soc", &format!("let x = 1\nprintln(x{})", " + x".repeat(n)), "100001");
    prints("and", "soc", &format!("let x = 1\nprintln(x{})", " && x".repeat(n)), "1");
    survives("minus", "soc", format!("let x = 1\nprintln(x{})", " - x".repeat(n)).as_bytes());
    survives("mixed", "soc", format!("let x = 1\nprintln(x{})", " - x * x".repeat(n)).as_bytes());
    survives("chain", "soc", format!("let x = 1\nprintln(x{})", " < x".repeat(n)).as_bytes());
    survives("fields", "soc", format!("let x = null\nprintln(x{})", "?.x".repeat(n)).as_bytes());
    survives("methods", "soc", format!("let x = 1\nprintln(x{})", ".str()".repeat(n)).as_bytes());
    survives("calls", "soc", format!("let x = 1\nx{}", "()".repeat(n)).as_bytes());
    survives("pipes", "soc", format!("println(1{})", " |> str".repeat(n)).as_bytes());
    survives("else", "soc", format!("let x = 1\nif (x < 0) {{ 1 }}{}", " else if (x < 0) { 2 }".repeat(n)).as_bytes());
    survives("sum", "gene", format!("(let x 1)\n(println (x{}))", " + x".repeat(n)).as_bytes());
    survives("minus", "gene", format!("(let x 1)\n(println (x{}))", " - x".repeat(n)).as_bytes());
    survives("path", "gene", format!("(let x {{}})\n(println x{})", "/x".repeat(n)).as_bytes());
}

#[test]
fn many_names_and_statements() {
    let n = 100_000;
    let statements: String = (0..n).map(|i| format!("let v{i} = {i}\n")).collect();
    survives("names", "soc", format!("{statements}println(v0 + v{})", n - 1).as_bytes());
    let in_a_function = format!("fn f() {{\n{statements}v0 + v{} }}\nprintln(f())", n - 1);
    survives("locals", "soc", in_a_function.as_bytes());
    let assignments = "x = x + 1\n".repeat(n);
    prints("statements", "soc", &format!("mut x = 0\n{assignments}println(x)"), "100000");
    // Jumps over more instructions than 16 bits count.
    prints(
        "far",
        "soc",
        &format!("mut x = 0\nfor (i in 0..2) {{ if (i < 5) {{\n{assignments}}} }}\nprintln(x)"),
        "200000",
    );
    prints("far-while", "soc", &format!("mut x = 0\nwhile (x < 150000) {{\n{assignments}}}\nprintln(x)"), "200000");
    let constants: String = (0..n).map(|i| format!("xs.push(\"s{i}\", {i}.5)\n")).collect();
    survives("constants", "soc", format!("let xs = []\n{constants}println(len(xs), xs[-1])").as_bytes());
    survives("arguments", "soc", format!("println(max({}))", vec!["1"; n].join(", ")).as_bytes());
    let parameters: Vec<String> = (0..n).map(|i| format!("p{i}")).collect();
    survives("parameters", "soc", format!("fn f({}) {{ p0 }}\nprintln(1)", parameters.join(", ")).as_bytes());
    let functions: String = (0..n).map(|i| format!("fn f{i}() {{ {i} }}\n")).collect();
    survives("functions", "soc", format!("{functions}println(f0() + f{}())", n - 1).as_bytes());
    let arms: String = (0..n).map(|i| format!("{i} => {i}\n")).collect();
    survives("arms", "soc", format!("println(match {} {{\n{arms}}})", n - 1).as_bytes());
    let captured: String = (0..n).map(|i| format!("v{i} + ")).collect();
    survives("captures", "soc", format!("fn g() {{\n{statements}() => {captured}0 }}\nprintln(g()())").as_bytes());
}

#[test]
fn deep_recursion() {
    let down = "fn f(n) { if (n == 0) { 0 } else { 1 + f(n - 1) } }\n";
    prints("deep", "soc", &format!("{down}println(f(90000))"), "90000");
    fails("deeper", "soc", format!("{down}f(200000)").as_bytes(), "DepthError");
    let (_folder, path) = file("deepest", "soc", format!("{down}println(f(2000000))").as_bytes());
    let deepest = run(motet().args(["run", "--depth", "3000000"]).arg(&path));
    assert_eq!((deepest.code, deepest.stdout.trim()), (Some(0), "2000000"), "{}", beginning(&deepest.stderr));
    let shallow = run(motet().args(["run", "--depth", "100"]).arg(&path));
    assert_eq!(shallow.code, Some(1));
    assert!(shallow.stderr.contains("100"), "the limit is named: {}", beginning(&shallow.stderr));

    for (name, body) in [
        ("map", "fn f(xs) { xs.map(x => f([x])) }\nf([1])"),
        ("sort", "fn f(a, b) { [2, 1].sort(f); true }\n[2, 1].sort(f)"),
        ("getter", "class A { get x() { self.x } }\nA().x"),
        ("string", "class A { to_string() { str(self) } }\nprintln(A())"),
        ("equals", "class A { equals(other) { self == other } }\nA() == A()"),
        ("constructor", "class A { new() { A() } }\nA()"),
        ("generator", "fn* f() { yield* f() }\nlist(f())"),
        ("default", "fn f(x = f()) { x }\nf()"),
        ("async", "async fn f() { await f() }\nawait f()"),
    ] {
        let run = survives(name, "soc", body.as_bytes());
        assert_eq!(run.code, Some(1), "{name}: {}", beginning(&run.stderr));
        assert!(run.stderr.len() < 20_000, "{name}: the trace is shortened, not {} bytes", run.stderr.len());
    }
}

#[test]
fn huge_results_are_errors() {
    for (name, source) in [
        ("repeat", "\"abc\".repeat(9_000_000_000_000)"),
        ("fill", "fill(9_000_000_000_000_000, 0)"),
        ("list", "list(0..9_000_000_000_000_000)"),
        ("spread", "[...0..9_000_000_000_000_000]"),
        ("power", "10 ^ 1000"),
        ("shift", "shl(1, 9_000_000_000)"),
        ("index", "let xs = []\nxs[9_000_000_000_000] = 1"),
        ("digits", "(1.5).to_fixed(9_000_000_000)"),
        ("step", "list(0..10 by 0)"),
    ] {
        fails(name, "soc", source.as_bytes(), "rror");
    }
}

#[test]
fn a_hundred_thousand_brackets_that_close_nothing() {
    for bracket in [")", "]", "}", ")]}"] {
        for extension in ["soc", "gene"] {
            let run = survives("shut", extension, bracket.repeat(100_000).as_bytes());
            assert!(run.stderr.len() < 50_000, "{} bytes of errors are too many to read", run.stderr.len());
        }
    }
}

#[test]
fn output_that_nobody_reads() {
    let (_folder, path) = file("pipe", "soc", b"for (i in 0..1000000) { println(\"a line of text\") }");
    let mut command = std::process::Command::new("sh");
    command.arg("-c").arg("\"$0\" run \"$1\" | head -n 1").arg(env!("CARGO_BIN_EXE_motet")).arg(&path);
    let run = run(&mut command);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("a line of text\n", ""));
}
