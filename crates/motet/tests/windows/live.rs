//! Windows on a screen in memory: real clicks and keys, programs that are reloaded, windows that come and go, and windows of
//! Rust programs.

use super::common::{Folder, run};
use super::without_display;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A screen in memory, with a server of its own.
struct Screen {
    server: Child,
    name: String,
}

impl Screen {
    fn new() -> Screen {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("./test installs Xvfb");
        let mut number = String::new();
        let output = server.stdout.as_mut().expect("it is piped");
        // It says its number when it can be used.
        BufReader::new(output).read_line(&mut number).expect("the server starts");
        Screen { server, name: format!(":{}", number.trim()) }
    }

    /// Real clicks and keys.
    fn xdotool(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("xdotool");
        let run = run(command.env("DISPLAY", &self.name).args(arguments));
        assert_eq!(run.code, Some(0), "xdotool {arguments:?}: {run:?}");
        run.stdout.trim().to_owned()
    }

    /// The window with this title, once it is there.
    fn window(&self, title: &str) -> String {
        let found = self.xdotool(&["search", "--sync", "--onlyvisible", "--name", title]);
        found.lines().next().unwrap_or_default().to_owned()
    }

    fn click(&self, window: &str, x: &str, y: &str) {
        self.xdotool(&["mousemove", "--window", window, x, y, "click", "1"]);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// How long a program may take to do something.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program on a screen.
struct Running {
    child: Child,
    /// What it prints; closed when it ends.
    lines: Receiver<String>,
}

impl Running {
    fn start(command: &mut Command, screen: &Screen) -> Running {
        command.env("DISPLAY", &screen.name).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{command:?} cannot be started ({error}); examples are built by cargo build --workspace --examples")
        });
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // The test may be over.
                let _ = sender.send(line);
            }
        });
        Running { child, lines }
    }

    /// Waits until the program has printed a line that begins so; gives the rest of it.
    fn expect(&mut self, wanted: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("the program does not print {wanted:?}: {error}"));
            if let Some(rest) = line.strip_prefix(wanted) {
                return rest.to_owned();
            }
        }
    }

    /// Kilobytes of memory of its own that it has in use.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("the system counts");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Nanoseconds that its main thread has worked, as far as the system has counted them.
    fn main_thread_time(&self) -> u64 {
        let id = self.child.id();
        let text = std::fs::read_to_string(format!("/proc/{id}/task/{id}/schedstat")).expect("it runs");
        text.split(' ').next().and_then(|time| time.parse().ok()).expect("a number")
    }

    /// As Ctrl-C does.
    fn interrupt(&self) {
        let run = run(Command::new("kill").args(["-INT", &self.child.id().to_string()]));
        assert_eq!(run.code, Some(0), "{run:?}");
    }

    /// Waits until the program has ended; gives its exit code.
    fn end(&mut self) -> Option<i32> {
        assert!(self.has_ended_within(PATIENCE), "the program does not end");
        self.child.wait().expect("it was started").code()
    }

    /// The same, with a click on it. A window that is still being laid out anew misses a click, so there are more.
    fn end_by(&mut self, click: impl Fn()) -> Option<i32> {
        let began = Instant::now();
        loop {
            click();
            if self.has_ended_within(Duration::from_secs(2)) || began.elapsed() > PATIENCE {
                return self.end();
            }
        }
    }

    fn has_ended_within(&self, time: Duration) -> bool {
        loop {
            match self.lines.recv_timeout(time) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command on `case.soc` of a folder; errors come in the same stream as what the program prints.
fn told_all(folder: &Folder, command: &str) -> Command {
    let mut shell = Command::new("sh");
    let text = format!("exec \"$0\" {command} case.soc 2>&1");
    shell.args(["-c", &text, env!("CARGO_BIN_EXE_motet")]).current_dir(&**folder).stdin(Stdio::null());
    shell.env_remove("WAYLAND_DISPLAY").env("LIBGL_ALWAYS_SOFTWARE", "1").env("NO_COLOR", "1");
    shell
}

/// A window on a screen: clicked, typed into, and stopped while its program loops for ever.
#[test]
fn a_window_lives_while_its_program_loops_for_ever() {
    let folder = Folder::new("windows_live");
    let program = "let text = signal(\"\")
        effect(() => do { println('text ${text.value}'); flush() })
        fn app() {
            ui_text_input(text, \"w-full h-[60px]\")
            ui_button(\"Spin\", \"w-full h-[60px]\", () => do { println(\"spins\"); flush(); while (true) { } })
            ui_button(\"Quit\", \"w-full h-[60px]\", () => ui_quit())
        }
        gui_run(app, {title: \"Live window\", width: 300, height: 240})
        println(\"closed\")";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let screen = Screen::new();
    let mut program = Running::start(without_display().current_dir(&*folder).args(["run", "case.soc"]), &screen);
    program.expect("text ");
    let window = screen.window("Live window");
    let click = |x: &str, y: &str| screen.click(&window, x, y);
    click("150", "46");
    screen.xdotool(&["windowfocus", "--sync", &window]);
    screen.xdotool(&["type", "--delay", "50", "hi"]);
    program.expect("text hi");
    click("150", "114");
    program.expect("spins");
    // The program does not answer. The window offers to stop it, at its upper right, as soon as it has noticed.
    let mut tries = 0;
    while program.child.try_wait().expect("it was started").is_none() {
        tries += 1;
        assert!(tries < 200, "the program cannot be stopped");
        for place in ["253 27", "150 182"] {
            let (x, y) = place.split_once(' ').expect("two numbers");
            let mut command = Command::new("xdotool");
            // The window may be gone by now.
            run(command.env("DISPLAY", &screen.name).args(["mousemove", "--window", &window, x, y, "click", "1"]));
        }
    }
    program.expect("closed");
    assert_eq!(program.end(), Some(0));
}

/// A window that is clicked and typed into while a thread of its program sets a signal as fast as it can, after a callback has
/// thrown, and, with the error in it, after the program has reached its limit.
#[test]
fn a_window_lives_while_its_program_floods_throws_and_reaches_its_limit() {
    let folder = Folder::new("windows_hostile");
    let program = "let text = signal(\"\")
        let count = signal(0)
        fn say(what) { println(what); flush() }
        effect(() => say('text ${text.value}'))
        fn flood() { mut i = 0; while (true) { i += 1; count.set(i) } }
        fn grow() { say(\"grows\"); let xs = []; while (true) { xs.push(\"x\".repeat(1000)) } }
        fn app() {
            ui_text_input(text, \"w-full h-[60px]\")
            ui_button(\"Flood\", \"w-full h-[60px]\", () => do { spawn(flood()); say(\"floods\") })
            ui_button(\"Throw\", \"w-full h-[60px]\", () => do { say(\"throws\"); throw \"boom\" })
            ui_button(\"Grow\", \"w-full h-[60px]\", grow)
            ui_label(count)
        }
        gui_run(app, {title: \"Hostile\", width: 300, height: 640})";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let screen = Screen::new();
    let mut program = Running::start(&mut told_all(&folder, "run --max-memory 400M"), &screen);
    program.expect("text ");
    let window = screen.window("Hostile");
    screen.xdotool(&["windowfocus", "--sync", &window]);
    for (place, wanted) in [("114", "floods"), ("182", "throws")] {
        screen.click(&window, "150", place);
        program.expect(wanted);
        screen.click(&window, "150", "46");
        screen.xdotool(&["type", "--delay", "50", "a"]);
        program.expect(if wanted == "floods" { "text a" } else { "text aa" });
    }
    screen.click(&window, "150", "250");
    program.expect("grows");
    program.expect("error: LimitError");
    // The program is no more. Its window is drawn anew when it is resized.
    let before = program.main_thread_time();
    let began = Instant::now();
    for round in 0.. {
        assert!(began.elapsed() < PATIENCE, "the window is not drawn any more");
        screen.xdotool(&["windowsize", &window, if round % 2 == 0 { "320" } else { "300" }, "640"]);
        if program.main_thread_time() > before + 5_000_000 {
            break;
        }
    }
    assert!(program.child.try_wait().expect("it was started").is_none(), "the window is gone");
    program.interrupt();
    assert_eq!(program.end(), Some(130));
}

/// Niceness of a program that is started before a window is there, while it is, and after it.
#[test]
fn what_a_program_starts_while_a_window_is_open_leaves_the_processor_to_it() {
    let folder = Folder::new("windows_quiet");
    let program = "fn niceness() { Int(run_process(\"cut\", [\"-d\", \" \", \"-f\", \"19\", \"/proc/self/stat\"]).stdout.trim()) }
        let before = niceness()
        let during = signal(null)
        mut is_begun = false
        fn app() {
          ui_label(\"quiet\")
          if (!is_begun) {
            is_begun = true
            async do { during.set(niceness()); ui_quit() }
          }
        }
        gui_run(app, {title: \"Quiet\", width: 200, height: 100})
        println('niceness ${before} ${during.value} ${niceness()}')";
    std::fs::write(folder.join("case.soc"), program).unwrap();
    let screen = Screen::new();
    let mut running = Running::start(&mut told_all(&folder, "run"), &screen);
    let told = running.expect("niceness ");
    let numbers: Vec<i32> = told.split(' ').map(|number| number.parse().expect(&told)).collect();
    // The tests themselves may be nice.
    assert_eq!(numbers, [numbers[0], 19, numbers[0]]);
    assert_eq!(running.end(), Some(0));
}

/// Real keys: what is selected is copied and pasted into another field, and what was typed is taken back.
#[test]
fn text_is_copied_pasted_and_taken_back() {
    let folder = Folder::new("windows_text");
    let program = "let first = signal(\"\")
        let second = signal(\"\")
        effect(() => do { println('first ${first.value}'); flush() })
        effect(() => do { println('second ${second.value}'); flush() })
        fn app() {
            ui_text_input(first, \"w-full h-[60px]\")
            ui_text_input(second, \"w-full h-[60px]\")
            ui_button(\"Quit\", \"w-full h-[60px]\", {shortcut: \"Ctrl+Q\"}, () => ui_quit())
        }
        gui_run(app, {title: \"Text\", width: 300, height: 240})";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let screen = Screen::new();
    let mut program = Running::start(without_display().current_dir(&*folder).args(["run", "case.soc"]), &screen);
    program.expect("second ");
    let window = screen.window("Text");
    screen.xdotool(&["windowfocus", "--sync", &window]);
    screen.click(&window, "150", "46");
    screen.xdotool(&["type", "--delay", "50", "hello"]);
    program.expect("first hello");
    screen.xdotool(&["key", "--delay", "50", "ctrl+a", "ctrl+c", "Tab", "ctrl+v"]);
    program.expect("second hello");
    screen.xdotool(&["type", "--delay", "50", " you"]);
    program.expect("second hello you");
    screen.xdotool(&["key", "ctrl+z"]);
    let before = program.expect("second ");
    assert!("hello you".starts_with(&before) && before != "hello you", "{before}");
    screen.xdotool(&["key", "ctrl+y"]);
    program.expect("second hello you");
    screen.xdotool(&["key", "ctrl+q"]);
    assert_eq!(program.end(), Some(0));
}

/// `./test --long` does it a thousand times.
fn times() -> u32 {
    if std::env::var_os("MOTET_WINDOWS_LONG").is_some() { 1000 } else { 20 }
}

/// Kilobytes that a program may have more after many windows. Sanitizers keep freed memory for a while, and look for leaks
/// themselves.
const SPARE: u64 = if cfg!(sanitized) { 400_000 } else { 16_000 };

/// Windows that are opened and closed again leave nothing behind.
#[test]
fn windows_that_come_and_go_leak_nothing() {
    let folder = Folder::new("windows_leak");
    let program = "let shown = signal(false)
        fn app(window) {
            ui_plot(\"p\", {series: [{data: 0..5000}, {kind: \"heatmap\", data: [[1, 2], [3, 4]]}]})
            ui_table([{a: 1}, {a: 2}])
            ui_button(\"b\", () => println(1))
            if (shown.value) { window.close() }
        }
        for (i in 0..Int(args[0])) {
            shown.set(false)
            let window = async gui_run(app, {title: \"Leak\", width: 300, height: 200})
            sleep(30)
            shown.set(true)
            await window
            println('closed ${i}')
            flush()
        }";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let screen = Screen::new();
    let count = times() + 10;
    let arguments = ["run", "case.soc", &count.to_string()];
    let mut program = Running::start(without_display().current_dir(&*folder).args(arguments), &screen);
    program.expect("closed 9");
    let before = program.memory();
    // The last one keeps it alive while it is looked at.
    program.expect(&format!("closed {}", count - 2));
    let after = program.memory();
    assert!(after < before + SPARE, "{before} kB after ten windows, {after} kB after {count}");
    assert_eq!(program.end(), Some(0));
}

/// A window that is made larger and smaller leaves nothing behind.
#[test]
fn a_window_that_is_resized_leaks_nothing() {
    let folder = Folder::new("windows_resize");
    let program = "fn app() {
            ui_plot(\"p\", \"flex-1\", {series: [{data: 0..5000}]})
            ui_button(\"Quit\", \"w-full h-[60px]\", () => ui_quit())
            println(\"built\")
            flush()
        }
        gui_run(app, {title: \"Resized\", width: 300, height: 400})";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let screen = Screen::new();
    let mut program = Running::start(without_display().current_dir(&*folder).args(["run", "case.soc"]), &screen);
    program.expect("built");
    let window = screen.window("Resized");
    let resize = |index: u32| {
        let (width, height) = ((200 + index * 37 % 400).to_string(), (150 + index * 53 % 300).to_string());
        screen.xdotool(&["windowsize", &window, &width, &height]);
    };
    (0..10).for_each(resize);
    let before = program.memory();
    (0..times()).for_each(resize);
    let after = program.memory();
    assert!(after < before + SPARE, "{before} kB before, {after} kB after");
    screen.xdotool(&["windowsize", "--sync", &window, "310", "410"]);
    assert_eq!(program.end_by(|| screen.click(&window, "150", "364")), Some(0));
}

/// A window from Rust: its signals are bound to widgets, in both directions.
#[test]
fn a_rust_program_opens_a_window_on_its_main_thread() {
    let example = Path::new(env!("CARGO_BIN_EXE_motet")).with_file_name("examples").join("panel");
    let screen = Screen::new();
    let mut program = Running::start(&mut Command::new(example), &screen);
    let window = screen.window("Panel");
    for count in 1..=2 {
        screen.click(&window, "160", "130");
        program.expect(&format!("clicked {count}"));
    }
    screen.click(&window, "160", "200");
    assert_eq!(program.expect("closed at level "), "20, 2 clicks");
    assert_eq!(program.end(), Some(0));
}

/// `motet dev`: a save changes the window and keeps its signals; a version that cannot be read changes nothing.
#[test]
fn a_save_reloads_a_program_and_keeps_its_signals() {
    let folder = Folder::new("windows_dev");
    let file = folder.join("case.soc");
    let version = |name: &str| {
        format!(
            "let count = signal(0)
            fn app() {{
                ui_button(\"Count\", \"w-full h-[60px]\", () => count.update(n => n + 1))
                ui_button(\"Quit\", \"w-full h-[60px]\", () => ui_quit())
                println('{name} ${{count.value}}')
                flush()
            }}
            gui_run(app, {{title: \"Developed\", width: 600, height: 460}})
            println(\"ended\")"
        )
    };
    std::fs::write(&file, version("first")).expect("the build folder can be written");
    let screen = Screen::new();
    let mut program = Running::start(without_display().current_dir(&*folder).args(["dev", "case.soc"]), &screen);
    program.expect("first 0");
    let window = screen.window("Developed");
    screen.click(&window, "300", "46");
    program.expect("first 1");
    // The best of some saves: other work on the machine takes its time, too.
    let mut best = Duration::MAX;
    for save in 0..5 {
        std::fs::write(&file, version(&format!("save {save}:"))).expect("the build folder can be written");
        let saved = Instant::now();
        program.expect(&format!("save {save}: 1"));
        best = best.min(saved.elapsed());
    }
    assert!(best < Duration::from_millis(200), "a save is seen after {best:?}");
    // The window is the same one, and a version that cannot be read leaves the last one running.
    std::fs::write(&file, "let count = (").expect("the build folder can be written");
    screen.click(&window, "300", "46");
    program.expect("save 4: 2");
    std::fs::write(&file, version("good")).expect("the build folder can be written");
    program.expect("good 2");
    screen.click(&window, "300", "114");
    program.expect("ended");
    assert_eq!(program.end(), Some(0));
}

/// `motet dev` while files are missing, are made, are no files, and hold programs that fail.
#[test]
fn files_that_come_and_go_are_noticed() {
    let folder = Folder::new("windows_dev_files");
    let file = folder.join("case.soc");
    let save = |path: &Path, text: &str| std::fs::write(path, text).expect("the build folder can be written");
    let version = |before: &str, name: &str| {
        format!(
            "{before}
            let count = signal(0)
            fn app() {{
                ui_button(\"Count\", \"w-full h-[60px]\", () => count.update(n => n + 1))
                ui_button(\"Quit\", \"w-full h-[60px]\", () => ui_quit())
                println('{name} ${{count.value}}')
                flush()
            }}
            gui_run(app, {{title: \"Files\", width: 600, height: 460}})"
        )
    };
    let screen = Screen::new();
    // The first version imports what is not there yet.
    save(&file, &version("import {part} from \"./part\"", "with ${part}"));
    let mut program = Running::start(&mut told_all(&folder, "dev"), &screen);
    program.expect("error");
    save(&folder.join("part.soc"), "export let part = 1");
    program.expect("with 1 0");
    let window = screen.window("Files");
    screen.click(&window, "300", "46");
    program.expect("with 1 1");
    // An import changes, is wrong for a while, and is no more.
    save(&folder.join("part.soc"), "export let part = ");
    program.expect("error");
    save(&folder.join("part.soc"), "export let part = 22");
    program.expect("with 22 1");
    std::fs::remove_file(folder.join("part.soc")).expect("it is there");
    save(&file, &version("", "alone"));
    program.expect("alone 1");
    // The program itself is gone, then a folder, and comes again; what ran goes on meanwhile.
    std::fs::remove_file(&file).expect("it is there");
    screen.click(&window, "300", "46");
    program.expect("alone 2");
    std::fs::create_dir(&file).expect("the place is free");
    program.expect("error");
    screen.click(&window, "300", "46");
    program.expect("alone 3");
    std::fs::remove_dir(&file).expect("it is there");
    save(&folder.join("new"), &version("", "moved here"));
    std::fs::rename(folder.join("new"), &file).expect("the place is free");
    program.expect("moved here 3");
    // Programs that fail, loop for ever, or do not want to end, until the next save.
    for (index, before) in [
        "throw \"at once\"",
        "while (true) { }",
        "spawn(do { while (true) { } })",
        "try { sleep(100_000) } finally { while (true) { } }",
        "async do { loop { try { sleep(5) } catch (e) { } } }",
    ]
    .iter()
    .enumerate()
    {
        save(&file, &version(&format!("println(\"begins {index}\")\nflush()\n{before}"), "unlikely"));
        program.expect(&format!("begins {index}"));
        save(&file, &version("", &format!("good {index}:")));
        program.expect(&format!("good {index}: 3"));
    }
    screen.click(&window, "300", "46");
    program.expect("good 4: 4");
    screen.click(&window, "300", "114");
    assert_eq!(program.end(), Some(0));
}

/// Under a Wayland compositor a window opens, is drawn, and closes. `./test --long` installs one.
#[test]
fn a_window_opens_under_wayland() {
    if std::env::var_os("MOTET_WINDOWS_LONG").is_none() {
        return;
    }
    let folder = Folder::new("windows_wayland");
    let program = "let frames = signal(0)
        fn app(window) {
            ui_label(frames.value)
            if (frames.value < 20) { frames.update(n => n + 1) } else { window.close() }
        }
        gui_run(app, {title: \"Wayland\", width: 300, height: 200})
        println('closed after ${frames.value}')";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let mut weston = Command::new("weston");
    weston.args(["--backend=headless-backend.so", "--socket=motet-test", "--idle-time=0"]);
    weston.env("XDG_RUNTIME_DIR", &*folder).stdout(Stdio::null()).stderr(Stdio::null());
    let mut compositor = Ended(weston.spawn().expect("./test --long installs weston"));
    let socket = folder.join("motet-test");
    while !socket.exists() {
        assert!(compositor.0.try_wait().expect("it was started").is_none(), "weston does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut command = without_display();
    command.current_dir(&*folder).args(["run", "case.soc"]);
    command.env("XDG_RUNTIME_DIR", &*folder).env("WAYLAND_DISPLAY", "motet-test");
    let run = run(&mut command);
    assert_eq!((run.code, &*run.stdout), (Some(0), "closed after 20\n"), "{run:?}");
}

/// A process that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
