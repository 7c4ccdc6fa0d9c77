//! `motet-book SOURCE TARGET`: makes pages for a browser of a book in mdBook's format.
//!
//! mdBook makes them as well; this needs nothing but a Rust toolchain, and it colours programs as the prompt does.

mod contents;
mod highlight;
mod page;
mod search;
#[cfg(test)]
mod tests;

use contents::{Chapter, Contents};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const STYLE: &str = include_str!("book.css");
const SCRIPT: &str = include_str!("book.js");

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [source, target] = &arguments[..] else {
        eprintln!("usage: motet-book SOURCE TARGET");
        return ExitCode::from(2);
    };
    match build(source, target) {
        Ok(problems) if problems.is_empty() => {
            println!("{}", target.join("index.html").display());
            ExitCode::SUCCESS
        }
        Ok(problems) => {
            problems.iter().for_each(|problem| eprintln!("error: {problem}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the pages; gives what is wrong with them: links that lead nowhere.
fn build(source: &Path, target: &Path) -> io::Result<Vec<String>> {
    let pages = source.join("src");
    let contents = Contents::parse(&read(&pages.join("SUMMARY.md"))?);
    let title = title(&read(&source.join("book.toml"))?);
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    for (at, chapter) in contents.chapters.iter().enumerate() {
        let file = pages.join(&chapter.path);
        let written = read(&file)?;
        let text = page::with_inclusions(&written, &file)?;
        let origin = page::origin(&written, &file);
        let folder = Path::new(&chapter.path).parent().unwrap_or(Path::new(""));
        // What a page that stands elsewhere leads to, and the book does not have.
        let leads_out = |link: &str| {
            let path = link.split('#').next().unwrap_or_default();
            let in_book = pages.join(page::normalized(&folder.join(path))).is_file();
            !path.is_empty() && !in_book && origin.as_ref().is_some_and(|origin| origin.join(path).is_file())
        };
        let body = page::body(&text, &leads_out);
        problems.extend(page::broken_links(&text, &pages, chapter, &contents, &leads_out));
        for picture in page::pictures(&text).into_iter().filter(|picture| leads_out(picture)) {
            let from = origin.as_ref().map_or(pages.join(&picture), |origin| origin.join(&picture));
            let to = target.join(page::normalized(&folder.join(&picture)));
            std::fs::create_dir_all(to.parent().unwrap_or(target))?;
            std::fs::copy(from, to)?;
        }
        entries.extend(search::entries(&text, &chapter.address()));
        let path = target.join(chapter.address());
        std::fs::create_dir_all(path.parent().unwrap_or(target))?;
        std::fs::write(path, page::whole(&title, &contents, at, &body))?;
    }
    copy_pictures(&pages, &pages, target)?;
    if let Some(first) = contents.chapters.first() {
        let leads = format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={}\">\n", first.address());
        if first.address() != "index.html" {
            std::fs::write(target.join("index.html"), leads)?;
        }
    }
    std::fs::write(target.join("book.css"), STYLE)?;
    std::fs::write(target.join("book.js"), format!("{}\n{SCRIPT}", search::index(&entries)))?;
    Ok(problems)
}

fn read(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{} cannot be read: {error}", path.display())))
}

/// The title in `book.toml`.
fn title(settings: &str) -> String {
    let line = settings.lines().find_map(|line| line.trim().strip_prefix("title"));
    let value = line.and_then(|line| line.trim().strip_prefix('=')).unwrap_or("\"Book\"");
    value.trim().trim_matches('"').to_owned()
}

/// Copies what is no chapter: pictures.
fn copy_pictures(folder: &Path, pages: &Path, target: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            copy_pictures(&path, pages, target)?;
        } else if path.extension().is_some_and(|ending| ending == "png" || ending == "svg") {
            let to = target.join(path.strip_prefix(pages).unwrap_or(&path));
            std::fs::create_dir_all(to.parent().unwrap_or(target))?;
            std::fs::copy(&path, to)?;
        }
    }
    Ok(())
}

impl Chapter {
    /// Where the page lies, seen from the book's first one.
    fn address(&self) -> String {
        format!("{}.html", self.path.strip_suffix(".md").unwrap_or(&self.path))
    }
}
