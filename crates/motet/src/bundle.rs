//! A compiled program behind a copy of the command: one file that runs without Motet being installed.
//!
//! The command holds a *slot* of 64 bytes: a mark, and then the place, the length and the hash of the program in its file;
//! zeros in the command itself. To build is to copy the command, to write the compiled modules behind it and to fill the
//! slot of the copy. So the command itself looks at no file when it starts, and a copy that was cut off, or whose program
//! was changed, knows that something is missing. What is read goes through the verifier like all code.

use crate::loader::{LoadError, Loader};
use crate::native_modules;
use motet_code::portable::{self, PortableModule};
use motet_code::{Constant, Function};
use motet_vm::LinkedModule;
use motet_vm::builtins::IMPORT_PREFIX;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

const MARK_LENGTH: usize = 16;
const SLOT_LENGTH: usize = 64;

/// See the module. Nothing else in the command's file has these sixteen bytes.
#[used]
static SLOT: [u8; SLOT_LENGTH] = {
    let mut slot = [0; SLOT_LENGTH];
    let mark = b"\x01motet\xf5program\xb7\n";
    let mut at = 0;
    while at < MARK_LENGTH {
        slot[at] = mark[at];
        at += 1;
    }
    slot
};

/// Where a program is and what it must be.
struct Place {
    offset: u64,
    length: u64,
    hash: [u8; 32],
}

impl Place {
    fn of_slot(slot: &[u8; SLOT_LENGTH]) -> Option<Place> {
        let number = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&slot[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        let mut hash = [0; 32];
        hash.copy_from_slice(&slot[MARK_LENGTH + 16..]);
        let is_empty = slot[MARK_LENGTH..].iter().all(|byte| *byte == 0);
        (!is_empty).then(|| Place { offset: number(MARK_LENGTH), length: number(MARK_LENGTH + 8), hash })
    }

    fn slot(&self) -> [u8; SLOT_LENGTH] {
        let mut slot = SLOT;
        slot[MARK_LENGTH..MARK_LENGTH + 8].copy_from_slice(&self.offset.to_le_bytes());
        slot[MARK_LENGTH + 8..MARK_LENGTH + 16].copy_from_slice(&self.length.to_le_bytes());
        slot[MARK_LENGTH + 16..].copy_from_slice(&self.hash);
        slot
    }
}

/// The program behind the command that runs, if there is one; an error if it is not whole.
pub fn of_this_command() -> Option<Result<Vec<u8>, String>> {
    // The compiler must not know what stands there: in a copy it is something else.
    let place = Place::of_slot(std::hint::black_box(&SLOT))?;
    Some(read(&place).map_err(|error| format!("the program in this file cannot be run: {error}")))
}

fn read(place: &Place) -> Result<Vec<u8>, String> {
    let mut file = own_file().map_err(|error| format!("the file cannot be read: {error}"))?;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    let end = place.offset.checked_add(place.length);
    if end.is_none_or(|end| end > size) {
        return Err("the file is cut off, or was changed by a tool such as strip".into());
    }
    let mut bytes = Vec::new();
    let read = file.seek(SeekFrom::Start(place.offset)).and_then(|_| file.take(place.length).read_to_end(&mut bytes));
    read.map_err(|error| format!("the file cannot be read: {error}"))?;
    if blake3::hash(&bytes) != place.hash {
        return Err("the file was changed or damaged: its checksum does not match".into());
    }
    Ok(bytes)
}

/// The file of the command that runs, also if it has been replaced meanwhile.
fn own_file() -> io::Result<File> {
    if cfg!(target_os = "linux") { File::open("/proc/self/exe") } else { File::open(std::env::current_exe()?) }
}

/// The bytes of a file that runs a program: this command, the program, and where it is. None if this command cannot be
/// copied: it runs a program itself, or its file is not what runs.
pub fn executable(program: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    own_file()
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|error| format!("the command's own file cannot be read: {error}"))?;
    let slot = std::hint::black_box(&SLOT);
    let mut found = Vec::new();
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == slot[0]) {
        if bytes[at..].starts_with(&slot[..MARK_LENGTH]) {
            found.push(at);
        }
    }
    let [at] = found[..] else {
        return Err(format!("the command's own file has {} places for a program instead of one", found.len()));
    };
    let place =
        Place { offset: bytes.len() as u64, length: program.len() as u64, hash: *blake3::hash(program).as_bytes() };
    let Some(to) = bytes.get_mut(at..at + SLOT_LENGTH) else { return Err("the command's own file is cut off".into()) };
    to.copy_from_slice(&place.slot());
    bytes.extend_from_slice(program);
    Ok(bytes)
}

/// A program with all modules that it imports, as bytes. `named` gives the names of sources as messages will show them.
pub fn pack(main: &Arc<LinkedModule>, named: &dyn Fn(&str) -> String) -> Vec<u8> {
    let mut modules = Vec::new();
    collect(main, &mut modules, &mut HashMap::new());
    portable::write(&modules, named)
}

/// Import chains are short: the loader bounds them.
fn collect(linked: &LinkedModule, modules: &mut Vec<PortableModule>, known: &mut HashMap<u32, usize>) -> usize {
    let id = linked.module.main.id();
    if let Some(place) = known.get(&id) {
        return *place;
    }
    let imports = linked.imports.iter().map(|import| collect(import, modules, known)).collect();
    modules.push(PortableModule { module: Arc::clone(&linked.module), imports });
    known.insert(id, modules.len() - 1);
    modules.len() - 1
}

/// The program that these bytes are, with its imports linked.
pub fn unpack(loader: &Loader<'_>, bytes: &[u8]) -> Result<Arc<LinkedModule>, LoadError> {
    let refused = |message: String| LoadError::message(format!("the program cannot be run: {message}"));
    let modules = portable::read(bytes).map_err(|error| refused(error.to_string()))?;
    let names = loader.names();
    let builtins = names.builtins();
    let mut linked: Vec<Arc<LinkedModule>> = Vec::new();
    for portable in modules {
        for name in externs(&portable.module.main) {
            // What a module of the library is made of runs when a program first names it.
            let module = name.strip_prefix(IMPORT_PREFIX).map_or(&*name, |rest| rest.split('/').next().unwrap_or(rest));
            if let Some(module) = builtins.module(module) {
                native_modules::make_ready(builtins, module, &[])?;
            }
            if !names.is_known(&name) && builtins.extern_value(&name).is_none() {
                return Err(refused(format!("it needs `{name}`, which this motet was built without")));
            }
        }
        let imports = portable.imports.iter().map(|at| Arc::clone(&linked[*at])).collect();
        linked.push(Arc::new(LinkedModule { module: portable.module, imports }));
    }
    linked.pop().ok_or_else(|| refused("it has no module".into()))
}

/// The names of builtins that a function and those inside of it use.
fn externs(main: &Arc<Function>) -> HashSet<Box<str>> {
    let (mut names, mut seen, mut pending) = (HashSet::new(), HashSet::new(), vec![Arc::clone(main)]);
    while let Some(function) = pending.pop() {
        if !seen.insert(function.id()) {
            continue;
        }
        pending.extend(function.functions.iter().cloned());
        for constant in &function.constants {
            match constant {
                Constant::Extern(name) => drop(names.insert(name.clone())),
                Constant::Function(inner) => pending.push(Arc::clone(inner)),
                _ => {}
            }
        }
    }
    names
}

/// The name of a source in a file that others get: without the folders of the machine that it was made on.
pub fn portable_name(name: &str, packages: &[(String, std::path::PathBuf)]) -> String {
    let path = Path::new(name);
    if !path.is_absolute() {
        return name.to_owned();
    }
    let inside = packages.iter().filter_map(|(package, root)| Some((package, path.strip_prefix(root).ok()?)));
    match inside.min_by_key(|(_, inside)| inside.components().count()) {
        Some((package, inside)) => Path::new(package).join(inside).display().to_string(),
        None => path.file_name().map_or(name.to_owned(), |name| name.to_string_lossy().into_owned()),
    }
}
