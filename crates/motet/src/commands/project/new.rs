//! `motet new`: a folder with a manifest, a program or a library, a test and an example.

use super::misuse;
use crate::commands::{PROGRAM_ERROR, show};
use clap::Args;
use motet::project::{LOCK, MANIFEST, check_name, nearest_name};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub struct NewArguments {
    /// The folder that is made, named like the project; `.` for the current one
    folder: PathBuf,
    /// The name of the project, if it is another one than the folder's
    #[arg(long)]
    name: Option<String>,
    /// A library: a module that other programs import
    #[arg(long)]
    lib: bool,
    /// In the .gene notation
    #[arg(long)]
    gene: bool,
}

pub fn new(arguments: &NewArguments) -> ExitCode {
    let name = match name_of(arguments) {
        Ok(name) => name,
        Err(message) => return misuse(&message),
    };
    let files = files(&name, arguments.lib, arguments.gene);
    let folder = &arguments.folder;
    if folder.exists() && !folder.is_dir() {
        return misuse(&format!("{} is a file; the project needs a folder", folder.display()));
    }
    // A link that leads nowhere is in the way, too.
    let is_there = |name: &str| folder.join(name).symlink_metadata().is_ok();
    if let Some(there) =
        [MANIFEST, LOCK].into_iter().chain(files.iter().map(|(name, _)| &**name)).find(|name| is_there(name))
    {
        let place = folder.join(there);
        let place = place.strip_prefix(".").unwrap_or(&place);
        return misuse(&format!("{} is there already; a new project writes over nothing", place.display()));
    }
    match write_all(folder, &files) {
        Err((path, error)) => {
            show(&format!("error: {} cannot be written: {error}\n", path.display()));
            ExitCode::from(PROGRAM_ERROR)
        }
        Ok(()) => {
            let mut text = format!("{name} is made:\n");
            for (file, _) in &files {
                text.push_str(&format!("  {}\n", folder.join(file).display()));
            }
            let then = if arguments.lib { "motet test" } else { "motet run" };
            let is_here = folder == Path::new(".");
            let way = if is_here { String::new() } else { format!("cd {}\n  ", quoted(&folder.display().to_string())) };
            text.push_str(&format!("to go on:\n  {way}{then}\n"));
            // Who reads may stop early.
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
    }
}

/// A word as a shell reads it.
fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "/._-+~".contains(character);
    if text.chars().all(is_plain) { text.into() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// The project's name, which is given or the folder's.
fn name_of(arguments: &NewArguments) -> Result<String, String> {
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => {
            let folder = &arguments.folder;
            // `.` and `..` have names, too.
            let full =
                folder.canonicalize().or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.clone());
            let last = full.file_name().map(|name| name.to_string_lossy().into_owned());
            last.ok_or_else(|| format!("{} has no name: --name gives the project one", folder.display()))?
        }
    };
    check_name(&name).map_err(|why| {
        let near = nearest_name(&name).map_or(String::new(), |near| format!("; --name {near} would do"));
        format!("a project cannot be named {name:?}: {why}{near}")
    })?;
    Ok(name)
}

/// Writes all files, or leaves none of them.
fn write_all(folder: &Path, files: &[(String, String)]) -> Result<(), (PathBuf, io::Error)> {
    let mut written: Vec<PathBuf> = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        let write = || {
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::File::create_new(&path)?.write_all(text.as_bytes())
        };
        if let Err(error) = write() {
            for path in written {
                // The first error is the one to tell.
                let _ = std::fs::remove_file(path);
            }
            return Err((path, error));
        }
        written.push(path);
    }
    Ok(())
}

/// The files of a new project, and their texts.
fn files(name: &str, lib: bool, gene: bool) -> Vec<(String, String)> {
    let ending = if gene { "gene" } else { "soc" };
    let of = |soc: &str, gene_text: &str| if gene { gene_text.to_owned() } else { soc.to_owned() };
    // A library is imported by its name, as its users do; a program's own module by its place.
    let (module, import) = if lib { ("src/lib", name) } else { ("src/greeting", "../src/greeting") };
    let usage = if lib {
        format!("`motet test` runs its tests, `motet run examples/greet_all.{ending}` the example.")
    } else {
        "`motet run` runs it, `motet test` its tests, `motet build` makes one file that runs without Motet.".to_owned()
    };
    let mut files = vec![
        (MANIFEST.to_owned(), format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n\n[dependencies]\n")),
        (
            format!("{module}.{ending}"),
            of(
                "// What is said to begin with.\n//\n// ```\n// greeting(\"Ada\")   // → \"Hello, Ada!\"\n// ```\nexport fn greeting(name) { 'Hello, ${name}!' }\n",
                "# What is said to begin with.\n#\n# ```\n# (greeting \"Ada\")   # → \"Hello, Ada!\"\n# ```\n(export (fn greeting [name] #\"Hello, #{name}!\"))\n",
            ),
        ),
        (
            format!("tests/greeting_test.{ending}"),
            of(
                &format!(
                    "import {{greeting}} from \"{import}\"\n\ntest \"a greeting has a name in it\" {{ assert_eq(greeting(\"Grace\"), \"Hello, Grace!\") }}\n"
                ),
                &format!(
                    "(import greeting from \"{import}\")\n\n(test \"a greeting has a name in it\" (assert_eq (greeting \"Grace\") \"Hello, Grace!\"))\n"
                ),
            ),
        ),
        (
            format!("examples/greet_all.{ending}"),
            of(
                &format!(
                    "import {{greeting}} from \"{import}\"\n\nfor (name in [\"Ada\", \"Grace\", \"Alan\"]) {{ println(greeting(name)) }}\n"
                ),
                &format!(
                    "(import greeting from \"{import}\")\n\n(for name in [\"Ada\" \"Grace\" \"Alan\"] (println (greeting name)))\n"
                ),
            ),
        ),
        (".gitignore".to_owned(), "/target/\n".to_owned()),
        ("README.md".to_owned(), format!("# {name}\n\n{usage}\n")),
    ];
    if !lib {
        let main = of(
            "import {greeting} from \"./greeting\"\n\nprintln(greeting(args.first(\"world\")))\n",
            "(import greeting from \"./greeting\")\n\n(println (greeting (args .first \"world\")))\n",
        );
        files.insert(1, (format!("src/main.{ending}"), main));
    }
    files
}
