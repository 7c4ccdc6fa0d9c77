//! `motet_fuzz::YAML` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (motet_fuzz::YAML.check)(input));
