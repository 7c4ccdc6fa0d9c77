//! `motet bench`.

use crate::common::{Folder, Run, motet, run};
use std::path::Path;

const SOC: &str = "let xs = list(0..100)
bench \"sums\" { sum(xs) }
bench \"sorts\" { sort(xs, descending: true) }
println(\"ran\")
";

fn folder(name: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(name);
    for (path, text) in files {
        std::fs::write(folder.join(path), text).expect("the folder can be written");
    }
    folder
}

fn bench(folder: &Path, arguments: &[&str]) -> Run {
    // Long enough for some samples: what they say is not looked at.
    run(motet().current_dir(folder).env("NO_COLOR", "1").args(["bench", "--time", "0.02"]).args(arguments))
}

fn results(found: &Run) -> Vec<serde_json::Value> {
    let document: serde_json::Value = serde_json::from_str(&found.stdout).expect("it is JSON");
    document["benches"].as_array().expect("there is a list").clone()
}

#[test]
fn benchmarks_of_both_notations_are_found_and_measured() {
    let gene = "(let xs [1 2])\n(bench \"awaits\" (await (async (len xs))))\n(test \"no benchmark\" (assert false))\n";
    let folder = folder("bench_found", &[("a.soc", SOC), ("b.gene", gene), ("c.soc", "throw 'it has none'")]);
    let listed = bench(&folder, &["--list"]);
    assert_eq!(listed.stdout, "a.soc: sums\na.soc: sorts\nb.gene: awaits\n", "{}", listed.transcript());
    let found = bench(&folder, &[]);
    let lines: Vec<&str> = found.stdout.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[3]), (5, "a.soc", "b.gene"), "{}", found.transcript());
    assert!(
        lines[1].starts_with("  sums ") && lines[1].contains(" ± ") && lines[1].contains(" samples"),
        "{}",
        lines[1]
    );
    assert_eq!(found.code, Some(0));
    let found = bench(&folder, &["--json", "-k", "s", "a.soc"]);
    let benches = results(&found);
    let names: Vec<&str> = benches.iter().filter_map(|bench| bench["name"].as_str()).collect();
    assert_eq!(names, ["sums", "sorts"]);
    for bench in &benches {
        let samples = bench["samples"].as_array().expect("there are samples");
        assert!(samples.len() >= 5 && bench["passes"].as_u64() >= Some(1), "{bench}");
        let number = |key: &str| bench[key].as_f64().expect("it is a number");
        let quartiles: Vec<f64> =
            bench["quartiles"].as_array().expect("two").iter().filter_map(|of| of.as_f64()).collect();
        assert!(quartiles[0] <= number("median") && number("median") <= quartiles[1], "{bench}");
        assert!(number("median") > 0.0 && number("spread") >= 0.0, "{bench}");
    }
}

#[test]
fn passes_are_as_many_as_are_said() {
    // What it counts is printed by a task that the benchmark does not wait for: its output is not shown, so it is written.
    let program = "mut n = 0\nbench \"counts\" { n += 1; write_file(\"passes\", str(n)) }\n";
    let folder = folder("bench_passes", &[("a.soc", program)]);
    let found = bench(&folder, &["--json"]);
    let all = &results(&found)[0];
    let told = all["passes"].as_u64().expect("a number") * all["samples"].as_array().expect("a list").len() as u64;
    let ran: u64 = std::fs::read_to_string(folder.join("passes")).expect("it was written").parse().expect("a number");
    assert!(ran > told && told > 0, "{ran} {told}: those of the warm-up are not told");
}

#[test]
fn results_are_kept_and_compared() {
    let folder = folder("bench_compared", &[("a.soc", SOC)]);
    assert_eq!(bench(&folder, &["--save", "before.json", "-k", "sums"]).code, Some(0));
    let text = std::fs::read_to_string(folder.join("before.json")).expect("it was written");
    let mut saved: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    // A thousand times as fast and as slow as it is: no noise does that.
    for (factor, change, code) in [(0.001, "slower", 1), (1000.0, "faster", 0)] {
        let mut scaled = saved.clone();
        for sample in scaled["benches"][0]["samples"].as_array_mut().expect("a list") {
            *sample = (sample.as_f64().expect("a number") * factor).into();
        }
        std::fs::write(folder.join("scaled.json"), scaled.to_string()).expect("the folder can be written");
        let found = bench(&folder, &["--compare", "scaled.json", "--max-slowdown", "10"]);
        let line = |name: &str| found.stdout.lines().find(|line| line.contains(name)).expect("it is told");
        assert!(line("sums").contains(&format!(" % {change} (was ")), "{}", found.transcript());
        assert!(line("sorts").ends_with("   new"), "{}", found.transcript());
        assert_eq!(found.code, Some(code), "{}", found.transcript());
        let found = bench(&folder, &["--compare", "scaled.json", "--json", "-k", "sums"]);
        assert_eq!(results(&found)[0]["change"], change);
    }
    // As it is: samples as far apart as the time they take are noise in any case.
    let samples = saved["benches"][0]["samples"].as_array_mut().expect("a list");
    let median = samples[0].as_f64().expect("a number");
    *samples = vec![(median / 100.0).into(), median.into(), (median * 100.0).into()];
    std::fs::write(folder.join("loud.json"), saved.to_string()).expect("the folder can be written");
    let found = bench(&folder, &["--compare", "loud.json", "--json", "-k", "sums"]);
    assert_eq!(results(&found)[0]["change"], "none");
}

#[test]
fn what_is_wrong_is_said() {
    let files = [
        ("a.soc", "bench \"fails\" { throw \"on purpose\" }\nbench \"goes on\" { 1 }\n"),
        ("b.soc", "bench \"never\" { 1 }\nthrow \"at once\"\n"),
        ("c.soc", "bench \"never\" { nope }\n"),
        ("d.soc", "bench \"leaves a task\" { async do { throw \"late\" } }\n"),
        ("none.soc", "let x = 1\n"),
    ];
    let folder = folder("bench_wrong", &files);
    for (file, message) in [
        ("a.soc", "FAILED a.soc: fails\nerror: Error: on purpose\n"),
        ("b.soc", "CANNOT RUN b.soc\nerror: Error: at once\n"),
        ("c.soc", "unknown name `nope`"),
        ("d.soc", "error: Error: late\n"),
    ] {
        let found = bench(&folder, &[file]);
        assert!(found.stderr.contains(message) && found.code == Some(1), "{file}: {}", found.transcript());
    }
    assert!(bench(&folder, &["a.soc"]).stdout.contains("  goes on "), "the others are measured");
    for (arguments, message) in [
        (&["none.soc", "-k", "x"][..], "error: no benchmark has a name like that\n"),
        (&["none.soc"], "at the top level of a file\n"),
        (&["nowhere.soc"], "error: nowhere.soc: no such file\n"),
        (&["--compare", "none.soc"], "error: none.soc holds no results of motet bench\n"),
    ] {
        let found = bench(&folder, arguments);
        assert!(found.stderr.ends_with(message) && found.code == Some(2), "{arguments:?}: {}", found.transcript());
    }
}

#[test]
fn a_run_skips_benchmarks_and_says_so_of_a_file_of_nothing_else() {
    let folder = folder("bench_run", &[("a.soc", SOC), ("b.gene", "(bench \"only\" (throw \"never\"))\n")]);
    assert_eq!(run(motet().current_dir(&*folder).arg("a.soc")).transcript(), "ran");
    let found = run(motet().current_dir(&*folder).arg("b.gene"));
    assert!(
        found.stderr.contains("warning[only-tests]") && found.stderr.contains("benchmarks"),
        "{}",
        found.transcript()
    );
    assert_eq!(found.code, Some(0));
}

#[test]
fn tools_know_benchmarks() {
    let folder = folder("bench_tools", &[("a.soc", "bench   \"b\"{let x=1 // one\nx}\n")]);
    assert_eq!(run(motet().current_dir(&*folder).args(["fmt", "a.soc"])).transcript(), "");
    let text = std::fs::read_to_string(folder.join("a.soc")).expect("it is there");
    assert_eq!(text, "bench \"b\" {\n  let x = 1 // one\n  x\n}\n");
    let gene = run(motet().current_dir(&*folder).args(["convert", "a.soc", "-o", "a.gene"]));
    assert_eq!(gene.transcript(), "");
    let back = run(motet().current_dir(&*folder).args(["convert", "a.gene"]));
    assert!(back.stdout.starts_with("bench \"b\" {"), "{}", back.transcript());
    assert_eq!(bench(&folder, &["--list"]).stdout, "a.gene: b\na.soc: b\n");
}
