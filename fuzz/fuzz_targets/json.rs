//! `motet_fuzz::JSON` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::JSON.check)(input));
