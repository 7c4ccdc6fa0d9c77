//! Surfaces that a scene is painted on.

pub mod raster;
pub mod svg;
pub mod terminal;
