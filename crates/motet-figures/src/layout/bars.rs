//! Where bars stand: beside each other, or on top of each other.

use crate::figure::{Bars, Kind, Panel};

/// Of the bars of a panel.
pub struct Slots {
    /// How many stand beside each other.
    count: usize,
    /// Which of them the bars of a layer are.
    of_layer: Vec<usize>,
    /// Where the bars of a layer begin.
    bases: Vec<Vec<f64>>,
}

impl Slots {
    pub fn new(panel: &Panel) -> Slots {
        let mut slots = Slots { count: 0, of_layer: Vec::new(), bases: Vec::new() };
        // Tops of the stacks: upwards and downwards.
        let mut stack: Vec<[f64; 2]> = Vec::new();
        for layer in &panel.layers {
            let mut slot = 0;
            let mut bases = Vec::new();
            if let Kind::Bars(bars) = &layer.kind
                && !bars.is_histogram
            {
                let is_on_others = bars.is_stacked && !stack.is_empty();
                if !is_on_others {
                    slots.count += 1;
                }
                slot = slots.count - 1;
                if bars.is_stacked {
                    stack.resize(stack.len().max(bars.heights.len()), [bars.base; 2]);
                    bases = bars
                        .heights
                        .iter()
                        .zip(&mut stack)
                        .map(|(&height, ends)| {
                            let end = &mut ends[usize::from(height < 0.0)];
                            let base = *end;
                            if height.is_finite() {
                                *end += height;
                            }
                            base
                        })
                        .collect();
                }
            }
            slots.of_layer.push(slot);
            slots.bases.push(bases);
        }
        slots
    }

    /// From where to where a bar goes up.
    pub fn span(&self, layer: usize, bars: &Bars, at: usize) -> [f64; 2] {
        let height = bars.heights[at];
        match self.bases[layer].get(at) {
            Some(base) => [*base, base + height],
            None => [bars.base, height],
        }
    }

    /// The room between the middles of bars.
    fn pitch(bars: &Bars) -> f64 {
        let least = bars.x.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|&pitch| pitch > 0.0);
        let least = least.fold(f64::INFINITY, f64::min);
        if least.is_finite() { least } else { 1.0 }
    }

    /// What the axis shows around a bar.
    pub fn room(&self, bars: &Bars, at: usize) -> [f64; 2] {
        if bars.is_histogram {
            return [bars.x[at], bars.x[at + 1]];
        }
        let half = Slots::pitch(bars) / 2.0;
        [bars.x[at] - half, bars.x[at] + half]
    }

    /// Its sides.
    pub fn sides(&self, layer: usize, bars: &Bars) -> Vec<[f64; 2]> {
        if bars.is_histogram {
            return bars.x.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        }
        let whole = Slots::pitch(bars) * bars.share;
        let one = whole / self.count.max(1) as f64;
        let first = self.of_layer[layer] as f64 * one - whole / 2.0;
        bars.x.iter().map(|middle| [middle + first, middle + first + one]).collect()
    }
}
