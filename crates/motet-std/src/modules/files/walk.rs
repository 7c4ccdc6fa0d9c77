//! Walking over folders with all that is in them, and patterns of paths. A walk gives its entries in portions, each from the
//! pool of threads that may block, so that a folder of a million files takes no more memory than a small one.

use crate::access::{self, Gate, failure};
use crate::files::path;
use crate::runtime::block;
use globset::{GlobBuilder, GlobMatcher};
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, text};
use motet_vm::builtins::{Entry, Place};
use motet_vm::memory::{ForeignKind, ForeignObject};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, Result};
use std::io::ErrorKind as System;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use walkdir::{DirEntry, IntoIter, WalkDir};

/// Entries that come at once.
const PORTION: usize = 256;

/// What a walk gives.
#[derive(Clone)]
struct Wanted {
    /// None: every entry.
    pattern: Option<GlobMatcher>,
    files: bool,
    folders: bool,
    hidden: bool,
    skip_errors: bool,
}

/// Where a walk begins, as the program names it and as it lies on the disk.
struct Start {
    shown: String,
    place: PathBuf,
    walk: IntoIter,
}

enum State {
    /// Its path has not been looked at.
    Asked {
        path: String,
        gate: Gate,
        depth: usize,
    },
    Begun(Box<Start>),
    Ended,
}

struct Walker {
    wanted: Wanted,
    state: Arc<Mutex<State>>,
}

static WALKER: ForeignKind = ForeignKind::new("Walker");

impl ForeignObject for Walker {
    fn kind(&self) -> &'static ForeignKind {
        &WALKER
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
}

impl State {
    fn begin(&mut self) -> std::result::Result<(), OperationError> {
        let State::Asked { path, gate, depth } = self else { return Ok(()) };
        let place = gate.pass(path)?;
        let walk = WalkDir::new(&place).max_depth(*depth).follow_root_links(true).sort_by_file_name().into_iter();
        *self = State::Begun(Box::new(Start { shown: path.clone(), place, walk }));
        Ok(())
    }

    /// The next paths; none at the end.
    fn portion(&mut self, wanted: &Wanted) -> std::result::Result<Vec<String>, OperationError> {
        self.begin()?;
        let State::Begun(start) = self else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        while found.len() < PORTION {
            let Some(next) = start.walk.next() else {
                *self = State::Ended;
                break;
            };
            let entry = match next {
                Ok(entry) => entry,
                Err(error) => {
                    start.failed(error, wanted)?;
                    continue;
                }
            };
            if !wanted.hidden && is_hidden(&entry) {
                if entry.file_type().is_dir() {
                    start.walk.skip_current_dir();
                }
                continue;
            }
            found.extend(start.shown_path(&entry, wanted));
        }
        Ok(found)
    }
}

impl Start {
    /// The path of an entry that is wanted, as the program would name it.
    fn shown_path(&self, entry: &DirEntry, wanted: &Wanted) -> Option<String> {
        let is_folder = entry.file_type().is_dir();
        // The folder itself is not in it.
        if entry.depth() == 0 && (is_folder || entry.path().is_dir())
            || !if is_folder { wanted.folders } else { wanted.files }
        {
            return None;
        }
        let below = entry.path().strip_prefix(&self.place).ok()?;
        if wanted.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(below)) {
            return None;
        }
        let whole = match (self.shown.as_str(), below.as_os_str().is_empty()) {
            (_, true) => PathBuf::from(&self.shown),
            (".", false) => below.to_owned(),
            (shown, false) => Path::new(shown).join(below),
        };
        Some(whole.to_string_lossy().into_owned())
    }

    fn failed(&self, error: walkdir::Error, wanted: &Wanted) -> std::result::Result<(), OperationError> {
        let shown = error.path().map_or_else(|| self.shown.clone(), |path| path.to_string_lossy().into_owned());
        let is_start = error.depth() == 0;
        let error = std::io::Error::from(error);
        // What is removed while the walk goes on is not there; a pattern fits nothing where there is nothing.
        let is_gone = matches!(error.kind(), System::NotFound | System::NotADirectory);
        if wanted.skip_errors || is_gone && (!is_start || wanted.pattern.is_some()) {
            return Ok(());
        }
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<walkdir::Error>());
        let cause = cause.and_then(walkdir::Error::io_error).unwrap_or(&error);
        Err(failure("list", &shown, cause)
            .with_hint("with `skip_errors: true`, the walk leaves out what cannot be read"))
    }
}

/// The part of a pattern before its first wildcard, and the rest.
fn split_pattern(pattern: &str) -> (&str, &str) {
    let is_wild = |part: &str| part.contains(['*', '?', '[', '{']);
    let mut at = 0;
    for part in pattern.split_inclusive('/') {
        if is_wild(part) {
            break;
        }
        at += part.len();
    }
    pattern.split_at(at)
}

const OPTIONS: &[&str] = &["depth", "kind", "hidden", "skip_errors", "pattern"];

/// `begin_walk(folder, …)`: what a walk goes on with.
fn begin(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("files.walk", arguments, 1, OPTIONS)?;
    let mut depth = match options.option("depth") {
        None => usize::MAX,
        Some(depth) => count("files.walk", "depth", &depth)?,
    };
    let kind = options.option("kind");
    let (files, folders) =
        match kind.as_ref().map(|kind| text("files.walk", kind)).transpose()?.map(|kind| kind.as_str()) {
            None => (true, true),
            Some("file") => (true, false),
            Some("folder") => (false, true),
            Some(other) => {
                return Err(bad_value(format!("files.walk gives no kind {other:?}"))
                    .with_hint("its kinds are \"file\" and \"folder\"; without one, both come"));
            }
        };
    let mut folder = path("files.walk", &arguments, 0)?;
    let mut hidden = options.flag("hidden");
    let mut pattern = None;
    if let Some(given) = options.option("pattern") {
        let given = text("files.glob", &given)?;
        let (base, rest) = split_pattern(given.as_str());
        folder = Path::new(&folder).join(base).to_string_lossy().into_owned();
        hidden |= rest.split('/').any(|part| part.starts_with('.'));
        if !rest.contains("**") {
            depth = depth.min(rest.split('/').filter(|part| !part.is_empty()).count());
        }
        let glob = GlobBuilder::new(rest).literal_separator(true).empty_alternates(true).build();
        let glob = glob.map_err(|error| bad_value(format!("files.glob: {error}")))?;
        pattern = Some(glob.compile_matcher());
    }
    if folder.is_empty() {
        folder.push('.');
    }
    let gate = access::reading(context, &folder)?;
    let wanted = Wanted { pattern, files, folders, hidden, skip_errors: options.flag("skip_errors") };
    let state = Arc::new(Mutex::new(State::Asked { path: folder, gate, depth }));
    Ok(context.heap().foreign(Box::new(Walker { wanted, state })).into())
}

/// `walk_entries(walker)`: the next paths, an empty list at the end.
fn entries(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let walker =
        arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast::<Walker>()).expect("`begin_walk` made it");
    let (wanted, state) = (walker.wanted.clone(), walker.state.clone());
    let work = move || state.lock().unwrap_or_else(PoisonError::into_inner).portion(&wanted);
    context.wait_for(
        "files.walk",
        |operation| block(operation, work),
        |context, paths| {
            let paths = paths.iter().map(|path| context.heap().string(path)).collect();
            Ok(context.heap().list(paths))
        },
    )
}

pub(super) const BEGIN: Entry = Entry::function(
    "begin_walk(folder, depth: null, kind: null, hidden: false, skip_errors: false, pattern: null)",
    begin,
    "What a walk goes on with.",
)
.at(Place::Hidden);
pub(super) const ENTRIES: Entry =
    Entry::function("walk_entries(walker)", entries, "The next paths of a walk; an empty list at its end.")
        .at(Place::Hidden);

#[cfg(test)]
mod tests {
    use super::split_pattern;

    #[test]
    fn a_pattern_begins_where_it_is_wild() {
        for (pattern, base, rest) in [
            ("*.csv", "", "*.csv"),
            ("data/2026/*.csv", "data/2026/", "*.csv"),
            ("/var/**/x", "/var/", "**/x"),
            ("plain.txt", "plain.txt", ""),
            ("a{b,c}/d", "", "a{b,c}/d"),
        ] {
            assert_eq!(split_pattern(pattern), (base, rest), "{pattern}");
        }
    }
}
