//! All natives that programs find: the language's own, and those of the libraries that this build has.

use motet_vm::builtins::{Builtins, Entry, NativeModule};
use std::sync::{Arc, LazyLock};

static BUILTINS: LazyLock<Arc<Builtins>> = LazyLock::new(|| {
    #[allow(unused_mut, reason = "a build without libraries adds nothing")]
    let mut tables: Vec<&'static [Entry]> = Vec::new();
    #[cfg(feature = "std")]
    tables.extend(motet_std::TABLES);
    #[cfg(feature = "ui")]
    tables.extend(motet_ui::TABLES);
    #[allow(unused_mut, reason = "a build without libraries adds nothing")]
    let mut modules: Vec<&'static NativeModule> = Vec::new();
    #[cfg(feature = "std")]
    modules.extend(motet_std::MODULES);
    // Made once for the process.
    Builtins::with(tables.leak(), modules.leak())
});

/// One set serves all programs of the process.
pub fn builtins() -> Arc<Builtins> {
    BUILTINS.clone()
}
