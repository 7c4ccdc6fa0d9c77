//! What a namespace or a module of the library holds, as `help`, the prompt and `motet doc` list it.

use super::{Builtins, Documentation};
use std::fmt::Write;

impl Builtins {
    /// The namespaces and modules, sorted.
    pub fn namespaces(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = self.documentation().filter_map(|entry| entry.namespace).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What a namespace or a module is, and a line for each thing in it; none if there is no such.
    pub fn contents(&self, namespace: &str) -> Option<String> {
        let mut inside: Vec<Documentation> =
            self.documentation().filter(|entry| entry.namespace == Some(namespace)).collect();
        if inside.is_empty() {
            return None;
        }
        inside.sort_by_key(|entry| entry.name);
        let about = self.module(namespace).map_or("functions and constants", |module| module.documentation);
        let mut text = format!("{namespace}: {about}\n");
        for entry in inside {
            let line = format!("  {:<40} {}", entry.signature, first_sentence(entry.text));
            let _ = writeln!(text, "{}", line.trim_end());
        }
        Some(text)
    }
}

/// The first sentence of a text, for lists.
pub fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}
