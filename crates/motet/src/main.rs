//! The command `motet`.

#[cfg(not(sanitized))]
mod allocator;
mod commands;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use commands::limits::{LimitArguments, MacroArguments};
use commands::project::{CompileArguments, ProjectArguments};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

#[cfg(not(sanitized))]
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

/// Motet: programs that use the whole machine.
#[derive(Parser)]
#[command(name = "motet", version, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Example:\n  motet examples/tour.soc\n\nExit codes: 0 done, 1 an error in the program, 2 wrong use of the command, 3 a device is missing, 4 the system has no memory left; 128 and its number after a signal."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArguments,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program
    #[command(
        after_help = "Example:\n  motet run simulation.soc 1000\n  motet run --sandbox --max-time 5 --max-memory 100M stranger.soc"
    )]
    Run(RunArguments),
    /// Evaluate an expression and print its value
    #[command(after_help = "Example:\n  motet eval '[1, 2, 3].map(x => x * x)'\n  motet eval --gene '(+ 1 2)'")]
    Eval(EvalArguments),
    /// Make a project: a folder with a manifest, a program, a test and an example
    #[command(
        after_help = "Examples:\n  motet new weather && cd weather && motet run\n  motet new --lib geometry\n\nIn a project, motet run, test, check, fmt and build need no file."
    )]
    New(commands::project::new::NewArguments),
    /// Add a dependency to the project
    #[command(
        after_help = "Examples:\n  motet add geometry --path ../geometry\n  motet add plots --git https://example.org/plots --tag v1.2.0\n\nPrograms import it by its name: import {area} from \"geometry\""
    )]
    Add(commands::project::dependencies::AddArguments),
    /// Remove dependencies from the project
    #[command(after_help = "Example:\n  motet remove geometry")]
    Remove(commands::project::dependencies::RemoveArguments),
    /// Look for newer commits of dependencies, and write motet.lock anew
    #[command(after_help = "Example:\n  motet update\n  motet update plots")]
    Update(commands::project::dependencies::UpdateArguments),
    /// Make one file of a program, which runs without Motet
    #[command(
        after_help = "Examples:\n  motet build\n  motet build report.soc -o report\n\nThe file is this command with the compiled program behind it. Its arguments are all the program's."
    )]
    Build(commands::project::build::BuildArguments),
    /// Report what is wrong with programs, without running them
    #[command(after_help = "Example:\n  motet check src")]
    Check(CheckArguments),
    /// Write a program in the other notation
    #[command(
        after_help = "Example:\n  motet convert area.soc -o area.gene\n\nComments are kept. What only .gene has, macros and quoting, is refused with its place."
    )]
    Convert(ConvertArguments),
    /// Explain an error or a warning, with an example and a way out
    #[command(after_help = "Example:\n  motet explain TypeError")]
    Explain {
        /// The name that a message begins with; without one, all names
        name: Option<String>,
    },
    /// Lay programs out in the usual way
    #[command(
        after_help = "Examples:\n  motet fmt src\n  motet fmt --check .\n  motet fmt - < draft.soc\n\nLine breaks are kept as they are, but for lines of more than 120 characters. Comments are kept, and what the program means."
    )]
    Fmt(FmtArguments),
    /// Run a program with windows, and again at each save, with its windows and signals kept
    #[cfg(feature = "ui")]
    #[command(
        after_help = "Example:\n  motet dev examples/ui/counter.soc\n\nAn error shows in the window until the next good save. Signals that are made before the first window opens keep their values, unless their first value is changed."
    )]
    Dev(commands::dev::DevArguments),
    /// Run the tests of a program
    #[command(
        after_help = "Examples:\n  motet test\n  motet test area_test.soc --filter circle\n  motet test --watch src\n\nA test is `test \"adds\" { assert_eq(1 + 1, 2) }` at the top level of a file. A file whose name ends in _test and that has no such block is one test as a whole."
    )]
    Test(TestArguments),
    /// Measure how long the benchmarks of a program take
    #[command(
        after_help = "Examples:\n  motet bench\n  motet bench sorting.soc -k numbers\n  motet bench --save before.json; motet bench --compare before.json\n\nA benchmark is `bench \"sorts\" { sort(numbers) }` at the top level of a file."
    )]
    Bench(commands::bench::BenchArguments),
    /// Show what builtins, modules and a program's own definitions are
    #[command(
        after_help = "Examples:\n  motet doc map\n  motet doc math\n  motet doc geometry.soc area\n  motet doc --html docs/api src"
    )]
    Doc(DocArguments),
    /// Show the code that a program compiles to
    #[command(after_help = "Examples:\n  motet disasm fib.soc\n  motet disasm --ir fib.soc 25")]
    Disasm(DisasmArguments),
    /// Run programs on the GPU, one to a lane
    #[cfg(feature = "lanes")]
    #[command(subcommand)]
    #[command(after_help = "Example:\n  motet lanes run examples/lanes/primes.lanes --count 64")]
    Lanes(motet_lanes::cli::Command),
    /// Write what a shell needs to complete the words of this command
    #[command(
        after_help = "Examples:\n  motet completions bash > ~/.local/share/bash-completion/completions/motet\n  motet completions fish > ~/.config/fish/completions/motet.fish"
    )]
    Completions { shell: clap_complete::Shell },
    /// Write the page for `man`
    #[command(after_help = "Example:\n  motet man > ~/.local/share/man/man1/motet.1")]
    Man,
    /// Show what this machine offers, and what to install for what is missing
    #[command(after_help = "Example:\n  motet doctor")]
    Doctor,
}

#[derive(Args, Default)]
struct RunArguments {
    /// The program: a .soc or .gene file, a folder with a project, or `-` for standard input; none: that of the project
    file: Option<PathBuf>,
    /// Run this text in the .soc notation instead of a file
    #[arg(short = 'e', value_name = "CODE", allow_hyphen_values = true)]
    code: Option<String>,
    /// What `-e` or standard input holds is in the .gene notation
    #[arg(long)]
    gene: bool,
    /// Arguments of the program, options too: the list `args`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
    /// Write a timeline of threads, tasks, messages and waits, which ui.perfetto.dev opens
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    profile: commands::profile::ProfileArguments,
    /// A compiled program in place of all these.
    #[arg(skip)]
    built: Option<Vec<u8>>,
    #[command(flatten)]
    project: ProjectArguments,
    #[cfg(feature = "ui")]
    #[command(flatten)]
    picture: commands::run::PictureArguments,
    #[command(flatten)]
    limits: LimitArguments,
}

impl RunArguments {
    /// Neither a program nor anything to do with one.
    fn is_empty(&self) -> bool {
        self.file.is_none() && self.code.is_none() && self.trace.is_none() && self.profile.is_empty()
    }
}

#[derive(Args)]
struct EvalArguments {
    /// The expression
    #[arg(allow_hyphen_values = true)]
    expression: String,
    /// Read it in the .gene notation
    #[arg(long)]
    gene: bool,
    #[command(flatten)]
    limits: LimitArguments,
}

#[derive(Args)]
struct CheckArguments {
    /// Files to check, and folders whose programs are meant; none: those of the project
    files: Vec<PathBuf>,
    /// Print what is wrong to standard output, an object of JSON a line, for tools
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    compile: CompileArguments,
}

#[derive(Args)]
struct ConvertArguments {
    /// The program, a .soc or .gene file
    file: PathBuf,
    /// Where the other one is written; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args)]
struct FmtArguments {
    /// Files, and folders whose programs are meant; -: standard input to standard output; none: the project, or as with -
    paths: Vec<PathBuf>,
    /// Write nothing; show what would change, and exit with 1 if anything would
    #[arg(long)]
    check: bool,
    /// Only the top-level forms on these lines
    #[arg(long, value_name = "FIRST:LAST")]
    lines: Option<String>,
    /// Standard input is in the .gene notation
    #[arg(long)]
    gene: bool,
}

#[derive(Args)]
struct TestArguments {
    /// Files with tests, and folders below which they are looked for; none: the project, or this folder
    paths: Vec<PathBuf>,
    /// Only tests whose names contain this
    #[arg(short = 'k', long, value_name = "TEXT")]
    filter: Option<String>,
    /// Show the names of tests, and run none
    #[arg(long)]
    list: bool,
    /// Show each test with its time
    #[arg(short, long)]
    verbose: bool,
    /// Renew snapshots that differ, and remove those that no test asks for
    #[arg(long)]
    update: bool,
    /// Run tests again whenever what they are made of is saved
    #[arg(long)]
    watch: bool,
    /// Say which lines of programs the tests reached: as a table, or for tools into the file lcov.info
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text", conflicts_with = "watch")]
    coverage: Option<CoverageForm>,
    /// Write which lines were reached to this file, in lcov's form
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    lcov: Option<PathBuf>,
    /// Also write the results to this file, in JUnit's form
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// End a test that takes longer
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = commands::limits::seconds)]
    timeout: std::time::Duration,
    #[command(flatten)]
    project: ProjectArguments,
    #[command(flatten)]
    limits: LimitArguments,
}

/// How it is told which lines tests reached.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum CoverageForm {
    Text,
    Lcov,
}

#[derive(Args)]
struct DocArguments {
    /// Names of builtins, or a file and perhaps names that it defines; with --html, files and folders
    names: Vec<String>,
    /// Write a page for a browser into this folder
    #[arg(long, value_name = "FOLDER")]
    html: Option<PathBuf>,
}

#[derive(Args)]
struct DisasmArguments {
    /// The program
    file: PathBuf,
    /// Run the program, and show the typed form of what becomes machine code. What the program prints is left out
    #[cfg(feature = "jit")]
    #[arg(long)]
    ir: bool,
    /// The same, and show the machine code
    #[cfg(feature = "jit")]
    #[arg(long, conflicts_with = "ir")]
    native: bool,
    /// Arguments of the program, where it is run
    #[cfg(feature = "jit")]
    arguments: Vec<String>,
    #[command(flatten)]
    macros: MacroArguments,
}

fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", not(sanitized)))]
    commands::ending::prepare();
    commands::signals::prepare();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let code = match (motet::bundle::of_this_command(), program_alone(&arguments)) {
        (Some(program), _) => commands::run::run_built(program, &arguments),
        (None, Some(run)) => commands::run::run(run),
        (None, None) => execute(Cli::parse_from(separated(arguments))),
    };
    // What the program started and did not wait for ends with it.
    motet_std::settle();
    match (commands::signals::caught(), commands::exit_code()) {
        (Some(signal), _) => ExitCode::from(128 + signal),
        (None, Some(code)) => ExitCode::from(code),
        (None, None) => code,
    }
}

/// The arguments of `motet FILE …` and `motet run FILE …`, without options before the file. Most calls are of this form, and
/// describing all other commands first takes a tenth of what a small program executes.
fn program_alone(arguments: &[OsString]) -> Option<RunArguments> {
    let rest = match arguments.get(1)?.to_str()? {
        "run" => arguments.get(2..)?,
        _ => arguments.get(1..)?,
    };
    let (file, own) = rest.split_first()?;
    // Nothing else than a program has such a name.
    motet_syntax::Notation::of_file(file.to_str()?)?;
    if file.as_encoded_bytes().starts_with(b"-") {
        return None;
    }
    let command = RunArguments::augment_args(clap::Command::new("motet"));
    let words = [OsString::from("motet"), file.clone(), "--".into()].into_iter().chain(own.iter().cloned());
    let matches = command.try_get_matches_from(words).ok()?;
    RunArguments::from_arg_matches(&matches).ok()
}

/// Puts `--` behind the program's file: what stands there belongs to the program, `--help` too.
fn separated(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is_option = |argument: &OsString| argument.as_encoded_bytes().starts_with(b"-");
    if !arguments.iter().skip(1).any(is_option) {
        // Most calls; describing the command takes a tenth of what a small program does.
        return arguments;
    }
    let mut command = Cli::command();
    let mut at = 1;
    if let Some(word) = arguments.get(1).and_then(|word| word.to_str())
        && let Some(named) = command.find_subcommand(word)
    {
        if word != "run" {
            return arguments;
        }
        command = named.clone();
        at = 2;
    }
    while let Some(argument) = arguments.get(at).and_then(|argument| argument.to_str()) {
        if argument == "--" {
            return arguments;
        }
        if argument == "-e" {
            // Behind the code there is no file.
            at += 1;
            break;
        }
        if argument == "-" || !argument.starts_with('-') {
            break;
        }
        let takes_value = command.get_arguments().any(|option| {
            let is_long = option.get_long().is_some_and(|long| argument.strip_prefix("--") == Some(long));
            let is_short =
                option.get_short().is_some_and(|short| argument.strip_prefix('-') == Some(&short.to_string()));
            // A value behind `=` is a part of the same word.
            (is_long || is_short) && option.get_action().takes_values() && !option.is_require_equals_set()
        });
        at += if takes_value { 2 } else { 1 };
    }
    if at + 1 < arguments.len() {
        arguments.insert(at + 1, "--".into());
    }
    arguments
}

fn execute(cli: Cli) -> ExitCode {
    match cli.command {
        Some(Command::Run(arguments)) => commands::run::run_here(arguments),
        Some(Command::Eval(arguments)) => commands::eval::eval(arguments),
        Some(Command::New(arguments)) => commands::project::new::new(&arguments),
        Some(Command::Add(arguments)) => commands::project::dependencies::add(&arguments),
        Some(Command::Remove(arguments)) => commands::project::dependencies::remove(&arguments),
        Some(Command::Update(arguments)) => commands::project::dependencies::update(&arguments),
        Some(Command::Build(arguments)) => commands::project::build::build(&arguments),
        Some(Command::Check(arguments)) => commands::check::check(&arguments),
        Some(Command::Convert(arguments)) => commands::convert::convert(&arguments),
        Some(Command::Explain { name }) => commands::explain::explain(name.as_deref()),
        Some(Command::Fmt(arguments)) => commands::fmt::fmt(&arguments),
        #[cfg(feature = "ui")]
        Some(Command::Dev(arguments)) => commands::dev::dev(&arguments),
        Some(Command::Test(arguments)) => commands::test::test(arguments),
        Some(Command::Bench(arguments)) => commands::bench::bench(&arguments),
        Some(Command::Doc(arguments)) => commands::doc::doc(&arguments),
        Some(Command::Disasm(arguments)) => commands::disasm::disasm(&arguments),
        #[cfg(feature = "lanes")]
        Some(Command::Lanes(command)) => {
            let code =
                motet_lanes::cli::execute(&command, &mut std::io::stdout().lock(), &mut std::io::stderr().lock());
            ExitCode::from(code)
        }
        Some(Command::Completions { shell }) => commands::shell::completions(Cli::command(), shell),
        Some(Command::Man) => commands::shell::manual(Cli::command()),
        Some(Command::Doctor) => commands::doctor::doctor(),
        None if cli.run.is_empty() && std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => {
            commands::prompt::prompt(&cli.run.limits)
        }
        None => commands::run::run(cli.run),
    }
}
