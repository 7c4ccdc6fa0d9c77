//! `motet_fuzz::EXACT` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::EXACT.check)(input));
