//! The module `archives`: many files in one, in the form zip.
//!
//! **What is refused.** An archive may come from anywhere. All of its names are looked at before a file is written: none may
//! lead out of the folder, be there twice, or be a link. A file is made and never written through a link that lies in the
//! folder already. What is unpacked has a limit, whatever the archive says of its sizes.

use crate::access::{self, failure};
use crate::record;
use crate::runtime;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, text, wrong};
use motet_vm::builtins::iterate::entries;
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::{Operation, OperationError};
use motet_vm::{Context, ErrorKind, Result};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

type Answer<T> = std::result::Result<T, OperationError>;

/// Bytes that are unpacked unless the program says otherwise.
const MOST: u64 = 1 << 30;
/// Files in one archive at most.
const MOST_ENTRIES: usize = 200_000;
/// Bytes that are copied between two looks at whether the task still waits.
const PIECE: usize = 1 << 16;

/// Says whether the task still waits.
type Check<'a> = &'a dyn Fn() -> Answer<()>;

/// Does work on a thread that may block; it looks now and then whether the task still waits.
fn begin<T: Send + 'static>(
    operation: Operation<T>,
    work: impl FnOnce(Check<'_>) -> Answer<T> + Send + 'static,
) -> Answer<()> {
    runtime::spawn(move || {
        let check = || match operation.is_cancelled() {
            true => Err(OperationError::new(ErrorKind::Cancelled, "the task was cancelled")),
            false => Ok(()),
        };
        let done = check().and_then(|()| work(&check));
        operation.complete(done);
    })
}

fn malformed(name: &str, reason: impl std::fmt::Display) -> OperationError {
    OperationError::new(ErrorKind::ValueError, format!("{name}: {reason}"))
}

fn failed(name: &str, error: ZipError) -> OperationError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::InvalidData => match error.raw_os_error() {
            Some(_) => failure("read", name, &error),
            None => malformed(name, format!("this archive is damaged: {error}")),
        },
        ZipError::InvalidArchive(reason) => {
            malformed(name, format!("this is no zip archive, or it is damaged: {reason}"))
        }
        ZipError::FileNotFound => malformed(name, "there is no such file in the archive"),
        other => malformed(name, other),
    }
}

/// An archive whose size bears looking at.
fn opened<R: Read + Seek>(name: &str, source: R) -> Answer<ZipArchive<R>> {
    let archive = ZipArchive::new(source).map_err(|error| failed(name, error))?;
    if archive.len() > MOST_ENTRIES {
        let message = format!("{name}: the archive has {} files, more than {MOST_ENTRIES}", archive.len());
        return Err(OperationError::new(ErrorKind::LimitError, message));
    }
    Ok(archive)
}

fn open_file(place: &Path, shown: &str) -> Answer<ZipArchive<BufReader<File>>> {
    let file = File::open(place).map_err(|error| failure("read", shown, &error))?;
    opened(shown, BufReader::new(file))
}

/// What is in an archive.
struct Found {
    name: String,
    size: u64,
    packed: u64,
    is_folder: bool,
}

/// Each thing in an archive; what cannot be unpacked is an error.
fn look<R: Read + Seek>(archive: &mut ZipArchive<R>, shown: &str) -> Answer<Vec<Found>> {
    let mut found = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(|error| failed(shown, error))?;
        let name = file.name().map_err(|error| failed(shown, error))?.into_owned();
        if file.encrypted() {
            return Err(malformed(shown, format!("{name:?} is encrypted, which is not supported")));
        }
        if file.is_symlink() {
            return Err(malformed(shown, format!("{name:?} is a link, which is not unpacked")));
        }
        found.push(Found { is_folder: file.is_dir(), size: file.size(), packed: file.compressed_size(), name });
    }
    Ok(found)
}

/// The parts of a path in an archive; an error for one that leads elsewhere.
fn parts<'n>(shown: &str, name: &'n str) -> Answer<Vec<&'n str>> {
    let whole = name.strip_suffix('/').unwrap_or(name);
    let parts: Vec<&str> = whole.split('/').collect();
    let is_odd = |part: &&str| {
        part.is_empty()
            || matches!(*part, "." | "..")
            || part.contains(['\\', '\0'])
            || (cfg!(windows) && part.contains(':'))
    };
    if parts.iter().any(is_odd) {
        return Err(malformed(shown, format!("{name:?} would lead out of the folder, or is no name of a file")));
    }
    Ok(parts)
}

/// Too much would be unpacked.
fn too_much(shown: &str, most: u64) -> OperationError {
    OperationError::new(ErrorKind::LimitError, format!("{shown}: the archive holds more than {most} bytes"))
        .with_hint("`most: n` takes more")
}

/// Copies what is in an archive, up to a limit that others have used a part of.
fn copy(
    shown: &str,
    source: &mut impl Read,
    target: &mut impl Write,
    (done, most): (&mut u64, u64),
    check: Check<'_>,
) -> Answer<()> {
    let mut piece = vec![0; PIECE];
    loop {
        check()?;
        let length = match source.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) => return Err(failed(shown, ZipError::Io(error))),
        };
        *done += length as u64;
        if *done > most {
            return Err(too_much(shown, most));
        }
        target.write_all(&piece[..length]).map_err(|error| failure("unpack", shown, &error))?;
    }
}

/// Files and folders that were made, and are removed if not all can be.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    is_whole: bool,
}

impl Drop for Made {
    fn drop(&mut self) {
        if self.is_whole {
            return;
        }
        // What something else has taken away meanwhile is away.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Made {
    /// Makes a folder within the root, part by part; none may lead elsewhere.
    fn folder(&mut self, root: &Path, parts: &[&str], shown: &str) -> Answer<PathBuf> {
        let mut folder = root.to_owned();
        for part in parts {
            folder.push(part);
            match fs::create_dir(&folder) {
                Ok(()) => self.folders.push(folder.clone()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let is_own = folder.canonicalize().is_ok_and(|place| place.starts_with(root) && place.is_dir());
                    if !is_own {
                        let message =
                            format!("{} is no folder, or leads out of the one that is unpacked into", folder.display());
                        return Err(malformed(shown, message));
                    }
                }
                Err(error) => return Err(failure("make", &folder.to_string_lossy(), &error)),
            }
        }
        Ok(folder)
    }
}

fn unpack_all(
    archive: &mut ZipArchive<BufReader<File>>,
    root: &Path,
    shown: &str,
    (most, overwrites): (u64, bool),
    check: Check<'_>,
) -> Answer<Vec<String>> {
    let found = look(archive, shown)?;
    let mut names = HashSet::new();
    for found in &found {
        parts(shown, &found.name)?;
        if !names.insert(found.name.trim_end_matches('/').to_lowercase()) {
            return Err(malformed(shown, format!("{:?} is in the archive twice", found.name)));
        }
    }
    if found.iter().fold(0_u64, |sum, found| sum.saturating_add(found.size)) > most {
        return Err(too_much(shown, most));
    }
    let mut made = Made::default();
    let mut done = 0;
    for (index, found) in found.iter().enumerate() {
        let parts = parts(shown, &found.name)?;
        if found.is_folder {
            made.folder(root, &parts, shown)?;
            continue;
        }
        let (name, folders) = parts.split_last().expect("a name has a part");
        let place = made.folder(root, folders, shown)?.join(name);
        if overwrites && place.symlink_metadata().is_ok_and(|about| !about.is_dir()) {
            fs::remove_file(&place).map_err(|error| failure("replace", &place.to_string_lossy(), &error))?;
        }
        // A new file: nothing is written through a link that is there.
        let mut file = File::create_new(&place).map_err(|error| {
            let failed = failure("unpack", &place.to_string_lossy(), &error);
            let is_there = error.kind() == io::ErrorKind::AlreadyExists;
            if is_there {
                failed.with_hint("with `overwrite: true`, files that are there are replaced")
            } else {
                failed
            }
        })?;
        made.files.push(place);
        let mut source = archive.by_index(index).map_err(|error| failed(shown, error))?;
        copy(shown, &mut source, &mut file, (&mut done, most), check)?;
    }
    made.is_whole = true;
    Ok(found.into_iter().filter(|found| !found.is_folder).map(|found| found.name).collect())
}

fn most_of(name: &str, options: &WithOptions<'_>, otherwise: u64) -> Result<u64> {
    options.option("most").map_or(Ok(otherwise), |most| Ok(count(name, "most", &most)? as u64))
}

fn extract(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "archives.extract";
    let options = WithOptions::of(NAME, arguments, 2, &["most", "overwrite"])?;
    let path = text(NAME, arguments.at(0))?.as_str().to_owned();
    let folder = text(NAME, arguments.at(1))?.as_str().to_owned();
    let limits = (most_of(NAME, &options, MOST)?, options.flag("overwrite"));
    let (gate, target) = (access::reading(context, &path)?, access::writing(context, &folder)?);
    let work = move |check: Check<'_>| {
        let mut archive = open_file(&gate.pass(&path)?, &path)?;
        let root = target.pass(&folder)?;
        fs::create_dir_all(&root).map_err(|error| failure("make", &folder, &error))?;
        let root = root.canonicalize().map_err(|error| failure("look at", &folder, &error))?;
        unpack_all(&mut archive, &root, &path, limits, check)
    };
    context.wait_for(
        NAME,
        |operation| begin(operation, work),
        |context, names: Vec<String>| {
            let names = names.iter().map(|name| context.heap().string(name)).collect();
            Ok(context.heap().list(names))
        },
    )
}

fn list(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "archives.list";
    let path = text(NAME, arguments.at(0))?.as_str().to_owned();
    let gate = access::reading(context, &path)?;
    let work = move |_: Check<'_>| look(&mut open_file(&gate.pass(&path)?, &path)?, &path);
    context.wait_for(
        NAME,
        |operation| begin(operation, work),
        |context, found: Vec<Found>| {
            let mut rows = Vec::with_capacity(found.len());
            for found in found {
                context.work(1)?;
                let name = context.heap().string(&found.name);
                rows.push(record(
                    context,
                    [
                        ("name", name),
                        ("size", Value::int(found.size as i64)),
                        ("packed", Value::int(found.packed as i64)),
                        ("is_folder", Value::bool(found.is_folder)),
                    ],
                ));
            }
            Ok(context.heap().list(rows))
        },
    )
}

fn read(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "archives.read";
    let options = WithOptions::of(NAME, arguments, 2, &["most"])?;
    let path = text(NAME, arguments.at(0))?.as_str().to_owned();
    let name = text(NAME, arguments.at(1))?.as_str().to_owned();
    let most = most_of(NAME, &options, MOST)?.min(context.most_text() as u64);
    let gate = access::reading(context, &path)?;
    let work = move |check: Check<'_>| {
        let mut archive = open_file(&gate.pass(&path)?, &path)?;
        let mut file = archive.by_name(&name).map_err(|error| failed(&format!("{path}: {name:?}"), error))?;
        let mut bytes = Vec::new();
        copy(&path, &mut file, &mut bytes, (&mut 0, most), check)?;
        Ok(bytes)
    };
    context.wait_for(NAME, |operation| begin(operation, work), |context, bytes| Ok(context.heap().bytes(bytes)))
}

fn unpack(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "archives.unpack";
    let options = WithOptions::of(NAME, arguments, 1, &["most"])?;
    let bytes = arguments.at(0).as_bytes().ok_or_else(|| wrong(NAME, "bytes", arguments.at(0)))?.to_vec();
    let most = most_of(NAME, &options, MOST)?.min(context.most_text() as u64);
    let work = move |check: Check<'_>| {
        let mut archive = opened(NAME, Cursor::new(bytes))?;
        let mut files = Vec::new();
        let mut done = 0;
        for (index, found) in look(&mut archive, NAME)?.into_iter().enumerate().filter(|(_, found)| !found.is_folder) {
            let mut file = archive.by_index(index).map_err(|error| failed(NAME, error))?;
            let mut content = Vec::new();
            copy(NAME, &mut file, &mut content, (&mut done, most), check)?;
            files.push((found.name, content));
        }
        Ok(files)
    };
    context.wait_for(
        NAME,
        |operation| begin(operation, work),
        |context, files: Vec<(String, Vec<u8>)>| {
            let heap = context.heap();
            let unpacked = heap.record(files.len());
            for (name, content) in files {
                motet_vm::builtins::keyed::put_entry(&unpacked, heap.string(&name), heap.bytes(content), heap);
            }
            Ok(unpacked)
        },
    )
}

/// Something is written to an archive as it is read.
fn put(
    writer: &mut ZipWriter<impl Write + Seek>,
    shown: &str,
    (name, options): (&str, SimpleFileOptions),
    source: &mut impl Read,
    check: Check<'_>,
) -> Answer<u64> {
    writer.start_file(name, options).map_err(|error| failed(shown, error))?;
    let (mut piece, mut written) = (vec![0; PIECE], 0);
    loop {
        check()?;
        let length = source.read(&mut piece).map_err(|error| failure("read", name, &error))?;
        if length == 0 {
            return Ok(written);
        }
        written += length as u64;
        writer.write_all(&piece[..length]).map_err(|error| failure("write", shown, &error))?;
    }
}

fn level_of(name: &str, options: &WithOptions<'_>) -> Result<SimpleFileOptions> {
    let level = options.option("level").map_or(Ok(6), |level| count(name, "level", &level))?;
    if level > 9 {
        return Err(bad_value(format!("{name} has the levels 0 to 9, not {level}")));
    }
    let written = SimpleFileOptions::default().large_file(false);
    Ok(if level == 0 {
        written.compression_method(CompressionMethod::Stored)
    } else {
        written.compression_method(CompressionMethod::Deflated).compression_level(Some(level as i64))
    })
}

/// When a file was changed, in the zone of the machine, as archives say it.
fn changed(about: &fs::Metadata) -> Option<DateTime> {
    let time = jiff::Timestamp::try_from(about.modified().ok()?).ok()?;
    let clock = time.to_zoned_datetime(jiff::tz::TimeZone::UTC).datetime();
    DateTime::from_date_and_time(
        u16::try_from(clock.year()).ok()?,
        u8::try_from(clock.month()).ok()?,
        u8::try_from(clock.day()).ok()?,
        u8::try_from(clock.hour()).ok()?,
        u8::try_from(clock.minute()).ok()?,
        u8::try_from(clock.second()).ok()?,
    )
    .ok()
}

/// Writes all files of a folder, or one file; gives how many, and their bytes.
fn pack_all(
    writer: &mut ZipWriter<impl Write + Seek>,
    (source, shown): (&Path, &str),
    own: &Path,
    options: SimpleFileOptions,
    check: Check<'_>,
) -> Answer<(usize, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in walkdir::WalkDir::new(source).follow_root_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| failure("read", shown, &io::Error::from(error)))?;
        let below = entry.path().strip_prefix(source).unwrap_or(entry.path());
        let mut name = below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        if entry.depth() == 0 {
            if !entry.path().is_file() {
                continue;
            }
            name = entry.file_name().to_string_lossy().into_owned();
        }
        let kind = entry.file_type();
        if kind.is_dir() {
            writer.add_directory(name, options).map_err(|error| failed(shown, error))?;
            continue;
        }
        // Links are left out, and so is the archive itself.
        if !entry.path().is_file()
            || (kind.is_symlink() && entry.depth() > 0)
            || entry.path().canonicalize().is_ok_and(|place| place == own)
        {
            continue;
        }
        let mut file =
            File::open(entry.path()).map_err(|error| failure("read", &entry.path().to_string_lossy(), &error))?;
        let about = file.metadata().map_err(|error| failure("read", &entry.path().to_string_lossy(), &error))?;
        let mut options = options.large_file(about.len() >= u32::MAX.into());
        if let Some(time) = changed(&about) {
            options = options.last_modified_time(time);
        }
        bytes += put(writer, shown, (&name, options), &mut file, check)?;
        files += 1;
    }
    Ok((files, bytes))
}

fn create(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "archives.create";
    let options = WithOptions::of(NAME, arguments, 2, &["level"])?;
    let path = text(NAME, arguments.at(0))?.as_str().to_owned();
    let folder = text(NAME, arguments.at(1))?.as_str().to_owned();
    let written = level_of(NAME, &options)?;
    let (target, gate) = (access::writing(context, &path)?, access::reading(context, &folder)?);
    let work = move |check: Check<'_>| {
        let (place, source) = (target.pass(&path)?, gate.pass(&folder)?);
        let source = source.canonicalize().map_err(|error| failure("read", &folder, &error))?;
        let beside = place.parent().filter(|beside| !beside.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Until it is whole, it has another name: what was there stays if anything fails.
        let draft = tempfile::Builder::new().prefix(".motet-").tempfile_in(beside);
        let draft = draft.map_err(|error| failure("write", &path, &error))?;
        let own = draft.path().canonicalize().map_err(|error| failure("write", &path, &error))?;
        let mut writer = ZipWriter::new(draft);
        let packed = pack_all(&mut writer, (&source, &folder), &own, written, check)?;
        let draft = writer.finish().map_err(|error| failed(&path, error))?;
        crate::modules::files::make_readable(draft.as_file()).map_err(|error| failure("write", &path, &error))?;
        draft.persist(&place).map_err(|error| failure("write", &path, &error.error))?;
        Ok(packed)
    };
    context.wait_for(
        NAME,
        |operation| begin(operation, work),
        |context, (files, bytes): (usize, u64)| {
            Ok(record(context, [("files", Value::int(files as i64)), ("bytes", Value::int(bytes as i64))]))
        },
    )
}

fn pack(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "archives.pack";
    let given = arguments.at(0);
    if given.as_record().is_none() && given.as_map().is_none() {
        return Err(wrong(NAME, "a record of contents by their names", given));
    }
    let written = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let (keys, values) = entries(given, context.heap());
    let mut files = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(&values) {
        context.work(1)?;
        let name = text(NAME, key)?.as_str().to_owned();
        parts(NAME, &name).map_err(|error| bad_value(error.message))?;
        files.push((name, crate::files::content(NAME, value)?));
    }
    let work = move |check: Check<'_>| {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in &files {
            put(&mut writer, NAME, (name, written), &mut content.as_slice(), check)?;
        }
        Ok(writer.finish().map_err(|error| failed(NAME, error))?.into_inner())
    };
    context.wait_for(NAME, |operation| begin(operation, work), |context, bytes| Ok(context.heap().bytes(bytes)))
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "archives",
    documentation: "Many files in one, in the form zip. An archive whose names lead out of the folder, that has links, or that holds more than it may is refused before a file is written.",
    entries: &[
        Entry::function(
            "create(path, folder, level: 6)",
            create,
            "Writes an archive of all files of a folder, or of one file, and gives `{files, bytes}`. Links are left out. Until it is whole, what was at the path stays.",
        ),
        Entry::function(
            "extract(path, folder, most: 1073741824, overwrite: false)",
            extract,
            "Unpacks an archive into a folder, which is made if it is missing, and gives the names of the files. If not all can be unpacked, nothing stays. More than `most` bytes are a `LimitError`.",
        ),
        Entry::function("list(path)", list, "What is in an archive: a list of `{name, size, packed, is_folder}`."),
        Entry::function("read(path, name, most: 1073741824)", read, "The bytes of one file in an archive."),
        Entry::function(
            "pack(files)",
            pack,
            "An archive as bytes, of a record of texts and bytes by the names of their files.",
        ),
        Entry::function(
            "unpack(bytes, most: 1073741824)",
            unpack,
            "The files of an archive that is bytes: a record of bytes by their names.",
        ),
    ],
    source: None,
};
