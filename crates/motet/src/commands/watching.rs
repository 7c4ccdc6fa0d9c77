//! Noticing that files are saved: which files a program was read from, and how they are now.
//!
//! Files are looked at instead of asking the system for events: it costs a few calls for each file, and works on every
//! system and every kind of disk.

use motet::{Disk, Files};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// When a file was written last, and its size; none if it is not there.
pub type State = Option<(SystemTime, u64)>;

pub fn state(path: &Path) -> State {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// How often files are looked at: a save is noticed within this time.
pub const PERIOD: Duration = Duration::from_millis(20);

/// Between two looks at files that are being saved.
const PAUSE: Duration = Duration::from_millis(5);
/// Looks at files that change all the time.
const MOST_LOOKS: u32 = 20;

/// Waits until files that are being saved are whole: until they look the same twice. Many editors empty a file first.
pub fn settle<'a>(paths: impl Iterator<Item = &'a Path> + Clone) {
    let look = || paths.clone().map(state).collect::<Vec<State>>();
    let mut last = look();
    for _ in 0..MOST_LOOKS {
        std::thread::sleep(PAUSE);
        let now = look();
        if now == last {
            return;
        }
        last = now;
    }
}

/// A file that was read, and how it was just before: a save in the meantime is seen. Or one that was looked for, and is not
/// there.
pub type Read = (PathBuf, State);

/// The files of the system; notes which are read.
#[derive(Default)]
pub struct Recorded {
    read: Mutex<Vec<Read>>,
}

impl Recorded {
    fn note(&self, path: &Path, state: State) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).push((path.to_path_buf(), state));
    }

    /// What was read since the last call.
    pub fn take(&self) -> Vec<Read> {
        std::mem::take(&mut *self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Files for Recorded {
    fn key(&self, path: &Path) -> PathBuf {
        Disk.key(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        let is_file = Disk.is_file(path);
        if !is_file && state(path).is_none() {
            // If it is made later, it is what an import means.
            self.note(path, None);
        }
        is_file
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.note(path, state(path));
        Disk.read(path)
    }
}
