//! `motet build`: one file that runs a program without Motet being installed.

use super::{CompileArguments, here, misuse, program, program_here};
use crate::commands::warnings::Allowed;
use crate::commands::{PROGRAM_ERROR, isolate_for_compiling, show, show_failure};
use clap::Args;
use motet::bundle;
use motet::loader::Loader;
use motet::project::{Manifest, find};
use motet_syntax::Notation;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub struct BuildArguments {
    /// The program, a .soc or .gene file; none: that of the project
    file: Option<PathBuf>,
    /// The file to make; by default target/NAME in a project, else the program's name without its ending
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    compile: CompileArguments,
}

pub fn build(arguments: &BuildArguments) -> ExitCode {
    match make(arguments) {
        Ok(text) => {
            // Who reads may stop early.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(code) => code,
    }
}

fn make(arguments: &BuildArguments) -> Result<String, ExitCode> {
    let named = arguments.file.as_deref().map(program);
    let file = named
        .or_else(program_here)
        .unwrap_or_else(|| Err(misuse("which program? motet build FILE, or in a project without one")))?;
    let output = output(arguments, &file)?;
    let projects = arguments.compile.project.projects();
    let mut isolate = isolate_for_compiling(&arguments.compile.macros);
    isolate.set_arguments(&[]);
    let mut loader = Loader::new(&mut isolate).packages(projects.of_file(&file));
    let loaded = loader.load_file(&file);
    arguments.compile.allowed.show(loader.take_warnings(), Allowed::at_run);
    let module = loaded.map_err(|failure| show_failure(&failure))?;
    let roots = match find(file.parent().unwrap_or(Path::new("."))) {
        // It has been resolved if a dependency is imported; what is wrong with it has been told.
        Some(root) => {
            let graph = projects.graph(&root).map_err(|failure| show_failure(&failure))?;
            let own = (graph.manifest().name.clone(), root);
            let others = graph.packages().map(|package| (package.name.clone(), package.root.clone()));
            std::iter::once(own).chain(others).collect()
        }
        None => Vec::new(),
    };
    let packed = bundle::pack(&module, &|name| bundle::portable_name(name, &roots));
    let failed = |message: String| {
        show(&format!("error: {message}\n"));
        ExitCode::from(PROGRAM_ERROR)
    };
    let bytes = bundle::executable(&packed).map_err(failed)?;
    write(&output, &bytes).map_err(|error| failed(format!("{} cannot be written: {error}", output.display())))?;
    Ok(format!("{}: {:.1} MB\n", output.display(), bytes.len() as f64 / 1e6))
}

/// The file to make.
fn output(arguments: &BuildArguments, file: &Path) -> Result<PathBuf, ExitCode> {
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => {
            let stem = file.file_stem().unwrap_or_default().to_owned();
            // A file of a project that is built by its name is not the project's program.
            let is_program = arguments.file.as_deref().is_none_or(Path::is_dir);
            let folder = arguments.file.clone().filter(|_| is_program).or_else(here).filter(|_| is_program);
            let usual = match folder {
                Some(root) => {
                    let manifest = Manifest::read(&root).map_err(|failure| show_failure(&failure))?;
                    let root = root.strip_prefix(".").map(Path::to_path_buf).unwrap_or(root);
                    root.join("target").join(manifest.name)
                }
                None => PathBuf::from(stem),
            };
            if cfg!(windows) { usual.with_extension("exe") } else { usual }
        }
    };
    if output.is_dir() {
        return Err(misuse(&format!("{} is a folder; -o names the file to make", output.display())));
    }
    if output.to_str().is_some_and(|name| Notation::of_file(name).is_some()) {
        return Err(misuse(&format!(
            "{} would be no program's text any more; -o names another file",
            output.display()
        )));
    }
    Ok(output)
}

/// Writes the file as a whole or not at all, so that one that runs is replaced and not changed.
fn write(output: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.motet", std::process::id()));
    let written = std::fs::write(&draft, bytes)
        .and_then(|()| make_executable(&draft))
        .and_then(|()| std::fs::rename(&draft, output));
    if written.is_err() {
        // What is left of it is of no use; that it cannot be removed is not the error to tell.
        let _ = std::fs::remove_file(&draft);
    }
    written
}

#[cfg(unix)]
fn make_executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(file)?.permissions().mode();
    // All who may read it may run it.
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}
