//! `motet test --coverage`.

use crate::common::{Folder, Run, motet, run};
use std::path::Path;

fn folder(name: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(name);
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be written");
        std::fs::write(path, text).expect("the folder can be written");
    }
    folder
}

fn test(folder: &Path, arguments: &[&str]) -> Run {
    run(motet().current_dir(folder).env("NO_COLOR", "1").arg("test").args(arguments))
}

/// The rows of the table, without the blanks between their parts.
fn rows(found: &Run) -> Vec<String> {
    let table = found.stdout.split_once("lines that were reached\n").map_or("", |(_, table)| table);
    table.lines().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The row of a file in which the comments of lines say `yes`, `no` or `part` if they are counted.
fn expected(name: &str, text: &str, mark: &str) -> String {
    let said = |line: &str| line.rsplit_once(mark).map_or(String::new(), |(_, said)| said.trim().to_owned());
    let counted: Vec<(usize, String)> =
        text.lines().map(said).enumerate().filter(|(_, said)| ["yes", "no", "part"].contains(&said.as_str())).collect();
    let reached = counted.iter().filter(|(_, said)| said == "yes").count();
    let mut left = Vec::new();
    for lines in counted.chunk_by(|(_, one), (_, next)| one == "no" && next == "no") {
        match (&lines[0], lines.last()) {
            ((at, said), _) if said == "part" => left.push(format!("part of {}", at + 1)),
            ((first, said), Some((last, _))) if said == "no" && first < last => {
                left.push(format!("{}-{}", first + 1, last + 1))
            }
            ((at, said), _) if said == "no" => left.push((at + 1).to_string()),
            _ => {}
        }
    }
    let all = counted.len();
    format!("{name} {reached} of {all} {} % {}", reached * 100 / all, left.join(", "))
}

const SOC: &str = r#"// What is reached, and what is not.
import {helper} from "./helper"

fn never() {
  1 // no
}
fn one_line() { 1 } // no
fn used(x) {
  if (x > 0) { // yes
    "positive" // yes
  } else if (x < 0) {
    "negative" // no
  } else {
    "zero" // yes
  }
}
fn arms(x) {
  match x { // yes
    0 => "none" // yes
    1 => "one" // no
    _ => do {
      let y = x // yes
      y // yes
    }
  }
}
fn short(x) { if (x) { 1 } else { 2 } } // part
let several = [1, 2].map(x => // yes
  x + 1) // yes
let long = helper( // yes
  1,
  2)
fn leaves(x) {
  try { // yes
    throw x // yes
    never() // no
  } catch (e) {
    e.message // yes
  } finally {
    several // yes
  }
}
class Box {
  new(x) { self.x = x } // yes
  get() { self.x } // no
  static make() { Box(1) } // yes
}
fn* numbers() {
  yield 1 // yes
  yield 2 // no
}
fn turns(n) {
  mut sum = 0 // yes
  for (i in 0..n) { // yes
    sum += i // yes
  }
  while (sum < 0) { // yes
    sum += 1 // no
  }
  sum // yes
}
export let exported = 1 // yes
let thread = spawn_return( // yes
  turns(3)) // yes
let parallel = parallel_map([1, 2], x => do { // yes
  let y = x * 2 // yes
  y // yes
})

// Examples are tests.
//
// ```
// used(1)   // → "positive"
// ```
fn documented() {
  1 // no
}

test "some" {
  assert_eq([used(1), used(0)], ["positive", "zero"])
  assert_eq([arms(0), arms(5), short(true)], ["none", 5, 1])
  assert_eq(leaves("x"), "x")
  assert_eq([Box.make().x, numbers().next(), turns(3)], [1, 1, 3])
  if (false) { never() }
}
test "fails, which is no matter" { assert(await thread == 4) }
"#;

const GENE: &str = r#"# The same in the other notation.
(fn never []
  1) # no
(fn sign [x]
  (if (x > 0) # yes
    "positive" # yes
   elif (x < 0)
    "negative" # no
   else
    "zero")) # no
(macro twice [e]
  `(do %e %e)) # yes
(fn uses [x]
  (twice (x .push 1)) # yes
  x) # yes
(let one (sign 1)) # yes
(test "some" (assert_eq (uses []) [1 1]))
"#;

#[test]
fn lines_are_counted_as_they_run() {
    let helper = "export fn helper(a, b) { a + b }\nexport fn other() {\n  1\n}\n";
    let unused = "fn f() {\n  1\n}\nf()\n";
    let folder = folder(
        "coverage_lines",
        &[
            ("a.soc", SOC),
            ("b.gene", GENE),
            ("helper.soc", helper),
            ("deep/unused.soc", unused),
            ("a_test.soc", "import {helper} from './helper'\nassert_eq(helper(1, 2), 3)"),
            ("broken.soc", "let x = "),
        ],
    );
    let found = test(&folder, &["--coverage"]);
    let rows = rows(&found);
    assert_eq!(rows[0], expected("a.soc", SOC, "// "), "{}", found.transcript());
    assert_eq!(rows[1], expected("b.gene", GENE, "# "), "{}", found.transcript());
    assert_eq!(rows[2], "deep/unused.soc 0 of 2 0 % 2-4", "{}", found.transcript());
    assert_eq!(rows[3], "helper.soc 1 of 2 50 % 3", "{}", found.transcript());
    assert!(rows[4].starts_with("all ") && rows.len() == 5, "{}", found.transcript());
    assert!(found.stderr.contains("note: the lines of broken.soc are not counted"), "{}", found.transcript());
}

#[test]
fn tools_get_the_form_of_lcov() {
    let program = "fn f(x) {\n  if (x) { 1 }\n  else { 2 }\n}\ntest \"f\" { f(true); f(true) }\n";
    let folder = folder("coverage_lcov", &[("a.soc", program)]);
    let expected = "TN:\nSF:a.soc\nDA:2,2\nDA:3,0\nLF:2\nLH:1\nend_of_record\n";
    let found = test(&folder, &["--coverage=lcov"]);
    assert!(!found.stdout.contains("reached") && found.code == Some(0), "{}", found.transcript());
    assert_eq!(std::fs::read_to_string(folder.join("lcov.info")).expect("it was written"), expected);
    let found = test(&folder, &["--coverage", "--lcov", "other.info", "a.soc"]);
    assert_eq!(rows(&found), ["a.soc 1 of 2 50 % 3"], "{}", found.transcript());
    assert_eq!(std::fs::read_to_string(folder.join("other.info")).expect("it was written"), expected);
    let found = test(&folder, &["--lcov", "no/such/folder"]);
    assert!(
        found.stderr.contains("no/such/folder cannot be written") && found.code == Some(1),
        "{}",
        found.transcript()
    );
    let found = test(&folder, &["--coverage", "--watch"]);
    assert_eq!(found.code, Some(2), "{}", found.transcript());
}

#[test]
fn a_file_of_one_line_is_counted() {
    let program = "fn a() { 1 } fn b() { 2 } test \"a\" { a() }";
    let folder = folder("coverage_line", &[("a.soc", &program.replace("} fn", "}; fn").replace("} test", "}; test"))]);
    let found = test(&folder, &["--coverage"]);
    assert_eq!(rows(&found), ["a.soc 0 of 1 0 % part of 1"], "{}", found.transcript());
}
