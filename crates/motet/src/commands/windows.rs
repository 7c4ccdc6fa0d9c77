//! Running a program that may open windows: the program on a thread of its own, its windows on the main thread. A program
//! without windows leaves the main thread asleep.

use super::{DEVICE_MISSING, PROGRAM_ERROR, complete, exit_code, output, prepare, run::run_in, show, signals};
use crate::RunArguments;
use clap::Args;
use motet::natives::builtins;
use motet_ui::{Ended, Mode, NoPicture, Shot, Theme, fault_of, host};
use motet_vm::{Cancellation, ExecutionContext, Settings, Uncaught, Vm};
use std::cell::Cell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Options for a picture of a program's window.
#[derive(Args, Clone, Default)]
pub struct PictureArguments {
    /// Write a picture of the program's first window, without a display, and end the program
    #[arg(long, value_name = "FILE.png")]
    screenshot: Option<PathBuf>,
    /// When the picture is taken: 2s, 500ms; by default when nothing changes any more
    #[arg(long, value_name = "TIME", value_parser = time, requires = "screenshot")]
    after: Option<Duration>,
    /// The size of the window: 800x600
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size, requires = "screenshot")]
    size: Option<[u32; 2]>,
    /// Pixels for each point of the window
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = scale, requires = "screenshot")]
    scale: f32,
    /// Click what has this name before; several are clicked one after the other
    #[arg(long, value_name = "NAME", requires = "screenshot")]
    click: Vec<String>,
    /// The colours of the picture
    #[arg(long, value_name = "THEME", default_value = "dark", value_parser = ["dark", "light"], requires = "screenshot")]
    theme: String,
}

impl PictureArguments {
    fn mode(&self) -> Mode {
        match &self.screenshot {
            None => Mode::Live,
            Some(path) => Mode::Picture(Shot {
                path: path.clone(),
                after: self.after,
                size: self.size,
                scale: self.scale,
                clicks: self.click.clone(),
                theme: if self.theme == "light" { Theme::Light } else { Theme::Dark },
            }),
        }
    }
}

/// How often a program that has failed looks whether its windows are still there.
const PERIOD: Duration = Duration::from_millis(100);

pub(super) fn run_program(arguments: &RunArguments, settings: Settings) -> ExitCode {
    let cancellation = Cancellation::new();
    let warn = |text: &str| {
        show(&format!("warning: {text}\n"));
    };
    let mode = arguments.picture.mode();
    let wants_picture = arguments.picture.screenshot.is_some();
    let program = |display: Arc<motet_ui::Display>, interface| {
        if let Some(trace) = &settings.trace {
            display.trace_to(trace.clone());
        }
        let settings = Settings { display: Some(interface), ..settings.clone() };
        // The machine must live as long as the program: it tells windows of changes of signals.
        let vm = Vm::new(builtins(), Arc::new(complete(settings)), output::standard_output());
        // Who can be cancelled from outside pays for it at each safe point.
        let mut context = ExecutionContext::default();
        context.cancellation = wants_picture.then(|| cancellation.clone());
        let mut isolate = vm.isolate_with(&context);
        prepare(&mut isolate);
        // Windows that are open show why the program has failed, until the user closes them.
        let is_meant = || wants_picture || signals::caught().is_some() || exit_code().is_some();
        let has_failed = Cell::new(false);
        let failed = |error: &Uncaught| {
            display.show_everywhere(&fault_of(error));
            has_failed.set(true);
        };
        let code = run_in(isolate, arguments, &|| cancellation.is_cancelled(), &failed);
        while has_failed.get() && display.has_kept_windows() && !is_meant() {
            std::thread::sleep(PERIOD);
        }
        let failed = code != ExitCode::SUCCESS;
        if failed && display.was_missed() { ExitCode::from(DEVICE_MISSING) } else { code }
    };
    match host(mode, warn, || cancellation.cancel(), program) {
        Ended::Program(code) if wants_picture && code == ExitCode::SUCCESS => {
            show("error: the program ended without opening a window, so there is no picture\n");
            ExitCode::from(PROGRAM_ERROR)
        }
        Ended::Program(code) => code,
        Ended::Picture => ExitCode::SUCCESS,
        Ended::NoPicture(NoPicture::Device(why)) => {
            show(&format!("error: no picture can be taken: {why}\n"));
            ExitCode::from(DEVICE_MISSING)
        }
        Ended::NoPicture(NoPicture::Window(why)) => {
            show(&format!("error: {why}\n"));
            ExitCode::from(PROGRAM_ERROR)
        }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1e-3),
        (None, Some(number)) => (number, 1.0),
        (None, None) => (text, 1.0),
    };
    let seconds = number.parse::<f64>().ok().and_then(|number| Duration::try_from_secs_f64(number * unit).ok());
    seconds.ok_or_else(|| "a time such as 2s or 500ms".into())
}

fn size(text: &str) -> Result<[u32; 2], String> {
    let side = |text: &str| text.parse().ok().filter(|side| (1..=8192).contains(side));
    let sides = text.split_once('x').and_then(|(width, height)| Some([side(width)?, side(height)?]));
    sides.ok_or_else(|| "a size such as 800x600, each side from 1 to 8192".into())
}

fn scale(text: &str) -> Result<f32, String> {
    let factor = text.parse().ok().filter(|factor: &f32| (0.5..=4.0).contains(factor));
    factor.ok_or_else(|| "a factor from 0.5 to 4".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(time("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(time("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["", "s", "-1s", "1h", "NaN"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_two_sides() {
        assert_eq!(size("800x600"), Ok([800, 600]));
        for wrong in ["", "800", "x", "0x1", "800x", "9999x1", "800×600"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
