//! Dependencies by path.

use super::{Desk, shown};

fn two() -> Desk {
    let desk = Desk::new("path");
    desk.package("geometry", "", "import {half} from \"./solids\"\nexport fn area(w, h) { half(2 * w * h) }\n");
    desk.write("geometry/src/solids.soc", "export fn half(x) { x / 2 }\nexport fn volume(a) { a ^ 3 }\n");
    desk.write("geometry/src/more/flat.gene", "(export (fn flat [] \"flat\"))\n");
    desk.package("app", "", "");
    desk.write("app/src/main.soc", "import {area} from \"geometry\"\nimport {volume} from \"geometry/solids\"\nimport {flat} from \"geometry/more/flat\"\nprintln(area(2, 3), volume(2), flat())\n");
    desk
}

#[test]
fn a_dependency_is_added_imported_and_removed() {
    let desk = two();
    desk.prints("app/src", &["add", "geometry", "--path", "../../geometry"], "added geometry: the folder ../geometry");
    assert!(desk.read("app/motet.toml").ends_with("[dependencies]\ngeometry = { path = \"../geometry\" }\n"));
    desk.prints("app", &["run"], "6.0 8 flat");
    // Paths are no news for a lock file.
    assert!(!desk.folder.join("app/motet.lock").exists());
    desk.prints("app", &["check"], "");
    desk.prints("app", &["run", "--locked", "--offline"], "6.0 8 flat");
    desk.write(
        "app/a.gene",
        "(import area from \"geometry\")\n(import * as app from \"app\")\n(println (area 1 2) app)",
    );
    desk.prints("app", &["a.gene"], "2.0 {}");
    desk.prints("app", &["eval", "import {area} from 'geometry'; area(1, 1)"], "1.0");
    desk.prints("app", &["-e", "import {area} from 'geometry'; println(area(1, 1))"], "1.0");
    let documented = desk.motet("app", &["doc", "geometry", "area"]);
    assert!(documented.stdout.starts_with("fn area(w, h)"), "{}", documented.transcript());
    desk.write(
        "app/tests/area_test.soc",
        "import {area} from \"geometry\"\ntest \"area\" { assert_eq(area(1, 1), 1.0) }",
    );
    assert!(desk.motet("app", &["test"]).stdout.contains("1 passed in"));
    assert!(desk.motet(".", &["test", "app/tests"]).stdout.contains("1 passed in"));
    desk.prints("app", &["remove", "geometry"], "removed geometry");
    desk.fails("app", &["run"], &["there is no dependency geometry", "src/main.soc:1:20"]);
    desk.fails("app", &["remove", "geometry"], &["there is no dependency geometry"]);
}

#[test]
fn what_cannot_be_added_leaves_the_manifest_as_it_was() {
    let desk = two();
    let before = desk.read("app/motet.toml");
    desk.write("file.soc", "1").write("empty/x", "").package("named", "", "");
    desk.write("wrong/motet.toml", "[package]\nname = 1\n");
    for (words, says) in [
        (&["add", "nowhere", "--path", "../nowhere"][..], &["there is no folder", "motet.toml:5:1"][..]),
        (&["add", "file", "--path", "../file.soc"], &["is a file, not a package"]),
        (&["add", "empty", "--path", "../empty"], &["has no motet.toml", "motet new --lib empty"]),
        (&["add", "other", "--path", "../named"], &["is named named, not other", "write named = …"]),
        (&["add", "wrong", "--path", "../wrong"], &["wrong/motet.toml:2:8", "name is a text"]),
        (&["add", "app", "--path", "."], &["app depends on itself"]),
        (&["add", "a b", "--path", "../geometry"], &["cannot be the name"]),
        (&["add", "geometry"], &["where does it come from? --path FOLDER or --git URL"]),
        (&["add", "geometry", "--path", "../geometry", "--git", "x"], &["cannot be used with"]),
        (&["add", "geometry", "--path", "../geometry", "--tag", "x"], &["cannot be used with"]),
        (&["add", "geometry", "--git", "ext::sh -c 'touch pwned'"], &["is no git repository"]),
        (&["add", "geometry", "--git", "--upload-pack=touch pwned"], &["is no git repository"]),
        (&["add", "geometry", "--git", "https://h.org/x", "--rev", "--all"], &[]),
    ] {
        desk.fails("app", words, says);
        assert_eq!(desk.read("app/motet.toml"), before, "{words:?}");
    }
    assert!(!desk.folder.join("app/pwned").exists());
}

#[test]
fn dependencies_of_dependencies_are_their_own() {
    let desk = Desk::new("transitive");
    desk.package("base", "", "export let one = 1");
    desk.package("middle", "base = { path = \"../base\" }", "import {one} from \"base\"\nexport let two = one + 1");
    desk.package("top", "middle = { path = \"../middle\" }", "");
    desk.write("top/src/main.soc", "import {two} from \"middle\"\nprintln(two)");
    desk.prints("top", &["run"], "2");
    // What a project does not name itself it cannot import.
    desk.write("top/a.soc", "import {one} from \"base\"");
    desk.fails("top", &["a.soc"], &["there is no dependency base"]);
}

#[test]
fn two_sources_of_one_name_and_cycles_are_errors() {
    let desk = Desk::new("conflict");
    desk.package("base", "", "export let one = 1");
    desk.write("other/base/motet.toml", "[package]\nname = \"base\"\n")
        .write("other/base/src/lib.soc", "export let one = 2");
    desk.package("middle", "base = { path = \"../other/base\" }", "export {one} from \"base\"");
    desk.package("top", "base = { path = \"../base\" }\nmiddle = { path = \"../middle\" }", "");
    desk.write("top/src/main.soc", "import {one} from \"middle\"\nprintln(one)");
    let (base, says) = (shown(&desk.folder.join("base")), "base comes from two places");
    desk.fails(
        "top",
        &["run"],
        &[says, "middle/motet.toml:5:1", "motet.toml wants the folder", &base, "../other/base"],
    );

    desk.package("base", "top = { path = \"../top\" }", "export let one = 1");
    desk.package("middle", "base = { path = \"../base\" }", "export {one} from \"base\"");
    desk.fails("top", &["run"], &["packages depend on each other in a cycle", "top -> base -> top"]);
    desk.package("a", "b = { path = \"../b\" }", "").package("b", "c = { path = \"../c\" }", "");
    desk.package("c", "b = { path = \"../b\" }", "");
    desk.write("a/src/main.soc", "import * as b from \"b\"");
    desk.fails("a", &["run"], &["the cycle: b -> c -> b"]);
}

#[test]
fn long_chains_of_packages_end() {
    let desk = Desk::new("chain");
    for number in 0..120 {
        let next = number + 1;
        desk.package(&format!("p{number}"), &format!("p{next} = {{ path = \"../p{next}\" }}"), "");
    }
    desk.write("p0/src/main.soc", "import * as next from \"p1\"");
    desk.fails("p0", &["run"], &["more than 100 deep"]);
}

#[test]
fn a_dependency_reads_nothing_outside_of_its_folder() {
    let desk = Desk::new("confined");
    desk.write("secret.soc", "export let secret = 42");
    desk.package("sly", "", "");
    desk.package("app", "sly = { path = \"../sly\" }", "");
    desk.write("app/src/main.soc", "import {secret} from \"sly\"\nprintln(secret)");
    let full = shown(&desk.folder.join("secret.soc"));
    for way in ["../../secret", &full, "./../../secret.soc", "../../app/src/main"] {
        desk.write("sly/src/lib.soc", &format!("import {{secret}} from \"{way}\"\nexport {{secret}}"));
        desk.fails(
            "app",
            &["run"],
            &["sly may only import its own files", "leads out of its folder", "sly/src/lib.soc:1"],
        );
    }
    // Its own files are its own, wherever they lie in its folder.
    desk.write("sly/secret.soc", "export let secret = 1");
    desk.write("sly/src/lib.soc", "import {secret} from \"../secret\"\nexport {secret}");
    desk.prints("app", &["run"], "1");
    #[cfg(unix)]
    {
        let link = |from: &str, to: &str| {
            let _ = std::fs::remove_file(desk.folder.join(to));
            std::os::unix::fs::symlink(desk.folder.join(from), desk.folder.join(to)).expect("links can be made");
        };
        link("secret.soc", "sly/src/linked.soc");
        desk.write("sly/src/lib.soc", "import {secret} from \"./linked\"\nexport {secret}");
        desk.fails("app", &["run"], &["sly may only import its own files"]);
        desk.write("app/src/main.soc", "import {secret} from \"sly/linked\"\nprintln(secret)");
        desk.fails("app", &["run"], &["sly/linked is a link that leads out of the folder of sly"]);
        link("secret.soc", "sly/src/lib.soc");
        desk.write("app/src/main.soc", "import {secret} from \"sly\"\nprintln(secret)");
        desk.fails("app", &["run"], &["leads out of the folder of sly"]);
        // A link to the package itself is the package.
        link("sly", "linked");
        std::fs::remove_file(desk.folder.join("sly/src/lib.soc")).expect("it is there");
        desk.write("sly/src/lib.soc", "export let secret = 3");
        desk.package("app", "sly = { path = \"../linked\" }", "");
        desk.prints("app", &["run"], "3");
    }
}

#[test]
fn the_user_s_own_modules_go_where_they_want() {
    let desk = Desk::new("own");
    desk.write("shared.soc", "export let x = 5").package("app", "", "");
    desk.write("app/src/main.soc", "import {x} from \"../../shared\"\nprintln(x)");
    desk.prints("app", &["run"], "5");
}
