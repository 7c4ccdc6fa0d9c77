//! Projects: `motet new`, manifests, dependencies by path and by git, lock files, what imports mean.

#[path = "projects/building.rs"]
mod building;
mod common;
#[path = "projects/dependencies.rs"]
mod dependencies;
#[path = "projects/pages.rs"]
mod pages;
#[path = "projects/repositories.rs"]
mod repositories;

use common::{Folder, Run, motet, run};
use std::path::Path;
use std::process::Command;

/// A folder in which projects lie beside each other, with a cache of its own.
struct Desk {
    folder: Folder,
}

impl Desk {
    fn new(name: &str) -> Desk {
        Desk { folder: Folder::new(&format!("projects-{name}")) }
    }

    fn write(&self, name: &str, text: &str) -> &Desk {
        let path = self.folder.join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("the folder can be written");
        std::fs::write(path, text).expect("the folder can be written");
        self
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A package of a manifest with these dependencies, and a module.
    fn package(&self, name: &str, dependencies: &str, module: &str) -> &Desk {
        let manifest = format!("[package]\nname = \"{name}\"\n\n[dependencies]\n{dependencies}");
        self.write(&format!("{name}/motet.toml"), &manifest).write(&format!("{name}/src/lib.soc"), module)
    }

    fn command(&self, folder: &str, words: &[&str]) -> Command {
        let mut command = motet();
        command.current_dir(self.folder.join(folder)).env("MOTET_CACHE", self.folder.join("cache")).args(words);
        command
    }

    /// What `motet` does in one of the folders.
    fn motet(&self, folder: &str, words: &[&str]) -> Run {
        run(&mut self.command(folder, words))
    }

    fn prints(&self, folder: &str, words: &[&str], expected: &str) {
        let found = self.motet(folder, words).transcript();
        assert_eq!(found, expected, "motet {}", words.join(" "));
    }

    /// A command fails, and says all of this.
    fn fails(&self, folder: &str, words: &[&str], says: &[&str]) {
        let found = self.motet(folder, words);
        let transcript = found.transcript();
        assert!(matches!(found.code, Some(1 | 2)), "motet {}: {transcript}", words.join(" "));
        for part in says {
            assert!(transcript.contains(part), "motet {}\nwanted: {part}\nfound: {transcript}", words.join(" "));
        }
    }
}

#[test]
fn a_new_project_runs_and_passes_its_tests() {
    for (options, ending) in [(vec![], "soc"), (vec!["--gene"], "gene")] {
        let desk = Desk::new("new");
        let made = desk.motet(".", &[&["new", "weather"], &options[..]].concat());
        assert!(made.code == Some(0) && made.stdout.contains("cd weather\n  motet run"), "{}", made.transcript());
        desk.prints("weather", &["run"], "Hello, world!");
        desk.prints("weather", &["run", ".", "Ada"], "Hello, Ada!");
        desk.prints(".", &["run", "weather", "Ada"], "Hello, Ada!");
        desk.prints("weather/src", &["run"], "Hello, world!");
        desk.prints("weather", &[&format!("examples/greet_all.{ending}")], "Hello, Ada!\nHello, Grace!\nHello, Alan!");
        for folder in ["weather", "weather/tests"] {
            let tested = desk.motet(folder, &["test"]);
            assert!(tested.stdout.contains("\n2 passed in") && tested.code == Some(0), "{}", tested.transcript());
            desk.prints(folder, &["check"], "");
            desk.prints(folder, &["fmt", "--check"], "");
        }
        assert_eq!(desk.read("weather/.gitignore"), "/target/\n");
        assert!(desk.read("weather/README.md").contains("`motet run`"));
    }
}

#[test]
fn a_new_library_is_tested_and_imported_by_its_name() {
    for (options, ending) in [(vec!["--lib"], "soc"), (vec!["--lib", "--gene"], "gene")] {
        let desk = Desk::new("lib");
        assert_eq!(desk.motet(".", &[&["new", "hello"], &options[..]].concat()).code, Some(0));
        let tested = desk.motet("hello", &["test"]);
        assert!(tested.stdout.contains("\n2 passed in"), "{}", tested.transcript());
        let reached = desk.motet("hello", &["test", "--coverage"]).transcript();
        assert!(reached.contains("lines that were reached") && !reached.contains("not counted"), "{reached}");
        desk.prints("hello", &["fmt", "--check"], "");
        desk.prints("hello", &[&format!("examples/greet_all.{ending}")], "Hello, Ada!\nHello, Grace!\nHello, Alan!");
        desk.fails("hello", &["run"], &["hello has no program", "it is a library", "motet test"]);
    }
}

#[test]
fn odd_names_are_refused_with_one_that_would_do() {
    let desk = Desk::new("names");
    for (name, says) in [
        ("a b", "--name a-b would do"),
        ("größe", "--name groesse would do"),
        ("2d", "begins with a letter"),
        ("-x", "unexpected argument"),
        ("漢字", "letters from a to z"),
        ("std", "`std:`"),
        ("nul", "device"),
        ("/", "has no name"),
        ("", "a value is required"),
    ] {
        desk.fails(".", &["new", name], &[says]);
        assert!(name.is_empty() || name == "/" || !desk.folder.join(name).exists(), "{name} was made");
    }
    // Words of the language are names like others.
    for name in ["if", "JSON", "a_b-c"] {
        assert_eq!(desk.motet(".", &["new", name]).code, Some(0), "{name}");
        desk.prints(name, &["run"], "Hello, world!");
    }
    assert_eq!(desk.motet(".", &["new", "größe", "--name", "groesse"]).code, Some(0));
    desk.prints("größe", &["run"], "Hello, world!");
    let full = desk.folder.join("deep/full");
    assert_eq!(desk.motet(".", &["new", &full.display().to_string()]).code, Some(0));
    desk.prints("deep/full", &["run"], "Hello, world!");
}

#[test]
fn a_new_project_writes_over_nothing() {
    let desk = Desk::new("existing");
    desk.write("here/notes.txt", "mine");
    assert_eq!(desk.motet("here", &["new", "."]).code, Some(0));
    assert!(desk.read("here/motet.toml").contains("name = \"here\""));
    desk.fails("here", &["new", "."], &["motet.toml is there already", "writes over nothing"]);
    desk.write("other/src/main.soc", "println(1)");
    desk.fails(".", &["new", "other"], &["other/src/main.soc is there already"]);
    assert!(!desk.folder.join("other/motet.toml").exists() && desk.read("other/src/main.soc") == "println(1)");
    desk.write("file", "");
    desk.fails(".", &["new", "file"], &["file is a file"]);
    desk.fails(".", &["new", "file/inside"], &["cannot be written"]);
}

#[test]
fn manifests_that_are_wrong_are_shown_with_their_line() {
    let desk = Desk::new("manifest");
    desk.write("p/src/main.soc", "println(1)");
    desk.write("p/motet.toml", "[package]\nname = \"p\"\nmian = \"a.soc\"\n");
    let expected = "stderr:\nerror: [package] has no mian\n --> motet.toml:3:1\n  |\n3 | mian = \"a.soc\"\n  | ^^^^\n  |\n  = help: did you mean `main`?\nexit 1";
    desk.prints("p", &["run"], expected);
    desk.write("p/motet.toml", "[package\n");
    desk.fails("p", &["run"], &["motet.toml:1:9", "this is not TOML"]);
    desk.write("p/motet.toml", "[package]\nname = \"p\"\nmain = \"../../etc/passwd\"\n");
    desk.fails("p", &["run"], &["motet.toml:3:8", "below the folder"]);
    desk.write("p/motet.toml", "[package]\nname = \"p\"\nmain = \"src/app.soc\"\n");
    desk.fails("p", &["run"], &["there is no file src/app.soc", "main ="]);
    desk.fails("p/src", &["run"], &["there is no file ../src/app.soc"]);
    std::fs::write(desk.folder.join("p/motet.toml"), [0xff, 0xfe, 0]).expect("the folder can be written");
    desk.fails("p", &["run"], &["motet.toml cannot be read"]);
    // A program that imports no dependency does not look at it.
    desk.prints("p", &["src/main.soc"], "1");
}

#[test]
fn commands_outside_of_a_project_say_so() {
    let desk = Desk::new("outside");
    for words in [&["add", "x", "--path", "y"][..], &["remove", "x"], &["update"]] {
        desk.fails(".", words, &["there is no motet.toml here or above", "motet new"]);
    }
    desk.fails(".", &["check"], &["which files?"]);
    desk.fails(".", &["run", "."], &["has no motet.toml"]);
}

#[test]
fn what_bare_imports_mean_is_said() {
    let desk = Desk::new("bare");
    desk.write("lib/area.soc", "export let one = 1");
    desk.write("a.soc", "import {one} from \"lib/area\"\nprintln(one)");
    desk.fails(
        ".",
        &["a.soc"],
        &["there is no dependency lib", "help: a file is written with its way: \"./lib/area\""],
    );
    desk.write("a.gene", "(import one from \"lib/area\")\n(println one)");
    desk.fails(".", &["a.gene"], &["a file is written with its way: \"./lib/area\""]);
    desk.write("b.soc", "import {one} from \"area\"");
    desk.fails(".", &["b.soc"], &["a file is written \"./area\"", "`motet new`", "`motet add area`"]);
    desk.package("p", "geometry = { path = \"../geometry\" }", "export let two = 2");
    desk.package("geometry", "", "export let one = 1");
    desk.write("p/b.soc", "import {one} from \"area\"");
    desk.fails("p", &["b.soc"], &["motet.toml names no such dependency", "`motet add area --path FOLDER`"]);
    desk.write("p/c.soc", "import {one} from \"geometri\"");
    desk.fails("p", &["c.soc"], &["did you mean `geometry`?"]);
    desk.write("p/d.soc", "import {join} from \"path\"");
    desk.fails("p", &["d.soc"], &["what is built in needs no import: `path`"]);
    for wrong in ["geometry/../../a", "geometry//a", "geometry/", "geometry/.."] {
        desk.write("p/e.soc", &format!("import {{one}} from \"{wrong}\""));
        desk.fails("p", &["e.soc"], &["names no module"]);
    }
    desk.write("p/f.soc", "import {one} from \"geometry/solids\"");
    desk.fails("p", &["f.soc"], &["geometry has no module solids", "src/solids.soc or .gene"]);
    desk.fails("p", &["run", "--sandbox", "f.soc"], &["may not read other files"]);
}

/// A path as a program prints it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn a_project_with_two_programs_says_so() {
    let desk = Desk::new("two-programs");
    desk.write("app/motet.toml", "[package]\nname = \"app\"\n");
    desk.write("app/src/main.soc", "println(1)").write("app/src/main.gene", "(println 2)");
    for words in [&["run"][..], &["build"], &["run", "."]] {
        desk.fails("app", words, &["app has two programs, src/main.soc and src/main.gene", "main = "]);
    }
    desk.write("app/motet.toml", "[package]\nname = \"app\"\nmain = \"src/main.gene\"\n");
    desk.prints("app", &["run"], "2");
}

/// Manifests and lock files that are no texts: each is said with its name, none is waited for or read without end.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused() {
    let desk = Desk::new("no-files");
    desk.package("app", "geometry = { path = \"../geometry\" }\n", "").package("geometry", "", "export let one = 1");
    desk.write("app/src/main.soc", "import {one} from \"geometry\"\nprintln(one)\n");
    desk.prints("app", &["run"], "1");
    let lock = desk.folder.join("app/motet.lock");
    let pipe = |path: &Path| {
        let made = Command::new("mkfifo").arg(path).status().expect("mkfifo is there");
        assert!(made.success());
    };
    pipe(&lock);
    desk.fails("app", &["run"], &["motet.lock cannot be read: it is no file"]);
    std::fs::remove_file(&lock).expect("it was just made");
    std::os::unix::fs::symlink("/dev/zero", &lock).expect("links can be made");
    desk.fails("app", &["run"], &["motet.lock cannot be read: it is no file"]);
    std::fs::remove_file(&lock).expect("it was just made");
    std::fs::create_dir(&lock).expect("the folder can be written");
    desk.fails("app", &["run"], &["motet.lock cannot be read"]);
    std::fs::remove_dir(&lock).expect("it was just made");
    std::fs::write(&lock, [0xff, 0xfe, 0]).expect("the folder can be written");
    desk.fails("app", &["run"], &["motet.lock cannot be read"]);
    std::fs::remove_file(&lock).expect("it was just made");
    let manifest = desk.folder.join("geometry/motet.toml");
    std::fs::remove_file(&manifest).expect("it is there");
    pipe(&manifest);
    desk.fails("app", &["run"], &["the folder ../geometry has no motet.toml", "motet.toml:5:1"]);
    std::fs::remove_file(&manifest).expect("it was just made");
    desk.write("geometry/motet.toml", "");
    desk.fails("app", &["run"], &["the manifest has no [package]", "geometry/motet.toml:1:1", "write [package]"]);
}
