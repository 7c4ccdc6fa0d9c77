//! `motet_fuzz::HTTP` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::HTTP.check)(input));
