//! The assembler's errors: place, words, hint.

use motet_lanes::assembly::{AssemblyError, assemble};

fn errors(text: &str) -> AssemblyError {
    assemble("test.lanes", text).expect_err("the text is wrong")
}

/// The one error of a text: position, message, hint.
fn error(text: &str) -> ((usize, usize), String, String) {
    let error = errors(text);
    assert_eq!(error.diagnostics.len(), 1, "{error}");
    let diagnostic = &error.diagnostics[0];
    (error.position(diagnostic), diagnostic.message.clone(), diagnostic.hint.clone().unwrap_or_default())
}

#[test]
fn l03_an_error_shows_the_line_underlined() {
    let expected = "\
error: `fadd` takes 3 operands, not 2
 --> test.lanes:2:8
  |
2 | start: fadd f0, f1
  |        ^^^^^^^^^^^
  |
  = help: it is written `fadd fd, fa, fb|imm`
";
    assert_eq!(errors("nop\nstart: fadd f0, f1\n").to_string(), expected);
}

#[test]
fn l03_all_errors_are_found_in_the_order_of_the_text() {
    let error = errors("nope r0\nconst r64, 1\n?\njump nowhere\n");
    let lines: Vec<usize> = error.diagnostics.iter().map(|diagnostic| error.position(diagnostic).0).collect();
    assert_eq!(lines, [1, 2, 3, 4]);
}

#[test]
fn l03_every_kind_of_error_has_its_words() {
    for (text, position, message, hint) in [
        ("jmp 1", (1, 1), "`jmp` is no instruction", "there is `jump`"),
        ("xyzzy", (1, 1), "`xyzzy` is no instruction", ""),
        ("const r64, 1", (1, 7), "there is no register `r64`", "r0 to r63"),
        ("fconst f32, 1", (1, 8), "there is no register `f32`", "f0 to f31"),
        ("add r0, f1, r2", (1, 9), "an integer register has to stand here, not `f1`", "r0 to r63"),
        ("fadd f0, r1, f2", (1, 10), "a float register has to stand here, not `r1`", "f0 to f31"),
        ("add r0, r1, 0", (1, 13), "an immediate of 0 cannot be encoded here", "`mov`"),
        ("fadd f0, f1, 0.0", (1, 14), "an immediate of 0 cannot be encoded here", "`mov`"),
        ("const r0, 4294967296", (1, 11), "4294967296 does not fit into 32 bits", "4294967295"),
        ("const r0, -2147483649", (1, 11), "-2147483649 does not fit into 32 bits", "-2147483648"),
        ("const r0, 0xZZ", (1, 11), "`0xZZ` is no integer", "0xFF"),
        ("const r0, r1", (1, 11), "a number has to stand here", "42"),
        ("fconst f0, abc", (1, 12), "a float has to stand here", "1.5"),
        ("load r0, r1", (1, 10), "an address has to stand here", "[r1 + 8]"),
        ("load r0, [f1]", (1, 11), "an integer register has to stand here", "r0 to r63"),
        ("load r0, [r1 * 2]", (1, 14), "unexpected character `*`", "`;`"),
        ("load r0, [r1 r2]", (1, 10), "a number has to stand here", "42"),
        ("halt r0", (1, 1), "`halt` takes 0 operands, not 1", "`halt "),
        ("const r0,", (1, 1), "a comma with nothing beside it", "`const rd, imm`"),
        ("loop: nop\nloop: nop", (2, 1), "the label `loop` stands twice", "another name"),
        ("loop: nop\njump lop", (2, 6), "there is no label `lop`", "there is `loop`"),
        ("const r0, 'ab'", (1, 11), "without its closing quote", "'a'"),
        (".raw 12", (1, 1), "`.raw` takes one number", ".raw 0x"),
    ] {
        let found = error(text);
        assert_eq!(found.0, position, "{text}: {found:?}");
        assert!(found.1.contains(message), "{text}: {found:?}");
        assert!(found.2.contains(hint), "{text}: {found:?}");
    }
}

#[test]
fn l03_columns_count_characters() {
    assert_eq!(error("nop ; é\n  nöp").0, (2, 3));
}

#[test]
fn l03_numbers_have_many_forms() {
    let same = |texts: &[&str]| {
        let first = assemble("test", texts[0]).unwrap();
        for text in texts {
            assert_eq!(assemble("test", text).as_ref(), Ok(&first), "{text}");
        }
    };
    same(&["const r0, 255", "const r0, 0xFF", "const r0, 0b1111_1111", "const r0, 2_55"]);
    same(&["const r0, -1", "const r0, 4294967295", "const r0, - 1"]);
    same(&["const r0, 97", "const r0, 'a'"]);
    same(&["fconst f0, 0.5", "fconst f0, 5e-1", "fconst f0, 5e-0_1"]);
    same(&["load r0, [r1 - 4]", "load r0,[r1-4]", "load r0, [r1 + -4]"]);
    same(&["a: b: jump b", "a:\nb:\njump a", "jump 0"]);
}

#[test]
fn l03_an_empty_text_is_an_empty_program() {
    assert_eq!(assemble("test", "").unwrap(), []);
    assert_eq!(assemble("test", "; nothing\n\nlabel:\n").unwrap(), []);
}
