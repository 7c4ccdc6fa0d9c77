//! What the processes drew, as a picture: `motet lanes run --quads FILE.png`.

use super::CommandError;
use crate::events::{QUAD_VERTICES, Vertex};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::str::FromStr;

/// Width and height of a picture, written `640x480`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureSize {
    width: u32,
    height: u32,
}

impl FromStr for PictureSize {
    type Err = String;

    fn from_str(text: &str) -> Result<PictureSize, String> {
        let side = |text: &str| text.parse().ok().filter(|side| (1..=8192).contains(side));
        let size = text
            .split_once('x')
            .and_then(|(width, height)| Some(PictureSize { width: side(width)?, height: side(height)? }));
        size.ok_or_else(|| "a size is written `640x480`, each side between 1 and 8192".to_owned())
    }
}

/// Rectangles painted over one another in the order in which they were drawn, on black.
pub(super) struct Picture {
    size: PictureSize,
    /// Red, green and blue of each pixel, row by row from the top.
    pixels: Vec<u8>,
    /// Rectangles painted.
    pub rectangles: usize,
}

impl Picture {
    pub fn new(size: PictureSize) -> Picture {
        Picture { size, pixels: vec![0; size.width as usize * size.height as usize * 3], rectangles: 0 }
    }

    /// Paints rectangles as `take_quads` gives them. A pixel belongs to the rectangle that its centre lies in.
    pub fn paint(&mut self, vertices: &[Vertex]) {
        for rectangle in vertices.chunks_exact(QUAD_VERTICES) {
            let side = |axis: usize, limit: u32| {
                let places = || rectangle.iter().map(|vertex| vertex.position[axis]);
                let edge = |place: f32| (place - 0.5).ceil().clamp(0.0, limit as f32) as usize;
                edge(places().fold(f32::INFINITY, f32::min))..edge(places().fold(f32::NEG_INFINITY, f32::max))
            };
            let (columns, rows) = (side(0, self.size.width), side(1, self.size.height));
            let [red, green, blue, opacity] = rectangle[0].colour;
            for row in rows {
                for column in columns.clone() {
                    let at = (row * self.size.width as usize + column) * 3;
                    for (pixel, colour) in self.pixels[at..at + 3].iter_mut().zip([red, green, blue]) {
                        let below = f32::from(*pixel) / 255.0;
                        *pixel = ((below + (colour - below) * opacity) * 255.0).round() as u8;
                    }
                }
            }
            self.rectangles += 1;
        }
    }

    /// Writes it to the file that was asked for, or notes that there would have been something to see.
    pub fn deliver(&self, path: Option<&Path>, errors: &mut dyn Write) -> Result<(), CommandError> {
        match path {
            Some(path) => self.write(path),
            None if self.rectangles > 0 => {
                let count = self.rectangles;
                writeln!(errors, "note: {count} rectangles were drawn; `--quads FILE.png` writes them as a picture")?;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Writes it as a PNG file.
    fn write(&self, path: &Path) -> Result<(), CommandError> {
        let cannot =
            |error: &dyn std::fmt::Display| CommandError::Misuse(format!("cannot write `{}`: {error}", path.display()));
        let file = std::fs::File::create(path).map_err(|error| cannot(&error))?;
        let mut file = BufWriter::new(file);
        let mut encoder = png::Encoder::new(&mut file, self.size.width, self.size.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(|error| cannot(&error))?;
        writer.write_image_data(&self.pixels).map_err(|error| cannot(&error))?;
        writer.finish().map_err(|error| cannot(&error))?;
        file.flush().map_err(|error| cannot(&error))
    }
}
