//! `motet_fuzz::PRINT_BACK` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::PRINT_BACK.check)(input));
