//! Windows on the screen: one event loop for all, which sleeps until an event, mail from a program, or the next frame.

use super::pace::FRAME;
use super::picture::settle;
use super::window::LiveWindow;
use super::{Bell, NoWindows};
use crate::link::{Display, Event, Mail, WindowConfig, WindowLink};
use glutin::config::Config;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use winit::application::ApplicationHandler;
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::WindowId;

/// What wakes the event loop besides the system.
pub enum Wake {
    Mail,
    Accessibility(egui_winit::accesskit_winit::Event),
}

impl From<egui_winit::accesskit_winit::Event> for Wake {
    fn from(event: egui_winit::accesskit_winit::Event) -> Wake {
        Wake::Accessibility(event)
    }
}

struct Shell {
    display: Arc<Display>,
    proxy: EventLoopProxy<Wake>,
    config: Option<Config>,
    windows: HashMap<WindowId, LiveWindow>,
    /// What came before the loop ran.
    mail: Option<Mail>,
    /// Why not even the first window could be opened.
    failure: Option<NoWindows>,
    /// The timeline has a row for what programs say.
    has_row: bool,
}

/// Shows windows until the program has ended.
pub(super) fn run(display: &Arc<Display>, bell: &Bell, mail: Mail) -> Result<(), Box<NoWindows>> {
    let event_loop = match EventLoop::<Wake>::with_user_event().build() {
        Ok(event_loop) => event_loop,
        Err(error) => return Err(Box::new(NoWindows { why: no_screen(&error), mail })),
    };
    event_loop.set_control_flow(ControlFlow::Wait);
    bell.set_proxy(event_loop.create_proxy());
    let proxy = event_loop.create_proxy();
    let mut shell = Shell {
        display: display.clone(),
        proxy,
        config: None,
        windows: HashMap::new(),
        mail: Some(mail),
        failure: None,
        has_row: false,
    };
    let ran = event_loop.run_app(&mut shell);
    shell.windows.clear();
    match (shell.failure.take(), ran) {
        (Some(failure), _) => Err(Box::new(failure)),
        (None, Err(error)) => Err(Box::new(NoWindows { why: error.to_string(), mail: Mail::default() })),
        (None, Ok(())) => Ok(()),
    }
}

/// Why there is no event loop, in words for users.
fn no_screen(error: &winit::error::EventLoopError) -> String {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(all(unix, not(target_os = "macos")))
        && !is_set("DISPLAY")
        && !is_set("WAYLAND_DISPLAY")
        && !is_set("WAYLAND_SOCKET")
    {
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)".into();
    }
    format!("the display cannot be used: {error}")
}

impl Shell {
    fn take_mail(&mut self, event_loop: &ActiveEventLoop, mut mail: Mail) {
        for (config, link) in mail.open.drain(..) {
            self.open(event_loop, &config, link);
        }
        for (former, config, link) in mail.adopt.drain(..) {
            match self.windows.values_mut().find(|window| window.view.link.id == former) {
                Some(window) => {
                    window.window.set_title(&config.title);
                    window.view.adopt(link);
                }
                // The user has just closed it.
                None => self.open(event_loop, &config, link),
            }
        }
        let closed = std::mem::take(&mut mail.close);
        self.windows.retain(|_, window| !closed.contains(&window.view.link.id));
        let now = Instant::now();
        for window in self.windows.values_mut() {
            if let Some(title) = mail.titles.remove(&window.view.link.id) {
                window.window.set_title(&title);
            }
            if settle(&mut window.view, &mut mail) {
                window.pace.soon(now);
            }
        }
        if mail.quit {
            event_loop.exit();
        }
    }

    fn open(&mut self, event_loop: &ActiveEventLoop, config: &WindowConfig, link: Arc<WindowLink>) {
        match LiveWindow::open(event_loop, &self.proxy, &mut self.config, config, link.clone()) {
            Ok(window) => {
                self.windows.insert(window.window.id(), window);
            }
            Err(why) if self.windows.is_empty() && self.config.is_none() => {
                let mail = Mail { open: vec![(config.clone(), link)], ..Mail::default() };
                self.failure = Some(NoWindows { why, mail });
                event_loop.exit();
            }
            Err(why) => link.failed(why),
        }
    }

    /// The user closes a window. It goes at once, whatever its program does, unless the program wants to be asked.
    fn close(&mut self, id: WindowId) {
        if self.windows.get(&id).is_some_and(|window| !window.view.link.may_close_at_once()) {
            return;
        }
        if let Some(window) = self.windows.remove(&id) {
            window.view.link.gone();
            window.view.link.stop_running();
            window.view.link.post(Event::Close);
            window.view.link.closed();
        }
    }

    /// Draws what is due, and says when to wake up for the rest.
    fn plan(&mut self, event_loop: &ActiveEventLoop) {
        let now = Instant::now();
        let mut next = None;
        for window in self.windows.values() {
            let Some(due) = window.pace.due() else { continue };
            if due <= now {
                window.window.request_redraw();
                // If the system holds the redraw back, it is asked for again.
                next = Some(next.unwrap_or(now + FRAME).min(now + FRAME));
            } else {
                next = Some(next.unwrap_or(due).min(due));
            }
        }
        event_loop.set_control_flow(next.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }
}

impl ApplicationHandler<Wake> for Shell {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if let Some(mail) = self.mail.take() {
            self.take_mail(event_loop, mail);
        }
    }

    fn new_events(&mut self, _: &ActiveEventLoop, _: StartCause) {}

    fn user_event(&mut self, event_loop: &ActiveEventLoop, event: Wake) {
        match event {
            Wake::Mail => {
                let began = Instant::now();
                let mail = self.display.outbox.take();
                self.take_mail(event_loop, mail);
                if let Some(trace) = self.display.trace() {
                    let row_name = (!std::mem::replace(&mut self.has_row, true)).then_some("windows");
                    trace.slice(0, row_name, "news", [began, Instant::now()], &[]);
                }
            }
            Wake::Accessibility(event) => {
                if let Some(window) = self.windows.get_mut(&event.window_id) {
                    window.on_accesskit(event.window_event);
                    window.pace.soon(Instant::now());
                }
            }
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, id: WindowId, event: WindowEvent) {
        let Some(window) = self.windows.get_mut(&id) else { return };
        match event {
            WindowEvent::CloseRequested => self.close(id),
            WindowEvent::RedrawRequested => window.draw(event_loop),
            event => {
                if window.on_event(&event) {
                    window.pace.soon(Instant::now());
                }
            }
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        self.plan(event_loop);
    }
}
