//! Dependencies by git: commits, hashes, the lock file, the cache.

use super::{Desk, shown};
use crate::common::run;
use std::process::Command;

impl Desk {
    fn git(&self, folder: &str, words: &[&str]) -> String {
        let mut command = Command::new("git");
        command.current_dir(self.folder.join(folder)).args(words);
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "a"),
            ("GIT_AUTHOR_EMAIL", "a@example.org"),
            ("GIT_COMMITTER_NAME", "a"),
            ("GIT_COMMITTER_EMAIL", "a@example.org"),
        ] {
            command.env(name, value);
        }
        let ran = run(&mut command);
        assert_eq!(ran.code, Some(0), "git {words:?}: {}", ran.transcript());
        ran.stdout.trim().to_owned()
    }

    /// Makes a repository of a folder, or one more commit in it; gives the commit.
    fn commit(&self, folder: &str) -> String {
        if !self.folder.join(folder).join(".git").exists() {
            self.git(folder, &["init", "--quiet", "--initial-branch=main"]);
        }
        self.git(folder, &["add", "--all"]);
        self.git(folder, &["commit", "--quiet", "--allow-empty", "--message", "change"]);
        self.git(folder, &["rev-parse", "HEAD"])
    }

    /// The folder in which the files of a fetched package lie.
    fn fetched(&self, name: &str) -> std::path::PathBuf {
        let all = std::fs::read_dir(self.folder.join("cache/packages")).expect("something was fetched");
        let named = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&format!("{name}-"));
        all.flatten().find(named).expect("it was fetched").path()
    }
}

fn plots() -> (Desk, String) {
    let desk = Desk::new("git");
    desk.package("plots", "", "export let version = 1\n");
    let commit = desk.commit("plots");
    desk.package("app", "", "");
    desk.write("app/src/main.soc", "import {version} from \"plots\"\nprintln(version)\n");
    (desk, commit)
}

#[test]
fn a_repository_is_fetched_once_and_stays_at_its_commit() {
    let (desk, first) = plots();
    let added = format!("added plots: ../plots, commit {}", &first[..12]);
    desk.prints("app", &["add", "plots", "--git", "../plots"], &added);
    desk.prints("app", &["run"], "1");
    let lock = desk.read("app/motet.lock");
    assert!(lock.contains(&format!("commit = \"{first}\"")) && lock.contains("hash = \"blake3:"), "{lock}");
    // A newer commit is used when it is asked for.
    desk.write("plots/src/lib.soc", "export let version = 2\n");
    let second = desk.commit("plots");
    desk.prints("app", &["run"], "1");
    // What was fetched is enough, wherever it came from has gone.
    std::fs::rename(desk.folder.join("plots"), desk.folder.join("gone")).expect("it can be moved");
    desk.prints("app", &["run", "--offline", "--locked"], "1");
    desk.prints("app", &["test", "--list"], "stderr:\nerror: no tests are found: a test is `test \"adds\" { assert_eq(1 + 1, 2) }` at the top level of a file\nexit 2");
    desk.fails("app", &["update"], &["plots cannot be used", "motet.toml:5:1"]);
    desk.prints("app", &["run"], "1");
    std::fs::rename(desk.folder.join("gone"), desk.folder.join("plots")).expect("it can be moved");
    desk.prints("app", &["update"], &format!("plots: {} -> {}", &first[..12], &second[..12]));
    desk.prints("app", &["run", "--offline"], "2");
    desk.prints("app", &["update", "plots"], "motet.lock is as it was: nothing newer is wanted");
    desk.fails("app", &["update", "plotz"], &["has no dependency plotz", "did you mean plots?"]);
    // An empty cache is filled again with the same commit.
    std::fs::remove_dir_all(desk.folder.join("cache")).expect("it is there");
    desk.fails("app", &["run", "--offline"], &["plots cannot be used: it has not been fetched", "--offline"]);
    desk.prints("app", &["run", "--locked"], "2");
}

#[test]
fn commits_tags_and_branches_are_chosen() {
    let (desk, first) = plots();
    desk.git("plots", &["tag", "--annotate", "v1", "--message", "one"]);
    desk.write("plots/src/lib.soc", "export let version = 2\n");
    desk.git("plots", &["checkout", "--quiet", "-b", "next"]);
    desk.commit("plots");
    desk.git("plots", &["checkout", "--quiet", "main"]);
    desk.write("plots/src/lib.soc", "export let version = 3\n");
    desk.commit("plots");
    for (words, expected) in [
        (&[][..], "3"),
        (&["--tag", "v1"], "1"),
        (&["--branch", "next"], "2"),
        (&["--rev", &first[..10]], "1"),
        (&["--rev", &first], "1"),
    ] {
        let all = [&["add", "plots", "--git", "../plots"], words].concat();
        assert_eq!(desk.motet("app", &all).code, Some(0), "{words:?}");
        desk.prints("app", &["run", "--locked", "--offline"], expected);
    }
    for (words, says) in [
        (&["--tag", "v2"][..], "the repository has no tag v2"),
        (&["--branch", "v1"], "the repository has no branch v1"),
        (&["--rev", "0123456789"], "the repository has no rev 0123456789"),
    ] {
        desk.fails("app", &[&["add", "plots", "--git", "../plots"], words].concat(), &[says]);
    }
}

#[test]
fn files_that_are_not_those_of_the_lock_are_not_run() {
    let (desk, _) = plots();
    assert_eq!(desk.motet("app", &["add", "plots", "--git", "../plots"]).code, Some(0));
    let folder = desk.fetched("plots");
    let kept = std::fs::read(folder.join("src/lib.soc")).expect("it is there");
    std::fs::write(folder.join("src/lib.soc"), "export let version = 666").expect("it can be written");
    let says =
        ["the files of plots are not those that motet.lock has the hash of", "remove this folder", "motet.toml:5:1"];
    for words in [&["run"][..], &["check"], &["run", "--offline"], &["src/main.soc"]] {
        desk.fails("app", words, &says);
    }
    // A file more is a change, too; also one that is a link.
    std::fs::write(folder.join("src/lib.soc"), kept).expect("it can be written");
    desk.prints("app", &["run"], "1");
    std::fs::write(folder.join("src/more.soc"), "").expect("it can be written");
    desk.fails("app", &["run"], &says);
    std::fs::remove_dir_all(&folder).expect("it is there");
    desk.prints("app", &["run", "--offline"], "1");
    // A dirty cache does not get into a new lock file.
    std::fs::write(folder.join("src/lib.soc"), "export let version = 666").expect("it can be written");
    std::fs::remove_file(desk.folder.join("app/motet.lock")).expect("it is there");
    desk.prints("app", &["run"], "1");
}

#[test]
fn a_lock_file_that_was_changed_is_refused() {
    let (desk, commit) = plots();
    assert_eq!(desk.motet("app", &["add", "plots", "--git", "../plots"]).code, Some(0));
    desk.write("plots/src/lib.soc", "export let version = 2\n");
    let second = desk.commit("plots");
    let lock = desk.read("app/motet.lock");
    let hash = lock.split("blake3:").nth(1).expect("it has a hash")[..64].to_owned();
    for (from, to, says) in [
        (hash.as_str(), "0".repeat(64), "not that of motet.lock"),
        (&commit, second, "not that of motet.lock"),
        (&commit, "0".repeat(40), "has no commit 000"),
        (&commit, "--all".into(), "is no commit"),
        ("\"plots\"", "\"../../plots\"".into(), "is no name"),
        ("version = 1", "version = 7".into(), "version 7"),
        ("[[package]]", "[[package]".into(), "motet.lock:"),
    ] {
        desk.write("app/motet.lock", &lock.replacen(from, &to, 1));
        desk.fails("app", &["run"], &[says]);
    }
    // An entry for another repository is none for this one.
    desk.write("app/motet.lock", &lock.replacen("/plots\"", "/elsewhere\"", 1));
    desk.fails("app", &["run", "--locked"], &["motet.lock does not say which commit of it is meant"]);
    desk.write("app/motet.lock", "garbage");
    assert_eq!(desk.motet("app", &["update"]).code, Some(0));
    desk.prints("app", &["run"], "2");
    // One entry too many does not fit either.
    let lock = desk.read("app/motet.lock");
    let more = format!(
        "{lock}\n[[package]]{}",
        lock.split("[[package]]").nth(1).expect("one").replace("\"plots\"", "\"plotz\"")
    );
    desk.write("app/motet.lock", &more);
    desk.fails("app", &["run", "--locked"], &["does not fit motet.toml"]);
    desk.prints("app", &["run"], "2");
    assert_eq!(desk.read("app/motet.lock"), lock);
}

#[test]
fn what_a_repository_holds_is_looked_at() {
    let (desk, _) = plots();
    desk.write("bare/notes.txt", "no package here");
    desk.commit("bare");
    desk.fails("app", &["add", "bare", "--git", "../bare"], &["has no motet.toml", "motet.toml:5:1"]);
    desk.write("none/x", "");
    desk.git("none", &["init", "--quiet", "--initial-branch=main"]);
    desk.fails("app", &["add", "none", "--git", "../none"], &["none cannot be used"]);
    desk.fails("app", &["add", "nowhere", "--git", "../nowhere"], &["nowhere cannot be used"]);
    desk.fails("app", &["add", "text", "--git", "../app/motet.toml"], &["text cannot be used"]);
    // What was fetched names neither folders nor repositories of this machine.
    for (dependency, says) in [
        ("base = { path = \"../base\" }", "there is no folder ../base"),
        ("base = { path = \"../../../base\" }", "leads out of the repository of sly"),
        ("base = { git = \"../base\" }", "may not name a repository of this machine"),
        ("base = { git = \"file:///base\" }", "may not name a repository of this machine"),
    ] {
        desk.package("base", "", "export let one = 1").package("sly", dependency, "export let one = 1");
        desk.commit("base");
        desk.commit("sly");
        desk.fails("app", &["add", "sly", "--git", "../sly"], &[says]);
    }
    // Packages of one repository may name each other.
    desk.package("sly", "inner = { path = \"inner\" }", "export {one} from \"inner\"");
    desk.write("sly/inner/motet.toml", "[package]\nname = \"inner\"\n")
        .write("sly/inner/src/lib.soc", "export let one = 7");
    desk.commit("sly");
    assert_eq!(desk.motet("app", &["add", "sly", "--git", "../sly"]).code, Some(0));
    desk.write("app/src/main.soc", "import {one} from \"sly\"\nprintln(one)\n");
    desk.prints("app", &["run"], "7");
}

#[cfg(unix)]
#[test]
fn links_and_hooks_of_a_repository_do_nothing() {
    let (desk, _) = plots();
    desk.write("secret.soc", "export let version = 42");
    let secret = desk.folder.join("secret.soc");
    std::fs::remove_file(desk.folder.join("plots/src/lib.soc")).expect("it is there");
    std::os::unix::fs::symlink(&secret, desk.folder.join("plots/src/lib.soc")).expect("links can be made");
    // A filter is a command, which only a user's own settings may name.
    desk.write("plots/.gitattributes", "*.soc filter=sly\n");
    desk.commit("plots");
    assert_eq!(desk.motet("app", &["add", "plots", "--git", "../plots"]).code, Some(0));
    let written = desk.fetched("plots").join("src/lib.soc");
    assert!(written.symlink_metadata().expect("it is there").is_file());
    assert_eq!(std::fs::read_to_string(written).expect("it is a text"), shown(&secret));
    assert_ne!(desk.motet("app", &["run"]).code, Some(0));
}

#[test]
fn two_wishes_for_one_repository_are_a_conflict() {
    let (desk, _) = plots();
    desk.git("plots", &["tag", "v1"]);
    let git = shown(&desk.folder.join("plots"));
    desk.package("middle", &format!("plots = {{ git = \"{git}\", tag = \"v1\" }}"), "export {version} from \"plots\"");
    desk.write("app/motet.toml", &format!("[package]\nname = \"app\"\n[dependencies]\nplots = {{ git = \"{git}\" }}\nmiddle = {{ path = \"../middle\" }}\n"));
    desk.fails("app", &["run"], &["plots comes from two places", "(tag v1)", "all have to want the same"]);
}

#[test]
fn without_git_this_is_said() {
    let (desk, _) = plots();
    let nowhere = desk.folder.join("nowhere");
    let ran = run(desk.command("app", &["add", "plots", "--git", "../plots"]).env("PATH", &nowhere));
    assert!(ran.stderr.contains("the command `git` is not installed") && ran.code == Some(1), "{}", ran.transcript());
    // What was fetched needs no git.
    assert_eq!(desk.motet("app", &["add", "plots", "--git", "../plots"]).code, Some(0));
    let ran = run(desk.command("app", &["run"]).env("PATH", &nowhere));
    assert_eq!(ran.transcript(), "1");
}

#[test]
fn many_processes_fetch_at_once() {
    let (desk, _) = plots();
    desk.write("app/motet.toml", "[package]\nname = \"app\"\n[dependencies]\nplots = { git = \"../plots\" }\n");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| desk.prints("app", &["run"], "1"));
        }
    });
}
