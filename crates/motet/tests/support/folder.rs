//! A folder for one case, which goes when the case is over.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// See the module.
pub struct Folder(PathBuf);

/// Folders made by this process.
static MADE: AtomicU32 = AtomicU32::new(0);

impl Folder {
    /// An empty folder; the name says whose it is if it is left behind. No other test has the same one, in this run of
    /// the tests or in one beside it.
    pub fn new(name: &str) -> Folder {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = format!("{name}-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        // Left by a process of the same number that was ended, or not there.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the build folder can be written");
        Folder(folder)
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a failing test has left locked stays: its failure is the news.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
