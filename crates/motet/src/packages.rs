//! What bare imports lead to: `import {area} from "geometry"` names a package, `"./geometry"` a file. The loader asks for
//! packages through a trait and knows nothing of projects, manifests or where packages come from.

use crate::loader::LoadError;
use std::path::{Path, PathBuf};

/// A folder whose modules other programs import by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    /// All its files lie below this folder, as [`Files::key`](crate::Files::key) gives it.
    pub root: PathBuf,
    /// The module that its name alone means.
    pub entry: PathBuf,
    /// Where `name/part` is looked for.
    pub modules: PathBuf,
    /// Its modules may import only what lies below its root. Else it is the user's own.
    pub is_confined: bool,
}

/// Why a bare import leads nowhere.
#[derive(Debug)]
pub enum Missing {
    /// There is no such package here.
    Unknown {
        /// The manifest of the project that would have to name it, as messages show it; none: there is no project.
        manifest: Option<String>,
        /// The packages that the importer may name.
        known: Vec<String>,
    },
    /// There is, and something is wrong with it.
    Broken(LoadError),
}

/// Finds packages.
pub trait Packages: Send + Sync {
    /// What a module in this folder means by the name of a package.
    fn find(&self, folder: &Path, name: &str) -> Result<Package, Missing>;
}

/// For programs that belong to no project.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPackages;

impl Packages for NoPackages {
    fn find(&self, _: &Path, _: &str) -> Result<Package, Missing> {
        Err(Missing::Unknown { manifest: None, known: Vec::new() })
    }
}

/// Whether an import names a file, not a package: `./m`, `../m`, or a full path.
pub fn is_path(import: &str) -> bool {
    let first = import.split('/').next().unwrap_or_default();
    first == "." || first == ".." || Path::new(import).is_absolute() || import.starts_with('/')
}

/// The name of the package and the module within it that a bare import means; none if it can mean no module.
pub fn split(import: &str) -> Option<(&str, Option<&str>)> {
    let (name, part) = match import.split_once('/') {
        Some((name, part)) => (name, Some(part)),
        None => (import, None),
    };
    let is_plain = |word: &str| !matches!(word, "" | "." | "..") && !word.contains(['\\', ':', '\0']);
    import.split('/').all(is_plain).then_some((name, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_with_a_dot_or_at_the_root() {
        for path in ["./a", "../a", "..", ".", "/a/b.soc"] {
            assert!(is_path(path), "{path}");
        }
        for name in ["a", "a/b", ".hidden/a", "...", "a/../b", ""] {
            assert!(!is_path(name), "{name}");
        }
    }

    #[test]
    fn packages_have_modules() {
        assert_eq!(split("geometry"), Some(("geometry", None)));
        assert_eq!(split("geometry/solids/cube"), Some(("geometry", Some("solids/cube"))));
        for wrong in ["", "a/", "a//b", "a/../../b", "a/./b", "a\\b", "c:/a", "a/b\0"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
