//! Whole figures: what a scene must hold whatever is drawn, and that its surfaces agree.

use crate::color::{Color, Paint};
use crate::figure::{Bars, Figure, Kind, Layer, Mesh, Norm, Numbers, Panel, Steps};
use crate::font;
use crate::layout::{self, metrics};
use crate::out::{raster, svg, terminal};
use crate::scale::Scale;
use crate::scene::{Anchor, Area, Scene, Shape, Text};
use crate::theme::ThemeName;
use std::sync::Arc;

fn numbers(values: impl IntoIterator<Item = f64>) -> Numbers {
    values.into_iter().collect()
}

fn line(x: Numbers, y: Numbers, label: &str) -> Arc<Layer> {
    let kind = Kind::Line { x, y, steps: Steps::None };
    Arc::new(Layer { label: (!label.is_empty()).then(|| label.into()), ..Layer::new(kind) })
}

fn figure(layers: Vec<Arc<Layer>>) -> Figure {
    let mut panel = Panel { layers, title: Some("A title".into()), ..Panel::default() };
    panel.x.label = Some("Time (s)".into());
    panel.y.label = Some("Size (m)".into());
    Figure::of_panel(panel)
}

fn scene(figure: &Figure) -> Scene {
    layout::scene(figure, layout::size_of(figure), &metrics::PAPER, ThemeName::Light.theme())
}

fn texts(scene: &Scene) -> impl Iterator<Item = &Text> {
    scene.shapes.iter().filter_map(|shape| if let Shape::Text(text) = shape { Some(text) } else { None })
}

/// Where a text stands.
fn place(text: &Text) -> Area {
    let width = font::width(&text.text, text.size, text.weight);
    let height = text.size * font::CAP_HEIGHT;
    let before = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    let [x, y] = text.at;
    match text.turns {
        0 => Area { left: x - before, top: y - height, width, height },
        1 => Area { left: x, top: y - before, width: height, height: width },
        _ => Area { left: x - height, top: y - width + before, width: height, height: width },
    }
}

fn overlap(a: &Area, b: &Area) -> bool {
    a.left < b.right() && b.left < a.right() && a.top < b.bottom() && b.top < a.bottom()
}

/// Figures of every kind, with data of every size.
fn various() -> Vec<(&'static str, Figure)> {
    let ramp = |count: usize, scale: f64| numbers((0..count).map(|index| index as f64 * scale));
    let mut all = vec![
        ("empty", figure(vec![])),
        ("one point", figure(vec![line(ramp(1, 1.0), ramp(1, 1.0), "a")])),
        (
            "two lines",
            figure(vec![line(ramp(9, 1.0), ramp(9, 2.0), "one"), line(ramp(9, 1.0), ramp(9, -1.0), "other")]),
        ),
        ("large", figure(vec![line(ramp(50, 1.0), ramp(50, 1.7e9), "")])),
        ("small", figure(vec![line(ramp(50, 1e-9), ramp(50, 1e-7), "")])),
        ("far", figure(vec![line(numbers([1e9, 1e9 + 1.0, 1e9 + 2.0]), numbers([-1e-3, 0.0, 1e-3]), "")])),
        ("thousands", figure(vec![line(ramp(9, 12_345.0), ramp(9, 98_765.0), "")])),
    ];
    let bars = Bars {
        x: ramp(4, 1.0),
        heights: numbers([1.0, -2.0, f64::NAN, 4.0]),
        is_histogram: false,
        is_horizontal: false,
        is_stacked: false,
        share: 0.7,
        base: 0.0,
        has_values: true,
    };
    let lying = Bars { is_horizontal: true, ..bars.clone() };
    all.push(("bars", figure(vec![Arc::new(Layer::new(Kind::Bars(bars)))])));
    all.push(("lying bars", figure(vec![Arc::new(Layer::new(Kind::Bars(lying)))])));
    let z = numbers((0..25).map(|index| f64::from(index % 5) - f64::from(index / 5)));
    let mesh = Mesh { columns: 5, rows: 5, z, x: ramp(5, 1.0), y: ramp(5, 1.0) };
    let heat = Kind::Heat { mesh, norm: Norm::default(), is_labelled: false };
    all.push(("heat map", figure(vec![Arc::new(Layer::new(heat))])));
    let mut panel =
        Panel { layers: vec![line(numbers([1.0, 1e3, 1e9]), numbers([1e-12, 1.0, 1e7]), "")], ..Panel::default() };
    panel.x.scale = Some(Scale::Log);
    panel.y.scale = Some(Scale::Log);
    all.push(("logarithmic", Figure::of_panel(panel)));
    let mut panel = Panel { layers: vec![line(numbers([1.7e9, 1.71e9]), numbers([0.0, 1.0]), "")], ..Panel::default() };
    panel.x.scale = Some(Scale::Time);
    all.push(("time", Figure::of_panel(panel)));
    let mut panel = Panel { layers: vec![line(ramp(3, 1.0), ramp(3, 1.0), "")], ..Panel::default() };
    let words = ["a rather long name", "another long name", "short"];
    panel.x.categories = words.iter().map(|word| Arc::from(*word)).collect();
    all.push(("words", Figure::of_panel(panel)));
    all
}

#[test]
fn no_words_overlap_or_leave_the_paper() {
    for (name, figure) in various() {
        let scene = scene(&figure);
        let places: Vec<(&str, Area)> = texts(&scene).map(|text| (text.text.as_str(), place(text))).collect();
        for (index, (text, area)) in places.iter().enumerate() {
            let paper = Area { left: 0.0, top: 0.0, width: scene.width, height: scene.height };
            let corners = [[area.left, area.top], [area.right(), area.bottom()]];
            assert!(corners.iter().all(|corner| paper.holds(*corner)), "{name}: {text:?} leaves the paper: {area:?}");
            for (other, there) in &places[index + 1..] {
                assert!(!overlap(area, there), "{name}: {text:?} and {other:?} overlap");
            }
        }
    }
}

#[test]
fn every_shape_has_places() {
    for (name, figure) in various() {
        for size in [[510.0, 400.0], [120.0, 90.0], [16.0, 16.0], [2000.0, 60.0]] {
            let scene = layout::scene(&figure, size, &metrics::PAPER, ThemeName::Dark.theme());
            for shape in &scene.shapes {
                let points: Vec<[f64; 2]> = match shape {
                    Shape::Box { area, .. } | Shape::Image { area, .. } => {
                        vec![[area.left, area.top], [area.width, area.height]]
                    }
                    Shape::Line { parts, .. } => parts.concat(),
                    Shape::Fill { rings, .. } => rings.concat(),
                    Shape::Markers { at, .. } => at.iter().map(|(point, _)| *point).collect(),
                    Shape::Text(text) => vec![text.at],
                    Shape::Clip(_) => Vec::new(),
                };
                assert!(points.iter().flatten().all(|side| side.is_finite()), "{name} at {size:?}: {points:?}");
            }
        }
    }
}

/// A pixel of the picture for a place in the scene.
fn pixel(picture: &raster::Picture, scale: f64, [x, y]: [f64; 2]) -> Color {
    let at = ((y * scale) as usize * picture.width as usize + (x * scale) as usize) * 4;
    let [r, g, b, a] = [0, 1, 2, 3].map(|part| picture.pixels[at + part]);
    Color { r, g, b, a }
}

#[test]
fn pixels_are_where_the_scene_says() {
    let blue = Color::rgb(0x2987e9);
    let red = Color::rgb(0xcc0000);
    let bars = Bars {
        x: numbers([0.0, 1.0]),
        heights: numbers([1.0, 2.0]),
        is_histogram: false,
        is_horizontal: false,
        is_stacked: false,
        share: 0.5,
        base: 0.0,
        has_values: false,
    };
    let mut rule = Layer::new(Kind::Rules { at: numbers([0.5]), is_vertical: true });
    (rule.color, rule.width, rule.dash) = (Some(Paint::Fixed(red)), Some(4.0), Some(crate::scene::Dash::Solid));
    let figure = figure(vec![Arc::new(Layer::new(Kind::Bars(bars))), Arc::new(rule)]);
    let scene = scene(&figure);
    for scale in [1.0, 2.0] {
        let picture = raster::paint(&scene, scale);
        assert_eq!(
            [picture.width, picture.height],
            [(scene.width * scale) as u32, (scene.height * scale).round() as u32]
        );
        assert_eq!(pixel(&picture, scale, [2.0, 2.0]), Color::rgb(0xffffff));
        let mut found = 0;
        for shape in &scene.shapes {
            match shape {
                Shape::Box { area, fill, .. } => {
                    let middle = [area.left + area.width / 2.0, area.top + area.height / 2.0];
                    assert_eq!((pixel(&picture, scale, middle), *fill), (blue, blue));
                    found += 1;
                }
                Shape::Line { parts, stroke } if stroke.color == red => {
                    let [from, to] = [parts[0][0], parts[0][1]];
                    assert_eq!(pixel(&picture, scale, [from[0], (from[1] + to[1]) / 2.0]), red);
                    found += 1;
                }
                _ => {}
            }
        }
        assert_eq!(found, 3);
        assert!(picture.png(96.0 * scale).is_some_and(|bytes| bytes.starts_with(b"\x89PNG")));
    }
}

#[test]
fn a_million_points_make_a_small_scene_with_all_extremes() {
    const COUNT: usize = 1_000_000;
    let y = |index: usize| if index == 777_777 { 50.0 } else { (index % 13) as f64 };
    let x: Numbers = numbers((0..COUNT).map(|index| index as f64));
    let curve = figure(vec![line(x.clone(), numbers((0..COUNT).map(y)), "")]);
    let text = svg::svg(&scene(&curve));
    assert!(text.len() < 150_000, "{}", text.len());
    let cloud = Kind::Scatter { x, y: numbers((0..COUNT).map(y)), sizes: None, colors: None };
    let scene = scene(&figure(vec![Arc::new(Layer::new(cloud))]));
    let count: usize =
        scene.shapes.iter().map(|shape| if let Shape::Markers { at, .. } = shape { at.len() } else { 0 }).sum();
    assert!(count < 50_000, "{count}");
}

#[test]
fn a_terminal_gets_as_many_rows_and_columns_as_it_has() {
    for (name, figure) in various() {
        for (columns, rows) in [(80, 24), (20, 6), (10, 10), (200, 50)] {
            let text = terminal::text(&figure, columns, rows, false);
            assert_eq!(text.lines().count(), rows, "{name}");
            assert!(text.lines().all(|line| line.chars().count() <= columns), "{name}:\n{text}");
            assert!(!text.contains('\u{1b}'), "{name}");
        }
        assert!(terminal::text(&figure, 80, 24, true).lines().count() == 24);
    }
}
