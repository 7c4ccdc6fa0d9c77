//! What signals cost with functions of a program: runs `benches/signals.soc`, whose figures come one to a line, `name value
//! unit`. Nothing else belongs on standard output; `benches/signals` puts peers beside them.
//!
//! `cargo bench -p motet --bench signals` · with the interpreter alone: `-- --no-jit`

use motet::{Vm, VmBuilder};
use std::path::Path;

/// What the process has computed for, in milliseconds: what else the machine does does not count.
fn processor_time() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the time is written to a place that is there.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(result, 0, "every Linux has this clock");
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// As the command has it.
fn with_machine_code(builder: VmBuilder) -> VmBuilder {
    #[cfg(feature = "jit")]
    let builder =
        if std::env::args().any(|argument| argument == "--no-jit") { builder } else { builder.machine_code(64 << 20) };
    builder
}

fn main() -> Result<(), motet::Error> {
    let vm = with_machine_code(Vm::builder()).build();
    vm.function("processor_time", processor_time);
    vm.load_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/signals.soc"))?;
    Ok(())
}
