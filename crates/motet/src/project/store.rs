//! Where fetched repositories are kept, for all projects of a user: `git/` holds what was fetched, `packages/` the files of
//! single commits. A folder there has the hash of its files in its name, and is looked at before it is used.

use super::contents;
use super::git;
use super::lock::Locked;
use super::manifest::Wanted;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The variable of the environment that names another folder.
const VARIABLE: &str = "MOTET_CACHE";

/// See the module.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The one of this user.
    pub fn of_user() -> Result<Store, String> {
        let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = |below: &str| named("HOME").map(|home| home.join(below));
        let usual = if cfg!(windows) {
            named("LOCALAPPDATA").map(|folder| folder.join("motet/cache"))
        } else if cfg!(target_os = "macos") {
            home("Library/Caches/motet")
        } else {
            named("XDG_CACHE_HOME").map(|folder| folder.join("motet")).or_else(|| home(".cache/motet"))
        };
        let root = named(VARIABLE).or(usual);
        let root = root.ok_or_else(|| format!("there is no folder for what is fetched: {VARIABLE} can name one"))?;
        Ok(Store { root: std::path::absolute(&root).unwrap_or(root) })
    }

    /// The folder with the files of a commit, which need not be there.
    fn folder(&self, name: &str, commit: &str, hash: &str) -> PathBuf {
        let digits = hash.strip_prefix(contents::KIND).unwrap_or(hash);
        let short = |text: &str, length: usize| text.chars().take(length).collect::<String>();
        let name = format!("{name}-{}-{}", short(commit, 12), short(digits, 32));
        self.root.join("packages").join(name)
    }

    fn repository(&self, url: &str) -> PathBuf {
        let hash = blake3::hash(url.as_bytes()).to_hex();
        self.root.join("git").join(&hash.as_str()[..32])
    }

    /// The commit that is wanted, newly fetched unless this is to be done without the network.
    pub fn resolve(&self, url: &str, wanted: &Wanted, offline: bool) -> Result<String, String> {
        let _alone = self.alone()?;
        let repository = self.repository(url);
        // A commit never changes.
        let is_known = |commit: &Option<String>| matches!(wanted, Wanted::Commit(_)) && commit.is_some();
        let known = if is_made(&repository) { git::commit_of(&repository, wanted) } else { None };
        let found = if is_known(&known) || offline { known } else { self.fetched(url, wanted)? };
        found.ok_or_else(|| match (offline, wanted.written()) {
            (true, _) => "it has not been fetched, and --offline fetches nothing".to_owned(),
            (false, Some((kind, name))) => format!("the repository has no {kind} {name}"),
            (false, None) => "the repository has no commit".to_owned(),
        })
    }

    fn fetched(&self, url: &str, wanted: &Wanted) -> Result<Option<String>, String> {
        let repository = self.repository(url);
        if !is_made(&repository) {
            fs::create_dir_all(&repository).map_err(|error| cannot_write(&repository, &error))?;
            git::create(&repository)?;
        }
        git::fetch(&repository, url)?;
        Ok(git::commit_of(&repository, wanted))
    }

    /// The hash of the files of a commit, which are in their folder afterwards. They are written anew: what is there already
    /// may have been changed.
    pub fn pin(&self, name: &str, url: &str, commit: &str) -> Result<String, String> {
        let _alone = self.alone()?;
        let (draft, hash) = self.written(url, commit)?;
        self.keep(&draft, &self.folder(name, commit, &hash), &hash)?;
        Ok(hash)
    }

    /// Has the files of a commit be in their folder.
    pub fn ensure(&self, locked: &Locked, url: &str, offline: bool) -> Result<PathBuf, String> {
        let folder = self.folder(&locked.name, &locked.commit, &locked.hash);
        if folder.is_dir() {
            return Ok(folder);
        }
        let _alone = self.alone()?;
        let exact = Wanted::Commit(locked.commit.clone());
        let repository = self.repository(url);
        let is_there = || is_made(&repository) && git::commit_of(&repository, &exact).is_some();
        if !is_there() {
            if offline {
                return Err("it has not been fetched, and --offline fetches nothing".into());
            }
            if self.fetched(url, &exact)?.is_none() {
                return Err(format!("the repository has no commit {} any more", locked.commit));
            }
        }
        let (draft, hash) = self.written(url, &locked.commit)?;
        if hash != locked.hash {
            let _ = fs::remove_dir_all(&draft);
            return Err(format!("the files of commit {} have the hash {hash}, not that of motet.lock", locked.commit));
        }
        self.keep(&draft, &folder, &hash)?;
        Ok(folder)
    }

    /// The files of a commit in a new folder, and their hash.
    fn written(&self, url: &str, commit: &str) -> Result<(PathBuf, String), String> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let draft = self.root.join("packages").join(format!(".new-{}-{number}", std::process::id()));
        // Left by a process of the same number that was ended, or not there.
        let _ = fs::remove_dir_all(&draft);
        fs::create_dir_all(&draft).map_err(|error| cannot_write(&draft, &error))?;
        let hashed = git::write_files(&self.repository(url), commit, &draft).and_then(|()| {
            contents::hash(&draft).map_err(|error| format!("{} cannot be read: {error}", draft.display()))
        });
        match hashed {
            Ok(hash) => Ok((draft, hash)),
            Err(error) => {
                let _ = fs::remove_dir_all(&draft);
                Err(error)
            }
        }
    }

    /// Puts a folder where it belongs, in place of what is there.
    fn keep(&self, draft: &Path, folder: &Path, hash: &str) -> Result<(), String> {
        if folder.exists() {
            if contents::hash(folder).is_ok_and(|found| found == hash) {
                let _ = fs::remove_dir_all(draft);
                return Ok(());
            }
            fs::remove_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        }
        fs::rename(draft, folder).map_err(|error| cannot_write(folder, &error))
    }

    /// One process at a time fetches and writes here, until what this gives is dropped.
    fn alone(&self) -> Result<File, String> {
        let path = self.root.join("lock");
        let open = || {
            fs::create_dir_all(&self.root)?;
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            file.lock()?;
            io::Result::Ok(file)
        };
        open().map_err(|error| cannot_write(&path, &error))
    }
}

/// Whether a repository was made in this folder, and not only the folder.
fn is_made(repository: &Path) -> bool {
    repository.join("HEAD").is_file()
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}
