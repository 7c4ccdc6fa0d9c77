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
fn run_sends_input() {
    let text =
        Scratch::new("adder.lanes", "more: input r1\n add r9, r9, r2\n jump_if r1, more\n add r0, r9, r0\n halt\n");
    let events =
        Scratch::new("adder.events", "; kind code x y, and a process\n1 5 0 0\n1 7 0 0 1\n\n0 30 0 0 ; the last\n");
    let done = lanes(&["run", text.path(), "--count", "2", "--input", events.path()]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    let results: Vec<_> = done.out.lines().map(|line| line.rsplit("r0 = ").next().unwrap()).collect();
    assert_eq!(results, ["35", "43"]);

    // Many more events than any queue holds.
    let many = Scratch::new("many.events", &format!("{}0 0 0 0\n", "1 2 0 0\n".repeat(2_000)));
    let done = lanes(&["run", text.path(), "--input", many.path()]);
    assert!(done.out.ends_with("r0 = 4000\n"), "{}{}", done.out, done.errors);

    let few = Scratch::new("few.events", "1 2 0 0\n");
    let done = lanes(&["run", text.path(), "--count", "3", "--input", few.path()]);
    assert_eq!(done.code, 1);
    assert!(done.errors.contains("3 processes wait for input") && done.errors.contains("--input"), "{}", done.errors);

    for (wrong, says) in
        [("1 2 3\n", ":1: 3 numbers"), ("1 2 3 4\n1 x 3 4\n", ":2: `x`"), ("1 2 3 4 1\n", "no process")]
    {
        let events = Scratch::new("wrong.events", wrong);
        let done = lanes(&["run", text.path(), "--input", events.path()]);
        assert_eq!(done.code, 2);
        assert!(done.errors.contains(says), "{}", done.errors);
    }
}

#[test]
fn run_makes_a_picture_of_what_is_drawn() {
    let text = Scratch::new(
        "draw.lanes",
        "fconst f0, 1\n fconst f1, 2\n fconst f2, 3\n fconst f3, 1\n const r1, 0xFF8000FF\n emit_quad r1, f0, f2\n halt",
    );
    let done = lanes(&["run", text.path()]);
    assert_eq!(done.code, 0);
    assert!(done.errors.contains("1 rectangles were drawn; `--quads FILE.png`"), "{}", done.errors);

    let picture = Scratch::new("draw.png", "");
    let done = lanes(&["run", text.path(), "--quads", picture.path(), "--size", "6x4"]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(picture.path()).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; 6 * 4 * 3];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (6, 4));
    for (place, pixel) in pixels.chunks(3).enumerate() {
        let inside = place / 6 == 2 && (1..4).contains(&(place % 6));
        assert_eq!(pixel, if inside { [255, 128, 0] } else { [0, 0, 0] }, "at {place}");
    }
    assert_eq!(lanes(&["run", text.path(), "--size", "0x4"]).code, 2);
}

#[test]
fn run_calls_functions_of_modules() {
    let text = Scratch::new(
        "add.wat",
        "(module (func (export \"add\") (param i32 i64 f64) (result i64 f64)
            (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)) (f64.mul (local.get 2) (f64.const 2))))",
    );
    let done = lanes(&["run", text.path(), "--call", "add", "--count", "3", "--", "#", "-5", "1.25"]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    let expected = [-5, -4, -3].map(|sum| format!("add = {sum}, 2.5 after"));
    for (line, expected) in done.out.lines().zip(expected) {
        assert!(line.contains(&expected), "{line}");
    }
    assert_eq!(done.out.lines().count(), 3);
    // Where the first argument looks like none of the options, `--` may be left out.
    let done = lanes(&["run", text.path(), "--call", "add", "1", "-5", "2"]);
    assert!(done.out.contains("add = -4, 4 after"), "{}{}", done.out, done.errors);
    let wrong = [
        (&["--call", "add"][..], 2, "`add` takes 3 arguments (i32, i64, f64), not 0"),
        (&["--call", "add", "--", "1", "2", "x"], 2, "`x` is not a value of the type f64"),
        (
            &["--call", "add", "1", "2", "3", "--count", "2"],
            2,
            "not 5\nhelp: options of the run, such as `--count`, stand in front of the arguments",
        ),
        (&["--call", "sub"], 2, "exports no function `sub`; it exports `add`"),
        (&[], 2, "`--call` names one of its functions: `add`"),
    ];
    for (arguments, code, says) in wrong {
        let done = lanes(&[&["run", text.path()], arguments].concat());
        assert_eq!(done.code, code, "{arguments:?}");
        assert!(done.errors.contains(says), "{}", done.errors);
    }
}

#[test]
fn run_compiles_functions_of_modules() {
    let deep = format!("{}{}", "(block ".repeat(100), ")".repeat(100));
    let text = Scratch::new(
        "compiled.wat",
        &format!(
            "(module (func (export \"f\") (param i32) (result i32) (i32.div_u (i32.const 100) (local.get 0)))
            (func (export \"g\") (param i32) (call 1 (local.get 0))) (func (export \"h\") (param i32) {deep}))"
        ),
    );
    let run = ["run", text.path(), "--compiled", "--count", "3", "--call"];
    let done = lanes(&[&run[..], &["f", "--", "#"]].concat());
    assert_eq!((done.code, done.errors.as_str()), (1, "error: 1 processes ended by a fault\n"));
    let lines: Vec<_> = done.out.lines().collect();
    assert!(lines[0].starts_with("process 0: integer divide by zero in `f` at byte 0x"), "{}", done.out);
    assert_eq!(lines[1..], ["process 1: f = 100", "process 2: f = 50"]);
    let done = lanes(&[&run[..], &["g", "--", "1"]].concat());
    assert_eq!(done.code, 1);
    assert!(done.out.starts_with("process 0: call stack exhausted in `g` at byte 0x"), "{}", done.out);
    let done = lanes(&[&run[..], &["h", "--", "1"]].concat());
    assert_eq!(done.code, 1);
    assert!(done.errors.contains("`h` cannot be compiled: its blocks nest too deeply"), "{}", done.errors);
    assert!(done.errors.contains("\nhelp: without"), "{}", done.errors);
    assert_eq!(lanes(&[&run[..], &["f"]].concat()).code, 2);
    assert_eq!(lanes(&["run", text.path(), "--compiled"]).code, 2);
}

#[test]
fn run_says_where_a_module_trapped() {
    let text = Scratch::new(
        "trap.wat",
        "(module (func $half (param i32) (result i32) (i32.div_u (i32.const 100) (local.get 0)))
            (func (export \"f\") (param i32) (result i32) (call $half (local.get 0))))",
    );
    let done = lanes(&["run", text.path(), "--call", "f", "--count", "2", "--", "#"]);
    assert_eq!((done.code, done.errors.as_str()), (1, "error: 1 processes ended by a fault\n"));
    let lines: Vec<_> = done.out.lines().collect();
    assert!(lines[0].starts_with("process 0: integer divide by zero in `half` at byte 0x"), "{}", done.out);
    assert!(lines[1].starts_with("process 1: f = 100 after"), "{}", done.out);
    let endless = Scratch::new("endless.wat", "(module (func (export \"f\") (loop (br 0))))");
    let done = lanes(&["run", endless.path(), "--call", "f", "--fuel", "5000"]);
    assert!(done.out.starts_with("process 0: all fuel is used up in `f`"), "{}", done.out);
    assert!(done.out.ends_with("after 5000 instructions\n"), "{}", done.out);
}

#[test]
fn run_refuses_modules_by_name() {
    for (text, says) in [
        ("(module (import \"env\" \"magic\" (func)))", "unknown import `magic` from `env`"),
        ("(module (memory i64 1))", "needs 64-bit memories, which the lanes do not have"),
        ("(module (func (result i32)))", "the module is not valid: type mismatch"),
        ("(module (func (result i33)))", "wrong.wat:1:23"),
    ] {
        let text = Scratch::new("wrong.wat", text);
        let done = lanes(&["run", text.path(), "--call", "f"]);
        assert_eq!(done.code, 1);
        assert!(done.errors.contains(says), "{}", done.errors);
    }
}

/// A WASI command: writes its arguments, then what it reads, and exits with the number of bytes read.
const COMMAND: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $arguments (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func $put (param i32 i32)
        (i32.store (i32.const 32) (local.get 0)) (i32.store (i32.const 36) (local.get 1))
        (if (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 40)) (then unreachable)))
    (func (export "_start")
        (drop (call $sizes (i32.const 0) (i32.const 4)))
        (drop (call $arguments (i32.const 1000) (i32.const 2000)))
        (call $put (i32.const 2000) (i32.sub (i32.load (i32.const 4)) (i32.const 1)))
        (i32.store8 (i32.const 100) (i32.const 10))
        (call $put (i32.const 100) (i32.const 1))
        (i32.store (i32.const 32) (i32.const 3000)) (i32.store (i32.const 36) (i32.const 100))
        (drop (call $read (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 44)))
        (call $put (i32.const 3000) (i32.load (i32.const 44)))
        (call $exit (i32.load (i32.const 44)))))"#;

#[test]
fn run_runs_wasi_commands() {
    let text = Scratch::new("command.wat", COMMAND);
    let input = Scratch::new("command.txt", "a line");
    let done = lanes(&["run", text.path(), "--input", input.path(), "--count", "2", "--", "one", "two"]);
    let name = Path::new(text.path()).file_name().unwrap().to_str().unwrap();
    let mut lines: Vec<_> = done.out.lines().collect();
    lines.sort_unstable();
    let arguments = format!("{name}\0one\0two");
    assert_eq!(lines[..4], ["0: a line", &format!("0: {arguments}"), "1: a line", &format!("1: {arguments}")]);
    // In the order in which it printed them.
    assert!(done.out.find(&format!("1: {arguments}")) < done.out.find("1: a line"), "{}", done.out);
    assert!(lines[4].starts_with("process 0: exited with 6 after"), "{}", done.out);
    assert_eq!((done.code, done.errors.as_str()), (1, "error: 2 processes exited with a code other than 0\n"));
    let done = lanes(&["run", text.path()]);
    assert_eq!((done.code, done.out, done.errors), (0, format!("{name}\n"), String::new()));
}

#[test]
fn modules_print_draw_and_read_events() {
    let text = Scratch::new(
        "world.wat",
        r#"(module
            (import "motet" "print" (func $print (param i32 i32)))
            (import "motet" "print_f64" (func $number (param f64)))
            (import "motet" "quad" (func $quad (param f32 f32 f32 f32 i32)))
            (import "motet" "input" (func $input (param i32)))
            (memory 1) (data (i32.const 64) "got \n")
            (func (export "f")
                (loop
                    (call $input (i32.const 0))
                    (call $print (i32.const 64) (i32.const 5))
                    (call $number (f64.convert_i32_s (i32.load (i32.const 4))))
                    (call $quad (f32.const 0) (f32.const 0) (f32.const 2) (f32.const 1) (i32.const 0xFF0000FF))
                    (br_if 0 (i32.load (i32.const 0))))))"#,
    );
    let events = Scratch::new("world.events", "1 42 0 0\n0 -7 0 0\n");
    let picture = Scratch::new("world.png", "");
    let done = lanes(&["run", text.path(), "--call", "f", "--input", events.path(), "--quads", picture.path()]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    assert!(done.out.starts_with("got \n42\ngot \n-7\nprocess 0: f after"), "{}", done.out);
    assert!(std::fs::metadata(picture.path()).unwrap().len() > 0);
    let few = Scratch::new("few.events", "1 42 0 0\n");
    let done = lanes(&["run", text.path(), "--call", "f", "--input", few.path()]);
    assert_eq!(done.code, 1);
    assert!(done.errors.contains("1 processes wait for input"), "{}", done.errors);
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
fn top_shows_both_tiers() {
    let text = Scratch::new("tiers.wat", "(module (func (export \"f\") (loop (br 0))))");
    let run = ["top", text.path(), "--call", "f", "--seconds", "1", "--interval", "200"];
    let done = lanes(&run);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    assert!(done.out.contains("interpreted: 1 run, 0 ended; compiled: 0 run"), "{}", done.out);
    assert!(done.out.contains("\n  f: interpreted\n") && done.out.contains("modules    0  r"), "{}", done.out);
    let done = lanes(&[&run[..], &["--compiled", "--count", "5"]].concat());
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    assert!(done.out.contains("compiled: 5 run, 0 ended") && done.out.contains("\n  f: compiled\n"), "{}", done.out);
}

#[test]
fn run_runs_several_programs_side_by_side() {
    let squares = Scratch::new("squares.lanes", "mul r0, r0, r0\nservice r1, r0, 1\nhalt\n");
    let module = Scratch::new(
        "side.wat",
        "(module (func (export \"f\") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))",
    );
    let command = Scratch::new("beside.wat", COMMAND);
    let bytes = Scratch::new("side.bin", "");
    assert_eq!(lanes(&["asm", squares.path(), "--output", bytes.path()]).code, 0);
    let name = |scratch: &Scratch| Path::new(scratch.path()).file_name().unwrap().to_str().unwrap().to_owned();
    let done = lanes(&[
        "run",
        squares.path(),
        "--count",
        "3",
        "--priority",
        "2",
        "+",
        module.path(),
        "--call",
        "f",
        "--count",
        "2",
        "--",
        "#",
        "+",
        command.path(),
        "--",
        "-x",
        "+",
        bytes.path(),
    ]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""), "{}", done.out);
    let (squares, module, command, bytes) = (name(&squares), name(&module), name(&command), name(&bytes));
    let expected = [
        format!("{squares} 2: 4"),
        format!("{squares} 2: halted after 4 instructions, r0 = 4"),
        format!("{module} 1: f = 2 after"),
        format!("{command} 0: {command}\0-x"),
        format!("{bytes} 0: halted after 4 instructions, r0 = 0"),
    ];
    for expected in expected {
        assert!(done.out.contains(&expected), "{expected} in {}", done.out);
    }
    let done = lanes(&["run", &example("hello.lanes"), "+", "/nonexistent.wasm"]);
    assert_eq!(done.code, 2);
    let done = lanes(&["run", &example("hello.lanes"), "+", &example("hello.lanes"), "--cuont", "3"]);
    assert!(done.code == 2 && done.errors.contains("--cuont"), "{}", done.errors);
}

#[test]
fn fuel_memory_and_input_hold_for_compiled_programs() {
    let endless = Scratch::new("burns.wat", "(module (func (export \"f\") (loop (br 0))))");
    let done = lanes(&["run", endless.path(), "--call", "f", "--compiled", "--fuel", "5000"]);
    assert_eq!(done.code, 1);
    assert!(done.out.starts_with("process 0: all fuel is used up in `f`"), "{}", done.out);
    let grows = Scratch::new(
        "grows.wat",
        "(module (memory 1) (func (export \"f\") (result i32)
            (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size)))",
    );
    let done = lanes(&["run", grows.path(), "--call", "f", "--compiled", "--memory-limit", "2"]);
    assert_eq!((done.code, done.out.as_str()), (0, "process 0: f = 32\n"));
    let command = Scratch::new("reads.wat", COMMAND);
    let input = Scratch::new("reads.txt", "a line");
    let done = lanes(&["run", command.path(), "--compiled", "--input", input.path(), "--", "one"]);
    assert_eq!((done.code, done.errors.as_str()), (1, "error: 1 processes exited with a code other than 0\n"));
    assert!(done.out.ends_with("one\na lineprocess 0: exited with 6\n"), "{}", done.out);
    let waits = Scratch::new(
        "waits.wat",
        "(module (import \"motet\" \"input\" (func $input (param i32))) (memory 1)
            (func (export \"f\") (result i32) (call $input (i32.const 0)) (i32.load (i32.const 4))))",
    );
    let events = Scratch::new("waits.events", "1 42 0 0\n");
    let done = lanes(&["run", waits.path(), "--call", "f", "--compiled", "--input", events.path()]);
    assert_eq!((done.code, done.out.as_str()), (0, "process 0: f = 42\n"));
    let done = lanes(&["run", waits.path(), "--call", "f", "--compiled"]);
    assert!(done.code == 1 && done.errors.contains("1 processes wait for input"), "{}", done.errors);
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
