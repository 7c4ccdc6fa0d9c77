//! How far a parallel call is, as a bar on the terminal. Elsewhere nothing is shown.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use motet_vm::{Meter, Progress};

/// Shows bars on standard error.
pub struct Bars;

struct Bar(ProgressBar);

impl Progress for Bars {
    fn begin(&self, total: u64) -> Box<dyn Meter> {
        // It draws nothing where standard error is no terminal, and a few times a second at most where it is.
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}");
        bar.set_style(style.expect("the template is right"));
        Box::new(Bar(bar))
    }
}

impl Meter for Bar {
    fn set(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    /// What the program prints next stands where the bar was.
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
