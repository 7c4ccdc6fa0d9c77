//! `result`: the cases of results and options for `.soc`; `.gene` finds them by their names.

use motet_vm::builtins::{Entry, NativeModule, Place};
use motet_vm::memory::Symbol;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// `cases()`: a record of the enums and their cases.
fn cases(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    let record = context.heap().record(6);
    let fields = record.as_record().expect("just made");
    for name in ["Ok", "Err", "Some", "None", "Result", "Option"] {
        let value = context.builtin(&format!("%{name}")).expect("a builtin of the VM");
        fields.set(Symbol::intern(name), value, context.heap()).expect("just made");
    }
    Ok(record.into())
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "result",
    documentation: "Results and options as values: `Ok(value)` or `Err(error)`, `Some(value)` or `None`. Their methods are `or(default)`, `map(f)`, `then(f)`, which gives another result, and `unwrap()`, which throws the error.",
    entries: &[Entry::function("cases()", cases, "The enums and their cases.").at(Place::Hidden)],
    source: Some(
        "let all = cases()\nexport let Ok = all.Ok\nexport let Err = all.Err\nexport let Some = all.Some\nexport let None = all.None\nexport let Result = all.Result\nexport let Option = all.Option\n",
    ),
};
