//! Where windows are shown: on a screen, or nowhere, for pictures. The UI runs on the process's main thread (some systems
//! demand it), the program on another.

mod driver_memory;
mod gl;
mod live;
mod pace;
mod picture;
mod window;

pub use gl::Offscreen;
pub use picture::{Blind, Shot, settle, write_png};

use crate::link::{Display, Mail};
use motet_vm::interface::Interface;
use parking_lot::{Condvar, Mutex};
use std::panic::resume_unwind;
use std::sync::Arc;
use winit::event_loop::EventLoopProxy;

/// How the main thread is woken: from its sleep, or through the event loop once there is one.
#[derive(Default)]
pub struct Bell {
    state: Mutex<BellState>,
    rung: Condvar,
}

#[derive(Default)]
struct BellState {
    is_rung: bool,
    proxy: Option<EventLoopProxy<live::Wake>>,
}

impl Bell {
    fn ring(&self) {
        let proxy = {
            let mut state = self.state.lock();
            state.is_rung = true;
            state.proxy.clone()
        };
        self.rung.notify_one();
        if let Some(proxy) = proxy {
            // An event loop that has ended needs no waking.
            let _ = proxy.send_event(live::Wake::Mail);
        }
    }

    /// Waits for a ring, or for a time.
    fn wait(&self, limit: Option<std::time::Duration>) {
        let mut state = self.state.lock();
        match limit {
            None => self.rung.wait_while(&mut state, |state| !state.is_rung),
            Some(limit) => {
                self.rung.wait_while_for(&mut state, |state| !state.is_rung, limit);
            }
        }
        state.is_rung = false;
    }

    /// From now on rings go through the event loop. What rang before there was one rings again.
    fn set_proxy(&self, proxy: EventLoopProxy<live::Wake>) {
        let mut state = self.state.lock();
        // The loop has not ended before it began.
        let _ = proxy.send_event(live::Wake::Mail);
        state.proxy = Some(proxy);
    }
}

/// What the main thread is to do with windows.
pub enum Mode {
    /// Show them on the screen.
    Live,
    /// Take a picture of the first, and end the program.
    Picture(Shot),
}

/// How a program with windows ended.
pub enum Ended<T> {
    /// By itself.
    Program(T),
    /// A picture was taken, and the program was to end.
    Picture,
    NoPicture(NoPicture),
}

/// Why no picture could be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPicture {
    /// Nothing here can draw.
    Device(String),
    /// The window was not what was asked for.
    Window(String),
}

/// The stack of the program's thread: what the main thread usually has.
const STACK: usize = 16 << 20;

/// Runs a program on a thread of its own, and its windows on this one, which must be the main thread. The program gets the
/// door to its windows; `stop` ends it early, after a picture.
pub fn host<T: Send>(
    mode: Mode,
    warn: impl Fn(&str) + Send + Sync + 'static,
    stop: impl FnOnce(),
    program: impl FnOnce(Arc<Display>, Interface) -> T + Send,
) -> Ended<T> {
    let bell = Arc::new(Bell::default());
    let ringer = bell.clone();
    let display = Display::new(move || ringer.ring(), warn);
    std::thread::scope(|scope| {
        let there = display.clone();
        let run = move || {
            let end = End(there.clone());
            let interface = Interface::new(there.clone());
            let result = program(there, interface);
            drop(end);
            result
        };
        let thread = std::thread::Builder::new().name("program".into()).stack_size(STACK).spawn_scoped(scope, run);
        let thread = thread.expect("the system gives a thread");
        // If this thread panics, the program must end, too: the scope waits for it.
        let mut rescue = Rescue { display: &display, stop: Some(stop) };
        let ended = serve(mode, &display, &bell);
        if ended.is_none() {
            rescue.stop = None;
        }
        drop(rescue);
        let result = thread.join();
        display.end();
        let result = result.unwrap_or_else(|panic| resume_unwind(panic));
        match ended {
            None => Ended::Program(result),
            Some(Ok(())) => Ended::Picture,
            Some(Err(why)) => Ended::NoPicture(why),
        }
    })
}

/// Ends the program and its windows, unless there is nothing to stop.
struct Rescue<'a, F: FnOnce()> {
    display: &'a Display,
    stop: Option<F>,
}

impl<F: FnOnce()> Drop for Rescue<'_, F> {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
            self.display.close_all();
        }
    }
}

/// Says that the program has ended, however it does.
struct End(Arc<Display>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.outbox.change(|mail| mail.quit = true);
    }
}

/// Sleeps until there is a window to show, or the program has ended. None: it ended by itself.
fn serve(mode: Mode, display: &Arc<Display>, bell: &Arc<Bell>) -> Option<Result<(), NoPicture>> {
    loop {
        bell.wait(None);
        let mail = display.outbox.take();
        if mail.open.is_empty() {
            if mail.quit {
                return None;
            }
            continue;
        }
        match &mode {
            Mode::Live => match live::run(display, bell, mail) {
                Ok(()) => return None,
                Err(failure) => refuse(display, &failure),
            },
            Mode::Picture(shot) => return Some(picture::take(display, bell, mail, shot)),
        }
    }
}

/// No window can be shown.
struct NoWindows {
    why: String,
    mail: Mail,
}

fn refuse(display: &Display, failure: &NoWindows) {
    display.is_missing(failure.why.clone());
    failure.mail.open.iter().for_each(|(_, link)| link.failed(failure.why.clone()));
    if failure.mail.quit {
        display.outbox.change(|mail| mail.quit = true);
    }
    // Those that were asked for meanwhile.
    let later = display.outbox.take();
    later.open.iter().for_each(|(_, link)| link.failed(failure.why.clone()));
    if later.quit {
        display.outbox.change(|mail| mail.quit = true);
    }
}
