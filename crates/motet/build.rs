//! Asks the linker for packed relative relocations where the system's loader knows them. The command has some 70,000 of
//! them, in tables of natives and the like, and each start reads them all: packed, they are 20 KB of the file instead of
//! 1.7 MB.

use std::env::var;
use std::process::Command;

/// The first glibc whose loader reads them.
const FIRST: (u32, u32) = (2, 36);

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is_own_system = var("HOST") == var("TARGET");
    let is_glibc = var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu")
        && var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    if is_own_system && is_glibc && glibc_version().is_some_and(|version| version >= FIRST) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// That of this system, which `getconf` writes as `glibc 2.36`.
fn glibc_version() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
