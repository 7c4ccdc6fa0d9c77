//! `motet_fuzz::PROGRAMS` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::PROGRAMS.check)(input));
