//! Modules that know each other: what the loader of the command or of the embedder makes of compiled modules.

use motet_code::Module;
use std::sync::Arc;

/// A compiled module and the modules that its imports mean. Import cycles are errors of the loader, so this is a tree with
/// shared parts.
#[derive(Debug)]
pub struct LinkedModule {
    pub module: Arc<Module>,
    /// One for each of `module.imports`.
    pub imports: Vec<Arc<LinkedModule>>,
}
