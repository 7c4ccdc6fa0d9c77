//! A scene as SVG: words stay words, in fonts by their names.

use crate::color::Color;
use crate::font::Weight;
use crate::out::raster::png;
use crate::scene::{Anchor, Area, Cells, Marker, Point, Scene, Shape, Stroke, Text};
use std::fmt::Write;

const FONTS: &str = "Motet Sans, Inter, Arial, sans-serif";

/// A length with at most two decimals.
fn length(value: f64) -> String {
    let mut text = format!("{value:.2}");
    while text.ends_with('0') {
        text.pop();
    }
    if text.ends_with('.') {
        text.pop();
    }
    if text == "-0" { "0".into() } else { text }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write these.
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

/// A colour as the value of an attribute, and its opacity as another one if there is any.
fn paint(attribute: &str, color: Color) -> String {
    let mut text = format!(" {attribute}=\"{}\"", color.hex());
    if color.a < 255 {
        let _ = write!(text, " {attribute}-opacity=\"{}\"", length(f64::from(color.a) / 255.0));
    }
    text
}

fn stroke_of(stroke: &Stroke) -> String {
    let mut text = paint("stroke", stroke.color);
    let _ = write!(text, " stroke-width=\"{}\"", length(stroke.width));
    let dashes = stroke.dash.lengths();
    if !dashes.is_empty() {
        let dashes: Vec<String> = dashes.iter().map(|&part| length(part)).collect();
        let _ = write!(text, " stroke-dasharray=\"{}\"", dashes.join(" "));
    }
    text
}

/// A path through points, in steps from one to the next, rounded so that rounding does not add up.
fn path(points: &[Point], is_closed: bool, out: &mut String) {
    // Two decimals.
    let round = |value: f64| (value * 100.0).round();
    let show = |value: f64| length(value / 100.0);
    let mut last: Option<[f64; 2]> = None;
    for point in points {
        let here = [round(point[0]), round(point[1])];
        match last {
            None => {
                let _ = write!(out, "M{} {}", show(here[0]), show(here[1]));
            }
            Some(last) if last == here => continue,
            Some(last) => {
                let (dx, dy) = (here[0] - last[0], here[1] - last[1]);
                let _ = match (dx == 0.0, dy == 0.0) {
                    (false, true) => write!(out, "h{}", show(dx)),
                    (true, false) => write!(out, "v{}", show(dy)),
                    _ => write!(out, "l{} {}", show(dx), show(dy)),
                };
            }
        }
        last = Some(here);
    }
    if is_closed && last.is_some() {
        out.push('z');
    }
}

pub fn svg(scene: &Scene) -> String {
    let (width, height) = (length(scene.width), length(scene.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\">\n"
    );
    if let Some(color) = scene.background {
        let _ = writeln!(out, "<rect width=\"100%\" height=\"100%\"{}/>", paint("fill", color));
    }
    let mut clips = 0;
    let mut is_clipped = false;
    for shape in &scene.shapes {
        if let Shape::Clip(area) = shape {
            if is_clipped {
                out.push_str("</g>\n");
            }
            is_clipped = area.is_some();
            if let Some(area) = area {
                clips += 1;
                let rect = rectangle(area);
                let _ = writeln!(
                    out,
                    "<clipPath id=\"a{clips}\"><rect{rect}/></clipPath>\n<g clip-path=\"url(#a{clips})\">"
                );
            }
            continue;
        }
        draw(shape, &mut out);
    }
    if is_clipped {
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

fn rectangle(area: &Area) -> String {
    let [x, y, width, height] = [area.left, area.top, area.width, area.height].map(length);
    format!(" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"")
}

fn draw(shape: &Shape, out: &mut String) {
    match shape {
        Shape::Box { area, fill, radius } => {
            let rounded = if *radius > 0.0 { format!(" rx=\"{}\"", length(*radius)) } else { String::new() };
            let _ = writeln!(out, "<rect{}{rounded}{}/>", rectangle(area), paint("fill", *fill));
        }
        Shape::Line { parts, stroke } => {
            let mut data = String::new();
            parts.iter().for_each(|part| path(part, false, &mut data));
            let joins = if parts.iter().any(|part| part.len() > 2) { " stroke-linejoin=\"round\"" } else { "" };
            let _ = writeln!(out, "<path d=\"{data}\" fill=\"none\"{}{joins}/>", stroke_of(stroke));
        }
        Shape::Fill { rings, fill } => {
            let mut data = String::new();
            rings.iter().for_each(|ring| path(ring, true, &mut data));
            let rule = if rings.len() > 1 { " fill-rule=\"evenodd\"" } else { "" };
            let _ = writeln!(out, "<path d=\"{data}\"{}{rule}/>", paint("fill", *fill));
        }
        Shape::Markers { marker, at, fill, stroke } => markers(*marker, at, *fill, stroke.as_ref(), out),
        Shape::Text(text) => words(text, out),
        Shape::Image { area, cells } => image(area, cells, out),
        Shape::Clip(_) => {}
    }
}

fn markers(marker: Marker, at: &[(Point, f64)], fill: Color, stroke: Option<&Stroke>, out: &mut String) {
    let mut style = if marker.is_open() { " fill=\"none\"".to_owned() } else { paint("fill", fill) };
    if let Some(stroke) = stroke {
        style.push_str(&stroke_of(stroke));
    }
    let _ = writeln!(out, "<g{style}>");
    let outline = marker.outline();
    for (point, size) in at {
        if outline.is_empty() {
            let radius = if marker == Marker::Dot { size / 4.0 } else { size / 2.0 };
            let _ = writeln!(
                out,
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
                length(point[0]),
                length(point[1]),
                length(radius)
            );
            continue;
        }
        let mut data = String::new();
        for part in &outline {
            let part: Vec<Point> = part.iter().map(|[x, y]| [point[0] + x * size, point[1] + y * size]).collect();
            path(&part, !marker.is_open(), &mut data);
        }
        let _ = writeln!(out, "<path d=\"{data}\"/>");
    }
    out.push_str("</g>\n");
}

fn words(text: &Text, out: &mut String) {
    let [x, y] = text.at.map(length);
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = match text.weight {
        Weight::Regular => "",
        Weight::Medium => " font-weight=\"500\"",
        Weight::SemiBold => " font-weight=\"600\"",
    };
    let turn = match text.turns {
        0 => String::new(),
        turns => format!(" transform=\"rotate({} {x} {y})\"", i32::from(turns) * 90),
    };
    // Else a reader makes one space of several, and none of those at the ends.
    let is_spaced = text.text.contains("  ") || text.text.starts_with(' ') || text.text.ends_with(' ');
    let spaces = if is_spaced { " xml:space=\"preserve\"" } else { "" };
    let (plain, faint) = text.text.split_at(text.faint.map_or(text.text.len(), |(at, _)| at));
    let faint = match text.faint {
        Some((_, color)) => format!("<tspan{}>{}</tspan>", paint("fill", color), escaped(faint)),
        None => String::new(),
    };
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"{weight}{anchor}{spaces}{}{turn}>{}{faint}</text>",
        length(text.size),
        paint("fill", text.color),
        escaped(plain),
    );
}

fn image(area: &Area, cells: &Cells, out: &mut String) {
    let Some(bytes) = png(cells, None) else { return };
    let _ = writeln!(
        out,
        "<image{} preserveAspectRatio=\"none\" image-rendering=\"pixelated\" href=\"data:image/png;base64,{}\"/>",
        rectangle(area),
        base64(&bytes)
    );
}

/// Bytes in the letters of base 64.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let word = three.iter().enumerate().fold(0u32, |word, (at, &byte)| word | u32::from(byte) << (16 - 8 * at));
        for at in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_base_64() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn no_text_breaks_the_file() {
        assert_eq!(escaped("a<b & \"c\"\0\u{1b}"), "a&lt;b &amp; &quot;c&quot;\u{fffd}\u{fffd}");
        assert_eq!([length(-0.001), length(12.0), length(0.25)], ["0", "12", "0.25"]);
    }
}
