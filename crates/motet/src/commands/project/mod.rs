//! The project that a command stands in: the folder with a `motet.toml`, at the current folder or above it.

pub mod build;
pub mod dependencies;
pub mod new;

use super::limits::MacroArguments;
use super::warnings::Allowed;
use super::{MISUSE, show_failure};
use clap::Args;
use motet::project::{Kind, MANIFEST, Manifest, Mode, Projects, file_of, find};
use motet_syntax::Notation;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// How a command treats the dependencies of its project.
#[derive(Args, Clone, Copy, Default)]
pub struct ProjectArguments {
    /// Fetch no dependencies: use what was fetched before
    #[arg(long)]
    offline: bool,
    /// Leave motet.lock as it is; an error if it does not fit motet.toml
    #[arg(long)]
    locked: bool,
}

/// What commands that compile programs take, without running them.
#[derive(Args)]
pub struct CompileArguments {
    #[command(flatten)]
    pub project: ProjectArguments,
    #[command(flatten)]
    pub allowed: Allowed,
    #[command(flatten)]
    pub macros: MacroArguments,
}

impl ProjectArguments {
    pub fn mode(self) -> Mode {
        Mode { offline: self.offline, locked: self.locked }
    }

    pub fn projects(self) -> Arc<Projects> {
        Projects::new(self.mode())
    }
}

/// The folder of the project that the current folder belongs to, relative to it.
pub fn here() -> Option<PathBuf> {
    let root = find(Path::new("."))?;
    let current = std::env::current_dir().and_then(|folder| folder.canonicalize()).ok()?;
    let depth = current.strip_prefix(&root).ok()?.components().count();
    Some(if depth == 0 { PathBuf::from(".") } else { vec![".."; depth].iter().collect() })
}

/// The paths that are given, or else the project that the current folder belongs to.
pub fn paths_or_project(paths: &[PathBuf]) -> Vec<PathBuf> {
    if paths.is_empty() { here().into_iter().collect() } else { paths.to_vec() }
}

/// The program that a path on the command line means: a file, or the program of the project in a folder.
pub fn program(path: &Path) -> Result<PathBuf, ExitCode> {
    let is_file = path.to_str().is_some_and(|name| Notation::of_file(name).is_some());
    if !is_file && path.is_dir() { main_of(path) } else { Ok(path.to_path_buf()) }
}

/// The program of the project that the current folder belongs to; none if it belongs to none.
pub fn program_here() -> Option<Result<PathBuf, ExitCode>> {
    Some(main_of(&here()?))
}

/// The program of the project in a folder.
pub fn main_of(folder: &Path) -> Result<PathBuf, ExitCode> {
    if !folder.join(MANIFEST).is_file() {
        return Err(misuse(&format!("the folder {} has no {MANIFEST}: `motet new` makes a project", folder.display())));
    }
    let manifest = Manifest::read(folder).map_err(|failure| show_failure(&failure))?;
    let main = file_of(&manifest, Kind::Main);
    // As people write it.
    let main = main.strip_prefix(".").map(Path::to_path_buf).unwrap_or(main);
    let other = main.with_extension("soc");
    if manifest.main.is_none() && other != main && other.is_file() {
        let (one, two) = (other.display(), main.display());
        let message =
            format!("{} has two programs, {one} and {two}: main = \"…\" below [package] names one", manifest.name);
        return Err(misuse(&message));
    }
    if main.is_file() {
        return Ok(main);
    }
    let hint = if file_of(&manifest, Kind::Lib).is_file() {
        "it is a library, which other programs import; `motet test` runs its tests"
    } else {
        "main = \"…\" below [package] names another file"
    };
    Err(misuse(&format!("{} has no program: there is no file {}; {hint}", manifest.name, main.display())))
}

pub fn misuse(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(MISUSE)
}
