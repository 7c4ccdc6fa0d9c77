//! `motet_fuzz::MODES` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::MODES.check)(input));
