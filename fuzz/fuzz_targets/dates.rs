//! `motet_fuzz::DATES` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::DATES.check)(input));
