//! `motet_fuzz::REGEX` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::REGEX.check)(input));
