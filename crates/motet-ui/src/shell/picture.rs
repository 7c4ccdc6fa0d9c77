//! Pictures without a display, for documentation, tests and remote machines: the first window's frames are run at their
//! times, the pointer clicks where it is told to, and the last frame is painted and written as a PNG.

use super::gl::Offscreen;
use super::pace::FRAME;
use super::{Bell, NoPicture};
use crate::link::{Display, Mail, WindowConfig};
use crate::view::View;
use egui::accesskit::{NodeId, TreeUpdate};
use egui::{
    ColorImage, DroppedFile, DroppedFileHandle, Event, FullOutput, Modifiers, PointerButton, Pos2, RawInput, Rect,
    Theme, pos2, vec2,
};
use std::collections::HashMap;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What picture is wanted.
#[derive(Clone, Debug)]
pub struct Shot {
    pub path: PathBuf,
    /// When; none: when nothing changes any more.
    pub after: Option<Duration>,
    /// Of the window, in logical pixels, instead of what the program asks for.
    pub size: Option<[u32; 2]>,
    pub scale: f32,
    /// Names of widgets that are clicked before, one after the other.
    pub clicks: Vec<String>,
    pub theme: Theme,
}

/// How long a window may be without a change until it counts as settled.
const QUIET: Duration = Duration::from_millis(100);
/// How long a widget may take to appear that is to be clicked, and a window that never settles.
const PATIENCE: Duration = Duration::from_secs(10);

/// What time it is in a window without a screen.
enum Clock {
    /// What the clock of the machine says, since then.
    Machine(Instant),
    /// So many seconds: a frame takes as long as a frame should, so that tests do the same on any machine.
    Frames(f64),
}

/// A file that is dropped in a test: programs get its path.
#[derive(Debug)]
struct PathOnly(PathBuf);

impl DroppedFile for PathOnly {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// A window without a screen.
pub struct Blind {
    pub view: View,
    pub size: [u32; 2],
    scale: f32,
    theme: Theme,
    clock: Clock,
    events: Vec<Event>,
    dropped: Vec<DroppedFileHandle>,
    /// The names and roles of the newest frame.
    nodes: HashMap<NodeId, egui::accesskit::Node>,
    /// Textures that were changed in frames that were not painted.
    textures: egui::TexturesDelta,
    /// The newest frame wants another one.
    pub is_moving: bool,
}

impl Blind {
    pub fn new(view: View, size: [u32; 2], scale: f32, theme: Theme) -> Blind {
        Blind {
            view,
            size,
            scale,
            theme,
            clock: Clock::Machine(Instant::now()),
            events: Vec::new(),
            dropped: Vec::new(),
            nodes: HashMap::new(),
            textures: egui::TexturesDelta::default(),
            is_moving: false,
        }
    }

    /// Time goes by in frames from now on.
    pub fn counts_frames(mut self) -> Blind {
        self.clock = Clock::Frames(0.0);
        self
    }

    /// So much time goes by at once, if it goes by in frames.
    pub fn wait(&mut self, time: Duration) {
        if let Clock::Frames(seconds) = &mut self.clock {
            *seconds += time.as_secs_f64();
        }
    }

    /// One frame, with what is to be painted of it.
    pub fn frame(&mut self) -> FullOutput {
        self.wait(FRAME);
        let time = match &self.clock {
            Clock::Machine(start) => start.elapsed().as_secs_f64(),
            Clock::Frames(seconds) => *seconds,
        };
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(self.size[0] as f32, self.size[1] as f32))),
            time: Some(time),
            focused: true,
            system_theme: Some(self.theme),
            events: std::mem::take(&mut self.events),
            dropped_files: std::mem::take(&mut self.dropped),
            max_texture_side: Some(8192),
            viewports: [(
                egui::ViewportId::ROOT,
                egui::ViewportInfo { native_pixels_per_point: Some(self.scale), ..Default::default() },
            )]
            .into_iter()
            .collect(),
            ..RawInput::default()
        };
        let mut output = self.view.run(input);
        if let Some(TreeUpdate { nodes, .. }) = output.platform_output.accesskit_update.take() {
            self.nodes = nodes.into_iter().collect();
        }
        let delay = output.viewport_output.values().map(|viewport| viewport.repaint_delay).min();
        self.is_moving = delay.is_some_and(|delay| delay <= QUIET);
        output
    }

    /// One frame that is not painted.
    pub fn step(&mut self) {
        let mut output = self.frame();
        self.textures.append(std::mem::take(&mut output.textures_delta));
        drop(output);
    }

    /// One frame as a picture.
    pub fn picture(&mut self, painter: &mut Offscreen) -> Result<ColorImage, String> {
        let mut output = self.frame();
        let mut textures = std::mem::take(&mut self.textures);
        textures.append(std::mem::take(&mut output.textures_delta));
        output.textures_delta = textures;
        let pixels = self.size.map(|side| (side as f32 * self.scale).round() as u32);
        let context = self.view.context.clone();
        painter.paint(&context, output, pixels)
    }

    pub fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Drops files in the next frame.
    pub fn drop_files(&mut self, paths: Vec<String>) {
        let file = |path: String| Arc::new(PathOnly(path.into())) as DroppedFileHandle;
        self.dropped.extend(paths.into_iter().map(file));
    }

    /// The names and roles of the newest frame.
    pub fn nodes(&self) -> &HashMap<NodeId, egui::accesskit::Node> {
        &self.nodes
    }

    /// The middle of the widget with a name.
    pub fn find(&self, name: &str) -> Option<Pos2> {
        let named = self.nodes.values().filter(|node| node.label() == Some(name) || node.value() == Some(name));
        // One that can be clicked, rather than a label that says the same.
        let node = named.max_by_key(|node| node.supports_action(egui::accesskit::Action::Click))?;
        let bounds = node.bounds()?;
        Some(pos2(((bounds.x0 + bounds.x1) / 2.0) as f32, ((bounds.y0 + bounds.y1) / 2.0) as f32))
    }

    /// Presses and releases the pointer at a place, each in a frame of its own.
    pub fn click_at(&mut self, pos: Pos2) {
        self.push(Event::PointerMoved(pos));
        self.step();
        for pressed in [true, false] {
            self.push(Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
            self.step();
        }
    }

    /// Presses at a place, moves in steps, and releases.
    pub fn drag(&mut self, from: Pos2, by: [f32; 2]) {
        let button = |pos, pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.push(Event::PointerMoved(from));
        self.step();
        self.push(button(from, true));
        self.step();
        const STEPS: u32 = 5;
        let mut place = from;
        for step in 1..=STEPS {
            place = from + vec2(by[0], by[1]) * (step as f32 / STEPS as f32);
            self.push(Event::PointerMoved(place));
            self.step();
        }
        self.push(button(place, false));
        self.step();
    }

    /// The names that widgets have, for messages.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.nodes.values().filter_map(|node| node.label().map(String::from)).collect();
        names.sort();
        names.dedup();
        names
    }
}

impl Drop for Blind {
    fn drop(&mut self) {
        // No picture was taken of them.
        self.textures.clear();
    }
}

/// Takes what programs said for one window; true if there was something.
pub fn settle(view: &mut View, mail: &mut Mail) -> bool {
    let id = view.link.id;
    let mut is_news = mail.stale.remove(&id);
    if let Some(tree) = mail.trees.remove(&id) {
        view.show(tree);
        is_news = true;
    }
    if let Some(fault) = mail.faults.remove(&id) {
        view.show_fault(fault);
        is_news = true;
    }
    is_news
}

/// Runs the first window's frames until the picture can be taken, and writes it.
pub(super) fn take(display: &Arc<Display>, bell: &Bell, mail: Mail, shot: &Shot) -> Result<(), NoPicture> {
    let mut painter = Offscreen::new().map_err(NoPicture::Device)?;
    let mut mail = mail;
    let Some((config, link)) = mail.open.drain(..).next() else { return Err(window("the program opened no window")) };
    let WindowConfig { width, height, .. } = config;
    let size = shot.size.unwrap_or([width.round() as u32, height.round() as u32]);
    let mut blind = Blind::new(View::new(link, true), size, shot.scale, shot.theme);
    let start = Instant::now();
    let mut quiet_since = Instant::now();
    let mut clicks = shot.clicks.iter();
    let mut next_click = clicks.next();
    let mut waiting_since = Instant::now();
    let mut has_ended = mail.quit;
    loop {
        if settle(&mut blind.view, &mut mail) {
            quiet_since = Instant::now();
        }
        let is_closed = has_ended || mail.close.contains(&blind.view.link.id);
        blind.step();
        if blind.is_moving || blind.view.link.is_busy() {
            quiet_since = Instant::now();
        }
        let is_settled = blind.view.has_something() && quiet_since.elapsed() >= QUIET;
        let is_impatient = waiting_since.elapsed() >= PATIENCE;
        let is_late = shot.after.is_some_and(|after| start.elapsed() >= after);
        match next_click {
            Some(name) if blind.view.has_something() => match blind.find(name) {
                Some(place) => {
                    blind.click_at(place);
                    next_click = clicks.next();
                    (quiet_since, waiting_since) = (Instant::now(), Instant::now());
                }
                None if is_impatient || is_closed || is_late => {
                    let names = blind.names().join(", ");
                    return Err(window(&format!("nothing in the window is called {name}; there are {names}")));
                }
                None => {}
            },
            Some(_) if is_impatient || is_closed => return Err(window("the window stays empty")),
            Some(_) => {}
            None => {
                let is_time = match shot.after {
                    Some(after) => start.elapsed() >= after,
                    None => is_settled || is_impatient,
                };
                if is_time || is_closed {
                    break;
                }
            }
        }
        bell.wait(Some(FRAME));
        mail = display.outbox.take();
        has_ended |= mail.quit;
    }
    if !blind.view.has_something() {
        return Err(window("the window stays empty"));
    }
    let picture = blind.picture(&mut painter).map_err(NoPicture::Device)?;
    write_png(&shot.path, &picture)
        .map_err(|error| window(&format!("{} cannot be written: {error}", shot.path.display())))
}

fn window(why: &str) -> NoPicture {
    NoPicture::Window(why.into())
}

/// Writes a picture as a PNG.
pub fn write_png(path: &Path, picture: &ColorImage) -> std::io::Result<()> {
    let file = BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.size[0] as u32, picture.size[1] as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish().map_err(Into::into)
}
