//! Which file an import means.

use super::{LoadError, Loader, display_name};
use crate::files::Files;
use crate::packages::{self, Missing, Package};
use motet_syntax::form::Span;
use motet_syntax::{Diagnostic, Notation};
use std::path::{Path, PathBuf};

/// Why an import leads to no file.
pub(super) enum Unfound {
    /// Something is wrong with the import, which stands at this place.
    Here(Box<dyn FnOnce(Span) -> Diagnostic>),
    /// Something is wrong elsewhere: with a manifest.
    Elsewhere(LoadError),
}

impl Unfound {
    fn here(error: impl FnOnce(Span) -> Diagnostic + 'static) -> Unfound {
        Unfound::Here(Box::new(error))
    }
}

impl Loader<'_> {
    /// The file that a path means.
    pub(super) fn find_file(&self, folder: &Path, path: &str) -> Result<PathBuf, Unfound> {
        find_module(&*self.files, folder, path).ok_or_else(|| {
            let message = format!("there is no module {path}");
            let hint = "a path is relative to the file that imports it; .soc or .gene may be left out";
            Unfound::here(move |place| Diagnostic::error(message, place).label("not found").hint(hint))
        })
    }

    /// The file that a bare import means: a package's entry, or a module within the package.
    pub(super) fn find_in_package(&mut self, folder: &Path, path: &str) -> Result<PathBuf, Unfound> {
        let Some((name, part)) = packages::split(path) else {
            let message = format!("{path:?} names no module");
            let hint = "`geometry` is a dependency, `geometry/solids` a module within it, `./solids` a file";
            return Err(Unfound::here(move |place| Diagnostic::error(message, place).hint(hint)));
        };
        let package = match self.packages.find(folder, name) {
            Ok(package) => package,
            Err(Missing::Broken(failure)) => return Err(Unfound::Elsewhere(failure)),
            Err(Missing::Unknown { manifest, known }) => {
                let message = format!("there is no dependency {name}");
                let hint = self.hint_at_dependency(folder, path, name, manifest.as_deref(), &known);
                return Err(Unfound::here(move |place| {
                    Diagnostic::error(message, place).label("not found").hint(hint)
                }));
            }
        };
        let file = match part {
            None => find_module(&*self.files, Path::new(""), &package.entry.to_string_lossy()),
            Some(part) => find_module(&*self.files, &package.modules, part),
        };
        let Some(file) = file else {
            let (message, looked_for) = match part {
                None => (format!("{name} has no module of its own"), display_name(&package.entry)),
                Some(part) => (format!("{name} has no module {part}"), display_name(&package.modules.join(part))),
            };
            let has_ending = Notation::of_file(&looked_for).is_some();
            let hint = format!("there is no {looked_for}{}", if has_ending { "" } else { ".soc or .gene" });
            return Err(Unfound::here(move |place| Diagnostic::error(message, place).label("not found").hint(hint)));
        };
        if package.is_confined {
            if !self.files.key(&file).starts_with(&package.root) {
                let message = format!("{path} is a link that leads out of the folder of {name}");
                let hint = "modules of a dependency lie in its folder";
                return Err(Unfound::here(move |place| Diagnostic::error(message, place).hint(hint)));
            }
            if !self.confined.contains(&package) {
                self.confined.push(package);
            }
        }
        Ok(file)
    }

    /// What to write instead of a bare import that leads nowhere.
    fn hint_at_dependency(
        &self,
        folder: &Path,
        path: &str,
        name: &str,
        manifest: Option<&str>,
        known: &[String],
    ) -> String {
        if find_module(&*self.files, folder, path).is_some() {
            return format!("a file is written with its way: \"./{path}\"");
        }
        let names = self.isolate.global_names();
        if names.is_known(path) || names.builtins().module(path).is_some() {
            return format!("what is built in needs no import: `{path}`");
        }
        if let Some(instead) = motet_syntax::foreign_module(name) {
            return instead.to_owned();
        }
        if let Some(similar) = motet_syntax::suggest(name, known.iter().map(String::as_str)) {
            return format!("did you mean `{similar}`?");
        }
        match manifest {
            Some(manifest) => format!(
                "{manifest} names no such dependency: `motet add {name} --path FOLDER` or `--git URL` adds it; a file is \
                 written \"./{path}\""
            ),
            None => format!(
                "a file is written \"./{path}\"; dependencies belong to a project, which `motet new` makes and to which \
                 `motet add {name}` adds them"
            ),
        }
    }

    /// The package that holds the modules of this folder and may not import what lies outside, if there is one.
    pub(super) fn confining(&self, folder: &Path) -> Option<&Package> {
        let around = self.confined.iter().filter(|package| folder.starts_with(&package.root));
        around.max_by_key(|package| package.root.components().count())
    }
}

/// The file that an import path means: as written, or with one of the endings.
fn find_module(files: &dyn Files, folder: &Path, path: &str) -> Option<PathBuf> {
    let plain = folder.join(path);
    let with = |ending: &str| PathBuf::from(format!("{}.{ending}", plain.display()));
    [plain.clone(), with("soc"), with("gene")].into_iter().find(|candidate| files.is_file(candidate))
}
