//! The book of this repository as pages: all are there, and every link in them leads somewhere.

use crate::build;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("motet-book-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the folder can be made");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it is of no use; the test has its result.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// What the attributes of this name hold in a page.
fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let start = format!(" {name}=\"");
    page.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn the_book_becomes_pages_whose_links_lead_somewhere() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book");
    let folder = Folder::new();
    let target = folder.0.canonicalize().expect("it was just made");
    assert_eq!(build(&book, &target).expect("the book can be read"), Vec::<String>::new());

    let mut found = Vec::new();
    files(&target, &mut found);
    let is_page = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "html");
    let pages: HashMap<PathBuf, String> = found
        .iter()
        .filter(|path| is_page(path))
        .map(|path| (path.clone(), std::fs::read_to_string(path).expect("a page is text")))
        .collect();
    // Each chapter of the source has its page.
    let mut chapters = Vec::new();
    files(&book.join("src"), &mut chapters);
    for chapter in chapters.iter().filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        let name = chapter.strip_prefix(book.join("src")).expect("it lies there").with_extension("html");
        assert!(name == Path::new("SUMMARY.html") || pages.contains_key(&target.join(&name)), "{}", name.display());
    }
    assert!(pages.len() > 15, "{}", pages.len());

    let anchors: HashMap<&PathBuf, HashSet<&str>> =
        pages.iter().map(|(path, text)| (path, attributes(text, "id").into_iter().collect())).collect();
    let mut links = 0;
    for (path, text) in &pages {
        assert!(text.len() > 60 && (text.contains("<title>") || text.contains("http-equiv")), "{}", path.display());
        for link in attributes(text, "href").into_iter().chain(attributes(text, "src")) {
            if link.contains("://") || link.starts_with("data:") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').map_or((link, ""), |(file, anchor)| (file, anchor));
            let to = if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
            let to = to.canonicalize().unwrap_or_else(|error| panic!("{}: {link}: {error}", path.display()));
            assert!(to.starts_with(&target), "{}: {link} leads out of the book", path.display());
            let is_there = anchor.is_empty() || anchors.get(&to).is_some_and(|ids| ids.contains(anchor));
            assert!(is_there, "{}: {link}: there is no such place", path.display());
            links += 1;
        }
    }
    assert!(links > 500, "{links}");
}
