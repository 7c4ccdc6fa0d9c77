//! What the files of a folder are, as one hash: names and bytes of all of them.

use std::io::{self, Read};
use std::path::Path;

/// What stands before the digits, so that another kind of hash can take its place.
pub const KIND: &str = "blake3:";

/// The hash of all that lies below a folder.
pub fn hash(folder: &Path) -> io::Result<String> {
    let mut entries = Vec::new();
    let mut waiting = vec![(folder.to_path_buf(), String::new())];
    while let Some((place, name)) = waiting.pop() {
        for entry in std::fs::read_dir(&place)? {
            let entry = entry?;
            let name = format!("{name}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push((entry.path(), format!("{name}/")));
            } else {
                entries.push((name, entry.path(), kind.is_symlink()));
            }
        }
    }
    entries.sort();
    let mut hasher = blake3::Hasher::new();
    for (name, path, is_link) in entries {
        // Each part says how long it is, so that no two folders give the same bytes.
        let (kind, bytes) = if is_link { (b'l', link(&path)?) } else { (b'f', file(&path)?) };
        hasher.update(&[kind]);
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    Ok(format!("{KIND}{}", hasher.finalize().to_hex()))
}

fn file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn link(path: &Path) -> io::Result<Vec<u8>> {
    Ok(std::fs::read_link(path)?.as_os_str().as_encoded_bytes().to_vec())
}
