//! `motet lanes asm`.

use super::CommandError;
use super::program::read_program;
use crate::assembly::{disassemble, disassemble_with_blocks};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `motet lanes asm`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Assembly text, or bytes with --disassemble.
    program: PathBuf,
    /// Write the bytes to this file rather than showing the listing.
    #[arg(long, short, value_name = "FILE", conflicts_with = "disassemble")]
    output: Option<PathBuf>,
    /// Show the text of a program's bytes.
    #[arg(long, short)]
    disassemble: bool,
    /// Say where the process goes on after each stretch of straight code.
    #[arg(long, conflicts_with = "output")]
    blocks: bool,
}

impl Arguments {
    fn text(&self, code: &[u8]) -> String {
        if self.blocks { disassemble_with_blocks(code) } else { disassemble(code) }
    }
}

pub(super) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), CommandError> {
    if arguments.disassemble {
        let path = &arguments.program;
        let code = std::fs::read(path)
            .map_err(|error| CommandError::Misuse(format!("cannot read `{}`: {error}", path.display())))?;
        write!(out, "{}", arguments.text(&code))?;
        return Ok(());
    }
    let code = read_program(&arguments.program)?;
    if let Some(path) = &arguments.output {
        return std::fs::write(path, &code)
            .map_err(|error| CommandError::Misuse(format!("cannot write `{}`: {error}", path.display())));
    }
    let text = arguments.text(&code);
    let mut words = code.chunks_exact(8).enumerate();
    for line in text.lines() {
        // Labels stand at the line's start, instructions do not.
        match line.starts_with(' ').then(|| words.next()).flatten() {
            Some((index, word)) => {
                let bytes: Vec<String> = word.iter().map(|byte| format!("{byte:02x}")).collect();
                writeln!(out, "{index:5}  {}  {}", bytes.join(" "), line.trim_start())?;
            }
            None => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}
