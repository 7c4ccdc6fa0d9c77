//! Where modules are read from: the disk, texts in memory, or an editor's buffers above either.

use std::collections::HashMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Where programs and what they import are read from. See [`VmBuilder::files`](crate::VmBuilder::files).
pub trait Files: Send + Sync {
    /// What tells this file from all others: each is loaded once, by whatever path it is named.
    fn key(&self, path: &Path) -> PathBuf;

    /// Whether there is a file at this path.
    fn is_file(&self, path: &Path) -> bool;

    /// All bytes of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// The files of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn key(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

/// Texts by their paths, in place of the files of the same paths, or of all files.
///
/// ```
/// use motet::{Buffers, Vm};
///
/// let files = Buffers::in_memory();
/// files.set("lib/area.soc", "export fn area(w, h) { w * h }");
/// files.set("main.soc", "import {area} from './lib/area'; export let result = area(6, 7)");
/// let permissions = motet::Permissions { read_files: true, ..motet::Permissions::NONE };
/// let vm = Vm::builder().files(files).permissions(permissions).build();
/// assert_eq!(vm.load_file("main.soc")?.get("result")?.to::<i64>()?, 42);
/// # Ok::<(), motet::Error>(())
/// ```
#[derive(Default)]
pub struct Buffers {
    texts: RwLock<HashMap<PathBuf, Arc<str>>>,
    /// Where files without a text are read; none: there are no others.
    below: Option<Box<dyn Files>>,
}

impl Buffers {
    /// Texts that are all the files there are.
    pub fn in_memory() -> Buffers {
        Buffers::default()
    }

    /// Texts that go before other files: what an editor has not saved yet.
    pub fn above(files: impl Files + 'static) -> Buffers {
        Buffers { texts: RwLock::default(), below: Some(Box::new(files)) }
    }

    /// The text at this path from now on.
    pub fn set(&self, path: impl AsRef<Path>, text: impl Into<Arc<str>>) {
        let key = self.key(path.as_ref());
        self.texts.write().unwrap_or_else(PoisonError::into_inner).insert(key, text.into());
    }

    /// No text at this path from now on: the file below it is seen again.
    pub fn remove(&self, path: impl AsRef<Path>) {
        let key = self.key(path.as_ref());
        self.texts.write().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    fn text(&self, path: &Path) -> Option<Arc<str>> {
        let key = self.key(path);
        self.texts.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }
}

impl Files for Buffers {
    fn key(&self, path: &Path) -> PathBuf {
        match &self.below {
            // A text may have a path at which there is no file yet.
            Some(files) if files.is_file(path) => files.key(path),
            _ => plain(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.text(path).is_some() || self.below.as_ref().is_some_and(|files| files.is_file(path))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(text) = self.text(path) {
            return Ok(text.as_bytes().to_vec());
        }
        match &self.below {
            Some(files) => files.read(path),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
        }
    }
}

/// A path without `.` and `..`, as far as its words say.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            component => plain.push(component),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_key() {
        let files = Buffers::in_memory();
        files.set("a/b.soc", "1");
        for path in ["a/b.soc", "./a/b.soc", "a/./b.soc", "x/../a/b.soc"] {
            assert_eq!(files.key(Path::new(path)), Path::new("a/b.soc"), "{path}");
            assert!(files.is_file(Path::new(path)), "{path}");
        }
        assert_eq!(files.key(Path::new("../up.soc")), Path::new("../up.soc"));
        assert!(files.read(Path::new("b.soc")).is_err());
    }

    #[test]
    fn buffers_go_before_what_is_below() {
        let below = Buffers::in_memory();
        below.set("a.soc", "saved");
        below.set("b.soc", "other");
        let files = Buffers::above(below);
        files.set("./a.soc", "edited");
        assert_eq!(files.read(Path::new("a.soc")).expect("it is there"), b"edited");
        assert_eq!(files.read(Path::new("b.soc")).expect("it is there"), b"other");
        files.remove("a.soc");
        assert_eq!(files.read(Path::new("a.soc")).expect("it is there"), b"saved");
    }
}
