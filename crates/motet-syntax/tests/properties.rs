//! What holds for every text and every form: reading loses nothing and never panics; printing reads back.

use motet_syntax::form::{Entry, Form, FormKind, Prop, Span};
use motet_syntax::{
    Notation, Parsed, parse, parse_gene, parse_soc, print_gene, print_gene_plainly, print_soc_exactly, render,
};
use proptest::prelude::*;

fn check_reading(source: &str, notation: Notation) -> Parsed {
    let parsed = parse(source, notation);
    let tokens: String = parsed.tree.tokens().map(|token| token.text()).collect();
    assert_eq!(tokens, source, "the tree holds the whole text");
    for error in &parsed.errors {
        assert!(error.span.start <= error.span.end && error.span.end as usize <= source.len(), "{error:?}");
        assert!(error.hint.is_some(), "{error:?}");
        assert!(!render(error, "a.soc", source, false).is_empty());
    }
    assert!(!(parsed.incomplete && parsed.errors.is_empty()));
    parsed
}

/// Forms as text, in which NaN equals itself.
fn shown(forms: &[Form]) -> Vec<String> {
    forms.iter().map(print_gene_plainly).collect()
}

fn check_gene_round_trip(form: &Form) {
    for text in [print_gene(form), print_gene_plainly(form)] {
        let parsed = parse_gene(&text);
        assert_eq!(parsed.errors, [], "{text}");
        assert_eq!(shown(&parsed.forms), shown(std::slice::from_ref(form)), "{text}");
    }
}

fn check_soc_round_trip(text: &str, forms: &[Form]) {
    let parsed = parse_soc(text);
    assert_eq!(parsed.errors, [], "{text}");
    assert_eq!(shown(&parsed.forms), shown(forms), "{text}");
}

/// The sources in the golden files, which together use the whole grammar.
fn golden_sources(ending: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the golden files are here").flatten() {
        if !entry.file_name().to_string_lossy().ends_with(ending) {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).expect("a golden file is readable text");
        for case in format!("\n{text}").split("\n=== ").skip(1) {
            let body = case.split_once('\n').map_or("", |(_, body)| body);
            sources.push(body.split("\n---").next().unwrap_or_default().to_owned());
        }
    }
    assert!(!sources.is_empty());
    sources
}

#[test]
fn golden_soc_prints_and_reads_back() {
    for source in golden_sources(".soc.test") {
        let parsed = check_reading(&source, Notation::Soc);
        if parsed.errors.is_empty() {
            let text = print_soc_exactly(&parsed.forms)
                .unwrap_or_else(|place| panic!("{:?} cannot be printed, in\n{source}", &source[place.range()]));
            check_soc_round_trip(&text, &parsed.forms);
        }
        parsed.forms.iter().for_each(check_gene_round_trip);
    }
}

#[test]
fn golden_gene_prints_and_reads_back() {
    for source in golden_sources(".gene.test") {
        let parsed = check_reading(&source, Notation::Gene);
        parsed.forms.iter().for_each(check_gene_round_trip);
    }
}

const SOC_TOKENS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    "\n",
    " ",
    ":",
    ".",
    "?.",
    "?",
    "=>",
    "...",
    "+",
    "-",
    "*",
    "/",
    "~/",
    "%",
    "^",
    "@",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    "!",
    "&&",
    "||",
    "??",
    "..",
    "..=",
    "|>",
    "|",
    "=",
    "+=",
    "'",
    "\"",
    "`",
    "${",
    "'${",
    "}'",
    "//",
    "/*",
    "*/",
    "\\",
    "async",
    "await",
    "break",
    "catch",
    "class",
    "continue",
    "do",
    "else",
    "enum",
    "export",
    "false",
    "finally",
    "fn",
    "for",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "match",
    "mut",
    "null",
    "return",
    "super",
    "throw",
    "true",
    "try",
    "var",
    "while",
    "yield",
    "x",
    "y",
    "P",
    "_",
    "self",
    "1",
    "2.5",
    "3i",
    "\"s\"",
    "'a'",
    "`q r`",
    "by",
    "as",
    "from",
    "type",
    "test",
    "select",
    "scope",
    "generate",
    "hold",
    "requires",
    "ensures",
    "static",
    "get",
    "new",
    "const",
    "===",
    "\u{e9}",
    "Infinity",
    "NaN",
    "-1",
    "'a ${x}'",
    "x: ",
    "(x) =>",
    "do {",
    "if (x) {",
    "match x {",
    "x => ",
    "f(",
    "[x]",
    "{x}",
    "#",
];

const GENE_TOKENS: &[&str] = &[
    "(", ")", "[", "]", "{", "}", " ", "\n", "^", "^a", "^... ", "^<", ">", "<", "`", "%", "%@", "/", "/x", "x/",
    "/.m", "/0", "/<", "#", "# ", "#<", ">#", "#\"", "#{", "\"", "\"s\"", "x", "f", "1", "-2", "2.5", "nil", "true",
    "+", "-", "=", "==", "//", "**", "&&", ".m", "xs...", "a:", "fn", "let", "@field", "@", "\\", "\\(", ",", ";", "'",
    "(f ", "[x]", "{^a 1}", "\u{e9}",
];

fn token_soup(tokens: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec((prop::sample::select(tokens), any::<bool>()), 0..60).prop_map(|tokens| {
        tokens.iter().map(|(token, blank)| format!("{token}{}", if *blank { " " } else { "" })).collect()
    })
}

/// A golden source with some of its characters removed, doubled or replaced by tokens.
fn mutated(ending: &'static str, tokens: &'static [&'static str]) -> impl Strategy<Value = String> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..3u8, prop::sample::select(tokens)), 1..6);
    (prop::sample::select(golden_sources(ending)), edits).prop_map(|(mut source, edits)| {
        for (at, edit, token) in edits {
            let places: Vec<usize> = source.char_indices().map(|(at, _)| at).collect();
            if places.is_empty() {
                break;
            }
            let at = places[at.index(places.len())];
            match edit {
                0 => drop(source.remove(at)),
                1 => source.insert_str(at, token),
                _ => {
                    let end = source[at..].find('\n').map_or(source.len(), |length| at + length);
                    let line = source[at..end].to_owned();
                    source.insert_str(at, &line);
                }
            }
        }
        source
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(&[
            "x", "y", "P", "_", "self", "f", "rest...", "...", "a:", "=", "^", "in", "else", "from", "as", "by", "empty?", "a-b",
            "->", "<", "|", ".m", "type", "test", "const", "Infinity", "nil", "true", "let", "repeat", "a b", "a/b", "5x", "-5",
            "+", "//", "%", "op", "%x", "^x", "#", "a>b", "super", "ctor", "new", "fn*", "x`y", "\u{e9}", "elif", "a\\b", "*", "{",
        ][..]).prop_map(str::to_owned),
        1 => "[a-z][a-z0-9_]{0,6}".prop_map(|name| name),
    ]
}

fn head() -> impl Strategy<Value = String> {
    let heads = &[
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "@",
        "==",
        "<",
        "@chain",
        "!",
        "&&",
        "||",
        "??",
        "..",
        "..=",
        "@str",
        "@field",
        "@field?",
        "@index",
        "@index?",
        "@method",
        "@method?",
        "@call",
        "@spread",
        "quote",
        "unquote",
        "unquote_splice",
        "let",
        "var",
        "=",
        "+=",
        "do",
        "if",
        "ifel",
        "while",
        "loop",
        "for",
        "break",
        "continue",
        "return",
        "throw",
        "yield",
        "yield*",
        "match",
        "try",
        "catch",
        "finally",
        "test",
        "hold",
        "fn",
        "fn*",
        "generate",
        "class",
        "ctor",
        "method",
        "prop",
        "enum",
        "type",
        "import",
        "export",
        "async",
        "await",
        "scope",
        "select",
        "arm",
        "|",
        ":",
        "optional",
        "List",
        "Point",
        "rec",
    ];
    prop_oneof![3 => prop::sample::select(&heads[..]).prop_map(str::to_owned), 1 => name()]
}

fn property_name() -> impl Strategy<Value = String> {
    let names = &[
        "name", "from", "type", "if", "as", "class", "static", "getter", "async", "pre", "post", "x", "a b", "a/b",
        "\"",
    ];
    prop::sample::select(&names[..]).prop_map(str::to_owned)
}

fn make(kind: FormKind) -> Form {
    Form::new(kind, Span::default())
}

/// Any form that a reader could produce in `.gene`; a good part of them also in `.soc`.
fn form() -> impl Strategy<Value = Form> {
    let leaf = prop_oneof![
        Just(FormKind::Null),
        any::<bool>().prop_map(FormKind::Bool),
        prop_oneof![any::<i64>(), -3..10i64, Just(i64::MIN)].prop_map(FormKind::Int),
        prop_oneof![any::<f64>().prop_filter("NaN is unequal to itself", |it| !it.is_nan()), Just(1.5)]
            .prop_map(FormKind::Float),
        (0..100i32).prop_map(|it| FormKind::Imaginary(f64::from(it) / 4.0 - 3.0)),
        prop_oneof!["\\PC{0,6}", Just("a\n\t\\\"'${#{\u{7}".to_owned())].prop_map(|it| FormKind::Str(it.into())),
        name().prop_map(|it| FormKind::Symbol(it.into())),
        name().prop_map(|it| FormKind::Symbol(it.into())),
    ];
    leaf.prop_map(make).prop_recursive(5, 40, 5, |inner| {
        let entry = prop_oneof![
            3 => (property_name(), inner.clone()).prop_map(|(name, value)| (Some(name), None, value)),
            1 => (inner.clone(), inner.clone()).prop_map(|(key, value)| (None, Some(key), value)),
            1 => inner.clone().prop_map(|value| (None, None, value)),
        ];
        let props = prop::collection::vec((property_name(), inner.clone()), 0..3);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| make(FormKind::List(items))),
            prop::collection::vec(entry, 0..4).prop_map(record),
            (
                prop_oneof![6 => head().prop_map(|it| make(FormKind::Symbol(it.into()))), 1 => inner.clone()],
                prop_oneof![2 => Just(Vec::new()), 1 => props],
                prop::collection::vec(inner, 0..5)
            )
                .prop_map(|(head, props, children)| node(head, props, children)),
        ]
    })
}

fn record(entries: Vec<(Option<String>, Option<Form>, Form)>) -> Form {
    let mut names = Vec::new();
    let mut made = Vec::new();
    for entry in entries {
        match entry {
            (Some(name), _, value) if !names.contains(&name) => {
                names.push(name.clone());
                made.push(Entry::Named { name: name.into(), name_span: Span::default(), value });
            }
            (Some(_), _, _) => {}
            (None, Some(key), value) => made.push(Entry::Computed { key, value }),
            (None, None, value) => made.push(Entry::Spread(value)),
        }
    }
    make(FormKind::Record(made))
}

fn node(head: Form, props: Vec<(String, Form)>, children: Vec<Form>) -> Form {
    let mut made: Vec<Prop> = Vec::new();
    for (name, value) in props {
        if made.iter().all(|prop| *prop.name != *name) {
            made.push(Prop::new(name, value));
        }
    }
    Form::node_with(head, made, children, Span::default())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_loss(text in "\\PC{0,80}|[\\x00-\\x7f]{0,80}") {
        check_reading(&text, Notation::Soc);
        check_reading(&text, Notation::Gene);
    }

    #[test]
    fn any_bytes_are_decoded_or_have_a_place(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let length = bytes.len();
        match motet_syntax::decode(bytes.clone()) {
            Ok(text) => drop(check_reading(&text, Notation::Soc)),
            Err(error) => {
                prop_assert!((error.span.start as usize) < length);
                let shown = String::from_utf8_lossy(&bytes).into_owned();
                prop_assert!(render(&error, "a.soc", &shown, true).contains("UTF"));
            }
        }
    }

    #[test]
    fn soc_tokens_are_read_and_printed(text in token_soup(SOC_TOKENS)) {
        check_soc_text(&text);
    }

    #[test]
    fn mutated_soc_is_read_and_printed(text in mutated(".soc.test", SOC_TOKENS)) {
        check_soc_text(&text);
    }

    #[test]
    fn gene_tokens_are_read_and_printed(text in token_soup(GENE_TOKENS)) {
        check_reading(&text, Notation::Gene).forms.iter().for_each(check_gene_round_trip);
    }

    #[test]
    fn mutated_gene_is_read_and_printed(text in mutated(".gene.test", GENE_TOKENS)) {
        check_reading(&text, Notation::Gene).forms.iter().for_each(check_gene_round_trip);
    }

    #[test]
    fn forms_print_as_gene_and_read_back(form in form()) {
        check_gene_round_trip(&form);
    }

    #[test]
    fn forms_that_soc_can_write_read_back(forms in prop::collection::vec(form(), 1..3)) {
        if let Ok(text) = print_soc_exactly(&forms) {
            check_soc_round_trip(&text, &forms);
        }
    }
}

#[test]
fn keys_named_like_marks_are_printed_and_read() {
    for text in ["xs/<i \\^>", "xs/<\\^>", "xs/<\\^ \\^>", "xs/<a\\>b \\^>"] {
        let parsed = check_reading(text, Notation::Gene);
        assert_eq!(parsed.errors, [], "{text}");
        parsed.forms.iter().for_each(check_gene_round_trip);
    }
}

/// Whatever `.soc` reads without an error can be written in it.
fn check_soc_text(text: &str) {
    let parsed = check_reading(text, Notation::Soc);
    parsed.forms.iter().for_each(check_gene_round_trip);
    if parsed.errors.is_empty() {
        match print_soc_exactly(&parsed.forms) {
            Ok(printed) => check_soc_round_trip(&printed, &parsed.forms),
            Err(place) => panic!("{:?} cannot be printed, in\n{text}", &text[place.range()]),
        }
    }
}
