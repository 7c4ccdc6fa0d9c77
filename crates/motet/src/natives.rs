//! All natives that programs find: the machine's own, the language's, and those of the libraries that this build has.

use motet_vm::builtins::{Builtins, Library};
use std::sync::{Arc, LazyLock};

static LIBRARIES: &[&Library] = &[
    &motet_builtins::LIBRARY,
    &motet_data::LIBRARY,
    #[cfg(feature = "figures")]
    &motet_figures::LIBRARY,
    #[cfg(feature = "gpu")]
    &motet_gpu::LIBRARY,
    #[cfg(feature = "net")]
    &motet_net::LIBRARY,
    #[cfg(feature = "numbers")]
    &motet_numbers::LIBRARY,
    #[cfg(feature = "sqlite")]
    &motet_sqlite::LIBRARY,
    #[cfg(feature = "linalg")]
    &motet_linalg::LIBRARY,
    #[cfg(feature = "std")]
    &motet_std::LIBRARY,
    #[cfg(feature = "ui")]
    &motet_ui::LIBRARY,
    &HINTS,
];

/// Errors tell what to write in the notation of the program.
static HINTS: Library = Library { hint_in_gene: Some(motet_syntax::hints::in_gene), ..Library::EMPTY };

static BUILTINS: LazyLock<Arc<Builtins>> = LazyLock::new(|| {
    #[cfg(feature = "linalg")]
    motet_linalg::take_products();
    Builtins::with(LIBRARIES)
});

/// One set serves all programs of the process.
pub fn builtins() -> Arc<Builtins> {
    BUILTINS.clone()
}
