//! `motet run --jit-log`.

use super::common::{Folder, motet, run};

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[test]
fn the_log_says_what_was_compiled_and_where_it_was_left() {
    let folder = Folder::new("jit-log");
    let program = "fn add(count, by) {
    mut sum = by
    for (i in 0..count) { sum += by }
    sum
}
println(add(100, 1), add(100, 1), add(100, 1.5))
";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let run = run(motet().current_dir(&*folder).args(["run", "--jit=eager", "--jit-log", "case.soc"]));
    assert_eq!((run.stdout.as_str(), run.code), ("101 101 151.5\n", Some(0)), "{}", run.stderr);
    let lines: Vec<&str> = run.stderr.lines().collect();
    let has = |start: &str, part: &str| lines.iter().any(|line| line.starts_with(start) && line.contains(part));
    assert!(has("jit: compiled add (case.soc:1)", " bytes in "), "{}", run.stderr);
    assert!(has("jit: left add (case.soc:1)", " × "), "{}", run.stderr);
    let last = lines.last().expect("there are lines");
    assert!(
        last.starts_with("jit: ") && last.contains(" compiled, ") && last.ends_with(" % of the processor time"),
        "{last}"
    );
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[test]
fn disasm_shows_the_typed_form_and_the_instructions_of_what_is_compiled() {
    let folder = Folder::new("disasm-compiled");
    let program = "fn scaled(count, by) {
    mut sum = 0.5
    for (i in 0..count) { sum += by * sum }
    sum
}
println(scaled(2000, 0.001))
fn never() { 1 }
";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let shown = |option: &str| {
        let run = run(motet().current_dir(&*folder).args(["disasm", option, "case.soc"]));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(!run.stdout.contains("never"), "it was not compiled: {}", run.stdout);
        run.stdout
    };
    std::fs::write(folder.join("short.soc"), "println(1)").expect("the build folder can be written");
    assert_eq!(
        run(motet().current_dir(&*folder).args(["disasm", "--ir", "short.soc"])).transcript(),
        "stderr:\nnote: nothing became machine code: no loop turned and no function was called often enough"
    );
    let typed = shown("--ir");
    // What the program prints is left out.
    assert!(typed.starts_with("scaled from "), "{typed}");
    for part in ["\nblock0():\n", ": float = Multiply v", " loop:\n", "    safe point or exit", "\nexit0: at "] {
        assert!(typed.contains(part), "{typed}");
    }
    let native = shown("--native");
    let multiplies = if cfg!(target_arch = "x86_64") { "mulsd" } else { "fmul" };
    for part in ["scaled from ", multiplies, "ret"] {
        assert!(native.contains(part), "{native}");
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[test]
fn options_for_machine_code_do_what_their_words_say() {
    let folder = Folder::new("jit-options");
    let program = "mut sum = 0\nfor (i in 0..2000) { sum += i }\nprintln(sum)\n";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let said = |arguments: &[&str]| run(motet().current_dir(&*folder).arg("run").args(arguments));
    assert_eq!(said(&["--jit=off", "--jit-log", "case.soc"]).transcript(), "1999000");
    assert_eq!(
        said(&["--jit", "off", "case.soc"]).transcript(),
        "stderr:\nerror: off is no program; when machine code is made stands behind an equals sign: --jit=off\nexit 2"
    );
    let limited = said(&["--machine-code", "1K", "--jit-log", "case.soc"]);
    assert_eq!(limited.stdout, "1999000\n");
    assert!(limited.stderr.contains("there may be no more than 1000 bytes"), "{}", limited.stderr);
    assert!(limited.stderr.contains("jit: 0 compiled, 1 not; "), "{}", limited.stderr);
}
