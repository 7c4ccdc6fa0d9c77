//! Dots of braille: two columns and four rows in each cell, one colour for all dots of a cell.

use crate::color::Color;
use crate::scene::Point;

/// Pixels of a scene to a dot.
pub const DOT: f64 = 4.0;

pub struct Dots {
    pub columns: usize,
    pub rows: usize,
    /// Of each cell.
    masks: Vec<u8>,
    colors: Vec<Option<Color>>,
    /// Nothing is drawn outside: left, top, right, bottom in dots.
    pub clip: [i64; 4],
}

/// The bit of a dot in its cell.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Dots {
    pub fn new(columns: usize, rows: usize) -> Dots {
        Dots {
            columns,
            rows,
            masks: vec![0; columns * rows],
            colors: vec![None; columns * rows],
            clip: [0, 0, 2 * columns as i64, 4 * rows as i64],
        }
    }

    pub fn unclipped(&mut self) {
        self.clip = [0, 0, 2 * self.columns as i64, 4 * self.rows as i64];
    }

    pub fn set(&mut self, x: i64, y: i64, color: Color) {
        let [left, top, right, bottom] = self.clip;
        if x < left || y < top || x >= right || y >= bottom || x < 0 || y < 0 {
            return;
        }
        let (column, row) = (x as usize / 2, y as usize / 4);
        if column < self.columns && row < self.rows {
            let cell = row * self.columns + column;
            self.masks[cell] |= BITS[y as usize % 4][x as usize % 2];
            self.colors[cell] = Some(color);
        }
    }

    /// The letter of a cell and its colour, if a dot is set.
    pub fn cell(&self, column: usize, row: usize) -> Option<(char, Option<Color>)> {
        let cell = row * self.columns + column;
        let letter = char::from_u32(0x2800 + u32::from(self.masks[cell]))?;
        (self.masks[cell] != 0).then_some((letter, self.colors[cell]))
    }

    pub fn line(&mut self, from: Point, to: Point, color: Color) {
        let [from, to] = [from, to].map(|point| point.map(|side| side / DOT));
        let length = (to[0] - from[0]).abs().max((to[1] - from[1]).abs());
        let steps = length.ceil().clamp(1.0, 20_000.0);
        for step in 0..=steps as usize {
            let share = step as f64 / steps;
            let at = [0, 1].map(|axis| (from[axis] + (to[axis] - from[axis]) * share).floor() as i64);
            self.set(at[0], at[1], color);
        }
    }

    /// What lies within an odd number of rings; of what is faint, every second dot.
    pub fn fill(&mut self, rings: &[Vec<Point>], color: Color) {
        let [left, top, right, bottom] = self.clip;
        let is_faint = color.a < 100;
        for y in top.max(0)..bottom {
            let middle = (y as f64 + 0.5) * DOT;
            let mut crossings: Vec<f64> = Vec::new();
            for ring in rings {
                let ends = ring.iter().zip(ring.iter().cycle().skip(1));
                for (one, other) in ends {
                    if (one[1] <= middle) != (other[1] <= middle) {
                        crossings.push(one[0] + (middle - one[1]) / (other[1] - one[1]) * (other[0] - one[0]));
                    }
                }
            }
            crossings.sort_by(f64::total_cmp);
            for pair in crossings.chunks_exact(2) {
                let first = ((pair[0] / DOT - 0.5).ceil().max(left as f64)) as i64;
                let last = ((pair[1] / DOT - 0.5).floor().min(right as f64)) as i64;
                for x in first..=last {
                    if !is_faint || (x + y) % 2 == 0 {
                        self.set(x, y, color);
                    }
                }
            }
        }
    }
}
