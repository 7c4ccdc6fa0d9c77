//! What `motet disasm --ir` and `--native` show: the typed form of some programs, which stays the same from run to run, and the
//! instructions of this processor. `MOTET_UPDATE=1` writes the forms that were found into the file.

#[path = "programs/running.rs"]
#[allow(dead_code, reason = "each file of tests uses some of it")]
mod running;

use motet_jit::Listing;
use running::listing;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/listings.test");

/// Titles, programs and what is expected of them.
fn cases() -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(FILE).expect("the file of the cases is there");
    let case = |case: &str| {
        let (title, rest) = case.split_once('\n').expect("a title");
        let (program, expected) = rest.split_once("\n---\n").expect("a program, `---`, and what is expected");
        (title.to_owned(), program.to_owned(), expected.to_owned())
    };
    text.split("=== ").skip(1).map(case).collect()
}

#[test]
fn the_typed_form_is_the_same_in_each_run() {
    let (mut found, mut expected) = (String::new(), String::new());
    for (title, program, wanted) in cases() {
        let listing = listing(&program, Listing::Ir);
        assert_eq!(listing, self::listing(&program, Listing::Ir), "{title}");
        assert!(listing.contains("block0"), "{title}: {listing}");
        found += &format!("=== {title}\n{program}\n---\n{listing}");
        expected += &format!("=== {title}\n{program}\n---\n{wanted}");
    }
    if std::env::var_os("MOTET_UPDATE").is_some() {
        std::fs::write(FILE, found).expect("the file of the cases can be written");
    } else {
        assert_eq!(found, expected, "MOTET_UPDATE=1 writes what was found into the file");
    }
}

/// Instructions that are in the machine code of a program with floats, and such as may not be: they would round once instead
/// of twice.
#[cfg(target_arch = "x86_64")]
const WANTED: [&str; 4] = ["mulsd", "divsd", "addsd", "ret"];
#[cfg(target_arch = "aarch64")]
const WANTED: [&str; 4] = ["fmul", "fdiv", "fadd", "ret"];
const FUSED: [&str; 4] = ["fmadd", "fmsub", "fmla", "fnmadd"];

#[test]
fn machine_code_has_the_instructions_of_the_program() {
    for (title, program, _) in cases() {
        let listing = listing(&program, Listing::Native);
        assert!(listing.contains("ret"), "{title}: {listing}");
        for fused in FUSED {
            assert!(!listing.contains(fused), "{title}: {listing}");
        }
        if title.contains("floats") {
            for wanted in WANTED {
                assert!(listing.contains(wanted), "{title}: no {wanted} in {listing}");
            }
        }
    }
}
