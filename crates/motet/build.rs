//! Asks the linker for a command that lies at fixed addresses. Elsewhere each start would write some 70,000 addresses into
//! tables of natives and the like, which is a fifth of the time that `hello` takes. Libraries, the stack, the heap and machine
//! code still lie where the system puts them.

use std::env::var;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| var(name).is_ok_and(|value| value == wanted);
    // Sanitizers want the usual places.
    let is_sanitized = var("CARGO_CFG_SANITIZE").is_ok();
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && !is_sanitized {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
