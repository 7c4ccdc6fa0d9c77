//! Windows of programs that are embedded.
//!
//! [`run`] opens a window for an app function and shows it until it is closed. The function describes what the window shows;
//! its widgets are bound to signals, which Rust and the program share. See `docs/ui.md` for what an app function can do.

pub use motet_ui::WindowConfig;

use super::error::{Error, Result};
use super::machine::Vm;
use super::value::{Value, try_frozen};
use crate::natives::builtins;
use motet_ui::{Ended, Mode, host};
use motet_vm::memory::{Frozen, Heap, Symbol, Value as Raw};
use motet_vm::{Cancellation, ExecutionContext, Settings};
use std::sync::Arc;

/// Opens a window for an app function, and shows it and all further ones that the program opens until they are closed.
///
/// It is called on the process's main thread, which shows the windows until they are closed; other threads of Rust's go on
/// and set signals meanwhile. The program runs on a thread of its own, in a call of the machine. A process can do this
/// once, since some systems let a process connect to the screen only once.
///
/// ```no_run
/// use motet::{Value, Vm, ui};
///
/// let vm = Vm::new();
/// let level = vm.signal(20.0);
/// let module = vm.load_text(
///     "export fn panel(level) { () => do {
///          ui_slider(level, 0, 100, {label: 'Level'})
///          ui_label(computed(() => 'level ${level.value}'))
///      } }",
/// )?;
/// let app: Value = vm.call(&module.get("panel")?, (&level,))?;
/// let subscription = level.on_change(|level| println!("{level:?}"));
/// ui::run(&vm, &app, ui::WindowConfig { title: "Panel".into(), ..Default::default() })?;
/// drop(subscription);
/// # Ok::<(), motet::Error>(())
/// ```
///
/// # Errors
///
/// What the program throws and does not catch; an `IoError` if there is no display. An error in the app function is shown
/// in the window, and is no error here.
pub fn run(vm: &Vm, app: &Value, config: WindowConfig) -> Result<()> {
    if std::thread::current().name() != Some("main") {
        return Err(Error::missing("motet::ui::run is to be called on the process's main thread".into()));
    }
    let open = builtins().extern_value("gui_run").expect("the library has it");
    let open = Frozen::new(&open).expect("a builtin is immutable");
    let options = options(&config);
    let cancellation = Cancellation::new();
    let program = |_, interface| {
        let settings = Settings { display: Some(interface), ..(*vm.inner.settings()).clone() };
        let mut context = ExecutionContext::default();
        context.settings = Some(Arc::new(settings));
        context.cancellation = Some(cancellation.clone());
        vm.inner.call_value_with_context(&context, &open, &[app.0.clone(), options.clone()])
    };
    let warn = |text: &str| eprintln!("warning: {text}");
    match host(Mode::Live, warn, || cancellation.cancel(), program) {
        Ended::Program(result) => result.map(drop).map_err(Error::from),
        Ended::Picture | Ended::NoPicture(_) => unreachable!("no picture was asked for"),
    }
}

/// The options of `gui_run`.
fn options(config: &WindowConfig) -> Frozen {
    let heap = Heap::new();
    let options = heap.record(3);
    let fields = [
        ("title", heap.string(&config.title)),
        ("width", Raw::float(config.width.into())),
        ("height", Raw::float(config.height.into())),
    ];
    let record = options.as_record().expect("a record");
    for (name, value) in fields {
        record.set(Symbol::intern(name), value, &heap).expect("a new record can be written");
    }
    try_frozen(&options, &heap).expect("texts and numbers can be frozen")
}
