//! The bundled fonts: Motet Sans in four weights, Motet Mono, and Motet Symbols for what they lack. See `motet-figures/fonts/build.py`.

use egui::{FontData, FontDefinitions, FontFamily};
use motet_figures::font;
use std::sync::Arc;

/// A weight that is bundled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    Regular,
    Medium,
    SemiBold,
    Bold,
}

impl Weight {
    /// The nearest one to a weight of CSS's.
    pub fn of(weight: u16) -> Weight {
        match weight {
            0..=449 => Weight::Regular,
            450..=549 => Weight::Medium,
            550..=649 => Weight::SemiBold,
            _ => Weight::Bold,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Weight::Regular => "sans 400",
            Weight::Medium => "sans 500",
            Weight::SemiBold => "sans 600",
            Weight::Bold => "sans 700",
        }
    }
}

/// The family of a weight.
pub fn family(weight: Weight) -> FontFamily {
    match weight {
        Weight::Regular => FontFamily::Proportional,
        _ => FontFamily::Name(weight.name().into()),
    }
}

/// The family of equal widths.
pub fn mono() -> FontFamily {
    FontFamily::Monospace
}

static FILES: &[(&str, &[u8])] = &[
    ("sans 400", font::SANS_REGULAR),
    ("sans 500", font::SANS_MEDIUM),
    ("sans 600", font::SANS_SEMI_BOLD),
    ("sans 700", font::SANS_BOLD),
    ("mono", font::MONO),
    ("symbols", font::SYMBOLS),
];

/// All of them, for egui.
pub fn definitions() -> FontDefinitions {
    let mut definitions = FontDefinitions::empty();
    for (name, bytes) in FILES {
        definitions.font_data.insert((*name).into(), Arc::new(FontData::from_static(bytes)));
    }
    for weight in [Weight::Regular, Weight::Medium, Weight::SemiBold, Weight::Bold] {
        let fonts = vec![weight.name().into(), "symbols".into(), "mono".into()];
        definitions.families.insert(family(weight), fonts);
    }
    // Its letters are narrower than some signs that it lacks.
    definitions.families.insert(mono(), vec!["mono".into(), "symbols".into(), "sans 400".into()]);
    definitions
}
