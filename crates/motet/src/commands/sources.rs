//! The programs that paths on the command line mean.

use std::io;
use std::path::{Path, PathBuf};

/// The files of the paths: a file is itself, a folder is all programs below it but hidden folders and `target`.
pub fn programs(paths: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            below(path, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut waiting = vec![folder.to_path_buf()];
    let first = found.len();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| at(&folder, error))? {
            let entry = entry.map_err(|error| at(&folder, error))?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let kind = entry.file_type().map_err(|error| at(&path, error))?;
            // A link to a folder may lead back.
            if kind.is_dir() && !name.starts_with('.') && name != "target" {
                waiting.push(path);
            } else if !kind.is_dir() && motet_syntax::Notation::of_file(&name).is_some() && path.is_file() {
                found.push(path);
            }
        }
    }
    found[first..].sort();
    Ok(())
}

fn at(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Writes a file as a whole or not at all: a command that is ended in the middle leaves the old one.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link stays a link.
    let path = path.canonicalize()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.motet", std::process::id()));
    let written = std::fs::write(&draft, text)
        .and_then(|()| std::fs::set_permissions(&draft, std::fs::metadata(&path)?.permissions()))
        .and_then(|()| std::fs::rename(&draft, &path));
    if written.is_err() {
        // What is left of it is of no use; that it cannot be removed is not the error to tell.
        let _ = std::fs::remove_file(&draft);
    }
    written
}
