//! Which texts are JSON: `serde_json` takes what `json.parse` takes, and refuses what it refuses. The texts are the kept cases
//! of the fuzz target, and changed ones, the same in every run.

use super::LIBRARIES;
use motet_vm::builtins::Builtins;
use motet_vm::memory::{Symbol, Value};
use motet_vm::native::{Arguments, NativeFunction, Outcome};
use motet_vm::{MainIsolate, Settings};
use std::path::Path;
use std::sync::Arc;

struct Json {
    isolate: MainIsolate,
    builtins: Arc<Builtins>,
}

impl Json {
    fn call(&mut self, name: &str, value: Value) -> Option<Value> {
        let native = self.builtins.extern_value(&format!("std:json/{name}")).expect("a native of json");
        let native = NativeFunction::of(&native).expect("a native");
        let mut values = vec![value];
        let mut names = Vec::new();
        if name == "parse" {
            values.push(self.isolate.heap().string("float"));
            names.push(Symbol::intern("big_integers").into());
        }
        match (native.call)(&mut self.isolate.context(), Arguments::new(&values, &names)) {
            Ok(Outcome::Return(value)) => Some(value),
            Ok(_) => panic!("{name} calls nothing"),
            Err(_) => None,
        }
    }

    fn compare(&mut self, text: &str) -> bool {
        let value = self.isolate.heap().string(text);
        let own = self.call("parse", value);
        // A mark before the text is taken here.
        let theirs: Result<serde_json::Value, _> = serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        assert_eq!(own.is_some(), theirs.is_ok(), "{text:?}: {theirs:?}");
        let (Some(own), Ok(theirs)) = (own, theirs) else { return false };
        // Without more features, serde_json reads some floats a little wrong; and it has integers that are larger, and makes
        // a float of -0.
        let is_small = text.split(|character: char| !character.is_ascii_digit()).all(|digits| digits.len() < 19);
        if is_small && !text.contains(['.', 'e', 'E']) && !text.contains("-0") {
            let written = self.call("stringify", own).expect("what was read can be written");
            let read: serde_json::Value = serde_json::from_str(written.as_str().expect("a text")).expect("it is JSON");
            assert_eq!(read, theirs, "{text:?} was written as {written:?}");
        }
        true
    }
}

#[test]
fn json_is_what_serde_json_takes_for_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/json");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("kept cases").map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    let cases: Vec<String> =
        paths.iter().filter_map(|path| String::from_utf8(std::fs::read(path).expect("a case")).ok()).collect();
    let builtins = Builtins::with(LIBRARIES);
    let isolate = MainIsolate::new(builtins.clone(), Arc::new(Settings::default()), Box::new(std::io::sink()));
    let mut json = Json { isolate, builtins };
    cases.iter().for_each(|case| {
        json.compare(case);
    });
    let mut state = 1u64;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    const PIECES: [&str; 24] = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00", "d83d", "1", "0", "-", ".", "e", "+", " ", "\n", "\u{1}",
        "true", "null", "\"a\"", "ä", "x",
    ];
    let mut taken = 0;
    for _ in 0..40_000 {
        let mut text: Vec<char> = cases[below(cases.len())].chars().collect();
        for _ in 0..=below(3) {
            let at = below(text.len() + 1);
            let end = at + below((text.len() - at).min(4) + 1);
            text.splice(at..end, PIECES[below(PIECES.len())].chars());
        }
        let text: String = text.into_iter().collect();
        taken += usize::from(json.compare(&text));
    }
    assert!((2_000..38_000).contains(&taken), "{taken} texts of 40,000 were taken");
}
