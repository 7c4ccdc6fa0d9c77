//! A project with all that it depends on, directly and through others. One name is one package in the whole of it.

use super::lock::{self, LOCK, Locked};
use super::manifest::{Dependency, MANIFEST, Manifest, Origin, Wanted};
use super::store::Store;
use super::{Kind, contents, file_of, names, shown};
use crate::loader::LoadError;
use crate::packages::{Missing, Package};
use motet_syntax::Diagnostic;
use motet_syntax::form::Span;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Packages that depend on one another beyond this number are refused: they are followed by recursion.
const LONGEST_CHAIN: usize = 100;

/// What resolving may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    /// Nothing is fetched.
    pub offline: bool,
    /// The lock file stays as it is.
    pub locked: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    locked: Vec<Locked>,
}

#[derive(Debug)]
struct Node {
    manifest: Manifest,
    package: Package,
    /// The packages that its modules may name.
    dependencies: HashMap<String, usize>,
    /// The repository that it lies in, if it was fetched.
    checkout: Option<Arc<Checkout>>,
}

/// The files of a fetched commit.
#[derive(Debug)]
struct Checkout {
    name: String,
    folder: PathBuf,
    hash: String,
    is_intact: OnceLock<Result<(), String>>,
}

impl Checkout {
    /// Looks once whether the files are those that were locked.
    fn look(&self) -> Result<(), String> {
        let look = || match contents::hash(&self.folder) {
            Err(error) => Err(format!("{} cannot be read: {error}", self.folder.display())),
            Ok(hash) if hash == self.hash => Ok(()),
            Ok(_) => Err(format!("the files of {} are not those that {LOCK} has the hash of", self.name)),
        };
        self.is_intact.get_or_init(look).clone()
    }
}

/// What tells a package from others of the same name.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Identity {
    Folder(PathBuf),
    Repository { url: String, wanted: Wanted },
}

/// A package that is known, and who asked for it first.
struct Known {
    node: usize,
    identity: Identity,
    asked: String,
}

struct Resolving<'a> {
    mode: Mode,
    /// Made when a repository is needed first.
    store: OnceLock<Result<Store, String>>,
    before: Vec<Locked>,
    /// Names of repositories whose commits are looked for anew; `*` stands for all.
    renewed: &'a [String],
    locked: Vec<Locked>,
    nodes: Vec<Node>,
    known: HashMap<String, Known>,
    /// The packages whose dependencies are being followed, outermost first.
    chain: Vec<usize>,
}

impl Graph {
    /// Follows all dependencies of the project in a folder, fetches what is missing, and writes the lock file if it changes.
    /// The commits of packages that are named in `renewed` are looked for anew, of all with `*`.
    pub fn resolve(root: &Path, mode: Mode, renewed: &[String]) -> Result<Graph, LoadError> {
        let manifest = Manifest::read(root)?;
        let before = if renewed.iter().any(|name| name == "*") { Vec::new() } else { lock::read(root)? };
        let name = manifest.name.clone();
        let folder = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        let identity = Identity::Folder(folder.clone());
        let asked = shown(&root.join(MANIFEST));
        let package = package_of(&manifest, folder, false);
        let mut resolving = Resolving {
            mode,
            store: OnceLock::new(),
            before,
            renewed,
            locked: Vec::new(),
            nodes: vec![Node { manifest, package, dependencies: HashMap::new(), checkout: None }],
            known: HashMap::from([(name, Known { node: 0, identity, asked })]),
            chain: Vec::new(),
        };
        resolving.follow(0)?;
        let Resolving { nodes, locked, .. } = resolving;
        write_lock(root, &locked, mode)?;
        Ok(Graph { nodes, locked })
    }

    /// The repositories, as they are used.
    pub fn locked(&self) -> &[Locked] {
        &self.locked
    }

    /// The packages beside the project itself: their names and folders.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.nodes.iter().skip(1).map(|node| &node.package)
    }

    /// What a module in this folder means by a name.
    pub fn find(&self, folder: &Path, name: &str) -> Result<Package, Missing> {
        let around = self.nodes.iter().filter(|node| folder.starts_with(&node.package.root));
        let node = around.max_by_key(|node| node.package.root.components().count()).unwrap_or(&self.nodes[0]);
        if node.package.name == name {
            return Ok(node.package.clone());
        }
        let Some(found) = node.dependencies.get(name).map(|index| &self.nodes[*index]) else {
            let known = node.dependencies.keys().chain([&node.package.name]).cloned().collect();
            return Err(Missing::Unknown { manifest: Some(node.manifest.source.name.to_string()), known });
        };
        let Some(checkout) = &found.checkout else { return Ok(found.package.clone()) };
        checkout.look().map_err(|message| {
            let place = node.manifest.dependencies.iter().find(|dependency| dependency.name == name);
            let hint = format!(
                "they were changed in {}; remove this folder, and they are written anew, or change {LOCK} with `motet update`",
                checkout.folder.display()
            );
            let error = Diagnostic::error(message, place.map(|dependency| dependency.place).unwrap_or_default());
            Missing::Broken(node.manifest.error(error.hint(hint)))
        })?;
        Ok(found.package.clone())
    }
}

/// What a package of this manifest is.
fn package_of(manifest: &Manifest, root: PathBuf, is_confined: bool) -> Package {
    let lib = file_of(manifest, Kind::Lib);
    // A program can be imported, too: for what it exports.
    let entry = if manifest.lib.is_some() || lib.is_file() { lib } else { file_of(manifest, Kind::Main) };
    let relative = entry.strip_prefix(&manifest.folder).map(Path::to_path_buf).unwrap_or(entry);
    let entry = root.join(relative);
    let modules = entry.parent().unwrap_or(&root).to_path_buf();
    Package { name: manifest.name.clone(), root, entry, modules, is_confined }
}

/// Writes the lock file if what it says has changed.
fn write_lock(root: &Path, locked: &[Locked], mode: Mode) -> Result<(), LoadError> {
    let path = root.join(LOCK);
    let mut sorted = locked.to_vec();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    // One that cannot be read is written anew: this is asked for by `motet update` alone.
    let before = lock::read(root).ok();
    let is_needed = !locked.is_empty() || path.exists();
    let is_same = before.is_some_and(|mut before| {
        before.sort_by(|one, other| one.name.cmp(&other.name));
        before == sorted
    });
    if is_same || !is_needed {
        return Ok(());
    }
    if mode.locked {
        let name = shown(&path);
        return Err(LoadError::message(format!(
            "{name} does not fit {MANIFEST}, and --locked leaves it as it is; without it, it is written anew"
        )));
    }
    let text = lock::print(&sorted);
    std::fs::write(&path, text)
        .map_err(|error| LoadError::message(format!("{} cannot be written: {error}", shown(&path))))
}

impl Resolving<'_> {
    fn follow(&mut self, index: usize) -> Result<(), LoadError> {
        self.chain.push(index);
        for dependency in self.nodes[index].manifest.dependencies.clone() {
            let found = self.dependency(index, &dependency)?;
            self.nodes[index].dependencies.insert(dependency.name.clone(), found);
        }
        self.chain.pop();
        Ok(())
    }

    fn error(&self, index: usize, dependency: &Dependency, message: String, hint: String) -> LoadError {
        let manifest = &self.nodes[index].manifest;
        manifest.error(Diagnostic::error(message, dependency.place).hint(hint))
    }

    /// The package that a dependency of another one means.
    fn dependency(&mut self, index: usize, dependency: &Dependency) -> Result<usize, LoadError> {
        let name = &dependency.name;
        let identity = self.identity(index, dependency)?;
        if let Some(known) = self.known.get(name) {
            if known.identity != identity {
                let own = &self.nodes[index].manifest.source.name;
                let message = format!("{name} comes from two places");
                let hint = format!(
                    "{} wants {}, {own} wants {}; all have to want the same",
                    known.asked,
                    self.said(known),
                    dependency.origin
                );
                return Err(self.error(index, dependency, message, hint));
            }
            let node = known.node;
            if let Some(start) = self.chain.iter().position(|open| *open == node) {
                let names =
                    self.chain[start..].iter().chain([&node]).map(|open| self.nodes[*open].package.name.as_str());
                let way = names.collect::<Vec<_>>().join(" -> ");
                let message = "packages depend on each other in a cycle".to_owned();
                let hint = format!("the cycle: {way}; move what both need to a package of its own");
                return Err(self.error(index, dependency, message, hint));
            }
            return Ok(node);
        }
        if self.chain.len() >= LONGEST_CHAIN {
            let message = format!("packages depend on one another more than {LONGEST_CHAIN} deep");
            return Err(self.error(index, dependency, message, "depend on fewer".into()));
        }
        let (folder, checkout) = match &identity {
            Identity::Folder(folder) => (folder.clone(), self.nodes[index].checkout.clone()),
            Identity::Repository { url, .. } => {
                let locked = self.locked_of(dependency, url).map_err(|(message, hint)| {
                    self.error(index, dependency, format!("{name} cannot be used: {message}"), hint)
                })?;
                let (folder, checkout) = self.checkout(&locked, url).map_err(|message| {
                    let hint = format!("it comes from {}", dependency.origin);
                    self.error(index, dependency, format!("{name} cannot be used: {message}"), hint)
                })?;
                self.locked.push(locked);
                (folder, Some(checkout))
            }
        };
        if !folder.join(MANIFEST).is_file() {
            let message = format!("{} has no {MANIFEST}, so it is no package", dependency.origin);
            let hint = format!("`motet new --lib {name}` makes one");
            return Err(self.error(index, dependency, message, hint));
        }
        let manifest = Manifest::read(&folder)?;
        if manifest.name != *name {
            let message = format!("the package in {} is named {}, not {name}", dependency.origin, manifest.name);
            let hint = format!("write {} = … in place of {name} = …", manifest.name);
            return Err(self.error(index, dependency, message, hint));
        }
        let asked = self.nodes[index].manifest.source.name.to_string();
        let package = package_of(&manifest, folder, true);
        let node = self.nodes.len();
        self.nodes.push(Node { manifest, package, dependencies: HashMap::new(), checkout });
        self.known.insert(name.clone(), Known { node, identity, asked });
        self.follow(node)?;
        Ok(node)
    }

    /// What was asked for when a package was named first.
    fn said(&self, known: &Known) -> String {
        match &known.identity {
            _ if known.node == 0 => "to be called so itself".into(),
            Identity::Folder(folder) => format!("the folder {}", shown(folder)),
            Identity::Repository { url, wanted } => {
                Origin::Git { url: url.clone(), wanted: wanted.clone() }.to_string()
            }
        }
    }

    fn identity(&self, index: usize, dependency: &Dependency) -> Result<Identity, LoadError> {
        let node = &self.nodes[index];
        match &dependency.origin {
            Origin::Path(path) => {
                let folder = node.package.root.join(path);
                let error = |message: String, hint: &str| self.error(index, dependency, message, hint.into());
                let folder = folder.canonicalize().map_err(|why| match why.kind() {
                    std::io::ErrorKind::NotFound => {
                        error(format!("there is no folder {path}"), "a path is relative to the folder of the manifest")
                    }
                    _ => error(format!("{path} cannot be read: {why}"), "a path is a folder with a manifest"),
                })?;
                if !folder.is_dir() {
                    return Err(error(
                        format!("{path} is a file, not a package"),
                        "a dependency is a folder with a motet.toml; a single file is imported by its way: \"./file\"",
                    ));
                }
                if let Some(checkout) = &node.checkout
                    && !folder.starts_with(&checkout.folder)
                {
                    let hint = "a package that was fetched may name folders of its own repository";
                    return Err(error(format!("{path} leads out of the repository of {}", checkout.name), hint));
                }
                Ok(Identity::Folder(folder))
            }
            Origin::Git { url, wanted } => {
                if names::is_of_this_machine(url) && node.checkout.is_some() {
                    let message =
                        format!("{} was fetched, and may not name a repository of this machine", node.package.name);
                    return Err(self.error(index, dependency, message, "only your own manifests may do so".into()));
                }
                let url = if names::is_local(url) {
                    let folder = node.package.root.join(url);
                    crate::files::plain(&folder).display().to_string()
                } else {
                    let plain = url.trim_end_matches('/');
                    plain.strip_suffix(".git").unwrap_or(plain).to_owned()
                };
                Ok(Identity::Repository { url, wanted: wanted.clone() })
            }
        }
    }

    fn store(&self) -> Result<&Store, String> {
        self.store.get_or_init(Store::of_user).as_ref().map_err(Clone::clone)
    }

    /// The commit of a repository: the one that is locked, or else the one that is wanted now.
    /// The lock file has the address as the manifest writes it, so that it means the same on another machine.
    fn locked_of(&self, dependency: &Dependency, url: &str) -> Result<Locked, (String, String)> {
        let Dependency { name, origin, .. } = dependency;
        let Origin::Git { url: written, wanted } = origin else {
            return Err(("it is no repository".into(), "a folder needs no lock".into()));
        };
        let is_it = |before: &&Locked| before.name == *name && before.url == *written && before.wanted == *wanted;
        let before = self.before.iter().find(is_it);
        if let Some(before) = before.filter(|_| !self.renewed.iter().any(|renewed| renewed == name)) {
            return Ok(before.clone());
        }
        if self.mode.locked {
            let message = format!("{LOCK} does not say which commit of it is meant");
            return Err((message, "without --locked it is looked for, and written there".into()));
        }
        let store = self.store();
        let found = store.and_then(|store| {
            let commit = store.resolve(url, wanted, self.mode.offline)?;
            let hash = store.pin(name, url, &commit)?;
            Ok(Locked { name: name.clone(), url: written.clone(), wanted: wanted.clone(), commit, hash })
        });
        found.map_err(|message| (message, format!("it comes from {url}")))
    }

    fn checkout(&self, locked: &Locked, url: &str) -> Result<(PathBuf, Arc<Checkout>), String> {
        let folder = self.store()?.ensure(locked, url, self.mode.offline)?;
        let folder = folder.canonicalize().unwrap_or(folder);
        let checkout = Checkout {
            name: locked.name.clone(),
            folder: folder.clone(),
            hash: locked.hash.clone(),
            is_intact: OnceLock::new(),
        };
        Ok((folder, Arc::new(checkout)))
    }
}

impl Graph {
    /// The manifest of the project.
    pub fn manifest(&self) -> &Manifest {
        &self.nodes[0].manifest
    }

    /// The place of the project's own name, for messages about the project as a whole.
    pub fn place(&self) -> Span {
        self.manifest().name_place
    }
}
