//! Grids of values as pictures, and PNG files.

use crate::look::color_of_figure;
use crate::style::hex_color;
use egui::{Color32, ColorImage};
use motet_figures::maps::{MAPS, Map};
use motet_vm::memory::Value;
use std::path::Path;
use std::sync::Arc;

/// Pixels, and whether they are smoothed when they are enlarged.
#[derive(Clone)]
pub struct Pixels {
    pub image: Arc<ColorImage>,
    pub is_smooth: bool,
}

/// Longest side of a picture.
const LONGEST: usize = 8192;

/// How numbers become colours.
pub enum Colors<'a> {
    /// By a colour map, from the lowest to the highest; none: of the grid itself.
    Map(&'a str, Option<[f64; 2]>),
    /// Whole numbers, and false and true, choose a colour.
    List(Vec<Color32>),
}

/// A grid as pixels: rows of numbers or truth values, which `colors` tells the colours of, of texts such as `"#3cb4be"`, or of
/// `[red, green, blue]` from 0 to 255.
pub fn pixels_of(value: &Value, colors: &Colors<'_>) -> Result<ColorImage, String> {
    const EXPECTED: &str = "a list of rows of numbers, colours or [red, green, blue]";
    let rows = value.as_list().ok_or(EXPECTED)?.items().to_vec();
    let wide = rows.first().and_then(|row| Some(row.as_list()?.length())).unwrap_or_default();
    if wide == 0 {
        return Err(EXPECTED.into());
    }
    if wide > LONGEST || rows.len() > LONGEST {
        return Err(format!("at most {LONGEST} pixels in each direction"));
    }
    let mut cells = Vec::with_capacity(wide * rows.len());
    for row in &rows {
        let row = row.as_list().ok_or(EXPECTED)?;
        if row.length() != wide {
            return Err("rows of equal lengths".into());
        }
        cells.extend(row.items().iter().cloned());
    }
    let range = match colors {
        Colors::Map(_, Some(range)) => *range,
        _ => cells
            .iter()
            .filter_map(Value::as_number)
            .filter(|number| number.is_finite())
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], number| [low.min(number), high.max(number)]),
    };
    let map = match colors {
        Colors::Map(name, _) => &Map::named(name).unwrap_or(&MAPS[0]).stops().map(color_of_figure)[..],
        Colors::List(list) => &list[..],
    };
    let number = |number: f64| match colors {
        Colors::Map(..) if !number.is_finite() => Color32::TRANSPARENT,
        Colors::Map(..) => {
            let part = if range[1] > range[0] { (number - range[0]) / (range[1] - range[0]) } else { 0.5 };
            map[((part * map.len() as f64) as usize).min(map.len() - 1)]
        }
        Colors::List(_) => map.get(number as usize).copied().unwrap_or(Color32::TRANSPARENT),
    };
    let mut pixels = Vec::with_capacity(cells.len());
    for cell in &cells {
        pixels.push(match cell {
            cell if cell.as_number().is_some() => number(cell.as_number().unwrap_or_default()),
            cell if cell.as_bool().is_some() => number(f64::from(u8::from(cell.is_truthy()))),
            cell if cell.is_null() => Color32::TRANSPARENT,
            cell => color_of(cell).ok_or(EXPECTED)?,
        });
    }
    Ok(ColorImage::new([wide, rows.len()], pixels))
}

/// `"#3cb4be"`, or `[red, green, blue]`.
fn color_of(value: &Value) -> Option<Color32> {
    if let Some(text) = value.as_str() {
        return hex_color(text.strip_prefix('#')?);
    }
    let parts: Option<Vec<f64>> = value.as_list()?.items().iter().map(Value::as_number).collect();
    match parts?[..] {
        [red, green, blue] => Some(Color32::from_rgb(red as u8, green as u8, blue as u8)),
        _ => None,
    }
}

/// Reads a PNG.
pub fn read_picture(path: &Path) -> Result<ColorImage, String> {
    let text = |error: png::DecodingError| format!("it is no PNG that can be read: {error}");
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut decoder = png::Decoder::new_with_limits(std::io::BufReader::new(file), png::Limits { bytes: 1 << 28 });
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().map_err(text)?;
    let size = reader.output_buffer_size().ok_or("it is too large")?;
    let mut bytes = vec![0; size];
    let info = reader.next_frame(&mut bytes).map_err(text)?;
    let size = [info.width as usize, info.height as usize];
    if size.iter().any(|side| *side > LONGEST) {
        return Err(format!("it has more than {LONGEST} pixels in a direction"));
    }
    let bytes = &bytes[..info.buffer_size()];
    Ok(match info.color_type {
        png::ColorType::GrayscaleAlpha => {
            let pixels = bytes.chunks_exact(2).map(|p| Color32::from_rgba_unmultiplied(p[0], p[0], p[0], p[1]));
            ColorImage::new(size, pixels.collect())
        }
        _ => ColorImage::from_rgba_unmultiplied(size, bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use motet_vm::memory::Heap;

    fn grid(heap: &Heap, rows: &[&[f64]]) -> Value {
        let row = |row: &&[f64]| heap.list(row.iter().map(|number| Value::float(*number)).collect());
        heap.list(rows.iter().map(row).collect())
    }

    #[test]
    fn numbers_become_colours() {
        let heap = Heap::new();
        let black = Color32::BLACK;
        let list = Colors::List(vec![black, Color32::WHITE]);
        let image = pixels_of(&grid(&heap, &[&[0.0, 1.0], &[1.0, 7.0]]), &list).expect("a grid");
        assert_eq!(image.size, [2, 2]);
        assert_eq!(image.pixels, [black, Color32::WHITE, Color32::WHITE, Color32::TRANSPARENT]);
        let image = pixels_of(&grid(&heap, &[&[0.0, f64::NAN, 1.0]]), &Colors::Map("viridis", None)).expect("a grid");
        let ends = [0.0, 1.0].map(|place| color_of_figure(MAPS[0].at(place)));
        assert_eq!([image.pixels[0], image.pixels[2]], ends);
        assert_eq!(image.pixels[1], Color32::TRANSPARENT);
    }

    #[test]
    fn what_is_no_grid_is_refused() {
        let heap = Heap::new();
        let refused = |value: Value| pixels_of(&value, &Colors::Map("viridis", None)).is_err();
        assert!(refused(grid(&heap, &[])));
        assert!(refused(grid(&heap, &[&[]])));
        assert!(refused(grid(&heap, &[&[1.0], &[1.0, 2.0]])));
        assert!(refused(heap.list(vec![Value::int(1)])));
        assert!(refused(heap.list(vec![heap.list(vec![heap.string("red")])])));
    }
}
