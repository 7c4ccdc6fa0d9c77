//! What the pages about projects say is what happens: their commands are run, one after the other, and their files written.
//! And what the archive of a release installs.

use super::Desk;
use crate::common::{difference, is_as_expected, root, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a command of a page as a user types it.
fn typed(desk: &Desk, folder: &Path, line: &str, path: &Path) -> String {
    let mut shell = Command::new("sh");
    let others = std::env::var("PATH").unwrap_or_default();
    shell.current_dir(folder).args(["-c", &format!("{line} 2>&1")]).env("NO_COLOR", "1");
    shell.env("PATH", format!("{}:{others}", path.display())).env("MOTET_CACHE", desk.folder.join("cache"));
    run(&mut shell).stdout
}

/// Follows a page: blocks that are marked as `console` hold commands and what they print, others with a path a file.
fn follow(page: &str, wanted: &str, path: &Path) {
    let desk = Desk::new("page");
    let mut folder: PathBuf = desk.folder.to_path_buf();
    let mut commands = 0;
    let mut blocks = page.split("```");
    while let (Some(_), Some(block)) = (blocks.next(), blocks.next()) {
        let (info, text) = block.split_once('\n').unwrap_or((block, ""));
        if let Some((_, name)) = info.split_once(' ').filter(|(kind, _)| matches!(*kind, "soc" | "gene")) {
            desk.write(name, text);
        }
        if info != wanted {
            continue;
        }
        for entry in format!("\n{text}").split("\n$ ").skip(1) {
            let (line, expected) = entry.split_once('\n').unwrap_or((entry, ""));
            if let Some(to) = line.strip_prefix("cd ") {
                folder.push(to);
                continue;
            }
            let found = typed(&desk, &folder, line, path);
            assert!(
                is_as_expected(expected, &found),
                "$ {line}\n{}",
                difference(expected.trim_end(), found.trim_end())
            );
            commands += 1;
        }
    }
    assert!(commands >= 4, "the page has lost its commands");
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).expect("the page is there")
}

/// The folder of the command under test.
fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_motet")).parent().expect("it lies in a folder").to_path_buf()
}

#[test]
fn the_page_about_projects_is_true() {
    follow(&page("docs/projects.md"), "console", &own_folder());
}

#[test]
fn the_first_page_is_true() {
    follow(&page("README.md"), "console hello", &own_folder());
}

/// The archive of a release installs a command with which the first page is true, and all that belongs to it.
#[cfg(target_os = "linux")]
#[test]
fn an_archive_installs_the_command() {
    let desk = Desk::new("archive");
    let mut release = Command::new(root().join("scripts/release"));
    release.args(["--command", env!("CARGO_BIN_EXE_motet"), "--output"]).arg(&*desk.folder);
    let made = run(&mut release);
    assert_eq!(made.code, Some(0), "{}", made.transcript());
    let archive = made.stdout.split(':').next().expect("it says where").to_owned();
    let unpacked = run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&*desk.folder));
    assert_eq!(unpacked.transcript(), "");
    let inside = archive.strip_suffix(".tar.gz").expect("it is an archive");
    let prefix = desk.folder.join("prefix with blanks");
    // No toolchain and no home: the archive is enough.
    let mut install = Command::new(format!("{inside}/install.sh"));
    install.env_clear().env("PATH", "/usr/bin:/bin").arg("--prefix").arg(&prefix);
    let installed = run(&mut install);
    assert!(
        installed.code == Some(0) && installed.stdout.contains("is not on your path yet"),
        "{}",
        installed.transcript()
    );
    for (name, says) in [
        ("share/bash-completion/completions/motet", "build"),
        ("share/zsh/site-functions/_motet", "build"),
        ("share/fish/vendor_completions.d/motet.fish", "build"),
        ("share/man/man1/motet.1", "build"),
        ("share/doc/motet/LICENSE-MIT", "Permission is hereby granted"),
        ("share/doc/motet/LICENSE-APACHE", "Apache License"),
        ("share/doc/motet/DEPENDENCIES", "toml_edit"),
    ] {
        let text = std::fs::read_to_string(prefix.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.contains(says), "{name} does not say {says}");
    }
    let read = |name: &str| std::fs::read_to_string(prefix.join(name)).expect("it was just read");
    let (words, manual) = (read("share/bash-completion/completions/motet"), read("share/man/man1/motet.1"));
    for command in ["new", "add", "remove", "update", "build", "run", "test", "bench"] {
        assert!(words.contains(&format!("motet,{command})")), "bash is told nothing of {command}");
        assert!(manual.contains(&format!("motet\\-{command}(1)")), "the manual says nothing of {command}");
    }
    follow(&page("README.md"), "console hello", &prefix.join("bin"));
}
