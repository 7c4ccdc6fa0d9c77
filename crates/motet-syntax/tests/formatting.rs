//! The layout of programs: what it looks like, and that it keeps every comment and what the program means.

use motet_syntax::{Notation, SyntaxKind, format, format_lines, parse, print_gene_plainly};

/// Sources and their layouts; `None`: the source is its own.
const SOC: &[(&str, Option<&str>)] = &[
    ("let x=1+2*-3", Some("let x = 1 + 2 * -3\n")),
    ("let x = 1;\nlet y = 2;\n", Some("let x = 1\nlet y = 2\n")),
    ("let x = 1; let y = 2\n", None),
    ("\n\n// first\n\n\n\nlet x = 1 //   last\n\n\n", Some("// first\n\nlet x = 1 //   last\n")),
    ("let a = 1    // one\nlet bc = 2 // two\n", Some("let a = 1  // one\nlet bc = 2 // two\n")),
    ("if(a){b}else{c}\n", Some("if (a) { b } else { c }\n")),
    ("if (a) {\n\n    b\n\n\n    c\n\n}\n", Some("if (a) {\n  b\n\n  c\n}\n")),
    ("let c = if (a < 1 , 2, 3)\n", Some("let c = if(a < 1, 2, 3)\n")),
    ("fn id < T,U > ( x:T ):T{ x }\n", Some("fn id<T, U>(x: T): T { x }\n")),
    ("fn f ( a:Int , b = 1, ...c ):Int{ a }\n", Some("fn f(a: Int, b = 1, ...c): Int { a }\n")),
    ("fn* g(){yield* f( )}\n", Some("fn* g() { yield* f() }\n")),
    (
        "let f=x=>!x; let g = (a , b)=>{a:a,[b]:-b,...c}\n",
        Some("let f = x => !x; let g = (a, b) => {a: a, [b]: -b, ...c}\n"),
    ),
    ("xs . map( x=>x ) ?. [ 1 ]\n", Some("xs.map(x => x)?.[1]\n")),
    ("xs\n.map(f)\n   .filter(g)\n", Some("xs\n  .map(f)\n  .filter(g)\n")),
    ("let s = a &&\nb\n", Some("let s = a &&\n  b\n")),
    ("f( [1,2], { a : 1 }, ( 1+2 ), 0 .. 5, a..b by 2)\n", Some("f([1, 2], {a: 1}, (1 + 2), 0..5, a..b by 2)\n")),
    (
        "while(true){ }\nfor(x in xs){f(x)}\nloop{break}\n",
        Some("while (true) {}\nfor (x in xs) { f(x) }\nloop { break }\n"),
    ),
    ("run(() => do {\nf()\n})\n", Some("run(() => do {\n  f()\n})\n")),
    (
        "match x {1=>2\n[a,...b] if(a>1)=>b\n_=>null}\n",
        Some("match x {\n  1 => 2\n  [a, ...b] if (a > 1) => b\n  _ => null\n}\n"),
    ),
    (
        "class P<Q{new(x){super(x)}\nget n(){1}\n*g(){}\na:Int=1}\n",
        Some("class P < Q {\n  new(x) { super(x) }\n  get n() { 1 }\n  *g() {}\n  a: Int = 1\n}\n"),
    ),
    ("type T={a:List<Int>|Null,f:(Int)=>Int?}\n", Some("type T = {a: List<Int> | Null, f: (Int) => Int?}\n")),
    ("import{a,b as c}from'./m'\n", Some("import {a, b as c} from './m'\n")),
    ("let t = 'a ${ f( x ) }  b'\n", None),
    ("let t = \"\"\"\n  a\n b\"\"\"\n", None),
    ("let m = [\n  1, 2, 3,\n  4, 5, 6,\n]\n", None),
    ("f(a,\n  b)\n", Some("f(a,\n  b)\n")),
    ("f(a, /* why */ b) /* c */\n", None),
    ("let a = -b - -1; let c = - -b\n", Some("let a = -b - -1; let c = - -b\n")),
    ("1 .abs()\n", None),
    ("#! /usr/bin/env motet\nprint(1)\n", None),
    ("print(1)\r\nprint(2)\r\n", Some("print(1)\nprint(2)\n")),
    ("", Some("")),
    ("// only a comment", Some("// only a comment\n")),
];

const GENE: &[(&str, Option<&str>)] = &[
    ("( fn f [ a b ]  (+ a   b) )", Some("(fn f [a b] (+ a b))\n")),
    ("(if a\n    b\n  else\n c\n)\n", Some("(if a\n  b\nelse\n  c)\n")),
    ("(let xs [1 2\n 3])\n", Some("(let xs [1 2\n         3])\n")),
    ("(let xs [\n1 2\n 3\n])\n", Some("(let xs [\n  1 2\n  3])\n")),
    ("(f # why\n  x # so\n)\n", Some("(f # why\n  x # so\n)\n")),
    ("`( a %b  %@c)\n", Some("`(a %b %@c)\n")),
    ("{ ^a 1   ^b 2 }\n", Some("{^a 1 ^b 2}\n")),
    ("a/b  m/<k>  (p .name  1)\n", Some("a/b m/<k> (p .name 1)\n")),
    ("#\"text  #{  (f   x) }\"\n", None),
    ("(batch (fn []\n(a)\n(b)))\n", Some("(batch (fn []\n  (a)\n  (b)))\n")),
];

fn check(cases: &[(&str, Option<&str>)], notation: Notation) {
    for (source, expected) in cases {
        let Ok(formatted) = format(source, notation) else {
            // Only what is wrong has no layout.
            assert!(!parse(source, notation).errors.is_empty(), "{source:?}");
            continue;
        };
        assert_eq!(formatted, expected.unwrap_or(source), "the layout of {source:?}");
        assert_eq!(format(&formatted, notation).as_deref(), Ok(&*formatted), "the layout of its layout: {source:?}");
    }
}

#[test]
fn soc_looks_as_it_is_usually_written() {
    check(SOC, Notation::Soc);
}

#[test]
fn gene_looks_as_it_is_usually_written() {
    check(GENE, Notation::Gene);
}

/// A program in which everything occurs that can be laid out.
const EVERYTHING: &str = r#"
import {a, b as c} from "./m"
export let exported = 1
fn f(x: Int, y = 2, ...rest): Int { x + y * -rest[0] ^ 2 }
fn* g(n) { for (i in 0..n by 2) { yield i }; yield* h(k: 1) }
class P < Q { new(x) { super(x); self.x = x } get n() { 1 } static s(a) { a } y: Int = 1 }
enum E { A(v), B }
type T = {a: List<Int> | Null, f: (Int) => Int?}
let {p, q: [r, ...s]} = {p: 1, "k": 2, ...t, [u]: 3}
mut v = match w { A(n) if (n > 1) => n, [1, _] => 'x${n + 1}y', _ => null }
if (v == 1 && !w || x ?? y) { v += 1 } else if (z) { v = 2 } else { return }
try { risky() } catch (e: TypeError) { throw e } finally { done() }
outer: while (true) { break outer }
xs |> map(x => do { x; x }) |> sum
let o = xs?.first?[1].map((a, b) => ({k: a, l: b}))
test "name" { assert(contains([1, 2], 1)) }
select { m = inbox => m, else => null }
let later = async do { await fetch("a", timeout: 5) }
"#;

const EVERYTHING_IN_GENE: &str = r#"
(import a b:c from "./m")
(fn f [x: Int y = 2 rest...] -> Int (+ x (* y rest/0)))
(class P < Q (ctor [x] (super .ctor x) (/x = x)) (method n [] ^pre [(a > 1)] 1) (prop y 1 ^type Int))
(let {^p ^q [r s...]} {^p 1 ^"k l" 2 ^... t ^<u> 3})
(if (v == 1) (v += 1) elif z (v = 2) else (return))
(try (risky) catch TypeError e (throw e) finally (done))
(match w ((A n) ^if (n > 1) n) ([1 _] #"x#{n + 1}y") (_ nil))
(macro m [x rest...] `(do %x %@rest))
(let o (xs .map (fn [a b] {^k a ^l (-> b (f 1))})))
(println m/<k>/x -5 (a - b) "text")
"#;

/// The comments of a program in order.
fn comments(program: &str, notation: Notation) -> Vec<String> {
    let parsed = parse(program, notation);
    let comments =
        parsed.tree.tokens().filter(|token| matches!(token.kind(), SyntaxKind::LineComment | SyntaxKind::BlockComment));
    comments.map(|token| token.text().to_owned()).collect()
}

/// Puts a comment at each gap between two tokens. What is still a program keeps it, and its meaning.
fn comment_everywhere(program: &str, notation: Notation, comment: &str) -> usize {
    let parsed = parse(program, notation);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let mut kept = 0;
    for token in parsed.tree.tokens() {
        let at = token.span().start as usize;
        let commented = format!("{}{comment}{}", &program[..at], &program[at..]);
        let before = parse(&commented, notation);
        let written = comments(&commented, notation);
        // Inside a string it is no comment, and a line break may end a statement too early.
        if !before.errors.is_empty() || written.is_empty() {
            continue;
        }
        kept += 1;
        let formatted = format(&commented, notation).unwrap_or_else(|errors| panic!("{commented}\n{errors:?}"));
        assert_eq!(comments(&formatted, notation), written, "{formatted}");
        let after = parse(&formatted, notation);
        let shown = |forms: &[motet_syntax::form::Form]| forms.iter().map(print_gene_plainly).collect::<Vec<_>>();
        assert_eq!(shown(&after.forms), shown(&before.forms), "{formatted}");
        assert_eq!(format(&formatted, notation).as_deref(), Ok(&*formatted), "{commented}");
    }
    kept
}

#[test]
fn a_comment_at_any_gap_is_kept() {
    // Most gaps can hold a comment; line comments end statements that are not within brackets.
    let gaps = |program, notation| parse(program, notation).tree.tokens().count();
    let (soc, gene) = (gaps(EVERYTHING, Notation::Soc), gaps(EVERYTHING_IN_GENE, Notation::Gene));
    assert!(comment_everywhere(EVERYTHING, Notation::Soc, "/* c */") > soc * 9 / 10);
    assert!(comment_everywhere(EVERYTHING, Notation::Soc, "// c\n") > soc / 2);
    assert!(comment_everywhere(EVERYTHING_IN_GENE, Notation::Gene, "#< c >#") > gene / 2);
    assert!(comment_everywhere(EVERYTHING_IN_GENE, Notation::Gene, " # c\n") > gene / 2);
}

#[test]
fn long_lines_are_broken_at_their_brackets() {
    let word = "w".repeat(30);
    let source = format!("let x = f({word}, g({word}, {word}), [{word}, {word}])\n");
    let expected = format!("let x = f({word}, g({word}, {word}), [\n  {word},\n  {word}\n])\n");
    assert_eq!(format(&source, Notation::Soc), Ok(expected));
    let source = format!("if ({word}) {{ {word}; {word} }} else {{ {word} }}\n");
    let expected = format!("if ({word}) {{\n  {word}\n  {word}\n}} else {{\n  {word}\n}}\n");
    assert_eq!(format(&source, Notation::Soc), Ok(expected));
    // What cannot be broken stays long.
    let source = format!("let x = \"{}\"\n", word.repeat(5));
    assert_eq!(format(&source, Notation::Soc), Ok(source.clone()));
}

#[test]
fn lines_can_be_laid_out_alone() {
    let source = "let a  = 1\nfn f( ) {\nlet b  = 2\n}\nlet c  = 3\n";
    let formatted = |lines| {
        let (bytes, text) = format_lines(source, Notation::Soc, lines).expect("a program");
        format!("{}{text}{}", &source[..bytes.start], &source[bytes.end..])
    };
    assert_eq!(formatted(2..3), "let a  = 1\nfn f() {\n  let b = 2\n}\nlet c  = 3\n");
    assert_eq!(formatted(0..1), "let a = 1\nfn f( ) {\nlet b  = 2\n}\nlet c  = 3\n");
    assert_eq!(formatted(0..99), "let a = 1\nfn f() {\n  let b = 2\n}\nlet c = 3\n");
    assert_eq!(formatted(70..99), source);
}
