//! OpenGL without a window: through EGL, without a surface, on whatever device there is, software included. One of the three
//! modules of this crate with `unsafe` code: it calls the driver.

use egui::{ColorImage, Context, FullOutput};
use egui_glow::Painter;
use egui_glow::glow::{self, HasContext};
use glutin::api::egl::context::PossiblyCurrentContext;
use glutin::api::egl::device::Device;
use glutin::api::egl::display::Display;
use glutin::config::{ConfigSurfaceTypes, ConfigTemplateBuilder};
use glutin::context::{ContextApi, ContextAttributesBuilder};
use glutin::display::GlDisplay;
use std::sync::Arc;

/// See the module.
pub struct Offscreen {
    painter: Painter,
    gl: Arc<glow::Context>,
    target: Option<Target>,
    /// Dropped last: the others use it.
    _context: PossiblyCurrentContext,
}

/// What is painted on.
struct Target {
    size: [u32; 2],
    buffer: glow::Framebuffer,
    color: glow::Renderbuffer,
}

/// What to do where there is no driver.
const HINT: &str = "install a driver that works in software: on Debian, libegl1 and libgl1-mesa-dri";

impl Offscreen {
    pub fn new() -> Result<Offscreen, String> {
        let devices = Device::query_devices().map_err(|error| format!("there is no EGL here ({error}); {HINT}"))?;
        let mut failures = Vec::new();
        for device in devices {
            match Offscreen::on(&device) {
                Ok(offscreen) => return Ok(offscreen),
                Err(error) => failures.push(format!("{}: {error}", device.name().unwrap_or("a device"))),
            }
        }
        match failures.is_empty() {
            true => Err(format!("EGL knows no device; {HINT}")),
            false => Err(format!("no device can draw: {}; {HINT}", failures.join("; "))),
        }
    }

    fn on(device: &Device) -> Result<Offscreen, String> {
        let text = |error: glutin::error::Error| error.to_string();
        // SAFETY: no display handle of a window system is passed that could go away.
        let display = unsafe { Display::with_device(device, None) }.map_err(text)?;
        let template = ConfigTemplateBuilder::new().with_surface_type(ConfigSurfaceTypes::empty()).build();
        // SAFETY: the template names no window.
        let config =
            unsafe { display.find_configs(template) }.map_err(text)?.next().ok_or("it has no configuration")?;
        let plain = ContextAttributesBuilder::new().build(None);
        let embedded = ContextAttributesBuilder::new().with_context_api(ContextApi::Gles(None)).build(None);
        // SAFETY: the attributes name no window.
        let context =
            unsafe { display.create_context(&config, &plain).or_else(|_| display.create_context(&config, &embedded)) };
        let context = context.map_err(text)?.make_current_surfaceless().map_err(text)?;
        // SAFETY: the context is current on this thread, and its functions are asked from its own display.
        let gl = unsafe { glow::Context::from_loader_function_cstr(|name| display.get_proc_address(name)) };
        let gl = Arc::new(gl);
        let painter = Painter::new(gl.clone(), "", None, false).map_err(|error| error.to_string())?;
        Ok(Offscreen { painter, gl, target: None, _context: context })
    }

    /// Paints a frame and gives it as a picture.
    pub fn paint(&mut self, context: &Context, output: FullOutput, size: [u32; 2]) -> Result<ColorImage, String> {
        self.prepare(size)?;
        let FullOutput { mut textures_delta, shapes, pixels_per_point, .. } = output;
        let primitives = context.tessellate(shapes, pixels_per_point);
        self.painter.clear(size, [0.0, 0.0, 0.0, 1.0]);
        self.painter.paint_and_update_textures(size, pixels_per_point, &primitives, &mut textures_delta);
        Ok(self.painter.read_screen_rgba(size))
    }

    /// Makes something of this size to paint on the target.
    fn prepare(&mut self, size: [u32; 2]) -> Result<(), String> {
        if self.target.as_ref().is_some_and(|target| target.size == size) {
            return Ok(());
        }
        self.free_target();
        let gl = &self.gl;
        // SAFETY: the context is current on this thread; the objects are its own, made and used here alone.
        let target = unsafe {
            let color = gl.create_renderbuffer()?;
            gl.bind_renderbuffer(glow::RENDERBUFFER, Some(color));
            gl.renderbuffer_storage(glow::RENDERBUFFER, glow::RGBA8, size[0] as i32, size[1] as i32);
            let buffer = gl.create_framebuffer()?;
            gl.bind_framebuffer(glow::FRAMEBUFFER, Some(buffer));
            gl.framebuffer_renderbuffer(glow::FRAMEBUFFER, glow::COLOR_ATTACHMENT0, glow::RENDERBUFFER, Some(color));
            if gl.check_framebuffer_status(glow::FRAMEBUFFER) != glow::FRAMEBUFFER_COMPLETE {
                return Err(format!("the driver cannot paint {} by {} pixels", size[0], size[1]));
            }
            Target { size, buffer, color }
        };
        self.target = Some(target);
        Ok(())
    }

    fn free_target(&mut self) {
        if let Some(target) = self.target.take() {
            // SAFETY: the context is current on this thread, and nothing else uses the objects.
            unsafe {
                self.gl.delete_framebuffer(target.buffer);
                self.gl.delete_renderbuffer(target.color);
            }
        }
    }
}

impl Drop for Offscreen {
    fn drop(&mut self) {
        self.free_target();
        self.painter.destroy();
    }
}
