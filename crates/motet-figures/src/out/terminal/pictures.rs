//! Pixels as terminals take them.

use crate::out::raster::Picture;
use crate::out::svg::base64;
use std::fmt::Write;

/// Bytes of kitty's protocol that stand in one piece.
const PIECE: usize = 4096;

/// A PNG file for terminals that know kitty's protocol: kitty, WezTerm, Ghostty, Konsole.
pub fn kitty(png: &[u8]) -> String {
    let text = base64(png);
    let mut out = String::with_capacity(text.len() + text.len() / PIECE * 16 + 64);
    let mut rest = text.as_str();
    let mut is_first = true;
    loop {
        let (piece, after) = rest.split_at(rest.len().min(PIECE));
        let more = u8::from(!after.is_empty());
        let head = if is_first { "a=T,f=100,q=2," } else { "" };
        let _ = write!(out, "\x1b_G{head}m={more};{piece}\x1b\\");
        (rest, is_first) = (after, false);
        if rest.is_empty() {
            break;
        }
    }
    out.push('\n');
    out
}

/// Steps of red, green and blue in the palette.
const STEPS: [usize; 3] = [6, 7, 6];

/// The colour of the palette that is nearest to a pixel.
fn index(pixel: &[u8]) -> usize {
    let step = |value: u8, steps: usize| (usize::from(value) * (steps - 1) + 127) / 255;
    (step(pixel[0], STEPS[0]) * STEPS[1] + step(pixel[1], STEPS[1])) * STEPS[2] + step(pixel[2], STEPS[2])
}

/// Pixels as sixels: six rows at once, one colour after the other.
pub fn sixel(picture: &Picture) -> String {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut out = format!("\x1bPq\"1;1;{width};{height}");
    for color in 0..STEPS.iter().product() {
        let parts = [color / STEPS[2] / STEPS[1], color / STEPS[2] % STEPS[1], color % STEPS[2]];
        let [r, g, b] = [0, 1, 2].map(|part| parts[part] * 100 / (STEPS[part] - 1));
        let _ = write!(out, "#{color};2;{r};{g};{b}");
    }
    for band in 0..height.div_ceil(6) {
        let rows = band * 6..(band * 6 + 6).min(height);
        // Which colours are in the band, and which of the six rows they have in each column.
        let mut masks: Vec<(usize, Vec<u8>)> = Vec::new();
        let mut of_color: Vec<Option<usize>> = vec![None; STEPS.iter().product()];
        for row in rows {
            for column in 0..width {
                let at = (row * width + column) * 4;
                let color = index(&picture.pixels[at..at + 4]);
                let slot = *of_color[color].get_or_insert_with(|| {
                    masks.push((color, vec![0; width]));
                    masks.len() - 1
                });
                masks[slot].1[column] |= 1 << (row % 6);
            }
        }
        for (color, mask) in masks {
            let _ = write!(out, "#{color}");
            let mut at = 0;
            while at < width {
                let run = mask[at..].iter().take_while(|bits| **bits == mask[at]).count();
                let letter = char::from(63 + mask[at]);
                if run > 3 {
                    let _ = write!(out, "!{run}{letter}");
                } else {
                    (0..run).for_each(|_| out.push(letter));
                }
                at += run;
            }
            out.push('$');
        }
        out.push('-');
    }
    out.push_str("\x1b\\\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kitty_gets_pieces_of_which_the_last_says_so() {
        let text = kitty(&[7; 10_000]);
        assert_eq!(text.matches("\x1b_G").count(), 4);
        assert!(text.starts_with("\x1b_Ga=T,f=100,q=2,m=1;") && text.contains("\x1b_Gm=0;"));
        assert_eq!(kitty(&[]), "\x1b_Ga=T,f=100,q=2,m=0;\x1b\\\n");
    }

    #[test]
    fn sixels_are_runs_of_columns() {
        let pixels = [[255, 0, 0, 255]; 8].concat();
        let text = sixel(&Picture { width: 8, height: 1, pixels });
        let red = index(&[255, 0, 0, 255]);
        assert!(text.ends_with(&format!("#{red}!8@$-\x1b\\\n")), "{text}");
    }
}
