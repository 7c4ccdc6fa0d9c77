//! From where to where axes go.

use crate::figure::{Axis, Kind, Layer, Panel};
use crate::layout::bars::Slots;
use crate::scale::{self, Scale};

/// What the values on an axis reach over.
#[derive(Clone, Copy, Debug)]
struct Reach {
    low: f64,
    high: f64,
    /// The least value above 0, for logarithmic axes.
    positive: f64,
    /// The axis ends where the values do.
    is_tight: bool,
    /// Points lie a little inside.
    is_padded: bool,
}

impl Reach {
    const NOTHING: Reach = Reach {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        positive: f64::INFINITY,
        is_tight: true,
        is_padded: false,
    };

    fn add(&mut self, value: f64) {
        if value.is_finite() {
            self.low = self.low.min(value);
            self.high = self.high.max(value);
            if value > 0.0 {
                self.positive = self.positive.min(value);
            }
        }
    }

    fn add_all(&mut self, values: &[f64]) {
        values.iter().for_each(|&value| self.add(value));
    }

    fn add_errors(&mut self, values: &[f64], errors: &Option<[crate::figure::Numbers; 2]>) {
        if let Some([down, up]) = errors {
            for (index, &value) in values.iter().enumerate() {
                self.add(value - down.get(index).copied().unwrap_or_default());
                self.add(value + up.get(index).copied().unwrap_or_default());
            }
        }
    }
}

/// Which axis is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    X,
    Left,
    Right,
}

/// Edges of cells whose middles are known.
pub fn edges(middles: &[f64], scale: Scale) -> Vec<f64> {
    let places: Vec<f64> = middles.iter().map(|&value| scale.place(value)).collect();
    let edges: Vec<f64> = match &places[..] {
        [] => Vec::new(),
        [only] => vec![only - 0.5, only + 0.5],
        _ => {
            let inner = places.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
            let (first, last) = (places[0], places[places.len() - 1]);
            let half = |near: f64, other: f64| near - (other - near) / 2.0;
            std::iter::once(half(first, places[1]))
                .chain(inner)
                .chain(std::iter::once(half(last, places[places.len() - 2])))
                .collect()
        }
    };
    edges.into_iter().map(|place| scale.value(place)).collect()
}

fn reach(panel: &Panel, side: Side, scale: Scale, slots: &Slots) -> Reach {
    let mut reach = Reach::NOTHING;
    let of_side = |layer: &Layer| side == Side::X || layer.is_right == (side == Side::Right);
    for (index, layer) in panel.layers.iter().enumerate().filter(|(_, layer)| of_side(layer)) {
        match &layer.kind {
            Kind::Line { x, y, .. } => {
                let values = if side == Side::X { x } else { y };
                reach.add_all(values);
                let errors = if side == Side::X { &layer.x_errors } else { &layer.y_errors };
                reach.add_errors(values, errors);
                reach.is_tight &= side == Side::X;
                reach.is_padded |= layer.marker.is_some();
            }
            Kind::Scatter { x, y, .. } => {
                let values = if side == Side::X { x } else { y };
                reach.add_all(values);
                let errors = if side == Side::X { &layer.x_errors } else { &layer.y_errors };
                reach.add_errors(values, errors);
                (reach.is_tight, reach.is_padded) = (false, true);
            }
            Kind::Bars(bars) => {
                if (side == Side::X) != bars.is_horizontal {
                    for index in 0..bars.heights.len() {
                        slots.room(bars, index).into_iter().for_each(|end| reach.add(end));
                    }
                    continue;
                }
                reach.is_tight = false;
                // The value above a bar has its room within the axes, and that below one lies on no label of the axis.
                reach.is_padded |= bars.has_values;
                for at in 0..bars.heights.len() {
                    let [from, to] = slots.span(index, bars, at);
                    if scale != Scale::Log {
                        reach.add(from);
                    }
                    reach.add(to);
                    if let Some([down, up]) = &layer.y_errors {
                        reach.add(to - down.get(at).copied().unwrap_or_default());
                        reach.add(to + up.get(at).copied().unwrap_or_default());
                    }
                }
            }
            Kind::Band { x, low, high } => {
                if side == Side::X {
                    reach.add_all(x);
                } else {
                    reach.add_all(low);
                    reach.add_all(high);
                    reach.is_tight = false;
                }
            }
            Kind::Heat { mesh, .. } => reach.add_all(&edges(if side == Side::X { &mesh.x } else { &mesh.y }, scale)),
            Kind::Contour { mesh, .. } => reach.add_all(if side == Side::X { &mesh.x } else { &mesh.y }),
            Kind::Rules { at, is_vertical } if *is_vertical == (side == Side::X) => {
                reach.add_all(at);
                reach.is_tight &= side == Side::X;
            }
            Kind::Strip { from, to, is_vertical } if *is_vertical == (side == Side::X) => {
                reach.add(*from);
                reach.add(*to);
            }
            Kind::Rules { .. } | Kind::Strip { .. } | Kind::Words(_) => {}
        }
    }
    if super::panel::is_filled(panel) {
        // Colours fill the axes, whatever else is drawn on them.
        (reach.is_tight, reach.is_padded) = (true, false);
    }
    reach
}

/// The ends of an axis that has so many pixels.
pub fn limits(panel: &Panel, axis: &Axis, side: Side, slots: &Slots, pixels: f64, gap: f64) -> [f64; 2] {
    const PADDING: f64 = 0.04;
    let scale = axis.scale();
    let reach = reach(panel, side, scale, slots);
    let (mut low, mut high) = (reach.low, reach.high);
    if scale == Scale::Log {
        low = if reach.positive.is_finite() { reach.positive } else { 1.0 };
        high = if high > 0.0 { high } else { 10.0 };
    }
    if !axis.categories.is_empty() {
        // All words are shown, each in the middle of its room.
        (low, high) = (low.min(-0.5), high.max(axis.categories.len() as f64 - 0.5));
    }
    low = axis.limits[0].unwrap_or(low);
    high = axis.limits[1].unwrap_or(high);
    if !low.is_finite() || !high.is_finite() {
        (low, high) = match (axis.limits[0], axis.limits[1]) {
            (Some(low), _) => (low, low + 1.0),
            (_, Some(high)) => (high - 1.0, high),
            _ => (0.0, 1.0),
        };
        if scale == Scale::Log && low <= 0.0 {
            (low, high) = (1.0, 10.0);
        }
    }
    if low >= high || high - low < low.abs().max(high.abs()) * 1e-13 {
        // One value: it lies in the middle.
        let room = match scale {
            Scale::Log => {
                return [axis.limits[0].unwrap_or(low / 10f64.sqrt()), axis.limits[1].unwrap_or(low * 10f64.sqrt())];
            }
            Scale::Time => 43_200.0,
            Scale::Linear => low.abs().max(high.abs()) * 0.05,
        };
        let room = if room > 0.0 { room } else { 0.5 };
        return [axis.limits[0].unwrap_or(low - room), axis.limits[1].unwrap_or(high + room)];
    }
    if reach.is_padded {
        let is_above = low >= 0.0;
        if scale == Scale::Log {
            let factor = (high / low).powf(PADDING);
            (low, high) = (low / factor, high * factor);
        } else {
            let room = (high - low) * PADDING;
            (low, high) = (low - room, high + room);
            if is_above && low < 0.0 {
                low = 0.0;
            }
        }
    }
    if !reach.is_tight && axis.categories.is_empty() {
        [low, high] = match scale {
            Scale::Linear => scale::rounded(low, high, pixels, gap),
            Scale::Log => scale::rounded_log(low, high),
            Scale::Time => [low, high],
        };
    }
    [axis.limits[0].unwrap_or(low), axis.limits[1].unwrap_or(high)]
}

/// An axis on the paper.
#[derive(Clone, Copy, Debug)]
pub struct Mapping {
    pub scale: Scale,
    /// Places of its ends.
    low: f64,
    high: f64,
    /// Pixels of its ends.
    from: f64,
    to: f64,
}

impl Mapping {
    pub fn new(axis: &Axis, limits: [f64; 2], from: f64, to: f64) -> Mapping {
        let scale = axis.scale();
        let [low, high] = limits.map(|end| scale.place(end));
        let (from, to) = if axis.is_reversed { (to, from) } else { (from, to) };
        Mapping { scale, low, high, from, to }
    }

    /// The pixel of a value; NaN for what is nowhere.
    pub fn pixel(&self, value: f64) -> f64 {
        /// Far outside of all paper.
        const FAR: f64 = 1e7;
        let share = (self.scale.place(value) - self.low) / (self.high - self.low);
        let pixel = self.from + share * (self.to - self.from);
        if pixel.is_nan() { pixel } else { pixel.clamp(-FAR, FAR) }
    }

    pub fn limits(&self) -> [f64; 2] {
        [self.scale.value(self.low), self.scale.value(self.high)]
    }
}
