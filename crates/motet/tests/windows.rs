//! Windows: programs in `tests/windows` that test their own, with what they print behind `// →`; pictures without a
//! display; and what happens where there is none.

mod common;
#[path = "windows/live.rs"]
mod live;
#[path = "windows/widgets.rs"]
mod widgets;

use common::{Folder, difference, motet, root, run};
use std::fmt::Write;
use std::path::Path;

/// Whatever display the machine has is none of the tests' business.
fn without_display() -> std::process::Command {
    let mut command = motet();
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    command.env("LIBGL_ALWAYS_SOFTWARE", "1");
    command
}

/// A picture's size and its pixels, three bytes each.
fn read_png(path: &Path) -> ([u32; 2], Vec<u8>) {
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("the picture is there"));
    let mut reader = png::Decoder::new(file).read_info().expect("it is a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("it is not too large")];
    let info = reader.next_frame(&mut pixels).expect("it is a whole PNG");
    pixels.truncate(info.buffer_size());
    ([info.width, info.height], pixels)
}

fn count(pixels: &[u8], color: [u8; 3]) -> usize {
    pixels.chunks_exact(3).filter(|pixel| *pixel == color).count()
}

#[test]
fn programs_test_their_own_windows() {
    let mut failures = String::new();
    let mut programs = 0;
    for entry in std::fs::read_dir(root().join("tests/windows")).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_none_or(|ending| ending != "soc") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("it is text");
        let mut expected = String::new();
        for (_, shown) in text.lines().filter_map(|line| line.split_once("// → ")) {
            let _ = writeln!(expected, "{shown}");
        }
        let run = run(without_display().current_dir(root()).arg("run").arg(&path));
        if run.stdout != expected || run.code != Some(0) || !run.stderr.is_empty() {
            let _ = write!(failures, "\n{}\n{}{}", path.display(), difference(&expected, &run.stdout), run.stderr);
        }
        programs += 1;
    }
    assert!(programs >= 9, "the folder has lost its programs");
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn without_a_display_a_window_is_an_error_and_a_code_of_its_own() {
    let run = run(without_display().current_dir(root()).args(["run", "examples/ui/counter.soc"]));
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("no window can be opened: there is no display"), "{run:?}");
    assert!(run.stderr.contains("motet run --screenshot"), "{run:?}");
    assert_eq!(run.stdout, "");
}

/// Two ways to have no driver: nothing that finds one, and one that cannot be loaded.
#[test]
fn without_a_driver_a_picture_says_what_to_install() {
    let folder = Folder::new("windows_driver");
    let arguments = ["run", "--screenshot", "out.png", "case.soc"];
    std::fs::write(folder.join("case.soc"), "gui_run(() => ui_label(\"x\"))").expect("the build folder can be written");
    for variable in ["__EGL_VENDOR_LIBRARY_FILENAMES", "__EGL_VENDOR_LIBRARY_DIRS"] {
        let mut command = without_display();
        command.env(variable, folder.join("nowhere")).env("LIBGL_DRIVERS_PATH", folder.join("nowhere"));
        let run = run(command.current_dir(&*folder).args(arguments));
        assert_eq!(run.code, Some(3), "{run:?}");
        assert!(run.stderr.contains("no picture can be taken"), "{run:?}");
        assert!(run.stderr.contains("on Debian, libegl1 and libgl1-mesa-dri"), "{run:?}");
        assert!(!folder.join("out.png").exists(), "{run:?}");
    }
}

#[test]
fn a_program_can_do_without_a_window_that_it_does_not_get() {
    let folder = Folder::new("windows_none");
    let program = "println(try { gui_run(() => null) } catch (e: IoError) { e.kind })";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let run = run(without_display().current_dir(&*folder).args(["run", "case.soc"]));
    assert_eq!((run.code, &*run.stdout), (Some(0), "IoError\n"), "{run:?}");
}

#[test]
fn a_picture_is_taken_without_a_display() {
    let folder = Folder::new("windows_picture");
    for (theme, window, accent) in [("dark", [16, 18, 22], [60, 180, 190]), ("light", [244, 245, 247], [12, 120, 132])]
    {
        let path = folder.join(format!("{theme}.png"));
        let arguments = ["--theme", theme, "--size", "400x360", "--screenshot"];
        let mut command = without_display();
        command.current_dir(root()).arg("run").args(arguments).arg(&path).arg("examples/ui/counter.soc");
        let run = run(&mut command);
        assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
        let (size, pixels) = read_png(&path);
        assert_eq!(size, [400, 360]);
        assert!(count(&pixels, window) > 5_000, "the window's colour is exact, {theme}");
        assert!(count(&pixels, accent) > 500, "so is the button's, {theme}");
    }
}

#[test]
fn what_has_a_name_is_clicked_before_the_picture() {
    let folder = Folder::new("windows_click");
    let program = "let big = signal(false)
        gui_run(() => do {
            ui_button(\"Grow\", () => big.set(true))
            ui_box(if(big.value, \"bg-[#ff0000] h-[100px]\", \"h-[100px]\"), () => null)
        })";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let picture = |arguments: &[&str]| {
        let mut command = without_display();
        command.current_dir(&*folder).args(["run", "--size", "300x200", "--screenshot", "out.png"]).args(arguments);
        run(command.arg("case.soc"))
    };
    let before = picture(&[]);
    assert_eq!(before.code, Some(0), "{before:?}");
    assert_eq!(count(&read_png(&folder.join("out.png")).1, [255, 0, 0]), 0);
    let after = picture(&["--click", "Grow"]);
    assert_eq!(after.code, Some(0), "{after:?}");
    assert!(count(&read_png(&folder.join("out.png")).1, [255, 0, 0]) > 20_000);
    // At the time of the picture it is not there.
    let wrong = picture(&["--click", "Shrink", "--after", "300ms"]);
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("nothing in the window is called Shrink; there are Grow"), "{wrong:?}");
}

#[test]
fn a_program_without_windows_gives_no_picture() {
    let folder = Folder::new("windows_absent");
    std::fs::write(folder.join("case.soc"), "println(1)").expect("the build folder can be written");
    let run = run(without_display().current_dir(&*folder).args(["run", "--screenshot", "out.png", "case.soc"]));
    assert_eq!((run.code, &*run.stdout), (Some(1), "1\n"));
    assert!(run.stderr.contains("without opening a window"), "{run:?}");
}

#[test]
fn unknown_classes_are_warned_of_and_the_nearest_is_named() {
    let folder = Folder::new("windows_classes");
    let program = "ui_test(() => ui_label(\"x\", \"p-4 text-2xxl itms-center\")).close()";
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let run = run(without_display().current_dir(&*folder).args(["run", "case.soc"]));
    assert!(run.stderr.contains("no style is named text-2xxl; did you mean text-2xl?"), "{run:?}");
    assert!(run.stderr.contains("no style is named itms-center; did you mean items-center?"), "{run:?}");
}

/// What a screen reader is told of the control panel, which has every widget: each has a name and a role, and Tab reaches
/// each that the keyboard can work.
#[test]
fn every_widget_has_a_name_and_a_role_and_tab_reaches_it() {
    let folder = Folder::new("windows_accessibility");
    let example = std::fs::read_to_string(root().join("examples/ui/controls.soc")).expect("the example is there");
    let program = format!(
        "{}
        let widgets = window.widgets()
        let said = widgets.filter(w => !(w.role in [\"window\", \"generic container\"]))
        println(said.length > 50)
        println(said.filter(w => w.name == \"\" || w.role == \"\"))
        let reached = []
        for (i in 0..150) {{ window.press(\"Tab\"); reached.push(window.focused()) }}
        println(said.filter(w => w.focusable && !(w.name in reached)).map(w => w.name))
        window.close()",
        example.replace("gui_run(", "let window = ui_test(")
    );
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let run = run(without_display().current_dir(&*folder).args(["run", "case.soc"]));
    assert_eq!((&*run.stdout, &*run.stderr), ("true\n[]\n[]\n", ""), "{run:?}");
}

/// Every example with windows shows one, and warns of nothing.
#[test]
fn examples_with_windows_can_be_seen() {
    let folder = Folder::new("windows_examples");
    let mut examples = 0;
    for entry in std::fs::read_dir(root().join("examples/ui")).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_none_or(|ending| ending != "soc") {
            continue;
        }
        let picture = folder.join("out.png");
        let mut command = without_display();
        command.current_dir(root()).args(["run", "--after", "1s", "--screenshot"]).arg(&picture).arg(&path);
        let run = run(&mut command);
        assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{}: {run:?}", path.display());
        let (_, pixels) = read_png(&picture);
        let first = &pixels[..3];
        assert!(pixels.chunks_exact(3).any(|pixel| pixel != first), "{} shows nothing", path.display());
        examples += 1;
    }
    assert!(examples >= 4, "the folder has lost its programs");
}

/// A widget of docs/ui.md: its picture's name, how the picture is taken, and the program.
struct Shown {
    picture: String,
    arguments: Vec<String>,
    program: String,
}

/// Programs in fences `soc window`, each followed by its picture. Their first line says how large the window is, and what is
/// clicked; what stands before an empty line is done once, the rest describes the window.
fn shown_widgets() -> Vec<Shown> {
    let page = std::fs::read_to_string(root().join("docs/ui.md")).expect("the page is there");
    let mut widgets = Vec::new();
    for block in page.split("\n```soc window\n").skip(1) {
        let (program, after) = block.split_once("\n```\n").expect("the fence ends");
        let picture = after.split_once("](ui/").and_then(|(_, rest)| Some(rest.split_once(')')?.0)).expect("a picture");
        let (first, rest) = program.split_once('\n').expect("more than a comment");
        let mut words = first.strip_prefix("// ").expect("a comment with the size").split(", click ");
        let mut arguments = vec!["--size".to_owned(), words.next().unwrap_or_default().to_owned()];
        arguments.extend(words.flat_map(|name| ["--click".to_owned(), name.to_owned()]));
        let (once, window) = rest.split_once("\n\n").unwrap_or(("", rest));
        let program = format!("{once}\ngui_run(() => do {{\n{window}\n}})");
        widgets.push(Shown { picture: picture.to_owned(), arguments, program });
    }
    widgets
}

fn picture_of(widget: &Shown, folder: &Folder) -> ([u32; 2], Vec<u8>) {
    let (file, picture) = (folder.join("case.soc"), folder.join("out.png"));
    std::fs::write(&file, &widget.program).expect("the build folder can be written");
    let mut command = without_display();
    command.current_dir(root()).arg("run").args(&widget.arguments).arg("--screenshot").arg(&picture).arg(&file);
    let run = run(&mut command);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{}: {run:?}", widget.picture);
    read_png(&picture)
}

/// The part of the pixels that differ by more than what rounding may do.
fn unlike(a: &([u32; 2], Vec<u8>), b: &([u32; 2], Vec<u8>)) -> f64 {
    if a.0 != b.0 {
        return 1.0;
    }
    let differs = |(a, b): (&[u8], &[u8])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 24);
    let count = a.1.chunks_exact(3).zip(b.1.chunks_exact(3)).filter(|pair| differs(*pair)).count();
    count as f64 / f64::from(a.0[0] * a.0[1])
}

/// At most so many pixels may differ: where another version of the driver draws an edge.
const MOST_UNLIKE: f64 = 0.005;

/// The pictures of docs/ui.md show what its programs make; `MOTET_UPDATE=1` takes them anew.
#[test]
fn the_page_shows_every_widget_as_it_is() {
    let folder = Folder::new("windows_pictures");
    let widgets = shown_widgets();
    let page = std::fs::read_to_string(root().join("docs/ui.md")).expect("the page is there");
    let mut failures = String::new();
    for widget in &widgets {
        let taken = picture_of(widget, &folder);
        let path = root().join("docs/ui").join(&widget.picture);
        if common::updating() {
            std::fs::copy(folder.join("out.png"), &path).expect("the picture can be written");
            continue;
        }
        let unlike = unlike(&taken, &read_png(&path));
        if unlike > MOST_UNLIKE {
            let _ = writeln!(failures, "{}: {:.2} % of its pixels differ", widget.picture, unlike * 100.0);
        }
    }
    assert!(failures.is_empty(), "{failures}");
    // Every native that adds a widget is called in one of them.
    for entry in motet::natives::builtins().documentation() {
        let is_widget = entry.text.starts_with("In a window:");
        let is_shown = widgets.iter().any(|widget| widget.program.contains(&format!("{}(", entry.name)));
        assert!(!is_widget || is_shown, "docs/ui.md has no picture of {}", entry.name);
        assert!(!is_widget || page.contains(&format!("| `{}(", entry.name)), "docs/ui.md does not list {}", entry.name);
    }
}

/// The comparison sees what matters: another word, another colour, another place.
#[test]
fn pictures_that_differ_are_told_apart() {
    let folder = Folder::new("windows_unlike");
    let picture = |window: &str| {
        let program = format!("gui_run(() => {window})");
        let arguments = vec!["--size".to_owned(), "160x60".to_owned()];
        picture_of(&Shown { picture: window.into(), arguments, program }, &folder)
    };
    let plain = picture("ui_button(\"Save\", \"primary\")");
    assert!(unlike(&plain, &picture("ui_button(\"Save\", \"primary\")")) == 0.0, "the same is the same");
    for other in
        ["ui_button(\"Sage\", \"primary\")", "ui_button(\"Save\", \"danger\")", "ui_button(\"Save\", \"primary ml-2\")"]
    {
        assert!(unlike(&plain, &picture(other)) > MOST_UNLIKE, "{other}");
    }
}
