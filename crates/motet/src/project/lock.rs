//! `motet.lock`: which commit of each repository is used, and what its files must be. It is written by the command, and
//! read with care, since it is kept with the project and may have been changed by hand.

use super::contents::KIND;
use super::git::is_commit;
use super::manifest::Wanted;
use super::names::{self, is_hexadecimal};
use crate::loader::LoadError;
use motet_code::Source;
use motet_syntax::Diagnostic;
use motet_syntax::form::Span;
use std::io;
use std::path::Path;
use std::sync::Arc;
use toml_edit::{Document, TableLike};

/// The file's name.
pub const LOCK: &str = "motet.lock";

/// What this version writes and reads.
const VERSION: i64 = 1;

const LARGEST: u64 = 1 << 24;

/// A repository as it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    pub name: String,
    /// As the manifests write it.
    pub url: String,
    pub wanted: Wanted,
    pub commit: String,
    /// Of all files of the commit.
    pub hash: String,
}

/// Reads the lock file of a project; one that is not there holds nothing.
pub fn read(folder: &Path) -> Result<Vec<Locked>, LoadError> {
    let path = folder.join(LOCK);
    let name = super::shown(&path);
    let text = match std::fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        // A pipe would be waited for, a device never end.
        Ok(metadata) if !metadata.is_file() => Err(io::Error::other("it is no file")),
        Ok(metadata) if metadata.len() > LARGEST => Err(io::Error::other("it is too large")),
        Ok(_) => std::fs::read_to_string(&path),
        Err(error) => Err(error),
    };
    parse(&name, &text.map_err(|error| LoadError::unreadable(&name, &error))?)
}

pub fn parse(name: &str, text: &str) -> Result<Vec<Locked>, LoadError> {
    let source = Arc::new(Source::new(name, text, false));
    let wrong = |span: Option<std::ops::Range<usize>>, message: &str| {
        let end = text.trim_end().len();
        let span = span.unwrap_or(end..end);
        let error = Diagnostic::error(message, Span::new(span.start as u32, span.end as u32));
        let hint = "`motet update` writes this file anew; it is not meant to be changed by hand";
        LoadError::one(Arc::clone(&source), error.hint(hint))
    };
    let document = Document::parse(text).map_err(|error| {
        let message = error.message().lines().next().unwrap_or_default().to_owned();
        wrong(error.span(), &format!("this is not TOML: {message}"))
    })?;
    let top = document.as_table();
    match top.get("version").and_then(|version| version.as_integer()) {
        Some(VERSION) => {}
        Some(other) => {
            let span = top.get("version").and_then(|version| version.span());
            return Err(wrong(span, &format!("it is of version {other}, and this motet knows version {VERSION}")));
        }
        None => return Err(wrong(Some(0..0), "the lock file has no version")),
    }
    let mut all: Vec<Locked> = Vec::new();
    let Some(item) = top.get("package") else { return Ok(all) };
    let Some(packages) = item.as_array_of_tables() else {
        return Err(wrong(item.span(), "its packages are tables: [[package]]"));
    };
    for package in packages {
        let locked = one(package).map_err(|(key, message)| {
            let span = package.get(key).and_then(|item| item.span()).or_else(|| package.span());
            wrong(span, &message)
        })?;
        if all.iter().any(|known| known.name == locked.name) {
            return Err(wrong(package.span(), &format!("{} stands there twice", locked.name)));
        }
        all.push(locked);
    }
    Ok(all)
}

fn one(package: &dyn TableLike) -> Result<Locked, (&'static str, String)> {
    let text = |key: &'static str| {
        let text = package.get(key).and_then(|item| item.as_str());
        text.map(str::to_owned).ok_or_else(|| (key, format!("the package has no {key}, or it is no text")))
    };
    let (name, url, commit, hash) = (text("name")?, text("git")?, text("commit")?, text("hash")?);
    let mut wanted = Wanted::Newest;
    for (key, make) in
        [("rev", Wanted::Commit as fn(String) -> Wanted), ("tag", Wanted::Tag), ("branch", Wanted::Branch)]
    {
        if package.contains_key(key) {
            wanted = make(text(key)?);
            wanted.check().map_err(|why| (key, why))?;
        }
    }
    names::check(&name).map_err(|why| ("name", format!("{name:?} is no name: {why}")))?;
    names::url(&url).map_err(|why| ("git", format!("{url:?} is no git repository: {why}")))?;
    if !is_commit(&commit) {
        return Err(("commit", format!("{commit:?} is no commit")));
    }
    let is_hash = hash.strip_prefix(KIND).is_some_and(|digits| is_hexadecimal(digits) && digits.len() == 64);
    if !is_hash {
        return Err(("hash", format!("{hash:?} is no hash: it begins with {KIND} and has 64 digits")));
    }
    Ok(Locked { name, url, wanted, commit, hash })
}

/// The text of the file.
pub fn print(locked: &[Locked]) -> String {
    let mut text = String::from(
        "# Written by motet: which commit of each dependency is used, and the hash of its files. Keep it with the project.\n",
    );
    text.push_str(&format!("version = {VERSION}\n"));
    let mut sorted: Vec<&Locked> = locked.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    let quoted = |text: &str| toml_edit::Value::from(text).to_string();
    for package in sorted {
        text.push_str(&format!("\n[[package]]\nname = {}\ngit = {}\n", quoted(&package.name), quoted(&package.url)));
        if let Some((kind, name)) = package.wanted.written() {
            text.push_str(&format!("{kind} = {}\n", quoted(name)));
        }
        text.push_str(&format!("commit = {}\nhash = {}\n", quoted(&package.commit), quoted(&package.hash)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked() -> Locked {
        Locked {
            name: "plots".into(),
            url: "https://example.org/plots".into(),
            wanted: Wanted::Tag("v1".into()),
            commit: "0123456789abcdef0123456789abcdef01234567".into(),
            hash: format!("{KIND}{}", "0".repeat(64)),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut other = locked();
        (other.name, other.wanted) = ("maps".into(), Wanted::Newest);
        let text = print(&[locked(), other.clone()]);
        assert_eq!(parse(LOCK, &text).expect("it was just written"), [other, locked()]);
        assert_eq!(parse(LOCK, &print(&[])).expect("it was just written"), []);
    }

    #[test]
    fn what_was_changed_by_hand_is_looked_at() {
        let right = print(&[locked()]);
        for (from, to, message) in [
            ("version = 1", "version = 2", "version 2"),
            ("version = 1\n", "", "no version"),
            ("\"plots\"", "\"../plots\"", "is no name"),
            ("https://example.org/plots", "ext::sh -c touch", "is no git repository"),
            ("https://example.org/plots", "--upload-pack=x", "is no git repository"),
            ("\"0123", "\"--force", "is no commit"),
            ("blake3:0", "sha1:0", "is no hash"),
            ("commit = ", "comit = ", "has no commit"),
            ("tag = \"v1\"", "tag = \"-x\"", "begins with a letter"),
            ("tag = \"v1\"", "tag = 1", "no text"),
            ("[[package]]", "[package]", "are tables"),
            ("[[package]]", "[[package", "not TOML"),
        ] {
            let failure = parse(LOCK, &right.replacen(from, to, 1)).expect_err(to);
            let error = &failure.reports[0].1;
            assert!(error.message.contains(message), "{to}: {}", error.message);
            assert!(error.hint.as_ref().is_some_and(|hint| hint.contains("motet update")));
        }
        let twice = format!("{right}{}", right.split_once("[[package]]").map_or("", |(_, rest)| rest));
        let twice = twice.replacen("\n\nname", "\n[[package]]\nname", 1);
        assert!(parse(LOCK, &twice).is_err());
    }
}
