//! A minute of fuzzing, the same in every run: each target of `fuzz/` checks the cases that were kept and a fixed number of
//! others, made from these by a generator with a fixed seed. Whether a fuzzer that is led by coverage finds something in a
//! minute is luck, and a test may not depend on that; `fuzz/run` searches.

#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;

use fuzz::Target;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// How many inputs a target gets beside the kept ones: fewer in an instrumented build, which takes ten times as long.
fn scaled(count: usize) -> usize {
    if cfg!(sanitized) { count / 10 } else { count }
}

/// A small generator of numbers that look random (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    /// A part of a case; of an empty one nothing.
    fn part<'a>(&mut self, case: &'a [u8]) -> &'a [u8] {
        let start = self.below(case.len() + 1);
        let end = start + self.below((case.len() - start).min(64) + 1);
        &case[start..end]
    }

    /// Changes an input in one of the ways of fuzzers.
    fn change(&mut self, input: &mut Vec<u8>, cases: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        match self.below(6) {
            0 => input.insert(at, self.below(256) as u8),
            1 if at < input.len() => input[at] = self.below(256) as u8,
            2 if at < input.len() => input[at] ^= 1 << self.below(8),
            3 => {
                let end = at + self.below((input.len() - at).min(32) + 1);
                input.drain(at..end);
            }
            4 => {
                let own = self.part(input).to_vec();
                input.splice(at..at, own);
            }
            _ => {
                let other = self.below(cases.len());
                let part = self.part(&cases[other]).to_vec();
                let end = at + self.below((input.len() - at).min(part.len()) + 1);
                input.splice(at..end, part);
            }
        }
    }
}

/// The kept cases of a target in an order that does not depend on the file system.
fn kept(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).expect("a case"))).collect()
}

fn check(target: &Target, input: &[u8], whence: &str) {
    // The message of the panic was printed where it came up.
    if catch_unwind(AssertUnwindSafe(|| (target.check)(input))).is_err() {
        panic!("{} fails for {whence}: {:?}", target.name, String::from_utf8_lossy(input));
    }
}

fn fuzz(target: &Target, count: usize) {
    let kept = kept(target.name);
    for (path, case) in &kept {
        check(target, case, &path.display().to_string());
    }
    let cases: Vec<Vec<u8>> = kept.into_iter().map(|(_, case)| case).collect();
    let mut random = Random(1);
    for round in 0..scaled(count) {
        let mut input = cases[random.below(cases.len())].clone();
        for _ in 0..1 + random.below(6) {
            random.change(&mut input, &cases);
        }
        input.truncate(target.most_bytes);
        check(target, &input, &format!("input {round}"));
    }
}

#[test]
fn read_soc() {
    fuzz(&fuzz::READ_SOC, 80_000);
}

#[test]
fn read_gene() {
    fuzz(&fuzz::READ_GENE, 150_000);
}

#[test]
fn print_back() {
    fuzz(&fuzz::PRINT_BACK, 100_000);
}

#[test]
fn programs() {
    fuzz(&fuzz::PROGRAMS, 3_000);
}

#[test]
fn modes() {
    fuzz(&fuzz::MODES, 40);
}

#[test]
fn code() {
    fuzz(&fuzz::CODE, 30_000);
}

#[test]
fn values() {
    fuzz(&fuzz::VALUES, 150_000);
}

#[test]
fn json() {
    fuzz(&fuzz::JSON, 60_000);
}

#[test]
fn csv() {
    fuzz(&fuzz::CSV, 40_000);
}

#[test]
fn regex() {
    fuzz(&fuzz::REGEX, 4_000);
}

#[test]
fn dates() {
    fuzz(&fuzz::DATES, 30_000);
}

#[test]
fn yaml() {
    fuzz(&fuzz::YAML, 20_000);
}

#[test]
fn toml() {
    fuzz(&fuzz::TOML, 20_000);
}

#[test]
fn tables() {
    fuzz(&fuzz::TABLES, 15_000);
}

#[test]
fn exact() {
    fuzz(&fuzz::EXACT, 15_000);
}

#[test]
fn templates() {
    fuzz(&fuzz::TEMPLATES, 40_000);
}

#[test]
fn archives() {
    fuzz(&fuzz::ARCHIVES, 6_000);
}

#[test]
fn http() {
    fuzz(&fuzz::HTTP, 1_500);
}

#[test]
fn every_target_is_here_and_has_kept_cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    let mut names: Vec<String> = std::fs::read_dir(root)
        .expect("the targets")
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut known: Vec<&str> = fuzz::TARGETS.iter().map(|target| target.name).collect();
    known.sort();
    assert_eq!(names, known);
    for name in known {
        assert!(!kept(name).is_empty(), "{name} has kept cases");
    }
}
