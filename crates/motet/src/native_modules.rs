//! Native modules where programs are loaded: compiling and running the source of one at its first use, and making a module
//! of the language out of one that is imported.

use crate::loader::{LoadError, Loader, TextOptions};
use motet_code::Source;
use motet_compiler::{CompileOptions, compile};
use motet_syntax::form::Span;
use motet_syntax::{Diagnostic, Notation, parse};
use motet_vm::builtins::{Builtins, NativeModule, extern_name};
use motet_vm::{LinkedModule, MainIsolate, Permissions, Settings};
use std::sync::Arc;

/// Has the source of a native module run, if it has any and this has not been done. `opening` names the modules that are
/// being made ready, outermost first.
pub(crate) fn make_ready(
    builtins: &Arc<Builtins>,
    module: &'static NativeModule,
    opening: &[&'static NativeModule],
) -> Result<(), LoadError> {
    if !builtins.is_incomplete(module) {
        return Ok(());
    }
    let path = module.import_path();
    let text = module.source.unwrap_or_default();
    let fail = |message: String| {
        let source = Arc::new(Source::new(path.as_str(), text, false));
        LoadError::one(source, Diagnostic::error(message, Span::default()))
    };
    if opening.iter().any(|open| open.name == module.name) {
        let circle: Vec<&str> = opening.iter().map(|open| open.name).chain([module.name]).collect();
        return Err(fail(format!("native modules use each other in a circle: {}", circle.join(" -> "))));
    }
    let settings = Settings { permissions: Permissions::NONE, ..Settings::default() };
    let mut isolate = MainIsolate::new(Arc::clone(builtins), Arc::new(settings), Box::new(std::io::sink()));
    let linked = Loader::of_native_module(&mut isolate, module, opening).load_text(
        &path,
        text,
        Notation::Soc,
        TextOptions::default(),
    )?;
    let exports = isolate.run_module(&linked).map_err(|error| fail(format!("{path} cannot be run: {error}")))?;
    let completed = builtins.complete(module, &exports, isolate.heap());
    completed.map_err(|refusal| fail(format!("{path} has a state, which a native module may not have: {refusal}")))
}

/// What stands for the native module in the module that is made of it. No native module may export this name.
const OWN_NAME: &str = "native_module";

/// A module of the language that exports what a native module does, which is ready.
pub(crate) fn linked(builtins: &Builtins, module: &'static NativeModule) -> Result<Arc<LinkedModule>, LoadError> {
    let own_name = extern_name(module, None);
    let value = builtins.extern_value(&own_name).unwrap_or_default();
    let mut text = String::new();
    if let Some(fields) = value.as_record() {
        fields.for_each(|name, _| {
            let name = name.as_str();
            text.push_str(&format!("export let {name} = {OWN_NAME}.{name}\n"));
        });
    }
    let parsed = parse(&text, Notation::Soc);
    let source = Arc::new(Source::new(module.import_path(), text, false));
    let (is_extern, no_names) = (|name: &str| name == OWN_NAME, Vec::new);
    let alias = |name: &str| (name == OWN_NAME).then(|| own_name.clone());
    let mut options = CompileOptions::new(&is_extern, &no_names);
    options.extern_alias = &alias;
    let compiled = compile(&parsed.forms, Arc::clone(&source), options);
    match compiled.module {
        Some(module) => Ok(Arc::new(LinkedModule { module: Arc::new(module), imports: Vec::new() })),
        None => Err(LoadError::many(&source, compiled.diagnostics)),
    }
}
