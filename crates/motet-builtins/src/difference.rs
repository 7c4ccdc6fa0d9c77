//! Where two values differ first.

use motet_vm::builtins::arguments::describe;
use motet_vm::memory::{Value, is_equal};
use std::fmt::Write;

/// Values may hold themselves; deeper than this nothing is looked for.
const DEEPEST: usize = 32;

/// The first place where two lists or records differ, and what stands there; none if they are no such values.
pub fn first_difference(found: &Value, expected: &Value) -> Option<String> {
    let mut path = String::new();
    let what = below(found, expected, &mut path)?;
    Some(format!("first difference: {what}"))
}

/// As far as can be told without asking classes and objects what they take for equal.
fn differ(found: &Value, expected: &Value) -> bool {
    let decides_itself = |value: &Value| value.as_instance().is_some() || value.as_foreign().is_some();
    !(is_equal(found, expected) || decides_itself(found) && decides_itself(expected))
}

fn below(found: &Value, expected: &Value, path: &mut String) -> Option<String> {
    let depth = path.matches(['.', '[']).count();
    if depth < DEEPEST {
        if let (Some(found), Some(expected)) = (found.as_list(), expected.as_list()) {
            let (found, expected) = (found.items().to_vec(), expected.items().to_vec());
            let pairs = found.iter().zip(&expected).enumerate();
            if let Some((index, (found, expected))) = pairs.into_iter().find(|(_, (a, b))| differ(a, b)) {
                let _ = write!(path, "[{index}]");
                return below(found, expected, path);
            }
            if found.len() == expected.len() {
                return None;
            }
            return Some(format!("{}{} elements, not {}", at(path), found.len(), expected.len()));
        }
        if let (Some(found), Some(expected)) = (found.as_record(), expected.as_record()) {
            let mut difference = None;
            found.for_each(|name, value| {
                if difference.is_none() && expected.get(name).is_none_or(|other| differ(value, &other)) {
                    difference = Some((name.clone(), Some(value.clone()), expected.get(name)));
                }
            });
            expected.for_each(|name, value| {
                if difference.is_none() && !found.contains(name) {
                    difference = Some((name.clone(), None, Some(value.clone())));
                }
            });
            let (name, found, expected) = difference?;
            let _ = write!(path, ".{}", name.as_str());
            return match (found, expected) {
                (Some(found), Some(expected)) => below(&found, &expected, path),
                (Some(found), None) => Some(format!("{path} is {}, and is not expected", describe(&found))),
                _ => Some(format!("{path} is missing")),
            };
        }
    }
    if path.is_empty() {
        return None;
    }
    Some(format!("{path} is {}, not {}", describe(found), describe(expected)))
}

fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path} has ") }
}
