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
