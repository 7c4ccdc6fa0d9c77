//! `motet.toml`: what a project is called, which of its files is the program and which the module that others import, and
//! what it depends on. Everything that is wrong with one is told with its place and what to write.

use super::names::{self, git_name, is_hexadecimal};
use crate::loader::LoadError;
use motet_code::Source;
use motet_syntax::form::Span;
use motet_syntax::{Diagnostic, suggest};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml_edit::{Document, Item, TableLike};

/// The file's name.
pub const MANIFEST: &str = "motet.toml";

/// A manifest is written by hand: one that is larger is something else.
const LARGEST: u64 = 1 << 20;

/// What a project says of itself.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub source: Arc<Source>,
    /// Where it lies.
    pub folder: PathBuf,
    pub name: String,
    pub name_place: Span,
    /// The program that `motet run` runs, if it is not the usual file.
    pub main: Option<String>,
    /// The module that others import, if it is not the usual file.
    pub lib: Option<String>,
    pub dependencies: Vec<Dependency>,
}

/// A line of `[dependencies]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    pub name: String,
    pub origin: Origin,
    pub place: Span,
}

/// Where a dependency comes from, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    Path(String),
    Git { url: String, wanted: Wanted },
}

/// Which commit of a repository is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// The one that a clone begins with.
    Newest,
    Branch(String),
    Tag(String),
    Commit(String),
}

impl Wanted {
    /// Its key in a manifest and what stands there.
    pub fn written(&self) -> Option<(&'static str, &str)> {
        match self {
            Wanted::Newest => None,
            Wanted::Branch(name) => Some(("branch", name)),
            Wanted::Tag(name) => Some(("tag", name)),
            Wanted::Commit(name) => Some(("rev", name)),
        }
    }

    /// What is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Wanted::Newest => Ok(()),
            Wanted::Branch(name) | Wanted::Tag(name) => git_name(name),
            Wanted::Commit(name) if is_hexadecimal(name) && (7..=40).contains(&name.len()) => Ok(()),
            Wanted::Commit(name) => Err(format!("{name:?} is no commit: it has 7 to 40 hexadecimal digits")),
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Path(path) => write!(formatter, "the folder {path}"),
            Origin::Git { url, wanted } => {
                write!(formatter, "{url}")?;
                wanted.written().map_or(Ok(()), |(kind, name)| write!(formatter, " ({kind} {name})"))
            }
        }
    }
}

impl Manifest {
    /// Reads the manifest of a folder.
    pub fn read(folder: &Path) -> Result<Manifest, LoadError> {
        let path = folder.join(MANIFEST);
        let name = super::shown(&path);
        let unreadable = |error: std::io::Error| LoadError::unreadable(&name, &error);
        let metadata = std::fs::metadata(&path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(unreadable(std::io::Error::other("it is no file")));
        }
        if metadata.len() > LARGEST {
            return Err(LoadError::message(format!("{name} is larger than a manifest can be ({LARGEST} bytes)")));
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable)?;
        Manifest::parse(&name, folder, &text)
    }

    pub fn parse(name: &str, folder: &Path, text: &str) -> Result<Manifest, LoadError> {
        let source = Arc::new(Source::new(name, text, false));
        let document =
            Document::parse(text).map_err(|error| LoadError::one(Arc::clone(&source), not_toml(&error, text)))?;
        let mut reading = Reading { errors: Vec::new() };
        let read = reading.manifest(&document);
        if !reading.errors.is_empty() {
            return Err(LoadError::many(&source, reading.errors));
        }
        let (name, name_place, main, lib, dependencies) = read;
        Ok(Manifest { source, folder: folder.to_path_buf(), name, name_place, main, lib, dependencies })
    }

    /// An error at a place in it.
    pub fn error(&self, error: Diagnostic) -> LoadError {
        LoadError::one(Arc::clone(&self.source), error)
    }
}

fn not_toml(error: &toml_edit::TomlError, text: &str) -> Diagnostic {
    let end = text.trim_end().len();
    let place = error.span().map_or(Span::at(end as u32), span);
    // The parser's message may have more lines.
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    Diagnostic::error(format!("this is not TOML: {message}"), place)
        .hint("a line is `key = \"text\"`, `[dependencies]`, or `name = { path = \"../name\" }`")
}

fn span(range: std::ops::Range<usize>) -> Span {
    Span::new(range.start as u32, range.end as u32)
}

/// The place of a key, or of its value where there is none.
fn place_of(table: &dyn TableLike, key: &str) -> Span {
    let key_place = table.key(key).and_then(|key| key.span());
    key_place.or_else(|| table.get(key).and_then(Item::span)).map(span).unwrap_or_default()
}

/// The place of what stands behind a key.
fn place_of_value(table: &dyn TableLike, key: &str) -> Span {
    table.get(key).and_then(Item::span).map_or_else(|| place_of(table, key), span)
}

type Read = (String, Span, Option<String>, Option<String>, Vec<Dependency>);

struct Reading {
    errors: Vec<Diagnostic>,
}

impl Reading {
    fn wrong(&mut self, place: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.errors.push(Diagnostic::error(message, place).hint(hint));
    }

    fn manifest(&mut self, document: &Document<&str>) -> Read {
        let top = document.as_table();
        self.known_keys(top, "a manifest", &["package", "dependencies"]);
        let (mut name, mut name_place, mut main, mut lib) = (String::new(), Span::default(), None, None);
        match top.get("package") {
            None => {
                self.wrong(
                    Span::default(),
                    "the manifest has no [package]",
                    "write [package] and name = \"…\" below it",
                );
            }
            Some(item) => {
                if let Some(package) = self.table(item, place_of(top, "package"), "package") {
                    let keys = ["name", "version", "description", "license", "main", "lib"];
                    self.known_keys(package, "[package]", &keys);
                    match self.text(package, "name") {
                        Some(given) => {
                            name_place = place_of_value(package, "name");
                            if let Err(why) = names::check(&given) {
                                self.wrong(name_place, format!("{given:?} cannot be the name of a package"), why);
                            }
                            name = given;
                        }
                        None if package.contains_key("name") => {}
                        None => self.wrong(
                            place_of(top, "package"),
                            "the package has no name",
                            "write name = \"…\" below [package]",
                        ),
                    }
                    for key in ["version", "description", "license"] {
                        self.text(package, key);
                    }
                    main = self.file(package, "main");
                    lib = self.file(package, "lib");
                }
            }
        }
        let dependencies = match top.get("dependencies") {
            None => Vec::new(),
            Some(item) => match self.table(item, place_of(top, "dependencies"), "dependencies") {
                None => Vec::new(),
                Some(table) => {
                    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
                    keys.iter().filter_map(|key| self.dependency(table, key, &name)).collect()
                }
            },
        };
        (name, name_place, main, lib, dependencies)
    }

    fn dependency(&mut self, table: &dyn TableLike, name: &str, own_name: &str) -> Option<Dependency> {
        let place = place_of(table, name);
        if let Err(why) = names::check(name) {
            self.wrong(place, format!("{name:?} cannot be the name of a dependency"), why);
            return None;
        }
        if name == own_name {
            self.wrong(place, format!("{name} depends on itself"), "its own modules import each other without");
            return None;
        }
        let example = format!("write {name} = {{ path = \"../{name}\" }}, or git = \"https://…\" in place of the path");
        let item = table.get(name)?;
        let Some(table) = item.as_table_like() else {
            let place = place_of_value(table, name);
            self.wrong(place, format!("{name} has neither a path nor a git repository"), example);
            return None;
        };
        self.known_keys(table, "a dependency", &["path", "git", "rev", "tag", "branch"]);
        let (path, git) = (self.text(table, "path"), self.text(table, "git"));
        let mut given: Vec<Wanted> = Vec::new();
        for (key, wanted) in
            [("rev", Wanted::Commit as fn(String) -> Wanted), ("tag", Wanted::Tag), ("branch", Wanted::Branch)]
        {
            if let Some(text) = self.text(table, key) {
                let wanted = wanted(text);
                if let Err(why) = wanted.check() {
                    self.wrong(place_of_value(table, key), format!("this is no {key}"), why);
                }
                given.push(wanted);
            }
        }
        if given.len() > 1 {
            self.wrong(place, format!("{name} has several of rev, tag and branch"), "keep one of them");
        }
        let origin = match (path, git) {
            (Some(_), Some(_)) => {
                self.wrong(place, format!("{name} has a path and a git repository"), "keep one of them");
                return None;
            }
            (None, None) => {
                if !table.contains_key("path") && !table.contains_key("git") {
                    self.wrong(place, format!("{name} has neither a path nor a git repository"), example);
                }
                return None;
            }
            (Some(path), None) => {
                if !given.is_empty() {
                    self.wrong(
                        place,
                        format!("{name} has a path, so it is read as it stands"),
                        "remove rev, tag, branch",
                    );
                }
                if path.is_empty() || path.contains('\0') {
                    let hint = format!("write path = \"../{name}\"");
                    self.wrong(place_of_value(table, "path"), "a path is a folder", hint);
                }
                Origin::Path(path)
            }
            (None, Some(url)) => {
                if let Err(why) = names::url(&url) {
                    self.wrong(place_of_value(table, "git"), format!("{url:?} is no git repository"), why);
                }
                Origin::Git { url, wanted: given.pop().unwrap_or(Wanted::Newest) }
            }
        };
        Some(Dependency { name: name.into(), origin, place })
    }

    fn table<'a>(&mut self, item: &'a Item, place: Span, name: &str) -> Option<&'a dyn TableLike> {
        let table = item.as_table_like();
        if table.is_none() {
            self.wrong(place, format!("{name} is a table"), format!("write [{name}] on a line of its own"));
        }
        table
    }

    fn text(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        let text = item.as_str();
        if text.is_none() {
            self.wrong(place_of_value(table, key), format!("{key} is a text"), format!("write {key} = \"…\""));
        }
        text.map(str::to_owned)
    }

    /// A file of the project, by its path below the folder of the manifest.
    fn file(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let text = self.text(table, key)?;
        if !names::is_below(&text) {
            let hint = format!("write {key} = \"src/{key}.soc\"");
            let message = format!("{key} is a file below the folder of the manifest");
            self.wrong(place_of_value(table, key), message, hint);
        }
        Some(text)
    }

    fn known_keys(&mut self, table: &dyn TableLike, whose: &str, known: &[&str]) {
        let unknown: Vec<String> =
            table.iter().map(|(key, _)| key.to_owned()).filter(|key| !known.contains(&key.as_str())).collect();
        for key in unknown {
            let hint = match suggest(&key, known.iter().copied()) {
                Some(similar) => format!("did you mean `{similar}`?"),
                None => format!("{whose} has {}", known.join(", ")),
            };
            self.wrong(place_of(table, &key), format!("{whose} has no {key}"), hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<(String, String)> {
        let failure = Manifest::parse("motet.toml", Path::new("."), text).expect_err(text);
        failure
            .reports
            .into_iter()
            .map(|(source, error)| {
                let at = source.position(error.span.start);
                (format!("{at}: {}", error.message), error.hint.unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn a_manifest_says_what_a_project_is() {
        let text = "[package]\nname = \"area\"\nversion = \"0.1.0\"\nmain = \"src/app.gene\"\n\n[dependencies]\nshapes = { path = \"../shapes\" }\n\
                    plots = { git = \"https://example.org/plots\", tag = \"v1\" }\n[dependencies.maps]\ngit = \"../maps\"\n";
        let manifest = Manifest::parse("motet.toml", Path::new("/p"), text).expect("it is right");
        assert_eq!((manifest.name.as_str(), manifest.main.as_deref()), ("area", Some("src/app.gene")));
        let origins: Vec<String> =
            manifest.dependencies.iter().map(|dependency| dependency.origin.to_string()).collect();
        assert_eq!(origins, ["the folder ../shapes", "https://example.org/plots (tag v1)", "../maps"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_to_write() {
        let package = "[package]\nname = \"a\"\n";
        for (text, message, hint) in [
            ("", "1:1: the manifest has no [package]", "write [package]"),
            ("[package]\n", "1:2: the package has no name", "name ="),
            ("package = 1", "1:1: package is a table", "[package]"),
            ("[package]\nname = 1\n", "2:8: name is a text", "name = \"…\""),
            ("[package]\nname = \"a b\"\n", "2:8: \"a b\" cannot be the name of a package", "letters"),
            ("[package]\nname = \"a\"\nmian = \"x\"\n", "3:1: [package] has no mian", "did you mean `main`?"),
            ("[package]\nname = \"a\"\nmain = \"../x.soc\"\n", "3:8: main is a file below", "src/main.soc"),
            ("[package]\nname = \"a\"\nmain = \"/x.soc\"\n", "3:8: main is a file below", "src/main.soc"),
            ("[package\nname = \"a\"\n", "1:9: this is not TOML", "key ="),
            ("[package]\nname = \"a\"\nname = \"b\"\n", "3:1: this is not TOML: duplicate key", "key ="),
            (&format!("{package}[dependncies]\n"), "3:2: a manifest has no dependncies", "`dependencies`"),
            (&format!("{package}[dependencies]\na = {{ path = \".\" }}"), "4:1: a depends on itself", "own modules"),
            (&format!("{package}[dependencies]\nb = \"1.0\""), "4:5: b has neither a path", "path = \"../b\""),
            (&format!("{package}[dependencies]\nb = {{}}"), "4:1: b has neither a path", "path = \"../b\""),
            (&format!("{package}[dependencies]\nb = {{ paht = \"x\" }}"), "4:7: a dependency has no paht", "`path`"),
            (&format!("{package}[dependencies]\nb = {{ path = \"x\", git = \"y\" }}"), "4:1: b has a path and", "one"),
            (
                &format!("{package}[dependencies]\nb = {{ path = \"x\", tag = \"y\" }}"),
                "4:1: b has a path, so",
                "remove",
            ),
            (&format!("{package}[dependencies]\nb = {{ git = \"-oProxyCommand=x\" }}"), "4:13:", "begin"),
            (&format!("{package}[dependencies]\nb = {{ git = \"ext::x\" }}"), "4:13:", "https"),
            (
                &format!("{package}[dependencies]\nb = {{ git = \"https://h/b\", rev = \"--x\" }}"),
                "4:34: this is no rev",
                "hexadecimal",
            ),
            (
                &format!("{package}[dependencies]\nb = {{ git = \"https://h/b\", branch = \"-x\" }}"),
                "4:37: this is no branch",
                "begin",
            ),
            (
                &format!("{package}[dependencies]\nb = {{ git = \"https://h/b\", tag = \"x\", branch = \"y\" }}"),
                "4:1: b has several of",
                "one of them",
            ),
            (&format!("{package}[dependencies]\n\"../b\" = {{ path = \"x\" }}"), "4:1: \"../b\" cannot be", "letters"),
        ] {
            let found = errors(text);
            let is_there = found.iter().any(|(at, help)| at.starts_with(message) && help.contains(hint));
            assert!(is_there, "{text}\nwanted {message} / {hint}\nfound {found:?}");
        }
    }

    #[test]
    fn all_errors_are_told_at_once() {
        assert_eq!(errors("[package]\nnmae = \"a\"\n[dependencies]\nb = 1\nc = { gti = \"x\" }\n").len(), 5);
    }
}
