//! `motet_fuzz::ARCHIVES` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::ARCHIVES.check)(input));
