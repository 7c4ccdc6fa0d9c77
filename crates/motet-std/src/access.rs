//! Asking for permission, and errors of the system as errors of the language.
//!
//! A program that may not touch all files may be granted some folders. Whether a path lies in one is found out where the
//! file is used, on the thread that may block: `..` and links lead to where they lead, and that place is what is compared and
//! used. So neither leads out of a folder.

use motet_vm::operation::OperationError;
use motet_vm::{Context, Error, ErrorKind, Grants, Permissions, Result};
use std::ffi::OsString;
use std::io::{self, ErrorKind as System};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The error that the program may not do something, with what would let it.
pub fn refusal(what: &str, grant: &str) -> Error {
    Error::new(ErrorKind::PermissionError, format!("this program may not {what}"))
        .with_hint(format!("it runs in a sandbox; with `--allow {grant}` it may"))
}

/// Ends the call with an error unless the program has the permission.
pub fn require(context: &Context<'_>, permission: fn(&Permissions) -> bool, what: &str, grant: &str) -> Result<()> {
    if permission(&context.permissions()) { Ok(()) } else { Err(refusal(what, grant)) }
}

/// What is done to files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

impl Use {
    fn folders(self, grants: &Grants) -> &[PathBuf] {
        match self {
            Use::Read => &grants.read,
            Use::Write => &grants.write,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Use::Read => "read",
            Use::Write => "change",
        }
    }

    fn grant(self) -> &'static str {
        match self {
            Use::Read => "read",
            Use::Write => "write",
        }
    }
}

/// What a path has to pass before the file behind it is used.
#[derive(Clone, Debug)]
pub struct Gate {
    to: Use,
    /// None: all files may be used.
    grants: Option<Arc<Grants>>,
}

fn gate(context: &Context<'_>, to: Use, path: &str) -> Result<Gate> {
    let permissions = context.permissions();
    let has_all = if to == Use::Read { permissions.read_files } else { permissions.write_files };
    if has_all {
        return Ok(Gate { to, grants: None });
    }
    let grants = context.grants();
    if to.folders(&grants).is_empty() {
        return Err(refusal(&format!("{} files", to.what()), &format!("{}={path}", to.grant())));
    }
    Ok(Gate { to, grants: Some(grants) })
}

/// Reading what this path names: an error at once if the program may read no files at all.
pub fn reading(context: &Context<'_>, path: &str) -> Result<Gate> {
    gate(context, Use::Read, path)
}

/// Making, changing or removing what this path names.
pub fn writing(context: &Context<'_>, path: &str) -> Result<Gate> {
    gate(context, Use::Write, path)
}

impl Gate {
    /// The path of the file that is to be used; links are followed. May block.
    pub fn pass(&self, path: &str) -> std::result::Result<PathBuf, OperationError> {
        self.checked(path, resolved)
    }

    /// The same for what is itself moved or removed: a link counts, not what it leads to.
    pub fn pass_entry(&self, path: &str) -> std::result::Result<PathBuf, OperationError> {
        self.checked(path, resolved_entry)
    }

    fn checked(
        &self,
        path: &str,
        resolve: fn(&Path) -> io::Result<PathBuf>,
    ) -> std::result::Result<PathBuf, OperationError> {
        let Some(grants) = &self.grants else { return Ok(path.into()) };
        let place = resolve(Path::new(path));
        let is_in = |place: &Path| {
            let mut folders = self.to.folders(grants).iter();
            folders.any(|folder| resolved(folder).is_ok_and(|folder| place.starts_with(folder)))
        };
        match place {
            Ok(place) if is_in(&place) => Ok(place),
            // Nothing is told of what lies elsewhere, not even that nothing does.
            _ => {
                let refused = format!("this program may not {} {path}", self.to.what());
                Err(OperationError::new(ErrorKind::PermissionError, refused).with_hint(format!(
                    "its sandbox does not reach there; with `--allow {}={path}` it may",
                    self.to.grant()
                )))
            }
        }
    }
}

/// Whether a program with these grants may read a file. May block.
pub fn may_read(grants: &Grants, path: &Path) -> bool {
    resolved(path).is_ok_and(|place| {
        grants.read.iter().any(|folder| resolved(folder).is_ok_and(|folder| place.starts_with(folder)))
    })
}

/// Where a path leads, links followed. What does not exist yet lies where its nearest folder does.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut base = std::path::absolute(path)?;
    let mut missing: Vec<OsString> = Vec::new();
    loop {
        match base.canonicalize() {
            Ok(place) => return Ok(missing.iter().rev().fold(place, |place, name| place.join(name))),
            // A link that leads nowhere would lead there once something is made.
            Err(error) if error.kind() != System::NotFound || base.symlink_metadata().is_ok() => return Err(error),
            Err(error) => match base.components().next_back() {
                Some(Component::Normal(name)) => {
                    missing.push(name.to_owned());
                    base.pop();
                }
                // What is above something that is not there cannot be known.
                _ => return Err(error),
            },
        }
    }
}

/// Where an entry of a folder lies: the link itself, not what it leads to.
fn resolved_entry(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    match (path.parent(), path.components().next_back()) {
        (Some(folder), Some(Component::Normal(name))) => Ok(resolved(folder)?.join(name)),
        _ => resolved(&path),
    }
}

/// Ends the call with an error unless the program may start this other program.
pub fn running(context: &Context<'_>, program: &str) -> Result<()> {
    starting(context, "start other programs", program)
}

/// The same for what is granted like a program of that name, said in other words.
pub fn starting(context: &Context<'_>, what: &str, program: &str) -> Result<()> {
    let may = context.permissions().processes || context.grants().programs.iter().any(|granted| granted == program);
    if may { Ok(()) } else { Err(refusal(what, &format!("run={program}"))) }
}

/// Ends the call with an error unless the program may reach this host, or listen at this address.
pub fn reaching(context: &Context<'_>, host: &str, port: u16) -> Result<()> {
    let may = context.permissions().network || context.grants().hosts.iter().any(|granted| granted.covers(host, port));
    if may {
        return Ok(());
    }
    let shown = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    Err(refusal(&format!("reach {shown}"), &format!("net={shown}")))
}

/// An `IoError` that names what could not be done, to what, and what the system says: `cannot read data.txt: No such
/// file or directory`.
pub fn failure(what: &str, path: &str, error: &io::Error) -> OperationError {
    OperationError::new(ErrorKind::IoError, format!("cannot {what} {path}: {}", system_message(error)))
}

/// What the system says, without the number that Rust appends, and what libraries add behind it.
pub fn system_message(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error ").next().unwrap_or(&text).to_owned()
}

/// Bytes that must be text.
pub fn decode(bytes: Vec<u8>, path: &str) -> std::result::Result<String, OperationError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        OperationError::new(ErrorKind::IoError, format!("cannot read {path} as text: byte {at} is not UTF-8"))
            .with_hint("read_bytes(path) gives the bytes of a file that is no text")
    })
}

/// The most that one read gives: what a string may hold.
pub const MAX_BYTES: usize = motet_vm::builtins::arguments::MAX_TEXT;

/// The error for more than that.
pub fn too_large(path: &str) -> OperationError {
    OperationError::new(ErrorKind::LimitError, format!("{path} holds more than {MAX_BYTES} bytes"))
        .with_hint("read it line by line: open_file(path).read_line()")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// `granted/inside.txt`, `secret.txt` beside it, and links that lead from one to the other.
    fn folders() -> tempfile::TempDir {
        let top = tempfile::tempdir().expect("a folder for a test");
        let granted = top.path().join("granted");
        std::fs::create_dir(&granted).expect("a new folder");
        std::fs::write(granted.join("inside.txt"), "").expect("a new file");
        std::fs::write(top.path().join("secret.txt"), "").expect("a new file");
        std::fs::create_dir(top.path().join("granted-not")).expect("a new folder");
        symlink("../secret.txt", granted.join("link")).expect("a new link");
        symlink("..", granted.join("up")).expect("a new link");
        symlink("../made-later.txt", granted.join("dangling")).expect("a new link");
        symlink("inside.txt", granted.join("own")).expect("a new link");
        top
    }

    #[test]
    fn no_path_leads_out_of_a_granted_folder() {
        let top = folders();
        let path = |rest: &str| format!("{}/{rest}", top.path().display());
        let grants = Grants { read: vec![path("granted").into()], ..Grants::default() };
        let gate = Gate { to: Use::Read, grants: Some(Arc::new(grants)) };
        for (rest, may) in [
            ("granted", true),
            ("granted/inside.txt", true),
            ("granted/./own", true),
            ("granted/new/newer.txt", true),
            ("granted/../granted/inside.txt", true),
            ("secret.txt", false),
            ("nothing.txt", false),
            ("granted-not/x", false),
            ("granted/../secret.txt", false),
            ("granted/link", false),
            ("granted/up/secret.txt", false),
            ("granted/up/granted/inside.txt", true),
            ("granted/dangling", false),
            ("granted/new/../../secret.txt", false),
            ("", false),
        ] {
            assert_eq!(gate.pass(&path(rest)).is_ok(), may, "{rest}");
        }
        assert!(gate.pass("/").is_err() && gate.pass("").is_err() && gate.pass("/proc/self/root/etc/passwd").is_err());
        // A link may be removed, and is not what it leads to.
        assert_eq!(
            gate.pass_entry(&path("granted/link")).ok().map(|place| place.ends_with("granted/link")),
            Some(true)
        );
        assert!(gate.pass_entry(&path("granted/up/secret.txt")).is_err());
        assert!(gate.pass_entry(&path("granted/..")).is_err());
    }
}
