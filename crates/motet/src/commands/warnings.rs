//! Warnings: which are shown, and which the user does not want to see.

use super::{color, show};
use clap::Args;
use motet::report;
use motet_code::Source;
use motet_syntax::{Diagnostic, WARNINGS};
use std::sync::Arc;

/// Those of which a program is warned when it runs: what it does there is not what it seems to do.
const AT_RUN: [&str; 6] =
    ["division-comment", "if-without-else", "method-name", "not-found", "only-tests", "unused-result"];

#[derive(Args, Clone, Default)]
pub struct Allowed {
    /// Do not show warnings of this name; `all` stands for every one. A comment `// allow: NAME` silences one line
    #[arg(long = "allow", value_name = "NAME", value_parser = name)]
    names: Vec<String>,
}

impl Allowed {
    pub fn any(_: &str) -> bool {
        true
    }

    /// Whether a run shows warnings of this name.
    pub fn at_run(name: &str) -> bool {
        AT_RUN.contains(&name)
    }

    /// Whether the user wants to see this warning.
    pub fn wants(&self, warning: &Diagnostic) -> bool {
        let name = warning.name.unwrap_or_default();
        !self.names.iter().any(|allowed| allowed == name || allowed == "all")
    }

    /// Shows the warnings that are wanted here.
    pub fn show(&self, warnings: Vec<(Arc<Source>, Diagnostic)>, wanted: fn(&str) -> bool) {
        for (source, warning) in warnings {
            if wanted(warning.name.unwrap_or_default()) && self.wants(&warning) {
                show(&report::warning(&source, &warning, color()));
            }
        }
    }
}

impl From<Vec<String>> for Allowed {
    fn from(names: Vec<String>) -> Allowed {
        Allowed { names }
    }
}

/// A name that stands for warnings.
pub fn is_name(text: &str) -> bool {
    text == "all" || WARNINGS.contains(&text)
}

fn name(text: &str) -> Result<String, String> {
    if is_name(text) {
        return Ok(text.to_owned());
    }
    Err(format!("the warnings are called {}", WARNINGS.join(", ")))
}
