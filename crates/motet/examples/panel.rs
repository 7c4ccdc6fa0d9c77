//! A window from Rust: a program describes it, and Rust has the signals that its widgets are bound to.
//!
//! `cargo run -p motet --example panel` opens it. It prints what the user does.

use motet::{Value, Vm, ui};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What the window shows.
const PROGRAM: &str = r#"
export fn panel(level, measured, clicks) {
  () => ui_box("p-4 gap-3", () => do {
    ui_slider(level, 0, 100, {label: "Level"})
    ui_label(computed(() => 'measured ${measured.value.to_fixed(1)}'), "text-secondary")
    ui_button("Count", "primary w-full h-[60px]", () => clicks.update(n => n + 1))
    ui_button("Quit", "w-full h-[60px]", () => ui_quit())
  })
}
"#;

fn main() -> Result<(), motet::Error> {
    let vm = Vm::new();
    let (level, measured, clicks) = (vm.signal(20.0), vm.signal(0.0), vm.signal(0));
    let module = vm.load_text(PROGRAM)?;
    let app: Value = vm.call(&module.get("panel")?, (&level, &measured, &clicks))?;
    let subscription = clicks.on_change(|clicks| match clicks {
        Ok(clicks) => println!("clicked {clicks}"),
        Err(error) => eprintln!("{error}"),
    });

    // A thread of Rust's that goes on while the window is open.
    let has_ended = AtomicBool::new(false);
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !has_ended.load(Ordering::Relaxed) {
                if let Ok(wanted) = level.get() {
                    measured.set(wanted * 0.98);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let config = ui::WindowConfig { title: "Panel".into(), width: 320.0, height: 260.0 };
        let result = ui::run(&vm, &app, config);
        has_ended.store(true, Ordering::Relaxed);
        result
    });
    drop(subscription);
    result?;
    println!("closed at level {}, {} clicks", level.get()?, clicks.get()?);
    Ok(())
}
