//! `motet build`: programs in one file, and what is made of files that were changed.

use super::{Desk, shown};
use crate::common::{Folder, Run, run};
use motet::bundle;
use motet::loader::Loader;
use motet_code::portable;
use motet_vm::{Limits, MainIsolate, Permissions, Settings};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Runs a built file in an empty environment, where its sources are out of reach.
fn built(file: &Path, arguments: &[&str]) -> Run {
    let elsewhere = Folder::new("projects-elsewhere");
    let mut command = Command::new(file);
    command.env_clear().env("NO_COLOR", "1").current_dir(&*elsewhere).args(arguments).stdin(Stdio::null());
    run(&mut command)
}

fn program() -> Desk {
    let desk = Desk::new("build");
    desk.package("geometry", "", "import {half} from \"./solids\"\nexport fn area(w, h) { half(2 * w * h) }\nexport fn broken(x) {\n  x.lenght\n}\n");
    desk.write("geometry/src/solids.soc", "export fn half(x) { x / 2 }\n");
    desk.package("app", "geometry = { path = \"../geometry\" }", "");
    desk.write(
        "app/src/names.gene",
        "(macro twice [x] `(do %x %x))\n(export (fn names [] [\"a\" \"b\"]))\n(export twice)",
    );
    desk.write(
        "app/src/main.soc",
        "import {area, broken} from \"geometry\"\nimport {names} from \"./names\"\nimport {join} from \"std:path\"\n\
         println(args, area(2, 3), names(), join(\"a\", \"b\"), path.stem(\"x/y.z\"), json.stringify({a: 1}))\n\
         let total = sum(parallel_map(0..4, n => area(n, 1)))\nprintln(total)\n\
         if (\"fail\" in args) { broken({length: 1}) }\nif (\"exit\" in args) { exit(7) }\ntest \"not run\" { assert(false) }\n",
    );
    desk
}

#[test]
fn a_built_program_needs_nothing_else() {
    let desk = program();
    let made = desk.motet("app", &["build"]);
    assert!(made.stdout.starts_with("target/app: ") && made.code == Some(0), "{}", made.transcript());
    let file = desk.folder.join("app/target/app");
    let moved = desk.folder.join("moved");
    std::fs::rename(&file, &moved).expect("it can be moved");
    for folder in ["app", "geometry"] {
        std::fs::remove_dir_all(desk.folder.join(folder)).expect("it is there");
    }
    // Words and options are all the program's.
    let said = built(&moved, &["--help", "run", "-e", "1"]);
    assert_eq!(said.transcript(), "[\"--help\", \"run\", \"-e\", \"1\"] 6.0 [\"a\", \"b\"] a/b y {\"a\":1}\n6.0");
    assert_eq!(built(&moved, &["exit"]).code, Some(7));
    let failed = built(&moved, &["fail"]);
    for part in [
        "NameError: Record has no field lenght",
        "--> geometry/src/lib.soc:4:3",
        "4 |   x.lenght",
        "did you mean `length`?",
        "broken at geometry/src/lib.soc:4:3",
        "top level at src/main.soc:7",
    ] {
        assert!(failed.stderr.contains(part), "wanted {part}\n{}", failed.stderr);
    }
    assert!(failed.code == Some(1) && !failed.stderr.contains(&shown(&desk.folder)), "{}", failed.stderr);
    changed_files_are_refused(&moved);
}

/// A built file that was cut off or changed says so, and runs nothing.
fn changed_files_are_refused(file: &Path) {
    let bytes = std::fs::read(file).expect("it is there");
    let folder = Folder::new("projects-changed");
    let changed = folder.join("changed");
    let run_changed = |bytes: &[u8]| {
        std::fs::write(&changed, bytes).expect("it can be written");
        std::fs::set_permissions(&changed, std::fs::metadata(file).expect("it is there").permissions())
            .expect("it is ours");
        built(&changed, &[])
    };
    for (bytes, says) in [
        (&bytes[..bytes.len() - 1], "cut off"),
        (&bytes[..bytes.len() - 200], "cut off"),
        (&[&bytes[..bytes.len() - 1], &[bytes[bytes.len() - 1] ^ 1]].concat(), "checksum does not match"),
        (
            &[&bytes[..bytes.len() - 300], &[bytes[bytes.len() - 300] ^ 16], &bytes[bytes.len() - 299..]].concat(),
            "checksum",
        ),
    ] {
        let found = run_changed(bytes);
        assert!(found.stderr.contains(says) && found.code == Some(1), "wanted {says}: {}", found.transcript());
        assert_eq!(found.stdout, "");
    }
    // Without anything missing, more behind it does not matter.
    assert_eq!(run_changed(&[&bytes[..], b"more"].concat()).code, Some(0));
}

#[test]
fn single_files_are_built_too() {
    let desk = Desk::new("build-file");
    desk.write("hello.gene", "(println \"hello\" args)").write("folder/x", "");
    assert_eq!(desk.motet(".", &["build", "hello.gene"]).code, Some(0));
    assert_eq!(built(&desk.folder.join("hello"), &["1"]).transcript(), "hello [\"1\"]");
    assert_eq!(desk.motet(".", &["build", "hello.gene", "-o", "deep/er"]).code, Some(0));
    assert_eq!(built(&desk.folder.join("deep/er"), &[]).transcript(), "hello []");
    desk.fails(".", &["build", "hello.gene", "-o", "folder"], &["folder is a folder"]);
    desk.fails(".", &["build", "hello.gene", "-o", "hello.gene"], &["no program's text any more"]);
    desk.fails(".", &["build", "hello.gene", "-o", "hello/under"], &["cannot be written"]);
    desk.fails(".", &["build"], &["which program?"]);
    desk.fails(".", &["build", "nowhere.soc"], &["nowhere.soc cannot be read"]);
    desk.write("wrong.soc", "println(lenght)");
    desk.fails(".", &["build", "wrong.soc"], &["wrong.soc:1:9"]);
    assert!(!desk.folder.join("wrong").exists());
}

/// A program that uses much of the language, packed.
fn packed() -> Vec<u8> {
    let desk = program();
    let text = "import {area} from \"./geometry/src/lib\"\nclass A { new(x = 1, ...r) { self.x = x } get y() { self.x } go(n) { n } }\nclass B < A { go(n, by = 2) { super.go(n) + n * by } }\n\
        enum E { P(v), Q }\nfn* g(n) { for (i in 0..n) { yield i } }\nasync fn f(x) { await x }\nfn typed(x: Int): Int requires x > 0 { x }\n\
        let pick = v => match (v) { E.P(w) => w, [a, ...b] => a, _ => null }\nmut n = 0\nlet up = () => do { n += 1; n }\n\
        try { throw Error(\"no\") } catch (e) { println(e.message) } finally { up() }\nprintln(pick(E.P(2.5)), [...g(3)], B(2).go(1, by: 3), 2i, r\"x\", 'v ${area(1, 2)}')\n";
    desk.write("much.soc", text);
    let mut isolate =
        MainIsolate::new(motet::natives::builtins(), Arc::new(Settings::default()), Box::new(std::io::sink()));
    isolate.set_arguments(&[]);
    let module = Loader::new(&mut isolate).load_file(&desk.folder.join("much.soc"));
    let module = module.unwrap_or_else(|failure| panic!("{}", motet::report::failure(&failure, false)));
    bundle::pack(&module, &|name| name.to_owned())
}

#[test]
fn compiled_modules_survive_being_written_and_read() {
    let bytes = packed();
    let modules = portable::read(&bytes).expect("they were just written");
    assert_eq!(portable::write(&modules, &|name| name.to_owned()), bytes, "the same again");
}

#[test]
fn bytes_that_were_changed_are_read_or_refused() {
    let bytes = packed();
    // Each beginning of it is refused, and nothing of it crashes.
    for end in 0..bytes.len() {
        let error = portable::read(&bytes[..end]).expect_err("something is missing");
        assert!(error.at <= end);
    }
    let more = [&bytes[..], &[0]].concat();
    assert!(portable::read(&more).is_err_and(|error| error.message.contains("more follows")));
    let mut version = bytes.clone();
    version[8] = 9;
    assert!(portable::read(&version).is_err_and(|error| error.message.contains("version 9")));
    let mut set = bytes.clone();
    set[9] ^= 1;
    assert!(portable::read(&set).is_err_and(|error| error.message.contains("another version of motet")));
    // Each bit and each byte of it is changed once: what is read has been verified, all else is an error.
    let (mut read, mut refused) = (0, 0);
    for at in 0..bytes.len() {
        for value in [bytes[at] ^ 1, bytes[at] ^ 0x10, bytes[at] ^ 0x80, 0xff, 0] {
            let mut changed = bytes.clone();
            changed[at] = value;
            match portable::read(&changed) {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
}

/// Code that no compiler made and that the verifier accepts may do anything but crash, or run on past its limits.
#[test]
fn what_is_read_from_changed_bytes_runs_or_fails() {
    let bytes = packed();
    let (mut ran, mut failed) = (0, 0);
    for at in (0..bytes.len()).step_by(2) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at / 2 % 8);
        let settings = Settings {
            limits: Limits {
                steps: Some(20_000),
                memory: Some(20_000_000),
                time: Some(Duration::from_millis(200)),
                output: Some(10_000),
            },
            permissions: Permissions::NONE,
            ..Settings::default()
        };
        let mut isolate = MainIsolate::new(motet::natives::builtins(), Arc::new(settings), Box::new(std::io::sink()));
        isolate.set_reporter(Arc::new(|_| {}));
        isolate.set_arguments(&[]);
        let Ok(module) = bundle::unpack(&Loader::new(&mut isolate), &changed) else { continue };
        match isolate.run_module(&module) {
            Ok(_) => ran += 1,
            Err(_) => failed += 1,
        }
    }
    assert!(ran > 100 && failed > 10, "{ran} ran, {failed} failed");
}

#[test]
fn bytes_at_random_are_refused() {
    let head: Vec<u8> = packed()[..17].to_vec();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..20_000 {
        let mut bytes = head.clone();
        for _ in 0..round % 64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bytes.push((state >> 56) as u8 & if round % 2 == 0 { 0x07 } else { 0xff });
        }
        // The one with nothing in it may be right.
        if let Ok(modules) = portable::read(&bytes) {
            assert!(modules.len() <= 1);
        }
    }
}
