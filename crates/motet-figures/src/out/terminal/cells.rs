//! A scene in the cells of a terminal: dots, letters over them, and cells of colours where there are pictures.

use super::dots::{DOT, Dots};
use crate::color::Color;
use crate::layout::metrics::CELL;
use crate::scene::{Anchor, Area, Cells, Marker, Point, Scene, Shape, Text};
use crate::theme::Theme;
use std::fmt::Write;

#[derive(Clone, Copy, Default)]
struct Letter {
    letter: Option<char>,
    color: Option<Color>,
}

/// The two halves of a cell, one above the other.
type Halves = [Option<Color>; 2];

pub struct Painting {
    dots: Dots,
    letters: Vec<Letter>,
    halves: Vec<Halves>,
    columns: usize,
    rows: usize,
}

/// Points of a scatter plot up to which each is a small square.
const FEW: usize = 150;

pub fn painted(scene: &Scene, theme: &Theme, columns: usize, rows: usize) -> Painting {
    let mut painting = Painting {
        dots: Dots::new(columns, rows),
        letters: vec![Letter::default(); columns * rows],
        halves: vec![[None; 2]; columns * rows],
        columns,
        rows,
    };
    for shape in &scene.shapes {
        painting.shape(shape, theme);
    }
    painting
}

impl Painting {
    fn shape(&mut self, shape: &Shape, theme: &Theme) {
        match shape {
            Shape::Line { parts, stroke } => {
                for part in parts {
                    for pair in part.windows(2) {
                        self.dots.line(pair[0], pair[1], stroke.color);
                    }
                }
            }
            Shape::Fill { rings, fill } => self.dots.fill(rings, *fill),
            Shape::Box { area, fill, .. } => self.rectangle(area, *fill),
            Shape::Markers { marker, at, fill, .. } => {
                let color = Color { a: 255, ..*fill };
                for (point, _) in at {
                    let [x, y] = point.map(|side| (side / DOT).floor() as i64);
                    self.dots.set(x, y, color);
                    if at.len() <= FEW && *marker != Marker::Dot {
                        for [x, y] in [[x + 1, y], [x, y + 1], [x + 1, y + 1]] {
                            self.dots.set(x, y, color);
                        }
                    }
                }
            }
            Shape::Text(text) => self.words(text, theme),
            Shape::Image { area, cells } => self.image(area, cells),
            Shape::Clip(Some(area)) => {
                let edge = |length: f64| (length / DOT).round() as i64;
                self.dots.clip = [edge(area.left), edge(area.top), edge(area.right()), edge(area.bottom())];
            }
            Shape::Clip(None) => self.dots.unclipped(),
        }
    }

    fn rectangle(&mut self, area: &Area, fill: Color) {
        // Thin ones have a dot at least.
        let width = area.width.max(DOT);
        let right = area.left + width;
        let ring: Vec<Point> =
            vec![[area.left, area.top], [right, area.top], [right, area.bottom()], [area.left, area.bottom()]];
        // Histograms are faint on paper, and full here.
        let fill = if fill.a >= 60 { Color { a: 255, ..fill } } else { fill };
        self.dots.fill(&[ring], fill);
    }

    fn words(&mut self, text: &Text, theme: &Theme) {
        let length = text.text.chars().count() as f64;
        let left = match text.anchor {
            Anchor::Start => text.at[0] / CELL[0],
            Anchor::Middle => text.at[0] / CELL[0] - length / 2.0,
            Anchor::End => text.at[0] / CELL[0] - length,
        };
        let middle = text.at[1] - text.size * crate::font::CAP_HEIGHT / 2.0;
        let row = (middle / CELL[1]).floor();
        if row < 0.0 || row >= self.rows as f64 {
            return;
        }
        // Words in the colour of ordinary text are in that of the terminal.
        let is_plain = [theme.text, theme.text_secondary].contains(&text.color);
        for (index, letter) in text.text.chars().enumerate() {
            let column = left.round() + index as f64;
            if column < 0.0 || column >= self.columns as f64 {
                continue;
            }
            let cell = row as usize * self.columns + column as usize;
            let letter = if letter.is_control() { ' ' } else { letter };
            self.letters[cell] = Letter { letter: Some(letter), color: (!is_plain).then_some(text.color) };
        }
    }

    fn image(&mut self, area: &Area, cells: &Cells) {
        if cells.columns == 0 || cells.rows == 0 || !(area.width > 0.0 && area.height > 0.0) {
            return;
        }
        for row in 0..self.rows {
            for column in 0..self.columns {
                for half in 0..2 {
                    let x = (column as f64 + 0.5) * CELL[0];
                    let y = (row as f64 + 0.25 + 0.5 * half as f64) * CELL[1];
                    if !area.holds([x, y]) || !self.is_in_clip(x, y) {
                        continue;
                    }
                    let at = |share: f64, count: usize| ((share * count as f64) as usize).min(count - 1);
                    let across = at((x - area.left) / area.width, cells.columns);
                    let down = at((y - area.top) / area.height, cells.rows);
                    self.halves[row * self.columns + column][half] = Some(cells.colors[down * cells.columns + across]);
                }
            }
        }
    }

    fn is_in_clip(&self, x: f64, y: f64) -> bool {
        let [left, top, right, bottom] = self.dots.clip.map(|edge| edge as f64 * DOT);
        x >= left && x < right && y >= top && y < bottom
    }

    /// In colours, as escape sequences; without, in shades of letters.
    pub fn text(&self, has_colors: bool) -> String {
        let mut out = String::new();
        for row in 0..self.rows {
            let mut line = String::new();
            let mut now: (Option<Color>, Option<Color>) = (None, None);
            for column in 0..self.columns {
                let (letter, fore, back) = self.cell(column, row, has_colors);
                if has_colors && now != (fore, back) {
                    line.push_str("\x1b[0m");
                    if let Some(Color { r, g, b, .. }) = fore {
                        let _ = write!(line, "\x1b[38;2;{r};{g};{b}m");
                    }
                    if let Some(Color { r, g, b, .. }) = back {
                        let _ = write!(line, "\x1b[48;2;{r};{g};{b}m");
                    }
                    now = (fore, back);
                }
                line.push(letter);
            }
            if now != (None, None) {
                line.push_str("\x1b[0m");
            }
            out.push_str(line.trim_end_matches(' '));
            out.push('\n');
        }
        out
    }

    fn cell(&self, column: usize, row: usize, has_colors: bool) -> (char, Option<Color>, Option<Color>) {
        let at = row * self.columns + column;
        let halves = self.halves[at];
        let letter = self.letters[at];
        if let Some(letter_there) = letter.letter.filter(|letter| *letter != ' ' || halves == [None; 2]) {
            let back = halves[0].or(halves[1]).filter(|_| has_colors);
            let fore = letter
                .color
                .or(back.map(|back| if back.lightness() > 0.5 { Color::rgb(0) } else { Color::rgb(0xffffff) }));
            return (letter_there, fore, back);
        }
        if let Some((letter, color)) = self.dots.cell(column, row) {
            return (letter, color, halves[0].filter(|_| has_colors));
        }
        match halves {
            [None, None] => (' ', None, None),
            [upper, lower] if has_colors => match (upper, lower) {
                (Some(upper), lower) => ('▀', Some(upper), lower),
                (None, lower) => ('▄', lower, None),
            },
            _ => {
                const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
                let known: Vec<f64> = halves.iter().flatten().map(|color| color.lightness()).collect();
                let lightness = known.iter().sum::<f64>() / known.len().max(1) as f64;
                (SHADES[((lightness * 5.0) as usize).min(4)], None, None)
            }
        }
    }
}
