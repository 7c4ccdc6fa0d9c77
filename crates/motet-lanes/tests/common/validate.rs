//! A second opinion about SPIR-V.

use std::io::Write;
use std::process::{Command, Stdio};

/// Fails unless `spirv-val` finds nothing wrong.
pub fn validate(words: &[u32]) {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut validator = Command::new("spirv-val")
        .args(["--target-env", "vulkan1.1", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tests need spirv-val (Debian: spirv-tools)");
    validator.stdin.take().unwrap().write_all(&bytes).unwrap();
    let done = validator.wait_with_output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
