//! `motet_fuzz::VALUES` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::VALUES.check)(input));
