//! Widgets in the hands of egui's own test harness: found by role and name, clicked, typed into, dragged, while the program
//! that describes them runs on a thread of its own, as it does behind a window on a screen.

use egui::accesskit::Role;
use egui::{Key, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use motet::loader::{Loader, TextOptions};
use motet::natives::builtins;
use motet_syntax::Notation;
use motet_ui::{Display, View, settle};
use motet_vm::interface::Interface;
use motet_vm::{Settings, Vm};
use std::io::Write;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a program may take to do something.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a program has printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nothing panics while it is held").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Printed {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nothing panics while it is held")).into_owned()
    }
}

/// Runs frames until something holds.
fn until(harness: &mut Harness<'_>, what: &str, holds: impl Fn(&Harness<'_>) -> bool) {
    let began = Instant::now();
    while !holds(harness) {
        assert!(began.elapsed() < PATIENCE, "{what} does not come: {:?}", harness.root());
        harness.step();
        std::thread::yield_now();
    }
}

/// Closes the windows of a program when the test is over, also when it has failed.
struct Closes<'a>(&'a Display);

impl Drop for Closes<'_> {
    fn drop(&mut self) {
        self.0.close_all();
    }
}

/// Runs a program, and has a test use the window that it opens.
fn with_window(source: &str, test: impl FnOnce(&mut Harness<'_>, &Printed)) {
    let printed = Printed::default();
    let (ring, rung) = channel();
    let ring = Mutex::new(ring);
    let wake = move || {
        // The test may be over.
        let _ = ring.lock().expect("nothing panics while it is held").send(());
    };
    let display = Display::new(wake, |warning: &str| panic!("{warning}"));
    let settings = Settings { display: Some(Interface::new(display.clone())), ..Settings::default() };
    let vm = Vm::new(builtins(), Arc::new(settings), Box::new(printed.clone()));
    std::thread::scope(|scope| {
        let program = scope.spawn(|| {
            let mut isolate = vm.isolate();
            let mut loader = Loader::new(&mut isolate);
            let module = loader.load_text("case.soc", source, Notation::Soc, TextOptions::default());
            let module = module.expect("the program can be read");
            isolate.run_module(&module).expect("the program goes well");
            isolate.output().flush().expect("it is memory");
        });
        let (link, mut first) = loop {
            rung.recv_timeout(PATIENCE).expect("the program opens a window");
            let mut mail = display.outbox.take();
            if let Some((_, link)) = mail.open.pop() {
                break (link, Some(mail));
            }
        };
        let mut view: Option<View> = None;
        let there = display.clone();
        let mut harness = Harness::builder().with_size(vec2(480.0, 480.0)).build_ui(move |ui| {
            let view = view.get_or_insert_with(|| View::within(ui.ctx().clone(), link.clone()));
            // What came with the window may hold what it shows first.
            if let Some(mut mail) = first.take() {
                settle(view, &mut mail);
            }
            settle(view, &mut there.outbox.take());
            view.contents(ui);
        });
        let end = Closes(&display);
        test(&mut harness, &printed);
        drop(end);
        program.join().expect("the program does not panic");
    });
}

const PROGRAM: &str = "let count = signal(0)
    let name = signal('Ada')
    let level = signal(0)
    let loud = signal(false)
    let size = signal('small')
    effect(() => println('name ${name.value}'))
    effect(() => println('loud ${loud.value} size ${size.value}'))
    fn app() {
        ui_button('Count', () => count.update(n => n + 1))
        ui_label('${count.value} clicks')
        if (ui_button('Reset')) { count.set(0) }
        ui_text_input(name, {name: 'Name'})
        ui_slider(level, 0, 100, {name: 'Level', step: 1})
        ui_label(level)
        ui_checkbox(loud, 'Loud')
        for (s in ['small', 'large']) { ui_radio(size, s, s, {key: s}) }
        ui_button('Off', {disabled: true}, () => println('clicked what is off'))
    }
    gui_run(app, {title: 'Widgets'})
    println('closed at ${count.value}')";

#[test]
fn buttons_are_found_by_name_and_clicked() {
    with_window(PROGRAM, |harness, printed| {
        until(harness, "the window", |harness| harness.query_by_label("0 clicks").is_some());
        for count in 1..=3 {
            harness.get_by_role_and_label(Role::Button, "Count").click();
            let wanted = format!("{count} clicks");
            until(harness, &wanted, |harness| harness.query_by_label(&wanted).is_some());
        }
        harness.get_by_label("Off").click();
        harness.get_by_role_and_label(Role::Button, "Reset").click();
        until(harness, "the reset", |harness| harness.query_by_label("0 clicks").is_some());
        assert!(!printed.text().contains("off"));
    });
}

#[test]
fn fields_are_typed_into_and_ticks_are_set() {
    with_window(PROGRAM, |harness, printed| {
        until(harness, "the window", |harness| harness.query_by_label("Name").is_some());
        harness.get_by_role_and_label(Role::TextInput, "Name").focus();
        harness.step();
        harness.key_press(Key::End);
        harness.get_by_role_and_label(Role::TextInput, "Name").type_text(" Lovelace");
        until(harness, "the text", |_| printed.text().contains("name Ada Lovelace"));
        harness.get_by_role_and_label(Role::CheckBox, "Loud").click();
        until(harness, "the tick", |_| printed.text().contains("loud true size small"));
        harness.get_by_role_and_label(Role::RadioButton, "large").click();
        until(harness, "the choice", |_| printed.text().contains("loud true size large"));
        // The keyboard does the same.
        harness.get_by_role_and_label(Role::CheckBox, "Loud").focus();
        harness.step();
        harness.key_press(Key::Space);
        until(harness, "the key", |_| printed.text().contains("loud false size large"));
    });
}

#[test]
fn a_slider_is_dragged_and_moved_by_keys() {
    with_window(PROGRAM, |harness, _| {
        until(harness, "the window", |harness| harness.query_by_role_and_label(Role::Slider, "Level").is_some());
        let rect = harness.get_by_role_and_label(Role::Slider, "Level").rect();
        harness.drag_at(rect.left_center() + vec2(10.0, 0.0));
        harness.step();
        harness.hover_at(rect.right_center() - vec2(1.0, 0.0));
        harness.step();
        harness.drop_at(rect.right_center() - vec2(1.0, 0.0));
        until(harness, "the end", |harness| harness.query_by_label("100").is_some());
        harness.get_by_role_and_label(Role::Slider, "Level").focus();
        harness.step();
        harness.key_press(Key::ArrowLeft);
        until(harness, "the step", |harness| harness.query_by_label("99").is_some());
    });
}
