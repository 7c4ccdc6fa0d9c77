//! A scene as a picture of pixels, and pictures as PNG.

use crate::color::Color;
use crate::font::{self, Outline};
use crate::scene::{Anchor, Area, Cells, Marker, Point, Scene, Shape, Stroke, Text};
use std::sync::Arc;
use vello_cpu::color::{AlphaColor, PremulRgba8, Srgb};
use vello_cpu::kurbo::{Affine, BezPath, Cap, Circle, Join, Rect, RoundedRect, Shape as _};
use vello_cpu::peniko::{Fill, ImageQuality, ImageSampler};
use vello_cpu::{Image, ImageSource, Pixmap, RenderContext, Resources};

/// How far paths may be from true circles, in pixels.
const TOLERANCE: f64 = 0.05;

/// Pixels, four bytes each: red, green, blue, opacity.
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u8>,
}

/// Pixels that a picture may have in each direction, and altogether.
pub const MOST_SIDE: f64 = 16_384.0;
pub const MOST_PIXELS: f64 = 100e6;

/// Bytes that painting a scene takes at most.
pub fn bytes(width: f64, height: f64, scale: f64) -> usize {
    (width * scale * height * scale) as usize * 16 + (1 << 22)
}

fn solid(color: Color) -> AlphaColor<Srgb> {
    AlphaColor::from_rgba8(color.r, color.g, color.b, color.a)
}

fn rect(area: &Area) -> Rect {
    Rect::new(area.left, area.top, area.right(), area.bottom())
}

fn path(parts: &[Vec<Point>], is_closed: bool) -> BezPath {
    let mut path = BezPath::new();
    for part in parts {
        for (index, point) in part.iter().enumerate() {
            if index == 0 { path.move_to((point[0], point[1])) } else { path.line_to((point[0], point[1])) }
        }
        if is_closed && !part.is_empty() {
            path.close_path();
        }
    }
    path
}

struct Letters(BezPath);

impl Outline for Letters {
    fn move_to(&mut self, x: f64, y: f64) {
        self.0.move_to((x, y));
    }

    fn line_to(&mut self, x: f64, y: f64) {
        self.0.line_to((x, y));
    }

    fn curve_to(&mut self, [a, b, end]: [[f64; 2]; 3]) {
        self.0.curve_to((a[0], a[1]), (b[0], b[1]), (end[0], end[1]));
    }

    fn close(&mut self) {
        self.0.close_path();
    }
}

struct Painter {
    context: RenderContext,
    /// From the scene to pixels.
    scale: Affine,
    is_clipped: bool,
}

impl Painter {
    fn fill(&mut self, path: &BezPath, color: Color, rule: Fill) {
        self.context.set_fill_rule(rule);
        self.context.set_paint(solid(color));
        self.context.fill_path(path);
    }

    fn stroke(&mut self, path: &BezPath, stroke: &Stroke) {
        // Dashes end as they begin, lines go a little around their ends.
        let cap = if stroke.dash.lengths().is_empty() && stroke.width > 1.25 { Cap::Round } else { Cap::Butt };
        let mut style = vello_cpu::kurbo::Stroke::new(stroke.width).with_caps(cap).with_join(Join::Round);
        if !stroke.dash.lengths().is_empty() {
            style = style.with_dashes(0.0, stroke.dash.lengths());
        }
        self.context.set_stroke(style);
        self.context.set_paint(solid(stroke.color));
        self.context.stroke_path(path);
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Box { area, fill, radius } => {
                let path = match *radius > 0.0 {
                    true => RoundedRect::from_rect(rect(area), *radius).to_path(TOLERANCE),
                    false => rect(area).to_path(TOLERANCE),
                };
                self.fill(&path, *fill, Fill::NonZero);
            }
            Shape::Line { parts, stroke } => self.stroke(&path(parts, false), stroke),
            Shape::Fill { rings, fill } => self.fill(&path(rings, true), *fill, Fill::EvenOdd),
            Shape::Markers { marker, at, fill, stroke } => {
                for (point, size) in at {
                    let path = marker_path(*marker, *point, *size);
                    if !marker.is_open() {
                        self.fill(&path, *fill, Fill::NonZero);
                    }
                    if let Some(stroke) = stroke {
                        self.stroke(&path, stroke);
                    }
                }
            }
            Shape::Text(text) => self.words(text),
            Shape::Image { area, cells } => self.image(area, cells),
            Shape::Clip(area) => {
                if std::mem::replace(&mut self.is_clipped, area.is_some()) {
                    self.context.pop_clip_path();
                }
                if let Some(area) = area {
                    self.context.push_clip_path(&rect(area).to_path(TOLERANCE));
                }
            }
        }
    }

    fn words(&mut self, text: &Text) {
        let (plain, faint) = text.text.split_at(text.faint.map_or(text.text.len(), |(at, _)| at));
        let width = font::width(&text.text, text.size, text.weight);
        let start = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let turn = f64::from(text.turns) * std::f64::consts::FRAC_PI_2;
        let at = Affine::translate((text.at[0], text.at[1])) * Affine::rotate(turn);
        let mut left = start;
        for (part, color) in [(plain, text.color), (faint, text.faint.map_or(text.color, |(_, color)| color))] {
            let mut letters = Letters(BezPath::new());
            let width = font::outlines(part, text.size, text.weight, &mut letters);
            self.context.set_transform(self.scale * at * Affine::translate((left, 0.0)));
            self.fill(&letters.0, color, Fill::NonZero);
            left += width;
        }
        self.context.set_transform(self.scale);
    }

    fn image(&mut self, area: &Area, cells: &Cells) {
        let (Ok(columns), Ok(rows)) = (u16::try_from(cells.columns), u16::try_from(cells.rows)) else { return };
        if columns == 0 || rows == 0 {
            return;
        }
        let pixels = cells.colors.iter().map(|color| solid(*color).premultiply().to_rgba8());
        let pixmap = Pixmap::from_parts(pixels.collect::<Vec<PremulRgba8>>(), columns, rows);
        let sampler = ImageSampler { quality: ImageQuality::Low, ..ImageSampler::default() };
        self.context.set_paint(Image { image: ImageSource::Pixmap(Arc::new(pixmap)), sampler });
        let place = Affine::translate((area.left, area.top));
        let stretch = Affine::scale_non_uniform(area.width / f64::from(columns), area.height / f64::from(rows));
        self.context.set_paint_transform(place * stretch);
        self.context.fill_path(&rect(area).to_path(TOLERANCE));
        self.context.reset_paint_transform();
    }
}

fn marker_path(marker: Marker, point: Point, size: f64) -> BezPath {
    let outline = marker.outline();
    if outline.is_empty() {
        let radius = if marker == Marker::Dot { size / 4.0 } else { size / 2.0 };
        return Circle::new((point[0], point[1]), radius).to_path(TOLERANCE);
    }
    let placed: Vec<Vec<Point>> = outline
        .into_iter()
        .map(|part| part.into_iter().map(|[x, y]| [point[0] + x * size, point[1] + y * size]).collect())
        .collect();
    path(&placed, !marker.is_open())
}

/// Paints a scene, so many pixels for each of its own. Its sides have been checked.
pub fn paint(scene: &Scene, scale: f64) -> Picture {
    let side = |length: f64| (length * scale).round().clamp(1.0, MOST_SIDE) as u16;
    let (width, height) = (side(scene.width), side(scene.height));
    let scale = Affine::scale(scale);
    let mut painter = Painter { context: RenderContext::new(width, height), scale, is_clipped: false };
    painter.context.set_transform(scale);
    if let Some(color) = scene.background {
        let whole = Rect::new(0.0, 0.0, scene.width + 1.0, scene.height + 1.0);
        painter.fill(&whole.to_path(TOLERANCE), color, Fill::NonZero);
    }
    scene.shapes.iter().for_each(|shape| painter.shape(shape));
    painter.shape(&Shape::Clip(None));
    let mut pixmap = Pixmap::new(width, height);
    painter.context.flush();
    painter.context.render(&mut pixmap, &mut Resources::new());
    let pixels = pixmap.take_unpremultiplied().into_iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b, pixel.a]);
    Picture { width: width.into(), height: height.into(), pixels: pixels.collect() }
}

/// What PNG says about pixels: four bytes each, or three where nothing shines through.
fn encode(width: u32, height: u32, pixels: &[u8], dots_per_meter: Option<u32>) -> Option<Vec<u8>> {
    let is_opaque = pixels.chunks_exact(4).all(|pixel| pixel[3] == 255);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(if is_opaque { png::ColorType::Rgb } else { png::ColorType::Rgba });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    if let Some(dots) = dots_per_meter {
        encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: dots, yppu: dots, unit: png::Unit::Meter }));
    }
    let mut writer = encoder.write_header().ok()?;
    if is_opaque {
        let opaque: Vec<u8> = pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        writer.write_image_data(&opaque).ok()?;
    } else {
        writer.write_image_data(pixels).ok()?;
    }
    writer.finish().ok()?;
    Some(bytes)
}

/// Cells of colours as PNG, a pixel each.
pub fn png(cells: &Cells, dots_per_meter: Option<u32>) -> Option<Vec<u8>> {
    let pixels: Vec<u8> = cells.colors.iter().flat_map(|color| [color.r, color.g, color.b, color.a]).collect();
    encode(u32::try_from(cells.columns).ok()?, u32::try_from(cells.rows).ok()?, &pixels, dots_per_meter)
}

impl Picture {
    /// As PNG, for a printer with so many dots to the inch.
    pub fn png(&self, dpi: f64) -> Option<Vec<u8>> {
        encode(self.width, self.height, &self.pixels, Some((dpi / 0.0254).round() as u32))
    }
}
