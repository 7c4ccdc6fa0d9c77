//! Values of programs as shapes: a list of records, each with a `kind` and what that kind has.

use super::pixels::{Colors, Pixels, pixels_of};
use crate::style::{Paint, color_named, hex_color};
use egui::Color32;
use motet_vm::memory::Value;
use std::sync::Arc;

/// Lines and fills of a shape.
#[derive(Clone, Copy, Default)]
pub struct Pen {
    pub line: Option<Paint>,
    pub fill: Option<Paint>,
    /// In pixels of the screen, whatever units the canvas has.
    pub width: f32,
}

/// A shape, in the canvas's units.
pub enum Shape {
    Line(Vec<[f64; 2]>, Pen),
    Polygon(Vec<[f64; 2]>, Pen),
    /// Upper left corner, width and height, and how round its corners are.
    Rect([f64; 4], f32, Pen),
    /// Middle and radius.
    Circle([f64; 3], Pen),
    Text {
        at: [f64; 2],
        text: String,
        size: f32,
        pen: Pen,
        align: [f32; 2],
        weight: u16,
    },
    Pixels([f64; 4], Pixels),
}

const KINDS: &[(&str, &[&str])] = &[
    ("line", &["points", "color", "width"]),
    ("polygon", &["points", "color", "fill", "line_width"]),
    ("rect", &["x", "y", "width", "height", "radius", "color", "fill", "line_width"]),
    ("circle", &["x", "y", "radius", "color", "fill", "line_width"]),
    ("text", &["x", "y", "text", "size", "color", "align", "weight"]),
    ("pixels", &["x", "y", "width", "height", "data", "map", "range", "colors", "smooth"]),
];

/// A value as shapes; what is wrong with it, in words.
pub fn shapes_of(value: &Value) -> Result<Vec<Shape>, String> {
    let list = value.as_list().ok_or("a list of shapes")?;
    let items: Vec<Value> = list.items().to_vec();
    items.iter().map(shape_of).collect()
}

fn shape_of(value: &Value) -> Result<Shape, String> {
    let record = value.as_record().ok_or("records as shapes, such as {kind: \"circle\", x: 1, y: 1, radius: 1}")?;
    let field = |name: &str| record.get(name).filter(|value| !value.is_null());
    let kind = field("kind").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let Some((_, fields)) = KINDS.iter().find(|(known, _)| *known == kind) else {
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        return Err(format!("shapes whose kind is one of {}, not {kind:?}", names.join(", ")));
    };
    let mut unknown = None;
    record.for_each(|name, _| {
        if name.as_str() != "kind" && !fields.contains(&name.as_str()) {
            unknown = Some(name.clone());
        }
    });
    if let Some(name) = unknown {
        return Err(format!("a {kind} with {}, which has no {}", fields.join(", "), name.as_str()));
    }
    let number = |name: &str| match field(name) {
        None => Ok(None),
        Some(value) => value.as_number().map(Some).ok_or_else(|| format!("a number as {name} of a {kind}")),
    };
    let needed = |name: &str| number(name)?.ok_or_else(|| format!("{name} of a {kind}"));
    let or = |name: &str, otherwise: f64| Ok::<f64, String>(number(name)?.unwrap_or(otherwise));
    let color = |name: &str| field(name).map(|value| paint(&value)).transpose();
    let pen = |width: f64| Ok::<Pen, String>(Pen { line: color("color")?, fill: color("fill")?, width: width as f32 });
    let corner_and_size =
        || Ok::<[f64; 4], String>([or("x", 0.0)?, or("y", 0.0)?, needed("width")?, needed("height")?]);
    Ok(match &*kind {
        "line" => Shape::Line(points_of(field("points"), &kind)?, pen(or("width", 1.5)?)?),
        "polygon" => Shape::Polygon(points_of(field("points"), &kind)?, pen(or("line_width", 1.5)?)?),
        "rect" => Shape::Rect(corner_and_size()?, or("radius", 0.0)? as f32, pen(or("line_width", 1.5)?)?),
        "circle" => Shape::Circle([needed("x")?, needed("y")?, needed("radius")?], pen(or("line_width", 1.5)?)?),
        "text" => {
            let text = field("text").ok_or("text of a text")?;
            let align = field("align").and_then(|align| align.as_str().map(str::to_owned));
            Shape::Text {
                at: [needed("x")?, needed("y")?],
                text: crate::rows::plain_text(&text),
                size: or("size", 13.0)?.clamp(1.0, 1000.0) as f32,
                pen: pen(0.0)?,
                align: match align.as_deref().unwrap_or("left") {
                    "left" => [0.0, 0.5],
                    "center" => [0.5, 0.5],
                    "right" => [1.0, 0.5],
                    other => return Err(format!("left, center or right as align of a text, not {other:?}")),
                },
                weight: or("weight", 400.0)? as u16,
            }
        }
        _ => {
            let map = field("map").and_then(|map| map.as_str().map(str::to_owned)).unwrap_or("viridis".into());
            let range = match field("range").as_ref().and_then(Value::as_list).map(|list| list.items().to_vec()) {
                Some(ends) => match ends.iter().map(Value::as_number).collect::<Vec<_>>()[..] {
                    [Some(low), Some(high)] => Some([low, high]),
                    _ => return Err("[low, high] as range of pixels".into()),
                },
                None => None,
            };
            let colors = match field("colors").as_ref().and_then(Value::as_list).map(|list| list.items().to_vec()) {
                Some(list) => Colors::List(list.iter().map(fixed).collect::<Result<_, _>>()?),
                None => Colors::Map(&map, range),
            };
            let image = pixels_of(&field("data").ok_or("data of pixels")?, &colors)?;
            let [wide, high] = image.size.map(|side| side as f64);
            let is_smooth = field("smooth").is_some_and(|smooth| smooth.is_truthy());
            let place = [or("x", 0.0)?, or("y", 0.0)?, or("width", wide)?, or("height", high)?];
            Shape::Pixels(place, Pixels { image: Arc::new(image), is_smooth })
        }
    })
}

fn points_of(value: Option<Value>, kind: &str) -> Result<Vec<[f64; 2]>, String> {
    let wrong = || format!("points [[x, y], …] of a {kind}");
    let list = value.as_ref().and_then(Value::as_list).ok_or_else(wrong)?;
    let point = |pair: &Value| {
        let pair = pair.as_list()?;
        Some([pair.get(0)?.as_number()?, pair.get(1)?.as_number()?])
    };
    list.items().iter().map(point).collect::<Option<_>>().ok_or_else(wrong)
}

/// `"#3cb4be"`, or a colour of the styles.
pub fn paint(value: &Value) -> Result<Paint, String> {
    let name = value.as_str().ok_or("a string as a colour")?;
    let found = match name.strip_prefix('#') {
        Some(hex) => hex_color(hex).map(Paint::Fixed),
        None => color_named(name),
    };
    found.ok_or_else(|| format!("a colour such as \"#3cb4be\", \"sky-400\" or \"series-2\", not {name:?}"))
}

/// A colour that no theme changes: pixels are made once.
fn fixed(value: &Value) -> Result<Color32, String> {
    match paint(value)? {
        Paint::Fixed(color) => Ok(color),
        other => Ok(other.color(&crate::look::DARK)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use motet_vm::memory::{Heap, Symbol};

    fn record(heap: &Heap, fields: &[(&str, Value)]) -> Value {
        let record = heap.record(fields.len());
        for (name, value) in fields {
            let set = record.as_record().map(|record| record.set(Symbol::intern(name), value.clone(), heap));
            assert!(set.is_some_and(|set| set.is_ok()));
        }
        record
    }

    fn message(heap: &Heap, fields: &[(&str, Value)]) -> String {
        shapes_of(&heap.list(vec![record(heap, fields)])).err().unwrap_or_default()
    }

    #[test]
    fn what_is_wrong_is_said() {
        let heap = Heap::new();
        let kind = |name: &str| ("kind", heap.string(name));
        assert!(message(&heap, &[]).starts_with("shapes whose kind is one of line"));
        assert_eq!(message(&heap, &[kind("circle"), ("x", Value::int(1))]), "y of a circle");
        assert_eq!(message(&heap, &[kind("line")]), "points [[x, y], …] of a line");
        assert_eq!(message(&heap, &[kind("rect"), ("x", heap.string("a"))]), "a number as x of a rect");
        assert!(message(&heap, &[kind("line"), ("fil", Value::int(1))]).ends_with("which has no fil"));
        let color = ("color", heap.string("sky-401"));
        let points = ("points", heap.list(Vec::new()));
        assert!(message(&heap, &[kind("line"), points, color]).contains("not \"sky-401\""));
    }
}
