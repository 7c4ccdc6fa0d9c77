//! The commands: what they print, and how they end.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use motet_lanes::cli::run_to;

struct Done {
    code: u8,
    out: String,
    errors: String,
}

fn lanes(arguments: &[&str]) -> Done {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let all = std::iter::once("lanes").chain(arguments.iter().copied()).map(OsString::from);
    let code = run_to(all, &mut out, &mut errors);
    Done { code, out: String::from_utf8(out).unwrap(), errors: String::from_utf8(errors).unwrap() }
}

fn example(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/lanes").join(name);
    path.to_str().unwrap().to_owned()
}

/// A file that lives as long as the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("motet-lanes-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Scratch(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

#[test]
fn run_prints_what_the_program_says_and_how_it_ended() {
    let done = lanes(&["run", &example("hello.lanes")]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    assert_eq!(done.out, "Hi\nprocess 0: halted after 10 instructions, r0 = 0\n");
    let done = lanes(&["run", &example("primes.lanes")]);
    assert!(done.out.starts_with("168\nprocess 0: halted after"), "{}", done.out);
}

#[test]
fn run_gives_each_process_its_number() {
    let text = Scratch::new("square.lanes", "mul r0, r0, r0\nhalt\n");
    let done = lanes(&["run", text.path(), "--count", "100"]);
    assert_eq!(done.code, 0, "{}", done.errors);
    let expected: Vec<String> = (0..100)
        .map(|number| format!("process {number}: halted after 2 instructions, r0 = {}", number * number))
        .collect();
    assert_eq!(done.out.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn run_shows_registers() {
    let text = Scratch::new("registers.lanes", "const r3, -5\nfconst f2, 1.5\nhalt\n");
    let done = lanes(&["run", text.path(), "--registers"]);
    assert_eq!(done.out, "process 0: halted after 3 instructions, r3 = -5, f2 = 1.5\n");
}

#[test]
fn a_fault_of_the_program_is_exit_code_1() {
    let text = Scratch::new("fault.lanes", "const r0, 7\nret\n");
    let done = lanes(&["run", text.path()]);
    assert_eq!(done.code, 1);
    assert_eq!(done.out, "process 0: stack underflow after 2 instructions, r0 = 7\n");
    assert_eq!(done.errors, "error: 1 processes ended by a fault\n");

    let text = Scratch::new("endless.lanes", "again: jump again\n");
    let done = lanes(&["run", text.path(), "--timeout", "0"]);
    assert_eq!((done.code, done.errors.as_str()), (1, "error: 1 processes did not end within 0 s\n"));

    let text = Scratch::new("service.lanes", "service r0, r0, 99\nhalt\n");
    let done = lanes(&["run", text.path()]);
    assert_eq!(done.code, 1);
    assert!(done.errors.contains("asks for service 99"), "{}", done.errors);
}

#[test]
fn an_error_in_the_text_is_exit_code_1_with_its_place() {
    let text = Scratch::new("wrong.lanes", "const r0, 1\n        addd r0, r0, 1\n");
    for command in ["run", "asm"] {
        let done = lanes(&[command, text.path()]);
        assert_eq!(done.code, 1);
        let place = format!("{}:2:9", text.path());
        assert!(done.errors.contains(&place) && done.errors.contains("there is `add"), "{}", done.errors);
    }
}

#[test]
fn misuse_is_exit_code_2() {
    for arguments in [&["run"][..], &["rum"], &[], &["run", "/nonexistent.lanes"], &["run", "x", "--count", "0"]] {
        let done = lanes(arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {}", done.errors);
        assert!(!done.errors.is_empty());
    }
}

#[test]
fn a_missing_device_is_exit_code_3() {
    let done = lanes(&["run", &example("hello.lanes"), "--device", "no such device"]);
    assert_eq!(done.code, 3);
    assert!(done.errors.contains("no such device"), "{}", done.errors);
}

#[test]
fn asm_shows_and_writes_and_reads_back() {
    let text = Scratch::new("count.lanes", "const r1, 3\nagain: sub r1, r1, 1 ; down\njump_if r1, again\nhalt\n");
    let done = lanes(&["asm", text.path()]);
    let expected = "    0  01 01 00 00 03 00 00 00  const        r1, 3
L1:
    1  03 01 01 00 01 00 00 00  sub          r1, r1, 1
    2  0b 00 01 00 01 00 00 00  jump_if      r1, L1
    3  ff 00 00 00 00 00 00 00  halt
";
    assert_eq!((done.code, done.out.as_str()), (0, expected));

    let bytes = Scratch::new("count.bin", "");
    assert_eq!(lanes(&["asm", text.path(), "--output", bytes.path()]).code, 0);
    assert_eq!(std::fs::read(Path::new(bytes.path())).unwrap().len(), 32);
    let done = lanes(&["asm", "--disassemble", bytes.path()]);
    assert!(done.out.ends_with("        jump_if      r1, L1\n        halt\n"), "{}", done.out);
}

#[test]
fn top_shows_the_slots() {
    let text = Scratch::new("top.lanes", "again: add r0, r0, 1\njump again\n");
    let done = lanes(&["top", text.path(), "--count", "3", "--seconds", "1", "--interval", "200"]);
    assert_eq!(done.code, 0, "{}", done.errors);
    assert!(done.out.contains("frames/s") && done.out.contains("3 processes"), "{}", done.out);
    let last = done.out.rsplit("slot").next().unwrap();
    assert_eq!(last.lines().skip(1).count(), 3, "{}", done.out);
}

#[test]
fn the_doctor_lists_what_the_lanes_can_use() {
    let mut out = Vec::new();
    assert!(motet_lanes::doctor(&mut out).unwrap());
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("driver:") && text.contains("persistent mode:") && text.contains("loops:"), "{text}");
}

#[test]
fn help_is_no_error() {
    let done = lanes(&["run", "--help"]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    assert!(done.out.contains("--count"), "{}", done.out);
}
