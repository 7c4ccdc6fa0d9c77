//! `motet disasm`.

use super::project::ProjectArguments;
#[cfg(feature = "jit")]
use super::{builtins, show_uncaught};
use super::{isolate_for_compiling, show_failure};
use crate::DisasmArguments;
use motet::loader::Loader;
#[cfg(feature = "jit")]
use motet_jit::{Cranelift, Listing};
#[cfg(feature = "jit")]
use motet_vm::jit::{Jit, When};
#[cfg(feature = "jit")]
use motet_vm::{MainIsolate, Settings};
use std::io::Write;
use std::process::ExitCode;
#[cfg(feature = "jit")]
use std::sync::Arc;

pub fn disasm(arguments: &DisasmArguments) -> ExitCode {
    #[cfg(feature = "jit")]
    if arguments.ir || arguments.native {
        return compiled(arguments);
    }
    let mut isolate = isolate_for_compiling(&arguments.macros);
    isolate.set_arguments(&[]);
    let packages = ProjectArguments::default().projects().of_file(&arguments.file);
    match Loader::new(&mut isolate).packages(packages).load_file(&arguments.file) {
        Ok(module) => {
            let listing = motet_code::disassemble(&module.module.main);
            // Who reads may stop early.
            let _ = std::io::stdout().write_all(listing.as_bytes());
            ExitCode::SUCCESS
        }
        Err(failure) => show_failure(&failure),
    }
}

/// Shows what of a program becomes machine code when it runs: its types are known only then.
#[cfg(feature = "jit")]
fn compiled(arguments: &DisasmArguments) -> ExitCode {
    let (listing, when) = (if arguments.ir { Listing::Ir } else { Listing::Native }, When::Hot);
    let Some(back_end) = Cranelift::new() else {
        eprintln!("error: there is no machine code on this system (motet doctor)");
        return ExitCode::FAILURE;
    };
    let jit = Jit::new(Box::new(back_end.with_listing(listing)), when).with_listing(Box::new(|listing| {
        // Who reads may stop early.
        let _ = writeln!(std::io::stdout(), "{listing}");
    }));
    let jit = Arc::new(jit);
    let settings = Settings { jit: Some(Arc::clone(&jit)), ..arguments.macros.settings() };
    let mut isolate = MainIsolate::new(builtins(), Arc::new(settings), Box::new(std::io::sink()));
    isolate.set_arguments(&arguments.arguments);
    let packages = ProjectArguments::default().projects().of_file(&arguments.file);
    let module = match Loader::new(&mut isolate).packages(packages).load_file(&arguments.file) {
        Ok(module) => module,
        Err(failure) => return show_failure(&failure),
    };
    let code = match isolate.run_module(&module) {
        Ok(_) => ExitCode::SUCCESS,
        Err(uncaught) => show_uncaught(&isolate, &uncaught),
    };
    if jit.totals().compiled() == 0 {
        let why = match jit.totals().refused() {
            0 => "no loop turned and no function was called often enough".into(),
            count => format!("{count} loops and functions were not compiled; motet run --jit-log says why"),
        };
        eprintln!("note: nothing became machine code: {why}");
    }
    code
}
