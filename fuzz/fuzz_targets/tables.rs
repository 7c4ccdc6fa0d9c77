//! `motet_fuzz::TABLES` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::TABLES.check)(input));
