//! `motet run --profile`: where a program spends its processor time.

use super::{MISUSE, show, terminal};
use clap::Args;
use motet::Profile;
use motet_vm::Settings;
use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args, Clone, Default)]
pub struct ProfileArguments {
    /// Show which functions and lines take the processor's time, when the program has ended; also write a flame graph (FILE.svg), a
    /// profile for speedscope.app (FILE.json) or collapsed stacks (FILE.txt). May be given several times
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = clap::value_parser!(OsString))]
    profile: Vec<OsString>,
    /// Sample after so many calls and turns of loops instead of each millisecond: slower, and the same in each run
    #[arg(long, value_name = "STEPS", value_parser = steps, requires = "profile")]
    profile_steps: Option<NonZeroU64>,
}

/// Columns of a table that goes to no terminal.
const COLUMNS: usize = 100;

#[derive(Clone, Copy)]
enum Form {
    FlameGraph,
    Speedscope,
    Collapsed,
}

impl Form {
    /// What the ending of a file's name asks for.
    fn of(path: &Path) -> Option<Form> {
        match path.extension()?.to_str()? {
            "svg" => Some(Form::FlameGraph),
            "json" => Some(Form::Speedscope),
            "txt" | "folded" | "collapsed" => Some(Form::Collapsed),
            _ => None,
        }
    }
}

/// A profile of a program that runs, and the files that it goes to.
pub struct Profiling {
    profile: Profile,
    files: Vec<(PathBuf, Form, File)>,
}

impl ProfileArguments {
    /// Nothing is said of a profile.
    pub fn is_empty(&self) -> bool {
        self.profile.is_empty()
    }

    /// Begins a profile, if one is wanted, and tells the program's settings of it. Files that cannot be written are found before
    /// the program runs, and a file that was taken for the program.
    pub fn begin(&self, program: Option<&Path>, settings: &mut Settings) -> Result<Option<Profiling>, ExitCode> {
        if self.is_empty() {
            return Ok(None);
        }
        let is_bare = self.profile.iter().any(|path| path.is_empty());
        if let Some(path) = program.filter(|path| is_bare && Form::of(path).is_some()) {
            eprintln!(
                "error: {0} is no program; the file of a profile stands behind an equals sign: --profile={0}",
                path.display()
            );
            return Err(ExitCode::from(MISUSE));
        }
        let mut files = Vec::new();
        for path in self.profile.iter().filter(|path| !path.is_empty()).map(PathBuf::from) {
            let Some(form) = Form::of(&path) else {
                eprintln!(
                    "error: the name of a profile's file says its form: .svg (a flame graph), .json (speedscope) or .txt (collapsed \
                     stacks); not {}",
                    path.display()
                );
                return Err(ExitCode::from(MISUSE));
            };
            match File::create(&path) {
                Ok(file) => files.push((path, form, file)),
                Err(error) => {
                    eprintln!("error: the profile {} cannot be written: {error}", path.display());
                    return Err(ExitCode::from(MISUSE));
                }
            }
        }
        let profile = self.profile_steps.map_or_else(Profile::new, Profile::with_steps);
        settings.profile = Some(profile.sampled());
        Ok(Some(Profiling { profile, files }))
    }
}

impl Profiling {
    /// The program has ended with a code: shows and writes what was seen, and gives the code of the process.
    pub fn end(self, title: &str, code: ExitCode) -> ExitCode {
        if !self.profile.sampled().has_begun() {
            // It could not be read or compiled, which has been said.
            return code;
        }
        let columns = terminal::columns_of_errors().unwrap_or(COLUMNS);
        show(&self.profile.table(columns));
        let mut code = code;
        for (path, form, mut file) in self.files {
            let text = match form {
                Form::FlameGraph => self.profile.svg(title),
                Form::Speedscope => self.profile.speedscope(title),
                Form::Collapsed => self.profile.collapsed(),
            };
            match file.write_all(text.as_bytes()) {
                Ok(()) => _ = show(&format!("profile: wrote {}\n", path.display())),
                Err(error) => {
                    code = show(&format!("error: the profile {} cannot be written: {error}\n", path.display()));
                }
            }
        }
        code
    }
}

fn steps(text: &str) -> Result<NonZeroU64, String> {
    let number = super::limits::count(text)?;
    NonZeroU64::new(number).ok_or_else(|| "a number of at least 1".into())
}
