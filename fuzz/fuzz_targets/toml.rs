//! `motet_fuzz::TOML` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::TOML.check)(input));
