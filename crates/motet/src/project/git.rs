//! Repositories, through the command `git`. What it is asked to fetch may have been written by a stranger: addresses and
//! names were looked at before (`names`), nothing that a repository holds is run, and it writes no links.

use super::manifest::Wanted;
use super::names::is_hexadecimal;
use std::path::Path;
use std::process::{Command, Stdio};

/// The ways to a repository that git may take.
const PROTOCOLS: &str = "https:ssh:http:git:file";

/// Makes a repository that holds what will be fetched.
pub fn create(repository: &Path) -> Result<(), String> {
    run(git(None).args(["init", "--quiet", "--bare", "--template="]).arg("--").arg(repository)).map(drop)
}

/// Fetches all branches and tags, and what a clone begins with.
pub fn fetch(repository: &Path, url: &str) -> Result<(), String> {
    let references = ["+HEAD:refs/motet/newest", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
    let mut command = git(Some(repository));
    command.args([
        "fetch",
        "--quiet",
        "--force",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-write-fetch-head",
        "--",
    ]);
    run(command.arg(url).args(references)).map(drop)
}

/// The commit that is wanted, as the repository knows it.
pub fn commit_of(repository: &Path, wanted: &Wanted) -> Option<String> {
    let reference = match wanted {
        Wanted::Newest => "refs/motet/newest".to_owned(),
        Wanted::Branch(name) => format!("refs/heads/{name}"),
        Wanted::Tag(name) => format!("refs/tags/{name}"),
        Wanted::Commit(name) => name.clone(),
    };
    let mut command = git(Some(repository));
    command.args(["rev-parse", "--quiet", "--verify", "--end-of-options"]).arg(format!("{reference}^{{commit}}"));
    let commit = run(&mut command).ok()?.trim().to_owned();
    is_commit(&commit).then_some(commit)
}

/// A commit by its whole name.
pub fn is_commit(text: &str) -> bool {
    is_hexadecimal(text) && matches!(text.len(), 40 | 64)
}

/// Writes the files of a commit into a folder, which is there and empty. Links become files that hold where they lead.
pub fn write_files(repository: &Path, commit: &str, folder: &Path) -> Result<(), String> {
    let index = folder.with_extension("index");
    let mut command = git(Some(repository));
    // The user's own settings would change what is written.
    command.env("GIT_CONFIG_GLOBAL", folder.with_extension("none")).env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("GIT_INDEX_FILE", &index).arg("--work-tree").arg(folder);
    for setting in ["core.symlinks=false", "core.autocrlf=false", "core.eol=lf"] {
        command.args(["-c", setting]);
    }
    let written = run(command.args(["checkout", "--quiet", "--force", "--no-recurse-submodules", commit, "--", "."]));
    // It is of no use any more.
    let _ = std::fs::remove_file(index);
    written.map(drop)
}

fn git(repository: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    for name in
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"]
    {
        command.env_remove(name);
    }
    // Nothing waits for a password that no one types.
    command.env("GIT_ALLOW_PROTOCOL", PROTOCOLS).env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    if std::env::var_os("GIT_SSH_COMMAND").is_none() && std::env::var_os("GIT_SSH").is_none() {
        command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
    }
    if let Some(repository) = repository {
        command.arg("--git-dir").arg(repository);
    }
    for setting in ["core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.ext.allow=never"] {
        command.args(["-c", setting]);
    }
    command.stdin(Stdio::null());
    command
}

/// What the command prints, or what it says is wrong.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "the command `git` is not installed".to_owned(),
        _ => format!("`git` cannot be run: {error}"),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(4).collect();
    Err(if lines.is_empty() { format!("git ended with {}", output.status) } else { lines.join("; ") })
}
