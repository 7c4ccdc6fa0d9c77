//! What bare imports mean in programs of a machine.

use crate::files::Files;
use crate::packages::{Missing, NoPackages, Package, Packages};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the embedder has said.
pub struct Chosen {
    /// Modules by the names of their packages.
    pub files: HashMap<String, PathBuf>,
    /// What all other names mean.
    pub others: Arc<dyn Packages>,
}

impl Default for Chosen {
    fn default() -> Chosen {
        Chosen { files: HashMap::new(), others: Arc::new(NoPackages) }
    }
}

impl Chosen {
    /// The packages, among these files.
    pub fn with(self, files: &dyn Files) -> Arc<dyn Packages> {
        if self.files.is_empty() {
            return self.others;
        }
        let package = |(name, file): (String, PathBuf)| {
            let entry = files.key(&file);
            let root = entry.parent().unwrap_or(Path::new("")).to_path_buf();
            let package = Package { name: name.clone(), modules: root.clone(), root, entry, is_confined: true };
            (name, package)
        };
        Arc::new(Named { packages: self.files.into_iter().map(package).collect(), others: self.others })
    }
}

struct Named {
    packages: HashMap<String, Package>,
    others: Arc<dyn Packages>,
}

impl Packages for Named {
    fn find(&self, folder: &Path, name: &str) -> Result<Package, Missing> {
        if let Some(package) = self.packages.get(name) {
            return Ok(package.clone());
        }
        self.others.find(folder, name).map_err(|missing| match missing {
            Missing::Unknown { manifest, mut known } => {
                known.extend(self.packages.keys().cloned());
                Missing::Unknown { manifest, known }
            }
            broken => broken,
        })
    }
}
