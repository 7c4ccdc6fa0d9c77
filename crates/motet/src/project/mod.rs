//! Projects: a folder with a manifest (`motet.toml`), what it depends on, and the lock file that pins it (`motet.lock`).
//! The loader sees all this as [`Packages`]. It knows nothing of running programs.

mod contents;
mod edit;
mod git;
mod graph;
mod lock;
mod manifest;
mod names;
mod store;

pub use edit::{added, removed};
pub use graph::{Graph, Mode};
pub use lock::{LOCK, Locked};
pub use manifest::{Dependency, MANIFEST, Manifest, Origin, Wanted};
pub use names::{check as check_name, is_local, nearest as nearest_name};

use crate::loader::LoadError;
use crate::packages::{Missing, Package, Packages};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The folder of the project that a file or folder belongs to: the nearest above it that has a manifest.
pub fn find(start: &Path) -> Option<PathBuf> {
    let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
    let start = start.canonicalize().or_else(|_| std::path::absolute(start)).ok()?;
    start.ancestors().find(|folder| folder.join(MANIFEST).is_file()).map(Path::to_path_buf)
}

/// A file of a project: the one that the manifest names, else the usual one in either notation.
pub fn file_of(manifest: &Manifest, kind: Kind) -> PathBuf {
    let (named, usual) = match kind {
        Kind::Main => (&manifest.main, "src/main"),
        Kind::Lib => (&manifest.lib, "src/lib"),
    };
    if let Some(named) = named {
        return manifest.folder.join(named);
    }
    let gene = manifest.folder.join(format!("{usual}.gene"));
    if gene.is_file() { gene } else { manifest.folder.join(format!("{usual}.soc")) }
}

/// What a file of a project is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The program that is run.
    Main,
    /// The module that others import.
    Lib,
}

/// A path as messages show it: relative to the current folder where it lies below it.
pub(crate) fn shown(path: &Path) -> String {
    let current = std::env::current_dir().and_then(|folder| folder.canonicalize()).unwrap_or_default();
    let below = path.strip_prefix(&current).ok().filter(|below| !below.as_os_str().is_empty());
    let path = below.unwrap_or(path);
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

/// The projects that programs of this process belong to. Each is looked at when a program first imports a dependency.
#[derive(Default)]
pub struct Projects {
    mode: Mode,
    graphs: Mutex<HashMap<PathBuf, Result<Arc<Graph>, LoadError>>>,
}

impl Projects {
    pub fn new(mode: Mode) -> Arc<Projects> {
        Arc::new(Projects { mode, graphs: Mutex::default() })
    }

    /// The packages that a program in this file may import.
    pub fn of_file(self: &Arc<Projects>, file: &Path) -> Arc<dyn Packages> {
        Arc::new(OfProgram { projects: Arc::clone(self), start: Start::File(file.to_path_buf()) })
    }

    /// The packages that a program in this folder may import.
    pub fn of_folder(self: &Arc<Projects>, folder: &Path) -> Arc<dyn Packages> {
        Arc::new(OfProgram { projects: Arc::clone(self), start: Start::Folder(folder.to_path_buf()) })
    }

    /// A project with all that it depends on.
    pub fn graph(&self, root: &Path) -> Result<Arc<Graph>, LoadError> {
        let mut graphs = self.graphs.lock().unwrap_or_else(PoisonError::into_inner);
        let known = graphs.entry(root.to_path_buf());
        known.or_insert_with(|| Graph::resolve(root, self.mode, &[]).map(Arc::new)).clone()
    }
}

struct OfProgram {
    projects: Arc<Projects>,
    start: Start,
}

/// Where the project is looked for, once it is needed: most programs import no dependency.
enum Start {
    File(PathBuf),
    Folder(PathBuf),
}

impl Start {
    fn root(&self) -> Option<PathBuf> {
        match self {
            Start::Folder(folder) => find(folder),
            // A link to a program belongs where the program is.
            Start::File(file) => find(file.canonicalize().as_deref().unwrap_or(file).parent()?),
        }
    }
}

impl Packages for OfProgram {
    fn find(&self, folder: &Path, name: &str) -> Result<Package, Missing> {
        let Some(root) = self.start.root() else {
            return Err(Missing::Unknown { manifest: None, known: Vec::new() });
        };
        self.projects.graph(&root).map_err(Missing::Broken)?.find(folder, name)
    }
}
