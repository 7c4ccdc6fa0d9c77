//! `motet_fuzz::READ_SOC` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::READ_SOC.check)(input));
