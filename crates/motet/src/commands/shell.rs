//! What a shell and `man` are to know of the command, made from its own definition.

use super::MISUSE;
use clap::Command;
use clap_complete::Shell;
use std::io::{self, Write};
use std::process::ExitCode;

/// Writes what a shell needs to complete the command's words.
pub fn completions(mut command: Command, shell: Shell) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, "motet", &mut text);
    written(&text)
}

/// Writes the page for `man`: the command, and then each of its subcommands.
pub fn manual(command: Command) -> ExitCode {
    let mut text = Vec::new();
    match clap_mangen::Man::new(command).render(&mut text) {
        Ok(()) => written(&text),
        Err(error) => {
            eprintln!("error: the page cannot be made: {error}");
            ExitCode::from(MISUSE)
        }
    }
}

fn written(text: &[u8]) -> ExitCode {
    // Who reads may stop early.
    let _ = io::stdout().write_all(text);
    ExitCode::SUCCESS
}
