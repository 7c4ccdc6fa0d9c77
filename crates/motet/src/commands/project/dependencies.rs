//! `motet add`, `motet remove` and `motet update`.

use super::{ProjectArguments, here, misuse};
use crate::commands::sources::replace;
use crate::commands::{PROGRAM_ERROR, show, show_failure};
use clap::Args;
use motet::project::{
    Graph, LOCK, Locked, MANIFEST, Manifest, Mode, Origin, Wanted, added, check_name, is_local, removed,
};
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub struct AddArguments {
    /// What programs import it by: the name in its motet.toml
    name: String,
    /// The folder of the dependency
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["git", "rev", "tag", "branch"])]
    path: Option<PathBuf>,
    /// The repository of the dependency
    #[arg(long, value_name = "URL", allow_hyphen_values = true)]
    git: Option<String>,
    /// A commit of the repository
    #[arg(long, value_name = "COMMIT", requires = "git", conflicts_with_all = ["tag", "branch"])]
    rev: Option<String>,
    /// A tag of the repository
    #[arg(long, requires = "git", conflicts_with = "branch")]
    tag: Option<String>,
    /// A branch of the repository, whose newest commit is used
    #[arg(long, requires = "git")]
    branch: Option<String>,
    #[command(flatten)]
    project: ProjectArguments,
}

#[derive(Args)]
pub struct RemoveArguments {
    /// Names of dependencies
    #[arg(required = true)]
    names: Vec<String>,
}

#[derive(Args)]
pub struct UpdateArguments {
    /// Names of dependencies; none: all
    names: Vec<String>,
}

type Done = Result<String, ExitCode>;

pub fn add(arguments: &AddArguments) -> ExitCode {
    finish(add_to(arguments))
}

pub fn remove(arguments: &RemoveArguments) -> ExitCode {
    finish(remove_from(arguments))
}

pub fn update(arguments: &UpdateArguments) -> ExitCode {
    finish(update_all(arguments))
}

fn finish(done: Done) -> ExitCode {
    match done {
        Ok(text) => {
            // Who reads may stop early.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(code) => code,
    }
}

/// The folder of the project to change.
fn project() -> Result<PathBuf, ExitCode> {
    here().ok_or_else(|| misuse(&format!("there is no {MANIFEST} here or above; `motet new` makes a project")))
}

fn add_to(arguments: &AddArguments) -> Done {
    let root = project()?;
    let name = &arguments.name;
    check_name(name).map_err(|why| misuse(&format!("{name:?} cannot be the name of a dependency: {why}")))?;
    let origin = match (&arguments.path, &arguments.git) {
        (Some(path), _) => Origin::Path(seen_from(&root, path)),
        (None, Some(url)) => {
            let wanted = match (&arguments.rev, &arguments.tag, &arguments.branch) {
                (Some(rev), _, _) => Wanted::Commit(rev.clone()),
                (None, Some(tag), _) => Wanted::Tag(tag.clone()),
                (None, None, Some(branch)) => Wanted::Branch(branch.clone()),
                (None, None, None) => Wanted::Newest,
            };
            let url = if is_local(url) { seen_from(&root, Path::new(url)) } else { url.clone() };
            Origin::Git { url, wanted }
        }
        (None, None) => return Err(misuse("where does it come from? --path FOLDER or --git URL")),
    };
    let text = read(&root)?;
    let changed = added(&text, name, &origin).map_err(|error| misuse(&error))?;
    let graph = change(&root, &text, &changed, arguments.project.mode(), std::slice::from_ref(name))?;
    let commit =
        graph.locked().iter().find(|locked| locked.name == *name).map(|locked| format!(", commit {}", short(locked)));
    Ok(format!("added {name}: {origin}{}\n", commit.unwrap_or_default()))
}

fn remove_from(arguments: &RemoveArguments) -> Done {
    let root = project()?;
    let text = read(&root)?;
    let mut changed = text.clone();
    for name in &arguments.names {
        let Some(without) = removed(&changed, name).map_err(|error| misuse(&error))? else {
            let known = Manifest::read(&root).map_err(|failure| show_failure(&failure))?;
            let names = known.dependencies.iter().map(|dependency| dependency.name.as_str());
            let near = motet_syntax::suggest(name, names);
            let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(misuse(&format!("there is no dependency {name}{hint}")));
        };
        changed = without;
    }
    change(&root, &text, &changed, Mode::default(), &[])?;
    Ok(arguments.names.iter().map(|name| format!("removed {name}\n")).collect())
}

fn update_all(arguments: &UpdateArguments) -> Done {
    let root = project()?;
    let manifest = Manifest::read(&root).map_err(|failure| show_failure(&failure))?;
    let all = ["*".to_owned()];
    let renewed = if arguments.names.is_empty() { &all[..] } else { &arguments.names[..] };
    // What is changed may be unreadable: then all is made anew.
    let before = Graph::resolve(&root, Mode { locked: true, offline: true }, &[]);
    let before: Vec<Locked> = before.map(|graph| graph.locked().to_vec()).unwrap_or_default();
    let graph = Graph::resolve(&root, Mode::default(), renewed).map_err(|failure| show_failure(&failure))?;
    if let Some(unknown) = arguments.names.iter().find(|name| !graph.packages().any(|package| package.name == **name)) {
        let near = motet_syntax::suggest(unknown, graph.packages().map(|package| package.name.as_str()));
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        return Err(misuse(&format!("{} has no dependency {unknown}{hint}", manifest.name)));
    }
    let mut text = String::new();
    for locked in graph.locked() {
        let old = before.iter().find(|old| old.name == locked.name);
        match old {
            Some(old) if old.commit == locked.commit => {}
            Some(old) => text.push_str(&format!("{}: {} -> {}\n", locked.name, short(old), short(locked))),
            None => text.push_str(&format!("{}: {}\n", locked.name, short(locked))),
        }
    }
    Ok(if text.is_empty() { format!("{LOCK} is as it was: nothing newer is wanted\n") } else { text })
}

fn short(locked: &Locked) -> &str {
    locked.commit.get(..12).unwrap_or(&locked.commit)
}

fn read(root: &Path) -> Result<String, ExitCode> {
    // What is wrong with it is told with its place.
    Manifest::read(root).map_err(|failure| show_failure(&failure))?;
    let path = root.join(MANIFEST);
    std::fs::read_to_string(&path).map_err(|error| {
        show(&format!("error: {} cannot be read: {error}\n", path.display()));
        ExitCode::from(PROGRAM_ERROR)
    })
}

/// Writes a manifest, and follows its dependencies. If this fails, the manifest is as it was.
fn change(root: &Path, text: &str, changed: &str, mode: Mode, renewed: &[String]) -> Result<Graph, ExitCode> {
    let path = root.join(MANIFEST);
    let write = |text: &str| {
        replace(&path, text).map_err(|error| {
            show(&format!("error: {} cannot be written: {error}\n", path.display()));
            ExitCode::from(PROGRAM_ERROR)
        })
    };
    write(changed)?;
    Graph::resolve(root, mode, renewed).map_err(|failure| {
        let code = show_failure(&failure);
        match write(text) {
            Ok(()) => code,
            Err(code) => code,
        }
    })
}

/// A path on the command line as the manifest writes it: relative to its folder, unless it is a full path.
fn seen_from(root: &Path, path: &Path) -> String {
    if path.is_absolute() {
        return path.display().to_string();
    }
    let full = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or(path.to_path_buf());
    let (root, path) = (full(root), full(path));
    let (mut from, mut to) = (root.components().peekable(), path.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let ups = from.map(|_| "..".to_owned());
    let downs = to.map(|part| match part {
        Component::Normal(name) => name.to_string_lossy().into_owned(),
        other => other.as_os_str().to_string_lossy().into_owned(),
    });
    let words: Vec<String> = ups.chain(downs).collect();
    match words.first().map(String::as_str) {
        None => ".".into(),
        Some("..") => words.join("/"),
        Some(_) => format!("./{}", words.join("/")),
    }
}
