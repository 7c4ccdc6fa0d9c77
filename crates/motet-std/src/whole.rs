//! All bytes of a file. Of a large one, some threads read parts side by side: most of the time goes into memory that the system
//! has to clear, and each core clears its own.

use crate::access::{MAX_BYTES, failure, too_large};
use motet_vm::operation::OperationError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// All bytes of a file; a file without an end is not read for ever.
pub(crate) fn read_all(place: &Path, path: &str) -> std::result::Result<Vec<u8>, OperationError> {
    let read = || {
        let file = File::open(place)?;
        let size = file.metadata().map_or(0, |about| about.len());
        read_file(file, usize::try_from(size).unwrap_or(usize::MAX))
    };
    let bytes = read().map_err(|error| failure("read", path, &error))?;
    if bytes.len() > MAX_BYTES { Err(too_large(path)) } else { Ok(bytes) }
}

/// All bytes of a file that had a size, but not many more than are allowed.
fn read_file(mut file: File, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = match in_parts(&file, size) {
        Some(bytes) => {
            file.seek(SeekFrom::Start(bytes.len() as u64))?;
            bytes
        }
        None => Vec::with_capacity(size.min(MAX_BYTES) + 1),
    };
    // The rest: all of a small file, and what was written to a large one meanwhile.
    file.take((MAX_BYTES + 1 - bytes.len()) as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Bytes of a part that is worth a thread, and parts at most: more threads would only wait for the memory.
#[cfg(unix)]
const PART: usize = 1 << 22;
#[cfg(unix)]
const MOST_PARTS: usize = 4;

/// Reads a large file of a size in parts, without moving its place. None if it is small, or is not what it was any more, or
/// cannot be read so: then it is read from its start to its end, and fails there if it must.
#[cfg(unix)]
fn in_parts(file: &File, size: usize) -> Option<Vec<u8>> {
    use std::os::unix::fs::FileExt;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let parts = (size / PART).min(cores).min(MOST_PARTS);
    if parts < 2 || size > MAX_BYTES {
        return None;
    }
    let mut bytes = vec![0; size];
    let length = size.div_ceil(parts);
    let is_read = std::thread::scope(|scope| {
        let mut helpers = Vec::new();
        let mut is_read = true;
        for (number, part) in bytes.chunks_mut(length).enumerate().rev() {
            let place = (number * length) as u64;
            if number == 0 {
                is_read &= file.read_exact_at(part, place).is_ok();
                continue;
            }
            let read = move || file.read_exact_at(part, place).is_ok();
            match std::thread::Builder::new().name("motet file".to_owned()).spawn_scoped(scope, read) {
                Ok(helper) => helpers.push(helper),
                Err(_) => is_read = false,
            }
        }
        helpers.into_iter().all(|helper| helper.join().unwrap_or(false)) && is_read
    });
    is_read.then_some(bytes)
}

#[cfg(not(unix))]
fn in_parts(_: &File, _: usize) -> Option<Vec<u8>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_of_any_size_is_read_whole_also_if_its_size_changes() {
        let place = std::env::temp_dir().join(format!("motet-whole-{}", std::process::id()));
        for size in [0usize, 1, 1000, (3 << 22) - 1, 3 << 22, (5 << 22) + 7] {
            let content: Vec<u8> = (0..size).map(|at| (at * 7 + at / 251) as u8).collect();
            File::create(&place).and_then(|mut file| file.write_all(&content)).expect("the file is written");
            // As large as it is; smaller once, so written to meanwhile; larger once, so cut meanwhile.
            for told in [size, size / 2, size.saturating_sub(1), size + 1, 2 * size] {
                let read = File::open(&place).and_then(|file| read_file(file, told)).expect("the file is read");
                assert!(read == content, "{size} told as {told}");
            }
        }
        std::fs::remove_file(place).expect("the file is removed");
    }
}
