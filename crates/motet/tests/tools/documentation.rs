//! `motet doc`, `help`, completions and the page for `man`.

use crate::common::{Folder, Run, motet, run};
use std::path::Path;

const GEOMETRY: &str = "// Shapes.

// Area of a rectangle. Negative sides count as none.
//
// ```
// area(2, 3)      // → 6
// ```
export fn area(w, h = 1) { max([w, 0]) * max([h, 0]) }

// A circle.
export class Circle {
  radius: Number
  new(radius) { self.radius = radius }
  // How far it is around.
  length() { 2 * pi * self.radius }
}
fn hidden() { 1 }
";

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    std::fs::write(folder.join("geometry.soc"), GEOMETRY).expect("the folder can be written");
    folder
}

fn of(folder: &Path, arguments: &[&str]) -> Run {
    run(motet().current_dir(folder).env("NO_COLOR", "1").args(arguments))
}

#[test]
fn builtins_and_modules_are_shown_by_name() {
    let folder = folder("doc_builtins");
    let found = of(&folder, &["doc", "map"]);
    assert!(found.stdout.starts_with("map(f, collection)  (function and method)\n  "), "{}", found.transcript());
    let found = of(&folder, &["doc", "math.sqrt"]);
    assert!(found.stdout.starts_with("math.sqrt("), "{}", found.transcript());
    let found = of(&folder, &["doc", "path"]);
    assert!(found.stdout.contains("\n  join("), "{}", found.transcript());
    let found = of(&folder, &["doc", "filtr"]);
    assert_eq!(
        (found.stderr.as_str(), found.code),
        ("error: there is no builtin named filtr; did you mean filter?\n", Some(2))
    );
    let found = of(&folder, &["doc"]);
    assert!(found.stdout.contains("\n  math "), "{}", found.transcript());
}

#[test]
fn files_are_shown_with_their_comments() {
    let folder = folder("doc_files");
    let found = of(&folder, &["doc", "geometry.soc"]);
    let expected = "geometry.soc
  Shapes.

fn area(w, h = 1)
  Area of a rectangle. Negative sides count as none.

  ```
  area(2, 3)      // → 6
  ```

class Circle
  A circle.
    radius: Number
    new(radius)
    length()                       How far it is around.
";
    assert_eq!(found.stdout, expected, "{}", found.transcript());
    let found = of(&folder, &["doc", "geometry.soc", "length"]);
    assert_eq!(found.stdout, "length()\n  How far it is around.\n  geometry.soc:15:3\n", "{}", found.transcript());
    let found = of(&folder, &["doc", "geometry.soc", "aera"]);
    assert_eq!(found.stderr, "error: geometry.soc defines no aera; did you mean area?\n");
    let found = of(&folder, &["doc", "missing.soc"]);
    assert!(found.stderr.starts_with("error: cannot read missing.soc: "), "{}", found.transcript());
}

#[test]
fn a_page_for_a_browser_has_everything() {
    let folder = folder("doc_html");
    let found = of(&folder, &["doc", "--html", "api", "geometry.soc"]);
    assert_eq!((found.stdout.as_str(), found.code), ("api/index.html\n", Some(0)), "{}", found.transcript());
    let page = std::fs::read_to_string(folder.join("api/index.html")).expect("the page was written");
    for part in
        ["<code>fn area(w, h = 1)</code>", "<p>A circle.</p>", "<code>math.sqrt(", "id=\"geometry-soc\"", "</html>"]
    {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn help_tells_what_a_value_is() {
    let folder = folder("help");
    let program = "\
import {area, Circle} from './geometry'
// What it costs.
class Price {
  cents: Int
  // In whole units.
  get units() { self.cents / 100 }
  static nothing() { Price(0) }
}
class Offer < Price { new(cents) { super(cents); self.until = null } }
// A colour, or a mix of two.
enum Color { Red, Mix(one, other) }
help(area); help(Circle); help(sqrt); help(map); help(Price); help(Offer); help(Color); help(Color.Mix); help(math); help(json)
";
    std::fs::write(folder.join("p.soc"), program).expect("the folder can be written");
    let found = of(&folder, &["p.soc"]);
    for part in [
        "area(w, h = …)\n  Area of a rectangle.",
        "  geometry.soc:8:8\n",
        "class Circle\n  A circle.\n\n  Circle(radius)\n",
        "  length()                       How far it is around.\n  fields: radius: Number\n  geometry.soc:",
        "class Price\n  What it costs.\n\n  Price(cents = …)\n  get units                      In whole units.\n  static nothing()\n  fields: cents: Int\n  p.soc:3:1\n",
        "class Offer < Price\n  Offer(cents)\n  fields: cents: Int\n",
        "enum Color\n  A colour, or a mix of two.\n\n  Red\n  Mix(one, other)\n  p.soc:11:1\n",
        "Mix(one, other)\n  a case of the enum Color\n",
        "math: functions and constants\n  abs(",
        "\n  pi                                       ",
        "json: JSON, strictly as RFC 8259 has it. Objects are records.",
        "math.sqrt(x)\n  ",
        "map(f, collection)\n  ",
    ] {
        assert!(found.stdout.contains(part), "{part}: {}", found.transcript());
    }
}

#[test]
fn examples_in_comments_are_tests() {
    let folder = folder("doc_examples");
    let found = of(&folder, &["test", "-v"]);
    assert!(found.stdout.contains("example of area"), "{}", found.transcript());
    assert_eq!(found.code, Some(0), "{}", found.transcript());
    std::fs::write(folder.join("geometry.soc"), GEOMETRY.replace("→ 6", "→ 7")).expect("the folder can be written");
    let found = of(&folder, &["test"]);
    assert_eq!(found.code, Some(1), "{}", found.transcript());
    // The place is that of the example in the file.
    assert!(
        found.stdout.contains("geometry.soc:6:4") || found.stderr.contains("geometry.soc:6:4"),
        "{}",
        found.transcript()
    );
}

#[test]
fn shells_and_man_are_told_of_every_subcommand() {
    let folder = folder("completions");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let found = of(&folder, &["completions", shell]);
        for word in ["check", "fmt", "test", "doc", "max-memory"] {
            assert!(found.stdout.contains(word), "{shell} is not told of {word}");
        }
    }
    let found = of(&folder, &["man"]);
    for word in ["motet", "check", "fmt", "test", "doc"] {
        assert!(found.stdout.contains(word), "{}", found.transcript());
    }
}
