//! `motet_fuzz::CSV` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::CSV.check)(input));
