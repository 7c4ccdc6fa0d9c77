//! One window on the screen: the system's window, a context of OpenGL, egui's state with an adapter for accessibility, and
//! the view. One of the three modules of this crate with `unsafe` code: it calls the driver.

use super::driver_memory;
use super::live::Wake;
use super::pace::Pace;
use crate::link::{WindowConfig, WindowLink};
use crate::view::View;
use egui::{ViewportId, ViewportInfo};
use egui_glow::Painter;
use egui_glow::glow;
use glutin::config::{Config, ConfigTemplateBuilder, GlConfig};
use glutin::context::{
    ContextApi, ContextAttributesBuilder, NotCurrentGlContext, PossiblyCurrentContext, PossiblyCurrentGlContext,
};
use glutin::display::{GetGlDisplay, GlDisplay};
use glutin::surface::{GlSurface, Surface, SurfaceAttributesBuilder, SwapInterval, WindowSurface};
use glutin_winit::{ApiPreference, DisplayBuilder};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};
use winit::dpi::{LogicalSize, PhysicalSize};
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoopProxy};
use winit::raw_window_handle::HasWindowHandle;
use winit::window::Window;

/// See the module.
pub struct LiveWindow {
    pub view: View,
    pub pace: Pace,
    state: egui_winit::State,
    info: ViewportInfo,
    painter: Painter,
    surface: Surface<WindowSurface>,
    context: PossiblyCurrentContext,
    /// The system's window; dropped after what draws on it.
    pub window: Arc<Window>,
    is_shown: bool,
    /// The processor time of this thread at the end of the last frame, if a timeline is written.
    worked: Option<Duration>,
}

impl LiveWindow {
    /// Opens a window. The first chooses the configuration, which the others share.
    pub fn open(
        event_loop: &ActiveEventLoop,
        proxy: &EventLoopProxy<Wake>,
        shared: &mut Option<Config>,
        config: &WindowConfig,
        link: Arc<WindowLink>,
    ) -> Result<LiveWindow, String> {
        // Hidden until the first frame is painted: accessibility wants it so, and an empty window is no sight.
        let attributes = Window::default_attributes()
            .with_title(&*config.title)
            .with_inner_size(LogicalSize::new(config.width, config.height))
            .with_visible(false);
        let (window, gl_config) = match shared {
            Some(gl_config) => {
                let window = glutin_winit::finalize_window(event_loop, attributes, gl_config);
                (window.map_err(|error| error.to_string())?, gl_config.clone())
            }
            None => {
                let builder = DisplayBuilder::new()
                    .with_preference(ApiPreference::FallbackEgl)
                    .with_window_attributes(Some(attributes));
                let template = ConfigTemplateBuilder::new().with_alpha_size(8);
                let pick = |configs: Box<dyn Iterator<Item = Config> + '_>| {
                    let best = configs.min_by_key(|config| (config.num_samples(), !config.hardware_accelerated()));
                    best.expect("glutin calls this with what there is")
                };
                let (window, gl_config) = builder
                    .build(event_loop, template, pick)
                    .map_err(|error| format!("OpenGL does not work: {error}"))?;
                *shared = Some(gl_config.clone());
                (window.ok_or("the system gives no window")?, gl_config)
            }
        };
        driver_memory::keep();
        let (context, surface, painter) = draws_on(&window, &gl_config)?;
        let view = View::new(link, false);
        let mut state = egui_winit::State::new(
            view.context.clone(),
            ViewportId::ROOT,
            &window,
            Some(window.scale_factor() as f32),
            window.theme(),
            Some(painter.max_texture_side()),
        );
        state.init_accesskit(event_loop, &window, proxy.clone());
        let mut info = ViewportInfo::default();
        egui_winit::update_viewport_info(&mut info, &view.context, &window, true);
        let window = Arc::new(window);
        let (pace, is_shown, worked) = (Pace::default(), false, None);
        Ok(LiveWindow { view, pace, state, info, painter, surface, context, window, is_shown, worked })
    }

    /// Something happened to the window. True if it is to be drawn anew.
    pub fn on_event(&mut self, event: &WindowEvent) -> bool {
        if let WindowEvent::Resized(size) = event {
            self.resize(*size);
        }
        self.state.on_window_event(&self.window, event).repaint
    }

    /// A screen reader asks something.
    pub fn on_accesskit(&mut self, event: egui_winit::accesskit_winit::WindowEvent) {
        match event {
            egui_winit::accesskit_winit::WindowEvent::InitialTreeRequested => self.view.context.enable_accesskit(),
            egui_winit::accesskit_winit::WindowEvent::ActionRequested(request) => {
                self.state.on_accesskit_action_request(request)
            }
            egui_winit::accesskit_winit::WindowEvent::AccessibilityDeactivated => self.view.context.disable_accesskit(),
        }
    }

    fn resize(&mut self, size: PhysicalSize<u32>) {
        if let (Some(width), Some(height)) = (NonZeroU32::new(size.width), NonZeroU32::new(size.height))
            && self.context.make_current(&self.surface).is_ok()
        {
            self.surface.resize(&self.context, width, height);
        }
    }

    /// Draws a frame.
    pub fn draw(&mut self, event_loop: &ActiveEventLoop) {
        let now = Instant::now();
        self.pace.drawn(now);
        let size = self.window.inner_size();
        if size.width == 0 || size.height == 0 {
            return;
        }
        egui_winit::update_viewport_info(&mut self.info, &self.view.context, &self.window, false);
        let mut input = self.state.take_egui_input(&self.window);
        input.viewports.insert(ViewportId::ROOT, self.info.clone());
        let output = self.view.run(input);
        let egui::FullOutput { platform_output, mut textures_delta, shapes, pixels_per_point, viewport_output } =
            output;
        self.state.handle_platform_output_with_event_loop(&self.window, event_loop, platform_output);
        let primitives = self.view.context.tessellate(shapes, pixels_per_point);
        if self.context.make_current(&self.surface).is_ok() {
            let pixels = [size.width, size.height];
            self.painter.clear(pixels, [0.0, 0.0, 0.0, 1.0]);
            self.painter.paint_and_update_textures(pixels, pixels_per_point, &primitives, &mut textures_delta);
            self.window.pre_present_notify();
            // A window that cannot be shown now is drawn again when something changes.
            let _ = self.surface.swap_buffers(&self.context);
        } else {
            textures_delta.clear();
        }
        self.note_frame(now);
        if !self.is_shown {
            self.window.set_visible(true);
            self.is_shown = true;
        }
        let delay = viewport_output.values().map(|viewport| viewport.repaint_delay).min().unwrap_or(Duration::MAX);
        if delay.is_zero() {
            self.pace.soon(now);
        } else if let Some(time) = now.checked_add(delay) {
            self.pace.at(time);
        }
        if self.view.link.is_running() || self.view.link.unanswered().is_some() {
            // A program that computes is asked now and then whether it still answers.
            self.view.link.ping();
            self.pace.at(now + Duration::from_millis(500));
        }
    }
}

impl LiveWindow {
    /// Notes a frame in the timeline, if one is written.
    fn note_frame(&mut self, began: Instant) {
        let Some(trace) = self.view.link.display.trace() else { return };
        let row_name = (!self.is_shown).then(|| format!("window {}", self.view.link.id));
        let worked = thread_time();
        let since = worked.zip(self.worked).map(|(now, last)| ("processor_ms", (now - last).as_secs_f64() * 1e3));
        let row = self.view.link.id as u32;
        trace.slice(row, row_name.as_deref(), "frame", [began, Instant::now()], since.as_slice());
        self.worked = worked;
    }
}

/// The processor time that this thread has taken, where the system says so.
fn thread_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
    #[cfg(not(unix))]
    None
}

impl Drop for LiveWindow {
    fn drop(&mut self) {
        if self.context.make_current(&self.surface).is_ok() {
            self.painter.destroy();
        }
    }
}

type Drawing = (PossiblyCurrentContext, Surface<WindowSurface>, Painter);

/// A context and a surface of a window, and what paints on them.
fn draws_on(window: &Window, config: &Config) -> Result<Drawing, String> {
    let text = |error: glutin::error::Error| format!("OpenGL does not work: {error}");
    let handle = window.window_handle().map_err(|error| error.to_string())?.as_raw();
    let display = config.display();
    let plain = ContextAttributesBuilder::new().build(Some(handle));
    let embedded = ContextAttributesBuilder::new().with_context_api(ContextApi::Gles(None)).build(Some(handle));
    // SAFETY: the handle is a living window's; what is made for it is dropped before the window (field order).
    let context =
        unsafe { display.create_context(config, &plain).or_else(|_| display.create_context(config, &embedded)) };
    let context = context.map_err(text)?;
    let size = window.inner_size();
    let at_least = |side: u32| NonZeroU32::new(side).unwrap_or(NonZeroU32::MIN);
    let attributes =
        SurfaceAttributesBuilder::<WindowSurface>::new().build(handle, at_least(size.width), at_least(size.height));
    // SAFETY: as above.
    let surface = unsafe { display.create_window_surface(config, &attributes) }.map_err(text)?;
    let context = context.make_current(&surface).map_err(text)?;
    // Frames are paced by our own clock: a swap that waits would let a hidden window hold up the others. Where the driver
    // knows no other interval, it waits.
    let _ = surface.set_swap_interval(&context, SwapInterval::DontWait);
    // SAFETY: the context is current on this thread, and its functions are asked from its own display.
    let gl = unsafe { glow::Context::from_loader_function_cstr(|name| display.get_proc_address(name)) };
    let painter = Painter::new(Arc::new(gl), "", None, false).map_err(|error| error.to_string())?;
    Ok((context, surface, painter))
}
