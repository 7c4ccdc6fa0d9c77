//! `motet_fuzz::CODE` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::CODE.check)(input));
