//! Runs every block of code in `docs/book`, all in this process; what is written behind it is what it shows.
//!
//! - A block of `soc` or `gene` is a program. `// → text` at the end of a line is what it prints there; together these are
//!   all that it prints. A block of `text` right behind it is all that it shows instead, errors too.
//! - A comment with nothing but a name of a file on its first line, `// shapes.soc`, has the block be this file: later blocks of
//!   the page import it, and commands run it. Blocks of other languages may have such a name, too.
//! - In a block of `console`, `$ motet …` is run, and what follows is what it shows.
//! - A block of `rust` stands, as it is, in `crates/motet/examples/book.rs`.
//! - `…` stands for anything, on a line of its own for any lines.
//!
//! Blocks of `sh`, `toml` and `text` are not run: they say how to install, and what is seen.

use crate::common::{Folder, difference, is_as_expected, motet, root, run};
use motet::loader::Loader;
use motet::report;
use motet_vm::{MainIsolate, Settings};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What all blocks together may take.
const LIMIT: Duration = Duration::from_secs(5);

struct Block {
    language: String,
    text: String,
    /// The block of `text` right behind it.
    shows: Option<String>,
}

/// The pages that hold blocks of their own, by the book's contents.
fn pages() -> Vec<String> {
    let summary = std::fs::read_to_string(root().join("docs/book/src/SUMMARY.md")).expect("the book has contents");
    let links = summary.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(')'));
    links.map(str::to_owned).collect()
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<(String, String)> = None;
    let mut follows = false;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (Some((language, text)), Some("")) => {
                let (language, text) = (std::mem::take(language), std::mem::take(text));
                match found.last_mut() {
                    Some(last) if language == "text" && follows => last.shows = Some(text),
                    _ => found.push(Block { language, text, shows: None }),
                }
                follows = true;
                open = None;
            }
            (Some((_, text)), _) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (None, None) => follows &= line.is_empty(),
        }
    }
    assert!(open.is_none(), "a block has no end");
    found
}

/// The name of the file that a block is.
fn name(block: &str) -> Option<&str> {
    let first = block.lines().next()?;
    let name = ["// ", "# ", "; "].iter().find_map(|mark| first.strip_prefix(mark))?;
    let is_name = name.contains('.') && !name.contains(' ') && !name.ends_with('.');
    is_name.then_some(name)
}

/// What programs print and what is reported of them.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Vec<u8>>>);

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a file in an isolate of this process; gives what it prints, and what the command would say besides.
fn run_here(file: &Path) -> (String, String) {
    let (printed, reported) = (Shown::default(), Shown::default());
    let mut isolate =
        MainIsolate::new(motet::natives::builtins(), Arc::new(Settings::default()), Box::new(printed.clone()));
    let reporter = reported.clone();
    isolate.set_reporter(Arc::new(move |report| {
        let _ = reporter.clone().write_all(report::unattended(&report, false).as_bytes());
    }));
    isolate.set_arguments(&[]);
    let mut said = String::new();
    let mut loader = Loader::new(&mut isolate);
    let loaded = loader.load_file(file);
    for (source, warning) in loader.take_warnings() {
        said.push_str(&report::warning(&source, &warning, false));
    }
    match loaded {
        Err(failure) => said.push_str(&report::failure(&failure, false)),
        Ok(module) => {
            if let Err(error) = isolate.run_module(&module)
                && !isolate.was_reported(&error)
            {
                said.push_str(&report::uncaught(&error, false));
            }
        }
    }
    let _ = isolate.output().flush();
    let text = |shown: &Shown| {
        let bytes = shown.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    };
    (text(&printed), text(&reported) + &said)
}

fn run_program(block: &Block, file: &Path) -> Result<(), String> {
    std::fs::write(file, &block.text).expect("the build folder can be written");
    let (printed, said) = if block.text.contains("ui_") {
        // Windows are the command's.
        let found = run(motet().arg(file).env("NO_COLOR", "1"));
        (found.stdout, found.stderr)
    } else {
        run_here(Path::new(file.file_name().expect("it has a name")))
    };
    let comment = if block.language == "gene" { "# → " } else { "// → " };
    let arrows: String =
        block.text.lines().filter_map(|line| line.split_once(comment)).map(|(_, text)| format!("{text}\n")).collect();
    let (expected, found) = match &block.shows {
        Some(shows) => (shows.clone(), printed + &said),
        None => (arrows, printed + &said),
    };
    if is_as_expected(&expected, &found) {
        Ok(())
    } else {
        Err(format!("{}\n{}", block.text, difference(&expected, &found)))
    }
}

fn run_commands(block: &Block, folder: &Path) -> Result<(), String> {
    for step in block.text.split("$ ").skip(1) {
        let (command, expected) = step.split_once('\n').unwrap_or((step, ""));
        let words = words(command);
        let found = match &words[..] {
            [program, arguments @ ..] if program == "motet" => {
                run(motet().current_dir(folder).env("NO_COLOR", "1").args(arguments))
            }
            _ => return Err(format!("only motet is run: {command}")),
        };
        // The book shows what a release build says.
        let said = found.stderr.lines().filter(|line| !line.starts_with("note: this motet was built to check itself"));
        let found = found.stdout + &said.map(|line| format!("{line}\n")).collect::<String>();
        if !is_as_expected(expected, &found) {
            return Err(format!("$ {command}\n{}", difference(expected, &found)));
        }
    }
    Ok(())
}

/// The words of a command, some in quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().expect("there is one").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The lines of a block stand one after the other in the example, however far they are moved in.
fn is_in_example(block: &str, example: &[&str]) -> bool {
    let lines: Vec<&str> = block.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    example.windows(lines.len()).any(|window| window == lines)
}

#[test]
fn every_block_of_the_book_runs() {
    let pages = pages();
    let example = std::fs::read_to_string(root().join("crates/motet/examples/book.rs")).expect("the example is there");
    let example: Vec<&str> = example.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut failures = String::new();
    let mut count = 0;
    let began = Instant::now();
    for page in &pages {
        let text = std::fs::read_to_string(root().join("docs/book/src").join(page)).expect("the page is there");
        let folder = Folder::new(&format!("book-{}", page.replace(['/', '.'], "-")));
        // Programs of a page read and write files of its folder.
        std::env::set_current_dir(&*folder).expect("it was made");
        for (number, block) in blocks(&text).iter().enumerate() {
            let result = match &*block.language {
                "soc" | "gene" => {
                    let unnamed = format!("program{number}.{}", block.language);
                    run_program(block, &folder.join(name(&block.text).unwrap_or(&unnamed)))
                }
                "console" => run_commands(block, &folder),
                "rust" if is_in_example(&block.text, &example) => Ok(()),
                "rust" => Err(format!("this is not in crates/motet/examples/book.rs:\n{}", block.text)),
                "sh" | "toml" | "text" => Ok(()),
                other => match name(&block.text) {
                    Some(file) => {
                        std::fs::write(folder.join(file), &block.text).expect("the build folder can be written");
                        Ok(())
                    }
                    None => Err(format!("nothing runs a block of {other}")),
                },
            };
            count += 1;
            if let Err(message) = result {
                failures.push_str(&format!("\n{page}:\n{message}\n"));
            }
        }
    }
    let took = began.elapsed();
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 100, "the book has lost its blocks: {count}");
    assert!(took < LIMIT || cfg!(sanitized), "all blocks together took {took:?}");
}

/// The tables for those who come from elsewhere hold code that can be read.
#[test]
fn code_in_tables_of_the_book_can_be_read() {
    let mut failures = String::new();
    let mut count = 0;
    for page in pages().iter().filter(|page| page.starts_with("from/")) {
        let text = std::fs::read_to_string(root().join("docs/book/src").join(page)).expect("the page is there");
        for row in text.lines().filter(|line| line.starts_with("| ")) {
            let Some(cell) = row.trim_end_matches(" |").rsplit(" | ").next() else { continue };
            for code in cell.replace("\\|", "|").split('`').skip(1).step_by(2) {
                let is_code = !code.starts_with("motet ") && !code.contains('…') && !code.starts_with('.');
                let parsed = motet_syntax::parse(code, motet_syntax::Notation::Soc);
                if is_code && !parsed.errors.is_empty() {
                    failures.push_str(&format!("{page}: {code}: {}\n", parsed.errors[0].message));
                }
                count += 1;
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 50, "{count}");
}

#[test]
fn what_is_left_open_may_be_anything() {
    for (expected, found, fits) in [
        ("a\nb", "a\nb\n", true),
        ("a\n…\nd", "a\nb\nc\nd", true),
        ("a …", "a b c", true),
        ("a … c", "a b c", true),
        ("a … c", "a b d", false),
        ("a", "a\nb", false),
        ("a", "ab", false),
        ("…", "", true),
        ("a…", "abc", true),
        ("…c", "abc", true),
        ("a…c…", "abcd", true),
        ("a…x…", "abcd", false),
        ("a…b…c", "a-b-b-c", true),
        ("…c", "abcxc", true),
        ("", "", true),
    ] {
        assert_eq!(is_as_expected(expected, found), fits, "{expected:?} {found:?}");
    }
}
