//! Any text is read as `.gene`: no panic, nothing lost, errors with places inside the text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    motet_fuzz::read(text, motet_syntax::Notation::Gene);
});
